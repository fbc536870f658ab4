"""One to two days after a session: a few questions, and what to do at once where an answer asks for it.

What somebody says again later counts too: nobody is told that it is too late to say that a leg has grown weak.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from clinic.actions.aftercare import answer_contact, heard, meanings, open_contact, to_do, words_for
from clinic.actions.open_chart import open_chart
from clinic.look.borne import BorneForm
from clinic.look.request import Request
from clinic.portal.door import around, inside
from clinic.records.facts import local
from clinic.records.models import Contact, Patient


@require_http_methods(["GET", "POST"])
@inside
def contact(request: Request, who: Patient) -> HttpResponse:
    """The questions; once they are answered, what to do, and the way to say more."""
    patient = open_chart(request.doing, public=who.public, right="contact.answer", about="contact")
    context = around(request, patient)
    found = open_contact(patient, request.link) if request.link else None
    if found is None:
        return render(request, "portal/contact_none.html", context)
    asked = found.state != Contact.State.ANSWERED or "again" in request.GET or request.method == "POST"
    if not asked:
        return render(request, "portal/contact_done.html", {**context, **after(found)})
    form = BorneForm(request.POST or None, vocabulary=words_for(found.session))
    if request.method == "POST" and form.is_valid():
        answer_contact(request.doing, contact=found.public, answer=form.answer())
        return redirect("portal:contact")
    visit = found.session.visit
    context |= {"form": form, "when": date_format(local(visit.starts, visit.location.zone), "DATE_FORMAT")}
    return render(request, "portal/contact.html", context, status=422 if request.method == "POST" else 200)


def after(found: Contact) -> dict[str, object]:
    """What the answers mean, in the content's own words; the gravest first."""
    meant = meanings(found, [each.name for each in heard(found)])
    rows = [(each.term.term, to_do(each)) for each in meant if each.refer]
    return {
        "emergency": any(each.emergency for each in meant),
        "locked": any(each.locks for each in meant),
        "told": [f"{term}. {words}" for term, see in rows for words in see],
    }


urlpatterns = [path("my/contact/", contact, name="contact")]
