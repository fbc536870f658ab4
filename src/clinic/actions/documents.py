"""Letters and reports that come in. Each is kept as it came, and decides nothing until a carer has read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from clinic.actions.consents import from_whom
from clinic.actions.frame import Doing, act, note
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist
from clinic.records.content import in_force
from clinic.records.facts import one_person
from clinic.records.models import Consent, Document, Patient, Review
from clinic.records.state import refresh_state
from effleurage.errors import InputError

LARGEST: Final = 10_000_000
"""Bytes of a letter or report."""
KINDS: Final = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""What a file is, by how it begins. Its name and what the sender calls it tell nothing."""


@act("document.add")
def add_document(doing: Doing, *, public: str, kind: str, title: str, data: bytes) -> Document:
    """Keeps a letter or report. Raises InputError for what is neither PDF nor picture, or too large."""
    patient = patient_for_act(doing, public, "document.add")
    if kind not in (Document.Kind.LETTER, Document.Kind.REPORT, Document.Kind.OTHER):
        raise not_found()
    made = Document.objects.create(
        public=doing.token(),
        patient=patient,
        kind=kind,
        title=title.strip()[:200],
        media_type=media_type(data),
        body=data,
        by=doing.actor.name,
        at=doing.now,
    )
    note(doing, patient=patient, about=f"document:{made.public}", sealed=[made])
    return made


def media_type(data: bytes) -> str:
    """What a file is by its own first bytes."""
    found = next((name for start, name in KINDS.items() if data.startswith(start)), "")
    if found and len(data) <= LARGEST:
        return found
    what = _("The file is too large.") if found else _("This file is neither a PDF nor a JPEG or PNG picture.")
    raise InputError(where=_("Document"), what=what, remedy=_("Choose a PDF, JPEG or PNG file of at most 10 MB."))


@act("document.review")
def review_document(
    doing: Doing, *, public: str, document: str, text: str, author: str = "", consents: Iterable[str] = ()
) -> Review:
    """Notes that a carer has read a document, and which consents of a doctor it holds."""
    patient = patient_for_act(doing, public, "document.review")
    found = document_of(patient, document)
    kinds = tuple(dict.fromkeys(consents))
    insist(_("Review"), why_not_review(found, text, author, kinds), _("Read it, then say in a line what it says."))
    review = Review.objects.create(document=found, by_id=doing.actor.account, note=text.strip(), at=doing.now)
    given = [
        Consent.objects.create(
            public=doing.token(),
            patient=patient,
            kind=kind,
            given=True,
            by=author.strip()[:120],
            document=found,
            how="letter",
            at=doing.now,
        )
        for kind in kinds
    ]
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"document:{found.public}", sealed=[review, *given])
    return review


def why_not_review(document: Document, text: str, author: str, kinds: Iterable[str]) -> list[str]:
    """A document is reviewed once, with a word on what it says; consents in it are a doctor's, with a name."""
    reasons = [_("Somebody has reviewed it already.")] if hasattr(document, "review") else []
    if not text.strip():
        reasons.append(_("The note is empty."))
    if kinds and not author.strip():
        reasons.append(_("Say who signed the letter."))
    doctors = {kind for kind, who in from_whom(in_force(document.patient.clinic_id)).items() if who == "clinician"}
    if not doctors.issuperset(kinds):
        reasons.append(_("A consent was named that no letter can give."))
    return reasons


def document_of(patient: Patient, public: str) -> Document:
    """A document of this patient or of a record folded into theirs; somebody else's does not exist here."""
    documents = Document.objects.select_related("patient", "review__by")
    found = documents.filter(patient__in=one_person(patient), public=public).first()
    if found is None:
        raise not_found()
    return found
