"""What was learned at the table becomes part of the chart, by the same checks as any answer.

Of several tablets the worse news counts until a person has settled whose account it is. What contradicts the chart is
kept as a proposal, which counts once somebody has confirmed it; until then the plan is locked, since nobody can say
what is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.answer_questions import after_facts, check_agrees, check_origins, enter, locks_of
from clinic.actions.frame import Doing
from clinic.actions.notices import tell
from clinic.actions.permissions import NotAllowed
from clinic.records.content import NoContent, in_force
from clinic.records.facts import Chart, answer_of, chart, local
from clinic.records.models import FactEntry, MassageSession, Notice, Patient, PlanLock, Sealed, SessionEvent
from clinic.records.sessions import Told, place_of
from clinic.records.standing import locks_on
from clinic.records.state import refresh_state
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.facts.kinds import Fact, FactTable
from effleurage.facts.merge import counting
from effleurage.session.merge import Merged, United, is_worst
from effleurage.session.stored import fitting, stored

State = FactEntry.State
Answers = dict[str, Answer | None]


@dataclass(frozen=True, slots=True)
class Learnt:
    """The rows that were written, and whether anything could not be taken as it was said."""

    rows: tuple[Sealed, ...] = ()
    doubtful: bool = False


def learn(doing: Doing, session: MassageSession, patient: Patient, found: Told, merge: Merged) -> Learnt:
    """Enters what the session has taught and the chart does not have from it yet. Part of the act under way."""
    if not merge.facts:
        return Learnt()
    table, before = _table(session, found), chart(patient)
    new = _new(doing, session, patient, merge, table, before)
    unfit = [each.name for each in merge.facts if each.name not in table]
    if not new:
        return Learnt(doubtful=bool(unfit) and _fresh(doing, session, unfit))
    agreed, against = _parted(doing, patient, new, table, before)
    origins = {each.name: each.origin for each in merge.facts}
    place = place_of(session)
    entries = [
        enter(doing, patient, name, answer, before, who=origins[name], place=place) for name, answer in agreed.items()
    ]
    entries += [_propose(doing, patient, name, answer, place) for name, answer in against.items()]
    standing = after_facts(doing, patient) if agreed else None
    locks = locks_of(standing, doing.now) or _locked(doing, patient, clashing=bool(against))
    return Learnt((*entries, *locks), doubtful=bool(against or unfit))


def _table(session: MassageSession, found: Told) -> FactTable:
    """The facts that can be entered now; where nothing is in force, those of the session's own content."""
    try:
        return in_force(session.clinic_id).protocols.facts
    except NoContent:
        return found.library.protocols.facts


def _fresh(doing: Doing, session: MassageSession, names: list[str]) -> bool:
    """Whether a fact that nobody here knows has only just come."""
    rows = SessionEvent.objects.filter(session=session, kind="fact", received_at=doing.now)
    return any(f'"name":"{name}"' in body for body in rows.values_list("body", flat=True) for name in names)


def _new(
    doing: Doing, session: MassageSession, patient: Patient, merge: Merged, table: FactTable, before: Chart
) -> Answers:
    """What the chart does not have from this session yet, unless something newer was said that is no better."""
    own = {each.name: each for each in before.entries if each.place == place_of(session)}
    current, zone = before.current(), patient.location.zone
    offsets = dict(SessionEvent.objects.filter(session=session).order_by("pk").values_list("device", "offset_ms"))
    new: Answers = {}
    for each in merge.facts:
        if each.name not in table or not fitting(each.answer, table[each.name]) or _told(own.get(each.name), each):
            continue
        on = _on(each, offsets, local(doing.now, zone))
        answer = None if each.answer is None else Answer(each.answer, on, each.origin, place_of(session))
        if _counts(answer, on, current.get(each.name), table[each.name], place_of(session)):
            new[each.name] = answer
    return new


def _told(entry: FactEntry | None, fact: United) -> bool:
    """Whether the chart has this very answer from this session already."""
    return entry is not None and entry.value == (None if fact.answer is None else stored(fact.answer))


def _on(fact: United, offsets: Mapping[str, int], now: datetime) -> datetime:
    """When it was said, by our clock: what the tablet claims, less what its clock was out, and never later than now."""
    offset = max((offsets.get(device, 0) for device in fact.devices), default=0)
    return min(now, (fact.at - timedelta(milliseconds=offset)).replace(microsecond=0))


def _counts(answer: Answer | None, on: datetime, entry: FactEntry | None, fact: Fact, place: str) -> bool:
    """Against what was said later elsewhere, something that comes in late counts only if it is worse news."""
    if entry is None or entry.place == place or datetime.fromisoformat(entry.on) <= on:
        return True
    if answer is None or entry.state != State.GIVEN:
        return answer is not None and is_worst(fact, answer.value)
    worse = counting([answer_of(entry), answer], fact)
    return worse is None or worse.value == answer.value != answer_of(entry).value


def _parted(doing: Doing, patient: Patient, new: Answers, table: FactTable, before: Chart) -> tuple[Answers, Answers]:
    """What agrees with the chart, and what does not: together if that goes, else one by one."""
    if _agree(doing, patient, new, table, before):
        return new, {}
    agreed: Answers = {}
    against: Answers = {}
    for name, answer in new.items():
        fits_in = _agree(doing, patient, {**agreed, name: answer}, table, before)
        (agreed if fits_in else against)[name] = answer
    return agreed, against


def _agree(doing: Doing, patient: Patient, answers: Answers, table: FactTable, before: Chart) -> bool:
    try:
        check_origins(doing.actor, patient, answers, table)
        check_agrees(before, answers, table, local(doing.now, patient.location.zone))
    except (InputError, NotAllowed):
        return False
    return True


def _propose(doing: Doing, patient: Patient, name: str, answer: Answer | None, place: str) -> FactEntry:
    return FactEntry.objects.create(
        public=doing.token(),
        patient=patient,
        name=name,
        state=State.PROPOSED,
        value=stored(answer.value) if answer else None,
        on=(answer.on if answer else local(doing.now, patient.location.zone)).isoformat(),
        origin=answer.origin if answer else "",
        place=place,
        entered_at=doing.now,
        entered_by=doing.actor.key,
        entered_name=doing.actor.name,
    )


def _locked(doing: Doing, patient: Patient, *, clashing: bool) -> list[PlanLock]:
    """A lock where what was learned contradicts the chart, unless one is laid already."""
    last = patient.plans.order_by("-pk").first()
    locks = locks_on(last, patient) if last else ()
    if not clashing or last is None or (locks and not locks[-1].released):
        return []
    made = PlanLock.objects.create(
        plan=last,
        kind=PlanLock.Kind.NEW_FACT,
        reason=_("Something was said at the table that contradicts the record. Ask again, then confirm what is true."),
        by=None,
        at=doing.now,
    )
    tell(doing, kind=Notice.Kind.LOCKED, to=Role.CLINICAL_LEAD, patient=patient)
    refresh_state(patient, doing.now)
    return [made]
