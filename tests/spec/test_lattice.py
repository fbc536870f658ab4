"""The laws of the lattice of limits. Everything else leans on them: order of rules, two protocols at once, packing
into words.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effleurage.protocol.evaluate import strictest
from effleurage.protocol.lattice import SETS, Verdict, at_least_as_strict, differing, free, limits, meet
from effleurage.protocol.vocabulary import LEVELS
from tests.agreement.patients import content

WORDS = content().protocols.vocabulary
LAYOUT = content().protocols.layout


def names(*terms):
    return [term.name for term in terms]


def some(values):
    return st.lists(st.sampled_from(values), max_size=3)


REGIONS = names(*WORDS.regions)
ANY_LIMITS = st.builds(
    limits,
    st.just(WORDS),
    verdict=st.sampled_from((*Verdict, Verdict.GO, Verdict.MODIFIED)),
    pressure=st.dictionaries(st.sampled_from(REGIONS), st.integers(0, LEVELS), max_size=4),
    forbid=st.dictionaries(st.sampled_from(names(*WORDS.techniques)), some(REGIONS), max_size=3),
    refer=st.dictionaries(st.sampled_from(names(*WORDS.referrals)), st.integers(1, len(WORDS.urgencies)), max_size=2),
    minutes=st.one_of(st.none(), st.sampled_from(WORDS.minutes)),
    spacing_days=st.sampled_from(WORDS.spacing_days),
    positions=some(names(*WORDS.positions)),
    props=some(names(*WORDS.props)),
    checks=some(names(*WORDS.checks)),
    stop=some(names(*WORDS.stop_rules)),
    competences=some(names(*WORDS.competences)),
    consents=some(names(*WORDS.consents)),
    windows=some(names(*WORDS.windows)),
)
laws = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@laws
@given(ANY_LIMITS, ANY_LIMITS)
def test_meet_is_commutative(one, other):
    assert meet(one, other) == meet(other, one)


@laws
@given(ANY_LIMITS, ANY_LIMITS, ANY_LIMITS)
def test_meet_is_associative(one, other, third):
    assert meet(meet(one, other), third) == meet(one, meet(other, third))


@laws
@given(ANY_LIMITS)
def test_meet_is_idempotent_and_free_is_its_unit(one):
    assert meet(one, one) == one
    assert meet(one, free(WORDS)) == one


@laws
@given(ANY_LIMITS, ANY_LIMITS)
def test_the_meet_is_the_loosest_that_is_as_strict_as_both(one, other):
    both = meet(one, other)
    assert at_least_as_strict(both, one)
    assert at_least_as_strict(both, other)
    assert at_least_as_strict(one, other) == (both == one)


@laws
@given(ANY_LIMITS, st.sampled_from((Verdict.WITHHOLD, Verdict.EMERGENCY)))
def test_withholding_absorbs_every_region_technique_position_and_minute(one, verdict):
    both = meet(one, limits(WORDS, verdict=verdict))
    assert set(both.pressure) == {0}
    assert both.minutes == 0
    assert both.positions == set(names(*WORDS.positions))
    assert not any(both.allows(technique.name, region) for technique in WORDS.techniques for region in REGIONS)


@laws
@given(ANY_LIMITS)
def test_a_region_left_alone_leaves_no_technique_there(one):
    for region in (region for region in REGIONS if one.ceiling(region) == 0):
        assert not any(one.allows(technique.name, region) for technique in WORDS.techniques)


@laws
@given(ANY_LIMITS)
def test_unpacking_undoes_packing(one):
    assert LAYOUT.unpack(LAYOUT.pack(one)) == one


@laws
@given(ANY_LIMITS, ANY_LIMITS)
def test_meeting_is_bitwise_or_and_strictness_is_a_subset(one, other):
    a, b = LAYOUT.pack(one), LAYOUT.pack(other)
    assert LAYOUT.pack(meet(one, other)) == a | b
    assert at_least_as_strict(one, other) == (a | b == a)


@laws
@given(ANY_LIMITS, ANY_LIMITS)
def test_limits_differ_where_they_say_so(one, other):
    assert (differing(one, other) == ()) == (one == other)


def test_free_is_the_clear_word():
    assert LAYOUT.pack(free(WORDS)) == 0
    assert LAYOUT.unpack(0) == free(WORDS)


def test_the_rules_of_the_content_combine_as_their_words_do():
    rules, words = content().protocols.rules, content().protocols.words
    for step in (1, 7, 50):
        for number in range(0, len(rules) - step, 3):
            pair = meet(rules[number].limit, rules[number + step].limit)
            assert LAYOUT.pack(pair) == words[number] | words[number + step]
    everything = LAYOUT.pack(strictest([rule.limit for rule in rules], WORDS))
    together = 0
    for word in words:
        together |= word
    assert everything == together


def test_every_rule_survives_packing():
    for rule, word in zip(content().protocols.rules, content().protocols.words, strict=True):
        assert LAYOUT.unpack(word) == rule.limit


def test_every_bit_has_one_meaning():
    assert len(set(LAYOUT.bits)) == len(LAYOUT.bits) == len(LAYOUT.index)


def test_limits_that_contradict_themselves_cannot_be_built():
    with pytest.raises(ValueError, match="must close every region"):
        replace(free(WORDS), verdict=Verdict.WITHHOLD)
    with pytest.raises(ValueError, match="leave no minutes"):
        replace(limits(WORDS, verdict=Verdict.WITHHOLD), minutes=15)
    with pytest.raises(ValueError, match="must close every region"):
        replace(limits(WORDS, verdict=Verdict.WITHHOLD), pressure=free(WORDS).pressure)
    with pytest.raises(ValueError, match="one ceiling per region"):
        replace(free(WORDS), pressure=(5,))


def test_every_field_of_the_limits_is_a_chain_or_a_set():
    one = free(WORDS)
    assert all(getattr(one, name) == frozenset() for name in SETS)
    assert (one.verdict, set(one.pressure), one.minutes, one.spacing_days) == (Verdict.GO, {LEVELS}, 60, 0)
