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
from effleurage.facts.kinds import ORIGINS, Bad, Fact, Kind
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
    text = "on: 2026-11-20\nfacts:\n  sex: female\n  systolic: {value: 120, date: 2026-11-01, origin: clinician}\n"
    answers = read_intake(parse_yaml(text, "x"), TABLE, on=NOW).answers
    assert (answers["sex"].on, answers["sex"].place) == (datetime.fromisoformat("2026-11-20"), "x:3")
    assert (answers["systolic"].on, answers["systolic"].origin) == (datetime.fromisoformat("2026-11-01"), "clinician")


def refused(text: str) -> str:
    fault = refusal(lambda: read_intake(parse_yaml(f"facts:\n  {text}\n", "ann.yaml"), TABLE, on=NOW))
    return str(fault) if fault else ""


CLEARANCES = [fact for fact in TABLE.facts if fact.bad is Bad.NO and fact.ask and "patient" not in fact.who]


def test_there_are_clearances_that_a_patient_cannot_give() -> None:
    assert {"blood_pressure_clearance_given", "guardian_consent_given"} <= {fact.name for fact in CLEARANCES}


@pytest.mark.parametrize("fact", CLEARANCES, ids=lambda fact: fact.name)
@pytest.mark.parametrize("origin", ["patient", "import"])
def test_nobody_clears_what_is_not_theirs_to_clear(fact: Fact, origin: str) -> None:
    said = refused(f"{fact.name}: {{value: yes, origin: {origin}}}")
    who = " or ".join(f"the {name}" for name in fact.who)
    assert said == (
        f"ann.yaml:2: '{fact.name}: yes' comes from the {origin}; {who} has to answer it. "
        f"Once that is done, write 'origin: {fact.who[0]}'; until then, 'unknown'."
    )
    assert refused(f"{fact.name}: {{value: no, origin: {origin}}}") == ""
    assert all(refused(f"{fact.name}: {{value: yes, origin: {name}}}") == "" for name in fact.who)


@pytest.mark.parametrize("fact", [fact for fact in TABLE.facts if fact.ask], ids=lambda fact: fact.name)
def test_bad_news_is_taken_from_everybody_and_good_news_from_whom_it_may_come(fact: Fact) -> None:
    bad = {Bad.YES: "yes", Bad.NO: "no", Bad.LAST: fact.option_names[-1] if fact.options else ""}.get(fact.bad)
    good = {Bad.YES: "no", Bad.NO: "yes", Bad.LAST: fact.option_names[0] if fact.options else ""}.get(fact.bad)
    for origin in ORIGINS if bad else ():
        assert refused(f"{fact.name}: {{value: {bad}, origin: {origin}}}") == ""
        by_record = origin == "import" and fact.kind is Kind.CHOICE
        taken = origin in fact.who or by_record
        assert (refused(f"{fact.name}: {{value: {good}, origin: {origin}}}") == "") is taken


def test_a_measurement_comes_from_whom_it_may_come_or_from_a_record() -> None:
    assert refused("trunk_rotation: {value: 3, origin: import}") == ""
    assert "has to answer it" in refused("trunk_rotation: {value: 3, origin: patient}")
    assert "'trunk_rotation: never' comes from the import" in refused("trunk_rotation: {value: never, origin: import}")


def test_a_list_from_a_record_is_never_complete() -> None:
    assert refused("medicines: {items: [warfarin], origin: import}") == ""
    assert "'medicines: complete' comes from the import" in refused(
        "medicines: {items: [warfarin], complete: yes, origin: import}"
    )


def test_an_origin_that_does_not_exist_is_refused() -> None:
    assert refused("sex: {value: female, origin: clinic}") == (
        "ann.yaml:2: 'clinic' is not a known origin. Did you mean 'clinician'?"
    )
    assert "Known: clinician, import, patient and therapist." in refused("sex: {value: female, origin: aunt}")


def test_who_answers_is_taken_to_be_the_patient_wherever_the_patient_may() -> None:
    text = "facts: {height_now: 160, blood_pressure_clearance_given: yes}"
    answers = read_intake(parse_yaml(text, "x"), TABLE, on=NOW).answers
    assert answers["height_now"].origin == "patient"
    assert answers["blood_pressure_clearance_given"].origin == "therapist"


@pytest.mark.parametrize("text", ["2026", "2026-11"])
def test_an_intake_is_of_one_day(text: str) -> None:
    fault = refusal(lambda: read_intake(parse_yaml(f"on: {text}\nfacts: {{}}\n", "ann.yaml"), TABLE, on=NOW))
    assert str(fault) == f"ann.yaml:1: '{text}' is not one day. Write it as 2026-11-22."


@pytest.mark.parametrize("text", ["-2.5 T", "{value: -2.5, unit: T}", "{value: -2.5 T, unit: SD}"])
def test_a_unit_may_have_other_names(text: str) -> None:
    answers = read_intake(parse_yaml(f"facts: {{t_score_spine: {text}}}", "x"), TABLE, on=NOW).answers
    assert answers["t_score_spine"].value == -25
    assert "cannot be converted" in refused("height_now: 160 T")


def test_a_z_score_is_one_where_it_is_asked_for() -> None:
    assert "is given as a Z-score" in refused("t_score_spine: Z -1.2")
    assert "takes a number" in refused("z_score: Z -1.2")
