"""What `clinic doctor` looks at: one finding a check, each with what to do."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import available_timezones

from django.conf import settings
from django.db import connection
from django.db.models import Model

from clinic.accounts.models import Clinic, Location
from clinic.config.backup import Unusable, latest, look_into
from clinic.config.fit import Finding, database, fail, ok, warn
from clinic.config.home import KEYS
from clinic.config.serve import pending
from clinic.records import beside
from clinic.records.content import built_in, in_force
from clinic.records.journal import head_hash
from clinic.records.models import SEALED, AuditEvent, AuditHead
from effleurage.errors import ForPeople
from effleurage.lib.text import counted
from effleurage.translation import available

GIGABYTE: Final = 1_000_000_000
BACKUP_AGE: Final = timedelta(hours=26)
UP_TO_DATE: Final = ok("schema", "up to date")


def examine(now: datetime) -> Iterator[Finding]:
    """Every check in turn; those of the records only where the database has this program's schema."""
    ready = False
    for findings in (_folder(), database(), _migrations()):
        for finding in _made(findings):
            ready = finding == UP_TO_DATE
            yield finding
    checks = [_space(), _keys(), _site(), _mail(), _languages(), _backups(now)]
    checks += [_clock(now), _zones(), _content(), _triggers(), _journal()] if ready else []
    for findings in checks:
        yield from _made(findings)


def _made(findings: Iterator[Finding]) -> Iterator[Finding]:
    """A check that cannot be made is a failure of its own, and does not hide the others."""
    about = getattr(findings, "__name__", "").strip("_")
    try:
        yield from findings
    except ForPeople as fault:
        yield fail(about, f"{fault.where}: {fault.what}", fault.remedy)
    except Exception as fault:  # whatever it is, the other checks go on and this one is told
        yield fail(about, f"This could not be checked: {fault}", "Put that right, and try again.")


def _migrations() -> Iterator[Finding]:
    steps = pending()
    if steps:
        behind = f"{counted(len(steps), 'step')} behind, first {steps[0]}."
        yield fail("schema", behind, "'clinic serve' does it when it starts.")
    else:
        yield UP_TO_DATE


# ---- the machine


def _folder() -> Iterator[Finding]:
    folder = settings.HOME.folder
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield warn("folder", f"{folder} can be read by others on this machine.", f"chmod 700 {folder}")
    else:
        yield ok("folder", f"{folder}, closed to others")


def _space() -> Iterator[Finding]:
    for folder in {settings.HOME.folder, _there(settings.HOME.backups)}:
        free = shutil.disk_usage(folder).free
        text = f"{free / GIGABYTE:.1f} GB free in {folder}"
        if free > 2 * GIGABYTE:
            yield ok("space", text)
        else:
            yield (warn if free > GIGABYTE / 4 else fail)("space", text + ".", "Make room, or move the backups.")


def _there(folder: Path) -> Path:
    return folder if folder.exists() or folder == folder.parent else _there(folder.parent)


def _keys() -> Iterator[Finding]:
    for name in KEYS:
        path = settings.HOME.key_file(name)
        about = f"{name} key"
        if not path.exists() or len(path.read_text().strip()) < 40:
            yield fail(about, f"{path} is missing or too short.", "Put it back from a backup: 'clinic restore'.")
        elif stat.S_IMODE(path.stat().st_mode) != 0o600 or path.stat().st_uid != os.getuid():
            yield fail(about, f"{path} is not readable by its owner alone.", f"chmod 600 {path}")
        else:
            yield ok(about, "there, for its owner only")


def _site() -> Iterator[Finding]:
    yield fail("debug", "It is on.", "Set DEBUG = False.") if settings.DEBUG else ok("debug", "off")
    if "*" in settings.ALLOWED_HOSTS:
        yield fail("hosts", "Any host name is taken.", "Name this clinic's own in CLINIC_HOSTS.")
    elif settings.SECURE:
        yield ok("https", "cookies travel by https only")
    else:
        yield (ok if settings.DEMO else _no_tls)("https", "not used: only people at this machine can sign in")


def _no_tls(about: str, what: str) -> Finding:
    return warn(about, f"It is {what}.", "For others, put a web server with TLS in front, then set CLINIC_TLS=1.")


def _mail() -> Iterator[Finding]:
    if "console" in settings.EMAIL_BACKEND or "locmem" in settings.EMAIL_BACKEND:
        yield warn("mail", "It is only written to the terminal.", "Name a way to send it in CLINIC_MAIL.")
    else:
        yield ok("mail", settings.EMAIL_BACKEND)


def _languages() -> Iterator[Finding]:
    for found in available(built_in()):
        if found.blocking:
            yield warn(
                "language",
                f"{found.name} is blocked: {counted(len(found.blocking), 'safety sentence')} missing.",
                "It is not offered until they are translated; nothing falls back to English.",
            )
        else:
            yield ok("language", f"{found.name} is complete")


def _backups(now: datetime) -> Iterator[Finding]:
    path = latest(settings.HOME.backups)
    if path is None:
        yield warn("backup", f"There is none in {settings.HOME.backups}.", "Run 'clinic backup', and let it run daily.")
        return
    try:
        made = look_into(path)
    except Unusable as fault:
        yield fail("backup", f"{path.name}: {fault.what}", "Make a new one: 'clinic backup'.")
        return
    age = now - made
    hours = int(age.total_seconds() // 3600)
    if age > BACKUP_AGE:
        yield warn("backup", f"The last is {counted(hours, 'hour')} old.", "Run 'clinic backup', and let it run daily.")
    else:
        yield ok("backup", f"{path.name} opens and is {counted(hours, 'hour')} old")


# ---- the records


def _clock(now: datetime) -> Iterator[Finding]:
    last = AuditEvent.objects.order_by("-number").first()
    if not 2026 <= now.year < 2100:
        yield fail("clock", f"It says {now:%Y-%m-%d}.", "Set this machine's clock: ages are reckoned by it.")
    elif last and last.at > now:
        yield fail(
            "clock", f"It says {now:%Y-%m-%d %H:%M}, and the last act was at {last.at:%Y-%m-%d %H:%M} (UTC).",
            "Set this machine's clock.",
        )  # fmt: skip
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")


def _zones() -> Iterator[Finding]:
    known = available_timezones()
    wrong = [f"{each.name} ({each.zone})" for each in Location.objects.all() if each.zone not in known]
    if wrong:
        yield fail("time zones", f"Unknown: {', '.join(wrong)}.", "The owner sets them under Settings.")
    else:
        yield ok("time zones", "known for every location")


def _content() -> Iterator[Finding]:
    for clinic in Clinic.objects.all():
        try:
            found = in_force(clinic.pk)
        except ForPeople as fault:
            yield fail("protocols", f"{clinic.name}: {fault.what}", fault.remedy)
        else:
            yield ok("protocols", f"{clinic.name}: {found.protocols.hash[:12]} in force")


def _triggers() -> Iterator[Finding]:
    missing = sorted(expected_rules(connection.vendor) - rules_there())
    if missing:
        yield fail(
            "rules", f"{counted(len(missing), 'rule')} of the database gone, first {missing[0]}.",
            "Somebody took them away: run 'clinic verify', then restore a backup.",
        )  # fmt: skip
    else:
        yield ok("rules", "sealed rows cannot change, visits cannot overlap")


def expected_rules(vendor: str) -> set[str]:
    """The names of the triggers and constraints that the migrations lay down."""
    sealed: tuple[type[Model], ...] = (*SEALED, AuditEvent)
    tables = [model._meta.db_table.removeprefix("records_") for model in sealed]
    who = ("therapist", "room", "patient")
    if vendor == "sqlite":
        return {
            *(f"sealed_{table}_{act}" for table in tables for act in ("UPDATE", "DELETE")),
            *(f"visit_{each}_{act}" for each in who for act in ("INSERT", "UPDATE")),
            *(f"publishing_needs_two_{act}" for act in ("INSERT", "UPDATE")),
            "approval_by_another",
        }
    return {
        *(f"sealed_{table}{more}" for table in tables for more in ("", "_all")),
        *(f"visit_{each}_overlaps" for each in who),
        "publishing_needs_two",
        "approval_by_another",
    }


def rules_there() -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
        "UNION SELECT conname FROM pg_constraint WHERE contype = 'x'"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {row[0] for row in cursor.fetchall()}


def _journal() -> Iterator[Finding]:
    """The end of the chain only; `clinic verify` takes the whole way."""
    head = AuditHead.objects.get()
    last = AuditEvent.objects.order_by("-number").values_list("number", "hash").first()
    told = beside.missing_after(beside.lines(settings.HOME.journal), head.number)
    if last is None:
        yield ok("journal", "no act yet")
    elif last != (head.number, head.last) or head.hash != head_hash(*last) or told:
        yield fail("journal", "It was cut off at the end, or its head was changed.", "Run 'clinic verify'.")
    else:
        yield ok("journal", f"{counted(head.number, 'act')}, and the last is the last; 'clinic verify' looks at all")
