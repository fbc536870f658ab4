"""Somebody of the staff at the desk's own pages, and a house that can take visits, for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from clinic.accounts.models import Role, User
from clinic.actions.settings_house import keep_room, keep_service
from clinic.actions.visits import Booking, enter_visit
from clinic.records.models import AuditEvent, Patient, Room, Service, Visit
from tests.web.conftest import House

OPEN = {"name": "", "note": "", "open": "yes", "minutes": "50", "pause": "0"}


def signed_in(user: User) -> Client:
    """A browser in which this person is signed in with both factors."""
    if not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, generate_totp_secret())
    client = Client()
    client.force_login(user)
    return client


def at_desk(house: House, role: Role) -> Client:
    return signed_in(house.people[role])


def room_of(house: House, name: str = "Linden") -> Room:
    return keep_room(house.doing(Role.OWNER), location=house.location.public, seen={}, wanted={**OPEN, "name": name})


def service_of(house: House, name: str = "Massage", minutes: int = 50, pause: int = 0) -> Service:
    wanted = {**OPEN, "name": name, "minutes": str(minutes), "pause": str(pause)}
    return keep_service(house.doing(Role.OWNER), seen={}, wanted=wanted)


def booked(
    house: House, patient: Patient, room: Room, service: Service, wall: datetime, *, second: bool | None = None
) -> Visit:
    """A visit entered by the desk, with the therapist of the house."""
    therapist = house.people[Role.THERAPIST].public
    booking = Booking(therapist, room.public, service.public, wall, second)
    return enter_visit(house.doing(Role.FRONT_DESK), public=patient.public, booking=booking)


def rows_of(event: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event=event).order_by("number"))


def text(response: object) -> str:
    return str(response.getvalue().decode())  # type: ignore[attr-defined]


def names(rows: Iterable[AuditEvent]) -> list[str]:
    return [row.event for row in rows]
