"""Out and back, and never looser: what a Bundle may do to an intake, for intakes and Bundles made at random."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from effleurage.decision.decide import Decision, decide
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Fact, Kind
from effleurage.facts.merge import merged
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
    VERIFICATION,
)
from effleurage.fhir.desk import Imported
from effleurage.fhir.read_bundle import read_bundle
from effleurage.fhir.write_intake import codable, intake_bundle
from effleurage.lib.marked import parse_json
from effleurage.protocol.lattice import at_least_as_strict
from tests.agreement.patients import content

NOW = read_now("2026-11-22T10:00")
RUN = settings(deadline=None, suppress_health_check=list(HealthCheck))
TABLE = content().protocols.facts
CODED = [fact for fact in TABLE.facts if fact.codes]
CODES = [(SYSTEMS[code.system], code.code) for fact in CODED for code in fact.codes]
DRUGS = [
    (SYSTEMS[system], code)
    for medicine in TABLE.medicines
    for system, codes in (("atc", medicine.atc), ("rxnorm", medicine.rxnorm))
    for code in codes
]


def answers_to(fact: Fact) -> st.SearchStrategy[Any]:
    """Any answer that an intake may hold without a second look."""
    if fact.kind is Kind.YES_NO:
        return st.booleans()
    if fact.kind is Kind.CHOICE:
        return st.sampled_from(fact.option_names)
    if fact.kind is Kind.LIST:
        names = st.lists(st.sampled_from(fact.option_names), unique=True, max_size=4).map(tuple)
        return st.builds(Items, names, st.booleans())
    if fact.kind is Kind.DATE:
        return st.integers(0, 30_000).map(lambda days: read_now("2026-11-22").replace(hour=0) - timedelta(days=days))
    return st.integers(*(fact.plausible or fact.possible or (0, 1)))


@st.composite
def intakes(draw: st.DrawFn, names: tuple[str, ...]) -> Intake:
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=len(names)))
    made = {name: Answer(draw(answers_to(TABLE[name])), NOW, "patient") for name in chosen}
    return Intake("somebody", NOW, made)


DATES = st.sampled_from(["2026-11-22", "2026-11-22T09:00:00Z", "2026-11", "2024", "2019-02-03", "1999"])
SUBJECT = {"reference": "Patient/p1"}


def coded(pairs: list[tuple[str, str]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(pairs).map(lambda pair: {"coding": [{"system": pair[0], "code": pair[1]}]})


def status(system: str, known: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(known)).map(lambda code: {"coding": [{"system": TERMINOLOGY + system, "code": code}]})


def made(kind: str, **parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    fixed = {"resourceType": st.just(kind), "subject": st.just(SUBJECT)}
    return st.fixed_dictionaries({**fixed, **parts})


QUANTITIES = st.fixed_dictionaries(
    {"value": st.one_of(st.integers(-5, 200), st.integers(-50, 10).map(lambda tenths: tenths / 10))},
    optional={"unit": st.sampled_from(["mm[Hg]", "cm", "Cel", "{T-score}", "[in_i]"])},
)
RESOURCES = st.one_of(
    made(
        "Condition",
        code=coded(CODES),
        clinicalStatus=status("condition-clinical", CLINICAL),
        verificationStatus=status("condition-ver-status", VERIFICATION),
        onsetDateTime=DATES,
    ),
    made(
        "Observation",
        code=coded(CODES),
        status=st.sampled_from(sorted(OBSERVATION)),
        valueQuantity=QUANTITIES,
        effectiveDateTime=DATES,
    ),
    made(
        "Observation",
        code=coded(CODES),
        status=st.just("final"),
        valueBoolean=st.booleans(),
        effectiveDateTime=DATES,
    ),
    made("MedicationStatement", medicationCodeableConcept=coded(DRUGS), status=st.sampled_from(sorted(STATEMENT))),
    made(
        "MedicationRequest",
        medicationCodeableConcept=coded(DRUGS),
        status=st.sampled_from(sorted(REQUEST)),
        intent=st.sampled_from(sorted(INTENT)),
    ),
    made("Procedure", code=coded(CODES), status=st.sampled_from(sorted(PROCEDURE)), performedDateTime=DATES),
)


def bundle(resources: list[Any]) -> dict[str, Any]:
    entries = [{"resource": {"resourceType": "Patient", "id": "p1"}}, *({"resource": each} for each in resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def fitting(draw_from: list[dict[str, Any]]) -> tuple[Imported, int]:
    """An import of those resources of a list that are not refused, and how many those are."""
    kept = []
    for resource in draw_from:
        try:
            read_bundle(bundle([resource]), protocols=content().protocols, on=NOW)
        except InputError:
            continue
        kept.append(resource)
    return read_bundle(bundle(kept), protocols=content().protocols, on=NOW), len(kept)


def decision(intake: Intake) -> Decision:
    return decide(facts=derive(intake=intake, table=TABLE, on=NOW), protocols=content().protocols)


BASES = {case.name: case.intake for case in content().cases[::5]}
ASKED = (*(fact.name for fact in CODED if fact.kind is not Kind.DATE), "medicines", "sex", "birth_date")


@pytest.mark.hazard("H29")
@RUN
@given(intakes(ASKED))
def test_an_intake_comes_back_as_it_went_out_but_for_good_news(intake: Intake) -> None:
    expected = {name: answer.value for name, answer in intake.answers.items() if codable(TABLE[name], answer, TABLE)}
    resource = intake_bundle(
        intake=intake,
        protocols=content().protocols,
        identifiers=lambda name: name.replace(" ", "-").replace("_", "."),
        zone=UTC,
    )
    text = json.dumps(resource)
    imported = read_bundle(parse_json(text, "it"), protocols=content().protocols, on=NOW).intake
    gates = {gate for name in expected for gate in TABLE.gates(name)}
    found = {name: answer.value for name, answer in imported.answers.items()}
    if "medicines" in expected:
        known = {one.name for one in TABLE.medicines if one.rxnorm or any(not code.endswith("*") for code in one.atc)}
        assert set(found["medicines"].names) == set(expected["medicines"].names) & known
        assert not found["medicines"].complete
    for name in expected.keys() - {"medicines"}:
        assert found[name] == expected[name], name
    if "medicines" not in expected:
        assert found.pop("medicines", Items((), complete=False)) == Items((), complete=False)
    also = {name for name in found.keys() - expected.keys() - gates if not _shares_a_code(name, expected)}
    assert also == set()


def _shares_a_code(name: str, others: dict[str, Any]) -> bool:
    """Some codes mean two facts: a neuromuscular curve is a curve."""
    own = {code.code for code in TABLE[name].codes}
    return any(own & {code.code for code in TABLE[other].codes} for other in others)


@pytest.mark.hazard("H29")
@settings(RUN, max_examples=150)
@given(st.data())
def test_an_import_never_loosens_what_the_intake_knows(data: st.DataObject) -> None:
    """Everything that the import answers is known to the intake beforehand: then the limits can only tighten."""
    imported, used = fitting(data.draw(st.lists(RESOURCES, max_size=6)))
    event(f"resources used: {min(used, 3)}")
    base = data.draw(st.sampled_from(sorted(BASES)))
    known = dict(BASES[base].answers)
    for name in imported.intake.answers:
        known[name] = Answer(data.draw(answers_to(TABLE[name])), NOW, "patient")
    intake = Intake("somebody", NOW, known)
    try:
        before = decision(intake)
        after = decision(merged(intake, imported.intake, facts=TABLE))
    except InputError:
        event("the answers contradict each other, and are refused")
        return
    event("stricter" if after.limits != before.limits else "as strict as before")
    assert at_least_as_strict(after.limits, before.limits)
    assert after.may_treat <= before.may_treat
    assert after.verdict >= before.verdict or not (before.settled and after.settled)


@pytest.mark.hazard("H29")
@settings(RUN, max_examples=200)
@given(st.lists(RESOURCES, max_size=8))
def test_an_import_sets_no_fact_to_its_good_value(resources: list[dict[str, Any]]) -> None:
    imported, _ = fitting(resources)
    for name, answer in imported.intake.answers.items():
        fact = TABLE[name]
        assert fact.kind is not Kind.YES_NO or fact.bad is Bad.NONE or answer.value is (fact.bad is Bad.YES)
        assert not isinstance(answer.value, Items) or not answer.value.complete


@RUN
@given(st.lists(RESOURCES, max_size=8), st.randoms())
def test_the_order_of_entries_does_not_matter(resources: list[dict[str, Any]], chance: Any) -> None:
    one, _ = fitting(resources)
    shuffled = list(resources)
    chance.shuffle(shuffled)
    other, _ = fitting(shuffled)

    def plain(imported: Imported) -> dict[str, Any]:
        found = {name: answer.value for name, answer in imported.intake.answers.items()}
        return {name: set(value.names) if isinstance(value, Items) else value for name, value in found.items()}

    assert plain(one) == plain(other)
    assert one.intake.contradictions == other.intake.contradictions


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["Patient/p1", "final", "active", "2026-01-01", "64859006", "38267-1", SYSTEMS["loinc"], SYSTEMS["snomed"]]
    ),
)
KEYS = st.sampled_from(
    [
        "resourceType",
        "type",
        "entry",
        "resource",
        "id",
        "subject",
        "reference",
        "code",
        "coding",
        "system",
        "display",
        "text",
        "status",
        "clinicalStatus",
        "verificationStatus",
        "valueQuantity",
        "value",
        "unit",
        "valueBoolean",
        "valueCodeableConcept",
        "component",
        "effectiveDateTime",
        "effectivePeriod",
        "start",
        "end",
        "issued",
        "medicationCodeableConcept",
        "medicationReference",
        "contained",
        "birthDate",
        "gender",
        "timestamp",
        "fullUrl",
        "link",
        "relation",
        "modifierExtension",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)
SHAPED = st.builds(
    lambda kind, rest: {**rest, "resourceType": kind, "subject": SUBJECT},
    st.sampled_from(
        ["Condition", "Observation", "MedicationStatement", "MedicationRequest", "Procedure", "Medication"]
    ),
    st.dictionaries(KEYS, ANYTHING, max_size=8),
)


@pytest.mark.hazard("H29")
@settings(RUN, max_examples=200)
@given(
    st.one_of(
        ANYTHING,
        st.lists(SHAPED, max_size=3).map(bundle),
        st.dictionaries(KEYS, ANYTHING).map(lambda rest: {**bundle([]), **rest}),
    )
)
def test_arbitrary_json_is_read_or_refused_in_words(value: Any) -> None:
    imported, fault = _read(value)
    if fault:
        assert fault.where.startswith("any.json: Bundle")
        assert fault.what
        assert fault.remedy
    else:
        assert imported
        assert all(map(str, imported.unplaced))


def _read(value: Any) -> tuple[Imported | None, InputError | None]:
    try:
        return read_bundle(value, protocols=content().protocols, on=NOW, place="any.json"), None
    except InputError as fault:
        return None, fault
