"""What remains of a session that is under way when a new fact has changed the limits.

The new script of the same regimen and dose says what is allowed now; from it is taken what was delivered already. Two
things bound what remains, and each can only make it less: a region of a step gets no more than either script, the new
one and the one that the session began with, leaves over what it got; and the session gets no more than the shorter of
the two leaves. So minutes that a cut set free do not flow back into steps that are done, and no fact that comes up in
the middle makes a session longer than the one that was begun.

Where not everything fits, all of it is shortened in proportion, turns excepted: a helped turn takes its time. Pressure
counts as rising from nothing once more, so that the first touch after the news comes with the check of every rise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from effleurage.plan.plan import PlannedRegimen, Touch
from effleurage.plan.script import Moment, SessionScript, _due, _parts, shared
from effleurage.protocol.vocabulary import Term, Vocabulary

Place = tuple[str, str]
"""A region within a step: (id of the step, region). It stands in a script at most once."""
Posture = tuple[str, str]
"""How the patient lies: (position, side), as a moment has it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A script with the id of the step behind each of its moments; "" for a turn."""

    script: SessionScript
    steps: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.steps) != len(self.script.moments):
            raise ValueError("one step for each moment")

    @property
    def seconds(self) -> int:
        return sum(moment.seconds for moment in self.script.moments)

    @property
    def intended(self) -> dict[Place, int]:
        """The seconds for each region of each step: those of its moment shared evenly, summing exactly."""
        return {
            (step, touch.region): seconds
            for step, moment in zip(self.steps, self.script.moments, strict=True)
            for (touch, _), seconds in zip(moment.touches, _evenly(moment), strict=True)
        }


def running(*, script: SessionScript, planned: PlannedRegimen, words: Vocabulary) -> Running:
    """A script of this planned regimen, with its steps. The moments that are not turns follow the parts of the plan."""
    ids = iter([part.step.id for part in _parts(planned.steps, words)])
    return Running(script, tuple("" if moment.kind == "turn" else next(ids) for moment in script.moments))


def rest(
    *,
    began: Running,
    now: Running,
    words: Vocabulary,
    done: Mapping[Place, int],
    elapsed: int,
    finished: Collection[Place] = (),
    posture: Posture | None = None,
) -> Running:
    """What is left to do, from second 0 on; without moments where nothing is.

    `began` is the script that the session began with, `now` the script of the same session and dose after the news;
    both count from the beginning, and so do `done`, the seconds that each region of a step got, and `elapsed`, the
    seconds of treatment and turns so far without pauses. `finished` names what is not gone back to though it got less
    than was meant. `posture` is how the patient lies; where it is given and is not the first that is needed, a turn
    comes first. All times are whole seconds.
    """
    longest = min(began.script.minutes, now.script.minutes) * 60
    before = began.intended
    meant = {place: min(seconds, before.get(place, seconds)) for place, seconds in now.intended.items()}
    left = {place: seconds - done.get(place, 0) for place, seconds in meant.items() if place not in finished}
    rows = _fitted(tuple(_working(now, left)), longest - max(elapsed, sum(done.values())), words, posture)
    placed = tuple(_placed(rows, _checks(now, words), words, posture))
    return Running(replace(now.script, moments=tuple(each for _, each in placed)), tuple(step for step, _ in placed))


def _checks(now: Running, words: Vocabulary) -> list[Term]:
    """The checks of regions and of rises: all of them are due at the first touch of a script, which rises from none."""
    first = next((moment.checks for moment in now.script.moments if moment.kind == "step"), ())
    return [term for term in words.checks if term.name in first]


_Row = tuple[str, Moment]
"""The id of a step, and a moment of it."""
_Touched = tuple[Touch, int]
"""A touch and its level."""


def _working(now: Running, left: Mapping[Place, int]) -> Iterator[_Row]:
    """The moments that are not turns, with only the touches of which something is left and their seconds together."""
    for step, moment in zip(now.steps, now.script.moments, strict=True):
        rows = [(each, left.get((step, each[0].region), 0)) for each in moment.touches]
        for run in _alike([row for row in rows if row[1] > 0]):
            touches = tuple(each for each, _ in run)
            yield step, replace(moment, touches=touches, seconds=sum(seconds for _, seconds in run))


def _alike(rows: Sequence[tuple[_Touched, int]]) -> Iterator[list[tuple[_Touched, int]]]:
    """Neighbouring touches of which the same is left, but for the second that sharing rounds. As the touches of a
    moment share its seconds evenly, those of which more is left need a moment of their own.
    """
    run: list[tuple[_Touched, int]] = []
    for row in rows:
        if run and abs(row[1] - run[0][1]) > 1:
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _fitted(rows: Sequence[_Row], budget: int, words: Vocabulary, posture: Posture | None) -> tuple[_Row, ...]:
    """The rows shortened to the budget, less the turns between them. What would get no second at all falls away, and
    where the turns leave nothing, the last row does.
    """
    while rows:
        room = budget - _turns(rows, posture) * _turn_seconds(words)
        wanted = [moment.seconds for _, moment in rows]
        lengths = wanted if sum(wanted) <= room else shared(max(room, 0), wanted)
        if all(lengths):
            return tuple((step, replace(moment, seconds=n)) for (step, moment), n in zip(rows, lengths, strict=True))
        kept = tuple(row for row, seconds in zip(rows, lengths, strict=True) if seconds)
        rows = kept or rows[:-1]
    return ()


def _turns(rows: Sequence[_Row], posture: Posture | None) -> int:
    postures = [*([posture] if posture else []), *(_posture(moment) for _, moment in rows)]
    return sum(1 for one, other in pairwise(postures) if one != other)


def _posture(moment: Moment) -> Posture:
    return moment.position, moment.lying


def _turn_seconds(words: Vocabulary) -> int:
    return int(words.turn.get("minutes")) * 60


def _placed(rows: Sequence[_Row], checks: Sequence[Term], words: Vocabulary, posture: Posture | None) -> Iterator[_Row]:
    """The rows one after the other, with the turns between them and the checks that are due."""
    start, highest = 0, 0
    for step, moment in rows:
        if posture and _posture(moment) != posture:
            yield "", Moment("turn", words.turn.term, start, _turn_seconds(words), *_posture(moment))
            start += _turn_seconds(words)
        top = max(level for _, level in moment.touches)
        yield step, replace(moment, start=start, checks=_due(checks, rises=top > highest))
        start, posture, highest = start + moment.seconds, _posture(moment), max(highest, top)


def _evenly(moment: Moment) -> list[int]:
    return shared(moment.seconds, [1] * len(moment.touches)) if moment.touches else []
