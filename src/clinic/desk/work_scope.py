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
    """

    actor: Actor
    places: tuple[Location, ...]
    mine: bool
    now: datetime

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

    def when(self, moment: datetime) -> str:
        zone = self.places[0].zone if self.places else "UTC"
        return date_format(local(moment, zone), "j M Y, H:i")


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
    that no column of a row tells is `slow`: it is worked out, and counted, only when it is looked at.
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
