"""Two people at two desks at the same moment, for `test_at_once.py`: prints what became of it, as JSON.

Each act waits a little between its checks and its writing, so that without a lock the two would surely overlap.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import django

django.setup()

from django.db import connections, transaction  # noqa: E402 - the framework must be set up before

from clinic.accounts.models import Role, User  # noqa: E402
from clinic.actions import merge, register_patient  # noqa: E402
from clinic.actions.frame import Doing  # noqa: E402
from clinic.actions.open_chart import hold, open_chart  # noqa: E402
from clinic.actions.people import staff  # noqa: E402
from clinic.actions.register_patient import Person  # noqa: E402
from clinic.records.content import built_in  # noqa: E402
from clinic.records.models import Patient  # noqa: E402

WAIT = 0.3


def lead() -> User:
    return User.objects.get(memberships__role=Role.CLINICAL_LEAD)


def doing() -> Doing:
    return Doing(actor=staff(lead()), now=datetime.now(UTC), token=lambda: secrets.token_urlsafe(16), via="at once")


def registered(family: str) -> Patient:
    person = Person("Ada", family, date(1951, 4, 12))
    return register_patient.register_patient(doing(), person=person, location=lead().memberships.get().location.public)


def united(kept: Patient, folded: Patient) -> str:
    merge.merge_patients(doing(), public=kept.public, folded=folded.public, reason="Same face and the same number.")
    return "united"


def read(patient: Patient) -> str:
    open_chart(doing(), public=patient.public, right="chart.read", about="test")
    return "read"


def slowly(module: Any, name: str) -> None:
    """Makes a function of an act take its time before it returns."""
    quick = getattr(module, name)

    def slow(*args: Any, **kwargs: Any) -> Any:
        found = quick(*args, **kwargs)
        time.sleep(WAIT)
        return found

    setattr(module, name, slow)


def at_once(*acts: Callable[[], str]) -> list[str]:
    """What each said, or the name of what it raised. The second begins while the first one waits."""

    def one(number: int) -> str:
        time.sleep(number * WAIT / 3)
        try:
            return acts[number]()
        except Exception as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, range(len(acts))))


def kept_for(patient: Patient) -> str:
    """Holds a record for a while, and says when it let go: the later one is the greater."""
    with transaction.atomic():
        hold(patient.public)
        time.sleep(WAIT)
        return f"{time.monotonic():020.6f}"


def in_turn(*times: str) -> bool:
    """Whether the second let go a whole wait after the first: it began to hold only then."""
    return float(times[1]) - float(times[0]) >= WAIT


def told() -> dict[str, list[str] | bool]:
    first, second, *people = (registered(f"Berg{number}") for number in range(9))
    slowly(register_patient, "next_number")
    slowly(merge, "why_not_merge")
    a, b, c, d, e, f, g = people
    return {
        "numbers": at_once(lambda: registered("One").number, lambda: registered("Two").number),
        "chain": at_once(lambda: united(a, b), lambda: united(b, c)),
        "chain backwards": at_once(lambda: united(e, f), lambda: united(d, e)),
        "ring": at_once(lambda: united(first, second), lambda: united(second, first)),
        "twice": at_once(lambda: united(d, c), lambda: united(a, c)),
        "read meanwhile": at_once(lambda: united(a, g), lambda: read(a)),
        "folded, then kept": in_turn(*at_once(lambda: kept_for(g), lambda: kept_for(a))),
        "chains": list(Patient.objects.filter(merged_into__merged_into__isnull=False).values_list("family", flat=True)),
    }


if __name__ == "__main__":
    built_in()
    json.dump(told(), sys.stdout)
