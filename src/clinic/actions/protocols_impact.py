"""Which patients of the clinic a proposed version touches, and bringing the lists up to a version that came in force.

Both go through all patients, which takes longer than a page may; so each step takes a few, and the page asks for the
next. What is worked out for lists is only ever behind, never relied upon: `standing` works live.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import check
from clinic.actions.protocols import proposal_of
from clinic.records.content import NoContent, hash_in_force, library
from clinic.records.facts import Chart, chart_from, local
from clinic.records.models import FactEntry, Override, Patient, PatientState, Proposal
from clinic.records.standing import agreed, every_override, standing_rules
from clinic.records.state import refresh_state
from effleurage.decision.aside import without
from effleurage.decision.decide import Decision, compiled, decide
from effleurage.errors import ForPeople
from effleurage.facts.derive import derive
from effleurage.library import Library

MOST_NAMED: Final = 500
"""Patients that are named; all are counted."""
COUNTS: Final = ("same", "stricter", "looser", "verdict", "unreadable")


@dataclass(frozen=True, slots=True)
class Touch:
    """What a version changes for one patient. `kinds` are of COUNTS; before and after are verdicts."""

    patient: Patient
    kinds: tuple[str, ...]
    before: str
    after: str


def assess(doing: Doing, *, public: str, count: int) -> Proposal:
    """Decides about the next patients under the old and the new version, and adds what was found to the proposal."""
    check(doing.actor, "protocols.approve")
    proposal = proposal_of(doing.actor.clinic_id, public)
    if proposal.impact.get("done"):
        return proposal
    after = int(proposal.impact.get("after", 0))
    patients = list(patients_of(proposal.clinic_id).filter(pk__gt=after).order_by("pk")[:count])
    old, new = library(proposal.base_hash), library(proposal.version.hash)
    touches = list(touched(patients, old, new, doing.now))
    return _keep(doing, public=public, after=after, patients=patients, touches=touches, whole=len(patients) < count)


def patients_of(clinic_id: int) -> QuerySet[Patient]:
    return Patient.objects.filter(clinic=clinic_id, merged_into=None).select_related("location")


@act("protocol.impact")
def _keep(
    doing: Doing, *, public: str, after: int, patients: list[Patient], touches: list[Touch], whole: bool
) -> Proposal:
    proposal = proposal_of(doing.actor.clinic_id, public, lock=True)
    read = f"{patients[0].pk}-{patients[-1].pk}" if patients else "none"
    if int(proposal.impact.get("after", 0)) == after:
        proposal.impact = added(proposal.impact, patients, touches, whole, doing.now)
        proposal.save(update_fields=["impact"])
    note(doing, about=f"proposal:{public}", why=f"patients {read}")
    return proposal


def added(
    impact: Mapping[str, Any], patients: list[Patient], touches: list[Touch], whole: bool, now: datetime
) -> dict[str, Any]:
    """The impact so far with these patients in it."""
    counts = {name: impact.get(name, 0) for name in COUNTS}
    named = list(impact.get("named", ()))
    for touch in touches:
        for kind in touch.kinds:
            counts[kind] += 1
        if touch.kinds != ("same",) and len(named) < MOST_NAMED:
            who = touch.patient
            named.append([who.public, who.location_id, list(touch.kinds), touch.before, touch.after])
    return {
        **counts,
        "named": named,
        "seen": impact.get("seen", 0) + len(patients),
        "after": patients[-1].pk if patients else impact.get("after", 0),
        "done": whole,
        "at": now.isoformat(),
    }


def touched(patients: list[Patient], old: Library, new: Library, now: datetime) -> Iterator[Touch]:
    """Each patient under both versions, in three queries for all of them."""
    charts, aside = charts_of(patients), aside_of(patients)
    both = Both(old, new)
    for patient in patients:
        overrides = agreed(aside.get(patient.pk, ()))
        yield both.touch(patient, charts[patient.pk], overrides, local(now, patient.location.zone))


def aside_of(patients: list[Patient]) -> dict[int, list[Override]]:
    """What was ever set aside for each of them."""
    found: dict[int, list[Override]] = defaultdict(list)
    for each in every_override(*patients):
        found[each.patient_id].append(each)
    return found


def charts_of(patients: list[Patient]) -> dict[int, Chart]:
    """The charts of many patients, with the records folded into each, in two queries."""
    keys = [patient.pk for patient in patients]
    kept = dict(Patient.objects.filter(merged_into__in=keys).values_list("pk", "merged_into_id"))
    entries: dict[int, list[FactEntry]] = defaultdict(list)
    for entry in FactEntry.objects.filter(patient__in=[*keys, *kept]).order_by("pk"):
        entries[kept.get(entry.patient_id, entry.patient_id)].append(entry)
    return {patient.pk: chart_from(patient, entries[patient.pk]) for patient in patients}


class Both:
    """Two versions side by side. Where they know the same facts, answers are read once for both."""

    def __init__(self, old: Library, new: Library) -> None:
        self.old, self.new = old.protocols, new.protocols
        self.engines = compiled(self.old), compiled(self.new)
        self.same_facts = self.old.facts == self.new.facts
        self.same_bits = self.old.layout.bits == self.new.layout.bits

    def touch(self, patient: Patient, chart: Chart, overrides: tuple[Override, ...], on: datetime) -> Touch:
        read = derive(intake=chart.intake(facts=self.old.facts, on=on), table=self.old.facts, on=on)
        plain = decide(facts=read, protocols=self.old, engine=self.engines[0])
        before = without(plain, standing_rules(plain, overrides)) if overrides else plain
        try:
            if not self.same_facts:
                read = derive(intake=chart.intake(facts=self.new.facts, on=on), table=self.new.facts, on=on)
            after = decide(facts=read, protocols=self.new, engine=self.engines[1])
        except (ForPeople, KeyError, ValueError):
            return Touch(patient, ("unreadable",), before.verdict.name.lower(), "")
        kinds = tuple(self._kinds(before, after)) or ("same",)
        return Touch(patient, kinds, before.verdict.name.lower(), after.verdict.name.lower())

    def _kinds(self, before: Decision, after: Decision) -> Iterator[str]:
        """By the limits to obey. Whoever gets more anywhere counts as looser, whatever else became stricter."""
        gone, come = self._lost(before, after)
        if gone:
            yield "looser"
        elif come:
            yield "stricter"
        if before.verdict is not after.verdict:
            yield "verdict"

    def _lost(self, before: Decision, after: Decision) -> tuple[bool, bool]:
        one, other = before.possible_word, after.possible_word
        if self.same_bits:
            return bool(one & ~other), bool(other & ~one)
        old, new = set(self.old.layout.meanings(one)), set(self.new.layout.meanings(other))
        return bool(old - new), bool(new - old)


def behind(clinic_id: int) -> QuerySet[PatientState]:
    """The rows of the lists that were made by another version than the one in force."""
    states = PatientState.objects.filter(clinic=clinic_id, patient__merged_into=None)
    try:
        return states.exclude(content_hash=hash_in_force(clinic_id))
    except NoContent:
        return states.exclude(content_hash="")


@act("protocol.lists")
def refresh_lists(doing: Doing, *, count: int) -> int:
    """Works out the lists for the next patients by the version in force; returns for how many."""
    check(doing.actor, "protocols.publish")
    rows: Iterable[PatientState] = behind(doing.actor.clinic_id or 0).select_related("patient__location")
    patients = [row.patient for row in rows.order_by("patient_id")[:count]]  # type: ignore[attr-defined]
    for patient in patients:
        refresh_state(patient, doing.now)
    note(doing, why=f"patients {patients[0].pk}-{patients[-1].pk}" if patients else "patients none")
    return len(patients)
