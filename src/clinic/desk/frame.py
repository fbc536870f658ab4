"""What stands around every staff page: the rail, and the banner of the patient whose page it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.models import Clinic
from clinic.actions.frame import Actor
from clinic.actions.notices import waiting_for
from clinic.actions.permissions import can
from clinic.look.request import Request
from clinic.records.content import known_hash, library
from clinic.records.facts import local
from clinic.records.models import Patient
from clinic.records.speech import spoken, verdict_words
from clinic.records.standing import Standing
from clinic.records.state import warning_rules
from effleurage.errors import ForPeople


@dataclass(frozen=True, slots=True)
class RailItem:
    url: str
    icon: str
    label: str
    count: int
    current: bool


RAIL = (
    ("desk:today", "today", "worklists"),
    ("desk:work", "clock", "worklists"),
    ("desk:patients", "search", "patient.find"),
    ("bedside:home", "body", "tablet.own"),
    ("desk:protocols", "protocols", "protocols.read"),
    ("desk:results", "decision", "results.read"),
    ("desk:journal", "audit", "journal.read"),
    ("desk:settings", "settings", "settings"),
    ("me", "people", "own.account"),
)
"""Each page of the rail: the name of its address, its icon, and the right that it needs."""


def frame(request: Request) -> dict[str, object]:
    """Context processor: the clinic's name and the rail, for people of the staff; for all, what those who come are
    called.
    """
    actor: Actor | None = getattr(getattr(request, "doing", None), "actor", None)
    if actor is None or actor.user_id is None:
        link = getattr(request, "link", None)
        return {"people": people_words(link.patient.clinic.wording if link else "")}
    return {
        "people": people_words(request.user.clinic.wording),  # type: ignore[union-attr]
        "clinic_name": _clinic_name(request),
        "rail": list(_rail(request, actor)),
        "tab_carer": can(actor, "chart.read"),
        "tab_lead": can(actor, "patient.merge"),
    }


def people_words(wording: str) -> dict[str, str]:
    """Patients or clients, as the clinic says it, one and many; with a capital for headings and labels."""
    if wording == "client":
        return {"one": _("client"), "many": _("clients"), "One": _("Client"), "Many": _("Clients")}
    return {"one": _("patient"), "many": _("patients"), "One": _("Patient"), "Many": _("Patients")}


def _clinic_name(request: Request) -> str:
    clinic: Clinic = request.user.clinic  # type: ignore[union-attr]
    return clinic.name


def _rail(request: Request, actor: Actor) -> list[RailItem]:
    labels = {
        "desk:today": _("Today"),
        "desk:work": _("To do"),
        "desk:patients": people_words(request.user.clinic.wording)["Many"],  # type: ignore[union-attr]
        "bedside:home": _("At the table"),
        "desk:protocols": _("Protocols"),
        "desk:results": _("Results"),
        "desk:journal": _("Journal"),
        "desk:settings": _("Settings"),
        "me": _("My account"),
    }
    waiting = waiting_for(actor).count()
    items = []
    for name, icon, right in RAIL:
        if can(actor, right):
            url = reverse(name)
            current = request.path == url if url == "/" else request.path.startswith(url)
            items.append(RailItem(url, icon, labels[name], waiting if name == "desk:work" else 0, current))
    return items


@dataclass(frozen=True, slots=True)
class Banner:
    """The patient on top of each of their pages."""

    name: str
    born: str
    age: str
    photo_url: str
    warning: str
    verdict: str
    verdict_words: str
    url: str
    identifier: str


def banner(patient: Patient, on: date, found: Standing | None = None) -> Banner:
    """Name, birth date, and in one line what most limits this patient: as just worked out, where it was, or from the
    row of the list. A row of another day or another content says only what limits, never how far one may go.
    """
    verdict = found.plan.verdict.name.lower() if found else _verdict(patient, on)
    photo = reverse("desk:photo", args=[patient.public]) if has_photo(patient) else ""
    return Banner(
        name=patient.name,
        born=_("born %(date)s") % {"date": date_format(patient.birth_date, "DATE_FORMAT")},
        age=age_words(patient.birth_date, on),
        photo_url=photo,
        warning=warning(patient, found),
        verdict=verdict,
        verdict_words=verdict_words(verdict),
        url=reverse("desk:patient", args=[patient.public]),
        identifier=patient.number,
    )


def has_photo(patient: Patient) -> bool:
    return bool(getattr(patient, "with_photo", False))


def age_words(born: date, on: date) -> str:
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return ngettext("%(years)d year", "%(years)d years", years) % {"years": years}


def _verdict(patient: Patient, on: date) -> str:
    state = patient.state if hasattr(patient, "state") else None
    if state is None or local(state.at, patient.location.zone).date() != on:
        return ""
    return state.verdict if state.content_hash == known_hash(patient.clinic_id) else ""


def warning(patient: Patient, found: Standing | None = None) -> str:
    """What most limits a patient, in the words of the rule."""
    state = patient.state if hasattr(patient, "state") else None
    rule = warning_rules(found)[:1] if found else state.warning_rules[:1] if state else []
    content_hash = found.library.protocols.hash if found else state.content_hash if state else ""
    if not rule or not content_hash:
        return ""
    try:
        rules = spoken(library(content_hash)).protocols.by_id
    except ForPeople:
        return _("The protocol of the last decision is not stored here.")
    return rules[rule[0]].because
