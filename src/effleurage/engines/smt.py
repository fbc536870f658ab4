"""The rules as formulas for Z3, over all intakes at once, unanswered questions included.

A fact is a flag "known" and a value; numbers are the scaled integers of every engine, a choice is the index of its
option. Kleene logic becomes two ordinary formulas for each condition, "may hold" and "does hold", so that nothing needs
a quantifier: linear arithmetic over integers, which Z3 decides. A model is only a witness: whoever finds one replays it
in `evaluate.py`.

Facts are taken as independent of each other within their ranges (that an age follows from a birth date is not
modelled), so what is proved holds for more patients than exist. Only one bond is kept: behind a gate that is "no"
nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import z3

from effleurage.facts.kinds import Fact, FactTable, Kind, Value
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf

Formula = Any
"""A Z3 Boolean. The library has no types of its own worth naming."""

TIMEOUT_MS = 60_000


class Undecided(Exception):
    """The solver ran out of time; never taken as a proof."""


@dataclass(eq=False)
class World:
    """One intake, seen by the solver. Worlds with different tags share nothing but the facts' names."""

    table: FactTable
    tag: str = ""
    known: dict[str, Formula] = field(init=False)
    value: dict[str, Formula] = field(init=False)

    def __post_init__(self) -> None:
        facts = self.table.for_rules
        self.known = {fact.name: z3.Bool(f"known{self.tag}:{fact.name}") for fact in facts}
        self.value = {fact.name: _variable(fact, self.tag) for fact in facts}

    def domain(self, names: Iterable[str]) -> list[Formula]:
        """What is true of every intake, for these facts and the gates before them."""
        wanted = {name for start in names for name in (start, *self.table.gates(start))}
        formulas = [formula for name in sorted(wanted) for formula in self._range(self.table[name])]
        gated = [self.table[name] for name in sorted(wanted) if self.table[name].gate]
        return formulas + [z3.Implies(self.is_false(Is(fact.gate)), z3.Not(self.known[fact.name])) for fact in gated]

    def _range(self, fact: Fact) -> list[Formula]:
        value = self.value[fact.name]
        if fact.kind is Kind.CHOICE:
            return [value >= 0, value < len(fact.options)]
        return [value >= fact.possible[0], value <= fact.possible[1]] if fact.is_number and fact.possible else []

    def may(self, condition: Condition) -> Formula:
        """True unless the condition is certainly false."""
        match condition:
            case Not(part):
                return z3.Not(self.does(part))
            case All(parts):
                return z3.And([self.may(part) for part in parts])
            case AnyOf(parts):
                return z3.Or([self.may(part) for part in parts])
            case atom:
                return z3.Or(z3.Not(self.known[atom.fact]), self._atom(atom))

    def does(self, condition: Condition) -> Formula:
        """True only if the condition certainly holds."""
        match condition:
            case Not(part):
                return z3.Not(self.may(part))
            case All(parts):
                return z3.And([self.does(part) for part in parts])
            case AnyOf(parts):
                return z3.Or([self.does(part) for part in parts])
            case atom:
                return z3.And(self.known[atom.fact], self._atom(atom))

    def is_false(self, condition: Condition) -> Formula:
        return z3.Not(self.may(condition))

    def _atom(self, atom: Is | Compare | OneOf) -> Formula:
        value = self.value[atom.fact]
        if isinstance(atom, Is):
            return value
        if isinstance(atom, OneOf):
            names = self.table[atom.fact].option_names
            return z3.Or([value == names.index(option) for option in atom.options])
        number = atom.number
        signs = {
            "<": value < number,
            "<=": value <= number,
            ">": value > number,
            ">=": value >= number,
            "==": value == number,
        }
        return value != number if atom.operator == "!=" else signs[atom.operator]

    def same(self, other: World, names: Iterable[str]) -> list[Formula]:
        """Both worlds know the same of these facts."""
        return [z3.And(self.known[name] == other.known[name], self.value[name] == other.value[name]) for name in names]

    def knows_no_more_than(self, other: World, names: Iterable[str]) -> list[Formula]:
        """Whatever this world knows, the other knows as well, and the same."""
        return [
            z3.Implies(self.known[name], z3.And(other.known[name], self.value[name] == other.value[name]))
            for name in names
        ]

    def read(self, model: Any, names: Iterable[str]) -> dict[str, Value]:
        """The known facts of a model as the rules' facts."""
        found: dict[str, Value] = {}
        for name in names:
            if z3.is_true(model.eval(self.known[name], model_completion=True)):
                found[name] = self._value(self.table[name], model.eval(self.value[name], model_completion=True))
        return found

    @staticmethod
    def _value(fact: Fact, term: Any) -> Value:
        if fact.kind is Kind.YES_NO:
            return bool(z3.is_true(term))
        number = int(term.as_long())
        return fact.option_names[number] if fact.kind is Kind.CHOICE else number


def _variable(fact: Fact, tag: str) -> Formula:
    name = f"value{tag}:{fact.name}"
    return z3.Bool(name) if fact.kind is Kind.YES_NO else z3.Int(name)


class Solver:
    """A solver that keeps what every question has in common, so that each question adds only its own."""

    def __init__(self, *common: Formula | Sequence[Formula]) -> None:
        self._solver = z3.Solver()
        self._solver.set("timeout", TIMEOUT_MS)
        for formula in common:
            self._solver.add(formula)

    def name(self, formula: Formula, name: str) -> Formula:
        """A short name for a formula that many questions mention."""
        short = z3.Bool(name)
        self._solver.add(short == formula)
        return short

    def model(self, *formulas: Formula | Sequence[Formula]) -> Any | None:
        """A model in which these hold beside what is common, or None where there is proved to be none.

        Raises Undecided at the time limit.
        """
        self._solver.push()
        try:
            for formula in formulas:
                self._solver.add(formula)
            answer = self._solver.check()
            if answer == z3.unknown:
                raise Undecided(self._solver.reason_unknown())
            return self._solver.model() if answer == z3.sat else None
        finally:
            self._solver.pop()


def model_of(*formulas: Formula | Sequence[Formula]) -> Any | None:
    """A model of these formulas alone, or None. Raises Undecided at the time limit."""
    return Solver().model(*formulas)


def both(parts: Sequence[Formula]) -> Formula:
    return z3.And(list(parts))


def either(parts: Sequence[Formula]) -> Formula:
    return z3.Or(list(parts))


def negated(formula: Formula) -> Formula:
    return z3.Not(formula)


def fixed(world: World, known: Mapping[str, Value | None]) -> list[Formula]:
    """The world is exactly this patient: for holding the formulas to `evaluate.py`, patient by patient."""
    formulas = []
    for fact in world.table.for_rules:
        value = known.get(fact.name)
        if value is None:
            formulas.append(z3.Not(world.known[fact.name]))
        else:
            index = fact.option_names.index(str(value)) if fact.kind is Kind.CHOICE else value
            formulas.append(z3.And(world.known[fact.name], world.value[fact.name] == index))
    return formulas
