"""Hypothesis strategies: patients at the level of rules, intakes, and conditions built from nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from effleurage.errors import ForPeople
from effleurage.facts.kinds import Fact, FactTable, Kind, Value
from effleurage.protocol.nodes import OPERATORS, All, AnyOf, Compare, Condition, Is, Not, OneOf, Rule


def refusal(read: Callable[[], object]) -> ForPeople | None:
    """The sentence with which something is refused, or None where it is taken. Anything else raised is a bug."""
    try:
        read()
    except ForPeople as fault:
        return fault
    return None


def thresholds(rules: Iterable[Rule]) -> dict[str, set[int]]:
    """The scaled integers that conditions compare each fact with."""
    found: dict[str, set[int]] = {}

    def walk(condition: Condition) -> None:
        match condition:
            case Compare(fact, _, number):
                found.setdefault(fact, set()).add(number)
            case Not(part):
                walk(part)
            case All(parts) | AnyOf(parts):
                for part in parts:
                    walk(part)

    for rule in rules:
        walk(rule.when)
    return found


def value(fact: Fact, edges: Iterable[int] = ()) -> st.SearchStrategy[Value]:
    """A known value of a fact; for numbers mostly one at or beside a threshold, where the mistakes are."""
    if fact.kind is Kind.YES_NO:
        return st.booleans()
    if fact.kind is Kind.CHOICE:
        return st.sampled_from(fact.option_names)
    low, high = fact.possible or (0, 0)
    near = sorted({low, high, *(edge + step for edge in edges for step in (-1, 0, 1) if low <= edge + step <= high)})
    return st.one_of(st.sampled_from(near), st.integers(low, high))


def patients(
    table: FactTable, rules: Iterable[Rule] = (), *, base: Mapping[str, Value | None] | None = None
) -> st.SearchStrategy[dict[str, Value | None]]:
    """Facts at the level of rules: up to twenty drawn ones, some of them unknown, over `base`, which by default knows
    nothing.

    `rules` lend their thresholds. A value for each of two hundred facts would cost Hypothesis a tenth of a second per
    patient.
    """
    edges = thresholds(rules)
    nobody: dict[str, Value | None] = dict.fromkeys(fact.name for fact in table.for_rules)
    one = st.sampled_from(table.for_rules).flatmap(
        lambda fact: st.tuples(st.just(fact.name), st.none() | value(fact, edges.get(fact.name, ())))
    )
    return st.lists(one, max_size=20).map(lambda drawn: {**nobody, **(base or {}), **dict(drawn)})


def answers(fact: Fact) -> st.SearchStrategy[Any]:
    """An answer as an intake writes it, within what is plausible."""
    if fact.kind is Kind.YES_NO:
        return st.sampled_from(["yes", "no", "unknown"])
    if fact.kind is Kind.CHOICE:
        return st.sampled_from([*fact.option_names, "unknown"])
    if fact.kind is Kind.DATE:
        return st.sampled_from(
            ["1958-05-10", "2026-11-21", "2026-11-22 09:30" if fact.time else "2026-11-22", "unknown"]
        )
    if fact.kind is Kind.LIST:
        names = st.lists(st.sampled_from(fact.option_names), max_size=4, unique=True)
        return st.fixed_dictionaries({"items": names, "complete": st.sampled_from(["yes", "no"])})
    low, high = fact.plausible or fact.possible or (0, 0)
    numbers = st.integers(low, high).map(lambda number: str(Decimal(number).scaleb(-fact.decimals)))
    return numbers | st.just("never") if fact.never else numbers


def intakes(table: FactTable) -> st.SearchStrategy[dict[str, Any]]:
    """Documents of an intake that every reader takes, though its answers may contradict each other."""
    asked = [fact for fact in table.facts if fact.ask]
    one = st.sampled_from(asked).flatmap(lambda fact: st.tuples(st.just(fact.name), answers(fact)))
    drawn = st.lists(one, max_size=20)
    return drawn.map(lambda pairs: {"schema": "effleurage/intake/1", "facts": dict(pairs)})


def conditions(table: FactTable) -> st.SearchStrategy[Condition]:
    """Conditions as an author may write them: each connective with two parts or more, no gates spelled out."""
    atoms = st.sampled_from(table.for_rules).flatmap(_atom)
    return st.recursive(atoms, _joined, max_leaves=8)


def _atom(fact: Fact) -> st.SearchStrategy[Condition]:
    if fact.kind is Kind.YES_NO:
        return st.just(Is(fact.name))
    if fact.kind is Kind.CHOICE:
        options = st.lists(st.sampled_from(fact.option_names), min_size=1, max_size=4, unique=True)
        return options.map(lambda names: OneOf(fact.name, tuple(names)))
    low, high = fact.possible or (0, 0)
    return st.builds(
        lambda sign, number: Compare(fact.name, sign, number), st.sampled_from(OPERATORS), st.integers(low, high)
    )


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), several.map(All), several.map(AnyOf))


def text_of(condition: Condition, table: FactTable) -> str:
    """The condition as an author writes it; `parse` reads it back."""
    match condition:
        case Is(fact):
            return fact
        case Compare(fact, sign, number):
            return f"{fact} {sign} {Decimal(number).scaleb(-table[fact].decimals):f}"
        case OneOf(fact, options):
            quoted = ", ".join(f'"{name}"' for name in options)
            return f"{fact} in ({quoted},)"
        case Not(part):
            return f"not ({text_of(part, table)})"
        case All(parts):
            return " and ".join(f"({text_of(part, table)})" for part in parts) or "always"
        case AnyOf(parts):
            return " or ".join(f"({text_of(part, table)})" for part in parts)
