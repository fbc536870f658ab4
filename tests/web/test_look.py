"""The look: enough contrast, nothing inline, small, and no fault that axe finds, on every width and in both schemes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.template.loader import render_to_string
from django.test import override_settings
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, Response

from clinic.look import SHARED_STYLE, sample
from clinic.look.icons import ICONS
from clinic.look.templatetags.look import dose, icon, text_diff

pytestmark = pytest.mark.one_database

WEB = Path(__file__).resolve().parents[2] / "src" / "clinic"
STATIC = WEB / "look" / "static" / "look"
WIDTHS = (320, 768, 1280)
LAYOUTS = ("", "question", "patient", "plain", "errors")

TARGETS = (
    ".button, .rail a, .rail button, .tabs a, .choices label, .tick label, select, summary, textarea, "
    "input:not([type=hidden], [type=radio], [type=checkbox])"
)
SMALL = """targets => [...document.querySelectorAll(targets)].filter(one => one.checkVisibility())
    .map(one => [one.textContent.trim() || one.name, one.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.height, box.width) < 43.9)
    .map(([name, box]) => `${name} ${box.width} x ${box.height}`)"""

GROUNDS = ("paper", "card", "sunk")
TONES = ("go", "modified", "ask", "withhold", "emergency", "info")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-soft", "accent", "emergency") for ground in GROUNDS),
    *((tone, f"{tone}-tint") for tone in TONES),
    *((ink, f"{tone}-tint") for tone in (*TONES, "accent") for ink in ("ink", "ink-soft")),
    ("accent", "accent-tint"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-emergency", "emergency"),
    *(("level-ink", f"level-{digit}") for digit in (1, 2, 3)),
    *(("level-ink-deep", f"level-{digit}") for digit in (4, 5)),
    ("ink", "level-0"),
]
SHAPES = [
    *((line, ground) for line in ("line-strong", "accent", "body-line") for ground in GROUNDS),
    *((tone, ground) for tone in TONES for ground in GROUNDS),
    ("level-0-line", "level-0"),
    ("curve", "curve-case"),
]


def tokens(scheme: str) -> dict[str, str]:
    """The colours of a scheme: those of the light one, and in the dark what the dark one says anew."""
    text = (SHARED_STYLE[1] / "tokens.css").read_text("utf-8")
    light, dark = text.split("@media screen and (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    return found | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark)) if scheme == "dark" else {})


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def templates() -> list[Path]:
    return sorted(WEB.rglob("templates/**/*.html"))


def inline(text: str) -> list[str]:
    """Whatever a strict policy of content would block: style and script that stand in the page itself."""
    return re.findall(r"<style\b|\sstyle=|<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=[\"']|javascript:", text)


def rendered(template: str, **context: object) -> str:
    return render_to_string(template, context)


def test_contrast_knows_black_white_and_grey() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = tokens(scheme)
    ratios = {f"{ink} on {ground}": round(contrast(colours[ink], colours[ground]), 2) for ink, ground in TEXT}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shapes_stand_out_from_their_ground(scheme: str) -> None:
    colours = tokens(scheme)
    ratios = {f"{one} on {ground}": round(contrast(colours[one], colours[ground]), 2) for one, ground in SHAPES}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_levels_darken_from_one_to_five(scheme: str) -> None:
    colours = tokens(scheme)
    steps = [_luminance(colours[f"level-{digit}"]) for digit in range(1, 6)]
    assert steps == sorted(steps, reverse=True)


def test_style_sheets_together_stay_under_40_kilobytes() -> None:
    """That of the charts is loaded only where one stands."""
    sheets = {sheet.name: sheet.stat().st_size for sheet in (*STATIC.glob("*.css"), *SHARED_STYLE[1].glob("*.css"))}
    assert len(sheets) == 4
    assert sheets.pop("chart.css") < 2_000
    assert sum(sheets.values()) < 40_000


def test_every_name_that_the_style_uses_is_given_somewhere() -> None:
    text = (STATIC / "effleurage.css").read_text("utf-8") + (SHARED_STYLE[1] / "tokens.css").read_text("utf-8")
    given = set(re.findall(r"(--[\w-]+):", text))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) - given == set()


@pytest.mark.parametrize("path", re.findall(r'url\("([^"]+)"\)', (STATIC / "effleurage.css").read_text("utf-8")))
def test_what_the_style_sheet_asks_for_is_served(path: str) -> None:
    assert finders.find(f"look/{path}")


def test_no_template_carries_style_or_script_of_its_own() -> None:
    assert templates()
    assert {
        str(path.relative_to(WEB)): found for path in templates() if (found := inline(path.read_text("utf-8")))
    } == {}


@pytest.mark.parametrize(
    "text",
    ["<style>", '<p style="x">', "<script>", '<script type="module">', "<a onclick='x'>", '<a href="javascript:x">'],
)
def test_the_search_finds_what_stands_inline(text: str) -> None:
    assert inline(text)


def test_the_search_lets_linked_scripts_and_dialogs_pass() -> None:
    assert inline('<script src="/a.js" defer></script><a data-dialog="one" class="button">') == []


@pytest.mark.parametrize("name", sorted(ICONS))
def test_icon_is_hidden_from_readers_aloud(name: str) -> None:
    assert 'aria-hidden="true"' in icon(name)


def test_icon_without_a_drawing_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        icon("nothing")


def test_the_highest_bar_fills_its_place_and_none_exceeds_it() -> None:
    bars = dose([{"label": "1", "value": value, "words": "", "now": False} for value in (0, 20, 40, 80)], 40)["bars"]
    assert isinstance(bars, list)
    assert [(bar["height"], bar["y"]) for bar in bars] == [(0, 100), (50, 50), (100, 0), (100, 0)]


def test_text_diff_says_with_signs_what_went_and_what_came() -> None:
    html = rendered("look/text_diff.html", **text_diff("a\nb", "a\nc"))
    assert html.index("Taken out:") < html.index("</del>") < html.index("Added:")
    assert "−" in html
    assert "+" in html


def test_error_is_tied_to_its_field_and_listed_on_top() -> None:
    html = str(sample.context()["wrong"])
    assert 'href="#id_wrong-mail"' in html
    assert 'aria-describedby="id_wrong-mail_error"' in html
    assert 'id="id_wrong-mail_error"' in html


@pytest.mark.parametrize("target", ["side_0", "worse_0", "born"])
def test_summary_links_lead_to_something_that_takes_the_focus(target: str) -> None:
    html = str(sample.context()["wrong"])
    assert f'href="#id_wrong-{target}"' in html
    assert re.search(rf'<input[^>]*id="id_wrong-{target}"', html)


def test_hostile_text_stays_text() -> None:
    evil = "<script>alert(1)</script>"
    banner = dict.fromkeys(("name", "born", "age", "warning", "verdict_words", "identifier"), evil) | {"verdict": "go"}
    html = rendered("look/banner.html", banner=banner) + rendered("look/notice.html", title=evil, text=evil)
    assert "<script>" not in html


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The page of styles behind the real middleware; it needs no database, and so none is made."""
    with override_settings(ROOT_URLCONF="clinic.look.urls"):
        thread = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        assert thread.error is None, thread.error
        yield f"http://localhost:{thread.port}/style/"
        thread.terminate()
        thread.join()


def opened(browser: Browser, url: str, *, width: int, scheme: str) -> tuple[Page, list[str]]:
    """A page, and what went wrong while it opened."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))

    def answered(response: Response) -> None:
        if response.status >= 400 or not response.url.startswith(url.split("/style/")[0]):
            wrong.append(response.url)

    page.on("response", answered)
    page.goto(url)
    return page, wrong


@pytest.mark.browser
@pytest.mark.parametrize("width,scheme", [(320, "light"), (320, "dark"), (768, "light"), (1280, "dark")])
def test_every_layout_fits_the_screen_and_has_no_fault(browser: Browser, address: str, width: int, scheme: str) -> None:
    for layout in LAYOUTS:
        page, wrong = opened(browser, f"{address}?layout={layout}", width=width, scheme=scheme)
        assert wrong == [], layout
        assert page.evaluate("document.documentElement.scrollWidth") <= width, layout
        found = Axe().run(page, options={"preload": False})
        assert found.violations_count == 0, found.generate_report()
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_what_one_taps_is_large_enough(browser: Browser, address: str, width: int) -> None:
    page, _ = opened(browser, address, width=width, scheme="light")
    small = page.evaluate(SMALL, TARGETS)
    assert small == []
    page.close()


@pytest.mark.browser
def test_dialog_opens_where_scripts_run_and_closes_without(browser: Browser, address: str) -> None:
    page, wrong = opened(browser, address, width=1280, scheme="light")
    page.get_by_role("link", name="Withdraw consent").click()
    assert page.get_by_role("dialog", name="Withdraw this consent?").is_visible()
    page.get_by_role("button", name="Keep it").click()
    assert not page.locator("dialog").is_visible()
    assert wrong == []
    page.close()


@pytest.mark.browser
def test_slash_reaches_the_search_until_it_is_switched_off(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=1280, scheme="light")
    focused = "document.activeElement.id"
    page.keyboard.press("/")
    assert page.evaluate(focused) == "sample-search"
    page.evaluate("document.activeElement.blur()")
    page.get_by_role("button", name="The key / goes to the search").click()
    page.keyboard.press("/")
    assert page.evaluate(focused) != "sample-search"
    page.close()


@pytest.mark.browser
def test_closed_region_is_hatched_without_a_style_in_the_picture(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=1280, scheme="light")
    assert page.locator(".body-map style").count() == 0
    fill = page.locator("#body-front-abdomen").evaluate("one => getComputedStyle(one).fill")
    assert fill == 'url("#body-front-hatch")'
    page.close()


@pytest.mark.browser
def test_paper_shows_the_work_and_neither_rail_nor_buttons(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=1280, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".rail", ".foot", ".actions", ".search"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator(".decision").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.close()


MANY_TABS = """() => {
  const tabs = document.querySelector(".tabs");
  tabs.append(...Array.from({ length: 12 }, () => tabs.lastElementChild.cloneNode(true)));
  tabs.querySelectorAll("a").forEach((tab) => { tab.textContent = "Private links"; });
  return tabs.scrollWidth - tabs.clientWidth;
}"""


@pytest.mark.browser
def test_tabs_that_do_not_fit_stand_in_a_second_row(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=1024, scheme="light")
    assert page.evaluate(MANY_TABS) == 0
    page.close()
