"""Counterexamples: a patient in words, made as small as possible, and replayed in `evaluate.py`.

A solver is a witness and not a judge. What it claims to have found is run through the evaluator that defines the
meaning; a counterexample that does not replay is a fault in the formulas, and is reported as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from effleurage.facts.kinds import FactTable, Value

Known = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A patient for whom a claim fails. `replayed` says whether `evaluate.py` agrees."""

    known: tuple[tuple[str, Value], ...]
    words: tuple[str, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """One claim: proved over all intakes, or with the patient who refutes it."""

    name: str
    says: str
    counterexample: Counterexample | None = None

    @property
    def proved(self) -> bool:
        return self.counterexample is None


def witness(known: Known, *, table: FactTable, fails: Callable[[Mapping[str, Value]], bool]) -> Counterexample:
    """The counterexample for `known`, without the facts that it does not need. `fails` asks `evaluate.py`."""
    replayed = fails(known)
    smallest = dict(known)
    for name in sorted(known, key=lambda name: bool(table[name].gate), reverse=True):
        fewer = {key: value for key, value in smallest.items() if key != name}
        if replayed and fails(fewer):
            smallest = fewer
    ordered = [(fact.name, smallest[fact.name]) for fact in table.for_rules if fact.name in smallest]
    return Counterexample(tuple(ordered), patient_in_words(dict(ordered), table), replayed)


def patient_in_words(known: Mapping[str, Value], table: FactTable) -> tuple[str, ...]:
    """Each known fact as a line: 'lowest T-score is -2.5 SD'."""
    if not known:
        return ("nothing is known",)
    return (
        *(f"{name.replace('_', ' ')}: {table[name].shown(value)}" for name, value in known.items()),
        "nothing else is known",
    )
