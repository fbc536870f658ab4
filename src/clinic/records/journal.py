"""The journal of acts: writing one row, and finding any change, deletion or reorder afterwards.

A row's hash is keyed (HMAC-SHA-256) over all of its columns and the hash before it. The head row is bound the same
way, so that a cut-off tail shows as well; an old head put back shows in the file beside the database.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, models, transaction

from clinic.records import beside
from clinic.records.models import SEALED, AuditEvent, AuditHead, Patient, Sealed
from clinic.records.models.sealed import digest_of

START = "0" * 64
COLUMNS = (
    "number", "at", "clinic_id", "actor", "actor_name", "roles", "event", "patient_id", "about", "why", "via",
    "sealed", "previous",
)  # fmt: skip


def row_hash(row: Mapping[str, Any]) -> str:
    """The keyed hash of a row, its columns by name, and of the one before it."""
    return _keyed(_canonical({name: _plain(row[name]) for name in COLUMNS}))


_canonical = json.JSONEncoder(sort_keys=True).encode


def head_hash(number: int, last: str) -> str:
    return _keyed(f"head {number} {last}")


def _keyed(text: str) -> str:
    return hmac.digest(settings.AUDIT_KEY.encode(), text.encode(), "sha256").hex()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def append(*, sealed: Iterable[Sealed] = (), **columns: Any) -> AuditEvent:
    """Writes the next row."""
    [event] = append_each([{"sealed": [[row._meta.db_table, row.pk, row.digest()] for row in sealed], **columns}])
    return event


def append_each(rows: Iterable[Mapping[str, Any]]) -> list[AuditEvent]:
    """Writes the next rows, each bound to the one before it, and then the head, which names the last.

    The head is locked until the transaction ends, so that numbers have no gap and no fork.
    """
    head = AuditHead.objects.select_for_update().get(pk=1)
    events = []
    for columns in rows:
        event = AuditEvent(number=head.number + 1, previous=head.last, **columns)
        event.hash = row_hash({name: getattr(event, name) for name in COLUMNS})
        events.append(event)
        head.number, head.last, head.hash = event.number, event.hash, head_hash(event.number, event.hash)
    AuditEvent.objects.bulk_create(events)
    head.save(force_update=True)
    return events


def tell_beside(event: AuditEvent, also: Patient | None = None) -> None:
    """Notes in the file beside the database that an act wrote about a patient, before the act is acknowledged. What
    changed the record of a second one (`also`) names that one first, so that the act's own line stays its last.

    An act that is rolled back after this leaves a line too many, never one too few: a restore may then lock a plan
    for nothing, and misses none.
    """
    for key in (event.patient_id,) if also is None else (also.pk, event.patient_id):
        beside.write(str(beside.line(number=event.number, patient_id=key, at=event.at, event=event.event)))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the journal that is not as it was written: where, and what is wrong."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(slots=True)
class Examined:
    """What was looked at, and every fault that was found."""

    acts: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Stored:
    """The rows as the database holds them.

    Each is read column by column, since a value that cannot be read any more must be a fault of its row and not the
    end of the search.
    """

    using: str = "default"

    def rows(self, model: type[models.Model]) -> Iterator[dict[str, Any] | None]:
        """Every row in the order of its key; None for one that cannot be read."""
        readers = [(each.attname, _readers(each, self.using)) for each in model._meta.concrete_fields]
        with connections[self.using].chunked_cursor() as cursor:
            cursor.execute(_select(model, self.using))
            while chunk := cursor.fetchmany(1000):
                yield from (_read(raw, readers) for raw in chunk)


Reader = Callable[[Any], Any]


def _select(model: type[models.Model], using: str) -> str:
    """All columns. The plus sign keeps SQLite's driver from reading dates by itself, which would end the search."""
    quote = connections[using].ops.quote_name
    plus = "+" if connections[using].vendor == "sqlite" else ""
    columns = ", ".join(plus + quote(str(each.column)) for each in model._meta.concrete_fields)
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every table has one; for the type checker
    return f"SELECT {columns} FROM {quote(model._meta.db_table)} ORDER BY {quote(str(key.column))}"  # noqa: S608 - names from the models


def _readers(column: models.Field[Any, Any], using: str) -> list[Reader]:
    """How the framework itself would read the column, step by step."""
    connection = connections[using]
    expression = column.get_col(column.model._meta.db_table)
    found = [*connection.ops.get_db_converters(expression), *column.get_db_converters(connection)]
    return [partial(_step, step, expression, connection) for step in found]


def _step(step: Callable[..., Any], expression: Any, connection: Any, value: Any) -> Any:
    return step(value, expression, connection)


def _read(raw: tuple[Any, ...], readers: list[tuple[str, list[Reader]]]) -> dict[str, Any] | None:
    row = {}
    try:
        for value, (name, steps) in zip(raw, readers, strict=True):
            read = value
            for step in steps:
                read = step(read)
            row[name] = read
    except (ValueError, TypeError, AttributeError):
        return None
    return row


@contextmanager
def one_moment(using: str) -> Iterator[None]:
    """All reads see the database as it is now, while others go on writing."""
    connection = connections[using]
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def verify() -> list[Fault]:
    """Every fault of the journal and of the sealed rows it names. Empty if all is as it was written."""
    return examine().faults


def examine(using: str = "default") -> Examined:
    """Looks at every act and every sealed row of a database, as it is at one moment."""
    with one_moment(using):
        return examine_rows(Stored(using))


def examine_rows(stored: Stored) -> Examined:
    """The chain, its head, then each sealed row against the digest that its act recorded. One act is held at a time;
    of each sealed row the digest.
    """
    found = Examined()
    told: dict[str, dict[int, str]] = {model._meta.db_table: {} for model in SEALED}
    last = _chain(stored, found, told)
    found.faults += _head(stored, last)
    for model in SEALED:
        found.faults += _sealed(stored, model, told.pop(model._meta.db_table), found)
    found.faults += [Fault(table, "an act names rows of a table that is not sealed.") for table in told]
    return found


def _chain(stored: Stored, found: Examined, told: dict[str, dict[int, str]]) -> tuple[int, str]:
    """Follows the acts one by one, and gathers what they sealed. Returns number and hash of the last."""
    number, previous = 0, START
    try:
        for row in stored.rows(AuditEvent):
            found.acts += 1
            fault = _fault_of_act(row, number + 1, previous)
            if fault:
                found.faults.append(fault)
            if row is None or not isinstance(row["number"], int):
                number += 1
                continue
            number, previous = row["number"], row["hash"]
            _gather(row["sealed"], told)
    except DatabaseError as error:
        found.faults.append(Fault(f"act {number + 1}", f"it cannot be read ({_first_line(error)})."))
    return number, previous


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _fault_of_act(row: dict[str, Any] | None, number: int, previous: str) -> Fault | None:
    where = f"act {number}"
    if row is None:
        return Fault(where, "it was changed after it was written, and cannot be read any more.")
    if row["number"] != number:
        return Fault(where, f"act {row['number']} stands in its place: something was taken out or moved.")
    if row["previous"] != previous:
        return Fault(where, "it does not follow from the act before it.")
    try:
        same = row["hash"] == row_hash(row)
    except (TypeError, ValueError):
        same = False
    return None if same else Fault(where, "it was changed after it was written.")


def _gather(sealed: Any, told: dict[str, dict[int, str]]) -> None:
    """Notes the digests that an act recorded. What was tampered with may have any shape; its act is a fault already."""
    if not isinstance(sealed, list):
        return
    for entry in sealed:
        if isinstance(entry, list) and len(entry) == 3 and isinstance(entry[0], str) and isinstance(entry[1], int):
            told.setdefault(entry[0], {})[entry[1]] = entry[2]


def _head(stored: Stored, last: tuple[int, str]) -> Iterator[Fault]:
    try:
        heads = list(stored.rows(AuditHead))
    except DatabaseError:
        heads = [None]
    if len(heads) != 1 or heads[0] is None or heads[0]["id"] != 1:
        yield Fault("head", "there must be exactly one, which can be read.")
        return
    number, hash_, bound = (heads[0][name] for name in ("number", "last", "hash"))
    if (number, hash_) != last or bound != (head_hash(*last) if number else ""):
        yield Fault("head", "it does not name the last act: acts were cut off at the end, or it was changed.")


def _sealed(stored: Stored, model: type[Sealed], told: dict[int, str], found: Examined) -> Iterator[Fault]:
    """Each row of a table against the digest that its act recorded, each that no act wrote, each that is gone."""
    table = model._meta.db_table
    try:
        for row in stored.rows(model):
            found.rows += 1
            if row is None:
                yield Fault(table, "a row was changed after it was written, and cannot be read any more.")
                continue
            digest = told.pop(row["id"], None)
            if digest is None:
                yield Fault(f"{table} {row['id']}", "no act wrote it.")
            elif digest != _digest(row):
                yield Fault(f"{table} {row['id']}", "it was changed after it was written.")
    except DatabaseError as error:
        yield Fault(table, f"it cannot be read ({_first_line(error)}).")
    for key in sorted(told):
        yield Fault(f"{table} {key}", "it is gone.")


def _digest(row: dict[str, Any]) -> str | None:
    try:
        return digest_of(row)
    except (TypeError, ValueError):
        return None
