"""Questionnaires from the due date to the chart: answered by link, tablet and paper; scored, corrected, summed up."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from pypdf import PdfReader

from clinic.accounts.models import Role
from clinic.actions.outcomes import Sheet, answer_instrument
from clinic.actions.people import holder
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.records.content import built_in, in_force
from clinic.records.facts import local
from clinic.records.journal import verify
from clinic.records.models import AccessLink, AuditEvent, Patient, ScoreEntry, TreatmentPlan
from clinic.records.outcome_courses import History, asked_now, history, regimen_of
from clinic.records.outcomes import (
    course_rows,
    for_patient,
    given_sessions,
    instrument_of,
    next_quarter,
    quarter_began,
    score_of,
)
from effleurage.errors import InputError
from effleurage.language import ENGLISH
from effleurage.outcome.due import Moment, State
from tests.web.asking import enter, text
from tests.web.at_table import AtTable, agree, at_table
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_plans import answered, signed

LATER = NOW + timedelta(minutes=5)
PAIN = {"pain": "7"}
PEG = {"pain": "6", "enjoyment": "7", "activity": "6"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    return


@dataclass(frozen=True)
class Somebody:
    """A patient whose plan is signed, so that questionnaires are due."""

    house: House
    patient: Patient
    plan: TreatmentPlan

    @property
    def history(self) -> History:
        return history(self.patient)

    def due(self, now: datetime = NOW) -> dict[tuple[str, Moment], State]:
        here = local(now, self.house.location.zone)
        return {(each.instrument, each.moment): each.state for each in self.history.due(here)}

    def to_answer(self, now: datetime = NOW) -> tuple[str, ...]:
        return self.history.to_answer(local(now, self.house.location.zone))

    def paper(
        self, instrument: str, answers: dict[str, str | None], *, now: datetime = NOW, corrects: str = ""
    ) -> ScoreEntry:
        sheet = Sheet(instrument, answers, "paper", None, corrects)
        return answer_instrument(self.house.doing(Role.FRONT_DESK, now=now), public=self.patient.public, sheet=sheet)

    def session(self, number: int, now: datetime) -> AtTable:
        """A session that was given as planned, and closed."""
        table = at_table(self.house, number=number, starts=now, patient=self.patient)
        table.now = now
        return table.starts().rest().closes().send()


@pytest.fixture
def somebody(house: House) -> Somebody:
    patient, plan = signed(house)
    agree(house, patient)
    return Somebody(house, patient, plan)


def test_each_measure_of_the_plan_is_due_before_the_first_session_and_at_the_end(somebody: Somebody) -> None:
    regimen = next(each for each in built_in().regimens if each.id == somebody.plan.regimen)
    assert somebody.to_answer() == regimen.measures
    first = {(name, Moment.FIRST): State.DUE for name in regimen.measures}
    last = {(name, Moment.LAST): State.LATER for name in regimen.measures}
    assert somebody.due() == first | last
    somebody.paper("nrs_pain", PAIN)
    assert somebody.due()["nrs_pain", Moment.FIRST] is State.DONE
    assert "nrs_pain" not in somebody.to_answer()


def test_a_plan_that_nobody_signed_asks_nothing(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    choose_plan(house.doing(Role.THERAPIST), public=patient.public, regimen=found.plan.available[0].regimen.id)
    assert history(patient).course is None
    assert history(patient).to_answer(local(NOW, house.location.zone)) == ()


def test_answers_are_kept_as_given_with_the_exact_score_of_the_content_in_force(somebody: Somebody) -> None:
    made = somebody.paper("peg", PEG)
    assert made.answers == PEG
    assert made.score == "6.33333333"
    peg = instrument_of(built_in(), "peg")
    assert peg is not None
    assert score_of(instrument=peg, answers=made.answers).value == Fraction(19, 3)
    assert made.content_hash == built_in().protocols.hash
    assert made.plan == somebody.plan
    assert verify() == []


def test_a_sheet_with_too_few_answers_has_no_score_and_is_not_asked_again(somebody: Somebody) -> None:
    made = somebody.paper("peg", {"pain": "6", "enjoyment": None, "activity": "5"})
    assert made.score == ""
    assert made.answers["enjoyment"] is None
    assert "peg" not in somebody.to_answer()
    assert somebody.due()["peg", Moment.FIRST] is State.DUE


@pytest.mark.parametrize("answer", ["11", "-1", "7.5", "1e1000", "NaN"])
def test_an_answer_off_the_scale_is_refused_and_nothing_is_kept(somebody: Somebody, answer: str) -> None:
    with pytest.raises((InputError, ArithmeticError)):
        somebody.paper("nrs_pain", {"pain": answer})
    assert not ScoreEntry.objects.exists()


def test_a_correction_is_a_new_row_and_the_old_one_stays(somebody: Somebody) -> None:
    slip = somebody.paper("nrs_pain", {"pain": "2"})
    right = somebody.paper("nrs_pain", PAIN, now=LATER, corrects=slip.public)
    assert right.supersedes == slip
    assert right.on == slip.on
    assert [entry.score for entry in somebody.history.entries] == ["7"]
    assert ScoreEntry.objects.count() == 2
    with pytest.raises(NotFound):
        somebody.paper("nrs_pain", PAIN, now=LATER, corrects=slip.public)


def test_only_who_treats_or_has_entered_it_corrects_a_sheet(somebody: Somebody) -> None:
    doing = somebody.house.doing(Role.THERAPIST)
    made = answer_instrument(doing, public=somebody.patient.public, sheet=Sheet("nrs_pain", PAIN, "tablet"))
    with pytest.raises(NotFound):
        somebody.paper("nrs_pain", PAIN, corrects=made.public)


def test_the_database_itself_refuses_to_change_a_score(somebody: Somebody) -> None:
    made = somebody.paper("nrs_pain", PAIN)
    with pytest.raises(DatabaseError), transaction.atomic():
        ScoreEntry.objects.filter(pk=made.pk).update(score="1")


def test_two_sheets_of_one_moment_and_one_of_tomorrow_are_refused(somebody: Somebody) -> None:
    somebody.paper("nrs_pain", PAIN)
    with pytest.raises(InputError, match="already"):
        somebody.paper("nrs_pain", PAIN)
    on = local(NOW, somebody.house.location.zone) + timedelta(days=1)
    with pytest.raises(InputError, match="future"):
        answer_instrument(
            somebody.house.doing(Role.FRONT_DESK), public=somebody.patient.public,
            sheet=Sheet("nrs_pain", PAIN, "paper", on),
        )  # fmt: skip


# ---- the course


def test_the_last_numbers_are_asked_for_a_while_after_a_course_has_ended(somebody: Somebody) -> None:
    somebody.paper("nrs_pain", PAIN)
    somebody.session(1, NOW + timedelta(days=1))
    after = NOW + timedelta(days=2)
    assert somebody.due(after)["nrs_pain", Moment.LAST] is State.LATER
    paused = NOW + timedelta(days=40)
    course = somebody.history.course
    assert course is not None
    assert course.ended(local(paused, somebody.house.location.zone))
    assert somebody.due(paused)["nrs_pain", Moment.LAST] is State.DUE
    assert "nrs_pain" in somebody.to_answer(paused)
    assert somebody.to_answer(NOW + timedelta(days=90)) == ()
    somebody.paper("nrs_pain", {"pain": "4"}, now=paused)
    assert somebody.due(paused)["nrs_pain", Moment.LAST] is State.DONE


def test_a_session_counts_from_its_first_touch_and_not_from_the_visit(somebody: Somebody) -> None:
    somebody.session(1, NOW + timedelta(days=1))
    course = somebody.history.course
    assert course is not None
    began = course.held[0].at
    assert began > local(NOW + timedelta(days=1), somebody.house.location.zone)


def test_the_record_of_a_session_becomes_what_the_summary_says_of_it(somebody: Somebody) -> None:
    table = at_table(somebody.house, number=1, starts=NOW, patient=somebody.patient).starts()
    turns = [place for place, moment in enumerate(table.script.moments) if moment.kind == "turn"]
    left_out = next(place for place in range(len(table.script.moments)) if place not in turns)
    table.skips(left_out)
    table.rest(left_out + 1).closes().send()
    course = somebody.history.course
    assert course is not None
    [given] = given_sessions(course, ENGLISH)
    moments = [moment for moment in table.script.moments if moment.kind != "turn"]
    assert given.planned_minutes == (sum(each.seconds for each in moments) + 30) // 60
    assert given.minutes < given.planned_minutes
    assert any("left out" in words for words in given.deviations)
    assert given.reactions == ("No reaction",)


def test_a_table_of_the_clinic_stands_as_of_the_last_quarter_and_hides_the_few(somebody: Somebody) -> None:
    somebody.paper("nrs_pain", PAIN)
    somebody.session(1, NOW + timedelta(days=1))
    until = quarter_began(NOW + timedelta(days=160), "Europe/Kyiv")
    assert until.isoformat() == "2027-04-01T00:00:00+03:00"
    assert next_quarter(until).month == 7
    [row] = course_rows(somebody.house.clinic.pk, until)
    assert not row.completed
    assert (row.condition, row.regimen) == (regimen_of(somebody.plan).folder, somebody.plan.regimen)  # type: ignore[union-attr]
    assert row.therapist == somebody.house.people[Role.THERAPIST].public
    assert {each.instrument: each.first for each in row.measures}["nrs_pain"] == 7
    assert course_rows(somebody.house.clinic.pk, datetime(2026, 11, 1, tzinfo=UTC)) == []


def test_what_was_said_before_the_last_session_of_a_course_is_no_start_of_the_next(somebody: Somebody) -> None:
    somebody.paper("nrs_pain", PAIN)
    table = somebody.session(1, NOW + timedelta(minutes=1))
    doing = somebody.house.doing(Role.THERAPIST, fresh=True, now=NOW + timedelta(hours=2))
    again = choose_plan(doing, public=somebody.patient.public, regimen=somebody.plan.regimen)
    assert table.session.plan == somebody.plan
    sign_plan(doing, public=somebody.patient.public, plan=again.public)
    first, second = somebody.history.courses
    assert first.replaced
    assert [entry.score for entry in somebody.history.of(first)] == ["7"]
    assert somebody.history.of(second) == []
    assert "nrs_pain" in somebody.to_answer(NOW + timedelta(hours=3))


# ---- the pages


def phone(somebody: Somebody, purpose: str = "outcome") -> Client:
    return enter(somebody.house, somebody.patient, purpose=purpose)


def test_a_link_for_a_questionnaire_opens_only_what_is_to_be_answered(somebody: Somebody) -> None:
    client = phone(somebody)
    page = text(client.get("/my/outcomes/"))
    assert "To answer now" in page
    assert "chart" not in page
    assert client.get("/my/").status_code == 403
    assert client.get("/my/summary.pdf").status_code == 403
    form = text(client.get("/my/outcomes/nrs_pain/"))
    assert "I would rather not say" in form
    assert "10: the worst pain you can imagine." in form
    sent = client.post("/my/outcomes/nrs_pain/", PAIN)
    assert sent.status_code == 302
    made = ScoreEntry.objects.get()
    assert (made.via, made.score, made.entered_by) == ("link", "7", f"patient:{somebody.patient.public}")
    assert client.get("/my/outcomes/nrs_pain/").status_code == 302
    assert verify() == []


def test_a_page_that_is_sent_empty_says_so_and_keeps_nothing(somebody: Somebody) -> None:
    client = phone(somebody)
    answer = client.post("/my/outcomes/peg/", {"pain": "3"})
    assert answer.status_code == 422
    assert "Choose one of the answers." in text(answer)
    assert not ScoreEntry.objects.exists()


def test_a_guardian_answers_for_whom_they_speak_for(somebody: Somebody) -> None:
    link = AccessLink.objects.create(
        public=somebody.house.token(), patient=somebody.patient, purpose="outcome", secret_hash="x", made_at=NOW,
        made_by=somebody.house.people[Role.FRONT_DESK], expires_at=NOW + timedelta(days=1),
    )  # fmt: skip
    doing = somebody.house.doing(Role.FRONT_DESK)
    own = doing.__class__(actor=holder(link), now=NOW, token=somebody.house.token, via="test")
    with pytest.raises(InputError, match="due now"):
        answer_instrument(own, public=somebody.patient.public, sheet=Sheet("nrs_pain", PAIN, "paper"))
    with pytest.raises(InputError, match="not due"):
        answer_instrument(own, public=somebody.patient.public, sheet=Sheet("gad2", {}, "link"))
    answer_instrument(own, public=somebody.patient.public, sheet=Sheet("nrs_pain", PAIN, "link"))
    with pytest.raises(NotFound):
        answer_instrument(own, public=somebody.house.patient("Eve").public, sheet=Sheet("nrs_pain", PAIN, "link"))


def test_the_desk_enters_paper_and_sees_no_score(somebody: Somebody) -> None:
    desk, url = at_desk(somebody.house, Role.FRONT_DESK), f"/p/{somebody.patient.public}/outcomes/"
    page = text(desk.get(url))
    assert "due now" in page
    sent = desk.post(f"{url}nrs_pain/", {**PAIN, "day": "21.11.2026", "clock": "8:30"})
    assert sent.status_code == 302, text(sent)
    made = ScoreEntry.objects.get()
    assert (made.on, made.via) == ("2026-11-21T08:30:00", "paper")
    page = text(desk.get(url))
    assert '<svg class="chart"' not in page.replace('xmlns="http://www.w3.org/2000/svg" ', "")
    assert "Correct" in page
    therapist = at_desk(somebody.house, Role.THERAPIST)
    assert 'class="chart"' in text(therapist.get(url))


def test_a_score_is_shown_as_a_person_reads_it(somebody: Somebody) -> None:
    somebody.paper("peg", PEG)
    page = text(at_desk(somebody.house, Role.THERAPIST).get(f"/p/{somebody.patient.public}/outcomes/"))
    assert "6.3</td>" in page
    assert "6.33" not in page


def test_no_style_stands_inside_a_page(somebody: Somebody) -> None:
    """The policy of the pages forbids it: what a chart's style does not say would not be seen."""
    somebody.paper("occiput_wall", {instrument_of(built_in(), "occiput_wall").items[0].id: "5"})  # type: ignore[union-attr]
    somebody.paper("nrs_pain", PAIN)
    page = text(at_desk(somebody.house, Role.THERAPIST).get(f"/p/{somebody.patient.public}/outcomes/"))
    assert 'style="' not in page
    assert "look/core/chart.css" in page


def test_a_measurement_is_written_with_a_comma_and_refused_where_it_cannot_be(somebody: Somebody) -> None:
    desk, url = at_desk(somebody.house, Role.THERAPIST), f"/p/{somebody.patient.public}/outcomes/standing_height/"
    day = {"day": "21.11.2026"}
    refused = desk.post(url, {**day, "height": "16350"})
    assert "Write a number from 50 to 250" in text(refused)
    assert "Write a number, or tick the box below." in text(desk.post(url, day))
    assert "which is right?" in text(desk.post(url, {**day, "height": "163", "height-none": "on"}))
    assert desk.post(url, {**day, "height": "163,5"}).status_code == 302
    assert ScoreEntry.objects.get().score == "163.5"


def test_a_summary_says_a_stop_as_a_stop(house: House) -> None:
    table = at_table(house).starts().does(0).stops("crack", "").send()
    [course] = history(table.session.patient).courses
    [given_] = given_sessions(course, ENGLISH)
    assert given_.reactions == ("Stopped: A crack heard or felt.",)


def test_what_a_clinician_measures_is_never_asked_of_a_patient(house: House) -> None:
    library = in_force(house.clinic.pk)
    measured = {each.name for each in library.instruments if each.by == "clinician"}
    assert {"trunk_rotation", "standing_height", "occiput_wall", "palpated_tension"} <= measured
    regimen = next(each for each in library.regimens if "trunk_rotation" in each.measures)
    asked = [each.name for each in for_patient(regimen.measures, library)]
    assert asked == [name for name in regimen.measures if name not in measured]
    assert asked


def test_on_the_tablet_one_sheet_follows_the_other_and_then_it_is_given_back(somebody: Somebody) -> None:
    staff, url = at_desk(somebody.house, Role.FRONT_DESK), f"/p/{somebody.patient.public}/outcomes/"
    answers = {"nrs_pain": PAIN, "peg": PEG}
    for _ in range(6):
        moved = staff.get(f"{url}tablet/")
        if moved.status_code == 200:
            break
        page = text(staff.get(moved["Location"]))
        assert somebody.patient.family not in page
        name = moved["Location"].split("/")[-2]
        form = answers.get(name) or declined(name)
        assert staff.post(moved["Location"], form).status_code == 302
    assert "give the tablet back" in text(staff.get(f"{url}tablet/"))
    assert staff.get(url).headers["Location"] == "/locked/", "in the hands of a patient it shows nothing else"
    assert staff.get(f"{url}tablet/").headers["Location"] == "/locked/"
    assert set(ScoreEntry.objects.values_list("via", flat=True)) == {"tablet"}


def declined(name: str) -> dict[str, str]:
    found = instrument_of(built_in(), name)
    assert found is not None
    return {key: "none" for item in found.items for key in (item.id, f"{item.id}-none")}


def test_a_correction_by_the_page_keeps_the_moment_and_shows_the_old_answers(somebody: Somebody) -> None:
    slip = somebody.paper("nrs_pain", {"pain": "2"})
    staff, url = at_desk(somebody.house, Role.THERAPIST), f"/p/{somebody.patient.public}/outcomes/nrs_pain/"
    page = text(staff.get(f"{url}?corrects={slip.public}"))
    assert 'value="2"' in page
    assert "checked" in page
    sent = staff.post(f"{url}?corrects={slip.public}", {**PAIN, "day": "22.11.2026", "clock": slip.on[11:]})
    assert sent.status_code == 302, text(sent)
    assert [entry.score for entry in somebody.history.entries] == ["7"]
    assert staff.get(f"{url}?corrects={slip.public}").status_code == 404


def test_the_worklist_names_who_has_something_to_answer(somebody: Somebody) -> None:
    desk = at_desk(somebody.house, Role.FRONT_DESK)
    assert somebody.patient.family in text(desk.get("/work/?list=sheets"))
    for name in somebody.to_answer():
        items = instrument_of(built_in(), name).items  # type: ignore[union-attr]
        somebody.paper(name, {item.id: None for item in items})
    assert asked_now(Patient.objects.all(), NOW, built_in()) == {}
    assert "No questionnaire is due" in text(desk.get("/work/?list=sheets"))


def test_the_patient_sees_their_own_numbers_with_what_they_cannot_say(somebody: Somebody) -> None:
    somebody.paper("nrs_pain", PAIN, now=NOW - timedelta(minutes=30))
    client = phone(somebody, "portal")
    assert "How you are" in text(client.get("/my/"))
    page = text(client.get("/my/outcomes/"))
    assert 'class="chart"' in page
    assert "They do not show what the massage did." in page
    assert "No evidence was found" in page or "The evidence is weak" in page
    assert client.get("/my/summary.pdf")["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("audience", ["patient", "doctor"])
def test_the_summary_is_a_tagged_paper_with_chart_numbers_and_caveats(somebody: Somebody, audience: str) -> None:
    somebody.paper("nrs_pain", PAIN)
    somebody.session(1, NOW + timedelta(hours=1))
    somebody.paper("nrs_pain", {"pain": "4"}, now=NOW + timedelta(days=1))
    staff = at_desk(somebody.house, Role.THERAPIST)
    answer = staff.get(f"/p/{somebody.patient.public}/outcomes/{somebody.plan.public}/{audience}.pdf")
    assert answer.status_code == 200
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "from 7 to 4: 3 lower" in said
    assert "These are the numbers of one person." in said
    assert "Held: 1." in said
    assert AuditEvent.objects.filter(event="record.read", about__startswith=f"summary {audience}").count() == 1


def test_results_are_empty_at_first_and_name_therapists_to_the_lead_only(somebody: Somebody) -> None:
    lead, owner = (text(at_desk(somebody.house, role).get("/results/")) for role in (Role.CLINICAL_LEAD, Role.OWNER))
    assert "No course had ended" in lead
    assert "1 October 2026" in lead
    assert "Only the clinical lead sees this part." in lead
    assert "Only the clinical lead sees this part." not in owner
    assert at_desk(somebody.house, Role.THERAPIST).get("/results/").status_code == 403
    assert AuditEvent.objects.filter(event="results.read").count() == 2


def test_a_desk_of_another_clinic_enters_nothing(somebody: Somebody, other_house: House) -> None:
    sheet = Sheet("nrs_pain", PAIN, "paper")
    with pytest.raises(NotFound):
        answer_instrument(other_house.doing(Role.FRONT_DESK), public=somebody.patient.public, sheet=sheet)
    with pytest.raises(NotAllowed):
        answer_instrument(somebody.house.doing(Role.OWNER), public=somebody.patient.public, sheet=sheet)
