"""`/me/`: one's own account. Name and roles, language, ways to sign in, sessions, and what one is trained for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic.accounts.models import Competence, Location, User
from clinic.actions import account
from clinic.actions.permissions import check
from clinic.desk.account_adapter import has_factor, safe_path
from clinic.desk.account_prove import confirm_url, spend_fresh
from clinic.desk.account_session import LANGUAGE
from clinic.look.request import Request
from clinic.records.content import built_in
from clinic.records.facts import local
from clinic.records.languages import languages, spoken_here
from clinic.records.speech import spoken

__all__ = ["confirm_url", "has_factor", "spend_fresh"]

BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
SPOKEN = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "Mac"}


@dataclass(frozen=True, slots=True)
class Session:
    pk: int
    device: str
    ip: str
    since: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Trained:
    words: str
    competence: Competence
    counts: bool


@login_required
def me(request: Request) -> HttpResponse:
    doing = request.doing
    check(doing.actor, "own.account")
    user: User = request.user  # type: ignore[assignment]
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    context = {
        "roles": _roles(user),
        "passkeys": [factor for factor in factors if factor.type == Authenticator.Type.WEBAUTHN],
        "app": next((factor for factor in factors if factor.type == Authenticator.Type.TOTP), None),
        "codes": next((factor for factor in factors if factor.type == Authenticator.Type.RECOVERY_CODES), None),
        "sessions": _sessions(user, request.session.session_key),
        "trained": _trained(user, doing.now),
        "offers": languages(user.clinic_id),
    }
    return render(request, "desk/account/me.html", context)


def _roles(user: User) -> list[tuple[str, str]]:
    """Each location with the roles there, as two columns."""
    rows: dict[str, list[str]] = {}
    for membership in user.memberships.filter(location__open=True).select_related("location"):
        rows.setdefault(membership.location.name, []).append(str(membership.get_role_display()))
    return [(place, ", ".join(sorted(roles))) for place, roles in sorted(rows.items())]


def _sessions(user: User, here: str | None) -> list[Session]:
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.created_at, reverse=True)
    return [Session(row.pk, device(row.user_agent), row.ip, row.created_at, row.session_key == here) for row in rows]


def device(agent: str) -> str:
    """What a browser calls itself, in two words.

    >>> device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
    'Chrome, Linux'
    """
    browser = next((name for name in BROWSERS if f"{name}/" in agent), "")
    system = next((name for name in SYSTEMS if name in agent), "")
    words = [SPOKEN.get(name, name) for name in (browser, system) if name]
    return ", ".join(words) or _("Unknown device")


def _trained(user: User, now: datetime) -> list[Trained]:
    names = {one.name: one.term for one in spoken(built_in()).protocols.vocabulary.competences}
    zone = Location.objects.filter(memberships__user=user).values_list("zone", flat=True).first() or "UTC"
    today = local(now, zone).date()
    rows = user.competences.select_related("supervisor").order_by("name")
    return [Trained(names.get(row.name, row.name), row, row.counts_on(today)) for row in rows]


@login_required
@require_POST
def end_session(request: Request, pk: int) -> HttpResponse:
    account.end_session(request.doing, session=pk)
    messages.success(request, _("That session is ended. Whoever used it has to sign in again."))
    return redirect("me")


@login_required
@require_POST
def here(_request: Request) -> HttpResponse:
    """Somebody is writing on a page that sends nothing by itself."""
    return HttpResponse(status=204)


@require_POST
def set_language(request: Request) -> HttpResponse:
    """From the foot of every page: kept with the account, or for who has none, in this browser."""
    code, doing = request.POST.get("language", ""), request.doing
    response = redirect(safe_path(request, request.POST.get("next")) or "/")
    if doing.actor.user_id is not None:
        account.choose_language(doing, code=code)
    elif not spoken_here(code, doing.actor.clinic_id):
        return response
    elif doing.actor.patient_id is not None:
        request.session[LANGUAGE] = code
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 86_400,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )
    return response
