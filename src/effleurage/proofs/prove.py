"""`effleurage prove`: what holds for every intake, answered or not.

Guarantees are sentences of the content: wherever their condition holds, or might, the limits are at least so strict.
Two laws hold for the protocol as a whole: knowing less never loosens it, and bad news never loosens it, fact by fact.
Both are shown rule by rule first (a condition that only becomes truer), which settles nearly all; where a rule alone
would loosen, the whole protocol is asked whether another rule makes up for it. Beside that: no rule is dead, and which
rules add nothing to the rest. What is not covered is said as well: facts for which no direction is bad news, and what
lies before and after the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

from effleurage.engines.smt import Formula, Solver, World, both, either, model_of, negated
from effleurage.facts.kinds import Bad, Fact, Value
from effleurage.proofs.witness import Counterexample, Proof, patient_in_words, witness
from effleurage.protocol.evaluate import evaluate, truth
from effleurage.protocol.lattice import Limits, at_least_as_strict
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Condition, Guarantee, facts_in

Progress = Callable[[str], None]
OUTSIDE = (
    "How facts are derived from answers is tested, not proved: the proofs begin at the facts.",
    "Which regimens are offered, and how they are cut, is tested, not proved: the proofs end at the limits.",
)
"""What no proof here speaks of, whatever the content."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was shown. `loosening` names rules that alone would loosen on bad news and are made up for by
    others. `not_covered` names the facts that rules read and that have no bad direction, so that the law of bad news
    says nothing of them.
    """

    guarantees: tuple[Proof, ...]
    laws: tuple[Proof, ...]
    bad_news: tuple[Proof, ...]
    dead: tuple[str, ...]
    adding_nothing: tuple[str, ...]
    loosening: tuple[str, ...]
    not_covered: tuple[str, ...]

    @property
    def proofs(self) -> tuple[Proof, ...]:
        return (*self.guarantees, *self.laws, *self.bad_news)

    @property
    def ok(self) -> bool:
        """Everything is proved and no rule is dead. A rule that adds nothing is told, but may stand for its reason."""
        return all(proof.proved for proof in self.proofs) and not self.dead


def prove(protocols: Protocols, *, progress: Progress = lambda _: None) -> Report:
    """All proofs over the given protocols. Raises `engines.smt.Undecided` at the solver's time limit."""
    prover = Prover(protocols)
    progress("guarantees")
    guarantees = tuple(map(prover.guarantee, protocols.guarantees))
    progress("laws")
    laws = (prover.knowing_less(),)
    progress("bad news, fact by fact")
    bad_news = tuple(prover.bad_news(fact) for fact in prover.facts if fact.bad is not Bad.NONE)
    progress("rules that are dead or add nothing")
    dead = tuple(prover.dead())
    return Report(
        guarantees,
        laws,
        bad_news,
        dead,
        tuple(prover.adding_nothing(dead)),
        tuple(prover.loosening),
        not_covered=tuple(fact.name for fact in prover.facts if fact.bad is Bad.NONE),
    )


class Prover:
    """The formulas of one set of protocols, made once, each rule's "may hold" under a name of its own."""

    def __init__(self, protocols: Protocols) -> None:
        self.protocols, self.rules = protocols, protocols.rules
        self.world, self.other = World(protocols.facts, "a"), World(protocols.facts, "b")
        used = {name for condition in self._conditions() for name in facts_in(condition)}
        self.facts = tuple(fact for fact in protocols.facts.for_rules if fact.name in used)
        self.names = tuple(fact.name for fact in self.facts)
        self.solver = Solver(self.world.domain(self.names))
        self.may = tuple(self.solver.name(self.world.may(rule.when), f"may:{rule.id}") for rule in self.rules)
        self.loosening: dict[str, None] = {}

    def _conditions(self) -> Iterator[Condition]:
        yield from (rule.when for rule in self.rules)
        yield from (guarantee.given for guarantee in self.protocols.guarantees)

    @cached_property
    def setters(self) -> dict[int, frozenset[int]]:
        """For each bit that any rule sets, the numbers of the rules that set it."""
        found: dict[int, set[int]] = {}
        for number, word in enumerate(self.protocols.words):
            for bit in ones(word):
                found.setdefault(bit, set()).add(number)
        return {bit: frozenset(numbers) for bit, numbers in found.items()}

    def setter_sets(self, word: int, *, without: int | None = None) -> list[frozenset[int]]:
        """The rules that could set each bit of a word, each set of rules once, the smallest only.

        Whoever is spared by all rules of a set is spared by all of any smaller set, so the larger sets need no question
        of their own.
        """
        sets = {self.setters.get(bit, frozenset()) - {without} for bit in ones(word)}
        smallest: list[frozenset[int]] = []
        for numbers in sorted(sets, key=len):
            if not any(less <= numbers for less in smallest):
                smallest.append(numbers)
        return smallest

    def spared(self, numbers: frozenset[int]) -> Formula:
        """None of these rules may hold."""
        return both([negated(self.may[number]) for number in numbers])

    def evaluated(self, known: Mapping[str, Value]) -> Limits:
        return evaluate(rules=self.rules, known=known, vocabulary=self.protocols.vocabulary).possible

    def guarantee(self, guarantee: Guarantee) -> Proof:
        """Proved, or the patient whose limits are looser than the sentence says."""
        needed = self.protocols.layout.pack(guarantee.then)
        missing = either([self.spared(numbers) for numbers in self.setter_sets(needed)])
        model = self.solver.model(self.world.may(guarantee.given), missing)

        def fails(known: Mapping[str, Value]) -> bool:
            return truth(guarantee.given, known) is not False and not at_least_as_strict(
                self.evaluated(known), guarantee.then
            )

        if model is None:
            return Proof(guarantee.id, guarantee.says)
        known = self.world.read(model, self.names)
        return Proof(guarantee.id, guarantee.says, witness(known, table=self.protocols.facts, fails=fails))

    def knowing_less(self) -> Proof:
        """Rule by rule: what may hold for somebody may hold for anybody of whom less is known."""
        says = "Knowing less never loosens a plan."
        for rule in self.rules:
            names = facts_in(rule.when)
            less = [*self.world.knows_no_more_than(self.other, names), negated(self.world.may(rule.when))]
            model = model_of(less, self.other.may(rule.when), self.world.domain(names), self.other.domain(names))
            if model is not None:
                return Proof("knowing-less", says, self._pair(model, f"rule {rule.id}"))
        return Proof("knowing-less", says)

    def bad_news(self, fact: Fact) -> Proof:
        """Worse news about one fact, all else equal, never loosens. Facts behind it, if it is a gate, may turn out in
        any way.
        """
        says = f"Worse news about '{fact.name}' never loosens a plan."
        behind = {other.name for other in self.facts if fact.name in self.protocols.facts.gates(other.name)}
        touched = [rule for rule in self.rules if {fact.name, *behind} & set(facts_in(rule.when))]
        loose = [rule for rule in touched if self._loosens(rule.when, fact, behind, facts_in(rule.when)) is not None]
        if not loose:
            return Proof(f"bad-news:{fact.name}", says)
        word = reduce(or_, (self.protocols.words[self.rules.index(rule)] for rule in loose))
        lost = [self._lost(numbers) for numbers in {self.setters[bit] for bit in ones(word)}]
        model = model_of(self._worse_world(fact, behind, self.names), either(lost))
        if model is not None:
            return Proof(f"bad-news:{fact.name}", says, self._pair(model, f"'{fact.name}' grows worse"))
        self.loosening.update(dict.fromkeys(rule.id for rule in loose))
        return Proof(f"bad-news:{fact.name}", says)

    def _loosens(self, condition: Condition, fact: Fact, behind: set[str], names: Sequence[str]) -> object | None:
        """A pair of worlds in which the condition may hold before the bad news and cannot after it."""
        worse = self._worse_world(fact, behind, names)
        return model_of(worse, self.world.may(condition), negated(self.other.may(condition)))

    def _worse_world(self, fact: Fact, behind: set[str], names: Sequence[str]) -> list[Formula]:
        """Two worlds alike in `names`, but for the fact, which is known in both and worse in the other, and for what
        lies behind it.
        """
        rest = [name for name in names if name != fact.name and name not in behind]
        wanted = {*names, fact.name}
        return [
            *self.world.same(self.other, rest),
            *self._worse(fact),
            *self.world.domain(wanted),
            *self.other.domain(wanted),
        ]

    def _lost(self, numbers: frozenset[int]) -> Formula:
        """A bit that these rules set is there before and gone after."""
        before = either([self.world.may(self.rules[number].when) for number in numbers])
        return both([before, *(negated(self.other.may(self.rules[number].when)) for number in numbers)])

    def _worse(self, fact: Fact) -> list[Formula]:
        """The fact is known in both worlds, and worse in the other one."""
        before, after = self.world.value[fact.name], self.other.value[fact.name]
        match fact.bad:
            case Bad.YES:
                order = both([negated(before), after])
            case Bad.NO:
                order = both([before, negated(after)])
            case Bad.LOWER:
                order = after < before
            case _:
                order = after > before
        return [self.world.known[fact.name], self.other.known[fact.name], order]

    def _pair(self, model: object, why: str) -> Counterexample:
        """A counterexample of two patients, who differ in one thing; replayed by evaluating both."""
        one, other = self.world.read(model, self.names), self.other.read(model, self.names)
        replayed = not at_least_as_strict(self.evaluated(other), self.evaluated(one))
        changed = {name: value for name, value in other.items() if one.get(name) != value}
        words = patient_in_words(one, self.protocols.facts)[:-1]
        after = patient_in_words(changed, self.protocols.facts)[:-1]
        return Counterexample(tuple(one.items()), (*words, f"then, as {why}:", *after), replayed)

    def dead(self) -> Iterator[str]:
        """Rules that hold for nobody."""
        for rule in self.rules:
            if model_of(self.world.domain(facts_in(rule.when)), self.world.does(rule.when)) is None:
                yield rule.id

    def adding_nothing(self, dead: Sequence[str]) -> Iterator[str]:
        """Rules without which the limits would be the same for everybody."""
        for number, rule in enumerate(self.rules):
            others = self.setter_sets(self.protocols.words[number], without=number)
            if rule.id in dead or frozenset() in others:
                continue
            if self.solver.model(self.may[number], either([self.spared(numbers) for numbers in others])) is None:
                yield rule.id


def ones(word: int) -> Iterator[int]:
    """The positions of the bits that are set."""
    while word:
        lowest = word & -word
        yield lowest.bit_length() - 1
        word ^= lowest
