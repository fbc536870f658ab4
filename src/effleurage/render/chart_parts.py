"""What all charts are drawn with: the frame and its axis, the legend, and the SVG around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

from effleurage.language import Language
from effleurage.outcome.change import shown

NARROWEST, WIDEST = 320, 960
"""Between these widths, in its own units, a chart can be drawn; a page scales what it gets."""
STYLE: Final = (Path(__file__).parent / "templates" / "shared" / "chart.css").read_text("utf-8")
"""The look: what a styled chart carries inside, and what a page of several brings once."""
LETTER: Final = 7.2
"""About how wide a letter is, where something must be placed beside words."""
TOP, FOOT, LINE = 44, 60, 24
"""Room above the plot, below it for marks and dates, and for each line of the legend."""
SIGN, GAP = 34, 20
"""Room of a sign before its word in the legend, and between two of them."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a value lies on the picture: the ends of the plot in its units, and the values at these ends."""

    left: float
    right: float
    top: float
    bottom: float
    start: float
    end: float
    low: float
    high: float
    room: float = 0

    def x(self, value: float) -> float:
        """Between the ends, less the room that points need beside the axis; in the middle where all values are one."""
        share = (value - self.start) / (self.end - self.start) if self.end > self.start else 0.5
        return self.left + self.room + share * (self.right - self.left - 2 * self.room)

    def y(self, value: float) -> float:
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one drawing shares: whose it is, where things lie, and its language."""

    key: str
    width: int
    frame: Frame
    language: Language


@dataclass(frozen=True, slots=True)
class Legend:
    """A sign of the legend, drawn in 26 by 14 units, and its word."""

    sign: str
    word: str


def check_width(width: int) -> None:
    if not NARROWEST <= width <= WIDEST:
        raise ValueError(f"a chart {width} wide, not {NARROWEST} to {WIDEST}")


def plot_height(width: int) -> int:
    """
    >>> plot_height(320), plot_height(960)
    (180, 336)
    """
    return max(180, width * 35 // 100)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Both ends, and round numbers between them that keep clear of the ends.

    >>> ticks(0, 10), ticks(0, 21), ticks(1, 7)
    ([0, 2, 4, 6, 8, 10], [0, 5, 10, 15, 21], [1, 2, 3, 4, 5, 6, 7])
    """
    step = step_of((high - low) / most)
    first = int(low // step)
    between = [step * number for number in range(first, first + 4 * most) if low < step * number < high]
    return [low, *(value for value in between if min(value - low, high - value) >= step * 0.6), high]


def step_of(least: float) -> float:
    """The first of 1, 2, 5, 10, 20, 50 ... (or 0.1, 0.2, 0.5) that is no less.

    >>> step_of(1.7), step_of(3.5), step_of(0.15)
    (2, 5, 0.2)
    """
    power = 1 if least > 0.5 else 0.1
    while True:
        for base in (1, 2, 5):
            if base * power >= least:
                return base * power
        power *= 10


def grid(sheet: Sheet, values: Sequence[float]) -> str:
    """The lines of the axis with their numbers."""
    frame = sheet.frame
    rows = (
        f'<path class="grid" d="M{frame.left:g},{frame.y(value):.1f} H{frame.right:.1f}"/>'
        f'<text class="end soft" x="{frame.left - 10:g}" y="{frame.y(value) + 4.5:.1f}">{shown(value)}</text>'
        for value in values
    )
    return "".join(rows) + f'<path class="axis" d="M{frame.left:g},{frame.top} V{frame.bottom} H{frame.right:.1f}"/>'


def triangle(x: float, top: float) -> str:
    return f'<path class="session" d="M{x:.1f},{top:g} l4.5,9 h-9 Z"/>'


def heading(words: str) -> str:
    """What stands above the axis."""
    return f'<text class="soft" x="8" y="18">{escape(words)}</text>'


def _rows(sheet: Sheet, legend: Sequence[Legend]) -> list[list[tuple[float, Legend]]]:
    """The legend in lines that fit, each sign with its place."""
    rows: list[list[tuple[float, Legend]]] = [[]]
    x = 8.0
    for each in legend:
        room = SIGN + len(each.word) * LETTER
        if rows[-1] and x + room > sheet.width:
            rows.append([])
            x = 8.0
        rows[-1].append((x, each))
        x += room + GAP
    return rows


def legend_height(sheet: Sheet, legend: Sequence[Legend]) -> float:
    return LINE * len(_rows(sheet, legend))


def legend_row(sheet: Sheet, legend: Sequence[Legend], top: float) -> str:
    return "".join(
        f'<g transform="translate({x:.1f} {top + LINE * at:g})">{each.sign}'
        f'<text x="{SIGN}" y="12">{escape(each.word)}</text></g>'
        for at, row in enumerate(_rows(sheet, legend))
        for x, each in row
    )


def svg(sheet: Sheet, height: float, *, title: str, about: str, body: str, styled: bool) -> str:
    """The picture with its title and its description."""
    key = sheet.key
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" id="{escape(key)}" '
        f'viewBox="0 0 {sheet.width} {height:g}" role="img" aria-labelledby="{escape(key)}-title {escape(key)}-desc">'
        f'<title id="{escape(key)}-title">{escape(title)}</title>'
        f'<desc id="{escape(key)}-desc">{escape(about)}</desc>'
        f"{f'<style>{STYLE}</style>' if styled else ''}"
        f'<defs><pattern id="{escape(key)}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch-line" d="M0,0 V6"/></pattern></defs>'
        f"{body}</svg>"
    )
