"""`clinic demo`: the demonstration clinic, loaded once into an installation that holds no clinic yet.

Its people and patients stand in `config/demo.py`, which is read when they are wanted: a real clinic never needs them.
"""

from __future__ import annotations

import importlib
from typing import Protocol

import click
from django.conf import settings
from django.db import connection
from django.utils import timezone

from clinic.accounts.models import Clinic
from clinic.config.serve import migrate
from effleurage.errors import InputError
from effleurage.lib.text import counted

UNFINISHED = "demo.unfinished"
SIGN_INS = "demo-sign-ins.txt"


class SignIn(Protocol):
    """Somebody of the demonstration who can come in: staff with e-mail, password and the secret of the second factor;
    a patient with a private link, which stands in the note.
    """

    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def totp(self) -> str: ...
    @property
    def note(self) -> str: ...


@click.command(name="demo", help="Load the demonstration clinic, unless there is a clinic already.")
def command() -> None:
    if load_once():
        click.echo(f"Sign in as\n\n{(settings.HOME.folder / SIGN_INS).read_text()}")
    else:
        click.echo("There is a clinic here already, so nothing was loaded.")


def load_once() -> bool:
    """Loads the demonstration where there is no clinic. What an interrupted loading left is put aside first."""
    unfinished = settings.HOME.folder / UNFINISHED
    if unfinished.exists():
        _put_aside()
    migrate()
    if Clinic.objects.exists():
        return False
    click.echo("Loading the demonstration clinic, this once ...", err=True)
    unfinished.touch()
    people: list[SignIn] = importlib.import_module("clinic.config.demo").load(timezone.now())
    (settings.HOME.folder / SIGN_INS).write_text(table(people))
    unfinished.unlink()
    click.echo(f"It is there; {counted(len(people), 'person', 'people')} can sign in.", err=True)
    return True


def refuse_unfinished() -> None:
    """Raises InputError where a demonstration was interrupted: half a clinic must not be worked with."""
    if (settings.HOME.folder / UNFINISHED).exists():
        raise InputError(
            where=str(settings.HOME.folder),
            what="The demonstration was interrupted while it was loaded.",
            remedy="Run 'clinic demo': it puts that aside and loads it anew.",
        )


def _put_aside() -> None:
    """The database of an interrupted loading. Nobody has worked with it, since `serve` refuses it."""
    if connection.vendor != "sqlite":
        raise InputError(
            where=str(connection.settings_dict["NAME"]),
            what="The demonstration was interrupted while it was loaded into this database.",
            remedy=f"Empty the database (dropdb, createdb), remove {settings.HOME.folder / UNFINISHED}, and try again.",
        )
    connection.close()
    for file in settings.HOME.database_file.parent.glob(settings.HOME.database_file.name + "*"):
        file.unlink()
    (settings.HOME.folder / UNFINISHED).unlink()


def table(people: list[SignIn]) -> str:
    """The sign-ins as lines of equal columns; then the private links, one a line."""
    rows = [("role", "name", "e-mail", "password", "secret of the second factor", "")]
    rows += [(each.role, each.name, each.email, each.password, each.totp, each.note) for each in people if each.email]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", *(f"{each.role} {each.name}: {each.note}" for each in people if not each.email)]
    return "".join(f"  {line.rstrip()}".rstrip() + "\n" for line in lines)


def shown_sign_ins() -> str:
    """The table that the demonstration left, if this is one."""
    path = settings.HOME.folder / SIGN_INS
    return path.read_text() if settings.DEMO and path.exists() else ""
