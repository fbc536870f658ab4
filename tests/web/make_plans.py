"""Patients with plans in an installation, for `test_backup.py`: sign NAMES..., write NAMES..., or show.

Always prints the state of every patient's plan, as JSON by family name.
"""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import django

django.setup()

from clinic.accounts.models import Competence, Location, Role, User  # noqa: E402 - the framework must be set up before
from clinic.actions.answer_questions import answer_questions  # noqa: E402
from clinic.actions.frame import Doing  # noqa: E402
from clinic.actions.people import staff  # noqa: E402
from clinic.actions.plan_treatment import choose_plan, sign_plan  # noqa: E402
from clinic.actions.register_patient import Person, register_patient  # noqa: E402
from clinic.records.content import built_in  # noqa: E402
from clinic.records.facts import local  # noqa: E402
from clinic.records.models import Patient  # noqa: E402
from clinic.records.standing import standing  # noqa: E402
from effleurage.facts.answers import Answer  # noqa: E402
from effleurage.facts.read_intake import read_intake_file  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "examples" / "mild-scoliosis.yaml"


def lead() -> User:
    return User.objects.get(memberships__role=Role.CLINICAL_LEAD)


def place() -> Location:
    return lead().memberships.get().location


def doing() -> Doing:
    actor = replace(staff(lead()), fresh=True)
    return Doing(actor=actor, now=datetime.now(UTC), token=lambda: secrets.token_urlsafe(16), via="test")


def sign(family: str) -> None:
    on = local(datetime.now(UTC), place().zone)
    patient = register_patient(doing(), person=Person("Ada", family, date(1951, 4, 12)), location=place().public)
    intake = read_intake_file(EXAMPLE, built_in().protocols.facts, on=on + timedelta(days=400))
    answers = {name: replace(answer, on=on) for name, answer in intake.answers.items() if name != "birth_date"}
    found = answer_questions(doing(), public=patient.public, answers=answers)
    assert found is not None
    made = choose_plan(doing(), public=patient.public, regimen=found.plan.available[0].regimen.id)
    sign_plan(doing(), public=patient.public, plan=made.public)


def write(family: str) -> None:
    on = local(datetime.now(UTC), place().zone)
    patient = Patient.objects.get(family=family)
    answer_questions(doing(), public=patient.public, answers={"sex": Answer("female", on, "patient")})


def train() -> None:
    until = (datetime.now(UTC) + timedelta(days=300)).date()
    for competence in built_in().protocols.vocabulary.competences:
        Competence.objects.get_or_create(user=lead(), name=competence.name, defaults={"until": until})


if __name__ == "__main__":
    train()
    for name in sys.argv[2:]:
        {"sign": sign, "write": write}[sys.argv[1]](name)
    states = {each.family: standing(each, now=datetime.now(UTC)).plan_state.value for each in Patient.objects.all()}
    json.dump(states, sys.stdout)
