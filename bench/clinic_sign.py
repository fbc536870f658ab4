"""Signing a note while fifty people work at once, at the real server: `python -m bench.clinic_sign FOLDER` alone.

Each person is a thread with a connection of its own: they read a page, think for some five seconds, read the next, and
now and then sign a note that waits. For that they look at the session, go to sign, confirm by password who they are,
and sign. What is measured is the last of these, from the first byte sent to the last one received.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

PEOPLE, CORES = 50, 2
SECONDS, MOST_SECONDS, LEAST_SIGNED = 90.0, 150.0, 100
THINK = (2.5, 7.5)
"""Seconds between two clicks, each time as likely: five on average."""
READS, TO_SIGN = 2, 5
"""Clicks between one signature and the next: pages that somebody reads, and those that lead to the signature."""
START, PATIENCE = 120, 30
OPEN_AT = re.compile(r"open at\s+http://localhost:(\d+)/")
COOKIE = re.compile(r"\b(session|csrf)=([^;]*)")
FIELD = r'name="{}" value="(\w+)"'
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Browser:
    """A connection that is kept open, and the cookies. `asked` has what each request was for, and its seconds."""

    port: int
    cookies: dict[str, str]
    asked: list[tuple[str, float]] = field(default_factory=list)
    wire: http.client.HTTPConnection | None = None

    def ask(self, kind: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it sends to, and the page."""
        headers = {"Host": "localhost", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = urlencode(form) if form else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        wire = self.wire = self.wire or http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        start = time.perf_counter()
        wire.request("POST" if form else "GET", path, body, headers)
        answer = wire.getresponse()
        text = answer.read()
        self.asked.append((kind, time.perf_counter() - start))
        sent = " ".join(answer.headers.get_all("Set-Cookie", ()))
        self.cookies |= dict(COOKIE.findall(sent))
        return answer.status, answer.headers.get("Location", ""), text.decode()

    def read(self, path: str, kind: str = "read") -> str:
        """A page; RuntimeError where there is none."""
        status, to, page = self.ask(kind, path)
        return page if status == 200 else _missed(path, status, to)

    def send(self, kind: str, path: str, form: dict[str, str]) -> None:
        """A form that must be taken, and the page to which it leads."""
        status, to, _page = self.ask(kind, path, form)
        self.read(to if status == 302 else _missed(path, status, to))


def _missed(path: str, status: int, to: str) -> str:
    raise RuntimeError(f"{path} answered {status} {to}".strip())


@dataclass
class Person:
    """Somebody at work until the time is over. `fault` says why they could not go on."""

    browser: Browser
    pages: Sequence[str]
    notes: list[str]
    password: str
    chance: Random
    over: Callable[[], bool]
    fault: str = ""

    def work(self) -> None:
        try:
            for click in self.clicks():
                self.think()
                if self.over():
                    return
                click()
        except Exception as error:  # whatever it is, it is told
            self.fault = f"{type(error).__name__}: {error}"

    def think(self) -> None:
        until = time.monotonic() + self.chance.uniform(*THINK)
        while not self.over() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))

    def clicks(self) -> Iterator[Callable[[], object]]:
        """Read, read, sign, and so on; at the start people are at any place of that, so that they sign in no wave."""
        reads = self.chance.randint(0, READS + TO_SIGN)
        while True:
            for page in self.chance.choices(self.pages, k=reads):
                yield partial(self.browser.read, page)
            if self.notes:
                yield from self.signing(self.notes.pop(0))
            reads = READS

    def signing(self, note: str) -> Iterator[Callable[[], object]]:
        sign, confirm, page = f"{note}note/sign/", f"/me/confirm/?{urlencode({'next': f'{note}note/sign/'})}", [""]

        def kept(path: str) -> None:
            page[0] = self.browser.read(path)

        def value(name: str) -> str:
            found = re.search(FIELD.format(name), page[0])
            return found[1] if found else _missed(name, 0, "is on no page")

        def confirmed() -> None:
            form = {"csrfmiddlewaretoken": value("csrfmiddlewaretoken"), "password": self.password, "next": sign}
            status, to, _page = self.browser.ask("confirm", "/me/confirm/", form)
            kept(to if status == 302 else _missed("/me/confirm/", status, to))

        def signed() -> None:
            form = {"csrfmiddlewaretoken": value("csrfmiddlewaretoken"), "seen": value("seen")}
            self.browser.send("sign", sign, form)

        yield lambda: self.browser.read(note)
        yield lambda: self.browser.read(sign)
        yield lambda: kept(confirm)
        yield confirmed
        yield signed


def measured(folder: Path, workers: Sequence[Any], password: str) -> dict[str, Any]:
    """Serves the clinic of this environment, lets everybody work, and ends the server."""
    with served(folder) as server:
        port, process = server
        _warm(port, workers[0], password)
        began, before = time.monotonic(), cpu(process.pid)
        people = _people(port, workers, password, began)
        threads = [threading.Thread(target=each.work, daemon=True) for each in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(MOST_SECONDS + 2 * PATIENCE)
        taken, used = time.monotonic() - began, cpu(process.pid) - before
    asked = [each for person in people for each in person.browser.asked]
    kinds = {kind: times([seconds for name, seconds in asked if name == kind]) for kind in ("sign", "confirm", "read")}
    return {
        **kinds,
        "people": len(people),
        "cores": len(os.sched_getaffinity(0)),
        "seconds": taken,
        "per_second": len(asked) / taken,
        "cpu": used / taken,
        "faults": [each.fault for each in people if each.fault],
    }


def _people(port: int, workers: Sequence[Any], password: str, began: float) -> list[Person]:
    people: list[Person] = []

    def over() -> bool:
        passed = time.monotonic() - began
        signed = sum(kind == "sign" for person in people for kind, _ in person.browser.asked) if passed > SECONDS else 0
        return passed > MOST_SECONDS or signed >= LEAST_SIGNED

    for number, each in enumerate(workers):
        browser = Browser(port, {"session": each.cookie})
        people.append(Person(browser, each.pages, list(each.notes), password, Random(number), over))
    return people


def _warm(port: int, worker: Any, password: str) -> None:
    """Every kind of page once, so that nobody waits for what is read only once."""
    person = Person(Browser(port, {"session": worker.cookie}), worker.pages, [], password, Random(0), lambda: True)
    for page in worker.pages:
        person.browser.read(page)


def times(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: best, median, the 95th of a hundred, and of how many."""
    from bench.clinic import percentile

    found = [each * 1e3 for each in seconds] or [float("nan")]
    count = len(seconds)
    return {"best": min(found), "median": statistics.median(found), "p95": percentile(found, 95), "count": count}


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`clinic serve` on a free port and on two cores, with everybody who asks it. Ended by its own id."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:CORES]))
    command = [str(Path(sys.executable).with_name("clinic")), "serve", "--port", "0"]
    with (folder / "server.txt").open("w+") as told:
        server = subprocess.Popen(command, stdout=told, stderr=told, text=True)
        try:
            yield _port(server, folder / "server.txt"), server
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _port(server: subprocess.Popen[str], told: Path) -> int:
    """The port, once the server has answered."""
    for _ in range(START * 10):
        if found := OPEN_AT.search(told.read_text()):
            return int(found[1])
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"the server did not start: {(told.read_text().strip().splitlines() or ['no word why'])[-1]}")


def cpu(process: int) -> float:
    """Seconds of processor that a process and everything it started have used."""
    found: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = (int(words[1]), (int(words[11]) + int(words[12])) / TICKS)
    family = {process}
    for _ in range(4):
        family |= {child for child, (parent, _) in found.items() if parent in family}
    return sum(used for child, (_, used) in found.items() if child in family)


if __name__ == "__main__":
    from bench import clinic

    place = Path(sys.argv[1])
    clinic.ready()
    print(json.dumps(clinic.signing(place), indent=1))
