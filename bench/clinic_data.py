"""Twenty thousand patients and two hundred thousand facts in the main clinic of the demonstration.

A few patients are made by the real acts; the others are copies of them under their own names, birth dates and keys. The
copies go through the models, each with the row of the journal that its act would have left, so the chain stays whole
and `verify` finds nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction

from clinic.accounts.models import Location, User
from clinic.actions.answer_questions import answer_questions
from clinic.actions.frame import Doing
from clinic.actions.people import staff
from clinic.actions.register_patient import Person, register_patient, search_key
from clinic.config.demo_answers import Said, by_patient
from clinic.records.content import built_in
from clinic.records.facts import local
from clinic.records.journal import COLUMNS, head_hash, row_hash
from clinic.records.models import AuditEvent, AuditHead, Care, FactEntry, IntakeRun, Patient, PatientState
from effleurage.session.stored import stored

LIKE = ("osteoporosis", "mild-scoliosis", "both-conditions", "anticoagulant", "low-bone-mass", "healthy-adult",
        "never-measured", "old-vertebral-fracture")  # fmt: skip
GIVEN = ("Olha", "Maria", "Iryna", "Anna", "Petro", "Karl", "Emma", "Nina", "Oleh", "Ursula", "Thomas", "Halyna")
FAMILY = ("Koval", "Marchenko", "Bondar", "Schmidt", "Weber", "Ivanova", "Petrenko", "Shevchuk", "Fischer", "Hartley",
          "Moroz", "Lysenko", "Wagner", "Sokolova", "Tkachuk")  # fmt: skip
SAID = 9
"""Answers of each patient beside the birth date: ten facts."""
CHUNK = 1000


@dataclass(frozen=True)
class Mould:
    """A patient made by the acts, of whom the others are copies."""

    patient: Patient
    entries: tuple[FactEntry, ...]
    run: IntakeRun
    state: PatientState


def fill(count: int, *, now: datetime, token: Callable[[], str]) -> None:
    """Adds patients to the first location until so many were added."""
    place = Location.objects.get(name="Podil, Kyiv")
    desk = User.objects.get(email="olena@two-lindens.example")
    therapist = User.objects.get(email="iryna@two-lindens.example")
    at = now - timedelta(hours=3)
    doing = Doing(actor=staff(desk), now=at, token=token, via="bench")
    moulds = [_mould(doing, place, number, like) for number, like in enumerate(LIKE)]
    chance = Random(7)
    for start in range(0, count - len(moulds), CHUNK):
        size = min(CHUNK, count - len(moulds) - start)
        _copies(doing, therapist, itertools.islice(itertools.cycle(moulds), size), start, chance)


def _mould(doing: Doing, place: Location, number: int, like: str) -> Mould:
    person = Person(f"Mould {number}", "Bench", date(1950 + 3 * number, 4, 11))
    patient = register_patient(doing, person=person, location=place.public)
    table = built_in().protocols.facts
    said = Said(like, person.birth_date, table, number).at(local(doing.now, place.zone))
    answers = dict(itertools.islice(by_patient(said, table).items(), SAID))
    answer_questions(doing, public=patient.public, answers=answers)
    patient = Patient.objects.get(pk=patient.pk)
    entries = tuple(FactEntry.objects.filter(patient=patient).order_by("pk"))
    return Mould(patient, entries, IntakeRun.objects.get(patient=patient), PatientState.objects.get(patient=patient))


@transaction.atomic
def _copies(doing: Doing, therapist: User, moulds: Iterator[Mould], start: int, chance: Random) -> None:
    """One chunk: patients, then what hangs on them, then the journal."""
    pairs = [(mould, _person(doing, mould, start + number, chance)) for number, mould in enumerate(moulds)]
    Patient.objects.bulk_create([patient for _, patient in pairs])
    runs = [_copy(mould.run, public=doing.token(), patient=patient) for mould, patient in pairs]
    IntakeRun.objects.bulk_create(runs)
    PatientState.objects.bulk_create(_copy(mould.state, patient=patient) for mould, patient in pairs)
    Care.objects.bulk_create(Care(patient=patient, user=therapist, since=doing.now) for _, patient in pairs)
    entries = [_entries(doing, mould, patient, run) for (mould, patient), run in zip(pairs, runs, strict=True)]
    FactEntry.objects.bulk_create([entry for rows in entries for entry in rows])
    _journal(doing, [(patient, rows) for (_, patient), rows in zip(pairs, entries, strict=True)])


def _person(doing: Doing, mould: Mould, number: int, chance: Random) -> Patient:
    given, family, second = chance.choice(GIVEN), chance.choice(FAMILY), chance.choice(FAMILY)
    family = f"{family}-{second}" if number % 4 == 0 else family
    born = mould.patient.birth_date + timedelta(days=chance.randrange(300))
    return _copy(
        mould.patient, public=doing.token(), number=f"P-{10_000 + number:05d}", given=given, family=family,
        birth_date=born, search=search_key(given, family),
    )  # fmt: skip


def _entries(doing: Doing, mould: Mould, patient: Patient, run: IntakeRun) -> list[FactEntry]:
    born = stored(datetime.combine(patient.birth_date, datetime.min.time()))
    return [
        _copy(
            entry, public=doing.token(), patient=patient, intake=run if entry.intake_id else None,
            value=born if entry.name == "birth_date" else entry.value,
        )
        for entry in mould.entries
    ]  # fmt: skip


def _copy(row: Any, **changed: Any) -> Any:
    """The same row under a new key with some columns changed."""
    columns = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields if not each.primary_key}
    for name, value in changed.items():
        column = row._meta.get_field(name)
        columns.pop(column.attname, None)
        columns[name] = value
    return type(row)(**columns)


def _journal(doing: Doing, written: Sequence[tuple[Patient, list[FactEntry]]]) -> None:
    """The rows that the acts would have left, each bound to the one before it, and the head."""
    head = AuditHead.objects.select_for_update().get(pk=1)
    events = []
    for patient, rows in written:
        event = AuditEvent(
            number=head.number + 1, previous=head.last, at=doing.now, clinic_id=patient.clinic_id,
            actor=doing.actor.key, actor_name=doing.actor.name, roles=doing.actor.role_words, event="patient.register",
            patient=patient, about=f"patient:{patient.public}", via=doing.via, sealed=_digests(rows),
        )  # fmt: skip
        event.hash = row_hash({name: getattr(event, name) for name in COLUMNS})
        head.number, head.last = event.number, event.hash
        events.append(event)
    AuditEvent.objects.bulk_create(events)
    head.hash = head_hash(head.number, head.last)
    head.save(force_update=True)


def _digests(rows: Sequence[FactEntry]) -> list[list[object]]:
    table = FactEntry._meta.db_table
    return [[table, row.pk, row.digest()] for row in rows]


def counts() -> dict[str, int]:
    """How much lies there: patients, facts, acts."""
    found = {"patients": Patient.objects, "facts": FactEntry.objects, "acts": AuditEvent.objects}
    return {name: rows.count() for name, rows in found.items()}
