"""Harm: the report, its review by the lead, how often it was reported under which regimen, and where that stops one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.accounts.models import Role
from clinic.actions.aftercare import choices, meaning_of, to_do
from clinic.actions.harm import (
    OTHER,
    Report,
    event_of,
    known_regimens,
    release_regimen,
    report_harm,
    review_harm,
    set_limits,
    stop_regimen,
    words_of,
)
from clinic.actions.harm_limits import counts, grade_of, limit_words
from clinic.actions.lists import read_list
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import check, not_found
from clinic.desk.frame import banner
from clinic.desk.work_after import harm_left, harm_words
from clinic.desk.work_scope import name_of
from clinic.look.request import Request
from clinic.records.content import built_in
from clinic.records.facts import local, one_person
from clinic.records.models import (
    AdverseEvent,
    AdverseReview,
    HarmLimit,
    MassageSession,
    Patient,
    PatientState,
    RegimenStop,
)
from clinic.records.speech import spoken
from clinic.records.standing import PlanState
from clinic.records.stops import stopped_regimen, stopped_regimens
from effleurage.errors import InputError
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.session.adverse import GRADES, Grade

SESSIONS = 10
"""So many of the last sessions can be named in a report."""


@dataclass(frozen=True, slots=True)
class GradeRow:
    name: str
    term: str
    means: str


def grades() -> list[GradeRow]:
    """The grades with what each of them means, in the reader's language."""
    words = spoken(built_in()).protocols.language.words
    return [GradeRow(grade.name.lower(), words(found.term), words(found.means)) for grade, found in GRADES.items()]


def grade_sources() -> list[tuple[str, tuple[str, ...]]]:
    """Title and addresses of what the meanings of the grades rest on."""
    known = spoken(built_in()).protocols.sources
    return [known[key] for key in sorted({found.source for found in GRADES.values()})]


class GradedForm(forms.Form):
    """A grade, each with its meaning, and words."""

    grade = forms.ChoiceField(label=gettext_lazy("How grave"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("In your words"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(each.name, f"{each.term[:1].upper()}{each.term[1:]}: {each.means}") for each in grades()]
        self.fields["grade"].choices = rows  # type: ignore[attr-defined]


class ReviewForm(GradedForm):
    """The same for the lead, who may also find that it was none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = AdverseReview.Found.NONE
        rows = self.fields["grade"].choices  # type: ignore[attr-defined]
        self.fields["grade"].choices = [*rows, (none.value, capfirst(none.label))]  # type: ignore[attr-defined]


class ReportForm(GradedForm):
    session = forms.ChoiceField(label=gettext_lazy("After which session"), required=False)
    what = forms.ChoiceField(label=gettext_lazy("What happened"))
    field_order = ("session", "what", "grade", "text")

    def __init__(self, *args: Any, words: Vocabulary | None, sessions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = happened(words)  # type: ignore[attr-defined]
        self.fields["session"].choices = [*sessions, ("", _("of none, or not known"))]  # type: ignore[attr-defined]


def happened(words: Vocabulary | None) -> list[tuple[str, Any]]:
    """What can be reported by its name, and that it has none."""
    rows: list[tuple[str, Any]] = [("", _("Choose"))]
    if words is not None:
        rows.append((_("Afterwards"), [(term.name, term.term) for term in choices(words)[1]]))
        rows.append((_("During the session"), [(term.name, term.term) for term in words.stop_rules]))
    return [*rows, (OTHER, _("Something else"))]


@require_http_methods(["GET", "POST"])
def report(request: Request, public: str) -> HttpResponse:
    """Anybody of the house reports; what to do at once is told in the answer."""
    who = open_chart(request.doing, public=public, right="harm.report", about="report harm")
    rows = sessions_of(who)
    asked = request.GET.get("session", "")
    initial = {"session": asked or (rows[0].public if rows else "")}
    words = words_of(who, next((each for each in rows if each.public == initial["session"]), None))
    form = ReportForm(request.POST or None, words=words, sessions=[(each.public, said(each)) for each in rows])
    form.initial = initial
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            report_harm(
                request.doing,
                public=public,
                report=Report(data["what"], data["grade"], data["text"], data["session"]),
            )
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
        else:
            return _reported(request, who, data["what"], words)
    context = {**_page(request, who), "form": form}
    return render(request, "desk/harm/report.html", context, status=422 if form.errors else 200)


def _reported(request: Request, who: Patient, what: str, words: Vocabulary | None) -> HttpResponse:
    meaning = meaning_of(what, words) if words else None
    for line in to_do(meaning) if meaning else ():
        messages.warning(request, line)
    if PatientState.objects.filter(patient=who, plan=PlanState.LOCKED.value).exists():
        messages.warning(request, _("The course is locked, and the clinical lead has been told."))
    messages.success(request, _("Reported. The clinical lead looks at it within 24 hours."))
    return redirect("desk:patient", who.public)


def sessions_of(who: Patient) -> list[MassageSession]:
    """The last sessions that took place."""
    found = MassageSession.objects.filter(patient__in=one_person(who)).exclude(state=MassageSession.State.READY)
    return list(found.select_related("visit__location").order_by("-visit__starts")[:SESSIONS])


def said(session: MassageSession) -> str:
    return date_format(local(session.visit.starts, session.visit.location.zone), "j E Y, H:i")


def _page(request: Request, who: Patient) -> dict[str, Any]:
    on = local(request.doing.now, who.location.zone).date()
    return {"patient": who, "banner": banner(who, on), "tab": ""}


@require_http_methods(["GET", "POST"])
def review(request: Request, event: str) -> HttpResponse:
    """One report, for the lead."""
    found = event_of(request.doing, event)
    kept = found.patient.merged_into or found.patient
    who = open_chart(request.doing, public=kept.public, right="harm.review", about=f"harm {event}")
    form = ReviewForm(request.POST or None, initial={"grade": found.grade})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        review_harm(request.doing, event=event, grade=data["grade"], text=data["text"])
        messages.success(request, _("Reviewed."))
        return redirect("desk:harm")
    reviewed = hasattr(found, "review")
    context = {
        **_page(request, who),
        "event": found,
        "what": harm_words(found),
        "when": date_format(local(found.at, who.location.zone), "j E Y, H:i"),
        "grade": found.get_grade_display() if found.grade else "",
        "regimen": known_regimens(who.clinic_id).get(found.regimen, found.regimen),
        "reviewed": date_format(local(found.review.at, who.location.zone), "j E Y, H:i") if reviewed else "",
        "left": harm_left(found, request.doing.now),
        "form": None if reviewed else form,
    }
    return render(request, "desk/harm/review.html", context, status=422 if form.errors else 200)


NOT_GRADED: Final = "ungraded"
"""In an address, the reports that nobody has graded yet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How many reports of one grade, and the name of the grade in an address."""

    grade: str
    number: int


@dataclass(frozen=True, slots=True)
class Counted:
    """One regimen: how much harm was reported under it, by grade, and whether it is stopped."""

    id: str
    title: str
    cells: tuple[Cell, ...]
    stopped: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report behind a number. At a place that somebody does not lead, it has no name, no way there, and no day
    by which a list of visits would give the name.
    """

    who: str
    what: str
    grade: str
    when: str
    url: str


@require_GET
def harm(request: Request) -> HttpResponse:
    """What waits for review, what was counted, and the limits."""
    actor = request.doing.actor
    check(actor, "harm.review")
    read_list(request.doing, about="harm")
    rows = list(events(request))
    here = actor.locations(Role.CLINICAL_LEAD)
    regimen, grade = request.GET.get("regimen", ""), request.GET.get("grade", "")
    open_ = [each for each in rows if not hasattr(each, "review") and each.patient.location_id in here]
    context = {
        "open": [(each, harm_words(each), harm_left(each, request.doing.now)) for each in open_],
        "counted": counted(actor.house, rows),
        "since": _since(rows),
        "behind": [_report_row(each, here) for each in rows if regimen and _named(each) == (regimen, grade)],
        "asked": known_regimens(actor.house).get(regimen, regimen),
        "grades": grades(),
        "grade_sources": grade_sources(),
        "limits": [limit_words(each) for each in HarmLimit.objects.filter(clinic=actor.house).order_by("pk")],
    }
    return render(request, "desk/harm/page.html", context)


def events(request: Request) -> QuerySet[AdverseEvent]:
    """Every report of the clinic, which is counted as a whole."""
    actor = request.doing.actor
    found = AdverseEvent.objects.filter(patient__clinic=actor.house)
    return found.select_related("patient__location", "review", "session").order_by("-at")


def _named(event: AdverseEvent) -> tuple[str, str] | None:
    """Under which regimen and grade a report is counted, as an address names them; None for one that does not count."""
    grade = grade_of(event)
    return (event.regimen, grade.name.lower() if grade is not None else NOT_GRADED) if counts(event) else None


def _since(rows: list[AdverseEvent]) -> str:
    """The day of the first report: everything since then is counted."""
    return date_format(local(rows[-1].at, rows[-1].patient.location.zone), "j E Y") if rows else ""


def _report_row(event: AdverseEvent, here: Collection[int]) -> ReportRow:
    patient, led = event.patient, event.patient.location_id in here
    grade = grade_of(event)
    term = next((each.term for each in grades() if grade is not None and each.name == grade.name.lower()), "")
    return ReportRow(
        who=name_of(patient) if led else patient.location.name,
        what=harm_words(event) if led else "",
        grade=term,
        when=date_format(local(event.at, patient.location.zone), "j E Y, H:i" if led else "F Y"),
        url=reverse("desk:harm_event", args=[event.public]) if led else "",
    )


def counted(clinic_id: int, rows: Iterable[AdverseEvent]) -> list[Counted]:
    """Every regimen of the content, and those that are no longer in it."""
    titles = known_regimens(clinic_id)
    found: dict[str, Counter[Grade | None]] = {name: Counter() for name in titles}
    for row in rows:
        if row.regimen and counts(row):
            found.setdefault(row.regimen, Counter())[grade_of(row)] += 1
    stopped = stopped_regimens(clinic_id)
    return [_counted(stopped.get(name), name, titles.get(name, name), each) for name, each in found.items()]


def _counted(stop: RegimenStop | None, name: str, title: str, found: Counter[Grade | None]) -> Counted:
    cells = (*(Cell(grade.name.lower(), found[grade]) for grade in GRADES), Cell(NOT_GRADED, found[None]))
    return Counted(name, title, cells, stop.reason if stop else "")


class LimitsForm(forms.Form):
    """Two numbers for each grade; both or none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in grades():
            for name, label in (("events", _("%(grade)s: stop at so many reports")), ("days", _("%(grade)s: in days"))):
                field = forms.IntegerField(label=label % {"grade": each.term}, min_value=1, required=False)
                field.widget.attrs["inputmode"] = "numeric"
                self.fields[f"{each.name}_{name}"] = field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for each in grades():
            pair = data.get(f"{each.name}_events"), data.get(f"{each.name}_days")
            if (pair[0] is None) != (pair[1] is None):
                self.add_error(f"{each.name}_events", _("Give both numbers, or leave both empty."))
        return data

    def limits(self) -> dict[str, tuple[int, int] | None]:
        found = {each.name: each.name for each in grades()}
        pairs = {name: (self.cleaned_data[f"{name}_events"], self.cleaned_data[f"{name}_days"]) for name in found}
        return {name: pair if pair[0] is not None else None for name, pair in pairs.items()}


@require_http_methods(["GET", "POST"])
def limits(request: Request) -> HttpResponse:
    """The limits; no number stands there before the lead has thought of one."""
    check(request.doing.actor, "harm.limit")
    read_list(request.doing, about="harm:limits")
    now = HarmLimit.objects.filter(clinic=request.doing.actor.house)
    initial = {f"{each.grade}_{name}": getattr(each, name) for each in now for name in ("events", "days")}
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        stopped = set_limits(request.doing, limits=form.limits())
        if stopped:
            messages.warning(request, _("A regimen has reached a limit and is stopped."))
        messages.success(request, _("Kept."))
        return redirect("desk:harm")
    return render(
        request, "desk/harm/limits.html", {"form": form, "grades": grades()}, status=422 if form.errors else 200
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "POST"])
def regimen(request: Request, regimen: str, step: str) -> HttpResponse:
    """Stopping a regimen, or letting it be carried out again."""
    actor = request.doing.actor
    check(actor, "harm.limit")
    done = {"stop": stop_regimen, "release": release_regimen}.get(step)
    stopped = stopped_regimen(actor.house, regimen)
    if done is None or (step == "release") == (stopped is None):
        raise not_found()
    read_list(request.doing, about=f"harm:{regimen}"[:120])
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done(request.doing, regimen=regimen, reason=form.cleaned_data["reason"])
        return redirect("desk:harm")
    title = known_regimens(actor.house).get(regimen, regimen)
    context = {"form": form, "step": step, "title": title, "stopped": stopped}
    return render(request, "desk/harm/regimen.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("p/<str:public>/harm/", report, name="report_harm"),
    path("harm/", harm, name="harm"),
    path("harm/limits/", limits, name="harm_limits"),
    path("harm/regimen/<str:regimen>/<str:step>/", regimen, name="harm_regimen"),
    path("harm/<str:event>/", review, name="harm_event"),
]
