"""The session's script: minute by minute, for one session of a chosen regimen.

The dose (minutes and intended pressure) grows by one step a session. After a bad reaction it holds or steps back, after
an alarming one the course locks: content says which reaction does what. The ceiling of the limits always wins, since it
was cut in before. Turns are steps of their own, helped and counted in the minutes, for a turn is a fall risk and twists
the spine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from effleurage.errors import InputError
from effleurage.language import sentence
from effleurage.lib.text import listed, nearest
from effleurage.plan.plan import Plan, PlannedRegimen, PlannedStep, Touch, rhythm_of
from effleurage.protocol.vocabulary import Term, Vocabulary

BEFORE, DURING, EACH_REGION, EACH_RISE, AFTER, FOLLOW_UP = (
    "before",
    "during",
    "each_region",
    "each_rise",
    "after",
    "follow_up",
)
LOCK = "lock"
"""What content calls the next step after an alarming reaction."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last session: the dose that was given (1 for the first) and how the patient reacted."""

    dose: int
    reaction: str

    def __post_init__(self) -> None:
        if self.dose < 1:
            raise ValueError("a session that was given had a dose of 1 or more; after a locked course there is none")


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the script: a step or a turn, with start and length in seconds, touches with their level, and the
    checks due.
    """

    kind: str
    title: str
    start: int
    seconds: int
    position: str
    lying: str = ""
    touches: tuple[tuple[Touch, int], ...] = ()
    manners: tuple[tuple[str, str], ...] = ()
    props: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.seconds < 1:
            raise ValueError(f"'{self.title}' would last {self.seconds} seconds: too many steps for the minutes")

    @property
    def rhythm(self) -> str:
        """How it is done, in words, by the techniques of its touches."""
        return rhythm_of(self.manners, (touch for touch, _ in self.touches))


@dataclass(frozen=True, slots=True)
class SessionScript:
    """One session. When `locked`, there are no moments: `why` says what happened and `refer` whom to see."""

    regimen: str
    session: int
    dose: int
    minutes: int
    locked: bool
    why: str
    refer: str
    before: tuple[Term, ...]
    during: tuple[Term, ...]
    moments: tuple[Moment, ...]
    after: tuple[Term, ...]
    follow_up: tuple[Term, ...]
    stop_rules: tuple[Term, ...]
    expected: tuple[Term, ...]


def next_dose(*, session: int, last: Last | None, vocabulary: Vocabulary) -> tuple[int, str, Term | None]:
    """The dose of this session, why, and the reaction behind it. Dose 0 means that the course is locked.

    Where nobody knows how the last session was borne, the dose is that of the first: not known is never good news.
    """
    if last is None:
        speak = vocabulary.language
        first = speak.say("first session" if session == 1 else "as the first, as nothing is known of the last session")
        return 1, first, None
    reaction = reaction_named(last.reaction, vocabulary)
    before = min(last.dose, max(1, session - 1))
    doses = {"grow": min(before + 1, session), "hold": before, "step_back": max(1, before - 1), LOCK: 0}
    words = {
        "grow": sentence("one step more"),
        "hold": sentence("the same again"),
        "step_back": sentence("one step back"),
        LOCK: sentence("the course is locked"),
    }
    step = reaction.get("next")
    speak = vocabulary.language
    why = speak.say("{step}, after: {reaction}", step=speak.words(words[step]), reaction=reaction.term.lower())
    return doses[step], why, reaction


def reaction_named(name: str, vocabulary: Vocabulary) -> Term:
    found = next((term for term in vocabulary.reactions if term.name == name), None)
    if found is None:
        names = [term.name for term in vocabulary.reactions]
        raise InputError(
            where="last reaction",
            what=f"'{name}' is not a known reaction.",
            remedy=nearest(name, names) or f"Known: {listed(names)}.",
        )
    return found


def script(*, plan: Plan, planned: PlannedRegimen, session: int, last: Last | None = None) -> SessionScript:
    """The script of session `session` (1, 2, 3 ...) of a regimen of this plan.

    Raises InputError for a session number outside the course, or where the plan leaves nothing to do.
    """
    if not 1 <= session <= planned.course.sessions:
        raise InputError(
            where="session",
            what=f"The course has {planned.course.sessions} sessions; there is no number {session}.",
            remedy="Plan a new course.",
        )
    if planned not in plan.available:
        raise InputError(
            where=planned.regimen.id,
            what="The limits leave nothing of this regimen to do now.",
            remedy="See the plan's reasons and referrals.",
        )
    words = plan.decision.protocols.vocabulary
    dose, why, reaction = next_dose(session=session, last=last, vocabulary=words)
    checks = [term for term in words.checks if term.name in plan.decision.limits.checks]
    at = {
        moment: tuple(term for term in checks if term.get("moment") == moment)
        for moment in (BEFORE, DURING, AFTER, FOLLOW_UP)
    }
    locked = dose == 0
    minutes = 0 if locked else planned.minutes_at(dose)
    moments = () if locked else tuple(_moments(planned, dose, minutes, words, checks))
    return SessionScript(
        regimen=planned.regimen.id,
        session=session,
        dose=dose,
        minutes=minutes,
        locked=locked,
        why=why,
        refer=reaction.get("refer") if reaction else "",
        before=at[BEFORE],
        during=at[DURING],
        moments=moments,
        after=at[AFTER],
        follow_up=at[FOLLOW_UP],
        stop_rules=tuple(term for term in words.stop_rules if term.name in plan.decision.limits.stop),
        expected=_expected(planned, moments, words),
    )


def _expected(planned: PlannedRegimen, moments: Sequence[Moment], words: Vocabulary) -> tuple[Term, ...]:
    """What may be felt: all that the regimen names, but what belongs to one technique only where hands use it.

    A cutting feeling under a hand that strokes is not to be expected: it is to be asked about.
    """
    used = {touch.technique for moment in moments for touch, _ in moment.touches}
    named = (term for term in words.expected if term.name in planned.regimen.sensations)
    return tuple(term for term in named if term.get("technique") in ("", *used))


def _moments(
    planned: PlannedRegimen, dose: int, minutes: int, words: Vocabulary, checks: Sequence[Term]
) -> Iterator[Moment]:
    parts = tuple(_parts(planned.steps, words))
    turns = sum(1 for one, other in pairwise(parts) if one.posture != other.posture)
    turn_seconds = int(words.turn.get("minutes")) * 60
    lengths = shared(minutes * 60 - turns * turn_seconds, [part.share for part in parts])
    now, before, highest = 0, parts[0].posture, 0
    for part, seconds in zip(parts, lengths, strict=True):
        if part.posture != before:
            yield Moment("turn", words.turn.term, now, turn_seconds, *part.posture)
            now += turn_seconds
        top = max(touch.level(dose) for touch in part.touches)
        yield _working(part, dose, now, seconds, _due(checks, rises=top > highest))
        now, before, highest = now + seconds, part.posture, max(highest, top)


@dataclass(frozen=True, slots=True)
class _Part:
    """A step, or the half of it that can be reached before the patient is turned. Shares are in thousandths."""

    step: PlannedStep
    touches: tuple[Touch, ...]
    lying: str

    @property
    def posture(self) -> tuple[str, str]:
        return self.step.position, self.lying

    @property
    def share(self) -> int:
        return 1000 * self.step.share * len(self.touches) // len(self.step.touches)


def _parts(steps: Sequence[PlannedStep], words: Vocabulary) -> Iterator[_Part]:
    """The steps in order. In a position that reaches one side at a time, all steps of one side come before one turn."""
    halves = {term.name for term in words.positions if term.get("reaches") == "one_side"}
    for position, group in groupby(steps, key=lambda step: step.position):
        run = tuple(group)
        sides = {words.region(touch.region).side for step in run for touch in step.touches} - {"midline"}
        if position in halves and len(sides) == 2:
            yield from _half(run, words, {"right", "midline"}, "left")
            yield from _half(run, words, {"left"}, "right")
        elif position in halves and sides:
            yield from (_Part(step, step.touches, "left" if sides == {"right"} else "right") for step in run)
        else:
            yield from (_Part(step, step.touches, "") for step in run)


def _half(run: Sequence[PlannedStep], words: Vocabulary, sides: set[str], lying: str) -> Iterator[_Part]:
    for step in run:
        touches = tuple(touch for touch in step.touches if words.region(touch.region).side in sides)
        if touches:
            yield _Part(step, touches, lying)


def _working(part: _Part, dose: int, start: int, seconds: int, checks: tuple[str, ...]) -> Moment:
    touches = tuple((touch, touch.level(dose)) for touch in part.touches)
    step = part.step
    return Moment("step", step.title, start, seconds, *part.posture, touches, step.manners, step.props, checks)


def position_words(moment: Moment, words: Vocabulary) -> str:
    """The position as one says it: 'Side-lying, on the left'."""
    term = words.term("positions", moment.position)
    lying = {"left": sentence("{position}, on the left"), "right": sentence("{position}, on the right")}
    return words.language.say(lying[moment.lying], position=term) if moment.lying else term


def technique_words(moment: Moment, words: Vocabulary) -> str:
    """The technique; where there are several, each with its regions."""
    regions: dict[str, list[str]] = {}
    for touch, _ in moment.touches:
        regions.setdefault(words.term("techniques", touch.technique), []).append(words.region(touch.region).words)
    if len(regions) < 2:
        return "".join(regions)
    return "; ".join(f"{technique}: {', '.join(where)}" for technique, where in regions.items())


def _due(checks: Sequence[Term], *, rises: bool) -> tuple[str, ...]:
    moments = (EACH_REGION, EACH_RISE) if rises else (EACH_REGION,)
    return tuple(term.name for term in checks if term.get("moment") in moments)


def shared(seconds: int, shares: Sequence[int]) -> list[int]:
    """Whole seconds shared out in proportion, summing exactly to `seconds`.

    >>> shared(100, [1, 1, 1])
    [33, 33, 34]
    """
    total = sum(shares)
    ends = [seconds * sum(shares[: number + 1]) // total for number in range(len(shares))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]
