"""The demonstration clinic: made once, from a fixed seed, by the real acts on the real core at moments in the past.

Nothing of it is written round the acts, so everything that holds of a working clinic holds of it: the journal follows
act by act, every plan replays, and what a patient may not have, nobody here has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import transaction

from clinic.accounts.models import Clinic
from clinic.config.demo_cast import Part, main_cast, small_cast
from clinic.config.demo_house import HARBOUR_HOUSE, LINDENS, House, Member, Scene, found, new_names, secret_of
from clinic.config.demo_person import Diary, Person
from clinic.config.demo_ways import follow
from clinic.records.state import rows_at_the_end
from effleurage.errors import InputError

SEED: Final = 2026
FOUNDED: Final = timedelta(days=200)
"""So long before now the clinic opened; the first patient came later."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody as whom one can come in: `totp` is the secret that goes into an app. Staff by e-mail address; a patient
    has none of the three, and a private link in `note`.
    """

    role: str
    name: str
    email: str
    password: str
    totp: str
    note: str = ""


def load(now: datetime) -> list[SignIn]:
    """Makes both clinics as they stand at `now`, and tells who can sign in; all or nothing. Where there is a clinic
    already, does nothing and names nobody.
    """
    if Clinic.objects.exists():
        return []
    with transaction.atomic():
        return _load(now)


def _load(now: datetime) -> list[SignIn]:
    token = new_names(Random(SEED))  # noqa: S311 - a demonstration is the same each time, and no secret
    at = now - FOUNDED
    main = found(LINDENS, at=at, now=now, token=token)
    small = found(HARBOUR_HOUSE, at=at + timedelta(days=1), now=now, token=token)
    people = [*_people(main, main_cast(), now), *_people(small, small_cast(), now, first=200)]
    with rows_at_the_end(now):
        follow(people)
    return [*_staff(LINDENS), *_staff(HARBOUR_HOUSE), *_links(people)]


def _people(scene: Scene, cast: tuple[Part, ...], now: datetime, first: int = 1) -> list[Person]:
    diary = Diary()
    return [Person(part, scene, diary, number, now, now) for number, part in enumerate(cast, first)]


def _staff(house: House) -> list[SignIn]:
    return [
        SignIn(_roles(each), each.name, each.email, each.password, secret_of(each), each.note) for each in house.members
    ]


def _roles(member: Member) -> str:
    """Their roles in words, each once: 'Therapist'."""
    return ", ".join(dict.fromkeys(str(role.label) for _, role in member.roles))


def _links(people: list[Person]) -> list[SignIn]:
    """Two private links that nobody has opened yet: a patient's, and that of somebody who speaks for one."""
    wanted = ("link_sent", "minor_waiting")
    first = [next(each for each in people if each.part.way == way) for way in wanted]
    return [
        SignIn(
            role="Guardian" if each.guardian else "Patient",
            name=each.guardian.name if each.guardian else each.patient.name,
            email="",
            password="",
            totp="",
            note=f"/i/{each.made.secret}/ with the birth date {each.born:%d.%m.%Y}",
        )
        for each in first
        if each.made
    ]


def code(email: str) -> str:
    """The six digits that the app of a demonstration account shows now. Raises InputError for any other."""
    members = {each.email: each for house in (LINDENS, HARBOUR_HOUSE) for each in house.members}
    if email.lower() not in members:
        raise InputError(
            where=email, what="This is no account of the demonstration.", remedy=f"There are {', '.join(members)}."
        )
    now = list(yield_hotp_counters_from_time())[1]
    return str(format_hotp_value(hotp_value(secret_of(members[email.lower()]), now)))
