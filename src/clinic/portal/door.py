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
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
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
FIRST: Final = {
    AccessLink.Purpose.INTAKE: "portal:questions",
    AccessLink.Purpose.CONTACT: "portal:contact",
    AccessLink.Purpose.OUTCOME: "portal:outcomes",
}
"""The page to which a link leads, by its purpose; else the person's own page."""
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
    """A new session for this link alone: whoever used this browser before is signed out, and their pages that still
    stand open in it can send nothing.
    """
    request.session.flush()
    rotate_token(request)
    request.session[LINK] = link.public
    request.session.set_expiry(IDLE)
    return redirect(FIRST.get(AccessLink.Purpose(link.purpose), "portal:home"))


def inside(view: Callable[Concatenate[Request, Patient, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Opens a page to who came through the door, for the patient of their link and for nobody else.

    A browser has one session. Somebody who speaks for two children may have a page of each open, and the address does
    not tell whose it is: so every form names the link that it was drawn for.
    """

    @never_cache
    @wraps(view)
    def opened(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link: AccessLink | None = request.link
        if link is None or request.doing.actor.patient_id != link.patient_id:
            return render(request, "portal/away.html", status=403)
        if request.method == "POST" and request.POST.get("link") != link.public:
            return _other(request, link)
        request.session.modified = True
        return view(request, link.patient, *args, **kwargs)

    return opened


def _other(request: Request, link: AccessLink) -> HttpResponse:
    """What was sent belongs to a link that was open in this browser before: nothing of it is kept."""
    context = {"patient": link.patient, "clinic_name": link.patient.clinic.name}
    return render(request, "portal/other.html", context, status=409)


def refused_form(request: Request, reason: str = "") -> HttpResponse:
    """A form whose token does not fit. Where another link was opened since, it says that."""
    link: AccessLink | None = getattr(request, "link", None)
    if link is not None and "link" in request.POST and request.POST["link"] != link.public:
        return _other(request, link)
    return csrf_failure(request, reason)


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
