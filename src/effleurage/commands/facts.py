"""`effleurage facts`: what can be known of a patient, and how it is asked."""

from __future__ import annotations

from pathlib import Path

import click

from effleurage.commands.common import content_option, library
from effleurage.facts.kinds import Bad, Fact
from effleurage.render.facts_words import bad_words, code_words, kind_words
from effleurage.render.terminal import console, heading, rows


@click.command(
    name="facts",
    help="""List the facts: what can be known of a patient.

NAME is a part of a name, a question or a code. Every name may be used in an intake under 'facts:', unless it is
worked out.

\b
Examples:
  effleurage facts
  effleurage facts t_score
  effleurage facts 8480-6          the fact behind a LOINC code
  effleurage explain t_score_spine
""",
)
@click.argument("name", default="")
@click.option("--folder", metavar="F", help="Only the facts of this folder.")
@content_option
def command(name: str, folder: str | None, content: Path | None) -> None:
    lib = library(content)
    found = [fact for fact in lib.protocols.facts.facts if folder in (None, fact.folder) and _matches(fact, name)]
    out = console()
    for place in dict.fromkeys(fact.folder for fact in found):
        heading(out, place)
        rows(
            out,
            ["Fact", "Kind", "Bad news", "Question or derivation", "By", "Codes"],
            [_row(fact) for fact in found if fact.folder == place],
        )
    out.print(f"\n{len(found)} of {len(lib.protocols.facts.facts)} facts.")
    click.get_current_context().exit(0 if found else 2)


def _matches(fact: Fact, part: str) -> bool:
    texts = [fact.name, fact.ask, *(code.code for code in fact.codes)]
    return any(part.lower() in text.lower() for text in texts)


def _row(fact: Fact) -> list[str]:
    derived = f"from {', '.join(fact.derive.of)} ({fact.derive.how})" if fact.derive else ""
    bad = "" if fact.bad is Bad.NONE else bad_words(fact)
    return [
        fact.name,
        kind_words(fact),
        bad,
        fact.ask or derived,
        "/".join(who[0] for who in fact.who) if fact.ask else "",
        code_words(fact),
    ]
