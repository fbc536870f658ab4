"""Questionnaires on the patient's own telephone, and their own numbers in plain words.

A link for a questionnaire opens only what is to be answered: whoever finds one learns nothing of the body.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.open_chart import open_chart
from clinic.actions.outcomes import Sheet, answer_instrument
from clinic.actions.permissions import can, not_found
from clinic.look.instrument import InstrumentForm
from clinic.look.measures import page_of
from clinic.look.request import Request
from clinic.paper.summary_paper import summary_paper
from clinic.portal.door import around, inside
from clinic.records.content import in_force
from clinic.records.facts import local
from clinic.records.models import Patient, ScoreEntry
from clinic.records.outcome_courses import History, history
from clinic.records.outcomes import for_patient
from clinic.records.speech import spoken
from effleurage.errors import InputError
from effleurage.library import Library
from effleurage.outcome.instrument import Instrument


@require_GET
@inside
def outcomes(request: Request, who: Patient) -> HttpResponse:
    """What is to be answered now; for a link to all pages, also what came of it so far."""
    patient = open_chart(request.doing, public=who.public, right="outcome.answer", about="outcomes")
    library, found = spoken(in_force(patient.clinic_id)), history(patient)
    sees = can(request.doing.actor, "outcome.see", patient)
    context = {
        **around(request, patient),
        "asked": asked(request, patient, found, library),
        "sees": sees,
        "course": found.course,
        "shown": page_of(found, found.course, library) if sees and found.course else None,
    }
    return render(request, "portal/outcomes/page.html", context)


def asked(request: Request, patient: Patient, found: History, library: Library) -> list[Instrument]:
    """The questionnaires that are to be answered now."""
    return for_patient(found.to_answer(local(request.doing.now, patient.location.zone)), library)


@require_http_methods(["GET", "POST"])
@inside
def outcome(request: Request, who: Patient, instrument: str) -> HttpResponse:
    """One questionnaire on one page; after it the next that is due."""
    patient = open_chart(request.doing, public=who.public, right="outcome.answer", about=f"sheet {instrument}"[:120])
    library, found = spoken(in_force(patient.clinic_id)), history(patient)
    left = asked(request, patient, found, library)
    wanted = next((each for each in left if each.name == instrument), None)
    if wanted is None:
        return redirect("portal:outcomes")
    form = InstrumentForm(request.POST or None, instrument=wanted, declined=_("I would rather not say"))
    if request.method == "POST" and form.is_valid() and _kept(request, patient, form):
        rest = [each for each in left if each is not wanted]
        messages.success(request, _("Kept. Thank you."))
        return redirect("portal:outcome", rest[0].name) if rest else redirect("portal:outcomes")
    context = {**around(request, patient), "instrument": wanted, "form": form, "more": len(left) - 1}
    return render(request, "portal/outcomes/sheet.html", context, status=422 if form.errors else 200)


def _kept(request: Request, patient: Patient, form: InstrumentForm) -> bool:
    sheet = Sheet(form.instrument.name, form.answers(), ScoreEntry.Via.LINK)
    try:
        answer_instrument(request.doing, public=patient.public, sheet=sheet)
    except InputError as error:
        form.add_error(None, error.what)
        return False
    return True


@require_GET
@inside
def summary(request: Request, who: Patient) -> HttpResponse:
    """The summary of the course that counts now, as PDF."""
    patient = open_chart(request.doing, public=who.public, right="outcome.see", about="summary pdf")
    found = history(patient)
    if found.course is None:
        raise not_found()
    return summary_paper(patient, found, found.course, "patient", request.doing.now)


urlpatterns = [
    path("my/outcomes/", outcomes, name="outcomes"),
    path("my/outcomes/<str:instrument>/", outcome, name="outcome"),
    path("my/summary.pdf", summary, name="summary_pdf"),
]
