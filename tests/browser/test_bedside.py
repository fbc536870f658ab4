"""The tablet beside the table in a real browser, against a real server: nothing lost, nothing twice, nothing hidden."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from effleurage.library import load_library
from effleurage.translation import speak
from tests.browser.bedside_hands import PHONE, TABLET, Table
from tests.browser.bedside_house import House, all_there
from tests.browser.serving import fault_free, picture

pytestmark = pytest.mark.browser
PUSH = "**/table/push/"
OVER = ("end", "visits")
"""Where nothing is under way: a closed session is not opened again by a start."""


def kinds_of(house: House, table: Table, name: str) -> list[str]:
    """The kinds of all that was written in a session, once the clinic has it."""
    table.sent()
    return [kind for _, _, kind, _, _ in house.events_of(name)]


def test_a_whole_session_reaches_the_clinic(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "one")
    table.whole(name).sent()
    assert all_there(house, table, name) > 30
    assert house.state_of(name) == "closed"
    assert house.odd(name) == []


LOOKS: list[tuple[str, Any, str]] = [
    ("tablet", TABLET, "light"),
    ("phone", PHONE, "dark"),
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
    """The browser is closed after every fifth touch and started again: the session goes on where it stood."""
    name, profile = house.someone(), tmp_path / "crash"
    table = house.table(profile)
    table.open(name).check_in()
    crashes = 0
    for touch in range(400):
        if table.screen in OVER:
            break
        table.wander_calmly()
        if touch % 5 == 4:
            before, title = table.screen, table.page.locator("#title").inner_text()
            table = house.crashed(table, profile)
            crashes += 1
            if before not in OVER:
                assert (table.screen, table.page.locator("#title").inner_text()) == (before, title)
    assert crashes > 5
    assert kinds_of(house, table, name)[-1] == "closed", "nothing but its end led back to the list"
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


@pytest.mark.hazard("H10")
def test_bad_news_against_an_earlier_no_bars_and_holds_until_somebody_has_said_which_is_right(
    house: House, tmp_path: Path
) -> None:
    """At the check-in there was no new pain in the back; on the table there is, in the middle of the spine."""
    name = house.someone()
    table = house.table(tmp_path / "against")
    table.open(name).check_in().begin()
    title = table.page.inner_text("#title")
    table.learn("middle of your spine", "Yes", pick="Is the new pain in the middle")
    assert table.at("run").sees("Hands off")
    assert table.sees("The answers contradict each other")
    assert not table.sees("This changes nothing")
    assert not table.page.locator("#controls button", has_text="Done, next").count()
    kinds = kinds_of(house, table, name)
    assert kinds[-2:] == ["fact", "held"], "the time of the step stands still from the same moment"
    table.page.reload()
    table.unlock().at("run")
    assert table.sees("The answers contradict each other"), "whoever loads the page anew may not go on either"
    assert table.page.locator("fieldset.asked legend").all_inner_texts() == [
        "New back or neck pain, or back pain that has clearly changed",
        "Is the new pain in the middle of your spine or in a band around your trunk, or did it begin with a small strain?",
    ]
    for asked in table.page.locator("fieldset.asked").all():
        asked.locator("input[value=no]").check(force=True)
    table.touch("Decide again").settle()
    assert table.page.inner_text("#title") == title
    assert not table.sees("Hands off")
    table.touch("Patient is well: go on").settle()
    table.finish().close().sent()
    all_there(house, table, name)


@pytest.mark.hazard("H10")
def test_the_worse_of_two_answers_that_contradict_each_other_takes_the_hands_off(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "worse")
    table.open(name).check_in().begin()
    table.context.set_offline(True)
    table.learn("middle of your spine", "Yes", pick="Is the new pain in the middle")
    for asked in table.page.locator("fieldset.asked").all():
        asked.locator("input[value=yes]").check(force=True)
    table.touch("Decide again").settle()
    assert table.sees("Hands off")
    assert not table.sees("The answers contradict each other")
    assert table.sees("Whom to see")
    table.touch("STOP").settle()
    table.page.locator(".reasons .reason", has_text="The patient asks to stop").click()
    table.settle()
    assert not table.page.locator("#controls button", has_text="Patient is well: go on").count(), "nobody may go on"
    table.context.set_offline(False)
    kinds = kinds_of(house, table.touch("Afterwards").close(), name)
    assert kinds[kinds.index("held") - 1 :][:5] == ["fact", "held", "fact", "fact", "decided"]
    assert house.odd(name) == [], "the clinic comes to the same decision"


@pytest.mark.hazard("H03")
@pytest.mark.hazard("H10")
def test_a_check_that_is_not_in_order_has_its_question_asked_anew_before_anything_else(
    house: House, tmp_path: Path
) -> None:
    """This morning no leg was swollen, and nothing in the skin; now somebody looks."""
    name = house.someone()
    table = house.table(tmp_path / "calves")
    table.open(name).check_in()
    not_in_order(table, "New pain, falls, medicines")
    on = table.page.locator("#controls button", has_text="Go on all the same")
    assert on.is_disabled(), "nobody knows what it was without words"
    table.page.fill("#note", "Slept badly.")
    on.click()
    table.settle()
    not_in_order(table, "Look at the skin")
    table.touch("Write down").settle()
    assert table.sees("Where is there broken skin")
    table.page.locator(".asked label", has_text="Left leg").click()
    table.touch("Decide again").settle()
    not_in_order(table, "Look at both calves")
    table.page.fill("#note", "The left one is warm.")
    table.touch("Write down").settle()
    table.page.reload()
    table.unlock().at("before")
    assert table.page.inner_text("#title") == "Look at both calves"
    assert table.sees("The left one is warm.")
    assert table.page.locator("fieldset.asked legend").all_inner_texts() == [
        "One leg or calf that is newly painful, swollen, warm or red"
    ]
    fault_free(table.page)
    table.page.locator(".asked label", has_text=re.compile("^Yes$")).click()
    table.touch("Decide again").settle()
    assert table.sees("Do not touch. Call now")
    table.touch("Do not begin: write it down").settle().touch("Close the session").settle().sent()
    assert all_there(house, table, name) > 8
    assert house.odd(name) == []


@pytest.mark.hazard("H03")
def test_what_no_rule_can_judge_somebody_judges_who_saw_it(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "saw")
    table.open(name).check_in()
    not_in_order(table, "New pain, falls, medicines")
    table.page.fill("#note", "Fell this morning, and cannot say how.")
    table.touch("Do not begin: write it down").settle()
    assert table.sees("Not begun")
    assert table.sees("New pain, falls, medicines: Fell this morning, and cannot say how.")
    assert not table.sees("You may go on")
    table.touch("Close the session").settle().at("end").sent()
    assert kinds_of(house, table, name)[-4:] == ["checked", "decided", "refused", "closed"]
    assert house.state_of(name) == "closed"
    assert house.odd(name) == []


def not_in_order(table: Table, check: str) -> None:
    while table.page.inner_text("#title") != check:
        table.next_before()
    table.touch("Not in order")


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_the_words_keep_the_side_unless_both_are_meant(house: House, tmp_path: Path, language: str) -> None:
    table = house.table(tmp_path / language)
    left, right, both, mixed, where, card, gone = table.page.evaluate(SIDES_IN_WORDS, language)
    [calf] = [each for each in speak(load_library(), language).protocols.vocabulary.regions if each.name == "calf_left"]
    assert both == [calf.term]
    assert left == [calf.words]
    assert right != left
    assert len(mixed) == 2
    assert mixed[1:] == left, "one side stands beside both sides of another region"
    assert where == both
    assert card == [*right, *left], "two pressures on two sides have two labels"
    assert left[0] in gone
    assert right[0] not in gone


SIDES_IN_WORDS = """async (language) => {
  const load = (name) => import(`/static/bedside/${name}.js`);
  const [{ regionWords }, { stepCard }, { changeLines }] = await Promise.all(["bodymap", "step", "changes"].map(load));
  const kept = await (await caches.open("effleurage-content")).keys();
  const content = await import(kept[0].url.replace(/[a-z]+\\.js/, `${language}.js`));
  const { vocabulary } = content;
  const words = (...names) => regionWords(vocabulary, names);
  const at = (...touches) => ({ kind: "step", step: "legs", title: "Legs", seconds: 60, manners: {}, position: "prone", lying: "", props: [], touches });
  const both = at(["calf_left", "effleurage", 1], ["calf_right", "effleurage", 3]);
  const script = { stop_rules: [], expected: [], during: [] };
  const session = { content, visit: { wishes: [] }, record: { ground: { script: () => script } } };
  const card = stepCard({ session }, { moment: both });
  const texts = (selector) => [...card.querySelectorAll(selector)].map((node) => node.textContent);
  const [line] = changeLines(content, { moments: [both] }, { moments: [at(["calf_right", "effleurage", 3])] });
  return [
    words("calf_left"), words("calf_right"), words("calf_right", "calf_left"),
    words("foot_left", "calf_left", "foot_right"), texts(".where"), texts(".levels .soft"), line,
  ];
}"""


@pytest.mark.hazard("H16")
def test_the_second_of_two_taps_ends_no_step(house: House, tmp_path: Path) -> None:
    """Two taps in one moment, and two so far apart that the second meets the same button of the next step."""
    name = house.someone()
    table = house.table(tmp_path / "twice")
    table.open(name).check_in().begin()
    table.page.evaluate("() => { const done = document.querySelector('#controls .main'); done.click(); done.click(); }")
    table.settle()
    assert kinds_of(house, table, name)[-2:] == ["step_done", "step_began"]
    box = table.page.locator("#controls .main").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    table.page.mouse.click(*middle)
    second = table.settle().page.inner_text("#title")
    table.page.mouse.down(click_count=2)
    table.page.mouse.up(click_count=2)
    assert table.settle().page.inner_text("#title") == second
    table.touch("Skip")
    table.page.check("input[name=reason][value=patient_wish]", force=True)
    table.page.evaluate("() => { const skip = document.querySelector('#controls .main'); skip.click(); skip.click(); }")
    table.settle()
    kinds = kinds_of(house, table, name)
    assert [kinds.count(kind) for kind in ("step_done", "step_skipped", "step_began")] == [2, 1, 4]
    table.finish().close().sent()
    all_there(house, table, name)
    assert house.odd(name) == []


FAR = """(() => {
  const [wall, Real] = [Date.now.bind(Date), Date];
  const now = () => wall() + Number(localStorage.getItem("ahead") || 0);
  window.Date = class extends Real { constructor(...given) { given.length ? super(...given) : super(now()); } };
  window.Date.now = now;
})()"""
"""A page whose clock on the wall can be put forward, also while no page is open."""


def later(table: Table, *, hours: float) -> None:
    table.page.evaluate(f"() => localStorage.setItem('ahead', {round(hours * 3_600_000)})")


def given_of_step(house: House, table: Table, name: str) -> int:
    """The seconds of the step that was ended last, once the clinic has it."""
    table.sent()
    query = """SELECT e.body FROM records_sessionevent e JOIN records_massagesession s ON s.id = e.session_id
               WHERE s.public = ? AND e.kind = 'step_done' ORDER BY e.seq DESC"""
    return int(json.loads(house.rows(query, house.visit_of(name))[0][0])["data"]["seconds"])


@pytest.mark.hazard("H16")
def test_hours_without_the_page_are_no_massage(house: House, tmp_path: Path) -> None:
    """The battery dies in a step; four hours later somebody finds the tablet."""
    name, profile = house.someone(), tmp_path / "battery"
    table = house.table(profile, ready=False)
    table.context.add_init_script(FAR)
    table.make_ready().open(name).check_in().begin()
    table.page.wait_for_timeout(1500)
    later(table, hours=4)
    table.again().at("run")
    assert re.search(r"dark from .*\d\d:\d\d to .*\d\d:\d\d\. That time is not counted", table.page.inner_text("main"))
    assert table.page.locator(".dial-words").inner_text() == "on hold"
    shown = table.page.inner_text(".digits")
    table.page.wait_for_timeout(1200)
    assert table.page.inner_text(".digits") == shown, "no second counts until somebody is there"
    table.page.reload()
    table.unlock().at("run")
    assert table.sees("That time is not counted"), "until somebody has said that the patient is well"
    table.touch("Patient is well: go on", "#controls").settle()
    assert not table.sees("That time is not counted")
    assert kinds_of(house, table, name)[-2:] == ["held", "resumed"]
    table.do_step()
    assert 0 <= given_of_step(house, table, name) < 300
    table.finish().close().sent()
    all_there(house, table, name)
    assert house.odd(name) == []


@pytest.mark.hazard("H16")
def test_a_dark_screen_of_hours_is_no_massage_and_some_minutes_are(house: House, tmp_path: Path) -> None:
    name = house.someone()
    table = house.table(tmp_path / "darker", ready=False)
    table.context.add_init_script(FAR)
    table.make_ready().open(name).check_in().begin()

    def dark(hours: float) -> None:
        table.page.evaluate(DARK, True)
        later(table, hours=hours)
        table.page.evaluate(DARK, False)
        table.settle()

    dark(0.2)
    assert not table.sees("That time is not counted")
    dark(3)
    table.unlock().at("run")
    assert table.sees("That time is not counted"), "and nobody gets at it without the PIN"
    table.touch("Patient is well: go on", "#controls").settle()
    table.do_step()
    assert 720 <= given_of_step(house, table, name) < 1000
    table.finish().close().sent()
    all_there(house, table, name)


DARK = """(state) => {
  Object.defineProperty(document, "hidden", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_no_wider_than_the_words(house: House) -> None:
    """Every word that the programs ask for stands in the shell, and none is there in vain."""
    home = Path(__file__).parents[2] / "src" / "clinic" / "bedside"
    programs = "".join(each.read_text("utf-8") for each in sorted((home / "static").rglob("*.js")))
    there = set(re.findall(r'data-word="(\w+)"', (home / "templates" / "bedside" / "shell.html").read_text("utf-8")))
    asked = set(re.findall(r'\bt\("(\w+)"', programs))
    parts = tuple(re.findall(r"\bt\(`(\w+_)\$", programs))
    assert asked <= there
    assert {word for word in there - asked if not word.startswith(parts) and f'"{word}"' not in programs} == set()
