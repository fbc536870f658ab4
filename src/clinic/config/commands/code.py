"""`clinic code`: the six digits that the app of a demonstration account shows now, for whoever has no app at hand."""

from __future__ import annotations

import click
from django.conf import settings

from clinic.config import demo
from effleurage.errors import InputError


@click.command(name="code", help="The digits that a demonstration account's app shows now.")
@click.argument("email")
def command(email: str) -> None:
    if not settings.DEMO:
        raise InputError(
            where="CLINIC_DEMO",
            what="This is no demonstration: a code is told by the app of its owner and by nothing else.",
            remedy="For a demonstration set CLINIC_DEMO=1, as 'make run' does.",
        )
    click.echo(demo.code(email))
