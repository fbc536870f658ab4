"""The page of styles: every component in every state, for whoever builds a page or checks one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from clinic.look import sample
from clinic.look.request import Request

LAYOUTS = {name: f"look/style_{name}.html" for name in ("question", "patient", "plain", "errors")}


def style(request: Request) -> HttpResponse:
    """`?layout=` shows one of the other layouts; `?toast=1` a message."""
    if "toast" in request.GET:
        messages.success(request, "The plan is signed. (An invented message.)")
        messages.error(request, "The letter could not be printed. It is kept; try once more. (An invented message.)")
    return render(request, LAYOUTS.get(request.GET.get("layout", ""), "look/style.html"), sample.context())
