"""The decision of one patient: first what it was read from, then what it says, and at most two taps to every source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import can, not_found
from clinic.actions.policies import why_not_agree, why_not_override
from clinic.actions.set_aside import agree, set_aside, take_back
from clinic.desk.differences import Naming, ceiling_rows
from clinic.desk.frame import banner
from clinic.look.request import Request
from clinic.paper.issued import letter_paper
from clinic.records.models import Override, Patient
from clinic.records.speech import blocked, spoken
from clinic.records.standing import Standing, planned, standing, with_steps
from effleurage.decision.aside import Hold, hold
from effleurage.decision.ask import Question
from effleurage.facts.kinds import Bad
from effleurage.plan.plan import Plan, plan
from effleurage.protocol.explain import supporting
from effleurage.protocol.nodes import Rule, facts_in
from effleurage.render.page import plan_values

NAMED = 5
"""Questions whose good answer is said beside the best case; more would not be read."""
TOP = 3
"""Facts that a confirmation names: enough to notice that one of them is wrong."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A patient's decision as it is shown: where they stand, and the plan in the reader's language."""

    found: Standing
    plan: Plan
    values: dict[str, Any]


def seen(found: Standing) -> Seen:
    """The same decision in the words of the reader. The words change, the limits do not."""
    library = spoken(found.library)
    made = found.plan if library is found.library else planned(found.intake, library, found.on, found.overrides)
    notices = [blocked(found.library)] if blocked(found.library) else []
    phone = found.patient.clinic.emergency_number
    values = plan_values(plan=made, library=library, intake=found.intake, notices=notices, phone=phone)
    return Seen(found, made, values)


@require_GET
def decision(request: Request, public: str) -> HttpResponse:
    who = open_chart(request.doing, public=public, right="chart.read", about="decision")
    shown = seen(standing(who, now=request.doing.now))
    context = {
        **page(who, shown.found, "decision"),
        "values": shown.values,
        "inputs": list(inputs(shown)),
        "unknown": len(shown.found.questions),
        "rules": [rule_row(who, rule) for rule in shown.plan.decision.telling],
        "if_known": if_known(shown),
        "letters": list(letters(shown.found)),
        "overrides": [override_row(request, each, shown) for each in reversed(with_steps(shown.found.every_override))],
    }
    return render(request, "desk/decision/page.html", context)


def page(who: Patient, found: Standing, tab: str) -> dict[str, Any]:
    """What every page of a patient passes on; its clock times are those of the patient's location."""
    timezone.activate(ZoneInfo(who.location.zone))
    return {"patient": who, "banner": banner(who, found.on.date(), found), "found": found, "tab": tab}


@dataclass(frozen=True, slots=True)
class Input:
    """One fact that the decision rests on: its question, its value in words, its date and who said it."""

    ask: str
    value: str
    when: str
    origin: str
    url: str


def inputs(shown: Seen) -> Iterator[Input]:
    """The facts behind the rules that shape the limits, each once, those of the strictest rule first."""
    facts, table = shown.plan.decision.facts, shown.plan.decision.facts.table
    entries = shown.found.chart.current()
    done: set[str] = set()
    for rule in sorted(shown.plan.decision.determining, key=lambda rule: -rule.limit.verdict):
        for name in supporting(rule.when, facts, table):
            if name not in done:
                done.add(name)
                entry = entries.get(name)
                yield Input(
                    ask=table[name].called,
                    value=facts.shown(name),
                    when=entry.on[:10] if entry else _("worked out"),
                    origin=origin_words(entry.origin) if entry else "",
                    url=reverse("desk:history", args=[shown.found.patient.public]) + f"#{name}",
                )


def origin_words(origin: str) -> str:
    return {
        "patient": _("the patient"),
        "therapist": _("the therapist"),
        "clinician": _("a doctor"),
        "import": _("an imported record"),
    }.get(origin, origin)


@dataclass(frozen=True, slots=True)
class RuleRow:
    id: str
    because: str
    url: str
    hold: str


def rule_row(who: Patient, rule: Rule) -> RuleRow:
    return RuleRow(rule.id, rule.because, reverse("desk:rule", args=[who.public, rule.id]), hold(rule).value)


def if_known(shown: Seen) -> dict[str, Any] | None:
    """What the plan would be if every open question were answered as well as it can be, and what that would open; None
    if nothing is open.
    """
    decision, library = shown.plan.decision, spoken(shown.found.library)
    if decision.settled:
        return None
    best = replace(decision, possible_word=decision.certain_word, undecided_word=0)
    made = plan(decision=best, regimens=library.regimens)
    return {
        "verdict": made.verdict.name.lower(),
        "words": library.protocols.language.words(made.verdict.words),
        "regimens": [each.regimen.title for each in made.available],
        "minutes": best.limits.minutes,
        "answers": list(good_news(shown.plan.questions[:NAMED])),
        "ceilings": list(ceiling_rows(decision.limits, best.limits, Naming(library, library))),
        "steps": [row for row in opened(shown.plan, made) if row[1]],
    }


def good_news(asked: Iterable[Question]) -> Iterator[tuple[str, str]]:
    """Questions with the answer that opens most, where one word says it."""
    words = {Bad.YES: _("no"), Bad.NO: _("yes")}
    for each in asked:
        bad = each.facts[0].bad if len(each.facts) == 1 else None
        if each.batch and len(each.facts) > 1:
            yield each.text, _("None of these")
        elif bad in words:
            yield each.text, words[bad]


def opened(now: Plan, best: Plan) -> Iterator[tuple[str, list[str]]]:
    """The steps of each regimen that can be done in the best case, and not as things stand."""
    open_now = {each.regimen.id: {step.id for step in each.steps} for each in now.available}
    for each in best.available:
        already = open_now.get(each.regimen.id, set())
        yield each.regimen.title, [step.title for step in each.steps if step.id not in already]


@dataclass(frozen=True, slots=True)
class LetterRow:
    to: str
    urgency: str
    url: str


def letters(found: Standing) -> Iterator[LetterRow]:
    who, words = found.patient, spoken(found.library).protocols.vocabulary
    for referral in found.plan.certain_referrals:
        url = reverse("desk:letter_pdf", args=[who.public, referral.target])
        yield LetterRow(words.term("referrals", referral.target), referral.urgency, url)


@require_GET
def letter(request: Request, public: str, target: str) -> HttpResponse:
    """A referral letter as PDF. Only a referral that is certain is written to anybody."""
    who = open_chart(request.doing, public=public, right="letter.print", about=f"letter {target}")
    return letter_paper(standing(who, now=request.doing.now), target, request.doing.now)


class AsideForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=Override.Reason.choices, widget=forms.RadioSelect, required=False
    )
    text = forms.CharField(
        label=gettext_lazy("In your words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text=gettext_lazy("What makes this patient different, so that a colleague understands it in a year."),
    )


@require_http_methods(["GET", "POST"])
def rule(request: Request, public: str, rule: str) -> HttpResponse:
    """One rule for one patient: what it says, what it read, its sources, and setting it aside."""
    who = open_chart(request.doing, public=public, right="chart.read", about=f"rule {rule}")
    shown = seen(standing(who, now=request.doing.now))
    known = shown.plan.decision.protocols.by_id.get(rule)
    if known is None:
        raise not_found()
    form = AsideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        data = form.cleaned_data
        made = set_aside(
            request.doing, public=public, rule=rule, reason=data.get("reason", ""), text=data.get("text", "")
        )
        messages.success(
            request, _("Set aside; a second person must agree.") if made.hard else _("Set aside; the lead is told.")
        )
        return redirect("desk:decision", public)
    facts = shown.plan.decision.facts
    context = {
        **page(who, shown.found, "decision"),
        "rule": known,
        "reads": [(facts.table[name].called, facts.shown(name)) for name in dict.fromkeys(facts_in(known.when))],
        "source_rows": sources(known, shown),
        "why_not": why_not_override(shown.found, known),
        "hard": hold(known) is Hold.HARD,
        "form": form,
        "may": can(request.doing.actor, "override.make"),
    }
    return render(request, "desk/decision/rule.html", context)


def sources(rule: Rule, shown: Seen) -> list[dict[str, Any]]:
    """The sources of a rule as `plan_values` tells them, with title, address and what was read."""
    titles = spoken(shown.found.library).protocols.sources
    return [
        {
            "title": titles[each.key][0],
            "url": next(iter(titles[each.key][1]), ""),
            "status": each.status,
            "note": each.note,
        }
        for each in rule.sources
    ]


def override_row(request: Request, made: Override, shown: Seen) -> dict[str, Any]:
    steps = list(made.steps.all())
    agreed = [step for step in steps if step.kind == "agreed"]
    ended = [step for step in steps if step.kind == "withdrawn"]
    return {
        "made": made,
        "steps": steps,
        "counts": made.rule in shown.plan.decision.aside,
        "waits": made.hard and not agreed and not ended,
        "may_agree": made.hard and not why_not_agree(shown.plan.decision, made, request.doing.actor, request.doing.now),
        "may_end": not ended,
    }


class TextForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("In your words"), widget=forms.Textarea(attrs={"rows": 3}))


@require_http_methods(["GET", "POST"])
def aside(request: Request, public: str, override: str, step: str) -> HttpResponse:
    """The second person's agreement to a hard stop, or taking an override back."""
    who = open_chart(request.doing, public=public, right="override.agree", about=f"override {override}")
    made = Override.objects.filter(patient=who, public=override).select_related("by").first()
    if made is None or step not in ("agree", "end"):
        raise not_found()
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = agree if step == "agree" else take_back
        done(request.doing, public=public, override=override, text=form.cleaned_data["text"])
        return redirect("desk:decision", public)
    shown = seen(standing(who, now=request.doing.now))
    known = shown.plan.decision.protocols.by_id.get(made.rule)
    context = {**page(who, shown.found, "decision"), "made": made, "step": step, "rule": known, "form": form}
    return render(request, "desk/decision/aside.html", context)


urlpatterns = [
    path("p/<str:public>/decision/", decision, name="decision"),
    path("p/<str:public>/decision/rule/<str:rule>/", rule, name="rule"),
    path("p/<str:public>/decision/aside/<str:override>/<str:step>/", aside, name="aside"),
    path("p/<str:public>/letter/<str:target>.pdf", letter, name="letter_pdf"),
]
