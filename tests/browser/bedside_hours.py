"""A tablet whose two clocks can be moved: the one on the wall, and the counter that no correction moves."""

from __future__ import annotations

from pathlib import Path

from tests.browser.bedside_hands import Table
from tests.browser.bedside_house import House

CLOCKS = """(() => {
  const [wall, counter, Real] = [Date.now.bind(Date), performance.now.bind(performance), Date];
  window.ahead = { wall: %d + Number(localStorage.getItem("ahead") || 0), counter: 0 };
  Date.now = () => wall() + window.ahead.wall;
  performance.now = () => counter() + window.ahead.counter;
  window.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(Date.now()); } };
  window.Date.now = () => wall() + window.ahead.wall;
})()"""
DAY, HOUR, MINUTE = 86_400, 3_600, 60
"""Seconds."""
WOKEN = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def with_clocks(house: House, profile: Path, *, wall: int = 0) -> Table:
    table = house.table(profile, ready=False)
    table.context.add_init_script(CLOCKS % (1000 * wall))
    return table.make_ready("Clock")


def pass_time(table: Table, seconds: float, *, counter: bool = True) -> None:
    moved = round(seconds * 1000)
    table.page.evaluate(f"() => {{ ahead.wall += {moved}; ahead.counter += {moved if counter else 0}; }}")


def look_again(table: Table) -> None:
    """The screen comes back: the page looks after itself at once, as it does every half minute."""
    table.page.evaluate(WOKEN, False)
    table.settle()


def start_at(table: Table, ahead: int) -> Table:
    """The page is opened anew so many seconds from now."""
    table.page.evaluate(f"() => localStorage.setItem('ahead', {1000 * ahead})")
    return table.go()
