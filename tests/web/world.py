"""Two clinics with one patient each, at the same stage, so that every route has an own and a foreign object."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from clinic.accounts.models import Membership, Role, User
from clinic.actions.documents import add_document
from clinic.actions.notes import MEANING
from clinic.actions.plan_treatment import choose_plan
from clinic.actions.register_patient import Person, register_patient
from clinic.actions.set_aside import set_aside
from clinic.actions.tablets import register_tablet
from clinic.portal.door import LINK
from clinic.records.content import built_in
from clinic.records.models import (
    AccessLink,
    AdverseEvent,
    Contact,
    Guardian,
    MassageSession,
    Notice,
    Patient,
    Proposal,
    Room,
    Service,
    SignedNote,
    TreatmentPlan,
    Visit,
)
from effleurage.decision.aside import Hold, hold
from tests.web.conftest import NOW, House
from tests.web.test_plans import answered

CANARY = {"own": "Canarygreen", "foreign": "Canaryred"}


@dataclass
class World:
    """The values of every route's parameters for one's own clinic and for the other, and a client for each role."""

    house: House
    other: House
    own: dict[str, str]
    foreign: dict[str, str]
    links: dict[str, AccessLink] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        client = Client()
        if role in ("patient", "guardian"):
            session = client.session
            session[LINK] = self.links[role].public
            session.save()
        elif role != "anonymous":
            client.force_login(self.user(role))
        return client

    def form(self, role: str) -> dict[str, str]:
        """What every form of somebody with a private link sends."""
        return {"link": self.links[role].public} if role in self.links else {}

    def user(self, role: str) -> User:
        if role == "elsewhere":
            return self.other.people[Role.CLINICAL_LEAD]
        if role == "outside":
            return User.objects.get(email="outside@north.test")
        return self.house.people[Role(role)]

    def canary_for(self, role: str, whose: str) -> str:
        """The name that must not be seen: that of the clinic which is not one's own."""
        return CANARY["own"] if role == "elsewhere" else CANARY["foreign"]


def make_world(house: House, other: House) -> World:
    own, foreign = _stage(house, CANARY["own"]), _stage(other, CANARY["foreign"])
    outside = User(public="outside", clinic=house.clinic, email="outside@north.test", name="Outside", made_at=NOW)
    outside.set_unusable_password()
    outside.save()
    Membership.objects.create(user=outside, location=house.location, role=Role.THERAPIST)
    for user in User.objects.all():
        TOTP.activate(user, generate_totp_secret())
    world = World(house, other, own, foreign)
    world.links = {role: _link(house, own["public"], role) for role in ("patient", "guardian")}
    own["link"] = world.links["guardian"].public
    return world


def _stage(house: House, family: str) -> dict[str, str]:
    """A patient with answers, a plan, a rule set aside, and the public names of all that."""
    patient, found = answered(house, "both-conditions.yaml")
    patient.family = family
    patient.save()
    doing = house.doing(Role.THERAPIST, fresh=True)
    plan = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    rule = next(rule.id for rule in found.decision.holding if hold(rule) is Hold.SOFT)
    text = "The family doctor agreed in a letter."
    override = set_aside(doing, public=patient.public, rule=rule, reason="doctor_agreed", text=text)
    names = _of_the_house(house, patient)
    return {
        **names,
        **_at_the_table(house, patient, plan, names["visit"]),
        "public": patient.public,
        "plan": plan.public,
        "override": override.public,
        "rule": rule,
        "target": next((each.target for each in found.plan.certain_referrals), "gp"),
        "name": "sex",
        "instrument": "nrs_pain",
        "step": "lock",
        "desk:aside.step": "end",
        "audience": "therapist",
    }


def _at_the_table(house: House, patient: Patient, plan: TreatmentPlan, visit: str) -> dict[str, str]:
    """A tablet of the therapist, and the session of the visit."""
    doing, salt = house.doing(Role.THERAPIST), b64encode(bytes(16)).decode()
    tablet = register_tablet(doing, name="Blue room", salt=salt, verifier="0" * 64)
    session = MassageSession.objects.create(
        public=visit, clinic=house.clinic, patient=patient, visit=Visit.objects.get(public=visit), plan=plan, number=1,
        dose=1, content_hash=plan.content_hash, made_at=NOW,
    )  # fmt: skip
    return {"tablet": tablet.public, "session": session.public, **_after(house, session)}


def _after(house: House, session: MassageSession) -> dict[str, str]:
    """A signed note, a contact that is due, and reported harm."""
    sections = [{"title": "Plan", "text": "Go on."}]
    document = {"language": "en", "sections": sections, "said": [], "events": []}
    SignedNote.objects.create(
        public=house.token(), session=session, document=json.dumps(document), document_hash="0" * 64,
        record_hash="0" * 64, content_hash=session.content_hash, by=house.people[Role.THERAPIST], name="T",
        role=Role.THERAPIST, meaning=MEANING, at=NOW,
    )  # fmt: skip
    contact = Contact.objects.create(
        public=house.token(), session=session, patient=session.patient, due_at=NOW, why="first"
    )
    event = AdverseEvent.objects.create(
        public=house.token(), patient=session.patient, session=session, regimen=session.plan.regimen, what="bruise",
        grade="mild", by="house", by_name="T", at=NOW,
    )  # fmt: skip
    return {
        "contact": contact.public,
        "event": event.public,
        "regimen": session.plan.regimen,
        "desk:harm_regimen.step": "stop",
        "desk:add_to_note.kind": "addendum",
    }


def _of_the_house(house: House, patient: Patient) -> dict[str, str]:
    """The public names of everything else that a route can name."""
    room = Room.objects.create(public=house.token(), location=house.location, name="Blue")
    service = Service.objects.create(public=house.token(), clinic=house.clinic, name="Massage", minutes=40)
    visit = Visit.objects.create(
        public=house.token(), clinic=house.clinic, location=house.location, patient=patient, room=room,
        therapist=house.people[Role.THERAPIST], starts=NOW, ends=NOW + timedelta(minutes=40),
    )  # fmt: skip
    notice = Notice.objects.create(
        public=house.token(), clinic=house.clinic, location=house.location, role=Role.FRONT_DESK,
        kind=Notice.Kind.EMERGENCY, patient=patient, at=NOW,
    )  # fmt: skip
    letter = add_document(
        house.doing(Role.FRONT_DESK), public=patient.public, kind="letter", title="Letter", data=b"%PDF-1.4 a letter"
    )
    twin = register_patient(
        house.doing(Role.THERAPIST), person=Person("Twin", patient.family, patient.birth_date),
        location=house.location.public,
    )  # fmt: skip
    person, place = house.people[Role.THERAPIST].public, house.location.public
    proposal = Proposal.objects.get(clinic=house.clinic).public
    settings = {
        f"desk:settings_{name}.public": public
        for names, public in (
            ("close competence drop_competence edit_person invite person reopen sessions", person),
            ("hours new_room place room", place),
            ("service", service.public),
        )
        for name in names.split()
    }
    return {
        **settings,
        **{f"desk:{name}.public": proposal for name in ("proposal", "approve", "examine", "publish", "end_proposal")},
        "desk:end_proposal.step": "withdraw",
        "desk:settings_competence.name": "basic_massage",
        "desk:settings_drop_competence.name": "basic_massage",
        "desk:protocol_folder.name": "osteoporosis",
        "content_hash": built_in().protocols.hash, "view": "rules", "file": "osteoporosis/protocol.yaml",
        "room": room.public, "visit": visit.public, "notice": notice.public, "document": letter.public,
        "other": twin.public, "user": person, "kind": "treatment", "language": "en", "link": "none", "secret": "none",
        "uidb36": "none", "key": "none", "pk": "0",
    }  # fmt: skip


def _link(house: House, public: str, role: str) -> AccessLink:
    patient = Patient.objects.get(public=public)
    guardian = None
    if role == "guardian":
        guardian = Guardian.objects.create(public=house.token(), patient=patient, name="Gerda", relation="mother")
    return AccessLink.objects.create(
        public=house.token(), patient=patient, guardian=guardian, purpose="portal",
        secret_hash=hashlib.sha256(role.encode()).hexdigest(), made_at=NOW, made_by=house.people[Role.FRONT_DESK],
        expires_at=timezone.now() + timedelta(days=30),
    )  # fmt: skip
