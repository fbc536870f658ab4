"""The note of one session as it stands: what the core writes from the events, what somebody made of it, what is signed.

A draft is words on a record: it names the record by its hash, so that nobody signs words about another record than the
one they have seen. What is signed carries words and record together and is never worked out again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from clinic.records.models import MassageSession, NoteAddition, NoteDraft, SignedNote
from clinic.records.sessions import Told, previous_of, told, told_each
from clinic.records.speech import spoken
from effleurage.session.events import canonical_json, plain_data, sha256
from effleurage.session.kinds import KINDS
from effleurage.session.merge import Merged
from effleurage.session.note import TEMPLATES, Template, Written, note
from effleurage.session.record import SessionRecord

DATA = tuple(KINDS.values())
Sections = list[dict[str, str]]
"""The words of a note: each section with its title and its text."""


@dataclass(frozen=True, eq=False)
class NoteAt:
    """The note of a session at this moment. The record is None as long as two tablets tell it differently; `read` is
    the session of the same course that came before, where there was one and it was read along.
    """

    session: MassageSession
    found: Told
    signed: SignedNote | None
    read: Told | None

    @cached_property
    def merge(self) -> Merged | None:
        return self.found.merged()

    @cached_property
    def record(self) -> SessionRecord | None:
        return self.merge.record if self.merge else None

    @cached_property
    def draft(self) -> NoteDraft | None:
        found: NoteDraft | None = _hanging(self.session, "draft")
        return found

    @cached_property
    def additions(self) -> tuple[NoteAddition, ...]:
        return tuple(NoteAddition.objects.filter(note=self.signed).order_by("pk")) if self.signed else ()

    @property
    def in_error(self) -> NoteAddition | None:
        return next((each for each in self.additions if each.kind == NoteAddition.Kind.IN_ERROR), None)

    @property
    def cosigned(self) -> NoteAddition | None:
        return next((each for each in self.additions if each.kind == NoteAddition.Kind.COSIGNED), None)

    @cached_property
    def language(self) -> str:
        """The language of the clinic's records; English where the content is not whole in it."""
        return spoken(self.found.library, self.session.patient.clinic.language).protocols.language.code

    @property
    def template(self) -> Template:
        """The clinic's; a note that was begun keeps the one that it was begun in."""
        return TEMPLATES[self.draft.template if self.draft else self.session.patient.clinic.note_template]

    @cached_property
    def before(self) -> Told | None:
        """The session of the same course before this one. Of a signed note it is asked for only where it is needed."""
        held = previous_of(self.session) if self.signed else None
        return told(held) if held else self.read

    @cached_property
    def written(self) -> tuple[Written, ...]:
        """What the core writes now, in the language of the clinic's records."""
        merge = self.merge if self.language == "en" else self.found.merged(self.language)
        if merge is None or merge.record is None:
            return ()
        before = self.before.merged(self.language) if self.before else None
        previous = before.record if before else None
        sessions = json.loads(self.session.plan.document)["chosen"]["course"][0]
        return note(record=merge.record, previous=previous, template=self.template, sessions=sessions).sections

    @property
    def own_words(self) -> Sections:
        """The words of the record itself."""
        return [{"title": each.title, "text": "\n".join(each.sentences)} for each in self.written]

    @property
    def sections(self) -> Sections:
        """The words that would be signed now."""
        return self.draft.sections if self.draft else self.own_words

    @cached_property
    def record_object(self) -> dict[str, Any]:
        """The record as plain JSON values, in the language of the content, and the events that it was read off."""
        chosen = self.found.settlement
        return {
            "record": plain(self.record),
            "events": sorted(event.hash for event in self.found.events),
            "settled": chosen.device if chosen else "",
        }

    @cached_property
    def record_hash(self) -> str:
        return sha256(canonical_json(self.record_object))

    @property
    def outgrown(self) -> bool:
        """Whether something has come since the words were kept."""
        return self.draft is not None and self.draft.record_hash != self.record_hash

    @property
    def mark(self) -> str:
        """What a page hands back, so that nobody signs other words than they read."""
        return sha256(canonical_json([self.sections, self.record_hash]))

    @cached_property
    def document(self) -> dict[str, Any]:
        """What was signed."""
        return json.loads(self.signed.document) if self.signed else {}

    @property
    def arrived_later(self) -> bool:
        """Whether events have come that the signed note does not rest on."""
        return self.signed is not None and not set(self.record_object["events"]) <= set(self.document["events"])

    @property
    def later_words(self) -> tuple[str, ...]:
        """What the record says now and did not say when the note was signed."""
        said = {sentence for section in self.document.get("said", ()) for sentence in section}
        return tuple(each for section in self.written for each in section.sentences if each not in said)

    @property
    def wants_addendum(self) -> bool:
        """Whether nobody has written an addendum since the last event arrived."""
        if not self.arrived_later:
            return False
        last = max(self.found.received.values())
        kind = NoteAddition.Kind.ADDENDUM
        return not any(each.kind == kind and each.at >= last for each in self.additions)


def note_of(session: MassageSession) -> NoteAt:
    """The note of a session with its events and those of the session before, which a signed note needs no more."""
    signed: SignedNote | None = _hanging(session, "note")
    before = None if signed else previous_of(session)
    found, *earlier = told_each(session, *([before] if before else []))
    return NoteAt(session, found, signed, earlier[0] if earlier else None)


def _hanging(session: MassageSession, name: str) -> Any:
    """What hangs on a session under this name: as a page read it with it, else asked for anew."""
    field: Any = MassageSession._meta.get_field(name)
    if field.is_cached(session):
        return field.get_cached_value(session)
    return field.related_model.objects.filter(session=session).select_related("by").first()


def plain(value: Any) -> Any:
    """A record as plain JSON values: every field by name but the ground that it stands on."""
    if isinstance(value, DATA):
        return {"kind": value.kind, **plain_data(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return dict(_fields(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for each in fields(value):
        if each.name != "ground":
            yield each.name, plain(getattr(value, each.name))
