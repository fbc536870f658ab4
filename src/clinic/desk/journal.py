"""The journal: who read and wrote what, of whom. For the lead and the owner; and of one patient, for the lead."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.accounts.models import Location, Role, User
from clinic.actions.frame import Actor
from clinic.actions.lists import checked_journal, export_journal, read_journal
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import check
from clinic.desk.frame import banner
from clinic.desk.today import span
from clinic.look.request import Request
from clinic.records.facts import local
from clinic.records.journal_part import check_part
from clinic.records.models import AuditEvent, Patient

PAGE: Final = 50
EXPORTED: Final = 10_000
PIECE: Final = 500
"""Rows of the file that are read and sent at once."""
STEP: Final = 2_000
"""Acts that one piece of the check looks at: well under a second."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


class FilterForm(forms.Form):
    """Of whom, by whom, what, when. All of it may be left empty."""

    number = forms.CharField(label=gettext_lazy("Patient number"), max_length=12, required=False)
    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    event = forms.CharField(
        label=gettext_lazy("What"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("The beginning: plan, account.sign"),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, clinic_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(clinic=clinic_id).order_by("name").values_list("public", "name")
        choices = [("", _("Everybody")), *((f"user:{public}", name) for public, name in people)]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]

    def told(self) -> str:
        """The filters in one line, for the row that this look leaves itself."""
        data = self.cleaned_data
        return (
            " ".join(f"{name}={data[name]}" for name in ("number", "person", "event", "day") if data.get(name)) or "all"
        )


def reach(actor: Actor) -> QuerySet[AuditEvent]:
    """The rows that somebody may see: of their clinic. A lead who is not the owner sees the places where they lead."""
    found = AuditEvent.objects.filter(clinic=actor.clinic_id)
    if actor.has(Role.OWNER):
        return found
    elsewhere = Location.objects.filter(clinic=actor.clinic_id).exclude(pk__in=actor.locations(Role.CLINICAL_LEAD))
    places = list(elsewhere.values_list("pk", flat=True))
    return found.exclude(patient__location__in=places) if places else found


def filtered(actor: Actor, form: FilterForm, zone: str) -> QuerySet[AuditEvent]:
    data, found = form.cleaned_data, reach(actor)
    if data["number"]:
        found = found.filter(patient__number__iexact=data["number"].strip(), patient__clinic=actor.clinic_id)
    if data["person"]:
        found = found.filter(actor=data["person"])
    if data["event"]:
        found = found.filter(event__startswith=data["event"].strip())
    if data["day"]:
        begin, end = span(data["day"], zone)
        found = found.filter(at__gte=begin, at__lt=end)
    return found.select_related("patient").order_by("-number")


@dataclass(frozen=True, slots=True)
class Line:
    """One act as it is shown. What was said about a patient's body is left out for who does not treat."""

    number: int
    when: str
    who: str
    roles: str
    event: str
    patient: str
    url: str
    about: str
    why: str
    via: str


def line(row: AuditEvent, actor: Actor, zone: str) -> Line:
    patient: Patient | None = row.patient
    lead = patient is not None and Role.CLINICAL_LEAD in actor.at(patient.location_id)
    hidden = patient is not None and not lead
    return Line(
        number=row.number,
        when=date_format(local(row.at, zone), "Y-m-d H:i:s"),
        who=row.actor_name or row.actor,
        roles=", ".join(str(Role(name).label) if name in Role.values else name for name in row.roles.split(",")),
        event=row.event,
        patient=patient.number if patient else "",
        url=reverse("desk:patient_journal", args=[patient.public]) if patient and lead else "",
        about=row.about.partition(":")[0].partition(" ")[0] if hidden else row.about,
        why="" if hidden else row.why,
        via=row.via,
    )


def zone_of(actor: Actor) -> str:
    """The clock by which the journal is read: of the first place where somebody works."""
    places = [location for _role, location in actor.roles]
    return Location.objects.filter(pk__in=places).order_by("pk").values_list("zone", flat=True).first() or "UTC"


@require_GET
def journal(request: Request) -> HttpResponse:
    """The last acts, fifty on a page; older ones follow from the number of the last, however many there are."""
    actor = request.doing.actor
    check(actor, "journal.read")
    zone = zone_of(actor)
    form = FilterForm(request.GET or None, clinic_id=actor.clinic_id or 0)
    rows: list[AuditEvent] = []
    if not form.is_bound or form.is_valid():
        found = (
            filtered(actor, form, zone) if form.is_bound else reach(actor).select_related("patient").order_by("-number")
        )
        rows = list(older(found, request.GET.get("before", ""))[: PAGE + 1])
        read_journal(request.doing, about=form.told() if form.is_bound else "all")
    context = {
        "form": form,
        "lines": [line(row, actor, zone) for row in rows[:PAGE]],
        "older": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "zone": zone,
    }
    return render(request, "desk/journal/page.html", context, status=422 if form.errors else 200)


def older(found: QuerySet[AuditEvent], before: str) -> QuerySet[AuditEvent]:
    return found.filter(number__lt=int(before)) if before.isascii() and before.isdigit() else found


HEADS: Final = ("number", "when", "who", "roles", "event", "patient", "about", "why", "via")


@require_GET
def export(request: Request) -> HttpResponseBase:
    """The same rows as a file for a spreadsheet, ten thousand at most."""
    actor = request.doing.actor
    check(actor, "journal.read")
    zone = zone_of(actor)
    form = FilterForm(request.GET, clinic_id=actor.clinic_id or 0)
    if not form.is_valid():
        return render(request, "desk/journal/page.html", {"form": form, "lines": [], "zone": zone}, status=422)
    export_journal(request.doing, about=form.told())
    written = pieces(filtered(actor, form, zone), actor, zone, get_language() or "en")
    answer = StreamingHttpResponse(written, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="journal.csv"'
    return answer


def pieces(found: QuerySet[AuditEvent], actor: Actor, zone: str, language: str) -> Iterator[str]:
    """The file piece by piece, the newest rows first. Each piece is asked for only when the one before it was sent, so
    that neither memory nor the database waits for a slow line; it is written after the request's own language ended.
    """
    before, rest = "", EXPORTED
    while rows := list(older(found, before)[: min(PIECE, rest)]):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows([] if before else [HEADS])
        with translation.override(language):
            shown = [line(row, actor, zone) for row in rows]
            writer.writerows([harmless(str(getattr(each, name))) for name in HEADS] for each in shown)
        yield text.getvalue()
        before, rest = str(rows[-1].number), rest - len(rows)
        if not rest:
            return


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula.

    >>> harmless("=1+1"), harmless("Ada")
    ("'=1+1", 'Ada')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


@require_http_methods(["GET", "POST"])
def check_chain(request: Request) -> HttpResponse:
    """Checks the chain piece by piece; each answer brings the next piece with it, until the last act is reached."""
    check(request.doing.actor, "journal.read")
    if request.method == "GET":
        return render(request, "desk/journal/check.html", {})
    after, faults = _so_far(request)
    part = check_part(after, STEP)
    found = [*faults, *part.faults][:50]
    if part.done:
        checked_journal(request.doing, upto=part.upto, faults=len(found))
    template = "desk/journal/part.html" if request.htmx else "desk/journal/check.html"
    return render(request, template, {"part": part, "faults": found})


def _so_far(request: Request) -> tuple[int, list[str]]:
    after = request.POST.get("after", "0")
    return int(after) if after.isascii() and after.isdigit() else 0, request.POST.getlist("fault")[:50]


@require_GET
def patient_journal(request: Request, public: str) -> HttpResponse:
    """Who opened this chart and wrote in it."""
    who = open_chart(request.doing, public=public, right="journal.read", about="journal")
    actor, zone = request.doing.actor, who.location.zone
    found = AuditEvent.objects.filter(patient=who).select_related("patient").order_by("-number")
    rows = list(older(found, request.GET.get("before", ""))[: PAGE + 1])
    context = {
        "patient": who,
        "banner": banner(who, local(request.doing.now, zone).date()),
        "lines": [line(row, actor, zone) for row in rows[:PAGE]],
        "older": rows[PAGE - 1].number if len(rows) > PAGE else None,
        "zone": zone,
    }
    return render(request, "desk/journal/patient.html", context)


urlpatterns = [
    path("journal/", journal, name="journal"),
    path("journal/export/", export, name="journal_export"),
    path("journal/check/", check_chain, name="journal_check"),
    path("p/<str:public>/journal/", patient_journal, name="patient_journal"),
]
