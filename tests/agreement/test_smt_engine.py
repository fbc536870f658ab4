"""The solver's formulas answer like `evaluate.py`, rule by rule.

A patient who is fixed decides every "may hold" and "does hold". So one question is enough for all rules of a patient:
the formulas together with what the meaning says of each can be met. Where they cannot, the rules are asked one by
one, to name the one at fault.
"""

from __future__ import annotations

import os
import random
from functools import cache

import pytest

from effleurage.engines.smt import Formula, Solver, World, fixed, negated
from effleurage.facts.kinds import FactTable, Value
from effleurage.protocol.evaluate import Known, truth
from tests.agreement.patients import Patients, content
from tools import golden

SEED = int(os.environ.get("EFFLEURAGE_SEED") or 20261122)
PATIENTS = 2_000
SHARDS = 4


class Formulas:
    """Both formulas of every rule under names of their own, with their negations, and the formula of every single
    answer: making these anew for each patient would take longer than the solver does.
    """

    def __init__(self) -> None:
        table = content().protocols.facts
        self.world, self.solver = World(table), Solver()
        self.rules = content().protocols.rules
        may = [self.solver.name(self.world.may(rule.when), f"may:{rule.id}") for rule in self.rules]
        does = [self.solver.name(self.world.does(rule.when), f"does:{rule.id}") for rule in self.rules]
        self.said = [
            {True: [one, other], None: [one, negated(other)], False: [negated(one), negated(other)]}
            for one, other in zip(may, does, strict=True)
        ]
        self.alone = {fact.name: World(FactTable((fact,))) for fact in table.for_rules}
        self.answers: dict[tuple[str, Value | None], list[Formula]] = {}

    def patient(self, known: Known) -> list[Formula]:
        return [formula for name in self.alone for formula in self._answer(name, known.get(name))]

    def _answer(self, name: str, value: Value | None) -> list[Formula]:
        if (name, value) not in self.answers:
            self.answers[name, value] = fixed(self.alone[name], {name: value})
        return self.answers[name, value]

    def claims(self, known: Known) -> list[list[Formula]]:
        """For each rule, what the meaning says of this patient, as formulas."""
        return [said[truth(rule.when, known)] for rule, said in zip(self.rules, self.said, strict=True)]

    def wrong(self, known: Known) -> list[str]:
        patient, claims = self.patient(known), self.claims(known)
        if self.solver.model(patient, [formula for claim in claims for formula in claim]) is not None:
            return []
        one_by_one = zip(self.rules, claims, strict=True)
        return [rule.id for rule, claim in one_by_one if self.solver.model(patient, claim) is None] or ["all together"]


@cache
def formulas() -> Formulas:
    return Formulas()


@pytest.mark.parametrize("shard", range(4))
def test_all_golden_patients(shard):
    for row in golden.read().rows[shard::4]:
        assert formulas().wrong(row.known) == [], row


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_patients(shard):
    seed = SEED * SHARDS + shard + 1_000_000
    patients = Patients(content().protocols, random.Random(seed))
    for _ in range(PATIENTS // SHARDS):
        known = patients.known()
        assert formulas().wrong(known) == [], known


def test_a_wrong_claim_would_be_noticed():
    known = Patients(content().protocols, random.Random(3)).known()
    for number in range(0, len(formulas().rules), 9):
        patient, claim = formulas().patient(known), formulas().claims(known)[number]
        for formula in claim:
            assert formulas().solver.model(patient, negated(formula)) is None


def test_fixing_answer_by_answer_is_fixing_the_patient():
    known = Patients(content().protocols, random.Random(4)).known()
    assert formulas().patient(known) == fixed(formulas().world, known)
