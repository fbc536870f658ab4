"""The meaning, as tables to read and as laws: three values of truth, rules that apply when nobody knows, and knowing
less.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from effleurage.decision.decide import compiled, decide
from effleurage.facts.answers import Answer
from effleurage.facts.derive import derive
from effleurage.protocol.evaluate import evaluate, truth
from effleurage.protocol.lattice import Verdict, free, meet
from effleurage.protocol.nodes import ALWAYS, All, AnyOf, Compare, Is, Not, OneOf
from tests.agreement.patients import NOW, Intakes, Patients, content

YES, NO, OPEN = True, False, None
PROTOCOLS = content().protocols
RULES = PROTOCOLS.rules


@pytest.mark.parametrize(
    "one, other, both, either",
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, OPEN, OPEN, YES),
        (NO, YES, NO, YES),
        (NO, NO, NO, NO),
        (NO, OPEN, NO, OPEN),
        (OPEN, YES, OPEN, YES),
        (OPEN, NO, NO, OPEN),
        (OPEN, OPEN, OPEN, OPEN),
    ],
)
def test_and_is_the_least_and_or_the_greatest(one, other, both, either):
    known = {"a": one, "b": other}
    assert truth(All((Is("a"), Is("b"))), known) is both
    assert truth(AnyOf((Is("a"), Is("b"))), known) is either


@pytest.mark.parametrize("value, other", [(YES, NO), (NO, YES), (OPEN, OPEN)])
def test_not_turns_the_order_round(value, other):
    assert truth(Not(Is("a")), {"a": value}) is other


@pytest.mark.parametrize(
    "sign, below, at, above",
    [
        ("<", YES, NO, NO),
        ("<=", YES, YES, NO),
        (">", NO, NO, YES),
        (">=", NO, YES, YES),
        ("==", NO, YES, NO),
        ("!=", YES, NO, YES),
    ],
)
def test_comparisons_at_and_around_the_number(sign, below, at, above):
    answers = [truth(Compare("t", sign, -25), {"t": value}) for value in (-26, -25, -24, None)]
    assert answers == [below, at, above, OPEN]


def test_a_choice_is_one_of_its_options_or_not_known():
    condition = OneOf("side", ("left", "right"))
    assert [truth(condition, {"side": side}) for side in ("left", "none", None)] == [YES, NO, OPEN]


def test_what_always_holds_holds_of_nobody_known_as_well():
    assert truth(ALWAYS, {}) is True


def test_the_empty_set_of_rules_limits_nothing():
    meaning = evaluate(rules=(), known={}, vocabulary=PROTOCOLS.vocabulary)
    assert meaning.certain == meaning.possible == free(PROTOCOLS.vocabulary)


@pytest.mark.hazard("H04")
def test_a_rule_that_is_not_decided_applies_and_is_marked():
    rule = PROTOCOLS.by_id["OST-O2-TSCORE"]
    meaning = evaluate(rules=(rule,), known={}, vocabulary=PROTOCOLS.vocabulary)
    assert meaning.truths == (None,)
    assert meaning.possible == rule.limit
    assert meaning.certain == free(PROTOCOLS.vocabulary)


@pytest.mark.hazard("H09")
def test_the_order_of_rules_does_not_matter():
    rng = random.Random(11)
    patients = Patients(PROTOCOLS, rng)
    for _ in range(15):
        known, shuffled = patients.known(), rng.sample(RULES, len(RULES))
        one = evaluate(rules=RULES, known=known, vocabulary=PROTOCOLS.vocabulary)
        other = evaluate(rules=shuffled, known=known, vocabulary=PROTOCOLS.vocabulary)
        assert (one.certain, one.possible) == (other.certain, other.possible)


@pytest.mark.hazard("H09")
def test_one_more_rule_only_tightens():
    patients = Patients(PROTOCOLS, random.Random(12))
    for number in range(0, len(RULES), 20):
        known = patients.known()
        fewer = evaluate(rules=RULES[:number], known=known, vocabulary=PROTOCOLS.vocabulary)
        more = evaluate(rules=RULES[: number + 20], known=known, vocabulary=PROTOCOLS.vocabulary)
        assert meet(more.possible, fewer.possible) == more.possible


def decided(intake, on=NOW):
    return decide(facts=derive(intake=intake, table=PROTOCOLS.facts, on=on), protocols=PROTOCOLS)


def looser(one, than) -> bool:
    """Whether the first decision leaves something open that the second closes, or is certain of something the second
    is not.
    """
    return bool(than.possible_word & ~one.possible_word or one.certain_word & ~than.certain_word)


@pytest.mark.hazard("H04")
def test_knowing_less_never_loosens_at_the_level_of_rules():
    rng = random.Random(13)
    patients = Patients(PROTOCOLS, rng)
    nobody = derive(intake=Intakes(PROTOCOLS, rng).intake(), table=PROTOCOLS.facts, on=NOW)
    nobody = nobody.replaced(**dict.fromkeys(nobody.values))
    for _ in range(1500):
        known = patients.known()
        gone = set(rng.sample(sorted(known), rng.randint(1, 1 + len(known) // 2))) if known else set()
        whole = decide(facts=nobody.replaced(**known), protocols=PROTOCOLS)
        less = decide(
            facts=nobody.replaced(**{name: value for name, value in known.items() if name not in gone}),
            protocols=PROTOCOLS,
        )
        assert not looser(less, whole), (known, gone)


@pytest.mark.hazard("H04")
@pytest.mark.parametrize("shard", range(4))
def test_taking_back_any_answer_never_loosens(shard):
    rng = random.Random(1400 + shard)
    intakes = Intakes(PROTOCOLS, rng)
    for _ in range(12):
        intake = intakes.intake()
        whole = decided(intake)
        for name in rng.sample(sorted(intake.answers), min(40, len(intake.answers))):
            assert not looser(decided(intake.with_answer(name, None)), whole), (name, intake.answers[name])


@pytest.mark.hazard("H03")
@pytest.mark.parametrize("shard", range(4))
def test_an_answer_that_grew_stale_never_loosens(shard):
    rng = random.Random(1500 + shard)
    intakes = Intakes(PROTOCOLS, rng)
    for _ in range(12):
        intake = intakes.intake()
        whole = decided(intake)
        aging = [name for name in intake.answers if PROTOCOLS.facts[name].stale_days is not None]
        for name in rng.sample(aging, min(40, len(aging))):
            answer = intake.answers[name]
            old = Answer(answer.value, NOW - timedelta(days=(PROTOCOLS.facts[name].stale_days or 0) + 1), answer.origin)
            aged = decided(intake.with_answer(name, old))
            assert name in aged.facts.stale
            assert not looser(aged, whole), name


@pytest.mark.hazard("H09")
def test_deciding_is_total_and_what_is_certain_is_possible():
    rng = random.Random(16)
    for _ in range(150):
        decision = decided(Intakes(PROTOCOLS, rng).intake())
        assert decision.certain_word & ~decision.possible_word == 0
        assert decision.holds_word & decision.undecided_word == 0
        assert decision.verdict <= decision.limits.verdict
        assert decision.may_treat == (decision.limits.verdict <= Verdict.MODIFIED)


@pytest.mark.hazard("H09")
def test_a_decision_raises_rather_than_treats_where_a_fact_is_missing_from_the_engine():
    """An engine handed too few facts fails; it never fills them in."""
    with pytest.raises(ValueError, match="unpack"):
        compiled(PROTOCOLS).decide(())


def test_the_same_intake_gives_the_same_decision():
    intake = Intakes(PROTOCOLS, random.Random(17)).intake()
    one, other = decided(intake), decided(intake)
    assert (one.certain_word, one.possible_word, one.holds_word) == (
        other.certain_word,
        other.possible_word,
        other.holds_word,
    )
