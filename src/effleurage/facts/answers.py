"""What people answered: each answer with its date and origin, checked at the door.

An answer is refused, never silently made unknown, when it is out of range, of the wrong kind, or dated in the future.
Three states are kept apart: a value, NEVER ("never measured", which is an answer), and no answer at all (unknown).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Never(Enum):
    """The answer "never measured": not a value, and not the same as unknown."""

    NEVER = "never"


NEVER = Never.NEVER


@dataclass(frozen=True, slots=True)
class Items:
    """An answer of kind list. Only a list said to be complete can deny what it does not hold.

    An excerpt, as a record is, says nothing of what it does not hold: not even that there is more.
    """

    names: tuple[str, ...]
    complete: bool
    excerpt: bool = False


Given = bool | int | str | datetime | Items | Never
"""An answer's value: numbers are scaled integers, a date is a moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its value, the moment it was true, who it comes from, and where it stands."""

    value: Given
    on: datetime
    origin: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything answered for one patient. `label` says who it is in a sentence; it holds no name.

    `contradictions` names what was answered in two ways of which neither is worse, with a sentence about it. It has no
    answer until somebody is asked again.
    """

    label: str
    on: datetime
    answers: Mapping[str, Answer] = field(default_factory=dict)
    contradictions: Mapping[str, str] = field(default_factory=dict)

    def with_answer(self, name: str, answer: Answer | None) -> Intake:
        """The same intake with one answer replaced, or taken away."""
        answers = {key: value for key, value in self.answers.items() if key != name}
        if answer is not None:
            answers[name] = answer
        open_ = {key: words for key, words in self.contradictions.items() if key != name or answer is None}
        return Intake(label=self.label, on=self.on, answers=answers, contradictions=open_)
