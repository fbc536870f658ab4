"""`clinic backup`: everything of an installation in one file, checked before it is called good.

The file is a tar archive of the database, its keys (without the key of the journal nobody could tell whether the
records are as they were written) and a manifest. So it is as secret as the clinic itself: it is readable by its owner
only, and can be locked with a passphrase. Until it was opened again, hashed, counted, checked by the database and its
journal verified, its name ends in `.part`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from clinic.config import copies, lockbox
from clinic.config.home import KEYS
from clinic.config.serve import insist_on_schema
from clinic.records import beside
from clinic.records.journal import examine
from clinic.records.models import AuditEvent
from effleurage.errors import InputError

FORMAT: Final = 1
MANIFEST, DATABASE = "manifest.json", "database"
MEMBERS: Final = (MANIFEST, DATABASE, *(f"{name}.key" for name in KEYS))
NAME: Final = re.compile(r"clinic-(\d{8}-\d{6})\.backup")


class Unusable(InputError):
    """A file that is no backup, or no longer one."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and what must be found in it again.

    `told` is the last line of the file beside the database that this backup includes: what stands after it is newer.
    """

    format: int
    made_at: str
    engine: str
    sha256: dict[str, str]
    rows: dict[str, int]
    acts: int
    told: str
    schema: list[str]


def make_backup(now: datetime, *, target: Path | None = None, passphrase: str = "") -> tuple[Path, Manifest]:
    """Copies, checks, and only then gives the file its name. Raises InputError where anything is not well."""
    path = target or settings.HOME.backups / f"clinic-{now.astimezone(UTC):%Y%m%d-%H%M%S}.backup"
    if path.exists():
        raise InputError(where=str(path), what="This file is there already.", remedy="Give another name.")
    insist_on_schema()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as name:
        folder = Path(name)
        copies.write_copy(folder / DATABASE)
        for key in KEYS:
            (folder / f"{key}.key").write_text(settings.HOME.key(key))
        manifest = describe(folder, now)
        (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        _pack(folder, part, passphrase)
        with unpacked(part, passphrase) as (again, _):
            if again != manifest:
                raise Unusable(where=str(part), what="What was written is not what was read.", remedy="Try again.")
    part.rename(path)
    _settle(path.parent)
    return path, manifest


def describe(folder: Path, now: datetime) -> Manifest:
    """Looks a copy through: the database's own check, every row counted, the journal verified."""
    with copies.laid_out(folder / DATABASE) as alias:
        faults = copies.damage(alias)
        found = examine(alias)
        faults += [str(fault) for fault in found.faults]
        if faults:
            raise InputError(
                where="The database",
                what=f"{len(faults)} faults, first: {faults[0]}",
                remedy="No backup was made of it; earlier ones are as they were. 'clinic verify' lists the faults.",
            )
        return Manifest(
            format=FORMAT,
            made_at=now.astimezone(UTC).isoformat(),
            engine=connection.vendor,
            sha256=_hashes(folder),
            rows=copies.rows(alias),
            acts=found.acts,
            told=last_told(alias),
            schema=copies.schema(alias),
        )


def last_told(using: str) -> str:
    """The last line of the file beside the database whose act the copy holds."""
    for line in reversed(beside.lines(settings.HOME.journal)):
        if line is None:
            continue
        held = AuditEvent.objects.using(using).filter(number=line.number).first()
        if held and str(line) == str(
            beside.line(number=held.number, patient_id=held.patient_id, at=held.at, event=held.event)
        ):
            return str(line)
    return ""


def _pack(folder: Path, target: Path, passphrase: str) -> None:
    clear = folder / "clear.tar"
    with clear.open("xb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for name in MEMBERS:
            archive.add(folder / name, arcname=name, recursive=False)
    if passphrase:
        lockbox.lock(clear, target, passphrase)
    else:
        shutil.copyfile(clear, target)
    target.chmod(0o600)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _settle(folder: Path) -> None:
    """A new name in a folder is safe when the folder itself is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def _hashes(folder: Path) -> dict[str, str]:
    """Of each part but the manifest its SHA-256."""
    found = {}
    for name in MEMBERS[1:]:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


@contextmanager
def unpacked(path: Path, passphrase: str = "", *, within: Path | None = None) -> Iterator[tuple[Manifest, Path]]:
    """The parts of a backup in a folder that lasts as long as the block, the database proved by its hash."""
    with tempfile.TemporaryDirectory(dir=within or path.parent, prefix=".backup-") as name:
        folder = Path(name)
        source = path
        if lockbox.is_locked(path):
            if not passphrase:
                raise InputError(
                    where=path.name, what="This backup is locked.", remedy="Give its passphrase: --passphrase."
                )
            source = folder / "clear.tar"
            lockbox.unlock(path, source, passphrase)
        _extract(source, folder, path.name)
        manifest = read_manifest((folder / MANIFEST).read_text(), path.name)
        if _hashes(folder) != manifest.sha256:
            raise damaged(path.name)
        yield manifest, folder


def _extract(source: Path, folder: Path, name: str) -> None:
    try:
        with tarfile.open(source, mode="r:") as archive:
            for member in MEMBERS:
                inside = archive.extractfile(member)
                if inside is None:
                    raise damaged(name)
                with inside, (folder / member).open("xb") as file:
                    shutil.copyfileobj(inside, file)
    except (tarfile.TarError, KeyError, EOFError):
        raise damaged(name) from None


def read_manifest(text: str, name: str) -> Manifest:
    try:
        return Manifest(**json.loads(text))
    except (TypeError, ValueError):
        raise damaged(name) from None


def damaged(name: str) -> Unusable:
    return Unusable(
        where=name,
        what="This is no whole backup: it is damaged, cut off, or something else.",
        remedy="Take another one; 'clinic doctor' says whether the last one opens.",
    )


def latest(folder: Path) -> Path | None:
    """The newest backup of a folder, by the time in its name."""
    found = sorted(path for path in folder.glob("clinic-*.backup") if NAME.fullmatch(path.name))
    return found[-1] if found else None


def look_into(path: Path) -> datetime:
    """When a backup was made, once it was opened and hashed. Of a locked one only the name can be read."""
    if not lockbox.is_locked(path):
        with unpacked(path) as (manifest, _):
            return datetime.fromisoformat(manifest.made_at)
    told = NAME.fullmatch(path.name)
    if told is None:
        raise damaged(path.name)
    return datetime.strptime(told[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
