"""Adaptive intake: only questions whose answer can still change the limits, the one that can change most first.

Red flags go in batches ("none of these"), in the order of the content, since to be sure that nothing stands in the way nearly every one of them
must be asked. Then each open fact is weighed by the bits of the plan that the rules it could decide would still set. A fact that is
derived is asked by what it is derived from. When no question is left, certain and possible limits agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from effleurage.decision.decide import Decision, decide
from effleurage.facts.answers import Intake
from effleurage.facts.derive import Facts, derive
from effleurage.facts.kinds import Fact
from effleurage.protocol.evaluate import truth
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Condition, Not, facts_in


@dataclass(frozen=True, slots=True)
class Question:
    """One screen: a single fact, or a batch of yes/no facts answered together. `gain` counts the bits it could still change."""

    facts: tuple[Fact, ...]
    batch: str
    text: str
    gain: int
    rules: tuple[str, ...]


@dataclass(slots=True)
class _Weight:
    gain: int
    rules: list[str]


def questions(decision: Decision, *, skip: frozenset[str] = frozenset()) -> tuple[Question, ...]:
    """Every question that could still change the limits, best first; empty when the decision is settled.

    `skip` names what was asked and answered "I don't know": it stays open, and is not asked twice.
    """
    weights = {name: weight for name, weight in _weights(decision).items() if name not in skip}
    table = decision.protocols.facts
    batches = [batch for batch, _ in table.batches]
    found: dict[str, Question] = {}
    for name, weight in weights.items():
        fact = table[name]
        key = f"batch {fact.batch}" if fact.batch else name
        text = dict(table.batches)[fact.batch] if fact.batch else fact.ask
        before = found.get(key) or Question((), fact.batch, text, 0, ())
        found[key] = replace(before, facts=(*before.facts, fact), gain=before.gain + weight.gain, rules=(*before.rules, *weight.rules))
    return tuple(sorted(found.values(), key=lambda one: (batches.index(one.batch) if one.batch else len(batches), -one.gain)))


def next_question(
    *, intake: Intake, protocols: Protocols, on: datetime, skip: frozenset[str] = frozenset()
) -> tuple[Decision, Question | None]:
    """The decision on what is answered so far, and the next question, or None when no answer can change it."""
    facts = derive(intake=intake, table=protocols.facts, on=on)
    decision = decide(facts=facts, protocols=protocols)
    left = questions(decision, skip=skip)
    return decision, left[0] if left else None


def _weights(decision: Decision) -> dict[str, _Weight]:
    """For each answer that could be given, the bits and rules it bears on, in the order of the content."""
    weights: dict[str, _Weight] = {}
    protocols = decision.protocols
    for number, rule in enumerate(protocols.rules):
        gain = protocols.words[number] & ~decision.certain_word if decision.undecided_word >> number & 1 else 0
        if not gain:
            continue
        for name in dict.fromkeys(ask for fact in open_facts(rule.when, decision.facts) for ask in askable(fact, decision.facts)):
            weight = weights.setdefault(name, _Weight(0, []))
            weight.gain += gain.bit_count()
            weight.rules.append(rule.id)
    return {fact.name: weights[fact.name] for fact in protocols.facts.facts if fact.name in weights}


def open_facts(condition: Condition, facts: Facts) -> Iterable[str]:
    """The facts that keep a condition from being decided; parts that are decided already are left out.

    Behind a gate that is not answered, only the gate is asked: its answer may make the rest pointless.
    """
    if truth(condition, facts) is not None:
        return
    match condition:
        case All(parts):
            yield from _first_open(parts, facts)
        case AnyOf(parts):
            for part in parts:
                yield from open_facts(part, facts)
        case Not(part):
            yield from open_facts(part, facts)
        case atom:
            yield from facts_in(atom)


def _first_open(parts: tuple[Condition, ...], facts: Facts) -> Iterable[str]:
    """Of a conjunction, the first part that is open: if its answer is no, the others need not be asked."""
    for part in parts:
        if truth(part, facts) is None:
            yield from open_facts(part, facts)
            return


def askable(name: str, facts: Facts) -> tuple[str, ...]:
    """What to ask a person in order to learn a fact: itself, or what it is derived from."""
    fact = facts.table[name]
    if fact.derive is None:
        return (name,)
    listing = fact.derive.how in ("takes", "lists")
    inputs = fact.derive.of[:1] if listing else fact.derive.of
    if listing and inputs[0] not in facts.origins:
        return inputs
    if fact.ask:
        return (name,)
    if listing:
        return inputs
    missing = [each for each in inputs if facts.values.get(each) is None and each not in facts.origins]
    return tuple(ask for each in missing for ask in askable(each, facts))
