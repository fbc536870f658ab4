"""Charts of one patient's scores: a picture drawn by ourselves, and the rows of the table that says the same.

What the picture says stands in it by more than colour: points by their numbers, the start by a ring, a missing number
by a question mark and a gap in the line, the error of measuring by a hatched band, the least change that matters by
dashed lines with a word at each. A questionnaire's axis runs over its whole range, so that a small step looks small. A
measurement's range only catches slips of the pen, and its axis shows the part where the numbers lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from html import escape
from itertools import pairwise
from typing import Final

from effleurage.language import ENGLISH, Language, sentence
from effleurage.outcome.change import score_words, shown
from effleurage.outcome.instrument import Change
from effleurage.outcome.series import Point, Series
from effleurage.outcome.summary import direction_words
from effleurage.render.chart_parts import (
    FOOT,
    LETTER,
    STYLE,
    TOP,
    Frame,
    Legend,
    Sheet,
    check_width,
    grid,
    heading,
    legend_height,
    legend_row,
    plot_height,
    step_of,
    svg,
    ticks,
    triangle,
)

__all__ = ["STYLE", "SeriesRow", "series_chart", "series_table"]


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One line of the table beside the chart; `note` names the start, the best and the last number."""

    date: str
    value: str
    band: str
    sessions: int
    note: str


def series_chart(
    *,
    series: Series,
    title: str,
    width: int = 640,
    prefix: str = "chart",
    styled: bool = True,
    language: Language = ENGLISH,
) -> str:
    """One accessible SVG that stands alone; without its own style (`styled=False`), the page brings `STYLE`.

    `width` is that of the drawing, from 320 for a telephone to 960; `prefix` keeps the ids of several apart. Raises
    ValueError for another width.
    """
    check_width(width)
    moments = [*(point.at for point in series.points), *series.sessions]
    low, high = _ends(series)
    right = 16 + max(len(word) for word in _sides(language)) * LETTER if _lines(series) else 8
    times = [_seconds(at) for at in moments] or [0]
    frame = Frame(48, width - right, TOP, TOP + plot_height(width), min(times), max(times), low, high, room=24)
    sheet = Sheet(f"{prefix}-{series.instrument.name}", width, frame, language)
    legend = _legend(sheet, series)
    body = (
        heading(_heading(series, language)),
        grid(sheet, ticks(low, high, most=8 if series.instrument.unit else 6)),
        _band(sheet, series),
        _starting(sheet, series),
        _sessions(sheet, series),
        _course(sheet, series),
        _dates(sheet, moments),
        _nothing(sheet, series),
        legend_row(sheet, legend, frame.bottom + FOOT),
    )
    height = frame.bottom + FOOT + legend_height(sheet, legend)
    return svg(sheet, height, title=title, about=_summary(series, language), body="".join(body), styled=styled)


def series_table(*, series: Series, language: Language = ENGLISH) -> list[SeriesRow]:
    """The same numbers as rows, from the first to the last."""
    return [
        SeriesRow(
            date=language.month_day(point.at.date()),
            value=score_words(value=point.value, instrument=series.instrument, language=language),
            band=point.score.band,
            sessions=point.held,
            note=language.listed(_marks(series, point, language)),
        )
        for point in series.points
    ]


# ---- what is drawn


def _seconds(at: datetime) -> int:
    return at.toordinal() * 86400 + at.hour * 3600 + at.minute * 60 + at.second


def _ends(found: Series) -> tuple[float, float]:
    """The ends of the axis: the range, or for a measurement whole steps around what is drawn."""
    low, high = (float(end) for end in found.instrument.range)
    if not found.instrument.unit:
        return low, high
    drawn = [float(point.value) for point in found.known if point.value is not None]
    drawn += [float(value) for value in (*_lines(found), *_error(found))]
    if not drawn:
        return low, high
    step = step_of(max(max(drawn) - min(drawn), 4) / 4)
    return max(low, (min(drawn) // step - 1) * step), min(high, (max(drawn) // step + 1) * step)


def _around(found: Series, change: Change | None) -> tuple[Fraction, ...]:
    """The values that lie by `change` above and below the baseline, where they are on the scale."""
    start = found.baseline.value if found.baseline else None
    if start is None or change is None:
        return ()
    by = Fraction(change.value) * (start / 100 if change.kind == "percent" else 1)
    low, high = found.instrument.range
    return tuple(value for value in (start + by, start - by) if by and low <= value <= high)


def _lines(found: Series) -> tuple[Fraction, ...]:
    return _around(found, found.instrument.least_important_change)


def _error(found: Series) -> tuple[Fraction, ...]:
    """The band of the error of measuring, cut off at the ends of the scale."""
    start, error = found.baseline.value if found.baseline else None, found.instrument.measurement_error
    if start is None or error is None:
        return ()
    by = Fraction(error.value) * (start / 100 if error.kind == "percent" else 1)
    low, high = map(Fraction, found.instrument.range)
    return min(start + by, high), max(start - by, low)


def _sides(language: Language) -> tuple[str, str]:
    return language.say("better"), language.say("worse")


def _band(sheet: Sheet, found: Series) -> str:
    """The error of measuring around the start, hatched."""
    ends = _error(found)
    if not ends:
        return ""
    frame, (top, bottom) = sheet.frame, (sheet.frame.y(float(end)) for end in ends)
    return (
        f'<rect class="band-edge" style="fill:url(#{sheet.key}-hatch)" x="{frame.left:g}" y="{top:.1f}" '
        f'width="{frame.right - frame.left:.1f}" height="{bottom - top:.1f}"/>'
    )


def _starting(sheet: Sheet, found: Series) -> str:
    """The level of the start, and the lines from which a change matters, each with its word."""
    start, frame, lines = found.baseline, sheet.frame, []
    if start is None or start.value is None:
        return ""
    lines.append(f'<path class="start" d="M{frame.left:g},{frame.y(float(start.value)):.1f} H{frame.right:.1f}"/>')
    better, worse = _sides(sheet.language)
    for value in _lines(found):
        good = (value > start.value) == (found.instrument.higher_is == "better")
        y = frame.y(float(value))
        lines.append(f'<path class="least" d="M{frame.left:g},{y:.1f} H{frame.right:.1f}"/>')
        word = escape(better if good else worse)
        lines.append(f'<text x="{frame.right + 6:.1f}" y="{y + 4.5:.1f}">{word}</text>')
    return "".join(lines)


def _sessions(sheet: Sheet, found: Series) -> str:
    """A small triangle under the axis for each session."""
    places = (sheet.frame.x(_seconds(at)) for at in found.sessions)
    return "".join(triangle(x, sheet.frame.bottom + 5) for x in places)


def _course(sheet: Sheet, found: Series) -> str:
    """The line from number to number, broken where one is missing; then the points, with as many values as fit."""
    places = [(sheet.frame.x(_seconds(point.at)), point) for point in found.points]
    joined = "".join(
        f'<path class="line" d="M{x:.1f},{_height(sheet, one):.1f} L{to:.1f},{_height(sheet, other):.1f}"/>'
        for (x, one), (to, other) in pairwise(places)
        if one.value is not None and other.value is not None
    )
    gaps = "".join(_gap(sheet, x) for x, point in places if point.value is None)
    dots = "".join(_dot(sheet, x, point, found) for x, point in places if point.value is not None)
    return joined + gaps + dots + "".join(_labels(sheet, places, found))


def _height(sheet: Sheet, point: Point) -> float:
    return sheet.frame.y(float(point.value or 0))


def _gap(sheet: Sheet, x: float) -> str:
    frame = sheet.frame
    return (
        f'<path class="gap" d="M{x:.1f},{frame.top + 28} V{frame.bottom}"/>'
        f'<text class="value middle" x="{x:.1f}" y="{frame.top + 22}">?</text>'
    )


def _dot(sheet: Sheet, x: float, point: Point, found: Series) -> str:
    y = _height(sheet, point)
    said = escape(f"{sheet.language.month_day(point.at.date())}: {_said(found, point, sheet.language)}")
    ring = f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="9"/>' if point == found.baseline else ""
    return f'{ring}<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{said}</title></circle>'


def _labels(sheet: Sheet, places: Sequence[tuple[float, Point]], found: Series) -> Iterator[str]:
    """The values at their points: the start and the last always, others where there is room."""
    taken: list[float] = []
    known = [(x, point) for x, point in places if point.value is not None]
    for x, point in sorted(known, key=lambda place: place[1] not in (found.baseline, found.last)):
        words = shown(point.value or Fraction())
        if point == found.last or all(abs(x - other) >= 8 * len(words) + 12 for other in taken):
            taken.append(x)
            y = _clear(sheet, found, _height(sheet, point))
            yield f'<text class="value middle" x="{x:.1f}" y="{y:.1f}">{words}</text>'


def _clear(sheet: Sheet, found: Series, y: float) -> float:
    """Where the value of a point at `y` stands: above it, or below where a line would run through it above."""
    drawn = [sheet.frame.y(float(value)) for value in _lines(found)]

    def struck(line: float) -> bool:
        return line < sheet.frame.top + 11 or any(abs(other - line + 4.5) < 8 for other in drawn)

    above, below = y - 14, y + 23
    return below if struck(above) and not struck(below) and below < sheet.frame.bottom else above


def _dates(sheet: Sheet, moments: Sequence[datetime]) -> str:
    """The first and the last day under the axis; on a narrow picture as far apart as they can be."""
    frame, days = sheet.frame, sorted({at.date() for at in moments})
    words = [escape(sheet.language.month_day(day)) for day in dict.fromkeys((days[0], days[-1]))] if days else []
    wide = sum(map(len, words)) * LETTER + 24 < frame.right - frame.left
    ends = ((frame.left, "soft"), (frame.right, "soft end")) if wide else ((8, "soft"), (sheet.width - 8, "soft end"))
    return "".join(
        f'<text class="{name}" x="{x:.1f}" y="{frame.bottom + 32:g}">{word}</text>'
        for word, (x, name) in zip(words, ends, strict=False)
    )


def _nothing(sheet: Sheet, found: Series) -> str:
    """What stands in an empty picture."""
    if found.known:
        return ""
    x, y = (sheet.frame.left + sheet.frame.right) / 2, (sheet.frame.top + sheet.frame.bottom) / 2
    return f'<text class="middle" x="{x:.1f}" y="{y:.1f}">{escape(sheet.language.words(_NOTHING))}</text>'


# ---- words


_NOTHING: Final = sentence("There is no number yet.")
_ALL: Final = {
    "point": sentence("a number"),
    "start": sentence("the number at the start"),
    "gap": sentence("no number"),
    "session": sentence("a session"),
    "band": sentence("error of measuring"),
    "least": sentence("least change that matters"),
}


def _legend(sheet: Sheet, found: Series) -> list[Legend]:
    """The signs that occur in this picture."""
    missing = any(point.value is None for point in found.points)
    occurs = {
        "point": bool(found.known),
        "start": found.baseline is not None,
        "gap": missing,
        "session": bool(found.sessions),
        "band": bool(_error(found)),
        "least": bool(_lines(found)),
    }
    signs = {
        "point": '<circle class="dot" cx="13" cy="7" r="5"/>',
        "start": '<circle class="ring" cx="13" cy="7" r="8"/><circle class="dot" cx="13" cy="7" r="5"/>',
        "gap": '<text class="value middle" x="13" y="12">?</text>',
        "session": triangle(13, 2),
        "band": f'<rect class="band-edge" style="fill:url(#{sheet.key}-hatch)" x="2" y="1" width="22" height="12"/>',
        "least": '<path class="least" d="M1,7 H25"/>',
    }
    return [Legend(signs[name], sheet.language.words(_ALL[name])) for name, here in occurs.items() if here]


def _heading(found: Series, language: Language) -> str:
    """The unit, if there is one, and which way is good."""
    unit, way = found.instrument.unit, direction_words(found, language)
    return f"{language.unit(unit)}, {way}" if unit else way


def _marks(found: Series, point: Point, language: Language) -> list[str]:
    """What a point of the table is called."""
    if point.value is None:
        return []
    names = (
        (found.baseline, language.say("at the start")),
        (found.best, language.say("best")),
        (found.last, language.say("last")),
    )
    return [name for marked, name in names if marked == point]


def _summary(found: Series, language: Language) -> str:
    """What the picture shows, in a few sentences; the table beside it has every number."""
    first, last = found.baseline, found.last
    said = [f"{_heading(found, language)[:1].upper()}{_heading(found, language)[1:]}."]
    if first is None or last is None:
        said.append(language.words(_NOTHING))
    else:
        said += [
            f"{language.month_day(point.at.date())}: {_said(found, point, language)}."
            for point in dict.fromkeys((first, last))
        ]
    said.append(language.say("Held: {sessions}.", sessions=language.counted(len(found.sessions), "session")))
    return " ".join([*said, language.say("The table says the same in words.")])


def _said(found: Series, point: Point, language: Language) -> str:
    return score_words(value=point.value, instrument=found.instrument, language=language)
