"""Several devices on one session: who delivered, and what all of them learned.

If one device delivered anything, its line is the record. If two did, nobody but a person can say what the patient got:
both are kept and named, and there is no record until a person has chosen. What was learned is not waited for. Until
then the worse news of each fact counts, whichever device wrote it last, and every stop and every reaction stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Given
from effleurage.facts.kinds import Bad, Fact, Kind
from effleurage.facts.merge import counting
from effleurage.lib.text import listed
from effleurage.session.events import Event
from effleurage.session.fold import fold, lines
from effleurage.session.ground import Ground
from effleurage.session.kinds import Learned, Reaction
from effleurage.session.record import SessionRecord, State, Status, Stop
from effleurage.session.stored import fitting


@dataclass(frozen=True, slots=True)
class United:
    """What is held of one fact: its answer, None where it has to be asked again. `devices` said something of it, and
    `contested` is whether they said different things.
    """

    name: str
    answer: Given | None
    origin: str
    at: datetime
    devices: tuple[str, ...]
    contested: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two devices or more that delivered something in one session: a person says which of them tells what happened."""

    session: str
    devices: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.devices)) < 2:
            raise ValueError("a conflict is between two devices or more")


@dataclass(frozen=True, slots=True)
class Merged:
    """One session from all its devices. There is a record, or a conflict and no record. `records` has every line."""

    session: str
    records: tuple[SessionRecord, ...]
    record: SessionRecord | None
    conflict: Conflict | None
    facts: tuple[United, ...]
    stops: tuple[Stop, ...]
    reactions: tuple[Reaction, ...]

    def __post_init__(self) -> None:
        if (self.record is None) != (self.conflict is not None):
            raise ValueError("there is a record, or a conflict, and never both")


def merged(events: Iterable[Event], ground: Ground) -> tuple[Merged, ...]:
    """Each session of these events, from all its devices. Order, repetition and the wall clock make no difference."""
    records = [fold(line, ground) for line in lines(events)]
    sessions = dict.fromkeys(record.session for record in records)
    return tuple(_merged(tuple(each for each in records if each.session == session)) for session in sessions)


def _merged(records: tuple[SessionRecord, ...]) -> Merged:
    delivering = [record for record in records if delivered(record)]
    conflict = None
    if len(delivering) > 1:
        conflict = Conflict(records[0].session, tuple(record.device for record in delivering))
    record = None if conflict else delivering[0] if delivering else max(records, key=_weight)
    return Merged(
        session=records[0].session,
        records=records,
        record=record,
        conflict=conflict,
        facts=united(records),
        stops=tuple(stop for each in records for stop in each.stops),
        reactions=tuple(reaction for each in records for reaction in each.reactions),
    )


def delivered(record: SessionRecord) -> bool:
    """Whether this device says that the patient was treated: a moment was begun."""
    return any(part.milliseconds or part.state in (State.RUNNING, State.PARTIAL, State.DONE) for part in record.parts)


def _weight(record: SessionRecord) -> tuple[bool, bool, int, str]:
    """Where nobody delivered anything, the line that says most: a refusal before what was only opened."""
    return record.status is Status.REFUSED, bool(record.stops), len(record.hashes), record.device


def settled(merge: Merged, *, device: str) -> Merged:
    """The session as a person settled it: the line of one of the devices in conflict. Raises InputError for another.

    What the others learned and this one did not hear of still counts, and so does every stop and every reaction.
    """
    devices = merge.conflict.devices if merge.conflict else ()
    if device not in devices:
        raise InputError(
            where=f"session {merge.session}",
            what=f"The device '{device}' is not one of those in conflict." if devices else "There is no conflict.",
            remedy=f"Choose one of {listed(devices, 'or')}." if devices else "Nothing has to be chosen.",
        )
    record = next(each for each in merge.records if each.device == device)
    own = {each.name: each for each in united((record,))}
    facts = tuple(own.get(each.name, each) for each in merge.facts)
    return replace(merge, record=record, conflict=None, facts=facts)


def united(records: Iterable[SessionRecord]) -> tuple[United, ...]:
    """What was learned on any device, by fact: on each device its last word, and of the devices the worse."""
    told: dict[str, dict[str, tuple[Learned, datetime]]] = {}
    records = tuple(sorted(records, key=lambda record: record.device))
    for record in records:
        for learned, at in zip(record.facts, record.fact_times, strict=True):
            told.setdefault(learned.name, {})[record.device] = (learned, at)
    return tuple(_united(name, told[name], records[0].ground) for name in sorted(told))


def _united(name: str, told: Mapping[str, tuple[Learned, datetime]], ground: Ground) -> United:
    said = tuple(learned.answer for learned, _ in told.values())
    found = _worst(name, told, ground)
    source = next((learned for learned, _ in told.values() if learned.answer == found), next(iter(told.values()))[0])
    last = max(at for _, at in told.values())
    return United(name, found, source.origin, last, tuple(told), contested=len(set(said)) > 1)


def _worst(name: str, told: Mapping[str, tuple[Learned, datetime]], ground: Ground) -> Given | None:
    """The worst of what was said. What one device knows and another says is not known stays open, unless it is the
    worst that there is: only so is nothing better than either.
    """
    answers = [Answer(each.answer, at, each.origin) for each, at in told.values() if each.answer is not None]
    if name not in ground.protocols.facts:
        return _agreed(answers, len(told))
    fact = ground.protocols.facts[name]
    found = counting(answers, fact) if all(fitting(each.value, fact) for each in answers) else None
    if found is None or (len(answers) < len(told) and not is_worst(fact, found.value)):
        return None
    return found.value


def _agreed(answers: list[Answer], devices: int) -> Given | None:
    """What all said of a fact that this content does not have, where all said the same."""
    same = len(answers) == devices and len({each.value for each in answers}) == 1
    return answers[0].value if same else None


def is_worst(fact: Fact, value: Given) -> bool:
    """Whether no answer to this fact could be worse news."""
    if fact.kind is Kind.YES_NO:
        return value is (fact.bad is Bad.YES) and fact.bad is not Bad.NONE
    return fact.bad is Bad.LAST and value == fact.option_names[-1]
