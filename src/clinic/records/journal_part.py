"""Checking the journal piece by piece, so that a page can do it without keeping anybody waiting.

Each piece follows the chain from the row before it, and compares the sealed rows that its acts name with what they
recorded. What no act has written is found only by the whole check (`journal.verify`, `clinic verify`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clinic.records.journal import COLUMNS, START, head_hash, row_hash
from clinic.records.models import SEALED, AuditEvent, AuditHead

TABLES = {model._meta.db_table: model for model in SEALED}


@dataclass(frozen=True, slots=True)
class Part:
    """Which acts were looked at, how many there are, and what is wrong in them, in words."""

    upto: int
    last: int
    faults: tuple[str, ...]

    @property
    def done(self) -> bool:
        return self.upto >= self.last


def check_part(after: int, size: int) -> Part:
    """Looks at the acts after one, `size` of them at most."""
    rows = list(AuditEvent.objects.filter(number__gt=after, number__lte=after + size).order_by("number"))
    before = AuditEvent.objects.filter(number=after).values_list("hash", flat=True).first() if after else START
    head = AuditHead.objects.get(pk=1)
    upto = min(after + size, head.number)
    faults = [*_chain(rows, after, before or "", upto), *_sealed(rows), *_head(head, rows, upto)]
    return Part(upto, head.number, tuple(faults))


def _chain(rows: Iterable[AuditEvent], after: int, before: str, upto: int) -> Iterator[str]:
    number, previous = after, before
    for row in rows:
        if row.number != number + 1:
            yield f"act {number + 1}: it is gone."
        elif row.previous != previous:
            yield f"act {row.number}: it does not follow from the act before it."
        if row.hash != row_hash({name: getattr(row, name) for name in COLUMNS}):
            yield f"act {row.number}: it was changed after it was written."
        number, previous = row.number, row.hash
    if number < upto:
        yield f"act {number + 1}: it is gone."


def _head(head: AuditHead, rows: list[AuditEvent], upto: int) -> Iterator[str]:
    if upto < head.number or not rows:
        return
    bound = head_hash(head.number, head.last)
    if (head.number, head.last) != (rows[-1].number, rows[-1].hash) or head.hash != bound:
        yield "head: it does not name the last act."


def _sealed(rows: Iterable[AuditEvent]) -> Iterator[str]:
    told: dict[str, dict[int, str]] = {}
    for row in rows:
        for table, key, digest in row.sealed:
            told.setdefault(table, {})[key] = digest
    for table, digests in told.items():
        found = TABLES[table].objects.in_bulk(digests) if table in TABLES else {}  # type: ignore[attr-defined]
        for key, digest in digests.items():
            if key not in found:
                yield f"{table} {key}: it is gone."
            elif found[key].digest() != digest:
                yield f"{table} {key}: it was changed after it was written."
