"""What follows from the events of a session, in the act that brought them: its state, facts, locks, and who is told.

Everything is read off all events anew and compared with what stands there already, so that the same push a second time,
or two pushes in another order, leave the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.aftercare import due_contacts
from clinic.actions.frame import Doing
from clinic.actions.harm_limits import keep_once
from clinic.actions.notices import tell
from clinic.actions.project_facts import learn
from clinic.records import content
from clinic.records.content import NoContent, known_hash
from clinic.records.facts import one_person
from clinic.records.models import (
    MassageSession,
    Notice,
    OddEvent,
    Patient,
    PlanLock,
    Sealed,
    SessionEvent,
    TreatmentPlan,
    Visit,
)
from clinic.records.models import Reaction as ReactionRow
from clinic.records.reactions import locking_term
from clinic.records.scripts import script_text
from clinic.records.sessions import Told, told, told_beside
from clinic.records.state import refresh_state
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.session.fold import Line
from effleurage.session.kinds import OTHER, UNSAID, Decided, Learned, Opened
from effleurage.session.merge import Merged
from effleurage.session.record import OVER, SessionRecord, Status
from effleurage.session.redecide import differing

State = MassageSession.State
STATES: Final = {
    Status.EMPTY: State.READY,
    Status.OPEN: State.READY,
    Status.REFUSED: State.REFUSED,
    Status.RUNNING: State.RUNNING,
    Status.HELD: State.RUNNING,
    Status.STOPPED: State.STOPPED,
    Status.FINISHED: State.FINISHED,
    Status.CLOSED: State.CLOSED,
}
"""How far a session has come, by its record; in this order, where two tablets tell different things."""
ORDER: Final = tuple(STATES)
COLUMNS: Final = (
    "state", "conflict", "withdrawn", "reaction", "ended_at", "number", "dose", "plan", "content_hash", "script",
    "script_hash",
)  # fmt: skip


def project(doing: Doing, session: MassageSession, arrived: frozenset[str]) -> list[Sealed]:
    """Brings everything in step with the events; `arrived` names those that this act has stored. Returns the sealed
    rows that it wrote.
    """
    patient = session.patient.merged_into or session.patient
    rows: list[Sealed] = _hold_back(doing, session, patient, arrived)
    _adopt(session, told(session))
    found = told(session)
    merge = found.merged()
    if merge is None:
        if arrived:
            tell_odd(doing, session)
        return rows
    learnt = learn(doing, session, patient, found, merge)
    rows += [*learnt.rows, *_react(doing, session, patient, found, merge)]
    _keep(doing, session, found, merge, withdrawn=bool(arrived))
    due_contacts(doing, session, merge)
    if learnt.doubtful or _odd(session, found, merge, arrived):
        tell_odd(doing, session)
    return rows


def _hold_back(doing: Doing, session: MassageSession, patient: Patient, arrived: frozenset[str]) -> list[Sealed]:
    """A lock where what was kept beside brings bad news or an answer: it does not count, and it is not left out either.
    The course waits until somebody has looked at it.
    """
    if not arrived:
        return []
    beside = told_beside(session)
    new = replace(beside, events=tuple(each for each in beside.events if each.id in arrived))
    merge = new.merged() if new.events else None
    if merge is None:
        return []
    words = new.library.protocols.vocabulary
    told_us = any(isinstance(each.data, Learned) for each in new.events)
    if not told_us and not any(locks(cause, words) for cause in causes(merge)):
        return []
    with translation.override(patient.clinic.language):
        reason = _("A tablet whose entries do not count here has sent bad news or an answer: look at the record first.")
    made = PlanLock.objects.create(plan=session.plan, kind=PlanLock.Kind.NEW_FACT, reason=reason, by=None, at=doing.now)
    tell(doing, kind=Notice.Kind.LOCKED, to=Role.CLINICAL_LEAD, patient=patient)
    refresh_state(patient, doing.now)
    return [made]


def _adopt(session: MassageSession, found: Told) -> None:
    """What was handed out last may not be what was opened: the session is under that content and script from now on."""
    opened = next((event.data for event in found.events if isinstance(event.data, Opened)), None)
    if opened is None:
        return
    if opened.content != session.content_hash and _stored(opened.content):
        session.content_hash = opened.content
        found = replace(found)
    session.number, session.dose = opened.number, opened.dose
    if opened.plan != session.plan.public:
        person = session.patient.merged_into or session.patient
        carried = TreatmentPlan.objects.filter(public=opened.plan, patient__in=one_person(person)).first()
        session.plan = carried or session.plan
    script = found.scripts.get(opened.script)
    if script is not None and opened.script != session.script_hash:
        session.script, session.script_hash = script_text(script), opened.script


def _stored(content_hash: str) -> bool:
    try:
        content.library(content_hash)
    except NoContent:
        return False
    return True


def _keep(doing: Doing, session: MassageSession, found: Told, merge: Merged, *, withdrawn: bool) -> None:
    """The session's own row and its visit."""
    was = session.conflict
    telling = [merge.record] if merge.record else list(merge.records)
    furthest = max(telling, key=lambda record: ORDER.index(record.status))
    session.state, session.conflict = STATES[furthest.status], merge.conflict is not None
    session.withdrawn = session.withdrawn or (withdrawn and _withdrawn(session, found))
    session.reaction = next((each.reaction.name for each in telling if each.reaction), "")[:40]
    if session.ended_at is None and furthest.status in OVER:
        session.ended_at = _ended(session, furthest, doing.now)
    session.save(update_fields=COLUMNS)
    _visit(session, closed=furthest.status is Status.CLOSED, begun=any(each.begun for each in merge.records))
    if session.conflict and not was:
        tell(doing, kind=Notice.Kind.CONFLICT, to=Role.CLINICAL_LEAD, patient=session.patient, about=session.public)


def _withdrawn(session: MassageSession, found: Told) -> bool:
    """Whether the session was held under protocols that are not in force here any more."""
    opened = {event.data.content for event in found.events if isinstance(event.data, Opened)}
    return bool((opened or {session.content_hash}) - {known_hash(session.clinic_id)})


def _ended(session: MassageSession, record: SessionRecord, now: datetime) -> datetime:
    """When it ended: the tablet's own claim, put right by how far its clock was out, and never later than now."""
    row = SessionEvent.objects.filter(session=session, device=record.device).order_by("-seq").first()
    if row is None or record.last is None:
        return now
    wall = record.last - timedelta(milliseconds=row.offset_ms)
    return min(now, wall.replace(tzinfo=ZoneInfo(session.visit.location.zone)))


def _visit(session: MassageSession, *, closed: bool, begun: bool) -> None:
    expected, arrived = Visit.State.EXPECTED, Visit.State.ARRIVED
    wanted = Visit.State.DONE if closed else arrived
    if closed or begun:
        open_ = Visit.objects.filter(pk=session.visit_id, state__in=(expected, arrived))
        open_.exclude(state=wanted).update(state=wanted)


@dataclass(frozen=True, slots=True)
class Cause:
    """How a session was borne: a reaction or a stop that the course cannot simply go on after."""

    name: str
    words: str
    stop: bool


def causes(merge: Merged) -> Iterator[Cause]:
    """Every reaction, and every stop after which nobody may go on; one touch without a reason only at the end."""
    for reaction in merge.reactions:
        yield Cause(reaction.name, reaction.words, stop=False)
    for record in merge.records:
        for stop in record.stops:
            unsaid = stop.rule == UNSAID and (record.status is not Status.CLOSED or record.stop != stop)
            if stop.alarming is not False and not unsaid:
                yield Cause(stop.rule, stop.words, stop=True)


def _react(doing: Doing, session: MassageSession, patient: Patient, found: Told, merge: Merged) -> list[Sealed]:
    """A row for each reaction and barring stop, once; a lock and notices where the content locks the course, and where
    nobody knows what it was.
    """
    words = found.library.protocols.vocabulary
    there = set(ReactionRow.objects.filter(session=session, contact=None).values_list("name", flat=True))
    new = {each.name[:40]: each for each in causes(merge) if each.name[:40] not in there}
    rows: list[Sealed] = []
    for cause in new.values():
        rows.append(_reaction(doing, session, patient, cause))
        if locks(cause, words):
            rows.append(_lock(doing, session, patient, cause, words))
            rows += keep_once(doing, patient=patient, session=session, what=cause.name, text=cause.words)
    if new:
        refresh_state(patient, doing.now)
    return rows


def locks(cause: Cause, words: Vocabulary) -> bool:
    known = f"{'stop_rules' if cause.stop else 'reactions'}.{cause.name}" in words.terms
    return not known or locking_term(cause.name, words) is not None


def _reaction(doing: Doing, session: MassageSession, patient: Patient, cause: Cause) -> ReactionRow:
    return ReactionRow.objects.create(
        public=doing.token(),
        session=session,
        patient=patient,
        name=cause.name[:40],
        words=cause.words,
        by=doing.actor.key,
        by_name=doing.actor.name,
        at=doing.now,
    )


def _lock(doing: Doing, session: MassageSession, patient: Patient, cause: Cause, words: Vocabulary) -> PlanLock:
    term = locking_term(cause.name, words)
    tell(doing, kind=Notice.Kind.LOCKED, to=Role.CLINICAL_LEAD, patient=patient)
    if term is not None and is_emergency(term, words):
        for role in (Role.FRONT_DESK, Role.CLINICAL_LEAD):
            tell(doing, kind=Notice.Kind.EMERGENCY, to=role, patient=patient)
    return PlanLock.objects.create(
        plan=session.plan, kind=PlanLock.Kind.REACTION, reason=_why(cause, term), by=None, at=doing.now
    )


def _why(cause: Cause, term: Term | None) -> str:
    if term is not None:
        return term.term
    if cause.name in (OTHER, UNSAID):
        return cause.words.strip() or _("Stopped at the table, without a reason")
    return cause.words.strip() or cause.name.replace("_", " ")


def is_emergency(term: Term, words: Vocabulary) -> bool:
    """Whether somebody must be seen as soon as there is."""
    most = words.urgencies[-1].name
    return any(pair.partition("=")[2] == most for pair in term.get("refer").split(",") if pair)


def tell_odd(doing: Doing, session: MassageSession) -> None:
    """Asks the lead to look at the record of a session: once, until they have."""
    waiting = Notice.objects.filter(patient=session.patient, kind=Notice.Kind.ODD, about=session.public, seen_at=None)
    if not waiting.exists():
        tell(doing, kind=Notice.Kind.ODD, to=Role.CLINICAL_LEAD, patient=session.patient, about=session.public)


def _odd(session: MassageSession, found: Told, merge: Merged, arrived: frozenset[str]) -> bool:
    """Whether anything that has just come needs a look: what could not be taken as it stood, a script that the clinic
    does not come to, or a decision that it does not share.
    """
    if not arrived:
        return False
    beside = OddEvent.objects.filter(session=session, event__in=arrived).exists()
    unknown = any(record.unknown for record in merge.records)
    return beside or unknown or any(_differs(found, line, place) for line, place in _decided(found, arrived))


def _decided(found: Told, arrived: frozenset[str]) -> Iterator[tuple[Line, int]]:
    for line in found.lines:
        for place, event in enumerate(line.events):
            if isinstance(event.data, Decided) and event.id in arrived:
                yield line, place


def _differs(found: Told, line: Line, place: int) -> tuple[str, ...]:
    """In what a device decided differently from what the clinic would have, with all that it knew when it heard."""
    event = line.events[place]
    assert isinstance(event.data, Decided)  # noqa: S101 - the caller chose it; for the type checker
    here, _script = found.again.decided(line, place, found.received[event.id], found.scripts)
    return differing(event.data, here) if here else ("verdict",)


def differences(found: Told) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Each decision of a device that the clinic does not share: device, number in its sequence, and what differs."""
    every = frozenset(event.id for event in found.events)
    for line, place in _decided(found, every):
        names = _differs(found, line, place)
        if names:
            yield line.device, line.events[place].seq, names
