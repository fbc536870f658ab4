"""Outcomes of one patient: what is due, the measures with their charts, a sheet to fill in, and the summary as PDF.

The desk enters what comes on paper and sees what is due. The scores are for those who treat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.open_chart import open_chart
from clinic.actions.outcomes import Sheet, answer_instrument, entry_to_correct
from clinic.actions.permissions import can, not_found
from clinic.desk import account_session
from clinic.desk.frame import banner
from clinic.look.instrument import InstrumentForm
from clinic.look.measures import page_of
from clinic.look.request import Request
from clinic.paper.summary_paper import AUDIENCES, summary_paper
from clinic.records.content import in_force
from clinic.records.facts import local
from clinic.records.models import Patient, ScoreEntry
from clinic.records.outcome_courses import Course, History, at_of, history
from clinic.records.outcomes import for_patient, instrument_of
from clinic.records.speech import spoken
from effleurage.errors import InputError
from effleurage.library import Library
from effleurage.outcome.change import shown
from effleurage.outcome.due import State
from effleurage.outcome.instrument import Instrument

Via = ScoreEntry.Via
KINDS: Final = {State.DONE: "ok", State.DUE: "warn", State.LATER: "info", State.MISSED: "open"}


@dataclass(frozen=True, slots=True)
class DueRow:
    """One instrument at one moment of the course."""

    title: str
    moment: str
    state: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One sheet that was filled in; the score only for who may read it."""

    title: str
    when: str
    via: str
    by: str
    score: str
    url: str


@require_GET
def outcomes(request: Request, public: str) -> HttpResponse:
    """What is due, and for those who treat, the measures of one course."""
    doing = request.doing
    who = open_chart(doing, public=public, right="outcome.enter", about="outcomes")
    carer = can(doing.actor, "outcome.read", who, now=doing.now)
    library, found = spoken(in_force(who.clinic_id)), history(who)
    on = local(doing.now, who.location.zone)
    course = chosen_course(found, request.GET.get("course", ""))
    context = {
        **_page(request, who),
        "carer": carer,
        "course": course,
        "due": list(due_rows(who, found, library, on)),
        "asked": for_patient(found.to_answer(on), library),
        "others": other_instruments(who, found, library),
        "shown": page_of(found, course, library) if carer and course else None,
        "courses": [(each, _day(each.chosen)) for each in found.courses if each is not course] if carer else [],
        "sheets": [sheet_row(request, who, each, library, carer=carer) for each in reversed(found.entries)],
    }
    return render(request, "desk/outcomes/page.html", context)


def _page(request: Request, who: Patient) -> dict[str, Any]:
    on = local(request.doing.now, who.location.zone).date()
    return {"patient": who, "banner": banner(who, on), "tab": "outcomes"}


def chosen_course(found: History, plan: str) -> Course | None:
    """The course that was asked for, else the one that counts now."""
    return next((each for each in found.courses if each.plan.public == plan), found.course)


def due_rows(who: Patient, found: History, library: Library, on: datetime) -> Iterator[DueRow]:
    words = library.protocols.language.words
    for each in found.due(on):
        yield DueRow(
            title=_title(library, each.instrument),
            moment=words(each.moment.value),
            state=words(each.state.value),
            kind=KINDS[each.state],
            url=reverse("desk:outcome", args=[who.public, each.instrument]) if each.state is State.DUE else "",
        )


def _title(library: Library, name: str) -> str:
    found = instrument_of(library, name)
    return found.title if found else name


def other_instruments(who: Patient, found: History, library: Library) -> list[tuple[str, str]]:
    """What else can be measured: title and address."""
    due = found.course.measures if found.course else ()
    rows = [(each.title, reverse("desk:outcome", args=[who.public, each.name])) for each in library.instruments
            if each.name not in due]  # fmt: skip
    return sorted(rows)


def sheet_row(request: Request, who: Patient, entry: ScoreEntry, library: Library, *, carer: bool) -> SheetRow:
    """The score for who may read it; the way to correct it for them, and for who has entered it."""
    url = reverse("desk:outcome", args=[who.public, entry.instrument])
    mine = carer or entry.entered_by == request.doing.actor.key
    return SheetRow(
        title=_title(library, entry.instrument),
        when=_day(at_of(entry)),
        via=entry.get_via_display(),
        by=entry.entered_name,
        score=_score(entry) if carer else "",
        url=f"{url}?{urlencode({'corrects': entry.public})}" if mine else "",
    )


def _score(entry: ScoreEntry) -> str:
    return shown(Fraction(entry.score)) if entry.score else _("no number")


def _day(at: datetime) -> str:
    return date_format(at, "DATE_FORMAT")


class DayForm(forms.Form):
    """When a sheet of paper was filled in. Without a time it counts as filled in at the beginning of the day."""

    day = forms.DateField(
        label=gettext_lazy("Filled in on"),
        help_text=gettext_lazy("Day, month, year: 12.4.1951"),
        input_formats=["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"inputmode": "numeric", "class": "short"}),
    )
    clock = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        help_text=gettext_lazy("If it is known: on a day with a session it tells whether it was before or after."),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"class": "short"}),
    )

    def moment(self) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["clock"] or time())


@require_http_methods(["GET", "POST"])
def outcome(request: Request, public: str, instrument: str) -> HttpResponse:
    """One sheet: on the tablet for the patient, from paper for the desk, or once more to correct a slip."""
    who = open_chart(request.doing, public=public, right="outcome.enter", about=f"sheet {instrument}")
    tablet = request.GET.get("via") == Via.TABLET
    asked = instrument_of(spoken(in_force(who.clinic_id), who.language if tablet else ""), instrument)
    if asked is None:
        raise not_found()
    corrects = request.GET.get("corrects", "")
    old = entry_to_correct(request.doing, who, corrects) if corrects else None
    if old is not None and old.instrument != instrument:
        raise not_found()
    if old is None and tablet:
        return _on_tablet(request, who, asked)
    return _from_paper(request, who, asked, old)


def _on_tablet(request: Request, who: Patient, asked: Instrument) -> HttpResponse:
    """The sheet alone: a screen that changes hands shows nothing else, and opens nothing else until it is unlocked."""
    account_session.hand(request.session, who.public)
    with translation.override(who.language):
        form = InstrumentForm(request.POST or None, instrument=asked, declined=_("I would rather not say"))
        sent = request.method == "POST" and form.is_valid()
        if sent and _kept(request, who, form, Sheet(asked.name, form.answers(), Via.TABLET)):
            return redirect("desk:outcome_tablet", who.public)
        context = {"patient": who, "clinic_name": who.clinic.name, "instrument": asked, "form": form}
        return render(request, "desk/outcomes/tablet.html", context, status=422 if form.errors else 200)


def _from_paper(request: Request, who: Patient, asked: Instrument, old: ScoreEntry | None) -> HttpResponse:
    here = local(request.doing.now, who.location.zone)
    start = at_of(old) if old else here
    form = InstrumentForm(request.POST or None, instrument=asked, declined=_("not answered"), old=old)
    day = DayForm(request.POST or None, initial={"day": start.date(), "clock": start.time() if old else None})
    if request.method == "POST" and form.is_valid() and day.is_valid():
        sheet = Sheet(asked.name, form.answers(), Via.PAPER, day.moment(), old.public if old else "")
        if _kept(request, who, form, sheet):
            messages.success(request, _("Kept."))
            return redirect("desk:outcomes", who.public)
    wrong = form.errors or day.errors
    context = {**_page(request, who), "instrument": asked, "form": form, "day": day, "old": old}
    return render(request, "desk/outcomes/sheet.html", context, status=422 if wrong else 200)


def _kept(request: Request, who: Patient, form: InstrumentForm, sheet: Sheet) -> bool:
    try:
        answer_instrument(request.doing, public=who.public, sheet=sheet)
    except InputError as error:
        form.add_error(None, error.what)
        return False
    return True


@require_GET
def tablet(request: Request, public: str) -> HttpResponse:
    """The next sheet that is due, or thanks: then the tablet is given back, and locked."""
    doing = request.doing
    who = open_chart(doing, public=public, right="outcome.enter", about="sheets due")
    left = for_patient(history(who).to_answer(local(doing.now, who.location.zone)), in_force(who.clinic_id))
    account_session.hand(request.session, public)
    if left:
        return redirect(f"{reverse('desk:outcome', args=[public, left[0].name])}?via={Via.TABLET.value}")
    back = reverse("desk:outcomes", args=[public])
    context = {"patient": who, "clinic_name": who.clinic.name, "back": back}
    with translation.override(who.language):
        return render(request, "desk/outcomes/given_back.html", context)


@require_GET
def summary_pdf(request: Request, public: str, plan: str, audience: str) -> HttpResponse:
    """The summary of a course, for the patient or for the doctor."""
    about = f"summary {audience} {plan}"
    who = open_chart(request.doing, public=public, right="outcome.read", about=about[:120])
    found = history(who)
    course = next((each for each in found.courses if each.plan.public == plan), None)
    if course is None or audience not in AUDIENCES:
        raise not_found()
    return summary_paper(who, found, course, audience, request.doing.now)


urlpatterns = [
    path("p/<str:public>/outcomes/", outcomes, name="outcomes"),
    path("p/<str:public>/outcomes/tablet/", tablet, name="outcome_tablet"),
    path("p/<str:public>/outcomes/<str:instrument>/", outcome, name="outcome"),
    path("p/<str:public>/outcomes/<str:plan>/<str:audience>.pdf", summary_pdf, name="summary_pdf"),
]
