"""Every case of the content passes, and every rule has a case just inside and one just outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from effleurage.decision.cases import decide_case, failures
from effleurage.lib.marked import tree_of
from tests.agreement.patients import content

CASES = content().cases
RULES = content().protocols.rules


@pytest.mark.parametrize("case", CASES, ids=[f"{case.folder}: {case.name}" for case in CASES])
def test_case(case):
    assert list(failures(case, decide_case(case, content().protocols))) == [], case.place


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_every_rule_has_a_case_inside_and_one_outside(rule):
    inside = [case.name for case in CASES if rule.id in case.rules("rules")]
    outside = [case.name for case in CASES if rule.id in case.rules("rules_not")]
    assert inside, f"{rule.place}: no case says that {rule.id} holds"
    assert outside or rule.text == "always", f"{rule.place}: no case says that {rule.id} does not hold"


def test_a_case_is_a_sentence():
    assert [case.name for case in CASES if len(case.name.split()) < 3 or case.name[0].islower()] == []


def test_a_wrong_expectation_would_be_noticed():
    case = next(case for case in CASES if case.rules("rules"))
    first = case.rules("rules")[0]
    decision = decide_case(case, content().protocols)
    for expect in (
        {"rules_not": [first]},
        {"undecided": [first]},
        {"at_least": {"verdict": "emergency"}},
        {"at_most": {"pressure": {"everywhere": "5"}}},
    ):
        tree = tree_of(expect, "a test").entries()
        assert list(failures(replace(case, expect=tree), decision)), expect
