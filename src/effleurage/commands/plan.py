"""`effleurage plan`: from a patient's answers to a plan, as text, JSON, a printable page or FHIR."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from effleurage.commands.common import (
    EXIT,
    Patient,
    content_option,
    deliver,
    library,
    moment,
    on_option,
    read_patient,
)
from effleurage.errors import InputError
from effleurage.lib.text import listed
from effleurage.library import Library
from effleurage.pathway import Treatment, treatment
from effleurage.plan.plan import Plan, Referral
from effleurage.plan.script import Last

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("text", "json", "html", "fhir")


@click.command(
    name="plan",
    help="""From a patient's answers to a plan within limits.

PATIENT is an intake (YAML or JSON) or a FHIR R4 Bundle; what it is, is told by its content. Several files are read
as one patient: where two know the same thing, the worse news counts, so that an import never clears a risk.

\b
Examples:
  effleurage plan patient.yaml
  effleurage plan patient.yaml hospital-bundle.json --on 2026-11-22
  effleurage plan examples/both-conditions.yaml --on taken
  effleurage plan patient.yaml --regimen scoliosis-thoracic --session 3 --last-dose 2 --last-reaction expected
  effleurage plan patient.yaml --format html --output plan.html
  effleurage plan patient.yaml --letter --output letter.html
  effleurage plan patient.yaml --format json | jq .verdict

\b
Exit codes:
  0  massage is possible within the limits
  2  something handed in cannot be read; nothing is written
  3  ask first    4  withhold and refer    5  emergency
""",
)
@click.argument("patient", nargs=-1, required=True, type=click.Path(path_type=Path))
@on_option
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How the plan is written."
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write here: the whole file or nothing."
)
@click.option(
    "--regimen", metavar="ID", default="", help="The regimen of the session. Default: the first that is open."
)
@click.option("--session", type=int, metavar="N", help="The number of the session in the course. Default: 1.")
@click.option("--last-dose", type=int, metavar="K", help="The dose of the last session (1 for the first).")
@click.option("--last-reaction", metavar="NAME", help="How the last session was borne, such as expected or pain_worse.")
@click.option("--letter", is_flag=True, help="Write the letter of referral instead of the plan, as HTML.")
@click.option(
    "--to", metavar="TARGET", default="", help="Whom the letter is for, such as gp. Default: the most urgent."
)
@content_option
@click.pass_obj
def command(
    now: datetime,
    patient: tuple[Path, ...],
    on: str | None,
    form: str,
    output: Path | None,
    regimen: str,
    session: int | None,
    last_dose: int | None,
    last_reaction: str | None,
    letter: bool,
    to: str,
    content: Path | None,
) -> None:
    at = moment(on, now, patient)
    lib = library(content)
    read = read_patient(patient, lib, on=at)
    last = _last(last_dose, last_reaction)
    made = treatment(intake=read.intake, library=lib, on=at, regimen=regimen, session=_number(session, last), last=last)
    if (session or last) and made.script is None and not made.plan.available:
        click.echo("No session: the limits leave nothing to do now. The plan says why.", err=True)
    if letter:
        deliver(letter_text(made.plan, lib, read, to), output)
        others = [one.target for one in made.plan.certain_referrals if one.target != to][0 if to else 1 :]
        if others:
            click.echo(f"This plan also refers to {listed(others)}: see --to.", err=True)
    elif form == "text" and output is None:
        show(made, lib, read)
    else:
        deliver(rendered(form, made, lib, read), output)
    click.get_current_context().exit(EXIT[made.plan.verdict])


def _last(dose: int | None, reaction: str | None) -> Last | None:
    """Both or neither: a reaction without its dose cannot say what comes next."""
    if dose is None and reaction is None:
        return None
    if dose is None or reaction is None:
        missing = "--last-dose" if dose is None else "--last-reaction"
        raise InputError(where=missing, what="It is missing.", remedy="Give --last-dose and --last-reaction together.")
    if dose < 1:
        raise InputError(where="--last-dose", what=f"{dose} is no dose.", remedy="The first session has dose 1.")
    return Last(dose, reaction)


def _number(session: int | None, last: Last | None) -> int:
    return session if session is not None else last.dose + 1 if last else 1


def show(made: Treatment, lib: Library, read: Patient) -> None:
    """The plan on the screen."""
    from effleurage.render.terminal import console

    _show_on(console(), made, lib, read)


def _show_on(out: Console, made: Treatment, lib: Library, read: Patient) -> None:
    from effleurage.render.terminal import show_plan

    show_plan(
        out,
        plan=made.plan,
        library=lib,
        intake=read.intake,
        chosen=made.chosen,
        script=made.script,
        unplaced=read.unplaced,
        warnings=read.told,
    )


def rendered(form: str, made: Treatment, lib: Library, read: Patient) -> str:
    """The plan in one of the formats, as one text."""
    writers = {"json": _json, "html": _html, "fhir": _fhir, "text": _text}
    return writers[form](made, lib, read)


def _text(made: Treatment, lib: Library, read: Patient) -> str:
    from effleurage.render.terminal import console

    out = console(width=100)
    with out.capture() as capture:
        _show_on(out, made, lib, read)
    return click.unstyle(capture.get())


def _json(made: Treatment, lib: Library, read: Patient) -> str:
    from effleurage.render.plan_json import plan_object

    value = plan_object(
        plan=made.plan,
        library=lib,
        intake=read.intake,
        script=made.script,
        unplaced=read.unplaced,
        warnings=read.told,
    )
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _html(made: Treatment, lib: Library, read: Patient) -> str:
    from effleurage.render.page import plan_page

    return plan_page(plan=made.plan, library=lib, intake=read.intake, script=made.script, chosen=made.chosen)


def _fhir(made: Treatment, lib: Library, read: Patient) -> str:  # noqa: ARG001 - called as the others are
    import uuid

    from effleurage.fhir.write_plan import plan_bundle

    ids: dict[str, str] = {}
    bundle = plan_bundle(
        plan=made.plan,
        planned=made.chosen,
        script=made.script,
        library=lib,
        identifiers=lambda name: ids.setdefault(name, str(uuid.uuid4())),
        recorded=made.plan.decision.facts.on.astimezone(),
    )
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def letter_text(plan: Plan, lib: Library, read: Patient, to: str = "") -> str:
    """The letter for the most urgent referral. Raises InputError where there is none."""
    referral = chosen_referral(plan, to)
    from effleurage.render.letter import letter_page

    return letter_page(plan=plan, library=lib, intake=read.intake, referral=referral)


def chosen_referral(plan: Plan, to: str) -> Referral:
    """The referral to this target, or the most urgent. Only certain ones become letters; an open question is none."""
    found = plan.certain_referrals
    targets = [referral.target for referral in found]
    if not found:
        what = "No letter: nobody needs to be seen for what is certain."
        raise InputError(where="--letter", what=what, remedy="Answer the open questions, or leave --letter out.")
    if to and to not in targets:
        remedy = f"This plan refers to {listed(targets)}."
        raise InputError(where="--to", what=f"This plan does not refer to '{to}'.", remedy=remedy)
    return found[targets.index(to) if to else 0]
