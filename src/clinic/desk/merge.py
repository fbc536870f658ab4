"""One person with two records: finding the other one, seeing both side by side, uniting and separating them."""

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

from clinic.actions.merge import (
    merge_of,
    merge_patients,
    merges_of,
    said_since,
    unmerge_patients,
    why_not_merge,
)
from clinic.actions.open_chart import open_both, open_chart
from clinic.actions.register_patient import Person, likely_same
from clinic.desk.consents import when
from clinic.desk.decision import page
from clinic.desk.facts import value_words
from clinic.desk.patients import SEEKERS, row, search
from clinic.look.request import Request
from clinic.records.facts import State
from clinic.records.models import FactEntry, Patient
from clinic.records.speech import spoken, verdict_words
from clinic.records.standing import Standing, standing
from effleurage.errors import InputError
from effleurage.facts.merge import merged
from effleurage.session.stored import stored

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of which the two records do not say the same."""

    ask: str
    here: str
    there: str
    counts: str
    from_here: bool
    from_there: bool
    both: bool


@require_GET
def merge(request: Request, public: str) -> HttpResponse:
    """Searching the other record; and what was folded into this one."""
    who = open_chart(request.doing, public=public, right="patient.merge", about="merge")
    words = request.GET.get("q", "").strip()
    found = search(request, words).exclude(pk=who.pk)[:SHOWN] if words else _likely(request, who)
    context = {
        **page(who, standing(who, now=request.doing.now), "merge"),
        "words": words,
        "rows": [(each.public, row(each)) for each in found],
        "parts": [(each.folded, when(each.at, who.location.zone)) for each in merges_of(who).values()],
    }
    return render(request, "desk/merge/page.html", context)


def _likely(request: Request, who: Patient) -> list[Patient]:
    """Who is likely the same person, where nothing was searched yet: of those that the lead may see."""
    person = Person(who.given, who.family, who.birth_date, who.phone, who.email)
    here = request.doing.actor.locations(*SEEKERS)
    found = [each for each in likely_same(who.clinic_id, person) if each.pk != who.pk and each.location_id in here]
    return [each for each in found if each.birth_date == who.birth_date][:SHOWN]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("How do you know?"), widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "POST"])
def unite(request: Request, public: str, other: str) -> HttpResponse:
    """Both records side by side, and uniting them."""
    who, there = open_both(request.doing, public=public, other=other, right="patient.merge", about="merge")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            merge_patients(request.doing, public=public, folded=other, reason=form.cleaned_data["reason"])
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
        else:
            messages.success(request, _("The two are one record now. It can be undone here."))
            return redirect("desk:patient", public)
    here, beside = (standing(each, now=request.doing.now) for each in (who, there))
    told = list(differences(here, beside))
    names = [each.plan.verdict.name.lower() for each in (here, beside)]
    context = {
        **page(who, here, "merge"),
        "other": there,
        "people": list(people(who, there)),
        "differences": [each for each in told if each.both],
        "only_one": [each for each in told if not each.both],
        "verdicts": [(name, verdict_words(name)) for name in names],
        "why_not": why_not_merge(who, there),
        "form": form,
    }
    return render(request, "desk/merge/unite.html", context, status=422 if form.errors else 200)


def people(who: Patient, there: Patient) -> Iterator[tuple[str, str, str, bool]]:
    """Who each record says that they are; the last tells whether the two differ."""
    pairs: list[tuple[str, Any]] = [
        (_("Name"), lambda each: each.name),
        (_("Date of birth"), lambda each: date_format(each.birth_date, "DATE_FORMAT")),
        (_("Number"), lambda each: each.number),
        (_("Telephone"), lambda each: each.phone),
        (_("E-mail address"), lambda each: each.email),
        (_("Location"), lambda each: each.location.name),
        (_("Entered"), lambda each: date_format(each.made_at, "DATE_FORMAT")),
    ]
    for words, told in pairs:
        yield words, told(who) or "—", told(there) or "—", told(who) != told(there)


def differences(here: Standing, there: Standing) -> Iterator[Difference]:
    """Facts told differently, with what counts once the two are one: the worse news, or neither until it is asked."""
    table = spoken(here.library).protocols.facts
    both = merged(here.intake, there.intake, facts=here.library.protocols.facts)
    one, two = _given(here), _given(there)
    for fact in table.facts:
        own, other = one.get(fact.name), two.get(fact.name)
        if (own is None and other is None) or (own and other and own.value == other.value):
            continue
        answer = both.answers.get(fact.name)
        value = stored(answer.value) if answer else None
        counts = value_words(fact, FactEntry(value=value)) if answer else _("neither, until it is asked again")
        yield Difference(
            ask=fact.called,
            here=value_words(fact, own) if own else _("not known"),
            there=value_words(fact, other) if other else _("not known"),
            counts=counts,
            from_here=bool(own and own.value == value),
            from_there=bool(other and other.value == value),
            both=bool(own and other),
        )


def _given(found: Standing) -> dict[str, FactEntry]:
    return {name: entry for name, entry in found.chart.current().items() if entry.state == State.GIVEN}


@require_http_methods(["GET", "POST"])
def separate(request: Request, public: str, other: str) -> HttpResponse:
    """Undoing it: two people after all."""
    who = open_chart(request.doing, public=public, right="patient.merge", about=f"unmerge:{other}")
    since = merge_of(request.doing, who, other)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            unmerge_patients(request.doing, public=public, folded=other, reason=form.cleaned_data["reason"])
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
        else:
            messages.success(request, _("They are two records again."))
            return redirect("desk:patient", public)
    context = {
        **page(who, standing(who, now=request.doing.now), "merge"),
        "other": since.folded,
        "since": said_since(who, since),
        "form": form,
    }
    return render(request, "desk/merge/separate.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("p/<str:public>/merge/", merge, name="merge"),
    path("p/<str:public>/merge/<str:other>/", unite, name="unite"),
    path("p/<str:public>/merge/<str:other>/undo/", separate, name="separate"),
]
