"""Private links at the desk: made, shown once to be copied, printed or scanned, and closed again.

The page that shows a new link is the answer to the form itself: the secret is nowhere stored from which a later page
could read it.
"""

from __future__ import annotations

from datetime import datetime

import qrcode
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clinic.actions.links import TRIES, add_guardian, counts, guardians_of, links_of, make_link, revoke_link
from clinic.actions.open_chart import open_chart
from clinic.desk.frame import banner
from clinic.look.request import Request
from clinic.records.facts import local
from clinic.records.models import AccessLink, Guardian, Patient


class LinkForm(forms.Form):
    """Which link, and for whom."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("What it is for"),
        choices=[
            (
                AccessLink.Purpose.INTAKE,
                gettext_lazy("To answer the questions, agree, and read the signed plan; it opens for 14 days"),
            ),
            (AccessLink.Purpose.PORTAL, gettext_lazy("To see the plan, consents and questions; it opens for 90 days")),
            (AccessLink.Purpose.OUTCOME, gettext_lazy("To answer questionnaires that are due; it opens for 14 days")),
        ],
        widget=forms.RadioSelect,
        initial=AccessLink.Purpose.INTAKE,
    )
    guardian = forms.ChoiceField(label=gettext_lazy("For whom"), widget=forms.RadioSelect, required=False, initial="")

    def __init__(self, data: object, *, patient: Patient, guardians: list[Guardian]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        field = self.fields["guardian"]
        rows = [(each.public, f"{each.name} ({each.relation})") for each in guardians]
        field.choices = [("", patient.name), *rows]  # type: ignore[attr-defined]
        if not guardians:
            field.widget = forms.HiddenInput()


class GuardianForm(forms.Form):
    """Somebody who speaks for the patient."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    relation = forms.CharField(
        label=gettext_lazy("How they are related"),
        max_length=60,
        help_text=gettext_lazy("Mother, father, legal guardian"),
    )
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)


@never_cache
@require_http_methods(["GET", "POST"])
def links(request: Request, public: str) -> HttpResponse:
    """The links of a patient and the form for a new one; what is sent makes it and shows it, once."""
    patient = open_chart(request.doing, public=public, right="link.make", about="links")
    form = LinkForm(request.POST or None, patient=patient, guardians=list(guardians_of(patient)))
    if request.method == "POST" and form.is_valid():
        return _made(request, patient, form)
    context = {**_page(request, patient), "form": form, "rows": _rows(request, patient)}
    return render(request, "desk/links/page.html", context, status=422 if form.errors else 200)


def _made(request: Request, patient: Patient, form: LinkForm) -> HttpResponse:
    made = make_link(request.doing, public=patient.public, **form.cleaned_data)
    address = request.build_absolute_uri(reverse("portal:door", args=[made.secret]))
    context = {
        **_page(request, patient),
        "link": made.link,
        "clinic": patient.clinic,
        "address": address,
        "code": code_of(address),
        "until": _day(made.link.expires_at, patient),
    }
    return render(request, "desk/links/made.html", context)


@require_POST
def revoke(request: Request, public: str, link: str) -> HttpResponse:
    """Closes a link."""
    revoke_link(request.doing, public=public, link=link)
    messages.success(request, _("The link is closed. It opens for nobody any more."))
    return redirect("desk:links", public)


@require_http_methods(["GET", "POST"])
def guardian(request: Request, public: str) -> HttpResponse:
    """Enters somebody who speaks for the patient."""
    patient = open_chart(request.doing, public=public, right="patient.identity", about="guardians")
    form = GuardianForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_guardian(request.doing, public=public, **form.cleaned_data)
        messages.success(request, _("%(name)s is entered.") % {"name": form.cleaned_data["name"]})
        return redirect("desk:links", public)
    context = {**_page(request, patient), "form": form}
    return render(request, "desk/links/guardian.html", context, status=422 if form.errors else 200)


def _page(request: Request, patient: Patient) -> dict[str, object]:
    on = local(request.doing.now, patient.location.zone).date()
    return {"patient": patient, "banner": banner(patient, on), "tab": "links"}


def _rows(request: Request, patient: Patient) -> list[dict[str, object]]:
    now: datetime = request.doing.now
    return [
        {
            "link": each,
            "purpose": each.get_purpose_display(),
            "holder": each.guardian.name if each.guardian else patient.name,
            "made": _day(each.made_at, patient),
            "by": each.made_by.name,
            "state": _state(each, patient, now),
            "open": counts(each, now),
        }
        for each in links_of(patient)
    ]


def _state(link: AccessLink, patient: Patient, now: datetime) -> str:
    if link.revoked_at and link.wrong_tries >= TRIES:
        return _("closed after %(count)s wrong dates of birth") % {"count": link.wrong_tries}
    if link.revoked_at:
        return _("closed")
    if not counts(link, now):
        return _("ran out")
    until = {"day": _day(link.expires_at, patient)}
    return _("opened already, open until %(day)s") % until if link.used_at else _("open until %(day)s") % until


def _day(at: datetime, patient: Patient) -> str:
    return date_format(local(at, patient.location.zone), "DATE_FORMAT")


def code_of(address: str) -> SafeString:
    """An address as a drawn code for a telephone's camera: black on white in every scheme, or no camera reads it."""
    code = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    rows = code.get_matrix()
    dots = "".join(f"M{x},{y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return format_html(
        '<svg viewBox="0 0 {size} {size}" width="260" height="260" role="img" aria-label="{said}" '
        'shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/>'
        '<path fill="#000" d="{dots}"/></svg>',
        size=len(rows),
        said=_("The address as a code for the camera of a telephone"),
        dots=mark_safe(dots),  # noqa: S308 - numbers of our own
    )


urlpatterns = [
    path("p/<str:public>/links/", links, name="links"),
    path("p/<str:public>/links/<str:link>/revoke/", revoke, name="revoke_link"),
    path("p/<str:public>/guardian/", guardian, name="guardian"),
]
