"""Signing in and out, second factors, sessions, invitations: each leaves a row in the journal.

What the sign-in library writes itself (a session, a factor, a password) is told afterwards by the short acts on top;
the acts below write what is ours.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from clinic.accounts.models import Invitation, User
from clinic.accounts.sessions import end_sessions
from clinic.actions.frame import Doing, act, note
from clinic.actions.people import staff
from clinic.actions.permissions import check, not_found
from clinic.records.languages import spoken_here
from effleurage.errors import ForPeople, InputError

INVITED_FOR: Final = timedelta(hours=72)


class Telling(Protocol):
    def __call__(self, doing: Doing, /, *, about: str = "", why: str = "") -> None: ...


def _told(event: str) -> Telling:
    @act(event)
    def tell(doing: Doing, *, about: str = "", why: str = "") -> None:
        note(doing, about=about, why=why, wrote=False)

    return tell


signed_in = _told("account.sign_in")
sign_in_failed = _told("account.sign_in_failed")
signed_out = _told("account.sign_out")
locked = _told("account.lock")
unlocked = _told("account.unlock")
confirmed = _told("account.confirm")
factor_added = _told("account.factor_add")
factor_removed = _told("account.factor_remove")
codes_made = _told("account.codes_make")
password_changed = _told("account.password_change")
password_reset = _told("account.password_reset")


def about(user: User) -> str:
    """How a row of the journal names an account."""
    return f"user:{user.public}"


@act("account.language")
def choose_language(doing: Doing, *, code: str) -> None:
    """The language in which somebody of the staff reads the pages from now on."""
    check(doing.actor, "own.account")
    if not spoken_here(code, doing.actor.clinic_id):
        raise InputError(
            where=_("Language"),
            what=_("This language cannot be chosen: it is not whole yet."),
            remedy=_("Choose one of the languages at the foot of the page."),
        )
    User.objects.filter(pk=doing.actor.account).update(language=code)
    note(doing, about=doing.actor.key, why=code, wrote=False)


@act("account.session_end")
def end_session(doing: Doing, *, session: int) -> None:
    """Ends one of the sessions of whoever acts; somebody else's is not found."""
    check(doing.actor, "own.account")
    found = UserSession.objects.filter(pk=session, user=doing.actor.user_id).first()
    if found is None:
        raise not_found()
    found.end()
    note(doing, about=doing.actor.key, wrote=False)


class InvitationOver(ForPeople):
    """An invitation that was used, replaced, or is too old; which of them is not told."""


def make_invitation(doing: Doing, user: User) -> str:
    """The secret of a new invitation, shown once; it ends an earlier one. For acts that write about people."""
    Invitation.objects.filter(user=user, ended_at=None).update(ended_at=doing.now)
    secret = doing.token() + doing.token()
    Invitation.objects.create(
        user=user, secret_hash=_hashed(secret), made_at=doing.now, expires_at=doing.now + INVITED_FOR
    )
    return secret


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invited(secret: str, now: datetime) -> User:
    """Whom an invitation is for. Raises InvitationOver."""
    return _open_invitation(secret, now).user


def _open_invitation(secret: str, now: datetime) -> Invitation:
    found = (
        Invitation.objects.select_related("user")
        .filter(secret_hash=_hashed(secret), ended_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if found is None:
        raise InvitationOver(
            where=_("This invitation"),
            what=_("This link does not work any more. It may have been used, replaced, or be older than three days."),
            remedy=_("Ask the owner of the clinic for a new one."),
        )
    return found


@act("account.invite")
def invite(doing: Doing, *, user: str) -> str:
    """The owner invites somebody of the clinic, anew where they lost their way in. Returns the secret of the link."""
    check(doing.actor, "settings")
    found = User.objects.filter(public=user, clinic=doing.actor.clinic_id, is_active=True).first()
    if found is None:
        raise not_found()
    secret = make_invitation(doing, found)
    note(doing, about=about(found), wrote=False)
    return secret


@act("account.welcome")
def accept_invitation(doing: Doing, *, secret: str, password: str) -> User:
    """Sets the password. What somebody had before to come in, factors and sessions, counts no more: an invitation is
    also the way back for who lost the telephone.
    """
    invitation = _open_invitation(secret, doing.now)
    if not Invitation.objects.filter(pk=invitation.pk, ended_at=None).update(ended_at=doing.now):
        raise not_found()
    user = invitation.user
    user.set_password(password)
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    note(replace(doing, actor=staff(user)), about=about(user), wrote=False)
    return user
