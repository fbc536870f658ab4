"""One patient of the demonstration at one moment, and what can be done about them: each method is one real act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from clinic.accounts.models import Location
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.actions.care import assign_care
from clinic.actions.consents import Said as Agreed
from clinic.actions.consents import from_whom, give_consent, wordings
from clinic.actions.documents import add_document, review_document
from clinic.actions.edit_patient import set_photo
from clinic.actions.frame import Actor, Doing
from clinic.actions.links import MadeLink, add_guardian, enter, make_link
from clinic.actions.people import NOBODY, competences, holder
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.actions.policies import needed_competences
from clinic.actions.register_patient import Person as Registered
from clinic.actions.register_patient import register_patient
from clinic.actions.visits import Booking, arrive, enter_visit
from clinic.config.demo_answers import Said, by_carer, by_patient, of_the_day
from clinic.config.demo_cast import Part
from clinic.config.demo_faces import face, paper
from clinic.config.demo_house import BERLIN, HARBOUR, KYIV, VIA, Scene
from clinic.records.models import AccessLink, Document, Guardian, Patient, TreatmentPlan, Visit
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from effleurage.facts.answers import Answer
from effleurage.facts.kinds import FactTable

FIRST: Final = timedelta(hours=9, minutes=30)
STEP: Final = timedelta(minutes=75)
SLOTS: Final = 6
"""A therapist's day has so many visits, the first at half past nine."""
DESKS: Final = {KYIV: "olena", BERLIN: "jonas", HARBOUR: "rui"}
LEADS: Final = {KYIV: "halyna", BERLIN: "stefan", HARBOUR: "rui"}
TRAINED: Final = {"taras": "iryna", "marta": "katharina"}
"""Who signs for a therapist who is not trained for it."""
TWICE: Final = 500
"""What is added to somebody's number in a second record of theirs."""


@dataclass(eq=False)
class Diary:
    """Which slots of whom are taken: no two visits of a therapist begin together."""

    taken: dict[tuple[str, date], int] = field(default_factory=dict)

    def next(self, carer: str, day: date) -> datetime | None:
        number = self.taken.get((carer, day), 0)
        if number >= SLOTS:
            return None
        self.taken[carer, day] = number + 1
        return datetime.combine(day, datetime.min.time()) + FIRST + STEP * number


@dataclass(eq=False)
class Person:
    """A patient on their way through the clinic. `at` is the moment of the next act."""

    part: Part
    scene: Scene
    diary: Diary
    number: int
    now: datetime
    at: datetime
    record: Patient | None = None
    link: AccessLink | None = None
    made: MadeLink | None = None
    plan: TreatmentPlan | None = None
    guardian: Guardian | None = None
    found: Standing | None = None

    @cached_property
    def place(self) -> Location:
        return self.scene.places[self.part.place]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.place.zone)

    @property
    def patient(self) -> Patient:
        assert self.record is not None  # noqa: S101 - every path begins with the registration
        return self.record

    @property
    def public(self) -> str:
        return self.patient.public

    @property
    def desk(self) -> str:
        return DESKS[self.part.place]

    @property
    def lead(self) -> str:
        return LEADS[self.part.place]

    @property
    def signer(self) -> str:
        """Who signs: whoever looks after them if they are trained for it."""
        return TRAINED.get(self.part.carer, self.part.carer)

    @cached_property
    def born(self) -> date:
        chance = Random(self.number % TWICE)  # noqa: S311 - a drawn person, no secret
        return date(self.day(0).year - self.part.age, 1, 1) + timedelta(days=chance.randrange(300))

    @property
    def table(self) -> FactTable:
        return self.scene.library.protocols.facts

    @property
    def local(self) -> datetime:
        return self.at.astimezone(self.zone).replace(tzinfo=None, microsecond=0)

    def days(self, count: int, hour: int = 10, minute: int = 0) -> datetime:
        """The moment so many days from today, by the clock of the place; each person some minutes apart."""
        day = self.now.astimezone(self.zone).date() + timedelta(days=count)
        wall = datetime.combine(day, datetime.min.time()).replace(hour=hour, minute=minute, tzinfo=self.zone)
        return wall + timedelta(minutes=self.number % 50, seconds=self.number * 7 % 60)

    def ago(self, minutes: int) -> datetime:
        """A moment shortly before now."""
        return self.now - timedelta(minutes=minutes, seconds=self.number * 11 % 60)

    def doing(self, key: str, *, fresh: bool = False) -> Doing:
        return self.scene.doing(key, self.at, fresh=fresh)

    def own(self) -> Doing:
        """The patient or guardian acting by their link."""
        assert self.link is not None  # noqa: S101 - opened before
        return self._as(holder(self.link))

    def _as(self, actor: Actor) -> Doing:
        return Doing(actor=actor, now=self.at, token=self.scene.token, via=VIA)

    def register(self) -> None:
        """At the front desk; a drawn face for every third, and a therapist who looks after them."""
        part = self.part
        person = Registered(
            given=part.given,
            family=part.family,
            birth_date=self.born,
            phone=self._phone(),
            email=f"patient{self.number}@mail.example" if part.email else "",
            language=part.language if part.language in ("en", "uk", "ru") else "en",
        )
        self.record = register_patient(self.doing(self.desk), person=person, location=self.place.public)
        if self.number % 3 == 0:
            picture = face(Random(self.number), age=part.age)  # noqa: S311 - a drawn person, no secret
            set_photo(self.doing(self.desk), public=self.public, data=picture)
        if part.carer:
            self.care_for(part.carer)
        if self.signer != part.carer:
            self.care_for(self.signer)

    def care_for(self, key: str) -> None:
        assign_care(self.doing(self.lead), public=self.public, user=self.scene.users[key].public)

    def _phone(self) -> str:
        return f"+380 44 000 {self.number:02d} 00" if self.part.place == KYIV else f"+49 30 23125 {100 + self.number}"

    def speaks_for(self, name: str, relation: str) -> None:
        self.guardian = add_guardian(
            self.doing(self.desk), public=self.public, name=name, relation=relation, phone="+380 44 000 99 00"
        )

    def send_link(self, purpose: str = AccessLink.Purpose.INTAKE) -> None:
        guardian = self.guardian.public if self.guardian else ""
        self.made = make_link(self.doing(self.desk), public=self.public, purpose=purpose, guardian=guardian)

    def open_link(self) -> None:
        assert self.made is not None  # noqa: S101 - sent before
        self.link = enter(self._as(NOBODY), secret=self.made.secret, born=self.born)

    def words(self) -> dict[str, Answer]:
        """All that they and who looks after them would say now."""
        said = Said(self.part.like, self.born, self.table, self.number)
        left_out = "guardian" if self.guardian else " "
        return {name: each for name, each in said.at(self.local).items() if not name.startswith(left_out)}

    def say(self, answers: Mapping[str, Answer | None], key: str = "") -> None:
        """Answers by their own link, or told to somebody of the staff."""
        doing, right = (self.doing(key), "intake.ask") if key else (self.own(), "intake.answer")
        self.found = answer_questions(doing, public=self.public, answers=answers, right=right, who="patient")

    def say_own_part(self) -> None:
        self.say(by_patient(self.words(), self.table))

    def measure(self) -> None:
        """What has to be looked at, by who looks after them."""
        self.say(by_carer(self.words(), self.table), key=self.signer)

    def ask_today(self, days: int = 1, key: str = "") -> None:
        """What is good for a short while only, asked again."""
        self.say(of_the_day(self.words(), self.table, days), key=key)

    def correct(self, name: str, value: bool, why: str) -> None:
        answer = Answer(value, self.local, "patient")
        correct_fact(self.doing(self.signer), public=self.public, name=name, answer=answer, why=why)

    def choose(self, wanted: str = "") -> None:
        """One of the regimens that remain, for which whoever signs is trained; or the one that is wanted."""
        found = standing(self.patient, now=self.at)
        trained = competences(self.scene.users[self.signer].pk, self.place, self.at)
        open_ones = [each.regimen.id for each in found.plan.available]
        fitting = [name for name in open_ones if trained.issuperset(needed_competences(found, name))]
        regimen = wanted or fitting[self.number % len(fitting)]
        self.plan = choose_plan(self.doing(self.signer), public=self.public, regimen=regimen)

    def sign(self) -> None:
        assert self.plan is not None  # noqa: S101 - chosen before
        sign_plan(self.doing(self.signer, fresh=True), public=self.public, plan=self.plan.public)

    def agree_on_paper(self) -> None:
        """Every consent that the limits ask of patient and guardian, read and signed at the desk."""
        found = standing(self.patient, now=self.at)
        library = spoken(found.library, self.patient.language)
        words = wordings(self.patient.clinic_id, library)
        for kind, origin in from_whom(found.library).items():
            if kind in found.decision.limits.consents and origin != "clinician":
                guardian = self.guardian.public if self.guardian else ""
                said = Agreed(how="paper", guardian=guardian, mark=words[kind].mark, language=self.patient.language)
                give_consent(self.doing(self.desk), public=self.public, kind=kind, said=said)

    def letter(self, title: str, *lines: str) -> Document:
        name = f"re: {self.patient.given} {self.patient.family}"
        data = paper(("Practice for general medicine", "", self.local.date().isoformat(), "", name, "", *lines))
        return add_document(
            self.doing(self.desk), public=self.public, kind=Document.Kind.LETTER, title=title, data=data
        )

    def read_letter(self, document: Document) -> None:
        """The doctor's consents that the limits ask for are in the letter."""
        found = standing(self.patient, now=self.at)
        wanted = found.decision.limits.consents
        kinds = [kind for kind, who in from_whom(found.library).items() if who == "clinician" and kind in wanted]
        review_document(
            self.doing(self.signer), public=self.public, document=document.public, author="Dr A. Example",
            text="Knows of the massage and agrees within the limits of the plan.", consents=kinds,
        )  # fmt: skip

    def book(self, day: date, carer: str = "") -> Visit | None:
        """A visit at the next free time of that day, if there is one."""
        key = carer or self.part.carer
        wall = self.diary.next(key, day)
        if wall is None:
            return None
        booking = Booking(
            therapist=self.scene.users[key].public,
            room=self.scene.room_of(key, self.part.place),
            service=self.scene.service,
            wall=wall,
        )
        return enter_visit(self.doing(self.desk), public=self.public, booking=booking)

    def come(self, visit: Visit) -> None:
        arrive(self.doing(self.desk), visit=visit.public)

    def day(self, count: int) -> date:
        return self.now.astimezone(self.zone).date() + timedelta(days=count)

    def aside(self) -> Person:
        """A second record of the same person, as a hurried desk makes one."""
        return replace(self, record=None, link=None, made=None, plan=None, number=self.number + TWICE)
