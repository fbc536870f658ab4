"""What every request gets: the circumstances of its acts (`request.doing`), its language, and pages for errors that
people can act on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from clinic.accounts.models import User
from clinic.actions.frame import Actor, Doing
from clinic.actions.open_chart import Folded
from clinic.actions.people import NOBODY, holder, staff
from clinic.actions.permissions import NotAllowed, NotFound, OutsideCare
from clinic.desk.account_session import FRESH, IDLE, LANGUAGE
from clinic.look.request import Request
from clinic.portal.door import LINK
from clinic.records.content import NoContent, asked_once
from clinic.records.languages import offered, spoken_here
from clinic.records.models import AccessLink
from effleurage.errors import ContentError, ForPeople, InputError

Answering = Callable[[Request], HttpResponse]
STATUS: tuple[tuple[type[ForPeople], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (NoContent, 503),
    (InputError, 422),
    (ContentError, 422),
    (ForPeople, 400),
)
"""Each family of errors with its status; the first that fits counts."""


def new_token() -> str:
    """128 random bits as 22 letters."""
    return secrets.token_urlsafe(16)


class DoingMiddleware:
    """Sets `request.doing`: who acts, when, by which way. Sets `request.link` for a patient's private session."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        now = timezone.now()
        request.link = _link(request, now)
        request.doing = Doing(
            actor=_actor(request, now), now=now, token=new_token, via=f"web {request.META.get('REMOTE_ADDR', '')}"
        )
        once = asked_once() if request.method == "GET" else nullcontext()
        with once, timezone.override(None):  # the zone that a patient's page sets must not outlive the page
            return self.answer(request)

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ForPeople):
            return None
        if isinstance(error, Folded) and request.method == "GET" and request.path.startswith("/p/"):
            return redirect(f"/p/{error.kept}/{request.path.split('/', 3)[3]}")
        status = next(code for family, code in STATUS if isinstance(error, family))
        outside = isinstance(error, OutsideCare)
        return render(request, "error.html", {"error": error, "outside": outside}, status=status)


def _actor(request: Request, now: datetime) -> Actor:
    if isinstance(request.user, User):
        return staff(request.user, fresh=_fresh(request, now))
    link: AccessLink | None = request.link
    return holder(link) if link else NOBODY


def _fresh(request: Request, now: datetime) -> bool:
    """Whether the person signed in again within the last five minutes."""
    at = request.session.get(FRESH)
    return at is not None and 0 <= (now - datetime.fromtimestamp(at, UTC)).total_seconds() <= 300


def _link(request: Request, now: datetime) -> AccessLink | None:
    public = request.session.get(LINK)
    if not public:
        return None
    return (
        AccessLink.objects.select_related("patient__location", "patient__clinic", "guardian")
        .filter(public=public, revoked_at=None, expires_at__gt=now)
        .first()
    )


class LanguageMiddleware:
    """Speaks the language of whoever is there: of the account, else of its clinic; of the patient; else of the browser.

    What a patient or a visitor chooses at the foot of a page comes first. A language that may not be offered is not
    spoken, whoever asks: then it is English.
    """

    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def __call__(self, request: Request) -> HttpResponse:
        clinic_id = request.doing.actor.clinic_id
        code = _language(request)
        with translation.override(code if spoken_here(code, clinic_id) else "en"):
            response = self.answer(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return response


def _language(request: Request) -> str:
    if isinstance(request.user, User):
        return str(request.user.language or request.user.clinic.language)
    link: AccessLink | None = request.link
    if link:
        return str(request.session.get(LANGUAGE, link.patient.language))
    return translation.get_language_from_request(request)


def around(request: Request) -> dict[str, Any]:
    """Context processor: what the foot of a page offers, asked for only where it is drawn, and when a page locks."""
    doing: Doing | None = getattr(request, "doing", None)
    return {
        "languages": SimpleLazyObject(lambda: offered(doing.actor.clinic_id if doing else None)),
        "idle_seconds": int(IDLE.total_seconds()),
        "rail_last": "desk/account/corner.html" if doing and doing.actor.user_id else "",
    }
