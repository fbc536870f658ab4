"""`kill -9` in the middle of writing: nothing that was acknowledged is lost, and nothing is half there."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.web.installation import FOUND, Installation, serve

SQLITE = connection.vendor == "sqlite"
ROUNDS = 100 if SQLITE else 20
HTTP_ROUNDS = 4 if SQLITE else 2
"""PostgreSQL lives on when its client is killed, so there is less to find out."""
COUNT = "from clinic.records.models import Patient; print(*Patient.objects.values_list('public', flat=True))"


def kept(installation: Installation) -> set[str]:
    """The names of all patients that the database holds."""
    return set(installation.done("manage", "shell", "--no-imports", "-c", COUNT).split())


def assert_whole(installation: Installation) -> None:
    assert "nothing was changed" in installation.done("verify")
    assert "opened again and checked" in installation.done("backup")  # the database's own check, and every foreign key


@pytest.mark.hazard("H28")
def test_a_hundred_times_killed_while_it_writes_and_nothing_acknowledged_is_lost(installation: Installation) -> None:
    installation.done(*FOUND)
    ended = installation.python(str(Path(__file__).with_name("crash_worker.py")), str(ROUNDS))
    assert ended.returncode == 0, ended.stderr
    acknowledged = json.loads(ended.stdout)
    assert len(acknowledged) >= ROUNDS
    assert set(acknowledged) - kept(installation) == set()
    assert_whole(installation)


def register(url: str, family: str, acknowledged: list[str]) -> None:
    """Registers patients over HTTP, one after the other, until the server is gone."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        for number in range(10_000):
            connection.request("POST", "/write/", body=f"{family} {number}", headers={"Host": "localhost"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 200:
                acknowledged.append(text)
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


@pytest.mark.hazard("H28")
def test_the_server_killed_under_requests_keeps_what_it_answered(installation: Installation) -> None:
    installation.more["DJANGO_SETTINGS_MODULE"] = "tests.web.crash_settings"
    installation.done(*FOUND)
    acknowledged: list[str] = []
    for number in range(HTTP_ROUNDS):
        server, before = serve(installation), len(acknowledged)
        writers = [
            threading.Thread(target=register, args=(server.url, f"Round {number} {each}", acknowledged))
            for each in range(2)
        ]
        for writer in writers:
            writer.start()
        started = time.monotonic()
        while len(acknowledged) < before + 3 + number and time.monotonic() < started + 20:
            time.sleep(0.002)
        server.end(signal.SIGKILL)
        for writer in writers:
            writer.join()
        assert len(acknowledged) > before
    assert set(acknowledged) - kept(installation) == set()
    assert_whole(installation)


@pytest.mark.one_database
def test_the_server_ends_with_success_when_it_is_told_to(installation: Installation) -> None:
    installation.done(*FOUND)
    server = serve(installation)
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    connection.request("GET", "/alive/", headers={"Host": "localhost"})
    assert connection.getresponse().status == 200
    connection.close()
    refused = installation.run("restore", str(installation.folder / "audit.key"))
    assert refused.returncode == 2
    assert "being served" in refused.stderr
    server.process.send_signal(signal.SIGTERM)
    assert server.end(signal.SIGTERM) == 0
