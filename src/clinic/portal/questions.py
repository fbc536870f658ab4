"""The questions on the patient's own telephone: one page a question, kept at every answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.actions.intake import PATIENT, emergency_words, hold_words, round_for
from clinic.actions.open_chart import open_chart
from clinic.actions.policies import missing_consents
from clinic.look.questions import progress_words
from clinic.look.request import Request
from clinic.look.turns import Turn, take_turn
from clinic.portal.door import around, inside
from clinic.records.content import in_force
from clinic.records.models import Patient
from clinic.records.speech import spoken


@require_http_methods(["GET", "POST"])
@inside
def questions(request: Request, who: Patient) -> HttpResponse:
    """The next question, an earlier one, what to do in an emergency, or what happens next."""
    doing = request.doing
    patient = open_chart(doing, public=who.public, right="intake.answer", about="questions")
    asked = round_for(patient, who=PATIENT, now=doing.now, library=spoken(in_force(patient.clinic_id)))
    turn = take_turn(request, asked, right="intake.answer")
    if turn.kept:
        if turn.sheet and turn.sheet.notes:
            words = ", ".join(turn.sheet.notes.values())
            messages.info(request, _("Kept as you wrote it, for your therapist to read: %(words)s") % {"words": words})
        return redirect("portal:questions")
    context = {**around(request, patient), "turn": turn, "back_url": _back(turn)}
    if turn.sheet is not None:
        context |= {"sheet": turn.sheet, "progress_words": progress_words(asked.left) if not turn.back else ""}
        return render(request, "portal/question.html", context, status=422 if turn.sheet.problems else 200)
    if asked.emergency:
        return render(request, "portal/emergency.html", {**context, "told": emergency_words(asked.found)})
    told, see = hold_words(asked.found)
    context |= {"told": told, "see": see, "consents": missing_consents(asked.found)}
    return render(request, "portal/done.html", context)


def _back(turn: Turn) -> str:
    return f"{reverse('portal:questions')}{turn.back_query}" if turn.back_query else ""


urlpatterns = [path("my/questions/", questions, name="questions")]
