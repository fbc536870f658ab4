"""Signing in: two factors for everybody of the staff, nothing told about who exists, and a row for each try."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.utils import timezone

from clinic.accounts.models import Invitation, Role, User
from clinic.actions.account import accept_invitation, invite
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.desk import post
from clinic.records.journal import verify
from tests.web.account_people import PASSWORD, code, events, sign_in, with_app, with_password
from tests.web.conftest import House

pytestmark = pytest.mark.urls("tests.web.account_pages")
COMMITTED = Callable[..., object]


def text(response: object) -> str:
    return str(response.content.decode())  # type: ignore[attr-defined]


def without_token(page: str) -> str:
    """A page without what is new on every page."""
    return re.sub(r'(value="|X-CSRFToken&quot;: &quot;|X-CSRFToken": ")[\w-]{64}', "", page)


def test_password_and_code_open_the_page_that_was_asked_for(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    asked = client.get("/patients/")
    assert asked.headers["Location"] == "/sign-in/?next=%2Fpatients%2F"
    client.post(asked.headers["Location"], {"login": person.user.email, "password": PASSWORD, "next": "/patients/"})
    assert client.get("/patients/").status_code == 302, "the password alone opens nothing"
    assert client.post("/sign-in/second/", {"code": person.code()}).headers["Location"] == "/patients/"
    assert "the room of Therapist North" in text(client.get("/patients/"))
    [row] = events("account.sign_in")
    assert (row.actor, row.why, row.clinic_id) == (f"user:{person.user.public}", "password, totp", house.clinic.pk)
    assert verify() == []


def test_who_has_no_second_factor_sets_one_up_before_anything_opens(
    client: Client, house: House, django_capture_on_commit_callbacks: COMMITTED
) -> None:
    user = with_password(house.people[Role.THERAPIST])
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    for closed in ("/", "/patients/", "/me/", "/me/password/"):
        assert client.get(closed).headers["Location"] == "/me/second/"
    assert "authenticator app" in text(client.get("/me/second/"))
    page = text(client.get("/me/second/app/"))
    secret = client.session["mfa.totp.secret"]
    assert secret in page, "the key stands there as text too"
    assert "data:image/svg+xml" in page
    with django_capture_on_commit_callbacks(execute=True):
        made = client.post("/me/second/app/", {"code": code(secret)})
    assert made.headers["Location"] == "/me/second/codes/"
    shown = re.findall(r"<code>(\d{8})</code>", text(client.get("/me/second/codes/")))
    assert len(set(shown)) == 10
    assert not re.search(r"<code>\d{8}</code>", text(client.get("/me/second/codes/"))), "they are shown once"
    assert "the room of" in text(client.get("/"))
    assert sorted(row.why for row in events("account.factor_add")) == ["recovery_codes", "totp"]
    stored = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(stored.data), "the key is stored encrypted"


def test_a_wrong_code_sets_nothing_up(client: Client, house: House) -> None:
    user = with_password(house.people[Role.THERAPIST])
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    client.get("/me/second/app/")
    client.post("/me/second/app/", {"code": "000000"})
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_recovery_code_works_once(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    first = person.recovery[0]
    client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    assert client.post("/sign-in/second/", {"code": first}).status_code == 302
    client.post("/sign-out/")
    client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    again = client.post("/sign-in/second/", {"code": first})
    assert again.status_code == 200
    assert "only once" in text(again)
    assert client.post("/sign-in/second/", {"code": person.recovery[1]}).status_code == 302


def test_a_code_of_the_app_works_once(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    same = person.code()
    client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    assert client.post("/sign-in/second/", {"code": same}).status_code == 302
    other = Client()
    other.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    assert other.post("/sign-in/second/", {"code": same}).status_code == 200


def test_wrong_codes_are_limited(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    for _ in range(5):
        client.post("/sign-in/second/", {"code": "000000"})
    refused = client.post("/sign-in/second/", {"code": person.code()})
    assert "too many wrong tries" in text(refused)
    assert len(events("account.sign_in_failed")) == 5


def test_wrong_passwords_are_limited_and_each_leaves_a_row(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    for _ in range(5):
        client.post("/sign-in/", {"login": person.user.email, "password": "wrong one"})
    refused = client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    assert "too many wrong tries" in text(refused)
    rows = events("account.sign_in_failed")
    assert [(row.about, row.why, row.clinic_id) for row in rows] == [
        (f"user:{person.user.public}", "password", house.clinic.pk)
    ] * 5


def test_known_and_unknown_addresses_get_the_same_answer_and_do_the_same_work(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = with_app(house.people[Role.THERAPIST])
    hashed: list[str] = []
    honest = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, *rest: hashed.append("x") or honest(self, *rest))
    answers, works = [], []
    for address in (person.user.email, "nobody@north.test"):
        hashed.clear()
        answer = client.post("/sign-in/", {"login": address, "password": "wrong one"})
        answers.append((answer.status_code, without_token(text(answer)).replace(address, "ADDRESS")))
        works.append(len(hashed))
    assert answers[0] == answers[1]
    assert works == [1, 1], "a password is hashed whether or not the account exists"
    _known, unknown = events("account.sign_in_failed")
    assert unknown.about == "", "what was typed is not kept: it may be a password"


def test_a_forgotten_password_tells_nobody_whether_the_account_exists(client: Client, house: House) -> None:
    user = with_password(house.people[Role.THERAPIST])
    answers = [client.post("/sign-in/forgotten/", {"email": one}) for one in (user.email, "nobody@north.test")]
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(302, "/sign-in/forgotten/sent/")}
    post.settle()
    [letter] = mail.outbox
    assert letter.to == [user.email]
    assert house.clinic.name not in letter.body
    link = re.search(r"/sign-in/new-password/\S+", letter.body)
    assert link
    form = client.get(link.group(), follow=True)
    url = form.request["PATH_INFO"]
    refused = client.post(url, {"password1": "password1", "password2": "password1"})
    assert "too common" in text(refused)
    done = client.post(url, {"password1": "nine red kites over it", "password2": "nine red kites over it"})
    assert done.headers["Location"] == "/sign-in/new-password/done/"
    user.refresh_from_db()
    assert user.check_password("nine red kites over it")
    assert len(events("account.password_reset")) == 1
    assert client.get("/me/").headers["Location"].startswith("/sign-in/"), "a mail alone signs nobody in"
    assert not EmailAddress.objects.exists(), "an address stands in one place, where the owner changes it"
    assert "does not work any more" in text(Client().get(link.group(), follow=True))


@pytest.mark.parametrize("next_url", ["https://evil.test/", "//evil.test/", "javascript:alert(1)", "/\\evil.test"])
def test_nobody_is_led_to_another_house(client: Client, house: House, next_url: str) -> None:
    person = with_app(house.people[Role.THERAPIST])
    client.post("/sign-in/", {"login": person.user.email, "password": PASSWORD, "next": next_url})
    assert client.post("/sign-in/second/", {"code": person.code()}).headers["Location"] == "/"
    confirmed = client.post(f"/me/confirm/?next={next_url}", {"password": PASSWORD, "next": next_url})
    assert confirmed.headers["Location"] == "/me/"
    client.post("/lock/", {"next": next_url})
    assert client.post("/locked/", {"password": PASSWORD}).headers["Location"] == "/"


def test_there_is_no_way_to_sign_up(client: Client, db: None) -> None:
    for address in ("/sign-up/", "/accounts/signup/", "/signup/", "/me/email/"):
        assert client.get(address).status_code == 404


def test_a_closed_account_and_one_without_a_role_stay_out(client: Client, house: House) -> None:
    for user in (house.people[Role.API_CLIENT], house.people[Role.THERAPIST]):
        with_password(user)
    User.objects.filter(pk=house.people[Role.THERAPIST].pk).update(is_active=False)
    for role in (Role.API_CLIENT, Role.THERAPIST):
        answer = client.post("/sign-in/", {"login": house.people[role].email, "password": PASSWORD})
        assert answer.headers["Location"] == "/sign-in/closed/"
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "new, said",
    [
        ("short7!", "too short"),
        ("password", "too common"),
        ("therapist@north.test", "too similar"),
        ("x" * 7, "too short"),
        ("seven grey herons at noon, and then some sixty more letters behind them", ""),
        ("gr8herns", ""),
    ],
)
def test_password_rules(client: Client, house: House, new: str, said: str) -> None:
    person = with_app(house.people[Role.THERAPIST])
    sign_in(client, person)
    answer = client.post("/me/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    person.user.refresh_from_db()
    if said:
        assert said in text(answer)
        assert person.user.check_password(PASSWORD)
    else:
        assert person.user.check_password(new)
        assert len(events("account.password_change")) == 1
        post.settle()
        assert "was added, changed or removed" in mail.outbox[0].body


def test_the_last_second_factor_stays(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    sign_in(client, person)
    client.post("/me/confirm/", {"password": PASSWORD})
    refused = client.post("/me/second/app/remove/")
    assert "only second factor" in text(refused)
    assert Authenticator.objects.filter(user=person.user, type="totp").exists()


def test_changing_factors_asks_who_it_is_first(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    sign_in(client, person)
    for address in ("/me/second/codes/new/", "/me/second/passkeys/add/", "/me/second/app/remove/"):
        assert client.get(address).headers["Location"].startswith("/me/confirm/?next=")


def test_new_recovery_codes_end_the_old(
    client: Client, house: House, django_capture_on_commit_callbacks: COMMITTED
) -> None:
    person = with_app(house.people[Role.THERAPIST])
    sign_in(client, person)
    client.post("/me/confirm/", {"password": PASSWORD})
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/me/second/codes/new/")
    shown = re.findall(r"<code>(\d{8})</code>", text(client.get("/me/second/codes/")))
    assert len(shown) == 10
    assert not set(shown) & set(person.recovery)
    assert len(events("account.codes_make")) == 1


def test_an_invitation_leads_through_a_password_to_a_second_factor(client: Client, house: House) -> None:
    now = timezone.now()
    secret = invite(house.doing(Role.OWNER, now=now), user=house.people[Role.THERAPIST].public)
    assert secret not in str(Invitation.objects.values())
    url = f"/welcome/{secret}/"
    assert "Therapist North" in text(client.get(url))
    assert "too short" in text(client.post(url, {"password1": "a", "password2": "a"}))
    done = client.post(url, {"password1": PASSWORD, "password2": PASSWORD})
    assert done.status_code == 302
    assert client.get("/").headers["Location"] == "/me/second/"
    assert Client().get(url).status_code == 410, "it works once"
    assert [row.event for row in events()] == ["account.invite", "account.welcome", "account.sign_in"]
    assert events("account.welcome")[0].clinic_id == house.clinic.pk


def test_an_invitation_ends_after_three_days_and_by_a_newer_one(house: House, client: Client) -> None:
    now = timezone.now()
    owner, public = house.doing(Role.OWNER, now=now - timedelta(hours=73)), house.people[Role.THERAPIST].public
    assert client.get(f"/welcome/{invite(owner, user=public)}/").status_code == 410
    first = invite(house.doing(Role.OWNER, now=now - timedelta(hours=71)), user=public)
    assert client.get(f"/welcome/{first}/").status_code == 200
    second = invite(house.doing(Role.OWNER, now=now), user=public)
    assert client.get(f"/welcome/{first}/").status_code == 410
    assert client.get(f"/welcome/{second}/").status_code == 200


def test_only_the_owner_of_the_clinic_invites(house: House, other_house: House) -> None:
    public = house.people[Role.THERAPIST].public
    with pytest.raises(NotAllowed):
        invite(house.doing(Role.CLINICAL_LEAD), user=public)
    with pytest.raises(NotFound):
        invite(other_house.doing(Role.OWNER), user=public)


def test_a_new_invitation_takes_the_old_factors_and_sessions_away(client: Client, house: House) -> None:
    person = with_app(house.people[Role.THERAPIST])
    sign_in(client, person)
    doing = house.doing(Role.OWNER, now=timezone.now())
    accept_invitation(doing, secret=invite(doing, user=person.user.public), password="nine red kites over it")
    assert not Authenticator.objects.filter(user=person.user).exists()
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_every_answer_has_the_policy_and_the_cookies_are_not_for_scripts(client: Client, house: House) -> None:
    client.raise_request_exception = False
    person = with_app(house.people[Role.THERAPIST])
    answers = [client.get("/sign-in/"), client.get("/nothing/"), client.get("/sign-in/", HTTP_HOST="evil.test")]
    sign_in(client, person)
    answers += [client.get("/"), client.get("/broken/"), client.get("/me/")]
    assert [answer.status_code for answer in answers] == [200, 404, 400, 200, 500, 200]
    for answer in answers:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answers[-1].headers["Cache-Control"] == "no-store"
    session = client.cookies["session"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    for answer in (answers[0], answers[-1]):
        page = text(answer)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)


@pytest.mark.parametrize("tls, prefix", [("1", "__Host-"), ("", "")])
def test_cookies_are_bound_to_the_host_where_people_come_by_https(tls: str, prefix: str, tmp_path: Path) -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE",
             "SECURE_HSTS_SECONDS", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN")  # fmt: skip
    script = f"from clinic.config import settings; print(*(getattr(settings, name) for name in {names}))"
    env = {"PYTHONPATH": "src", "CLINIC_TLS": tls, "CLINIC_DEMO": "1", "CLINIC_HOME": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert told.stdout.split()[:3] == [f"{prefix}session", f"{prefix}csrf", f"{prefix}language"]
    assert told.stdout.split()[3:] == (["True", "31536000", "False"] if tls else ["False", "0", "True"])


def test_forms_and_htmx_are_refused_without_their_token(house: House) -> None:
    careful = Client(enforce_csrf_checks=True)
    person = with_app(house.people[Role.THERAPIST])
    refused = careful.post("/sign-in/", {"login": person.user.email, "password": PASSWORD})
    assert refused.status_code == 403
    assert "default-src 'self'" in refused.headers["Content-Security-Policy"]
    page = text(careful.get("/sign-in/"))
    token = re.search(r'X-CSRFToken": "(\w+)"', page)
    assert token
    sent = careful.post(
        "/sign-in/", {"login": person.user.email, "password": PASSWORD}, headers={"X-CSRFToken": token.group(1)}
    )
    assert sent.headers["Location"] == "/sign-in/second/"
