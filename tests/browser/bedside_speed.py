"""How fast the tablet is on a slow device: `python -m tests.browser.bedside_speed`. No test: whoever measures calls it.

The processor is throttled four times. `ready`: from the start of the load without a network to the page that takes a
PIN. `fact`: from the touch on a new answer in a running session to the changed page, written down, sealed and decided.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.bedside_hands import Table
from tests.browser.bedside_house import House

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


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds, the median of so many rounds."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        house = House(playwright, visits=2).found()
        try:
            table = house.table(Path(folder) / "speed")
            return {"ready": ready_offline(table, rounds), "fact": fact_to_script(table, house.someone(), rounds)}
        finally:
            house.retire()
            house.end()


def throttled(table: Table, rate: int) -> None:
    table.context.new_cdp_session(table.page).send("Emulation.setCPUThrottlingRate", {"rate": rate})


def ready_offline(table: Table, rounds: int) -> float:
    table.context.set_offline(True)
    throttled(table, RATE)
    times = []
    for _ in range(rounds):
        table.go().at("unlocking")
        times.append(float(table.page.evaluate(READY)))
    throttled(table, 1)
    return statistics.median(times)


def fact_to_script(table: Table, name: str, rounds: int) -> float:
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
    return statistics.median(times)


if __name__ == "__main__":
    found = measure()
    sys.stdout.write("".join(f"{name}: {milliseconds:.0f} ms\n" for name, milliseconds in found.items()))
