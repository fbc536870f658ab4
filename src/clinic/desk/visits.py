"""Entering a visit, from the day or from the patient; that somebody is here; calling one off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.accounts.models import Location
from clinic.actions.lists import read_list
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import check
from clinic.actions.visits import (
    Booking,
    SaidTwice,
    arrive,
    cancel_visit,
    enter_visit,
    therapists_of,
    visit_for_act,
)
from clinic.desk.frame import banner
from clinic.desk.patients import row, search
from clinic.desk.today import asked_day, day_url
from clinic.look.request import Request
from clinic.records.facts import local
from clinic.records.models import Hours, Patient, Room, Service, Visit
from effleurage.errors import InputError

SHOWN = 20


@require_GET
def whose(request: Request) -> HttpResponse:
    """Whose visit it is: found by name, number or telephone."""
    check(request.doing.actor, "visit.enter")
    words = request.GET.get("q", "").strip()
    found = list(search(request, words)[:SHOWN]) if words else []
    if words:
        read_list(request.doing, about=f"patients:{len(found)}")
    context = {"words": words, "rows": [(each, row(each)) for each in found], "day": request.GET.get("day", "")}
    return render(request, "desk/today/whose.html", context)


class VisitForm(forms.Form):
    """Therapist, room, service and time. Which of two equal times is meant is asked only where there are two."""

    service = forms.ChoiceField(label=gettext_lazy("What for"))
    therapist = forms.ChoiceField(label=gettext_lazy("Therapist"))
    room = forms.ChoiceField(label=gettext_lazy("Room"))
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    time = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))

    def __init__(self, *args: Any, place: Location, twice: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.filter(clinic=place.clinic_id, open=True).order_by("name")
        self._offer("service", [(each.public, _service_words(each)) for each in services])
        self._offer("therapist", list(therapists_of(place).values_list("public", "name")))
        rooms = Room.objects.filter(location=place, open=True).order_by("name")
        self._offer("room", list(rooms.values_list("public", "name")))
        self.fields["time"].help_text = _("By the clock of %(place)s (%(zone)s).") % {
            "place": place.name,
            "zone": place.zone,
        }
        if twice:
            self.fields["second"] = forms.ChoiceField(
                label=_("This time comes twice that night. Which one?"),
                choices=[("0", _("The first, before the clocks are put back")), ("1", _("The second, after it"))],
                widget=forms.RadioSelect,
            )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def lacking(self) -> list[str]:
        """What the place has none of yet, by the label of the field."""
        names = ("service", "therapist", "room")
        return [str(self.fields[name].label) for name in names if not self.fields[name].choices]  # type: ignore[attr-defined]

    def booking(self) -> Booking:
        data = self.cleaned_data
        second = {"0": False, "1": True}.get(data.get("second", ""))
        wall = datetime.combine(data["day"], data["time"])
        return Booking(data["therapist"], data["room"], data["service"], wall, second)


def _service_words(service: Service) -> str:
    return _("%(name)s, %(minutes)s minutes") % {"name": service.name, "minutes": service.minutes}


@require_http_methods(["GET", "POST"])
def new_visit(request: Request, public: str) -> HttpResponse:
    """The visit of this patient. What the database refuses is said as a sentence on the form, and nothing is lost."""
    who = open_chart(request.doing, public=public, right="visit.enter", about="visits")
    form = _form(request, who, twice="second" in request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            visit = enter_visit(request.doing, public=public, booking=form.booking())
        except SaidTwice:
            form = _form(request, who, twice=True)
            form.is_valid()
        except InputError as error:
            form.add_error(None, str(error))
        else:
            return _entered(request, visit)
    on = local(request.doing.now, who.location.zone).date()
    context = {
        "patient": who,
        "banner": banner(who, on),
        "form": form,
        "lacking": form.lacking(),
        "visits": _visits(who),
    }
    return render(request, "desk/today/new.html", context, status=422 if form.errors else 200)


def _form(request: Request, who: Patient, *, twice: bool) -> VisitForm:
    this_day = local(request.doing.now, who.location.zone).date()
    initial = {"day": asked_day(request.GET.get("day", ""), this_day)}
    if request.user.memberships.filter(location=who.location_id, role="therapist").exists():  # type: ignore[union-attr]
        initial["therapist"] = request.user.public  # type: ignore[union-attr, assignment]
    return VisitForm(request.POST or None, place=who.location, twice=twice, initial=initial)


def _entered(request: Request, visit: Visit) -> HttpResponse:
    wall = local(visit.starts, visit.location.zone)
    words = {"name": visit.patient.name, "day": date_format(wall, "j E"), "time": date_format(wall, "H:i")}
    messages.success(request, _("%(name)s comes on %(day)s at %(time)s.") % words)
    if outside_hours(visit):
        messages.warning(request, _("By its opening hours the place is closed then."))
    return redirect(day_url(wall.date()))


def outside_hours(visit: Visit) -> bool:
    """Whether a visit reaches out of the opening hours; a place whose hours nobody entered is always open."""
    zone = visit.location.zone
    starts, ends = local(visit.starts, zone), local(visit.ends, zone)
    hours = list(Hours.objects.filter(location=visit.location_id))
    inside = any(
        each.weekday == starts.weekday() and each.opens <= starts.time() and ends.time() <= each.closes
        for each in hours
    )
    return bool(hours) and not (inside and starts.date() == ends.date())


def _visits(who: Patient) -> list[tuple[str, str]]:
    """The last and the next visits of a patient, as day and state."""
    found = who.visits.select_related("location", "therapist").order_by("-starts")[:10]
    return [
        (
            date_format(local(each.starts, each.location.zone), "j E Y, H:i"),
            f"{each.therapist.name}, {each.get_state_display()}",
        )
        for each in found
    ]


@require_POST
def visit_arrive(request: Request, visit: str) -> HttpResponse:
    found = arrive(request.doing, visit=visit)
    messages.success(request, _("%(name)s is here.") % {"name": found.patient.name})
    return redirect(day_url(local(found.starts, found.location.zone).date()))


class CallOffForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)


@require_http_methods(["GET", "POST"])
def visit_cancel(request: Request, visit: str) -> HttpResponse:
    """Asks once more, since the time is free for others right after."""
    found = visit_for_act(request.doing, visit)
    wall = local(found.starts, found.location.zone)
    form = CallOffForm(request.POST or None)
    if request.method == "GET":
        read_list(request.doing, about=f"visit:{found.public}")
    if request.method == "POST" and form.is_valid():
        cancel_visit(request.doing, visit=visit, why=form.cleaned_data["why"])
        messages.success(request, _("The visit of %(name)s is called off.") % {"name": found.patient.name})
        return redirect(day_url(wall.date()))
    context = {"visit": found, "wall": wall, "form": form, "back": day_url(wall.date())}
    return render(request, "desk/today/cancel.html", context)


urlpatterns = [
    path("visits/new/", whose, name="new_visit_whose"),
    path("p/<str:public>/visits/new/", new_visit, name="new_visit"),
    path("visits/<str:visit>/arrive/", visit_arrive, name="visit_arrive"),
    path("visits/<str:visit>/cancel/", visit_cancel, name="visit_cancel"),
]
