"""Single mistakes in conditions, and for each the patient who tells it apart.

Random patients miss just the dangerous mistakes: a boundary, a threshold one step off, an unknown taken as no. So for
every single-point mutant of every condition the solver makes one patient for whom the mutant answers otherwise. Kept
together they are the golden set: an engine that answers all of them like `evaluate.py` makes none of these mistakes. A
mutant for whom there is no such patient means the same as the original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from effleurage.engines.smt import Formula, World, both, either, model_of, negated
from effleurage.facts.kinds import FactTable, Value
from effleurage.protocol.evaluate import Truth, truth
from effleurage.protocol.nodes import All, AnyOf, Atom, Compare, Condition, Is, Not, OneOf, Rule, facts_in

FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
HEARD: Final = Is("~heard")
"""Stands in a mutant for the mention that it takes as no when it is not known. No content has a fact of this name."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake in one rule. `deaf` is the mention for which `HEARD` stands, in a mutant that takes it as no."""

    rule: str
    kind: str
    when: Condition
    deaf: Atom | None = None

    def truth(self, known: Mapping[str, Value]) -> Truth:
        """What the mutant says of a patient: `evaluate.truth`, with the mention it is deaf to always known."""
        return truth(self.when, known if self.deaf is None else {**known, HEARD.fact: truth(self.deaf, known) is True})

    def world(self, table: FactTable) -> World:
        """The facts as formulas, the mention it is deaf to among them: known, and yes only where it does hold."""
        world = World(table)
        if self.deaf is not None:
            world.known[HEARD.fact], world.value[HEARD.fact] = both([]), world.does(self.deaf)
        return world


Mistake = tuple[str, Condition, Atom | None]
"""The kind, the condition with the mistake in it, and the mention it is deaf to."""


def mutants(rule: Rule, table: FactTable) -> Iterator[Mutant]:
    """Every single-point mistake in the rule's condition."""
    for mistake in _mutated(rule.when, table):
        yield Mutant(rule.id, *mistake)


def _mutated(condition: Condition, table: FactTable) -> Iterator[Mistake]:
    match condition:
        case Is():
            yield "negated", Not(condition), None
        case Compare():
            yield from _compared(condition, table)
        case OneOf(_, options):
            yield "negated", Not(condition), None
            for option in options if len(options) > 1 else ():
                fewer = tuple(each for each in options if each != option)
                yield "option lost", replace(condition, options=fewer), None
        case Not(part):
            yield "not lost", part, None
            yield from ((kind, Not(mutant), deaf) for kind, mutant, deaf in _mutated(part, table))
        case All(parts) | AnyOf(parts) if parts:
            yield from _joined(condition, parts, table)
    if isinstance(condition, Is | Compare | OneOf):
        yield "unknown as no", HEARD, condition


def _compared(atom: Compare, table: FactTable) -> Iterator[Mistake]:
    yield "boundary", replace(atom, operator=FLIPPED[atom.operator]), None
    low, high = table[atom.fact].possible or (atom.number, atom.number)
    for step in (-1, 1):
        if low <= atom.number + step <= high:
            yield "threshold", replace(atom, number=atom.number + step), None


def _joined(condition: All | AnyOf, parts: tuple[Condition, ...], table: FactTable) -> Iterator[Mistake]:
    if len(parts) > 1:
        yield "and for or", AnyOf(parts) if isinstance(condition, All) else All(parts), None
    for place, part in enumerate(parts):
        rest = (*parts[:place], *parts[place + 1 :])
        if rest:
            yield "operand lost", type(condition)(rest), None
        for kind, mutant, deaf in _mutated(part, table):
            yield kind, type(condition)((*parts[:place], mutant, *parts[place + 1 :])), deaf


def telling_patient(rule: Rule, mutant: Mutant, table: FactTable) -> dict[str, Value] | None:
    """A patient for whom the mutant answers otherwise than the rule; None where they mean the same."""
    world = mutant.world(table)
    names = tuple(dict.fromkeys(facts_in(rule.when)))
    differs = [
        _unlike(world.may(rule.when), world.may(mutant.when)),
        _unlike(world.does(rule.when), world.does(mutant.when)),
    ]
    model = model_of(world.domain(names), either(differs))
    return None if model is None else world.read(model, names)


def _unlike(one: Formula, other: Formula) -> Formula:
    return either([both([one, negated(other)]), both([negated(one), other])])
