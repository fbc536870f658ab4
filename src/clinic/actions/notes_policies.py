"""When a note may be written, signed and added to: each question answers with the reasons why not, in words."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Actor
from clinic.records.models import MassageSession, NoteAddition
from clinic.records.notes import NoteAt

Kind = NoteAddition.Kind
ENDED = (
    MassageSession.State.REFUSED, MassageSession.State.STOPPED, MassageSession.State.FINISHED,
    MassageSession.State.CLOSED,
)  # fmt: skip
"""States in which there is something to write a note about."""


def why_not_write(found: NoteAt) -> list[str]:
    """Words can be kept until somebody has signed, once it is certain what happened."""
    if found.signed is not None:
        return [_("The note is signed. What is missing goes into an addendum.")]
    if found.merge is None:
        return [_("Nothing was recorded of this session yet.")]
    if found.merge.conflict is not None:
        return [_("Two tablets have recorded this session; the clinical lead has to choose first.")]
    return []


def why_not_sign(found: NoteAt, actor: Actor, seen: str) -> list[str]:
    """A note can be signed once, when all of the session is here, by who gave it or by the lead, as it was read."""
    reasons = why_not_write(found)
    if reasons:
        return reasons
    if found.session.state not in ENDED:
        reasons.append(_("The session is not over yet."))
    if gaps(found):
        reasons.append(_("Entries of a tablet have not arrived yet: bring it to the network first."))
    if not gave(found, actor) and not _leads(found, actor):
        reasons.append(_("Only who gave the session, or the clinical lead, signs its note."))
    if found.outgrown:
        reasons.append(_("More was recorded since these words were kept: read them again, then keep them."))
    if seen != found.mark:
        reasons.append(_("The words have changed since this page was opened: read them again."))
    if not actor.fresh:
        reasons.append(_("A signature needs you to sign in again."))
    return reasons


def gaps(found: NoteAt) -> bool:
    """Whether a number is missing in the sequence of any tablet."""
    return found.merge is not None and any(record.missing for record in found.merge.records)


def gave(found: NoteAt, actor: Actor) -> bool:
    """Whether somebody was booked for the session, or has recorded it."""
    session = found.session
    return actor.user_id in {session.visit.therapist_id, *found.found.senders}


def _leads(found: NoteAt, actor: Actor) -> bool:
    return Role.CLINICAL_LEAD in actor.at(found.session.patient.location_id)


def why_not_add(found: NoteAt, kind: str, actor: Actor, trained: Collection[str], needed: Collection[str]) -> list[str]:
    """What may be added to a signed note: at any time more words, and once each of the other two."""
    signed = found.signed
    if signed is None:
        return [_("There is no signed note.")]
    reasons = [] if actor.fresh else [_("A signature needs you to sign in again.")]
    if kind == Kind.IN_ERROR and found.in_error:
        reasons.append(_("The note is marked already."))
    if kind == Kind.IN_ERROR and signed.by_id != actor.user_id and not _leads(found, actor):
        reasons.append(_("Only who signed the note, or the clinical lead, marks it as entered in error."))
    if kind == Kind.COSIGNED:
        reasons += _why_not_cosign(found, actor, trained, needed)
    return reasons


def _why_not_cosign(found: NoteAt, actor: Actor, trained: Collection[str], needed: Collection[str]) -> list[str]:
    signed = found.signed
    if signed is None or not signed.student or found.cosigned:
        return [_("This note needs no second signature.")]
    reasons = [_("The second person must be somebody else.")] if signed.by_id == actor.user_id else []
    if not set(needed) <= set(trained):
        reasons.append(_("The second signature is for somebody who is trained for this regimen."))
    return reasons
