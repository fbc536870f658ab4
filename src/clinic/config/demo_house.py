"""The two clinics of the demonstration: places, people with and without the competences, rooms, services, hours.

Passwords and secrets of the second factor are fixed and public. They open records of people whom nobody has ever met.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from allauth.mfa.totp.internal.auth import TOTP

from clinic.accounts.models import Clinic, Location, Role, User
from clinic.actions.account import about, accept_invitation, factor_added, invite
from clinic.actions.found_clinic import Place, Somebody, found_clinic
from clinic.actions.frame import Actor, Doing
from clinic.actions.people import HOUSE, staff
from clinic.actions.settings_house import hours_values, keep_hours, keep_room, keep_service, yes
from clinic.actions.settings_people import competence_values, keep_competence
from clinic.actions.tablets import register_tablet
from clinic.records.content import built_in
from clinic.records.models import Tablet
from effleurage.library import Library

VIA: Final = "demonstration"
KYIV, BERLIN, HARBOUR = "Podil, Kyiv", "Neukölln, Berlin", "Harbour"
DESK, THERAPIST, LEAD, OWNER = Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD, Role.OWNER
LEARNT: Final = ("basic_massage", "scoliosis_care")
SOME: Final = ("basic_massage", "fragile_bone", "scoliosis_care", "assisted_transfer")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff. `trained` names competences ("*" all); `left` how many days they still count; `beside` is
    the key of whoever supervises a student; `tablet` is the name of one that they have made ready.
    """

    key: str
    name: str
    email: str
    password: str
    roles: tuple[tuple[str, Role], ...]
    trained: tuple[str, ...] = ()
    left: int = 400
    beside: str = ""
    note: str = ""
    tablet: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """A clinic to be founded."""

    name: str
    language: str
    places: tuple[Place, ...]
    members: tuple[Member, ...]
    rooms: tuple[tuple[str, str], ...]


def _member(key: str, name: str, host: str, password: str, *roles: tuple[str, Role], **rest: object) -> Member:
    return Member(key, name, f"{key}@{host}", password, roles, **rest)  # type: ignore[arg-type]


LINDENS: Final = House(
    name="Two Lindens",
    language="en",
    places=(
        Place(KYIV, "Europe/Kyiv", "12 Lindens Lane, Podil, Kyiv", "+380 44 000 01 00"),
        Place(BERLIN, "Europe/Berlin", "Lindenhof 7, Neukölln, Berlin", "+49 30 23125 100"),
    ),
    members=(
        _member("olena", "Olena Shevchuk", "two-lindens.example", "chestnut-tram-seventeen-bells", (KYIV, DESK)),
        _member("jonas", "Jonas Richter", "two-lindens.example", "bicycle-rain-copper-window", (BERLIN, DESK)),
        _member("iryna", "Iryna Bondar", "two-lindens.example", "quiet-heron-under-the-bridge",
                (KYIV, THERAPIST), (BERLIN, THERAPIST), trained=("*",), note="has every competence, both locations",
                tablet="Tablet in Oak"),
        _member("katharina", "Katharina Vogel", "two-lindens.example", "walnut-ladder-evening-letter",
                (BERLIN, THERAPIST), trained=SOME, note="has some competences", tablet="Tablet in Buche"),
        _member("taras", "Taras Melnyk", "two-lindens.example", "linen-harbour-yellow-kettle",
                (KYIV, THERAPIST), trained=LEARNT, beside="iryna", tablet="Tablet in Ash",
                note="a student: treats beside Iryna, signs no plan"),
        _member("marta", "Marta Weiss", "two-lindens.example", "orchard-slate-morning-train",
                (BERLIN, THERAPIST), trained=SOME, left=-6, note="competences ran out six days ago"),
        _member("halyna", "Halyna Petrenko", "two-lindens.example", "silver-birch-paper-lantern",
                (KYIV, LEAD), trained=("*",)),
        _member("stefan", "Stefan Brandt", "two-lindens.example", "marble-stairs-winter-apple",
                (BERLIN, LEAD), trained=("*",)),
        _member("oksana", "Oksana Lysenko", "two-lindens.example", "seven-keys-and-one-garden",
                (KYIV, OWNER), (BERLIN, OWNER)),
    ),
    rooms=((KYIV, "Oak"), (KYIV, "Ash"), (BERLIN, "Ahorn"), (BERLIN, "Buche"), (BERLIN, "Erle")),
)  # fmt: skip
HARBOUR_HOUSE: Final = House(
    name="Harbour Practice",
    language="en",
    places=(Place(HARBOUR, "Europe/Lisbon", "3 Harbour Steps", "+351 000 000 100"),),
    members=(
        _member("ana", "Ana Teixeira", "harbour.example", "tidewater-lamp-blue-almond",
                (HARBOUR, THERAPIST), trained=("*",), note="another clinic: sees nothing of the first",
                tablet="Tablet by the sea"),
        _member("rui", "Rui Cardoso", "harbour.example", "lighthouse-cork-violet-door",
                (HARBOUR, LEAD), (HARBOUR, OWNER), trained=("*",)),
    ),
    rooms=((HARBOUR, "Sea"),),
)  # fmt: skip


def new_names(chance: Random) -> Callable[[], str]:
    """Names as the application makes them, from a seed: 128 bits as 22 letters."""
    return lambda: base64.urlsafe_b64encode(chance.randbytes(16)).rstrip(b"=").decode()


def secret_of(member: Member) -> str:
    """The fixed secret of somebody's second factor, as an app takes it."""
    return base64.b32encode(hashlib.sha256(member.email.encode()).digest()[:20]).decode()


@dataclass(eq=False)
class Scene:
    """A founded clinic: its people by key, its places by name, and how acts happen in it."""

    clinic: Clinic
    users: dict[str, User]
    places: dict[str, Location]
    token: Callable[[], str]
    rooms: dict[tuple[str, str], str] = field(default_factory=dict)
    tablets: dict[str, Tablet] = field(default_factory=dict)
    service: str = ""
    actors: dict[str, Actor] = field(default_factory=dict)

    def doing(self, key: str, at: datetime, *, fresh: bool = False) -> Doing:
        """The circumstances of an act of somebody of the staff."""
        if key not in self.actors:
            self.actors[key] = staff(self.users[key])
        return Doing(actor=replace(self.actors[key], fresh=fresh), now=at, token=self.token, via=VIA)

    @property
    def library(self) -> Library:
        return built_in()

    def room_of(self, key: str, place: str) -> str:
        return self.rooms[key, place]


def found(house: House, *, at: datetime, now: datetime, token: Callable[[], str]) -> Scene:
    """Founds a clinic at `at` and lets its people in; their competences are counted from `now`."""
    clinic = found_clinic(
        Doing(actor=HOUSE, now=at, token=token, via=VIA),
        name=house.name,
        places=house.places,
        people=[Somebody(each.name, each.email, each.roles) for each in house.members],
        language=house.language,
    )
    users = {each.email.partition("@")[0]: each for each in User.objects.filter(clinic=clinic)}
    places = {each.name: each for each in clinic.locations.all()}
    scene = Scene(clinic, users, places, token)
    for member in house.members:
        let_in(scene, owner_of(house), member, at)
        train(scene, owner_of(house), member, at, now)
        if member.tablet:
            scene.tablets[member.key] = make_ready(scene, member, at)
    furnish(scene, house, at)
    return scene


def owner_of(house: House) -> str:
    return next(each.key for each in house.members if any(role is OWNER for _, role in each.roles))


def let_in(scene: Scene, owner: str, member: Member, at: datetime) -> None:
    """An invitation, the password, and the app as a second factor."""
    user = scene.users[member.key]
    secret = invite(scene.doing(owner, at), user=user.public)
    accept_invitation(scene.doing(member.key, at), secret=secret, password=member.password)
    TOTP.activate(user, secret_of(member))
    factor_added(scene.doing(member.key, at), about=about(user))


def make_ready(scene: Scene, member: Member, at: datetime) -> Tablet:
    """A browser made into somebody's tablet, by a PIN that nobody knows: what it carried stays unread."""
    salt = base64.b64encode(hashlib.sha256(member.key.encode()).digest()[:16]).decode()
    verifier = hashlib.sha256(f"{member.email} PIN".encode()).hexdigest()
    return register_tablet(scene.doing(member.key, at), name=member.tablet, salt=salt, verifier=verifier)


def furnish(scene: Scene, house: House, at: datetime) -> None:
    """What the owner enters: rooms, one service, and opening hours."""
    owner, hours = owner_of(house), {str(day): "9:00-18:00" for day in range(7)}
    for place in scene.places.values():
        keep_hours(scene.doing(owner, at), location=place.public, seen=hours_values(place), wanted=hours)
        therapists = [each.key for each in house.members if (place.name, THERAPIST) in each.roles]
        names = [name for where, name in house.rooms if where == place.name]
        for key, name in zip(therapists, names, strict=True):
            wanted = {"name": name, "note": "", "open": yes(True)}
            room = keep_room(scene.doing(owner, at), location=place.public, seen={}, wanted=wanted)
            scene.rooms[key, place.name] = room.public
    wanted = {"name": "Massage", "minutes": "50", "pause": "15", "open": yes(True)}
    scene.service = keep_service(scene.doing(owner, at), seen={}, wanted=wanted).public


def train(scene: Scene, owner: str, member: Member, at: datetime, now: datetime) -> None:
    """The competences of a member, with the day on which they run out."""
    until = (now + timedelta(days=member.left)).date().isoformat()
    beside = scene.users[member.beside].public if member.beside else ""
    shown = "Enrolment at the school" if beside else "Certificate"
    wanted = {"evidence": f"{shown}, shown to the owner", "until": until, "supervisor": beside}
    for each in built_in().protocols.vocabulary.competences:
        if "*" in member.trained or each.name in member.trained:
            keep_competence(
                scene.doing(owner, at), user=scene.users[member.key].public, name=each.name,
                seen=competence_values(None), wanted=wanted,
            )  # fmt: skip
