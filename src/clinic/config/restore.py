"""`clinic restore`: a backup put back in the place of nothing, or of a database that is kept aside.

Everything happens beside the living database: the copy is checked, brought to this program's schema, and the plans are
locked in it. Only then does it take the place, so that no moment exists at which an old plan looks valid.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from clinic.actions.frame import Doing
from clinic.actions.people import HOUSE
from clinic.actions.record_restored import record_restored
from clinic.actions.tablets import REVOKE
from clinic.config import backup, copies
from clinic.config.backup import DATABASE, FORMAT, Manifest, Unusable
from clinic.config.home import KEYS
from clinic.config.middleware import new_token
from clinic.config.serve import held, migrate
from clinic.records import beside
from clinic.records.journal import examine
from clinic.records.models import AuditHead, Patient
from effleurage.errors import InputError

FOR_EVERYBODY: Final = ("protocol.publish", "protocol.withdraw")
"""The acts about no patient that can change the plan of each."""


@dataclass(frozen=True, slots=True)
class Newer:
    """What was written after a backup was made. `patients` is None where it cannot be told, or where it was for all."""

    patients: frozenset[int] | None
    acts: tuple[beside.Line, ...]
    why: str

    @property
    def tablets(self) -> bool:
        """Whether a tablet was taken out of use after the backup, as far as nobody knows the contrary."""
        unknown = self.patients is None and not self.acts
        return unknown or any(each.event == REVOKE for each in self.acts)


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    newer: Newer
    locked: int
    lost: tuple[beside.Line, ...]
    aside: str


def restore(path: Path, now: datetime, *, replace: bool, passphrase: str = "") -> Restored:
    """Puts a backup back. Raises InputError, and has then changed nothing."""
    if not path.is_file():
        raise InputError(where=str(path), what="There is no such file.", remedy="Name one that 'clinic backup' made.")
    running = InputError(
        where=str(settings.HOME.folder), what="The clinic is being served.", remedy="End the server, then try again."
    )
    with (
        held(settings.HOME.lock, alone=True, otherwise=running),
        backup.unpacked(path, passphrase, within=settings.HOME.folder) as (manifest, folder),
    ):
        _fits(manifest, path.name)
        _make_room(replace=replace)
        settings.AUDIT_KEY = (folder / "audit.key").read_text()
        with _candidate(folder / DATABASE) as name:
            _sound(manifest, path.name)
            restored = _lock(manifest, now)
            _close()
            aside = _take_place(name, folder, now)
    return Restored(manifest, *restored, aside)


def _fits(manifest: Manifest, name: str) -> None:
    """Raises InputError where this program or this kind of database cannot take the backup."""
    known = {".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    if manifest.format != FORMAT or set(manifest.schema) - known:
        raise Unusable(
            where=name, what="A newer version of this program made it.", remedy="Install that version, then try again."
        )
    if manifest.engine != connection.vendor:
        raise InputError(
            where=name,
            what=f"It holds a database of {manifest.engine}, and this installation uses {connection.vendor}.",
            remedy="Set CLINIC_DATABASE as it was where the backup was made (for SQLite: leave it empty).",
        )


def _make_room(*, replace: bool) -> None:
    if living() and not replace:
        raise InputError(
            where=str(connection.settings_dict["NAME"]),
            what="There is a database with records already.",
            remedy="With --replace the backup takes its place, and what is there now is kept aside.",
        )


def living() -> bool:
    """Whether the installation's own database holds any act. One that cannot be read is taken to be alive."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return False
    try:
        there = AuditHead._meta.db_table in connection.introspection.table_names()
        return there and AuditHead.objects.filter(number__gt=0).exists()
    except DatabaseError:
        return True
    finally:
        connection.close()


@contextmanager
def _candidate(file: Path) -> Iterator[str]:
    """Within the block, the framework's one connection leads to the backup's copy."""
    own = connection.settings_dict["NAME"]
    name = str(file) if connection.vendor == "sqlite" else f"{own}_restoring"
    if connection.vendor != "sqlite":
        copies.lay_out_postgresql(file, name)
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
        if connection.vendor != "sqlite":
            copies.drop(name)


def _sound(manifest: Manifest, name: str) -> None:
    """Checks the copy as a backup is checked, and brings it to this program's schema."""
    faults = copies.damage("default")
    if copies.rows("default") != manifest.rows:
        faults.append("the rows are not those that were counted")
    migrate()
    faults += [str(fault) for fault in examine().faults]
    if faults:
        raise Unusable(where=name, what=f"{len(faults)} faults, first: {faults[0]}", remedy="Take another backup.")


def _lock(manifest: Manifest, now: datetime) -> tuple[Newer, int, tuple[beside.Line, ...]]:
    """Locks the plans in the copy, as one act. Returns what is newer, how many were locked, and which acts are lost
    with the whole patient.
    """
    newer = newer_than(manifest, settings.HOME.journal)
    there = set(Patient.objects.values_list("pk", flat=True))
    lost = tuple(each for each in newer.acts if each.patient_id and each.patient_id not in there)
    beside.write(f"{beside.RESTORED} {manifest.acts} {now.astimezone(UTC).isoformat()}")
    doing = Doing(actor=HOUSE, now=now, token=new_token, via="clinic restore")
    locks = record_restored(doing, changed=newer.patients, tablets=newer.tablets, acts=manifest.acts, why=newer.why)
    return newer, len(locks), lost


def _close() -> None:
    """Ends the work in the copy. On SQLite nothing of it may stay in a log beside the file that is moved."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if cursor.fetchone()[0]:
                raise DatabaseError("the log of the restored copy could not be folded into it")
    connection.close()


def newer_than(manifest: Manifest, journal: Path) -> Newer:
    """Whose record was written to after the backup, from the file beside the database."""
    acts = beside.since(beside.lines(journal), manifest.told)
    if acts is None:
        why = "The file beside the database does not reach back to the backup, so every plan was locked."
        return Newer(None, (), why)
    if any(each.patient_id is None and each.event in FOR_EVERYBODY for each in acts):
        return Newer(None, acts, "The protocols were changed after the backup, so every plan was locked.")
    patients = frozenset(each.patient_id for each in acts if each.patient_id is not None)
    return Newer(patients, acts, f"Written to after the backup: {len(patients)} records in {len(acts)} acts.")


def _take_place(name: str, folder: Path, now: datetime) -> str:
    """The copy becomes the database, with its keys. Returns the name under which the one before it is kept, if any."""
    stamp = f"{now.astimezone(UTC):%Y%m%d%H%M%S}"
    aside = _place_file(Path(name), stamp) if connection.vendor == "sqlite" else _place_database(name, stamp)
    for key in KEYS:
        place = settings.HOME.key_file(key)
        with suppress(FileNotFoundError):
            place.rename(place.with_name(f"{place.name}.before-{stamp}"))
        settings.HOME.put_key(key, (folder / f"{key}.key").read_text())
    return aside


def _place_file(copy: Path, stamp: str) -> str:
    place: Path = settings.HOME.database_file
    aside = ""
    for each in sorted(place.parent.glob(f"{place.name}*")):
        if each.name in {place.name, f"{place.name}-wal", f"{place.name}-shm"}:
            tail = each.name.removeprefix(place.name)
            each.rename(place.with_name(f"{place.name}.before-{stamp}{tail}"))
            aside = aside or str(place.with_name(f"{place.name}.before-{stamp}"))
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.rename(place)
    return aside


def _place_database(copy: str, stamp: str) -> str:
    own = str(settings.HOME.database()["NAME"])
    aside = f"{own[:40]}_before_{stamp}"  # PostgreSQL cuts a name off at 63 letters
    copies.rename((own, aside), (copy, own))
    return aside
