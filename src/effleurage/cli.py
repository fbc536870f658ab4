"""The command line: it reads the clock, hands over to one module a command, and turns errors into exit codes.

A command's module is imported when the command is called and not before: a plan must not wait for the solver. So the
names and short descriptions stand here, and `--help` imports nothing.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import sys
from datetime import datetime

import click

from effleurage.errors import ForPeople

COMMANDS = {
    "plan": "From a patient's answers to a plan within limits.",
    "ask": "Ask only what matters, then show the plan.",
    "start": "Look around: an example patient, or your own answers.",
    "explain": "What a rule, a fact, a guarantee or a region means.",
    "facts": "List the facts: what can be known of a patient.",
    "cases": "Run the patients with expected results.",
    "prove": "Prove the guarantees over all patients there could be.",
    "diff": "Prove that new content is nowhere looser, or show where.",
    "docs": "Write or check the generated reference pages.",
}

HELP = """From what a patient says to a massage plan within cited limits.

\b
First steps:
  effleurage start                        look around with an example patient
  effleurage ask --save patient.yaml      answer the questions that matter
  effleurage plan patient.yaml            the plan, with every reason
  effleurage explain OST-O2-TSCORE        one rule: words, limits, sources

\b
Exit codes:
  0  done; of 'plan' and 'ask': treatment is possible within the limits
  1  a check failed (cases, prove, diff, docs), or the questions were not finished
  2  something handed in cannot be read; the message names the place and the remedy
  3  'plan', 'ask': ask first, as answers are missing or a clinician must be asked
  4  'plan', 'ask': withhold and refer
  5  'plan', 'ask': emergency

Not a medical device: a therapist decides. Colour is left out where NO_COLOR is set. What was read of the
content is kept in $XDG_CACHE_HOME/effleurage or ~/.cache/effleurage, and may be deleted at any time.
"""


class Lazy(click.Group):
    """A group that knows its commands by name, imports the one that is called, and speaks of errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it over
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(f"effleurage.commands.{cmd_name}").command
        assert isinstance(found, click.Command)  # noqa: S101 - for the type checker; every module above has one
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(COMMANDS)}."
            raise click.UsageError(f"'{args[0]}' is not a command. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ForPeople as fault:
            click.echo(str(fault), err=True)
            ctx.exit(fault.exit_code)


@click.group(cls=Lazy, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="effleurage", message="effleurage %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    # A command lives for a second and makes few cycles; looking for them would be a third of its cold start.
    gc.disable()
    # The only clock of the core. Times are those of the place, without zone, as in an intake.
    ctx.obj = datetime.now().replace(second=0, microsecond=0)  # noqa: DTZ005
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without our signs gets question marks, not a traceback


if __name__ == "__main__":
    main()
