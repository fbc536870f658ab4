"""`effleurage prove`: what holds for all patients there could be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from effleurage.commands.common import content_option, library
from effleurage.engines.smt import Undecided
from effleurage.errors import ForPeople
from effleurage.lib.text import counted
from effleurage.proofs.prove import OUTSIDE, Report, prove
from effleurage.proofs.witness import Proof
from effleurage.render.terminal import bullets, console, heading


class NotProved(ForPeople):
    """The solver gave up; a proof that did not end is no proof."""

    exit_code = 1


@click.command(
    name="prove",
    help="""Prove the guarantees over all patients there could be, unanswered questions included.

It shows every guarantee of the content; that knowing less never loosens a plan; that bad news never loosens one, fact
by fact; which rules hold for nobody; and which add nothing to the others. It also says what it does not cover. What
fails is printed as a patient in words, replayed in the evaluator that defines the meaning.

\b
Examples:
  effleurage prove
  effleurage prove --all          every sentence, proved ones too
  effleurage prove --content my-content

Ends with 1 if something is not proved or a rule is dead.
""",
)
@click.option("--all", "everything", is_flag=True, help="Print every sentence that was proved.")
@content_option
def command(everything: bool, content: Path | None) -> None:
    lib = library(content)
    out = console()
    progress = console(stderr=True)
    say = (lambda text: progress.print(f"... {text}", style="dim")) if sys.stderr.isatty() else (lambda _: None)
    try:
        report = prove(lib.protocols, progress=say)
    except Undecided:
        raise NotProved(
            where="prove",
            what="The solver ran out of time.",
            remedy="What it did not end proves nothing; try again on a free machine.",
        ) from None
    show(out, report, everything)
    click.get_current_context().exit(0 if report.ok else 1)


def show(out: Console, report: Report, everything: bool) -> None:
    _group(out, "Guarantees", report.guarantees, everything)
    _group(out, "Laws", report.laws, True)
    _group(out, "Bad news never loosens, fact by fact", report.bad_news, everything)
    if report.dead:
        heading(out, "Dead: these rules hold for nobody")
        bullets(out, report.dead, "✗")
    if report.adding_nothing:
        heading(out, "These rules add nothing to the others (they may stand for their reason)")
        out.print(", ".join(report.adding_nothing))
    if report.loosening:
        heading(out, "Alone these rules would loosen on bad news; others make up for it, as proved")
        out.print(", ".join(report.loosening))
    _not_covered(out, report, everything)
    out.print()
    out.print(_verdict(report), style="bold green" if report.ok else "bold red")


def _not_covered(out: Console, report: Report, everything: bool) -> None:
    """What these proofs say nothing of."""
    heading(out, "Not covered by these proofs")
    facts = counted(len(report.not_covered), "fact")
    bullets(out, [f"The law of bad news says nothing of {facts} without a direction that is bad.", *OUTSIDE])
    if everything and report.not_covered:
        out.print(f"Without a bad direction: {', '.join(report.not_covered)}")


def _verdict(report: Report) -> str:
    proofs = (*report.guarantees, *report.laws, *report.bad_news)
    failed = sum(1 for proof in proofs if not proof.proved)
    dead = "no dead rule" if not report.dead else counted(len(report.dead), "dead rule")
    if report.ok:
        return f"✓ All {len(proofs)} sentences are proved for every patient there could be; {dead}."
    return f"✗ {failed or 'None'} of {len(proofs)} sentences not proved; {dead}."


def _group(out: Console, title: str, proofs: Sequence[Proof], everything: bool) -> None:
    proved = [proof for proof in proofs if proof.proved]
    heading(out, f"{title}: {len(proved)} of {len(proofs)} proved")
    if everything:
        bullets(out, [f"{proof.says}  [{proof.name}]" for proof in proved], "✓")
    for proof in proofs:
        if not proof.proved:
            _refuted(out, proof)


def _refuted(out: Console, proof: Proof) -> None:
    found = proof.counterexample
    out.print(f"✗ {proof.says}  [{proof.name}]", style="bold red")
    if found is None:
        return
    out.print("  It fails for this patient:")
    for words in found.words:
        out.print(f"    {words}")
    replay = "  Replayed in the evaluator: it fails there as well."
    out.print(
        replay
        if found.replayed
        else "  The evaluator does NOT agree: this is a fault in the formulas. Please report it."
    )
