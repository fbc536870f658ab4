"""The times of a staff session: it locks when nobody uses it, and it ends for good after a working day.

Everything stands in the session itself, as seconds since 1970, so that no clock of a browser decides. A lock keeps the
session and where it was; only the same person opens it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.backends.base import SessionBase

IDLE: Final = timedelta(minutes=15)
DAY: Final = timedelta(hours=12)
TOUCH: Final = timedelta(seconds=20)
"""How often use is written down: a lock may come so much early, never late."""
BEGAN, SEEN, LOCKED, BACK, FRESH, ENROLLING, FACTOR, LANGUAGE, SIGNED_OUT, HANDED = (
    "began-at", "seen-at", "locked-at", "locked-back", "fresh-at", "enrolling-at", "factor", "language", "signed-out",
    "handed-to",
)  # fmt: skip
ENROL_WITHIN: Final = timedelta(minutes=15)


def begin(session: SessionBase, now: datetime) -> None:
    """At signing in."""
    session[BEGAN] = session[SEEN] = now.timestamp()
    session.pop(SIGNED_OUT, None)


def over(session: SessionBase, now: datetime) -> bool:
    """Whether the day of this session is over."""
    return _age(session, BEGAN, now) >= DAY


def is_locked(session: SessionBase, now: datetime) -> bool:
    return LOCKED in session or _age(session, SEEN, now) >= IDLE


def touch(session: SessionBase, now: datetime, *, by_hand: bool) -> None:
    """Somebody uses it, or a program does by itself. A session that knows no time of its own begins now."""
    if BEGAN not in session:
        begin(session, now)
    elif by_hand and _age(session, SEEN, now) >= TOUCH:
        session[SEEN] = now.timestamp()


def lock(session: SessionBase, now: datetime, back: str) -> None:
    session[LOCKED] = now.timestamp()
    session[BACK] = back


def unlock(session: SessionBase, now: datetime) -> str:
    """Opens it again; returns where it was."""
    session.pop(LOCKED, None)
    session.pop(HANDED, None)
    session[SEEN] = now.timestamp()
    return str(session.pop(BACK, "/"))


def hand(session: SessionBase, patient: str) -> None:
    """The screen goes into the hands of this patient: until somebody unlocks it, it shows their sheets alone."""
    session[HANDED] = patient


def handed_to(session: SessionBase) -> str:
    """The public name of the patient who has the screen; empty where the staff has."""
    return str(session.get(HANDED, ""))


def enrolling(session: SessionBase, now: datetime) -> bool:
    """Whether somebody without a second factor has just signed in and is setting one up."""
    return ENROLLING in session and _age(session, ENROLLING, now) < ENROL_WITHIN


def _age(session: SessionBase, key: str, now: datetime) -> timedelta:
    at = session.get(key)
    return timedelta(seconds=now.timestamp() - float(at)) if at is not None else timedelta()
