"""The summary of a course as PDF, for the patient in large type, for the doctor with sources and sessions.

A chart is the core's own drawing in the colours of light paper; the table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpResponse

from clinic.paper import picture
from clinic.paper.issued import headings, holder, pdf, sender
from clinic.paper.labels import labelled
from clinic.paper.papers import common, made
from clinic.paper.values import Holder, Plain, plain
from clinic.records.content import in_force
from clinic.records.models import Patient
from clinic.records.outcome_courses import Course, History
from clinic.records.outcomes import given_sessions, series_of, summary_of
from clinic.records.speech import spoken
from effleurage.language import Language
from effleurage.library import Library
from effleurage.outcome.series import Series
from effleurage.outcome.summary import Hope, MeasureSummary
from effleurage.render.chart import STYLE, series_chart, series_table
from effleurage.render.page import sources
from effleurage.render.words import GRADES

AUDIENCES: Final = ("patient", "doctor")
WIDTH: Final = 640


def summary_paper(who: Patient, found: History, course: Course, audience: str, now: datetime) -> HttpResponse:
    """A course as a paper, in the language of the reader."""
    library = spoken(in_force(who.clinic_id))
    language = library.protocols.language
    printed = now.astimezone(ZoneInfo(who.location.zone))
    page = page_values(found, course, library)
    body = summary_pdf(
        page={**page, "date": language.month_day(printed.date()), "audience": audience},
        patient=holder(who),
        clinic=sender(who),
        language=language,
        printed=printed,
    )
    return pdf(body, f"summary-{who.number}")


def page_values(found: History, course: Course, library: Library) -> dict[str, Any]:
    """What the paper says, in the language of the library."""
    language = library.protocols.language
    told = summary_of(found, course, library, given_sessions(course, language))
    drawn = series_of(found.of(course), library, course.times)
    return {
        "course_title": told.title,
        "course": told.course,
        "deviations": told.deviations,
        "reactions": told.reactions,
        "honest": told.honest,
        "measures": [_measure(each, one, library) for each, one in zip(told.measures, drawn, strict=True)],
        "hopes": list(_hopes(told.other_hopes, library)),
        "hash": library.protocols.hash,
    }


def summary_pdf(
    *,
    page: Mapping[str, Any],
    patient: Holder,
    clinic: list[str],
    language: Language,
    printed: datetime,
    labels: Mapping[str, str] | None = None,
    fonts: tuple[Path, ...] = (),
) -> bytes:
    """The bytes of the paper. Nobody signs it: it reports, and decides nothing."""
    said = labelled(labels or headings(language.code))
    values = {
        **common(page, signature=None, clinic=clinic, lang=language.code, labels=said, printed=printed),
        "title": said["summary_title"],
        "charts": [_chart(each["chart"]) for each in page["measures"]],
        "labels": plain({**said, "unsigned_line": said["summary_title"]}),
    }
    return made("summary", values, patient, stamp=printed, fonts=fonts)


def _measure(measure: MeasureSummary, series: Series, library: Library) -> dict[str, Any]:
    language = library.protocols.language
    return {
        **asdict(measure),
        "hopes": list(_hopes(measure.hopes, library)),
        "chart": series_chart(series=series, title=measure.title, width=WIDTH, styled=False, language=language),
        "rows": [asdict(row) for row in series_table(series=series, language=language)],
    }


def _hopes(hopes: tuple[Hope, ...], library: Library) -> Iterator[dict[str, Any]]:
    for each in hopes:
        grade = library.protocols.language.words(GRADES[each.grade])
        yield {"claim": each.claim, "grade": grade, "say": each.say, "sources": sources(each.sources, library)}


def _chart(drawing: str) -> dict[str, Plain]:
    """A chart as the press takes it, with its words for a reader aloud."""
    style = picture.for_print(STYLE)
    svg = drawing.replace("</desc>", f"</desc><style>{style}</style>", 1)
    return {"svg": svg, "alt": picture.words_of(drawing)}


__all__ = ["AUDIENCES", "summary_paper", "summary_pdf"]
