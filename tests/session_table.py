"""A tablet beside a table, for tests: it writes the events of a session, one after the other, as a real one would."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from effleurage.pathway import plan_for
from effleurage.plan.plan import Plan
from effleurage.plan.script import SessionScript, script
from effleurage.session.events import Event
from effleurage.session.fold import Line, fold, lines
from effleurage.session.ground import Ground, script_hash
from effleurage.session.kinds import (
    Checked,
    Closed,
    Data,
    Finished,
    Identified,
    Opened,
    Reaction,
    Started,
    StepBegan,
    StepDone,
    Turned,
)
from effleurage.session.record import SessionRecord
from effleurage.session.redecide import decided_of
from tests.agreement.patients import FULL, NOW, Intakes, content

PROTOCOLS = content().protocols
WORDS = PROTOCOLS.vocabulary


def identity(*parts: object) -> str:
    """A made-up identity that is always the same for the same parts."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:22]


@cache
def plans(count: int = 3, seed: int = 11) -> tuple[Plan, ...]:
    """Plans that leave something to do, with a turn in the script of the first session."""
    intakes = Intakes(PROTOCOLS, random.Random(seed), moods=FULL)
    found: list[Plan] = []
    while len(found) < count:
        made = plan_for(intake=intakes.intake(), library=content(), on=NOW)
        if made.available and any(moment.kind == "turn" for moment in first_script(made).moments):
            found.append(made)
    return tuple(found)


@cache
def first_script(plan: Plan) -> SessionScript:
    return script(plan=plan, planned=plan.available[0], session=1)


@cache
def ground(plan: Plan) -> Ground:
    return Ground(PROTOCOLS, (first_script(plan),))


@dataclass
class Tablet:
    """One device in one session. Every event comes `pause` milliseconds after the one before, if nothing else is
    said.
    """

    plan: Plan = field(default_factory=lambda: plans()[0])
    device: str = "tablet_one"
    session: str = "visit_one"
    pause: int = 1000
    number: int = 1
    events: list[Event] = field(default_factory=list)
    tick: int = 0

    def tell(self, data: Data, *, after: int | None = None) -> Event:
        """Writes one event and returns it."""
        self.tick += (self.pause if after is None else after) if self.events else 0
        seq, at = len(self.events) + 1, NOW + timedelta(seconds=self.tick // 1000)
        made = Event(identity(self.session, self.device, seq), self.session, self.device, seq, at, self.tick, data)
        self.events.append(made)
        return made

    @property
    def script(self) -> SessionScript:
        return first_script(self.plan)

    @property
    def ground(self) -> Ground:
        return ground(self.plan)

    @property
    def line(self) -> Line:
        return lines(self.events)[0]

    @property
    def record(self) -> SessionRecord:
        return fold(self.line, self.ground)

    def opens(self) -> Tablet:
        self.tell(Opened(script_hash(self.script), PROTOCOLS.hash, "plan_one", self.script.dose, self.number))
        return self

    def checks_in(self) -> Tablet:
        self.opens().tell(Identified(("name", "birth_date"), photo=True))
        for term in self.script.before:
            self.tell(Checked(term.name, ok=True, note=""))
        return self

    def decides(self) -> Tablet:
        self.tell(decided_of(self.plan.decision, self.script))
        return self

    def starts(self) -> Tablet:
        self.checks_in().decides().tell(Started())
        return self

    def begins(self, moment: int) -> Tablet:
        self.tell(StepBegan(moment))
        return self

    def ends(
        self, moment: int, *, seconds: int | None = None, before: int = 0, script: SessionScript | None = None
    ) -> Tablet:
        """The running moment ends after the planned seconds, or after these. It had `before` seconds already."""
        planned = (script or self.script).moments[moment]
        lasted = planned.seconds if seconds is None else seconds
        data = Turned(helped=True) if planned.kind == "turn" else StepDone(before + lasted)
        self.tell(data, after=lasted * 1000)
        return self

    def does(self, *moments: int) -> Tablet:
        for moment in moments:
            self.begins(moment).ends(moment)
        return self

    def finishes(self) -> Tablet:
        """The whole session, from the opening to the end of the last step."""
        self.starts().does(*range(len(self.script.moments))).tell(Finished())
        return self

    def closes(self, reaction: str = "none") -> Tablet:
        self.finishes()
        for term in self.script.after:
            self.tell(Checked(term.name, ok=True, note=""))
        self.tell(Reaction(reaction, ""))
        self.tell(Closed())
        return self


def moved(event: Event, by: timedelta) -> Event:
    """The same event on a device whose clock on the wall is wrong."""
    return replace(event, at=event.at + by)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
