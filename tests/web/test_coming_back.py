"""Where somebody is after the lock or after signing in: on the page that they had opened, never on what it fetched."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from clinic.accounts.models import Role
from tests.web.account_people import PASSWORD, sign_in, with_app
from tests.web.conftest import House

SEEN = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCHED = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
OLD_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OLD_FETCH = {"Accept": "*/*"}
TABLE = {"Referer": "http://testserver/table/"}


class Clock:
    def __init__(self) -> None:
        self.now: datetime = timezone.now()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: made.now)
    return made


@pytest.fixture
def locked(client: Client, house: House, clock: Clock) -> Client:
    """A browser whose session nobody has used for a while; what it asks for next meets the lock."""
    sign_in(client, with_app(house.people[Role.THERAPIST]))
    clock.now += timedelta(minutes=16)
    return client


def back(client: Client) -> str:
    return str(client.post("/locked/", {"password": PASSWORD}).headers["Location"])


@pytest.mark.parametrize(
    "address, headers, page",
    [
        ("/patients/?q=berg", SEEN, "/patients/?q=berg"),
        ("/patients/?q=berg", OLD_BROWSER, "/patients/?q=berg"),
        ("/patients/?q=berg", {}, "/patients/?q=berg"),
        ("/patients/", FETCHED | TABLE, "/table/"),
        ("/patients/", OLD_FETCH | TABLE, "/table/"),
        ("/patients/", FETCHED, "/"),
        ("/table/token/", FETCHED | TABLE, "/table/"),
        ("/table/token/", OLD_FETCH | TABLE, "/table/"),
        ("/table/token/", TABLE, "/table/"),
        ("/table/token/", {}, "/"),
        ("/table/token/", SEEN, "/"),
        ("/table/", FETCHED | {"Referer": "http://testserver/table/sw.js"}, "/"),
        ("/table/sw.js", {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "serviceworker"} | TABLE, "/table/"),
        ("/table/manifest.webmanifest", FETCHED | TABLE, "/table/"),
        ("/patients/", {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, "/"),
    ],
)
def test_the_lock_leads_back_to_a_page_and_never_to_what_a_page_fetched(
    locked: Client, address: str, headers: dict[str, str], page: str
) -> None:
    locked.get(address, headers=headers)
    assert back(locked) == page


@pytest.mark.parametrize("headers", [FETCHED | TABLE, SEEN])
def test_signing_in_never_leads_to_what_a_page_fetched(
    client: Client, house: House, clock: Clock, headers: dict[str, str]
) -> None:
    program = f"/table/content/{'0' * 64}/en.js"
    sent = client.get(program, headers=headers).headers["Location"]
    assert quote(program, safe="") not in sent
    assert client.get("/patients/", headers=SEEN).headers["Location"] == "/sign-in/?next=%2Fpatients%2F"
