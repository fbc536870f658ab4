"""What people answered: each answer with its date and origin, checked at the door.

An answer is refused, never silently made unknown, when it is out of range, of the wrong kind, or dated in the future.
Three states are kept apart: a value, NEVER ("never measured", which is an answer), and no answer at all (unknown).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from effleurage.facts.kinds import FactTable


class Never(Enum):
    """The answer "never measured": not a value, and not the same as unknown."""

    NEVER = "never"


NEVER = Never.NEVER


@dataclass(frozen=True, slots=True)
class Items:
    """An answer of kind list. Only a list said to be complete can deny what it does not hold."""

    names: tuple[str, ...]
    complete: bool


Given = bool | int | str | datetime | Items | Never
"""An answer's value: numbers are scaled integers, a date is a moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its value, the moment it was true, who it comes from, and where it stands."""

    value: Given
    on: datetime
    origin: str
    place: str = ""
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything answered for one patient. `label` says who it is in a sentence; it holds no name."""

    label: str
    on: datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def merged(self, other: Intake, facts: FactTable) -> Intake:
        """Both intakes' answers; where both know, the worse news counts, so that an import never clears a risk."""
        merged = dict(self.answers)
        for name, answer in other.answers.items():
            merged[name] = worse(merged[name], answer, facts, name) if name in merged else answer
        return Intake(label=self.label, on=max(self.on, other.on), answers=merged)

    def with_answer(self, name: str, answer: Answer | None) -> Intake:
        """The same intake with one answer replaced, or taken away."""
        answers = {key: value for key, value in self.answers.items() if key != name}
        if answer is not None:
            answers[name] = answer
        return Intake(label=self.label, on=self.on, answers=answers)


def worse(one: Answer, other: Answer, facts: FactTable, name: str) -> Answer:
    """The answer that is worse news; "never measured" gives way to a measurement, lists unite, careful dates count."""
    if isinstance(one.value, Items) and isinstance(other.value, Items):
        names = tuple(dict.fromkeys((*one.value.names, *other.value.names)))
        return Answer(Items(names, one.value.complete), one.on, one.origin, one.place)
    if other.value is NEVER or one.value is NEVER:
        return one if other.value is NEVER else other
    if isinstance(one.value, datetime) and isinstance(other.value, datetime):
        earlier = facts[name].careful == "earliest"
        return (
            min(one, other, key=lambda answer: str(answer.value))
            if earlier
            else max(one, other, key=lambda answer: str(answer.value))
        )
    fact = facts[name]
    return one if fact.worse(one.value, other.value) == one.value else other  # type: ignore[arg-type]
