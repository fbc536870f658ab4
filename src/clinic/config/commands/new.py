"""`clinic new`: the first act of an installation. It asks for what was not given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

import click
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clinic.accounts.models import Clinic, Role, User
from clinic.actions.account import INVITED_FOR, invite
from clinic.actions.found_clinic import Place, Somebody, found_clinic
from clinic.actions.frame import Doing
from clinic.actions.people import HOUSE, staff
from clinic.config.commands.demo import refuse_unfinished
from clinic.config.middleware import new_token
from clinic.config.serve import migrate
from effleurage.errors import InputError

Command = Callable[..., Any]


def zone_of(ctx: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001 - click hands them over
    if value not in available_timezones():
        raise click.BadParameter(f"'{value}' is no time zone. Name one as 'Europe/Kyiv'.")
    return value


def address_of(ctx: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001
    try:
        validate_email(value)
    except ValidationError:
        raise click.BadParameter(f"'{value}' is no e-mail address.") from None
    return value.lower()


def something(ctx: click.Context, parameter: click.Parameter, value: str) -> str:  # noqa: ARG001
    if not 0 < len(value.strip()) <= 120:
        raise click.BadParameter("Give 1 to 120 letters.")
    return value.strip()


def asked(name: str, question: str, check: Callable[..., str]) -> Callable[[Command], Command]:
    return click.option(name, prompt=question, callback=check, help=f"{question}; asked for if not given.")


@click.command(name="new", help="Found a clinic; its owner and its clinical lead each get a link to sign in.")
@asked("--name", "Name of the clinic", something)
@asked("--location", "Name of its first location", something)
@asked("--zone", "Time zone there, as Europe/Kyiv", zone_of)
@asked("--owner-name", "Name of the owner", something)
@asked("--owner", "E-mail address of the owner", address_of)
@asked("--lead-name", "Name of the clinical lead", something)
@asked("--lead", "E-mail address of the clinical lead", address_of)
def command(name: str, location: str, zone: str, owner_name: str, owner: str, lead_name: str, lead: str) -> None:
    refuse_unfinished()
    migrate()
    people = first_people(location, (owner_name, owner), (lead_name, lead))
    doing = Doing(actor=HOUSE, now=timezone.now(), token=new_token, via="clinic new")
    with transaction.atomic():
        clinic = found_clinic(doing, name=name, places=[Place(location, zone)], people=people)
        links = invitations(clinic, doing)
    hours = int(INVITED_FOR.total_seconds() // 3600)
    click.echo(f"{name} is founded. Each link opens once, within {hours} hours; the owner can make new ones.\n")
    for person, link in links:
        click.echo(f"  {person.name} ({person.email}):\n  http://localhost:8000{link}\n")
    click.echo("Replace http://localhost:8000 by the address at which 'clinic serve' is reached.")


def first_people(location: str, owner: tuple[str, str], lead: tuple[str, str]) -> list[Somebody]:
    """Owner and lead, who may be one person. Raises InputError for an address that somebody has."""
    taken = User.objects.filter(email__in=[owner[1], lead[1]]).first()
    if taken:
        raise InputError(
            where=taken.email, what="Somebody has this e-mail address already.", remedy="Give each their own address."
        )
    if owner[1] == lead[1]:
        return [Somebody(owner[0], owner[1], [(location, Role.OWNER), (location, Role.CLINICAL_LEAD)])]
    return [
        Somebody(owner[0], owner[1], [(location, Role.OWNER)]),
        Somebody(lead[0], lead[1], [(location, Role.CLINICAL_LEAD)]),
    ]


def invitations(clinic: Clinic, doing: Doing) -> list[tuple[User, str]]:
    """A link for each of the clinic's people, made in the name of the owner."""
    people = list(clinic.people.order_by("pk"))
    owner = next(person for person in people if person.memberships.filter(role=Role.OWNER).exists())
    named = Doing(actor=staff(owner), now=doing.now, token=doing.token, via=doing.via)
    return [(each, reverse("welcome", args=[invite(named, user=each.public)])) for each in people]
