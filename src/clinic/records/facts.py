"""Between stored entries and the core's answers. What is stored is canonical: the same answer is the same text.

The current answer to a question is the last entry about it that was given, told not to be known, or taken back; what
an import proposes does not count until somebody confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from clinic.records.models import FactEntry, Merge, Patient
from effleurage.facts.answers import NEVER, Answer, Given, Intake, Items
from effleurage.facts.kinds import FactTable
from effleurage.facts.merge import merged
from effleurage.session.stored import given

State = FactEntry.State
COUNTING = (State.GIVEN, State.NOT_KNOWN, State.WITHDRAWN)


def local(now: datetime, zone: str | tzinfo) -> datetime:
    """The clock on the wall of a place, as the core wants it: without a zone."""
    return now.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).replace(tzinfo=None, microsecond=0)


def _unfinished(value: Any) -> bool:
    return isinstance(value, dict) and "items" in value and not (value["complete"] or value["excerpt"])


def answer_of(entry: FactEntry) -> Answer:
    return Answer(
        given(entry.value, f"the answer to {entry.name}"), datetime.fromisoformat(entry.on), entry.origin, entry.place
    )


@dataclass(frozen=True, slots=True)
class Chart:
    """All entries of one patient (and of the records folded into theirs), and what of them counts. `united` says since
    when a folded record is one with this one.
    """

    patient: Patient
    entries: tuple[FactEntry, ...]
    parts: tuple[int, ...]
    united: Mapping[int, datetime] = field(default_factory=dict)

    def followed_by(self, entries: Iterable[FactEntry]) -> Chart:
        """The same after these were entered in the patient's own record."""
        return replace(self, entries=(*self.entries, *entries))

    def current(self, patient_id: int | None = None) -> Mapping[str, FactEntry]:
        """The entry that counts for each fact, of one part of the chart."""
        wanted = self.patient.pk if patient_id is None else patient_id
        found = {e.name: e for e in self.entries if e.patient_id == wanted and e.state in COUNTING}
        return {name: entry for name, entry in found.items() if entry.state != State.WITHDRAWN}

    @property
    def proposed(self) -> tuple[FactEntry, ...]:
        """What an import said and nobody has confirmed or refused yet."""
        settled = {entry.supersedes_id for entry in self.entries}
        return tuple(e for e in self.entries if e.state == State.PROPOSED and e.pk not in settled)

    @property
    def not_known(self) -> frozenset[str]:
        """What was answered "I don't know" last, and lists to which more may belong: the answer stays open, and the
        same round does not ask it twice.
        """
        return frozenset(
            name for name, entry in self.current().items() if entry.state == State.NOT_KNOWN or _unfinished(entry.value)
        )

    def intake(self, *, facts: FactTable, on: datetime) -> Intake:
        """What the core reads. Of two records that are one person the worse news of both counts, until that one person
        is asked again.
        """
        own = self._intake(self.patient.pk, on, facts)
        for part in self.parts:
            found = self._intake(part, on, facts)
            asked = self._given_since(self.united.get(part))
            rest = {name: answer for name, answer in found.answers.items() if name not in asked}
            own = reopened(merged(own, replace(found, answers=rest), facts=facts), facts)
        return own

    def _given_since(self, moment: datetime | None) -> frozenset[str]:
        given = ((name, e) for name, e in self.current().items() if e.state == State.GIVEN)
        return frozenset(name for name, e in given if moment is not None and e.entered_at > moment)

    def _intake(self, patient_id: int, on: datetime, facts: FactTable) -> Intake:
        entries = self.current(patient_id)
        answers = {
            name: answer_of(entry)
            for name, entry in sorted(entries.items())
            if entry.state == State.GIVEN and name in facts
        }
        return Intake(label="", on=on, answers=answers)


def reopened(intake: Intake, facts: FactTable) -> Intake:
    """Where one record denies what the other has a value for ("never measured", and a measurement), the denial counts
    no more until it is asked again: so both are open, and neither hides the other.
    """
    denied = {
        gate: name
        for name, answer in intake.answers.items()
        for gate in facts.gates(name)
        if gate in intake.answers and intake.answers[gate].value is False and _says_something(answer.value)
    }
    told = {
        gate: f"{facts[gate].label}: one record says no, the other has a value for {facts[name].label}. Ask again."
        for gate, name in denied.items()
    }
    answers = {name: answer for name, answer in intake.answers.items() if name not in denied}
    return replace(intake, answers=answers, contradictions={**intake.contradictions, **told})


def _says_something(value: Given) -> bool:
    return bool(value.names) if isinstance(value, Items) else value is not NEVER and value is not False


def one_person(patient: Patient) -> models.QuerySet[Patient, Any]:
    """The keys of a patient's record and of those folded into it, to be asked for inside another query.

    By their keys: asked as one condition across both tables, a database reads the rows of everybody.
    """
    return Patient.objects.filter(models.Q(pk=patient.pk) | models.Q(merged_into=patient)).values("pk")


def chart(patient: Patient) -> Chart:
    """Everything that was said about a patient, in one query; each entry tells since when its record is one with the
    patient's.
    """
    merges = Merge.objects.filter(kept=patient, folded=models.OuterRef("patient"), undone=False).order_by("-pk")
    entries = FactEntry.objects.filter(patient__in=one_person(patient)).order_by("pk")
    found = chart_from(patient, entries.annotate(united=models.Subquery(merges.values("at")[:1])))
    since = {entry.patient_id: entry.united for entry in found.entries}  # type: ignore[attr-defined]
    return replace(found, united={part: since[part] for part in found.parts if since[part] is not None})


def chart_from(patient: Patient, entries: Iterable[FactEntry]) -> Chart:
    found = tuple(entries)
    return Chart(patient, found, tuple(sorted({entry.patient_id for entry in found} - {patient.pk})))
