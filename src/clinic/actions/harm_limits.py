"""Counting reported harm: what is reported, counts at once against the regimen that was carried out.

How many are too many only the clinical lead of a clinic can say; where nobody has, nothing stops by itself. A report
that nobody has graded yet counts as the gravest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.utils import translation
from django.utils.translation import ngettext

from clinic.accounts.models import Clinic, Role
from clinic.actions.frame import Doing
from clinic.actions.notices import tell, tell_place
from clinic.records.facts import one_person
from clinic.records.models import (
    AdverseEvent,
    AdverseReview,
    HarmLimit,
    MassageSession,
    Notice,
    Patient,
    RegimenStop,
    Sealed,
    TreatmentPlan,
)
from clinic.records.sessions import begun
from clinic.records.stops import stopped_regimen
from effleurage.session.adverse import Grade, Reported, StopLimit, stops

REVIEWED_WITHIN: Final = timedelta(hours=24)
"""Within this the lead looks at every report."""


def plan_carried_out(patient: Patient, session: MassageSession | None) -> TreatmentPlan | None:
    """The plan of the session, else of the last one that was begun, whatever was chosen since; the latest plan where
    none was begun here, since a session may have been given and not recorded.
    """
    people = one_person(patient)
    begun_here = begun(MassageSession.objects.filter(patient__in=people)).select_related("plan")
    last = session or begun_here.order_by("visit__starts", "pk").last()
    return last.plan if last else last_plan(patient)


def last_plan(patient: Patient) -> TreatmentPlan | None:
    """The latest plan of a person, on whichever of their records it stands."""
    return TreatmentPlan.objects.filter(patient__in=one_person(patient)).order_by("-pk").first()


def keep_event(
    doing: Doing, *, patient: Patient, session: MassageSession | None, what: str, grade: str = "", text: str = ""
) -> list[Sealed]:
    """Keeps a report of harm, tells the lead, and stops the regimen where that reaches a limit. Part of the act under
    way. `grade` is "" where somebody competent has still to say it.
    """
    plan = plan_carried_out(patient, session)
    made = AdverseEvent.objects.create(
        public=doing.token(),
        patient=patient,
        session=session,
        regimen=plan.regimen if plan else "",
        content_hash=session.content_hash if session else plan.content_hash if plan else "",
        what=what[:40],
        grade=grade,
        text=text.strip(),
        by=doing.actor.key,
        by_name=doing.actor.name,
        at=doing.now,
    )
    tell(doing, kind=Notice.Kind.HARM, to=Role.CLINICAL_LEAD, patient=patient)
    return [made, *stop_where_due(doing, patient.clinic_id, [made.regimen])]


def keep_once(doing: Doing, *, patient: Patient, session: MassageSession, what: str, text: str) -> list[Sealed]:
    """The report that an alarming stop or reaction leaves by itself, the first time that it is told of a session."""
    if AdverseEvent.objects.filter(session=session, what=what[:40]).exists():
        return []
    return keep_event(doing, patient=patient, session=session, what=what, text=text)


def stop_where_due(doing: Doing, clinic_id: int, regimens: Iterable[str]) -> list[Sealed]:
    """Stops those of the regimens that have reached a limit, and tells the leads. The clinic is held until the act
    ends, so that of two reports at once the second sees the first.
    """
    clinic = Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)
    limits = list(HarmLimit.objects.filter(clinic=clinic))
    found: dict[str, HarmLimit] = {}
    for limit in limits:
        for name in reached(clinic_id, limit, doing.now):
            found.setdefault(name, limit)
    due = [name for name in dict.fromkeys(regimens) if name in found and not stopped_regimen(clinic_id, name)]
    return [_stop(doing, clinic, name, found[name]) for name in due]


def reached(clinic_id: int, limit: HarmLimit, now: datetime) -> tuple[str, ...]:
    """The regimens that have reached a limit."""
    reported = list(reports(clinic_id, now - timedelta(days=limit.days)))
    return stops(reported, [StopLimit(Grade[limit.grade.upper()], limit.events - 1)])


def reports(clinic_id: int, since: datetime) -> Iterator[Reported]:
    """What was reported since then, with the grade that counts."""
    rows = AdverseEvent.objects.filter(patient__clinic=clinic_id, at__gt=since).exclude(regimen="")
    yield from (Reported(row.regimen, grade_of(row)) for row in rows.select_related("review") if counts(row))


def counts(event: AdverseEvent) -> bool:
    """Whether a report counts: all do, but what the lead has found to be no harm or told before."""
    return not hasattr(event, "review") or event.review.grade != AdverseReview.Found.NONE


def grade_of(event: AdverseEvent) -> Grade | None:
    """The lead's grade, else that of who reported it; None where nobody has graded it, and for what was none."""
    said = event.review.grade if hasattr(event, "review") else event.grade
    return Grade[said.upper()] if said in AdverseEvent.Grade.values else None


def regimens_of(clinic_id: int) -> list[str]:
    """Every regimen under which harm was reported."""
    rows = AdverseEvent.objects.filter(patient__clinic=clinic_id).exclude(regimen="")
    return sorted(set(rows.values_list("regimen", flat=True)))


def _stop(doing: Doing, clinic: Clinic, regimen: str, limit: HarmLimit) -> RegimenStop:
    with translation.override(clinic.language):
        reason = limit_words(limit)
    for place in clinic.locations.filter(open=True):
        tell_place(doing, kind=Notice.Kind.HARM, place=place, about=regimen)
    return RegimenStop.objects.create(clinic=clinic, regimen=regimen, reason=reason, by=None, at=doing.now)


def limit_words(limit: HarmLimit) -> str:
    """A limit as a sentence."""
    words = ngettext(
        "%(count)s report (%(grade)s or graver) within %(days)s days.",
        "%(count)s reports (%(grade)s or graver) within %(days)s days.",
        limit.events,
    )
    return words % {"count": limit.events, "grade": limit.get_grade_display(), "days": limit.days}
