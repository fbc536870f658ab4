"""To show again that one is who one is: by password, by code, or by passkey. For the lock and before a signature."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.reauthentication import reauthenticate_by_password, resume_request
from allauth.core.ratelimit import consume_or_429
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinic.accounts.models import User
from clinic.actions import account
from clinic.desk import account_session
from clinic.desk.account_adapter import safe_path, tell_failure
from clinic.desk.account_forms import ConfirmByCode, ConfirmByPassword
from clinic.look.request import Request

WAYS: dict[str, Any] = {
    "password": ConfirmByPassword,
    "code": ConfirmByCode,
    "credential": ReauthenticateWebAuthnForm,
}
"""Each way by the field in which its proof is sent."""


def confirm_url(request: Request) -> str:
    """Where to send somebody who must sign in again before this very page can go on."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"


def spend_fresh(request: Request) -> None:
    """A confirmation counts for one signature: whoever signs calls this when it is done."""
    request.session.pop(account_session.FRESH, None)


@login_required
@never_cache
@sensitive_post_parameters("password", "code", "credential")
def confirm(request: Request) -> HttpResponse:
    """`/me/confirm/?next=`: afterwards the session is fresh for five minutes, or for one signature."""
    forms, proved, limited = _proof(request)
    if limited:
        return limited
    if proved:
        request.session[account_session.FRESH] = _now(request)
        account.confirmed(request.doing, about=request.doing.actor.key)
        return resume_request(request) or redirect("me")
    back = safe_path(request, request.GET.get("next") or request.POST.get("next"))
    return render(request, "desk/account/confirm.html", _context(request, forms) | {"next": back})


@login_required
@never_cache
@sensitive_post_parameters("password", "code", "credential")
def locked(request: Request) -> HttpResponse:
    """The lock. Whoever opens it is back where they were."""
    session, now = request.session, request.doing.now
    if not account_session.is_locked(session, now):
        return redirect("/")
    forms, proved, limited = _proof(request)
    if limited:
        return limited
    if proved:
        account.unlocked(request.doing, about=request.doing.actor.key)
        return HttpResponseRedirect(safe_path(request, account_session.unlock(session, now)) or "/")
    return render(request, "desk/account/locked.html", _context(request, forms))


@login_required
@require_POST
def lock(request: Request) -> HttpResponse:
    """Locks at once: a button, and what a page calls when nobody has used it."""
    lock_now(request, request.POST.get("next", "/"))
    return redirect("locked")


def lock_now(request: Request, back: str) -> None:
    account_session.lock(request.session, request.doing.now, back)
    account.locked(request.doing, about=request.doing.actor.key)


def _now(request: Request) -> float:
    return float(request.doing.now.timestamp())


def _proof(request: Request) -> tuple[dict[str, Form], bool, HttpResponse | None]:
    """The forms of the ways that somebody has, whether the one that was sent is right, or a refusal to try so often."""
    user: User = request.user  # type: ignore[assignment]
    sent = next((way for way in WAYS if request.method == "POST" and way in request.POST), "")
    forms = {way: WAYS[way](request.POST if way == sent else None, user=user) for way in _ways(request)}
    if sent not in forms:
        return forms, False, None
    limited = consume_or_429(request, action="reauthenticate", user=user)
    if limited or not forms[sent].is_valid():
        if sent == "credential" and not limited:
            tell_failure(request, user, "webauthn")
        return forms, False, limited
    if sent == "password":
        reauthenticate_by_password(request)
    else:
        forms[sent].save()
    return forms, True, None


def _ways(request: Request) -> list[str]:
    user: User = request.user  # type: ignore[assignment]
    kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    by_code = kinds & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    has = {
        "password": user.has_usable_password(),
        "code": bool(by_code),
        "credential": Authenticator.Type.WEBAUTHN in kinds,
    }
    return [way for way in WAYS if has[way]]


def _context(request: Request, forms: dict[str, Form]) -> dict[str, Any]:
    context: dict[str, Any] = {f"by_{way}": form for way, form in forms.items()}
    if "credential" in forms:
        context["options"] = as_json(auth.begin_authentication(request.user))
    return context


def as_json(options: dict[str, Any]) -> str:
    """What the browser needs for a passkey, for an attribute of the page."""
    return json.dumps(options, cls=DjangoJSONEncoder)
