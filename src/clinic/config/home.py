"""Where an installation keeps what is its own: the database, the keys, backups. One folder, `CLINIC_HOME`.

Everything else of the configuration is an environment variable that starts with `CLINIC_`; `clinic doctor` reads the
same and says what to do about each.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from effleurage.errors import InputError

KEYS: Final = ("secret", "audit")
"""The secrets of an installation. Without `audit` nobody can tell whether the journal is as it was written."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of an installation, and what the environment says."""

    folder: Path
    env: Mapping[str, str]

    @property
    def database_file(self) -> Path:
        """The file of SQLite: in the folder, unless `CLINIC_DATABASE` names another."""
        url = self.env.get("CLINIC_DATABASE", "")
        return Path(url).resolve() if url and not _is_postgresql(url) else self.folder / "clinic.sqlite3"

    @property
    def backups(self) -> Path:
        return Path(self.env.get("CLINIC_BACKUPS", self.folder / "backups"))

    @property
    def journal(self) -> Path:
        """Which patients were written about and when, beside the database: it tells a restore what is missing."""
        return Path(self.env.get("CLINIC_JOURNAL", self.folder / "changes.log"))

    @property
    def lock(self) -> Path:
        """Held by whoever serves, so that nobody restores under a running server."""
        return self.folder / "serving.lock"

    def key_file(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def key(self, name: str) -> str:
        """A secret of this installation, made at first use and readable by its owner only. Two that make it at the
        same moment get the same one.
        """
        path = self.key_file(name)
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                self.put_key(name, secrets.token_urlsafe(48))
        return path.read_text().strip()

    def put_key(self, name: str, secret: str) -> None:
        """Writes a key whole or not at all. Raises FileExistsError where there is one."""
        draft = self.folder / f".{name}.{secrets.token_hex(8)}"
        made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(made, "w") as file:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, self.key_file(name))
        finally:
            draft.unlink()

    def database(self) -> dict[str, object]:
        """Django's settings of the database: SQLite, or the PostgreSQL that `CLINIC_DATABASE` names."""
        url = self.env.get("CLINIC_DATABASE", "")
        return _postgresql(url) if _is_postgresql(url) else _sqlite(self.database_file)

    def port(self, default: int = 8000) -> int:
        """The port to serve on, from `PORT`. Raises InputError."""
        text = self.env.get("PORT", "") or str(default)
        if not text.isdecimal() or int(text) > 65535:
            raise InputError(where="PORT", what=f"'{text}' is no port.", remedy="Give a number from 1 to 65535.")
        return int(text)


SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA trusted_schema=OFF",
)
"""A commit that was acknowledged survives a power cut only with full sync; write-ahead lets readers go on meanwhile."""


def _is_postgresql(url: str) -> bool:
    return url.startswith(("postgres://", "postgresql://"))


def _sqlite(path: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": ";".join(SQLITE_SETTINGS)},
    }


def _postgresql(url: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name`, or `...@/name?host=/folder/of/the/socket`."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or query.get("host", [""])[0],
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
