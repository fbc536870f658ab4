"""What the owner enters about the house: the clinic, places, rooms, services, hours, and how long records are kept."""

from __future__ import annotations

import re
from datetime import time
from itertools import pairwise
from typing import Final, TypeVar
from zoneinfo import available_timezones

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.models import Clinic, Location
from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import not_found
from clinic.actions.settings_change import (
    Values,
    check_name,
    check_owner_left,
    check_seen,
    clinic_of,
    insist,
    number,
    told,
)
from clinic.records.languages import spoken_here
from clinic.records.models import Hours, Retention, Room, Service
from effleurage.errors import InputError
from effleurage.session.note import TEMPLATES

Row = TypeVar("Row", bound=Model)
KINDS: Final = {
    "record": gettext_lazy("Facts, decisions and plans"),
    "documents": gettext_lazy("Letters and reports"),
    "consents": gettext_lazy("Consents"),
    "visits": gettext_lazy("Visits"),
    "contact": gettext_lazy("Name, address and how to reach"),
    "journal": gettext_lazy("The journal"),
    "staff": gettext_lazy("Accounts of people who work here"),
}
"""The kinds of record for which the owner enters how long they are kept. The years come from nowhere else."""
CLINIC: Final = ("name", "address", "phone", "emergency_number", "jurisdiction", "wording", "language", "note_template")
LOCATION: Final = ("name", "address", "phone", "zone")
RANGE: Final = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")


def yes(value: bool) -> str:
    return "yes" if value else ""


def clinic_values(clinic: Clinic) -> dict[str, str]:
    return {name: getattr(clinic, name) for name in CLINIC}


def location_values(place: Location) -> dict[str, str]:
    return {**{name: getattr(place, name) for name in LOCATION}, "open": yes(place.open)}


def room_values(room: Room) -> dict[str, str]:
    return {"name": room.name, "note": room.note, "open": yes(room.open)}


def service_values(service: Service) -> dict[str, str]:
    minutes, pause = str(service.minutes), str(service.pause)
    return {"name": service.name, "minutes": minutes, "pause": pause, "open": yes(service.open)}


def hours_values(place: Location) -> dict[str, str]:
    """By weekday, "9:00-12:00, 13:00-18:00"; closed is empty."""
    found: dict[str, list[str]] = {str(day): [] for day in range(7)}
    for each in place.hours.order_by("weekday", "opens"):
        found[str(each.weekday)].append(f"{each.opens:%H:%M}-{each.closes:%H:%M}")
    return {day: ", ".join(ranges) for day, ranges in found.items()}


def retention_values(clinic: Clinic) -> dict[str, str]:
    """For the jurisdiction of the clinic, years and ground of each kind; "" where nobody entered any."""
    found = {f"{kind}_{what}": "" for kind in KINDS for what in ("years", "ground")}
    for row in Retention.objects.filter(clinic=clinic, jurisdiction=clinic.jurisdiction, kind__in=KINDS):
        found[f"{row.kind}_years"] = "" if row.years is None else str(row.years)
        found[f"{row.kind}_ground"] = row.ground
    return found


@act("settings.clinic")
def change_clinic(doing: Doing, *, seen: Values, wanted: Values) -> Clinic:
    """Name, address, telephone, emergency number, jurisdiction, wording, language and notes of the clinic."""
    clinic = clinic_of(doing)
    now = clinic_values(clinic)
    check_seen(seen=seen, now=now, wanted=wanted)
    check_name((), wanted["name"])
    insist(_("Emergency number"), _("It is shown where seconds count."), _("Write the number that is called here."),
           unless=bool(wanted["emergency_number"].strip()))  # fmt: skip
    insist(
        _("Wording"), _("It is patient or client."), _("Choose one."), unless=wanted["wording"] in ("patient", "client")
    )
    insist(_("Language"), _("This language is not whole yet."), _("Look under Languages at what it lacks."),
           unless=wanted["language"] == now["language"] or spoken_here(wanted["language"], clinic.pk))  # fmt: skip
    insist(_("Notes"), _("There is no such template of notes."), _("Choose one."),
           unless=wanted["note_template"] in TEMPLATES)  # fmt: skip
    for name in CLINIC:
        setattr(clinic, name, wanted[name].strip())
    clinic.save(update_fields=list(CLINIC))
    note(doing, about=f"clinic:{clinic.public}", why=told(now, wanted))
    return clinic


@act("settings.location")
def keep_location(doing: Doing, *, public: str = "", seen: Values, wanted: Values) -> Location:
    """A new place (without `public`), or a changed one. Its time zone must exist."""
    clinic = clinic_of(doing)
    place = location_of(clinic, public) if public else Location(public=doing.token(), clinic=clinic)
    now = location_values(place) if public else {}
    check_seen(seen=seen, now=now, wanted=wanted)
    check_name(clinic.locations.exclude(pk=place.pk).values_list("name", flat=True), wanted["name"])
    check_zone(wanted["zone"])
    for name in LOCATION:
        setattr(place, name, wanted[name].strip())
    place.open = bool(wanted["open"])
    place.save()
    check_owner_left(clinic)
    note(doing, about=f"location:{place.public}", why=told(now, wanted))
    return place


def check_zone(zone: str) -> None:
    """Raises InputError for a zone that the tables of time zones do not have."""
    insist(
        _("Time zone"),
        _("%(zone)s is no time zone.") % {"zone": zone or "—"},
        _("Write it as Europe/Kyiv: the continent, a slash, a large city."),
        unless=zone in available_timezones(),
    )


@act("settings.room")
def keep_room(doing: Doing, *, location: str, public: str = "", seen: Values, wanted: Values) -> Room:
    """A new room of a place, or a changed one."""
    clinic = clinic_of(doing)
    place = location_of(clinic, location)
    room = _one(place.rooms.filter(public=public)) if public else Room(public=doing.token(), location=place)
    now = room_values(room) if public else {}
    check_seen(seen=seen, now=now, wanted=wanted)
    check_name(place.rooms.exclude(pk=room.pk).values_list("name", flat=True), wanted["name"])
    room.name, room.note, room.open = wanted["name"].strip(), wanted["note"].strip(), bool(wanted["open"])
    room.save()
    note(doing, about=f"room:{room.public}", why=told(now, wanted))
    return room


@act("settings.service")
def keep_service(doing: Doing, *, public: str = "", seen: Values, wanted: Values) -> Service:
    """Something that can be booked: new, or changed. Visits that are entered already keep their length."""
    clinic = clinic_of(doing)
    service = _one(clinic.services.filter(public=public)) if public else Service(public=doing.token(), clinic=clinic)
    now = service_values(service) if public else {}
    check_seen(seen=seen, now=now, wanted=wanted)
    check_name(clinic.services.exclude(pk=service.pk).values_list("name", flat=True), wanted["name"])
    service.name, service.open = wanted["name"].strip(), bool(wanted["open"])
    service.minutes = number(wanted["minutes"], least=5, most=480, where=_("Minutes"))
    service.pause = number(wanted["pause"] or "0", least=0, most=240, where=_("Minutes to clear the room"))
    service.save()
    note(doing, about=f"service:{service.public}", why=told(now, wanted))
    return service


@act("settings.hours")
def keep_hours(doing: Doing, *, location: str, seen: Values, wanted: Values) -> Location:
    """When a place is open: any number of ranges a day, which do not overlap."""
    place = location_of(clinic_of(doing), location)
    now = hours_values(place)
    check_seen(seen=seen, now=now, wanted=wanted)
    rows = [
        Hours(location=place, weekday=day, opens=opens, closes=closes)
        for day in range(7)
        for opens, closes in ranges(wanted.get(str(day), ""))
    ]
    place.hours.all().delete()
    Hours.objects.bulk_create(rows)
    note(doing, about=f"location:{place.public}", why=told(now, wanted))
    return place


def ranges(text: str) -> list[tuple[time, time]]:
    """The hours of a day as people write them, in order. Raises InputError.

    >>> ranges("13.00-18:00, 9:00 – 12:00")
    [(datetime.time(9, 0), datetime.time(12, 0)), (datetime.time(13, 0), datetime.time(18, 0))]
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = sorted(_range(part) for part in parts)
    good = all(first[1] <= second[0] for first, second in pairwise(found))
    insist(_("Hours"), _("%(text)s overlap.") % {"text": text}, _("Write each time once."), unless=good)
    return found


def _range(part: str) -> tuple[time, time]:
    match = RANGE.fullmatch(part)
    try:
        opens, closes = (time(int(match[at]), int(match[at + 1])) for at in (1, 3)) if match else (time(1), time(0))
    except ValueError:
        opens, closes = time(1), time(0)
    if opens >= closes:
        raise InputError(
            where=_("Hours"),
            what=_("%(part)s is no time from and to.") % {"part": part},
            remedy=_("Write 9:00-12:00, and a comma before the next."),
        )
    return opens, closes


@act("settings.retention")
def keep_retention(doing: Doing, *, seen: Values, wanted: Values) -> None:
    """How long each kind of record is kept where the clinic works. Years without a legal ground are refused."""
    clinic = clinic_of(doing)
    insist(
        _("Jurisdiction"),
        _("The clinic has none yet."),
        _("Enter it under Clinic first."),
        unless=bool(clinic.jurisdiction),
    )
    now = retention_values(clinic)
    check_seen(seen=seen, now=now, wanted=wanted)
    for kind, label in KINDS.items():
        years, ground = wanted.get(f"{kind}_years", "").strip(), wanted.get(f"{kind}_ground", "").strip()
        insist(str(label), _("Years without a legal ground."), _("Name the law or contract that says so."),
               unless=bool(ground) or not years)  # fmt: skip
        Retention.objects.update_or_create(
            clinic=clinic,
            jurisdiction=clinic.jurisdiction,
            kind=kind,
            defaults={"years": number(years, least=0, most=200, where=str(label)) if years else None, "ground": ground},
        )
    note(doing, about=f"retention:{clinic.jurisdiction}", why=told(now, wanted))


def location_of(clinic: Clinic, public: str) -> Location:
    return _one(clinic.locations.filter(public=public))


def _one(found: QuerySet[Row]) -> Row:
    row = found.first()
    if row is None:
        raise not_found()
    return row
