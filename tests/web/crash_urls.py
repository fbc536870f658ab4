"""One address, at which a patient is registered by the act that the desk uses, behind the middleware of every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from clinic.accounts.models import Role, User
from clinic.actions.people import staff
from clinic.actions.register_patient import Person, register_patient
from clinic.config.urls import urlpatterns as own


@login_not_required
@csrf_exempt
def register(request: HttpRequest) -> HttpResponse:
    lead = User.objects.get(memberships__role=Role.CLINICAL_LEAD)
    person = Person(given="Ada", family=request.body.decode(), birth_date=date(1960, 1, 1))
    doing = replace(request.doing, actor=staff(lead))  # type: ignore[attr-defined]
    return HttpResponse(register_patient(doing, person=person, location=lead.memberships.get().location.public).public)


urlpatterns = [path("write/", register, name="write"), *own]
