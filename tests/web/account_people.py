"""Somebody who signs in, for the tests: with a password, with an app, and by the front door."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from clinic.accounts.models import User
from clinic.records.models import AuditEvent

PASSWORD = "seven grey herons at noon"


def code(secret: str, step: int = 0) -> str:
    """The code of the app now; `step` -1 or 1 gives its neighbours, since no code counts twice."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1 + step]))


@dataclass
class Person:
    user: User
    secret: str
    recovery: list[str]

    def code(self, step: int = 0) -> str:
        return code(self.secret, step)


def with_app(user: User) -> Person:
    """An account with a password, the app and recovery codes."""
    user.set_password(PASSWORD)
    user.save()
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return Person(user, secret, RecoveryCodes.activate(user).get_unused_codes())


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, person: Person, step: int = 0, url: str = "/sign-in/") -> str:
    """By the front door with both factors; returns where it led."""
    client.post(url, {"login": person.user.email, "password": PASSWORD})
    return client.post("/sign-in/second/", {"code": person.code(step)}).headers.get("Location", "")


def events(name: str = "") -> list[AuditEvent]:
    found = AuditEvent.objects.filter(event__startswith="account.").order_by("number")
    return [event for event in found if name in ("", event.event)]
