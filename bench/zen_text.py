"""The subset as one ZEN expression: a list with two yes/no entries a rule, whether it may hold and whether it does.

ZEN has two truth values, and an error where null is compared; so each mention asks for null first. One expression and
not ninety, since the patient is converted at every call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf, Rule


def expression(rules: Sequence[Rule]) -> str:
    return "[" + ", ".join(text(rule.when, unknown=unknown) for rule in rules for unknown in (True, False)) + "]"


def text(condition: Condition, *, unknown: bool) -> str:
    """The condition, with what is not known counted as `unknown`."""
    match condition:
        case Is(fact):
            return f"({fact} != false)" if unknown else f"({fact} == true)"
        case Compare(fact, sign, number):
            return _guarded(fact, f"{fact} {sign} {number}", unknown)
        case OneOf(fact, options):
            return _guarded(fact, f"{fact} in {json.dumps(options)}", unknown)
        case Not(part):
            return f"not ({text(part, unknown=not unknown)})"
        case All(parts):
            return _joined(" and ", (text(part, unknown=unknown) for part in parts))
        case AnyOf(parts):
            return _joined(" or ", (text(part, unknown=unknown) for part in parts))


def _guarded(fact: str, question: str, unknown: bool) -> str:
    return f"({fact} == null or {question})" if unknown else f"({fact} != null and {question})"


def _joined(word: str, parts: Iterable[str]) -> str:
    return f"({word.join(parts)})"
