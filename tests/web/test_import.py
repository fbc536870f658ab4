"""What another system says: proposed, looked at, and never able to clear a risk."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions
from clinic.actions.import_bundle import NotSure, confirm_import, import_bundle, read_again, refuse_import
from clinic.actions.permissions import NotAllowed
from clinic.records.facts import local
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Document, FactEntry, Notice, Patient
from clinic.records.standing import standing
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.protocol.lattice import at_least_as_strict
from tests.unit.test_fhir_read import OSTEOPOROSIS, WARFARIN, loinc
from tests.web.asking import text
from tests.web.conftest import NOW, House
from tests.web.test_consents import staff_client

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "fhir").glob("*.json"))
ME = {"reference": "Patient/p1"}
BORN = date(1951, 4, 12)
LATER = NOW + timedelta(minutes=5)


def bundle(*resources: dict[str, Any], born: str = "1951-04-12", name: str = "Ada Berg", **more: Any) -> bytes:
    given, _, family = name.partition(" ")
    person: dict[str, Any] = {"resourceType": "Patient", "id": "p1", "birthDate": born}
    person |= {"name": [{"given": [given], "family": family}]} if name else {}
    entries = [{"resource": each} for each in (person, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries, **more}).encode()


def condition(how: str = "confirmed", **more: Any) -> dict[str, Any]:
    status = {"coding": [{"code": how}]}
    return {"resourceType": "Condition", "code": OSTEOPOROSIS, "subject": ME, "verificationStatus": status} | more


def density(value: float, unit: str = "{SD}", **more: Any) -> dict[str, Any]:
    quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": unit}
    found = {"resourceType": "Observation", "status": "final", "code": loinc("38264-8"), "subject": ME}
    return found | {"valueQuantity": quantity, "effectiveDateTime": "2026-10-01"} | more


def imported(house: House, patient: Patient, data: bytes, **more: Any) -> Document:
    return import_bundle(house.doing(Role.FRONT_DESK), public=patient.public, title="other.json", data=data, **more)


def proposed(patient: Patient) -> dict[str, FactEntry]:
    return {entry.name: entry for entry in standing(patient, now=NOW).chart.proposed}


def test_every_placed_answer_is_proposed_and_none_of_them_counts(house: House) -> None:
    patient = house.patient()
    before = standing(patient, now=NOW)
    acts = AuditEvent.objects.count()
    made = imported(house, patient, bundle(condition()))
    assert AuditEvent.objects.count() == acts + 1
    assert {name: entry.value for name, entry in proposed(patient).items()} == {"osteoporosis_diagnosed": {"yes": True}}
    assert proposed(patient)["osteoporosis_diagnosed"].place == "other.json: Bundle.entry[1].resource"
    after = standing(patient, now=NOW)
    assert after.intake == before.intake
    assert (after.decision.certain_word, after.decision.possible_word) == (
        before.decision.certain_word, before.decision.possible_word,
    )  # fmt: skip
    patient.state.refresh_from_db()
    assert patient.state.to_confirm == 1
    assert (made.kind, bytes(made.body)) == ("bundle", bundle(condition()))
    assert verify() == []


@pytest.mark.hazard("H29")
def test_bad_news_in_an_import_is_told_to_the_carers_at_once_and_good_news_to_nobody(house: House) -> None:
    patient = house.patient()
    imported(house, patient, bundle(density(-1.0)))
    assert not Notice.objects.exists()
    imported(house, patient, bundle(condition()))
    assert set(Notice.objects.values_list("kind", "role")) == {("import", "therapist"), ("import", "clinical_lead")}


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_what_is_refuted_or_entered_in_error_is_neither_believed_nor_read_as_good_news(
    house: House, status: str
) -> None:
    patient = house.patient()
    made = imported(house, patient, bundle(condition(status)))
    assert proposed(patient) == {}
    assert [status in row.why for row in read_again(made).unplaced] == [True]


@pytest.mark.hazard("H29")
def test_an_unknown_code_comes_to_the_list_to_be_looked_at(house: House) -> None:
    patient = house.patient()
    strange = {"coding": [{"system": "http://snomed.info/sct", "code": "999999999", "display": "Something new"}]}
    made = imported(house, patient, bundle(condition(code=strange)))
    assert [row.display for row in read_again(made).unplaced] == ["Something new"]
    client = staff_client(house, Role.THERAPIST)
    assert "Something new" in text(client.get(f"/p/{patient.public}/documents/{made.public}/"))


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "data",
    [
        bundle(condition(subject={"reference": "Patient/somebody-else"})),
        bundle(condition(), born="1951-12-04"),
        bundle(condition(), born="1952"),
        bundle(density(-2.7, unit="kg")),
        bundle(density(270.0)),
        bundle(condition(), type="history"),
        b"{",
        b'{"resourceType": "Patient"}',
        b"\xff\xfe",
    ],
    ids=[
        "other patient",
        "other birthday",
        "other year",
        "unit",
        "impossible",
        "history",
        "broken",
        "no bundle",
        "no text",
    ],
)
def test_a_bundle_that_is_faulty_or_of_somebody_else_is_refused_whole(house: House, data: bytes) -> None:
    patient = house.patient()
    facts = FactEntry.objects.count()
    with pytest.raises(InputError):
        imported(house, patient, data, sure=True)
    assert (Document.objects.count(), FactEntry.objects.count()) == (0, facts)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("name", ["Ada Holm", ""], ids=["another name", "no name"])
def test_a_name_that_differs_or_is_missing_needs_somebody_who_is_sure(house: House, name: str) -> None:
    patient = house.patient()
    with pytest.raises(NotSure, match="Ada Berg"):
        imported(house, patient, bundle(condition(), name=name))
    imported(house, patient, bundle(condition(), name=name), sure=True)
    assert set(proposed(patient)) == {"osteoporosis_diagnosed"}


def test_accents_and_order_of_names_do_not_matter(house: House) -> None:
    patient = house.patient("Zoë", "Łuczak")
    imported(house, patient, bundle(condition(), name="łuczak Zoe"))


def test_the_same_bundle_is_not_imported_twice(house: House) -> None:
    patient = house.patient()
    imported(house, patient, bundle(condition()))
    with pytest.raises(InputError, match="already"):
        imported(house, patient, bundle(condition()))


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_example_goes_through_and_what_is_confirmed_decides_as_strictly(house: House, path: Path) -> None:
    data = path.read_bytes()
    people = [e["resource"] for e in json.loads(data)["entry"] if e["resource"]["resourceType"] == "Patient"]
    born = date.fromisoformat(people[0]["birthDate"]) if people and "birthDate" in people[0] else BORN
    patient = house.patient(born=born)
    imported(house, patient, data, sure=True)
    waiting = proposed(patient)
    before = standing(patient, now=NOW)
    if waiting:
        confirm_import(house.doing(Role.THERAPIST), public=patient.public, entries=[e.public for e in waiting.values()])
    found = standing(patient, now=NOW)
    assert set(waiting) <= set(found.intake.answers)
    assert at_least_as_strict(found.decision.certain, before.decision.certain)
    assert proposed(patient) == {}
    assert verify() == []


def known(house: House, patient: Patient, **values: Any) -> None:
    on = local(NOW, house.location.zone)
    answers = {name: Answer(value, on, "patient") for name, value in values.items()}
    answer_questions(house.doing(Role.THERAPIST), public=patient.public, answers=answers)


@pytest.mark.hazard("H29")
def test_an_import_that_is_better_news_is_a_question_and_never_clears_what_is_known(house: House) -> None:
    patient = house.patient()
    known(house, patient, osteoporosis_diagnosed=True, t_score_hip=-30)
    imported(house, patient, bundle(density(-1.0)))
    entry = next(iter(proposed(patient).values()))
    assert entry.name == "t_score_hip"
    with pytest.raises(InputError, match="not made milder"):
        confirm_import(house.doing(Role.THERAPIST), public=patient.public, entries=[entry.public])
    assert standing(patient, now=NOW).intake.answers["t_score_hip"].value == -30
    refuse_import(house.doing(Role.THERAPIST), public=patient.public, entries=[entry.public])
    assert proposed(patient) == {}
    assert standing(patient, now=NOW).intake.answers["t_score_hip"].value == -30
    assert verify() == []


@pytest.mark.hazard("H29")
def test_an_import_that_is_worse_news_counts_once_it_is_confirmed(house: House) -> None:
    patient = house.patient()
    known(house, patient, osteoporosis_diagnosed=False)
    imported(house, patient, bundle(condition()))
    assert standing(patient, now=NOW).intake.answers["osteoporosis_diagnosed"].value is False
    entry = proposed(patient)["osteoporosis_diagnosed"]
    confirm_import(house.doing(Role.THERAPIST), public=patient.public, entries=[entry.public])
    found = standing(patient, now=NOW)
    assert found.intake.answers["osteoporosis_diagnosed"].value is True
    assert FactEntry.objects.get(supersedes=entry).origin == "import"
    assert verify() == []


@pytest.mark.hazard("H29")
def test_an_imported_medicine_joins_the_list_and_takes_none_away(house: House) -> None:
    patient = house.patient()
    warfarin = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": ME,
        "medicationCodeableConcept": WARFARIN,
    }
    imported(house, patient, bundle(warfarin))
    confirm_import(
        house.doing(Role.THERAPIST), public=patient.public, entries=[e.public for e in proposed(patient).values()]
    )
    value = next(e.value for e in standing(patient, now=NOW).chart.current().values() if e.value and "items" in e.value)
    assert (value["items"], value["complete"]) == (["warfarin"], False)


def test_nobody_but_a_carer_confirms_and_what_is_settled_stays_settled(house: House) -> None:
    patient = house.patient()
    imported(house, patient, bundle(condition()))
    entry = proposed(patient)["osteoporosis_diagnosed"]
    with pytest.raises(NotAllowed):
        confirm_import(house.doing(Role.FRONT_DESK), public=patient.public, entries=[entry.public])
    refuse_import(house.doing(Role.CLINICAL_LEAD), public=patient.public, entries=[entry.public])
    with pytest.raises(InputError, match="already"):
        confirm_import(house.doing(Role.THERAPIST), public=patient.public, entries=[entry.public])
    with pytest.raises(InputError, match="Nothing was chosen"):
        refuse_import(house.doing(Role.THERAPIST), public=patient.public, entries=[])


def test_by_hand_a_bundle_is_uploaded_looked_at_and_settled_line_by_line(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    patient = house.patient()
    desk, carer = staff_client(house, Role.FRONT_DESK), staff_client(house, Role.THERAPIST)
    page = f"/p/{patient.public}/documents/"

    def send(**more: str) -> int:
        file = SimpleUploadedFile("other.json", bundle(condition(), density(-2.7), name="Ada Holm"))
        return desk.post(page, {"do": "bundle", "bundle": file, **more}).status_code

    assert send() == 422
    assert send(sure="on") == 302
    assert "does not count yet" in text(carer.get(page))
    assert desk.get(f"{page}import/").status_code == 403
    shown = text(carer.get(f"{page}import/"))
    assert "would make the plan stricter" in shown
    one, two = proposed(patient).values()
    form = {f"do-{one.public}": "yes", f"do-{two.public}": "no"}
    assert carer.post(f"{page}import/settle/", form).status_code == 302
    assert proposed(patient) == {}
    assert FactEntry.objects.get(supersedes=one).state == FactEntry.State.GIVEN
    assert FactEntry.objects.get(supersedes=two).state == FactEntry.State.REFUSED
    assert verify() == []
