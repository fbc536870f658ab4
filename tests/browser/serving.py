"""What the tests of the browser share: an address that is served, signing in there, and looking at a page."""

from __future__ import annotations

import os
import re
import socket
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from tests.browser.small_clinic import PASSWORD, SIGN_INS

ROOT = Path(__file__).parents[2]
MANUAL = Path(os.environ.get("CLINIC_PICTURES", ""))
KEPT = frozenset(re.findall(r"pictures/([\w-]+)\.png", (ROOT / "docs" / "manual" / "README.md").read_text("utf-8")))
"""The pictures that the manual shows; they go there when CLINIC_PICTURES names its folder."""
LOOKED_AT = Path(tempfile.mkdtemp(prefix="pictures-"))
"""Where all other screenshots go: nobody keeps it."""
TALLEST = 1800
"""Pixels of a page that the manual shows."""


STILL = """() => document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime < Infinity).forEach((each) => each.finish())"""


@dataclass
class Served:
    """A clinic that is served at an address."""

    address: str
    home: Path

    def at(self, path: str) -> str:
        return self.address + path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: int = 90) -> None:
    for _ in range(seconds * 5):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")


def sign_in(context: BrowserContext, served: Served, email: str) -> Page:
    """Somebody of the staff with password and one-time code, on a page of their own."""
    context.set_default_timeout(90_000)  # a busy machine is no fault of the page
    page = context.new_page()
    page.goto(served.at("/sign-in/"))
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("form:has([name=password]) button.primary")
    page.fill("[name=code]", format_hotp_value(hotp_value(SIGN_INS[email], int(time.time()) // 30)))
    page.click("main button:has-text('Go on')")
    page.wait_for_url(served.at("/"))
    return page


def fault_free(page: Page) -> None:
    """Nothing that axe finds wrong, nothing wider than the screen. A colour on its way to another does not count."""
    page.evaluate(STILL)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def picture(page: Page, name: str) -> Path:
    """A screenshot: into the manual when it is made anew and shows this one, else where somebody may look at it."""
    folder = MANUAL if name in KEPT and Path() != MANUAL else LOOKED_AT
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=str(path), full_page=True)
    with Image.open(path) as whole:
        whole.crop((0, 0, whole.width, min(whole.height, TALLEST))).quantize(128).save(path, optimize=True)
    return path
