"""What a tablet carries: one's own visits, all that deciding takes, and nothing of anybody else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection

from bench.clinic_pages import Counted
from clinic.accounts.models import Role
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Care, MassageSession, Patient, PlanLock, RegimenStop, TreatmentPlan, Visit
from clinic.records.standing import standing
from effleurage.session.ground import script_hash
from tests.web.conftest import NOW, House
from tests.web.table import Tablet, plan_of, post, ready, visit_for


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_a_pack_brings_a_visit_with_its_script_and_makes_the_session_once(house: House) -> None:
    visit = ready(house)
    tablet = Tablet(house)
    pack = tablet.pack()
    [row] = pack["sessions"]
    assert row["reasons"] == []
    assert row["session"] == visit.public
    assert (row["number"], row["dose"], row["last"]) == (1, 1, None)
    assert row["script"]["moments"][0]["step"]
    assert row["signed"]["name"] == house.people[Role.THERAPIST].name
    assert set(row["answers"]) == set(standing(visit.patient, now=visit.starts).intake.answers)
    assert tablet.pack()["sessions"] == pack["sessions"]
    held = MassageSession.objects.get()
    assert row["script_hash"] == held.script_hash == script_hash(tablet.script(visit.public))
    assert verify() == []


def test_each_patient_of_a_pack_leaves_one_row(house: House) -> None:
    first = ready(house)
    second = ready(house, family="Holm", minutes=100)
    Tablet(house).pack()
    rows = AuditEvent.objects.filter(event="session.carry").order_by("number")
    assert [(row.patient_id, row.about) for row in rows] == [
        (first.patient_id, f"visit:{first.public}"),
        (second.patient_id, f"visit:{second.public}"),
    ]


def test_a_pack_carries_nothing_of_other_peoples_patients(house: House) -> None:
    own = ready(house)
    other, outside = ready(house, family="Canarycolleague", minutes=80), ready(house, family="Holm", minutes=200)
    Visit.objects.filter(pk=other.pk).update(therapist=house.people[Role.CLINICAL_LEAD])
    Care.objects.filter(patient=outside.patient).delete()
    text = json.dumps(Tablet(house).pack())
    assert "Canarycolleague" not in text
    assert other.patient.public not in text
    shown = json.loads(text)["sessions"]
    assert [row["visit"]["public"] for row in shown] == [own.public, outside.public]
    assert shown[1]["answers"] == {}
    assert (shown[1]["session"], shown[1]["script"]) == ("", None)
    assert shown[1]["patient"]["warning"] == ""
    assert "look after" in shown[1]["reasons"][0]
    assert not MassageSession.objects.filter(visit=outside).exists()


@pytest.mark.parametrize(
    "minutes,carried", [(72 * 60, True), (72 * 60 + 1, False), (-60, True), (-24 * 60, False)]
)  # fmt: skip
def test_visits_of_today_and_the_next_72_hours_are_carried(house: House, minutes: int, carried: bool) -> None:
    ready(house, minutes=minutes)
    assert bool(Tablet(house).pack()["sessions"]) is carried


def test_the_answers_of_one_day_do_not_stand_in_the_way_of_a_later_visit(house: House) -> None:
    ready(house, minutes=60 * 60)
    [row] = Tablet(house).pack()["sessions"]
    assert row["reasons"] == []
    assert row["script"] is not None


@pytest.mark.hazard("H10")
def test_a_pack_says_why_a_session_may_not_begin(house: House) -> None:
    visit = ready(house)
    PlanLock.objects.create(plan=plan_of(visit), kind=PlanLock.Kind.CLINICIAN, reason="Fever.", at=NOW)
    RegimenStop.objects.create(clinic=house.clinic, regimen=plan_of(visit).regimen, reason="Harm.", at=NOW)
    house.people[Role.THERAPIST].competences.update(until=(NOW - timedelta(days=2)).date())
    [row] = Tablet(house).pack()["sessions"]
    told = " ".join(row["reasons"])
    for words in ("locked", "stopped in", "training"):
        assert words in told


def test_without_a_plan_there_is_no_session_and_the_reason_says_so(house: House) -> None:
    visit = visit_for(house, house.patient())
    [row] = Tablet(house).pack()["sessions"]
    assert (row["session"], row["script"]) == ("", None)
    assert any("No regimen" in words for words in row["reasons"])
    assert not MassageSession.objects.filter(visit=visit).exists()


def test_two_records_of_one_person_are_carried_as_one(house: House) -> None:
    visit = ready(house)
    folded = house.patient("Ada", "Double")
    Patient.objects.filter(pk=folded.pk).update(merged_into=visit.patient)
    Visit.objects.filter(pk=visit.pk).update(patient=folded)
    [row] = Tablet(house).pack()["sessions"]
    assert row["patient"]["public"] == visit.patient.public
    assert MassageSession.objects.get().patient_id == visit.patient_id
    assert TreatmentPlan.objects.get() == MassageSession.objects.get().plan


def test_how_often_a_pack_asks_grows_with_the_visits_and_with_nothing_else(house: House) -> None:
    counts = []
    tablet = Tablet(house)
    for number in range(3):
        ready(house, family=f"Holm{number}", minutes=40 * (number + 1))
        tablet.pack()
        with connection.execute_wrapper(counter := Counted()):
            tablet.pack()
        counts.append(counter.number)
    each = {counts[1] - counts[0], counts[2] - counts[1]}
    assert len(each) == 1, counts
    assert each.pop() <= 16
    assert counts[0] <= 40


def test_a_pack_is_for_its_own_tablet_and_says_gone_once_it_is_revoked(house: House, other_house: House) -> None:
    tablet, stranger = Tablet(house), Tablet(other_house)
    asked = {"tablet": stranger.public, "at": "2026-11-22T11:00:00"}
    assert post(tablet.browser, "pack", asked).status_code == 404
    assert post(tablet.browser, "revoke", {"tablet": tablet.public}).status_code == 200
    answer = post(tablet.browser, "pack", {**asked, "tablet": tablet.public})
    assert answer.status_code == 410
    assert set(answer.json()) == {"where", "what", "remedy"}
