"""A known intake as a FHIR R4 Bundle: what has a code. Reading it back gives the same facts, but for good news.

"No" and "never measured" are not written, since an import never clears a risk and would not take them.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.derive import is_stale
from effleurage.facts.kinds import Bad, Code, Fact, FactTable, Kind, Medicine
from effleurage.fhir.codes import medicine_list
from effleurage.fhir.write_resources import (
    PROBLEMS,
    Identify,
    Resource,
    bundle,
    checked,
    code_of,
    concept,
    condition,
    day,
    quantity,
    reference,
    words,
)
from effleurage.protocol.load import Protocols

GENDERS = ("male", "female", "other")


def intake_bundle(*, intake: Intake, protocols: Protocols, identifiers: Identify, zone: tzinfo) -> Resource:
    """Patient, Conditions, Observations and MedicationStatements. `identifiers` gives each its id by a name.

    `zone` is that of the place where the intake was taken, without which its time would mean nothing elsewhere.
    """
    patient = checked(identifiers("patient"))
    subject = reference("Patient", patient)
    entries = [_patient(intake, protocols.facts, patient)]
    for name, answer in intake.answers.items():
        fact = protocols.facts[name]
        if not is_stale(answer, fact, intake.on):
            entries += _resources(fact, answer, protocols.facts, subject, identifiers)
    return bundle(entries, identity=identifiers("bundle"), timestamp=intake.on.replace(tzinfo=zone))


def codable(fact: Fact, answer: Answer, facts: FactTable) -> bool:
    """Whether an answer survives the way out and back: it has a code, and is no good news about a risk."""
    if fact.fhir:
        return isinstance(answer.value, datetime) or answer.value in GENDERS
    if fact == medicine_list(facts):
        return isinstance(answer.value, Items) and any(_code(facts, name) for name in answer.value.names)
    return bool(_resources(fact, answer, facts, {}, _any_id))


def _any_id(name: str) -> str:
    return f"id-{len(name)}"


def _patient(intake: Intake, facts: FactTable, identity: str) -> Resource:
    """Birth date and sex; an intake holds no name."""
    found: Resource = {"resourceType": "Patient", "id": identity}
    for fact in facts.facts:
        answer = intake.answers.get(fact.name)
        if fact.fhir and answer and codable(fact, answer, facts):
            value = answer.value
            found[fact.fhir.removeprefix("Patient.")] = day(value) if isinstance(value, datetime) else value
    return found


def _resources(
    fact: Fact, answer: Answer, facts: FactTable, subject: Resource, identifiers: Identify
) -> list[Resource]:
    if fact == medicine_list(facts) and isinstance(answer.value, Items):
        known = {medicine.name: medicine for medicine in facts.medicines}
        rows = [known[name] for name in answer.value.names if name in known]
        return [_statement(medicine, answer, subject, identifiers(f"medicine {medicine.name}")) for medicine in rows]
    if fact.is_number and isinstance(answer.value, int) and (code := code_of(fact, "loinc")):
        return [_observation(fact, code, answer, subject, identifiers(f"fact {fact.name}"))]
    bad = fact.kind is Kind.YES_NO and isinstance(answer.value, bool) and fact.bad is Bad.YES and answer.value
    if bad and (code := code_of(fact, *PROBLEMS)):
        return [condition(fact, code, identity=identifiers(f"fact {fact.name}"), subject=subject, on=answer.on)]
    return []


def _observation(fact: Fact, code: Code, answer: Answer, subject: Resource, identity: str) -> Resource:
    return {
        "resourceType": "Observation",
        "id": checked(identity),
        "status": "final",
        "code": concept(code, words(fact)),
        "subject": subject,
        "effectiveDateTime": day(answer.on),
        "valueQuantity": quantity(fact, int(answer.value)),  # type: ignore[arg-type]
    }


def _statement(medicine: Medicine, answer: Answer, subject: Resource, identity: str) -> Resource:
    """That a medicine is taken. One without a code is written in words, which a reader lists and does not place."""
    return {
        "resourceType": "MedicationStatement",
        "id": checked(identity),
        "status": "active",
        "medicationCodeableConcept": concept(_single(medicine), medicine.term),
        "subject": subject,
        "dateAsserted": day(answer.on),
    }


def _single(medicine: Medicine) -> Code | None:
    """A code that means just this medicine; a group of ATC is none."""
    single = [Code("atc", code, "C") for code in medicine.atc if not code.endswith("*")]
    return next(iter([*single, *(Code("rxnorm", code, "C") for code in medicine.rxnorm)]), None)


def _code(facts: FactTable, name: str) -> Code | None:
    return next((_single(medicine) for medicine in facts.medicines if medicine.name == name), None)
