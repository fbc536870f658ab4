"""The plan: every regimen cut down to the limits, with what was cut and by which rule.

Nothing is added here. A step keeps its order and its share; a region whose ceiling is 0 leaves it; a closed technique
gives way to the first of its gentler substitutes that is open in that region; a closed position to the first of its
alternatives that is open (content names those from which the regions can be reached); intended pressure is lowered to
the ceiling; minutes and spacing follow the limits. Each of these is a `Cut` that names the rules behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from effleurage.decision.ask import Question, questions
from effleurage.decision.decide import Decision
from effleurage.facts.kinds import FactTable
from effleurage.plan.regimen import Course, Regimen, Step
from effleurage.protocol.conditions import behind_gates
from effleurage.protocol.evaluate import truth
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import Condition, OneOf, Rule
from effleurage.protocol.packing import Bit
from effleurage.protocol.vocabulary import Term, Vocabulary


@dataclass(frozen=True, slots=True)
class Cut:
    """Something that a regimen offered and the limits took: in words, with the rules that took it."""

    kind: str
    step: str
    words: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """One region of a step as it will be touched: technique, and Walton level in dose 1, 2, 3 ..., the last holding."""

    region: str
    technique: str
    pressure: tuple[int, ...]

    def level(self, dose: int) -> int:
        return self.pressure[min(dose, len(self.pressure)) - 1]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step within the limits. `manners` says of each of its techniques how it is done here: (technique, words)."""

    id: str
    title: str
    position: str
    share: int
    manners: tuple[tuple[str, str], ...]
    props: tuple[str, ...]
    touches: tuple[Touch, ...]

    @property
    def rhythm(self) -> str:
        """How it is done, in words, by the techniques that are left."""
        return rhythm_of(self.manners, self.touches)


def manners_of(step: Step, words: Vocabulary) -> tuple[tuple[str, str], ...]:
    """How each technique of a step is done there: (technique, words).

    The rhythm that content writes is that of the step's own technique, and says nothing of another: "pulls of the
    finger pads" are no way to stroke. So a substitute is done as the vocabulary explains it.
    """
    speak, meant = words.language, words.term("techniques", step.technique)
    instead = [words.terms[f"techniques.{name}"] for name in step.instead]
    others = tuple(
        (term.name, speak.say("{taken} instead of {meant}: {how}", taken=term.term, meant=meant, how=term.means))
        for term in instead
    )
    return ((step.technique, step.rhythm), *others)


def rhythm_of(manners: Sequence[tuple[str, str]], touches: Iterable[Touch]) -> str:
    """The manners of the techniques that these touches use, in one line."""
    used = {touch.technique for touch in touches}
    return " ".join(words for technique, words in manners if technique in used and words)


@dataclass(frozen=True, slots=True)
class PlannedRegimen:
    """A regimen within the limits. `steps` is empty where nothing of it remains."""

    regimen: Regimen
    steps: tuple[PlannedStep, ...]
    minutes: tuple[int, ...]
    course: Course
    cuts: tuple[Cut, ...]

    @property
    def remains(self) -> bool:
        return bool(self.steps and max(self.minutes) > 0)

    @property
    def whole(self) -> bool:
        """Whether nothing was cut at all."""
        return not self.cuts

    def minutes_at(self, dose: int) -> int:
        return self.minutes[min(dose, len(self.minutes)) - 1]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything on offer for this patient within the limits, or nothing and the referrals. Names the hash of its
    content.
    """

    decision: Decision
    regimens: tuple[PlannedRegimen, ...]
    referrals: tuple[Referral, ...]
    hanging: tuple[Condition, ...] = ()
    lock: Term | None = None

    @property
    def verdict(self) -> Verdict:
        """The decision's verdict; a course that an alarming reaction has locked is withheld at least."""
        if self.lock is None:
            return self.decision.verdict
        urgent = any(each.rules == () and each.rank == len(self._words.urgencies) for each in self.referrals)
        return max(self.decision.verdict, Verdict.EMERGENCY if urgent else Verdict.WITHHOLD)

    @property
    def may_treat(self) -> bool:
        """Whether anything may be done now."""
        return self.decision.may_treat and self.lock is None

    @property
    def _words(self) -> Vocabulary:
        return self.decision.protocols.vocabulary

    @property
    def hash(self) -> str:
        return self.decision.protocols.hash

    @property
    def questions(self) -> tuple[Question, ...]:
        """What to ask, best first: whatever could still change the limits, or what is offered within them."""
        return questions(self.decision, wanted=self.hanging)

    @property
    def certain_referrals(self) -> tuple[Referral, ...]:
        """The referrals that do not hang on an open question: only these are written to anybody."""
        return tuple(referral for referral in self.referrals if referral.certain)

    @property
    def available(self) -> tuple[PlannedRegimen, ...]:
        """What could be chosen and signed now: nothing as long as the limits forbid treatment."""
        return tuple(planned for planned in self.regimens if planned.remains) if self.may_treat else ()


@dataclass(frozen=True, slots=True)
class Referral:
    """Whom to see, how soon (rank and words), and why: the rules that say so, or what happened in the last session.

    `certain` is False where only an open question says so.
    """

    target: str
    rank: int
    urgency: str
    rules: tuple[Rule, ...]
    certain: bool
    happened: str = ""


def locked(made: Plan, reaction: Term) -> Plan:
    """The plan after an alarming reaction: nothing may be chosen, and the reaction's referrals come first."""
    words = made.decision.protocols.vocabulary
    ranks = {term.name: (rank, term.term) for rank, term in enumerate(words.urgencies, start=1)}
    pairs = (pair.partition("=") for pair in reaction.get("refer").split(",") if pair)
    rows = tuple(Referral(target, *ranks[how], (), True, reaction.term) for target, _, how in pairs)
    return replace(made, lock=reaction, referrals=(*rows, *made.referrals))


def plan(*, decision: Decision, regimens: Sequence[Regimen]) -> Plan:
    """The regimens whose offer is not certainly false, each within the limits; and whom to see."""
    offered = [regimen for regimen in regimens if truth(regimen.offered, decision.facts) is not False]
    planned = tuple(_Cutter(decision, regimen).cut() for regimen in offered)
    return Plan(decision, planned, tuple(referrals(decision)), tuple(hanging(regimens, decision.facts.table)))


def referrals(decision: Decision) -> Iterator[Referral]:
    """Referrals that are certain, then those that hang on an open question, the most urgent first."""
    words = decision.protocols.vocabulary
    certain = decision.certain.referrals
    rows = []
    for target, rank in decision.limits.referrals.items():
        sure = certain.get(target, 0)
        for level, is_certain in ((sure, True), (rank, False)):
            if level and (is_certain or rank > sure):
                rules = decision.because(("refer", target, level))
                rules = tuple(rule for rule in rules if (rule in decision.holding) == is_certain)
                rows.append(Referral(target, level, words.urgencies[level - 1].term, rules, is_certain))
    yield from sorted(rows, key=lambda row: (not row.certain, -row.rank, row.target))


def hanging(regimens: Sequence[Regimen], facts: FactTable) -> Iterator[Condition]:
    """The conditions on which an offer hangs beside the limits: whether a regimen is meant at all, and the sides of its
    curves.
    """
    for regimen in regimens:
        yield regimen.offered
    for fact in facts.facts:
        if fact.curve and any(step.curve == fact.curve for regimen in regimens for step in regimen.steps):
            yield behind_gates(OneOf(fact.name, fact.option_names[:1]), facts)


class _Cutter:
    """Cuts one regimen to the limits of one decision and keeps the list of cuts."""

    def __init__(self, decision: Decision, regimen: Regimen) -> None:
        self.decision, self.regimen = decision, regimen
        self.limits = decision.limits
        self.words: Vocabulary = decision.protocols.vocabulary
        self.language = decision.protocols.language
        self.cuts: list[Cut] = []

    def cut(self) -> PlannedRegimen:
        steps = tuple(step for step in (self.step(step) for step in self.regimen.steps if self.wanted(step)) if step)
        return PlannedRegimen(self.regimen, steps, self.minutes(), self.course(), tuple(self.cuts))

    def wanted(self, step: Step) -> bool:
        """Whether the step is meant for this patient, by what is known for certain."""
        meant = step.when is None or truth(step.when, self.decision.facts) is True
        return meant and (step.unless is None or truth(step.unless, self.decision.facts) is not True)

    def say(self, english: str, /, **values: object) -> str:
        return self.language.say(english, **values)

    def note(self, kind: str, step: str, words: str, *bits: Bit) -> None:
        rules = dict.fromkeys(rule.id for bit in bits for rule in self.decision.because(bit))
        self.cuts.append(Cut(kind, step, words, tuple(rules)))

    def step(self, step: Step) -> PlannedStep | None:
        position = self.position(step)
        if position is None:
            names = [self.words.term("positions", name) for name in (step.position, *step.otherwise)]
            closed = self.language.listed(names, "nor")
            words = self.say("{where}: left out, as neither {closed} is open.", where=step.title, closed=closed)
            self.note("position", step.id, words, ("positions", "", step.position))
            return None
        touches = tuple(touch for region in self.regions(step) if (touch := self.touch(step, region)))
        if not touches:
            return None
        manners, props = manners_of(step, self.words), self.props(step, position)
        return PlannedStep(step.id, step.title, position, step.share, manners, props, touches)

    def props(self, step: Step, position: str) -> tuple[str, ...]:
        """What supports the patient: the step's own props in its own position, the position's usual ones in another."""
        usual = self.words.terms[f"positions.{position}"].get("props")
        return step.props if position == step.position else tuple(usual.split(",")) if usual else ()

    def position(self, step: Step) -> str | None:
        found = next((name for name in (step.position, *step.otherwise) if name not in self.limits.positions), None)
        if found not in (None, step.position):
            taken, meant = (self.words.term("positions", name) for name in (str(found), step.position))
            words = self.say("{where}: {taken} instead of {meant}.", where=step.title, taken=taken, meant=meant)
            self.note("position", step.id, words, ("positions", "", step.position))
        return found

    def regions(self, step: Step) -> list[str]:
        """The single regions of a step, on the sides that it means for this patient."""
        sides = self.sides(step)
        singles = [self.words.region(name) for base in step.regions for name in self.words.regions_of(base)]
        return [region.name for region in singles if region.side == "midline" or region.side in sides]

    def sides(self, step: Step) -> tuple[str, ...]:
        if step.side not in ("concave", "convex"):
            return {"both": ("left", "right"), "midline": ()}.get(step.side, (step.side,))
        fact = next(fact for fact in self.decision.protocols.facts.facts if fact.curve == step.curve)
        convex = self.decision.facts[fact.name]
        if convex is None:
            words = self.say("{where}: left out until the side of the curve is known.", where=step.title)
            self.cuts.append(Cut("side", step.id, words, ()))
        other = {"left": "right", "right": "left"}
        known = str(convex) if convex in other else ""
        return () if not known else (known,) if step.side == "convex" else (other[known],)

    def touch(self, step: Step, region: str) -> Touch | None:
        ceiling = self.limits.ceiling(region)
        where = self.words.region(region).words
        if ceiling == 0:
            self.note("region", step.id, self.say("{where}: left alone.", where=where), ("pressure", region, 0))
            return None
        technique = next((name for name in (step.technique, *step.instead) if self.limits.allows(name, region)), None)
        if technique != step.technique:
            self.substituted(step, region, technique)
        if technique is None:
            return None
        if max(step.pressure) > ceiling:
            most = max(step.pressure)
            words = self.say("{where}: level {ceiling} at most, not {meant}.", where=where, ceiling=ceiling, meant=most)
            self.note("pressure", step.id, words, ("pressure", region, ceiling))
        return Touch(region, technique, tuple(min(level, ceiling) for level in step.pressure))

    def substituted(self, step: Step, region: str, technique: str | None) -> None:
        meant, where = self.words.term("techniques", step.technique), self.words.region(region).words
        taken = self.words.term("techniques", technique) if technique else ""
        words = self.say(
            "{where}: {taken} instead of {meant}." if technique else "{where}: no {meant}.",
            where=where,
            taken=taken,
            meant=meant,
        )
        self.note("technique", step.id, words, ("forbidden", region, step.technique))

    def minutes(self) -> tuple[int, ...]:
        most = self.limits.minutes
        if max(self.regimen.minutes) > most:
            words = self.say("{most} minutes at most, not {meant}.", most=most, meant=max(self.regimen.minutes))
            self.note("minutes", "", words, ("minutes", "", most))
        return tuple(min(minutes, most) for minutes in self.regimen.minutes)

    def course(self) -> Course:
        offered, least = self.regimen.course, self.limits.spacing_days
        if least > offered.spacing_days:
            words = self.say("{least} days between sessions, not {meant}.", least=least, meant=offered.spacing_days)
            self.note("spacing", "", words, ("spacing_days", "", least))
        return Course(offered.sessions, max(least, offered.spacing_days), offered.pause_days, offered.courses_per_year)
