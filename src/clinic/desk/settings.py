"""Settings, for the owner: the clinic itself, how long records are kept, the languages, and the way to all the rest."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.accounts.models import Clinic
from clinic.actions.permissions import check
from clinic.actions.settings_house import KINDS, change_clinic, clinic_values, keep_retention, retention_values
from clinic.desk import settings_house, settings_people
from clinic.desk.settings_forms import ClinicForm, RetentionForm, Sheet, sheet
from clinic.look.request import Request
from clinic.records.content import built_in, in_force
from clinic.records.languages import languages, translated
from effleurage.errors import ForPeople
from effleurage.translation import languages as known


def clinic_here(request: Request) -> Clinic:
    """The clinic of whoever asks, if they own it."""
    check(request.doing.actor, "settings")
    clinic: Clinic = request.user.clinic  # type: ignore[union-attr]
    return clinic


@require_GET
def settings(request: Request) -> HttpResponse:
    clinic = clinic_here(request)
    years = retention_values(clinic)
    context = {
        "clinic": clinic,
        "places": clinic.locations.filter(open=True).count(),
        "services": clinic.services.filter(open=True).count(),
        "staff": clinic.people.filter(is_active=True).count(),
        "unset": sum(not years[f"{kind}_years"] for kind in KINDS),
        "kinds": len(KINDS),
        "ending": settings_people.ending(clinic, request.doing.now),
    }
    return render(request, "desk/settings/page.html", context)


@require_http_methods(["GET", "POST"])
def clinic(request: Request) -> HttpResponse:
    found = clinic_here(request)
    now = clinic_values(found)
    return sheet(
        request,
        Sheet(
            title=_("Clinic"),
            form=ClinicForm.opened(request, now, clinic=found),
            now=now,
            save=lambda seen, wanted: change_clinic(request.doing, seen=seen, wanted=wanted),
            back=reverse("desk:settings"),
        ),
    )


@require_http_methods(["GET", "POST"])
def retention(request: Request) -> HttpResponse:
    """How long each kind of record is kept here. Whatever nobody entered stands as "not set"."""
    found = clinic_here(request)
    now = retention_values(found)
    table = [
        (label, now[f"{kind}_years"] or _("not set"), now[f"{kind}_ground"] or "—", bool(now[f"{kind}_years"]))
        for kind, label in KINDS.items()
    ]
    others = found.retention.exclude(jurisdiction=found.jurisdiction).values_list("jurisdiction", flat=True).distinct()
    return sheet(
        request,
        Sheet(
            title=_("How long records are kept"),
            form=RetentionForm.opened(request, now),
            now=now,
            save=lambda seen, wanted: keep_retention(request.doing, seen=seen, wanted=wanted),
            back=reverse("desk:settings_retention"),
            extra={"retention": table, "jurisdiction": found.jurisdiction, "others": sorted(others)},
        ),
    )


@require_GET
def languages_page(request: Request) -> HttpResponse:
    """Which languages are offered, and what each of the others lacks."""
    found = clinic_here(request)
    try:
        content = in_force(found.pk)
    except ForPeople:
        content = built_in()
    offers = {offer.code: offer for offer in languages(found.pk)}
    rows = [(offers[code], translated(content.protocols.hash, code)) for code in known() if code in offers]
    return render(request, "desk/settings/languages.html", {"rows": rows, "english": offers["en"]})


urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/clinic/", clinic, name="settings_clinic"),
    path("settings/retention/", retention, name="settings_retention"),
    path("settings/languages/", languages_page, name="settings_languages"),
    *settings_house.urlpatterns,
    *settings_people.urlpatterns,
]
