"""What must hold whatever the tablet goes through: its time, its sides, and that nothing is shown that was not kept."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.bedside_hands import Table
from tests.browser.bedside_hours import DAY, HOUR, WOKEN, pass_time, with_clocks
from tests.browser.bedside_house import House, all_there

pytestmark = pytest.mark.browser


def whole_time(table: Table) -> int:
    """The seconds that the page says were given so far."""
    shown = table.page.locator(".time > p").first.inner_text()
    minutes, seconds = re.match(r"(\d+):(\d\d) of", shown).groups()  # type: ignore[union-attr]
    return int(minutes) * 60 + int(seconds)


def step_time(table: Table) -> int:
    """The seconds left of the step; less than none where it is over."""
    sign, minutes, seconds = re.match(r"(\+?)(\d+):(\d\d)", table.page.inner_text(".digits")).groups()  # type: ignore[union-attr]
    return (int(minutes) * 60 + int(seconds)) * (-1 if sign else 1)


# ---- time


@pytest.mark.hazard("H16")
def test_an_hour_of_throttled_time_is_counted_to_the_second(house: House, tmp_path: Path) -> None:
    """The page sleeps, wakes late, runs slowly; the time comes from stamps, so nothing of it is lost."""
    name = house.someone()
    table = with_clocks(house, tmp_path / "hour")
    table.open(name).check_in().begin()
    client = table.context.new_cdp_session(table.page)
    client.send("Emulation.setCPUThrottlingRate", {"rate": 20})
    start = datetime.now()  # noqa: DTZ005
    before = whole_time(table)
    table.comfort()
    passed = 0.0
    for leap in (0.3, 61, 7.7, 600, 0.9, 1800, 33, 1, 1000.5, 95.6):
        pass_time(table, leap)
        passed += leap
        table.page.wait_for_timeout(300)
        counted = whole_time(table) - before
        real = (datetime.now() - start).total_seconds()  # noqa: DTZ005
        assert passed - 1 <= counted <= passed + real + 1
    assert passed == pytest.approx(HOUR)
    client.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    table.do_step()
    table.finish().close().sent()
    bodies = house.rows("SELECT body FROM records_sessionevent e JOIN records_massagesession s ON s.id = e.session_id "
                        "WHERE s.public = ? AND e.kind = 'step_done' ORDER BY seq", house.visit_of(name))  # fmt: skip
    first = json.loads(bodies[0][0])["data"]["seconds"]
    real = (datetime.now() - start).total_seconds()  # noqa: DTZ005
    assert HOUR - 1 <= first <= HOUR + real + 1
    assert house.odd(name) == [], "the clinic counts the same seconds by the ticks"


@pytest.mark.hazard("H16")
def test_a_dark_screen_loses_no_second(house: House, tmp_path: Path) -> None:
    """While the device sleeps, the counter of the page may stand still; the wall says how long it was."""
    table = with_clocks(house, tmp_path / "dark")
    table.open(house.someone()).check_in().begin()
    before = whole_time(table)
    table.page.evaluate(WOKEN, True)
    pass_time(table, 90, counter=False)
    table.page.evaluate(WOKEN, False)
    assert 89 <= whole_time(table) - before <= 95


@pytest.mark.hazard("H16")
def test_a_reload_in_a_step_counts_the_time_away_and_says_so(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "away")
    table.open(house.someone()).check_in().begin()
    left = step_time(table)
    table.page.goto("about:blank")
    table.page.wait_for_timeout(6500)
    table.again().at("run")
    assert 6 <= left - step_time(table) <= 16
    assert table.sees("The page was away")
    table.touch("Patient is well: go on", ".notice")
    assert not table.sees("The page was away")


@pytest.mark.hazard("H16")
def test_steps_come_in_order_and_only_a_reason_leaves_one_out(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "order")
    table.open(house.someone()).check_in().begin()
    first = table.page.inner_text("#title")
    table.touch("Skip")
    assert table.page.locator("#controls button", has_text="Leave it out").is_disabled()
    table.page.check("input[name=reason][value=other]", force=True)
    assert table.page.locator("#controls button", has_text="Leave it out").is_disabled(), "another reason needs words"
    table.page.fill("#words", "The doorbell rang.")
    table.touch("Leave it out").settle()
    assert table.page.inner_text("#title") != first
    table.touch("Back").settle()
    assert table.page.inner_text("#title") == first


@pytest.mark.hazard("H21")
def test_a_clock_two_days_wrong_changes_no_order(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = with_clocks(house, tmp_path / "wrong", wall=2 * DAY)
    table.open(name).at("arrive")
    for identifier in ("name", "birth_date"):
        table.page.check(f"[data-identifier={identifier}]")
    table.touch("Same person").settle()
    assert table.sees("clock of this tablet is wrong")
    assert table.screen == "arrive", "with the server at hand, the clock is set right first"
    table.context.set_offline(True)
    expect(table.page.locator("#status")).to_contain_text("Offline")
    table.touch("Same person")
    table.at("before").begin()
    table.page.evaluate(f"() => {{ ahead.wall -= {4000 * DAY}; }}")
    before = whole_time(table)
    table.page.wait_for_timeout(400)
    assert 0 <= whole_time(table) - before <= 2, "a clock that is put back moves no second of a step"
    table.finish().close()
    table.context.set_offline(False)
    table.sent()
    all_there(house, table, name)
    kinds = [row[2] for row in house.events_of(name)]
    assert kinds[0] == "opened"
    assert kinds.index("started") < kinds.index("step_began") < kinds.index("finished") < kinds.index("closed")
    assert house.state_of(name) == "closed"


# ---- sides


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_sides_are_the_patients_in_every_position_and_language(house: House, tmp_path: Path, language: str) -> None:
    """From behind the patient's left is on the left of the picture, from the front on the right; the words agree."""
    table = house.table(tmp_path / language)
    rows = table.page.evaluate(SIDES, language)
    assert len(rows) == 5 * 2 * 14
    for position, region, side, view, word, left_of_middle, labels in rows:
        assert word == side, (position, region)
        assert left_of_middle is ((side == "left") == (view == "back")), (position, region)
        assert labels == (["left", "right"] if view == "back" else ["right", "left"]), position


SIDES = """async (language) => {
  const load = (name) => import(`/static/bedside/${name}.js`);
  const [{ bodyPicture, sideOf, viewOf }, { lookedAt }, { t }] = await Promise.all([load("bodymap"), load("step"), load("dom")]);
  const open = indexedDB.open("effleurage-table");
  await new Promise((resolve) => { open.onsuccess = resolve; });
  const kept = await (await caches.open("effleurage-content")).keys();
  const url = kept[0].url.replace(/[a-z]+\\.js/, `${language}.js`);
  const content = await import(url);
  const { vocabulary } = content;
  const rows = [];
  for (const position of Object.keys(vocabulary.positions)) {
    for (const [region, { side, views }] of Object.entries(vocabulary.regions)) {
      if (side === "midline" || rows.filter((row) => row[0] === position && row[2] === side).length >= 14) continue;
      const part = { moment: { kind: "step", touches: [[region, "effleurage", 2]], position } };
      const app = { session: { content, standing: null, visit: { wishes: [] } } };
      const figure = lookedAt(app, part);
      document.body.append(figure);
      const view = viewOf(vocabulary, [region], position);
      const path = figure.querySelector(`[data-region="${region}"]`).getBoundingClientRect();
      const word = ["left", "right"].find((each) => figure.querySelector(".side-words").textContent === t(`side_${each}`));
      const labels = [...figure.querySelectorAll(".sides span")].map((span) => ["left", "right"].find((each) => span.textContent === t(`patients_${each}`)));
      const whole = figure.querySelector("svg").getBoundingClientRect();
      rows.push([position, region, side, view, word, path.x + path.width / 2 < whole.x + whole.width / 2, labels]);
      figure.remove();
    }
  }
  return rows;
}"""


# ---- storage


@pytest.mark.hazard("H20")
def test_without_room_nothing_is_begun(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "tiny", ready=False)
    client = table.context.new_cdp_session(table.page)
    client.send("Storage.overrideQuotaForOrigin", {"origin": house.served.address, "quotaSize": 4_000_000})
    table.make_ready().open(house.someone()).at("arrive")
    for identifier in ("name", "birth_date"):
        table.page.check(f"[data-identifier={identifier}]")
    table.touch("Same person").settle()
    assert table.sees("too little room")
    assert table.screen == "arrive"


@pytest.mark.hazard("H20")
def test_when_the_storage_is_full_nothing_is_shown_that_was_not_kept(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "full")
    table.open(name).check_in().begin()
    title = table.page.inner_text("#title")
    table.page.evaluate(
        """() => { window.add = IDBObjectStore.prototype.add;
        IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); }; }"""
    )
    table.do_step()
    assert table.sees("storage of this tablet is full")
    assert table.page.inner_text("#title") == title
    table.page.evaluate("() => { IDBObjectStore.prototype.add = window.add; }")
    table.finish().close().sent()
    all_there(house, table, name)
