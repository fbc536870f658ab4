"""The paper of a signed note: its words as they were signed, who stands for them, and everything that was added.

A note that was entered in error is printed struck through and says so on every page: its text stays readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.permissions import not_found
from clinic.paper.issued import headings, holder, pdf, sender
from clinic.paper.papers import common, made
from clinic.paper.values import Plain, Signature, plain, spoken_moment
from clinic.records.models import NoteAddition, Patient, SignedNote
from clinic.records.notes import NoteAt


def note_paper(who: Patient, found: NoteAt, now: datetime) -> HttpResponse:
    """Raises NotFound where nothing is signed."""
    signed = found.signed
    if signed is None:
        raise not_found()
    code = found.document["language"]
    with translation.override(code):
        labels = headings(code)
        body = _pressed(who, found, signed, labels, code, now)
    return pdf(body, f"note-{who.number}-{found.session.number}")


def _pressed(
    who: Patient, found: NoteAt, signed: SignedNote, labels: Mapping[str, str], code: str, now: datetime
) -> bytes:
    zone = ZoneInfo(who.location.zone)
    signature = Signature(
        name=signed.name,
        role=str(Role(signed.role).label),
        at=signed.at.astimezone(zone),
        meaning=_(signed.meaning),
        hash=signed.document_hash,
    )
    printed = now.astimezone(zone)
    held = found.session
    page = {"hash": signed.content_hash, "date": spoken_moment(held.visit.starts.astimezone(zone), labels)}
    values: dict[str, Plain] = {
        "title": labels["note_title"].replace("{number}", str(held.number)),
        "struck": found.in_error is not None,
        "student": signed.student and found.cosigned is None,
        "late": found.arrived_later,
        "sections": [
            {"title": each["title"], "lines": plain(each["text"].splitlines())} for each in found.document["sections"]
        ],
        "additions": list(_additions(found, labels, zone)),
        "record_hash": signed.record_hash,
        **common(page, signature=signature, clinic=sender(who), lang=code, labels=labels, printed=printed),
    }
    return made("note", values, holder(who), stamp=printed, fonts=())


def _additions(found: NoteAt, labels: Mapping[str, str], zone: ZoneInfo) -> Iterator[dict[str, Plain]]:
    names = {
        NoteAddition.Kind.ADDENDUM: labels["addendum"],
        NoteAddition.Kind.IN_ERROR: labels["in_error"],
        NoteAddition.Kind.COSIGNED: labels["cosigned"],
    }
    for each in found.additions:
        yield {
            "kind": names[NoteAddition.Kind(each.kind)],
            "lines": plain(each.text.splitlines()),
            "by": plain(f"{each.name}, {Role(each.role).label}, {spoken_moment(each.at.astimezone(zone), labels)}"),
        }
