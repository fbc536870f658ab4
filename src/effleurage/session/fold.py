"""Events become a record: sorted by the device's own sequence, each once, each on what came before.

The fold is total. Where an event is not in its place, it is counted as far as it says anything, since what happened to
the patient has happened, and is named as irregular. Nothing that is bad news is ever left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from effleurage.session.events import Event
from effleurage.session.ground import Ground
from effleurage.session.guard import why_not
from effleurage.session.kinds import (
    After,
    Checked,
    Closed,
    Comfort,
    Decided,
    Finished,
    Held,
    Identified,
    Learned,
    Measured,
    Opened,
    Reaction,
    Refused,
    Resumed,
    Started,
    StepBegan,
    StepDone,
    StepSkipped,
    Stopped,
    Turned,
    WentBack,
)
from effleurage.session.record import UNDER_WAY, Irregular, Part, Posture, SessionRecord, State, Status, Stop

Step = Callable[[SessionRecord, Any, Event], SessionRecord]


@dataclass(frozen=True, slots=True)
class Line:
    """The events of one session on one device, in the device's order, each once."""

    session: str
    device: str
    events: tuple[Event, ...]

    def __post_init__(self) -> None:
        if any((event.session, event.device) != (self.session, self.device) for event in self.events):
            raise ValueError("a line holds the events of one session on one device")
        if list(self.events) != sorted(set(self.events), key=_order):
            raise ValueError("a line is in order, each event once: build it with `lines`")

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers between 1 and the last that have not arrived."""
        there = {event.seq for event in self.events}
        return tuple(number for number in range(1, max(there, default=0)) if number not in there)

    @property
    def clashing(self) -> tuple[int, ...]:
        """The numbers that two different events bear, and those of events that share an identity."""
        seqs = Counter(event.seq for event in self.events)
        ids = Counter(event.id for event in self.events)
        return tuple(sorted({event.seq for event in self.events if seqs[event.seq] > 1 or ids[event.id] > 1}))


def _order(event: Event) -> tuple[int, str, str]:
    return event.seq, event.id, event.hash


def lines(events: Iterable[Event]) -> tuple[Line, ...]:
    """The lines of these events by session and device, whatever order they came in and however often."""
    found: dict[tuple[str, str], set[Event]] = {}
    for event in events:
        found.setdefault((event.session, event.device), set()).add(event)
    return tuple(Line(*key, tuple(sorted(group, key=_order))) for key, group in sorted(found.items()))


def fold(line: Line, ground: Ground) -> SessionRecord:
    """The record of a line. It depends on nothing but the set of the events, the protocols and the scripts."""
    record = SessionRecord(
        ground=ground, session=line.session, device=line.device, missing=line.missing, clashing=line.clashing
    )
    for event in line.events:
        record = follow(record, event)
    return record


def follow(record: SessionRecord, event: Event) -> SessionRecord:
    """The record after one more event. What is wrong with it is named; see `guard.why_not`."""
    faults = why_not(record, event)
    moved = replace(_timed(record, event), hashes=(*record.hashes, event.hash), last=event.at)
    if faults:
        named = Irregular(event.id, event.seq, event.kind, faults)
        moved = replace(moved, irregular=(*moved.irregular, named))
    if "opened_twice" in faults or ("closed" in faults and not isinstance(event.data, _BAD_NEWS)):
        return moved
    return _STEPS[event.kind](moved, event.data, event)


def _timed(record: SessionRecord, event: Event) -> SessionRecord:
    """The clock moved on: the time since the last event belongs to the step that runs, unless it is held."""
    passed = max(0, event.tick - record.tick)
    record = replace(record, tick=event.tick)
    if record.running is None or record.status is not Status.RUNNING:
        return record
    return record.with_part(record.running, milliseconds=record.parts[record.running].milliseconds + passed)


def _opened(record: SessionRecord, data: Opened, _: Event) -> SessionRecord:
    return _following(replace(record, opened=data, status=Status.OPEN), data.script)


def _following(record: SessionRecord, name: str) -> SessionRecord:
    """The record with this script to follow from now on; what the one before still had to give is replaced."""
    script = record.ground.script(name)
    unknown = record.unknown if script else tuple(dict.fromkeys((*record.unknown, name)))
    kept = tuple(_replaced(part) for part in _left(record).parts) if record.begun else ()
    parts = tuple(Part(name, index, moment) for index, moment in enumerate(script.moments if script else ()))
    record = replace(record, script=name, unknown=unknown, running=None, back=None)
    return replace(record, parts=(*kept, *parts), first=len(kept))


def _replaced(part: Part) -> Part:
    return part if part.settled else replace(part, state=State.REPLACED)


def _left(record: SessionRecord) -> SessionRecord:
    """The record with no step running: the one that ran stays as far as it came."""
    if record.running is None:
        return record
    return replace(record.with_part(record.running, state=State.PARTIAL), running=None)


def _identified(record: SessionRecord, data: Identified, _: Event) -> SessionRecord:
    return replace(record, identified=data)


def _measured(record: SessionRecord, data: Measured, _: Event) -> SessionRecord:
    """A measure may change what is decided; one after the treatment is for the next time."""
    undecided = record.undecided or (not isinstance(data, After) and not record.begun)
    return replace(record, measures=(*record.measures, data), undecided=undecided)


def _checked(record: SessionRecord, data: Checked, _: Event) -> SessionRecord:
    """What was answered earlier says nothing any more of a fact that the check has put in question."""
    record = replace(record, checks=(*record.checks, data), undecided=record.undecided or not data.ok)
    fact = "" if data.ok else record.ground.doubts(data.check)
    return replace(record, doubted=tuple(dict.fromkeys((*record.doubted, fact)))) if fact else record


def _learned(record: SessionRecord, data: Learned, event: Event) -> SessionRecord:
    times = (*record.fact_times, event.at)
    doubted = tuple(name for name in record.doubted if name != data.name)
    return replace(record, facts=(*record.facts, data), fact_times=times, undecided=True, doubted=doubted)


def _decided(record: SessionRecord, data: Decided, _: Event) -> SessionRecord:
    record = replace(record, decisions=(*record.decisions, data), undecided=False)
    if data.script and data.script != record.script:
        return _following(record, data.script)
    if not data.treats and record.status is Status.RUNNING:
        return replace(_left(record), status=Status.HELD)
    return record


def _refused(record: SessionRecord, data: Refused, _: Event) -> SessionRecord:
    status = record.status if record.begun else Status.REFUSED
    return replace(record, refusals=(*record.refusals, data), status=status)


def _started(record: SessionRecord, _: Started, __: Event) -> SessionRecord:
    return replace(record, begun=True, status=Status.RUNNING)


def _place(record: SessionRecord, moment: int) -> int | None:
    place = record.first + moment
    return place if place < len(record.parts) else None


def _began(record: SessionRecord, data: StepBegan, _: Event) -> SessionRecord:
    """A step that begins without a start, or while held, runs all the same: the patient was touched."""
    place = _place(record, data.moment)
    if place is None:
        return record
    record = _left(record).with_part(place, state=State.RUNNING)
    part = record.parts[place]
    lies = record.lies if part.is_turn else _posture(part)
    return replace(record, running=place, back=None, lies=lies, begun=True, status=Status.RUNNING)


def _posture(part: Part) -> Posture:
    return part.moment.position, part.moment.lying


def _held(record: SessionRecord, _: Held, __: Event) -> SessionRecord:
    return replace(record, status=Status.HELD) if record.status is Status.RUNNING else record


def _resumed(record: SessionRecord, _: Resumed, __: Event) -> SessionRecord:
    again = record.begun and record.status in (Status.HELD, Status.STOPPED)
    return replace(record, status=Status.RUNNING) if again else record


def _step_done(record: SessionRecord, _: StepDone, __: Event) -> SessionRecord:
    return _ended(record)


def _turned(record: SessionRecord, data: Turned, _: Event) -> SessionRecord:
    """Only now does the patient lie as the turn leads: news in the middle of it asks for the turn once more."""
    part = record.running_part
    return replace(_ended(record, helped=data.helped), lies=_posture(part) if part else record.lies)


def _ended(record: SessionRecord, **more: object) -> SessionRecord:
    if record.running is None:
        return record
    return replace(record.with_part(record.running, state=State.DONE, **more), running=None)


def _skipped(record: SessionRecord, data: StepSkipped, _: Event) -> SessionRecord:
    place = _place(record, data.moment)
    if place is None:
        return record
    running = None if record.running == place else record.running
    back = None if record.back == data.moment else record.back
    record = record.with_part(place, state=State.SKIPPED, reason=data.reason, words=data.words)
    return replace(record, running=running, back=back)


def _went_back(record: SessionRecord, data: WentBack, _: Event) -> SessionRecord:
    return replace(_left(record), back=data.moment) if _place(record, data.moment) is not None else record


def _comfort(record: SessionRecord, data: Comfort, _: Event) -> SessionRecord:
    return replace(record, comfort=(*record.comfort, data), comfort_at=(*record.comfort_at, record.running))


def _stopped(record: SessionRecord, data: Stopped, event: Event) -> SessionRecord:
    """A stop counts whenever it is pressed, and after the session was closed as well."""
    stop = Stop(data.rule, data.words, record.ground.alarming_stop(data.rule), event.seq)
    status = Status.CLOSED if record.status is Status.CLOSED else Status.STOPPED
    return replace(_left(record), stops=(*record.stops, stop), status=status)


def _finished(record: SessionRecord, _: Finished, __: Event) -> SessionRecord:
    return replace(_left(record), status=Status.FINISHED) if record.status in UNDER_WAY else record


def _reacted(record: SessionRecord, data: Reaction, _: Event) -> SessionRecord:
    return replace(record, reactions=(*record.reactions, data))


def _closed(record: SessionRecord, _: Closed, __: Event) -> SessionRecord:
    return replace(_left(record), status=Status.CLOSED)


_BAD_NEWS: Final = (Learned, Stopped, Reaction)
"""What still counts when the session is closed already."""

_STEPS: Final[Mapping[str, Step]] = {
    Opened.kind: _opened,
    Identified.kind: _identified,
    Measured.kind: _measured,
    After.kind: _measured,
    Checked.kind: _checked,
    Learned.kind: _learned,
    Decided.kind: _decided,
    Refused.kind: _refused,
    Started.kind: _started,
    StepBegan.kind: _began,
    Held.kind: _held,
    Resumed.kind: _resumed,
    StepDone.kind: _step_done,
    Turned.kind: _turned,
    StepSkipped.kind: _skipped,
    WentBack.kind: _went_back,
    Comfort.kind: _comfort,
    Stopped.kind: _stopped,
    Finished.kind: _finished,
    Reaction.kind: _reacted,
    Closed.kind: _closed,
}
