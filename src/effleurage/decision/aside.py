"""Setting a rule aside for one patient: which rules allow it, and the decision without them.

Limits can only forbid, so a decision without a rule is never stricter than with it, and everything that other rules
say stays. An emergency is set aside by nobody; nor is what holds for everyone; nor a rule that applies only because
something is not known: that has a question, and the question is the way.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from enum import Enum

from effleurage.decision.decide import Decision
from effleurage.errors import InputError
from effleurage.facts.derive import Facts
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import Rule, facts_in


class Hold(Enum):
    """How firmly a rule holds: one person may set it aside, two must, or nobody can."""

    SOFT = "soft"
    HARD = "hard"
    NEVER = "never"


def hold(rule: Rule) -> Hold:
    """By what the rule says: withholding treatment takes two people; an emergency and what holds for all, nobody."""
    if rule.limit.verdict is Verdict.EMERGENCY or rule.text == "always":
        return Hold.NEVER
    return Hold.HARD if rule.limit.verdict is Verdict.WITHHOLD else Hold.SOFT


def footing(rule: Rule, facts: Facts) -> str:
    """What a rule stands on: the facts that it reads, with their values. As long as this is the same, so is
    its case.
    """
    return "; ".join(f"{name}={facts[name]!r}" for name in sorted(set(facts_in(rule.when))))


def without(decision: Decision, rules: Collection[str]) -> Decision:
    """The decision with these rules set aside. Raises InputError for a rule that cannot be."""
    named = {rule.id: rule for rule in decision.protocols.rules}
    word = 0
    for name in rules:
        rule = named.get(name)
        if rule is None or rule not in decision.holding:
            raise InputError(
                where=name,
                what="This rule does not hold for this patient.",
                remedy="Only a rule that holds can be set aside.",
            )
        if hold(rule) is Hold.NEVER:
            raise InputError(where=name, what="Nobody can set this rule aside.", remedy="Do what it says.")
        word |= 1 << decision.protocols.rules.index(rule)
    holds = decision.holds_word & ~word
    certain = combined(decision, holds)
    return replace(
        decision,
        certain_word=certain,
        possible_word=certain | combined(decision, decision.undecided_word),
        holds_word=holds,
        aside=tuple(sorted(rules)),
    )


def combined(decision: Decision, chosen: int) -> int:
    """The limits of the chosen rules together, as bits."""
    word = 0
    for number, limit in enumerate(decision.protocols.words):
        if chosen >> number & 1:
            word |= limit
    return word
