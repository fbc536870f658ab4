"""What every address of the tablet has in common: JSON in, JSON out, limits, and errors that a program can read.

An error says where, what, and what to do, as all of the house do. It never shows what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clinic.actions.permissions import NotAllowed, NotFound, check
from clinic.actions.tablets import Revoked, is_revoked, revoked
from clinic.look.request import Request
from effleurage.errors import ForPeople, InputError
from effleurage.lib.marked import parse_json

P = ParamSpec("P")
SMALL: Final = 20_000
"""Bytes of a request, unless an address says another limit."""


class TooLong(ForPeople):
    """More was sent than this address takes."""


STATUS: Final[tuple[tuple[type[ForPeople], int], ...]] = (
    (NotFound, 404), (NotAllowed, 403), (Revoked, 410), (TooLong, 413),
)  # fmt: skip
"""Each family of errors with its status; anything else for people is 422."""


def endpoint(
    most: int = SMALL, *, method: str = "POST"
) -> Callable[[Callable[Concatenate[Request, P], HttpResponse]], Callable[..., HttpResponse]]:
    """Marks a view that a tablet calls: it takes at most so many bytes and answers with JSON whatever happens."""

    def mark(view: Callable[Concatenate[Request, P], HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods([method])
        @never_cache
        @wraps(view)
        def called(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                check(request.doing.actor, "tablet.own")
                _check_length(request, most)
                return view(request, *args, **kwargs)
            except ForPeople as fault:
                return told(fault, next((code for family, code in STATUS if isinstance(fault, family)), 422))

        return called

    return mark


def told(fault: ForPeople, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"where": fault.where, "what": fault.what, "remedy": fault.remedy, **more}, status=status)


def _check_length(request: Request, most: int) -> None:
    told = request.headers.get("Content-Length") or "0"
    if not told.isdecimal() or int(told) > most or len(request.body) > most:
        raise TooLong(where=_("Tablet"), what=_("What was sent is too long."), remedy=_("Send it in smaller parts."))


def text_of(request: Request) -> str:
    """The body as text. Raises InputError."""
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise unreadable() from None


def body(request: Request, *names: str) -> Mapping[str, str]:
    """The texts of these names from the body: one JSON object of these and no others. Raises InputError."""
    found = parse_json(text_of(request), "request")
    if not isinstance(found, dict) or set(found) != set(names):
        raise unreadable()
    if not all(isinstance(value, str) for value in found.values()):
        raise unreadable()
    return found


def unreadable() -> InputError:
    return InputError(
        where=_("Tablet"), what=_("What the tablet sent cannot be read."), remedy=_("Load the page of the tablet anew.")
    )


def answer(request: Request, values: Mapping[str, Any]) -> JsonResponse:
    """The values, with the token that the next request has to bring."""
    return JsonResponse({**values, "csrf": get_token(request)})


def away() -> JsonResponse:
    """Nobody is signed in, or their session is locked: the tablet goes on by itself, and sends later."""
    fault = ForPeople(
        where=_("Tablet"), what=_("You are not signed in."), remedy=_("Sign in to send; what is recorded stays here.")
    )
    return told(fault, 401, signIn=f"{reverse('account_login')}?next={reverse('bedside:home')}")


def gone(request: Request) -> JsonResponse | None:
    """The answer to a tablet that was taken out of use, whoever is signed in beside it: it asks under its own name."""
    return told(revoked(), 410) if is_revoked(request.headers.get("X-Tablet", "")) else None


def touched(request: Request) -> bool:
    """Whether a hand was on the screen since the tablet last asked; else it asks by itself, and nobody is there."""
    return "X-Touched" in request.headers


def refused_form(request: Request, _reason: str = "") -> JsonResponse:
    """A token that does not fit: the answer brings one that does. Only this very origin can read it."""
    if not request.user.is_authenticated:
        return away()
    fault = ForPeople(
        where=_("Tablet"), what=_("The page was opened before you signed in."), remedy=_("It is sent again by itself.")
    )
    return told(fault, 403, csrf=get_token(request))
