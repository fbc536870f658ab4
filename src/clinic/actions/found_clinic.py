"""The first act of all: a clinic with a location, its first people, and the content it begins with.

It comes from the command line of the installation, never from a page. The content that ships with the program is the
only version that no two clinicians of the clinic have approved; `to be confirmed` says so wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.accounts.models import Clinic, Location, Membership, Role, User
from clinic.actions.frame import Doing, act, note
from clinic.records.content import built_in, folder_files, keep_version
from clinic.records.models import ContentVersion, Proposal
from effleurage.protocol.documents import BUILT_IN


@dataclass(frozen=True, slots=True)
class Place:
    """A location to begin with."""

    name: str
    zone: str
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody who will work there: `roles` by the name of the location."""

    name: str
    email: str
    roles: Sequence[tuple[str, Role]]


@act("clinic.found")
def found_clinic(
    doing: Doing, *, name: str, places: Sequence[Place], people: Sequence[Somebody], language: str = "en"
) -> Clinic:
    """Makes a clinic with these places and people and puts the content of the program in force."""
    clinic = Clinic.objects.create(public=doing.token(), name=name, language=language)
    at = {
        place.name: Location.objects.create(
            public=doing.token(), clinic=clinic, name=place.name, zone=place.zone, address=place.address,
            phone=place.phone,
        )
        for place in places
    }  # fmt: skip
    for somebody in people:
        user = User(public=doing.token(), clinic=clinic, email=somebody.email.lower(), name=somebody.name)
        user.made_at = doing.now
        user.set_unusable_password()
        user.save()
        Membership.objects.bulk_create(
            Membership(user=user, location=at[place], role=role) for place, role in somebody.roles
        )
    known = ContentVersion.objects.filter(hash=built_in().protocols.hash).exists()
    version = keep_version(built_in(), folder_files(BUILT_IN), doing.now)
    Proposal.objects.create(
        public=doing.token(), clinic=clinic, version=version, title="As shipped", why="The content of the program.",
        at=doing.now, published_at=doing.now, state=Proposal.State.PUBLISHED,
    )  # fmt: skip
    note(doing, about=f"clinic:{clinic.public}", sealed=() if known else [version])
    return clinic
