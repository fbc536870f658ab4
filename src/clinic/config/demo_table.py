"""A tablet of the demonstration at the table: it carries a visit, writes down what happens, and sends it.

The events are those that a tablet makes, and the clinic takes them in by the act that takes in everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from clinic.actions.sessions import Carried, carry
from clinic.actions.sync import receive_session
from clinic.config.demo_person import Person
from clinic.records.models import MassageSession, Visit
from clinic.records.scripts import read_script
from effleurage.plan.script import Moment, SessionScript
from effleurage.session.events import Event
from effleurage.session.kinds import (
    Checked,
    Closed,
    Comfort,
    Data,
    Finished,
    Identified,
    Opened,
    Reaction,
    Started,
    StepBegan,
    StepDone,
    StepSkipped,
    Stopped,
    Turned,
)
from effleurage.session.redecide import decided_of

ASKED: Final = "comfort_each_region"
"""The check by which the patient says how it is where the hands are."""
ASKED_AFTER: Final = 5
"""Seconds from one question to the next."""


@dataclass(frozen=True, slots=True)
class Went:
    """How a session went. `skipped` is a reason to leave the last step out; `stop` a stop rule after the second step;
    `lighter` what the patient said when asked.
    """

    reaction: str = "none"
    words: str = ""
    skipped: str = ""
    stop: str = ""
    lighter: str = ""


@dataclass(eq=False)
class Table:
    """One session on the tablet of whoever looks after this person."""

    person: Person
    carried: Carried
    began: datetime
    events: list[Event] = field(default_factory=list)
    tick: int = 0

    @property
    def session(self) -> MassageSession:
        assert self.carried.session is not None  # noqa: S101 - else it was not carried
        return self.carried.session

    @cached_property
    def script(self) -> SessionScript:
        return read_script(self.session.script, self.person.scene.library).script

    def tell(self, data: Data, after: int = 1) -> None:
        """One event, so many seconds after the one before."""
        self.tick += after * 1000 if self.events else 0
        device = self.person.scene.tablets[self.person.part.carer].public
        at = self.began + timedelta(seconds=self.tick // 1000)
        name, seq = self.person.scene.token(), len(self.events) + 1
        self.events.append(Event(name, self.session.public, device, seq, at, self.tick, data))

    def whole(self, went: Went) -> None:
        """Everything from the opening to the end."""
        self.starts()
        moments = self.script.moments[:2] if went.stop else self.script.moments
        for place, moment in enumerate(moments):
            last = place == len(moments) - 1
            if went.skipped and last:
                self.tell(StepSkipped(place, went.skipped, went.words), after=8)
            else:
                self.does(place, moment, went.lighter if place == 1 else "")
        self.tell(Stopped(went.stop, went.words) if went.stop else Finished(), after=5)
        self.closes(went)

    def starts(self) -> None:
        found, session = self.carried.found, self.session
        assert found is not None  # noqa: S101 - else there was no session
        self.tell(Opened(session.script_hash, session.content_hash, session.plan.public, session.dose, session.number))
        self.tell(Identified(("name", "birth_date"), photo=True), after=20)
        for term in self.script.before:
            self.tell(Checked(term.name, ok=True, note=""), after=10)
        self.tell(decided_of(found.plan.decision, self.script))
        self.tell(Started(), after=15)

    def does(self, place: int, moment: Moment, lighter: str) -> None:
        self.tell(StepBegan(place), after=4)
        if moment.kind == "turn":
            self.tell(Turned(helped=True), after=moment.seconds)
            return
        asked = 0
        for check in moment.checks:
            wish = lighter if check == ASKED else ""
            self.tell(Comfort(check, "lighter" if wish else "comfortable", wish), after=ASKED_AFTER)
            asked += ASKED_AFTER
        self.tell(StepDone(moment.seconds), after=moment.seconds - asked)

    def closes(self, went: Went) -> None:
        for term in self.script.after:
            self.tell(Checked(term.name, ok=True, note=""), after=10)
        self.tell(Reaction(went.reaction, "" if went.stop else went.words), after=30)
        self.tell(Closed(), after=5)

    @property
    def ended(self) -> timedelta:
        """How long after its opening the last event was."""
        return timedelta(milliseconds=self.tick)

    def send(self) -> None:
        person = self.person
        tablet = person.scene.tablets[person.part.carer]
        doing = person.doing(person.part.carer)
        receive_session(doing, tablet=tablet, session=self.session.public, events=self.events, offset_ms=0)


def carried(person: Person, visit: Visit) -> Table:
    """What the tablet is handed for a visit. A session that the clinic itself would not begin is a fault of the
    demonstration.
    """
    key = person.part.carer
    pack = carry(person.doing(key), tablet=person.scene.tablets[key].public)
    [found] = [each for each in pack.visits if each.visit.pk == visit.pk]
    if found.session is None or found.reasons:
        raise AssertionError(f"{person.patient.name}, {visit.starts}: {'; '.join(found.reasons) or 'no script'}")
    return Table(person, found, person.local + timedelta(seconds=30))
