"""The desk on which an import is sorted: what can be placed on a fact, and what a person must look at.

An import never clears a risk. It sets no yes/no fact to its good value and completes no list; what is too old to count
is set aside; of several values the worst counts, and none where no one can tell which is worse. Whatever is not placed
is listed with the reason. A clock time with a zone is a local time only where the zone of the place is known; else the
earliest that it may be says how old a value is, and a time of day is not taken from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Final

from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake, Items
from effleurage.facts.derive import is_stale
from effleurage.facts.kinds import Bad, Fact, FactTable, Kind
from effleurage.facts.merge import counting, merged, told, worse
from effleurage.facts.read_intake import read_value
from effleurage.fhir.codes import CodeIndex, code_index, trap
from effleurage.fhir.node import Coding, Concept, Node
from effleurage.lib.dates import has_zone, is_partial, local_span
from effleurage.lib.marked import Tree
from effleurage.lib.text import counted, listed

Find = Callable[[str, Node], Node | None]
"""Finds the resource that a reference inside a resource means."""
ORIGIN: Final = "import"
SAME_TIME: Final = 1
"""Values at most so many days apart are of the same time: by so much may a date be off whose zone is not ours."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact that the Bundle answers: in words, by which code and where, as of when. `note` asks for a second look."""

    fact: str
    words: str
    code: str
    display: str
    path: str
    on: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Something of the Bundle that answers nothing, and why. A person should look at it."""

    path: str
    code: str
    display: str
    why: str

    def __str__(self) -> str:
        about = " ".join(word for word in (self.display, f"({self.code})" if self.code else "") if word)
        return f"{self.path}: {about or 'no code'}. {self.why}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a Bundle answers, as an intake; where each answer comes from; what could not be placed; what to look at."""

    intake: Intake
    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Desk:
    """`on` is now; `asserted` is the moment for which the Bundle speaks: what it calls active was so then.

    `zone` is that of the place, if it is known. `unnamed` are medicines that are taken and could not be placed.
    """

    facts: FactTable
    on: datetime
    asserted: datetime
    find: Find
    zone: tzinfo | None = None
    index: CodeIndex = field(init=False)
    offers: list[tuple[Answer, Placed]] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unnamed: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = code_index(self.facts)

    def leave(self, node: Node, about: Concept, why: str) -> None:
        self.unplaced.append(Unplaced(node.path, about.code, about.display, why))

    def moment(self, node: Node) -> datetime:
        """A date of FHIR. Read at its early end where it may be several; refused where that lies after now."""
        moment = self.span(node)[0]
        if moment > self.on and moment.date() > self.on.date():
            node.refuse(f"{node.text} lies in the future.", "Correct the date.")
        return min(moment, self.on)

    def span(self, node: Node) -> tuple[datetime, datetime]:
        found = local_span(node.text, zone=self.zone)
        if found is None:
            node.refuse(f"'{node.text[:40]}' is no date.", "Write it as 2026-11-22 or 2026-11-22T08:30:00Z.")
        return found

    def date(self, node: Node, fact: Fact) -> tuple[str, str]:
        """The date for a date fact, or "" with why it cannot be told: a day at its careful end, a time only if sure."""
        early, late = self.span(node)
        if not has_zone(node.text):
            return (
                ("", "The whole date is needed; ask.")
                if is_partial(node.text) and not fact.careful
                else (node.text, "")
            )
        if fact.time:
            return (f"{early:%Y-%m-%dT%H:%M}", "") if early == late else ("", "Its clock time is in another zone; ask.")
        if early.date() != late.date() and not fact.careful:
            return "", "Its day is in another zone; ask."
        return f"{early if fact.careful == 'earliest' else max(early, min(late, self.on)):%Y-%m-%d}", ""

    def is_old(self, node: Node, about: Concept, fact: Fact, moment: datetime) -> bool:
        """Whether the fact needs a younger answer; if so, this one is listed."""
        old = is_stale(Answer(True, moment, ORIGIN), fact, self.on)
        if old:
            good = counted(fact.stale_days or 0, "day")
            self.leave(node, about, f"{fact.name}: of {moment.date()}, too old to count (good for {good}); ask again.")
        return old

    def yes(self, node: Node, about: Concept, fact: Fact, coding: Coding, moment: datetime, note: str = "") -> None:
        """A yes/no fact is told to be so; told only where that is not the good news."""
        if fact.kind is not Kind.YES_NO:
            self.leave(node, about, f"{fact.name} needs a value, which this does not give; ask.")
        else:
            self.told(node, about, fact, coding, True, moment, note)

    def told(
        self, node: Node, about: Concept, fact: Fact, coding: Coding, said: bool, moment: datetime, note: str = ""
    ) -> None:
        if said is (fact.bad is Bad.NO) and fact.bad is not Bad.NONE:
            self.leave(
                node, about, f"It says {'yes' if said else 'no'} to {fact.name}: it clears nothing; ask the patient."
            )
        elif not self.is_old(node, about, fact, moment):
            self.offer(fact, Answer(said, moment, ORIGIN, node.path), about, coding, fact.shown(said), note)

    def value(
        self, node: Tree, at: Node, about: Concept, fact: Fact, coding: Coding, unit: str, moment: datetime
    ) -> None:
        """A number, choice or date, read and refused just as in an intake."""
        try:
            value = read_value(node, fact, unit=unit, sure=False, now=self.on)
        except InputError as fault:
            remedy = fault.remedy.replace(
                "If it is right, write", "If it is right, leave it out here, and answer in the intake"
            )
            raise InputError(where=fault.where, what=fault.what, remedy=remedy) from None
        words = f"{value:%Y-%m-%d}" if isinstance(value, datetime) else fact.shown(value)  # type: ignore[arg-type]
        self.offer(fact, Answer(value, moment, ORIGIN, at.path), about, coding, words)

    def medicine(self, node: Node, about: Concept, names: Iterable[str], note: str) -> None:
        """Medicines join the list, which stays incomplete: what a record does not mention may still be taken."""
        fact = self.index.medicine_list
        if fact and not self.is_old(node, about, fact, self.asserted):
            for name in names:
                answer = Answer(Items((name,), complete=False, excerpt=True), self.asserted, ORIGIN, node.path)
                self.offer(fact, answer, about, None, dict(fact.options)[name], note)

    def unnamed_medicine(self, node: Node, about: Concept, why: str) -> None:
        """Something is taken of which we cannot tell what it is: no list without it is complete."""
        self.leave(node, about, why)
        self.unnamed.append(Answer(Items((), complete=False), self.asserted, ORIGIN, node.path))

    def offer(
        self, fact: Fact, answer: Answer, about: Concept, coding: Coding | None, words: str, note: str = ""
    ) -> None:
        code = coding.words if coding else about.code
        display = (coding.display if coding else "") or about.display
        warning = " ".join(text for text in (note, trap(fact, coding) if coding else "") if text)
        if warning:
            self.warnings.append(f"{answer.place}: {warning}")
        self.offers.append((answer, Placed(fact.name, words, code, display, answer.place, answer.on, warning)))

    def imported(self, label: str) -> Imported:
        """Everything sorted: for each fact the answer that counts, or that two of them contradict each other."""
        answers: dict[str, Answer] = {}
        contradictions: dict[str, str] = {}
        placed: list[Placed] = []
        for name in dict.fromkeys(placed.fact for _, placed in self.offers):
            rows = [row for row in self.offers if row[1].fact == name]
            found = self._counting([answer for answer, _ in rows], self.facts[name])
            placed += self._kept(rows, found)
            if found is None:
                contradictions[name] = told([answer for answer, _ in rows], self.facts[name])
            else:
                answers[name] = found
        answers |= self._opened(answers) | self._unnamed(answers)
        intake = Intake(label=label, on=self.on, answers=answers, contradictions=contradictions)
        return Imported(intake, tuple(placed), tuple(self.unplaced), tuple(dict.fromkeys(self.warnings)))

    def _counting(self, answers: list[Answer], fact: Fact) -> Answer | None:
        """The worst; where no direction is worse the latest, if all of about its time agree; the union of lists."""
        if fact.bad is Bad.NONE and fact.kind not in (Kind.LIST, Kind.DATE):
            latest = max(answer.on.date() for answer in answers)
            answers = [answer for answer in answers if (latest - answer.on.date()).days <= SAME_TIME]
        return counting(answers, fact)

    def _unnamed(self, answers: dict[str, Answer]) -> dict[str, Answer]:
        """The list of medicines where something is taken that is not on it; a record too old to count says nothing."""
        fact = self.index.medicine_list
        given = [answer for answer in self.unnamed if fact and not is_stale(answer, fact, self.on)]
        if fact is None or not given:
            return {}
        listing = answers.get(fact.name, given[0])
        return {fact.name: worse(listing, given[0], fact) or listing}

    def _kept(self, rows: list[tuple[Answer, Placed]], counting: Answer | None) -> list[Placed]:
        """What stays placed; values that another one outweighs or contradicts are listed, equal ones are not."""
        if counting is None:
            for _, placed in rows:
                why = f"{placed.fact}: {placed.words} ({placed.on.date()}) is contradicted by another value; ask again."
                self.unplaced.append(Unplaced(placed.path, placed.code, placed.display, why))
            return []
        if isinstance(counting.value, Items):
            return [placed for _, placed in rows]
        kept = next(placed for answer, placed in rows if answer is counting)
        for answer, placed in rows:
            if answer is not counting and answer.value != counting.value:
                counts = f"{kept.words} ({kept.on.date()}) counts."
                why = f"{placed.fact} is also {placed.words} ({placed.on.date()}); {counts}"
                self.unplaced.append(Unplaced(placed.path, placed.code, placed.display, why))
        return [kept]

    def _opened(self, answers: dict[str, Answer]) -> dict[str, Answer]:
        """Gates that bad news opens: who has a curve of one kind has a curve, whatever else was answered."""
        opened: dict[str, Answer] = {}
        for name, answer in answers.items():
            for gate in self.facts.gates(name):
                fact = self.facts[gate]
                if fact.ask and fact.bad is Bad.YES and gate not in answers:
                    opened[gate] = replace(answer, value=True)
        return opened


def merge(one: Intake, other: Intake, *, facts: FactTable) -> Intake:
    """Two intakes of one patient, of which either may be imported; where both know, the worse news counts.

    Raises InputError where the birth dates differ: then they are of two patients.
    """
    births = [fact.derive.of[0] for fact in facts.facts if fact.derive and fact.derive.how == "age_years"]
    for name in births:
        own, new = one.answers.get(name), other.answers.get(name)
        if own and new and own.value != new.value:
            raise InputError(
                where=new.place or other.label,
                what="This is of another patient: the birth date is not the one given elsewhere.",
                remedy="Check both, and hand in one patient at a time.",
            )
    return merged(one, other, facts=facts)


def named_in(words: str, facts: FactTable) -> str:
    """The medicines whose name or brand stands in the words, as a hint for a person; "" where there are none."""
    text = f" {words.lower()} "
    hits = [one.term for one in facts.medicines if any(name.lower() in text for name in (one.term, *one.brands))]
    return listed(hits)
