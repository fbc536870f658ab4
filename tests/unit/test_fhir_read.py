"""A FHIR Bundle is read carefully: statuses are honoured, other patients refused, and nothing ever clears a risk."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.kinds import Bad, Code, Fact, FactTable, Kind
from effleurage.facts.read_intake import read_now
from effleurage.fhir.codes import (
    CLINICAL,
    INTENT,
    OBSERVATION,
    PROCEDURE,
    REQUEST,
    STATEMENT,
    SYSTEMS,
    TERMINOLOGY,
    UCUM,
    VERIFICATION,
    comparable,
    stands_for,
    system_name,
)
from effleurage.fhir.desk import Desk, Imported, merge
from effleurage.fhir.node import Node
from effleurage.fhir.read_bundle import read_bundle, read_bundle_file
from effleurage.fhir.read_resources import read_procedure
from effleurage.lib.dates import read_moment
from effleurage.protocol.load import Protocols, load

NOW = read_now("2026-11-22T10:00")
PROTOCOLS = load()
ME = {"reference": "Patient/p1"}
OSTEOPOROSIS = {"coding": [{"system": SYSTEMS["snomed"], "code": "64859006", "display": "Osteoporosis"}]}
WARFARIN = {"coding": [{"system": SYSTEMS["atc"], "code": "B01AA03", "display": "warfarin"}]}
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-03-04", "gender": "female"}


def loinc(code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": SYSTEMS["loinc"], "code": code}], **({"text": text} if text else {})}


def bundle(*resources: Any, patient: Any = PATIENT, **more: Any) -> dict[str, Any]:
    entries = [{"resource": each} for each in ([patient] if patient else []) + list(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def read(*resources: Any, **more: Any) -> Imported:
    return read_bundle(bundle(*resources, **more), protocols=PROTOCOLS, on=NOW)


def values(imported: Imported) -> dict[str, Any]:
    return {name: answer.value for name, answer in imported.intake.answers.items() if name not in ("birth_date", "sex")}


def whys(imported: Imported) -> str:
    return "\n".join(map(str, imported.unplaced))


def condition(clinical: str = "active", verification: str = "confirmed", **more: Any) -> dict[str, Any]:
    found = {"resourceType": "Condition", "subject": ME, "code": OSTEOPOROSIS}
    for key, system, code in (
        ("clinicalStatus", "condition-clinical", clinical),
        ("verificationStatus", "condition-ver-status", verification),
    ):
        if code:
            found[key] = {"coding": [{"system": TERMINOLOGY + system, "code": code}]}
    return {**found, **more}


def observation(code: dict[str, Any], value: Any = None, unit: str = "", **more: Any) -> dict[str, Any]:
    found = {
        "resourceType": "Observation",
        "status": "final",
        "subject": ME,
        "code": code,
        "effectiveDateTime": "2026-11-22",
    }
    if value is not None:
        found["valueQuantity"] = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {**found, **more}


def t_score(value: Any = -2.7, unit: str = "{T-score}", **more: Any) -> dict[str, Any]:
    return {**observation(loinc("38267-1"), value, unit), **more}


def statement(status: str = "active", medicine: Any = WARFARIN, **more: Any) -> dict[str, Any]:
    kind = {"resourceType": "MedicationStatement", "status": status, "subject": ME}
    return {**kind, "medicationCodeableConcept": medicine, **more}


def request(status: str = "active", intent: str = "order", **more: Any) -> dict[str, Any]:
    return {**statement(status), "resourceType": "MedicationRequest", "intent": intent, **more}


# Conditions

COUNTING = ["active", "recurrence", "relapse", "inactive", "remission", "resolved"]


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("clinical", ["", *COUNTING, "made-up"])
@pytest.mark.parametrize("verification", ["", "confirmed", "unconfirmed", "provisional", "differential", "made-up"])
def test_a_condition_that_may_be_true_counts_as_yes(clinical: str, verification: str) -> None:
    imported = read(condition(clinical, verification))
    assert values(imported) == {"osteoporosis_diagnosed": True}
    certain = clinical in ("", "active", "recurrence", "relapse") and verification in ("", "confirmed")
    assert bool(imported.placed[-1].note) is not certain
    assert certain or "please confirm" in imported.warnings[0]


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("clinical", ["", *COUNTING])
@pytest.mark.parametrize(
    "verification, words",
    [
        ("refuted", "It says refuted: it clears nothing; ask the patient."),
        ("entered-in-error", "says entered-in-error"),
    ],
)
def test_a_condition_refuted_or_entered_in_error_sets_nothing(clinical: str, verification: str, words: str) -> None:
    imported = read(condition(clinical, verification))
    assert values(imported) == {}
    assert words in whys(imported)


def test_every_status_of_the_standard_is_in_a_table() -> None:
    assert set(CLINICAL) == set(COUNTING)
    assert set(VERIFICATION) == {
        "unconfirmed",
        "provisional",
        "differential",
        "confirmed",
        "refuted",
        "entered-in-error",
    }
    assert [len(table) for table in (OBSERVATION, STATEMENT, REQUEST, INTENT, PROCEDURE)] == [8, 8, 8, 8, 8]


def test_a_clot_that_is_known_to_be_long_over_is_listed_and_one_without_an_end_counts() -> None:
    clot = {"code": {"coding": [{"system": SYSTEMS["snomed"], "code": "128053003"}]}}
    assert values(read(condition("resolved", **clot))) == {"clot_in_treatment": True}
    over = read(condition("resolved", **clot, abatementDateTime="2019-05"))
    assert values(over) == {}
    assert "too old to count" in whys(over)


@pytest.mark.parametrize(
    "system, code, fact",
    [
        ("icd10cm", "M81.0", "osteoporosis_diagnosed"),
        ("icd10cm", "M80.08XA", "fragility_fracture_ever"),
        ("icd10cm", "M8008XA", "fragility_fracture_ever"),
        ("icd10cm", "M41.125", "scoliosis"),
        ("snomed", "9631008", "stiff_inflammatory_spine"),
    ],
)
def test_codes_find_their_fact(system: str, code: str, fact: str) -> None:
    found = read(condition(code={"coding": [{"system": SYSTEMS[system], "code": code}]}))
    assert values(found)[fact] is True


@pytest.mark.parametrize(
    "system, code, words",
    [
        (SYSTEMS["snomed"], "38341003", "No code that is known here"),
        (SYSTEMS["snomed"], "648590061", "No code that is known here"),
        ("http://hl7.org/fhir/sid/icd-10", "M81.0", "ICD-10 of the WHO"),
        (SYSTEMS["loinc"], "64859006", "No code that is known here"),
        ("", "64859006", "No code that is known here"),
    ],
)
def test_a_code_that_is_not_known_is_listed(system: str, code: str, words: str) -> None:
    imported = read(condition(code={"coding": [{"system": system, "code": code}], "text": "Something"}))
    assert values(imported) == {}
    assert words in whys(imported)
    assert "Something" in whys(imported)


def test_a_curve_of_one_kind_opens_the_question_about_curves() -> None:
    imported = read(condition(code={"coding": [{"system": SYSTEMS["icd10cm"], "code": "Q67.5"}]}))
    assert values(imported) == {"scoliosis_congenital": True, "scoliosis": True}


# Observations


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("status", [*OBSERVATION, "", "made-up"])
def test_only_what_is_final_counts(status: str) -> None:
    imported = read(t_score(status=status))
    used = status in ("final", "amended", "corrected")
    assert values(imported) == ({"t_score_spine": -27} if used else {})
    assert used or "so it is not used" in whys(imported)


@pytest.mark.parametrize("unit", ["{T-score}", "{Tscore}", "1", "{score}", "SD", "T", ""])
def test_a_t_score_comes_with_many_units(unit: str) -> None:
    assert values(read(t_score(unit=unit))) == {"t_score_spine": -27}


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "given",
    [
        t_score(unit="{Z-score}"),
        t_score(unit="z score"),
        t_score(code=loinc("38267-1", "DXA lumbar spine Z-score")),
        t_score(code={"coding": [{"system": SYSTEMS["loinc"], "code": "38267-1", "display": "Z score spine"}]}),
    ],
)
def test_a_z_score_in_the_place_of_a_t_score_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(
        InputError, match=r"entry\[1\].*A Z-score, which compares with people of the same age"
    ) as caught:
        read(given)
    assert "T-score in the report" in caught.value.remedy


def test_a_z_score_under_its_own_code_is_listed() -> None:
    assert "A Z-score" in whys(read(observation(loinc("99999-9", "Z-score"), -1.2)))


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "code, value, unit, fact, scaled",
    [
        ("8302-2", 165, "cm", "height_now", 1650),
        ("8302-2", 1.65, "m", "height_now", 1650),
        ("8302-2", 65, "[in_i]", "height_now", 1651),
        ("8310-5", 98.6, "[degF]", "body_temperature", 370),
        ("8480-6", 128, "mm[Hg]", "systolic", 128),
        ("8480-6", 128, "mm[Hg]{seated}", "systolic", 128),
        ("8462-4", 82, "mmHg", "diastolic", 82),
    ],
)
def test_units_are_converted(code: str, value: Any, unit: str, fact: str, scaled: int) -> None:
    assert values(read(observation(loinc(code), value, unit)))[fact] in (scaled, scaled - 1, scaled + 1)


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "quantity, scaled",
    [
        ({"value": 64, "unit": "as measured", "system": UCUM, "code": "[in_i]"}, 1625),
        ({"value": 64, "unit": "[in_i]", "system": "urn:local", "code": "17"}, 1625),
        ({"value": 162, "unit": "cm", "system": UCUM}, 1620),
        ({"value": 162, "code": "cm"}, 1620),
    ],
)
def test_a_code_of_ucum_counts_before_the_word_for_the_unit(quantity: dict[str, Any], scaled: int) -> None:
    given = {**observation(loinc("8302-2")), "valueQuantity": quantity}
    assert values(read(given))["height_now"] == scaled


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "given, words",
    [
        (t_score(2.7 + 1), "Did you leave out the minus"),
        (t_score(-27), "cannot be"),
        (observation(loinc("8302-2"), 165, "kg"), "'kg' cannot be converted"),
        (observation(loinc("8302-2"), 65, "cm"), "Is it in inches"),
        (observation(loinc("8302-2"), 165, "1"), "'1' cannot be converted"),
        (observation(loinc("8480-6"), 30, "mm[Hg]"), "cannot be"),
        (t_score("-2.7"), "Expected a number here"),
        (t_score(True), "Expected a number here"),
        (t_score(float("nan")), "a number"),
    ],
)
def test_numbers_that_cannot_be_right_are_refused_with_their_place(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(given)
    assert words in str(caught.value)
    assert caught.value.where == "Bundle.entry[1].resource.valueQuantity.value"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "given, words",
    [
        (observation(loinc("8302-2"), 165, ""), "It has no unit"),
        (t_score(None), "It has no value"),
        (t_score(None, dataAbsentReason={"text": "not asked"}), "It has no value"),
        (t_score(None, interpretation=[{"text": "low"}]), "It has no value"),
        (t_score(-2.7, dataAbsentReason={"text": "error"}), "It has no value"),
        (t_score(None, valueString="-2.7"), "is a number, which this is not"),
        (t_score(None, valueQuantity={"unit": "1"}), "It has no value"),
        (t_score(None, valueQuantity={"value": -2.5, "comparator": "<"}), "no exact value"),
        (t_score(focus=[{"reference": "Patient/baby"}]), "something other than the patient"),
        (t_score(modifierExtension=[{"url": "http://example.org/not"}]), "changes its meaning"),
        (observation(loinc("8480-6"), 128, "mm[Hg]", effectiveDateTime="2026-10-01"), "too old to count"),
        (observation(loinc("8480-6"), 128, "mm[Hg]", effectiveDateTime=None), "has no date"),
        (observation(loinc("1234-5"), 128, "mm[Hg]"), "No code that is known here"),
    ],
)
def test_what_says_nothing_is_listed(given: dict[str, Any], words: str) -> None:
    imported = read({key: value for key, value in given.items() if value is not None})
    assert values(imported) == {}
    assert words in whys(imported)


def test_a_blood_pressure_panel_is_read_by_its_parts() -> None:
    parts = [
        {"code": loinc("8480-6"), "valueQuantity": {"value": 151, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}},
        {"code": loinc("8462-4"), "valueQuantity": {"value": 84, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}},
        {"code": loinc("8867-4"), "valueQuantity": {"value": 70, "unit": "/min"}},
    ]
    imported = read(observation(loinc("85354-9"), component=parts))
    assert values(imported) == {"systolic": 151, "diastolic": 84}
    assert [each.path for each in imported.unplaced] == ["Bundle.entry[1].resource.component[2]"]


def test_of_several_values_the_worst_counts_and_the_others_are_listed() -> None:
    imported = read(t_score(-1.1), t_score(-2.9, effectiveDateTime="2018-01-01"), t_score(-2.9), t_score(-0.3))
    assert values(imported) == {"t_score_spine": -29}
    assert whys(imported).count("-2.9 SD (2026-11-22) counts") == 2


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("day", ["2026-11-22", "2026-11-22T08:00:00Z", "2026-11-21T23:00:00Z"])
def test_where_no_direction_is_worse_values_of_one_time_must_agree(day: str) -> None:
    high = observation(loinc("8480-6"), 205, "mm[Hg]", effectiveDateTime=day)
    low = observation(loinc("8480-6"), 120, "mm[Hg]", effectiveDateTime="2026-11-22T09:00:00Z")
    for imported in (read(high, low), read(low, high)):
        assert values(imported) == {}
        assert "205 mmHg" in imported.intake.contradictions["systolic"]
        assert whys(imported).count("is contradicted by another value; ask again") == 2
        own = Intake("ann", NOW, {"systolic": Answer(122, NOW, "patient")})
        assert "systolic" not in merge(own, imported.intake, facts=PROTOCOLS.facts).answers
    assert values(read(low, low)) == {"systolic": 120}


@pytest.mark.hazard("H29")
def test_where_no_direction_is_worse_the_latest_day_counts() -> None:
    facts = [replace(fact, stale_days=None) if fact.name == "systolic" else fact for fact in PROTOCOLS.facts.facts]
    table = replace(PROTOCOLS.facts, facts=tuple(facts))
    old = observation(loinc("8480-6"), 150, "mm[Hg]", effectiveDateTime="2026-11-01")
    new = observation(loinc("8480-6"), 120, "mm[Hg]")
    found = read_bundle(bundle(old, new), protocols=replace(PROTOCOLS, facts=table), on=NOW)
    assert values(found) == {"systolic": 120}


@pytest.mark.hazard("H29")
def test_a_pressure_of_today_is_fresh_and_its_age_is_not_taken_too_low() -> None:
    fresh = observation(loinc("8480-6"), 120, "mm[Hg]", effectiveDateTime="2026-11-22T09:00:00+01:00")
    assert read(fresh).intake.answers["systolic"].on == read_moment("2026-11-21T20:00")
    zone = timezone(timedelta(hours=1))
    there = read_bundle(bundle(fresh), protocols=PROTOCOLS, on=NOW, zone=zone)
    assert there.intake.answers["systolic"].on == read_moment("2026-11-22T09:00")
    old = {**fresh, "effectiveDateTime": "2026-11-21T21:30:00Z"}
    assert values(read(old)) == {}
    assert "too old to count" in whys(read(old))


GIVEN = Code("snomed", "0000001", "C")


def with_date(**more: Any) -> Protocols:
    """The content with one date fact that a procedure can answer."""
    extra = Fact("given_at", Kind.DATE, Bad.NONE, "x", "x", ask="When?", codes=(GIVEN,), **more)
    return replace(PROTOCOLS, facts=replace(PROTOCOLS.facts, facts=(*PROTOCOLS.facts.facts, extra)))


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "more, day, expected, why",
    [
        ({"careful": "latest"}, "2026-03-04T20:00:00Z", "2026-03-05", ""),
        ({"careful": "earliest"}, "2026-03-04T08:00:00Z", "2026-03-03", ""),
        ({"careful": "latest"}, "2026-11-22T20:00:00Z", "2026-11-22", ""),
        ({"careful": "latest"}, "2026-03-04", "2026-03-04", ""),
        ({"careful": "latest"}, "2026-03", "2026-03-31", ""),
        ({"careful": "latest", "time": True}, "2026-03-04T08:00:00Z", "", "clock time is in another zone"),
        ({}, "2026-03-04T08:00:00Z", "", "day is in another zone"),
        ({}, "2026-03", "", "whole date is needed"),
    ],
)
def test_a_date_of_another_zone_is_read_at_its_careful_end(
    more: dict[str, Any], day: str, expected: str, why: str
) -> None:
    done = {"resourceType": "Procedure", "status": "completed", "subject": ME, "performedDateTime": day}
    done["code"] = {"coding": [{"system": SYSTEMS["snomed"], "code": GIVEN.code}]}
    imported = read_bundle(bundle(done), protocols=with_date(**more), on=NOW)
    assert values(imported) == ({"given_at": read_moment(expected)} if expected else {})
    assert why in whys(imported)


def test_a_clock_time_is_converted_where_the_zone_of_the_place_is_known() -> None:
    done = {"resourceType": "Procedure", "status": "completed", "subject": ME}
    done |= {
        "performedDateTime": "2026-03-04T08:30:00Z",
        "code": {"coding": [{"system": SYSTEMS["snomed"], "code": GIVEN.code}]},
    }
    zone = timezone(timedelta(hours=-5))
    found = read_bundle(bundle(done), protocols=with_date(careful="latest", time=True), on=NOW, zone=zone)
    assert values(found) == {"given_at": read_moment("2026-03-04 03:30")}


@pytest.mark.parametrize("key", ["effectiveDateTime", "effectiveInstant", "issued"])
def test_the_date_of_an_observation_is_taken_from_wherever_it_stands(key: str) -> None:
    given = {**t_score(), key: "2025-05-06T07:08:09+02:00"}
    if key != "effectiveDateTime":
        del given["effectiveDateTime"]
    assert read(given).intake.answers["t_score_spine"].on == read_moment("2025-05-05T17:08")


def test_the_end_of_a_period_is_its_date() -> None:
    given = t_score(effectivePeriod={"start": "2025-01-01", "end": "2025-02"})
    del given["effectiveDateTime"]
    assert read(given).intake.answers["t_score_spine"].on == read_moment("2025-02-01")


@pytest.mark.hazard("H29")
def test_the_radius_code_is_taken_as_the_forearm_with_a_warning() -> None:
    imported = read(observation(loinc("38265-5"), -2.6, "{T-score}"))
    assert values(imported) == {"t_score_forearm": -26}
    assert "some programs send a spine" in imported.warnings[0]


PREGNANT = {"coding": [{"system": SYSTEMS["snomed"], "code": "77386006"}]}


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "value, expected",
    [
        ({"valueBoolean": True}, {"pregnant": True}),
        ({"valueBoolean": False}, {}),
        ({"valueCodeableConcept": loinc("LA33-6")}, {"pregnant": True}),
        ({"valueCodeableConcept": loinc("LA32-8")}, {}),
        ({"valueCodeableConcept": {"coding": [{"system": TERMINOLOGY + "v2-0136", "code": "Y"}]}}, {"pregnant": True}),
        ({"valueCodeableConcept": {"text": "perhaps"}}, {}),
        ({"valueString": "no"}, {}),
    ],
)
def test_yes_is_taken_and_no_clears_nothing(value: dict[str, Any], expected: dict[str, Any]) -> None:
    imported = read(observation(PREGNANT, **value))
    assert values(imported) == expected
    assert expected or "ask" in whys(imported)


def test_a_finding_that_names_a_problem_counts() -> None:
    imported = read(observation(loinc("82810-3"), valueCodeableConcept=PREGNANT))
    assert values(imported) == {"pregnant": True}
    assert "please confirm" in imported.placed[-1].note


# Medicines


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("status", [*STATEMENT, "", "made-up"])
def test_a_statement_counts_by_its_status(status: str) -> None:
    imported = read(statement(status))
    used = status in ("active", "intended", "on-hold", "unknown")
    assert values(imported) == ({"medicines": Items(("warfarin",), complete=False, excerpt=True)} if used else {})
    assert bool(imported.unplaced) is not used
    assert not used or bool(imported.warnings) is (status != "active")


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("intent", [*INTENT, ""])
@pytest.mark.parametrize("status", [*REQUEST, "", "made-up"])
def test_a_request_counts_by_its_status_and_intent(status: str, intent: str) -> None:
    imported = read(request(status, intent))
    used = status in ("active", "on-hold", "unknown") and intent not in ("proposal", "option", "")
    assert ("medicines" in values(imported)) is used
    assert bool(imported.unplaced) is not used


def test_an_order_not_to_give_a_medicine_is_not_used() -> None:
    assert "says not to give it" in whys(read(request(doNotPerform=True)))


@pytest.mark.hazard("H29")
def test_a_list_from_an_import_is_never_complete() -> None:
    more = statement(medicine={"coding": [{"system": SYSTEMS["rxnorm"], "code": "46041"}]})
    found = values(read(statement(), more))["medicines"]
    assert found == Items(("alendronic_acid", "warfarin"), complete=False, excerpt=True)


def test_denosumab_that_was_stopped_has_an_entry_of_its_own() -> None:
    imported = read(statement("stopped", {"coding": [{"system": SYSTEMS["atc"], "code": "M05BX04"}]}))
    assert values(imported)["medicines"].names == ("denosumab_stopped",)


def test_a_group_of_atc_covers_its_codes() -> None:
    imported = read(statement(medicine={"coding": [{"system": SYSTEMS["atc"], "code": "L01BC02"}]}))
    assert values(imported)["medicines"].names == ("chemotherapy",)


@pytest.mark.parametrize(
    "extra, resource",
    [
        ({"contained": [{"resourceType": "Medication", "id": "m", "code": WARFARIN}]}, {"reference": "#m"}),
        ({}, {"reference": "Medication/m1"}),
        ({}, {"reference": "https://example.org/fhir/Medication/m1"}),
    ],
)
def test_a_medicine_may_be_referred_to(extra: dict[str, Any], resource: dict[str, Any]) -> None:
    given = {**statement(), **extra, "medicationReference": resource}
    del given["medicationCodeableConcept"]
    medication = {"resourceType": "Medication", "id": "m1", "ingredient": [{"itemCodeableConcept": WARFARIN}]}
    assert values(read(given, medication))["medicines"].names == ("warfarin",)


@pytest.mark.parametrize(
    "medication, words",
    [
        ({"resourceType": "Medication", "id": "other", "code": WARFARIN}, "not in the Bundle"),
        (
            {"resourceType": "Medication", "id": "m1", "code": WARFARIN, "status": "entered-in-error"},
            "entered in error",
        ),
    ],
)
def test_a_medicine_that_cannot_be_found_is_listed(medication: dict[str, Any], words: str) -> None:
    given = {**statement(), "medicationReference": {"reference": "Medication/m1", "display": "Marevan"}}
    del given["medicationCodeableConcept"]
    assert words in whys(read(given, medication))


def test_a_name_without_a_known_code_is_only_a_hint() -> None:
    tablet = {"coding": [{"system": SYSTEMS["rxnorm"], "code": "855332"}], "text": "Warfarin sodium 5 MG oral tablet"}
    imported = read(statement(medicine=tablet))
    assert values(imported) == {"medicines": Items((), complete=False)}
    assert "Its words name Warfarin" in whys(imported)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "given, complete",
    [
        (statement(medicine={"text": "Something new"}), False),
        (request(medicationCodeableConcept={"text": "Something new"}), False),
        (
            {**statement(), "medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"}},
            False,
        ),
        (statement("intended", medicine={"text": "Something new"}), False),
        (statement("stopped", medicine={"text": "Something new"}), True),
        (statement("entered-in-error", medicine={"text": "Something new"}), True),
        (statement("active"), True),
        (condition(), True),
    ],
)
def test_a_complete_list_stays_complete_only_if_the_record_holds_nothing_else(
    given: dict[str, Any], complete: bool
) -> None:
    own = Intake("ann", NOW, {"medicines": Answer(Items(("warfarin",), complete=True), NOW, "patient")})
    imported = read(given).intake
    for one, other in ((own, imported), (imported, own)):
        listed = merge(one, other, facts=PROTOCOLS.facts).answers["medicines"].value
        assert listed == Items(("warfarin",), complete)


def test_a_record_too_old_to_count_says_nothing_of_what_is_taken() -> None:
    old = read(statement(medicine={"text": "Something new"}), timestamp="2024-01-01T00:00:00Z")
    assert values(old) == {}


# Procedures


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("status", [*PROCEDURE, "", "made-up"])
def test_a_procedure_counts_by_its_status(status: str) -> None:
    given = {"resourceType": "Procedure", "status": status, "subject": ME, "code": OSTEOPOROSIS}
    imported = read({**given, "performedDateTime": "2020-01-01"})
    used = status in ("completed", "in-progress")
    assert bool(values(imported)) is used
    assert bool(imported.unplaced) is not used


@pytest.mark.parametrize(
    "status, performed, expected",
    [
        ("completed", {"performedPeriod": {"start": "2020-01-05", "end": "2020-02-07"}}, "2020-02-07"),
        ("completed", {"performedPeriod": {"start": "2020-01", "end": "2020-02-07"}}, "2020-02-07"),
        ("in-progress", {"performedPeriod": {"start": "2020-01-05", "end": "2020-02-07"}}, "2020-01-05"),
        ("completed", {"performedDateTime": "2020-03-09"}, "2020-03-09"),
    ],
)
def test_a_date_fact_has_the_day_on_which_it_was_done(status: str, performed: dict[str, Any], expected: str) -> None:
    code = Code("snomed", "64859006", "C")
    fact = Fact(name="done_on", kind=Kind.DATE, bad=Bad.NONE, folder="toy", place="toy", ask="When?", codes=(code,))
    desk = Desk(facts=FactTable((fact,)), on=NOW, asserted=NOW, find=lambda *_: None)
    given = {"resourceType": "Procedure", "status": status, "code": OSTEOPOROSIS, **performed}
    read_procedure(Node(given, "Bundle"), desk)
    assert [answer.value for answer, _ in desk.offers] == [datetime.fromisoformat(expected)]


# Whose it is, and when


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "reference",
    ["Patient/p2", "https://example.org/Patient/p2", "urn:uuid:0b1c", "Patient/p2/_history/1", "p2", "Patient/"],
)
@pytest.mark.parametrize("make", [t_score, condition, statement, request])
def test_a_bundle_of_another_patient_is_refused(make: Any, reference: str) -> None:
    with pytest.raises(InputError, match="a Bundle of another patient") as caught:
        read(make(subject={"reference": reference}))
    assert caught.value.where == "Bundle.entry[1].resource.subject.reference"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("reference", ["Patient/p1", "https://example.org/fhir/Patient/p1", "Patient/p1/_history/3"])
def test_the_same_patient_is_recognised(reference: str) -> None:
    assert values(read(condition(subject={"reference": reference})))


def test_a_patient_known_by_address() -> None:
    made = bundle(condition(subject={"reference": "urn:uuid:77"}))
    made["entry"][0]["fullUrl"] = "urn:uuid:77"
    assert values(read_bundle(made, protocols=PROTOCOLS, on=NOW))
    made["entry"][0]["fullUrl"] = "https://a.example/Patient/p1"
    made["entry"][1]["resource"]["subject"]["reference"] = "https://b.example/Patient/p1"
    with pytest.raises(InputError, match="another patient"):
        read_bundle(made, protocols=PROTOCOLS, on=NOW)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "subject, words",
    [
        ({}, "does not say whose it is"),
        ({"display": "Somebody"}, "does not say whose it is"),
        ({"reference": "#p"}, "does not say whose it is"),
        ({"reference": "Group/g1"}, "It is about a Group"),
        ({"reference": "https://example.org/Device/d"}, "It is about a Device"),
    ],
)
def test_what_is_not_said_to_be_of_the_patient_is_not_used(subject: dict[str, Any], words: str) -> None:
    imported = read(condition(subject=subject))
    assert values(imported) == {}
    assert words in whys(imported)


def test_two_patients_are_refused() -> None:
    with pytest.raises(InputError, match=r"entry\[1\].resource: A second Patient"):
        read({"resourceType": "Patient", "id": "p2"})


def test_without_a_patient_all_must_be_about_the_same_one() -> None:
    imported = read(condition(), t_score(), patient=None)
    assert "No Patient stands in it" in imported.warnings[0]
    with pytest.raises(InputError, match="another patient"):
        read(condition(), t_score(subject={"reference": "Patient/p2"}), patient=None)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "given, path",
    [
        (t_score(effectiveDateTime="2026-11-23"), "effectiveDateTime"),
        (t_score(effectiveDateTime="2031"), "effectiveDateTime"),
        (t_score(effectiveDateTime="yesterday"), "effectiveDateTime"),
        (condition(onsetDateTime="2027-01-01"), "onsetDateTime"),
        (condition(recordedDate="2027-01-01"), "recordedDate"),
        (condition("resolved", abatementPeriod={"end": "2027-01-01"}), "abatementPeriod.end"),
        (statement(dateAsserted="2027-01-01"), "dateAsserted"),
        (statement(effectivePeriod={"start": "2027-01-01"}), "effectivePeriod.start"),
        (request(authoredOn="2027-01-01"), "authoredOn"),
        (
            {**condition(), "resourceType": "Procedure", "status": "completed", "performedDateTime": "2027"},
            "performedDateTime",
        ),
    ],
)
def test_a_date_in_the_future_is_refused_with_its_place(given: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError, match=r"lies in the future|is no date") as caught:
        read(given)
    assert caught.value.where == f"Bundle.entry[1].resource.{path}"
    assert caught.value.remedy


def test_what_is_planned_for_later_may_lie_ahead() -> None:
    assert values(read(statement("intended", effectivePeriod={"start": "2027-01-01"})))
    assert values(read(statement(effectivePeriod={"start": "2020", "end": "2030"})))


# The patient, and the Bundle as a whole


@pytest.mark.parametrize(
    "patient, expected, unplaced",
    [
        ({"birthDate": "1950-03-04", "gender": "male"}, {"birth_date": read_moment("1950-03-04"), "sex": "male"}, 0),
        ({"birthDate": "1950-03", "gender": "unknown"}, {}, 2),
        ({}, {}, 0),
    ],
)
def test_birth_date_and_sex(patient: dict[str, Any], expected: dict[str, Any], unplaced: int) -> None:
    imported = read(patient={"resourceType": "Patient", "id": "p1", **patient})
    assert {name: answer.value for name, answer in imported.intake.answers.items()} == expected
    assert len(imported.unplaced) == unplaced


def test_a_birth_in_the_future_is_refused() -> None:
    with pytest.raises(InputError, match="birth_date"):
        read(patient={"resourceType": "Patient", "birthDate": "2030-01-01"})


@pytest.mark.parametrize(
    "given, words",
    [
        ([], "no FHIR resource"),
        ("Bundle", "no FHIR resource"),
        (PATIENT, "This is a Patient, not a Bundle"),
        ({"resourceType": "Bundle", "type": "history"}, "old versions"),
        ({"resourceType": "Bundle", "type": "heap"}, "no type of Bundle"),
        ({"resourceType": "Bundle"}, "no type of Bundle"),
        ({"resourceType": "Bundle", "type": "collection", "entry": {}}, "Expected a list"),
        ({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": []}]}, "Expected an object"),
        ({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {}}]}, "without 'resourceType'"),
        ({"resourceType": "Bundle", "type": "collection", "timestamp": "2030-01-01T00:00:00Z"}, "future"),
    ],
)
def test_what_is_no_bundle_is_refused_in_words(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_bundle(given, protocols=PROTOCOLS, on=NOW)


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "transaction", "batch", "message"])
def test_bundles_of_many_types_are_read(kind: str) -> None:
    assert values(read(condition(), type=kind))


def test_what_is_not_read_is_listed_once_a_kind() -> None:
    imported = read(*[{"resourceType": "AllergyIntolerance"}] * 3, {"resourceType": "Encounter"})
    assert [each.why.split(" of ")[0] for each in imported.unplaced] == ["3 resources", "1 resource"]


def test_a_page_of_several_and_a_death_are_told() -> None:
    dead = {**PATIENT, "deceasedBoolean": True}
    imported = read(patient=dead, link=[{"relation": "next", "url": "https://example.org"}])
    assert "has died" in imported.warnings[0]
    assert "one page of several" in imported.warnings[1]


def test_an_old_bundle_speaks_for_its_own_day() -> None:
    imported = read(condition(code=PREGNANT), timestamp="2025-01-01T00:00:00Z")
    assert values(imported) == {}
    assert "too old to count" in whys(imported)


def test_a_file_is_named_in_what_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "eva.json"
    path.write_text(json.dumps(bundle(t_score(effectiveDateTime="2027-01-01"))))
    with pytest.raises(InputError) as caught:
        read_bundle_file(path, protocols=PROTOCOLS, on=NOW)
    assert caught.value.where == "eva.json: Bundle.entry[1].resource.effectiveDateTime"
    path.write_text(json.dumps(bundle(t_score())))
    assert values(read_bundle_file(path, protocols=PROTOCOLS, on=NOW)) == {"t_score_spine": -27}


@pytest.mark.hazard("H29")
def test_two_files_with_two_birth_dates_are_of_two_patients() -> None:
    imported = read().intake
    other = Intake("another", NOW, {"birth_date": Answer(read_moment("1960-01-01"), NOW, "patient")})
    with pytest.raises(InputError, match="another patient"):
        merge(other, imported, facts=PROTOCOLS.facts)
    assert merge(imported, imported, facts=PROTOCOLS.facts).answers == imported.answers


def test_codes_are_compared_as_their_terminology_writes_them() -> None:
    assert system_name("https://loinc.org/") == "loinc"
    assert comparable("icd10cm", "m80.-") == "M80"
    assert not stands_for(("icd10cm", "M8"), ("icd10cm", "M80"))
    assert not stands_for(("atc", "*"), ("atc", "M80"))
