"""Where an installation keeps what is its own: the database, the keys, backups. One folder, `CLINIC_HOME`.

Everything else of the configuration is an environment variable that starts with `CLINIC_`; `clinic doctor` reads the
same and says what to do about each.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of an installation, and what the environment says."""

    folder: Path
    env: Mapping[str, str]

    @property
    def database_file(self) -> Path:
        return self.folder / "clinic.sqlite3"

    @property
    def backups(self) -> Path:
        return Path(self.env.get("CLINIC_BACKUPS", self.folder / "backups"))

    @property
    def journal(self) -> Path:
        """Which patients were written about and when, beside the database: it tells a restore what is missing."""
        return Path(self.env.get("CLINIC_JOURNAL", self.folder / "changes.log"))

    def key(self, name: str) -> str:
        """A secret of this installation, made at first use and readable by its owner only."""
        path = self.folder / f"{name}.key"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()

    def database(self) -> dict[str, object]:
        """Django's settings of the database: SQLite in the folder, or what `CLINIC_DATABASE` names."""
        url = self.env.get("CLINIC_DATABASE", "")
        return _postgresql(url) if url.startswith("postgres") else _sqlite(Path(url) if url else self.database_file)


SQLITE_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA trusted_schema=OFF",
)
"""A commit that was acknowledged survives a power cut only with full sync; write-ahead lets readers go on meanwhile."""


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
