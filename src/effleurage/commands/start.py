"""`effleurage start`: what `make run` calls. An example patient or one's own answers, the plan, and what to do next."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from effleurage.commands.ask import converse
from effleurage.commands.common import Patient, deliver, interactive, library, moment, on_option, read_patient, taken
from effleurage.commands.intake_file import intake_text
from effleurage.commands.plan import letter_text, rendered, show
from effleurage.commands.talk import Ended, line
from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.lib.marked import parse_yaml
from effleurage.library import Library
from effleurage.pathway import Treatment, treatment

NEXT = """
What next?
  1  another patient
  2  go on with the questions that are open
  3  save the plan as a page to print
  4  save the letter of referral
  5  save the answers, to go on another time
  q  leave"""


@click.command(
    name="start",
    help="""Look around: choose an example patient or give your own answers, and see the plan.

Without a terminal (in a pipe or a script) it prints the plan of one example and how to go on.
""",
)
@on_option
@click.pass_obj
def command(now: datetime, on: str | None) -> None:
    at = moment(on, now)
    lib = library(None)
    found = examples()
    if not interactive():
        _without_terminal(found, lib)
        return
    click.secho("Effleurage: from what a patient says to a massage plan within cited limits.", bold=True)
    click.echo("Not a medical device: a therapist decides. Nothing that you type leaves this machine.")
    try:
        while True:
            _one_patient(found, lib, at)
    except Ended:
        click.echo("Until next time. 'effleurage --help' lists all commands.")


def examples() -> list[tuple[Path, str]]:
    """The example patients with the sentence that says who each is; none where there is no examples folder above."""
    for base in (Path(__file__).resolve().parent, Path.cwd()):
        for folder in (base, *base.parents):
            found = sorted((folder / "examples").glob("*.yaml"))
            if found and (folder / "pyproject.toml").is_file():
                return [(path, _who(path)) for path in found]
    return []


def example(path: Path, lib: Library) -> Patient:
    """An example as of the moment at which its intake was taken, so that it never grows stale."""
    at = taken(path)
    read = read_patient([path], lib, on=at)
    return replace(read, intake=replace(read.intake, on=at))


def _who(path: Path) -> str:
    try:
        top = parse_yaml(path.read_text(encoding="utf-8"), path.name).entries()
        return top["patient"].words() if "patient" in top else path.stem
    except (InputError, OSError, UnicodeDecodeError):
        return path.stem


def _without_terminal(found: list[tuple[Path, str]], lib: Library) -> None:
    if found:
        path, _ = found[len(found) // 2]
        read = example(path, lib)
        show(treatment(intake=read.intake, library=lib, on=read.intake.on), lib, read)
        click.echo(
            f"\nThis was the example {path.name}, one of {len(found)}. In a terminal, this command lets you choose."
        )
    click.echo(
        "Your own patient: effleurage ask --save patient.yaml, then effleurage plan patient.yaml. See "
        "effleurage --help."
    )


def _one_patient(found: list[tuple[Path, str]], lib: Library, on: datetime) -> None:
    read: Patient | None = _choose(found, lib, on)
    while read:
        made = treatment(intake=read.intake, library=lib, on=read.intake.on)
        click.echo()
        show(made, lib, read)
        read = _after(made, lib, read, read.intake.on)


def _choose(found: list[tuple[Path, str]], lib: Library, on: datetime) -> Patient:
    click.echo("\nWhose plan do you want to see?")
    for number, (_, who) in enumerate(found, start=1):
        click.echo(click.wrap_text(who, _width(), f"{number:4}  ", " " * 6))
    click.echo("   0  your own answers\n   q  leave")
    while True:
        text = line("Number: ")
        if text == "0":
            return converse(Patient(Intake("A patient who answered at the terminal", on)), lib, on, None)[0]
        if text.isdecimal() and 1 <= int(text) <= len(found):
            try:
                return example(found[int(text) - 1][0], lib)
            except (
                InputError
            ) as fault:  # somebody edits an example while looking around: say so, and let them choose again
                click.echo(str(fault))
                continue
        click.echo(f"Type a number from 0 to {len(found)}, or q.")


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 100)


def _after(made: Treatment, lib: Library, read: Patient, on: datetime) -> Patient | None:
    """What next: the patient with more answers, or None for another one."""
    while True:
        click.echo(NEXT)
        text = line("Number: ")
        if text == "1":
            return None
        if text == "2":
            return converse(read, lib, on, None)[0]
        if text == "3":
            _save("plan.html", lambda: rendered("html", made, lib, read))
        elif text == "4":
            _save("letter.html", lambda: letter_text(made.plan, lib, read))
        elif text == "5":
            _save("patient.yaml", lambda: intake_text(read.intake, lib.protocols.facts))
        else:
            click.echo("Type a number from 1 to 5, or q.")


def _save(default: str, text: Callable[[], str]) -> None:
    """Written where the person says; what cannot be done is said, and nothing else happens."""
    try:
        made = text()
        deliver(made, Path(line(f"Save as [{default}]: ") or default))
    except InputError as fault:
        click.echo(str(fault))
