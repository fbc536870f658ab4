"""Answers come in, and what follows from them."""

from __future__ import annotations

from datetime import datetime

import pytest

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.records.content import built_in
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, FactEntry, Notice, PatientState
from effleurage.facts.answers import Answer
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import facts_in
from tests.web.conftest import House

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
