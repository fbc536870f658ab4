"""Sessions as they may go: anybody's touches in any order, with the network lost, pages reloaded and browsers killed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Error, Route

from tests.browser.bedside_hands import Table
from tests.browser.bedside_house import SCRIPTS, House, all_there

pytestmark = pytest.mark.browser
SEED = int(os.environ.get("TABLE_SEED") or 20261122)
TOUCHES, AT_ONCE, MOST_ROUNDS = 120, 12, 100
OVER = ("end", "visits")
WANDER = (Path(__file__).parent / "bedside_wander.js").read_text("utf-8")


def disturbed(table: Table, house: House, profile: Path, chance: Random) -> Table:
    """Something goes wrong, or comes right again."""
    what = chance.random()
    if what < 0.2:
        table.context.set_offline(True)
    elif what < 0.5:
        table.context.set_offline(False)
    elif what < 0.58:
        table.page.route("**/table/push/", _lost)
    elif what < 0.7:
        table.page.unroute_all(behavior="ignoreErrors")
    elif what < 0.76:
        table.again()
    elif what < 0.79:
        return house.crashed(table, profile)
    return table


def to_its_end(table: Table, chance: Random) -> None:
    """On from wherever trouble has left it, without more of it, until the session is over."""
    for _ in range(MOST_ROUNDS):
        if table.screen in OVER:
            break
        table.page.evaluate(WANDER, [chance.randrange(2**32), AT_ONCE])
    assert table.screen in OVER, f"nothing leads out of here: {table.page.inner_text('body')}"
    if table.screen == "end":
        table.touch("To the visits")


def _lost(route: Route) -> None:
    """The server has it, and the answer never comes."""
    with suppress(Error):  # the page or its browser may be gone by then
        route.fetch()
        route.abort()


@pytest.mark.hazard("H20")
@pytest.mark.hazard("H16")
def test_whatever_happens_nothing_is_lost_and_nothing_is_there_twice(house: House, tmp_path: Path) -> None:
    chance, profile = Random(SEED), tmp_path / "random"
    table = house.table(profile)
    played = []
    while len(played) < SCRIPTS:
        name = house.someone()
        played.append(name)
        table.open(name)
        for _ in range(0, TOUCHES, AT_ONCE):
            if table.screen in OVER:
                break
            table.page.evaluate(WANDER, [chance.randrange(2**32), chance.randrange(1, 2 * AT_ONCE)])
            table = disturbed(table, house, profile, chance)
        to_its_end(table, chance)
    table.page.unroute_all(behavior="ignoreErrors")
    table.context.set_offline(False)
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    counts = [all_there(house, table, name) for name in played if house.events_of(name)]
    assert len(counts) > SCRIPTS / 2, "most of the sessions were begun"
    assert [house.odd(name) for name in played if house.odd(name)] == []
    print(f"{len(counts)} sessions, {sum(counts)} events, seed {SEED}")  # noqa: T201 - for whoever reads the log
