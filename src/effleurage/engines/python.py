"""One readable Python function for one patient, generated from the same nodes that `evaluate.py` reads.

The function takes the facts as one tuple in the order of `Compiled.facts` and returns four words: the limits on what is
certain, the limits on what is possible, which rules hold, and which are undecided. Kleene logic needs no third value
here: for each rule we ask whether it *may* hold (it is not certainly false) and whether it *does*. `not` swaps the two
questions. An unknown is None; nothing else is.

Three things make it quick, and none of them changes an answer. Parts that rules share are asked once: Kleene's `and`
and `or` distribute over each other as those of two values do, so `(a and b) or (a and c)` becomes `a and (b or c)`, and
rules with a common part stand below one `if`. A conjunction that may hold does hold if its facts are known, so its
comparisons are not repeated. And a rule sets its limits and its own mark by one `|=`, since the mark stands above the
bits of the limits in one number. Rules that always hold are no question at all.

The text of the function can be printed and read; it holds names and constants from nodes that checked themselves, and
of what an author wrote only the ids, reduced to capitals, digits and underscores.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from effleurage.facts.kinds import Value
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import ALWAYS, All, AnyOf, Compare, Condition, Is, Not, OneOf, facts_in

Record = Sequence[Value | None]
Words = tuple[int, int, int, int]
"""certain limits, possible limits, rules that hold, rules that are undecided"""
Decide = Callable[[Record], Words]

INDENT: Final = "    "
OURS: Final = ("facts", "certain", "possible", "holds", "undecided", "decide")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The generated function, its text, and the order of its facts."""

    facts: tuple[str, ...]
    source: str
    decide: Decide

    def record(self, known: Mapping[str, Value | None]) -> tuple[Value | None, ...]:
        """The facts of one patient in the order that the function expects."""
        return tuple(map(known.get, self.facts))


@dataclass(frozen=True, slots=True)
class _Open:
    """A rule on its way into the text: its name, and the parts of its condition that remain to be asked."""

    name: str
    rest: tuple[Condition, ...]

    def without(self, part: Condition) -> _Open:
        return _Open(self.name, tuple(other for other in self.rest if other != part))


def compile_protocols(protocols: Protocols) -> Compiled:
    """The function for all rules of these protocols."""
    conditions = [rule.when for rule in protocols.rules]
    facts = tuple(dict.fromkeys(name for condition in conditions for name in facts_in(condition)))
    source = write(facts, conditions, protocols.words, [rule.id for rule in protocols.rules])
    space: dict[str, Decide] = {}
    exec(compile(source, "<effleurage rules>", "exec"), space)
    return Compiled(facts, source, space["decide"])


def write(facts: Sequence[str], conditions: Sequence[Condition], words: Sequence[int], ids: Sequence[str]) -> str:
    """The text of the function, below one constant for each rule."""
    names, width = constants(ids), max((word.bit_length() for word in words), default=0)
    rows = [f"{name} = {word | 1 << width + i:#x}" for i, (name, word) in enumerate(zip(names, words, strict=True))]
    rules = [_Open(name, _parts(factored(condition))) for name, condition in zip(names, conditions, strict=True)]
    always = [rule.name for rule in rules if not rule.rest]
    return "\n".join(
        [
            "# Each rule's limits as bits; above them, the rule's own bit.",
            *rows,
            f"ALWAYS = {' | '.join(always) or 0}",
            f"LIMITS = {(1 << width) - 1:#x}",
            "",
            "",
            "def decide(facts):",
            *([f"{INDENT}({', '.join(map(local, facts))},) = facts"] if facts else []),
            f"{INDENT}certain, possible = ALWAYS, 0",
            *_block([rule for rule in rules if rule.rest], 0),
            f"{INDENT}holds, undecided = certain >> {width}, possible >> {width}",
            f"{INDENT}certain &= LIMITS",
            f"{INDENT}return certain, certain | possible & LIMITS, holds, undecided",
            "",
        ]
    )


def constants(ids: Sequence[str]) -> list[str]:
    """A name in capitals for each rule, so that none is a fact's; two ids that would share one get their numbers."""
    plain = [re.sub("[^A-Z0-9]", "_", name.upper()) for name in ids]
    often = Counter(plain)
    clear = (often[name] == 1 and name[:1].isalpha() and name not in ("ALWAYS", "LIMITS") for name in plain)
    return [name if good else f"RULE_{i}_{name}" for i, (name, good) in enumerate(zip(plain, clear, strict=True))]


def _block(rules: Sequence[_Open], level: int) -> list[str]:
    """The lines that ask these rules: what most of them share first, and once. `sure2` says that what was asked on the
    path so far, two questions, holds for certain.
    """
    lines: list[str] = []
    depth, left = INDENT * (level + 1), list(rules)
    while shared := _shared(left):
        lines += [f"{depth}if {may(shared)}:", f"{depth}{INDENT}sure{level + 1} = {_surely((shared,), level)}"]
        lines += _block([rule.without(shared) for rule in left if shared in rule.rest], level + 1)
        left = [rule for rule in left if shared not in rule.rest]
    for rule in left:
        lines += [depth + line for line in _rule(rule, level)]
    return lines


def _shared(rules: Sequence[_Open]) -> Condition | None:
    """The part of most rules, or None where no two share one. A denial sieves little: most clearances are not given."""
    counts = Counter(part for rule in rules for part in rule.rest if not isinstance(part, Not))
    part, count = max(counts.items(), key=lambda entry: entry[1], default=(None, 0))
    return part if count > 1 else None


def _rule(rule: _Open, level: int) -> list[str]:
    """One rule. A lone question is asked for certainty first, which then leaves only the unknown to ask about; a
    conjunction is asked for possibility first, since most fail there, which leaves only whether all is known.
    """
    certain, possible = f"{INDENT}certain |= {rule.name}", f"{INDENT}possible |= {rule.name}"
    if level == 0 and len(rule.rest) == 1:
        return [f"if {does(rule.rest[0])}:", certain, f"elif {_still(rule.rest[0])}:", possible]
    inner = [f"if {_surely(rule.rest, level)}:", certain, "else:", possible]
    return [f"if {_joined(' and ', map(may, rule.rest))}:", *(INDENT + line for line in inner)] if rule.rest else inner


def _surely(parts: Sequence[Condition], level: int) -> str:
    """Python text that is true only if the path and all parts certainly hold, where each of them may hold.

    There a mention of a single fact holds as soon as the fact is known; an alternative must be asked again.
    """
    texts = [f"sure{level}"] if level else []
    texts += [f"{local(_mentioned(part))} is not None" if _mentioned(part) else does(part) for part in parts]
    return _joined(" and ", dict.fromkeys(texts))


def _still(condition: Condition) -> str:
    """Python text that is true only if the condition may hold, where it does not certainly hold."""
    if fact := _mentioned(condition):
        return f"{local(fact)} is None"
    return _joined(" or ", map(_still, condition.parts)) if isinstance(condition, AnyOf) else may(condition)


def _mentioned(condition: Condition) -> str:
    """The fact, where the condition mentions a single one, or denies that."""
    match condition:
        case Is(fact) | Compare(fact, _, _) | OneOf(fact, _) | Not(Is(fact) | Compare(fact, _, _) | OneOf(fact, _)):
            return fact
        case _:
            return ""


def factored(condition: Condition) -> Condition:
    """The same condition with what all parts of an alternative share drawn out in front of it."""
    match condition:
        case All(parts):
            return _all(inner for part in parts for inner in _parts(factored(part)))
        case AnyOf(parts):
            branches = [_parts(factored(part)) for part in parts]
            common = [part for part in branches[0] if all(part in branch for branch in branches)]
            rests = [_all(part for part in branch if part not in common) for branch in branches]
            return _all((*common, *(() if ALWAYS in rests else (AnyOf(tuple(rests)),))))
        case _:
            return condition


def _all(parts: Iterable[Condition]) -> Condition:
    once = tuple(dict.fromkeys(parts))
    return once[0] if len(once) == 1 else All(once)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """What a factored condition is the conjunction of."""
    return condition.parts if isinstance(condition, All) else (condition,)


def may(condition: Condition) -> str:
    """Python text that is true unless the condition is certainly false."""
    match condition:
        case Is(fact):
            return f"{local(fact)} is not False"
        case Compare(fact, sign, number):
            return f"({local(fact)} is None or {local(fact)} {sign} {number})"
        case OneOf(fact, options):
            return f"({local(fact)} is None or {local(fact)} in {options!r})"
        case Not(Is(fact)):
            return f"not {local(fact)}"
        case Not(part):
            return f"not {does(part)}"
        case All(parts):
            return _joined(" and ", map(may, parts))
        case AnyOf(parts):
            return _joined(" or ", map(may, parts))


def does(condition: Condition) -> str:
    """Python text that is true only if the condition certainly holds."""
    match condition:
        case Is(fact):
            return local(fact)
        case Compare(fact, sign, number):
            return f"({local(fact)} is not None and {local(fact)} {sign} {number})"
        case OneOf(fact, options):
            return f"{local(fact)} in {options!r}"
        case Not(Is(fact)):
            return f"{local(fact)} is False"
        case Not(part):
            return f"not {may(part)}"
        case All(parts):
            return _joined(" and ", map(does, parts))
        case AnyOf(parts):
            return _joined(" or ", map(does, parts))


def _joined(word: str, parts: Iterable[str]) -> str:
    texts = list(parts)
    return texts[0] if len(texts) == 1 else f"({word.join(texts)})" if texts else str(word == " and ")


def local(fact: str) -> str:
    """The fact's name as a local variable. No fact begins with an underscore, so one keeps it apart from our own."""
    return f"_{fact}" if keyword.iskeyword(fact) or fact in OURS or fact.startswith("sure") else fact
