"""The patient's own page: what is to do, and the plan once somebody stands for it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from clinic.actions.intake import emergency_words
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import can, not_found
from clinic.actions.policies import missing_consents
from clinic.look.request import Request
from clinic.paper.issued import plan_paper, signed_by
from clinic.portal.door import around, inside
from clinic.records.content import in_force, library
from clinic.records.models import Patient
from clinic.records.outcome_courses import history
from clinic.records.outcomes import for_patient
from clinic.records.replay import plan_again
from clinic.records.speech import spoken
from clinic.records.standing import PlanState, Standing, standing
from effleurage.render.page import plan_values


@require_GET
@inside
def home(request: Request, who: Patient) -> HttpResponse:
    patient, found = _found(request, who, "intake.answer", "home")
    sees = can(request.doing.actor, "outcome.see", patient)
    context = {
        **around(request, patient),
        "emergency": emergency_words(found),
        "left": len(found.patient_questions),
        "consents": missing_consents(found),
        "counts": counts(found),
        "held": found.signed and not counts(found),
        "outcomes": sees,
        "sheets": len(for_patient(history(patient).to_answer(found.on), found.library)) if sees else 0,
    }
    return render(request, "portal/home.html", context)


@require_GET
@inside
def plan(request: Request, who: Patient) -> HttpResponse:
    """The plan in the patient's words. What does not count is not shown: it says so, calmly."""
    patient, found = _found(request, who, "plan.see", "plan")
    context = {**around(request, patient), "held": found.signed}
    if not counts(found):
        return render(request, "portal/no_plan.html", context)
    return render(request, "portal/plan.html", {**context, **shown(patient, found)})


@require_GET
@inside
def paper(request: Request, who: Patient) -> HttpResponse:
    """The same plan as PDF."""
    _patient, found = _found(request, who, "plan.see", "plan pdf")
    if found.treatment is None or not counts(found):
        raise not_found()
    return plan_paper(found, found.treatment, "patient", request.doing.now)


def counts(found: Standing) -> bool:
    """Whether there is a plan that a therapist has signed and that holds today."""
    return found.signed and found.plan_state is PlanState.SIGNED and found.plan.may_treat and not found.leaning


def shown(patient: Patient, found: Standing) -> dict[str, Any]:
    """The signed plan from its own facts and content, as the paper has it."""
    made = found.treatment
    if made is None:
        raise not_found()
    content = spoken(library(made.content_hash))
    again, intake, _content = plan_again(made.decision, content)
    chosen = next(each for each in again.regimens if each.regimen.id == made.regimen)
    phone = patient.clinic.emergency_number
    values = plan_values(plan=again, library=content, intake=intake, chosen=chosen, phone=phone)
    regimen = next((each for each in values["regimens"] if each["chosen"]), None)
    return {"page": values, "regimen": regimen, "signature": signed_by(made, patient)}


def _found(request: Request, who: Patient, right: str, about: str) -> tuple[Patient, Standing]:
    doing = request.doing
    patient = open_chart(doing, public=who.public, right=right, about=about)
    return patient, standing(patient, now=doing.now, library=spoken(in_force(patient.clinic_id)))


urlpatterns = [
    path("my/", home, name="home"),
    path("my/plan/", plan, name="plan"),
    path("my/plan.pdf", paper, name="plan_pdf"),
]
