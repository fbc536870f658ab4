"""Before any page: is somebody there, is their session open, and do they have a second factor.

A page of the desk opens for nobody who is not signed in. A session that nobody used for a quarter of an hour is locked
here, whatever the browser shows; after twelve hours it ends. Who has no second factor sets one up before all else. A
tablet asks by itself every few seconds: that uses a session only where a hand was on its screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from clinic.accounts.models import User
from clinic.actions.permissions import can
from clinic.bedside import door as tablet
from clinic.desk import account_session
from clinic.desk.account_adapter import has_factor, safe_path
from clinic.desk.account_prove import lock_now
from clinic.look.request import Request
from clinic.portal import door

Answering = Callable[[Request], HttpResponse]
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""How a page sends; a program sends JSON."""
SHELL = frozenset({"manifest", "worker"})
"""What a browser fetches for a page that it keeps, also when nobody is signed in; nothing of anybody is in it."""
FETCHED = SHELL | {"token", "content"}
"""What of the bedside is for programs alone: a browser that lands there shows code to a person."""
ALWAYS = frozenset({"account_logout", "set_language"})
HANDED_OUT = frozenset({"lock", "locked", "here"})
"""What opens on a screen that was handed to a patient, beside their own sheets."""
SETTING_UP = frozenset(
    {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "account_reauthenticate", "here"}
)
"""What opens for somebody who has no second factor yet, by the name of the address."""


class GuardMiddleware:
    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        if SESSION_KEY in request.session and not request.user.is_authenticated:
            request.session.flush()  # the account was closed, or its password changed elsewhere
        response = self.answer(request)
        if request.doing.actor.clinic_id is not None:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: Request, *_rest: Any) -> HttpResponse | None:
        match = request.resolver_match
        if _by_tablet(request) and (gone := tablet.gone(request)):
            return gone
        if isinstance(request.user, User):
            return _at_table(request, _staff(request, (match.url_name if match else "") or ""))
        inside = match and not {"desk", "bedside"}.isdisjoint(match.namespaces) and match.url_name not in SHELL
        return _at_table(request, away(request, sign_in_url(request))) if inside else None


def _at_table(request: Request, answer: HttpResponse | None) -> HttpResponse | None:
    """Where a page would be sent away, a program is told so in its own way."""
    return tablet.away() if answer is not None and _by_tablet(request) else answer


def _by_tablet(request: Request) -> bool:
    match = request.resolver_match
    if not match or "bedside" not in match.namespaces:
        return False
    return match.url_name == "token" or (request.method == "POST" and request.content_type not in FORMS)


def refused_form(request: Request, reason: str = "") -> HttpResponse:
    """A form whose token does not fit: each part of the house says it in its own way."""
    return tablet.refused_form(request) if _by_tablet(request) else door.refused_form(request, reason)


def _staff(request: Request, name: str) -> HttpResponse | None:
    session, now = request.session, request.doing.now
    if not can(request.doing.actor, "own.account"):
        return _ended(request, _("You have no role here any more. Ask the owner of the clinic."), "no role left")
    if account_session.over(session, now):
        return _ended(request, _("You were signed in for twelve hours. Please sign in again."), "twelve hours")
    if name in ALWAYS:
        return None
    if account_session.is_locked(session, now):
        return _locked(request, name)
    if _strayed(request, name):
        lock_now(request, reverse("desk:outcomes", args=[account_session.handed_to(session)]))
        return away(request, reverse("locked"))
    account_session.touch(session, now, by_hand=tablet.touched(request) or not _by_tablet(request))
    if name in SETTING_UP or _has_factor(request):
        return None
    return away(request, reverse("mfa_index"))


def _strayed(request: Request, name: str) -> bool:
    """Whether a screen that was handed to a patient is asked for anything but their sheets."""
    patient, match = account_session.handed_to(request.session), request.resolver_match
    if not patient or name in HANDED_OUT:
        return False
    own = match is not None and match.kwargs.get("public") == patient
    return not own or not (name == "outcome_tablet" or (name == "outcome" and request.GET.get("via") == "tablet"))


def _locked(request: Request, name: str) -> HttpResponse | None:
    if account_session.LOCKED not in request.session:
        lock_now(request, _where(request))
        if request.method == "POST" and name not in ("locked", "lock", "here"):
            messages.warning(request, _("The session was locked; what you sent just now was not saved. Send it again."))
    return None if name == "locked" else away(request, reverse("locked"))


def _where(request: Request) -> str:
    """The page on which somebody is, as a path: for what a page sends or fetches by itself, the page itself."""
    if request.method == "GET" and not request.htmx and _gone_to(request):
        return request.get_full_path() if request.path != reverse("locked") else "/"
    url = request.htmx.current_url or request.headers.get("Referer", "")
    parts = urlsplit(url if safe_path(request, url) else "/")
    if not _for_people(parts.path):
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _gone_to(request: Request) -> bool:
    """Whether a person goes to this address, as the browser says it. An older one says only that it wants a page; one
    that says nothing at all is believed where the address is one of a page.
    """
    mode, accepted = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Accept")
    if not _for_people(request.path):
        return False
    if mode is not None:
        return mode == "navigate" and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return accepted is None or "text/html" in accepted


def _for_people(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return True  # the page that says that nothing stands there
    return not ("bedside" in match.namespaces and match.url_name in FETCHED)


def _has_factor(request: Request) -> bool:
    """Asked of the database once a session, since the last factor is never removed while a session lives."""
    if not request.session.get(account_session.FACTOR) and has_factor(request.user):  # type: ignore[arg-type]
        request.session[account_session.FACTOR] = True
    return bool(request.session.get(account_session.FACTOR))


def _ended(request: Request, words: str, why: str) -> HttpResponse:
    request.doing = replace(request.doing, why=why)
    url = sign_in_url(request)
    logout(request)
    messages.warning(request, words)
    return away(request, url)


def sign_in_url(request: Request) -> str:
    """Where to sign in, and where to go on afterwards."""
    back = _where(request)
    return reverse("account_login") + (f"?{urlencode({'next': back})}" if back != "/" else "")


def away(request: Request, url: str) -> HttpResponse:
    """To another page, also where only a part of one was asked for."""
    part = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(url) if part else HttpResponseRedirect(url)
