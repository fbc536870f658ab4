"""Whether the database keeps what it acknowledged: its version, its settings, and where it lies.

All of it is read back from a live connection: a setting that was asked for is not yet one that holds. `clinic serve`
insists on it before it takes the first record, and `clinic doctor` tells it among the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from clinic.config import sqlite_versions
from effleurage.errors import InputError

FAR_AWAY: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "afs", "lustre"})
"""File systems across a network: their locks do not keep SQLite's promises (https://www.sqlite.org/faq.html#q5)."""
PG_ON: Final = ("fsync", "synchronous_commit", "full_page_writes")
OLDEST_PG: Final = 130000


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `about` names it, `what` says it, `remedy` what to do where it is not well."""

    level: Level
    about: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f"\n{'':20}{self.remedy}" if self.remedy else ""
        return f"{self.level.value:4}  {self.about:12}  {self.what}{remedy}"


def ok(about: str, what: str) -> Finding:
    return Finding(Level.OK, about, what)


def warn(about: str, what: str, remedy: str) -> Finding:
    return Finding(Level.WARN, about, what, remedy)


def fail(about: str, what: str, remedy: str) -> Finding:
    return Finding(Level.FAIL, about, what, remedy)


def refuse_unfit() -> None:
    """Raises InputError where the database could lose what was acknowledged."""
    faults = [each for each in database() if each.level is Level.FAIL]
    if faults:
        raise InputError(where=faults[0].about, what=faults[0].what, remedy=faults[0].remedy)


def database() -> Iterator[Finding]:
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


def _sqlite() -> Iterator[Finding]:
    told = ask("SELECT sqlite_version()")
    if sqlite_versions.keeps_its_log(sqlite_versions.read(told)):
        yield ok("SQLite", f"version {told}")
    else:
        yield fail(
            "SQLite",
            f"Version {told} can lose what was written: a fault in its write-ahead log.",
            "Use 3.51.3 or newer (or 3.50.7, 3.44.6): install what requirements/run.txt names, pysqlite3 among it.",
        )
    wrong = [f"{name} is {found}, not {wanted}" for name, wanted, found in _pragmas() if found != wanted]
    if wrong:
        yield fail("settings", "; ".join(wrong) + ".", "Let no other program change this database's settings.")
    else:
        yield ok("settings", "write-ahead log, full sync, foreign keys, immediate transactions, no memory map")
    yield from _one_library()
    yield from _local(Path(connection.settings_dict["NAME"]).parent)


def _pragmas() -> list[tuple[str, object, object]]:
    """Each setting with the value that it must have and the one that the connection tells."""
    in_memory = connection.is_in_memory_db()  # type: ignore[attr-defined]
    log = "memory" if in_memory else "wal"
    wanted = {"journal_mode": log, "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}
    rows: list[tuple[str, object, object]] = [(name, value, ask(f"PRAGMA {name}")) for name, value in wanted.items()]
    rows.append(("mmap_size", 0, ask("PRAGMA mmap_size") or 0))
    rows.append(("transactions", "IMMEDIATE", connection.transaction_mode))  # type: ignore[attr-defined]
    return rows


def _one_library() -> Iterator[Finding]:
    maps = Path("/proc/self/maps")
    found = libraries(maps.read_text()) if maps.exists() else set()
    if len(found) > 1:
        yield fail(
            "libraries",
            f"This process holds two SQLite libraries: {', '.join(sorted(found))}.",
            "Import sqlite3 nowhere before the settings: two libraries break each other's locks.",
        )
    else:
        yield ok("libraries", "one SQLite library in the process")


def libraries(maps: str) -> set[str]:
    """The SQLite libraries among the files that a process has mapped."""
    return {
        path for path in re.findall(r"\s(/\S+)$", maps, re.MULTILINE)
        if Path(path).name.startswith("libsqlite3") or "pysqlite3/_sqlite3" in path
    }  # fmt: skip


def _local(folder: Path) -> Iterator[Finding]:
    table = Path("/proc/self/mountinfo")
    if not table.exists():
        yield warn("disk", "Whether the database is on a local disk cannot be told here.", "See that it is.")
        return
    kind = file_system(table.read_text(), folder.resolve())
    if kind in FAR_AWAY or kind.startswith("fuse.ssh"):
        yield fail("disk", f"{folder} is across a network ({kind}).", "Move CLINIC_HOME to a disk of this machine.")
    else:
        yield ok("disk", f"{folder} is local ({kind})")


def file_system(mounts: str, folder: Path) -> str:
    """The kind of file system that a folder is on: that of the longest mount point above it, the last one mounted."""
    best, kind = -1, "unknown"
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        if not right:
            continue
        point = left.split()[4].replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), right.split()[0]
    return kind


def _postgresql() -> Iterator[Finding]:
    version = int(ask("SHOW server_version_num"))
    if version < OLDEST_PG:
        yield fail("PostgreSQL", f"Version {version // 10000} is too old.", "Use 13 or newer.")
    else:
        yield ok("PostgreSQL", f"version {ask('SHOW server_version')}")
    off = [name for name in PG_ON if ask(f"SHOW {name}") == "off"]
    if off:
        say = warn if settings.DEMO else fail
        yield say(
            "settings",
            f"{', '.join(off)} off: what was acknowledged can be lost when the power fails.",
            "In postgresql.conf: " + ", ".join(f"{name} = on" for name in off) + "; then reload the server.",
        )
    else:
        yield ok("settings", ", ".join(PG_ON) + " on")
    zone = ask("SHOW TimeZone")
    yield (
        ok("zone", "the connection speaks UTC")
        if zone == "UTC"
        else fail(
            "zone", f"The connection speaks {zone}.", "Take away TimeZone from the role's and the database's settings."
        )
    )
    if ask("SELECT 1 FROM pg_available_extensions WHERE name = 'btree_gist'"):
        yield ok("btree_gist", "there")
    else:
        yield fail(
            "btree_gist", "It is not there: no visit could be kept from overlapping another.",
            "Install the server's contrib package.",
        )  # fmt: skip
