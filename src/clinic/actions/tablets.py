"""Tablets: making one's browser ready to carry visits, opening what it carries by a PIN, and taking that back.

The PIN is never known here. What the tablet makes of PIN and salt is compared by its hash; at the fifth wrong one the
server's half of the key is thrown away, and with it everything that the tablet carries becomes unreadable.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.accounts.models import Location, Role, User
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell_place
from clinic.actions.permissions import NotFound, check, not_found
from clinic.records.facts import local
from clinic.records.models import Notice, Tablet
from effleurage.errors import ForPeople, InputError
from effleurage.session.sync import OVERDUE, SKEW

TRIES: Final = 5
"""Wrong PINs after which a tablet is revoked."""
REVOKE: Final = "tablet.revoke"
"""The act by which a tablet is taken out of use, whoever or whatever does it."""
MOST: Final = 10
"""Tablets that one person may have at a time."""
HALF: Final = 32
SALT: Final = 16
VERIFIER: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Revoked(ForPeople):
    """The tablet carries nothing any more; it wipes what it has."""


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What became of a PIN: the server's half of the key, or how many were wrong and how many are left."""

    half: str
    wrong: int
    left: int


@act("tablet.register")
def register_tablet(doing: Doing, *, name: str, salt: str, verifier: str) -> Tablet:
    """Makes the browser from which this comes one's tablet. Raises InputError for what no tablet would send."""
    check(doing.actor, "tablet.own")
    _check_making(name, salt, verifier)
    if tablets_of(doing.actor.account).filter(revoked_at=None).count() >= MOST:
        raise InputError(
            where=_("Tablet"),
            what=_("You have ten tablets already."),
            remedy=_("Remove one under My account, then try again."),
        )
    made = Tablet.objects.create(
        public=doing.token(),
        clinic_id=doing.actor.house,
        user_id=doing.actor.account,
        name=name.strip(),
        half=secrets.token_hex(HALF),
        salt=salt,
        verifier=hashed(verifier),
        made_at=doing.now,
        seen_at=doing.now,
    )
    note(doing, about=f"tablet:{made.public}")
    return made


def _check_making(name: str, salt: str, verifier: str) -> None:
    try:
        right = len(base64.b64decode(salt, validate=True)) == SALT
    except (binascii.Error, ValueError):
        right = False
    if not right or not VERIFIER.fullmatch(verifier) or not 0 < len(name.strip()) <= 60:
        raise InputError(
            where=_("Tablet"),
            what=_("What the tablet sent cannot be read."),
            remedy=_("Give it a name of at most 60 letters, and try again."),
        )


def hashed(verifier: str) -> str:
    return hashlib.sha256(verifier.encode()).hexdigest()


@act("tablet.unlock")
def unlock_tablet(doing: Doing, *, tablet: str, verifier: str) -> Unlocked:
    """One try of a PIN. A wrong one is counted and kept; the fifth revokes. Raises Revoked."""
    found = own_tablet(doing, tablet)
    if hmac.compare_digest(found.verifier, hashed(verifier)):
        found.wrong_pins, found.seen_at = 0, doing.now
        found.save(update_fields=["wrong_pins", "seen_at"])
        note(doing, about=f"tablet:{found.public}")
        return Unlocked(found.half, 0, TRIES)
    found.wrong_pins += 1
    found.save(update_fields=["wrong_pins"])
    if found.wrong_pins >= TRIES:
        revoke(found, doing.now)
    event = REVOKE if found.revoked_at else ""
    note(doing, about=f"tablet:{found.public}", why="wrong PIN", event=event)
    return Unlocked("", found.wrong_pins, max(0, TRIES - found.wrong_pins))


@act(REVOKE)
def revoke_tablet(doing: Doing, *, tablet: str) -> Tablet:
    """Takes a tablet out of use: one's own, or as lead any of somebody who works at the same place. Repeated, it
    changes nothing.
    """
    check(doing.actor, "tablet.own")
    found = _held(doing, tablet)
    if found is None or not (found.user_id == doing.actor.user_id or leads(doing, found.user)):
        raise not_found()
    if found.revoked_at is None:
        revoke(found, doing.now)
    note(doing, about=f"tablet:{found.public}")
    return found


def revoke(tablet: Tablet, now: datetime) -> None:
    """Part of the act under way. The half of the key is gone for good."""
    tablet.revoked_at, tablet.half = now, ""
    tablet.save(update_fields=["revoked_at", "half"])


def leads(doing: Doing, user: User) -> bool:
    """Whether the one who acts is the lead of a place where this person works."""
    places = doing.actor.locations(Role.CLINICAL_LEAD)
    return user.memberships.filter(location__in=places).exists()


def own_tablet(doing: Doing, public: str) -> Tablet:
    """One's own tablet, held until the act ends. Raises NotFound, or Revoked where it was taken out of use."""
    check(doing.actor, "tablet.own")
    found = _held(doing, public)
    if found is None or found.user_id != doing.actor.user_id:
        raise unknown_tablet()
    if found.revoked_at is not None:
        raise revoked()
    return found


def revoked() -> Revoked:
    return Revoked(
        where=_("Tablet"),
        what=_("This tablet was taken out of use."),
        remedy=_("What it has not sent stays on it, sealed. Set it up anew to use it again."),
    )


def is_revoked(public: str) -> bool:
    """Whether the tablet of this name was taken out of use. Checks no right: nobody guesses the name, and whoever holds
    the tablet has to hear it also where nobody is signed in.
    """
    return bool(public) and Tablet.objects.filter(public=public, revoked_at__isnull=False).exists()


def _held(doing: Doing, public: str) -> Tablet | None:
    rows = Tablet.objects.select_for_update(of=("self",)).select_related("user")
    return rows.filter(public=public, clinic=doing.actor.clinic_id).first()


def unknown_tablet() -> NotFound:
    return NotFound(
        where=_("Tablet"), what=_("This tablet is not known here."), remedy=_("Set it up anew under your account.")
    )


def tablets_of(user_id: int) -> QuerySet[Tablet]:
    """All tablets that somebody ever had, the newest first."""
    return Tablet.objects.filter(user=user_id).select_related("user").order_by("-pk")


def place_of(user: User) -> Location | None:
    """The place by whose clock a tablet of this person tells the time: the first at which they work."""
    return Location.objects.filter(memberships__user=user, open=True).order_by("name").first()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a contact told of a tablet: its clock minus ours in milliseconds, and what it still has to send."""

    offset_ms: int
    unsent: int
    oldest_at: datetime | None

    @property
    def skewed(self) -> bool:
        return abs(self.offset_ms) > SKEW.total_seconds() * 1000


def offset_of(tablet: Tablet, at: datetime, now: datetime) -> int:
    """How far a tablet's clock on the wall is ahead of ours, in milliseconds."""
    place = place_of(tablet.user)
    here = local(now, place.zone if place else "UTC")
    return int((at - here).total_seconds()) * 1000


def last_clock(doing: Doing, public: str) -> datetime:
    """What the clock of a tablet of the house shows now, if it goes as when the tablet was heard last. Raises NotFound
    for another one's.
    """
    found = Tablet.objects.select_related("user").filter(public=public, clinic=doing.actor.clinic_id).first()
    if found is None:
        raise unknown_tablet()
    place = place_of(found.user)
    return local(doing.now, place.zone if place else "UTC") + timedelta(milliseconds=found.offset_ms)


def keep_contact(doing: Doing, tablet: Tablet, heard: Heard) -> None:
    """Part of the act under way: what the tablet said of itself; and who keeps something too long is told of."""
    tablet.seen_at, tablet.offset_ms = doing.now, heard.offset_ms
    tablet.unsent, tablet.oldest_at = heard.unsent, heard.oldest_at
    tablet.save(update_fields=["seen_at", "offset_ms", "unsent", "oldest_at"])
    tell_overdue(doing)


def tell_overdue(doing: Doing) -> None:
    """Tells the lead once of each tablet of the house that has kept something back for more than a day, whether it
    said so itself or has not been heard of since.
    """
    waiting = Tablet.objects.filter(
        clinic=doing.actor.clinic_id, unsent__gt=0, oldest_at__lt=doing.now - OVERDUE
    ).select_related("user")
    for tablet in waiting:
        told = Notice.objects.filter(
            clinic=tablet.clinic_id, kind=Notice.Kind.UNSENT, about=about(tablet), at__gt=tablet.oldest_at
        )
        if not told.exists():
            tell_place(doing, kind=Notice.Kind.UNSENT, place=place_of(tablet.user), about=about(tablet))


def about(tablet: Tablet) -> str:
    """How a notice names a tablet: as people do, and so that no two are mixed up."""
    return f"{tablet.name}, {tablet.user.name} ({tablet.public[:6]})"[:120]
