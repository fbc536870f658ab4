"""Visits: entering, calling off, and that somebody has come. The database itself lets no two of one person overlap.

A visit is entered as people say it, by the clock on the wall of the place. An hour that the clock skips is refused; of
an hour that it goes through twice, somebody must say which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.accounts.models import Location, Role, User
from clinic.actions.frame import Doing, act, note
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import check, not_found
from clinic.records.facts import local
from clinic.records.models import Patient, Room, Service, Visit
from effleurage.errors import InputError

OVERLAPS: Final = ("therapist", "room", "patient")
"""Each whose time can be taken, as the refusals of the database name them: `visit_room_overlaps`."""
OPEN_STATES: Final = (Visit.State.EXPECTED, Visit.State.ARRIVED)


class SaidTwice(InputError):
    """A time that the clock of the place shows twice on that day; `moments` are both."""

    moments: tuple[datetime, ...] = ()


def instants(wall: datetime, zone: str) -> tuple[datetime, ...]:
    """The moments at which the clock of a place shows a time: none, one or two.

    >>> [f"{moment:%H:%M}" for moment in instants(datetime(2026, 10, 25, 3, 30), "Europe/Kyiv")]
    ['00:30', '01:30']
    >>> instants(datetime(2026, 3, 29, 3, 30), "Europe/Kyiv")
    ()
    """
    place = ZoneInfo(zone)
    both = [wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return tuple(dict.fromkeys(moment for moment in both if local(moment, zone) == wall.replace(microsecond=0)))


def moment_of(wall: datetime, zone: str, second: bool | None) -> datetime:
    """The one moment that is meant; `second` tells which, where the clock shows the time twice."""
    found = instants(wall, zone)
    if not found:
        raise InputError(
            where=_("Time"),
            what=_("The clocks are put forward that night: this time does not exist."),
            remedy=_("Choose an earlier or a later time."),
        )
    if len(found) == 2 and second is None:
        error = SaidTwice(
            where=_("Time"),
            what=_("The clocks are put back that night: this time comes twice."),
            remedy=_("Say which of the two is meant."),
        )
        error.moments = found
        raise error
    return found[-1] if second else found[0]


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be entered: by whom, where, what, and when by the clock of the place."""

    therapist: str
    room: str
    service: str
    wall: datetime
    second: bool | None = None


@act("visit.enter")
def enter_visit(doing: Doing, *, public: str, booking: Booking) -> Visit:
    """Enters a visit of a patient. Raises InputError, with whose time is taken, where it cannot be."""
    patient = patient_for_act(doing, public, "visit.enter")
    therapist, room, service = _resources(patient, booking)
    starts = moment_of(booking.wall, room.location.zone, booking.second)
    visit = Visit(
        public=doing.token(),
        clinic_id=patient.clinic_id,
        location=room.location,
        patient=patient,
        therapist=therapist,
        room=room,
        service=service,
        starts=starts,
        ends=starts + timedelta(minutes=service.minutes),
    )
    check_cleared(visit)
    check_same_person(visit)
    try:
        with transaction.atomic():
            visit.save(force_insert=True)
    except IntegrityError as refused:
        raise taken(visit, str(refused)) from None
    note(doing, patient=patient, about=f"visit:{visit.public}")
    return visit


def _resources(patient: Patient, booking: Booking) -> tuple[User, Room, Service]:
    """Therapist, room and service of the patient's own place; what belongs elsewhere does not exist here."""
    room = Room.objects.filter(public=booking.room, location=patient.location_id, open=True).first()
    service = Service.objects.filter(public=booking.service, clinic=patient.clinic_id, open=True).first()
    therapist = therapists_of(patient.location).filter(public=booking.therapist).first()
    if room is None or service is None or therapist is None:
        raise not_found()
    return therapist, room, service


def therapists_of(location: Location) -> QuerySet[User]:
    """Who treats people at a place now."""
    return User.objects.filter(
        is_active=True, memberships__location=location, memberships__role=Role.THERAPIST
    ).order_by("name")


def check_cleared(visit: Visit) -> None:
    """A room must be cleared before the next visit in it, for as long as the service says."""
    pause = timedelta(minutes=visit.service.pause if visit.service else 0)
    day = timedelta(days=1)
    near = Visit.objects.filter(room=visit.room, starts__gt=visit.starts - day, starts__lt=visit.ends + day)
    for other in near.exclude(state=Visit.State.CANCELLED).select_related("service"):
        after = timedelta(minutes=other.service.pause if other.service else 0)
        touches = other.starts < visit.ends and visit.starts < other.ends
        if not touches and visit.starts < other.ends + after and other.starts < visit.ends + pause:
            raise _too_close(visit, other)


def _too_close(visit: Visit, other: Visit) -> InputError:
    return InputError(
        where=_("Room"),
        what=_("%(room)s must be cleared between this visit and the one from %(from)s to %(to)s.")
        % {"room": visit.room.name, **_clock(other)},
        remedy=_("Choose another time or another room."),
    )


def check_same_person(visit: Visit) -> None:
    """Nobody has two visits at once, also not one of them under a record that was folded into theirs."""
    parts = Visit.objects.filter(patient__merged_into=visit.patient, starts__lt=visit.ends, ends__gt=visit.starts)
    if parts.exclude(state=Visit.State.CANCELLED).exists():
        raise taken(visit, "visit_patient_overlaps")


def taken(visit: Visit, refusal: str) -> InputError:
    """The database's refusal as a sentence that says whose time is taken, and from when to when."""
    who = next((name for name in OVERLAPS if f"visit_{name}_overlaps" in refusal), None)
    if who is None:
        raise AssertionError(f"the database refused a visit for an unknown reason: {refusal}")
    names = {"therapist": visit.therapist.name, "room": visit.room.name, "patient": visit.patient.name}
    overlapping = Visit.objects.filter(starts__lt=visit.ends, ends__gt=visit.starts, **{who: getattr(visit, who)})
    other = overlapping.exclude(state=Visit.State.CANCELLED).order_by("starts").first() or visit
    sentences = {
        "therapist": _("%(name)s has another visit from %(from)s to %(to)s."),
        "room": _("%(name)s is taken from %(from)s to %(to)s."),
        "patient": _("%(name)s has a visit from %(from)s to %(to)s already."),
    }
    other.location = visit.location
    return InputError(
        where={"therapist": _("Therapist"), "room": _("Room"), "patient": _("Time")}[who],
        what=sentences[who] % {"name": names[who], **_clock(other)},
        remedy=_("Choose another time, or somebody or somewhere else."),
    )


def _clock(visit: Visit) -> dict[str, str]:
    zone = visit.location.zone
    return {"from": _time(local(visit.starts, zone)), "to": _time(local(visit.ends, zone))}


def _time(wall: datetime) -> str:
    return date_format(wall, "H:i")


@act("visit.cancel")
def cancel_visit(doing: Doing, *, visit: str, why: str = "") -> Visit:
    """Calls a visit off. It stays on record, and its time is free again."""
    return _become(doing, visit, Visit.State.CANCELLED, OPEN_STATES, why.strip())


@act("visit.arrive")
def arrive(doing: Doing, *, visit: str) -> Visit:
    """The patient is here."""
    return _become(doing, visit, Visit.State.ARRIVED, (Visit.State.EXPECTED,))


def _become(doing: Doing, public: str, state: Visit.State, from_states: Iterable[Visit.State], why: str = "") -> Visit:
    """From one state to the next, unless somebody else was quicker."""
    found = visit_for_act(doing, public)
    if not Visit.objects.filter(pk=found.pk, state__in=list(from_states)).update(state=state):
        raise InputError(
            where=_("Visit"),
            what=_("It is now: %(state)s.") % {"state": found.get_state_display()},
            remedy=_("Go back to the day and look again."),
        )
    found.state = state
    note(doing, patient=found.patient, about=f"visit:{found.public}", why=why)
    return found


def visit_for_act(doing: Doing, public: str) -> Visit:
    """A visit at one of the places where somebody works; any other does not exist for them."""
    found = Visit.objects.select_related("patient__location", "location", "therapist", "room", "service")
    visit = found.filter(public=public, clinic=doing.actor.clinic_id).first()
    if visit is None:
        raise not_found()
    check(doing.actor, "visit.enter", visit.patient, now=doing.now)
    return visit
