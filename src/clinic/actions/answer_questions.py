"""Answers come in: from the patient's phone, from the desk, or as a correction by a carer. One act for all of them.

An answer is stored only if it agrees with what is known; an emergency is told to the clinic in the same transaction,
and a plan that the new facts forbid is locked in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Actor, Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import NotAllowed
from clinic.records.content import in_force
from clinic.records.facts import Chart, chart, local
from clinic.records.models import FactEntry, IntakeRun, Notice, Patient, PlanLock
from clinic.records.standing import Standing
from clinic.records.state import keep_state, stand_and_keep
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.facts.derive import derive
from effleurage.facts.kinds import FactTable
from effleurage.facts.read_intake import check_pairs, lifts
from effleurage.protocol.lattice import Verdict
from effleurage.session.stored import stored

CARERS: Final = ("therapist", "clinician")
SPEAK_AS_CARERS: Final = (Role.THERAPIST, Role.CLINICAL_LEAD)
"""Origins of answers that the clinic itself gives, and the roles that may give them."""


@act("facts.answer")
def answer_questions(
    doing: Doing,
    *,
    public: str,
    answers: Mapping[str, Answer | None],
    right: str = "intake.ask",
    who: str = "",
    void: Collection[str] = (),
    notes: Mapping[str, str] = MappingProxyType({}),
) -> Standing | None:
    """Enters answers by fact; None is "I don't know". Returns where the patient stands now.

    `who` says it, where the answer itself cannot. `void` names what these answers take back, `notes` what was said in
    words beside them. Raises InputError if they contradict what is known; nothing is stored then.
    """
    patient = patient_for_act(doing, public, right)
    facts = in_force(patient.clinic_id).protocols.facts
    check_origins(doing.actor, patient, answers, facts)
    before = chart(patient)
    gone: dict[str, Answer | None] = dict.fromkeys(void)
    check_agrees(before, {**gone, **answers}, facts, local(doing.now, patient.location.zone))
    run = open_run(doing, patient)
    entries = [
        enter(doing, patient, name, answer, before, run=run, who=who, why=notes.get(name, ""))
        for name, answer in answers.items()
    ]
    withdrawn = FactEntry.State.WITHDRAWN
    entries += [enter(doing, patient, name, None, before, run=run, state=withdrawn, who=who) for name in gone]
    found = after_facts(doing, patient, before.followed_by(entries))
    if found is not None and not found.patient_questions:
        finish(doing, run)
        keep_state(found, doing.now)
    note(doing, patient=patient, about=f"intake:{run.public}", sealed=[*entries, *locks_of(found, doing.now)])
    return found


@act("facts.correct")
def correct_fact(doing: Doing, *, public: str, name: str, answer: Answer | None, why: str) -> Standing | None:
    """Puts a later statement in the place of the one that counts; None takes it back. The earlier one stays on
    record.
    """
    patient = patient_for_act(doing, public, "fact.correct")
    facts = in_force(patient.clinic_id).protocols.facts
    check_origins(doing.actor, patient, {name: answer}, facts)
    before = chart(patient)
    check_agrees(before, {name: answer}, facts, local(doing.now, patient.location.zone))
    state = FactEntry.State.GIVEN if answer else FactEntry.State.WITHDRAWN
    entry = enter(doing, patient, name, answer, before, state=state, why=why)
    found = after_facts(doing, patient, before.followed_by([entry]))
    note(doing, patient=patient, about=f"fact:{entry.public}", why=why, sealed=[entry, *locks_of(found, doing.now)])
    return found


def check_origins(actor: Actor, patient: Patient, answers: Mapping[str, Answer | None], facts: FactTable) -> None:
    """Nobody speaks for somebody else: good news counts only from those who may give it, and only carers of the
    patient's place speak as carers. Raises NotAllowed or InputError.
    """
    carer = not actor.at(patient.location_id).isdisjoint(SPEAK_AS_CARERS)
    for name, answer in answers.items():
        if answer is None or name not in facts:
            continue
        if answer.origin in (*CARERS, "import") and carer:
            pass
        elif answer.origin != "patient":
            raise NotAllowed(
                where=facts[name].called,
                what=_("Only a therapist or the clinical lead can answer this for the clinic."),
                remedy=_("Leave it open for them."),
            )
        if answer.origin not in facts[name].who and lifts(answer, facts[name]):
            raise InputError(
                where=facts[name].called,
                what=_("This answer cannot come from here."),
                remedy=_("Leave it open; it is asked of those who can know."),
            )


def check_agrees(before: Chart, answers: Mapping[str, Answer | None], facts: FactTable, on: datetime) -> None:
    """Raises InputError if the answers contradict each other or what is known."""
    for name in answers:
        if name not in facts:
            raise InputError(where=name, what="This is no fact of the protocols in force.", remedy="Reload the page.")
    intake = before.intake(facts=facts, on=on)
    for name, answer in answers.items():
        intake = intake.with_answer(name, answer)
    derive(intake=intake, table=facts, on=on)
    check_pairs(intake.answers, facts)


def open_run(doing: Doing, patient: Patient) -> IntakeRun:
    """The round of questions under way, or a new one."""
    run = IntakeRun.objects.filter(patient=patient, state=IntakeRun.State.OPEN).first()
    return run or IntakeRun.objects.create(public=doing.token(), patient=patient, started_at=doing.now)


def finish(doing: Doing, run: IntakeRun) -> None:
    run.state, run.finished_at = IntakeRun.State.FINISHED, doing.now
    run.save(update_fields=["state", "finished_at"])


def enter(
    doing: Doing,
    patient: Patient,
    name: str,
    answer: Answer | None,
    before: Chart,
    *,
    run: IntakeRun | None = None,
    state: str = "",
    why: str = "",
    who: str = "",
    place: str = "",
) -> FactEntry:
    """One new entry, in the place of the one that counted until now. `who` said it and `place` says where, where there
    is no answer to ask.
    """
    earlier = before.current().get(name)
    return FactEntry.objects.create(
        public=doing.token(),
        patient=patient,
        name=name,
        state=state or (FactEntry.State.GIVEN if answer else FactEntry.State.NOT_KNOWN),
        value=stored(answer.value) if answer else None,
        on=(answer.on if answer else local(doing.now, patient.location.zone)).isoformat(),
        origin=answer.origin if answer else who,
        place=answer.place if answer else place,
        note=why,
        entered_at=doing.now,
        entered_by=doing.actor.key,
        entered_name=doing.actor.name,
        intake=run,
        supersedes=earlier,
    )


def after_facts(doing: Doing, patient: Patient, known: Chart | None = None) -> Standing | None:
    """What every change of facts brings: an emergency is told, a plan that may no longer be used is locked. `known` is
    the chart with the change in it, where the act has it at hand.
    """
    found = stand_and_keep(patient, doing.now, known)
    if found is None:
        return None
    verdict = found.decision.certain.verdict
    if verdict is Verdict.EMERGENCY:
        for role in (Role.FRONT_DESK, Role.CLINICAL_LEAD):
            tell(doing, kind=Notice.Kind.EMERGENCY, to=role, patient=patient)
    elif verdict is Verdict.WITHHOLD:
        tell(doing, kind=Notice.Kind.RED_FLAG, to=Role.CLINICAL_LEAD, patient=patient)
    if verdict >= Verdict.WITHHOLD and found.treatment is not None and found.lock is None:
        kind = PlanLock.Kind.EMERGENCY if verdict is Verdict.EMERGENCY else PlanLock.Kind.NEW_FACT
        lock = PlanLock.objects.create(plan=found.treatment, kind=kind, reason=found.plan.verdict.words, at=doing.now)
        tell(doing, kind=Notice.Kind.LOCKED, to=Role.CLINICAL_LEAD, patient=patient)
        found = replace(found, locks=(*found.locks, lock))
        keep_state(found, doing.now)
    return found


def locks_of(found: Standing | None, now: datetime) -> list[PlanLock]:
    """The lock that this very act has laid, if it has."""
    return [found.lock] if found is not None and found.lock is not None and found.lock.at == now else []
