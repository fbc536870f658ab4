"""Whose work a list shows, what a list is, and what a line of one says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise

from clinic.accounts.models import Location, Role
from clinic.actions.frame import Actor
from clinic.records.facts import local
from clinic.records.models import (
    Patient,
    PatientState,
)

CARERS: Final = (Role.THERAPIST, Role.CLINICAL_LEAD)
ALL: Final = (Role.FRONT_DESK, *CARERS)
LEADS: Final = (Role.CLINICAL_LEAD,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose work: who looks, at which places, and whether only at patients in their own care.

    A role counts at the place where it is held: `held_by` leaves the places at which somebody has one of some roles.
    `clocks` are the zones of all places where they work, also of those that they do not look at just now.
    """

    actor: Actor
    places: tuple[Location, ...]
    mine: bool
    now: datetime
    clocks: frozenset[str] = frozenset()

    @property
    def ids(self) -> list[int]:
        return [place.pk for place in self.places]

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for place in self.places for role in self.actor.at(place.pk))

    def held_by(self, roles: Collection[Role]) -> Scope:
        return replace(self, places=tuple(each for each in self.places if self.actor.at(each.pk) & set(roles)))

    def carer(self, location_id: int | None) -> bool:
        return not self.actor.at(location_id).isdisjoint(CARERS)

    def when(self, moment: datetime, location_id: int | None) -> str:
        """By the clock of a place; of the first one for what belongs to none."""
        zones = {place.pk: place.zone for place in self.places}
        return self.by_clock(moment, zones.get(location_id or 0) or next(iter(zones.values()), "UTC"))

    def by_clock(self, moment: datetime, zone: str) -> str:
        """As each page of the place says it, so that nobody telephones an hour too early."""
        named = other_clock(zone, self.clocks)
        return date_format(local(moment, zone), "j M Y, H:i") + (f" ({named})" if named else "")


def other_clock(zone: str, clocks: Collection[str]) -> str:
    """The name of a zone where a reader of these clocks has to be told it: unless they know no other."""
    return "" if set(clocks) == {zone} else zone


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do: of whom, what, since when, and where it is done. `seen` is the name of a notice to tick off."""

    title: str
    text: str
    when: str
    url: str
    kind: str = ""
    chip: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class WorkList:
    """One list. `find` is its query, `show` a row of it as a line; `rows` looks only where somebody has the role. One
    that no column of a row tells is `slow`: it is worked out when it is looked at, and counted once the page is there.
    """

    name: str
    title: str | Promise
    empty: str | Promise
    roles: tuple[Role, ...]
    find: Callable[[Scope], QuerySet[Any]]
    show: Callable[[Scope, Any], Line]
    slow: bool = False

    def rows(self, scope: Scope) -> QuerySet[Any]:
        return self.find(scope.held_by(self.roles))


def of_patients(scope: Scope, found: QuerySet[Any]) -> QuerySet[Any]:
    found = found.filter(patient__clinic=scope.actor.clinic_id, patient__location__in=scope.ids)
    if scope.mine:
        found = found.filter(patient__care__user=scope.actor.user_id)
    return found.select_related("patient")


def name_of(patient: Patient) -> str:
    return f"{patient.family}, {patient.given}"


def states(scope: Scope, wanted: Q, order: str = "patient_id") -> QuerySet[PatientState]:
    found = PatientState.objects.filter(wanted, clinic=scope.actor.clinic_id, location__in=scope.ids)
    if scope.mine:
        found = found.filter(patient__care__user=scope.actor.user_id)
    return found.select_related("patient").order_by(order)
