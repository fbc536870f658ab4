"""A therapist's hands on a tablet: they touch what is on the screen, and know nothing of how it works."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.serving import Served
from tests.conftest import CHROMIUM, FLAGS

PIN = "135790"
TABLET = {"width": 1024, "height": 768}
PHONE = {"width": 360, "height": 740}
MOST_TOUCHES = 400
SETTLED = """async () => {
  const frame = () => new Promise((resolve) => setTimeout(resolve, 20));
  await frame();
  while (document.body.dataset.busy) await frame();
}"""
"""What a touch sets going has begun by the next turn of the page, and has ended when it is not busy any more."""
PATIENT = """(() => {
  window.timeoutOf = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => timeoutOf(10 * milliseconds);
})()"""
"""A page that waits for a server longer than a therapist would, since a machine under test may be that slow."""
IMPATIENT = "() => { AbortSignal.timeout = timeoutOf; }"
"""And one that does not."""


def opened(playwright: Playwright, profile: Path, served: Served, **more: object) -> BrowserContext:
    """A browser with a folder of its own, so that closing it is like a crash and opening it again like a start."""
    found = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=CHROMIUM, args=FLAGS, viewport=more.pop("viewport", TABLET),
        base_url=served.address, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    found.set_default_timeout(60_000)
    found.add_init_script(PATIENT)
    return found


class Table:
    """One page of the tablet."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.context, self.served = context, served
        self.page: Page = context.pages[0] if context.pages else context.new_page()
        self.faults: list[str] = []
        self.listen()

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        keep = self.context.new_cdp_session(self.page)
        keep.send("Browser.grantPermissions", {"permissions": ["durableStorage"], "origin": self.served.address})

    # ---- the door

    def go(self) -> Table:
        self.page.goto("/table/")
        self.page.wait_for_selector("body[data-screen]")
        return self

    def make_ready(self, name: str = "Blue room") -> Table:
        self.go()
        self.page.fill("#tablet-name", name)
        self.page.fill("#pin-new", PIN)
        self.page.fill("#pin-again", PIN)
        self.page.click("main button.primary")
        self.at("visits")
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        return self

    def unlock(self, pin: str = PIN) -> Table:
        self.at("unlocking")
        self.page.fill("#pin", pin)
        self.page.click("main button[type=submit]")
        return self

    def again(self) -> Table:
        """After a reload or a start: the PIN, and on with whatever was under way."""
        self.go()
        self.unlock()
        self.page.wait_for_selector("body:not([data-screen=unlocking])")
        return self

    def start_offline(self) -> Table:
        """The page after it was closed, as somebody opens it where there is no network."""
        self.page.goto("about:blank")
        self.context.set_offline(True)
        return self.again()

    # ---- looking

    @property
    def screen(self) -> str:
        return str(self.page.evaluate("document.body.dataset.screen"))

    def at(self, screen: str) -> Table:
        self.page.wait_for_selector(f"body[data-screen={screen}]")
        return self

    def sees(self, words: str) -> bool:
        return words in self.page.inner_text("body")

    @property
    def unsent(self) -> int:
        found = re.search(r"(\d+) not sent", self.page.inner_text("#status"))
        return int(found[1]) if found else 0

    def sent(self) -> Table:
        """Waits until the line at the top says that nothing waits."""
        expect(self.page.locator("#status")).to_contain_text("All sent", timeout=90_000)
        return self

    # ---- touching

    def touch(self, words: str, within: str = "body") -> Table:
        self.page.locator(
            f"{within} button:visible:not([disabled])", has_text=re.compile(f"^{re.escape(words)}$")
        ).first.click()
        return self

    def settle(self) -> Table:
        """Until what was touched has been written and shown."""
        self.page.evaluate(SETTLED)
        return self

    def open(self, name: str) -> Table:
        self.page.locator("button.visit", has_text=name).first.click()
        self.page.wait_for_selector("body:not([data-screen=visits])")
        return self

    def check_in(self) -> Table:
        self.at("arrive")
        for identifier in ("name", "birth_date"):
            self.page.check(f"[data-identifier={identifier}]")
        self.page.check("#photo-seen")
        self.touch("Same person")
        return self.at("before")

    def next_before(self) -> str:
        """One touch further in the checks and questions before the first touch; what was on the screen.

        A slow machine may draw the next page while this one is being answered: then that one is answered instead.
        """
        page, onward = self.page, self.page.locator("#controls .button.primary:visible:not([disabled])")
        while True:
            title, shown = page.inner_text("#title"), page.inner_text("#main")
            self.answer_calmly()
            try:
                onward.first.click(timeout=10_000)
            except PlaywrightTimeout:
                assert page.inner_text("#main") != shown, f"nothing leads on from here: {shown}"
            else:
                self.settle()
                return title

    def answer_calmly(self) -> None:
        """What a healthy person says to all that is asked on the screen."""
        page = self.page
        if page.locator(".with-unit .number").count() and page.locator(".numbers").count():
            for field, value in zip(page.locator(".numbers .number").all(), ("124", "78"), strict=False):
                field.fill(value)
        if page.locator(".scale").count():
            page.locator(".scale label", has_text=re.compile("^2$")).click()
        for asked in page.locator("fieldset.asked").all():
            _answer_calmly(asked)

    def begin(self) -> Table:
        """Through every check to the first step."""
        for _ in range(MOST_TOUCHES):
            if self.screen != "before":
                break
            self.next_before()
        return self.at("run")

    def do_step(self) -> Table:
        """Answers what is asked, and ends what runs."""
        self.page.locator("#controls .button.main").click()
        return self.settle()

    def finish(self) -> Table:
        for _ in range(MOST_TOUCHES):
            if self.screen != "run":
                break
            self.comfort()
            self.do_step()
        return self.at("after")

    def comfort(self, answer: str = "Comfortable") -> None:
        while self.page.locator(".ask-now .answers .button", has_text=re.compile(f"^{answer}$")).count():
            self.touch(answer, ".ask-now")
            self.settle()

    def close(self, reaction: str = "none") -> Table:
        for _ in range(MOST_TOUCHES):
            if self.screen != "after":
                break
            if self.page.locator("input[name=reaction]").count():
                self.page.check(f"input[name=reaction][value={reaction}]", force=True)
                self.page.locator("#controls .button.primary:visible:not([disabled])").first.click()
                self.settle()
            else:
                self.next_before()
        return self.at("end")

    def whole(self, name: str, during: Callable[[Table], None] | None = None) -> Table:
        """A session from the list to the end."""
        self.open(name).check_in().begin()
        if during:
            during(self)
        return self.finish().close()

    def learn(self, words: str, answer: str = "Yes", *, pick: str = "") -> Table:
        """Something new: found by these words, answered, decided."""
        self.touch("Something new")
        self.at("news")
        self.page.fill("#search", words)
        self.page.locator(".facts .fact", has_text=pick or words).first.click()
        self.page.locator(".asked label", has_text=re.compile(f"^{answer}$")).click()
        self.touch("Decide again")
        self.page.wait_for_selector("body:not([data-screen=news])")
        return self.settle()

    # ---- the straight way

    def wander_calmly(self) -> None:
        """One touch further on the straight way through a session."""
        screen = self.screen
        if screen == "run":
            question = self.page.locator(".ask-now .answers .button", has_text=re.compile("^Comfortable$"))
            question.first.click() if question.count() else self.page.locator("#controls .button.main").click()
        elif screen == "after" and self.page.locator("input[name=reaction]").count():
            self.page.check("input[name=reaction][value=none]", force=True)
            self.page.locator("#controls .button.primary").click()
        else:
            self.next_before()
        self.settle()


def _answer_calmly(asked) -> None:
    """What a healthy person says."""
    for value in ("no", "never", "!", "-", "none"):
        box = asked.locator(f"input[value='{value}']")
        if box.count():
            box.first.check(force=True)
            return
    if asked.locator("input.number").count():
        asked.locator("input.number").fill("1")
    elif asked.locator("input[type=radio]").count():
        asked.locator("input[type=radio]").first.check(force=True)
