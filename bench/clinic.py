"""The clinic at the server: every staff page with twenty thousand patients, and ours beside GNU Health.

A worker, as `bench.worker` is: `python -m bench.clinic FOLDER` measures on the database of the environment and leaves
its findings as JSON. `CLINIC_HOME` and `CLINIC_DATABASE` are set by whoever starts it.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

PATIENTS = int(os.environ.get("BENCH_PATIENTS", "20000"))
REQUESTS = 20
SECONDS = 4.0
"""A page is asked so often, or for so long if it is slow; seven times at least."""


def main(folder: Path) -> None:
    loaded, filled = ready()
    from django.db import connection

    from bench import clinic_acts, clinic_data, clinic_pages
    from clinic.records.journal import verify

    logging.getLogger("django.request").setLevel(logging.CRITICAL)  # a page that nobody gets is told at the end
    found = {
        "database": connection.vendor,
        "version": version(connection),
        "counts": clinic_data.counts(),
        "demo": loaded,
        "filled": filled,
        "pages": list(clinic_pages.measured(timed)),
        "search": clinic_pages.search(timed),
        "decision": clinic_acts.decision(timed),
        "acts": clinic_acts.acts(timed),
        "signing": signing(folder),
        "faults": [str(each) for each in verify()[:3]],
    }
    (folder / "answers.json").write_text(json.dumps(found))


def ready() -> tuple[float, float]:
    """The demonstration and the patients beside it in the database of the environment; the seconds that each took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.config.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from bench import clinic_acts, clinic_data
    from clinic.config import demo
    from clinic.config.serve import collect

    call_command("migrate", verbosity=0)
    collect()
    start = time.perf_counter()
    demo.load(timezone.now())
    loaded = time.perf_counter() - start
    start = time.perf_counter()
    clinic_data.fill(PATIENTS, now=timezone.now(), token=clinic_acts.new_token)
    filled = time.perf_counter() - start
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return loaded, filled


def signing(folder: Path) -> dict[str, Any]:
    """Fifty people at once at the real server, which works on this database."""
    from django.db import connections
    from django.utils import timezone

    from bench import clinic_acts, clinic_sign, clinic_sign_data

    start = time.perf_counter()
    people = clinic_sign_data.workers(clinic_sign.PEOPLE, now=timezone.now(), token=clinic_acts.new_token)
    connections.close_all()
    prepared = time.perf_counter() - start
    return {"prepared": prepared, **clinic_sign.measured(folder, people, clinic_sign_data.PASSWORD)}


def version(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return str(cursor.fetchone()[0])


def timed(call: Callable[[], object], *, requests: int = REQUESTS) -> dict[str, float]:
    """Milliseconds by the wall clock: best, median and the 95th of a hundred."""
    call()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < requests and (len(times) < 7 or time.perf_counter() - began < SECONDS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    return {"best": min(times), "median": statistics.median(times), "p95": percentile(times, 95), "count": len(times)}


def percentile(times: list[float], share: int) -> float:
    """The smallest time below which at least this share of all lies."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, -(-share * len(ordered) // 100) - 1)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
