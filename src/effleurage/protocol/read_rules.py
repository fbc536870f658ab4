"""Limits, rules and guarantees, read from the folders of content."""

from __future__ import annotations

from collections.abc import Iterable

from effleurage.errors import ContentError
from effleurage.facts.kinds import FactTable
from effleurage.lib.dates import read_moment
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed, nearest
from effleurage.protocol.conditions import good_news, parse
from effleurage.protocol.documents import Documents, spread
from effleurage.protocol.lattice import REQUIRED, Limits, Verdict, free, limits
from effleurage.protocol.nodes import Guarantee, Rule
from effleurage.protocol.read_facts import read_sources
from effleurage.protocol.read_vocabulary import schema
from effleurage.protocol.vocabulary import LEVELS, Vocabulary

_SINGULAR = {"stop": "stop rule"}
LIMIT_KEYS = ("verdict", "pressure", "forbid", "positions", "minutes", "spacing_days", *REQUIRED, "refer")


def read_limit(tree: Tree, words: Vocabulary) -> Limits:
    """Limits as content writes them. Only names of the lattice's schema are taken, so nothing can be loosened here."""
    row = tree.mapping(optional=LIMIT_KEYS)
    if not row:
        tree.refuse("This limits nothing.", f"Write at least one of {listed(LIMIT_KEYS, 'or')}.")
    return limits(
        words,
        verdict=_verdict(row["verdict"]) if "verdict" in row else Verdict.GO,
        pressure=_pressure(row["pressure"], words) if "pressure" in row else {},
        forbid=_forbid(row["forbid"], words) if "forbid" in row else {},
        refer=_refer(row["refer"], words) if "refer" in row else {},
        minutes=_member(row["minutes"], words.minutes) if "minutes" in row else None,
        spacing_days=_member(row["spacing_days"], words.spacing_days) if "spacing_days" in row else 0,
        positions=_positions(row["positions"], words) if "positions" in row else (),
        **{
            key: _names(
                row[key], {term.name for term in getattr(words, kind)}, _SINGULAR.get(key, key.removesuffix("s"))
            )
            for key, kind in REQUIRED.items()
            if key in row
        },
    )


def _verdict(tree: Tree) -> Verdict:
    return Verdict[tree.one_of({verdict.name.lower() for verdict in Verdict}, "verdict").upper()]


def _pressure(tree: Tree, words: Vocabulary) -> dict[str, int]:
    ceilings: dict[str, int] = {}
    for name, level in tree.entries().items():
        number = level.whole()
        if not 0 <= number <= LEVELS:
            level.refuse(f"{number} is no level of pressure.", f"Levels run from 0 (leave alone) to {LEVELS}.")
        for region in _regions(name, level, words):
            ceilings[region] = min(number, ceilings.get(region, LEVELS))
    return ceilings


def _regions(name: str, at: Tree, words: Vocabulary) -> tuple[str, ...]:
    if name not in words.region_names:
        at.refuse(
            f"'{name}' is not a known region.", nearest(name, words.region_names) or "See vocabulary/regions.yaml."
        )
    return words.regions_of(name)


def _forbid(tree: Tree, words: Vocabulary) -> dict[str, set[str]]:
    forbidden: dict[str, set[str]] = {}
    for name, where in tree.entries().items():
        if name not in words.technique_names:
            where.refuse(
                f"'{name}' is not a known technique.",
                nearest(name, words.technique_names) or "See vocabulary/techniques.yaml.",
            )
        regions = {region for group in where.names() for region in _regions(group, where, words)}
        for technique in words.techniques_of(name):
            forbidden.setdefault(technique, set()).update(regions)
    return forbidden


def _positions(tree: Tree, words: Vocabulary) -> set[str]:
    return {
        single for name in _names(tree, set(words.position_names), "position") for single in words.positions_of(name)
    }


def _refer(tree: Tree, words: Vocabulary) -> dict[str, int]:
    ranks = {term.name: rank for rank, term in enumerate(words.urgencies, start=1)}
    targets = {term.name for term in words.referrals}
    for target, urgency in tree.entries().items():
        if target not in targets:
            urgency.refuse(
                f"'{target}' is not a known target of referral.",
                nearest(target, targets) or f"Known: {listed(sorted(targets))}.",
            )
    return {target: ranks[urgency.one_of(ranks, "urgency")] for target, urgency in tree.entries().items()}


def _member(tree: Tree, chain: tuple[int, ...]) -> int:
    number = tree.whole()
    if number not in chain:
        tree.refuse(f"{number} is not on this chain.", f"Use one of {listed(chain, 'or')}.")
    return number


def _names(tree: Tree, known: Iterable[str], kind: str) -> tuple[str, ...]:
    items = [tree] if isinstance(tree.value, str) else tree.items()
    return tuple(item.one_of(set(known), kind) for item in items)


def read_rules(documents: Documents, facts: FactTable, words: Vocabulary, sources: frozenset[str]) -> tuple[Rule, ...]:
    """The rules of every protocol, in the order of the folders."""
    rules: dict[str, Rule] = {}
    for folder, tree in documents.named("protocol.yaml"):
        top = schema(tree, "protocol", required=("name", "title", "version", "date", "rules"), optional=("about",))
        _check_date(top["date"])
        for entry in spread(top["rules"]):
            rule = _rule(entry, folder, facts, words)
            if rule.id in rules:
                entry.refuse(f"The rule '{rule.id}' exists already ({rules[rule.id].place}).", "Give it another id.")
            _check_sources(rule, entry, sources)
            rules[rule.id] = rule
    return tuple(rules.values())


def _rule(entry: Tree, folder: str, facts: FactTable, words: Vocabulary) -> Rule:
    required = ("id", "when", "limit", "because", "tell", "sources", "date", "reviewer")
    row = entry.mapping(required=required, optional=("loosening",))
    text, place = row["when"].words(), row["when"].place
    when = parse(text, facts=facts, place=place)
    loosening = row["loosening"].words() if "loosening" in row else ""
    good = good_news(when, facts)
    if good and not loosening:
        row["when"].refuse(
            f"'{text}' is helped by good news about {listed(good)}, so bad news might loosen the plan.",
            "Turn the condition round, or add 'loosening: why the whole still only tightens' for the solver to prove.",
        )
    _check_date(row["date"])
    limit = read_limit(row["limit"], words)
    if limit == free(words):
        row["limit"].refuse("This limits nothing.", "Leave the rule out, or write what it limits.")
    if not row["sources"].items():
        row["sources"].refuse("A rule without a source.", "Add '- {key: ..., status: C}'.")
    return Rule(
        id=row["id"].words(),
        folder=folder,
        place=entry.place,
        text=text,
        when=when,
        limit=limit,
        because=row["because"].words(),
        tell=row["tell"].words(),
        sources=read_sources(row["sources"]),
        date=row["date"].words(),
        reviewer=row["reviewer"].words(),
        loosening=loosening,
    )


def _check_date(tree: Tree) -> None:
    text = tree.words()
    if read_moment(text) is None or len(text) != 10:
        tree.refuse(f"'{text}' is no date.", "Write it as 2026-11-22.")


def _check_sources(rule: Rule, entry: Tree, known: frozenset[str]) -> None:
    for source in rule.sources:
        if source.key not in known:
            entry.entries()["sources"].refuse(
                f"The source '{source.key}' is not in sources.yaml.", nearest(source.key, known) or "Add it there."
            )


def read_guarantees(documents: Documents, facts: FactTable, words: Vocabulary) -> tuple[Guarantee, ...]:
    """The sentences that are proved over all intakes."""
    found: dict[str, Guarantee] = {}
    for _, tree in documents.named("guarantees.yaml"):
        for entry in spread(schema(tree, "guarantees", required=("guarantees",))["guarantees"]):
            row = entry.mapping(required=("id", "says", "given", "then"))
            name = row["id"].words()
            if name in found:
                entry.refuse(f"The guarantee '{name}' exists already.", "Give it another id.")
            text = row["given"].words()
            given = parse(text, facts=facts, place=row["given"].place)
            found[name] = Guarantee(name, entry.place, row["says"].words(), text, given, read_limit(row["then"], words))
    return tuple(found.values())


def read_source_keys(documents: Documents) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Each source key with its title and addresses."""
    tree = documents.get("sources.yaml")
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for entry in schema(tree, "sources", required=("sources",))["sources"]:
        row = entry.mapping(required=("key", "title"), optional=("url", "note", "status"))
        key = row["key"].words()
        if key in found:
            raise ContentError(
                where=entry.place, what=f"The source '{key}' stands twice.", remedy="Keep one of the two."
            )
        found[key] = (row["title"].words(), row["url"].names() if "url" in row else ())
    return found
