"""The whole path in a real browser: registered at the desk, asked by a private link without scripts, decided about,
given a plan that a therapist signs, and the paper of it. Each page is looked at by axe, and kept as a picture.
"""

from __future__ import annotations

import re
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from effleurage.facts.answers import NEVER, Answer, Intake, Items
from effleurage.facts.kinds import Fact, Kind
from effleurage.facts.read_intake import read_intake_file
from effleurage.library import Library
from tests.browser.serving import PASSWORD, Served, fault_free, picture, sign_in

pytestmark = pytest.mark.browser

EXAMPLE = Path(__file__).parents[2] / "examples" / "mild-scoliosis.yaml"
PAGES_AT_MOST = 80


def test_from_registration_to_the_signed_plan_and_its_paper(
    browser: Browser, served: Served, library: Library, tmp_path: Path
) -> None:
    said = read_intake_file(EXAMPLE, library.protocols.facts, on=datetime.now().replace(year=2030))  # noqa: DTZ005
    desk = sign_in(browser.new_context(viewport={"width": 1280, "height": 900}), served, "desk@north.test")
    patient_url = register(desk, served)
    link = private_link(desk, patient_url)

    phone_context = browser.new_context(
        viewport={"width": 320, "height": 700}, java_script_enabled=False, base_url=served.address
    )
    phone_context.set_default_timeout(90_000)
    phone = phone_context.new_page()
    enter_by_link(phone, link)
    asked = answer_all(phone, said, library, ".question, main", patient=True)
    assert 10 <= asked <= 40, f"a healthy adult with a mild curve was asked {asked} pages"

    therapist = sign_in(browser.new_context(viewport={"width": 1280, "height": 900}), served, "lead@north.test")
    therapist.goto(patient_url + "intake/?as=therapist")
    picture(therapist, "questions-of-the-therapist")
    fault_free(therapist)
    answer_all(therapist, said, library, "main", patient=False)

    therapist.goto(patient_url + "decision/")
    fault_free(therapist)
    picture(therapist, "decision")
    assert two_taps_to_a_source(therapist)

    phone.goto(served.at("/my/"))
    assert "Print" not in phone.content()
    regimen = signed_plan(therapist, patient_url)
    paper(therapist, patient_url, tmp_path)

    phone.goto(served.at("/my/"))
    picture(phone, "patient-home-after-signing")
    phone.goto(served.at("/my/plan/"))
    picture(phone, "patient-plan")
    assert regimen in phone.inner_text("main"), "the patient sees what was signed"


def register(page: Page, served: Served) -> str:
    page.goto(served.at("/patients/new/"))
    fault_free(page)
    picture(page, "new-patient")
    fill_person(page)
    page.wait_for_url(re.compile(r"/p/[\w-]{22}/$"))
    url = page.url
    fault_free(page)
    picture(page, "patient")
    page.goto(served.at("/patients/new/"))
    fill_person(page)
    assert "Is this person already here?" in page.inner_text("h1")
    picture(page, "already-here")
    page.click("a.button:has-text('This is the person')")
    assert page.url == url
    return url


def fill_person(page: Page) -> None:
    page.fill("[name=given]", "Olha")
    page.fill("[name=family]", "Kovalenko")
    page.fill("[name=birth_date]", "3.5.1988")
    page.fill("[name=phone]", "+380 44 000 00 00")
    page.click("main button.primary")


def private_link(page: Page, patient_url: str) -> str:
    page.goto(patient_url + "links/")
    fault_free(page)
    page.locator("main form button.primary").first.click()
    picture(page, "private-link")
    fault_free(page)
    return page.inner_text("main code").strip()


def enter_by_link(page: Page, link: str) -> None:
    page.goto(link)
    assert "Kovalenko" not in page.content()
    picture(page, "patient-birth-date")
    page.fill("[name$='-d']", "3")
    page.select_option("[name$='-m']", "5")
    page.fill("[name$='-y']", "1988")
    page.click("main button.primary")
    picture(page, "patient-home")


def answer_all(page: Page, said: Intake, library: Library, where: str, *, patient: bool) -> int:
    """Answers page after page as the example says, and "I don't know" where it says nothing; returns how many.

    A click is over once the next page begins to arrive, and half a page has no question in it yet: each page is waited
    for whole, and the end is what the last page says.
    """
    over = "that is all we need from you now" if patient else "Nothing more to answer for you"
    if patient:
        page.goto(page.url.split("/my/")[0] + "/my/questions/")
    for number in range(PAGES_AT_MOST):
        hidden = page.locator("input[name=asked]")
        if not hidden.count():
            assert over in page.inner_text("main"), page.inner_text("main")
            picture(page, f"{'patient' if patient else 'therapist'}-questions-done")
            return number
        if patient and number in (0, 5, 8):
            picture(page, f"patient-question-{number}")
        names = (hidden.first.get_attribute("value") or "").split()
        fill(page, [library.protocols.facts[name] for name in names], said)
        with page.expect_navigation():
            page.locator("form:has(input[name=asked]) button.primary").first.click()
        wrong = page.locator(".error-summary")
        assert not wrong.count(), f"{names}: {wrong.first.inner_text()}"
    raise AssertionError("the questions do not end")


def fill(page: Page, facts: list[Fact], said: Intake) -> None:
    if page.locator("input[name=batch]").count():
        yes = [fact.name for fact in facts if fact.name in said.answers and said.answers[fact.name].value is True]
        for name in yes:
            page.check(f"input[name=batch][value='={name}']", force=True)
        if not yes:
            page.check("input[name=batch][value=none]", force=True)
        return
    for fact in facts:
        if page.locator(f"#q-{fact.name}").count():
            fill_one(page, fact, said.answers.get(fact.name))


def fill_one(page: Page, fact: Fact, answer: Answer | None) -> None:
    key = f"q-{fact.name}"
    value = answer.value if answer else None
    if value is None or (value is NEVER and not page.locator(f"input[name='{key}-say'][value=never]").count()):
        name = key if fact.kind in (Kind.YES_NO, Kind.CHOICE) else f"{key}-say"
        page.check(f"input[name='{name}'][value=unknown]", force=True)
    elif value is NEVER:
        page.check(f"input[name='{key}-say'][value=never]", force=True)
    elif isinstance(value, bool):
        page.check(f"input[name='{key}'][value='={'yes' if value else 'no'}']", force=True)
    elif isinstance(value, datetime):
        page.fill(f"[name='{key}-d']", str(value.day))
        page.select_option(f"[name='{key}-m']", str(value.month))
        page.fill(f"[name='{key}-y']", str(value.year))
    elif isinstance(value, Items):
        fill_items(page, fact, value)
    elif isinstance(value, int):
        page.fill(f"[name='{key}']", f"{Decimal(value).scaleb(-fact.decimals):f}")
    else:
        page.check(f"input[name='{key}'][value='={value}']", force=True)


def fill_items(page: Page, fact: Fact, value: Items) -> None:
    key = f"q-{fact.name}"
    if not value.names:
        page.check(f"input[name='{key}-say'][value=none]", force=True)
        return
    words = dict(fact.options)
    for number, name in enumerate(value.names):
        if page.locator(f"input[type=checkbox][name='{key}']").count():
            page.check(f"input[name='{key}'][value='={name}']", force=True)
        else:
            page.locator(f"input[name='{key}']").nth(number).fill(words[name])
    page.check(f"input[name='{key}-all'][value={'yes' if value.complete else 'no'}]", force=True)


def two_taps_to_a_source(page: Page) -> bool:
    """From the decision, one tap opens a reason with its source, the second follows it."""
    first = page.locator("aside.why details").first
    assert not first.locator("li").first.is_visible()
    first.locator("summary").click()
    return first.locator("li").first.is_visible()


def signed_plan(page: Page, patient_url: str) -> str:
    """Chooses the first regimen and signs; its title."""
    page.goto(patient_url + "plan/")
    fault_free(page)
    picture(page, "plan-to-choose")
    card = page.locator("article:has(button:has-text('Choose this'))").first
    title = card.locator("h3").inner_text()
    card.locator("button:has-text('Choose this')").click()
    page.wait_for_url(re.compile("/sign/$"))
    fault_free(page)
    picture(page, "sign-not-yet")
    page.click("a.button:has-text('Sign in again')")
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").first.click()
    page.wait_for_url(re.compile("/sign/$"))
    page.click("main button:has-text('Sign')")
    page.wait_for_url(re.compile("/plan/$"))
    assert "signed" in page.inner_text("main")
    fault_free(page)
    picture(page, "plan-signed")
    return title


def paper(page: Page, patient_url: str, folder: Path) -> None:
    """The PDF: its words, and its pages as pictures that are not blank."""
    href = page.locator("a:has-text('Print for the therapist')").first.get_attribute("href") or ""
    answer = page.request.get(patient_url.split("/p/")[0] + href)
    assert answer.status == 200
    file = folder / "plan.pdf"
    file.write_bytes(answer.body())
    pages = PdfReader(file).pages
    assert all("Kovalenko" in each.extract_text() for each in pages)
    subprocess.run(["pdftoppm", "-png", "-r", "60", str(file), str(folder / "page")], check=True)
    pictures = sorted(folder.glob("page*.png"))
    assert len(pictures) == len(pages)
    for one in pictures:
        with Image.open(one) as image:
            assert len(image.convert("L").getcolors(256) or ()) > 8, f"{one.name} is blank"
