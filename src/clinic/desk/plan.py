"""The plan: the regimens side by side, what the limits cut of each and why, choosing, signing, locking, printing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.actions.open_chart import open_chart
from clinic.actions.people import competences
from clinic.actions.permissions import can, not_found
from clinic.actions.plan_treatment import choose_plan, lock_plan, plan_of, release_plan, sign_plan
from clinic.actions.policies import why_not_release, why_not_sign, why_not_use
from clinic.desk import account
from clinic.desk.decision import Seen, inputs, page, seen
from clinic.desk.differences import differences
from clinic.look.request import Request
from clinic.paper.issued import plan_paper, signed_by
from clinic.records import content
from clinic.records.models import Patient, TreatmentPlan
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from effleurage.errors import ForPeople
from effleurage.plan.plan import Plan, PlannedRegimen
from effleurage.render import words as say


@dataclass(frozen=True, slots=True)
class Bar:
    """One dose of the course, as the bar chart of the doses wants it. Which one is next, the session itself says: it
    hangs on how the last one was borne.
    """

    label: str
    value: int
    words: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One regimen in the comparison."""

    id: str
    title: str
    about: str
    available: bool
    chosen: bool
    why_not: str
    minutes: str
    bars: tuple[Bar, ...]
    top: int
    course: str
    steps: tuple[str, ...]
    cuts: tuple[dict[str, Any], ...]


@require_GET
def plan(request: Request, public: str) -> HttpResponse:
    who = open_chart(request.doing, public=public, right="chart.read", about="plan")
    found = standing(who, now=request.doing.now)
    shown = seen(found)
    made = found.treatment
    context = {
        **page(who, found, "plan"),
        "values": shown.values,
        "columns": columns(shown),
        "made": made,
        "made_title": title_of(made, shown.plan) if made else "",
        "signature": signature_row(made, who) if made and found.signed else None,
        "state": found.plan_state.value,
        "why_not_use": why_not_use(found) if made else [],
        "why_not_sign": sign_reasons(request, found) if made and not found.signed else [],
        "differences": differences(found) if made and found.outdated else [],
        "why_not_release": why_not_release(found, found.treatment) if found.lock and found.treatment else [],
        "may_release": can(request.doing.actor, "plan.release"),
        "earlier": who.plans.select_related("signature", "chosen_by").order_by("-pk")[1:20],
    }
    return render(request, "desk/plan/page.html", context)


def columns(shown: Seen) -> list[Column]:
    """The regimens that are meant for this patient, those that are open first."""
    chosen = shown.found.treatment.regimen if shown.found.treatment else ""
    rows = {row["title"]: row for row in shown.values["regimens"]}
    made = [column(each, shown.plan, rows.get(each.regimen.title), chosen) for each in shown.plan.regimens]
    return sorted(made, key=lambda one: not one.available)


def column(planned: PlannedRegimen, made: Plan, row: dict[str, Any] | None, chosen: str) -> Column:
    course, regimen = planned.course, planned.regimen
    return Column(
        id=regimen.id,
        title=regimen.title,
        about=regimen.about,
        available=planned in made.available,
        chosen=regimen.id == chosen,
        why_not="" if planned in made.available else _nothing(planned),
        minutes=say.runs(planned.minutes),
        bars=tuple(bars(planned)),
        top=max(regimen.minutes),
        course=row["course"] if row else f"{course.sessions}",
        steps=tuple(step.title for step in planned.steps),
        cuts=tuple(row["cuts"]) if row else (),
    )


def _nothing(planned: PlannedRegimen) -> str:
    if planned.remains:
        return _("Too little is known, or a limit stands in the way.")
    return _("The limits leave nothing of it.")


def bars(planned: PlannedRegimen) -> Iterator[Bar]:
    """The minutes from session to session, until they hold."""
    for number, minutes in enumerate(say.until_it_holds(planned.minutes), start=1):
        yield Bar(label=str(number), value=minutes, words=_("%(n)s min") % {"n": minutes})


def title_of(made: TreatmentPlan, shown: Plan) -> str:
    """The title of the chosen regimen; its name where the content in force has it no more."""
    found = next((each.regimen.title for each in shown.regimens if each.regimen.id == made.regimen), "")
    if found:
        return found
    try:
        library = spoken(content.library(made.content_hash))
    except ForPeople:
        return made.regimen
    return next((each.title for each in library.regimens if each.id == made.regimen), made.regimen)


def signature_row(made: TreatmentPlan, who: Patient) -> dict[str, str]:
    signed = signed_by(made, who)
    if signed is None:
        return {}
    at = f"{date_format(signed.at, 'DATETIME_FORMAT')} ({who.location.zone})"
    return {"name": signed.name, "role": signed.role, "at": at, "hash": signed.hash[:12]}


def sign_reasons(request: Request, found: Standing) -> list[str]:
    """Why this person cannot sign, apart from signing in again, which the page leads to."""
    actor = request.doing.actor
    trained = competences(actor.user_id or 0, found.patient.location, request.doing.now)
    if found.treatment is None:
        return []
    return why_not_sign(found, found.treatment, actor.renewed(), trained)


@require_POST
def choose(request: Request, public: str) -> HttpResponse:
    made = choose_plan(request.doing, public=public, regimen=request.POST.get("regimen", ""))
    messages.success(request, _("Chosen. It can be used once it is signed."))
    return redirect("desk:sign", public, made.public)


@require_http_methods(["GET", "POST"])
def sign(request: Request, public: str, plan: str) -> HttpResponse:
    """Signing: what one stands for on one page, with the facts it rests on named, and signing in again."""
    who = open_chart(request.doing, public=public, right="plan.sign", about=f"sign {plan}")
    made = plan_of(who, plan)
    if request.method == "POST":
        sign_plan(request.doing, public=public, plan=plan)
        account.spend_fresh(request)
        messages.success(request, _("Signed. The patient can see the plan now."))
        return redirect("desk:plan", public)
    found = standing(who, now=request.doing.now)
    shown = seen(found)
    context = {
        **page(who, found, "plan"),
        "made": made,
        "made_title": title_of(made, shown.plan),
        "column": next((one for one in columns(shown) if one.id == made.regimen), None),
        "values": shown.values,
        "inputs": list(inputs(shown))[:3],
        "reasons": sign_reasons(request, found),
        "fresh": request.doing.actor.fresh,
        "confirm_url": account.confirm_url(request),
    }
    return render(request, "desk/plan/sign.html", context)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "POST"])
def lock(request: Request, public: str, plan: str, step: str) -> HttpResponse:
    """Locking a plan, or releasing it again."""
    right = {"lock": "plan.lock", "release": "plan.release"}.get(step)
    if right is None:
        raise not_found()
    who = open_chart(request.doing, public=public, right=right, about=f"{step} {plan}")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = lock_plan if step == "lock" else release_plan
        done(request.doing, public=public, plan=plan, reason=form.cleaned_data["reason"])
        return redirect("desk:plan", public)
    found = standing(who, now=request.doing.now)
    return render(request, "desk/plan/lock.html", {**page(who, found, "plan"), "form": form, "step": step})


@require_GET
def printed(request: Request, public: str, plan: str, audience: str) -> HttpResponse:
    """A signed plan as PDF, from its stored facts and its own content: for the therapist, the patient, or one page for
    the day on which the system is down.
    """
    who = open_chart(request.doing, public=public, right="chart.read", about=f"pdf {audience} {plan}")
    now = request.doing.now
    return plan_paper(standing(who, now=now), plan_of(who, plan), audience, now)


urlpatterns = [
    path("p/<str:public>/plan/", plan, name="plan"),
    path("p/<str:public>/plan/choose/", choose, name="choose_plan"),
    path("p/<str:public>/plan/<str:plan>/sign/", sign, name="sign"),
    path("p/<str:public>/plan/<str:plan>/<str:step>/", lock, name="lock_plan"),
    path("p/<str:public>/plan/<str:plan>/<str:audience>.pdf", printed, name="plan_pdf"),
]
