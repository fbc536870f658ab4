"""`clinic verify`."""

from __future__ import annotations

import click
from django.conf import settings

from clinic.config.serve import insist_on_schema
from clinic.records import beside
from clinic.records.journal import Fault, examine
from effleurage.lib.text import counted

SHOWN = 20


@click.command(name="verify", help="Look for anything in the journal or a sealed row that is not as it was written.")
@click.pass_context
def command(ctx: click.Context) -> None:
    insist_on_schema()
    told = beside.lines(settings.HOME.journal)
    found = examine()
    faults = found.faults + [
        Fault(f"act {each.number}", "it was written, as the file beside the database tells, and is not in the journal.")
        for each in beside.missing_after(told, found.acts)
    ]
    summary = f"{counted(found.acts, 'act')}, {counted(found.rows, 'sealed row')}"
    if not faults:
        click.echo(f"{summary}: nothing was changed.")
        return
    for fault in faults[:SHOWN]:
        click.echo(str(fault))
    click.echo(f"{summary}: {counted(len(faults), 'fault')}, of which the first {min(len(faults), SHOWN)} stand above.")
    click.echo("Keep this database as it is, find out who had access, and restore the last backup that verifies.")
    ctx.exit(1)
