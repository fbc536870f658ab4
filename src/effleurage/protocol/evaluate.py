"""THE MEANING. Every other engine is a translation that must agree with this file.

It is slow, short and obvious on purpose. Truth has three values, after Kleene: True, False, and None for what is not
known. `and` is the least of its parts and `or` the greatest, where False < None < True; `not` turns the order round.

A rule whose condition is True holds. One whose condition is None applies as well, because what is not known might be
the bad news; it stays marked as undecided, and asks its questions. One that is False does nothing. Limits are the meet
of what applies, from the free end on; nothing else enters, so no rule can undo another.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from effleurage.facts.kinds import Value
from effleurage.protocol.lattice import Limits, free, meet
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf, Rule
from effleurage.protocol.vocabulary import Vocabulary

Truth = bool | None
Known = Mapping[str, Value | None]
"""The facts of one patient at one moment, by name. A name that is missing is not known."""

COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the rules say of one patient.

    `certain` counts only the rules that hold; `possible` counts the undecided ones too, and is what one must obey.
    `truths` has one entry per rule, in the order of the rules.
    """

    certain: Limits
    possible: Limits
    truths: tuple[Truth, ...]


def evaluate(*, rules: Sequence[Rule], known: Known, vocabulary: Vocabulary) -> Evaluation:
    """The limits for a patient of whom `known` is known."""
    truths = tuple(truth(rule.when, known) for rule in rules)
    holding = [rule.limit for rule, value in zip(rules, truths, strict=True) if value is True]
    undecided = [rule.limit for rule, value in zip(rules, truths, strict=True) if value is None]
    certain = strictest(holding, vocabulary)
    return Evaluation(certain=certain, possible=meet(certain, strictest(undecided, vocabulary)), truths=truths)


def strictest(limits: Iterable[Limits], vocabulary: Vocabulary) -> Limits:
    """The meet of any number of limits; of none, no limit."""
    result = free(vocabulary)
    for limit in limits:
        result = meet(result, limit)
    return result


def truth(condition: Condition, known: Known) -> Truth:
    """Whether a condition holds of a patient, or None where that is not known."""
    match condition:
        case Is(fact):
            return None if known.get(fact) is None else known[fact] is True
        case Compare(fact, sign, number):
            value = known.get(fact)
            return None if value is None else COMPARE[sign](int(value), number)
        case OneOf(fact, options):
            return None if known.get(fact) is None else known[fact] in options
        case Not(part):
            value = truth(part, known)
            return None if value is None else not value
        case All(parts):
            return _all([truth(part, known) for part in parts])
        case AnyOf(parts):
            values = [truth(part, known) for part in parts]
            return True if True in values else None if None in values else False


def _all(values: Sequence[Truth]) -> Truth:
    return False if False in values else None if None in values else True
