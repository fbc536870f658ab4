"""What every request gets: the circumstances of its acts (`request.doing`), and pages for errors that people can act on."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from effleurage.errors import ContentError, ForPeople, InputError

from clinic.accounts.models import User
from clinic.actions.frame import Actor, Doing
from clinic.actions.people import NOBODY, holder, staff
from clinic.actions.permissions import NotAllowed, NotFound, OutsideCare
from clinic.records.content import NoContent
from clinic.records.models import AccessLink

Answering = Callable[[HttpRequest], HttpResponse]
LINK = "private-link"
"""The key of the session under which a private link stands once its birth date was told."""
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

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        request.link = _link(request, now)  # type: ignore[attr-defined]
        request.doing = Doing(  # type: ignore[attr-defined]
            actor=_actor(request), now=now, token=new_token, via=f"web {request.META.get('REMOTE_ADDR', '')}"
        )
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ForPeople):
            return None
        status = next(code for family, code in STATUS if isinstance(error, family))
        outside = isinstance(error, OutsideCare)
        return render(request, "error.html", {"error": error, "outside": outside}, status=status)


def _actor(request: HttpRequest) -> Actor:
    if isinstance(request.user, User):
        return staff(request.user, fresh=_fresh(request))
    link: AccessLink | None = request.link  # type: ignore[attr-defined]
    return holder(link) if link else NOBODY


def _fresh(request: HttpRequest) -> bool:
    """Whether the person signed in again within the last five minutes."""
    at = request.session.get("fresh-at")
    return bool(at) and 0 <= (timezone.now() - datetime.fromtimestamp(at, UTC)).total_seconds() <= 300


def _link(request: HttpRequest, now: datetime) -> AccessLink | None:
    public = request.session.get(LINK)
    if not public:
        return None
    return (
        AccessLink.objects.select_related("patient__location", "patient__clinic", "guardian")
        .filter(public=public, revoked_at=None, expires_at__gt=now)
        .first()
    )
