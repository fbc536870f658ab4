"""Making an installation ready, and serving it: only to this machine, until it is told to end.

People elsewhere reach it through a web server in front that speaks TLS; this one never listens to the network.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import http.client
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from clinic.records.content import built_in
from effleurage.errors import InputError

LOOPBACK: Final = "127.0.0.1"
WORKERS: Final = 2
"""One Python process computes on one core at a time, and pages are mostly computing."""
THREADS: Final = 4
PATIENCE: Final = 15
"""Seconds that requests under way have to end when the server is told to."""


def pending() -> list[str]:
    """The migrations that the database still needs, in order."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def insist_on_schema() -> None:
    """Raises InputError where the database is not of this program's schema, so that nothing else seems to be wrong."""
    if pending():
        raise InputError(
            where="The database",
            what="It was made by an older version of this program.",
            remedy="'clinic serve' brings it up to date when it starts; or run 'clinic manage migrate'.",
        )


def migrate() -> int:
    """Brings the database to this program's schema; returns how many steps that took."""
    steps = pending()
    if steps:
        call_command("migrate", interactive=False, verbosity=0)
    return len(steps)


def collect() -> bool:
    """Puts the static files in their place, if they are not those that are there. Returns whether it did."""
    root = Path(settings.STATIC_ROOT)
    stamp, wanted = root / ".stamp", _files_hash()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    stamp.write_text(wanted)
    return True


def _files_hash() -> str:
    """Of every static file the name, the size and the time of its last change."""
    told = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            told.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return told.hexdigest()


@contextmanager
def held(lock: Path, *, alone: bool, otherwise: InputError) -> Iterator[None]:
    """Holds the lock of an installation, with others or alone; raises `otherwise` where it cannot be had at once."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise otherwise from None
        yield
    finally:
        os.close(handle)


def free_port(port: int) -> int:
    """The port, or a free one for 0. Raises InputError where somebody else listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise InputError(
                where=f"port {port}",
                what=f"It cannot be used ({os.strerror(error.errno or 0).lower()}).",
                remedy=f"Choose another: PORT={port + 1 if port < 65535 else 8000} make run, or clinic serve --port.",
            ) from None
        return int(probe.getsockname()[1])


def serve(port: int, *, ready: Callable[[str], None]) -> None:
    """Serves until TERM or INT. `ready` is told the address when the first answer has come back."""
    busy = InputError(where=str(settings.HOME.lock), what="A restore is under way.", remedy="Try again afterwards.")
    with held(settings.HOME.lock, alone=False, otherwise=busy):
        warm()
        keep_for_good()
        learn_tables()
        connections.close_all()  # a connection must not be shared with a worker
        server = Granian(
            "clinic.config.wsgi:application",
            address=LOOPBACK,
            port=port,
            interface=Interfaces.WSGI,
            workers=WORKERS,
            blocking_threads=THREADS,
            websockets=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE,
        )
        server.on_startup(lambda: threading.Thread(target=_tell, args=(port, ready), daemon=True).start())
        server.serve()


def warm() -> None:
    """Reads the content before the first person waits for it; the workers inherit what was read."""
    built_in()


def keep_for_good() -> None:
    """What was read so far stays as long as the server: no collector of this process or its workers looks through it
    again, which takes a twentieth of a second each time.
    """
    gc.collect()
    gc.freeze()


def learn_tables() -> None:
    """SQLite plans a query by what it was told of its tables, and guesses where it was told nothing: then every list
    goes through all patients. It takes a tenth of a second for 20,000 of them. PostgreSQL learns by itself.
    """
    if connections["default"].vendor == "sqlite":
        with connections["default"].cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 400")
            cursor.execute("ANALYZE")


def _tell(port: int, ready: Callable[[str], None]) -> None:
    for _ in range(600):
        time.sleep(0.1)
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/alive/", headers={"Host": "localhost"})
            connection.getresponse()
            ready(f"http://localhost:{port}/")
            return
        connection.close()
