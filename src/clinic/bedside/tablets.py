"""One's tablets: made ready, opened by a PIN, taken out of use; and the page that lists them and takes in a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.accounts.models import Role, User
from clinic.actions.permissions import check
from clinic.actions.tablets import (
    TRIES,
    place_of,
    register_tablet,
    revoke_tablet,
    tablets_of,
    unlock_tablet,
)
from clinic.bedside.door import answer, body, endpoint, told, unreadable
from clinic.bedside.push import hand_in
from clinic.look.request import Request
from clinic.records.facts import local
from clinic.records.models import Tablet
from effleurage.errors import ForPeople, InputError

MOST_OF_FILE: Final = 20_000_000
"""Bytes of a file: several thousand entries."""


@login_required
def tablets(request: Request) -> HttpResponse:
    """The list for people; what a tablet sends here makes it one's own."""
    return register(request) if request.method == "POST" else listed(request)


@endpoint()
def register(request: Request) -> HttpResponse:
    sent = body(request, "name", "salt", "verifier")
    made = register_tablet(request.doing, name=sent["name"], salt=sent["salt"], verifier=sent["verifier"])
    return answer(request, {"tablet": made.public, "half": made.half})


@endpoint()
def unlock(request: Request) -> HttpResponse:
    sent = body(request, "tablet", "verifier")
    found = unlock_tablet(request.doing, tablet=sent["tablet"], verifier=sent["verifier"])
    if found.half:
        return answer(request, {"half": found.half})
    fault = ForPeople(
        where=_("PIN"),
        what=_("This is not the PIN."),
        remedy=_("Try again.") if found.left else _("The tablet is out of use now. Set it up anew."),
    )
    return told(fault, 403, wrong=found.wrong, left=found.left)


@endpoint()
def revoke(request: Request) -> HttpResponse:
    found = revoke_tablet(request.doing, tablet=body(request, "tablet")["tablet"])
    return answer(request, {"tablet": found.public})


@require_POST
@login_required
def end_tablet(request: Request, tablet: str) -> HttpResponse:
    """The same from the page."""
    found = revoke_tablet(request.doing, tablet=tablet)
    words = _("%(name)s is out of use. It wipes what it carries as soon as it is heard of.") % {"name": found.name}
    messages.success(request, words)
    return redirect("bedside:tablets")


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Sealed file of a tablet"),
        help_text=gettext_lazy("Saved there under “State of this tablet”; at most 20 MB"),
        widget=forms.FileInput(attrs={"accept": "application/json,.json"}),
    )


@require_POST
@login_required
def take_file(request: Request) -> HttpResponse:
    """What a tablet could not send, carried here by hand."""
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            stored, unread = hand_in(request.doing, _text(form.cleaned_data["file"]))
        except InputError as fault:
            form.add_error("file", f"{fault.what} {fault.remedy}")
        else:
            counts = {"stored": stored, "unread": unread}
            messages.success(request, _("Stored: %(stored)s. Could not be read: %(unread)s.") % counts)
            return redirect("bedside:tablets")
    return listed(request, form)


def _text(file: UploadedFile[Any]) -> str:
    if (file.size or 0) > MOST_OF_FILE:
        raise InputError(where=_("Tablet"), what=_("What was sent is too long."), remedy=_("Send it in smaller parts."))
    try:
        return str(file.read().decode())
    except UnicodeDecodeError:
        raise unreadable() from None


@dataclass(frozen=True, slots=True)
class Row:
    """One tablet as the page shows it, by the clock of the place."""

    tablet: Tablet
    made: datetime
    seen: datetime
    minutes_off: int
    waits_since: datetime | None


def listed(request: Request, form: FileForm | None = None) -> HttpResponse:
    """One's own tablets, and for a lead those of everybody at the same place."""
    actor = request.doing.actor
    check(actor, "tablet.own")
    user: User = request.user  # type: ignore[assignment]
    place = place_of(user)
    zone = place.zone if place else "UTC"
    mine = [_row(each, zone) for each in tablets_of(user.pk)]
    led = actor.locations(Role.CLINICAL_LEAD)
    found = Tablet.objects.filter(user__memberships__location__in=led).exclude(user=user).select_related("user")
    others = [_row(each, zone) for each in found.distinct().order_by("-pk")]
    context = {"mine": mine, "others": others, "zone": zone, "tries": TRIES, "form": form or FileForm()}
    return render(request, "bedside/desk_tablets.html", context, status=422 if form else 200)


def _row(tablet: Tablet, zone: str) -> Row:
    return Row(
        tablet=tablet,
        made=local(tablet.made_at, zone),
        seen=local(tablet.seen_at, zone),
        minutes_off=round(tablet.offset_ms / 60_000),
        waits_since=local(tablet.oldest_at, zone) if tablet.oldest_at and tablet.unsent else None,
    )


urlpatterns = [
    path("tablets/", tablets, name="tablets"),
    path("tablets/file/", take_file, name="take_file"),
    path("tablets/<str:tablet>/end/", end_tablet, name="end_tablet"),
    path("unlock/", unlock, name="unlock"),
    path("revoke/", revoke, name="revoke"),
]
