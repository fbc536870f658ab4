"""Sessions of the staff: the lock, the end of the day, one's own list of them, language, and the moment to sign."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from clinic.accounts.models import Membership, Role, User
from clinic.accounts.sessions import end_sessions
from clinic.actions import account
from clinic.records import languages
from clinic.records.journal import verify
from effleurage.errors import ContentError
from tests.web.account_people import PASSWORD, Person, events, sign_in, with_app, with_password
from tests.web.conftest import House

pytestmark = pytest.mark.urls("tests.web.account_pages")
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    now: datetime

    def go(self, step: timedelta) -> None:
        self.now += step


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(timezone.now())
    monkeypatch.setattr("django.utils.timezone.now", lambda: made.now)
    return made


@pytest.fixture
def person(house: House) -> Person:
    return with_app(house.people[Role.THERAPIST])


@pytest.fixture
def inside(client: Client, person: Person, clock: Clock) -> Client:
    sign_in(client, person)
    return client


def text(response: object) -> str:
    return str(response.content.decode())  # type: ignore[attr-defined]


def test_a_session_stays_open_for_almost_a_quarter_of_an_hour(inside: Client, clock: Clock) -> None:
    for _ in range(3):
        clock.go(15 * MINUTE - timedelta(seconds=1))
        assert inside.get("/patients/").status_code == 200


def test_a_session_that_nobody_used_locks_and_goes_on_where_it_was(
    inside: Client, person: Person, clock: Clock
) -> None:
    clock.go(15 * MINUTE + timedelta(seconds=1))
    assert inside.get("/patients/?q=berg").headers["Location"] == "/locked/"
    for closed in ("/", "/me/", "/me/confirm/", "/me/second/app/"):
        assert inside.get(closed).headers["Location"] == "/locked/"
    assert inside.post("/me/here/").headers["Location"] == "/locked/"
    assert person.user.name in text(inside.get("/locked/"))
    assert inside.post("/locked/", {"password": "wrong one"}).status_code == 200
    assert inside.get("/").headers["Location"] == "/locked/"
    assert inside.post("/locked/", {"password": PASSWORD}).headers["Location"] == "/patients/?q=berg"
    assert inside.get("/patients/").status_code == 200
    assert [row.event for row in events()] == [
        "account.sign_in", "account.lock", "account.sign_in_failed", "account.unlock",
    ]  # fmt: skip
    assert verify() == []


def test_a_code_unlocks_as_well(inside: Client, person: Person, clock: Clock) -> None:
    inside.post("/lock/", {"next": "/work/"})
    assert inside.post("/locked/", {"code": person.code(1)}).headers["Location"] == "/work/"


def test_the_lock_holds_although_the_clock_moves_on_and_is_written_once(inside: Client, clock: Clock) -> None:
    inside.post("/lock/", {"next": "/patients/"})
    clock.go(2 * MINUTE)
    for address in ("/", "/work/"):
        assert inside.get(address).headers["Location"] == "/locked/"
    assert len(events("account.lock")) == 1
    assert inside.post("/locked/", {"password": PASSWORD}).headers["Location"] == "/patients/"


def test_what_is_sent_into_a_locked_session_is_not_done_and_says_so(inside: Client, clock: Clock) -> None:
    clock.go(16 * MINUTE)
    sent = inside.post("/patients/", {"x": "1"}, headers={"Referer": "http://testserver/patients/new/"})
    assert sent.headers["Location"] == "/locked/"
    assert "was not saved" in text(inside.get("/locked/"))
    assert inside.post("/locked/", {"password": PASSWORD}).headers["Location"] == "/patients/new/"


def test_a_part_of_a_page_that_meets_the_lock_takes_the_whole_page_there(inside: Client, clock: Clock) -> None:
    clock.go(16 * MINUTE)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/patients/?q=b"}
    answer = inside.get("/patients/", headers=headers)
    assert answer.headers["HX-Redirect"] == "/locked/"
    assert inside.post("/locked/", {"password": PASSWORD}).headers["Location"] == "/patients/?q=b"


def test_somebody_else_can_sign_in_at_a_locked_screen(inside: Client, house: House, clock: Clock) -> None:
    other = with_app(house.people[Role.FRONT_DESK])
    clock.go(16 * MINUTE)
    inside.get("/patients/")
    assert inside.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert sign_in(inside, other) == "/"
    assert "the room of Front desk North" in text(inside.get("/"))


def test_a_code_that_was_seen_on_the_telephone_does_not_count_again_while_it_would_fit(
    client: Client, person: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = clock.now.replace(second=0)
    monkeypatch.setattr("time.time", lambda: clock.now.timestamp())
    seen = person.code()
    sign_in(client, person)
    client.post("/lock/")
    clock.go(timedelta(seconds=31))
    assert seen == person.code(-1), "it would still fit"
    assert client.post("/locked/", {"code": seen}).status_code == 200
    assert client.post("/locked/", {"code": person.code()}).status_code == 302


def test_somebody_elses_password_does_not_unlock(inside: Client, house: House, clock: Clock) -> None:
    other = with_password(house.people[Role.FRONT_DESK])
    other.set_password("nine red kites over it")
    other.save()
    inside.post("/lock/")
    assert inside.post("/locked/", {"password": "nine red kites over it"}).status_code == 200


def test_tries_at_the_lock_are_limited(inside: Client) -> None:
    inside.post("/lock/")
    for _ in range(5):
        inside.post("/locked/", {"password": "wrong one"})
    assert "too many wrong tries" in text(inside.post("/locked/", {"password": PASSWORD}))


def test_after_twelve_hours_a_session_ends_however_busy_it_was(inside: Client, clock: Clock) -> None:
    for _ in range(71):
        clock.go(10 * MINUTE)
        assert inside.get("/").status_code == 200
    clock.go(10 * MINUTE - timedelta(seconds=1))
    assert inside.get("/").status_code == 200
    clock.go(timedelta(seconds=1))
    assert inside.get("/patients/").headers["Location"] == "/sign-in/?next=%2Fpatients%2F"
    assert "twelve hours" in text(inside.get("/sign-in/"))
    assert events()[-1].event == "account.sign_out"
    assert events()[-1].why == "twelve hours"


def test_use_is_not_written_at_every_click(inside: Client, clock: Clock) -> None:
    clock.go(timedelta(seconds=5))
    inside.get("/")
    before = inside.session["seen-at"]
    clock.go(timedelta(seconds=5))
    inside.get("/")
    assert inside.session["seen-at"] == before
    clock.go(timedelta(seconds=20))
    inside.get("/")
    assert inside.session["seen-at"] == clock.now.timestamp()


def test_a_confirmation_is_for_one_signature_within_five_minutes(inside: Client, clock: Clock) -> None:
    assert inside.get("/sign/").headers["Location"] == "/me/confirm/?next=%2Fsign%2F"
    assert inside.post("/me/confirm/", {"password": "wrong one", "next": "/sign/"}).status_code == 200
    assert inside.get("/sign/").status_code == 302
    confirmed = inside.post("/me/confirm/?next=/sign/", {"password": PASSWORD, "next": "/sign/"})
    assert confirmed.headers["Location"] == "/sign/"
    assert text(inside.get("/sign/")) == "signed"
    assert inside.get("/sign/").status_code == 302, "it is spent"
    inside.post("/me/confirm/", {"password": PASSWORD})
    clock.go(5 * MINUTE + timedelta(seconds=1))
    assert inside.get("/sign/").status_code == 302, "it is too old"
    assert len(events("account.confirm")) == 2


def test_signing_in_or_unlocking_does_not_count_as_a_confirmation(inside: Client) -> None:
    inside.post("/lock/")
    inside.post("/locked/", {"password": PASSWORD})
    assert inside.get("/sign/").status_code == 302


def test_a_closed_account_is_out_at_its_next_click(inside: Client, person: Person) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)
    assert inside.get("/").headers["Location"].startswith("/sign-in/")
    assert "_auth_user_id" not in inside.session


def test_who_lost_the_last_role_is_out_at_the_next_click(inside: Client, person: Person) -> None:
    Membership.objects.filter(user=person.user).delete()
    assert inside.get("/").headers["Location"].startswith("/sign-in/")
    assert "no role here" in text(inside.get("/sign-in/"))


def test_all_sessions_of_somebody_can_be_ended(inside: Client, person: Person) -> None:
    end_sessions(person.user)
    assert inside.get("/").headers["Location"].startswith("/sign-in/")


def test_a_new_password_ends_the_sessions_elsewhere(inside: Client, person: Person) -> None:
    other = Client()
    sign_in(other, person, 1)
    new = {"oldpassword": PASSWORD, "password1": "nine red kites over it", "password2": "nine red kites over it"}
    inside.post("/me/password/", new)
    assert inside.get("/").status_code == 200
    assert other.get("/").headers["Location"].startswith("/sign-in/")


def test_ones_own_sessions_are_listed_and_can_be_ended(inside: Client, person: Person) -> None:
    other = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    sign_in(other, person, 1)
    page = text(inside.get("/me/"))
    assert "Firefox, Windows" in page
    assert "This one" in page
    theirs = UserSession.objects.get(session_key=other.session.session_key)
    assert inside.post(f"/me/sessions/{theirs.pk}/end/").headers["Location"] == "/me/"
    assert other.get("/").headers["Location"].startswith("/sign-in/")
    assert inside.get("/").status_code == 200
    assert len(events("account.session_end")) == 1


def test_somebody_elses_session_cannot_be_ended(inside: Client, house: House) -> None:
    colleague, client = with_app(house.people[Role.FRONT_DESK]), Client()
    sign_in(client, colleague)
    theirs = UserSession.objects.get(user=colleague.user)
    with pytest.raises(account.ForPeople):
        account.end_session(house.doing(Role.THERAPIST), session=theirs.pk)
    assert inside.get(f"/me/sessions/{theirs.pk}/end/").status_code == 405
    assert client.get("/").status_code == 200


def test_reading_changes_nothing(inside: Client) -> None:
    before = len(events())
    for address in ("/sign-out/", "/me/", "/me/confirm/", "/me/second/", "/locked/"):
        inside.get(address)
    assert len(events()) == before
    assert inside.get("/").status_code == 200


def test_a_language_that_lacks_a_safety_sentence_is_not_offered(
    inside: Client, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = (
        languages.Offer("en", "English"),
        languages.Offer("uk", "Українська"),
        languages.Offer("ru", "Русский", "x"),
    )
    monkeypatch.setattr(languages, "_offers", lambda content_hash, reader: offers)
    assert [offer.code for offer in languages.offered(person.user.clinic_id)] == ["en", "uk"]
    assert inside.post("/language/", {"language": "uk", "next": "/me/"}).headers["Location"] == "/me/"
    assert inside.get("/me/").headers["Content-Language"] == "uk"
    person.user.refresh_from_db()
    assert person.user.language == "uk"
    with pytest.raises(account.ForPeople, match="not whole"):
        account.choose_language(account_doing(person), code="ru")
    monkeypatch.setattr(languages, "_offers", lambda content_hash, reader: offers[:1])
    assert inside.get("/me/").headers["Content-Language"] == "en", "a language that is blocked later falls back whole"


def account_doing(person: Person) -> account.Doing:
    return account.Doing(actor=account.staff(person.user), now=timezone.now(), token=str, via="test")


def test_a_broken_file_of_a_language_blocks_it_and_breaks_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*rest: object) -> object:
        raise ContentError(where="languages/uk", what="This line cannot be read.", remedy="Mend it.")

    languages._offers.cache_clear()
    monkeypatch.setattr(languages, "translated", broken)
    monkeypatch.setattr(languages, "_pages", lambda code: set())
    try:
        found = {offer.code: offer.blocked for offer in languages.languages()}
        assert found["en"] == ""
        assert "cannot be read" in found["uk"]
    finally:
        languages._offers.cache_clear()


def test_the_language_of_a_visitor_is_the_browsers_if_it_is_offered(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = (languages.Offer("en", "English"), languages.Offer("uk", "Українська"))
    monkeypatch.setattr(languages, "_offers", lambda content_hash, reader: offers)
    for asked, spoken in (("uk", "uk"), ("ru", "en"), ("de", "en")):
        answer = client.get("/sign-in/", headers={"Accept-Language": asked})
        assert answer.headers["Content-Language"] == spoken
    client.post("/language/", {"language": "uk"})
    assert client.get("/sign-in/").headers["Content-Language"] == "uk"


@pytest.fixture(scope="module")
def beside_database(browser: Browser) -> Iterator[Browser]:
    """A browser whose loop, in this very thread, the framework does not take for a mistake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser
        connections.close_all()  # within its loop the framework holds a connection of its own


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        pass


class SharingServer(ThreadedWSGIServer):
    """Answers inside the transaction of the test, and so does not close its connection after an answer."""

    def _close_connections(self) -> None:
        pass


@pytest.fixture
def server(beside_database: Browser, db: None, settings: object) -> Iterator[str]:
    """The application behind a real port, inside the transaction of the test: a passkey needs the name localhost."""
    settings.ALLOWED_HOSTS = ["localhost"]  # type: ignore[attr-defined]
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    shared = connections["default"]
    shared.inc_thread_sharing()
    made = SharingServer(("localhost", 0), Silent, connections_override={"default": shared})
    made.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://localhost:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()
    shared.dec_thread_sharing()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def page(beside_database: Browser) -> Iterator[Page]:
    context = beside_database.new_context()
    made = context.new_page()
    devtools = context.new_cdp_session(made)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield made
    context.close()


@pytest.mark.browser
def test_a_passkey_is_made_signs_in_and_unlocks(server: str, page: Page, house: House) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if "Security Policy" in message.text else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    user = with_password(house.people[Role.THERAPIST])
    page.goto(f"{server}/sign-in/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="A passkey").click()
    page.fill("[name=name]", "Telephone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator("li code").count() == 10
    page.get_by_role("link", name="I have kept them").click()
    assert "the room of" in page.content()
    made = Authenticator.objects.get(user=user, type="webauthn")
    assert made.wrap().name == "Telephone"
    page.goto(f"{server}/me/")
    page.locator("main").get_by_role("button", name="Lock").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{server}/")
    page.goto(f"{server}/me/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{server}/")
    assert "the room of Therapist North" in page.content()
    assert events("account.sign_in")[-1].why == "webauthn"
    page.goto(f"{server}/sign/")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{server}/sign/")
    assert "signed" in page.content()
    assert problems == []


@pytest.mark.browser
def test_a_page_that_nobody_uses_goes_away_by_itself(
    server: str, page: Page, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = with_app(house.people[Role.THERAPIST])
    page.goto(f"{server}/sign-in/")
    page.fill("[name=login]", person.user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.fill("[name=code]", person.code())
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{server}/")
    with monkeypatch.context() as hurry:
        hurry.setattr("clinic.config.middleware.IDLE", timedelta(seconds=3))
        page.goto(f"{server}/me/?a=1", wait_until="commit")
        page.get_by_role("heading", name="Locked").wait_for()
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Unlock").first.click()
    page.wait_for_url(f"{server}/me/?a=1")
