"""The private link, the questions on the patient's telephone, and the patient's own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.links import add_guardian
from clinic.actions.plan_treatment import choose_plan, lock_plan, sign_plan
from clinic.records.journal import verify
from clinic.records.models import FactEntry, Guardian, IntakeRun, Notice, PatientState
from clinic.records.standing import standing
from effleurage.decision.decide import Decision
from effleurage.facts.answers import Answer, Intake
from effleurage.pathway import plan_for
from effleurage.protocol.lattice import Verdict
from tests.web.asking import (
    FACTS,
    QUESTIONS,
    asked,
    born,
    built_in,
    enter,
    filled,
    go_through,
    secret_for,
    text,
    unknown,
)
from tests.web.conftest import NOW, House
from tests.web.test_plans import answered

LOCAL = datetime(2026, 11, 22, 11, 5)  # noqa: DTZ001 - the core knows no zones


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    return


def test_a_healthy_adult_comes_to_the_end_and_every_answer_is_in_the_journal(house: House) -> None:
    patient = house.patient()
    pages = go_through(enter(house, patient))
    assert 8 < len(pages) < 30
    assert IntakeRun.objects.get(patient=patient).state == IntakeRun.State.FINISHED
    assert PatientState.objects.get(patient=patient).patient_questions == 0
    assert set(FactEntry.objects.exclude(name="birth_date").values_list("origin", flat=True)) == {"patient"}
    assert verify() == []
    end = text(enter(house, patient).get(QUESTIONS))
    assert "What happens next" in end


@pytest.mark.hazard("H04")
def test_who_knows_nothing_is_not_treated_and_is_asked_each_thing_once(house: House) -> None:
    patient = house.patient()
    pages = go_through(enter(house, patient), how=unknown)
    names = [name for page in pages for name in page]
    assert len(names) == len(set(names))
    found = standing(patient, now=NOW)
    assert not found.plan.may_treat
    assert found.decision.verdict >= Verdict.ASK
    states = FactEntry.objects.exclude(name="birth_date").values_list("state", flat=True)
    assert set(states) == {FactEntry.State.NOT_KNOWN}


def test_the_questions_go_on_where_they_were_left_on_another_device(house: House) -> None:
    patient = house.patient()
    first = enter(house, patient)
    page = first.get(QUESTIONS)
    first.post(QUESTIONS, filled(page))
    second = enter(house, patient).get(QUESTIONS)
    assert asked(second) == asked(first.get(QUESTIONS)) != asked(page)


def test_going_back_shows_the_answer_and_a_new_one_supersedes_it(house: House) -> None:
    patient = house.patient()
    client = enter(house, patient)
    names = asked(client.get(QUESTIONS))
    client.post(QUESTIONS, filled(client.get(QUESTIONS)))
    back = client.get(f"{QUESTIONS}?back=1")
    assert asked(back) == names
    assert 'value="none" checked' in text(back)
    client.post(f"{QUESTIONS}?back=1", {"asked": " ".join(names), "batch": "unknown"})
    form = (
        {"asked": " ".join(names), "each": "1"} | {f"q-{name}": "=no" for name in names} | {f"q-{names[0]}": "unknown"}
    )
    assert client.post(f"{QUESTIONS}?back=1", form).status_code == 302
    first, second = FactEntry.objects.filter(name=names[0]).order_by("pk")
    assert (first.value, second.state, second.supersedes_id) == ({"yes": False}, "not_known", first.pk)


def test_what_was_said_behind_a_gate_that_is_closed_later_is_taken_back_and_stays_on_record(house: House) -> None:
    patient = house.patient()
    client = enter(house, patient)
    go_through(client, but={"scoliosis": {"q-scoliosis": "=yes"}, "curve_thoracic": {"q-curve_thoracic": "=right"}})
    steps = next(n for n in range(1, 40) if asked(client.get(f"{QUESTIONS}?back={n}")) == ["scoliosis"])
    sent = client.post(f"{QUESTIONS}?back={steps}", {"asked": "scoliosis", "q-scoliosis": "=no"})
    assert sent.status_code == 302, text(sent)
    states = FactEntry.objects.filter(name="curve_thoracic").order_by("pk").values_list("state", flat=True)
    assert list(states)[-1] == FactEntry.State.WITHDRAWN
    assert len(states) > 1
    assert verify() == []


def decided(*yes: str) -> Decision:
    """The core's own decision for somebody who has said no to all flags but these."""
    answers = {
        fact.name: Answer(fact.name in yes, LOCAL, "patient")
        for batch in ("emergency", "red_flags", "today")
        for fact in FACTS.in_batch(batch)
    }
    return plan_for(intake=Intake("", LOCAL, answers), library=built_in(), on=LOCAL).decision


EMERGENCIES = [f.name for f in FACTS.in_batch("emergency") if decided(f.name).certain.verdict is Verdict.EMERGENCY]
STOPS = [
    fact.name
    for batch in ("emergency", "red_flags", "today")
    for fact in FACTS.in_batch(batch)
    if Verdict.ASK <= decided(fact.name).certain.verdict < Verdict.EMERGENCY
]


def test_nearly_all_flags_stop_by_themselves() -> None:
    assert len(EMERGENCIES) >= 6
    assert len(STOPS) >= 12


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("name", EMERGENCIES)
def test_every_emergency_of_a_batch_alone_stops_the_questions_and_tells_the_clinic(house: House, name: str) -> None:
    patient = house.patient()
    patient.clinic.emergency_number = "103"
    patient.clinic.save()
    client = enter(house, patient)
    go_through(client, stop_at=name)
    page = client.get(QUESTIONS)
    client.post(QUESTIONS, {"asked": " ".join(asked(page)), "batch": f"={name}"})
    stopped = client.get(QUESTIONS)
    assert asked(stopped) == []
    assert 'href="tel:103"' in text(stopped)
    assert "contraindicated" not in text(stopped).lower()
    told = [
        rule.tell for rule in standing(patient, now=NOW).decision.holding if rule.limit.verdict is Verdict.EMERGENCY
    ]
    assert told
    assert all(words in text(stopped) for words in told)
    assert set(Notice.objects.filter(kind="emergency").values_list("role", flat=True)) == {
        "front_desk",
        "clinical_lead",
    }
    slip = client.get(f"{QUESTIONS}?back=1")
    assert asked(slip) == asked(page)
    client.post(f"{QUESTIONS}?back=1", filled(slip))
    assert asked(client.get(QUESTIONS))


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("name", STOPS)
def test_every_red_flag_alone_keeps_somebody_healthy_from_treatment(house: House, name: str) -> None:
    patient = house.patient()
    client = enter(house, patient)
    go_through(client, stop_at=name)
    page = client.get(QUESTIONS)
    client.post(QUESTIONS, {"asked": " ".join(asked(page)), "batch": f"={name}"})
    found = standing(patient, now=NOW)
    assert found.decision.certain.verdict >= Verdict.ASK
    assert not found.plan.may_treat


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("batch", [[], ["none", "=saddle_numbness"], ["unknown", "none"]])
def test_a_batch_without_a_clear_choice_is_refused_and_nothing_is_kept(house: House, batch: list[str]) -> None:
    client = enter(house, house.patient())
    page = client.get(QUESTIONS)
    assert "saddle_numbness" in asked(page)
    sent = client.post(QUESTIONS, {"asked": " ".join(asked(page)), "batch": batch})
    assert sent.status_code == 422
    assert not FactEntry.objects.exclude(name="birth_date").exists()
    assert asked(client.get(QUESTIONS)) == asked(page)


@pytest.mark.hazard("H01")
def test_the_link_of_one_patient_neither_shows_nor_writes_the_other(house: House) -> None:
    ada, other = house.patient(), house.patient("Solveig", "Holm", date(1949, 2, 3))
    client = enter(house, ada)
    for url in ("/my/", QUESTIONS, "/my/plan/"):
        page = text(client.get(url))
        assert "Solveig" not in page
        assert "Holm" not in page
        assert other.public not in page
    for url in (f"/p/{other.public}/intake/", f"/p/{ada.public}/intake/", f"/p/{other.public}/links/"):
        assert client.get(url).status_code in (302, 403, 404)
        assert client.post(url, {"asked": "sex", "q-sex": "=female"}).status_code in (302, 403, 404)
    client.post(QUESTIONS, filled(client.get(QUESTIONS)))
    assert set(FactEntry.objects.exclude(name="birth_date").values_list("patient", flat=True)) == {ada.pk}


def test_a_link_tells_nobody_whose_it_is_and_answers_alike_to_all_who_do_not_know_the_date(house: House) -> None:
    patient = house.patient()
    secret = secret_for(house, patient)
    client = Client()
    known, strange = client.get(f"/i/{secret}/"), client.get("/i/never-made-by-anybody/")
    assert "Ada" not in text(known)
    assert "Berg" not in text(known)
    assert "North" not in text(known)
    assert _same(known, secret) == _same(strange, "never-made-by-anybody")
    wrong = client.post(f"/i/{secret}/", born(13))
    none = client.post("/i/never-made-by-anybody/", born(13))
    assert wrong.status_code == none.status_code == 422
    assert _same(wrong, secret) == _same(none, "never-made-by-anybody")
    assert known["Cache-Control"].count("no-store")
    assert known["Referrer-Policy"] == "strict-origin"


def _same(answer: object, secret: str) -> str:
    """A page without what differs from one request to the next."""
    return re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", text(answer)).replace(secret, "")  # type: ignore[arg-type]


def test_five_wrong_dates_close_a_link_and_tell_the_desk(house: House) -> None:
    patient = house.patient()
    secret = secret_for(house, patient)
    for _ in range(5):
        assert Client().post(f"/i/{secret}/", born(13)).status_code == 422
    assert Client().post(f"/i/{secret}/", born()).status_code == 422
    assert Notice.objects.get(kind="link_closed").role == Role.FRONT_DESK
    assert verify() == []


def test_a_link_runs_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = house.patient()
    client, secret = enter(house, patient), secret_for(house, patient)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=15))
    assert client.get(QUESTIONS).status_code == 403
    assert Client().post(f"/i/{secret}/", born()).status_code == 422


def test_the_way_in_makes_a_new_session_and_leaving_ends_it(house: House) -> None:
    patient = house.patient()
    client = Client()
    client.get("/my/")
    before = client.session.session_key
    client.post(f"/i/{secret_for(house, patient)}/", born())
    assert client.session.session_key not in (None, before)
    assert client.get("/my/").status_code == 200
    client.post("/my/leave/")
    assert client.get("/my/").status_code == 403


def test_a_guardian_answers_for_the_patient_under_their_own_name(house: House) -> None:
    patient = house.patient("Ida", "Lund", date(2014, 5, 6))
    guardian: Guardian = add_guardian(
        house.doing(Role.FRONT_DESK), public=patient.public, name="Mona Lund", relation="mother"
    )
    client = enter(house, patient, guardian=guardian.public)
    page = client.get(QUESTIONS)
    assert "You answer for Ida Lund" in text(page)
    client.post(QUESTIONS, filled(page))
    entries = FactEntry.objects.exclude(name="birth_date")
    assert set(entries.values_list("entered_name", "origin")) == {("Mona Lund", "patient")}


def test_a_form_that_was_answered_elsewhere_in_the_meantime_changes_nothing_it_did_not_ask(house: House) -> None:
    client = enter(house, house.patient())
    sent = client.post(QUESTIONS, {"asked": "can_give_consent", "q-can_give_consent": "=yes"})
    assert sent.status_code == 302
    assert not FactEntry.objects.filter(name="can_give_consent").exists()


@pytest.mark.hazard("H04")
def test_the_plan_is_shown_once_it_is_signed_and_not_while_it_is_locked(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    client = enter(house, patient, purpose="portal")
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    chosen = next(each for each in found.plan.regimens if each.regimen.id == made.regimen).regimen
    for url in ("/my/", "/my/plan/"):
        assert "There is no plan yet" in text(client.get(url))
        assert chosen.title not in text(client.get(url))
    assert client.get("/my/plan.pdf").status_code == 404
    sign_plan(doing, public=patient.public, plan=made.public)
    page = text(client.get("/my/plan/"))
    assert chosen.title in page
    assert "Signed by Therapist North" in page
    assert "body-map" in page
    assert "contraindicated" not in page.lower()
    assert "should be fine" not in page.lower()
    paper = client.get("/my/plan.pdf")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF")
    lock_plan(
        house.doing(Role.CLINICAL_LEAD),
        public=patient.public,
        plan=made.public,
        reason="A new pain was told by telephone.",
    )
    held = text(client.get("/my/plan/"))
    assert "on hold" in held
    assert chosen.title not in held
    assert client.get("/my/plan.pdf").status_code == 404
