"""The command line of an installation: it sets the framework up, hands over to one module a command, and turns errors
into one line and an exit code.

A command's module is imported when the command is called and not before, so `--help` needs no database and no keys.
"""

from __future__ import annotations

import difflib
import importlib
import os
from typing import Final

import click
import django
from django.db import DatabaseError

from effleurage.errors import ForPeople

COMMANDS: Final = {
    "serve": "Serve the clinic on this machine.",
    "demo": "Load the demonstration clinic, once.",
    "code": "The digits that a demonstration account's app shows now.",
    "new": "Found a clinic with its first people.",
    "doctor": "Check the installation, and say what to do.",
    "backup": "Copy everything into one file, and check the copy.",
    "restore": "Put a backup back, and lock what is older than it was.",
    "verify": "Look for anything in the records that was changed later.",
    "refresh": "Work the lists of patients out anew.",
    "manage": "A command of the framework (Django).",
}
HIDDEN: Final = frozenset({"manage"})

HELP = """The system of a clinic for therapeutic massage.

\b
First steps:
  clinic new                    found a clinic: it asks what it needs
  clinic serve                  serve it on this machine
  clinic doctor                 check the installation
  clinic backup                 copy everything into one file

\b
Where things are (environment):
  CLINIC_HOME       the folder of this installation; 'var' if not set
  CLINIC_DATABASE   postgresql://user:password@host/name; SQLite in the folder if not set
  CLINIC_BACKUPS    the folder of the backups; on another disk, if there is one
  PORT              the port to serve on; 8000 if not set

\b
Exit codes:
  0  done
  1  a check found a fault (doctor, verify)
  2  something handed in or found cannot be used; the message says what to do
"""


class Lazy(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it over
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        set_up()
        found = importlib.import_module(f"clinic.config.commands.{cmd_name}").command
        assert isinstance(found, click.Command)  # noqa: S101 - for the type checker; every module above has one
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(self.list_commands(ctx))}."
            raise click.UsageError(f"'{args[0]}' is not a command. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ForPeople as fault:
            click.echo(str(fault), err=True)
            ctx.exit(fault.exit_code)
        except DatabaseError as fault:
            click.echo(f"The database: {str(fault).strip()}. 'clinic doctor' looks for the cause.", err=True)
            ctx.exit(ForPeople.exit_code)
        except OSError as fault:
            click.echo(f"{fault.filename or 'This machine'}: {fault.strerror or fault}. Nothing was changed.", err=True)
            ctx.exit(ForPeople.exit_code)


def set_up() -> None:
    """The framework, and files that only their owner reads: what is written here is about people's health."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.config.settings")
    django.setup()


@click.group(cls=Lazy, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="effleurage", message="clinic %(version)s")
def main() -> None:
    """Nothing to do before the command itself."""


if __name__ == "__main__":
    main()
