"""The record of a session on one device, as it is read off its events.

Nothing here is entered; all of it follows from the events and can be read off them again. Time is counted in the
device's ticks, while a step runs and is not held, and never by a clock on a wall.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final

from effleurage.plan.script import Moment, SessionScript
from effleurage.session.ground import TURN, Ground
from effleurage.session.kinds import (
    UNSAID,
    Checked,
    Comfort,
    Decided,
    Identified,
    Learned,
    Measured,
    Opened,
    Reaction,
    Refused,
)

TOLERANCE: Final = 30
"""Seconds by which a step may be longer or shorter than planned before anybody would mention it."""


Posture = tuple[str, str]
"""A position, and the side on which the patient lies in it, empty where there is none."""


class Status(Enum):
    """How far a session has come."""

    EMPTY = "empty"
    OPEN = "open"
    RUNNING = "running"
    HELD = "held"
    STOPPED = "stopped"
    FINISHED = "finished"
    REFUSED = "refused"
    CLOSED = "closed"


UNDER_WAY: Final = (Status.RUNNING, Status.HELD)
OVER: Final = (Status.STOPPED, Status.FINISHED, Status.REFUSED, Status.CLOSED)


class State(Enum):
    """How far one moment of a script has come. `REPLACED` is what a new script took away before it was done."""

    WAITING = "waiting"
    RUNNING = "running"
    PARTIAL = "partial"
    DONE = "done"
    SKIPPED = "skipped"
    REPLACED = "replaced"


SETTLED: Final = (State.DONE, State.SKIPPED, State.REPLACED)


@dataclass(frozen=True, slots=True)
class Part:
    """One moment of a script as it went: `planned` seconds beside delivered milliseconds, and why it was left out."""

    script: str
    index: int
    moment: Moment
    state: State = State.WAITING
    milliseconds: int = 0
    helped: bool | None = None
    reason: str = ""
    words: str = ""

    @property
    def planned(self) -> int:
        return self.moment.seconds

    @property
    def delivered(self) -> int:
        """Whole seconds, rounded."""
        return (self.milliseconds + 500) // 1000

    @property
    def is_turn(self) -> bool:
        return self.moment.kind == TURN

    @property
    def settled(self) -> bool:
        return self.state in SETTLED

    @property
    def missing(self) -> int:
        """Seconds that were planned and not delivered; none where the step was called done."""
        return 0 if self.state is State.DONE else max(0, self.planned - self.delivered)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop. `alarming` is None where the content does not know the reason: then nobody may go on either."""

    rule: str
    words: str
    alarming: bool | None
    seq: int


@dataclass(frozen=True, slots=True)
class Irregular:
    """An event that was not in its place, with the reasons of `guard.py`. It is kept and counted all the same."""

    event: str
    seq: int
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """Everything that the events of one session on one device say.

    `parts` are the moments of every script that was followed, in order; `first` is where those of the present script
    begin. `back` is the moment to which somebody went back, `running` the place in `parts` of the one that runs, and
    `lies` how the patient lies since the last step that was begun, or turn that was made. `comfort_at` says for each
    question about comfort the place in `parts` of what ran then. `doubted` are the facts that a check has put in
    question and nobody has answered since.
    """

    ground: Ground = field(compare=False, repr=False)
    session: str = ""
    device: str = ""
    status: Status = Status.EMPTY
    begun: bool = False
    opened: Opened | None = None
    identified: Identified | None = None
    script: str = ""
    parts: tuple[Part, ...] = ()
    first: int = 0
    running: int | None = None
    back: int | None = None
    lies: Posture | None = None
    tick: int = 0
    measures: tuple[Measured, ...] = ()
    checks: tuple[Checked, ...] = ()
    comfort: tuple[Comfort, ...] = ()
    comfort_at: tuple[int | None, ...] = ()
    facts: tuple[Learned, ...] = ()
    fact_times: tuple[datetime, ...] = ()
    decisions: tuple[Decided, ...] = ()
    undecided: bool = True
    doubted: tuple[str, ...] = ()
    refusals: tuple[Refused, ...] = ()
    stops: tuple[Stop, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    irregular: tuple[Irregular, ...] = ()
    missing: tuple[int, ...] = ()
    clashing: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    last: datetime | None = None

    @property
    def decision(self) -> Decided | None:
        """The decision that counts: the last one."""
        return self.decisions[-1] if self.decisions else None

    @property
    def treats(self) -> bool:
        """Whether a decision allows treatment that was made after the last thing that was learned."""
        return self.decision is not None and self.decision.treats and not self.undecided

    @property
    def planned(self) -> SessionScript | None:
        """The script that is followed, where it is known here."""
        return self.ground.script(self.script)

    @property
    def current(self) -> tuple[Part, ...]:
        """The moments of the script that is followed."""
        return self.parts[self.first :]

    @property
    def next(self) -> int | None:
        """The moment of the present script that comes next; None where nothing is left."""
        if self.back is not None:
            return self.back
        return next((part.index for part in self.current if not part.settled), None)

    @property
    def running_part(self) -> Part | None:
        return None if self.running is None else self.parts[self.running]

    @property
    def delivered(self) -> int:
        """Seconds delivered in all, turns included."""
        return (sum(part.milliseconds for part in self.parts) + 500) // 1000

    @property
    def not_delivered(self) -> tuple[Part, ...]:
        """The moments of which something is missing that was planned."""
        return tuple(part for part in self.parts if part.missing and part.state is not State.REPLACED)

    @property
    def stop(self) -> Stop | None:
        """The gravest stop, the last of equals. One touch without a reason counts only until a reason is said."""
        said = [stop for stop in self.stops if stop.rule != UNSAID] or list(self.stops)
        return max(said, key=lambda stop: (_gravity(stop), stop.seq)) if said else None

    @property
    def barred(self) -> bool:
        """Whether nothing but after-care may follow: after an alarming stop, and after one that nobody understands."""
        return any(stop.alarming is not False for stop in (self.stop,) if stop)

    @property
    def reaction(self) -> Reaction | None:
        """The gravest reaction by the content, the last of equals."""
        order = [term.name for term in self.ground.vocabulary.reactions]
        ranked = [(order.index(each.name) if each.name in order else len(order), each) for each in self.reactions]
        alarming = [each for _, each in ranked if self.ground.alarming_reaction(each.name) is not False]
        return alarming[-1] if alarming else max(ranked, key=lambda pair: pair[0])[1] if ranked else None

    @property
    def before(self) -> tuple[Measured, ...]:
        return tuple(measure for measure in self.measures if measure.kind == Measured.kind)

    @property
    def after(self) -> tuple[Measured, ...]:
        return tuple(measure for measure in self.measures if measure.kind != Measured.kind)

    @property
    def answered(self) -> frozenset[str]:
        """The checks that were made, by a mark, a number or a question about comfort."""
        measured = {measure.check for measure in self.measures if measure.check}
        return frozenset(measured | {each.check for each in self.checks} | {each.check for each in self.comfort})

    @property
    def learned(self) -> tuple[Learned, ...]:
        """The last answer about each fact, in the order in which they were first told."""
        return tuple({each.name: each for each in self.facts}.values())

    def with_part(self, place: int, **changed: object) -> SessionRecord:
        part = replace(self.parts[place], **changed)  # type: ignore[arg-type]  # the fields of a part, by name
        return replace(self, parts=(*self.parts[:place], part, *self.parts[place + 1 :]))


def _gravity(stop: Stop) -> int:
    """Not known lies between the two: no alarm, but nothing to go on after."""
    return {True: 2, None: 1, False: 0}[stop.alarming]
