"""How a passphrase is given: asked for, or read from a file, never on the command line, where others could see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from effleurage.errors import InputError

Command = Callable[..., Any]


def passphrase_options(*, twice: bool) -> Callable[[Command], Command]:
    """Adds --passphrase and --passphrase-file, and hands the command one `passphrase`, empty where there is none."""

    def mark(command: Command) -> Command:
        @click.option("--passphrase", "ask", is_flag=True, help="Ask for a passphrase that locks the file.")
        @click.option(
            "--passphrase-file",
            "kept",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="Take the passphrase from the first line of this file.",
        )
        @wraps(command)
        def asking(*args: Any, ask: bool, kept: Path | None, **rest: Any) -> Any:
            return command(*args, passphrase=_passphrase(ask, kept, twice=twice), **rest)

        return asking

    return mark


def _passphrase(ask: bool, kept: Path | None, *, twice: bool) -> str:
    if kept is not None:
        first = kept.read_text().partition("\n")[0]
        if not first:
            raise InputError(where=str(kept), what="Its first line is empty.", remedy="Write the passphrase there.")
        return first
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice)) if ask else ""
