"""Consents: who agreed to which words, and that they no longer do. A withdrawal holds from the moment it is told.

What can be agreed to, and by whom, stands in the content (`from` patient, guardian or clinician). The words are the
clinic's own, versioned; until it writes some, they are those of the content. A guardian's consent is also a fact that
the rules read: the act that records the one enters the other, so that there are not two truths. What a doctor agrees
to comes in as a letter (`documents.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.answer_questions import after_facts, enter, locks_of
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import check, not_found
from clinic.actions.policies import insist
from clinic.records.consents import WHOLE, given_consents, left_alone
from clinic.records.content import NoContent, in_force
from clinic.records.facts import local, one_person
from clinic.records.models import Consent, ConsentText, FactEntry, Guardian, Notice, Patient, PlanLock, Sealed
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from clinic.records.state import refresh_state
from effleurage.decision.decide import decide
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.facts.kinds import FactTable, Kind
from effleurage.library import Library

IN_WRITING: Final = "guardian_consent"
"""The consent that the content wants written: said aloud, it is none."""
LEAST_WORDS: Final = 20
WAYS: Final = ("link", "paper", "spoken", "letter")
"""How a consent came in: on the person's own phone, on paper, spoken at the desk, by a doctor's letter."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one consent in one language; `row` is the version that stands for them, if it was made already."""

    kind: str
    language: str
    text: str
    row: ConsentText | None

    @property
    def mark(self) -> str:
        """What a page hands back, so that nobody agrees to other words than they read."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something and how: `guardian` is the public name of who speaks for the patient, "" the patient."""

    how: str
    guardian: str = ""
    mark: str = ""
    language: str = ""
    regions: tuple[str, ...] = ()


def wordings(clinic_id: int, library: Library) -> dict[str, Wording]:
    """The words of every consent in the language of `library`: the clinic's latest, else the content's own."""
    language = library.protocols.language.code
    rows = ConsentText.objects.filter(clinic=clinic_id, language=language).order_by("version")
    last = {row.kind: row for row in rows}
    return {
        term.name: _wording(term.name, language, f"{term.term}. {term.means}", last.get(term.name))
        for term in library.protocols.vocabulary.consents
    }


def _wording(kind: str, language: str, plain: str, row: ConsentText | None) -> Wording:
    """A version that somebody published counts; one made from the content counts while the content says the same."""
    if row is not None and (row.by_id is not None or row.text == plain):
        return Wording(kind, language, row.text, row)
    return Wording(kind, language, plain, None)


@act("consent.publish_text")
def publish_consent_text(doing: Doing, *, kind: str, language: str, text: str) -> ConsentText:
    """A new version of the words. Earlier versions stay, with everybody who agreed to them."""
    check(doing.actor, "consent.publish")
    clinic_id = doing.actor.clinic_id or 0
    library = spoken(in_force(clinic_id), language)
    words = wordings(clinic_id, library).get(kind)
    if words is None or library.protocols.language.code != language:
        raise not_found()
    insist(_("Words of the consent"), why_not_publish(text, words.text), _("Write what somebody agrees to, in full."))
    row = ConsentText.objects.create(
        clinic_id=clinic_id,
        kind=kind,
        language=language,
        version=_next(clinic_id, kind, language),
        text=text.strip(),
        by_id=doing.actor.account,
        at=doing.now,
    )
    note(doing, about=f"consent:{kind}:{language}:{row.version}", sealed=[row])
    return row


def why_not_publish(text: str, current: str) -> list[str]:
    if len(text.strip()) < LEAST_WORDS:
        return [_("The words are too short to be understood.")]
    return [_("These are the words that hold already.")] if text.strip() == current else []


def _next(clinic_id: int, kind: str, language: str) -> int:
    rows = ConsentText.objects.filter(clinic=clinic_id, kind=kind, language=language)
    return (rows.order_by("-version").values_list("version", flat=True).first() or 0) + 1


@act("consent.give")
def give_consent(doing: Doing, *, public: str, kind: str, said: Said) -> Consent:
    """Records that somebody agrees to the words they read. Raises InputError with every reason why it cannot count."""
    patient = patient_for_act(doing, public, _right(doing))
    found = standing(patient, now=doing.now)
    guardian = _guardian(doing, patient, said.guardian)
    insist(_("Consent"), why_not_give(found, kind, guardian, said), _("Look at the page again."))
    row, new = _version(doing, patient, found.library, kind, said)
    before = left_alone(given_consents(patient))
    consent = _consent(doing, patient, kind, guardian, said, given=True, text=row)
    newly = set(said.regions) - before
    words = _("The patient wants a part of the body left alone that the plan touches.")
    locks = _lock(doing, found, words) if not found.touched.isdisjoint(newly) else []
    sealed = [*new, consent, *_also_a_fact(doing, found, kind, True, locks)]
    note(doing, patient=patient, about=f"consent:{consent.public}", sealed=sealed)
    return consent


@act("consent.withdraw")
def withdraw_consent(doing: Doing, *, public: str, kind: str, said: Said) -> Consent:
    """Takes a consent back, or says no where nothing was said. A plan that stood on it is locked in the same act, and
    lead and desk are told.
    """
    patient = patient_for_act(doing, public, _right(doing))
    found = _standing(doing, patient)
    guardian = _guardian(doing, patient, said.guardian)
    given = given_consents(patient).get(kind)
    insist(_("Consent"), why_not_withdraw(doing, found, kind, guardian), _("Look at the page again."))
    consent = _consent(doing, patient, kind, guardian, said, given=False, text=given.text if given else None)
    sealed: list[Sealed] = [consent]
    if found is not None:
        words = _("A consent was withdrawn: %(name)s.") % {"name": name_of(found.library, kind)}
        locks = _lock(doing, found, words) if given else []
        sealed += _also_a_fact(doing, found, kind, False, locks)
    note(doing, patient=patient, about=f"consent:{consent.public}", sealed=sealed)
    return consent


def why_not_give(found: Standing, kind: str, guardian: Guardian | None, said: Said) -> list[str]:
    """A consent counts if the person may give it, in the way that it needs."""
    origin = from_whom(found.library).get(kind)
    if origin is None or origin == "clinician":
        return [_("This is given by a doctor's letter; enter the letter under Documents.")]
    reasons = []
    if origin == "guardian" and guardian is None:
        reasons.append(_("Only somebody who speaks for the patient can give this."))
    if guardian is not None and not needs_guardian(found):
        reasons.append(_("Nobody else needs to agree for this patient any more: they decide for themselves."))
    if kind == IN_WRITING and said.how == "spoken":
        reasons.append(_("This one must be given in writing."))
    if said.how not in WAYS:
        reasons.append(_("It does not say how the consent was given."))
    known = {region.name for region in found.library.protocols.vocabulary.regions}
    if not known.issuperset(said.regions) or (said.regions and kind != WHOLE):
        reasons.append(_("A part of the body was named that cannot be left out here."))
    return reasons


def why_not_withdraw(doing: Doing, found: Standing | None, kind: str, guardian: Guardian | None) -> list[str]:
    """What was given can be taken back at any time; from a phone, by whoever may speak about it."""
    if found is None:
        return []
    if kind not in from_whom(found.library):
        return [_("There is no such consent.")]
    if guardian is not None and not needs_guardian(found):
        return [_("The patient now decides for themselves.")]
    if doing.actor.patient_id is None:
        return []
    if guardian is None and from_whom(found.library)[kind] != "patient":
        return [_("You did not give this one; talk to us, and we record what you want.")]
    return []


def needs_guardian(found: Standing) -> bool:
    """Whether the rules ask for somebody who speaks for this patient, as they do before a certain birthday.

    Read without what was set aside: that a clinician treats without a rule makes nobody of age.
    """
    wanted = decide(facts=found.decision.facts, protocols=found.library.protocols).limits.consents
    return any(origin == "guardian" and kind in wanted for kind, origin in from_whom(found.library).items())


def from_whom(library: Library) -> dict[str, str]:
    """Each kind of consent, in the order of the content, with who gives it."""
    return {term.name: term.get("from") for term in library.protocols.vocabulary.consents}


def name_of(library: Library, kind: str) -> str:
    terms = {term.name: term.term for term in spoken(library).protocols.vocabulary.consents}
    return terms.get(kind, kind)


def fact_of(kind: str, library: Library) -> str:
    """The fact that says to the rules what a guardian's consent says: of the same name, or with "_given"; else ""."""
    table: FactTable = library.protocols.facts
    names = (f"{kind}_given", kind) if from_whom(library).get(kind) == "guardian" else ()
    return next((name for name in names if name in table and table[name].kind is Kind.YES_NO), "")


def _right(doing: Doing) -> str:
    return "consent.record" if doing.actor.patient_id is None else "consent.give"


def _standing(doing: Doing, patient: Patient) -> Standing | None:
    """None where no protocol is in force: a consent can be taken back then too."""
    try:
        return standing(patient, now=doing.now)
    except NoContent:
        return None


def _guardian(doing: Doing, patient: Patient, public: str) -> Guardian | None:
    """Who speaks: on a phone whoever holds the link, at the desk whom the form names."""
    if doing.actor.patient_id is not None:
        return Guardian.objects.filter(pk=doing.actor.guardian_id or 0).first()
    if not public:
        return None
    found = Guardian.objects.filter(patient__in=one_person(patient), public=public).first()
    if found is None:
        raise not_found()
    return found


def _version(
    doing: Doing, patient: Patient, library: Library, kind: str, said: Said
) -> tuple[ConsentText, list[ConsentText]]:
    """The version of the words that were read; made now if the content's own words are agreed to for the first time."""
    words = wordings(patient.clinic_id, spoken(library, said.language))[kind]
    changed = InputError(
        where=name_of(library, kind),
        what=_("The words have changed since this page was opened."),
        remedy=_("Read them again, then decide."),
    )
    if said.mark != words.mark:
        raise changed
    if words.row is not None:
        return words.row, []
    row, made = ConsentText.objects.get_or_create(
        clinic_id=patient.clinic_id,
        kind=kind,
        language=words.language,
        version=_next(patient.clinic_id, kind, words.language),
        defaults={"text": words.text, "at": doing.now},
    )
    if row.text != words.text:  # Somebody else has taken this number meanwhile.
        raise changed
    return row, [row] if made else []


def _consent(
    doing: Doing,
    patient: Patient,
    kind: str,
    guardian: Guardian | None,
    said: Said,
    *,
    given: bool,
    text: ConsentText | None,
) -> Consent:
    return Consent.objects.create(
        public=doing.token(),
        patient=patient,
        kind=kind,
        text=text,
        regions=sorted(said.regions) if given else [],
        given=given,
        by=guardian.name if guardian else patient.name,
        guardian=guardian,
        how=said.how,
        at=doing.now,
    )


def _lock(doing: Doing, found: Standing, reason: str) -> list[PlanLock]:
    """Locks the plan there is, if none holds yet, and tells lead and desk."""
    if found.treatment is None or found.lock is not None:
        return []
    lock = PlanLock.objects.create(plan=found.treatment, kind=PlanLock.Kind.CONSENT, reason=reason, at=doing.now)
    for role in (Role.CLINICAL_LEAD, Role.FRONT_DESK):
        tell(doing, kind=Notice.Kind.LOCKED, to=role, patient=found.patient)
    return [lock]


def _also_a_fact(doing: Doing, found: Standing, kind: str, yes: bool, locks: list[PlanLock]) -> list[Sealed]:
    """Enters what a guardian's consent says to the rules, and brings the state up to date. What it wrote, all told."""
    patient, entries = found.patient, list[FactEntry]()
    name = fact_of(kind, found.library)
    if name:
        origin = found.library.protocols.facts[name].usual_origin
        answer = Answer(yes, local(doing.now, patient.location.zone), origin, f"consent: {kind}")
        entries.append(enter(doing, patient, name, answer, found.chart))
        now = after_facts(doing, patient)
        locks = locks or locks_of(now, doing.now)
    else:
        refresh_state(patient, doing.now)
    return [*entries, *locks]
