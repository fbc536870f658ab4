"""Settings of the house: its places with rooms and hours, and what can be booked."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.accounts.models import Clinic, Location
from clinic.actions.permissions import check, not_found
from clinic.actions.settings_house import (
    hours_values,
    keep_hours,
    keep_location,
    keep_room,
    keep_service,
    location_values,
    room_values,
    service_values,
)
from clinic.desk.settings_forms import DAYS, HoursForm, LocationForm, RoomForm, ServiceForm, Sheet, sheet
from clinic.look.request import Request


def owned(request: Request) -> Clinic:
    check(request.doing.actor, "settings")
    clinic: Clinic = request.user.clinic  # type: ignore[union-attr]
    return clinic


def place_here(request: Request, public: str) -> Location:
    place = owned(request).locations.filter(public=public).first()
    if place is None:
        raise not_found()
    return place


@require_GET
def places(request: Request) -> HttpResponse:
    found = owned(request).locations.prefetch_related("rooms", "hours").order_by("-open", "name")
    rows = [(place, hours_pairs(place)) for place in found]
    return render(request, "desk/settings/places.html", {"rows": rows})


def hours_pairs(place: Location) -> list[tuple[str, str]]:
    """The days on which a place is open, with the hours of each; empty where nobody entered any."""
    found: dict[int, list[str]] = {}
    for each in sorted(place.hours.all(), key=lambda row: (row.weekday, row.opens)):
        found.setdefault(each.weekday, []).append(f"{each.opens:%H:%M}–{each.closes:%H:%M}")
    return [(str(DAYS[day]), ", ".join(ranges)) for day, ranges in sorted(found.items())]


@require_http_methods(["GET", "POST"])
def place(request: Request, public: str = "") -> HttpResponse:
    owned(request)
    now = location_values(place_here(request, public)) if public else {"open": "yes"}
    return sheet(
        request,
        Sheet(
            title=_("Location") if public else _("New location"),
            form=LocationForm.opened(request, now),
            now=now,
            save=lambda seen, wanted: keep_location(request.doing, public=public, seen=seen, wanted=wanted),
            back=reverse("desk:settings_places"),
        ),
    )


@require_http_methods(["GET", "POST"])
def hours(request: Request, public: str) -> HttpResponse:
    found = place_here(request, public)
    now = hours_values(found)
    return sheet(
        request,
        Sheet(
            title=_("Hours of %(place)s") % {"place": found.name},
            form=HoursForm.opened(request, now),
            now=now,
            save=lambda seen, wanted: keep_hours(request.doing, location=public, seen=seen, wanted=wanted),
            back=reverse("desk:settings_places"),
        ),
    )


@require_http_methods(["GET", "POST"])
def room(request: Request, public: str, room: str = "") -> HttpResponse:
    found = place_here(request, public)
    known = found.rooms.filter(public=room).first()
    if room and known is None:
        raise not_found()
    now = room_values(known) if known else {"open": "yes"}
    return sheet(
        request,
        Sheet(
            title=_("Room in %(place)s") % {"place": found.name},
            form=RoomForm.opened(request, now),
            now=now,
            save=lambda seen, wanted: keep_room(request.doing, location=public, public=room, seen=seen, wanted=wanted),
            back=reverse("desk:settings_places"),
        ),
    )


@require_GET
def services(request: Request) -> HttpResponse:
    rows = owned(request).services.order_by("-open", "name")
    return render(request, "desk/settings/services.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
def service(request: Request, public: str = "") -> HttpResponse:
    known = owned(request).services.filter(public=public).first()
    if public and known is None:
        raise not_found()
    now = service_values(known) if known else {"open": "yes"}
    return sheet(
        request,
        Sheet(
            title=_("Service") if public else _("New service"),
            form=ServiceForm.opened(request, now),
            now=now,
            save=lambda seen, wanted: keep_service(request.doing, public=public, seen=seen, wanted=wanted),
            back=reverse("desk:settings_services"),
        ),
    )


urlpatterns = [
    path("settings/places/", places, name="settings_places"),
    path("settings/places/new/", place, name="settings_new_place"),
    path("settings/places/<str:public>/", place, name="settings_place"),
    path("settings/places/<str:public>/hours/", hours, name="settings_hours"),
    path("settings/places/<str:public>/rooms/new/", room, name="settings_new_room"),
    path("settings/places/<str:public>/rooms/<str:room>/", room, name="settings_room"),
    path("settings/services/", services, name="settings_services"),
    path("settings/services/new/", service, name="settings_new_service"),
    path("settings/services/<str:public>/", service, name="settings_service"),
]
