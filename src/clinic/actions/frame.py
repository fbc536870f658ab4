"""What every act is made of: who acts, when, and one transaction that leaves exactly one row in the journal.

A page, an import, a command and a test all come in by a function marked `@act`. Time, chance and identity come in
with `Doing`. A nested act is refused: it would leave two rows for one change. Only an act that opens several records to
be read leaves a row of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction

from clinic.accounts.models import Role
from clinic.records.journal import append, append_each, tell_beside
from clinic.records.models import Patient, Sealed

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: somebody of the staff, a patient or guardian with a private link, or the house itself (a command).

    `roles` are pairs of role and location id. A patient's and a guardian's `patient_id` is the one they speak for, and
    `purpose` that of their link. `fresh`: signed in again a moment ago, as signing needs.
    """

    key: str
    name: str
    clinic_id: int | None
    roles: frozenset[tuple[Role, int]] = frozenset()
    user_id: int | None = None
    patient_id: int | None = None
    guardian_id: int | None = None
    purpose: str = ""
    fresh: bool = False

    @property
    def account(self) -> int:
        """The key of the account behind somebody of the staff; whoever has none was stopped by the permissions."""
        if self.user_id is None:
            raise AssertionError(f"{self.key} has no account")
        return self.user_id

    @property
    def house(self) -> int:
        """The key of the clinic where somebody acts."""
        if self.clinic_id is None:
            raise AssertionError(f"{self.key} belongs to no clinic")
        return self.clinic_id

    def has(self, *roles: Role) -> bool:
        """Whether somebody holds one of these roles anywhere: for what belongs to no place. Else ask `at`."""
        return any(role in roles for role, _ in self.roles)

    def at(self, location_id: int | None) -> frozenset[Role]:
        """The roles that somebody holds at a place: what they hold elsewhere opens nothing of it."""
        return frozenset(role for role, place in self.roles if place == location_id)

    def renewed(self) -> Actor:
        """The same person as if they had signed in again: to tell what else would stand in the way."""
        return replace(self, fresh=True)

    def locations(self, *roles: Role) -> frozenset[int]:
        return frozenset(location for role, location in self.roles if role in roles)

    @property
    def role_words(self) -> str:
        return ",".join(sorted({role.value for role, _ in self.roles})) or self.key.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Doing:
    """The circumstances of an act. `token` makes a new random name; `via` says by which way it came in."""

    actor: Actor
    now: datetime
    token: Callable[[], str]
    via: str
    why: str = ""


@dataclass(slots=True)
class _Running:
    event: str
    rows: int = 0
    sealed: list[Sealed] = field(default_factory=list)


_running: ContextVar[_Running | None] = ContextVar("running", default=None)


def running() -> str | None:
    """The event of the act that is under way, for the test that no write happens outside one."""
    found = _running.get()
    return found.event if found else None


def act(event: str) -> Callable[[Callable[Concatenate[Doing, P], R]], Callable[Concatenate[Doing, P], R]]:
    """Marks a function as an act: one transaction, and exactly one call of `note` (or `note_reads`) in it."""

    def mark(function: Callable[Concatenate[Doing, P], R]) -> Callable[Concatenate[Doing, P], R]:
        @wraps(function)
        def acting(doing: Doing, /, *args: P.args, **kwargs: P.kwargs) -> R:
            outer = _running.get()
            if outer is not None:
                raise AssertionError(f"{event} was called inside {outer.event}; share a plain function instead")
            mine = _Running(event)
            token = _running.set(mine)
            try:
                with transaction.atomic():
                    result = function(doing, *args, **kwargs)
                    if mine.rows != 1:
                        raise AssertionError(f"{event} left {mine.rows} rows in the journal instead of one")
            finally:
                _running.reset(token)
            return result

        return acting

    return mark


def note(
    doing: Doing,
    *,
    patient: Patient | None = None,
    about: str = "",
    why: str = "",
    sealed: Iterable[Sealed] = (),
    wrote: bool = True,
    also: Patient | None = None,
    event: str = "",
) -> None:
    """The one row of the act under way, under another `event` where it came to that. `sealed` names the sealed rows it
    wrote; `wrote=False` is for acts that read. `also` is a second patient whose record changed with it, whom a restore
    must find.
    """
    asked = _noting()
    row = append(sealed=sealed, **_columns(doing, event or asked, patient, about, why))
    if wrote:
        tell_beside(row, also)


def note_reads(doing: Doing, read: Iterable[tuple[Patient, str]], *, wrote: bool = False) -> None:
    """The rows of an act that opened several records: one of each, with what of it is shown."""
    event = _noting()
    for row in append_each([_columns(doing, event, patient, about) for patient, about in read]):
        if wrote:
            tell_beside(row)


def _noting() -> str:
    """The event of the act under way, which notes now."""
    mine = _running.get()
    if mine is None:
        raise AssertionError("a row of the journal belongs to an act")
    mine.rows += 1
    return mine.event


def _columns(doing: Doing, event: str, patient: Patient | None, about: str, why: str = "") -> dict[str, Any]:
    return {
        "at": doing.now,
        "clinic_id": patient.clinic_id if patient else doing.actor.clinic_id,
        "actor": doing.actor.key,
        "actor_name": doing.actor.name,
        "roles": doing.actor.role_words,
        "event": event,
        "patient": patient,
        "about": about,
        "why": why or doing.why,
        "via": doing.via,
    }
