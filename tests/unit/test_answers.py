"""Two answers to one question: which of them counts, and that joining two intakes never clears a risk."""

from __future__ import annotations

from datetime import datetime

import pytest

from effleurage.facts.answers import NEVER, Answer, Given, Intake
from effleurage.facts.kinds import Bad, Fact, FactTable, Kind
from effleurage.facts.merge import merged, worse

NOW = datetime.fromisoformat("2026-11-22T12:00")
EARLY, LATE = datetime.fromisoformat("2024-01-31"), datetime.fromisoformat("2025-12-01")


def fact(name: str, kind: Kind, bad: Bad = Bad.NONE, careful: str = "") -> Fact:
    return Fact(name=name, kind=kind, bad=bad, folder="toy", place="toy", ask="?", careful=careful)


TABLE = FactTable(
    (
        fact("fell", Kind.YES_NO, Bad.YES),
        fact("cleared", Kind.YES_NO, Bad.NO),
        fact("score", Kind.DECIMAL, Bad.LOWER),
        fact("pain", Kind.WHOLE, Bad.HIGHER),
        fact("started_on", Kind.DATE, careful="earliest"),
        fact("broken_on", Kind.DATE, careful="latest"),
        fact("medicines", Kind.LIST),
    )
)


def answer(value: Given, origin: str = "patient") -> Answer:
    return Answer(value, NOW, origin)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize(
    "name, bad, good",
    [
        ("fell", True, False),
        ("cleared", False, True),
        ("score", -25, -24),
        ("pain", 7, 6),
        ("started_on", EARLY, LATE),
        ("broken_on", LATE, EARLY),
    ],
)
def test_the_worse_news_counts_whichever_comes_first(name: str, bad: Given, good: Given) -> None:
    for one, other in ((bad, good), (good, bad)):
        assert worse(answer(one), answer(other), TABLE[name]).value == bad


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("name, value", [("score", -25), ("pain", 7), ("broken_on", EARLY)])
def test_a_measurement_and_never_measured_contradict_each_other(name: str, value: Given) -> None:
    for one, other in ((value, NEVER), (NEVER, value)):
        assert worse(answer(one), answer(other), TABLE[name]) is None


def test_of_two_that_say_the_same_the_younger_is_kept() -> None:
    for name, value in (("fell", True), ("score", NEVER), ("pain", 3)):
        old, new = Answer(value, EARLY, "patient"), Answer(value, LATE, "import")
        assert worse(old, new, TABLE[name]) == worse(new, old, TABLE[name]) == new


def test_a_joined_intake_has_the_answers_of_both_the_label_of_the_first_and_the_later_day() -> None:
    one = Intake("ann", EARLY, {"fell": answer(False), "pain": answer(3)})
    other = Intake("import", LATE, {"fell": answer(True), "score": answer(-10)})
    joined = merged(one, other, facts=TABLE)
    assert {name: given.value for name, given in joined.answers.items()} == {"fell": True, "pain": 3, "score": -10}
    assert (joined.label, joined.on) == ("ann", LATE)
    assert merged(other, one, facts=TABLE).on == LATE


def test_an_answer_can_be_replaced_and_taken_away() -> None:
    intake = Intake("ann", NOW, {"fell": answer(False), "pain": answer(3)})
    assert intake.with_answer("fell", answer(True)).answers["fell"].value is True
    assert set(intake.with_answer("fell", None).answers) == {"pain"}
    assert set(intake.answers) == {"fell", "pain"}
