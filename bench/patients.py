"""Patients to decide on: random ones, whom nobody has, and typical ones, the cases of the content."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from effleurage.facts.derive import derive
from effleurage.facts.kinds import Value
from effleurage.library import Library
from effleurage.protocol.nodes import All, AnyOf, Atom, Compare, Condition, Not, OneOf, Rule

UNKNOWN = 0.05
SEED = 20261122
Patient = dict[str, Value | None]


def atoms(condition: Condition) -> Iterator[Atom]:
    """Every mention of a fact in a condition."""
    match condition:
        case Not(part):
            yield from atoms(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms(part)
        case atom:
            yield atom


def telling_values(rules: Iterable[Rule], library: Library) -> dict[str, list[Value]]:
    """For each fact the values that rules tell apart: yes and no, options, each threshold with its neighbours."""
    found: dict[str, set[Value]] = {}
    for atom in (atom for rule in rules for atom in atoms(rule.when)):
        values = found.setdefault(atom.fact, set())
        match atom:
            case Compare(_, _, number):
                values |= {number - 1, number, number + 1}
            case OneOf(fact, _):
                values |= set(library.protocols.facts[fact].option_names)
            case _:
                values |= {True, False}
    return {fact: sorted(values, key=str) for fact, values in found.items()}


def random_patients(count: int, rules: Sequence[Rule], library: Library) -> list[Patient]:
    """The same patients on every run; each fact is unknown for one in twenty, else any telling value is as likely."""
    draw = random.Random(SEED)
    values = telling_values(rules, library)
    return [
        {fact: None if draw.random() < UNKNOWN else draw.choice(options) for fact, options in values.items()}
        for _ in range(count)
    ]


def typical_patients(rules: Sequence[Rule], library: Library) -> list[Patient]:
    """The patients of all cases, with the facts that these rules read."""
    names = tuple(telling_values(rules, library))
    table = library.protocols.facts
    known = [derive(intake=case.intake, table=table, on=case.on).values for case in library.cases]
    return [{name: values[name] for name in names} for values in known]
