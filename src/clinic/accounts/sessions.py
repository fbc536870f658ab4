"""The sessions of an account: all of them end when it is closed or gets a new way in."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from clinic.accounts.models import User


def end_sessions(user: User) -> None:
    """Ends every session of somebody, on every device."""
    for session in UserSession.objects.filter(user=user):
        session.end()
