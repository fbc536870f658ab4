"""The questions at the desk: the patient's, asked by whoever sits with them, and those that only a therapist answers.

It is the same engine as on the patient's telephone. What the patient says here is the patient's statement; what a
therapist measures and sees is the therapist's. Who may ask and not read the chart sees again what they entered
themselves, to put a slip right, and nothing that was told to others or at home.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.actions.intake import PATIENT, Round, emergency_words, not_placed, round_for
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import can
from clinic.desk.frame import banner
from clinic.look.questions import progress_words
from clinic.look.request import Request
from clinic.look.turns import Turn, take_turn
from clinic.records.content import in_force
from clinic.records.models import Patient
from clinic.records.speech import spoken

THERAPIST = "therapist"
RIGHTS = {PATIENT: "intake.ask", THERAPIST: "fact.correct"}
"""Whose answers are entered, with the right that this needs."""


@require_http_methods(["GET", "POST"])
def intake(request: Request, public: str) -> HttpResponse:
    """The next question for the patient or, with `?as=therapist`, for the therapist."""
    doing = request.doing
    who = THERAPIST if request.GET.get("as") == THERAPIST else PATIENT
    patient = open_chart(doing, public=public, right=RIGHTS[who], about=f"questions {who}")
    reads = can(doing.actor, "chart.read", patient, now=doing.now)
    content = spoken(in_force(patient.clinic_id))
    asked = round_for(patient, who=who, now=doing.now, library=content, by="" if reads else doing.actor.key)
    turn = take_turn(request, asked, right=RIGHTS[who])
    if turn.kept:
        if turn.sheet and turn.sheet.notes:
            words = ", ".join(turn.sheet.notes.values())
            messages.info(request, _("Kept as written, for the therapist to read: %(words)s") % {"words": words})
        return redirect(_url(patient, who))
    context = {**_page(request, patient, asked, who), **_shown(turn, patient, who)}
    refused = turn.sheet is not None and turn.sheet.problems
    return render(request, "desk/intake/page.html", context, status=422 if refused else 200)


def _shown(turn: Turn, patient: Patient, who: str) -> dict[str, object]:
    asked = turn.asked
    base = _url(patient, who)
    back = f"{base}{'&' if '?' in base else '?'}{turn.back_query[1:]}" if turn.back_query else ""
    return {
        "turn": turn,
        "sheet": turn.sheet,
        "back_url": back,
        "progress_words": progress_words(asked.left) if not turn.back else "",
        "told": emergency_words(asked.found) if turn.sheet is None else [],
    }


def _page(request: Request, patient: Patient, asked: Round, who: str) -> dict[str, object]:
    """Banner, the way between the two kinds of questions, and what the patient wrote that nobody could place."""
    carer = can(request.doing.actor, "fact.correct", patient, now=request.doing.now)
    strange = not_placed(asked) if carer else {}
    return {
        "patient": patient,
        "clinic": patient.clinic,
        "banner": banner(patient, asked.found.on.date(), asked.found),
        "tab": "intake",
        "who": who,
        "carer": carer,
        "urls": {each: _url(patient, each) for each in RIGHTS},
        "patients_left": len(asked.found.questions_for(PATIENT)),
        "strange": [(asked.table[name].ask, words) for name, words in strange.items()],
    }


def _url(patient: Patient, who: str) -> str:
    url = reverse("desk:intake", args=[patient.public])
    return f"{url}?as={who}" if who != PATIENT else url


urlpatterns = [path("p/<str:public>/intake/", intake, name="intake")]
