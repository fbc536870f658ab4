"""Settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from clinic.actions.permissions import check


@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    check(request.doing.actor, "settings")
    return render(request, "desk/settings/page.html", {})


urlpatterns = [path("settings/", settings, name="settings")]
