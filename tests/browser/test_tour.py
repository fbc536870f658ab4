"""A tour of the demonstration clinic: every page that a person of the staff comes to by links, in turn wide and light,
or narrow and dark. TOUR_LOOKS=2 shows each in both; the page of styles has every part in all of them anyway. Each is
looked at by axe; nothing is wider than the screen, and nothing is asked of another server.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from clinic.config.demo import code
from clinic.config.demo_house import LINDENS
from tests.browser.serving import ROOT, Served, fault_free, free_port, picture, wait_for

pytestmark = pytest.mark.browser
LINK = re.compile(r'<a\b[^>]*\shref="([^"]+)"')
LOOKS = (("light", 1280), ("dark", 320))
BOTH = os.environ.get("TOUR_LOOKS") == "2"
FILES = ("pdf", "file", "photo", "csv", "json", "export", "worker", "manifest")
PICTURES = {
    "desk:session": "session", "desk:outcome": "outcome", "desk:outcomes": "outcomes",
    "desk:results": "results", "desk:harm": "harm", "desk:harm_event": "harm-event", "desk:contact": "contact",
}  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Iterator[Served]:
    """`clinic serve` as `make run` starts it, with the demonstration loaded."""
    home, port = Path(tempfile.mkdtemp(prefix="clinic-demo-")), free_port()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))},
        "CLINIC_HOME": str(home), "CLINIC_DEMO": "1", "PORT": str(port), "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    command = str(Path(sys.executable).with_name("clinic"))
    server = subprocess.Popen([command, "serve"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{port}/alive/", seconds=300)
        yield Served(f"http://localhost:{port}", home)
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def entered(browser: Browser, demo: Served, key: str) -> Page:
    """Somebody of the demonstration, signed in with both factors."""
    member = next(each for each in LINDENS.members if each.key == key)
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(90_000)
    page.goto(demo.at("/sign-in/"))
    page.fill("[name=login]", member.email)
    page.fill("[name=password]", member.password)
    page.click("form:has([name=password]) button.primary")
    page.fill("[name=code]", code(member.email))
    page.click("main button:has-text('Go on')")
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def kind_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def links(written: str, path: str, demo: Served) -> list[str]:
    """The pages of this clinic to which a page leads."""
    found = [urljoin(demo.at(path), unescape(each)) for each in LINK.findall(written)]
    return [urlsplit(each).path for each in found if each.startswith(demo.at("/"))]


def test_no_page_of_the_staff_has_a_fault_in_any_look(browser: Browser, demo: Served) -> None:
    done: set[str] = set()
    for key in ("halyna", "iryna", "olena", "oksana"):
        seen = toured(browser, demo, key, done)
        done |= seen.keys()
        assert len(seen) > {"halyna": 40, "iryna": 30, "olena": 15, "oksana": 20}[key], (key, dict(seen))


def toured(browser: Browser, demo: Served, key: str, done: set[str]) -> Counter[str]:
    """The kinds of page that somebody can open, one of each: those in `done` are fetched, the others looked at."""
    page, strange = entered(browser, demo, key), list[str]()
    page.on(
        "request", lambda asked: None if asked.url.startswith((demo.address, "data:")) else strange.append(asked.url)
    )
    seen: Counter[str] = Counter()
    begin = urlsplit(page.url).path
    todo = [begin]
    known = dict.fromkeys(todo, "signing in")
    while todo:
        path = todo.pop(0)
        kind = kind_of(path)
        if not kind or kind.endswith(FILES) or "logout" in kind or seen[kind]:
            continue
        seen[kind] += 1
        answer = page.request.get(demo.at(path))
        written = answer.text()
        outside = answer.status == 403 and "Open with a reason" in written
        assert answer.status < 400 or outside, f"{path}, where {known[path]} leads"
        new = [each for each in links(written, path, demo) if each not in known]
        known.update(dict.fromkeys(new, path))
        todo += new
        if kind in done:
            continue
        shown = kind in PICTURES and key == "halyna"
        for number, (scheme, width) in enumerate(LOOKS if BOTH or shown else LOOKS[len(seen) % 2 :][:1]):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 900})
            if number == 0:
                page.goto(demo.at(path))
                if shown:
                    picture(page, PICTURES[kind])
            fault_free(page)
    assert strange == []
    page.context.close()
    return seen
