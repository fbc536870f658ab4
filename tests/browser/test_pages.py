"""The printed pages in a real browser: nothing fetched, nothing that axe finds wrong, nothing wider than the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from effleurage.commands.common import read_patient, taken
from effleurage.library import Library
from effleurage.pathway import treatment
from effleurage.plan.plan import Plan
from effleurage.render.letter import letter_page
from effleurage.render.page import plan_page

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WIDTHS = (320, 768, 1280)
NAMES = ("both-conditions", "mild-scoliosis", "double-curve", "nothing-known", "new-back-pain", "numb-saddle")


def made(name: str, library: Library) -> tuple[str, Plan]:
    path = EXAMPLES / f"{name}.yaml"
    read = read_patient([path], library, on=taken(path))
    whole = treatment(intake=read.intake, library=library, on=read.intake.on)
    html = plan_page(plan=whole.plan, library=library, intake=read.intake, script=whole.script, chosen=whole.chosen)
    return html, whole.plan


def opened(browser: Browser, html: str, *, width: int = 1280, scheme: str = "light") -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(html)
    return page, asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_plan_page_has_no_fault_and_asks_for_nothing(
    browser: Browser, library: Library, name: str, scheme: str
) -> None:
    page, asked = opened(browser, made(name, library)[0], scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
    page.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_plan_page_fits_the_screen(browser: Browser, library: Library, name: str, width: int) -> None:
    page, _ = opened(browser, made(name, library)[0], width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_plan_page_prints_on_few_pages(browser: Browser, library: Library) -> None:
    """In whatever font the machine has; a wide one takes nine."""
    page, _ = opened(browser, made("mild-scoliosis", library)[0])
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
    assert 2 <= pages <= 10
    page.close()


def test_body_map_and_table_say_the_same(browser: Browser, library: Library) -> None:
    html, plan = made("both-conditions", library)
    page, _ = opened(browser, html)
    drawn = dict(
        page.eval_on_selector_all("[data-region]", "all => all.map(one => [one.id, one.getAttribute('class')])")
    )
    words = plan.decision.protocols.vocabulary
    for region in words.regions:
        shapes = [classes for key, classes in drawn.items() if key.endswith(region.name)]
        assert shapes, region.name
        assert all(f"level-{plan.decision.limits.ceiling(region.name)}" in classes for classes in shapes), region.name
    page.close()


@pytest.mark.hazard("H17")
def test_sides_are_the_patients_and_the_curve_is_on_its_side(browser: Browser, library: Library) -> None:
    """From behind, the patient's left is on the left of the picture; from the front it is on the right."""
    page, _ = opened(browser, made("double-curve", library)[0])

    def centre(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box, selector
        return box["x"] + box["width"] / 2

    for view, left_first in (("back", True), ("front", False)):
        left, right = (centre(f"svg[id*='{view}'] [id$='upper_arm_{side}']") for side in ("left", "right"))
        assert (left < right) is left_first, view
    labels = " ".join(page.locator("svg .curve-label").all_text_contents())
    assert "thoracic" in labels
    assert "patient's right" in labels
    page.close()


@pytest.mark.parametrize("name", ["new-back-pain", "numb-saddle", "late-denosumab"])
def test_letter_has_no_fault(browser: Browser, library: Library, name: str) -> None:
    path = EXAMPLES / f"{name}.yaml"
    read = read_patient([path], library, on=taken(path))
    plan = treatment(intake=read.intake, library=library, on=read.intake.on).plan
    html = letter_page(plan=plan, library=library, intake=read.intake, referral=plan.referrals[0])
    page, asked = opened(browser, html, width=768)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert [url for url in asked if not url.startswith(("data:", "about:"))] == []
    page.close()
