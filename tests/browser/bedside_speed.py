"""How fast the tablet is on a slow device: `python -m tests.browser.bedside_speed`. No test: whoever measures calls it.
With a folder it is a worker of `make bench`, and leaves FOLDER/answers.json.

The processor is throttled four times. `ready`: from the start of the load without a network to the page that takes a
PIN. `fact`: from the touch on a new answer in a running session to the changed page, written down, sealed and decided.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.config.settings_test")
django.setup()

from bench.clinic import percentile  # noqa: E402 - the framework must be set up before
from tests.browser.bedside_hands import Table  # noqa: E402 - the framework must be set up before
from tests.browser.bedside_house import House  # noqa: E402

ROUNDS, RATE = 5, 4

READY = "() => performance.getEntriesByName('ready')[0].startTime"
FACT = """async (answer) => {
  const choose = [...document.querySelectorAll(".asked input")].find((box) => box.value === answer);
  choose.click();
  const start = performance.now();
  [...document.querySelectorAll("#controls .button.primary")][0].click();
  while (document.body.dataset.busy || document.body.dataset.screen === "news") await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
  return performance.now() - start;
}"""


def measure(rounds: int = ROUNDS) -> dict[str, Any]:
    """Milliseconds of each: best, median, the 95th of a hundred, and of how many; and in which browser."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        house = House(playwright, visits=2).found()
        try:
            table = house.table(Path(folder) / "speed")
            times = {"ready": ready_offline(table, rounds), "fact": fact_to_script(table, house.someone(), rounds)}
            agent = str(table.page.evaluate("navigator.userAgent"))
        finally:
            house.retire()
            house.end()
    return {
        **{name: spread(found) for name, found in times.items()},
        "browser": agent.partition("Chrome/")[2].split()[0],
    }


def spread(times: list[float]) -> dict[str, float]:
    return {
        "best": min(times), "median": statistics.median(times), "p95": percentile(times, 95), "count": len(times),
    }  # fmt: skip


def throttled(table: Table, rate: int) -> None:
    table.context.new_cdp_session(table.page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def ready_offline(table: Table, rounds: int) -> list[float]:
    table.context.set_offline(True)
    throttled(table, RATE)
    times = []
    for _ in range(rounds):
        table.go().at("unlocking")
        times.append(float(table.page.evaluate(READY)))
    throttled(table, 1)
    return times


def fact_to_script(table: Table, name: str, rounds: int) -> list[float]:
    """Answers that change much and back again: yes, no, yes ..."""
    table.unlock().at("visits").open(name).check_in().begin()
    throttled(table, RATE)
    times = []
    for number in range(2 * rounds):
        table.touch("Something new")
        table.page.fill("#search", "diabetes")
        table.page.locator(".facts .fact", has_text="Diabetes").first.click()
        times.append(float(table.page.evaluate(FACT, "no" if number % 2 else "yes")))
    throttled(table, 1)
    table.context.set_offline(False)
    return times


if __name__ == "__main__":
    found = measure()
    if sys.argv[1:]:
        (Path(sys.argv[1]) / "answers.json").write_text(json.dumps(found))
    else:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
