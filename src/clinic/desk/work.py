"""To do: the lists of work, one open at a time, and how often which rule is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.accounts.models import Role
from clinic.actions.lists import read_list
from clinic.actions.notices import notice_seen
from clinic.actions.permissions import check
from clinic.desk.today import places_of
from clinic.desk.work_lists import counts, lists_of
from clinic.desk.work_scope import Scope, WorkList
from clinic.look.request import Request
from clinic.records.content import library
from clinic.records.models import DecisionRecord
from clinic.records.speech import spoken
from effleurage.decision.aside import Hold, hold
from effleurage.errors import ForPeople

PAGE: Final = 25
LOOKED_AT: Final = 2_000
"""How many of the last decisions the rates are worked out from."""
LEAST_FIRINGS: Final = 50
OFTEN: Final = 0.5
"""A soft rule that is set aside more often than this, where it held at least so many times, is listed for review."""


class Counted(Paginator):  # type: ignore[type-arg]
    """Pages of a list whose length is known already."""

    def __init__(self, rows: Any, per_page: int, total: int) -> None:
        self.total = total
        super().__init__(rows, per_page)

    @property
    def count(self) -> int:
        return self.total


@require_GET
def work(request: Request) -> HttpResponse:
    actor = request.doing.actor
    check(actor, "worklists")
    scope = scope_of(request)
    lists = lists_of(scope)
    name = request.GET.get("list", "")
    if request.htmx and "long" in request.GET:
        return _long(request, scope, [each for each in lists if each.name == name])
    found = counts(scope, (each for each in lists if not each.slow or each.name == name))
    chosen = chosen_list(lists, found, name)
    page = Counted(chosen.rows(scope), PAGE, found[chosen.name]).get_page(request.GET.get("page"))
    read_list(request.doing, about=f"work:{chosen.name}")
    context = {
        "tabs": [(each, found.get(each.name), each is chosen) for each in lists],
        "chosen": chosen,
        "page": page,
        "lines": [chosen.show(scope, each) for each in page],
        "places": places_of(actor),
        "place": request.GET.get("place", ""),
        "mine": scope.mine,
        "treats": Role.THERAPIST in scope.roles,
    }
    return render(request, "desk/work/page.html", context)


def _long(request: Request, scope: Scope, asked: list[WorkList]) -> HttpResponse:
    """How long a list is that is slow to count: asked for by the page itself, once the rest of it is there."""
    total = counts(scope, asked)[asked[0].name] if asked else None
    return render(request, "desk/work/long.html", {"total": total})


def scope_of(request: Request) -> Scope:
    """One place or all; a therapist sees the patients in their own care first, unless they ask for everybody's. What
    somebody is at a place that is not looked at does not count.
    """
    actor, place = request.doing.actor, request.GET.get("place", "")
    places = places_of(actor)
    asked = [each for each in places if each.public == place]
    clocks = frozenset(each.zone for each in places)
    scope = Scope(actor=actor, places=tuple(asked or places), mine=False, now=request.doing.now, clocks=clocks)
    whose = request.GET.get("whose", "")
    alone = Role.THERAPIST in scope.roles and scope.roles.isdisjoint((Role.FRONT_DESK, Role.CLINICAL_LEAD))
    mine = whose == "mine" or (whose != "all" and alone)
    return replace(scope, mine=mine and Role.THERAPIST in scope.roles)


def chosen_list(lists: Sequence[WorkList], found: dict[str, int], name: str) -> WorkList:
    """The list that was asked for, else the first in which something stands."""
    asked = next((each for each in lists if each.name == name), None)
    return asked or next((each for each in lists if found.get(each.name)), lists[0])


@require_POST
def seen(request: Request, notice: str) -> HttpResponse:
    notice_seen(request.doing, public=notice)
    messages.success(request, _("Seen."))
    return redirect(f"{reverse('desk:work')}?list=notices")


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a rule held in the decisions that were kept, and how often it was set aside in them."""

    rule: str
    because: str
    held: int
    aside: int
    soft: bool

    @property
    def percent(self) -> int:
        return round(100 * self.aside / self.held) if self.held else 0

    @property
    def listed(self) -> bool:
        return self.soft and self.held >= LEAST_FIRINGS and self.aside > OFTEN * self.held


@require_GET
def rules(request: Request) -> HttpResponse:
    """Which rules are set aside so often that they should be looked at."""
    check(request.doing.actor, "protocols.read")
    read_list(request.doing, about="work:rules")
    rows = DecisionRecord.objects.filter(patient__clinic=request.doing.actor.clinic_id).order_by("-pk")
    kept = list(rows.values_list("content_hash", "words", "aside")[:LOOKED_AT])
    rates = rule_rates(kept)
    context = {
        "total": len(kept),
        "least": LEAST_FIRINGS,
        "listed": [each for each in rates if each.listed],
        "others": [each for each in rates if not each.listed],
    }
    return render(request, "desk/work/rules.html", context)


def rule_rates(kept: Sequence[tuple[str, dict[str, str], list[str]]]) -> list[Rate]:
    """The rules that were ever set aside in these decisions, the most often first.

    A rule held in a decision if its bit is set in the kept word, or if it was set aside in it, which took its bit out.
    """
    aside: Counter[tuple[str, str]] = Counter((content, rule) for content, _words, rules in kept for rule in rules)
    held: Counter[tuple[str, str]] = Counter()
    for content, words, taken in kept:
        found = int(words["holds_word"], 16)
        for key in aside:
            if key[0] == content and (key[1] in taken or found >> _place(*key) & 1):
                held[key] += 1
    merged: dict[str, Rate] = {}
    for (content, name), count in aside.items():
        made = _rate(content, name, held[content, name], count)
        before = merged.get(name)
        if before is not None:  # the same rule in an earlier version of the content
            made = replace(made, held=made.held + before.held, aside=made.aside + before.aside)
        merged[name] = made
    return sorted(merged.values(), key=lambda each: (-each.listed, -each.aside, each.rule))


def _place(content: str, name: str) -> int:
    """Which bit is the rule's, in the content that the decision was taken by; one far beyond where it is not stored."""
    try:
        rules = library(content).protocols
    except ForPeople:
        return 1 << 20
    rule = rules.by_id.get(name)
    return rules.rules.index(rule) if rule is not None else 1 << 20


def _rate(content: str, name: str, held: int, aside: int) -> Rate:
    try:
        rule = spoken(library(content)).protocols.by_id.get(name)
    except ForPeople:
        rule = None
    return Rate(name, rule.because if rule else "", held, aside, rule is not None and hold(rule) is Hold.SOFT)


urlpatterns = [
    path("work/", work, name="work"),
    path("work/rules/", rules, name="work_rules"),
    path("work/seen/<str:notice>/", seen, name="notice_seen"),
]
