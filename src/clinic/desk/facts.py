"""Facts with origin, date, age and history; a correction supersedes what was said, and erases nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.answer_questions import correct_fact
from clinic.actions.intake import Round
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.desk.decision import origin_words, page
from clinic.look.questions import Sheet
from clinic.look.request import Request
from clinic.records.facts import answer_of
from clinic.records.models import FactEntry
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from effleurage.decision.ask import Question
from effleurage.facts.derive import is_stale
from effleurage.facts.kinds import Fact
from effleurage.library import Library


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact as it stands: its value in words, when and by whom it was said, and whether it is too old to count."""

    name: str
    ask: str
    value: str
    on: str
    origin: str
    by: str
    stale: bool
    good_until: str
    folder: str
    entered: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: tuple[FactRow, ...]


@require_GET
def facts(request: Request, public: str) -> HttpResponse:
    """Everything that is known, by the part of the content that asks it."""
    who = open_chart(request.doing, public=public, right="chart.read", about="facts")
    found = standing(who, now=request.doing.now)
    rows = list(fact_rows(found))
    groups = [Group(folder, tuple(each)) for folder, each in groupby(rows, key=lambda row: row.folder)]
    context = {
        **page(who, found, "facts"),
        "groups": groups,
        "contradictions": list(found.intake.contradictions.values()),
    }
    return render(request, "desk/facts/page.html", context)


def fact_rows(found: Standing) -> Iterator[FactRow]:
    """Facts that somebody spoke of, and those worked out from them, in the order of the content."""
    library = spoken(found.library)
    own = found.chart.current()
    united = {name: entry for part in found.chart.parts for name, entry in found.chart.current(part).items()}
    for fact in library.protocols.facts.facts:
        if fact.name in own:
            yield entered_row(fact, own[fact.name], found, library)
        elif fact.name in united:
            yield replace(entered_row(fact, united[fact.name], found, library), entered=False)
        elif fact.for_rules and found.decision.facts.values.get(fact.name) is not None:
            yield worked_out_row(fact, found, library)


def entered_row(fact: Fact, entry: FactEntry, found: Standing, library: Library) -> FactRow:
    given = entry.state == FactEntry.State.GIVEN
    return FactRow(
        name=fact.name,
        ask=fact.ask or fact.called,
        value=value_words(fact, entry),
        on=entry.on[:16].replace("T", " "),
        origin=origin_words(entry.origin),
        by=entry.entered_name,
        stale=given and is_stale(answer_of(entry), fact, found.on),
        good_until=_("good for %(days)s days") % {"days": fact.stale_days} if fact.stale_days else "",
        folder=library.protocols.language.words(fact.folder),
        entered=True,
        note=entry.note,
    )


def worked_out_row(fact: Fact, found: Standing, library: Library) -> FactRow:
    value = fact.shown(found.decision.facts.values[fact.name])
    folder = library.protocols.language.words(fact.folder)
    return FactRow(fact.name, fact.ask or fact.called, value, "", _("worked out"), "", False, "", folder, False)


def value_words(fact: Fact, entry: FactEntry) -> str:
    """What an entry says, in words."""
    if entry.value is None:
        return _("taken back") if entry.state == FactEntry.State.WITHDRAWN else _("not known")
    if entry.value == "never":
        return _("never measured")
    kept = entry.value
    if "items" in kept:
        names = dict(fact.options)
        listed = ", ".join(names.get(name, name) for name in kept["items"]) or _("none")
        return listed if kept["complete"] else _("%(names)s; there may be more") % {"names": listed}
    if "date" in kept:
        return str(kept["date"])[: 16 if fact.time else 10].replace("T", " ")
    return fact.shown(next(iter(kept.values())))


@require_GET
def history(request: Request, public: str) -> HttpResponse:
    """Everything that was ever said, the last first; nothing is missing from it."""
    who = open_chart(request.doing, public=public, right="chart.read", about="history")
    found = standing(who, now=request.doing.now)
    table = spoken(found.library).protocols.facts
    counting = {entry.pk for entry in found.chart.current().values()}
    rows: dict[str, list[dict[str, Any]]] = {}
    for entry in reversed(found.chart.entries):
        fact = table.by_name.get(entry.name)
        value = value_words(fact, entry) if fact else str(entry.value)
        rows.setdefault(entry.name, []).append({"entry": entry, "value": value, "counts": entry.pk in counting})
    named = [
        (name, table[name].ask or table[name].called if name in table else name, each) for name, each in rows.items()
    ]
    return render(request, "desk/facts/history.html", {**page(who, found, "facts"), "rows": named})


class WhyForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Why is it corrected?"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The earlier statement stays on record, with your reason beside it."),
    )


@require_http_methods(["GET", "POST"])
def correct(request: Request, public: str, name: str) -> HttpResponse:
    """Another value in the place of the one that counts, read as any answer is; or none."""
    who = open_chart(request.doing, public=public, right="fact.correct", about=f"correct {name}")
    found = standing(who, now=request.doing.now)
    fact = spoken(found.library).protocols.facts.by_name.get(name)
    if fact is None or not fact.ask:
        raise not_found()
    asked = Round(found, "therapist", (), ())
    question = Question((fact,), "", fact.ask, 0, ())
    sheet = Sheet.sent(asked, question, request.POST) if request.method == "POST" else Sheet.before(asked, question)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (request.POST.get("take") == "back" or sheet.read()):
        insist(_("Reason"), why_no_reason(form.cleaned_data["why"]), _("Say in a sentence why."))
        answer = None if request.POST.get("take") == "back" else sheet.answers[name]
        correct_fact(request.doing, public=public, name=name, answer=answer, why=form.cleaned_data["why"])
        messages.success(request, _("Corrected. The earlier statement stays on record."))
        return redirect("desk:facts", public)
    context = {**page(who, found, "facts"), "sheet": sheet, "form": form, "fact": fact}
    return render(request, "desk/facts/correct.html", context, status=422 if sheet.problems or form.errors else 200)


urlpatterns = [
    path("p/<str:public>/facts/", facts, name="facts"),
    path("p/<str:public>/facts/history/", history, name="history"),
    path("p/<str:public>/facts/<str:name>/correct/", correct, name="correct"),
]
