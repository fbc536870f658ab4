"""What was planned beside what was delivered, step by step, and in what the two differ.

What was planned is the script that the session was opened with. A new decision may replace it, before the start or in
the middle; the step goes on then under another script, or is gone. So a step is one line here, however many scripts it
stood in: by its title, which a regimen gives to one step only. The turns together are one line as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from effleurage.plan.script import Moment
from effleurage.session.kinds import SKIPPED
from effleurage.session.record import OVER, TOLERANCE, Part, SessionRecord, State


class Differs(Enum):
    """In which way a step differs from its plan."""

    SKIPPED = "skipped"
    CUT_SHORT = "cut short"
    SHORTER = "shorter"
    LONGER = "longer"
    NOT_BEGUN = "not begun"
    TAKEN_OUT = "taken out"
    BROKEN_BY_PLAN = "broken off by the new plan"
    CHANGED = "changed"
    NOT_HELPED = "not helped"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference between what was planned and what was delivered, with its reason where one was given."""

    how: Differs
    part: Part

    @property
    def reason(self) -> str:
        """The reason in English, to be said through a language; empty where none is needed."""
        return SKIPPED.get(self.part.reason, "")


@dataclass(frozen=True, slots=True)
class Balance:
    """A step, or all turns: seconds planned when the session was opened, seconds delivered, and what differs."""

    title: str
    is_turn: bool
    planned: int
    delivered: int
    deviations: tuple[Deviation, ...]


def planned_seconds(record: SessionRecord) -> int:
    """The seconds of the script that the session was opened with, turns included."""
    return sum(part.planned for part in _planned(record))


def changed_to(record: SessionRecord) -> int | None:
    """The seconds of the whole session by the last script: what was delivered before it, and what it has. None where
    it is the script that the session was opened with, or is not known here.
    """
    opened = record.opened.script if record.opened else ""
    if not record.parts or record.script in (opened, *record.unknown):
        return None
    before = sum(part.milliseconds for part in record.parts[: record.first])
    return (before + 500) // 1000 + sum(part.planned for part in record.current)


def balances(record: SessionRecord) -> tuple[Balance, ...]:
    """The lines in the order of the plan. The delivered seconds sum to those of the record, to the second."""
    meant, before, now = map(_by_title, (_planned(record), record.parts[: record.first], record.current))
    rows, milliseconds, told = [], 0, 0
    for key in dict.fromkeys((*meant, *before, *now)):
        step = _Step(tuple(meant.get(key, ())), tuple(before.get(key, ())), tuple(now.get(key, ())))
        milliseconds += sum(part.milliseconds for part in (*step.before, *step.now))
        delivered, told = (milliseconds + 500) // 1000 - told, (milliseconds + 500) // 1000
        seconds = sum(part.planned for part in step.planned)
        rows.append(Balance(key[1], key[0], seconds, delivered, tuple(_deviations(record, step))))
    return tuple(rows)


def deviations(record: SessionRecord) -> tuple[Deviation, ...]:
    return tuple(each for row in balances(record) for each in row.deviations)


def _planned(record: SessionRecord) -> tuple[Part, ...]:
    """The moments of the script that the session was opened with; where it is not known here, of the first that is."""
    opened = record.opened.script if record.opened else ""
    script = record.ground.script(opened)
    if script is not None:
        return tuple(Part(opened, index, moment) for index, moment in enumerate(script.moments))
    return tuple(part for part in record.parts if part.script == record.parts[0].script)


def _by_title(parts: Sequence[Part]) -> dict[tuple[bool, str], list[Part]]:
    found: dict[tuple[bool, str], list[Part]] = {}
    for part in parts:
        found.setdefault((part.is_turn, part.moment.title), []).append(part)
    return found


@dataclass(frozen=True, slots=True)
class _Step:
    """The moments of one step: as planned when the session was opened, of the scripts before this one, and of this."""

    planned: tuple[Part, ...]
    before: tuple[Part, ...]
    now: tuple[Part, ...]


def _deviations(record: SessionRecord, step: _Step) -> Iterator[Deviation]:
    """What a new plan did to a step, then how each moment of it went."""
    changed = bool(step.planned) and record.script not in (step.planned[0].script, *record.unknown)
    if changed and not step.planned[0].is_turn:
        yield from _by_new_plan(step)
    for part in (*step.before, *step.now):
        how = _differs(part, over=record.status in OVER)
        if how is not None:
            yield Deviation(how, part)
        if part.helped is False:
            yield Deviation(Differs.NOT_HELPED, part)


def _by_new_plan(step: _Step) -> Iterator[Deviation]:
    """Named by the step alone: where it is done side by side, what is said holds for the two sides together."""
    delivered = sum(part.milliseconds for part in step.before)
    planned = sum(part.planned for part in step.planned)
    open_ = [part for part in step.before if part.state is State.REPLACED]
    if step.now:
        now = (delivered + 500) // 1000 + sum(part.planned for part in step.now)
        meant, left = _handled(step.planned), _handled(step.now)
        moved = abs(now - planned) >= TOLERANCE
        if moved or left - meant or (not delivered and meant - left):
            yield Deviation(Differs.CHANGED, step.now[0])
    elif delivered and delivered > (planned - TOLERANCE) * 1000:
        return  # it had its time; nothing of it was left to take out
    elif open_ and delivered:
        yield Deviation(Differs.BROKEN_BY_PLAN, replace(open_[0], milliseconds=delivered))
    elif open_ or not step.before:
        yield Deviation(Differs.TAKEN_OUT, step.planned[0])


def _handled(parts: Sequence[Part]) -> set[tuple[str, str, int]]:
    return {touched for part in parts for touched in _touched(part.moment)}


def _touched(moment: Moment) -> Iterator[tuple[str, str, int]]:
    yield from ((touch.region, touch.technique, level) for touch, level in moment.touches)


def _differs(part: Part, *, over: bool) -> Differs | None:
    if part.state is State.SKIPPED:
        return Differs.SKIPPED
    if part.state is State.DONE:
        gap = part.delivered - part.planned
        return None if abs(gap) < TOLERANCE else Differs.LONGER if gap > 0 else Differs.SHORTER
    if over and part.state is not State.REPLACED:
        return Differs.NOT_BEGUN if part.state is State.WAITING else Differs.CUT_SHORT
    return None
