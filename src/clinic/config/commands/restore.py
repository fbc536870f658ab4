"""`clinic restore`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from django.utils import timezone

from clinic.config.commands.passphrase import passphrase_options
from clinic.config.restore import Restored, restore
from effleurage.lib.text import counted

SHOWN = 20


@click.command(
    name="restore",
    help="""Put a backup back, here or on a bare machine.

Afterwards the plan of everybody whose record was written to after the backup stays locked until the clinical lead
has confirmed it; where that cannot be told, every plan.
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of a database that is there; it is kept aside.")
@passphrase_options(twice=False)
def command(file: Path, replace: bool, passphrase: str) -> None:
    for line in told(restore(file, timezone.now(), replace=replace, passphrase=passphrase)):
        click.echo(line)


def told(restored: Restored) -> list[str]:
    """What somebody who has just restored must know."""
    made = datetime.fromisoformat(restored.manifest.made_at)
    found = [f"Restored: the clinic as it was at {made:%Y-%m-%d %H:%M} UTC, with {restored.manifest.acts} acts."]
    if restored.aside:
        found.append(f"What was here before is kept as {restored.aside}.")
    found.append(f"{restored.newer.why} {counted(restored.locked, 'plan')} locked: the clinical lead confirms each.")
    events = Counter(each.event for each in restored.newer.acts if each.patient_id is None)
    if events:
        done = ", ".join(f"{event} ({number})" for event, number in sorted(events.items()))
        found.append(f"Also undone: {done}. Look at people and settings before anybody works.")
    found.append("Everybody signs in again, and these patients need a new private link.")
    if restored.newer.tablets:
        found.append("A tablet was taken out of use after the backup, or may have been: all are now. Set each up anew.")
    if restored.lost:
        found.append("Patients who were registered after the backup, and are gone. Register them again:")
        found += [f"  act {each.number}, {each.at[:16]}: {each.event}" for each in restored.lost[:SHOWN]]
        found += [f"  and {len(restored.lost) - SHOWN} more acts"] if len(restored.lost) > SHOWN else []
    return found
