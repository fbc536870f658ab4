"""Random patients of two kinds: the facts that rules read, and the answers from which they are derived.

Both lean toward the places where engines and people go wrong: the values of every threshold and its two neighbours,
the ends of the possible range, and unknowns. How much is known and how much is bad news is drawn anew for each
patient, so that rules with many parts are reached as well as rules with one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from effleurage.facts.answers import NEVER, Answer, Given, Intake, Items
from effleurage.facts.derive import Facts, derive
from effleurage.facts.kinds import Bad, Fact, FactTable, Kind, Value
from effleurage.library import Library, load_library
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Not

NOW = datetime.fromisoformat("2026-11-22T12:00")


@cache
def content() -> Library:
    """The built-in content, read once by each process."""
    return load_library()


def nodes(condition: Condition) -> Iterator[Condition]:
    """The condition and every part of it."""
    yield condition
    match condition:
        case Not(part):
            yield from nodes(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from nodes(part)


def thresholds(protocols: Protocols) -> dict[str, set[int]]:
    """Every number that a condition compares a fact with."""
    found: dict[str, set[int]] = {}
    for condition in (*(rule.when for rule in protocols.rules), *(one.given for one in protocols.guarantees)):
        for node in nodes(condition):
            if isinstance(node, Compare):
                found.setdefault(node.fact, set()).add(node.number)
    return found


class Patients:
    """Facts at the level of rules."""

    def __init__(self, protocols: Protocols, rng: random.Random) -> None:
        self.rng = rng
        numbers = thresholds(protocols)
        self.pools = [(fact.name, fact.gate, fact.kind, _pool(fact, numbers)) for fact in protocols.facts.for_rules]

    def known(self) -> dict[str, Value]:
        chance = self.rng.random
        unknown, yes = self.rng.choice((0.0, 0.02, 0.1, 0.3, 0.6)), self.rng.choice((0.05, 0.2, 0.5, 0.8))
        patient: dict[str, Value] = {}
        for name, gate, kind, pool in self.pools:
            if chance() < unknown or (gate and patient.get(gate) is False):
                continue
            patient[name] = chance() < yes if kind is Kind.YES_NO else pool[int(chance() * len(pool))]
        return patient


def _pool(fact: Fact, numbers: dict[str, set[int]]) -> tuple[Value, ...]:
    if fact.kind is Kind.YES_NO:
        return (True, False)
    if fact.kind is Kind.CHOICE:
        return fact.option_names
    low, high = fact.possible or (0, 0)
    near = {number + step for number in numbers.get(fact.name, ()) for step in (-1, 0, 1)}
    return tuple(sorted(number for number in near | {low, high, (low + high) // 2} if low <= number <= high))


@dataclass(frozen=True)
class Mood:
    """How a patient answers: the chance of no answer, of bad news, of "never measured", and of an unfinished list."""

    silent: float
    bad: float
    never: float
    unfinished: float


MOODS = (Mood(0.0, 0.03, 0.5, 0.0), Mood(0.05, 0.1, 0.3, 0.1), Mood(0.3, 0.3, 0.2, 0.5), Mood(0.7, 0.5, 0.2, 0.5))
FULL = (Mood(0.0, 0.01, 0.5, 0.0), Mood(0.0, 0.05, 0.3, 0.0), Mood(0.0, 0.15, 0.3, 0.0))


class Intakes:
    """Answers, as people give them. Two answers to one thing never contradict each other here: whoever takes back the
    one that was bad news would be left with the other.
    """

    def __init__(
        self, protocols: Protocols, rng: random.Random, *, moods: tuple[Mood, ...] = MOODS, now: datetime = NOW
    ) -> None:
        self.table, self.rng, self.moods, self.now = protocols.facts, rng, moods, now
        self.numbers = thresholds(protocols)

    def intake(self) -> Intake:
        mood = self.rng.choice(self.moods)
        plain = [fact for fact in self.table.facts if fact.derive is None]
        answers = self._answers([fact for fact in plain if not fact.gate], mood, {})
        known = self._derived(answers)
        open_ = [
            fact
            for fact in plain
            if fact.gate and not any(known[gate] is False for gate in self.table.gates(fact.name))
        ]
        answers |= self._answers(open_, mood, answers)
        self._in_order(answers)
        return self._also_asked(Intake("a random patient", self.now, answers), mood)

    def _in_order(self, answers: dict[str, Answer]) -> None:
        """Of two dated measurements, the earlier one is the earlier one."""
        for fact in (fact for fact in self.table.facts if fact.derive and fact.derive.how == "each_month"):
            now, before = fact.derive.of[2:] if fact.derive else ()
            if now in answers and before in answers:
                latest = answers[now].value
                assert isinstance(latest, datetime)
                answers[before] = self._answer(latest - timedelta(days=self.rng.randint(1, 400)), self.table[before])

    def _derived(self, answers: dict[str, Answer]) -> Facts:
        return derive(intake=Intake("a random patient", self.now, answers), table=self.table, on=self.now)

    def _answers(self, facts: list[Fact], mood: Mood, before: dict[str, Answer]) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        for fact in facts:
            told = before | answers
            closed = any(gate in told and told[gate].value is False for gate in self.table.gates(fact.name))
            if not closed and self.rng.random() >= mood.silent:
                answers[fact.name] = self._answer(self._given(fact, mood), fact)
        return answers

    def _also_asked(self, intake: Intake, mood: Mood) -> Intake:
        """Facts that are worked out and may be asked as well, one by one where one may follow from another."""
        known, behind = (
            self._derived(dict(intake.answers)),
            {gate for name in intake.answers for gate in self.table.gates(name)},
        )
        for fact in self.table.facts:
            if fact.derive and fact.ask and self.rng.random() >= mood.silent:
                from_facts = fact.derive.how in ("any", "all")
                worked_out = (self._derived(dict(intake.answers)) if from_facts else known)[fact.name]
                value = (
                    worked_out
                    if worked_out is not None
                    else True
                    if fact.name in behind
                    else self.rng.random() < mood.bad
                )
                intake = intake.with_answer(fact.name, self._answer(value, fact))
        return intake

    def _answer(self, value: Given, fact: Fact) -> Answer:
        longest = min(fact.stale_days or 1000, 1000)
        return Answer(value, self.now - timedelta(days=self.rng.randint(0, longest)), fact.who[0])

    def _given(self, fact: Fact, mood: Mood) -> Given:
        rng = self.rng
        if fact.never and rng.random() < mood.never:
            return NEVER
        match fact.kind:
            case Kind.YES_NO:
                return (rng.random() < mood.bad) is (fact.bad is not Bad.NO)
            case Kind.CHOICE:
                return rng.choice(fact.option_names) if rng.random() < max(mood.bad, 0.2) else fact.option_names[0]
            case Kind.DATE:
                return self._moment(fact)
            case Kind.LIST:
                count = rng.choice((0, 0, 0, 1, 2, 5)) if rng.random() < mood.bad * 5 else 0
                return Items(
                    tuple(rng.sample(fact.option_names, min(count, len(fact.option_names)))),
                    rng.random() >= mood.unfinished,
                )
            case _:
                return self._number(fact, mood)

    def _number(self, fact: Fact, mood: Mood) -> int:
        low, high = fact.plausible or fact.possible or (0, 0)
        near = [number + step for number in self.numbers.get(fact.name, ()) for step in (-1, 0, 1)]
        inside = [number for number in near if low <= number <= high]
        return (
            self.rng.choice(inside)
            if inside and self.rng.random() < max(mood.bad, 0.2)
            else self.rng.randint(low, high)
        )

    def _moment(self, fact: Fact) -> datetime:
        rng = self.rng
        if fact.name == "birth_date":
            return self.now.replace(hour=0) - timedelta(
                days=rng.choice((rng.randint(0, 36500), 18 * 365 + rng.randint(0, 9)))
            )
        if fact.time:
            return self.now - timedelta(minutes=rng.choice((rng.randint(0, 90), rng.randint(0, 5000))))
        return self.now.replace(hour=0) - timedelta(
            days=rng.choice((rng.randint(0, 10), rng.randint(0, 100), rng.randint(0, 2000)))
        )


def table() -> FactTable:
    return content().protocols.facts
