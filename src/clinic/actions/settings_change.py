"""How a setting is changed: by who owns the clinic, and only from what they have seen.

A form carries the values it was opened with. If somebody else has changed one of them since, nothing is written and
both values are shown: the last one to press a button does not win unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.accounts.models import Clinic, Membership, Role
from clinic.actions.frame import Doing
from clinic.actions.permissions import check, not_found
from effleurage.errors import InputError

Values = Mapping[str, str]
"""A setting as plain texts by name: what a form shows and sends."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value that somebody else has changed in between: as it is now, and as it was to become."""

    name: str
    now: str
    yours: str


class ChangedMeanwhile(InputError):
    """Somebody else was quicker; `changes` are the values that differ from those the form was opened with."""

    changes: tuple[Change, ...] = ()


def clinic_of(doing: Doing) -> Clinic:
    """The owner's clinic, locked until the act ends: settings change one after another."""
    check(doing.actor, "settings")
    clinic = Clinic.objects.select_for_update(no_key=True).filter(pk=doing.actor.house).first()
    if clinic is None:
        raise not_found()
    return clinic


def check_seen(*, seen: Values, now: Values, wanted: Values) -> None:
    """Raises ChangedMeanwhile if a value is no longer as it was seen. What both changed alike is no quarrel."""
    different = [name for name in now if now[name] not in (seen.get(name, ""), wanted.get(name))]
    if different:
        error = ChangedMeanwhile(
            where=_("Settings"),
            what=_("Somebody else has changed this since you opened it. Nothing of yours was kept yet."),
            remedy=_("Look at both values, then keep yours or leave it."),
        )
        error.changes = tuple(Change(name, now[name], wanted.get(name, "")) for name in different)
        raise error


def told(now: Values, wanted: Values) -> str:
    """Which values a change touched, for the journal."""
    return ", ".join(name for name in wanted if wanted[name] != now.get(name, ""))


def insist(where: str, what: str, remedy: str, *, unless: bool) -> None:
    """Raises InputError, unless something holds."""
    if not unless:
        raise InputError(where=where, what=what, remedy=remedy)


def check_name(names: Iterable[str], wanted: str) -> None:
    """A name is not empty and not taken."""
    insist(_("Name"), _("A name is needed."), _("Write one."), unless=bool(wanted.strip()))
    taken = wanted.casefold() in {name.casefold() for name in names}
    insist(_("Name"), _("%(name)s exists already.") % {"name": wanted}, _("Choose another name."), unless=not taken)


def check_owner_left(clinic: Clinic) -> None:
    """Somebody must stay who can come in and change settings, at a place that is in use."""
    owners = Membership.objects.filter(
        role=Role.OWNER, user__clinic=clinic, user__is_active=True, location__open=True, location__clinic=clinic
    )
    insist(
        _("Owner"),
        _("After this nobody could change the settings any more."),
        _("First make somebody else an owner, at a place that is in use."),
        unless=owners.exists(),
    )


def number(text: str, *, least: int, most: int, where: str) -> int:
    """A whole number within bounds. Raises InputError.

    >>> number("45", least=5, most=240, where="Minutes")
    45
    """
    plain = text.strip()
    good = plain.isascii() and plain.isdigit() and least <= int(plain) <= most
    insist(where, _("%(text)s is no number from %(least)s to %(most)s.") % {"text": text, "least": least, "most": most},
           _("Write a whole number."), unless=good)  # fmt: skip
    return int(plain)
