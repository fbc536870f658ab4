"""Today: the visits of one day, and what each needs before it can begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from clinic.accounts.models import Location, Role
from clinic.actions.frame import Actor
from clinic.actions.lists import read_list
from clinic.actions.permissions import CARERS, can, check
from clinic.desk.needs import Due, Need, needs
from clinic.look.request import Request
from clinic.records.content import known_hash
from clinic.records.facts import local
from clinic.records.models import Consent, Notice, Patient, PatientState, Visit

WHERE = (Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD)


@require_GET
def today(request: Request) -> HttpResponse:
    """Whoever owns the clinic and sees nobody in it begins with the settings."""
    actor, now = request.doing.actor, request.doing.now
    if can(actor, "settings") and not can(actor, "worklists"):
        return redirect("desk:settings")
    check(actor, "worklists")
    places = places_of(actor)
    this_day = local(now, places[0].zone if places else "UTC").date()
    day = asked_day(request.GET.get("day", ""), this_day)
    read_list(request.doing, about=f"day:{day}")
    rows = day_rows(actor, places, day, now)
    mine = [row for row in rows if row.mine]
    others = [row for row in rows if not row.mine]
    context = {
        "day": day,
        "is_today": day == this_day,
        "days": {"before": str(day - timedelta(days=1)), "after": str(day + timedelta(days=1))},
        "groups": [("mine", mine), ("others", others)] if mine else [("all", others)],
        "rows": rows,
        "many_places": len(places) > 1,
    }
    return render(request, "desk/today/page.html", context)


def places_of(actor: Actor) -> list[Location]:
    """The places of the clinic where somebody sees patients."""
    return list(Location.objects.filter(pk__in=actor.locations(*WHERE), open=True).order_by("name"))


def asked_day(text: str, this_day: date) -> date:
    """The day that an address names, as far as it is one; else today."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    return found if found and 1900 < found.year < 9000 else this_day


def span(day: date, zone: str) -> tuple[datetime, datetime]:
    """Where a day of a place begins and ends, as instants: 23 to 25 hours."""
    place = ZoneInfo(zone)
    begin, end = (datetime.combine(each, time.min, place) for each in (day, day + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def visits_of(places: Iterable[Location], day: date) -> QuerySet[Visit]:
    """The visits of a day at these places, each by its own clock, without those called off."""
    wanted = Q(pk=None)
    for place in places:
        begin, end = span(day, place.zone)
        wanted |= Q(location=place, starts__gte=begin, starts__lt=end)
    found = Visit.objects.filter(wanted).exclude(state=Visit.State.CANCELLED).order_by("starts", "pk")
    return found.select_related(
        "location", "room", "service", "therapist", "patient__state", "patient__merged_into__state"
    )


@dataclass(frozen=True, slots=True)
class DayRow:
    """One visit as the day shows it."""

    visit: Visit
    patient: Patient
    at: str
    until: str
    zone: str
    first: Need
    url: str
    then: str
    mine: bool
    expected: bool
    at_table: bool


def day_rows(actor: Actor, places: list[Location], day: date, now: datetime) -> list[DayRow]:
    visits = list(visits_of(places, day))
    people = {person(visit).pk: person(visit) for visit in visits}
    flags = set(
        Notice.objects.filter(patient__in=people, kind=Notice.Kind.RED_FLAG, seen_at=None).values_list(
            "patient_id", flat=True
        )
    )
    given = given_by(people)
    zones = len({place.zone for place in places}) > 1
    return [day_row(actor, visit, now, flags=flags, given=given, zones=zones) for visit in visits]


def person(visit: Visit) -> Patient:
    """Whose visit it is: the record that was kept, where two were united."""
    return visit.patient.merged_into or visit.patient


def given_by(people: Iterable[int]) -> dict[int, set[str]]:
    """The kinds of consent that count now, by patient: the last word about each."""
    wanted = set(people)
    rows = Consent.objects.filter(Q(patient__in=wanted) | Q(patient__merged_into__in=wanted)).order_by("pk")
    found: dict[int, set[str]] = {}
    for patient, kept, kind, given in rows.values_list("patient_id", "patient__merged_into_id", "kind", "given"):
        kinds = found.setdefault(kept or patient, set())
        kinds.add(kind) if given else kinds.discard(kind)
    return found


def day_row(
    actor: Actor, visit: Visit, now: datetime, *, flags: set[int], given: dict[int, set[str]], zones: bool
) -> DayRow:
    patient, zone = person(visit), visit.location.zone
    due = Due(
        state=state_of(patient),
        content=known_hash(visit.clinic_id),
        starts=visit.starts,
        zone=zone,
        today=local(now, zone).date(),
        red_flag=patient.pk in flags,
        given=given.get(patient.pk, ()),
    )
    found = needs(due, carer=not actor.at(patient.location_id).isdisjoint(CARERS))
    starts, ends = local(visit.starts, zone), local(visit.ends, zone)
    return DayRow(
        visit=visit,
        patient=patient,
        at=date_format(starts, "H:i"),
        until=date_format(ends, "H:i"),
        zone=zone if zones else "",
        first=found[0],
        url=found[0].url(patient),
        then=", ".join(need.words for need in found[1:]),
        mine=visit.therapist_id == actor.user_id,
        expected=visit.state == Visit.State.EXPECTED,
        at_table=visit.state == Visit.State.ARRIVED and visit.therapist_id == actor.user_id,
    )


def state_of(patient: Patient) -> PatientState | None:
    return patient.state if hasattr(patient, "state") else None


def day_url(day: date) -> str:
    return f"{reverse('desk:today')}?day={day}"


urlpatterns = [path("", today, name="today")]
