"""The door for patients and guardians: a private link, and beside it a date of birth.

Whose link it is, and whether it is one at all, is told to nobody who does not know the date. The page reads nothing
before a date was sent, so it is the same page for every secret.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clinic.actions.links import enter
from clinic.actions.permissions import not_found
from clinic.look.questions import Slot
from clinic.look.request import Request
from clinic.look.typed import date_text
from clinic.records.models import AccessLink, Patient
from effleurage.errors import InputError

P = ParamSpec("P")
LINK: Final = "private-link"
"""The key of the session under which a private link stands once its birth date was told."""
IDLE: Final = 60 * 60
"""Seconds without a page after which the date of birth is asked again."""


@never_cache
@require_http_methods(["GET", "POST"])
def door(request: Request, secret: str) -> HttpResponse:
    """Asks for the date of birth. One answer for a wrong date and for an unknown, old or closed link."""
    wrong = ""
    if request.method == "POST":
        try:
            link = enter(request.doing, secret=secret, born=_born(request))
        except InputError as fault:
            wrong = fault.what
        else:
            if link is not None:
                return _let_in(request, link)
            wrong = _(
                "This did not open. Please check the date. If it still does not open, the link may be old: "
                "the clinic can send you a new one."
            )
    day, month, year = (request.POST.get(f"born-{part}", "") for part in "dmy")
    slot = Slot(key="born", kind="date", asked="", day=day, month=month, year=year, error=wrong)
    answer = render(request, "portal/door.html", {"slot": slot}, status=422 if wrong else 200)
    answer["Referrer-Policy"] = "strict-origin"  # the secret in the address is told to no other page, ours included
    return answer


def _born(request: Request) -> date:
    """The date in the three fields. Raises InputError."""
    day, month, year = (request.POST.get(f"born-{part}", "").strip() for part in "dmy")
    try:
        return date.fromisoformat(date_text(day, month, year))
    except ValueError:
        raise InputError(where="", what=_("Please give day, month and year."), remedy="") from None


def _let_in(request: Request, link: AccessLink) -> HttpResponse:
    """A new session for this link alone: whoever used this browser before is signed out."""
    request.session.flush()
    request.session[LINK] = link.public
    request.session.set_expiry(IDLE)
    asks = link.purpose == AccessLink.Purpose.INTAKE
    return redirect("portal:questions" if asks else "portal:home")


def inside(view: Callable[Concatenate[Request, Patient, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Opens a page to who came through the door, for the patient of their link and for nobody else."""

    @never_cache
    @wraps(view)
    def opened(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link: AccessLink | None = request.link
        if link is None or request.doing.actor.patient_id != link.patient_id:
            return render(request, "portal/away.html", status=403)
        request.session.modified = True
        return view(request, link.patient, *args, **kwargs)

    return opened


def around(request: Request, who: Patient) -> dict[str, object]:
    """What every page of the portal passes on: the clinic, and for a guardian, whom they speak for."""
    link = request.link
    if link is None:
        raise not_found()
    return {
        "patient": who,
        "clinic": who.clinic,
        "clinic_name": who.clinic.name,
        "guardian": link.guardian,
        "link": link,
    }


@never_cache
@require_POST
def leave(request: Request) -> HttpResponse:
    """Ends the session. The link stays, and opens again with the date of birth."""
    request.session.flush()
    return render(request, "portal/left.html")


urlpatterns = [path("i/<str:secret>/", door, name="door"), path("my/leave/", leave, name="leave")]
