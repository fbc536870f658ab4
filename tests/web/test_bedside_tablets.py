"""Tablets: made, opened by a PIN, lost and taken out of use; the door in JSON; what a browser keeps of the shell."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Membership, Role, User
from clinic.actions.permissions import NotAllowed
from clinic.actions.tablets import TRIES, register_tablet
from clinic.bedside import shell
from clinic.desk import account_session
from clinic.records.content import built_in
from clinic.records.journal import verify
from clinic.records.models import MassageSession, SessionEvent
from clinic.records.models import Tablet as TabletRow
from clinic.records.seal import sealed
from clinic.records.speech import spoken
from effleurage.errors import InputError
from effleurage.offline.module import offline_module
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, rows_of, signed_in, text
from tests.web.table import HERE, SALT, VERIFIER, Tablet, post, ready

WRONG = "cd" * 32


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def test_a_tablet_gets_half_a_key_and_the_server_never_learns_the_pin(house: House) -> None:
    tablet = Tablet(house)
    row = TabletRow.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", tablet.half)
    assert (row.half, row.salt, row.user) == (tablet.half, SALT, house.people[Role.THERAPIST])
    assert VERIFIER not in json.dumps(list(TabletRow.objects.values_list("verifier", "name", "public")))
    assert verify() == []


def test_the_right_pin_brings_the_half_and_forgets_the_wrong_ones(house: House) -> None:
    tablet = Tablet(house)
    answer = post(tablet.browser, "unlock", {"tablet": tablet.public, "verifier": WRONG})
    assert (answer.status_code, answer.json()["wrong"], answer.json()["left"]) == (403, 1, 4)
    answer = post(tablet.browser, "unlock", {"tablet": tablet.public, "verifier": VERIFIER})
    assert (answer.status_code, answer.json()["half"]) == (200, tablet.half)
    assert answer.json()["csrf"]
    assert TabletRow.objects.get().wrong_pins == 0


def test_the_fifth_wrong_pin_takes_the_tablet_out_of_use_for_good(house: House) -> None:
    tablet = Tablet(house)
    left = [
        post(tablet.browser, "unlock", {"tablet": tablet.public, "verifier": WRONG}).json()["left"]
        for _ in range(TRIES)
    ]
    assert left == [4, 3, 2, 1, 0]
    row = TabletRow.objects.get()
    assert row.revoked_at == NOW
    assert row.half == "", "without it nothing that the tablet carries can be read"
    for verifier in (WRONG, VERIFIER):
        assert post(tablet.browser, "unlock", {"tablet": tablet.public, "verifier": verifier}).status_code == 410
    assert [row.why for row in rows_of("tablet.unlock")] == ["wrong PIN"] * (TRIES - 1)
    assert [row.why for row in rows_of("tablet.revoke")] == ["wrong PIN"], "the journal names what the fifth came to"


def test_nobody_opens_the_tablet_of_somebody_else(house: House) -> None:
    tablet = Tablet(house)
    browser = at_desk(house, Role.CLINICAL_LEAD)
    assert post(browser, "unlock", {"tablet": tablet.public, "verifier": VERIFIER}).status_code == 404
    assert TabletRow.objects.get().wrong_pins == 0


@pytest.mark.parametrize("role,may", [(Role.THERAPIST, True), (Role.CLINICAL_LEAD, True), (Role.FRONT_DESK, False)])
def test_who_treats_people_may_have_a_tablet(house: House, role: Role, may: bool) -> None:
    if may:
        assert register_tablet(house.doing(role), name="One", salt=SALT, verifier=VERIFIER).half
        return
    with pytest.raises(NotAllowed):
        register_tablet(house.doing(role), name="One", salt=SALT, verifier=VERIFIER)


@pytest.mark.parametrize(
    "name,salt,verifier",
    [("", SALT, VERIFIER), ("x" * 61, SALT, VERIFIER), ("x", "x", VERIFIER), ("x", SALT, "AB" * 32), ("x", "", "")],
)
def test_what_no_tablet_would_send_makes_none(house: House, name: str, salt: str, verifier: str) -> None:
    with pytest.raises(InputError):
        register_tablet(house.doing(Role.THERAPIST), name=name, salt=salt, verifier=verifier)


def test_somebody_has_ten_tablets_at_most(house: House) -> None:
    for _ in range(10):
        register_tablet(house.doing(Role.THERAPIST), name="One", salt=SALT, verifier=VERIFIER)
    with pytest.raises(InputError, match="ten tablets"):
        register_tablet(house.doing(Role.THERAPIST), name="One", salt=SALT, verifier=VERIFIER)
    TabletRow.objects.filter(pk=TabletRow.objects.first().pk).update(revoked_at=NOW)  # type: ignore[union-attr]
    register_tablet(house.doing(Role.THERAPIST), name="One", salt=SALT, verifier=VERIFIER)


# ---- lost


def test_the_lead_of_the_place_takes_a_lost_tablet_out_of_use_and_nobody_else_does(
    house: House, other_house: House
) -> None:
    tablet = Tablet(house)
    outside = User.objects.create(public="o", clinic=house.clinic, email="o@north.test", name="O", made_at=NOW)
    Membership.objects.create(user=outside, location=house.location, role=Role.THERAPIST)
    url = f"/table/tablets/{tablet.public}/end/"
    for browser in (signed_in(outside), at_desk(other_house, Role.CLINICAL_LEAD), at_desk(house, Role.FRONT_DESK)):
        assert browser.post(url).status_code in (403, 404)
    assert TabletRow.objects.get().revoked_at is None
    lead = at_desk(house, Role.CLINICAL_LEAD)
    assert "Blue room" in text(lead.get("/table/tablets/"))
    assert lead.post(url).status_code == 302
    assert TabletRow.objects.get().half == ""
    assert "out of use" in text(lead.get("/table/tablets/"))
    assert lead.post(url).status_code == 302, "a second time changes nothing"


def test_the_page_lists_ones_own_tablets_and_what_waits_on_them(house: House, other_house: House) -> None:
    Tablet(other_house, name="Stranger")
    tablet = Tablet(house)
    tablet.ahead = timedelta(hours=3)
    post(tablet.browser, "push", tablet.push_text([], unsent=3, oldest=3600))
    page = text(tablet.browser.get("/table/tablets/"))
    assert "Blue room" in page
    assert "3 events not sent yet" in page
    assert "its clock is wrong" in page
    assert "Stranger" not in page


# ---- a file of what could not be sent


def file_of(*pushes: dict[str, object]) -> SimpleUploadedFile:
    text = json.dumps({"schema": "effleurage/sealed-file/1", "pushes": pushes})
    return SimpleUploadedFile("effleurage-sealed.json", text.encode(), "application/json")


def sealed_pushes(tablet: Tablet, *, size: int) -> list[dict[str, object]]:
    """All that waits, as the tablet saves it: so many entries in each push."""
    parts = [tablet.waiting[start : start + size] for start in range(0, len(tablet.waiting), size)]
    return [
        {
            "schema": "effleurage/sealed/1", "device": tablet.public, "at": (HERE + tablet.ahead).isoformat(),
            "unsent": len(tablet.waiting) - start * size, "oldest": 60,
            "sealed": [f"{event.id}.{sealed(event.id, event.text)}" for event in part],
        }
        for start, part in enumerate(parts)
    ]  # fmt: skip


def test_a_file_of_a_tablet_is_taken_in_as_if_it_had_been_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes hours later, by whoever is at the desk of those who treat; the tablet's clock was right all the time."""
    visit = ready(house)
    tablet = Tablet(house)
    tablet.pack()
    tablet.whole(visit.public)
    pushes = sealed_pushes(tablet, size=10)
    assert len(pushes) > 2
    later = NOW + timedelta(hours=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    lead = at_desk(house, Role.CLINICAL_LEAD)
    for _ in range(2):
        answer = lead.post("/table/tablets/file/", {"file": file_of(*pushes)}, follow=True)
        assert f"Stored: {len(tablet.waiting)}. Could not be read: 0." in text(answer)
    rows = SessionEvent.objects.order_by("seq")
    assert [(row.event, row.hash) for row in rows] == [(event.id, event.hash) for event in tablet.waiting]
    assert {row.offset_ms for row in rows} == {0}
    assert MassageSession.objects.get().state == MassageSession.State.CLOSED
    assert TabletRow.objects.get().unsent == 0
    assert verify() == []


@pytest.mark.parametrize("content", [b"\xff", b"{}", b"[", b'{"schema": "effleurage/sealed-file/1", "pushes": [3]}'])
def test_another_file_is_refused_on_the_page(house: House, content: bytes) -> None:
    file = SimpleUploadedFile("x.json", content, "application/json")
    answer = at_desk(house, Role.THERAPIST).post("/table/tablets/file/", {"file": file})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in text(answer)


def test_of_a_file_with_one_part_that_is_none_nothing_is_taken(house: House, other_house: House) -> None:
    visit = ready(house)
    tablet, stranger = Tablet(house), Tablet(other_house)
    tablet.pack()
    tablet.opens(visit.public)
    [good] = sealed_pushes(tablet, size=100)
    browser = at_desk(house, Role.CLINICAL_LEAD)
    for bad, status in (({**good, "more": 1}, 422), ({**good, "device": stranger.public}, 404)):
        assert browser.post("/table/tablets/file/", {"file": file_of(good, bad)}).status_code == status
    assert not SessionEvent.objects.exists()


# ---- the door


def test_who_is_not_signed_in_is_told_so_in_json_and_a_page_leads_to_the_door(house: House) -> None:
    browser = Client()
    for path in ("pack", "push", "unlock", "tablets", "revoke"):
        answer = post(browser, path, {})
        assert answer.status_code == 401, path
        assert answer.json()["signIn"] == "/sign-in/?next=/table/"
    assert browser.get("/table/token/").status_code == 401
    assert browser.get("/table/").status_code == 302


def test_a_locked_session_sends_nothing_and_says_where_to_sign_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = Tablet(house)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + account_session.IDLE)
    answer = post(tablet.browser, "push", tablet.push_text([]))
    assert (answer.status_code, answer.json()["signIn"]) == (401, "/sign-in/?next=/table/")
    assert tablet.browser.get("/table/token/").status_code == 401


def test_only_who_signs_out_by_themselves_takes_what_is_carried_off_the_browser(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose day is over may be in the middle of a treatment; and no link from elsewhere wipes a tablet."""
    stranger, leaves, stays = Client(), at_desk(house, Role.THERAPIST), at_desk(house, Role.THERAPIST)
    stays.get("/")
    for browser, wiped in ((stranger, False), (leaves, True)):
        browser.post("/sign-out/")
        assert ("bedside/wipe.js" in text(browser.get("/sign-in/"))) is wiped
        assert ("bedside/wipe.js" in text(browser.get("/sign-in/"))) is wiped, "also if the first answer got lost"
    leaves.force_login(house.people[Role.THERAPIST])
    leaves.get("/")
    assert account_session.SIGNED_OUT not in leaves.session
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + account_session.DAY)
    assert stays.get("/table/").status_code == 302
    assert "bedside/wipe.js" not in text(stays.get("/sign-in/"))


def test_what_a_tablet_asks_by_itself_keeps_no_session_open_and_a_touch_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks every quarter of a minute; that would keep the desk open for whoever comes by."""
    tablet = Tablet(house)
    answers = []
    for minutes, headers in ((6, {}), (12, {"X-Touched": "yes"}), (18, {}), (26, {}), (28, {})):
        monkeypatch.setattr("django.utils.timezone.now", lambda minutes=minutes: NOW + timedelta(minutes=minutes))
        sent = {"tablet": tablet.public, "at": HERE.isoformat()}
        answers.append(tablet.browser.post("/table/pack/", sent, content_type="application/json", headers=headers))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 401]
    assert tablet.browser.get("/patients/").headers["Location"] == "/locked/"


def test_a_tablet_out_of_use_hears_it_whoever_is_signed_in_beside_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked, signed out or another person: it names itself, and nobody else knows that name."""
    tablet, other = Tablet(house), Tablet(house)
    browsers = {"own": tablet.browser, "nobody": Client(), "desk": at_desk(house, Role.FRONT_DESK)}
    for asks in (tablet, other):
        post(other.browser, "revoke", {"tablet": tablet.public})
        headers = {"X-Tablet": asks.public}
        answers = {
            name: browser.post("/table/push/", asks.push_text([]), content_type="application/json", headers=headers)
            for name, browser in browsers.items()
        }
        found = {name: answer.status_code for name, answer in answers.items()}
        gone = {"own": 410, "nobody": 410, "desk": 410}
        assert found == (gone if asks is tablet else {"own": 200, "nobody": 401, "desk": 403})
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + account_session.IDLE)
    assert tablet.browser.get("/table/token/", headers={"X-Tablet": tablet.public}).status_code == 410
    assert Client().get("/table/token/", headers={"X-Tablet": "unknown"}).status_code == 401


def test_a_token_that_does_not_fit_comes_back_with_one_that_does(house: House) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(house.people[Role.THERAPIST])
    signed_in(house.people[Role.THERAPIST])
    answer = post(browser, "revoke", {"tablet": "none"})
    assert answer.status_code == 403
    token = answer.json()["csrf"]
    sent = json.dumps({"tablet": "none"})
    again = browser.post("/table/revoke/", sent, content_type="application/json", headers={"X-CSRFToken": token})
    assert again.status_code == 404
    assert set(again.json()) == {"where", "what", "remedy"}
    assert post(Client(enforce_csrf_checks=True), "revoke", {}).status_code == 401


def test_a_form_of_the_desk_whose_token_does_not_fit_still_gets_its_page(house: House) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert "text/html" in browser.post("/sign-in/", {"login": "x"})["Content-Type"]


@pytest.mark.parametrize("path", ["pack", "unlock", "tablets", "revoke"])
@pytest.mark.parametrize("sent", ["", "[]", '{"tablet": 3}', '{"tablet": "x", "more": "y"}', "{", "x" * 20_001])
def test_what_cannot_be_read_is_refused_in_json(house: House, path: str, sent: str) -> None:
    answer = post(at_desk(house, Role.THERAPIST), path, sent)
    assert answer.status_code == (413 if len(sent) > 20_000 else 422)
    assert set(answer.json()) == {"where", "what", "remedy"}


def test_nothing_that_was_sent_reaches_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tablet = Tablet(house)
    caplog.clear()
    post(tablet.browser, "push", '{"schema": "Canaryword"}')
    post(tablet.browser, "pack", {"tablet": "Canaryword", "at": "x"})
    assert "Canaryword" not in caplog.text


def test_the_token_tells_who_is_signed_in(house: House) -> None:
    answer = at_desk(house, Role.THERAPIST).get("/table/token/")
    person = house.people[Role.THERAPIST]
    assert answer.json()["user"] == {"public": person.public, "name": person.name}
    assert "no-store" in answer["Cache-Control"]
    assert at_desk(house, Role.FRONT_DESK).get("/table/token/").status_code == 403


# ---- what a browser keeps


def test_the_shell_is_the_same_for_everybody_and_names_nobody(house: House) -> None:
    visit = ready(house)
    pages = [text(at_desk(house, role).get("/table/")) for role in (Role.THERAPIST, Role.CLINICAL_LEAD)]
    bare = [re.sub(r"csrf[^>]*>|[A-Za-z0-9]{64}", "", page) for page in pages]
    assert bare[0] == bare[1]
    for name in (visit.patient.family, house.people[Role.THERAPIST].name):
        assert name not in pages[0]


def test_the_worker_names_all_that_it_keeps_and_may_rule_the_whole_of_the_table(house: House) -> None:
    answer = Client().get("/table/sw.js")
    assert answer.status_code == 200
    assert answer["Service-Worker-Allowed"] == "/table/"
    assert answer["Content-Type"].startswith("text/javascript")
    head = text(answer).splitlines()
    files = json.loads(head[1].removeprefix("const FILES = ").removesuffix(";"))
    browser = at_desk(house, Role.THERAPIST)
    for path in files:
        kept = path.startswith("/static/")
        assert finders.find(path.removeprefix("/static/")) if kept else browser.get(path).status_code == 200, path
    assert shell.build() in head[0]


def test_the_manifest_is_read_without_signing_in() -> None:
    answer = Client().get("/table/manifest.webmanifest")
    assert answer.json()["scope"] == "/table/"


def test_the_content_is_the_generated_module_in_the_language_that_is_asked_for(house: House) -> None:
    browser = at_desk(house, Role.THERAPIST)
    content_hash = built_in().protocols.hash
    answer = browser.get(f"/table/content/{content_hash}/en.js")
    assert text(answer) == offline_module(built_in())
    assert "immutable" in answer["Cache-Control"]
    code = spoken(built_in(), "uk").protocols.language.code
    assert f'language = "{code}"' in text(browser.get(f"/table/content/{content_hash}/uk.js"))
    assert browser.get(f"/table/content/{'0' * 64}/en.js").status_code == 404
    assert browser.get(f"/table/content/{content_hash}/xx.js").status_code == 404
    shell._module.cache_clear()
    assert text(browser.get(f"/table/content/{content_hash}/en.js")) == offline_module(built_in())


def test_a_session_page_of_nowhere_does_not_exist(house: House) -> None:
    assert at_desk(house, Role.CLINICAL_LEAD).get(reverse("bedside:session", args=["none"])).status_code == 404
