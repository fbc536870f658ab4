"""Two sources about one patient: no plan is looser than either alone would allow, whichever comes first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from effleurage.decision.decide import Decision, decide
from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Given, Intake, Items
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Fact, Kind
from effleurage.facts.merge import merged
from effleurage.facts.read_intake import read_now
from effleurage.protocol.lattice import at_least_as_strict
from tests.agreement.patients import content

LIBRARY = content()
TABLE = LIBRARY.protocols.facts
NOW = read_now("2026-11-22T10:00")
RUN = settings(deadline=None, suppress_health_check=list(HealthCheck))
ANSWERED = [fact for fact in TABLE.facts if fact.ask or fact.derive is None]
BASE = next(case.intake for case in LIBRARY.cases)


def intake(label: str = "ann", on: datetime = NOW, origin: str = "patient", **values: Given) -> Intake:
    return Intake(label, on, {name: Answer(value, on, origin) for name, value in values.items()})


def both(one: Intake, other: Intake) -> Intake:
    """The same answers and contradictions, whichever comes first."""
    joined, turned = merged(one, other, facts=TABLE), merged(other, one, facts=TABLE)
    assert joined.answers == turned.answers
    assert joined.contradictions == turned.contradictions
    assert not joined.answers.keys() & joined.contradictions.keys()
    return joined


def decision(known: Intake) -> Decision:
    return decide(facts=derive(intake=known, table=TABLE, on=NOW), protocols=LIBRARY.protocols)


# What has no bad direction


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "name, one, other",
    [
        ("systolic", 122, 205),
        ("systolic", NEVER, 122),
        ("curve_thoracic", "left", "right"),
        ("bone_density_measured", True, False),
        ("t_score_spine", NEVER, -2),
        ("t_score_spine", NEVER, -29),
    ],
)
def test_what_no_one_can_call_worse_is_unknown_and_told(name: str, one: Given, other: Given) -> None:
    joined = both(intake(**{name: one}), intake(origin="import", **{name: other}))
    assert name not in joined.answers
    assert name in joined.contradictions[name]
    assert "asked again" in joined.contradictions[name]


@pytest.mark.hazard("H29")
def test_a_pressure_that_one_source_calls_high_is_never_overlooked() -> None:
    case = next(case.intake for case in LIBRARY.cases if isinstance(case.intake.answers.get("systolic"), Answer))
    calm = Intake("ann", NOW, {**case.answers, "systolic": Answer(122, NOW, "patient")})
    joined = both(calm, intake(origin="import", systolic=205))
    high = decision(calm.with_answer("systolic", Answer(205, NOW, "patient")))
    assert at_least_as_strict(decision(joined).limits, high.limits)
    assert not decision(joined).may_treat


def test_a_contradiction_stays_until_it_is_answered() -> None:
    joined = both(intake(systolic=122), intake(systolic=205))
    third = both(joined, intake(systolic=122))
    assert "systolic" in third.contradictions
    assert not third.answers
    asked = third.with_answer("systolic", Answer(130, NOW, "therapist"))
    assert not asked.contradictions
    assert asked.answers["systolic"].value == 130
    assert third.with_answer("systolic", None).contradictions == third.contradictions


def test_what_is_too_old_gives_way_to_what_is_fresh() -> None:
    old = intake(on=NOW - timedelta(days=3), systolic=205)
    joined = both(old, intake(systolic=122))
    assert joined.answers["systolic"].value == 122
    assert not joined.contradictions


# Lists


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "one, other, complete, excerpt",
    [
        (Items(("warfarin",), complete=True), Items(("warfarin",), complete=True), True, False),
        (Items(("warfarin",), complete=True), Items((), complete=True), False, False),
        (Items((), complete=True), Items((), complete=False), False, False),
        (Items(("warfarin",), complete=True), Items(("warfarin",), complete=False, excerpt=True), True, False),
        (Items((), complete=True), Items(("warfarin",), complete=False, excerpt=True), False, False),
        (Items((), complete=False, excerpt=True), Items(("warfarin",), complete=False, excerpt=True), False, True),
    ],
)
def test_a_list_is_complete_only_if_nobody_lacks_anything(
    one: Items, other: Items, complete: bool, excerpt: bool
) -> None:
    found = both(intake(medicines=one), intake(medicines=other)).answers["medicines"].value
    assert found == Items(tuple(dict.fromkeys((*one.names, *other.names))), complete, excerpt)


def test_completeness_is_no_younger_than_who_said_so() -> None:
    early = NOW - timedelta(days=9)
    record = intake(origin="import", medicines=Items((), complete=False, excerpt=True))
    found = both(intake(on=early, medicines=Items((), complete=True)), record).answers["medicines"]
    assert (found.on, found.origin) == (early, "patient")


# Parts of one calculation

FIRST = {
    "cobb_angle": 200, "cobb_before": 150,
    "cobb_on": read_now("2026-06-01"), "cobb_before_on": read_now("2026-01-01"),
}  # fmt: skip


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "second",
    [
        {"cobb_angle": 210},
        {"cobb_angle": 200, "cobb_before": 190},
        {"cobb_on": read_now("2026-10-01")},
        {"cobb_before": 150, "cobb_before_on": read_now("2024-01-01")},
    ],
)
def test_two_angles_of_one_source_are_not_compared_by_dates_of_another(second: dict[str, Given]) -> None:
    joined = both(intake(**FIRST), intake(**second))
    assert derive(intake=joined, table=TABLE, on=NOW)["cobb_change_per_month"] is None
    assert {"cobb_before", "cobb_on", "cobb_before_on"} <= joined.contradictions.keys()
    assert joined.answers["cobb_angle"].value == max(200, second.get("cobb_angle", 0))


def test_sources_that_agree_on_a_calculation_may_meet() -> None:
    part = {name: FIRST[name] for name in ("cobb_angle", "cobb_on")}
    assert both(intake(**FIRST), intake(**part)).contradictions == {}


def test_halves_of_a_calculation_from_two_sources_are_not_put_together() -> None:
    half = {name: FIRST[name] for name in ("cobb_angle", "cobb_on")}
    rest = {name: value for name, value in FIRST.items() if name not in half}
    assert both(intake(**half), intake(**rest)).contradictions.keys() == {"cobb_before", "cobb_on", "cobb_before_on"}


def test_heights_of_two_sources_may_meet_since_the_worse_of_each_is_worse_in_all() -> None:
    joined = both(intake(tallest_height=1700, height_now=1650), intake(height_now=1620))
    assert joined.contradictions == {}
    assert derive(intake=joined, table=TABLE, on=NOW)["height_lost"] == 80


# Laws over every fact


def answers_to(fact: Fact) -> st.SearchStrategy[Any]:
    if fact.kind is Kind.YES_NO:
        return st.booleans()
    if fact.kind is Kind.CHOICE:
        return st.sampled_from(fact.option_names)
    if fact.kind is Kind.LIST:
        names = st.lists(st.sampled_from(fact.option_names), unique=True, max_size=3).map(tuple)
        return st.builds(Items, names, st.booleans())
    if fact.kind is Kind.DATE:
        return st.integers(0, 3_000).map(lambda days: NOW.replace(hour=0) - timedelta(days=days))
    low, high = fact.plausible or fact.possible or (0, 1)
    return st.integers(low, high) | (st.just(NEVER) if fact.never else st.nothing())


def answers(names: list[str]) -> st.SearchStrategy[Intake]:
    ages = st.sampled_from([0, 0, 0, 2, 40])
    return st.builds(
        lambda given, days: Intake(
            "somebody",
            NOW,
            {name: Answer(value, NOW - timedelta(days=days), "patient") for name, value in given.items()},
        ),
        st.fixed_dictionaries({name: answers_to(TABLE[name]) for name in names}),
        ages,
    )


def check_law(one: Intake, other: Intake) -> None:
    """Both sides answer the same questions: so neither has anything that the other left open.

    What is too old counts as left open: then the fresh answer of the other side may well close a question.
    """
    joined = both(one, other)
    try:
        found = decision(joined)
    except InputError:
        return event("refused together")
    for side in (one, other):
        try:
            alone = decision(side)
        except InputError:
            event("refused alone")
            continue
        if alone.facts.stale:
            event("too old")
            continue
        assert at_least_as_strict(found.limits, alone.limits)
        assert found.may_treat <= alone.may_treat
    return event("as strict as both")


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("name", [fact.name for fact in ANSWERED])
@settings(RUN, max_examples=8)
@given(st.data())
def test_of_each_fact_no_merge_is_looser_than_a_side(name: str, data: st.DataObject) -> None:
    gates = [gate for gate in TABLE.gates(name) if TABLE[gate].ask]
    values = data.draw(st.tuples(answers([name, *gates]), answers([name, *gates])))
    check_law(*(Intake("somebody", NOW, {**BASE.answers, **side.answers}) for side in values))


@pytest.mark.hazard("H29")
@settings(RUN, max_examples=150)
@given(st.data())
def test_of_many_facts_no_merge_is_looser_than_a_side(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from([fact.name for fact in ANSWERED]), unique=True, max_size=30))
    base = data.draw(st.sampled_from(LIBRARY.cases)).intake.answers
    values = data.draw(st.tuples(answers(names), answers(names)))
    fresh = {name: Answer(given.value, NOW, given.origin) for name, given in base.items()}
    check_law(*(Intake("somebody", NOW, {**fresh, **side.answers}) for side in values))


@settings(RUN, max_examples=150)
@given(st.data())
def test_the_order_never_matters(data: st.DataObject) -> None:
    names = st.lists(st.sampled_from([fact.name for fact in ANSWERED]), unique=True, max_size=40)
    both(data.draw(names.flatmap(answers)), data.draw(names.flatmap(answers)))


@given(st.data())
@RUN
def test_a_source_beside_itself_says_the_same(data: st.DataObject) -> None:
    names = st.lists(st.sampled_from([fact.name for fact in ANSWERED]), unique=True, max_size=40)
    one = data.draw(names.flatmap(answers))
    found = both(one, one)
    assert found.contradictions == {}
    for name, answer in one.answers.items():
        own, new = answer.value, found.answers[name].value
        assert own == new or (isinstance(own, Items) and isinstance(new, Items) and set(own.names) == set(new.names))


def test_every_direction_is_met_by_the_laws() -> None:
    assert {fact.bad for fact in ANSWERED} == set(Bad)
