"""Harm: anybody of the house reports it, the clinical lead reviews it within a day, and at a limit the regimen stops.

A regimen that was stopped starts again only when the lead says so; each further report while the limit is still reached
stops it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from clinic.actions.aftercare import alarm, borne, contact_for, meaning_of, words_for
from clinic.actions.frame import Doing, act, note
from clinic.actions.harm_limits import grade_of, keep_event, regimens_of, stop_where_due
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import check, not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.records.content import NoContent, in_force
from clinic.records.facts import one_person
from clinic.records.models import (
    AdverseEvent,
    AdverseReview,
    HarmLimit,
    MassageSession,
    Patient,
    RegimenStop,
    Sealed,
)
from clinic.records.speech import spoken
from clinic.records.state import refresh_state
from clinic.records.stops import stopped_regimen
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.session.adverse import Grade, holds_unnamed

OTHER: Final = "other"
"""Harm that the content has no name for; then the words say what it was."""
MOST_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: of which session ("" where of none), what by the content's name, how grave, in words."""

    what: str
    grade: str
    text: str
    session: str = ""


@act("harm.report")
def report_harm(doing: Doing, *, public: str, report: Report) -> AdverseEvent:
    """Keeps a report. What the content calls alarming also locks the course and calls lead and desk, whoever reports
    it and however late.
    """
    patient = patient_for_act(doing, public, "harm.report")
    session = _session(patient, report.session)
    words = words_of(patient, session)
    insist(_("Harm"), why_not_report(report, words), _("Say what happened; the lead looks at it within a day."))
    made = keep_event(doing, patient=patient, session=session, what=report.what, grade=report.grade, text=report.text)
    rows = [*made, *_means(doing, patient, session, report, words)]
    if session is not None:
        contact_for(doing, session, "harm", doing.now)
    refresh_state(patient, doing.now)
    event = next(row for row in made if isinstance(row, AdverseEvent))
    note(doing, patient=patient, about=f"harm:{event.public}", sealed=rows)
    return event


def _session(patient: Patient, public: str) -> MassageSession | None:
    if not public:
        return None
    found = MassageSession.objects.filter(patient__in=one_person(patient), public=public)
    session = found.select_related("plan", "visit__location", "patient__clinic").first()
    if session is None:
        raise not_found()
    return session


def words_of(patient: Patient, session: MassageSession | None) -> Vocabulary | None:
    """The words of the content that a report is about; None where no protocol is in force."""
    if session is not None:
        return words_for(session)
    try:
        return spoken(in_force(patient.clinic_id)).protocols.vocabulary
    except NoContent:
        return None


def why_not_report(report: Report, words: Vocabulary | None) -> list[str]:
    known = report.what == OTHER or (words is not None and meaning_of(report.what, words) is not None)
    reasons = [] if known else [_("It does not say what happened.")]
    if report.grade not in AdverseEvent.Grade.values:
        reasons.append(_("It does not say how grave it was."))
    return reasons + (why_no_reason(report.text) if report.what == OTHER else [])


def _means(
    doing: Doing, patient: Patient, session: MassageSession | None, report: Report, words: Vocabulary | None
) -> list[Sealed]:
    """What follows besides the counting: the reaction, and where it alarms, lock and notices."""
    if report.what == OTHER:
        held = holds_unnamed(Grade[report.grade.upper()])
        return alarm(doing, patient, session, None, report.text) if held else []
    meaning = meaning_of(report.what, words) if words else None
    if meaning is None:
        return []
    if session is not None and words is not None and f"reactions.{report.what}" in words.terms:
        return borne(doing, session, patient, report.what, report.text)
    return alarm(doing, patient, session, meaning, report.text) if meaning.locks else []


@act("harm.review")
def review_harm(doing: Doing, *, event: str, grade: str, text: str) -> AdverseReview:
    """The lead's grade and what they found. A graver one counts as such from now on; what was no harm, or was reported
    before, counts no longer.
    """
    found = event_of(doing, event)
    patient_for_act(doing, (found.patient.merged_into or found.patient).public, "harm.review")
    insist(_("Review"), why_not_review(found, grade, text), _("Say what you found and what is to be done."))
    before = grade_of(found)
    made = AdverseReview.objects.create(
        event=found, grade=grade, text=text.strip(), by_id=doing.actor.account, at=doing.now
    )
    graver = before is not None and grade in AdverseEvent.Grade.values and Grade[grade.upper()] > before
    stops = stop_where_due(doing, found.patient.clinic_id, [found.regimen]) if graver else []
    note(doing, patient=found.patient, about=f"harm:{found.public}", sealed=[made, *stops])
    return made


def event_of(doing: Doing, public: str) -> AdverseEvent:
    """A report of the clinic by its public name. Checks no right."""
    rows = AdverseEvent.objects.select_related("patient__location", "session__visit", "review__by")
    found = rows.filter(public=public, patient__clinic=doing.actor.clinic_id).first()
    if found is None:
        raise not_found()
    return found


def why_not_review(found: AdverseEvent, grade: str, text: str) -> list[str]:
    if AdverseReview.objects.filter(event=found).exists():
        return [_("Somebody has reviewed it already.")]
    reasons = [] if grade in AdverseReview.Found.values else [_("It does not say how grave it was.")]
    return reasons + why_no_reason(text)


@act("harm.limits")
def set_limits(doing: Doing, *, limits: Mapping[str, tuple[int, int] | None]) -> list[RegimenStop]:
    """The clinic's limits by grade: from how many reports on, within how many days; None for no limit. What has reached
    one already is stopped at once; those regimens are returned.
    """
    check(doing.actor, "harm.limit")
    insist(_("Limits"), why_not_limit(limits), _("Give both numbers, or leave both empty."))
    for grade, limit in limits.items():
        rows = HarmLimit.objects.filter(clinic=doing.actor.house, grade=grade)
        if limit is None:
            rows.delete()
        else:
            values = {"events": limit[0], "days": limit[1]}
            HarmLimit.objects.update_or_create(clinic_id=doing.actor.house, grade=grade, defaults=values)
    stops = stop_where_due(doing, doing.actor.house, regimens_of(doing.actor.house))
    told = "; ".join(f"{grade}: {pair[0]} in {pair[1]} days" if pair else f"{grade}: none"
                     for grade, pair in limits.items())  # fmt: skip
    note(doing, about="harm:limits", why=told, sealed=stops)
    return [each for each in stops if isinstance(each, RegimenStop)]


def why_not_limit(limits: Mapping[str, tuple[int, int] | None]) -> list[str]:
    pairs = [pair for pair in limits.values() if pair is not None]
    fits = all(1 <= events <= 999 and 1 <= days <= MOST_DAYS for events, days in pairs)
    return [] if fits and set(limits) <= set(AdverseEvent.Grade.values) else [_("These are no limits.")]


@act("harm.stop")
def stop_regimen(doing: Doing, *, regimen: str, reason: str) -> RegimenStop:
    """Stops a regimen in the clinic by the lead's own decision."""
    return _decided(doing, regimen, reason, released=False)


@act("harm.release")
def release_regimen(doing: Doing, *, regimen: str, reason: str) -> RegimenStop:
    """Lets a stopped regimen be carried out again."""
    return _decided(doing, regimen, reason, released=True)


def _decided(doing: Doing, regimen: str, reason: str, *, released: bool) -> RegimenStop:
    check(doing.actor, "harm.limit")
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence why."))
    stopped = stopped_regimen(doing.actor.house, regimen)
    if released == (stopped is None) or (not released and regimen not in known_regimens(doing.actor.house)):
        raise not_found()
    made = RegimenStop.objects.create(
        clinic_id=doing.actor.house,
        regimen=regimen,
        released=released,
        reason=reason.strip(),
        by_id=doing.actor.account,
        at=doing.now,
    )
    note(doing, about=f"regimen:{regimen}", why=reason.strip(), sealed=[made])
    return made


def known_regimens(clinic_id: int) -> dict[str, str]:
    """The regimens of the content in force, with their titles, in the language of this request."""
    try:
        return {each.id: each.title for each in spoken(in_force(clinic_id)).regimens}
    except NoContent:
        return {}
