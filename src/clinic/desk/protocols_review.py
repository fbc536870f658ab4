"""One proposed version: what it changes in the text, in the rules and for the patients of this clinic; and what may
be done with it now. Nothing is approved before all of that was worked out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.accounts.models import Role
from clinic.actions.lists import read_list
from clinic.actions.permissions import can, check, not_found
from clinic.actions.protocols import (
    approve_version,
    proposal_of,
    publish_version,
    refuse_version,
    withdraw_version,
)
from clinic.actions.protocols_checks import Examined, current_base, examined, files_of
from clinic.actions.protocols_impact import COUNTS, assess, patients_of
from clinic.actions.protocols_policies import NEEDED, fallbacks, why_not_approve, why_not_publish
from clinic.desk import account
from clinic.desk.protocols_work import begin, left_words, look
from clinic.look.request import Request
from clinic.records.models import Examination, Patient, Proposal
from clinic.records.speech import verdict_words

CONTEXT_LINES = 3
STOP = "stop"
"""Chosen where no earlier version shall come back."""
PATIENTS_AT_ONCE = 50
"""Patients decided about twice in one step: more than half a second."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A place of a file where the two versions differ, with a few lines around it."""

    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    path: str
    kind: str
    hunks: tuple[Hunk, ...]


@require_GET
def proposal(request: Request, public: str) -> HttpResponse:
    check(request.doing.actor, "protocols.read")
    found = proposal_of(request.doing.actor.clinic_id, public)
    return render(request, "desk/protocols/proposal.html", context_of(request, found))


def context_of(request: Request, found: Proposal) -> dict[str, Any]:
    actor, known, base = request.doing.actor, examined(found), current_base(found.clinic_id)
    waits = found.state == Proposal.State.PROPOSED
    may_approve = waits and can(actor, "protocols.approve")
    return {
        "proposal": found,
        "hash": found.version.hash,
        "needed": NEEDED,
        "approvals": found.approvals.all(),
        "changed": changes(found.base_hash, found.version.hash) if found.base_hash else (),
        "failing": known.failing,
        "waits": waits,
        "view": "proposal",
        "may_publish": can(actor, "protocols.publish"),
        "why_not_approve": why_not_approve(found, known, actor.renewed(), found.version.hash) if may_approve else [],
        "may_approve": may_approve,
        "why_not_publish": why_not_publish(found, known, base) if waits else [],
        "other_base": waits and base != found.base_hash,
        **works(request, found, known),
    }


def works(request: Request, found: Proposal, known: Examined) -> dict[str, Any]:
    """The three things that take long, as far as they have come."""
    proofs = look(request.doing, Examination.Kind.PROOFS, found.version.hash, kept=known.proofs)
    difference = look(
        request.doing, Examination.Kind.DIFFERENCE, found.version.hash, found.base_hash, kept=known.difference
    )
    return {
        "works": [(_("Proofs"), proofs), (_("Difference of the rules"), difference)],
        "proofs": proofs,
        "unproved": [step for step in proofs.kept.results["steps"] if not step["ok"]] if proofs.kept else [],
        "difference": difference.kept.results["steps"][0] if difference.kept else None,
        "impact": impact_of(request, found),
        "stopped": any(work.state == "stopped" for work in (proofs, difference)),
        "unfinished": proofs.state != "done" or difference.state != "done" or not known.impact_done,
    }


def impact_of(request: Request, found: Proposal) -> dict[str, Any]:
    """What it changes for the patients: counted for the clinic, named only where the reader is the lead, which leaves a
    row.
    """
    impact = found.impact
    titles = {
        "same": _("nothing changes"),
        "stricter": _("stricter"),
        "looser": _("looser"),
        "verdict": _("another verdict"),
        "unreadable": _("answers that it cannot read"),
    }
    here = request.doing.actor.locations(Role.CLINICAL_LEAD)
    rows = [row for row in impact.get("named", ()) if row[1] in here]
    people = {
        each.public: each for each in Patient.objects.filter(public__in=[row[0] for row in rows], location__in=here)
    }
    if people:
        read_list(request.doing, about=f"impact:{len(people)}")
    seen = impact.get("seen", 0)
    total = seen if impact.get("done") else patients_of(found.clinic_id).count()
    began = float(request.session.get(_began_key(found), 0))
    seconds = request.doing.now.timestamp() - began if began else 0
    return {
        "lead": bool(here),
        "done": bool(impact.get("done")),
        "seen": seen,
        "total": max(total, seen),
        "left": left_words(seconds, seen, max(total, seen)),
        "counts": [(titles[name], impact.get(name, 0)) for name in COUNTS],
        "rows": [
            {
                "name": f"{people[public].family}, {people[public].given}",
                "url": reverse("desk:decision", args=[public]),
                "kinds": [titles[kind] for kind in kinds],
                "before": (before, verdict_words(before)) if before else None,
                "after": (after, verdict_words(after)) if after else None,
            }
            for public, _location, kinds, before, after in rows
            if public in people
        ],
    }


def _began_key(found: Proposal) -> str:
    return f"impact-began-{found.public}"


@require_POST
def examine(request: Request, public: str) -> HttpResponse:
    """The next step of all that takes long: the solver is begun or looked at, and some more patients are decided."""
    check(request.doing.actor, "protocols.approve")
    found = proposal_of(request.doing.actor.clinic_id, public)
    if found.state == Proposal.State.PROPOSED:
        _go_on(request, found)
    if not request.htmx:
        return redirect("desk:proposal", public)
    found.refresh_from_db(fields=["impact"])
    return render(request, "desk/protocols/examined.html", context_of(request, found) | {"asked": True})


def _go_on(request: Request, found: Proposal) -> None:
    again = "again" in request.POST
    if begin(request.doing, Examination.Kind.PROOFS, found.version.hash, again=again).state == "done":
        begin(request.doing, Examination.Kind.DIFFERENCE, found.version.hash, found.base_hash, again=again)
    if not found.impact.get("seen"):
        request.session[_began_key(found)] = request.doing.now.timestamp()
    assess(request.doing, public=found.public, count=PATIENTS_AT_ONCE)


@lru_cache(maxsize=16)
def changes(base_hash: str, content_hash: str) -> tuple[Changed, ...]:
    """The files that differ, and only the places where they do."""
    old, new = files_of(base_hash), files_of(content_hash)
    return tuple(_changed(old, new))


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Changed]:
    for name in sorted({*old, *new}):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            kind = "new" if name not in old else "gone" if name not in new else "changed"
            yield Changed(name, kind, tuple(hunks(before.splitlines(), after.splitlines())))


def hunks(before: list[str], after: list[str]) -> Iterator[Hunk]:
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        first, last = group[0], group[-1]
        old, new = before[first[1] : last[2]], after[first[3] : last[4]]
        yield Hunk(first[3] + 1, "\n".join(map(_indented, old)), "\n".join(map(_indented, new)))


def _indented(line: str) -> str:
    """Leading spaces mean something in these files, and a page would drop them."""
    rest = line.lstrip(" ")
    return "\N{NO-BREAK SPACE}" * (len(line) - len(rest)) + rest


@require_http_methods(["GET", "POST"])
def approve(request: Request, public: str) -> HttpResponse:
    """What one stands for on one page, with the hash; and signing in again."""
    check(request.doing.actor, "protocols.approve")
    found = proposal_of(request.doing.actor.clinic_id, public)
    if request.method == "POST":
        approve_version(request.doing, public=public, content_hash=request.POST.get("hash", ""))
        account.spend_fresh(request)
        messages.success(request, _("Approved. It is kept with your name."))
        return redirect("desk:proposal", public)
    context = context_of(request, found) | {
        "fresh": request.doing.actor.fresh,
        "confirm_url": account.confirm_url(request),
    }
    return render(request, "desk/protocols/approve.html", context)


@require_POST
def publish(request: Request, public: str) -> HttpResponse:
    publish_version(request.doing, public=public)
    messages.success(request, _("In force from now on. Therapists and the desk are told."))
    return redirect("desk:protocols")


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 3}))


class WithdrawForm(ReasonForm):
    back_to = forms.ChoiceField(label=gettext_lazy("What is decided by from now on"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, back: list[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stop = (STOP, _("Nothing: all decisions stop until a version is published"))
        rows = [(each.public, f"{each.title} ({each.version.hash[:12]})") for each in back]
        self.fields["back_to"].choices = [*rows, stop]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def end(request: Request, public: str, step: str) -> HttpResponse:
    """Withdrawing what is in force, or refusing a proposal."""
    check(request.doing.actor, "protocols.publish")
    found = proposal_of(request.doing.actor.clinic_id, public)
    if step not in ("withdraw", "refuse"):
        raise not_found()
    data = request.POST or None
    form = WithdrawForm(data, back=fallbacks(found)) if step == "withdraw" else ReasonForm(data)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if step == "withdraw":
            back_to = form.cleaned_data["back_to"].removeprefix(STOP)
            withdraw_version(request.doing, public=public, reason=reason, back_to=back_to)
            messages.success(request, _("Withdrawn. Every plan that was made by it is locked."))
        else:
            refuse_version(request.doing, public=public, reason=reason)
            messages.success(request, _("Refused. Its text stays on record."))
        return redirect("desk:protocols")
    context = {"proposal": found, "hash": found.version.hash, "form": form, "step": step}
    return render(request, "desk/protocols/end.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("protocols/proposal/<str:public>/", proposal, name="proposal"),
    path("protocols/proposal/<str:public>/examine/", examine, name="examine"),
    path("protocols/proposal/<str:public>/approve/", approve, name="approve"),
    path("protocols/proposal/<str:public>/publish/", publish, name="publish"),
    path("protocols/proposal/<str:public>/<str:step>/", end, name="end_proposal"),
]
