"""Protocols: what is in force and every version there was, to be read as text and as tables, with its cases and proofs.

Therapists read, the clinical lead changes. A version that another clinic proposed does not exist here.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.actions.permissions import can, check, not_found
from clinic.actions.protocols_checks import case_results
from clinic.actions.protocols_impact import behind, refresh_lists
from clinic.desk import protocols_propose, protocols_review
from clinic.desk.protocols_tables import FolderRow, numbered, regimen_rows, rule_rows, summary, waiting
from clinic.desk.protocols_work import Work, begin, left_words, look
from clinic.look.request import Request
from clinic.records.models import Examination, Proposal
from effleurage.proofs.prove import OUTSIDE

LISTS_AT_ONCE = 12
"""Patients whose row in the lists is made anew in one step: about half a second, in which nobody else can write."""


@require_GET
def protocols(request: Request) -> HttpResponse:
    """What is in force, and every version with its state."""
    check(request.doing.actor, "protocols.read")
    clinic_id = request.doing.actor.clinic_id
    rows = list(
        Proposal.objects.filter(clinic=clinic_id)
        .select_related("version", "by")
        .defer("version__files", "impact")
        .order_by("-at", "-pk")
    )
    now = next((row for row in rows if row.state == Proposal.State.PUBLISHED), None)
    context = {
        "rows": rows,
        "now": now,
        "summary": summary(now.version.hash) if now else None,
        "behind": behind(clinic_id or 0).count(),
        "may_propose": can(request.doing.actor, "protocols.propose"),
        "may_publish": can(request.doing.actor, "protocols.publish"),
    }
    return render(request, "desk/protocols/list.html", context)


@require_POST
def lists(request: Request) -> HttpResponse:
    """The next step of bringing the lists up to the version in force."""
    done = refresh_lists(request.doing, count=LISTS_AT_ONCE)
    left = behind(request.doing.actor.clinic_id or 0).count()
    if not request.htmx:
        return redirect("desk:protocols")
    seen = int(request.POST.get("seen") or 0) + done
    began = request.POST.get("began", "")
    seconds = request.doing.now.timestamp() - float(began) if began else 0.0
    context = {
        "behind": left,
        "seen": seen,
        "total": seen + left,
        "left": left_words(seconds, seen, seen + left),
        "began": began or request.doing.now.timestamp(),
        "may_publish": True,
    }
    return render(request, "desk/protocols/behind.html", context)


def version_of(request: Request, content_hash: str) -> dict[str, Any]:
    """What every page of a version passes on. Raises NotFound where this clinic has no such version."""
    check(request.doing.actor, "protocols.read")
    found = (
        Proposal.objects.filter(clinic=request.doing.actor.clinic_id, version__hash=content_hash)
        .select_related("version", "by")
        .defer("version__files", "impact")
        .order_by("-pk")
        .first()
    )
    if found is None:
        raise not_found()
    return {"proposal": found, "hash": content_hash, "summary": summary(content_hash)}


def folder_of(values: dict[str, Any], name: str) -> FolderRow:
    found: FolderRow | None = next((each for each in values["summary"].folders if each.name == name), None)
    if found is None:
        raise not_found()
    return found


@require_GET
def version(request: Request, content_hash: str) -> HttpResponse:
    values = version_of(request, content_hash)
    return render(request, "desk/protocols/version.html", values | {"view": "version"})


@require_GET
def folder(request: Request, content_hash: str, name: str, view: str) -> HttpResponse:
    """One folder: its rules as a decision table, its regimens, or its cases with their outcome."""
    values = version_of(request, content_hash)
    values |= {"folder": folder_of(values, name), "view": view}
    if view == "rules":
        values["rules"] = rule_rows(content_hash, name)
    elif view == "regimens":
        values["regimens"] = regimen_rows(content_hash, name)
    elif view == "cases":
        values["cases"] = case_results(content_hash, name)
        values["failing"] = sum(1 for case in values["cases"] if case.fails)
    else:
        raise not_found()
    return render(request, f"desk/protocols/{view}.html", values)


@require_GET
def text(request: Request, content_hash: str, file: str) -> HttpResponse:
    """A file as it is written, with numbered lines."""
    values = version_of(request, content_hash)
    values |= {"folder": folder_of(values, file.split("/")[0]), "file": file, "view": "text"}
    if file not in values["folder"].files:
        raise not_found()
    return render(request, "desk/protocols/text.html", values | {"text": numbered(content_hash, file)})


@require_GET
def to_confirm(request: Request, content_hash: str) -> HttpResponse:
    values = version_of(request, content_hash)
    values |= {"waiting": waiting(content_hash), "view": "waiting"}
    return render(request, "desk/protocols/waiting.html", values)


@require_http_methods(["GET", "POST"])
def proofs(request: Request, content_hash: str) -> HttpResponse:
    """What is proved over all patients there could be. POST begins, or looks again."""
    values = version_of(request, content_hash)
    if request.method == "POST":
        work = begin(request.doing, Examination.Kind.PROOFS, content_hash, again="again" in request.POST)
    else:
        work = look(request.doing, Examination.Kind.PROOFS, content_hash)
    values |= {"work": work, "groups": proof_groups(work), "outside": OUTSIDE, "view": "proofs"}
    if request.method == "POST" and not request.htmx:
        return redirect("desk:proofs", content_hash)
    return render(request, "desk/protocols/proofs_part.html" if request.htmx else "desk/protocols/proofs.html", values)


def proof_groups(work: Work) -> list[dict[str, Any]]:
    """The sentences by kind, those that are not proved first."""
    titles = {
        "guarantee": _("Guarantees"),
        "law": _("Knowing less"),
        "bad_news": _("Bad news never loosens, fact by fact"),
        "dead": _("Rules that hold for nobody"),
    }
    steps = work.kept.results["steps"] if work.kept else []
    groups = []
    for kind, title in titles.items():
        mine = sorted((step for step in steps if step["kind"] == kind), key=lambda step: step["ok"])
        if mine:
            groups.append({"title": title, "steps": mine, "proved": sum(1 for step in mine if step["ok"])})
    return groups


urlpatterns = [
    path("protocols/", protocols, name="protocols"),
    path("protocols/lists/", lists, name="protocol_lists"),
    *protocols_propose.urlpatterns,
    *protocols_review.urlpatterns,
    path("protocols/<str:content_hash>/", version, name="version"),
    path("protocols/<str:content_hash>/proofs/", proofs, name="proofs"),
    path("protocols/<str:content_hash>/to-confirm/", to_confirm, name="to_confirm"),
    path("protocols/<str:content_hash>/text/<path:file>", text, name="protocol_text"),
    path("protocols/<str:content_hash>/<str:name>/<str:view>/", folder, name="protocol_folder"),
]
