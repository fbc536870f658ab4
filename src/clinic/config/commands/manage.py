"""`clinic manage ...`: the framework's own commands, for whoever looks after an installation."""

from __future__ import annotations

import click
from django.core.management import execute_from_command_line


@click.command(name="manage", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def command(words: tuple[str, ...]) -> None:
    execute_from_command_line(["clinic manage", *words])
