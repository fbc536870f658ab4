"""A process that lets another one write and ends it by `kill -9`, again and again. Run by `test_crash.py`.

Each round forks a child, which registers patients as fast as it can and tells each number once the act has returned.
The parent ends it in the middle of that, at a moment that chance chooses, and writes down what it was told.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import sys
import time
from datetime import UTC, date, datetime

import django


def main(rounds: int) -> None:
    django.setup()
    from django.db import connections

    from clinic.accounts.models import Role, User  # the framework must be set up before
    from clinic.actions.frame import Doing
    from clinic.actions.people import staff
    from clinic.actions.register_patient import Person, register_patient
    from clinic.records.content import built_in

    built_in()
    lead = User.objects.get(memberships__role=Role.CLINICAL_LEAD)
    actor, location = staff(lead), lead.memberships.get().location.public
    connections.close_all()
    dice = random.Random(7)

    def write(told: int) -> None:
        for number in range(1000):
            doing = Doing(actor=actor, now=datetime.now(UTC), token=lambda: secrets.token_urlsafe(16), via="crash")
            person = Person(given=f"Given{number}", family=f"Family{os.getpid()}", birth_date=date(1960, 1, 1))
            patient = register_patient(doing, person=person, location=location)
            os.write(told, f"{patient.public}\n".encode())

    acknowledged: list[str] = []
    for _ in range(rounds):
        reading, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            write(told)
            os._exit(0)
        os.close(told)
        with os.fdopen(reading) as lines:
            acknowledged.append(lines.readline().strip())
            time.sleep(dice.random() * 0.08)
            os.kill(child, signal.SIGKILL)
            acknowledged += [line.strip() for line in lines if line.endswith("\n")]
        os.waitpid(child, 0)
    json.dump([each for each in acknowledged if each], sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
