"""Which instruments are due in a course, and when.

Content says what a regimen measures and nothing of the rhythm. So each is due twice: before the first session, and at
the end of the course. That is our own choice (`RHYTHM`, status D): fewer say nothing of a change, and more would ask
patients for answers that no rule reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from effleurage.facts.kinds import Source
from effleurage.language import sentence

RHYTHM: Final = Source("project", "D", "measured before the first session and at the end of the course")


class Moment(Enum):
    """When in a course an instrument is due, as a person says it."""

    FIRST = sentence("before the first session")
    LAST = sentence("at the end of the course")


class State(Enum):
    """How it stands. `MISSED` cannot be made up for: a number taken later is no start."""

    DONE = sentence("done")
    DUE = sentence("due now")
    LATER = sentence("later")
    MISSED = sentence("missed")


@dataclass(frozen=True, slots=True)
class Taken:
    """A complete score by an instrument, and when; one that could not be formed was not taken."""

    instrument: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    instrument: str
    moment: Moment
    state: State


def due(
    *, measures: Sequence[str], planned: int, held: Iterable[datetime], taken: Iterable[Taken], ended: bool = False
) -> tuple[Due, ...]:
    """Every instrument of the regimen at both moments, in the order of the regimen.

    `planned` is the number of sessions of the plan, `held` when those held so far began; `ended` says that the course
    has ended before its last session. Raises ValueError for a plan of no session.
    """
    if planned < 1:
        raise ValueError("a course has one session at least")
    sessions, scores = sorted(held), tuple(taken)
    over = ended or len(sessions) >= planned
    return tuple(
        Due(name, moment, state)
        for name in measures
        for moment, state in (
            (Moment.FIRST, _first(_of(scores, name), sessions, ended)),
            (Moment.LAST, _last(_of(scores, name), sessions, over)),
        )
    )


def _of(scores: Iterable[Taken], instrument: str) -> list[datetime]:
    return [each.at for each in scores if each.instrument == instrument]


def _first(taken: Sequence[datetime], sessions: Sequence[datetime], ended: bool) -> State:
    if sessions:
        return State.DONE if any(at <= sessions[0] for at in taken) else State.MISSED
    if taken:
        return State.DONE
    return State.MISSED if ended else State.DUE


def _last(taken: Sequence[datetime], sessions: Sequence[datetime], over: bool) -> State:
    """Due from the last session on. A course that ended before any session has no end to be measured."""
    if not over:
        return State.LATER
    if not sessions:
        return State.MISSED
    return State.DONE if any(at > sessions[-1] for at in taken) else State.DUE
