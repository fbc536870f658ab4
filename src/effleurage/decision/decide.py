"""Deciding: how far one may go with this patient now, why, and what is still open.

The limits to obey are those on what is *possible*: what is not known counts as the worst it could be. Beside them stand
the limits on what is *certain*. Where the two agree, nothing that anybody could still answer would change the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from effleurage.engines.python import Compiled, Words, compile_protocols
from effleurage.facts.derive import Facts
from effleurage.protocol.evaluate import truth
from effleurage.protocol.lattice import Limits, Verdict
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Rule
from effleurage.protocol.packing import Bit


@lru_cache(maxsize=8)
def compiled(protocols: Protocols) -> Compiled:
    """The generated function of these protocols, made once."""
    return compile_protocols(protocols)


@dataclass(frozen=True, eq=False)
class Decision:
    """What the protocols say of one patient at one moment. The words are the engine's answer; the rest is read off
    them.

    `aside` names the rules that people have set aside for this patient; the words are then without them (`aside.py`).
    """

    facts: Facts
    protocols: Protocols
    certain_word: int
    possible_word: int
    holds_word: int
    undecided_word: int
    aside: tuple[str, ...] = ()

    @cached_property
    def certain(self) -> Limits:
        """The limits on what is certain."""
        return self.protocols.layout.unpack(self.certain_word)

    @cached_property
    def limits(self) -> Limits:
        """The limits on what is possible: the ones to obey."""
        return self.protocols.layout.unpack(self.possible_word)

    @property
    def settled(self) -> bool:
        """Whether no answer could change the limits any more."""
        return self.certain_word == self.possible_word

    @property
    def verdict(self) -> Verdict:
        """The word over the plan. What is merely possible never makes it an emergency, but at least "ask first"."""
        certain, possible = self.certain.verdict, self.limits.verdict
        return certain if possible == certain else max(certain, Verdict.ASK)

    @property
    def may_treat(self) -> bool:
        """Whether anything may be done now: by what is possible, so never for a patient about whom nothing is known."""
        return self.limits.verdict <= Verdict.MODIFIED

    @cached_property
    def holding(self) -> tuple[Rule, ...]:
        return tuple(self._rules(self.holds_word))

    @cached_property
    def open(self) -> tuple[Rule, ...]:
        """Every rule that could not be decided, whether or not that matters for the limits."""
        return tuple(self._rules(self.undecided_word))

    @cached_property
    def undecided(self) -> tuple[Rule, ...]:
        """Rules that apply only because something is not known, and that could still change the limits."""
        open_bits = self.possible_word & ~self.certain_word
        return tuple(
            rule for number, rule in self._numbered(self.undecided_word) if self.protocols.words[number] & open_bits
        )

    @cached_property
    def determining(self) -> tuple[Rule, ...]:
        """The rules that hold and are needed for the limits: each sets something that no rule for everyone sets."""
        base = 0
        for number, rule in self._numbered(self.holds_word):
            if rule.text == "always":
                base |= self.protocols.words[number]
        return tuple(rule for number, rule in self._numbered(self.holds_word) if self.protocols.words[number] & ~base)

    @cached_property
    def telling(self) -> tuple[Rule, ...]:
        """The determining rules that no other holding rule contains: what to say when each thing is to be said once."""
        words = {rule.id: self.protocols.words[number] for number, rule in self._numbered(self.holds_word)}
        holding = set(words.values())
        return tuple(
            rule
            for rule in self.determining
            if not any(word != words[rule.id] and word & words[rule.id] == words[rule.id] for word in holding)
        )

    def because(self, bit: Bit) -> tuple[Rule, ...]:
        """The rules that set one bit of the limits; those that hold before those that are undecided."""
        mask = 1 << self.protocols.layout.index[bit]
        return tuple(rule for word, rule in self._applying if word & mask)

    @cached_property
    def _applying(self) -> tuple[tuple[int, Rule], ...]:
        """The rules that hold, then those that are undecided, each with its word: asked for at every cut of a plan."""
        numbered = (*self._numbered(self.holds_word), *self._numbered(self.undecided_word))
        return tuple((self.protocols.words[number], rule) for number, rule in numbered)

    def _rules(self, word: int) -> Iterator[Rule]:
        return (rule for _, rule in self._numbered(word))

    def _numbered(self, word: int) -> Iterator[tuple[int, Rule]]:
        return ((number, rule) for number, rule in enumerate(self.protocols.rules) if word >> number & 1)


def decide(*, facts: Facts, protocols: Protocols, engine: Compiled | None = None) -> Decision:
    """The decision for these facts. Total: whatever is known or not, there is one; it never raises for a patient.

    Rules are read by `evaluate.truth`. Whoever decides again and again hands over the generated `engine`, which says
    the same in a hundredth of the time but takes as long as fifty decisions to make.
    """
    certain, possible, holds, undecided = (
        engine.decide(engine.record(facts.values)) if engine else _read(facts, protocols)
    )
    return Decision(facts, protocols, certain, possible, holds, undecided)


def _read(facts: Facts, protocols: Protocols) -> Words:
    """The same words as the engine's, rule by rule from the meaning."""
    certain = possible = holds = undecided = 0
    for number, (rule, word) in enumerate(zip(protocols.rules, protocols.words, strict=True)):
        value = truth(rule.when, facts)
        if value is True:
            certain, holds = certain | word, holds | 1 << number
        elif value is None:
            possible, undecided = possible | word, undecided | 1 << number
    return certain, certain | possible, holds, undecided
