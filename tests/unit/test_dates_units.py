"""Dates and units: laws that hold for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.lib.dates import (
    has_zone,
    is_partial,
    local_span,
    read_moment,
    whole_days,
    whole_minutes,
    whole_months,
    whole_years,
)
from effleurage.lib.text import counted, listed, nearest
from effleurage.lib.units import canonical, convert

MOMENTS = st.datetimes(datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")).map(
    lambda at: at.replace(second=0, microsecond=0)
)
MASSES, LENGTHS, COUNTS = ("kg", "g", "[lb_av]"), ("cm", "m", "mm", "[in_i]"), ("10*3/uL", "10*9/L", "/uL", "/mm3")
UNITS = (*MASSES, *LENGTHS, *COUNTS, "Cel", "[degF]", "mm[Hg]", "kPa")
NUMBERS = st.decimals(-10_000, 10_000, places=2)


@given(MOMENTS)
def test_what_is_written_is_read_back(at: datetime) -> None:
    assert read_moment(f"{at:%Y-%m-%d %H:%M}") == read_moment(at.isoformat()) == at
    assert read_moment(f"{at:%Y-%m-%d}") == datetime.combine(at.date(), datetime.min.time())


@given(MOMENTS)
def test_a_partial_date_lies_between_its_two_careful_ends(at: datetime) -> None:
    for text in (f"{at:%Y-%m}", f"{at:%Y}"):
        early, late = read_moment(text, careful="earliest"), read_moment(text, careful="latest")
        assert early is not None
        assert late is not None
        assert early.date() <= at.date() <= late.date()
        assert is_partial(text)
        assert (late + timedelta(days=1)).day == early.day == 1


@given(MOMENTS, st.integers(-12 * 60, 14 * 60), st.integers(-12 * 60, 14 * 60))
def test_a_time_with_a_zone_is_local_only_to_who_knows_the_zone(at: datetime, there: int, here: int) -> None:
    zone, place = (timezone(timedelta(minutes=minutes)) for minutes in (there, here))
    text = at.replace(tzinfo=zone).isoformat()
    local = at.replace(tzinfo=zone).astimezone(place).replace(tzinfo=None)
    assert has_zone(text)
    assert read_moment(text) is None
    assert local_span(text, zone=place) == (local, local)
    early, late = local_span(text) or (at, at)
    assert early <= local <= late
    assert late - early == timedelta(hours=26)


@given(MOMENTS)
def test_a_text_without_zone_is_local(at: datetime) -> None:
    assert not has_zone(at.isoformat())
    assert local_span(at.isoformat(), zone=UTC) == local_span(at.isoformat()) == (at, at)
    early, late = local_span(f"{at:%Y-%m}") or (at, at)
    assert early <= at.replace(hour=0, minute=0) <= late


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00Z", "2026-01-01T00:00+15:00", "0001-01-01T00:00Z"])
def test_no_span_for_what_is_no_date(text: str) -> None:
    assert local_span(text) is None


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert isinstance(read_moment(text), datetime | None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-00",
        "2026-13",
        "2026-00-10",
        "2026-01-00",
        "2026-02-30",
        "0000-01-01",
        "0000",
        "2026-1-1",
        "26-01-01",
        "2026-01-01T24:00",
        "2026-01-01 12:60",
        "2026/01/01",
        "01.02.2026",
        "2026-01-01x",
        "٢٠٢٦-01-01",
        "20260101",
    ],
)
def test_what_no_calendar_has_is_no_date(text: str) -> None:
    assert read_moment(text) is None
    assert read_moment(text, careful="earliest") is None


@given(MOMENTS, MOMENTS)
def test_counts_of_time_agree_with_each_other(one: datetime, other: datetime) -> None:
    start, end = min(one, other), max(one, other)
    assert whole_years(start, end) == whole_months(start, end) // 12
    assert 0 <= whole_months(start, end) * 28 <= whole_days(start, end) + 1
    assert whole_minutes(start, end) >= (whole_days(start, end) - 1) * 1440


@given(MOMENTS, MOMENTS, MOMENTS)
def test_more_time_is_never_fewer_months(one: datetime, two: datetime, three: datetime) -> None:
    start, middle, end = sorted((one, two, three))
    assert whole_months(start, middle) <= whole_months(start, end)
    assert whole_months(middle, end) <= whole_months(start, end)


@given(st.dates(date(1900, 1, 1), date(2050, 1, 1)), st.integers(0, 100))
def test_a_birthday_is_not_a_day_early(born: date, years: int) -> None:
    day = date(born.year + years, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + years)
    birth, birthday = (datetime.combine(each, datetime.min.time()) for each in (born, day))
    eve = birthday - timedelta(days=1)
    assert whole_years(birth, birthday) == years
    if (born.month, born.day) != (2, 29):
        assert whole_years(birth, eve) == years - 1


@given(NUMBERS, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_there_and_back_is_the_same_value(value: Decimal, one: str, other: str) -> None:
    there = convert(value, unit=one, to=other)
    if there is not None:
        back = convert(there, unit=other, to=one)
        assert back is not None
        assert abs(back - value) < Decimal("1e-15")


@given(NUMBERS, NUMBERS, st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_conversion_keeps_the_order(low: Decimal, high: Decimal, one: str, other: str) -> None:
    low, high = min(low, high), max(low, high)
    smaller, larger = convert(low, unit=one, to=other), convert(high, unit=one, to=other)
    assert (smaller is None) == (larger is None)
    if smaller is not None and larger is not None:
        assert smaller <= larger


@given(NUMBERS, st.text(max_size=8))
def test_a_unit_that_nobody_knows_converts_to_nothing_else(value: Decimal, unit: str) -> None:
    if canonical(unit) not in UNITS:
        assert all(convert(value, unit=unit, to=known) is None for known in UNITS)
    assert convert(value, unit=unit, to=unit) == value


@pytest.mark.parametrize(
    "value, unit, to, expected",
    [
        ("150", "lb", "kg", "68.0388555"),
        ("64", "in", "cm", "162.56"),
        ("1.64", "m", "cm", "164"),
        ("250000", "/uL", "10*9/L", "250"),
        ("212", "degF", "Cel", "100"),
        ("16", "kPa", "mmHg", "120.00986928"),
    ],
)
def test_known_conversions(value: str, unit: str, to: str, expected: str) -> None:
    converted = convert(Decimal(value), unit=unit, to=to)
    assert converted is not None
    assert abs(converted - Decimal(expected)) < Decimal("1e-20")


@pytest.mark.parametrize("one", MASSES)
@pytest.mark.parametrize("other", [*LENGTHS, *COUNTS, "Cel", "deg", "%", "a", "SD"])
def test_kinds_of_quantity_do_not_mix(one: str, other: str) -> None:
    assert convert(Decimal(1), unit=one, to=other) is None
    assert convert(Decimal(1), unit=other, to=one) is None


@given(st.text(), st.lists(st.text()))
def test_a_hint_names_a_known_word_or_nothing(word: str, known: list[str]) -> None:
    hint = nearest(word, known)
    assert not hint or any(hint == f"Did you mean '{each}'?" for each in known)


def test_lists_and_counts_read_as_a_person_says_them() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"], "or")] == ["", "a", "a or b"]
    assert [counted(0, "day"), counted(1, "day"), counted(2, "entry", "entries")] == ["0 days", "1 day", "2 entries"]
