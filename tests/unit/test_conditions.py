"""Conditions: what is written is what is meant, and anything else is refused in words."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effleurage.errors import ContentError
from effleurage.facts.kinds import Value
from effleurage.protocol.conditions import MAX_DEPTH, MAX_LENGTH, behind_gates, good_news, parse
from effleurage.protocol.evaluate import truth
from effleurage.protocol.load import load
from effleurage.protocol.nodes import ALWAYS, All, AnyOf, Compare, Condition, Is, Not, OneOf, facts_in
from tests.bad_content.patching import BASE
from tests.strategies import conditions, patients, refusal, text_of

BUILT_IN = load()
TOY = load(BASE).facts
PIECES = [
    "fever",
    "osteoporosis",
    "age",
    "pain",
    "score_lowest",
    "medicines",
    "xyz",
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "lambda",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ":=",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "+",
    "-",
    "**",
    "~",
    "*",
    "@",
    "65",
    "-2.5",
    "1e9",
    "0x1",
    "1_0",
    '"much"',
    "'none'",
    "f'{age}'",
    "b'x'",
    "True",
    "None",
    "...",
    "await",
    "yield",
    "\\",
    "\n",
    "#",
    ";",
    "always",
    "5j",
    "\x00",
    "é",
]


def short(condition: Condition, limit: int = MAX_DEPTH) -> bool:
    text = text_of(condition, TOY)
    depth = deepest = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    return len(text) <= MAX_LENGTH and deepest + text.count("not") <= limit


@given(conditions(TOY).filter(short))
def test_what_is_printed_is_read_back(condition: Condition) -> None:
    assert parse(text_of(condition, TOY), facts=TOY, place="x") == behind_gates(condition, TOY)


@given(conditions(BUILT_IN.facts), patients(BUILT_IN.facts, BUILT_IN.rules))
def test_gates_and_pushed_down_nots_change_nothing_where_every_gate_is_open(
    condition: Condition, known: dict[str, Value | None]
) -> None:
    table = BUILT_IN.facts
    gates = {gate for fact in table.for_rules for gate in table.gates(fact.name)}
    opened = {**known, **dict.fromkeys(gates, True)}
    assert truth(behind_gates(condition, table), opened) == truth(condition, opened)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join) | st.text(max_size=80))
@example("(" * 500 + "fever" + ")" * 500)
@example("not " * 5000 + "fever")
@example("-" * 1900 + "1")
@example("fever" + ".a" * 900)
@example("fever if " * 200 + "fever")
@example("lambda:" * 250 + "1")
@example("fever" + "()" * 900)
@example("1" * 1900)
@example("a<" * 900 + "a")
@example('"\ud800" == pain')
@example('pain == "\\d"')
@example("1if fever else 2")
@example("age >= 1" + "0" * 1500)
def test_any_text_is_a_condition_or_a_sentence(text: str) -> None:
    fault = refusal(lambda: parse(text, facts=TOY, place="here:7"))
    if fault:
        assert isinstance(fault, ContentError)
        assert fault.where == "here:7"
        assert fault.remedy
        assert len(str(fault)) < 400
    else:
        assert set(facts_in(parse(text, facts=TOY, place="here:7"))) <= set(TOY.by_name)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_what_is_taken_is_an_expression_of_python(text: str) -> None:
    """The language is a part of Python's: nothing that Python would refuse is taken."""
    try:
        parse(text, facts=TOY, place="x")
    except ContentError:
        return
    assert ast.parse(text.strip(), mode="eval")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("always", ALWAYS),
        ("fever", Is("fever")),
        ("not fever", Not(Is("fever"))),
        ("age >= 65", Compare("age", ">=", 65)),
        ("65 <= age", Compare("age", ">=", 65)),
        ("65 > age", Compare("age", "<", 65)),
        ("age == 65", Compare("age", "==", 65)),
        ("18 <= age < 65", All((Compare("age", ">=", 18), Compare("age", "<", 65)))),
        ("score_lowest <= -2.5", All((Is("scanned"), Compare("score_lowest", "<=", -25)))),
        ("score_lowest <= -2.50", All((Is("scanned"), Compare("score_lowest", "<=", -25)))),
        ("not score_lowest <= -2.5", All((Is("scanned"), Not(Compare("score_lowest", "<=", -25))))),
        ('pain == "much"', OneOf("pain", ("much",))),
        ('pain != "much"', Not(OneOf("pain", ("much",)))),
        ('pain in ("some", "much")', OneOf("pain", ("some", "much"))),
        ('pain in ["much"]', OneOf("pain", ("much",))),
        ('pain not in ("some", "much")', Not(OneOf("pain", ("some", "much")))),
        ("fever and osteoporosis and cleared", All((Is("fever"), Is("osteoporosis"), Is("cleared")))),
        ("(fever and osteoporosis) or cleared", AnyOf((All((Is("fever"), Is("osteoporosis"))), Is("cleared")))),
        ("fever and ( osteoporosis or cleared )", All((Is("fever"), AnyOf((Is("osteoporosis"), Is("cleared")))))),
        ("18 <= age < 65 or fever", AnyOf((All((Compare("age", ">=", 18), Compare("age", "<", 65))), Is("fever")))),
    ],
)
def test_what_is_written_is_what_is_meant(text: str, expected: Condition) -> None:
    assert parse(text, facts=TOY, place="x") == expected


@pytest.mark.parametrize(
    "text, helped",
    [
        ("fever", ()),
        ("not fever", ("fever",)),
        ("not not fever", ()),
        ("cleared", ("cleared",)),
        ("not cleared", ()),
        ("score_lowest <= -2.5", ()),
        ("score_lowest > -2.5", ("score_lowest",)),
        ("not score_lowest > -2.5", ()),
        ("score_lowest != -2.5", ("score_lowest",)),
        ('pain in ("some", "much")', ()),
        ('pain == "some"', ("pain",)),
        ('pain != "none"', ()),
        ('pain != "much"', ("pain",)),
        ("age >= 65", ()),  # no direction is bad news
        ("fever and (not osteoporosis or not fever)", ("osteoporosis", "fever")),
    ],
)
def test_good_news_that_helps_a_rule_is_found(text: str, helped: tuple[str, ...]) -> None:
    assert good_news(parse(text, facts=TOY, place="x"), TOY) == helped


def test_every_condition_of_the_content_can_be_printed_and_read_back() -> None:
    for rule in BUILT_IN.rules:
        again = parse(text_of(rule.when, BUILT_IN.facts), facts=BUILT_IN.facts, place="x")
        assert set(facts_in(again)) == set(facts_in(rule.when))
