"""A content folder becomes protocols, or one error that names file, line and remedy. Nothing is half loaded."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from effleurage.errors import ContentError
from effleurage.facts.kinds import FactTable
from effleurage.language import ENGLISH, Language
from effleurage.lib.text import nearest
from effleurage.protocol.documents import BUILT_IN, Documents, read_documents
from effleurage.protocol.evaluate import strictest, truth
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import Guarantee, Rule
from effleurage.protocol.packing import Layout
from effleurage.protocol.read_facts import read_facts
from effleurage.protocol.read_rules import read_guarantees, read_rules, read_source_keys
from effleurage.protocol.read_vocabulary import read_vocabulary
from effleurage.protocol.vocabulary import Vocabulary

AT_THE_TABLE = frozenset({"patient", "therapist"})
"""Who is there when a check is made."""


@dataclass(frozen=True, eq=False)
class Protocols:
    """Everything that a decision needs: the closed lists, the facts, the rules, the hash of the bytes they came from,
    and the language that their texts are in.
    """

    hash: str
    vocabulary: Vocabulary
    facts: FactTable
    rules: tuple[Rule, ...]
    read_guarantees: Callable[[], tuple[Guarantee, ...]]
    sources: dict[str, tuple[str, tuple[str, ...]]]
    language: Language = ENGLISH

    @cached_property
    def guarantees(self) -> tuple[Guarantee, ...]:
        """The sentences that are proved; read when first asked for, as no decision needs them."""
        return self.read_guarantees()

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.vocabulary)

    @cached_property
    def words(self) -> tuple[int, ...]:
        """The limit of each rule as bits, in the order of the rules."""
        return tuple(self.layout.pack(rule.limit) for rule in self.rules)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}


def load_protocols(documents: Documents) -> Protocols:
    """Protocols from documents already read; refuses content that would treat a patient about whom nothing is known."""
    vocabulary = read_vocabulary(documents)
    facts = read_facts(documents)
    sources = read_source_keys(documents)
    _check_fact_sources(facts, sources)
    _check_doubts(documents, facts)
    rules = read_rules(documents, facts, vocabulary, frozenset(sources))
    promised = partial(read_guarantees, documents, facts, vocabulary)
    protocols = Protocols(documents.hash, vocabulary, facts, rules, promised, sources, documents.language)
    _refuse_treating_the_unknown(protocols)
    return protocols


def load(root: Path = BUILT_IN) -> Protocols:
    """The protocols of a content folder alone; `load_library` also checks what stands beside them."""
    return load_protocols(read_documents(root))


def _check_fact_sources(facts: FactTable, known: Container[str]) -> None:
    for fact in facts.facts:
        for source in fact.sources:
            if source.key not in known:
                what = f"The source '{source.key}' of '{fact.name}' is not in sources.yaml."
                raise ContentError(where=fact.place, what=what, remedy="Add it there.")


def _check_doubts(documents: Documents, facts: FactTable) -> None:
    """A fact that a check puts in question is asked anew beside the table, so it must be one that is asked there."""
    asked = {fact.name for fact in facts.facts if fact.ask and AT_THE_TABLE & set(fact.who)}
    for entry in documents.get("vocabulary/checks.yaml").entries()["checks"]:
        row = entry.entries()
        if "fact" in row and row["fact"].words() not in asked:
            name = row["fact"].words()
            remedy = nearest(name, asked) or "Name one that has a question."
            row["fact"].refuse(f"'{name}' is no fact that somebody at the table can be asked for.", remedy)


def _refuse_treating_the_unknown(protocols: Protocols) -> None:
    applying = (
        rule.limit
        for rule in protocols.rules
        if truth(rule.when, {}) is not False and rule.limit.verdict >= Verdict.ASK
    )
    if strictest(applying, protocols.vocabulary).verdict < Verdict.ASK:
        raise ContentError(
            where="all protocols together",
            what="They would treat a patient about whom nothing is known.",
            remedy="Add rules whose verdict is ask, withhold or emergency for facts that must be asked.",
        )
