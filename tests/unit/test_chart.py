"""Charts: everything that is known stands in the picture, nothing beside it, and the table says the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.outcome.change import shown
from effleurage.outcome.funnel import Funnel, FunnelPoint, Place
from effleurage.outcome.instrument import Change
from effleurage.outcome.score import score
from effleurage.outcome.series import Reading, Series, series
from effleurage.render.chart import STYLE, series_chart, series_table
from effleurage.render.chart_clinic import Bar, count_bars, funnel_chart, funnel_table
from effleurage.render.chart_parts import ticks
from effleurage.translation import pseudo
from tests.agreement.patients import content

LIBRARY = content()
OTHER = pseudo(LIBRARY)
SHIPPED = {each.name: each for each in LIBRARY.instruments}
START = datetime.fromisoformat("2026-11-02T09:00")
SVG = "{http://www.w3.org/2000/svg}"
NOISY = replace(SHIPPED["nrs_pain"], measurement_error=Change(Decimal("1.5"), "points", "N", "FARRAR"))


def made(instrument, days, sessions=(0, 3, 6)) -> Series:
    def sheet(answer):
        return score(instrument=instrument, answers={item.id: answer for item in instrument.items})

    readings = [Reading(START + timedelta(days=day), sheet(answer)) for day, answer in days]
    held = [START + timedelta(days=day, hours=1) for day in sessions]
    return series(instrument=instrument, readings=readings, sessions=held)


def drawn(found: Series, **how) -> ET.Element:
    return ET.fromstring(series_chart(series=found, title="Pain & rest", **how))


def of_class(tree: ET.Element, name: str) -> list[ET.Element]:
    """Signs of the picture itself, not those of its legend."""
    legend = {each for group in tree.findall(f"{SVG}g") for each in group.iter()}
    return [each for each in tree.iter() if name in each.get("class", "").split() and each not in legend]


def words(tree: ET.Element) -> list[str]:
    return [each.text or "" for each in tree.iter(f"{SVG}text")]


PAIN = made(SHIPPED["nrs_pain"], [(0, 8), (6, 7), (12, None), (18, 5), (30, 4)])


def test_a_chart_has_a_title_a_description_and_nothing_that_runs_or_is_fetched() -> None:
    text = series_chart(series=PAIN, title="Pain & rest")
    tree = ET.fromstring(text)
    assert tree.get("role") == "img"
    ids = tree.get("aria-labelledby", "").split()
    assert [each.text for each in tree if each.get("id") in ids] == [
        "Pain & rest",
        "Lower is better. 2 November 2026: 8. 2 December 2026: 4. Held: 3 sessions. The table says the same in words.",
    ]
    assert not re.search(r"<script|href=|url\((?!#)|<image|on\w+=", text)


def test_points_lie_at_their_values_and_the_line_breaks_where_one_is_missing() -> None:
    tree = drawn(PAIN)
    heights = [float(dot.get("cy")) for dot in of_class(tree, "dot")]
    assert [(heights[0] - y) / (heights[0] - heights[-1]) for y in heights] == pytest.approx([0, 0.25, 0.75, 1])
    assert len(of_class(tree, "line")) == 2
    assert len(of_class(tree, "gap")) == 1
    assert words(tree).count("?") == 2, "one in the picture, one in the legend"
    assert len(of_class(tree, "session")) == 3
    assert len(of_class(tree, "ring")) == 1


def test_the_axis_runs_over_the_whole_range_and_says_which_way_is_good() -> None:
    numbers = [text for text in words(drawn(PAIN)) if text.isdigit()]
    assert {"0", "10"} <= set(numbers)
    assert words(drawn(PAIN))[0] == "lower is better"
    height = made(SHIPPED["standing_height"], [(0, Decimal("163.5")), (30, 161)])
    assert words(drawn(height))[0] == "cm, higher is better"
    assert "250" not in words(drawn(height)), "the range of a measurement only catches slips of the pen"


def test_lines_from_which_a_change_matters_have_their_words_on_the_right_sides() -> None:
    def lines(found):
        tree = drawn(found)
        levels = [float(re.search(r",([\d.]+) ", line.get("d"))[1]) for line in of_class(tree, "least")]
        sides = [text for text in words(tree) if text in ("better", "worse")]
        return dict(zip(sides, levels, strict=True))

    pain, height = lines(PAIN), lines(made(SHIPPED["standing_height"], [(0, 163), (30, 161)]))
    assert pain["worse"] < pain["better"], "lower on the picture is better"
    assert height["better"] < height["worse"]
    assert lines(made(SHIPPED["nrs_pain"], [(0, 1), (9, 1)])).keys() == {"worse"}, "there is nothing below 0"
    assert lines(made(SHIPPED["nrs_fatigue"], [(0, 5), (9, 1)])) == {}, "none is known"
    assert lines(made(SHIPPED["peg"], [(0, 0), (9, 1)])) == {}, "a percentage of 0 is nothing"


def test_the_error_of_measuring_is_a_band_around_the_start_cut_off_at_the_ends() -> None:
    (band,) = of_class(drawn(made(NOISY, [(0, 5), (9, 4)])), "band-edge")
    (cut,) = of_class(drawn(made(NOISY, [(0, 10), (9, 4)])), "band-edge")
    assert float(band.get("height")) == pytest.approx(2 * float(cut.get("height")), abs=0.2)
    assert "hatch" in band.get("style"), "hatched, so that it needs no colour"
    assert of_class(drawn(PAIN), "band-edge") == []


def test_the_legend_names_what_occurs_and_nothing_else() -> None:
    assert words(drawn(PAIN))[-6:] == [
        "a number",
        "the number at the start",
        "?",
        "no number",
        "a session",
        "least change that matters",
    ]
    assert "error of measuring" in words(drawn(made(NOISY, [(0, 5)])))


def test_an_empty_series_is_a_picture_that_says_so() -> None:
    tree = drawn(made(SHIPPED["trunk_rotation"], [], ()))
    assert "There is no number yet." in words(tree)
    assert of_class(tree, "dot") == of_class(tree, "line") == []


def test_the_table_has_every_number_of_the_picture() -> None:
    rows = series_table(series=PAIN)
    assert [(row.value, row.sessions, row.note) for row in rows] == [
        ("8", 0, "at the start"),
        ("7", 2, ""),
        ("not known", 3, ""),
        ("5", 3, ""),
        ("4", 3, "best and last"),
    ]
    assert rows[0].date == "2 November 2026"
    assert series_table(series=made(SHIPPED["gad7"], [(0, 3)]))[0].band == "highest band"


@pytest.mark.parametrize("width", [319, 961])
def test_a_chart_has_a_width_at_which_it_can_be_read(width) -> None:
    with pytest.raises(ValueError, match="320 to 960"):
        drawn(PAIN, width=width)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["nrs_pain", "gad7", "peg", "standing_height", "blood_pressure_systolic", "pgic"]),
    st.lists(st.tuples(st.integers(-30, 400), st.integers(1, 3)), max_size=14, unique_by=lambda row: row[0]),
    st.lists(st.integers(0, 90), max_size=12),
    st.sampled_from([320, 480, 640, 960]),
)
def test_everything_that_is_drawn_lies_within_the_picture(name, days, sessions, width) -> None:
    instrument = SHIPPED[name]
    low = instrument.items[0].scale.low
    tree = drawn(made(instrument, [(day, low + answer) for day, answer in days], sessions), width=width)
    _, _, right, bottom = map(float, tree.get("viewBox").split())
    for each in (each for each in tree.iter() if not each.tag.endswith(("pattern", "g"))):
        for x in (each.get(name) for name in ("x", "cx") if each.get(name)):
            assert 0 <= float(x) <= right
        for y in (each.get(name) for name in ("y", "cy") if each.get(name)):
            assert 0 <= float(y) <= bottom
    dots = of_class(tree, "dot")
    assert len(dots) == len(days)
    for text in (each for each in tree.findall(f"{SVG}text")):
        side = {"end": -1, "middle": -0.5}.get(
            next(iter({"end", "middle"} & set(text.get("class", "").split())), ""), 0
        )
        left = float(text.get("x")) + side * len(text.text) * 7.2
        assert left >= -1
        assert left + len(text.text) * 7.2 <= right + 8


@given(st.integers(-50, 50), st.integers(1, 300), st.integers(3, 9))
def test_ticks_rise_from_end_to_end_and_are_few(low, size, most) -> None:
    found = ticks(low, low + size, most)
    assert (found[0], found[-1]) == (low, low + size)
    assert found == sorted(set(found))
    assert len(found) <= most + 2


def test_colours_come_from_the_page_and_no_sign_is_told_by_colour_alone() -> None:
    for colour in re.findall(r"(?:fill|stroke):([^;}]+)", STYLE):
        assert colour == "none" or re.fullmatch(r"var\(--[a-z-]+,#[0-9a-f]{6}\)", colour)
    assert "fill=" not in series_chart(series=PAIN, title="x", styled=False)
    assert STYLE not in series_chart(series=PAIN, title="x", styled=False)
    assert STYLE in series_chart(series=PAIN, title="x")


def test_two_charts_on_a_page_share_no_id() -> None:
    one, other = (series_chart(series=PAIN, title="x", prefix=prefix) for prefix in ("one", "two"))
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (one, other)]
    assert not ids[0] & ids[1]


# ---- the clinic's charts

FUNNEL = Funnel(
    instrument="nrs_pain",
    centre=-1.8,
    spread=1.9,
    points=(
        FunnelPoint("key-1", 30, -2.0, Place.WITHIN),
        FunnelPoint("key-2", 60, -2.4, Place.BEYOND_INNER),
        FunnelPoint("key-3", 20, 0.9, Place.BEYOND_OUTER),
    ),
    withheld=True,
)


def test_a_funnel_shows_numbers_and_never_who_is_behind_them() -> None:
    text = funnel_chart(funnel=FUNNEL, title="Funnel")
    tree = ET.fromstring(text)
    assert "key-" not in text
    assert {"1", "2", "3"} <= set(words(tree))
    marks = of_class(tree, "dot")
    assert len({(mark.tag, re.sub(r"M[\d.,-]+", "", mark.get("d", ""))) for mark in marks}) == 3, "three shapes"
    assert "Therapist 3: mean 0.9, about 20 patients, outside the outer limits." in text


def test_the_limits_of_a_funnel_close_as_patients_become_more() -> None:
    tree = ET.fromstring(funnel_chart(funnel=FUNNEL, title="Funnel"))
    top, bottom = (
        [float(y) for y in re.findall(r",([\d.]+)", curve.get("d"))] for curve in reversed(of_class(tree, "outer"))
    )
    gaps = [high - low for high, low in zip(bottom, top, strict=True)]
    assert gaps == sorted(gaps, reverse=False) or gaps == sorted(gaps, reverse=True)
    assert abs(gaps[0]) > abs(gaps[-1])


def test_the_names_in_the_table_are_those_that_the_caller_gives() -> None:
    rows = funnel_table(funnel=FUNNEL, names={"key-1": "N. Example"})
    assert [(row.number, row.name, row.patients) for row in rows] == [(1, "N. Example", 30), (2, "", 60), (3, "", 20)]


def test_bars_show_how_many_and_what_is_withheld() -> None:
    bars = (Bar("Swedish <massage>", 40), Bar("Reflex massage", 20), Bar("Other", None))
    tree = ET.fromstring(count_bars(bars=bars, title="Courses"))
    widths = [float(bar.get("width")) for bar in of_class(tree, "bar")]
    assert widths[0] == pytest.approx(2 * widths[1])
    assert words(tree) == ["Swedish <massage>", "about 40", "Reflex massage", "about 20", "Other", "not shown"]
    assert ET.fromstring(count_bars(bars=(), title="Courses")).get("viewBox")


def test_charts_of_the_made_up_language_hold_no_english() -> None:
    speak = OTHER.protocols.language
    other = {each.name: each for each in OTHER.instruments}
    found = made(
        replace(other["standing_height"], measurement_error=NOISY.measurement_error), [(0, 163), (9, None), (30, 161)]
    )
    pictures = [
        series_chart(series=found, title="", styled=False, language=speak),
        series_chart(series=made(other["nrs_pain"], [], ()), title="", styled=False, language=speak),
        funnel_chart(funnel=FUNNEL, title="", styled=False, language=speak),
        count_bars(bars=(Bar("", None), Bar("", 20)), title="", styled=False, language=speak),
    ]
    texts = [each.text or "" for picture in pictures for each in ET.fromstring(picture).iter()]
    texts += [text for row in series_table(series=found, language=speak) for text in (row.date, row.value, row.note)]
    assert [text for text in texts if re.search(r"[A-Za-z]{3,}", text)] == []


def test_numbers_are_shown_alike_in_picture_and_table() -> None:
    found = made(SHIPPED["peg"], [(0, 7)])
    assert shown(Fraction(7)) in words(drawn(found))
    assert series_table(series=found)[0].value == "7"
