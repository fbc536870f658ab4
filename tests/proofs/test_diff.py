"""The difference of two versions: proved nowhere looser, or who would get more, with the rules to blame."""

from __future__ import annotations

from dataclasses import replace

import pytest

from effleurage.errors import InputError
from effleurage.facts.kinds import FactTable, Kind
from effleurage.proofs.diff import diff
from effleurage.protocol.conditions import parse
from effleurage.protocol.lattice import Verdict, limits, meet
from tests.agreement.patients import content

WHOLE = content().protocols
# Two folders are enough to see every kind of difference, and take seconds where the whole content takes half a minute.
OLD = replace(WHOLE, rules=tuple(rule for rule in WHOLE.rules if rule.folder in ("general", "osteoporosis")))
RULE = "OST-O2-TSCORE"


def changed(name, **fields):
    """The content with one rule changed."""
    return replace(OLD, rules=tuple(replace(rule, **fields) if rule.id == name else rule for rule in OLD.rules))


def without(name):
    return replace(OLD, rules=tuple(rule for rule in OLD.rules if rule.id != name))


def parsed(text):
    return parse(text, facts=OLD.facts, place="a test")


@pytest.mark.hazard("H08")
def test_a_version_is_the_same_as_itself():
    same = diff(WHOLE, replace(WHOLE))
    assert same.proved_same
    assert same.proved_nowhere_looser
    assert (same.only_old, same.only_new, same.changed) == ((), (), ())


@pytest.mark.hazard("H08")
def test_a_threshold_one_step_lower_is_looser_for_just_the_patient_at_the_boundary():
    before, after = (changed(RULE, when=parsed(f"t_score_lowest {sign} -2.5")) for sign in ("<=", "<"))
    found = diff(before, after)
    assert not found.proved_nowhere_looser
    assert found.changed == (RULE,)
    assert any(RULE in looser.blame for looser in found.looser)
    assert all(looser.replayed for looser in found.looser)
    assert any(dict(looser.known).get("t_score_lowest") == -25 for looser in found.looser)


@pytest.mark.hazard("H08")
def test_the_other_direction_is_tighter_and_names_the_rule():
    found = diff(changed(RULE, when=parsed("t_score_lowest < -2.5")), OLD)
    assert found.proved_nowhere_looser
    assert not found.proved_same
    assert found.tighter == (RULE,)


@pytest.mark.hazard("H08")
def test_a_rule_that_was_dropped_is_to_blame():
    found = diff(OLD, without("GEN-CAPACITY"))
    assert found.only_old == ("GEN-CAPACITY",)
    assert any("GEN-CAPACITY" in looser.blame for looser in found.looser)
    assert all(looser.replayed and looser.words and looser.limits for looser in found.looser)


@pytest.mark.hazard("H08")
def test_a_rule_that_was_added_is_only_tighter():
    found = diff(without("GEN-CAPACITY"), OLD)
    assert found.proved_nowhere_looser
    assert found.only_new == ("GEN-CAPACITY",)
    assert "GEN-CAPACITY" in found.tighter


def test_a_limit_that_grew_stricter_is_tighter_and_one_that_grew_laxer_is_looser():
    rule = OLD.by_id[RULE]
    strict = changed(RULE, limit=meet(rule.limit, limits(OLD.vocabulary, verdict=Verdict.WITHHOLD)))
    assert diff(OLD, strict).proved_nowhere_looser
    assert any(RULE in looser.blame for looser in diff(strict, OLD).looser)


def test_a_new_order_of_the_rules_is_no_difference():
    assert diff(OLD, replace(OLD, rules=OLD.rules[::-1])).proved_same


@pytest.mark.parametrize("fields", [{"kind": Kind.WHOLE, "decimals": 0}, {"decimals": 2}])
def test_a_fact_that_means_something_else_cannot_be_compared(fields):
    facts = tuple(replace(fact, **fields) if fact.name == "t_score_lowest" else fact for fact in OLD.facts.facts)
    table = FactTable(facts, OLD.facts.batches, OLD.facts.medicines)
    with pytest.raises(InputError, match="not the same kind of fact in both versions"):
        diff(OLD, replace(OLD, facts=table))


@pytest.mark.hazard("H08")
def test_a_fact_in_another_unit_cannot_be_compared():
    facts = tuple(replace(f, unit="[degF]") if f.name == "body_temperature" else f for f in OLD.facts.facts)
    with pytest.raises(InputError, match="has another unit in the new version: Cel -> "):
        diff(OLD, replace(OLD, facts=replace(OLD.facts, facts=facts)))
