"""From the signals of the sign-in library to rows of the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in, user_logged_out
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.dispatch import receiver

from clinic.accounts.models import User
from clinic.actions import account
from clinic.actions.frame import Doing
from clinic.actions.people import staff
from clinic.desk.account_adapter import tell_failure
from clinic.look.request import Request

METHODS = "account_authentication_methods"
"""The key of the session under which the library notes by which ways somebody came in."""


def _as(request: Request, user: User) -> Doing:
    """The circumstances of the request, with the account as the one who acts."""
    return replace(request.doing, actor=staff(user))


@receiver(user_logged_in)
def _in(request: Request, user: User, **_rest: Any) -> None:
    ways = [way.get("type") or way.get("method", "") for way in request.session.get(METHODS, [])]
    account.signed_in(_as(request, user), about=account.about(user), why=", ".join(ways))


@receiver(user_logged_out)
def _out(request: Request, user: User | None, **_rest: Any) -> None:
    if user is not None:
        account.signed_out(_as(request, user), about=account.about(user))


@receiver(authentication_failed)
def _failed(request: Request, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    tell_failure(request, user, str(authenticator.type))


@receiver(authenticator_added)
def _added(request: Request, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    account.factor_added(_as(request, user), about=account.about(user), why=str(authenticator.type))


@receiver(authenticator_removed)
def _removed(request: Request, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    account.factor_removed(_as(request, user), about=account.about(user), why=str(authenticator.type))


@receiver(authenticator_reset)
def _made(request: Request, user: User, **_rest: Any) -> None:
    account.codes_made(_as(request, user), about=account.about(user))


@receiver(password_changed)
def _changed(request: Request, user: User, **_rest: Any) -> None:
    account.password_changed(_as(request, user), about=account.about(user))


@receiver(password_reset)
def _reset(request: Request, user: User, **_rest: Any) -> None:
    account.password_reset(_as(request, user), about=account.about(user))
