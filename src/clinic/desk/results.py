"""Results: what became of the clinic's courses, as it stood at the end of the last quarter of the year.

Every number has gone through the core's suppression. Nothing here says why a number is what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from clinic.accounts.models import User
from clinic.actions.outcomes import read_results
from clinic.actions.permissions import can, check
from clinic.look.measures import for_page
from clinic.look.request import Request
from clinic.records.content import in_force
from clinic.records.outcomes import course_rows, instrument_of, next_quarter, quarter_began
from clinic.records.speech import spoken
from effleurage.library import Library
from effleurage.outcome.change import shown
from effleurage.outcome.clinic import ClinicView, ConditionLine, CourseRow, MeasureLine, RegimenLine, clinic_view
from effleurage.outcome.funnel import FUNNEL_CAVEATS, Funnel, funnel
from effleurage.render.chart_clinic import Bar, FunnelRow, count_bars, count_words, funnel_chart, funnel_table

WIDTH = 360


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """One measure of one regimen: how many had both numbers, and the mean change with its interval."""

    title: str
    direction: str
    scored: str
    unscored: str
    mean: str
    interval: str


@dataclass(frozen=True, slots=True)
class RegimenWords:
    """One regimen: how many courses, how many to the end, and of the others how many with a reason that is known."""

    title: str
    courses: str
    completed: str
    left: str
    left_told: str
    measures: tuple[MeasureWords, ...]


@dataclass(frozen=True, slots=True)
class ConditionWords:
    title: str
    courses: str
    bars: SafeString
    regimens: tuple[RegimenWords, ...]


@dataclass(frozen=True, slots=True)
class FunnelWords:
    """A funnel of the therapists by one regimen and one measure, with the table that says the same."""

    title: str
    chart: SafeString
    rows: tuple[FunnelRow, ...]
    withheld: bool


@require_GET
def results(request: Request) -> HttpResponse:
    """The table by condition and regimen; for the lead, the therapists too."""
    doing, actor = request.doing, request.doing.actor
    check(actor, "results.read")
    lead = can(actor, "results.funnel")
    read_results(doing, about="results, therapists" if lead else "results")
    library = spoken(in_force(actor.house))
    zone = request.user.clinic.locations.order_by("pk").values_list("zone", flat=True).first()  # type: ignore[union-attr]
    until = quarter_began(doing.now, zone or "UTC")
    rows = course_rows(actor.house, until)
    view = clinic_view(courses=rows)
    words = library.protocols.language.words
    context = {
        "until": date_format(until, "DATE_FORMAT"),
        "next": date_format(next_quarter(until), "DATE_FORMAT"),
        "courses": count_words(view.courses, library.protocols.language),
        "conditions": list(conditions(view, library)),
        "caveats": [words(each) for each in view.caveats],
        "lead": lead,
        "funnels": list(funnels(rows, library)) if lead else [],
        "funnel_caveats": [words(each) for each in FUNNEL_CAVEATS],
    }
    return render(request, "desk/results/page.html", context)


def conditions(view: ClinicView, library: Library) -> Iterator[ConditionWords]:
    for number, line in enumerate(view.conditions, start=1):
        yield condition(number, line, library)


def condition(number: int, line: ConditionLine, library: Library) -> ConditionWords:
    language, title = library.protocols.language, condition_title(line.condition, library)
    bars = [Bar(regimen_title(each.regimen, library), each.courses) for each in line.regimens]
    drawn = count_bars(bars=bars, title=title, width=WIDTH, prefix=f"bars{number}", styled=False, language=language)
    return ConditionWords(
        title=title,
        courses=count_words(line.courses, language),
        bars=for_page(drawn),
        regimens=tuple(regimen(each, library) for each in line.regimens),
    )


def regimen(line: RegimenLine, library: Library) -> RegimenWords:
    language = library.protocols.language
    return RegimenWords(
        title=regimen_title(line.regimen, library),
        courses=count_words(line.courses, language),
        completed=count_words(line.completed, language),
        left=count_words(line.left, language),
        left_told=count_words(line.left_told, language),
        measures=tuple(measure(each, library) for each in line.measures),
    )


def measure(line: MeasureLine, library: Library) -> MeasureWords:
    language, found = library.protocols.language, instrument_of(library, line.instrument)
    change = line.change
    better = "higher is better" if found and found.higher_is == "better" else "lower is better"
    return MeasureWords(
        title=found.title if found else line.instrument,
        direction=language.words(better) if found else "",
        scored=count_words(line.scored, language),
        unscored=count_words(line.unscored, language),
        mean=shown(change.mean, 2) if change else language.say("not shown"),
        interval=f"{shown(change.low, 2)} … {shown(change.high, 2)}" if change else "",
    )


def condition_title(folder: str, library: Library) -> str:
    tree = library.documents.trees.get(f"{folder}/protocol.yaml")
    head = tree.entries() if tree else {}
    return head["title"].words() if "title" in head else folder


def regimen_title(name: str, library: Library) -> str:
    return next((each.title for each in library.regimens if each.id == name), name)


def funnels(rows: Sequence[CourseRow], library: Library) -> Iterator[FunnelWords]:
    """Where two therapists at least may be shown: one funnel for each regimen and measure."""
    groups = sorted({(row.condition, row.regimen, each.instrument) for row in rows for each in row.measures})
    for folder, name, instrument in groups:
        alike = [row for row in rows if (row.condition, row.regimen) == (folder, name)]
        found = funnel(courses=alike, instrument=instrument)
        if found is not None:
            yield funnel_words(found, regimen_title(name, library), f"funnel-{folder}-{name}", library)


def funnel_words(found: Funnel, regimen: str, prefix: str, library: Library) -> FunnelWords:
    measured = instrument_of(library, found.instrument)
    title = f"{regimen}: {measured.title if measured else found.instrument}"
    keys = [point.therapist for point in found.points]
    names = dict(User.objects.filter(public__in=keys).values_list("public", "name"))
    language = library.protocols.language
    drawn = funnel_chart(funnel=found, title=title, width=WIDTH, prefix=prefix, styled=False, language=language)
    return FunnelWords(
        title=title,
        chart=for_page(drawn),
        rows=tuple(funnel_table(funnel=found, names=names, language=language)),
        withheld=found.withheld,
    )


urlpatterns = [path("results/", results, name="results")]
