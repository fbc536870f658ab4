"""What the tablet says to whoever works with it: what follows from an answer, what was told, what was not given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.bedside_clinic import NAMES
from tests.browser.bedside_hands import PHONE, TABLET, Table
from tests.browser.bedside_house import House
from tests.browser.serving import fault_free

pytestmark = pytest.mark.browser
UPRIGHT = {"width": 768, "height": 1024}


@pytest.mark.parametrize(
    "answer,first", [("Lighter, please", "Go lighter now"), ("Uncomfortable", "Change it or skip it")]
)
def test_an_answer_that_is_not_well_says_what_to_do_before_anything_else_is_asked(
    house: House, tmp_path: Path, answer: str, first: str
) -> None:
    """Two questions are due at the first step: the second must not come in the place of what follows from the first."""
    table = house.table(tmp_path / "unwell")
    table.open(house.someone()).check_in().begin()
    table.touch(answer, ".ask-now").settle()
    said = table.page.locator(".ask-now").inner_text()
    assert said.startswith(first)
    assert all(name in said for name in ("Hold", "Skip", "STOP")), "the way out is named by the buttons that are there"
    assert not table.page.locator(".ask-now button", has_text="Lighter, please").count()
    fault_free(table.page)
    table.touch("Now comfortable").settle()
    assert table.page.locator(".ask-now button", has_text="Lighter, please").count(), "then the next question"


def test_whoever_changes_an_answer_sees_first_what_was_told(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "change")
    table.open(house.someone()).check_in().begin()
    table.learn("fever", "Yes", pick="Fever or chills")
    assert table.sees("Hands off")
    table.touch("Change an answer").settle()
    told = table.page.locator("details .fact").first
    assert told.is_visible()
    assert told.inner_text().split("\n") == ["Fever or chills", "Yes"]
    assert top_of(table, "details") < top_of(table, "#search")
    fault_free(table.page)
    told.click()
    table.page.locator(".asked label", has_text=re.compile("^No$")).click()
    table.touch("Decide again").settle()
    assert not table.sees("Hands off")


@pytest.fixture
def scoliosis_only(house: House) -> Iterator[House]:
    """The therapist is trained for curves and not for fragile bones, as long as the test lasts."""
    house.happens("forget", NAMES[0])
    yield house
    house.happens("learn", NAMES[0])


def test_new_limits_that_ask_for_more_training_let_nobody_begin(scoliosis_only: House, tmp_path: Path) -> None:
    house = scoliosis_only
    table = house.table(tmp_path / "untrained-before")
    table.open(house.someone(CURVED)).check_in()
    table.learn("osteoporosis", "Yes", pick=OSTEOPOROSIS)
    for _ in range(60):
        if table.sees("training that you do not have"):
            break
        table.next_before()
    assert table.sees("Do not treat now")
    assert table.sees("Fragile bone handling")
    assert not table.page.locator("#controls .button.primary").count(), "nothing leads on"
    fault_free(table.page)
    table.touch("Do not begin: write it down").settle()
    assert table.sees("Fragile bone handling")
    table.touch("Close the session").sent()


def test_new_limits_that_ask_for_more_training_take_the_hands_off(scoliosis_only: House, tmp_path: Path) -> None:
    house = scoliosis_only
    name = house.someone(CURVED)
    table = house.table(tmp_path / "untrained-during")
    table.open(name).check_in().begin()
    table.do_step()
    table.learn("osteoporosis", "Yes", pick=OSTEOPOROSIS)
    assert table.sees("Hands off")
    assert table.sees("Fragile bone handling")
    assert not table.page.locator("#controls .button.main").count(), "nothing leads on"
    fault_free(table.page)
    table.touch("Change an answer").settle()
    table.page.locator("details .fact").first.click()
    table.page.locator(".asked label", has_text=re.compile("^No$")).click()
    table.touch("Decide again").settle()
    assert not table.sees("Hands off"), "an answer that was wrong is put right"


CURVED = "Andrii Bondarenko"
"""Somebody with a curve and sound bones."""
OSTEOPOROSIS = "told you that you have osteoporosis"


def top_of(table: Table, what: str) -> float:
    box = table.page.locator(what).first.bounding_box()
    assert box is not None, what
    return box["y"]


FORMS = [
    ("en", "fainted", "fainting"),
    ("uk", "знепритомніла", "знепритомнієте"),
    ("uk", "непритомна", "непритомність"),
    ("ru", "обмороки", "обморок"),
]


@pytest.mark.parametrize("language,words,form", FORMS)
def test_a_search_finds_another_form_of_the_word(
    house: House, tmp_path: Path, language: str, words: str, form: str
) -> None:
    table = house.table(tmp_path / "form")
    found = table.page.evaluate(FOUND, [language, words])
    assert any(form in text for text in found), found
    assert table.page.evaluate(FOUND, [language, "qwertz"]) == []
    assert len(found) < 10, "a common beginning is no licence for everything"


FOUND = """async ([language, words]) => {
  const { found } = await import("/static/bedside/questions.js");
  const [kept] = await (await caches.open("effleurage-content")).keys();
  const content = await import(kept.url.replace(/[a-z]+\\.js/, `${language}.js`));
  const said = ({ ask, help = "", options }) => [ask, help, ...options.map(([, option]) => option)].join(" ");
  return found(content, words, 30).map((name) => said(content.facts[name]).toLowerCase());
}"""


def test_where_nothing_is_found_something_stands_below(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "none")
    table.open(house.someone()).check_in().begin()
    table.touch("Something new").at("news")
    table.page.fill("#search", "qwertz")
    assert table.sees("Nothing found")
    assert not table.sees("choose below")
    assert table.sees("What would change most now")
    assert table.page.locator(".facts .fact").count() > 3


def test_the_end_lists_what_was_not_given_and_what_the_new_plan_took_out(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "end")
    table.open(house.someone(CURVED)).check_in().begin()
    table.do_step()
    table.touch("Something new").at("news")
    table.page.fill("#search", "broken skin")
    table.page.locator(".facts .fact", has_text="Where is there broken skin").first.click()
    for place in ("Belly", "Lower back"):
        table.page.locator(".asked label", has_text=re.compile(f"^{place}$")).click()
    table.touch("Decide again").settle()
    table.touch("STOP").settle()
    table.page.locator(".reasons .reason", has_text="The patient asks to stop").click()
    table.settle().touch("Afterwards")
    table.close()
    rows = dict(table.page.evaluate(ROWS))
    assert rows["Taken out by the new plan"] == TAKEN
    assert rows["Shorter than planned"][0].startswith("Backs of the legs: 0:0")
    assert rows["Not given"], "what the stop left undone lies open, and not folded"
    assert not {line.split(":")[0] for line in rows["Not given"]} & set(rows["Taken out by the new plan"])
    fault_free(table.page)


ROWS = """() => [...document.querySelectorAll("main dl dt")].map((each) => {
  const lines = [...each.nextElementSibling.querySelectorAll("li")].map((line) => line.innerText);
  return [each.innerText, lines.length ? lines : [each.nextElementSibling.innerText]];
})"""
LUMBAR = "not on Beside the lumbar spine"
TAKEN = [
    "Abdomen",
    f"Opening strokes over the whole back: {LUMBAR}",
    f"Closing strokes over the whole back: {LUMBAR}",
]


def test_what_ends_a_session_is_listed_whole_and_comes_into_sight(house: House, tmp_path: Path) -> None:
    """A bruise is no alarm, but it ends the work in that place: whoever bleeds easily must not miss it in the list."""
    table = house.table(tmp_path / "felt")
    table.open(house.someone()).check_in().begin()
    table.page.locator(".feelings summary").click()
    assert "A crack heard or felt" in table.page.inner_text(".feelings .alarm")
    assert "A bruise forming" in table.page.inner_text(".feelings .think")
    assert "A bruise forming" not in table.page.inner_text(".feelings .alarm")
    table.page.wait_for_timeout(200)
    inside = table.page.evaluate(
        "() => document.querySelector('.feelings .alarm li').getBoundingClientRect().bottom"
        " < document.querySelector('.ask-now').getBoundingClientRect().top"
    )
    assert inside, "the list does not open under the question and the bar"
    fault_free(table.page)


@pytest.mark.parametrize("viewport", [TABLET, UPRIGHT, PHONE])
def test_the_question_and_the_words_are_read_without_a_touch(house: House, tmp_path: Path, viewport: Any) -> None:
    table = house.table(tmp_path / "fold", viewport=viewport)
    table.open(house.someone()).check_in().begin()
    bar = top_of(table, "#controls")
    for what in (".ask-now .answers", ".digits", ".pressure .word", ".how dd"):
        box = table.page.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= bar, what
    question = top_of(table, ".ask-now")
    assert top_of(table, ".how dd") < question, "nothing lies on the technique"


def test_a_step_of_several_techniques_tells_each_with_its_place_and_the_wish_with_its_part(
    house: House, tmp_path: Path
) -> None:
    table = house.table(tmp_path / "ways")
    ways, wish = table.page.evaluate(CARD)
    assert ways == [
        ["Effleurage (stroking)", "Calf, left", "slow and long"],
        ["Friction (rubbing)", "Calf, right", "small circles"],
    ]
    assert wish.startswith("The patient wishes this left alone: Calf, left")


CARD = """async () => {
  const { stepCard } = await import("/static/bedside/step.js");
  const [kept] = await (await caches.open("effleurage-content")).keys();
  const content = await import(kept.url);
  const touches = [["calf_left", "effleurage", 1], ["calf_right", "friction", 2]];
  const manners = { effleurage: "slow and long", friction: "small circles" };
  const moment = { kind: "step", step: "legs", title: "Legs", seconds: 60, manners, position: "prone", lying: "", props: [], touches };
  const script = { stop_rules: [], expected: [], during: [] };
  const session = { content, visit: { wishes: ["calf_left"] }, record: { ground: { script: () => script } } };
  const card = stepCard({ session }, { moment });
  const way = (node) => [...node.children].map((each) => each.textContent);
  return [[...card.querySelectorAll(".ways li")].map(way), card.querySelector(".notice .title").textContent];
}"""


def test_the_check_in_says_the_year_and_the_pulse_its_unit(house: House, tmp_path: Path) -> None:
    table = house.table(tmp_path / "year")
    table.open(house.someone())
    until = dict(table.page.evaluate(ROWS))["Your competences last until"]
    assert re.search(r"\b20\d\d$", until[0]), until
    table.check_in()
    while table.page.inner_text("#title") != "Pulse before":
        table.next_before()
    assert table.page.inner_text(".with-unit .unit") == "/min"
