"""The generator of patients is tested itself: what it never reaches, agreement says nothing about."""

from __future__ import annotations

import random
from collections import Counter

from effleurage.facts.derive import derive
from effleurage.protocol.evaluate import truth
from effleurage.protocol.nodes import All, AnyOf, Compare, Is, Not, OneOf
from tests.agreement.patients import Intakes, Patients, content, nodes, thresholds


def test_every_kind_of_node_stands_in_the_content():
    kinds = {type(node) for rule in content().protocols.rules for node in nodes(rule.when)}
    assert kinds == {Is, Compare, OneOf, Not, All, AnyOf}


def test_every_rule_is_reached_as_true_false_and_unknown():
    rules = content().protocols.rules
    patients = Patients(content().protocols, random.Random(1))
    seen = {rule.id: Counter() for rule in rules}
    for _ in range(2_000):
        known = patients.known()
        for rule in rules:
            seen[rule.id][truth(rule.when, known)] += 1
    asked = [rule for rule in rules if rule.when.__class__ is not All or rule.when.parts]
    missed = [(rule.id, value) for rule in asked for value in (True, False, None) if not seen[rule.id][value]]
    assert len(missed) <= len(asked) // 100, missed


def test_every_part_of_every_condition_is_reached_as_true_false_and_unknown():
    parts = {
        node
        for rule in content().protocols.rules
        for node in nodes(rule.when)
        if not (isinstance(node, All) and not node.parts)
    }
    patients = Patients(content().protocols, random.Random(2))
    left = {(part, value) for part in parts for value in (True, False, None)}
    for _ in range(2_000):
        known = patients.known()
        left -= {(part, value) for part, value in left if truth(part, known) is value}
    assert len(left) <= len(parts) // 100, left


def test_every_threshold_is_reached_with_both_neighbours():
    facts = content().protocols.facts
    wanted = {
        (name, number + step)
        for name, numbers in thresholds(content().protocols).items()
        for number in numbers
        for step in (-1, 0, 1)
        if facts[name].possible[0] <= number + step <= facts[name].possible[1]
    }
    patients = Patients(content().protocols, random.Random(3))
    for _ in range(2_000):
        wanted -= set(patients.known().items())
    assert not wanted


def test_every_option_is_reached():
    facts = [fact for fact in content().protocols.facts.for_rules if fact.options]
    patients = Patients(content().protocols, random.Random(4))
    wanted = {(fact.name, option) for fact in facts for option in fact.option_names}
    for _ in range(1_000):
        wanted -= set(patients.known().items())
    assert not wanted


def test_answers_reach_nearly_every_fact_as_known_and_unknown():
    protocols = content().protocols
    intakes = Intakes(protocols, random.Random(5))
    left = {(fact.name, known) for fact in protocols.facts.for_rules for known in (True, False)}
    for _ in range(200):
        facts = derive(intake=intakes.intake(), table=protocols.facts, on=intakes.now)
        left -= {(name, value is not None) for name, value in facts.values.items()}
    assert not left


def test_the_same_seed_makes_the_same_patients():
    one, other = (Patients(content().protocols, random.Random(9)) for _ in range(2))
    assert [one.known() for _ in range(5)] == [other.known() for _ in range(5)]
