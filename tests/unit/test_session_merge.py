"""Several devices on one session: one delivers and is the record; two, and a person decides. No bad news waits."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.decision.decide import decide
from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Intake
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Bad, Fact, Kind
from effleurage.protocol.lattice import at_least_as_strict
from effleurage.session.kinds import Learned, Reaction, Refused, Stopped
from effleurage.session.merge import Conflict, Merged, is_worst, merged, settled, united
from effleurage.session.record import SessionRecord, Status
from tests.agreement.patients import NOW
from tests.session_soup import soups
from tests.session_table import PROTOCOLS, Tablet, ground, moved, plans

ON = ground(plans()[0])
TABLE = PROTOCOLS.facts
ASKED = [fact for fact in TABLE.facts if fact.ask and fact.for_rules]


def two() -> tuple[Tablet, Tablet]:
    return Tablet(), Tablet(device="tablet_two")


def one(*tablets: Tablet) -> Merged:
    (found,) = merged([event for tablet in tablets for event in tablet.events], ON)
    return found


def learned(device: str, **answers: Any) -> Tablet:
    tablet = Tablet(device=device).opens()
    for name, answer in answers.items():
        tablet.tell(Learned(name, answer, "therapist"))
    return tablet


def answer(merge: Merged, name: str) -> Any:
    return next(each for each in merge.facts if each.name == name)


# Who delivered


def test_the_device_that_delivered_is_the_record_and_what_the_other_learned_counts():
    first, second = two()
    first.finishes()
    second.opens().tell(Learned("cancer_now", True, "patient"))
    found = one(first, second)
    assert (found.conflict, found.record) == (None, first.record)
    assert answer(found, "cancer_now").answer is True


@pytest.mark.hazard("H19")
def test_two_devices_that_delivered_are_a_conflict_and_no_record():
    first, second = two()
    first.finishes()
    second.starts().begins(0)
    found = one(first, second)
    assert found.record is None
    assert found.conflict == Conflict("visit_one", ("tablet_one", "tablet_two"))
    assert [record.device for record in found.records] == ["tablet_one", "tablet_two"]


@pytest.mark.hazard("H19")
def test_a_person_settles_a_conflict_by_a_device_and_nothing_else_does():
    first, second = two()
    first.finishes()
    second.starts().begins(0).tell(Stopped("crack", ""))
    found = one(first, second)
    for tablet in (first, second):
        chosen = settled(found, device=tablet.device)
        assert (chosen.record, chosen.conflict) == (tablet.record, None)
        assert [stop.rule for stop in chosen.stops] == ["crack"]
        assert chosen.records == found.records
    with pytest.raises(InputError, match="not one of those in conflict") as refused:
        settled(found, device="tablet_three")
    assert "tablet_one or tablet_two" in refused.value.remedy
    with pytest.raises(InputError, match="no conflict"):
        settled(one(first), device="tablet_one")


def test_where_nobody_delivered_a_refusal_says_more_than_an_opening():
    first, second = two()
    first.checks_in()
    second.opens().tell(Refused("withhold", ()))
    found = one(first, second)
    assert found.record is not None
    assert (found.record.status, found.record.device) == (Status.REFUSED, "tablet_two")


@pytest.mark.hazard("H30")
def test_a_stop_on_a_device_that_delivered_nothing_still_stands():
    first, second = two()
    first.finishes()
    second.opens().tell(Stopped("crack", ""))
    second.tell(Reaction("new_bone_pain", ""))
    found = one(first, second)
    assert found.record == first.record
    assert ([stop.rule for stop in found.stops], [each.name for each in found.reactions]) == (
        ["crack"], ["new_bone_pain"],
    )  # fmt: skip


def test_a_conflict_needs_two_and_a_merge_a_record_or_a_conflict():
    with pytest.raises(ValueError, match="two devices"):
        Conflict("visit_one", ("tablet_one", "tablet_one"))
    with pytest.raises(ValueError, match="never both"):
        Merged("visit_one", (), None, None, (), (), ())


def test_each_session_is_merged_by_itself():
    first, second = Tablet().opens(), Tablet(session="visit_two", device="tablet_two").opens()
    assert [each.session for each in merged([*second.events, *first.events], ON)] == ["visit_one", "visit_two"]


# Laws


@settings(max_examples=100)
@given(soups(), soups(device="tablet_two"), st.randoms(use_true_random=False))
@pytest.mark.hazard("H19")
def test_the_order_in_which_devices_are_heard_changes_nothing(first, second, rng):
    events = [*first, *second]
    arrived = [*events, *events[:3]]
    rng.shuffle(arrived)
    assert merged(arrived, ON) == merged(events, ON)


@settings(max_examples=100)
@given(soups(), soups(device="tablet_two"))
@pytest.mark.hazard("H21")
def test_the_later_clock_wins_nothing(first, second):
    """Not last-write-wins: a device two days ahead says no more than one that is two days behind."""
    ahead = merged([*first, *(moved(event, timedelta(days=2)) for event in second)], ON)
    behind = merged([*first, *(moved(event, timedelta(days=-2)) for event in second)], ON)
    for one_, other in zip(ahead, behind, strict=True):
        said = [[(each.name, each.answer, each.contested) for each in merge.facts] for merge in (one_, other)]
        assert said[0] == said[1]
        assert (one_.conflict, [r.parts for r in one_.records]) == (other.conflict, [r.parts for r in other.records])


@settings(max_examples=100)
@given(soups(), soups(device="tablet_two"))
@pytest.mark.hazard("H19")
def test_there_is_a_conflict_just_where_two_delivered(first, second):
    for found in merged([*first, *second], ON):
        delivering = [each for each in found.records if any(part.milliseconds for part in each.parts)]
        if len(delivering) > 1:
            assert found.conflict is not None
            assert set(found.conflict.devices) >= {each.device for each in delivering}
        if found.record is not None and delivering:
            assert delivering == [found.record]


# Facts


def values(fact: Fact) -> st.SearchStrategy[Any]:
    if fact.kind is Kind.YES_NO:
        return st.booleans()
    if fact.kind is Kind.CHOICE:
        return st.sampled_from(fact.option_names)
    return st.integers(*(fact.plausible or fact.possible or (0, 0)))


def heard(device: str, fact: Fact, answer_: Any) -> SessionRecord:
    """A record of which nothing matters but one answer."""
    return SessionRecord(ON, device=device, facts=(Learned(fact.name, answer_, "therapist"),), fact_times=(NOW,))


TOLD = st.sampled_from(ASKED).flatmap(lambda fact: st.tuples(st.just(fact), *([st.none() | values(fact)] * 3)))


@settings(max_examples=300)
@given(TOLD)
@pytest.mark.hazard("H19")
def test_united_news_is_at_least_as_bad_as_each_and_whoever_comes_first(drawn):
    fact, *told = drawn
    found = set()
    for order in permutations(told):
        (only,) = united(heard(f"tablet_{number}", fact, each) for number, each in enumerate(order))
        found.add(only.answer)
    assert len(found) == 1
    value = found.pop()
    if value is None:
        assert len(set(told)) > 1 or told == [None] * 3
    else:
        assert value in told
        assert all(fact.worse(value, each) == value for each in told if each is not None)
        assert None not in told or is_worst(fact, value)


@settings(max_examples=100)
@given(TOLD, st.data())
@pytest.mark.hazard("H19")
def test_a_decision_on_united_facts_is_no_looser_than_on_those_of_either_device(drawn, data):
    fact, one_, other, _ = drawn
    base = data.draw(st.sampled_from(plans())).decision.facts.origins
    (both,) = united([heard("tablet_one", fact, one_), heard("tablet_two", fact, other)])
    limits = [_limits(base, fact, value) for value in (both.answer, one_, other)]
    if None not in limits:
        assert all(at_least_as_strict(limits[0], each) for each in limits[1:])


def _limits(base: Any, fact: Fact, value: Any) -> Any:
    """The limits with this answer; None where it contradicts the others, so that there is nothing to compare."""
    answer_ = None if value is None else Answer(value, NOW, "therapist")
    intake = Intake("", NOW, dict(base)).with_answer(fact.name, answer_)
    try:
        return decide(facts=derive(intake=intake, table=TABLE, on=NOW), protocols=PROTOCOLS).limits
    except InputError:
        return None


@pytest.mark.parametrize(
    "one_, other, both",
    [
        (True, False, True),
        (False, False, False),
        (False, None, None),
        (True, None, True),
        (None, None, None),
    ],
)
def test_yes_and_no_and_not_known_become_the_worst_of_them(one_, other, both):
    found = answer(one(learned("tablet_one", cancer_now=one_), learned("tablet_two", cancer_now=other)), "cancer_now")
    assert (found.answer, found.contested) == (both, one_ is not other)
    assert found.devices == ("tablet_one", "tablet_two")


def test_never_measured_beside_a_number_is_asked_again():
    found = answer(one(learned("tablet_one", systolic=131), learned("tablet_two", systolic=NEVER)), "systolic")
    assert (found.answer, found.contested) == (None, True)


def test_on_one_device_the_last_word_counts():
    tablet = learned("tablet_one", cancer_now=True)
    tablet.tell(Learned("cancer_now", False, "patient"))
    assert answer(one(tablet), "cancer_now").answer is False


def test_a_fact_of_another_content_is_kept_only_if_nobody_contradicts_it():
    for other, both in ((5, 5), (6, None)):
        found = one(learned("tablet_one", of_tomorrow=5), learned("tablet_two", of_tomorrow=other))
        assert answer(found, "of_tomorrow").answer == both


def test_settling_takes_the_chosen_device_at_its_word_and_keeps_what_only_the_other_heard():
    first, second = two()
    first.starts().does(0).tell(Learned("cancer_now", False, "patient"))
    second.starts().does(0).tell(Learned("cancer_now", True, "patient"))
    second.tell(Learned("pregnant", True, "patient"))
    found = one(first, second)
    assert answer(found, "cancer_now").answer is True
    chosen = settled(found, device="tablet_one")
    assert (answer(chosen, "cancer_now").answer, answer(chosen, "pregnant").answer) == (False, True)


def test_the_worst_answer_is_known_for_yes_no_and_choices_only():
    for fact in ASKED:
        worst = {Bad.YES: True, Bad.NO: False}.get(fact.bad)
        if fact.kind is Kind.YES_NO:
            assert [is_worst(fact, value) for value in (True, False)] == [worst is True, worst is False]
        elif fact.kind is Kind.CHOICE:
            assert is_worst(fact, fact.option_names[-1]) is (fact.bad is Bad.LAST)
        else:
            assert not is_worst(fact, 0)


@pytest.mark.parametrize("wrong", [True, "left", 10**8, NEVER])
def test_an_answer_that_does_not_fit_its_question_is_asked_again(wrong):
    for name in ("curve_thoracic", "cancer_now", "systolic", "medicines"):
        found = united([heard("tablet_one", TABLE[name], wrong), heard("tablet_two", TABLE[name], "nothing like it")])
        assert (found[0].answer, found[0].contested) == (None, True)


def test_a_record_of_nothing_has_no_facts():
    assert united([SessionRecord(ON)]) == ()
