"""The clinic's charts: a funnel of therapists for the lead, and bars of how many; with a table that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from effleurage.language import ENGLISH, Language, sentence
from effleurage.outcome.change import shown
from effleurage.outcome.funnel import Funnel, FunnelPoint, Limits, Place
from effleurage.outcome.suppress import FEWEST
from effleurage.render.chart_parts import (
    FOOT,
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
)

BAR, BAR_LINE = 14, 44
"""How thick a bar is, and how far one lies below another."""
_SHAPES: Final = {
    Place.WITHIN: '<circle class="dot" cx="{x}" cy="{y}" r="5"/>',
    Place.BEYOND_INNER: '<path class="dot" d="M{x},{y} m0,-8 l8,8 l-8,8 l-8,-8 Z"/>',
    Place.BEYOND_OUTER: '<path class="dot" d="M{x},{y} m-6.5,-6.5 h13 v13 h-13 Z"/>',
}
"""A circle, a lozenge, a square: where a point lies is seen without colour."""


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One line of the table: the number that stands at the point, and what the caller calls the therapist."""

    number: int
    name: str
    patients: int
    mean: str
    place: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A line with its count, None where it is withheld."""

    name: str
    count: int | None


def funnel_chart(
    *,
    funnel: Funnel,
    title: str,
    width: int = 640,
    prefix: str = "funnel",
    styled: bool = True,
    language: Language = ENGLISH,
) -> str:
    """The funnel as one accessible SVG; points bear the numbers of `funnel_table`, and no name. Widths 320 to 960."""
    check_width(width)
    most = step_of(max(point.patients for point in funnel.points) * 1.1)
    low, high = _heights(funnel)
    frame = Frame(48, width - 20, TOP, TOP + plot_height(width), 0, most, low, high)
    sheet = Sheet(f"{prefix}-{funnel.instrument}", width, frame, language)
    legend = _legend(funnel, language)
    body = (
        heading(language.say("mean change, last less first number")),
        grid(sheet, ticks(low, high)),
        _curves(sheet, funnel),
        "".join(_mark(sheet, number, point) for number, point in enumerate(funnel.points, start=1)),
        _below(sheet, most),
        legend_row(sheet, legend, frame.bottom + FOOT),
    )
    about = " ".join(row_words(row, language) for row in funnel_table(funnel=funnel, names={}, language=language))
    height = frame.bottom + FOOT + legend_height(sheet, legend)
    return svg(sheet, height, title=title, about=about, body="".join(body), styled=styled)


def funnel_table(*, funnel: Funnel, names: Mapping[str, str], language: Language = ENGLISH) -> list[FunnelRow]:
    """The same points as rows. A therapist without a name in `names` has none in the table."""
    return [
        FunnelRow(
            number, names.get(each.therapist, ""), each.patients, shown(each.mean), language.words(each.place.value)
        )
        for number, each in enumerate(funnel.points, start=1)
    ]


def row_words(row: FunnelRow, language: Language) -> str:
    return language.say(
        "Therapist {number}: mean {mean}, about {patients} patients, {place}.",
        number=row.number,
        mean=row.mean,
        patients=row.patients,
        place=row.place,
    )


def count_bars(
    *,
    bars: Sequence[Bar],
    title: str,
    width: int = 480,
    prefix: str = "bars",
    styled: bool = True,
    language: Language = ENGLISH,
) -> str:
    """Small bars, each below its name and before its count. What is withheld is a dashed line and says so."""
    check_width(width)
    most = max((bar.count or 0 for bar in bars), default=0) or 1
    sheet = Sheet(prefix, width, Frame(2, width - 100, 0, 1, 0, most, 0, 1), language)
    body = "".join(_bar(sheet, bar, BAR_LINE * at) for at, bar in enumerate(bars))
    about = " ".join(f"{bar.name}: {count_words(bar.count, language)}." for bar in bars)
    return svg(sheet, BAR_LINE * len(bars) + 4, title=title, about=about, body=body, styled=styled)


def count_words(count: int | None, language: Language) -> str:
    """'about 40', or that it is not shown."""
    return language.say("not shown") if count is None else language.say("about {count}", count=count)


# ---- what is drawn


def _heights(funnel: Funnel) -> tuple[float, float]:
    """Round ends of the axis around the points and the outer limits of the smallest number shown."""
    at = funnel.limits(FEWEST)
    means = [point.mean for point in funnel.points]
    low, high = min(at.outer_low, *means), max(at.outer_high, *means)
    step = step_of(max(high - low, 0.4) / 5)
    return low // step * step, (high // step + 1) * step


def _curves(sheet: Sheet, funnel: Funnel) -> str:
    """The centre, and the four limits from the smallest number of patients that is shown."""
    frame = sheet.frame
    reach = [funnel.limits(FEWEST + step * (int(frame.end) - FEWEST) // 48) for step in range(49)]
    middle = f'<path class="start" d="M{frame.left:g},{frame.y(funnel.centre):.1f} H{frame.right:g}"/>'
    return (
        middle
        + _curve(sheet, "outer", [(at, at.outer_low) for at in reach])
        + _curve(sheet, "outer", [(at, at.outer_high) for at in reach])
        + _curve(sheet, "inner", [(at, at.inner_low) for at in reach])
        + _curve(sheet, "inner", [(at, at.inner_high) for at in reach])
    )


def _curve(sheet: Sheet, name: str, values: Sequence[tuple[Limits, float]]) -> str:
    places = " L".join(f"{sheet.frame.x(at.patients):.1f},{sheet.frame.y(value):.1f}" for at, value in values)
    return f'<path class="{name}" d="M{places}"/>'


def _mark(sheet: Sheet, number: int, point: FunnelPoint) -> str:
    x, y = sheet.frame.x(point.patients), sheet.frame.y(point.mean)
    sign = _SHAPES[point.place].format(x=f"{x:.1f}", y=f"{y:.1f}")
    return f'{sign}<text class="value" x="{x + 10:.1f}" y="{y - 6:.1f}">{number}</text>'


def _below(sheet: Sheet, most: float) -> str:
    """The numbers of patients under the axis, and what they are."""
    frame = sheet.frame
    words = escape(sheet.language.say("patients, rounded to 5"))
    marks = (
        f'<text class="middle soft" x="{frame.x(value):.1f}" y="{frame.bottom + 20:g}">{shown(value)}</text>'
        for value in ticks(0, most)
    )
    return "".join(marks) + f'<text class="end soft" x="{frame.right:g}" y="{frame.bottom + 42:g}">{words}</text>'


_SIGNS: Final = {
    "inner": sentence("inner limits: 95 of 100 by chance"),
    "outer": sentence("outer limits: 998 of 1000 by chance"),
    "centre": sentence("mean of all patients"),
}


def _legend(funnel: Funnel, language: Language) -> list[Legend]:
    lines = {
        "centre": '<path class="start" d="M1,7 H25"/>',
        "inner": '<path class="inner" d="M1,7 H25"/>',
        "outer": '<path class="outer" d="M1,7 H25"/>',
    }
    places = [place for place in Place if any(point.place is place for point in funnel.points)]
    return [
        *(Legend(_SHAPES[place].format(x="13", y="7"), language.words(place.value)) for place in places),
        *(Legend(sign, language.words(_SIGNS[name])) for name, sign in lines.items()),
    ]


def _bar(sheet: Sheet, bar: Bar, top: float) -> str:
    frame, words = sheet.frame, escape(count_words(bar.count, sheet.language))
    end = frame.x(bar.count or 0)
    drawn = (
        f'<path class="withheld" d="M{frame.left:g},{top + 29:g} h60"/>'
        if bar.count is None
        else f'<rect class="bar" x="{frame.left:g}" y="{top + 22:g}" width="{end - frame.left:.1f}" height="{BAR}"/>'
    )
    after = frame.left + 60 if bar.count is None else end
    return (
        f'<text x="{frame.left:g}" y="{top + 15:g}">{escape(bar.name)}</text>{drawn}'
        f'<text x="{after + 8:.1f}" y="{top + 34:g}">{words}</text>'
    )
