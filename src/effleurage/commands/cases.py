"""`effleurage cases`: the patients with expected results, run against the rules."""

from __future__ import annotations

from pathlib import Path

import click

from effleurage.commands.common import content_option, library
from effleurage.decision.cases import Case, decide_case, failures
from effleurage.errors import InputError
from effleurage.lib.text import counted, listed
from effleurage.library import Library
from effleurage.render.terminal import bullets, console, rows


@click.command(
    name="cases",
    help="""Run the patients with expected results.

A case is a patient whose expected decision is written down; its name is a sentence. Without arguments all are run.

\b
Examples:
  effleurage cases
  effleurage cases --folder osteoporosis
  effleurage cases fracture               only cases with 'fracture' in the name

Ends with 1 if a case fails.
""",
)
@click.argument("part", default="", metavar="[NAME-PART]")
@click.option("--folder", metavar="F", help="Only the cases of this folder.")
@content_option
def command(part: str, folder: str | None, content: Path | None) -> None:
    lib = library(content)
    chosen = select(lib, part, folder)
    results = {case.name: list(failures(case, decide_case(case, lib.protocols))) for case in chosen}
    out = console()
    table = []
    for name in dict.fromkeys(case.folder for case in chosen):
        mine = [results[case.name] for case in chosen if case.folder == name]
        table.append([name, str(len(mine)), str(sum(1 for each in mine if each)) if any(mine) else "none"])
    rows(out, ["Folder", "Cases", "Failed"], table)
    for case in chosen:
        if results[case.name]:
            out.print(f"\n✗ {case.name} ({case.place})", style="bold red")
            bullets(out, results[case.name])
    if len(chosen) <= 12:
        bullets(out, [case.name for case in chosen if not results[case.name]], "✓")
    failed = sum(1 for each in results.values() if each)
    out.print(f"\n{counted(len(chosen), 'case')}, {failed or 'none'} failed.")
    click.get_current_context().exit(1 if failed else 0)


def select(lib: Library, part: str, folder: str | None) -> list[Case]:
    folders = list(dict.fromkeys(case.folder for case in lib.cases))
    if folder and folder not in folders:
        raise InputError(where="--folder", what=f"'{folder}' has no cases.", remedy=f"Known: {listed(folders)}.")
    chosen = [case for case in lib.cases if folder in (None, case.folder) and part.lower() in case.name.lower()]
    if not chosen:
        raise InputError(
            where="cases", what=f"No case has '{part}' in its name.", remedy="Leave it out to run them all."
        )
    return chosen
