"""The projection that lists are made of: one row a patient, written by every act that touches the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clinic.records.content import NoContent
from clinic.records.facts import Chart
from clinic.records.models import IntakeRun, Patient, PatientState
from clinic.records.standing import Standing, standing
from effleurage.facts.answers import Answer
from effleurage.facts.kinds import Fact
from effleurage.protocol.lattice import Verdict

DAY_QUESTIONS = 1
"""Answers that are good for one day are asked on the day itself; a list calls an intake old by the others."""


WAITING: Final[ContextVar[set[int] | None]] = ContextVar("patients whose row waits", default=None)


@contextmanager
def rows_at_the_end(now: datetime) -> Iterator[None]:
    """Whoever does many acts in a row, and reads no list meanwhile, works out each row once: as it stands at `now`,
    when the block ends.
    """
    waiting: set[int] = set()
    before = WAITING.set(waiting)
    try:
        yield
    finally:
        WAITING.reset(before)
    for patient in Patient.objects.filter(pk__in=waiting, merged_into=None).select_related("location", "clinic"):
        refresh_state(patient, now)


def _waits(patient: Patient) -> bool:
    waiting = WAITING.get()
    if waiting is not None:
        waiting.add(patient.pk)
    return waiting is not None


def refresh_state(patient: Patient, now: datetime) -> None:
    """Works the row out anew."""
    if not _waits(patient):
        stand_and_keep(patient, now)


def stand_and_keep(patient: Patient, now: datetime, known: Chart | None = None) -> Standing | None:
    """The same, for whoever needs what the row is made from; None where no protocol is in force. `known` is the chart,
    where the act under way has read it and holds the patient.
    """
    try:
        found = standing(patient, now=now, known=known)
    except NoContent:
        PatientState.objects.filter(patient=patient).update(may_treat=False, verdict="", content_hash="", at=now)
        return None
    keep_state(found, now)
    return found


def keep_state(found: Standing, now: datetime) -> None:
    """Writes the row from what was worked out just now, after something that no decision reads has changed."""
    if _waits(found.patient):
        return
    row = columns(found, now)
    if not PatientState.objects.filter(patient=found.patient).update(**row):
        PatientState.objects.update_or_create(patient=found.patient, defaults=row)  # somebody may be first


def columns(found: Standing, now: datetime) -> dict[str, object]:
    decision = found.decision
    return {
        "clinic_id": found.patient.clinic_id,
        "location_id": found.patient.location_id,
        "verdict": found.plan.verdict.name.lower(),
        "may_treat": found.plan.may_treat and found.lock is None and not found.leaning,
        "emergency": decision.certain.verdict is Verdict.EMERGENCY,
        "questions": len(found.questions),
        "patient_questions": len(found.patient_questions),
        "to_confirm": len(found.chart.proposed),
        "warning_rules": warning_rules(found),
        "consents": sorted(term.name for term in found.consents_needed),
        "intake": _intake(found.patient),
        "plan": found.plan_state.value,
        "fresh_until": _fresh_until(found),
        "content_hash": found.library.protocols.hash,
        "at": now,
    }


def warning_rules(found: Standing) -> list[str]:
    """The two rules that most limit a patient, the stricter first."""
    return [rule.id for rule in sorted(found.decision.telling, key=lambda rule: -rule.limit.verdict)[:2]]


def _intake(patient: Patient) -> str:
    last = IntakeRun.objects.filter(patient=patient).order_by("-pk").values_list("state", flat=True).first()
    return last or "none"


def _fresh_until(found: Standing) -> datetime | None:
    """The first moment at which an answer is too old to count, whoever gave it: a plan may lean on any of them."""
    table = found.library.protocols.facts
    zone = ZoneInfo(found.patient.location.zone)
    ends = [end for name, answer in found.intake.answers.items() if (end := _end(answer, table[name])) is not None]
    return min(ends).replace(tzinfo=zone) if ends else None


def _end(answer: Answer, fact: Fact) -> datetime | None:
    if fact.stale_days is None or fact.stale_days <= DAY_QUESTIONS:
        return None
    return answer.on + timedelta(days=fact.stale_days)
