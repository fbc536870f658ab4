"""What a tablet carries and what it sends: a visit as the server sees it now, what was told here, what others left."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.bedside_hands import IMPATIENT, Table
from tests.browser.bedside_held import PUT, sealed_row
from tests.browser.bedside_hours import MINUTE, look_again, pass_time, with_clocks
from tests.browser.bedside_house import House, all_there

pytestmark = pytest.mark.browser


# ---- the pack


def test_a_pack_whose_content_does_not_come_leaves_the_old_one_and_the_page_at_work(
    house: House, tmp_path: Path
) -> None:
    """The visits name a content that this browser could not load: what was carried before still opens offline."""
    name = house.someone()
    table = house.table(tmp_path / "half")
    table.page.route("**/table/pack/", of_another_content)
    table.page.route("**/table/content/0*", lambda route: route.abort())
    table.go().unlock().at("visits")
    table.page.unroute_all(behavior="ignoreErrors")
    table.start_offline().open(name).at("arrive")
    assert table.faults == []
    table.context.set_offline(False)


def of_another_content(route: Route) -> None:
    answer = route.fetch()
    pack = answer.json()
    for each in pack["sessions"]:
        each["content"] = "0" * 64
    route.fulfill(response=answer, json=pack)


def test_the_unlock_page_can_be_used_again_whatever_went_wrong(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "again")
    table.page.route("**/table/pack/", lambda route: route.fulfill(json={"schema": "effleurage/pack/1"}))
    table.go().unlock()
    table.at("visits")


# ---- a visit as the server sees it now


@pytest.mark.hazard("H10")
def test_a_course_that_was_locked_after_the_tablet_was_opened_is_not_begun(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "locked")
    table.open(name).at("arrive")
    house.happens("lock", name)
    same_person(table)
    assert table.sees("The plan is locked")
    assert table.at("arrive")
    table.touch("Back").at("visits")
    expect(table.page.locator("div.visit.blocked", has_text=name)).to_contain_text("The plan is locked")
    assert house.events_of(name) == []


def same_person(table: Table) -> None:
    for identifier in ("name", "birth_date"):
        table.page.check(f"[data-identifier={identifier}]")
    table.touch("Same person").settle()


def test_a_list_that_stands_there_asks_the_server_again(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = with_clocks(house, tmp_path / "stands")
    card = table.page.locator(".visit.blocked", has_text=name)
    house.happens("lock", name)
    look_again(table)
    expect(card).to_have_count(0)
    pass_time(table, 6 * MINUTE)
    look_again(table)
    expect(card).to_have_count(1)


@pytest.mark.hazard("H10")
def test_a_list_whose_server_did_not_answer_asks_at_the_next_look(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = with_clocks(house, tmp_path / "later")
    card = table.page.locator(".visit.blocked", has_text=name)
    house.happens("lock", name)
    pass_time(table, 6 * MINUTE)
    with table.page.expect_request_finished(lambda sent: sent.url.endswith("/table/pack/")):
        table.page.route("**/table/pack/", lambda route: route.fulfill(status=503, body="busy"))
        look_again(table)
    table.page.unroute_all(behavior="ignoreErrors")
    expect(card).to_have_count(0)
    look_again(table)
    expect(card).to_have_count(1)


@pytest.mark.hazard("H10")
def test_a_list_gives_a_slow_server_its_time(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = with_clocks(house, tmp_path / "slow")
    house.happens("lock", name)
    pass_time(table, 6 * MINUTE)
    table.page.evaluate(IMPATIENT)
    table.page.route("**/table/pack/", after_a_while)
    look_again(table)
    expect(table.page.locator(".visit.blocked", has_text=name)).to_have_count(1)


def after_a_while(route: Route) -> None:
    """Longer than a session that is opened waits for the server."""
    time.sleep(5)
    route.continue_()


def test_a_pack_of_another_week_begins_nothing(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "week", ready=False)
    table.page.route("**/table/pack/", of_last_week)
    table.make_ready().open(name).at("arrive")
    same_person(table)
    assert table.sees("more than three days old")


def of_last_week(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "until": "2020-01-01T00:00:00+00:00"})


# ---- what was told here, while the server knows nothing of it


@pytest.mark.hazard("H10")
def test_after_an_alarming_stop_the_patient_is_not_treated_again_without_a_network(
    house: House, tmp_path: Path
) -> None:
    name = house.someone()
    house.happens("visit", name)
    table = house.table(tmp_path / "stop")
    table.context.set_offline(True)
    table.open(name).check_in().begin()
    table.touch("STOP").settle()
    table.page.locator(".reasons.alarm .reason").first.click()
    table.settle().touch("Afterwards").close().touch("To the visits").at("visits")
    table.page.locator("button.visit", has_text=name).last.click()
    table.at("arrive")
    same_person(table)
    assert table.sees("ended in a way that locks the course")
    assert table.screen == "arrive"


@pytest.mark.hazard("H10")
def test_what_a_patient_says_in_one_session_counts_in_the_next_without_a_network(house: House, tmp_path: Path) -> None:
    while "Bondarenko" not in (name := house.someone()):
        pass
    house.happens("visit", name)
    table = house.table(tmp_path / "next")
    table.context.set_offline(True)
    table.open(name).check_in().begin()
    table.learn("osteoporosis told", "Yes", pick="osteoporosis")
    table.touch("STOP").settle()
    table.page.locator(".reasons .reason", has_text="The patient asks to stop").click()
    table.settle().touch("Afterwards").close().touch("To the visits").at("visits")
    table.page.locator("button.visit", has_text=name).last.click()
    table.check_in()
    while table.screen == "before" and not table.sees("Ready to begin") and not table.sees("Do not treat now"):
        table.next_before()
    assert "Osteoporosis was diagnosed" in table.page.inner_text("main")
    table.context.set_offline(False)
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    assert house.rows("SELECT count(*) FROM records_notice WHERE kind = 'odd'") == [(0,)], "the clinic decides the same"


# ---- what others have left in this browser


@pytest.mark.hazard("H20")
def test_what_the_server_does_not_take_keeps_nothing_else_back(house: House, tmp_path: Path) -> None:
    """Entries of a tablet of another clinic, and two hundred that cannot be read, all older than those of today."""
    name = house.someone()
    house.table(tmp_path / "former")
    former = house.rows("SELECT public FROM records_tablet ORDER BY id DESC")[0][0]
    table = house.table(tmp_path / "others")
    own = house.rows("SELECT public FROM records_tablet ORDER BY id DESC")[0][0]
    rows = [sealed_row(own, number) for number in range(3, 204)]
    table.page.evaluate(PUT, [sealed_row("another-house-tablet-1", 1), sealed_row(former, 2), *rows])
    table.open(name).check_in()
    expect(table.page.locator("#status")).to_contain_text("203 not sent", timeout=60_000)
    assert [kind for _, _, kind, _, _ in house.events_of(name)][:2] == ["opened", "identified"]
    asked = """SELECT count(*) FROM records_oddevent o JOIN records_tablet t ON t.id = o.tablet_id
               WHERE o.why = 'unread' AND t.public = ?"""
    assert house.rows(asked, former) == [(1,)], "what comes after another clinic's in turn has its turn"


@pytest.mark.hazard("H20")
def test_a_saved_file_is_taken_in_at_the_desk_and_the_tablet_lets_go_once_it_hears_so(
    house: House, tmp_path: Path
) -> None:
    name = house.someone()
    table = house.table(tmp_path / "file")
    table.page.route("**/table/push/", lambda route: route.abort())
    table.whole(name)
    waiting = table.unsent
    table.page.click("[data-opens=panel]")
    with table.page.expect_download() as saved:
        table.touch("Save sealed file")
    path = tmp_path / "saved.json"
    saved.value.save_as(path)
    assert name.split()[1] not in path.read_text("utf-8")
    desk = table.context.new_page()
    desk.goto(house.served.at("/table/tablets/"))
    desk.set_input_files("input[type=file]", path)
    desk.click("button:has-text('Hand it in')")
    expect(desk.locator("body")).to_contain_text(f"Stored: {waiting}. Could not be read: 0.")
    assert house.state_of(name) == "closed"
    assert table.unsent == waiting
    table.page.unroute_all(behavior="ignoreErrors")
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    all_there(house, table, name)
    assert house.odd(name) == []
