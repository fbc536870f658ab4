"""What another system knows comes in as a FHIR bundle: kept whole, and proposed answer by answer.

Nothing of it counts until a carer confirms it, and then by the core's own rule: an import may add a risk and never
clear one. What would be better news than what is known is put to the carer as a question. Bad news must not wait
unseen: where a proposal would make the plan stricter, the carers are told in the same act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.answer_questions import after_facts, check_agrees, locks_of
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.policies import insist
from clinic.actions.register_patient import search_key
from clinic.records.content import in_force
from clinic.records.facts import answer_of, local
from clinic.records.models import Document, FactEntry, Notice, Patient
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from clinic.records.state import refresh_state
from effleurage.decision.decide import compiled, decide
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake
from effleurage.facts.derive import derive
from effleurage.facts.merge import merged
from effleurage.fhir.desk import Imported
from effleurage.fhir.node import Node
from effleurage.fhir.read_bundle import MAX_BYTES, read_bundle
from effleurage.lib.marked import decode, parse_json
from effleurage.library import Library
from effleurage.session.stored import stored

BUNDLE: Final = "application/fhir+json"
State = FactEntry.State


class Fit(Enum):
    """How a proposed answer lies to what is known. The last two are questions: confirming does not settle them."""

    NEW = "new"
    SAME = "same"
    WORSE = "worse"
    BETTER = "better"
    CLASH = "clash"

    @property
    def asks(self) -> bool:
        return self in (Fit.BETTER, Fit.CLASH)


class NotSure(InputError):
    """It is not certain that a bundle is about this patient; somebody may say so."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a bundle is about, as far as it says so."""

    names: tuple[str, ...]
    born: str


@act("facts.import")
def import_bundle(doing: Doing, *, public: str, title: str, data: bytes, sure: bool = False) -> Document:
    """Keeps a bundle and proposes what it answers. Raises InputError if it is faulty or another person's, NotSure if it
    does not say for certain whose it is and nobody has said so (`sure`).
    """
    patient = patient_for_act(doing, public, "fact.import")
    found = standing(patient, now=doing.now)
    resource = parsed(data, title)
    check_whose(patient, whose(resource), title, sure=sure)
    imported = read(resource, found.library, patient, doing.now, title)
    if Document.objects.filter(patient=patient, kind=Document.Kind.BUNDLE, body=data).exists():
        raise InputError(
            where=title, what=_("This bundle was imported already."), remedy=_("Look at what it proposed.")
        )
    document = Document.objects.create(
        public=doing.token(),
        patient=patient,
        kind=Document.Kind.BUNDLE,
        title=title[:200],
        media_type=BUNDLE,
        body=data,
        by=doing.actor.name,
        at=doing.now,
    )
    answers = proposed_answers(imported, found.library)
    entries = [_propose(doing, patient, name, answer, document) for name, answer in answers.items()]
    if stricter(found, answers):
        for role in (Role.THERAPIST, Role.CLINICAL_LEAD):
            tell(doing, kind=Notice.Kind.IMPORT, to=role, patient=patient, about=document.title[:120])
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"document:{document.public}", sealed=[document, *entries])
    return document


@act("facts.confirm")
def confirm_import(doing: Doing, *, public: str, entries: Iterable[str]) -> Standing | None:
    """Lets the chosen proposals count, each beside what is known. Raises InputError where one would clear a risk."""
    patient = patient_for_act(doing, public, "fact.confirm")
    found = standing(patient, now=doing.now)
    chosen = waiting(found, entries)
    answers = settled(found, chosen)
    check_agrees(found.chart, answers, found.library.protocols.facts, found.on)
    rows = [_settle(doing, patient, entry, answers[entry.name], State.GIVEN) for entry in chosen]
    now = after_facts(doing, patient)
    note(doing, patient=patient, about="import confirmed", sealed=[*rows, *locks_of(now, doing.now)])
    return now


@act("facts.refuse")
def refuse_import(doing: Doing, *, public: str, entries: Iterable[str], why: str = "") -> list[FactEntry]:
    """Lets the chosen proposals not count. They stay on record as refused."""
    patient = patient_for_act(doing, public, "fact.confirm")
    chosen = waiting(standing(patient, now=doing.now), entries)
    rows = [_settle(doing, patient, entry, answer_of(entry), State.REFUSED, why) for entry in chosen]
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about="import refused", why=why, sealed=rows)
    return rows


def parsed(data: bytes, title: str) -> Any:
    """The bundle as JSON values. Raises InputError."""
    if len(data) > MAX_BYTES:
        raise InputError(where=title, what=_("The file is too large."), remedy=_("Export at most 20 MB at a time."))
    return parse_json(decode(data, title), title)


def read(resource: Any, library: Library, patient: Patient, now: datetime, title: str) -> Imported:
    """What a bundle answers as of `now`; for a stored one that is when it came, so that its lists come out the same."""
    zone = ZoneInfo(patient.location.zone)
    return read_bundle(resource, protocols=library.protocols, on=local(now, zone), place=title, zone=zone)


def read_again(document: Document) -> Imported:
    """The lists of a bundle that was imported: what was placed, what was not, what to look at."""
    patient = document.patient
    library = spoken(in_force(patient.clinic_id))
    return read(parsed(bytes(document.body), document.title), library, patient, document.at, document.title)


def whose(resource: Any) -> Whose:
    """Names and birth date of the Patient in a bundle, without accents and capitals."""
    for entry in Node(resource, "Bundle")["entry"]:
        node = entry["resource"]
        if node and node["resourceType"].text == "Patient":
            names = (_name(name) for name in node["name"])
            return Whose(tuple(name for name in names if name), node["birthDate"].text)
    return Whose((), "")


def _name(node: Node) -> str:
    parts = search_key(*(given.text for given in node["given"]), node["family"].text)
    return parts or search_key(node["text"].text)


def check_whose(patient: Patient, found: Whose, title: str, *, sure: bool) -> None:
    """A birth date that differs is refused; a name that differs, or is not told, must be confirmed by somebody."""
    own = patient.birth_date.isoformat()
    if found.born and not own.startswith(found.born):
        raise InputError(
            where=title,
            what=_("This bundle is of another person: the birth date is not the one of this record."),
            remedy=_("Check both. Nothing of it was kept."),
        )
    if sure:
        return
    key = search_key(patient.given, patient.family)
    if found.born == own and any(set(name.split()) == set(key.split()) for name in found.names):
        return
    what = _("The name in this bundle is: %(names)s.") % {"names": ", ".join(found.names)}
    raise NotSure(
        where=title,
        what=what if found.names else _("This bundle does not say for certain whose it is."),
        remedy=_("Import it only if you are sure that it is of %(name)s.") % {"name": patient.name},
    )


def proposed_answers(imported: Imported, library: Library) -> dict[str, Answer]:
    """What is put to the carers. The birth date told whose the bundle is, and is not asked about once more."""
    ages = [fact.derive for fact in library.protocols.facts.facts if fact.derive and fact.derive.how == "age_years"]
    births = {age.of[0] for age in ages}
    return {name: answer for name, answer in imported.intake.answers.items() if name not in births}


def stricter(found: Standing, answers: Mapping[str, Answer]) -> bool:
    """Whether these answers, beside what is known, would make anything stricter; or cannot be true beside it."""
    protocols = found.library.protocols
    both = merged(found.intake, Intake("", found.on, answers), facts=protocols.facts)
    try:
        facts = derive(intake=both, table=protocols.facts, on=found.on)
    except InputError:
        return True
    engine = compiled(protocols)
    before = decide(facts=found.decision.facts, protocols=protocols, engine=engine)
    after = decide(facts=facts, protocols=protocols, engine=engine)
    return bool(after.certain_word & ~before.certain_word)


def fit(found: Standing, name: str, answer: Answer) -> tuple[Fit, Answer | None]:
    """How a proposed answer lies to what is known, and what would then count by the core's rule."""
    known = found.intake.answers.get(name)
    both = merged(found.intake, Intake("", found.on, {name: answer}), facts=found.library.protocols.facts)
    counts = both.answers.get(name)
    if counts is None or set(both.contradictions) - set(found.intake.contradictions):
        return Fit.CLASH, None
    if known is None:
        return Fit.NEW, counts
    if known.value == answer.value:
        return Fit.SAME, counts
    return (Fit.BETTER, None) if counts.value == known.value else (Fit.WORSE, counts)


def settled(found: Standing, chosen: Iterable[FactEntry]) -> dict[str, Answer]:
    """What counts once these are confirmed. Raises InputError naming those that a person must decide otherwise."""
    table = found.library.protocols.facts
    answers: dict[str, Answer] = {}
    for entry in chosen:
        _how, counts = fit(found, entry.name, answer_of(entry)) if entry.name in table else (Fit.CLASH, None)
        earlier = answers.get(entry.name)
        if counts is None or (earlier is not None and earlier.value != counts.value):
            raise InputError(
                where=table[entry.name].called if entry.name in table else entry.name,
                what=_("What is known is not made milder by an import, and of two values none is picked."),
                remedy=_("Refuse it, or correct the fact with a reason on the page of facts."),
            )
        answers[entry.name] = counts
    return answers


def waiting(found: Standing, entries: Iterable[str]) -> list[FactEntry]:
    """The proposals of these names that still wait. Raises InputError if none was chosen or one is settled."""
    wanted = set(entries)
    chosen = [entry for entry in found.chart.proposed if entry.public in wanted]
    insist(_("Imported"), [] if wanted else [_("Nothing was chosen.")], _("Choose what you have checked."))
    gone = [] if len(chosen) == len(wanted) else [_("Somebody has decided about one of these already.")]
    insist(_("Imported"), gone, _("Reload the page."))
    return chosen


def _propose(doing: Doing, patient: Patient, name: str, answer: Answer, document: Document) -> FactEntry:
    return FactEntry.objects.create(
        public=doing.token(),
        patient=patient,
        name=name,
        state=State.PROPOSED,
        value=stored(answer.value),
        on=answer.on.isoformat(),
        origin=answer.origin,
        place=answer.place[-200:],
        note=document.title,
        entered_at=doing.now,
        entered_by=doing.actor.key,
        entered_name=doing.actor.name,
    )


def _settle(doing: Doing, patient: Patient, entry: FactEntry, answer: Answer, state: str, why: str = "") -> FactEntry:
    """The entry that takes the place of a proposal."""
    return FactEntry.objects.create(
        public=doing.token(),
        patient=patient,
        name=entry.name,
        state=state,
        value=stored(answer.value),
        on=answer.on.isoformat(),
        origin=answer.origin,
        place=entry.place,
        note=why,
        entered_at=doing.now,
        entered_by=doing.actor.key,
        entered_name=doing.actor.name,
        supersedes=entry,
    )
