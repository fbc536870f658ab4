"""What many tests share: the built-in content, read once, and a day on which everything happens."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from effleurage.library import Library
from effleurage.protocol.load import Protocols
from tests.agreement.patients import content

# A busy machine must not fail a law: what counts is the answer, and speed is measured by the benchmark.
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")


CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_finish() -> None:
    """What was read to find the tests stays to the end: the search for garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ends with its module: it runs a loop in this very thread, where the framework would refuse to ask a database."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield made
    made.close()


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> Iterator[None]:
    """Commands under test keep what they read in a folder of their own, and leave the tester's alone."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = str(Path(folder))
        yield


@pytest.fixture(scope="session")
def library() -> Library:
    """The content that ships with the program."""
    return content()


@pytest.fixture(scope="session")
def protocols(library: Library) -> Protocols:
    return library.protocols


@pytest.fixture(scope="session")
def now() -> datetime:
    """Noon of the day on which the examples are set."""
    return datetime.fromisoformat("2026-11-22T12:00")
