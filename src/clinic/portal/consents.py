"""What a patient, or who speaks for them, is asked to agree to: one thing on a page, to be taken back at any time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.consents import (
    Said,
    give_consent,
    name_of,
    needs_guardian,
    withdraw_consent,
    wordings,
)
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import not_found
from clinic.look.request import Request
from clinic.portal.door import around, inside
from clinic.records.consents import WHOLE, given_consents, left_alone
from clinic.records.facts import local
from clinic.records.models import Patient
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Row:
    kind: str
    name: str
    text: str
    given: str
    mine: bool


@require_GET
@inside
def consents(request: Request, who: Patient) -> HttpResponse:
    patient, found = _found(request, who)
    listed = list(rows(request, found))
    context = {
        **around(request, patient),
        "open": [row for row in listed if not row.given],
        "given": [row for row in listed if row.given],
        "grown": _guardian(request) and not needs_guardian(found),
    }
    return render(request, "portal/consents/page.html", context)


def rows(request: Request, found: Standing) -> Iterator[Row]:
    """What is asked of the person who holds the link, and what they or others have agreed to."""
    library = spoken(found.library)
    words = wordings(found.patient.clinic_id, library)
    given = given_consents(found.patient)
    for term in library.protocols.vocabulary.consents:
        row, mine = given.get(term.name), _mine(request, found, term.get("from"))
        if row is not None and term.get("from") != "clinician":
            on = date_format(local(row.at, found.patient.location.zone), "DATE_FORMAT")
            said = _("%(who)s, %(on)s") % {"who": row.by, "on": on}
            yield Row(term.name, term.term, _short(row.text.text if row.text else "", term.term), said, mine)
        elif row is None and mine and term.name in found.decision.limits.consents:
            yield Row(term.name, term.term, _short(words[term.name].text, term.term), "", mine)


def _short(text: str, name: str) -> str:
    """The words without the name, which the list shows above them."""
    return text.removeprefix(f"{name}. ")


def _mine(request: Request, found: Standing, origin: str) -> bool:
    """Whether the person who holds the link may speak about a consent of this origin."""
    if _guardian(request):
        return needs_guardian(found) and origin in ("patient", "guardian")
    return origin == "patient"


def _guardian(request: Request) -> bool:
    return request.doing.actor.guardian_id is not None


class RegionsForm(forms.Form):
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("We leave these alone:"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, found: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every = spoken(found.library).protocols.vocabulary.regions
        self.fields["regions"].choices = [(each.name, each.words) for each in every]  # type: ignore[attr-defined]
        self.fields["regions"].initial = sorted(left_alone(given_consents(found.patient)))


@require_http_methods(["GET", "POST"])
@inside
def consent(request: Request, who: Patient, kind: str) -> HttpResponse:
    """One thing to agree to, or to take back."""
    patient, found = _found(request, who)
    words = wordings(patient.clinic_id, spoken(found.library)).get(kind)
    if words is None or kind not in {row.kind for row in rows(request, found) if row.mine}:
        raise not_found()
    form = RegionsForm(request.POST or None, found=found) if kind == WHOLE else None
    if request.method == "POST" and (form is None or form.is_valid()):
        return _decided(request, found, kind, form)
    context = {
        **around(request, patient),
        "words": words,
        "name": name_of(found.library, kind),
        "given": given_consents(patient).get(kind),
        "form": form,
    }
    return render(request, "portal/consents/one.html", context, status=422 if form and form.errors else 200)


def _decided(request: Request, found: Standing, kind: str, form: RegionsForm | None) -> HttpResponse:
    """Does what the person chose, and goes on to the next thing that is asked of them."""
    doing, public = request.doing, found.patient.public
    said = Said(
        how="link",
        mark=request.POST.get("mark", ""),
        language=request.POST.get("language", ""),
        regions=tuple(form.cleaned_data["regions"]) if form else (),
    )
    if request.POST.get("do") == "no":
        withdraw_consent(doing, public=public, kind=kind, said=Said(how="link"))
        messages.success(request, _("We have noted your no. It holds from now on."))
        return redirect("portal:consents")
    give_consent(doing, public=public, kind=kind, said=said)
    messages.success(request, _("Thank you. You can take it back at any time."))
    left = [row.kind for row in rows(request, standing(found.patient, now=doing.now)) if not row.given]
    return redirect("portal:consent", left[0]) if left else redirect("portal:consents")


def _found(request: Request, who: Patient) -> tuple[Patient, Standing]:
    doing = request.doing
    patient = open_chart(doing, public=who.public, right="consent.give", about="consents")
    return patient, standing(patient, now=doing.now)


urlpatterns = [
    path("my/consents/", consents, name="consents"),
    path("my/consents/<str:kind>/", consent, name="consent"),
]
