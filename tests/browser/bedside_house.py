"""A real clinic for the tablet, that can be stopped and started, and what it holds at the end."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser.bedside_clinic import COUNT, NAMES
from tests.browser.bedside_hands import TABLET, Table, opened
from tests.browser.serving import ROOT, Served, free_port, sign_in, wait_for
from tests.conftest import CHROMIUM, FLAGS

THERAPIST = "therapist@north.test"


SCRIPTS = int(os.environ.get("TABLE_SCRIPTS", "6"))
"""Random sessions that are played. TABLE_SCRIPTS=500 plays them all, which takes an hour."""
VISITS = max(20, SCRIPTS)
CODE = 30
"""Seconds for which a one-time code stands."""


@dataclass
class House:
    """One clinic on one port. Each test takes visits of its own by `someone`."""

    playwright: Playwright
    visits: int = VISITS
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="clinic-table-")))
    port: int = field(default_factory=free_port)
    taken: set[str] = field(default_factory=set)
    cookies: list[Any] = field(default_factory=list)
    last_code: int = 0
    contexts: list[BrowserContext] = field(default_factory=list)
    server: subprocess.Popen[bytes] | None = None

    @property
    def served(self) -> Served:
        return Served(f"http://localhost:{self.port}", self.home)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))}
        paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        own = {
            "CLINIC_HOME": str(self.home),
            "PORT": str(self.port),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        return {**kept, **own, COUNT: str(self.visits)}

    @property
    def clinic(self) -> str:
        return str(Path(sys.executable).with_name("clinic"))

    def like(self, ready: Path) -> House:
        """Served from a copy of the home of a clinic that was founded before."""
        shutil.copytree(ready, self.home, dirs_exist_ok=True)
        return self.start()

    def found(self) -> House:
        self.make()
        return self.start()

    def make(self) -> None:
        subprocess.run([self.clinic, "manage", "migrate", "--verbosity", "0"], env=self.env, check=True, cwd=ROOT)
        settings = {"DJANGO_SETTINGS_MODULE": "clinic.config.settings"}
        made = [sys.executable, "-m", "tests.browser.bedside_clinic"]
        subprocess.run(made, env=self.env | settings, check=True, cwd=ROOT)

    def happens(self, what: str, name: str) -> None:
        """Something at the desk meanwhile."""
        settings = {"DJANGO_SETTINGS_MODULE": "clinic.config.settings"}
        made = [sys.executable, "-m", "tests.browser.bedside_happens", what, name]
        subprocess.run(made, env=self.env | settings, check=True, cwd=ROOT)

    def start(self, release: str = "") -> House:
        """Serves the clinic: this program, or one that differs from it by its version."""
        env = self.env
        if release:
            (self.home / "sitecustomize.py").write_text(f"import effleurage\neffleurage.__version__ = {release!r}\n")
            env["PYTHONPATH"] = os.pathsep.join([str(self.home), env["PYTHONPATH"]])
        self.server = subprocess.Popen([self.clinic, "serve"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
        wait_for(self.served.at("/alive/"))
        return self

    def stop(self) -> House:
        """Ends the server by its own id."""
        if self.server:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(30)
        self.server = None
        return self

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    # ---- people

    def someone(self, like: str = "") -> str:
        """The name of a patient whose visit no test has used yet: any, or one whose name begins so."""
        rounds = [divmod(number, len(NAMES)) for number in range(self.visits)]
        names = [f"{NAMES[kind]}{again or ''}" for again, kind in rounds]
        free = [name for name in names if name not in self.taken and name.startswith(like)]
        assert free, "the house needs more visits"
        self.taken.add(free[0])
        return free[0]

    def signed_in(self) -> list[Any]:
        """The cookies of the therapist, who signs in once: a one-time code counts once."""
        if not self.cookies:
            while int(time.time()) // CODE == self.last_code:
                time.sleep(1)
            self.last_code = int(time.time()) // CODE
            browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            context = browser.new_context()
            sign_in(context, self.served, THERAPIST)
            self.cookies = context.cookies()
            browser.close()
        return self.cookies

    def table(self, profile: Path, *, ready: bool = True, **more: Any) -> Table:
        """A browser that is a tablet of the therapist."""
        context = self.browser(profile, **more)
        context.add_cookies(self.signed_in())
        made = Table(context, self.served)
        return made.make_ready(profile.name) if ready else made

    def retire(self) -> None:
        """Takes the tablets of a test out of use, since nobody may have many, and closes their browsers."""
        for context in self.contexts[-1:]:
            context.set_offline(False)
            context.pages[0].unroute_all(behavior="ignoreErrors")
            self.revoke(context.pages[0])
        while self.contexts:
            self.contexts.pop().close()

    def revoke(self, page: Page) -> None:
        """Takes every tablet out of use, from a page in which the therapist is signed in."""
        page.evaluate(RETIRE, [public for (public,) in self.rows(IN_USE)])

    def browser(self, profile: Path, viewport: Any = TABLET, **more: Any) -> BrowserContext:
        context = opened(self.playwright, profile, self.served, viewport=viewport, **more)
        self.contexts.append(context)
        return context

    def crashed(self, table: Table, profile: Path) -> Table:
        """The same tablet after its browser died, as somebody starts it again."""
        self.contexts.remove(table.context)
        table.page.unroute_all(behavior="ignoreErrors")
        table.context.close()
        context = self.browser(profile)
        context.add_cookies(self.signed_in())
        return Table(context, self.served).again()

    # ---- what is held

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(f"file:{self.home / 'clinic.sqlite3'}?mode=ro", uri=True) as database:
            return database.execute(query, values).fetchall()

    def visit_of(self, name: str) -> str:
        """The public name of a patient's session."""
        given, family = name.split()
        query = """SELECT s.public FROM records_massagesession s JOIN records_patient p ON p.id = s.patient_id
                   WHERE p.given = ? AND p.family = ? ORDER BY s.id"""
        return str(self.rows(query, given, family)[0][0])

    def state_of(self, name: str) -> str:
        return str(self.rows("SELECT state FROM records_massagesession WHERE public = ?", self.visit_of(name))[0][0])

    def events_of(self, name: str) -> list[tuple[str, int, str, str, str]]:
        """(device, number, kind, identity, hash) of a session, in the order of each device."""
        query = """SELECT e.device, e.seq, e.kind, e.event, e.hash FROM records_sessionevent e
                   JOIN records_massagesession s ON s.id = e.session_id WHERE s.public = ? ORDER BY e.device, e.seq"""
        return self.rows(query, self.visit_of(name))

    def odd(self, name: str) -> list[tuple[Any, ...]]:
        """What of this session a person has to look at: a decision that the clinic does not share is one of them."""
        session = self.visit_of(name)
        notices = self.rows("SELECT kind FROM records_notice WHERE about = ? AND kind = 'odd'", session)
        query = """SELECT o.why, o.body FROM records_oddevent o JOIN records_massagesession s ON s.id = o.session_id
                   WHERE s.public = ?"""
        return notices + self.rows(query, session)


@contextmanager
def house_of(playwright: Playwright, factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of one's own, from the copy of one that is founded once in a run, whatever process comes first."""
    shared = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    ready, done = shared / "clinic-table", shared / "clinic-table.done"
    try:
        ready.mkdir()
    except FileExistsError:
        ends = time.monotonic() + 600
        while not done.exists() and time.monotonic() < ends:
            time.sleep(0.2)
    else:
        House(playwright, home=ready).make()
        done.touch()
    made = House(playwright).like(ready)
    try:
        yield made
    finally:
        made.end()


IN_USE = "SELECT public FROM records_tablet WHERE revoked_at IS NULL"
RETIRE = """async (tablets) => {
  const { csrf } = await (await fetch("/table/token/")).json();
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf };
  for (const tablet of tablets) await fetch("/table/revoke/", { method: "POST", headers, body: JSON.stringify({ tablet }) });
}"""
KEPT = """async () => {
  const open = indexedDB.open("effleurage-table");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const all = database.transaction("events").objectStore("events").getAll();
  const rows = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  database.close();
  return rows.map(({ session, seq, id, sent }) => [session, seq, id, sent]);
}"""
"""Every event that the tablet ever wrote and still knows of. Its hash lies in no clear place: that it is the one that the
clinic holds follows from `sent`, which the tablet says only where the two are the same.
"""


def all_there(house: House, table: Table, name: str) -> int:
    """Whether the clinic holds each event of this tablet once, in its order; how many there are."""
    session = house.visit_of(name)
    own = [row for row in table.page.evaluate(KEPT) if row[0] == session]
    held = house.events_of(name)
    devices = {row[0] for row in held}
    assert len(devices) == 1, devices
    assert [row[1] for row in held] == list(range(1, len(held) + 1)), "a number is missing or there twice"
    assert [(seq, identity) for _, seq, identity, _ in own] == [(seq, identity) for _, seq, _, identity, _ in held]
    assert all(sent for *_, sent in own)
    assert table.faults == []
    return len(held)
