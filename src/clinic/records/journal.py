"""The journal of acts: writing one row, and finding any change, deletion or reorder afterwards.

A row's hash is keyed (HMAC-SHA-256) over all of its columns and the hash before it. The head row is bound the same
way, so that a cut-off tail shows as well. A file beside the database keeps, for each act that wrote, number and patient:
from it a restore knows whose record is newer than the backup.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from clinic.records.models import SEALED, AuditEvent, AuditHead, Sealed

START = "0" * 64
COLUMNS = (
    "number", "at", "clinic_id", "actor", "actor_name", "roles", "event", "patient_id", "about", "why", "via",
    "sealed", "previous",
)  # fmt: skip


def row_hash(event: AuditEvent) -> str:
    """The keyed hash of a row and of the one before it."""
    plain = {name: _plain(getattr(event, name)) for name in COLUMNS}
    return _keyed(json.dumps(plain, sort_keys=True))


def head_hash(number: int, last: str) -> str:
    return _keyed(f"head {number} {last}")


def _keyed(text: str) -> str:
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def append(*, sealed: Iterable[Sealed] = (), **columns: Any) -> AuditEvent:
    """Writes the next row. The head is locked until the transaction ends, so that numbers have no gap and no fork."""
    head = AuditHead.objects.select_for_update().get(pk=1)
    rows = [[row._meta.db_table, row.pk, row.digest()] for row in sealed]
    event = AuditEvent(number=head.number + 1, previous=head.last, sealed=rows, **columns)
    event.hash = row_hash(event)
    event.save(force_insert=True)
    head.number, head.last, head.hash = event.number, event.hash, head_hash(event.number, event.hash)
    head.save(force_update=True)
    return event


def tell_beside(event: AuditEvent) -> None:
    """Notes in the file beside the database that an act wrote about a patient, before the act is acknowledged."""
    path: Path = settings.HOME.journal
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{event.number} {event.patient_id or 0} {event.at.astimezone(UTC).isoformat()}\n")
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the journal that is not as it was written: where, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def verify() -> list[Fault]:
    """Every fault of the journal and of the sealed rows it names. Empty if all is as it was written."""
    events = list(AuditEvent.objects.order_by("number"))
    return [*_chain(events), *_head(events), *_sealed(events)]


def _chain(events: list[AuditEvent]) -> Iterator[Fault]:
    previous = START
    for position, event in enumerate(events, start=1):
        where = f"act {event.number}"
        if event.number != position:
            yield Fault(where, f"act {position} should stand here: something was taken out or moved.")
            return
        if event.previous != previous:
            yield Fault(where, "it does not follow from the act before it.")
        if event.hash != row_hash(event):
            yield Fault(where, "it was changed after it was written.")
        previous = event.hash


def _head(events: list[AuditEvent]) -> Iterator[Fault]:
    heads = list(AuditHead.objects.all())
    last = (events[-1].number, events[-1].hash) if events else (0, START)
    if len(heads) != 1 or heads[0].pk != 1:
        yield Fault("head", "there must be exactly one.")
    elif (heads[0].number, heads[0].last) != last or (events and heads[0].hash != head_hash(*last)):
        yield Fault("head", "it does not name the last act: acts were cut off at the end, or it was changed.")


def _sealed(events: list[AuditEvent]) -> Iterator[Fault]:
    """Each sealed row against the digest that its act recorded, and each that no act wrote."""
    told = {(table, key): digest for event in events for table, key, digest in event.sealed}
    for model in SEALED:
        table = model._meta.db_table
        there = {row.pk: row for row in model._base_manager.all()}
        for key in sorted(there.keys() - {key for name, key in told if name == table}):
            yield Fault(f"{table} {key}", "no act wrote it.")
        for (name, key), digest in told.items():
            if name == table and key not in there:
                yield Fault(f"{table} {key}", "it is gone.")
            elif name == table and there[key].digest() != digest:
                yield Fault(f"{table} {key}", "it was changed after it was written.")
