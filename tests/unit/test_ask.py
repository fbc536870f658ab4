"""The adaptive intake: it asks only what matters, never twice, and ends where the full intake would have led."""

from __future__ import annotations

import random

import pytest

from effleurage.decision.ask import askable, next_question, questions
from effleurage.decision.decide import decide
from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.derive import derive
from effleurage.protocol.lattice import Verdict
from tests.agreement.patients import FULL, NOW, Intakes, Mood, content

PROTOCOLS = content().protocols
TABLE = PROTOCOLS.facts
SHARDS = 6
PATIENTS = 300


def decided(intake):
    return decide(facts=derive(intake=intake, table=TABLE, on=NOW), protocols=PROTOCOLS)


def interview(full, *, refuses=frozenset()):
    """Asks a patient who would answer like `full`, page by page. Returns the last decision, what was asked, and what
    was skipped.
    """
    intake, asked, skip = Intake("asked", NOW), [], set()
    while True:
        decision, question = next_question(intake=intake, protocols=PROTOCOLS, on=NOW, skip=frozenset(skip))
        if question is None:
            return decision, asked, skip
        names = [fact.name for fact in question.facts]
        assert names, question
        assert not set(names) & {name for page in asked for name in page}, f"asked twice: {names}"
        asked.append(names)
        for name in names:
            if name in full.answers and name not in refuses:
                intake = intake.with_answer(name, Answer(full.answers[name].value, NOW, "patient"))
            else:
                skip.add(name)


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_adaptive_intake_ends_where_the_full_one_would(shard):
    """An emergency ends it early: what is closed then is all of the body, and more questions would cost time."""
    intakes, pages = Intakes(PROTOCOLS, random.Random(3000 + shard), moods=FULL), []
    for _ in range(PATIENTS // SHARDS):
        full = intakes.intake()
        decision, asked, skipped = interview(full)
        pages.append(len(asked))
        whole = decided(full)
        if decision.certain.verdict is Verdict.EMERGENCY:
            assert whole.certain.verdict is Verdict.EMERGENCY
            continue
        assert decision.possible_word == whole.possible_word, (asked, skipped)
        assert decision.settled or skipped


def test_who_answers_everything_is_settled_and_who_refuses_is_not_asked_again():
    intakes = Intakes(PROTOCOLS, random.Random(31), moods=FULL)
    for _ in range(8):
        full = intakes.intake()
        refused = set(random.Random(len(full.answers)).sample(sorted(full.answers), 20))
        decision, _, skipped = interview(full, refuses=refused)
        if decision.certain.verdict is not Verdict.EMERGENCY:
            assert questions(decision, skip=frozenset(skipped)) == ()
            assert decision.possible_word & ~decided(full).possible_word >= 0
            assert decided(full).possible_word & ~decision.possible_word == 0


def test_nothing_is_asked_once_nothing_can_change():
    intakes = Intakes(PROTOCOLS, random.Random(32), moods=(*FULL, Mood(0.5, 0.1, 0.3, 0.3)))
    seen = set()
    for _ in range(60):
        decision = decided(intakes.intake())
        left = questions(decision)
        if decision.settled:
            assert left == ()
        seen.add((decision.settled, bool(left)))
    assert (True, False) in seen
    assert (False, True) in seen


def test_every_question_bears_on_what_is_open():
    intakes = Intakes(PROTOCOLS, random.Random(33), moods=(Mood(0.5, 0.1, 0.3, 0.3),))
    for _ in range(20):
        decision = decided(intakes.intake())
        for question in questions(decision):
            assert question.gain > 0
            assert set(question.rules) <= {rule.id for rule in decision.open}
            assert all(
                fact.name not in decision.facts.origins
                or fact.name in decision.facts.stale
                or fact.kind.value == "list"
                for fact in question.facts
            )


@pytest.mark.hazard("H06")
def test_the_first_pages_are_the_red_flags_in_the_order_of_the_content():
    decision, first = next_question(intake=Intake("nobody", NOW), protocols=PROTOCOLS, on=NOW)
    batches = [question.batch for question in questions(decision) if question.batch]
    order = [batch for batch, _ in TABLE.batches]
    assert first is not None
    assert first.batch == order[0]
    assert batches == [batch for batch in order if batch in batches]


@pytest.mark.hazard("H06")
def test_an_emergency_is_no_time_for_questions():
    flag = next(fact for fact in TABLE.facts if fact.batch == "emergency")
    intake = Intake("numb", NOW).with_answer(flag.name, Answer(True, NOW, "patient"))
    decision = decided(intake)
    assert (questions(decision) == ()) is (decision.certain.verdict is Verdict.EMERGENCY)


def test_only_what_a_person_may_answer_is_asked_of_that_person():
    decision = decided(Intake("nobody", NOW))
    for who in ("patient", "therapist", "clinician"):
        assert all(who in question.facts[0].who for question in questions(decision, who=who))


@pytest.mark.hazard("H10")
def test_a_fact_that_changes_in_the_middle_is_decided_by_the_same_call():
    full = Intakes(PROTOCOLS, random.Random(34), moods=FULL[:1]).intake()
    flag = next(fact for fact in TABLE.facts if fact.batch == "emergency")
    before = decided(full)
    after = decided(full.with_answer(flag.name, Answer(True, NOW, "therapist")))
    assert before.possible_word & ~after.possible_word == 0
    assert not after.may_treat


@pytest.mark.parametrize("complete", [True, False])
def test_a_list_that_may_lack_something_is_asked_for_where_nothing_else_can_tell(complete):
    listed = [fact for fact in TABLE.facts if fact.derive and fact.derive.how in ("takes", "lists")]
    items = {fact.derive.of[0]: Answer(Items((), complete), NOW, "patient") for fact in listed}
    facts = derive(intake=Intake("a test", NOW, items), table=TABLE, on=NOW)
    assert items
    for fact in listed:
        assert askable(fact.name, facts) == ((fact.name,) if fact.ask else fact.derive.of[:1])
