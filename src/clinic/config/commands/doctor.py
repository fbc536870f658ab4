"""`clinic doctor`."""

from __future__ import annotations

import click
from django.utils import timezone

from clinic.config.doctor import examine
from clinic.config.fit import Level
from effleurage.lib.text import counted


@click.command(name="doctor", help="Check the installation: one line a check, and what to do.")
@click.pass_context
def command(ctx: click.Context) -> None:
    levels = []
    for finding in examine(timezone.now()):
        click.secho(str(finding), fg={Level.OK: None, Level.WARN: "yellow", Level.FAIL: "red"}[finding.level])
        levels.append(finding.level)
    failed, warned = levels.count(Level.FAIL), levels.count(Level.WARN)
    click.echo(f"\n{counted(len(levels), 'check')}: {counted(failed, 'failure')}, {counted(warned, 'warning')}.")
    ctx.exit(1 if failed else 0)
