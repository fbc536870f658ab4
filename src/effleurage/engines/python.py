"""One readable Python function for one patient, generated from the same nodes that `evaluate.py` reads.

The function takes the facts as one tuple in the order of `Compiled.facts` and returns three words: the limits on what is certain, the limits on
what is possible, and which rules are undecided. Kleene logic needs no third value here: for each rule we ask whether it *may* hold (it is
not certainly false), and only where it may, whether it *does*. `not` swaps the two questions. An unknown is None; nothing else is.

Rules that share a leading mention are grouped under one test, since most mentions are false for most patients. The text of the
function can be printed and read (`effleurage explain --engine`); it holds names and constants from nodes that checked themselves, never text of an author.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from effleurage.facts.kinds import Value
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Atom, Compare, Condition, Is, Not, OneOf, facts_in

Record = Sequence[Value | None]
Words = tuple[int, int, int, int]
"""certain limits, possible limits, rules that hold, rules that are undecided"""
Decide = Callable[[Record], Words]

INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class Compiled:
    """The generated function, its text, and the order of its facts."""

    facts: tuple[str, ...]
    source: str
    decide: Decide

    def record(self, known: Mapping[str, Value | None]) -> tuple[Value | None, ...]:
        """The facts of one patient in the order that the function expects."""
        return tuple(known.get(name) for name in self.facts)


def compile_protocols(protocols: Protocols) -> Compiled:
    """The function for all rules of these protocols."""
    conditions = [rule.when for rule in protocols.rules]
    facts = tuple(dict.fromkeys(name for condition in conditions for name in facts_in(condition)))
    source = write(facts, conditions, protocols.words, [rule.id for rule in protocols.rules])
    space: dict[str, Decide] = {}
    exec(compile(source, "<effleurage rules>", "exec"), space)  # noqa: S102 - our own text, from checked nodes
    return Compiled(facts, source, space["decide"])


def write(facts: Sequence[str], conditions: Sequence[Condition], words: Sequence[int], ids: Sequence[str]) -> str:
    """The text of the function."""
    names = ", ".join(map(local, facts))
    lines = ["def decide(facts):", f"{INDENT}({names},) = facts" if facts else f"{INDENT}pass", f"{INDENT}certain = possible = holds = undecided = 0"]
    for first, members in _grouped(conditions):
        depth = INDENT
        if first is not None:
            lines.append(f"{depth}if {may(first)}:")
            depth += INDENT
        for number, rest in members:
            lines += _rule(rest, conditions[number], words[number], number, ids[number], depth, bool(first))
    return "\n".join([*lines, f"{INDENT}return certain, certain | possible, holds, undecided", ""])


def _grouped(conditions: Sequence[Condition]) -> Iterable[tuple[Atom | None, list[tuple[int, Condition]]]]:
    """Rules by the first mention of their conjunction, each with what remains to be asked."""
    groups: dict[Atom | None, list[tuple[int, Condition]]] = {}
    for number, condition in enumerate(conditions):
        parts = _flat(condition)
        first = next((part for part in parts if isinstance(part, Is | Compare | OneOf)), None)
        rest = All(tuple(part for part in parts if part is not first))
        groups.setdefault(first, []).append((number, rest))
    return groups.items()


def _flat(condition: Condition) -> tuple[Condition, ...]:
    """The parts of a conjunction, conjunctions within it dissolved."""
    if isinstance(condition, All):
        return tuple(part for inner in condition.parts for part in _flat(inner))
    return (condition,)


def _rule(rest: Condition, whole: Condition, word: int, number: int, name: str, depth: str, grouped: bool) -> list[str]:
    lines = []
    if not (isinstance(rest, All) and not rest.parts):
        lines.append(f"{depth}if {may(rest)}:  # {name}")
        depth += INDENT
    elif not grouped:
        return [f"{depth}certain |= {word:#x}  # {name}", f"{depth}holds |= {1 << number:#x}"]
    else:
        lines.append(f"{depth}# {name}")
    return [
        *lines,
        f"{depth}if {does(whole)}:",
        f"{depth}{INDENT}certain |= {word:#x}",
        f"{depth}{INDENT}holds |= {1 << number:#x}",
        f"{depth}else:",
        f"{depth}{INDENT}possible |= {word:#x}",
        f"{depth}{INDENT}undecided |= {1 << number:#x}",
    ]


def may(condition: Condition) -> str:
    """Python text that is true unless the condition is certainly false."""
    match condition:
        case Is(fact):
            return f"{local(fact)} is not False"
        case Compare(fact, sign, number):
            return f"({local(fact)} is None or {local(fact)} {sign} {number})"
        case OneOf(fact, options):
            return f"({local(fact)} is None or {local(fact)} in {options!r})"
        case Not(part):
            return f"not ({does(part)})"
        case All(parts):
            return _joined(" and ", map(may, parts), "True")
        case AnyOf(parts):
            return _joined(" or ", map(may, parts), "False")


def does(condition: Condition) -> str:
    """Python text that is true only if the condition certainly holds."""
    match condition:
        case Is(fact):
            return f"{local(fact)} is True"
        case Compare(fact, sign, number):
            return f"({local(fact)} is not None and {local(fact)} {sign} {number})"
        case OneOf(fact, options):
            return f"{local(fact)} in {options!r}"
        case Not(part):
            return f"not ({may(part)})"
        case All(parts):
            return _joined(" and ", map(does, parts), "True")
        case AnyOf(parts):
            return _joined(" or ", map(does, parts), "False")


def _joined(word: str, parts: Iterable[str], empty: str) -> str:
    texts = list(parts)
    return texts[0] if len(texts) == 1 else f"({word.join(texts)})" if texts else empty


def local(fact: str) -> str:
    """The fact's name as a local variable, kept apart from keywords and from our own four."""
    return f"{fact}_" if keyword.iskeyword(fact) or fact in ("facts", "certain", "possible", "holds", "undecided", "decide") else fact
