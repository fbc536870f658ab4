"""The tablet beside the table in a real browser, against a real server: nothing lost, nothing twice, nothing hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, Route, expect

from tests.browser.bedside_hands import PHONE, TABLET, UPRIGHT
from tests.browser.bedside_house import House, all_there, house_of
from tests.browser.conftest import fault_free, picture

pytestmark = pytest.mark.browser
PUSH = "**/table/push/"


@pytest.fixture(scope="module")
def house(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_of(playwright, tmp_path_factory) as made:
        yield made


@pytest.fixture(autouse=True)
def closed(house: House) -> Iterator[None]:
    """Each test closes the browsers that it opened."""
    yield
    house.retire()


def test_a_whole_session_reaches_the_clinic(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "one")
    table.whole(name).sent()
    assert all_there(house, table, name) > 30
    assert house.state_of(name) == "closed"
    assert house.odd(name) == []


LOOKS: list[tuple[str, Any, str]] = [
    ("tablet", TABLET, "light"),
    ("upright", UPRIGHT, "dark"),
    ("phone", PHONE, "light"),
]


@pytest.mark.parametrize("look,viewport,scheme", LOOKS)
def test_every_state_has_no_fault(house: House, tmp_path: Path, look: str, viewport: Any, scheme: str) -> None:
    """From the door to the end by way of a stop; each state is looked at by axe and kept as a picture."""

    def seen(state: str) -> None:
        fault_free(table.page)
        picture(table.page, f"table-{look}-{state}")

    table = house.table(tmp_path / look, ready=False, viewport=viewport, color_scheme=scheme)
    table.go()
    seen("ready")
    table.make_ready()
    expect(table.page.locator(".visit").first).to_be_visible()
    seen("visits")
    table.open(house.someone())
    seen("check-in")
    table.check_in()
    seen("check")
    table.next_before()
    seen("numbers")
    table.touch("Something new")
    seen("something-new")
    table.page.locator(".facts .fact").first.click()
    seen("question")
    table.touch("Something else").touch("Back")
    table.begin()
    seen("step-with-question")
    table.comfort()
    seen("step")
    if look == "tablet":
        assert table.page.evaluate(
            "() => { const m = document.getElementById('main'); return m.scrollHeight <= m.clientHeight; }"
        )
    table.touch("Hold").settle()
    seen("held")
    table.touch("Patient is well: go on").settle()
    table.touch("Skip")
    seen("skip")
    table.touch("Back to the step")
    table.do_step()
    table.touch("STOP").settle()
    seen("stopped")
    table.page.locator(".reasons:not(.alarm) .reason").first.click()
    table.settle()
    seen("what-to-do")
    table.touch("Another reason").settle()
    table.page.locator(".reasons.alarm .reason", has_text="Chest pain").click()
    table.settle()
    seen("alarm")
    assert table.page.locator("a[href^='tel:']:visible").count()
    table.touch("Afterwards")
    seen("afterwards")
    while not table.page.locator("input[name=reaction]").count():
        table.next_before()
    seen("reaction")
    table.page.check("input[name=reaction][value=expected]", force=True)
    table.page.locator("#controls .button.primary").click()
    table.settle()
    seen("tell-the-patient")
    table.touch("Close the session").settle().at("end")
    seen("end")
    table.page.click("[data-opens=panel]")
    seen("state-of-tablet")
    table.touch("Lock", "#panel").at("unlocking")
    seen("unlock")
    assert table.faults == []


@pytest.mark.hazard("H27")
def test_a_session_finishes_while_the_server_is_down(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "down")
    table.open(name).check_in()
    house.stop()
    table.begin().finish().close()
    assert table.unsent > 30
    assert not table.sees("All sent")
    assert house.state_of(name) != "closed"
    house.start()
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    all_there(house, table, name)
    assert house.state_of(name) == "closed"


@pytest.mark.hazard("H20")
def test_without_network_between_any_two_touches(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "flicker")
    table.open(name).check_in()
    away = False
    for _ in range(400):
        if table.screen == "end":
            break
        away = not away
        table.context.set_offline(away)
        table.wander_calmly()
    table.context.set_offline(False)
    table.sent()
    all_there(house, table, name)
    assert house.odd(name) == []


@pytest.mark.hazard("H20")
def test_a_reply_that_is_lost_after_the_server_has_it_loses_nothing_and_doubles_nothing(
    house: House, tmp_path: Path
) -> None:
    name = house.someone()
    table = house.table(tmp_path / "lost")
    lost = 0

    def lose(route: Route) -> None:
        nonlocal lost
        route.fetch()
        lost += 1
        route.abort()

    table.page.route(PUSH, lose)
    table.open(name).check_in().begin()
    expect(table.page.locator("#status")).to_contain_text("not sent")
    for _ in range(100):
        if house.events_of(name):
            break
        table.page.wait_for_timeout(100)
    assert lost
    assert house.events_of(name)
    assert table.unsent > 10, "nothing is let go without a receipt"
    table.page.unroute(PUSH)
    table.finish().close()
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    all_there(house, table, name)


RECEIPTS = [
    pytest.param("{}", id="nothing"),
    pytest.param("<html>down</html>", id="a page"),
    pytest.param(
        '{"schema":"effleurage/receipt/1","at":"<now>","held":[],"beside":[],"unread":[],"flags":[],"pack":true}',
        id="without what was sent",
    ),
]


@pytest.mark.hazard("H20")
@pytest.mark.parametrize("receipt", RECEIPTS)
def test_only_a_receipt_with_the_same_hash_lets_go(house: House, tmp_path: Path, receipt: str) -> None:
    """Both clocks agree here: a tablet whose clock is wrong does not start, and that has a test of its own."""
    table = house.table(tmp_path / "receipt")

    def answer(route: Route) -> None:
        now = route.request.post_data_json["at"]
        route.fulfill(status=200, content_type="application/json", body=receipt.replace("<now>", now))

    table.page.route(PUSH, answer)
    table.page.locator("button.visit").last.click()
    table.check_in()
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.page.wait_for_timeout(1500)
    assert table.unsent >= 3
    assert not table.sees("All sent")


@pytest.mark.hazard("H16")
@pytest.mark.hazard("H20")
def test_a_crash_at_any_point_loses_nothing_that_was_shown(house: House, tmp_path: Path) -> None:
    """The browser is closed after every third touch and started again: the session goes on where it stood."""
    name, profile = house.someone(), tmp_path / "crash"
    table = house.table(profile)
    table.open(name).check_in()
    crashes = 0
    for touch in range(400):
        if table.screen == "end":
            break
        table.wander_calmly()
        if touch % 3 == 2:
            before, title = table.screen, table.page.locator("#title").inner_text()
            table = house.crashed(table, profile)
            crashes += 1
            if before not in ("end", "visits"):
                assert (table.screen, table.page.locator("#title").inner_text()) == (before, title)
    assert crashes > 8
    table.sent()
    all_there(house, table, name)


def test_a_reload_keeps_what_was_answered(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "reload")
    table.open(name).check_in().begin()
    title = table.page.inner_text("#title")
    table.page.reload()
    table.unlock().at("run")
    assert table.page.inner_text("#title") == title
    table.finish().close().sent()
    all_there(house, table, name)


@pytest.mark.hazard("H19")
def test_two_tablets_on_one_session_are_both_kept_and_a_person_decides(house: House, tmp_path: Path) -> None:
    name = house.someone()
    one, two = house.table(tmp_path / "a"), house.table(tmp_path / "b")
    for table in (one, two):
        table.open(name).check_in().begin()
        table.do_step()
    one.learn("Fever", "Yes", pick="Fever or chills")
    assert one.sees("Hands off"), "what one tablet learned holds there at once"
    one.touch("STOP").settle()
    one.page.locator(".reasons .reason", has_text="The patient asks to stop").click()
    one.settle().touch("Afterwards")
    two.finish()
    for table in (one, two):
        table.close().sent()
        assert table.faults == []
    devices = {row[0] for row in house.events_of(name)}
    assert len(devices) == 2
    assert house.rows("SELECT conflict FROM records_massagesession WHERE public = ?", house.visit_of(name)) == [(1,)]
    for device in devices:
        numbers = [row[1] for row in house.events_of(name) if row[0] == device]
        assert numbers == list(range(1, len(numbers) + 1))


def test_a_new_fact_changes_the_rest_at_once(house: House, tmp_path: Path) -> None:
    """A patient with a curve says on the table: I should mention that I have osteoporosis."""
    while "Bondarenko" not in (name := house.someone()):
        pass
    table = house.table(tmp_path / "fact")
    table.open(name).check_in().begin()
    table.do_step()
    table.learn("osteoporosis told", "Yes", pick="osteoporosis")
    assert table.sees("From now on")
    assert "Osteoporosis was diagnosed" in table.page.inner_text("main")
    if table.screen == "run" and table.page.locator("#controls .main").count():
        table.finish().close()
    table.sent()
    all_there(house, table, name)
    assert house.odd(name) == [], "the clinic comes to the same decision and the same rest"


def test_no_wider_than_the_words(house: House) -> None:
    """Every word that the programs ask for stands in the shell, and none is there in vain."""
    home = Path(__file__).parents[2] / "src" / "clinic" / "bedside"
    programs = "".join(each.read_text("utf-8") for each in sorted((home / "static").rglob("*.js")))
    there = set(re.findall(r'data-word="(\w+)"', (home / "templates" / "bedside" / "shell.html").read_text("utf-8")))
    asked = set(re.findall(r'\bt\("(\w+)"', programs))
    parts = tuple(re.findall(r"\bt\(`(\w+_)\$", programs))
    assert asked <= there
    assert {word for word in there - asked if not word.startswith(parts) and f'"{word}"' not in programs} == set()
