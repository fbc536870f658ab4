"""The contact after a session at the desk: by telephone, for the patient, or by a private link that is sent to them.

The desk writes down what is said, and reads out what the content says is to be done. It gives no advice of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clinic.actions.aftercare import (
    Heard,
    answer_contact,
    close_contact,
    contact_link,
    contact_of,
    heard,
    meanings,
    overdue,
    to_do,
    why_words,
    words_for,
)
from clinic.actions.links import guardians_of
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import not_found
from clinic.desk.frame import banner
from clinic.desk.links import code_of
from clinic.desk.today import places_of
from clinic.desk.work_scope import other_clock
from clinic.look.borne import BorneForm
from clinic.look.request import Request
from clinic.records import content
from clinic.records.facts import local
from clinic.records.models import Contact, Patient
from clinic.records.scripts import read_script
from clinic.records.speech import spoken
from effleurage.protocol.vocabulary import Term
from effleurage.session.contact import contact_hours


class CloseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 2}))


@require_http_methods(["GET", "POST"])
def contact(request: Request, public: str, contact: str) -> HttpResponse:
    """What to ask, what was said, and what to do about it."""
    who, found = _opened(request, public, contact)
    form = BorneForm(request.POST or None, vocabulary=words_for(found.session))
    if request.method == "POST" and form.is_valid():
        answer_contact(request.doing, contact=contact, answer=form.answer())
        messages.success(request, _("Kept."))
        return redirect("desk:contact", public, contact)
    zone, said = found.session.visit.location.zone, heard(found)
    context = {
        **_page(request, who),
        "contact": found,
        "when": date_format(local(found.session.visit.starts, zone), "j E Y, H:i"),
        "due": date_format(local(found.due_at, zone), "j E Y, H:i"),
        "overdue": overdue(found, request.doing.now),
        "coming": found.due_at > request.doing.now,
        "clock": other_clock(zone, {place.zone for place in places_of(request.doing.actor)}),
        "why": why_words(found.why),
        "asks": asks(found),
        "later": later(found),
        "told": told(found, said),
        "heard": said,
        "form": form,
        "close_form": CloseForm(),
        "guardians": list(guardians_of(who)),
    }
    return render(request, "desk/contacts/page.html", context, status=422 if form.errors else 200)


def _opened(request: Request, public: str, contact: str) -> tuple[Patient, Contact]:
    who = open_chart(request.doing, public=public, right="contact.call", about=f"contact {contact}")
    found = contact_of(request.doing, contact)
    if (found.patient.merged_into or found.patient).pk != who.pk:
        raise not_found()
    return who, found


def _page(request: Request, who: Patient) -> dict[str, Any]:
    on = local(request.doing.now, who.location.zone).date()
    return {"patient": who, "banner": banner(who, on), "tab": "", "clinic": who.clinic}


def asks(found: Contact) -> list[str]:
    """What the content asks in this contact: it marks the check by its hours."""
    hours = contact_hours(words_for(found.session))
    return [_said(hours.check)] if hours else []


def later(found: Contact) -> list[str]:
    """What else is to follow the sessions. It has no hours, so it is no part of a contact: some of it is measured with
    instruments that nobody has at home.
    """
    script = found.session.script
    if not script:
        return []
    library = spoken(content.library(found.session.content_hash))
    rows = read_script(script, library).script.follow_up
    return [f"{term.term}: {_said(term)}" for term in rows if not term.get("within_hours")]


def _said(term: Term) -> str:
    return term.get("how") or term.term


def told(found: Contact, said: Sequence[Heard]) -> dict[str, Any]:
    """What the answers mean, to be read out and done now."""
    meant = meanings(found, [each.name for each in said])
    return {
        "emergency": any(each.emergency for each in meant),
        "locked": any(each.locks for each in meant),
        "lines": [words for each in meant for words in to_do(each)],
    }


@never_cache
@require_POST
def link(request: Request, public: str, contact: str) -> HttpResponse:
    """Makes the private link and shows it, once."""
    who, _found = _opened(request, public, contact)
    made = contact_link(request.doing, contact=contact, guardian=request.POST.get("guardian", ""))
    address = request.build_absolute_uri(reverse("portal:door", args=[made.secret]))
    context = {
        **_page(request, who),
        "link": made.link,
        "address": address,
        "code": code_of(address),
        "until": date_format(local(made.link.expires_at, who.location.zone), "DATE_FORMAT"),
    }
    return render(request, "desk/links/made.html", context)


@require_POST
def close(request: Request, public: str, contact: str) -> HttpResponse:
    """Takes it off the list: nobody could be reached."""
    _opened(request, public, contact)
    close_contact(request.doing, contact=contact, reason=request.POST.get("reason", ""))
    messages.success(request, _("Closed."))
    return redirect("desk:contact", public, contact)


urlpatterns = [
    path("p/<str:public>/contact/<str:contact>/", contact, name="contact"),
    path("p/<str:public>/contact/<str:contact>/link/", link, name="contact_link"),
    path("p/<str:public>/contact/<str:contact>/close/", close, name="close_contact"),
]
