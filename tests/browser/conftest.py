"""A real browser, and a real server in its own installation for the tests that go through the pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.bedside_house import House, house_of
from tests.browser.serving import ROOT, Served, free_port, wait_for

expect.set_options(timeout=60_000)  # a busy machine is no fault of the page


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """`clinic serve` in a process of its own, with its own small clinic. Ended by its own id."""
    home = Path(tempfile.mkdtemp(prefix="clinic-browser-"))
    port = free_port()
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))},
        "CLINIC_HOME": str(home), "PORT": str(port), "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    clinic = [str(Path(sys.executable).with_name("clinic"))]
    subprocess.run([*clinic, "manage", "migrate", "--verbosity", "0"], env=env, check=True, cwd=ROOT)
    settings = {"DJANGO_SETTINGS_MODULE": "clinic.config.settings"}
    subprocess.run([sys.executable, "-m", "tests.browser.small_clinic"], env=env | settings, check=True, cwd=ROOT)
    server = subprocess.Popen([*clinic, "serve"], env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{port}/alive/")
        yield Served(f"http://localhost:{port}", home)
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def one_house(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A clinic for the tablets of one module."""
    with house_of(playwright, tmp_path_factory) as made:
        yield made


@pytest.fixture
def house(one_house: House) -> Iterator[House]:
    """The same, with the browsers closed that a test has opened."""
    yield one_house
    one_house.retire()
