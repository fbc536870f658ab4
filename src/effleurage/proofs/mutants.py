"""Single mistakes in conditions, and for each the patient who tells it apart.

Random patients miss just the dangerous mistakes: a boundary, a threshold one step off, an unknown taken as no. So for
every single-point mutant of every condition the solver makes one patient for whom the mutant answers otherwise. Kept
together they are the golden set: an engine that answers all of them like `evaluate.py` makes none of these mistakes. A
mutant for whom there is no such patient means the same as the original.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from effleurage.engines.smt import Formula, World, both, either, model_of, negated
from effleurage.facts.kinds import FactTable, Value
from effleurage.protocol.evaluate import truth
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf, Rule, facts_in

FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}


@dataclass(frozen=True, slots=True)
class Known:
    """A mutant's node only: the part, with "not known" taken as no."""

    part: Condition


Broken = Condition | Known
"""A condition with a mistake in it. Its own node may stand anywhere below, where the types of true conditions do not
foresee it.
"""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake in one rule."""

    rule: str
    kind: str
    when: Broken


def mutants(rule: Rule, table: FactTable) -> Iterator[Mutant]:
    """Every single-point mistake in the rule's condition."""
    for kind, when in _mutated(rule.when, table):
        yield Mutant(rule.id, kind, when)


def _mutated(condition: Condition, table: FactTable) -> Iterator[tuple[str, Broken]]:
    match condition:
        case Is():
            yield "negated", Not(condition)
        case Compare():
            yield from _compared(condition, table)
        case OneOf(_, options):
            yield "negated", Not(condition)
            for option in options if len(options) > 1 else ():
                yield "option lost", replace(condition, options=tuple(each for each in options if each != option))
        case Not(part):
            yield "not lost", part
            yield from ((kind, Not(mutant)) for kind, mutant in _mutated(part, table))  # type: ignore[arg-type]  # see Broken
        case All(parts) | AnyOf(parts) if parts:
            yield from _joined(condition, parts, table)
    if isinstance(condition, Is | Compare | OneOf):
        yield "unknown as no", Known(condition)


def _compared(atom: Compare, table: FactTable) -> Iterator[tuple[str, Broken]]:
    yield "boundary", replace(atom, operator=FLIPPED[atom.operator])
    low, high = table[atom.fact].possible or (atom.number, atom.number)
    for step in (-1, 1):
        if low <= atom.number + step <= high:
            yield "threshold", replace(atom, number=atom.number + step)


def _joined(condition: All | AnyOf, parts: tuple[Condition, ...], table: FactTable) -> Iterator[tuple[str, Broken]]:
    if len(parts) > 1:
        yield "and for or", AnyOf(parts) if isinstance(condition, All) else All(parts)
    for place, part in enumerate(parts):
        rest = (*parts[:place], *parts[place + 1 :])
        if rest:
            yield "operand lost", type(condition)(rest)
        for kind, mutant in _mutated(part, table):
            broken = (*parts[:place], mutant, *parts[place + 1 :])
            yield kind, type(condition)(broken)  # type: ignore[arg-type]  # see Broken


class _MutantWorld(World):
    """A world that also reads the mutants' own node."""

    def may(self, condition: Broken) -> Formula:
        return super().does(condition.part) if isinstance(condition, Known) else super().may(condition)

    def does(self, condition: Broken) -> Formula:
        return super().does(condition.part) if isinstance(condition, Known) else super().does(condition)


def telling_patient(rule: Rule, mutant: Mutant, table: FactTable) -> dict[str, Value] | None:
    """A patient for whom the mutant answers otherwise than the rule; None where they mean the same."""
    world = _MutantWorld(table)
    names = tuple(dict.fromkeys(facts_in(rule.when)))
    differs = [
        _unlike(world.may(rule.when), world.may(mutant.when)),
        _unlike(world.does(rule.when), world.does(mutant.when)),
    ]
    model = model_of(world.domain(names), either(differs))
    return None if model is None else world.read(model, names)


def _unlike(one: Formula, other: Formula) -> Formula:
    return either([both([one, negated(other)]), both([negated(one), other])])


def mutant_truth(condition: Broken, known: dict[str, Value]) -> bool | None:
    """`evaluate.truth` for a mutant, which may hold the mutants' own node."""
    match condition:
        case Known(part):
            return truth(part, known) is True
        case Not(part):
            value = mutant_truth(part, known)
            return None if value is None else not value
        case All(parts):
            values = [mutant_truth(part, known) for part in parts]
            return False if False in values else None if None in values else True
        case AnyOf(parts):
            values = [mutant_truth(part, known) for part in parts]
            return True if True in values else None if None in values else False
        case atom:
            return truth(atom, known)
