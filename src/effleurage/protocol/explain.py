"""Limits in words, from the terms of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator

from effleurage.facts.kinds import FactTable
from effleurage.lib.text import counted, listed
from effleurage.protocol.evaluate import Known, truth
from effleurage.protocol.lattice import REQUIRED, Limits, Verdict
from effleurage.protocol.nodes import All, AnyOf, Condition, facts_in
from effleurage.protocol.vocabulary import LEVELS, SIDES, Vocabulary


def pressure_in_words(level: int) -> str:
    return f"at most level {level}" if level else "no touch"


def limit_in_words(limit: Limits) -> Iterator[str]:
    """Every limit as one line, regions with the same value together."""
    words = limit.vocabulary
    yield f"verdict: at least '{limit.verdict.words}'" if limit.verdict else "verdict: go"
    if limit.verdict >= Verdict.WITHHOLD:
        yield "every region, technique and position closed"
    else:
        for level in range(LEVELS):
            regions = [region.name for region in words.regions if limit.ceiling(region.name) == level]
            if regions:
                yield f"{pressure_in_words(level)}: {listed(regions_in_words(regions, words))}"
        yield from _forbidden(limit)
        if limit.positions:
            yield f"closed positions: {listed(words.term('positions', name) for name in sorted(limit.positions))}"
        if limit.minutes < max(words.minutes):
            yield f"at most {limit.minutes} minutes"
    if limit.spacing_days:
        yield f"at least {counted(limit.spacing_days, 'day')} between sessions"
    for name, kind in REQUIRED.items():
        if getattr(limit, name):
            yield f"{name.replace('_', ' ')}: {listed(words.term(kind, each) for each in sorted(getattr(limit, name)))}"
    for target, rank in sorted(limit.referrals.items()):
        yield f"refer to {words.term('referrals', target)}, {words.urgencies[rank - 1].term}"


def _forbidden(limit: Limits) -> Iterator[str]:
    """Forbidden techniques where touch is open at all; techniques with the same regions together."""
    words = limit.vocabulary
    by_regions: dict[tuple[str, ...], list[str]] = {}
    for technique in words.techniques:
        closed = tuple(
            region.name
            for region in words.regions
            if not limit.allows(technique.name, region.name) and limit.ceiling(region.name)
        )
        if closed:
            by_regions.setdefault(closed, []).append(technique.term)
    for regions, terms in by_regions.items():
        yield f"no {listed(terms, 'or')}: {listed(regions_in_words(list(regions), words))}"


def regions_in_words(names: list[str], words: Vocabulary) -> list[str]:
    """Single regions as a person lists them: both sides of a pair by its term alone, everything as 'everywhere'."""
    if len(names) == len(words.regions):
        return [words.language.say("everywhere")]
    whole = _largest_groups(set(names), words)
    rest = [name for name in names if not any(name in words.regions_of(group) for group in whole)]
    terms = [words.language.words(group.replace("_", " ")) for group in whole]
    for name in rest:
        region = words.region(name)
        pair = {f"{region.base}_{side}" for side in SIDES}
        terms.append(region.term if pair <= set(rest) else region.words)
    return list(dict.fromkeys(terms))


def _largest_groups(names: set[str], words: Vocabulary) -> list[str]:
    """Groups of the vocabulary that are covered entirely, the largest first, none inside another."""
    found: list[str] = []
    groups = [
        (group, set(words.regions_of(group))) for group, _ in words.region_groups if not group.startswith("area_")
    ]
    for group, members in sorted(groups, key=lambda pair: -len(pair[1])):
        taken = {name for each in found for name in words.regions_of(each)}
        if len(members) > 2 and members <= names and not members & taken:
            found.append(group)
    return found


def supporting(condition: Condition, known: Known, facts: FactTable) -> tuple[str, ...]:
    """The facts by which a condition holds, each once: of an `or` what holds, and no gate that merely opens."""
    mentioned = facts_in(condition)
    gates = {gate for name in mentioned for gate in facts.gates(name)}
    return tuple(name for name in dict.fromkeys(_holding(condition, known)) if name not in gates)


def _holding(condition: Condition, known: Known) -> Iterator[str]:
    if truth(condition, known) is not True:
        return
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _holding(part, known)
        case _:
            yield from facts_in(condition)
