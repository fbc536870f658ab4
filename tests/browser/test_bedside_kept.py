"""What lies on a tablet and who can read it: its storage, its PIN, signing out, being taken out of use, new versions."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.bedside_hands import PIN, Table
from tests.browser.bedside_held import DUMP, LEFT, SHARED
from tests.browser.bedside_hours import HOUR, MINUTE, look_again, pass_time, start_at, with_clocks
from tests.browser.bedside_house import House, all_there

pytestmark = pytest.mark.browser


# ---- storage


@pytest.mark.hazard("H20")
def test_nothing_in_the_storage_names_anybody(house: House, tmp_path: Path) -> None:
    name, profile = house.someone(), tmp_path / "dump"
    table = house.table(profile)
    table.open(name).check_in().begin()
    table.learn("diabetes", "Yes", pick="Diabetes")
    dump, addresses = table.page.evaluate(DUMP)
    device = house.rows("SELECT public FROM records_tablet WHERE revoked_at IS NULL")[0][0]
    assert device in dump, "the search sees what lies there in clear"
    given, family = name.split()
    born = house.rows("SELECT birth_date FROM records_patient WHERE family = ?", family)[0][0]
    for secret in (given, family, born, "diabetes", "Traditional massage for", PIN):
        assert secret not in dump.replace("effleurage-content", "") or secret in words_of_the_shell(table), secret
    assert all(path.startswith(("/static/", "/table/content/")) or path in OPEN for path in addresses), addresses
    table.context.close()
    house.contexts.clear()
    files = [each for each in profile.rglob("*") if each.is_file() and "IndexedDB" in str(each)]
    assert files
    for each in files:
        held = each.read_bytes()
        assert not [text for text in (family, born) if text.encode() in held or text.encode("utf-16-le") in held], each


@pytest.mark.hazard("H20")
def test_nothing_beside_what_is_encrypted_gives_an_answer_away(house: House, tmp_path: Path) -> None:
    """There are so few questions and answers that whoever has the storage can try them all, given all else of an event."""
    name = house.someone()
    table = house.table(tmp_path / "guess")
    table.open(name).check_in().begin()
    table.learn("diabetes", "Yes", pick="Diabetes")
    table.sent()
    table.page.route("**/table/push/", lambda route: route.abort())
    table.learn("pacemaker", "Yes", pick="pacemaker")
    dump = table.page.evaluate(DUMP)[0]
    told = [json.loads(body) for (body,) in house.rows("SELECT body FROM records_sessionevent")]
    assert told
    for event in told:
        assert event["id"] in dump or event["device"] not in dump, "the search sees what lies there in clear"
        assert event["at"] not in dump
        assert not [digest for digest in digests(event) if digest in dump], event["kind"]
        if event["data"].get("script"):
            assert event["data"]["script"] not in dump, "a script says by which answers it was made"
    sizes = table.page.evaluate(LEFT)["sizes"]
    assert len(sizes) >= 2
    assert {size % 512 for pair in sizes for size in pair} == {0}, "nor does a length say which answer it was"


def digests(event: dict[str, object]) -> list[str]:
    """What somebody would look for who guesses this event: its hash, in the ways in which bytes are written."""
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    found = hashlib.sha256(text.encode()).digest()
    return [found.hex(), found.hex().upper(), b64encode(found).decode(), found.decode("utf-8", "replace")]


OPEN = ("/table/", "/table/manifest.webmanifest")


def words_of_the_shell(table: Table) -> str:
    """What stands in the cache for everybody: the shell, the programs and the content, of which none names a patient."""
    return str(table.page.evaluate(SHARED))


def test_five_wrong_pins_wipe_all_but_what_is_sealed_and_that_is_still_sent(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "pins")
    table.context.set_offline(True)
    table.open(name).check_in().begin()
    table.go()
    for left in (4, 3, 2, 1):
        table.unlock("999999")
        expect(table.page.locator("main [role=alert]")).to_contain_text(f"Tries that remain: {left}")
    table.unlock("999999").at("ready")
    assert table.sees("the wrong PIN too many times")
    assert table.unsent > 10
    assert name not in table.page.evaluate(DUMP)[0]
    table.context.set_offline(False)
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    numbers = [row[1] for row in house.events_of(name)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 10
    table.make_ready("New").open(name).check_in()
    assert table.faults == [], "the same browser, as a tablet anew, begins a line of its own"


def test_after_twelve_hours_without_the_server_nothing_can_be_read(house: House, tmp_path: Path) -> None:
    table = with_clocks(house, tmp_path / "twelve")
    table.context.set_offline(True)
    start_at(table, 11 * HOUR).unlock().at("visits")
    start_at(table, 13 * HOUR).unlock().at("ready")
    assert table.sees("not heard of for twelve hours")


@pytest.mark.hazard("H20")
def test_once_the_time_is_over_a_locked_tablet_opens_by_the_server_alone(house: House, tmp_path: Path) -> None:
    """It need not be touched for that: what the PIN would open without the server is gone as soon as the page lives."""
    table = with_clocks(house, tmp_path / "over")
    table.context.set_offline(True)
    start_at(table, 13 * HOUR).at("unlocking")
    look_again(table)
    table.context.set_offline(False)
    table.unlock().at("visits")
    table.context.set_offline(True)
    start_at(table, 26 * HOUR).at("unlocking")
    look_again(table)
    start_at(table, 13 * HOUR).unlock().at("ready")
    assert table.sees("not heard of for twelve hours"), "a clock that is put back brings nothing back"


def test_an_unfinished_session_does_not_keep_a_tablet_open_for_ever(house: House, tmp_path: Path) -> None:
    table = with_clocks(house, tmp_path / "lying")
    table.open(house.someone()).check_in().begin()
    table.context.set_offline(True)
    pass_time(table, 3.5 * HOUR)
    look_again(table)
    assert table.screen == "run"
    pass_time(table, 13 * HOUR)
    look_again(table)
    table.at("ready")
    assert table.sees("not heard of for twelve hours")


@pytest.mark.hazard("H20")
def test_signed_out_and_locked_a_tablet_out_of_use_hears_of_it_without_a_pin(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "lost")
    table.page.route("**/table/push/", lambda route: route.abort())
    house.revoke(table.page)
    table.context.clear_cookies()
    table.go()
    table.page.unroute_all(behavior="ignoreErrors")
    table.at("ready")
    assert table.sees("taken out of use")
    left = table.page.evaluate(LEFT)
    assert left["carried"] == 0
    assert "deviceKey" not in left["meta"]
    table.page.fill("#tablet-name", "Typed")
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.page.wait_for_timeout(1500)
    assert table.page.input_value("#tablet-name") == "Typed", "it is told once"
    table.context.add_cookies(house.signed_in())


def test_a_table_that_nobody_touches_locks_itself_but_never_under_the_hands(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = with_clocks(house, tmp_path / "idle")
    table.open(name).check_in()
    pass_time(table, 9 * MINUTE)
    look_again(table)
    table.at("before").begin()
    pass_time(table, 11 * MINUTE)
    look_again(table)
    assert table.screen == "run", "a step runs"
    table.touch("Hold").settle()
    pass_time(table, 11 * MINUTE)
    look_again(table)
    table.at("unlocking")
    assert name not in table.page.inner_text("body")
    table.unlock().at("run")


def test_a_tablet_that_was_revoked_wipes_itself_at_the_next_contact(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "revoked")
    table.page.evaluate(
        """async () => { const { csrf } = await (await fetch("/table/token/")).json();
        const open = indexedDB.open("effleurage-table");
        const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
        const got = database.transaction("meta").objectStore("meta").get("device");
        const tablet = await new Promise((resolve) => { got.onsuccess = () => resolve(got.result); });
        database.close();
        await fetch("/table/revoke/", { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
          body: JSON.stringify({ tablet }) });
        dispatchEvent(new Event("online")); }"""
    )
    table.at("ready")
    assert table.sees("taken out of use")


def test_signed_out_everything_goes_on_and_says_so(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "signed-out")
    table.open(name).check_in()
    table.context.clear_cookies()
    table.begin()
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(table.page.locator("#status")).to_contain_text("Sign in to send")
    table.finish().close()
    assert table.unsent > 30
    table.context.add_cookies(house.signed_in())
    table.page.evaluate("() => dispatchEvent(new Event('online'))")
    table.sent()
    all_there(house, table, name)


# ---- signing out


@pytest.mark.hazard("H20")
def test_signing_out_takes_everything_off_but_what_is_sealed_and_the_next_tablet_sends_that(
    house: House, tmp_path: Path
) -> None:
    name = house.someone()
    table = house.table(tmp_path / "out")
    table.page.route("**/table/push/", lambda route: route.abort())
    table.open(name).check_in().begin()
    waiting = table.page.evaluate(LEFT)["sealed"]
    assert waiting > 10
    sign_out(house, table)
    table.at("ready")
    assert table.sees("You signed out")
    left = table.page.evaluate(LEFT)
    assert (left["carried"], left["readable"], left["sealed"]) == (0, 0, waiting)
    assert not {"deviceKey", "salt", "half", "contact", "device"} & set(left["meta"]), left["meta"]
    assert name not in table.page.evaluate(DUMP)[0]
    table.page.unroute_all(behavior="ignoreErrors")
    table.context.add_cookies(house.signed_in())
    table.make_ready("Next").sent()
    assert [row[1] for row in house.events_of(name)] == list(range(1, waiting + 1))
    table.open(name).check_in()
    assert table.faults == []


def sign_out(house: House, table: Table) -> None:
    """At the desk, in another page of the same browser."""
    desk = table.context.new_page()
    desk.goto(house.served.at("/me/"))
    desk.click("main form[action='/sign-out/'] button")
    desk.wait_for_url(house.served.at("/sign-in/"))
    house.cookies = []


# ---- versions


def worker(table: Table, state: str) -> bool:
    """Whether there is a worker in this state: "active", "waiting" or "installing"."""
    asked = "(state) => navigator.serviceWorker.getRegistration('/table/').then((found) => Boolean(found[state]))"
    return bool(table.page.evaluate(asked, state))


UPDATED = """async () => {
  const found = await navigator.serviceWorker.getRegistration("/table/");
  await found.update().catch(() => null);
  const next = found.installing;
  if (!next) return found.waiting ? "installed" : "none";
  return new Promise((resolve) => next.addEventListener("statechange", () => ["installed", "redundant"].includes(next.state) && resolve(next.state)));
}"""
"""Asks for a new version, and how far that came."""


def test_a_new_version_found_while_signed_out_leaves_the_old_one_to_start_by(house: House, tmp_path: Path) -> None:
    """Signed out, the address of the page leads to the door, and the door is no page for the table."""
    table = house.table(tmp_path / "door")
    house.stop().start("next")
    try:
        table.context.clear_cookies()
        assert table.page.evaluate(UPDATED) == "redundant"
        table.start_offline().at("visits")
        table.context.set_offline(False)
    finally:
        house.stop().start()
        table.context.add_cookies(house.signed_in())


def test_a_new_version_waits_until_nobody_works(house: House, tmp_path: Path) -> None:
    """The worker of a new version is there, and the page goes on under the old one until it is closed."""
    table = house.table(tmp_path / "version")
    table.open(house.someone()).check_in().begin()
    old = table.page.evaluate("caches.keys()")
    house.stop().start("next")
    try:
        assert table.page.evaluate(UPDATED) == "installed"
        table.do_step()
        assert worker(table, "active")
        assert worker(table, "waiting")
        assert set(old) < set(table.page.evaluate("caches.keys()"))
        table.page.goto("about:blank")
        table.page.wait_for_timeout(500)
        table.again().at("run")
        assert not worker(table, "waiting"), "with its last page the old version has ended"
        assert table.page.evaluate("caches.keys()") != old
        assert table.faults == []
    finally:
        house.stop().start()
