"""Adverse events: how grave, when a protocol stops, and what a reaction means that is reported days after.

What alarms is the content's to say, and it says so of a reaction whoever reports it, and whenever. How many events are
too many is the clinic's to say. This module invents neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from effleurage.errors import InputError
from effleurage.language import sentence
from effleurage.lib.text import nearest
from effleurage.plan.script import LOCK, reaction_named
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.vocabulary import Term, Vocabulary


class Grade(IntEnum):
    """How grave an adverse event is, in the words of Carnes and others (2010)."""

    MILD = 1
    MODERATE = 2
    MAJOR = 3

    @property
    def words(self) -> str:
        """In English; whoever shows it says it in the language of the protocols."""
        return GRADES[self].term

    @property
    def means(self) -> str:
        return GRADES[self].means


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade's word, its meaning, and the source it was read in."""

    term: str
    means: str
    source: str


GRADES: Final = {
    Grade.MILD: Graded(
        sentence("mild"),
        sentence("Short and contained; nothing that the patient can do is impaired, and the treatment stays as it is."),
        "CARNES",
    ),
    Grade.MODERATE: Graded(
        sentence("moderate"),
        sentence("Of medium or long term like a major one, but only moderate in how strong it is."),
        "CARNES",
    ),
    Grade.MAJOR: Graded(
        sentence("major"),
        sentence("Of medium or long term, moderate to severe, unacceptable, and in need of further treatment."),
        "CARNES",
    ),
}
"""The grades by Carnes and others 2010, paraphrased; the source key stands in sources.yaml."""


def holds_unnamed(grade: Grade) -> bool:
    """Whether harm that the content has no name for holds the course: nobody can judge it by its name, so all but what
    its reporter calls mild waits for a person.
    """
    return grade > Grade.MILD


@dataclass(frozen=True, slots=True)
class Reported:
    """One adverse event: the protocol under which it happened, and its grade (None until somebody has graded it)."""

    protocol: str
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class StopLimit:
    """The clinic's limit: at `most` + 1 events of this grade or a graver one, a protocol stops."""

    grade: Grade
    most: int

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ValueError("a limit is 0 or more")


def count(reported: Iterable[Reported], *, protocol: str, grade: Grade) -> int:
    """The events of a protocol that are as grave as this, or graver. One that nobody has graded counts as such."""
    own = (each for each in reported if each.protocol == protocol)
    return sum(each.grade is None or each.grade >= grade for each in own)


def stops(reported: Iterable[Reported], limits: Iterable[StopLimit]) -> tuple[str, ...]:
    """The protocols that have to stop, by name: those that exceed any of the clinic's limits."""
    known, limits = tuple(reported), tuple(limits)
    names = sorted({each.protocol for each in known})
    return tuple(
        name for name in names if any(count(known, protocol=name, grade=limit.grade) > limit.most for limit in limits)
    )


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reported reaction or stop means: the verdict, whether the course locks, whom to see and how soon."""

    term: Term
    verdict: Verdict
    locks: bool
    refer: tuple[tuple[Term, Term], ...]

    @property
    def emergency(self) -> bool:
        return self.verdict is Verdict.EMERGENCY


def meaning_of_reaction(name: str, *, days: int, vocabulary: Vocabulary) -> Meaning:
    """What a reaction means that is reported so many days after a session. Raises InputError for one nobody knows.

    The days change nothing: weakness of the legs on the third day is the emergency that it was on the first. Who
    reports it is not even asked.
    """
    if days < 0:
        raise InputError(where="days", what=f"{days} days is before the session.", remedy="Correct the date.")
    term = reaction_named(name, vocabulary)
    return _meaning(term, locks=term.get("next") == LOCK, vocabulary=vocabulary)


def meaning_of_stop(name: str, *, vocabulary: Vocabulary) -> Meaning:
    """What a stop rule means for the course. Raises InputError for one that the content does not know."""
    found = vocabulary.terms.get(f"stop_rules.{name}")
    if found is None:
        names = [term.name for term in vocabulary.stop_rules]
        raise InputError(where="stop", what=f"'{name}' is not a stop rule.", remedy=nearest(name, names))
    return _meaning(found, locks=found.get("alarming") == "yes", vocabulary=vocabulary)


def _meaning(term: Term, *, locks: bool, vocabulary: Vocabulary) -> Meaning:
    refer = tuple(_refer(term, vocabulary))
    most_urgent = vocabulary.urgencies[-1]
    if any(urgency == most_urgent for _, urgency in refer):
        verdict = Verdict.EMERGENCY
    elif locks:
        verdict = Verdict.WITHHOLD
    else:
        verdict = Verdict.MODIFIED if refer or term.get("next") not in ("grow", "") else Verdict.GO
    return Meaning(term, verdict, locks, refer)


def _refer(term: Term, vocabulary: Vocabulary) -> Iterator[tuple[Term, Term]]:
    for pair in (pair for pair in term.get("refer").split(",") if pair):
        target, _, urgency = pair.partition("=")
        yield vocabulary.terms[f"referrals.{target}"], vocabulary.terms[f"urgencies.{urgency}"]
