"""One readable JavaScript function for one patient, generated from the same nodes that `evaluate.py` reads.

`decide(facts)` takes the facts by name and returns four words as BigInt, with the bits of the Python engine: the limits
on what is certain, the limits on what is possible, which rules hold, and which are undecided. Where the Python engine
asks each rule twice, this one keeps the third value, as the meaning does: true, false, and null for what is not known.
It is the shorter of the two for that, and quick enough: a tablet decides once for a person, not for a population.

A fact that is missing is not known, as in `evaluate.py`, so facts are read as properties: no name of a fact can then be
a word of the language or one of ours. The text holds names and numbers from nodes that checked themselves; what an
author wrote stands in it only as a string, and as the id of a rule in a comment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf

COMPARE: Final = {"<": "below", "<=": "atMost", ">": "above", ">=": "atLeast", "==": "equal", "!=": "unequal"}
WIDTH: Final = 116
"""The longest line of a condition; what is longer is broken at its parts."""

KLEENE: Final = """\
// Truth has three values, after Kleene: true, false, and null for what is not known.
const unknown = (value) => value === null || value === undefined;
const is = (value) => (unknown(value) ? null : value === true);
const below = (value, number) => (unknown(value) ? null : value < number);
const atMost = (value, number) => (unknown(value) ? null : value <= number);
const above = (value, number) => (unknown(value) ? null : value > number);
const atLeast = (value, number) => (unknown(value) ? null : value >= number);
const equal = (value, number) => (unknown(value) ? null : value === number);
const unequal = (value, number) => (unknown(value) ? null : value !== number);
const oneOf = (value, ...options) => (unknown(value) ? null : options.includes(value));
const not = (part) => (unknown(part) ? null : !part);
const all = (...parts) => (parts.includes(false) ? false : parts.includes(null) ? null : true);
const any = (...parts) => (parts.includes(true) ? true : parts.includes(null) ? null : false);
"""

DECIDE: Final = """\
/** Whether each rule holds of these facts, in the order of the rules. */
function ruleTruths(facts) {
%s
}

/**
 * What the rules say of one patient: the limits on what is certain and on what is possible, the rules that hold and
 * the rules that are undecided, each as a BigInt. A rule that is undecided applies as well.
 */
function decide(facts) {
  let [certain, possible, holds, undecided] = [0n, 0n, 0n, 0n];
  ruleTruths(facts).forEach((value, number) => {
    if (value === true) {
      certain |= WORDS[number];
      holds |= 1n << BigInt(number);
    } else if (value === null) {
      possible |= WORDS[number];
      undecided |= 1n << BigInt(number);
    }
  });
  return { certain, possible: certain | possible, holds, undecided };
}
"""


def write(protocols: Protocols) -> str:
    """The text of `decide`, below the limits of each rule as bits. Nothing of it is exported."""
    ids = [rule.id for rule in protocols.rules]
    words = [f"  {word:#x}n, // {_comment(name)}" for name, word in zip(ids, protocols.words, strict=True)]
    body = truths(zip(ids, (rule.when for rule in protocols.rules), strict=True))
    rows = ["// The limits of each rule as bits, in the order of the rules.", "const WORDS = [", *words, "];"]
    return "\n".join([KLEENE, *rows, "", DECIDE % body])


def truths(conditions: Iterable[tuple[str, Condition]]) -> str:
    """The body of a function of `facts` that returns the truth of each condition; each is labelled in a comment."""
    rows = [f"    // {_comment(label)}\n    {_broken(condition, 4)}," for label, condition in conditions]
    return "\n".join(["  return [", *rows, "  ];"])


def expression(condition: Condition) -> str:
    """JavaScript text whose value is the condition's truth: true, false or null.

    >>> expression(All((Is("pregnant"), Not(Compare("t_score", "<=", -25)))))
    'all(is(facts.pregnant), not(atMost(facts.t_score, -25)))'
    """
    match condition:
        case Is(fact):
            return f"is(facts.{fact})"
        case Compare(fact, sign, number):
            return f"{COMPARE[sign]}(facts.{fact}, {number})"
        case OneOf(fact, options):
            return f"oneOf(facts.{fact}, {', '.join(map(json.dumps, options))})"
        case Not(part):
            return f"not({expression(part)})"
        case All(parts):
            return _called("all", parts) if parts else "true"
        case AnyOf(parts):
            return _called("any", parts)


def _called(name: str, parts: Sequence[Condition]) -> str:
    return f"{name}({', '.join(map(expression, parts))})"


def _broken(condition: Condition, indent: int) -> str:
    """The same text over several lines where one would be too long."""
    text = expression(condition)
    if len(text) + indent <= WIDTH or not isinstance(condition, All | AnyOf):
        return text
    name, inner = "all" if isinstance(condition, All) else "any", " " * (indent + 2)
    rows = [f"{inner}{_broken(part, indent + 2)}," for part in condition.parts]
    return "\n".join([f"{name}(", *rows, f"{' ' * indent})"])


def _comment(label: str) -> str:
    """What an author wrote, as it may stand in a comment: on one line, without a word of another script."""
    return re.sub(r"[^A-Za-z0-9_./ -]", "_", label)
