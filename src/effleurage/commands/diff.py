"""`effleurage diff`: is new content nowhere looser than old, and if it is, for whom."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from effleurage.commands.common import library
from effleurage.lib.text import counted
from effleurage.proofs.diff import Difference, Looser, compare
from effleurage.render.terminal import bullets, console, heading


@click.command(
    name="diff",
    help="""Prove that new content is nowhere looser than old content, or show who would get more.

OLD and NEW are content folders; without NEW, the built-in content is the new one. The proof is over all patients
there could be, unanswered questions included; it is a proof of the rules, for the same facts. Every change beside the
rules (how facts are derived, medicines, vocabulary, regimens, instruments) is listed for a person to judge; changed
wording is not.

\b
Examples:
  effleurage diff ../released/content              the built-in content against an older release
  effleurage diff old-content new-content

Ends with 0 if nobody would get more and nothing changed beside the rules, otherwise with 1.
""",
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path), required=False)
def command(old: Path, new: Path | None) -> None:
    before, after = library(old), library(new)
    found = compare(before, after)
    out = console()
    out.print(f"{before.protocols.hash[:12]} -> {after.protocols.hash[:12]}", style="dim")
    show(out, found)
    click.get_current_context().exit(0 if found.settled else 1)


def show(out: Console, found: Difference) -> None:
    for title, names in (
        ("Rules that are gone", found.only_old),
        ("Rules that are new", found.only_new),
        ("Rules that changed", found.changed),
        ("Rules that limit somebody whom the old content did not limit so far", found.tighter),
    ):
        if names:
            heading(out, title)
            bullets(out, names)
    for number, looser in enumerate(found.looser, start=1):
        _looser(out, number, looser)
    if found.beside:
        heading(out, "Changed beside the rules; not covered by the proof")
        bullets(out, found.beside)
    out.print()
    out.print(_verdict(found), style="bold green" if found.settled else "bold red")


def _verdict(found: Difference) -> str:
    others = counted(len(found.beside), "other change")
    if found.settled:
        return "✓ Nobody would get more: proved for every patient there could be."
    if found.proved_nowhere_looser:
        return (
            f"! The rules are proved nowhere looser for the same facts; {others} {_need(found)} your eyes, see above."
        )
    more = "at least " if found.more else ""
    ways = f"✗ Looser in {more}{counted(len(found.looser), 'way')}. A clinician decides whether that is meant."
    return f"{ways} {others.capitalize()} {_need(found)} your eyes as well." if found.beside else ways


def _need(found: Difference) -> str:
    return "needs" if len(found.beside) == 1 else "need"


def _looser(out: Console, number: int, looser: Looser) -> None:
    heading(out, f"Looser {number}")
    out.print("This patient:")
    bullets(out, looser.words)
    out.print("is no longer limited so:")
    bullets(out, looser.limits)
    out.print(f"The old rules that limited it: {', '.join(looser.blame)}.")
    if not looser.replayed:
        out.print("The evaluator does NOT agree: this is a fault in the formulas. Please report it.", style="bold red")
