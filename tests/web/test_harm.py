"""Harm: reported by anybody, reviewed within a day, counted, and a regimen that reaches the limit stops."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from clinic import look
from clinic.accounts.models import Location, Role
from clinic.actions.aftercare import Answer, answer_contact
from clinic.actions.harm import Report, release_regimen, report_harm, review_harm, set_limits, stop_regimen
from clinic.actions.permissions import NotAllowed
from clinic.actions.plan_treatment import choose_plan
from clinic.actions.policies import why_not_use
from clinic.records.journal import verify
from clinic.records.models import (
    AdverseEvent,
    AdverseReview,
    Contact,
    HarmLimit,
    Notice,
    Patient,
    PlanLock,
    RegimenStop,
)
from clinic.records.standing import PlanState, standing
from clinic.records.stops import stopped_regimen
from effleurage.errors import InputError
from tests.web.asking import text
from tests.web.at_table import at_table, given
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_plans import signed

WHY = "The case was gone through with everybody."
STYLE = Path(look.__file__).parent / "static" / "look" / "effleurage.css"
LIMITS: dict[str, tuple[int, int] | None] = {"mild": None, "moderate": (3, 90), "major": (1, 365)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(hours=26))


def report(
    house: House, patient: Patient, grade: str, role: Role = Role.FRONT_DESK, *, days: int = 0, what: str = "bruise"
) -> AdverseEvent:
    doing = house.doing(role, now=NOW + timedelta(days=days))
    return report_harm(doing, public=patient.public, report=Report(what, grade, "A bruise as big as a hand."))


def stopped(house: House, patient: Patient) -> bool:
    plan = patient.plans.order_by("-pk")[0]
    named = any("stopped in this clinic" in each for each in why_not_use(standing(patient, now=NOW)))
    found = stopped_regimen(house.clinic, plan.regimen) is not None
    assert named == found
    return found


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("grade, held", [("mild", False), ("moderate", True), ("major", True)])
def test_harm_without_a_name_holds_the_course_unless_it_is_mild(house: House, grade: str, held: bool) -> None:
    patient, _plan = signed(house)
    doing = house.doing(Role.FRONT_DESK)
    report_harm(doing, public=patient.public, report=Report("other", grade, "Fell in the night; the hip is broken."))
    assert (standing(patient, now=NOW).plan_state is PlanState.LOCKED) == held
    assert Notice.objects.filter(kind="worrying", role="front_desk").exists() == held


def test_a_report_of_no_session_counts_against_what_was_carried_out_not_what_was_chosen_since(house: House) -> None:
    table = given(house)
    patient, carried = table.session.patient, table.session.plan
    regimens = {each.regimen.id for each in standing(patient, now=NOW).plan.available} - {carried.regimen}
    choose_plan(house.doing(Role.THERAPIST), public=patient.public, regimen=regimens.pop())
    assert report(house, patient, "mild", what="other").regimen == carried.regimen


def test_what_the_lead_finds_to_be_none_or_reported_before_counts_no_longer(house: House) -> None:
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    patient, _plan = signed(house)
    first = [report(house, patient, "moderate") for _ in range(2)]
    lead = house.doing(Role.CLINICAL_LEAD)
    review_harm(lead, event=first[0].public, grade="none", text="The same bruise, told twice.")
    report(house, patient, "moderate")
    assert not stopped(house, patient)
    report(house, patient, "moderate")
    assert stopped(house, patient)
    page = text(at_desk(house, Role.CLINICAL_LEAD).get(f"/harm/{first[1].public}/"))
    assert "No harm, or reported before" in page


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD])
def test_anybody_reports_harm_and_the_lead_is_told(house: House, role: Role) -> None:
    patient, plan = signed(house)
    made = report(house, patient, "mild", role)
    assert made.regimen == plan.regimen
    assert Notice.objects.get(kind=Notice.Kind.HARM).role == Role.CLINICAL_LEAD
    assert not PlanLock.objects.exists()
    assert verify() == []


def test_a_report_says_what_and_how_grave(house: House) -> None:
    patient, _ = signed(house)
    for wrong in (Report("bruise", "", ""), Report("nothing", "mild", ""), Report("other", "mild", "ouch")):
        with pytest.raises(InputError):
            report_harm(house.doing(Role.FRONT_DESK), public=patient.public, report=wrong)
    assert not AdverseEvent.objects.exists()


@pytest.mark.hazard("H30")
def test_an_alarming_stop_at_the_table_is_reported_by_itself_once(house: House) -> None:
    table = at_table(house).starts().does(0).stops("crack").send()
    table.push(table.events)
    [event] = AdverseEvent.objects.all()
    assert (event.what, event.grade, event.regimen) == ("crack", "", table.session.plan.regimen)
    assert verify() == []


def test_a_report_of_something_alarming_locks_the_course_and_asks_for_a_contact(house: House) -> None:
    session = given(house, number=2).session
    Contact.objects.all().delete()
    found = Report("new_weakness", "major", "The left leg gives way.", session.public)
    report_harm(house.doing(Role.FRONT_DESK), public=session.patient.public, report=found)
    assert PlanLock.objects.get().kind == PlanLock.Kind.REACTION
    assert Notice.objects.filter(kind=Notice.Kind.EMERGENCY).count() == 2
    assert AdverseEvent.objects.count() == 1
    assert Contact.objects.get().why == "harm"


@pytest.mark.hazard("H30")
def test_nothing_stops_by_itself_before_the_lead_has_set_a_limit(house: House) -> None:
    patient, _ = signed(house)
    for _number in range(12):
        report(house, patient, "major")
    assert not stopped(house, patient)


@pytest.mark.hazard("H30")
def test_the_report_that_reaches_the_limit_stops_the_regimen_for_everybody(house: House) -> None:
    patient, plan = signed(house)
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    report(house, patient, "mild")
    for number in range(2):
        report(house, patient, "moderate", days=number)
        assert not stopped(house, patient)
    before = Notice.objects.filter(kind=Notice.Kind.HARM, patient=None).count()
    report(house, patient, "moderate", days=2)
    assert stopped(house, patient)
    stop = RegimenStop.objects.get()
    assert (stop.regimen, stop.by, stop.released) == (plan.regimen, None, False)
    assert "3 reports" in stop.reason
    assert Notice.objects.filter(kind=Notice.Kind.HARM, patient=None).count() == before + 1
    report(house, patient, "moderate", days=3)
    assert RegimenStop.objects.count() == 1
    assert verify() == []


@pytest.mark.hazard("H30")
def test_reports_that_lie_too_far_apart_do_not_stop_it(house: House) -> None:
    patient, _ = signed(house)
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    for days in (0, 60, 120, 200):
        report(house, patient, "moderate", days=days)
    assert not stopped(house, patient)
    report(house, patient, "moderate", days=209)
    assert stopped(house, patient)


@pytest.mark.hazard("H30")
def test_what_nobody_has_graded_counts_as_the_gravest(house: House) -> None:
    session = given(house).session
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    contact = Contact.objects.get()
    answer_contact(house.doing(Role.FRONT_DESK), contact=contact.public, answer=Answer(("new_bone_pain",)))
    assert stopped(house, session.patient)


def test_a_limit_holds_for_what_was_reported_before_it_was_set(house: House) -> None:
    patient, plan = signed(house)
    report(house, patient, "major")
    [stop] = set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    assert stop.regimen == plan.regimen
    assert stopped(house, patient)


def test_a_graver_grade_by_the_lead_can_stop_it_a_milder_one_does_not(house: House) -> None:
    patient, _ = signed(house)
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    first, second = report(house, patient, "mild"), report(house, patient, "moderate")
    lead = house.doing(Role.CLINICAL_LEAD)
    review_harm(lead, event=second.public, grade="mild", text=WHY)
    assert not stopped(house, patient)
    review_harm(lead, event=first.public, grade="major", text=WHY)
    assert stopped(house, patient)


def test_a_report_is_reviewed_once_and_never_changed(house: House) -> None:
    patient, _ = signed(house)
    event = report(house, patient, "mild")
    lead = house.doing(Role.CLINICAL_LEAD)
    with pytest.raises(InputError):
        review_harm(lead, event=event.public, grade="mild", text="ok")
    review_harm(lead, event=event.public, grade="mild", text=WHY)
    with pytest.raises(InputError, match="already"):
        review_harm(lead, event=event.public, grade="major", text=WHY)
    for table in ("adverseevent", "adversereview"):
        with pytest.raises(DatabaseError, match="sealed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM records_{table}")


def test_the_lead_releases_with_a_reason_and_the_next_report_stops_it_again(house: House) -> None:
    patient, plan = signed(house)
    lead = house.doing(Role.CLINICAL_LEAD)
    set_limits(lead, limits=LIMITS)
    report(house, patient, "major")
    for role in (Role.THERAPIST, Role.FRONT_DESK, Role.OWNER):
        with pytest.raises(NotAllowed):
            release_regimen(house.doing(role), regimen=plan.regimen, reason=WHY)
    with pytest.raises(InputError):
        release_regimen(lead, regimen=plan.regimen, reason="ok")
    release_regimen(lead, regimen=plan.regimen, reason=WHY)
    assert not stopped(house, patient)
    report(house, patient, "mild")
    assert stopped(house, patient), "the limit is still reached"
    assert verify() == []


def test_the_lead_stops_a_regimen_by_their_own_decision(house: House) -> None:
    patient, plan = signed(house)
    stop_regimen(house.doing(Role.CLINICAL_LEAD), regimen=plan.regimen, reason=WHY)
    assert stopped(house, patient)


def test_another_clinic_counts_for_itself(house: House, other_house: House) -> None:
    patient, _ = signed(house)
    theirs, _ = signed(other_house)
    set_limits(house.doing(Role.CLINICAL_LEAD), limits=LIMITS)
    report(other_house, theirs, "major")
    assert not stopped(house, patient)
    assert not stopped(other_house, theirs)


def test_the_pages_of_harm_lead_from_the_report_to_the_review(house: House, clock: None) -> None:
    patient, plan = signed(house)
    desk, lead = at_desk(house, Role.FRONT_DESK), at_desk(house, Role.CLINICAL_LEAD)
    url = f"/p/{patient.public}/harm/"
    page = text(desk.get(url))
    assert "in need of further treatment" in page, "the grades are explained"
    assert desk.post(url, {"what": "bruise", "text": ""}).status_code == 422
    assert desk.post(url, {"what": "bruise", "grade": "moderate", "text": "On both arms."}).status_code == 302
    event = AdverseEvent.objects.get()
    assert "24 hours to go" in text(lead.get("/work/?list=harm"))
    review = f"/harm/{event.public}/"
    assert "On both arms." in text(lead.get(review))
    assert lead.post(review, {"grade": "mild", "text": WHY}).status_code == 302
    assert AdverseReview.objects.get().grade == "mild"
    assert "Nothing stops by itself" in text(lead.get("/harm/"))
    sent = lead.post("/harm/limits/", {"mild_events": "", "mild_days": "", "moderate_events": "3"})
    assert sent.status_code == 422
    sent = lead.post("/harm/limits/", {"moderate_events": "3", "moderate_days": "90"})
    assert sent.status_code == 302
    assert HarmLimit.objects.get().events == 3
    assert "Nothing stops by itself" not in text(lead.get("/harm/"))
    assert desk.get("/harm/").status_code == 403
    lead.post(f"/harm/regimen/{plan.regimen}/stop/", {"reason": WHY})
    assert WHY in text(lead.get("/harm/"))
    lead.post(f"/harm/regimen/{plan.regimen}/release/", {"reason": WHY})
    assert not stopped(house, patient)


def test_a_report_that_nobody_has_looked_at_in_a_day_is_marked(house: House, clock: None) -> None:
    patient, _ = signed(house)
    report(house, patient, "mild")
    page = text(at_desk(house, Role.CLINICAL_LEAD).get("/work/?list=harm"))
    assert "overdue" in page


def test_each_number_of_harm_leads_to_the_reports_behind_it(house: House, clock: None) -> None:
    patient, plan = signed(house)
    mild, moderate = (report(house, patient, grade, what="other") for grade in ("mild", "moderate"))
    none = report(house, patient, "moderate", what="other")
    review_harm(house.doing(Role.CLINICAL_LEAD), event=none.public, grade="none", text=WHY)
    lead = at_desk(house, Role.CLINICAL_LEAD)
    page = text(lead.get("/harm/"))
    assert "All reports since 22 November 2026" in page
    [address] = re.findall(r'href="([?][^"]*grade=moderate)#behind"', page)
    assert plan.regimen in address
    behind = text(lead.get(f"/harm/{address}")).split('id="behind"')[1]
    assert [name in behind for name in (moderate.public, mild.public, none.public)] == [True, False, False]


def test_a_lead_reads_no_name_behind_a_number_of_a_place_that_they_do_not_lead(house: House, clock: None) -> None:
    patient, plan = signed(house)
    event = report(house, patient, "moderate", what="other")
    far = Location.objects.create(public="far", clinic=house.clinic, name="Far", zone="Europe/Kyiv")
    Patient.objects.update(location=far)
    address = f"/harm/?regimen={plan.regimen}&grade=moderate"
    behind = text(at_desk(house, Role.CLINICAL_LEAD).get(address)).split('id="behind"')[1]
    assert "Far" in behind
    assert event.public not in behind
    assert patient.family not in behind


def test_a_button_in_a_table_stands_on_one_line(house: House, clock: None) -> None:
    signed(house)
    page = text(at_desk(house, Role.CLINICAL_LEAD).get("/harm/"))
    assert re.search(r'<a class="button small"[^>]*>Stop it<', page)
    assert "td .button { white-space: nowrap; }" in STYLE.read_text()


def test_when_a_report_was_reviewed_is_told_by_the_clock_of_the_place(house: House, clock: None) -> None:
    event = report(house, signed(house)[0], "mild", what="other")
    review_harm(house.doing(Role.CLINICAL_LEAD), event=event.public, grade="mild", text=WHY)
    page = text(at_desk(house, Role.CLINICAL_LEAD).get(f"/harm/{event.public}/"))
    assert "22 November 2026, 11:00" in page.split(WHY)[1]
