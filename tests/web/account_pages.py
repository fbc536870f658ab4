"""The addresses of accounts with a desk of empty rooms around them, so that what guards a desk can be tested alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from clinic.actions.frame import Doing
from clinic.desk.account import confirm_url, spend_fresh
from clinic.desk.account_urls import accounts_urlpatterns


def room(request: HttpRequest) -> HttpResponse:
    doing: Doing = request.doing
    return HttpResponse(f"the room of {doing.actor.name}, {request.method}")


def sign(request: HttpRequest) -> HttpResponse:
    """A page that needs the person to sign in again, once for each signature."""
    if not request.doing.actor.fresh:
        return redirect(confirm_url(request))
    spend_fresh(request)
    return HttpResponse("signed")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


NAMES = ("today", "work", "patients", "protocols", "journal", "settings")
desk = [path("" if name == "today" else f"{name}/", room, name=name) for name in NAMES]
desk += [path("sign/", sign, name="sign"), path("broken/", broken, name="broken")]
urlpatterns = [
    *accounts_urlpatterns,
    path("table/", include("clinic.bedside.urls")),
    path("", include((desk, "desk"), namespace="desk")),
]
