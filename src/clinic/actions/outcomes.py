"""Answering a questionnaire, by a private link, on the tablet or from paper; and looking at the clinic's results.

The answers are kept exactly as they were given, beside the score that the content in force makes of them. A slip is
corrected by a new row, which takes the place of the old one; the old one stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.actions.frame import Actor, Doing, act, note
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import can, check, not_found
from clinic.actions.policies import insist
from clinic.records.content import in_force
from clinic.records.facts import local, one_person
from clinic.records.models import Patient, ScoreEntry
from clinic.records.outcome_courses import History, at_of, counting, history
from clinic.records.outcomes import for_patient, instrument_of, score_of, stored_score
from effleurage.library import Library

Via = ScoreEntry.Via


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was filled in: by item the answer as it was given, None for "I would rather not say".

    `on` is when, by the clock of the place: of a sheet of paper, else it is now. `corrects` is the public name of the
    row whose place this one takes.
    """

    instrument: str
    answers: Mapping[str, str | None]
    via: str
    on: datetime | None = None
    corrects: str = ""


@act("outcome.answer")
def answer_instrument(doing: Doing, *, public: str, sheet: Sheet) -> ScoreEntry:
    """Keeps the sheet with its score. Raises InputError for answers that the instrument does not know."""
    patient = patient_for_act(doing, public, _right(doing.actor))
    library = in_force(patient.clinic_id)
    instrument = instrument_of(library, sheet.instrument)
    if instrument is None:
        raise not_found()
    old = entry_to_correct(doing, patient, sheet.corrects) if sheet.corrects else None
    here = local(doing.now, patient.location.zone)
    on = sheet.on or (at_of(old) if old else here)
    found = history(patient)
    reasons = [*why_not_answer(doing.actor, sheet, found, library, here), *why_not_here(sheet, found, old, on, here)]
    insist(instrument.title, reasons, _("Look at the page again."))
    answers = {item.id: sheet.answers.get(item.id) for item in instrument.items}
    score = score_of(instrument=instrument, answers=sheet.answers)
    made = ScoreEntry.objects.create(
        public=doing.token(),
        patient=patient,
        plan_id=old.plan_id if old else found.course.plan.pk if found.course else None,
        instrument=instrument.name,
        content_hash=library.protocols.hash,
        answers=answers,
        score=stored_score(score.value),
        on=on.isoformat(),
        via=old.via if old else sheet.via,
        entered_at=doing.now,
        entered_by=doing.actor.key,
        entered_name=doing.actor.name,
        supersedes=old,
    )
    note(doing, patient=patient, about=f"score:{made.public}", sealed=[made])
    return made


def _right(actor: Actor) -> str:
    return "outcome.enter" if actor.patient_id is None else "outcome.answer"


def why_not_answer(actor: Actor, sheet: Sheet, found: History, library: Library, here: datetime) -> list[str]:
    """Who speaks for themselves answers what is due, once; who enters for others says by which way it came."""
    if actor.patient_id is None:
        return [] if sheet.via in (Via.TABLET, Via.PAPER) else [_("Say whether it was filled in on paper.")]
    if sheet.via != Via.LINK or sheet.corrects or sheet.on:
        return [_("A private link answers what is due now.")]
    names = {each.name for each in for_patient(found.to_answer(here), library)}
    return [] if sheet.instrument in names else [_("This questionnaire is not due, or is answered.")]


def why_not_here(sheet: Sheet, found: History, old: ScoreEntry | None, on: datetime, here: datetime) -> list[str]:
    """A sheet has a moment of its own, which is past."""
    if old is not None and old.instrument != sheet.instrument:
        return [_("That is another questionnaire.")]
    if on > here:
        return [_("This moment lies in the future.")]
    others = (each for each in found.entries if old is None or each.pk != old.pk)
    if any(each.instrument == sheet.instrument and at_of(each) == on for each in others):
        return [_("There is a sheet of this moment already: correct that one.")]
    return []


def entry_of(patient: Patient, public: str) -> ScoreEntry:
    """A score of this patient that nobody has corrected yet."""
    found = counting(one_person(patient)).filter(public=public).first()
    if found is None:
        raise not_found()
    return found


def entry_to_correct(doing: Doing, patient: Patient, public: str) -> ScoreEntry:
    """The same for who may read the scores, and for who has entered this one and so knows it: a slip of the pen is seen
    first by who made it. Raises NotFound for everybody else.
    """
    found = entry_of(patient, public)
    if found.entered_by != doing.actor.key and not can(doing.actor, "outcome.read", patient, now=doing.now):
        raise not_found()
    return found


@act("results.read")
def read_results(doing: Doing, *, about: str) -> None:
    """What became of the clinic's courses was looked at."""
    check(doing.actor, "results.read")
    note(doing, about=about, wrote=False)
