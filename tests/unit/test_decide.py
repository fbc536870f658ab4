"""What a decision says of itself: which rules are told, and which stand behind a limit."""

from __future__ import annotations

from effleurage.decision.cases import Case
from effleurage.decision.decide import Decision, decide
from effleurage.facts.derive import derive
from tests.agreement.patients import content

PROTOCOLS, CASES = content().protocols, content().cases
WORDS = {rule.id: word for rule, word in zip(PROTOCOLS.rules, PROTOCOLS.words, strict=True)}


def decisions(count: int) -> list[Decision]:
    """Of patients spread over all the cases of the content."""
    return [decided(case) for case in CASES[:: len(CASES) // count]]


def decided(case: Case) -> Decision:
    return decide(facts=derive(intake=case.intake, table=PROTOCOLS.facts, on=case.on), protocols=PROTOCOLS)


def within(word: int, other: int) -> bool:
    return word & other == word


def test_what_is_told_is_contained_in_nothing_that_holds_and_what_is_left_out_is() -> None:
    left_out = 0
    for decision in decisions(30):
        told = {rule.id for rule in decision.telling}
        assert told <= {rule.id for rule in decision.determining}
        for rule in decision.determining:
            larger = [
                other.id
                for other in decision.holding
                if WORDS[other.id] != WORDS[rule.id] and within(WORDS[rule.id], WORDS[other.id])
            ]
            assert (rule.id in told) is not bool(larger), (rule.id, larger)
            left_out += bool(larger)
    assert left_out


def test_a_rule_for_everyone_determines_nothing() -> None:
    for decision in decisions(20):
        base = [rule for rule in decision.holding if rule.text == "always"]
        assert base
        assert not set(base) & set(decision.determining)


def test_the_rules_behind_a_limit_are_those_that_set_it_what_holds_first() -> None:
    for decision in decisions(3):
        for bit in PROTOCOLS.layout.meanings(decision.possible_word):
            behind = decision.because(bit)
            assert behind
            marks = [rule in decision.holding for rule in behind]
            assert marks == sorted(marks, reverse=True)
            assert all(bit in PROTOCOLS.layout.meanings(WORDS[rule.id]) for rule in behind)


def test_an_undecided_rule_is_named_only_where_it_could_still_change_the_limits() -> None:
    for decision in decisions(20):
        hanging = decision.possible_word & ~decision.certain_word
        assert set(decision.undecided) == {rule for rule in decision.open if WORDS[rule.id] & hanging}
        assert decision.settled is (not decision.undecided)
