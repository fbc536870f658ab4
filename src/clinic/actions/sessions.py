"""Sessions: handing the next visits out to a tablet, and settling what two tablets tell differently."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from clinic.accounts.models import Competence
from clinic.actions.frame import Doing, act, note, note_reads
from clinic.actions.open_chart import hold, patient_for_act
from clinic.actions.people import stands_beside
from clinic.actions.permissions import can, check, near, not_found
from clinic.actions.policies import insist, needed_competences, why_no_reason, why_not_start
from clinic.actions.project import project
from clinic.actions.tablets import own_tablet, tell_overdue
from clinic.records.content import NoContent
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, SessionEvent, Settlement, Tablet, TreatmentPlan, Visit
from clinic.records.scripts import script_text, session_script
from clinic.records.sessions import CARRY, READ_WITH, begun, course_of, last_of, previous_in, told
from clinic.records.standing import Standing, standing
from effleurage.errors import InputError
from effleurage.plan.rest import Running
from effleurage.plan.script import Last
from effleurage.session.ground import script_hash

AHEAD: Final = timedelta(hours=72)
"""How far ahead visits are carried. How long a tablet shows them is another thing: without a word from the clinic it
opens for twelve hours.
"""
State = MassageSession.State


@dataclass(frozen=True, eq=False, slots=True)
class Carried:
    """One visit as it is handed out. Without `found` there is nothing of the body in it: the therapist does not look
    after this patient, or nothing can be decided; `reasons` says why.
    """

    visit: Visit
    patient: Patient
    reasons: tuple[str, ...]
    found: Standing | None = None
    session: MassageSession | None = None
    last: Last | None = None
    competent_until: date | None = None
    trained: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Pack:
    """What a tablet carries from this moment on."""

    tablet: Tablet
    at: datetime
    until: datetime
    visits: tuple[Carried, ...]


@act(CARRY)
def carry(doing: Doing, *, tablet: str) -> Pack:
    """Hands out one's own visits of today and the next three days. Each record that is read leaves its row. Raises
    Revoked for a tablet that was taken out of use.
    """
    found = own_tablet(doing, tablet)
    visits = _visits(doing)
    people = _people(doing, visits)
    held = tuple(Competence.objects.filter(user=doing.actor.account).select_related("supervisor"))
    rows = tuple(_carried(doing, visit, people[_person(visit)], held) for visit in visits)
    found.seen_at = doing.now
    found.save(update_fields=["seen_at"])
    tell_overdue(doing)
    if rows:
        note_reads(doing, [(row.patient, f"visit:{row.visit.public}") for row in rows], wrote=True)
    else:
        note(doing, about=f"tablet:{found.public}")
    return Pack(found, doing.now, doing.now + AHEAD, rows)


def _visits(doing: Doing) -> list[Visit]:
    """One's own visits that began today by the clock of the place, or begin within the next 72 hours."""
    mine = Visit.objects.filter(therapist=doing.actor.account, clinic=doing.actor.house)
    near_ = mine.filter(starts__gt=doing.now - timedelta(days=1, hours=2), starts__lte=doing.now + AHEAD)
    found = near_.exclude(state=Visit.State.CANCELLED).select_related("location", "room", "patient", "session")
    return [visit for visit in found.order_by("starts", "pk") if visit.starts > doing.now or _today(visit, doing.now)]


def _today(visit: Visit, now: datetime) -> bool:
    zone = visit.location.zone
    return local(visit.starts, zone).date() == local(now, zone).date()


def _person(visit: Visit) -> int:
    """Whose visit it is: the record that was kept, where two were united."""
    return visit.patient.merged_into_id or visit.patient_id


def _people(doing: Doing, visits: Iterable[Visit]) -> dict[int, Patient]:
    """The patients, held until the act ends, so that no two tablets make two sessions of one visit."""
    keys = {_person(visit) for visit in visits}
    hold(*Patient.objects.filter(pk__in=keys).values_list("public", flat=True))
    found = Patient.objects.filter(pk__in=keys).select_related("location", "clinic", "state", "photo")
    return {each.pk: each for each in found.annotate(near=near(doing.actor, doing.now)).prefetch_related("guardians")}


def _carried(doing: Doing, visit: Visit, patient: Patient, held: tuple[Competence, ...]) -> Carried:
    if not can(doing.actor, "session.record", patient, now=doing.now):
        return Carried(visit, patient, (_("You do not look after this patient: the clinic enters you first."),))
    try:
        found = standing(patient, now=max(visit.starts, doing.now))
    except NoContent as fault:
        return Carried(visit, patient, (f"{fault.what} {fault.remedy}",))
    needed = needed_competences(found.anew, found.treatment.regimen) if found.treatment else []
    trained = dict(_trained(held, needed, visit, doing.now))
    asked = [trained[name] for name in needed if name in trained]
    session, last = _session(doing, visit, found)
    return Carried(
        visit=visit,
        patient=patient,
        reasons=tuple(why_not_start(found, doing.actor, trained)),
        found=found,
        session=session,
        last=last,
        competent_until=min((each.until for row in asked for each in row if each.until), default=None),
        trained=tuple(sorted(trained)),
        supervisors=tuple(sorted({own.supervisor.name for own, *_ in asked if own.supervisor})),
    )


def _trained(
    held: Iterable[Competence], needed: Collection[str], visit: Visit, now: datetime
) -> Iterator[tuple[str, tuple[Competence, ...]]]:
    """By name, the trainings that let their holder give this visit: what is finished, and what is still learned where
    the plan asks for it, with that of the supervisor. What else is learned counts for nothing at this table: nobody has
    been told to stand there for it.
    """
    at = max(visit.starts, now)
    day = local(at, visit.location.zone).date()
    for each in held:
        if not each.counts_on(day):
            continue
        if each.supervisor_id is None:
            yield each.name, (each,)
        elif each.name in needed and (beside := stands_beside(each, visit.location, at)):
            yield each.name, (each, beside)


def _session(doing: Doing, visit: Visit, found: Standing) -> tuple[MassageSession | None, Last | None]:
    """The session of a visit: made once, and worked out anew as long as nothing was written of it."""
    made: MassageSession | None = getattr(visit, "session", None)
    plan = made.plan if made and _written(made) else found.treatment
    if plan is None:
        return made, None
    last = last_of(previous_in(plan, visit), found.library.protocols.vocabulary)
    if made and _written(made):
        return made, last
    number = begun(course_of(plan).exclude(visit=visit)).count() + 1
    try:
        script = session_script(found.refreshed, plan.regimen, number, last)
    except InputError:
        return made, last
    return _kept(doing, visit, found, made, script), last


def session_of_visit(doing: Doing, public: str) -> MassageSession | None:
    """A session for a visit that has none though somebody has recorded one: under the plan that counts, without a
    script, since nothing was carried. None where there is no such visit, or no plan.
    """
    visit = Visit.objects.filter(public=public, clinic=doing.actor.clinic_id).select_related("patient").first()
    if visit is None:
        return None
    hold(visit.patient.public)
    plan = TreatmentPlan.objects.filter(patient=_person(visit)).order_by("-pk").first()
    if plan is None:
        return None
    MassageSession.objects.create(
        public=visit.public,
        clinic_id=visit.clinic_id,
        patient_id=_person(visit),
        visit=visit,
        plan=plan,
        number=begun(course_of(plan)).count() + 1,
        dose=1,
        content_hash=plan.content_hash,
        made_at=doing.now,
    )
    return session_of(doing, visit.public)


def _written(session: MassageSession) -> bool:
    return session.state != State.READY or SessionEvent.objects.filter(session=session).exists()


def _kept(
    doing: Doing, visit: Visit, found: Standing, made: MassageSession | None, script: Running
) -> MassageSession | None:
    if script.script.locked:
        return made
    values = {
        "patient": found.patient,
        "plan": found.treatment,
        "number": script.script.session,
        "dose": script.script.dose,
        "content_hash": found.library.protocols.hash,
        "script": script_text(script),
        "script_hash": script_hash(script.script),
    }
    if made is None:
        return MassageSession.objects.create(
            public=visit.public, clinic_id=visit.clinic_id, visit=visit, made_at=doing.now, **values
        )
    for name, value in values.items():
        setattr(made, name, value)
    made.save(update_fields=list(values))
    return made


@act("session.settle")
def settle(doing: Doing, *, session: str, device: str, why: str) -> Settlement:
    """Says whose account of a session counts. What the others learned still counts, and every stop and reaction."""
    found = session_for_act(doing, session, "session.settle")
    insist(_("Why"), why_no_reason(why), _("Say in a sentence why this tablet tells what happened."))
    _check_choice(found, device)
    made = Settlement.objects.create(
        session=found, device=device, why=why.strip(), by_id=doing.actor.account, at=doing.now
    )
    rows = project(doing, found, frozenset())
    note(doing, patient=found.patient, about=f"session:{found.public}", why=why.strip(), sealed=[made, *rows])
    return made


def _check_choice(session: MassageSession, device: str) -> None:
    merge = told(session).merged()
    if merge is None or merge.conflict is None or device not in merge.conflict.devices:
        raise InputError(
            where=_("Session"),
            what=_("There is nothing to choose here any more."),
            remedy=_("Reload the page and look again."),
        )


def session_for_act(doing: Doing, public: str, right: str, *, of: str = "") -> MassageSession:
    """A session, held with its patient until the act ends; one that belongs elsewhere does not exist. `of` names the
    record on whose page it was read: the right must count there too, and a record that was folded away is closed.
    """
    names = MassageSession.objects.filter(public=public, clinic=doing.actor.clinic_id)
    hold(*names.values_list("patient__public", flat=True))
    found = session_of(doing, public)
    if of and patient_for_act(doing, of, right).pk not in {found.patient_id, found.patient.merged_into_id}:
        raise not_found()
    check(doing.actor, right, found.patient, now=doing.now)
    return found


def session_of(doing: Doing, public: str) -> MassageSession:
    """A session of the clinic by its public name. Checks no right."""
    rows = MassageSession.objects.select_related(*READ_WITH)
    found = rows.filter(public=public, clinic=doing.actor.clinic_id).first()
    if found is None:
        raise not_found()
    return found
