"""The house in which the web tests take place: two clinics, people in every role, and acts at a fixed time.

The database is SQLite unless CLINIC_DATABASE names PostgreSQL; each test rolls back.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from clinic.accounts.models import Clinic, Competence, Location, Role, User
from clinic.actions.found_clinic import Place, Somebody, found_clinic
from clinic.actions.frame import Doing
from clinic.actions.people import HOUSE, staff
from clinic.actions.register_patient import Person, register_patient
from clinic.records.content import built_in
from clinic.records.models import Patient
from tests.web.installation import Installation, drop_database, make_database

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def token() -> Callable[[], str]:
    """Names that are different in every test run's order but never random."""
    numbers = count(1)
    return lambda: f"name{next(numbers):06d}"


@dataclass
class House:
    """A clinic with one location and one person in each role of the staff."""

    clinic: Clinic
    location: Location
    people: dict[Role, User]
    token: Callable[[], str]

    def doing(self, role: Role, *, now: datetime = NOW, fresh: bool = False, why: str = "") -> Doing:
        return Doing(actor=staff(self.people[role], fresh=fresh), now=now, token=self.token, via="test", why=why)

    def patient(self, given: str = "Ada", family: str = "Berg", born: date = date(1951, 4, 12)) -> Patient:
        """A patient registered by the therapist, who so looks after them."""
        person = Person(given=given, family=family, birth_date=born)
        return register_patient(self.doing(Role.THERAPIST), person=person, location=self.location.public)


def make_house(token: Callable[[], str], name: str, zone: str = "Europe/Kyiv") -> House:
    roles = (Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD, Role.OWNER, Role.API_CLIENT)
    clinic = found_clinic(
        Doing(actor=HOUSE, now=NOW, token=token, via="test"),
        name=name,
        places=[Place("Main", zone)],
        people=[Somebody(f"{role.label} {name}", f"{role}@{name.lower()}.test", [("Main", role)]) for role in roles],
    )
    people = {role: User.objects.get(clinic=clinic, memberships__role=role) for role in roles}
    until = (NOW + timedelta(days=300)).date()
    for role in (Role.THERAPIST, Role.CLINICAL_LEAD):
        for competence in built_in().protocols.vocabulary.competences:
            Competence.objects.create(user=people[role], name=competence.name, until=until)
    return House(clinic, clinic.locations.get(), people, token)


@pytest.fixture
def house(db: None, token: Callable[[], str]) -> House:
    return make_house(token, "North")


@pytest.fixture
def other_house(db: None, token: Callable[[], str]) -> House:
    return make_house(token, "South")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A clinic's own folder and database, for tests that use the command line as people do."""
    given = os.environ.get("CLINIC_DATABASE", "")
    if not given:
        yield Installation(tmp_path / "home")
        return
    name = f"installation_{uuid4().hex}"
    yield Installation(tmp_path / "home", make_database(given, name))
    drop_database(given, name)
