"""The care team of a patient: who opens this chart without giving a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from clinic.accounts.models import User
from clinic.actions.care import assign_care, carers_of, end_care
from clinic.actions.open_chart import open_chart
from clinic.desk.frame import banner
from clinic.look.request import Request
from clinic.records.facts import local


class CarerForm(forms.Form):
    user = forms.ChoiceField(label=gettext_lazy("Who looks after this patient"))

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [(each.public, each.name) for each in people]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def care(request: Request, public: str) -> HttpResponse:
    who = open_chart(request.doing, public=public, right="care.assign", about="care")
    team = list(who.care.select_related("user").order_by("user__name"))
    there = {each.user_id for each in team}
    free = [each for each in carers_of(who.location) if each.pk not in there]
    form = CarerForm(request.POST or None, people=free)
    if request.method == "POST" and form.is_valid():
        made = assign_care(request.doing, public=public, user=form.cleaned_data["user"])
        messages.success(request, _("%(name)s looks after this patient now.") % {"name": made.user.name})
        return redirect("desk:care", public)
    on = local(request.doing.now, who.location.zone).date()
    context = {"patient": who, "banner": banner(who, on), "team": team, "form": form if free else None}
    return render(request, "desk/care/page.html", context, status=422 if form.errors else 200)


@require_POST
def end(request: Request, public: str, user: str) -> HttpResponse:
    end_care(request.doing, public=public, user=user)
    messages.success(request, _("Ended. The chart now opens with a reason only."))
    return redirect("desk:care", public)


urlpatterns = [
    path("p/<str:public>/care/", care, name="care"),
    path("p/<str:public>/care/<str:user>/end/", end, name="end_care"),
]
