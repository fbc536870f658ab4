"""`clinic backup`."""

from __future__ import annotations

from pathlib import Path

import click
from django.utils import timezone

from clinic.config.backup import make_backup
from clinic.config.commands.passphrase import passphrase_options
from effleurage.lib.text import counted


@click.command(
    name="backup",
    help="""Copy everything into one file while work goes on, and check the copy.

The file holds the records and the keys of the clinic: keep it where nobody else can read it, best on another
machine, or lock it with a passphrase. Without FILE it goes into CLINIC_BACKUPS under the time of day.
""",
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@passphrase_options(twice=True)
def command(file: Path | None, passphrase: str) -> None:
    path, manifest = make_backup(timezone.now(), target=file, passphrase=passphrase)
    total = counted(sum(manifest.rows.values()), "row")
    size = path.stat().st_size / 1_000_000
    click.echo(f"{path}: {size:.1f} MB, {total}, {counted(manifest.acts, 'act')}; opened again and checked.")
    if not passphrase:
        click.echo("It holds the keys of the clinic and is not locked: keep it as safe as the records themselves.")
