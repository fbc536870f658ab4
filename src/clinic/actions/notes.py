"""The note of a session: its words, the signature, and what is added later. What is signed never changes.

Who signs without being trained for the regimen signs as a student: the note counts as theirs and waits for the second
signature of somebody who is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.notes_policies import why_not_add, why_not_sign, why_not_write
from clinic.actions.notices import tell
from clinic.actions.people import competences
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.actions.sessions import session_for_act
from clinic.records import content
from clinic.records.models import MassageSession, NoteAddition, NoteDraft, Notice, SignedNote
from clinic.records.notes import NoteAt, Sections, note_of
from effleurage.session.events import canonical_json, sha256

MEANING: Final = "I have read this note and stand for it."
"""What a signature under a note means; kept with it, in the language of the record."""
SCHEMA: Final = "effleurage/note/1"
LONGEST: Final = 20_000
"""Letters that a section has at most."""
RIGHTS: Final = {
    NoteAddition.Kind.ADDENDUM: "note.sign",
    NoteAddition.Kind.IN_ERROR: "note.sign",
    NoteAddition.Kind.COSIGNED: "note.cosign",
}


@act("note.write")
def write_note(doing: Doing, *, session: str, texts: Sequence[str], seen: str) -> NoteDraft:
    """Keeps the words of a note, section by section, in the place of those that were read, `seen` by their mark. Raises
    InputError where the record has grown or somebody has kept other words since, or the note cannot be written.
    """
    held = session_for_act(doing, session, "note.write")
    found = note_of(held)
    insist(_("Note"), why_not_write(found), _("Look at the session."))
    insist(_("Note"), _changed(found, seen), _("Your words are below: compare, then keep them."))
    insist(_("Note"), _unfit(found, texts), _("Write something in one section at least, and no section too long."))
    titles = [section.title for section in found.written]
    sections = [{"title": title, "text": text.strip()} for title, text in zip(titles, texts, strict=True)]
    values = {
        "template": found.template.name, "sections": sections, "record_hash": found.record_hash,
        "by_id": doing.actor.account, "at": doing.now,
    }  # fmt: skip
    made, _new = NoteDraft.objects.update_or_create(session=held, defaults=values)
    note(doing, patient=held.patient, about=f"session:{held.public}")
    return made


def _changed(found: NoteAt, seen: str) -> list[str]:
    told = _("More was recorded, or somebody has kept other words, since you opened this page.")
    return [] if seen == found.mark else [told]


def _unfit(found: NoteAt, texts: Sequence[str]) -> list[str]:
    fits = len(texts) == len(found.written) and all(len(text) <= LONGEST for text in texts)
    return [] if fits and any(text.strip() for text in texts) else [_("These are not the sections of a note.")]


@act("note.take_again")
def take_again(doing: Doing, *, session: str, seen: str) -> MassageSession:
    """Puts the words of the record in the place of the draft that was read, `seen` by its mark."""
    held = session_for_act(doing, session, "note.write")
    found = note_of(held)
    insist(_("Note"), why_not_write(found) or _changed(found, seen), _("Look at the session."))
    NoteDraft.objects.filter(session=held).delete()
    note(doing, patient=held.patient, about=f"session:{held.public}")
    return held


@act("note.sign")
def sign_note(doing: Doing, *, patient: str, session: str, seen: str) -> SignedNote:
    """Signs the words that were read on the record of this patient, `seen` by their mark. Raises InputError with every
    reason why not.
    """
    held = session_for_act(doing, session, "note.sign", of=patient)
    found = note_of(held)
    insist(_("Signature"), why_not_sign(found, doing.actor, seen), _("Put that right, then sign."))
    trained = competences(doing.actor.account, held.patient.location, held.visit.starts)
    student = not needed(held, found) <= trained
    role = role_at(doing, held)
    text = canonical_json(_document(doing, found, role, student))
    made = SignedNote.objects.create(
        public=doing.token(),
        session=held,
        document=text,
        document_hash=sha256(text),
        record_hash=found.record_hash,
        content_hash=held.content_hash,
        by_id=doing.actor.account,
        name=doing.actor.name,
        role=role,
        meaning=MEANING,
        student=student,
        at=doing.now,
    )
    if student:
        for each in (Role.CLINICAL_LEAD, Role.THERAPIST):
            tell(doing, kind=Notice.Kind.COSIGN, to=each, patient=held.patient, about=held.public)
    note(doing, patient=held.patient, about=f"note:{made.public}", sealed=[made])
    return made


def role_at(doing: Doing, session: MassageSession) -> Role:
    """As what somebody signs here."""
    roles = doing.actor.at(session.patient.location_id)
    return Role.THERAPIST if Role.THERAPIST in roles else Role.CLINICAL_LEAD


def needed(session: MassageSession, found: NoteAt) -> frozenset[str]:
    """What somebody must be trained for: by the limits of the decision that the plan stands on, by those whose script
    was followed at the table, and by the regimen. A tablet's word may be any number: a bit beyond the layout is none.
    """
    planned = content.library(session.plan.content_hash).protocols.layout
    words = [(planned, session.plan.decision.words["possible_word"])]
    if found.record is not None and found.record.begun:
        own = content.library(session.content_hash).protocols.layout
        followed = {part.script for part in found.record.parts}
        last = {each.script: each.possible for each in found.record.decisions}
        words += [(own, word) for script, word in last.items() if script in followed]
    limits = (layout.unpack(int(word, 16) & layout.whole).competences for layout, word in words)
    regimens = (each.competences for each in found.found.library.regimens if each.id == session.plan.regimen)
    return frozenset().union(*limits, *regimens)


def _document(doing: Doing, found: NoteAt, role: Role, student: bool) -> dict[str, Any]:
    """Words and record together, with whose they are and who stands for them."""
    held, sections = found.session, _plain(found.sections)
    return {
        "schema": SCHEMA,
        "patient": held.patient.public,
        "session": {
            "public": held.public, "number": held.number, "dose": held.dose, "plan": held.plan.public,
            "starts": held.visit.starts.isoformat(), "script": held.script_hash,
        },
        "language": found.language,
        "template": found.template.name,
        "sections": sections,
        "said": [list(each.sentences) for each in found.written],
        "content": held.content_hash,
        **found.record_object,
        "by": {"user": doing.actor.key, "name": doing.actor.name, "role": role.value, "student": student},
        "meaning": MEANING,
        "at": doing.now.isoformat(),
    }  # fmt: skip


def _plain(sections: Sections) -> Sections:
    return [{"title": each["title"], "text": each["text"]} for each in sections]


@act("note.add")
def add_to_note(doing: Doing, *, session: str, kind: str, text: str) -> NoteAddition:
    """An addendum, the mark that the note was entered in error (its text stays), or the second signature."""
    if kind not in RIGHTS:
        raise not_found()
    wanted = NoteAddition.Kind(kind)
    held = session_for_act(doing, session, RIGHTS[wanted])
    found = note_of(held)
    trained = competences(doing.actor.account, held.patient.location, doing.now)
    reasons = why_not_add(found, wanted, doing.actor, trained, needed(held, found))
    insist(_("Note"), reasons, _("Put that right, then sign."))
    assert found.signed is not None  # noqa: S101 - else there was a reason; for the type checker
    if wanted is not NoteAddition.Kind.COSIGNED:
        insist(_("Your words"), why_no_reason(text), _("Write it so that a colleague understands it in a year."))
    made = NoteAddition.objects.create(
        note=found.signed,
        kind=wanted,
        text=text.strip(),
        by_id=doing.actor.account,
        name=doing.actor.name,
        role=role_at(doing, held),
        at=doing.now,
    )
    note(doing, patient=held.patient, about=f"note:{made.note.public}", sealed=[made])
    return made
