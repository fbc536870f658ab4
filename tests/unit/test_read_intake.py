"""Intakes: whatever is handed in gives answers or a sentence, and what is answered arrives unchanged."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Items
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Fact
from effleurage.facts.read_intake import read_intake
from effleurage.lib.marked import parse_yaml, tree_of
from effleurage.protocol.load import Protocols, load
from tests.strategies import intakes, refusal

TABLE = load().facts
NOW = datetime.fromisoformat("2026-11-22T12:00")
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WORDS = st.sampled_from(
    [
        "yes",
        "no",
        "never",
        "unknown",
        "none",
        "-2.5",
        "1e9",
        "2026-11",
        "2026-11-22",
        "0000",
        "−3",
        "5 kg",
        "5kg",
        "Z 3",
        ".",
        "/",
        "",
    ]
)
ANYTHING = st.recursive(
    SCALAR | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "unit", "date", "items", "complete", "sure", "x"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)
NAMES = st.sampled_from([fact.name for fact in TABLE.facts]) | st.text(max_size=8)
DOCUMENTS = st.fixed_dictionaries(
    {"facts": st.dictionaries(NAMES, ANYTHING, max_size=4) | ANYTHING},
    optional={"on": ANYTHING, "patient": ANYTHING, "schema": st.just("effleurage/intake/1"), "batches": ANYTHING},
)


@given(DOCUMENTS | ANYTHING)
def test_any_tree_is_an_intake_or_a_sentence(document: Any) -> None:
    fault = refusal(lambda: derive(intake=read_intake(tree_of(document, "x.json"), TABLE, on=NOW), table=TABLE, on=NOW))
    assert not fault or (fault.where and fault.remedy)


@pytest.mark.parametrize("fact", TABLE.facts, ids=lambda fact: fact.name)
def test_any_answer_to_any_question_is_taken_or_refused(fact: Fact) -> None:
    for text in (
        "yes",
        "no",
        "never",
        "unknown",
        "none",
        "-2.5",
        "1e9",
        "2026",
        "2026-11-22 10:00",
        "[]",
        "{}",
        "'5 kg'",
    ):
        tree = parse_yaml(f"facts:\n  {fact.name}: {text}\n", "x")
        try:
            intake = read_intake(tree, TABLE, on=NOW)
        except InputError:
            continue
        assert set(intake.answers) <= {fact.name}


@given(intakes(TABLE))
def test_what_an_intake_may_say_is_read(document: dict[str, Any]) -> None:
    fault = refusal(lambda: read_intake(tree_of(document, "x"), TABLE, on=NOW))
    assert not fault or "differ by" in fault.what
    if fault:
        return
    intake = read_intake(tree_of(document, "x"), TABLE, on=NOW)
    unknown = {name for name, answer in document["facts"].items() if answer == "unknown"}
    assert set(intake.answers) == set(document["facts"]) - unknown


@given(st.sampled_from([fact for fact in TABLE.facts if fact.is_number and fact.ask]), st.data())
def test_a_number_arrives_as_it_was_written(fact: Fact, data: st.DataObject) -> None:
    assert fact.plausible
    value = data.draw(st.integers(*fact.plausible))
    written = fact.shown(value)
    intake = read_intake(parse_yaml(f"facts: {{{fact.name}: '{written}'}}", "x"), TABLE, on=NOW)
    assert intake.answers[fact.name].value == value


@given(st.sampled_from([fact for fact in TABLE.facts if fact.is_number and fact.ask]), st.data())
def test_a_finer_number_is_rounded_toward_the_bad_news(fact: Fact, data: st.DataObject) -> None:
    exact = data.draw(st.decimals(-50, 300, places=4))
    scaled = fact.scaled(exact)
    difference = Decimal(scaled) - exact.scaleb(fact.decimals)
    assert abs(difference) < 1
    assert {Bad.HIGHER: difference >= 0, Bad.LOWER: difference <= 0}.get(fact.bad, abs(difference) <= Decimal("0.5"))


def test_never_measured_is_not_unknown(protocols: Protocols, now: datetime) -> None:
    never, unknown = (
        read_intake(parse_yaml(f"facts: {{systolic: {word}}}", "x"), protocols.facts, on=now)
        for word in ("never", "unknown")
    )
    assert never.answers["systolic"].value is NEVER
    assert unknown.answers == {}
    assert derive(intake=never, table=protocols.facts, on=now)["systolic_measured"] is False
    assert derive(intake=unknown, table=protocols.facts, on=now)["systolic_measured"] is None


@pytest.mark.parametrize(
    "text, items",
    [
        ("none", Items((), complete=True)),
        ("[warfarin]", Items(("warfarin",), complete=False)),
        ("{items: [warfarin, warfarin], complete: yes}", Items(("warfarin",), complete=True)),
        ("{items: []}", Items((), complete=False)),
    ],
)
def test_only_a_complete_list_says_that_there_is_nothing_else(text: str, items: Items) -> None:
    intake = read_intake(parse_yaml(f"facts: {{medicines: {text}}}", "x"), TABLE, on=NOW)
    assert intake.answers["medicines"].value == items


def test_an_answer_keeps_its_day_and_where_it_comes_from() -> None:
    text = "on: 2026-11-20\nfacts:\n  sex: female\n  systolic: {value: 120, date: 2026-11-01, origin: clinic}\n"
    answers = read_intake(parse_yaml(text, "x"), TABLE, on=NOW).answers
    assert (answers["sex"].on, answers["sex"].place) == (datetime.fromisoformat("2026-11-20"), "x:3")
    assert (answers["systolic"].on, answers["systolic"].origin) == (datetime.fromisoformat("2026-11-01"), "clinic")
