"""From answers to facts: the boundaries of dates, of lists, of "never measured", and of answers that grow old."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Intake, Items
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Derivation, Fact, FactTable, Kind, Medicine
from effleurage.facts.read_intake import read_answers
from effleurage.lib.marked import tree_of

NOW = datetime.fromisoformat("2026-11-22T12:00")


def fact(name, kind, bad=Bad.NONE, **more):
    return Fact(name=name, kind=kind, bad=bad, folder="toy", place="toy", ask=more.pop("ask", ""), **more)


def since(name, how, date, **more):
    return fact(name, Kind.WHOLE, derive=Derivation(how, (date,)), possible=(0, 99_999), **more)


SCORES = ("spine", "hip")
TABLE = FactTable(
    facts=(
        fact("born", Kind.DATE, careful="latest"),
        since("age", "age_years", "born"),
        fact("broken_on", Kind.DATE, careful="latest"),
        since("months", "months_since", "broken_on"),
        since("days", "days_since", "broken_on"),
        fact("dose_at", Kind.DATE, time=True),
        since("minutes", "minutes_since", "dose_at"),
        since("hours", "hours_since", "dose_at"),
        fact("measured", Kind.YES_NO, derive=Derivation("measured", SCORES), ask="Was it measured?"),
        *(fact(name, Kind.DECIMAL, Bad.LOWER, decimals=1, never=True, gate="measured") for name in SCORES),
        fact("lowest", Kind.DECIMAL, Bad.LOWER, decimals=1, gate="measured", derive=Derivation("lowest", SCORES)),
        fact("tall", Kind.WHOLE),
        fact("short", Kind.WHOLE),
        fact("lost", Kind.WHOLE, Bad.HIGHER, derive=Derivation("difference", ("tall", "short"))),
        fact("then_on", Kind.DATE),
        fact("now_on", Kind.DATE),
        fact("angle_then", Kind.DECIMAL, decimals=1),
        fact("angle_now", Kind.DECIMAL, decimals=1),
        fact(
            "a_month",
            Kind.DECIMAL,
            Bad.HIGHER,
            decimals=1,
            derive=Derivation("each_month", ("angle_now", "angle_then", "now_on", "then_on")),
        ),
        fact("medicines", Kind.LIST, options=(("warfarin", "Warfarin"), ("iron", "Iron"))),
        fact(
            "thinner",
            Kind.YES_NO,
            Bad.YES,
            derive=Derivation("takes", ("medicines", "anticoagulant")),
            ask="A blood thinner?",
        ),
        fact("iron", Kind.YES_NO, Bad.YES, derive=Derivation("lists", ("medicines", "iron"))),
        fact("p", Kind.YES_NO, Bad.YES),
        fact("q", Kind.YES_NO, Bad.YES),
        fact("either", Kind.YES_NO, Bad.YES, derive=Derivation("any", ("p", "q"))),
        fact("both", Kind.YES_NO, Bad.YES, derive=Derivation("all", ("p", "q"))),
        fact("fell", Kind.YES_NO, Bad.YES, stale_days=90),
    ),
    medicines=(Medicine("warfarin", "Warfarin", ("anticoagulant",)), Medicine("iron", "Iron", ("iron",))),
)


def facts(on=NOW, answered=None, **answers):
    rows = {name: Answer(value, answered or on, "patient") for name, value in answers.items()}
    return derive(intake=Intake("a test", on, rows), table=TABLE, on=on)


def day(year, month, date, hour=0, minute=0):
    return NOW.replace(year=year, month=month, day=date, hour=hour, minute=minute)


@pytest.mark.hazard("H26")
@pytest.mark.parametrize(
    "born, on, years",
    [
        (day(2008, 11, 23), day(2026, 11, 22), 17),
        (day(2008, 11, 22), day(2026, 11, 22), 18),
        (day(2008, 11, 22), day(2026, 11, 21, 23, 59), 17),
        (day(2008, 2, 29), day(2026, 2, 28, 23, 59), 17),
        (day(2008, 2, 29), day(2026, 3, 1), 18),
        (day(2008, 2, 29), day(2028, 2, 28), 19),
        (day(2008, 2, 29), day(2028, 2, 29), 20),
        (day(2026, 11, 22), day(2026, 11, 22), 0),
    ],
)
def test_age_changes_on_the_birthday(born, on, years):
    assert facts(on=on, born=born)["age"] == years


@pytest.mark.parametrize(
    "start, months",
    [
        (day(2026, 8, 22), 3),
        (day(2026, 8, 23), 2),
        (day(2026, 5, 22), 6),
        (day(2026, 5, 23), 5),
        (day(2025, 11, 22), 12),
    ],
)
def test_months_are_counted_when_they_are_over(start, months):
    assert facts(broken_on=start)["months"] == months


def test_a_month_from_the_thirty_first_is_over_on_the_first():
    assert facts(on=day(2026, 2, 28), broken_on=day(2026, 1, 31))["months"] == 0
    assert facts(on=day(2026, 3, 1), broken_on=day(2026, 1, 31))["months"] == 1


def test_days_are_days_of_the_calendar():
    assert facts(on=day(2026, 11, 22, 0, 1), broken_on=day(2026, 11, 21))["days"] == 1
    assert facts(on=day(2026, 11, 22, 23, 59), broken_on=day(2026, 11, 22))["days"] == 0


@pytest.mark.hazard("H11")
@pytest.mark.parametrize(
    "minutes, hours", [(0, 0), (29, 0), (30, 0), (31, 0), (59, 0), (60, 1), (61, 1), (239, 3), (240, 4), (241, 4)]
)
def test_minutes_and_hours_are_counted_when_they_are_over(minutes, hours):
    found = facts(dose_at=NOW - timedelta(minutes=minutes))
    assert (found["minutes"], found["hours"]) == (minutes, hours)


@pytest.mark.hazard("H11")
def test_a_dose_seconds_short_of_its_minute_is_a_minute_less():
    assert facts(dose_at=NOW - timedelta(minutes=30) + timedelta(seconds=1))["minutes"] == 29


def test_a_derived_number_stays_within_its_range():
    assert facts(dose_at=NOW - timedelta(days=400))["minutes"] == 99_999


@pytest.mark.parametrize(
    "how, written, expected",
    [
        ("latest", "2026-03", day(2026, 3, 31)),
        ("latest", "2024-02", day(2024, 2, 29)),
        ("latest", "2025", day(2025, 12, 31)),
        ("earliest", "2026-03", day(2026, 3, 1)),
        ("earliest", "2025", day(2025, 1, 1)),
    ],
)
def test_a_partial_date_is_read_at_its_careful_end(how, written, expected):
    table = FactTable((fact("when", Kind.DATE, careful=how),))
    found = read_answers(tree_of({"when": written}, "a test"), table, now=NOW, taken=NOW)
    assert found["when"].value == expected


def test_a_partial_date_of_this_month_is_not_in_the_future():
    table = FactTable((fact("when", Kind.DATE, careful="latest"),))
    assert read_answers(tree_of({"when": "2026-11"}, "a test"), table, now=NOW, taken=NOW)["when"].value == NOW


def test_a_date_without_a_careful_end_must_be_whole():
    table = FactTable((fact("when", Kind.DATE),))
    with pytest.raises(InputError, match="needs the whole date"):
        read_answers(tree_of({"when": "2026-03"}, "a test"), table, now=NOW, taken=NOW)


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "answers, measured, lowest",
    [
        ({}, None, None),
        ({"spine": NEVER}, None, None),
        ({"spine": NEVER, "hip": NEVER}, False, None),
        ({"spine": -26, "hip": NEVER}, True, -26),
        ({"spine": -26, "hip": -10}, True, -26),
        ({"spine": -26}, True, None),
        ({"measured": False}, False, None),
        ({"measured": True}, True, None),
        ({"measured": True, "spine": NEVER, "hip": NEVER}, True, None),
    ],
)
def test_never_measured_is_an_answer_and_not_the_same_as_unknown(answers, measured, lowest):
    found = facts(**answers)
    assert (found["measured"], found["lowest"]) == (measured, lowest)


@pytest.mark.parametrize(
    "left, right, expected",
    [(-26, None, True), (NEVER, -26, True), (NEVER, NEVER, False), (NEVER, None, None), (None, None, None)],
)
def test_whether_something_was_measured_is_known_without_being_a_gate(left, right, expected):
    derived = fact("measured", Kind.YES_NO, derive=Derivation("measured", ("left", "right")))
    table = FactTable((derived, *(fact(name, Kind.WHOLE, never=True) for name in ("left", "right"))))
    given = {"left": left, "right": right}
    rows = {name: Answer(value, NOW, "patient") for name, value in given.items() if value is not None}
    assert derive(intake=Intake("a test", NOW, rows), table=table, on=NOW)["measured"] is expected


def test_a_value_behind_a_gate_that_is_answered_no_is_refused():
    with pytest.raises(InputError, match="'spine' has a value, but 'measured' is answered no"):
        facts(measured=False, spine=-26)


def test_never_measured_behind_a_closed_gate_says_nothing():
    assert facts(measured=False, spine=NEVER)["lowest"] is None


@pytest.mark.hazard("H04")
@pytest.mark.parametrize("pregnant, expected", [(False, None), (True, False), (None, False)])
def test_nothing_behind_a_closed_gate_has_a_value_not_even_no(pregnant, expected):
    table = FactTable((fact("pregnant", Kind.YES_NO, Bad.YES), fact("risk", Kind.YES_NO, Bad.YES, gate="pregnant")))
    given = {"pregnant": pregnant, "risk": False}
    rows = {name: Answer(value, NOW, "patient") for name, value in given.items() if value is not None}
    assert derive(intake=Intake("a test", NOW, rows), table=table, on=NOW)["risk"] is expected


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "names, complete, thinner, iron",
    [
        ((), True, False, False),
        ((), False, None, None),
        (("warfarin",), False, True, None),
        (("warfarin",), True, True, False),
        (("iron",), True, False, True),
    ],
)
def test_only_a_complete_list_can_deny(names, complete, thinner, iron):
    found = facts(medicines=Items(names, complete=complete))
    assert (found["thinner"], found["iron"]) == (thinner, iron)


def test_no_list_is_not_an_empty_list():
    assert facts()["thinner"] is None


def test_of_a_list_and_an_answer_the_bad_news_counts():
    assert facts(medicines=Items(("warfarin",), complete=True), thinner=False)["thinner"] is True
    assert facts(medicines=Items((), complete=True), thinner=True)["thinner"] is True
    assert facts(medicines=Items((), complete=False), thinner=False)["thinner"] is False


@pytest.mark.parametrize(
    "p, q, either, both",
    [
        (True, None, True, None),
        (False, None, None, False),
        (None, None, None, None),
        (True, False, True, False),
        (False, False, False, False),
    ],
)
def test_any_and_all_are_exact(p, q, either, both):
    found = facts(**{name: value for name, value in (("p", p), ("q", q)) if value is not None})
    assert (found["either"], found["both"]) == (either, both)


def test_a_difference_needs_both():
    assert facts(tall=175, short=171)["lost"] == 4
    assert facts(tall=175)["lost"] is None


@pytest.mark.parametrize("days, change", [(30, 51), (31, 50), (60, 26), (61, 25)])
def test_a_change_each_month_is_rounded_toward_the_bad_news(days, change):
    """5.0 degrees over so many days, in tenths of a degree for each 30.44 days."""
    dates = {"then_on": NOW - timedelta(days=days), "now_on": NOW}
    assert facts(angle_then=200, angle_now=250, **dates)["a_month"] == change


@pytest.mark.parametrize("earlier", [NOW, NOW + timedelta(days=1)])
def test_two_measurements_must_lie_in_their_order(earlier):
    with pytest.raises(InputError, match="does not lie before"):
        facts(angle_then=200, angle_now=250, then_on=earlier, now_on=NOW)


@pytest.mark.hazard("H03")
@pytest.mark.parametrize(
    "age, counts",
    [
        (timedelta(days=89), True),
        (timedelta(days=90), True),
        (timedelta(days=90, minutes=1), False),
        (timedelta(days=91), False),
    ],
)
def test_an_answer_is_good_for_just_its_days(age, counts):
    found = facts(answered=NOW - age, fell=False)
    assert found["fell"] is (False if counts else None)
    assert found.stale == (() if counts else ("fell",))


@pytest.mark.hazard("H03")
def test_an_answer_that_is_stale_in_the_bad_direction_is_unknown_as_well():
    assert facts(answered=NOW - timedelta(days=91), fell=True)["fell"] is None


@pytest.mark.hazard("H03")
def test_a_gate_that_grew_stale_stays_open_for_what_lies_behind_it():
    facts_ = FactTable((fact("gate", Kind.YES_NO, stale_days=1), fact("size", Kind.WHOLE, Bad.HIGHER, gate="gate")))
    rows = {"gate": Answer(False, NOW - timedelta(days=5), "patient"), "size": Answer(3, NOW, "patient")}
    found = derive(intake=Intake("a test", NOW, rows), table=facts_, on=NOW)
    assert (found["gate"], found["size"]) == (True, 3)


def test_facts_come_in_the_order_of_the_table_and_hold_no_dates_or_lists():
    assert list(facts()) == [each.name for each in TABLE.facts if each.for_rules]
    assert len(facts()) == len(TABLE.for_rules)
