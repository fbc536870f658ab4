"""Where a patient stands at a moment: the facts, the decision, what was set aside, the plan, and whether it counts.

Worked out anew each time from what is stored; nothing here is kept, so nothing here can be stale. The clinical part is
the core's (`decide`, `plan`, `without`); this module only hands it the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery, prefetch_related_objects

from clinic.records import content
from clinic.records.consents import given_consents
from clinic.records.facts import Chart, chart, local, one_person
from clinic.records.models import Consent, Merge, Override, OverrideStep, Patient, PlanLock, TreatmentPlan
from clinic.records.reactions import locking
from effleurage.decision.aside import footing, without
from effleurage.decision.ask import Question, questions
from effleurage.decision.decide import Decision, compiled, decide
from effleurage.facts.answers import NEVER, Answer, Intake
from effleurage.facts.derive import derive, is_stale
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, locked, plan
from effleurage.protocol.vocabulary import Term
from effleurage.render.plan_json import plan_object
from effleurage.session.stored import stored

WORDS = ("certain_word", "possible_word", "holds_word", "undecided_word")


class PlanState(Enum):
    """How far a patient's plan has come, and whether it may be used."""

    NONE = "none"
    CHOSEN = "chosen"
    SIGNED = "signed"
    OUTDATED = "outdated"
    LOCKED = "locked"


@dataclass(frozen=True, eq=False)
class Standing:
    """One patient at one moment, `on` the clock of the place."""

    patient: Patient
    on: datetime
    chart: Chart
    intake: Intake
    library: Library
    every_override: tuple[Override, ...]
    overrides: tuple[Override, ...]
    treatment: TreatmentPlan | None
    locks: tuple[PlanLock, ...]
    plan: Plan

    @property
    def decision(self) -> Decision:
        return self.plan.decision

    @cached_property
    def counting(self) -> tuple[Override, ...]:
        """The overrides that count now: agreed where two are needed, on the same content and the same facts."""
        return tuple(each for each in self.overrides if each.rule in self.decision.aside)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return self.plan.questions

    def questions_for(self, who: str) -> tuple[Question, ...]:
        """What this person may still answer, without what was answered "I don't know"."""
        return questions(self.decision, wanted=self.plan.hanging, skip=self.skipped, who=who)

    @cached_property
    def patient_questions(self) -> tuple[Question, ...]:
        return self.questions_for("patient")

    @cached_property
    def skipped(self) -> frozenset[str]:
        """What was left open not too long ago: as an answer grows stale, "I don't know" does, and is asked again."""
        table, current = self.library.protocols.facts, self.chart.current()
        said = {
            name: Answer(NEVER, datetime.fromisoformat(current[name].on), "")
            for name in self.chart.not_known
            if name in table
        }
        return frozenset(name for name, answer in said.items() if not is_stale(answer, table[name], self.on))

    @cached_property
    def refreshed(self) -> Plan:
        """The plan if everything that was ever said still held today: tells a new fact from an old answer."""
        answers = {name: replace(answer, on=self.on) for name, answer in self.intake.answers.items()}
        intake = replace(self.intake, answers=answers)
        return planned(intake, self.library, self.on, self.overrides)

    @cached_property
    def anew(self) -> Standing:
        """The same with that plan: what has to be asked anew is asked at the table."""
        return replace(self, plan=self.refreshed)

    @cached_property
    def given(self) -> dict[str, Consent]:
        """By kind, the consents that count."""
        return given_consents(self.patient)

    @property
    def signed(self) -> bool:
        return self.treatment is not None and hasattr(self.treatment, "signature")

    @cached_property
    def lock(self) -> PlanLock | None:
        """The lock that still holds: each release opens all that came before it."""
        last = self.locks[-1] if self.locks else None
        return last if last and not last.released else None

    @cached_property
    def outdated(self) -> tuple[str, ...]:
        """Why the plan no longer fits: "content", "stricter" or "steps". Empty where it does."""
        if self.treatment is None:
            return ()
        if self.treatment.content_hash != self.library.protocols.hash:
            return ("content",)
        before = int(self.treatment.decision.words["certain_word"], 16)
        reasons = ("stricter",) if self.refreshed.decision.certain_word & ~before else ()
        now = next((each for each in self.refreshed.regimens if each.regimen.id == self.treatment.regimen), None)
        same = now is not None and regimen_object(now) == self.chosen
        return reasons if same or reasons else ("steps",)

    @cached_property
    def leaning(self) -> bool:
        """Whether the chosen regimen leans on answers that no longer count: decided today, it would come out
        differently, though not if all that was ever said still held.
        """
        if self.treatment is None or self.outdated:
            return False
        today = next((each for each in self.plan.regimens if each.regimen.id == self.treatment.regimen), None)
        return today is None or regimen_object(today) != self.chosen

    @cached_property
    def touched(self) -> frozenset[str]:
        """The regions that the chosen regimen works on, as it was chosen."""
        return frozenset(touch[0] for step in self.chosen.get("steps", ()) for touch in step["touches"])

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """The chosen regimen as the plan's document has it; empty where none was chosen."""
        found: dict[str, Any] = json.loads(self.treatment.document)["chosen"] if self.treatment else {}
        return found

    @cached_property
    def consents_needed(self) -> tuple[Term, ...]:
        """The consents of patient and guardian that the limits ask for; one about parts of the body only if the plan
        touches them. Those that a doctor gives are facts of their own, which the rules read.
        """
        words = self.library.protocols.vocabulary
        bases = {words.region(name).base for name in self.touched}
        return tuple(
            term
            for term in words.consents
            if term.name in self.decision.limits.consents
            and term.get("from") != "clinician"
            and (not term.get("regions") or not bases.isdisjoint(term.get("regions").split(",")))
        )

    @property
    def plan_state(self) -> PlanState:
        if self.treatment is None:
            return PlanState.NONE
        if self.lock:
            return PlanState.LOCKED
        if self.outdated:
            return PlanState.OUTDATED
        return PlanState.SIGNED if self.signed else PlanState.CHOSEN


def standing(
    patient: Patient, *, now: datetime, library: Library | None = None, known: Chart | None = None
) -> Standing:
    """Where a patient stands at an instant. Raises NoContent where no protocol is in force.

    Queries: facts, unless the chart is `known`; content, overrides, plan; locks where there are any.
    """
    lib = library or content.in_force(patient.clinic_id)
    on = local(now, patient.location.zone)
    found = known or chart(patient)
    every = tuple(every_override(patient))
    overrides = agreed(every)
    treatment = (
        TreatmentPlan.objects.filter(patient=patient)
        .select_related("decision", "signature", "chosen_by")
        .annotate(
            ever_locked=Exists(PlanLock.objects.filter(plan__patient=OuterRef("patient"))),
            with_parts=Exists(Patient.objects.filter(merged_into=OuterRef("patient"))),
        )
        .order_by("-pk")
        .first()
    )
    locks = locks_on(treatment, patient) if treatment and (treatment.ever_locked or treatment.with_parts) else ()
    intake = canonical(found.intake(facts=lib.protocols.facts, on=on))
    made = planned(intake, lib, on, overrides)
    reaction = locking(patient, locks, lib.protocols.vocabulary)
    if reaction is not None:
        made = locked(made, reaction)
    return Standing(patient, on, found, intake, lib, every, overrides, treatment, locks, made)


def locks_on(treatment: TreatmentPlan, patient: Patient) -> tuple[PlanLock, ...]:
    """What locks the latest plan of a patient, the oldest first. A lock is about the patient and outlives a new choice;
    only one for a withdrawn protocol is about the plan that was made by it. What holds a record that was folded in, or
    is laid on it later, holds the person from the day on which the two became one.
    """
    merges = Merge.objects.filter(kept=patient, folded=OuterRef("plan__patient"), undone=False).order_by("-pk")
    rows = PlanLock.objects.filter(plan__patient__in=one_person(patient)).order_by("pk").select_related("plan")
    found = list(rows.annotate(united=Subquery(merges.values("at")[:1])))
    own = [each for each in found if each.plan.patient_id == patient.pk]
    counts = [each for each in own if each.kind != PlanLock.Kind.WITHDRAWN or each.plan_id == treatment.pk]
    for lock in (each for each in found if each not in own and _holds_its_record(each, found)):
        later = (place for place, each in enumerate(counts) if _from(each) > _from(lock))
        counts.insert(next(later, len(counts)), lock)
    return tuple(counts)


def _holds_its_record(lock: PlanLock, every: Sequence[PlanLock]) -> bool:
    """Whether a lock on a folded record still held it, beside the one that the merge itself laid."""
    later = (each for each in every if each.plan.patient_id == lock.plan.patient_id and each.pk > lock.pk)
    ends = lock.released or any(each.released for each in later)
    of_merge = lock.kind == PlanLock.Kind.CLINICIAN and lock.at == _united(lock)
    return not ends and not of_merge and lock.kind != PlanLock.Kind.WITHDRAWN


def _united(lock: PlanLock) -> datetime | None:
    found: datetime | None = lock.united  # type: ignore[attr-defined] # annotated in `locks_on`
    return found


def _from(lock: PlanLock) -> datetime:
    """Since when a lock is about this patient."""
    return max(lock.at, _united(lock) or lock.at)


def canonical(intake: Intake) -> Intake:
    """The same answers in the order of their names and without the place they came from: as a stored decision
    has them.
    """
    answers = {name: replace(answer, place="") for name, answer in sorted(intake.answers.items())}
    return replace(intake, answers=answers)


def planned(intake: Intake, library: Library, on: datetime, overrides: tuple[Override, ...] = ()) -> Plan:
    """The core's path for these answers, with the rules set aside whose override still stands on the same footing."""
    facts = derive(intake=intake, table=library.protocols.facts, on=on)
    decision = decide(facts=facts, protocols=library.protocols, engine=compiled(library.protocols))
    return plan(decision=without(decision, standing_rules(decision, overrides)), regimens=library.regimens)


def standing_rules(decision: Decision, overrides: tuple[Override, ...]) -> tuple[str, ...]:
    """The rules set aside by overrides that still fit: same content, rule still holding, same facts under it."""
    rules = {rule.id for rule in decision.holding}
    return tuple(sorted(each.rule for each in overrides if each.rule in rules and stands_on(each, decision)))


def stands_on(override: Override, decision: Decision) -> bool:
    """Whether content and facts under a rule are what they were when it was set aside."""
    same = override.content_hash == decision.protocols.hash
    return same and override.footing == footing_hash(decision, override.rule)


def footing_hash(decision: Decision, rule: str) -> str:
    """What a rule stands on for this patient, as a hash."""
    text = footing(decision.protocols.by_id[rule], decision.facts)
    return hashlib.sha256(text.encode()).hexdigest()


def every_override(*patients: Patient) -> QuerySet[Override]:
    """All rules that were ever set aside for these patients, with what became of each."""
    steps = OverrideStep.objects.filter(override=OuterRef("pk"))
    return (
        Override.objects.filter(patient__in=patients)
        .select_related("by")
        .annotate(
            was_agreed=Exists(steps.filter(kind=OverrideStep.Kind.AGREED)),
            was_withdrawn=Exists(steps.filter(kind=OverrideStep.Kind.WITHDRAWN)),
        )
        .order_by("pk")
    )


def with_steps(overrides: Sequence[Override]) -> Sequence[Override]:
    """The same, with who agreed and who took back, for a page that tells it."""
    prefetch_related_objects(overrides, Prefetch("steps", OverrideStep.objects.select_related("by").order_by("pk")))
    return overrides


def agreed(overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Of each rule the last one, if nobody took it back and, where a hard stop is meant, a second person
    agreed to it. Takes what `every_override` finds.
    """
    last = {each.rule: each for each in overrides}
    return tuple(each for each in last.values() if _is_agreed(each))


def _is_agreed(override: Override) -> bool:
    return not override.was_withdrawn and (not override.hard or override.was_agreed)  # type: ignore[attr-defined]


def answers_text(intake: Intake) -> str:
    """The answers of an intake as canonical JSON: what a stored decision is read from again."""
    return json.dumps(answers_object(intake), sort_keys=True)


def answers_object(intake: Intake) -> dict[str, Any]:
    """The same as plain values: what a tablet decides from."""
    rows = {
        name: {"value": stored(answer.value), "on": answer.on.isoformat(), "origin": answer.origin}
        for name, answer in intake.answers.items()
    }
    return {"answers": rows, "contradictions": dict(intake.contradictions)}


def words_of(decision: Decision) -> dict[str, str]:
    """The engine's words in hexadecimal, since they are longer than a database's whole numbers."""
    return {name: f"{getattr(decision, name):x}" for name in WORDS}


def regimen_object(planned: PlannedRegimen) -> dict[str, Any]:
    """What would be done: the steps with their touches, minutes and course. Plain values, the same for the
    same plan.
    """
    course = planned.course
    return {
        "regimen": planned.regimen.id,
        "steps": [
            {
                "id": step.id,
                "position": step.position,
                "share": step.share,
                "props": list(step.props),
                "touches": [[touch.region, touch.technique, list(touch.pressure)] for touch in step.touches],
            }
            for step in planned.steps
        ],
        "minutes": list(planned.minutes),
        "course": [course.sessions, course.spacing_days, course.pause_days, course.courses_per_year],
    }


def document(made: Plan, library: Library, intake: Intake, regimen: str) -> str:
    """A plan and the regimen chosen from it as canonical JSON; the same facts and content give the same text."""
    chosen = next(each for each in made.regimens if each.regimen.id == regimen)
    whole = plan_object(plan=made, library=library, intake=intake)
    return json.dumps({"plan": whole, "chosen": regimen_object(chosen)}, sort_keys=True, ensure_ascii=False)
