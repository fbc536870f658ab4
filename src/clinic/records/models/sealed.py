"""Rows that are written once. The database itself refuses to change or delete them (migration 0002), on both engines.

Each has a digest of its whole content. The audit row of the action that wrote it carries that digest, so that
`clinic verify` also finds a change that went around the database's own refusal.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone


class Sealed(models.Model):
    """A row that never changes after it was written."""

    class Meta:
        abstract = True

    def digest(self) -> str:
        """SHA-256 of the canonical text of all columns but the key that the database gave."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def canonical(self) -> str:
        """Every column by name, as JSON with sorted keys: the same text whatever engine gave the row back."""
        columns = [column for column in self._meta.concrete_fields if not column.primary_key]
        return json.dumps({column.attname: _plain(getattr(self, column.attname)) for column in columns}, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_fixed_timezone(0)).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    return value
