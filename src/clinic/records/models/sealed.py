"""Rows that are written once. The database itself refuses to change or delete them (migration 0002), on both engines.

Each has a digest of its whole content. The audit row of the action that wrote it carries that digest, so that
`clinic verify` also finds a change that went around the database's own refusal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import models


class Sealed(models.Model):
    """A row that never changes after it was written."""

    class Meta:
        abstract = True

    def digest(self) -> str:
        """SHA-256 of the canonical text of all columns but the key that the database gave."""
        return digest_of({column.attname: getattr(self, column.attname) for column in self._meta.concrete_fields})


def digest_of(columns: Mapping[str, Any]) -> str:
    """Every column by name but the key, as JSON with sorted keys: the same text whatever engine gave the row back."""
    plain = {name: _plain(value) for name, value in columns.items() if name != "id"}
    return hashlib.sha256(_canonical(plain).encode()).hexdigest()


_canonical = json.JSONEncoder(sort_keys=True).encode


def _plain(value: Any) -> Any:
    if value is None or type(value) is str or type(value) is int:
        return value  # most columns are; a search through a whole journal comes here millions of times
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    return value
