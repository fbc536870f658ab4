"""A measure as a page shows it: the chart, its table, what the change amounts to, and what it cannot say.

One module for the desk and for the patient, so that both read the same numbers with the same cautions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from clinic.records.outcome_courses import Course, History
from clinic.records.outcomes import series_of, summary_of
from effleurage.library import Library
from effleurage.outcome.summary import Hope, MeasureSummary
from effleurage.render.chart import SeriesRow, series_chart, series_table
from effleurage.render.words import GRADES

WIDTH: Final = 320
"""Drawn for a telephone; a wider page draws it larger."""
_HATCH: Final = re.compile(r'class="band-edge" style="fill:url\((#[\w-]+)\)"')


@dataclass(frozen=True, slots=True)
class Benefit:
    """A hoped-for benefit with the words of its grade."""

    hope: Hope
    grade: str


@dataclass(frozen=True, slots=True)
class Card:
    """One measure of a course."""

    measure: MeasureSummary
    chart: SafeString
    rows: list[SeriesRow]
    benefits: tuple[Benefit, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A course with its measures; `others` are the hopes that nothing in it measured."""

    title: str
    honest: str
    cards: tuple[Card, ...]
    others: tuple[Benefit, ...]


def page_of(found: History, course: Course, library: Library) -> Page:
    """A course in the language of the library."""
    made = summary_of(found, course, library)
    return Page(
        title=made.title,
        honest=made.honest,
        cards=tuple(_cards(found, course, library, made.measures)),
        others=tuple(_benefits(made.other_hopes, library)),
    )


def _cards(found: History, course: Course, library: Library, measures: tuple[MeasureSummary, ...]) -> Iterator[Card]:
    language = library.protocols.language
    for series, measure in zip(series_of(found.of(course), library, course.times), measures, strict=True):
        drawn = series_chart(series=series, title=measure.title, width=WIDTH, styled=False, language=language)
        yield Card(
            measure=measure,
            chart=for_page(drawn),
            rows=series_table(series=series, language=language),
            benefits=tuple(_benefits(measure.hopes, library)),
        )


def _benefits(hopes: tuple[Hope, ...], library: Library) -> Iterator[Benefit]:
    words = library.protocols.language.words
    return (Benefit(hope, words(GRADES[hope.grade])) for hope in hopes)


def for_page(drawing: str) -> SafeString:
    """A drawing of the core as it may stand in a page, where no style stands but in style sheets."""
    return mark_safe(_HATCH.sub(r'class="hatch-line" fill="url(\1)"', drawing))  # noqa: S308 - the core's own drawing
