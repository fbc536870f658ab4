"""`effleurage diff OLD NEW`: is the new content nowhere looser, for any intake; and if it is, for whom, and which rules
are to blame.

Both versions are read over one world of facts, matched by name. A fact that only one of them knows is a question that
the other never asks. Where a fact changed its kind, its unit or its decimals, so that answers no longer mean the same,
the versions cannot be compared, and that is said. The proof is of the rules, for the same facts. What else changed (how
facts come about, what names mean, what regimens offer) is listed by `beside.py` for a person to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from effleurage.engines.smt import Formula, Solver, World, both, either, negated
from effleurage.errors import InputError
from effleurage.facts.kinds import Fact, FactTable, Kind, Value
from effleurage.lib.text import counted
from effleurage.library import Library
from effleurage.proofs.beside import beside, beside_rules
from effleurage.proofs.prove import ones
from effleurage.proofs.witness import patient_in_words
from effleurage.protocol.evaluate import truth
from effleurage.protocol.explain import limit_in_words
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Condition, facts_in
from effleurage.protocol.packing import Bit

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Looser:
    """A patient who would get more: what is no longer limited, and the old rules that limited it."""

    limits: tuple[str, ...]
    known: tuple[tuple[str, Value], ...]
    words: tuple[str, ...]
    blame: tuple[str, ...]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What two versions differ in. `tighter` names rules of the new version that limit somebody whom the old one did
    not; `beside` tells what changed beside the rules, of which nothing is proved.
    """

    looser: tuple[Looser, ...]
    more: bool
    tighter: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    changed: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def proved_nowhere_looser(self) -> bool:
        """Of the rules, for the same facts; see `settled`."""
        return not self.looser

    @property
    def proved_same(self) -> bool:
        return not self.looser and not self.tighter and not self.beside

    @property
    def settled(self) -> bool:
        """Nobody gets more, and nothing else changed that a person would have to judge."""
        return not self.looser and not self.beside


def compare(old: Library, new: Library) -> Difference:
    """The difference of two whole contents, regimens and instruments included."""
    return replace(diff(old.protocols, new.protocols), beside=beside(old, new))


def diff(old: Protocols, new: Protocols) -> Difference:
    """The difference for all intakes. Raises InputError where a fact means something else in the two versions."""
    table = _shared_facts(old, new)
    comparison = _Comparison(old, new, table)
    found = list(comparison.looser())
    return Difference(
        looser=tuple(found[:MOST_SHOWN]),
        more=len(found) > MOST_SHOWN,
        tighter=tuple(comparison.tighter()),
        only_old=tuple(rule.id for rule in old.rules if rule.id not in new.by_id),
        only_new=tuple(rule.id for rule in new.rules if rule.id not in old.by_id),
        changed=tuple(rule.id for rule in new.rules if rule.id in old.by_id and _changed(old, new, rule.id)),
        beside=beside_rules(old, new),
    )


def _changed(old: Protocols, new: Protocols, name: str) -> bool:
    one, other = old.by_id[name], new.by_id[name]
    return one.when != other.when or _bits(old, name) != _bits(new, name)


def _bits(protocols: Protocols, name: str) -> frozenset[Bit]:
    number = [rule.id for rule in protocols.rules].index(name)
    return frozenset(protocols.layout.meanings(protocols.words[number]))


def _shared_facts(old: Protocols, new: Protocols) -> FactTable:
    """One table for both: the facts of the new version, and those that only the old one had."""
    rows: list[Fact] = []
    for fact in new.facts.facts:
        before = old.facts.by_name.get(fact.name)
        rows.append(fact if before is None else _joined(before, fact))
    return FactTable((*rows, *(fact for fact in old.facts.facts if fact.name not in new.facts)))


def _joined(before: Fact, after: Fact) -> Fact:
    if (before.kind, before.decimals) != (after.kind, after.decimals):
        raise InputError(
            where=after.place,
            what=f"'{after.name}' is not the same kind of fact in both versions.",
            remedy="Give the new one another name.",
        )
    if before.unit != after.unit:
        units = f"{before.unit or 'none'} -> {after.unit or 'none'}"
        raise InputError(
            where=after.place,
            what=f"'{after.name}' has another unit in the new version: {units}.",
            remedy="Give the new one another name; the same number no longer means the same.",
        )
    if after.kind is Kind.CHOICE:
        return replace(after, options=tuple((dict(before.options) | dict(after.options)).items()))
    if before.possible and after.possible:
        low, high = min(before.possible[0], after.possible[0]), max(before.possible[1], after.possible[1])
        return replace(after, possible=(low, high))
    return after


class _Comparison:
    """The formulas of both versions over one world."""

    def __init__(self, old: Protocols, new: Protocols, table: FactTable) -> None:
        self.old, self.new, self.table = old, new, table
        self.world = World(table)
        used = {name for protocols in (old, new) for rule in protocols.rules for name in facts_in(rule.when)}
        self.names = tuple(fact.name for fact in table.for_rules if fact.name in used)
        self.solver = Solver(self.world.domain(self.names))
        self.may = {
            version: tuple(
                self.solver.name(self.world.may(rule.when), f"{version}:{rule.id}") for rule in protocols.rules
            )
            for version, protocols in (("old", old), ("new", new))
        }
        self.setters = {version: _setters(protocols) for version, protocols in (("old", old), ("new", new))}

    def lost(self, first: str, second: str) -> Iterator[tuple[frozenset[int], tuple[Bit, ...], Formula]]:
        """The bits of one version with the formula for "set there, and not set in the other", bits with the same
        setters together. Where the other sets them on the same conditions, and maybe more, there is nothing to ask.
        """
        groups: dict[tuple[frozenset[int], frozenset[int]], list[Bit]] = {}
        for bit, numbers in self.setters[first].items():
            groups.setdefault((numbers, self.setters[second].get(bit, frozenset())), []).append(bit)
        for (numbers, others), bits in groups.items():
            if self._conditions(first, numbers) <= self._conditions(second, others):
                continue
            gone = both([negated(self.may[second][number]) for number in others])
            yield numbers, tuple(bits), both([either([self.may[first][number] for number in numbers]), gone])

    def _conditions(self, version: str, numbers: frozenset[int]) -> set[Condition]:
        rules = (self.old if version == "old" else self.new).rules
        return {rules[number].when for number in numbers}

    def looser(self) -> Iterator[Looser]:
        """One patient for each set of rules to blame, with everything that these rules no longer limit."""
        told: dict[tuple[str, ...], tuple[dict[str, Value], list[Bit]]] = {}
        for numbers, lost, formula in self.lost("old", "new"):
            for blame, known in self._blamed(numbers, formula):
                told.setdefault(blame, (known, []))[1].extend(lost)
        for blame, (known, bits) in told.items():
            yield self._told(known, bits, blame)

    def _blamed(self, numbers: frozenset[int], formula: Formula) -> Iterator[tuple[tuple[str, ...], dict[str, Value]]]:
        """A patient who would get more, again and again, until every rule to blame was named."""
        named: set[int] = set()
        while (model := self._plain(formula, numbers - named, named)) is not None:
            known = self.world.read(model, self.names)
            blame = {number for number in numbers if truth(self.old.rules[number].when, known) is not False}
            yield tuple(self.old.rules[number].id for number in sorted(blame)), known
            named |= blame

    def _plain(self, formula: Formula, wanted: frozenset[int], named: set[int]) -> object | None:
        """A patient spared by the rules named already; if there is one, somebody for whom an old rule surely held."""
        spared = [negated(self.may["old"][number]) for number in named]
        sure = either([self.world.does(self.old.rules[number].when) for number in wanted])
        return self.solver.model(formula, spared, sure) or self.solver.model(formula, spared)

    def _told(self, known: dict[str, Value], bits: list[Bit], blame: tuple[str, ...]) -> Looser:
        smallest = dict(known)
        telling = {name for rule in blame for name in facts_in(self.old.by_id[rule].when)}
        for name in known:
            fewer = {key: value for key, value in smallest.items() if key != name}
            if name not in telling and self._gets_more(fewer, bits[0]):
                smallest = fewer
        words = patient_in_words({name: value for name, value in smallest.items() if name in telling}, self.table)[:-1]
        others = len([name for name in smallest if name not in telling])
        rest = (f"and {counted(others, 'answer')} by which no other rule sets the same limit",) if others else ()
        word = sum(1 << self.old.layout.index[bit] for bit in bits)
        limits = tuple(line for line in limit_in_words(self.old.layout.unpack(word)) if line != "verdict: go")
        return Looser(
            limits,
            tuple(smallest.items()),
            (*(words or ("anybody",)), *rest),
            blame,
            self._gets_more(smallest, bits[0]),
        )

    def _gets_more(self, known: Mapping[str, Value], bit: Bit) -> bool:
        """Asks `evaluate.py` whether the old rules set the bit and the new ones do not."""
        return _sets(self.old, known, self.setters["old"], bit) and not _sets(self.new, known, self.setters["new"], bit)

    def tighter(self) -> Iterator[str]:
        """Rules of the new version behind a limit that somebody did not have before."""
        found: dict[str, None] = {}
        for numbers, _, formula in self.lost("new", "old"):
            if self.solver.model(formula) is not None:
                found.update(dict.fromkeys(self.new.rules[number].id for number in sorted(numbers)))
        yield from (name for name in found if name not in self.old.by_id or _changed(self.old, self.new, name))


def _sets(protocols: Protocols, known: Mapping[str, Value], setters: Mapping[Bit, frozenset[int]], bit: Bit) -> bool:
    return any(truth(protocols.rules[number].when, known) is not False for number in setters.get(bit, frozenset()))


def _setters(protocols: Protocols) -> dict[Bit, frozenset[int]]:
    found: dict[Bit, set[int]] = {}
    for number, word in enumerate(protocols.words):
        for index in ones(word):
            found.setdefault(protocols.layout.bits[index], set()).add(number)
    return {bit: frozenset(numbers) for bit, numbers in found.items()}
