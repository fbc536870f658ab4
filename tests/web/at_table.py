"""A session at the table as the clinic sees it, for tests: a visit, what a tablet was handed, and what it sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic.accounts.models import Role
from clinic.actions.consents import Said, give_consent, wordings
from clinic.actions.sync import receive_session
from clinic.records.content import in_force
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, Room, Tablet, TreatmentPlan, Visit
from clinic.records.scripts import read_script, script_text, session_script
from clinic.records.standing import Standing, standing
from effleurage.plan.script import SessionScript
from effleurage.session.events import Event
from effleurage.session.ground import script_hash
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
    StepSkipped,
    Stopped,
    Turned,
)
from effleurage.session.redecide import decided_of
from tests.session_table import identity
from tests.web.conftest import NOW, House
from tests.web.test_plans import signed


def tablet_of(house: House, name: str = "Tablet one", role: Role = Role.THERAPIST) -> Tablet:
    return Tablet.objects.create(
        public=house.token(), clinic=house.clinic, user=house.people[role], name=name, half="a" * 64, salt="b",
        verifier="c", made_at=NOW, seen_at=NOW,
    )  # fmt: skip


def agree(house: House, patient: Patient) -> None:
    """Every consent that the patient's plan still needs."""
    for term in standing(patient, now=NOW).consents_needed:
        mark = wordings(house.clinic.pk, in_force(house.clinic.pk))[term.name].mark
        said = Said(how="paper", mark=mark)
        give_consent(house.doing(Role.FRONT_DESK), public=patient.public, kind=term.name, said=said)


def visit_of(house: House, patient: Patient, starts: datetime = NOW) -> Visit:
    room = Room.objects.filter(location=house.location, name="Linden").first()
    room = room or Room.objects.create(public=house.token(), location=house.location, name="Linden")
    return Visit.objects.create(
        public=house.token(), clinic=house.clinic, location=house.location, patient=patient, room=room,
        therapist=house.people[Role.THERAPIST], starts=starts, ends=starts + timedelta(minutes=40),
    )  # fmt: skip


def session_of(
    house: House, patient: Patient, plan: TreatmentPlan, *, starts: datetime = NOW, number: int = 1
) -> MassageSession:
    """A session as it is handed out to a tablet."""
    found = standing(patient, now=NOW)
    script = session_script(found.refreshed, plan.regimen, number, None)
    return MassageSession.objects.create(
        public=house.token(), clinic=house.clinic, patient=patient, visit=visit_of(house, patient, starts), plan=plan,
        number=number, dose=script.script.dose, content_hash=found.library.protocols.hash, script=script_text(script),
        script_hash=script_hash(script.script), made_at=NOW,
    )  # fmt: skip


@dataclass
class AtTable:
    """A tablet in one session. What it tells is sent with `send`."""

    house: House
    session: MassageSession
    tablet: Tablet
    now: datetime = NOW
    events: list[Event] = field(default_factory=list)
    sent: int = 0
    tick: int = 0

    @property
    def script(self) -> SessionScript:
        return read_script(self.session.script, self.found.library).script

    @property
    def found(self) -> Standing:
        return standing(self.session.patient, now=self.now)

    def tell(self, data: Data, after: int = 1) -> AtTable:
        """One event, so many seconds after the one before."""
        self.tick += after * 1000 if self.events else 0
        seq = len(self.events) + 1
        wall = local(self.session.visit.starts, self.house.location.zone) + timedelta(seconds=self.tick // 1000)
        name = identity(self.session.public, self.tablet.public, seq)
        at = wall.replace(microsecond=0)
        self.events.append(Event(name, self.session.public, self.tablet.public, seq, at, self.tick, data))
        return self

    def starts(self) -> AtTable:
        held, script = self.session, self.script
        self.tell(Opened(held.script_hash, held.content_hash, held.plan.public, held.dose, held.number))
        self.tell(Identified(("name", "birth_date"), photo=True))
        for term in script.before:
            self.tell(Checked(term.name, ok=True, note=""))
        return self.tell(decided_of(self.found.refreshed.decision, script)).tell(Started())

    def does(self, place: int) -> AtTable:
        moment = self.script.moments[place]
        self.tell(StepBegan(place))
        turn = moment.kind == "turn"
        return self.tell(Turned(helped=True) if turn else StepDone(moment.seconds), after=moment.seconds)

    def skips(self, place: int, reason: str = "patient_wish", words: str = "") -> AtTable:
        return self.tell(StepSkipped(place, reason, words))

    def rest(self, first: int = 0) -> AtTable:
        for place in range(first, len(self.script.moments)):
            self.does(place)
        return self.tell(Finished())

    def closes(self, reaction: str = "none", words: str = "") -> AtTable:
        for term in self.script.after:
            self.tell(Checked(term.name, ok=True, note=""))
        return self.tell(Reaction(reaction, words)).tell(Closed())

    def stops(self, rule: str, words: str = "") -> AtTable:
        return self.tell(Stopped(rule, words))

    def send(self, *, but: tuple[int, ...] = (), now: datetime | None = None, role: Role = Role.THERAPIST) -> AtTable:
        """Sends what was not sent yet, all `but` those numbers."""
        new = [event for event in self.events[self.sent :] if event.seq not in but]
        self.sent = len(self.events)
        return self.push(new, now=now, role=role)

    def push(self, events: list[Event], *, now: datetime | None = None, role: Role = Role.THERAPIST) -> AtTable:
        doing = self.house.doing(role, now=now or self.now)
        receive_session(doing, tablet=self.tablet, session=self.session.public, events=events, offset_ms=0)
        self.session.refresh_from_db()
        return self


def at_table(house: House, *, number: int = 1, starts: datetime = NOW, patient: Patient | None = None) -> AtTable:
    """A patient with a signed plan, and a tablet beside the table, at the first session or at a later one."""
    if patient is None:
        patient, plan = signed(house)
        agree(house, patient)
    else:
        plan = patient.plans.order_by("-pk")[0]
    tablet = Tablet.objects.filter(user=house.people[Role.THERAPIST]).first() or tablet_of(house)
    return AtTable(house, session_of(house, patient, plan, starts=starts, number=number), tablet)


def given(house: House, *, number: int = 1, reaction: str = "none", starts: datetime = NOW) -> AtTable:
    """A session that was given as planned, and closed."""
    return at_table(house, number=number, starts=starts).starts().rest().closes(reaction).send()
