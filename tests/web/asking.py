"""Answering the questions as a browser does: forms are filled from what the page asks, and sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from types import MappingProxyType
from typing import Any

from django.http import HttpResponse
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.links import make_link
from clinic.portal.door import LINK
from clinic.records.content import built_in
from clinic.records.models import Patient
from effleurage.facts.kinds import Bad, Fact, Kind
from tests.web.conftest import House

Form = dict[str, str | list[str]]
FACTS = built_in().protocols.facts
QUESTIONS = "/my/questions/"
HEALTHY = {
    "height_now": "165", "tallest_height": "166", "systolic": "125", "diastolic": "80", "body_temperature": "36.6",
    "platelets": "250",
}  # fmt: skip


def secret_for(house: House, patient: Patient, *, purpose: str = "intake", guardian: str = "") -> str:
    made = make_link(house.doing(Role.FRONT_DESK), public=patient.public, purpose=purpose, guardian=guardian)
    return made.secret


def born(day: int = 12, month: int = 4, year: int = 1951) -> Form:
    return {"born-d": str(day), "born-m": str(month), "born-y": str(year)}


class Phone(Client):
    """A browser inside a private link: what it sends names the link, as every form of the portal does."""

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        return super().post(path, {"link": self.session.get(LINK, ""), **(data or {})}, *args, **kwargs)


def enter(house: House, patient: Patient, *, purpose: str = "intake", guardian: str = "") -> Client:
    """A browser that came in by a private link."""
    client = Phone()
    at = patient.birth_date
    answer = client.post(
        f"/i/{secret_for(house, patient, purpose=purpose, guardian=guardian)}/", born(at.day, at.month, at.year)
    )
    assert answer.status_code == 302, answer.content.decode()
    return client


def text(answer: HttpResponse) -> str:
    return unescape(answer.content.decode())


def asked(answer: HttpResponse) -> list[str]:
    """The facts that a page asks, from its own form; none where it asks nothing."""
    found = re.search(r'name="asked" value="([^"]*)"', answer.content.decode())
    return found[1].split() if found else []


def one_by_one(answer: HttpResponse) -> bool:
    return 'name="each" value="1"' in answer.content.decode()


def healthy(fact: Fact) -> Form:
    """What somebody without any trouble says."""
    key = f"q-{fact.name}"
    if fact.kind is Kind.YES_NO:
        return {key: "=yes" if fact.bad is Bad.NO else "=no"}
    if fact.kind is Kind.CHOICE:
        return {key: f"={fact.option_names[0]}"}
    if fact.kind is Kind.LIST:
        return {f"{key}-say": "none"}
    if fact.name in HEALTHY:
        return {key: HEALTHY[fact.name]}
    return {f"{key}-say": "never" if fact.never else "unknown"}


def unknown(fact: Fact) -> Form:
    key = f"q-{fact.name}"
    return {key if fact.kind in (Kind.YES_NO, Kind.CHOICE) else f"{key}-say": "unknown"}


def filled(answer: HttpResponse, how: Callable[[Fact], Form] = healthy) -> Form:
    """The form of a page with an answer to each of its questions."""
    names = asked(answer)
    form: Form = {"asked": " ".join(names)}
    if FACTS[names[0]].batch and len(names) > 1 and not one_by_one(answer):
        return {**form, "batch": "none" if how is healthy else "unknown"}
    if one_by_one(answer):
        form["each"] = "1"
    for name in names:
        form |= how(FACTS[name])
    return form


def go_through(
    client: Client,
    *,
    how: Callable[[Fact], Form] = healthy,
    url: str = QUESTIONS,
    but: Mapping[str, Form] = MappingProxyType({}),
    stop_at: str = "",
) -> list[list[str]]:
    """Answers page after page until nothing is asked (or `stop_at` is); returns what each page asked."""
    pages: list[list[str]] = []
    answer = client.get(url)
    while asked(answer) and stop_at not in asked(answer):
        assert len(pages) < 150, "the questions do not end"
        form = filled(answer, how)
        for name in set(asked(answer)) & set(but):
            keys = (f"q-{name}", f"q-{name}-say")
            form = {key: value for key, value in form.items() if key not in keys} | but[name]
        sent = client.post(url, form)
        if one_by_one(sent) and sent.status_code == 200:
            answer = sent
            continue
        assert sent.status_code == 302, text(sent)
        pages.append(asked(answer))
        answer = client.get(url)
    return pages
