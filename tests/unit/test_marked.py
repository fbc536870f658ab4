"""Documents as trees: any bytes at all give a tree or a sentence, and limits hold."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from effleurage.errors import ContentError, InputError
from effleurage.lib.marked import MAX_DEPTH, Tree, as_number, decode, parse_json, parse_yaml, tree_of
from tests.strategies import refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)
YAML_LIKE = st.text(st.sampled_from("ab:-[]{}&*!|>'\"#,?% \n\t~0.\\"), max_size=60)
JSON_LIKE = st.text(st.sampled_from('{}[]",:\\ue0123456789d8 truefalsn.-+E'), max_size=60)


def plain(tree: Tree) -> Any:
    """The tree without its places."""
    if isinstance(tree.value, dict):
        return {key: plain(item) for key, item in tree.value.items()}
    return [plain(item) for item in tree.value] if isinstance(tree.value, list) else tree.value


def spelled(value: Any) -> Any:
    """What a tree keeps of plain values: their text."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return ("yes" if value else "no") if isinstance(value, bool) else None if value is None else str(value)


@given(YAML_LIKE | st.text())
def test_any_text_is_a_tree_or_a_sentence_as_yaml(text: str) -> None:
    fault = refusal(lambda: parse_yaml(text, "x.yaml"))
    assert not fault or (str(fault).startswith("x.yaml") and fault.remedy)


@given(JSON_LIKE | st.text())
def test_any_text_is_a_value_or_a_sentence_as_json(text: str) -> None:
    fault = refusal(lambda: tree_of(parse_json(text, "x.json"), "x.json"))
    assert not fault or (str(fault).startswith("x.json") and str(fault).encode())


@given(st.binary())
def test_any_bytes_are_text_or_a_sentence(data: bytes) -> None:
    fault = refusal(lambda: parse_yaml(decode(data, "x"), "x"))
    assert not fault or fault.where.startswith("x")


@given(JSON)
def test_json_keeps_what_it_says(value: Any) -> None:
    assert plain(tree_of(parse_json(json.dumps(value), "x"), "x")) == spelled(value)


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.lists(st.integers() | st.booleans()), min_size=1)
)
def test_yaml_keeps_the_text_of_every_scalar(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value)
    assert plain(parse_yaml(text, "x")) == yaml.load(text, Loader=yaml.BaseLoader)


@given(st.integers(0, 60), st.sampled_from(["[]", "{}"]))
def test_depth_is_a_number_that_we_check(depth: int, marks: str) -> None:
    text = "[" * depth + "x" + "]" * depth if marks == "[]" else "{a: " * depth + "x" + "}" * depth
    if depth <= MAX_DEPTH:
        assert parse_yaml(text, "x")
    else:
        with pytest.raises(InputError, match=f"Nested deeper than {MAX_DEPTH} levels"):
            parse_yaml(text, "x")


@pytest.mark.parametrize("depth", [100_000, 400_000])
def test_depth_that_would_exhaust_a_stack_is_refused(depth: int) -> None:
    for text in ("[" * depth, '{"a":' * depth):
        with pytest.raises(InputError, match="Nested deeper"):
            parse_json(text, "x")
        with pytest.raises(InputError, match="Nested deeper"):
            parse_yaml(text, "x")


def test_brackets_inside_texts_are_no_depth() -> None:
    text = json.dumps({"a": "[" * 500 + '\\"' + "{" * 500})
    assert parse_json(text, "x") == json.loads(text)


@given(st.text(st.sampled_from("0123456789.eE+-_ x∞"), max_size=30) | st.text(max_size=10))
def test_a_number_is_plain_finite_and_not_astronomical(text: str) -> None:
    number = as_number(text)
    if number is not None:
        assert number.is_finite()
        assert number == Decimal(text.strip())
        assert abs(number) < Decimal(10) ** 13


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "inf", "-Infinity", "1_0", "0x1", "1e400", "1e", "", ".", "-", "1,5", "٣"]
)
def test_what_looks_like_a_number_to_a_computer_is_none(text: str) -> None:
    assert as_number(text) is None


def test_a_scalar_keeps_its_text() -> None:
    tree = parse_yaml("a: no\nb: 1.10\nc: 2026-11-22\nd: 0o17\ne: '~'\nf: ~\ng:\n", "x")
    assert plain(tree) == {"a": "no", "b": "1.10", "c": "2026-11-22", "d": "0o17", "e": "~", "f": None, "g": None}


def test_every_value_knows_its_line() -> None:
    tree = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2}\n", "x.yaml").entries()
    assert tree["a"].place == "x.yaml:1"
    assert [item.place for item in tree["b"]] == ["x.yaml:3", "x.yaml:4"]
    assert tree["b"].items()[1].entries()["c"].place == "x.yaml:4"


def test_every_json_value_knows_its_path() -> None:
    tree = tree_of({"a": {"b": [1, {"c": 2}]}}, "x.json")
    assert tree.entries()["a"].entries()["b"].items()[1].entries()["c"].place == "x.json: a.b[1].c"


@pytest.mark.parametrize(
    "ask, text, words",
    [
        (lambda tree: tree.mapping(required=("a",)), "b: 1", "'b' is not known here. Known here: a."),
        (lambda tree: tree.mapping(required=("able",)), "abel: 1", "'abel' is not known here. Did you mean 'able'?"),
        (lambda tree: tree.mapping(required=("a", "b")), "a: 1", "'b' is missing. Add a line 'b: ...'."),
        (lambda tree: tree.mapping(), "[a]", "Expected names with values here. Write 'name: value' lines."),
        (lambda tree: tree.entries(), "a", "Expected names with values here. Write 'name: value' lines."),
        (lambda tree: tree.items(), "a", "Expected a list here. Write '- item' lines, or [one, two]."),
        (lambda tree: tree.words(), "[a]", "Expected text here. Write a word or a sentence."),
        (lambda tree: tree.names(), "[[a]]", "Expected text here. Write a word or a sentence."),
        (lambda tree: tree.flag(), "maybe", "Expected yes or no, found 'maybe'. Write yes or no."),
        (lambda tree: tree.flag(), "[yes]", "Expected yes or no, found 'a list or a mapping'. Write yes or no."),
        (lambda tree: tree.whole(), "1.5", "Expected a whole number, found '1.5'. Leave the decimals out."),
        (lambda tree: tree.decimal(), "1,5", "Expected a number, found '1,5'. Write a point, not a comma."),
        (lambda tree: tree.decimal(), "{a: 1}", "Expected a number, found 'a list or a mapping'. Write digits."),
        (lambda tree: tree.one_of(("calf",), "region"), "clf", "'clf' is not a known region. Did you mean 'calf'?"),
    ],
)
def test_a_tree_says_what_it_expected(ask: Any, text: str, words: str) -> None:
    with pytest.raises(ContentError) as fault:
        ask(parse_yaml(text, "x.yaml", error=ContentError))
    assert str(fault.value) == f"x.yaml:1: {words}"
