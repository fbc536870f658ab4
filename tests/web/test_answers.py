"""Answers come in, and what follows from them."""

from __future__ import annotations

from datetime import datetime

import pytest

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.records.content import built_in
from clinic.records.facts import chart
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, FactEntry, Notice, Patient, PatientState
from clinic.records.standing import Standing, standing
from clinic.records.state import columns
from effleurage.facts.answers import Answer, Items
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import facts_in
from tests.web.conftest import NOW, House
from tests.web.test_merge import unite

ON = datetime(2026, 11, 22, 11, 0)  # noqa: DTZ001 - the core's clock has no zone


def test_an_answer_is_kept_with_its_origin_and_leaves_one_row_in_the_journal(house: House) -> None:
    patient = house.patient()
    before = AuditEvent.objects.count()
    found = answer_questions(
        house.doing(Role.FRONT_DESK), public=patient.public, answers={"sex": Answer("female", ON, "patient")}
    )
    assert found is not None
    assert found.decision.facts["sex"] == "female"
    entry = FactEntry.objects.get(patient=patient, name="sex")
    assert (entry.origin, entry.on, entry.entered_name) == ("patient", ON.isoformat(), "Front desk North")
    assert AuditEvent.objects.count() == before + 1
    assert verify() == []


@pytest.mark.hazard("H06")
def test_an_emergency_answer_tells_desk_and_lead_at_once(house: House) -> None:
    patient = house.patient()
    rule = next(rule for rule in built_in().protocols.rules if rule.limit.verdict is Verdict.EMERGENCY)
    name = next(iter(facts_in(rule.when)))
    answer_questions(house.doing(Role.FRONT_DESK), public=patient.public, answers={name: Answer(True, ON, "patient")})
    assert PatientState.objects.get(patient=patient).emergency
    assert set(Notice.objects.values_list("role", flat=True)) == {Role.FRONT_DESK, Role.CLINICAL_LEAD}


def test_a_correction_stands_in_the_place_of_the_earlier_statement_which_stays(house: House) -> None:
    patient = house.patient()
    answer_questions(
        house.doing(Role.FRONT_DESK), public=patient.public, answers={"sex": Answer("male", ON, "patient")}
    )
    correct_fact(
        house.doing(Role.THERAPIST), public=patient.public, name="sex", answer=Answer("female", ON, "therapist"),
        why="The patient said so when asked again.",
    )  # fmt: skip
    first, second = FactEntry.objects.filter(patient=patient, name="sex").order_by("pk")
    assert second.supersedes_id == first.pk
    assert verify() == []


def same_standing(found: Standing | None, patient: Patient) -> None:
    """What the act returned is what anybody reads from the record afterwards."""
    again = standing(Patient.objects.get(pk=patient.pk), now=NOW)
    assert found is not None
    assert found.chart.entries == again.chart.entries
    assert (found.chart.parts, found.chart.united) == (again.chart.parts, again.chart.united)
    assert (found.intake, found.questions, found.skipped) == (again.intake, again.questions, again.skipped)
    assert found.decision.certain_word == again.decision.certain_word
    row = PatientState.objects.get(patient=patient)
    assert {name: getattr(row, name) for name in columns(again, NOW)} == columns(again, NOW)


@pytest.mark.parametrize("united", [False, True])
def test_what_an_act_returns_is_what_the_record_says_afterwards(house: House, *, united: bool) -> None:
    """The act goes on with the chart that it has read; nothing that it entered may be missing or stand otherwise."""
    patient = house.patient()
    if united:
        other = house.patient("Ada", "Bergh")
        told = {"diabetes": Answer(value=True, on=ON, origin="patient")}
        answer_questions(house.doing(Role.THERAPIST), public=other.public, answers=told)
        unite(house, patient, other)
        assert chart(patient).united
    doing, public = house.doing(Role.THERAPIST), patient.public
    for answers, void in (
        ({"sex": Answer("female", ON, "patient"), "diabetes": None}, ()),
        ({"diabetes": Answer(value=False, on=ON, origin="patient")}, ()),
        ({"medicines": Answer(Items(("warfarin",), complete=False), ON, "patient")}, ()),
        ({"body_temperature": Answer(365, ON, "therapist")}, ("diabetes",)),
    ):
        same_standing(answer_questions(doing, public=public, answers=answers, void=void), patient)
    why = "The patient said so when asked again."
    same_standing(correct_fact(doing, public=public, name="body_temperature", answer=None, why=why), patient)
