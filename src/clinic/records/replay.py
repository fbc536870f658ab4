"""Replay: every plan ever issued is worked out again from stored facts and stored content, and compared byte
by byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clinic.records.content import library
from clinic.records.models import DecisionRecord, TreatmentPlan
from clinic.records.standing import document, words_of
from effleurage.decision.aside import without
from effleurage.decision.decide import decide
from effleurage.facts.answers import Answer, Intake
from effleurage.facts.derive import derive
from effleurage.library import Library
from effleurage.plan.plan import Plan, plan
from effleurage.session.stored import given


@dataclass(frozen=True, slots=True)
class Differs:
    """A plan or decision that does not come out as it was stored."""

    what: str
    key: int


def intake_of(record: DecisionRecord) -> Intake:
    """The answers that a stored decision was read from."""
    stored = json.loads(record.answers)
    answers = {
        name: Answer(given(row["value"], f"the answer to {name}"), datetime.fromisoformat(row["on"]), row["origin"])
        for name, row in stored["answers"].items()
    }
    return Intake(
        label="", on=datetime.fromisoformat(record.on), answers=answers, contradictions=stored["contradictions"]
    )


def plan_again(record: DecisionRecord, spoken: Library | None = None) -> tuple[Plan, Intake, Library]:
    """The plan of a stored decision, from its facts and its content; `spoken` is that content in another language."""
    lib, intake = spoken or library(record.content_hash), intake_of(record)
    facts = derive(intake=intake, table=lib.protocols.facts, on=intake.on)
    decision = without(decide(facts=facts, protocols=lib.protocols), record.aside)
    return plan(decision=decision, regimens=lib.regimens), intake, lib


def document_again(made: TreatmentPlan) -> str:
    """A plan's document, worked out anew."""
    again, intake, lib = plan_again(made.decision)
    return document(again, lib, intake, made.regimen)


def replay() -> Iterator[Differs]:
    """Every stored decision and plan that does not come out the same."""
    for record in DecisionRecord.objects.order_by("pk").iterator():
        if words_of(plan_again(record)[0].decision) != record.words:
            yield Differs("decision", record.pk)
    for made in TreatmentPlan.objects.select_related("decision").order_by("pk").iterator():
        if document_again(made) != made.document:
            yield Differs("plan", made.pk)
