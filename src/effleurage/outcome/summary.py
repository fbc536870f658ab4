"""The summary of a course, for patient and doctor, as sentences in their order: what was planned, what was given, what
was measured before and after, and how sure anybody is of what was hoped for.

Prepared values for a page or a PDF. Nothing says that the one came of the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from effleurage.facts.kinds import Source
from effleurage.language import ENGLISH, Language, sentence
from effleurage.outcome.change import Told, score_words, told
from effleurage.outcome.series import Series, caveat_words
from effleurage.plan.regimen import Claim

HONEST = sentence(
    "Numbers before and after a course show how somebody fared in that time. They do not show what the massage did."
)
"""Stands above every table of measures."""


@dataclass(frozen=True, slots=True)
class Given:
    """One session that was held: minutes planned and given, what was not done as planned, and the reactions, both in
    the words of the page's language.
    """

    at: datetime
    planned_minutes: int
    minutes: int
    deviations: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.planned_minutes < 0 or self.minutes < 0:
            raise ValueError(f"a session of {self.minutes} minutes, with {self.planned_minutes} planned")


@dataclass(frozen=True, slots=True)
class Hope:
    """A hoped-for benefit with its grade (`plan.regimen.GRADES`, in words on the page) and what patients read."""

    claim: str
    grade: str
    say: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class MeasureSummary:
    """One measure. `change` is None where there are no two scores, and `no_change` then says so."""

    instrument: str
    title: str
    measures: str
    direction: str
    first: str
    last: str
    change: Told | None
    no_change: str
    caveats: tuple[str, ...]
    hopes: tuple[Hope, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole course in words. `other_hopes` are those that nothing in the course measured."""

    title: str
    course: tuple[str, ...]
    deviations: tuple[str, ...]
    reactions: tuple[str, ...]
    honest: str
    measures: tuple[MeasureSummary, ...]
    other_hopes: tuple[Hope, ...]


def summary(
    *,
    title: str,
    planned: int,
    given: Iterable[Given],
    measures: Sequence[Series],
    claims: Iterable[Claim],
    language: Language = ENGLISH,
) -> Summary:
    """The summary of a course of `planned` sessions. `title` is the regimen's; `claims` are those of its condition, in
    the language, as the content's instruments are.
    """
    sessions = sorted(given, key=lambda each: each.at)
    found = tuple(claims)
    measured = {each.instrument.name for each in measures}
    others = tuple(_hope(claim) for claim in found if not measured & set(claim.measured_by))
    return Summary(
        title=title,
        course=_course(planned, sessions, language),
        deviations=_counted([text for each in sessions for text in each.deviations], language)
        or (language.say("No deviation from the plan was written down."),) * bool(sessions),
        reactions=_counted([text for each in sessions for text in each.reactions], language)
        or (language.say("No reaction was written down."),) * bool(sessions),
        honest=language.words(HONEST),
        measures=tuple(_measure(each, found, language) for each in measures),
        other_hopes=others,
    )


def _course(planned: int, sessions: Sequence[Given], language: Language) -> tuple[str, ...]:
    plans = language.counted(planned, "session")
    if not sessions:
        return (language.say("Planned: {sessions}. None was held.", sessions=plans),)
    given, meant = sum(each.minutes for each in sessions), sum(each.planned_minutes for each in sessions)
    first, last = (language.month_day(sessions[at].at.date()) for at in (0, -1))
    return (
        language.say("Planned: {sessions}. Held: {held}.", sessions=plans, held=len(sessions)),
        language.say("First session: {first}. Last session: {last}.", first=first, last=last),
        language.say("Minutes of massage in these sessions: {given}; planned: {meant}.", given=given, meant=meant),
    )


def _counted(words: Sequence[str], language: Language) -> tuple[str, ...]:
    """Each text once, with how often it occurred, the most frequent first."""
    counts = sorted(Counter(words).items(), key=lambda row: (-row[1], words.index(row[0])))
    return tuple(text if times == 1 else _times(text, language.counted(times, "time")) for text, times in counts)


def _times(text: str, times: str) -> str:
    """How often, inside the full stop of a sentence."""
    return f"{text[:-1]} ({times})." if text.endswith(".") else f"{text} ({times})"


def _measure(found: Series, claims: Iterable[Claim], language: Language) -> MeasureSummary:
    instrument, comparison = found.instrument, found.change
    first, last = (point.value if point else None for point in (found.baseline, found.last))
    return MeasureSummary(
        instrument=instrument.name,
        title=instrument.title,
        measures=instrument.measures,
        direction=direction_words(found, language),
        first=score_words(value=first, instrument=instrument, language=language),
        last=score_words(value=last if comparison else None, instrument=instrument, language=language),
        change=told(comparison=comparison, language=language) if comparison else None,
        no_change="" if comparison else language.say("There are no two numbers to compare."),
        caveats=caveat_words(found, language),
        hopes=tuple(_hope(claim) for claim in claims if instrument.name in claim.measured_by),
    )


def direction_words(found: Series, language: Language) -> str:
    """Which way is good news."""
    return language.say("higher is better" if found.instrument.higher_is == "better" else "lower is better")


def _hope(claim: Claim) -> Hope:
    return Hope(claim.claim, claim.grade, claim.say, claim.sources)
