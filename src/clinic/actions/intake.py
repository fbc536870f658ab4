"""The round of questions as pages need it: what is left for somebody, the way back, and what an answer makes void.

Nothing is kept between two pages but the entries themselves: which question comes next follows from the record, so a
round goes on from wherever it was left, on another day or another device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from clinic.records.facts import COUNTING, answer_of
from clinic.records.models import FactEntry, Patient
from clinic.records.standing import Standing, standing
from effleurage.decision.ask import Question, questions
from effleurage.facts.answers import Answer
from effleurage.facts.derive import derive
from effleurage.facts.kinds import Fact, FactTable
from effleurage.facts.read_intake import read_answer
from effleurage.lib.marked import Tree
from effleurage.library import Library
from effleurage.protocol.lattice import Verdict

BACK_FOR: Final = timedelta(days=14)
"""How long ago an answer may be to lie on the way back; a link for questions is open as long."""
PATIENT: Final = "patient"
OWN: Final = "your answer"
"""What a refusal calls the fact in question: its short name is for those who write the content."""


@dataclass(frozen=True)
class Round:
    """The questions for one who answers (`who`: patient or therapist), as the record stands now.

    `past` are the questions that this person answered lately, the last first. `by` is the key of the only one whose
    entries may be shown again, "" for everybody's: who may ask the questions may not read the chart for it.
    """

    found: Standing
    who: str
    left: tuple[Question, ...]
    past: tuple[Question, ...]
    by: str = ""

    @property
    def table(self) -> FactTable:
        return self.found.library.protocols.facts

    @property
    def emergency(self) -> bool:
        return self.found.decision.certain.verdict is Verdict.EMERGENCY

    def at(self, back: int) -> Question | None:
        """The next question, or the one so many steps back."""
        if back:
            return self.past[back - 1] if back <= len(self.past) else None
        return self.left[0] if self.left else None

    def named(self, names: Iterable[str]) -> Question | None:
        """The question on exactly these facts, if it is open or lies on the way back: what a form was made for."""
        wanted = set(names)
        return next((one for one in (*self.left, *self.past) if {fact.name for fact in one.facts} == wanted), None)

    def read_answer(self, fact: Fact, tree: Tree) -> Answer | None:
        """One value through the core's reader, which calls the fact "your answer". Raises InputError."""
        return read_answer(tree, replace(fact, name=OWN), now=self.found.on, taken=self.found.on)

    def entries(self) -> Mapping[str, FactEntry]:
        """What counts now, by fact."""
        return self.found.chart.current()

    def shown(self) -> Mapping[str, FactEntry]:
        """What of it may stand in the fields of a page."""
        return {name: entry for name, entry in self.entries().items() if self.by in ("", entry.entered_by)}


def round_for(patient: Patient, *, who: str, now: datetime, library: Library, by: str = "") -> Round:
    """Where the questions for somebody stand, in the words of this library. `by`: see `Round`."""
    found = standing(patient, now=now, library=library)
    left = found.questions_for(who) if who == PATIENT else _for_carers(found, who)
    return Round(found, who, tuple(filter(None, (_own(one, who) for one in left))), _past(found, who, now, by), by)


def _own(question: Question, who: str) -> Question | None:
    """The question without what this person may not answer: a page brings everything that stands on it."""
    facts = tuple(fact for fact in question.facts if who in fact.who)
    return replace(question, facts=facts) if facts else None


def _for_carers(found: Standing, who: str) -> tuple[Question, ...]:
    """What the patient may not answer or did not know; what somebody of the house did not know is not asked again."""
    current = found.chart.current()
    skip = frozenset(name for name in found.skipped if current[name].origin == who)
    asked = questions(found.decision, wanted=found.plan.hanging, skip=skip, who=who)
    return tuple(
        one for one in asked if any(PATIENT not in fact.who or fact.name in found.chart.not_known for fact in one.facts)
    )


def _past(found: Standing, who: str, now: datetime, by: str) -> tuple[Question, ...]:
    """The questions behind the entries of the last days, one for each act, the last first and each once. Where only
    those of one person are shown (`by`), what was told anew to somebody else in the meantime is not theirs to change.
    """
    table, current = found.library.protocols.facts, found.chart.current()
    acts: dict[tuple[datetime, str, str], list[str]] = {}
    for entry in reversed(found.chart.entries):
        own = not by or by == entry.entered_by == current.get(entry.name, entry).entered_by
        if own and entry.name in table and _of_round(entry, found, who) and entry.entered_at > now - BACK_FOR:
            fact = table[entry.name]
            act = (entry.entered_at, entry.entered_by, fact.batch or fact.page or fact.name)
            names = acts.setdefault(act, [])
            if entry.name not in names:
                names.insert(0, entry.name)
    seen: dict[frozenset[str], Question] = {}
    for names in acts.values():
        facts = tuple(table[name] for name in names if who in table[name].who)
        if facts:
            seen.setdefault(frozenset(fact.name for fact in facts), _question(facts, table))
    return tuple(seen.values())


def _of_round(entry: FactEntry, found: Standing, who: str) -> bool:
    own = entry.patient_id == found.patient.pk and entry.intake_id is not None
    return own and entry.state in COUNTING and entry.state != FactEntry.State.WITHDRAWN and entry.origin == who


def _question(facts: tuple[Fact, ...], table: FactTable) -> Question:
    batch, page = facts[0].batch, facts[0].page
    text = (dict(table.batches) | dict(table.pages)).get(batch or page, facts[0].ask)
    return Question(facts, batch, text, 0, ())


def made_void(asked: Round, answers: Mapping[str, Answer | None]) -> tuple[str, ...]:
    """What the same person said earlier behind a gate that these answers close: it is taken back with them.

    What a carer or another system said is never taken back by a patient's answer; there the two contradict each other,
    and somebody has to look.
    """
    found, table = asked.found, asked.table
    own = {
        name: entry
        for name, entry in asked.entries().items()
        if entry.state == FactEntry.State.GIVEN and entry.origin == asked.who and name in table and name not in answers
    }
    behind = [name for name in own if table.gates(name)]
    intake = found.intake
    for name, answer in (*((name, None) for name in behind), *answers.items()):
        intake = intake.with_answer(name, answer)
    facts = derive(intake=intake, table=table, on=found.on)
    return tuple(name for name in behind if any(facts[gate] is False for gate in table.gates(name)))


def closed_fact(asked: Round, answers: Mapping[str, Answer | None], fact: Fact) -> bool:
    """Whether an answer on the same page has just made this fact pointless."""
    intake = asked.found.intake
    for name, answer in answers.items():
        intake = intake.with_answer(name, answer)
    for name in asked.table.behind(fact.gate) if fact.gate else ():
        intake = intake.with_answer(name, answers.get(name))
    facts = derive(intake=intake, table=asked.table, on=asked.found.on)
    return any(facts[gate] is False for gate in asked.table.gates(fact.name))


def not_placed(asked: Round) -> dict[str, str]:
    """What was written in a list and is not known to the protocols, by fact: kept as the note of the entry."""
    return {
        name: entry.note
        for name, entry in asked.entries().items()
        if entry.note and entry.value and "items" in entry.value and not entry.value["complete"]
    }


def emergency_words(found: Standing) -> list[str]:
    """What to do at once: what the rules tell, then whom they send to without delay."""
    decision = found.decision
    words = decision.protocols.vocabulary
    told = [rule.tell for rule in decision.holding if rule.limit.verdict is Verdict.EMERGENCY]
    last = len(words.urgencies)
    sent = [
        f"{term.term}: {words.urgencies[rank - 1].term}. {term.means}"
        for target, rank in decision.certain.referrals.items()
        for term in words.referrals
        if term.name == target and rank == last
    ]
    return list(dict.fromkeys([*told, *sent]))


def hold_words(found: Standing) -> tuple[list[str], list[str]]:
    """Where a rule holds treatment back: what it tells the patient, and whom to see how soon. Empty otherwise."""
    decision = found.decision
    if decision.certain.verdict < Verdict.WITHHOLD:
        return [], []
    term = decision.protocols.vocabulary.term
    told = [rule.tell for rule in decision.holding if rule.limit.verdict >= Verdict.WITHHOLD]
    sent = [f"{term('referrals', each.target)}: {each.urgency}" for each in found.plan.certain_referrals]
    return list(dict.fromkeys(told)), list(dict.fromkeys(sent))


def said(entry: FactEntry) -> Answer | None:
    """An entry as an answer; None where it says "I don't know"."""
    return answer_of(entry) if entry.state == FactEntry.State.GIVEN else None
