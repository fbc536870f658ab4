"""A tablet at the real addresses: a therapist with a patient whose plan is signed and agreed to, a visit, a browser."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from clinic.accounts.models import Role
from clinic.records.content import library
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, TreatmentPlan, Visit
from clinic.records.scripts import read_script
from clinic.records.sessions import told
from effleurage.plan.script import SessionScript
from effleurage.session.events import Event
from effleurage.session.kinds import (
    Checked,
    Closed,
    Data,
    Decided,
    Finished,
    Identified,
    Learned,
    Opened,
    Reaction,
    Started,
    StepBegan,
    StepDone,
    Turned,
)
from effleurage.session.wire import Push, Receipt, read_receipt
from tests.session_table import identity
from tests.web.conftest import NOW, House
from tests.web.desk_people import room_of, service_of, signed_in
from tests.web.test_consents import agreed
from tests.web.test_plans import signed

VERIFIER = "ab" * 32
SALT = b64encode(b"sixteen bytes...").decode()
ZONE = "Europe/Kyiv"
HERE = local(NOW, ZONE)
"""The clock of the place at the moment of these tests."""


def post(browser: Client, path: str, value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    return browser.post(f"/table/{path}/", text, content_type="application/json")


def ready(house: House, *, family: str = "Berg", minutes: int = 30, example: str = "mild-scoliosis.yaml") -> Visit:
    """A patient with a plan that may be used, and a visit of theirs in so many minutes."""
    patient, _plan = signed(house, example)
    if family != "Berg":
        Patient.objects.filter(pk=patient.pk).update(family=family)
    agreed(house, patient)
    return visit_for(house, patient, minutes=minutes)


def visit_for(house: House, patient: Patient, *, minutes: int = 30, role: Role = Role.THERAPIST) -> Visit:
    rooms, services = house.location.rooms, house.clinic.services
    starts = NOW + timedelta(minutes=minutes)
    return Visit.objects.create(
        public=house.token(), clinic=house.clinic, location=house.location, patient=patient,
        room=rooms.first() or room_of(house), service=services.first() or service_of(house),
        therapist=house.people[role], starts=starts, ends=starts + timedelta(minutes=20),
    )  # fmt: skip


def plan_of(visit: Visit) -> TreatmentPlan:
    return visit.patient.plans.latest("pk")


@dataclass
class Tablet:
    """One browser made into a tablet. It writes events as a real one does and keeps them until they are held."""

    house: House
    role: Role = Role.THERAPIST
    name: str = "Blue room"
    ahead: timedelta = timedelta()
    browser: Client = field(init=False)
    public: str = field(init=False)
    half: str = field(init=False)
    waiting: list[Event] = field(default_factory=list)
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = signed_in(self.house.people[self.role])
        made = post(self.browser, "tablets", {"name": self.name, "salt": SALT, "verifier": VERIFIER}).json()
        self.public, self.half = made["tablet"], made["half"]

    def pack(self) -> dict[str, Any]:
        answer = post(self.browser, "pack", {"tablet": self.public, "at": HERE.isoformat()})
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def tell(self, session: str, data: Data, *, after: int = 1000) -> Event:
        seq, tick = self.counts.get(session, (0, -1000))
        self.counts[session] = (seq + 1, tick + after)
        at = HERE + self.ahead + timedelta(seconds=(tick + after) // 1000)
        made = Event(identity(self.public, session, seq + 1), session, self.public, seq + 1, at, tick + after, data)
        self.waiting.append(made)
        return made

    def push_text(self, events: list[Event] | None = None, *, unsent: int | None = None, oldest: int = 0) -> str:
        events = self.waiting if events is None else events
        unsent = len(self.waiting) if unsent is None else unsent
        return Push(self.public, HERE + self.ahead, unsent, oldest, tuple(events)).text

    def send(self, events: list[Event] | None = None) -> Receipt:
        answer = post(self.browser, "push", self.push_text(events))
        assert answer.status_code == 200, answer.content
        receipt = read_receipt(answer.content.decode())
        stored = {(kept.id, kept.hash) for kept in (*receipt.held, *receipt.beside)}
        self.waiting = [event for event in self.waiting if (event.id, event.hash) not in stored]
        return receipt

    # ---- a session, as people go through it

    def script(self, session: str) -> SessionScript:
        held = MassageSession.objects.get(public=session)
        return read_script(held.script, library(held.content_hash)).script

    def opens(self, session: str) -> Tablet:
        held = MassageSession.objects.get(public=session)
        data = Opened(held.script_hash, held.content_hash, held.plan.public, held.dose, held.number)
        self.tell(session, data)
        self.tell(session, Identified(("name", "birth_date"), photo=True))
        for term in self.script(session).before:
            self.tell(session, Checked(term.name, ok=True, note=""))
        return self

    def decides(self, session: str) -> Decided:
        """What the clinic itself would decide now: what a right program on the tablet comes to."""
        self.tell(session, Closed())  # a place for the decision: it is taken out again
        closed = self.waiting.pop()
        self.counts[session] = (closed.seq - 1, closed.tick - 1000)
        held = MassageSession.objects.select_related("plan", "patient__location", "visit__location").get(public=session)
        found = told(held)
        events = (*found.events, *(each for each in self.waiting if each.session == session))
        times = {event.id: NOW for event in events}
        times[closed.id] = NOW
        whole = replace(found, events=(*events, closed), received=times, offsets=dict.fromkeys(times, 0))
        line = next(each for each in whole.lines if each.device == self.public)
        data = whole.again.decided(line, len(line.events) - 1, NOW, whole.scripts)[0]
        assert data is not None
        self.tell(session, data)
        return data

    def starts(self, session: str) -> Tablet:
        self.opens(session).decides(session)
        self.tell(session, Started())
        return self

    def does(self, session: str, *moments: int) -> Tablet:
        script = self.script(session)
        for moment in moments:
            planned = script.moments[moment]
            self.tell(session, StepBegan(moment))
            data = Turned(helped=True) if planned.kind == "turn" else StepDone(planned.seconds)
            self.tell(session, data, after=planned.seconds * 1000)
        return self

    def closes(self, session: str, reaction: str = "none") -> Tablet:
        for term in self.script(session).after:
            self.tell(session, Checked(term.name, ok=True, note=""))
        self.tell(session, Reaction(reaction, ""))
        self.tell(session, Closed())
        return self

    def whole(self, session: str, reaction: str = "none") -> Tablet:
        """A session from the opening to the end."""
        self.starts(session).does(session, *range(len(self.script(session).moments)))
        self.tell(session, Finished())
        return self.closes(session, reaction)

    def learns(self, session: str, name: str, answer: Any, origin: str = "patient") -> Event:
        return self.tell(session, Learned(name, answer, origin))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
