"""Adaptive intake: only questions whose answer can still change the limits, the one that can change most first.

Red flags go in batches ("none of these"), in the order of the content, since to be sure that nothing stands in the way
nearly every one of them must be asked. Then each open fact is weighed by the bits of the plan that the rules it could
decide would still set. A fact that is derived is asked by what it is derived from. When no question is left, certain
and possible limits agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from effleurage.decision.decide import Decision, compiled, decide
from effleurage.facts.answers import Intake
from effleurage.facts.derive import Facts, derive
from effleurage.facts.kinds import Fact
from effleurage.protocol.evaluate import truth
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Condition, Not, facts_in


@dataclass(frozen=True, slots=True)
class Question:
    """One page: a single fact, a batch of yes/no facts with "none of these", or a few facts that are asked together.

    `gain` counts the bits of the limits that the answers could still change; 0 where only an offer hangs on them.
    """

    facts: tuple[Fact, ...]
    batch: str
    text: str
    gain: int
    rules: tuple[str, ...]


@dataclass(slots=True)
class _Weight:
    gain: int = 0
    rules: list[str] = field(default_factory=list)


def questions(
    decision: Decision, *, wanted: Sequence[Condition] = (), skip: frozenset[str] = frozenset(), who: str = ""
) -> tuple[Question, ...]:
    """Every question that could still change the plan, best first; empty when nothing anybody could say would, and in
    an emergency, which is no time for questions.

    `wanted` are conditions beside the rules on which an offer hangs. `skip` names what was asked and answered "I don't
    know": it stays open, and is not asked twice. `who` leaves only what that person may answer.
    """
    if decision.certain.verdict is Verdict.EMERGENCY:
        return ()
    table = decision.protocols.facts
    pages = dict(table.batches) | dict(table.pages)
    found: dict[str, Question] = {}
    for name, weight in _weights(decision, wanted, skip).items():
        fact = table[name]
        if name in skip or (who and who not in fact.who):
            continue
        page = fact.batch or fact.page
        before = found.get(page or name) or Question((), fact.batch, pages.get(page, fact.ask), 0, ())
        rules = tuple(dict.fromkeys((*before.rules, *weight.rules)))
        facts = before.facts or _together(fact, decision, skip) if fact.page else (*before.facts, fact)
        found[page or name] = replace(before, facts=facts, gain=before.gain + weight.gain, rules=rules)
    order = [batch for batch, _ in table.batches]
    return tuple(
        sorted(found.values(), key=lambda one: (order.index(one.batch) if one.batch else len(order), -one.gain))
    )


def next_question(
    *,
    intake: Intake,
    protocols: Protocols,
    on: datetime,
    wanted: Sequence[Condition] = (),
    skip: frozenset[str] = frozenset(),
    who: str = "",
) -> tuple[Decision, Question | None]:
    """The decision on what is answered so far, and the next question, or None when no answer can change it."""
    facts = derive(intake=intake, table=protocols.facts, on=on)
    decision = decide(facts=facts, protocols=protocols, engine=compiled(protocols))
    left = questions(decision, wanted=wanted, skip=skip, who=who)
    return decision, left[0] if left else None


def _weights(decision: Decision, wanted: Sequence[Condition], skip: frozenset[str]) -> dict[str, _Weight]:
    """For each answer that could be given, the bits and rules it bears on, in the order of the content."""
    weights: dict[str, _Weight] = {}
    protocols = decision.protocols
    for number, rule in enumerate(protocols.rules):
        gain = protocols.words[number] & ~decision.certain_word if decision.undecided_word >> number & 1 else 0
        for name in _asks(rule.when, decision.facts, skip) if gain else ():
            weight = weights.setdefault(name, _Weight())
            weight.gain += gain.bit_count()
            weight.rules.append(rule.id)
    if decision.certain.verdict < Verdict.WITHHOLD:
        for condition in wanted:
            for name in _asks(condition, decision.facts, skip):
                weights.setdefault(name, _Weight())
    return {fact.name: weights[fact.name] for fact in protocols.facts.facts if fact.name in weights}


def _together(fact: Fact, decision: Decision, skip: frozenset[str]) -> tuple[Fact, ...]:
    """Everything on the fact's page that is not answered yet and could have a value, so that the page is shown once."""
    table, facts = decision.protocols.facts, decision.facts
    open_ = (
        one for one in table.facts if one.page == fact.page and one.name not in facts.origins and one.name not in skip
    )
    return tuple(one for one in open_ if all(facts[gate] is not False for gate in table.gates(one.name)))


def _asks(condition: Condition, facts: Facts, skip: frozenset[str]) -> Iterable[str]:
    """What to ask in order to decide a condition, each once."""
    return dict.fromkeys(ask for fact in open_facts(condition, facts) for ask in askable(fact, facts, skip))


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


def askable(name: str, facts: Facts, skip: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """What to ask a person in order to learn a fact: itself, or what it is derived from.

    Who does not know the whole list of medicines may still know about one class: then that is asked.
    """
    fact = facts.table[name]
    if fact.derive is None:
        return (name,)
    listing = fact.derive.how in ("takes", "lists")
    inputs = fact.derive.of[:1] if listing else fact.derive.of
    if listing and inputs[0] not in facts.origins and not (fact.ask and inputs[0] in skip):
        return inputs
    if fact.ask:
        return (name,)
    if listing:
        return inputs
    missing = [each for each in inputs if facts.values.get(each) is None and each not in facts.origins]
    return tuple(ask for each in missing for ask in askable(each, facts, skip))
