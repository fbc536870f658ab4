"""The generated Python function answers like `evaluate.py`: for the golden patients, and for 100,000 random ones in
every run.

Engines are compared rule by rule, since merged limits hide errors. The limits of a random patient are compared as
words: the meet of packed limits is the bitwise or of the rules that apply, which is a law of its own
(tests/spec/test_lattice.py), and the full evaluation, with its meets of sets, is some thousand times slower than the
engine; it is run for some of them.

Another seed: EFFLEURAGE_SEED=7 make test ARGS=tests/agreement
"""

from __future__ import annotations

import os
import random
from functools import cache, reduce
from operator import or_

import pytest

from effleurage.engines.python import Compiled, compile_protocols
from effleurage.protocol.evaluate import Known, Truth, evaluate, truth
from tests.agreement.patients import Patients, content
from tools import golden

SEED = int(os.environ.get("EFFLEURAGE_SEED") or 20261122)
PATIENTS = 100_000
SHARDS = 20
EVERY = 500
"""Of so many random patients, one is evaluated in full."""


@cache
def engine() -> Compiled:
    return compile_protocols(content().protocols)


def said(known: Known) -> tuple[Truth, ...]:
    return tuple(truth(rule.when, known) for rule in content().protocols.rules)


def marks(truths: tuple[Truth, ...], wanted: Truth) -> int:
    return sum(1 << number for number, value in enumerate(truths) if value is wanted)


def wrong(known: Known) -> str:
    """Where the engine differs from the meaning for this patient; empty where they agree."""
    protocols, truths = content().protocols, said(known)
    certain, possible, holds, undecided = engine().decide(engine().record(known))
    for number, (rule, value) in enumerate(zip(protocols.rules, truths, strict=True)):
        answered = True if holds >> number & 1 else None if undecided >> number & 1 else False
        if answered is not value or holds & undecided:
            return f"{rule.id}: {value} by the meaning, {answered} by the engine, for {dict(known)}"
    sure = reduce(or_, (word for word, value in zip(protocols.words, truths, strict=True) if value), 0)
    might = reduce(or_, (word for word, value in zip(protocols.words, truths, strict=True) if value is not False), 0)
    return "" if (certain, possible) == (sure, might) else f"other limits for {dict(known)}"


def fully_wrong(known: Known) -> str:
    """The same by `evaluate` itself, limits and all."""
    protocols = content().protocols
    meaning = evaluate(rules=protocols.rules, known=known, vocabulary=protocols.vocabulary)
    certain, possible, holds, undecided = engine().decide(engine().record(known))
    if (holds, undecided) != (marks(meaning.truths, True), marks(meaning.truths, None)):
        return wrong(known) or f"other rules for {dict(known)}"
    packed = protocols.layout.pack(meaning.certain), protocols.layout.pack(meaning.possible)
    return "" if packed == (certain, possible) else f"other limits for {dict(known)}"


@pytest.mark.hazard("H09")
@pytest.mark.parametrize("shard", range(4))
def test_all_golden_patients(shard):
    for number, row in enumerate(golden.read().rows[shard::4]):
        found = fully_wrong(row.known) if number % 10 == 0 else wrong(row.known)
        assert not found, (row.rule, found)


@pytest.mark.hazard("H09")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_patients(shard):
    seed = SEED * SHARDS + shard
    patients = Patients(content().protocols, random.Random(seed))
    for number in range(PATIENTS // SHARDS):
        known = patients.known()
        found = fully_wrong(known) if number % EVERY == 0 else wrong(known)
        assert not found, found


def test_the_nobody_of_whom_nothing_is_known():
    assert fully_wrong({}) == ""


def test_a_patient_reads_the_same_from_a_known_none_and_from_a_missing_fact():
    names = [fact.name for fact in content().protocols.facts.for_rules]
    assert engine().decide(engine().record(dict.fromkeys(names))) == engine().decide(engine().record({}))


def test_the_text_of_the_function_is_the_same_every_time():
    assert compile_protocols(content().protocols).source == engine().source
