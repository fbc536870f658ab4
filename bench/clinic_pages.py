"""Every staff page, from the resolver itself: each is asked by the first role that may, for a patient it exists for.

What is downloaded (an attachment, a paper, a photo) is no page: it is told apart, and measured to its last byte.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from clinic.accounts.models import User
from clinic.records.models import (
    AccessLink,
    AdverseEvent,
    Contact,
    Document,
    MassageSession,
    Notice,
    Override,
    Patient,
    Proposal,
    Room,
    Service,
    TreatmentPlan,
    Visit,
)
from clinic.records.standing import standing

Timed = Callable[..., dict[str, float]]
PEOPLE = ("iryna", "halyna", "olena", "oksana")
"""A therapist, a lead, the front desk, the owner; whoever of them gets the page first is measured."""
CLINIC = "Two Lindens"
ACCOUNT = ("me", "mfa_index", "account_change_password")
WORDS = ("k", "ko", "kov", "kova", "koval", "mar", "olha", "olha mar", "p-1", "zz")
"""What somebody types into the search, letter by letter."""
LEFT_OUT = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


class Counted:
    """How many statements a call sends to the database, without the marks of transactions."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.number += not sql.startswith(LEFT_OUT)
        return execute(sql, params, many, context)


def measured(timed: Timed) -> Iterator[dict[str, Any]]:
    """Each page with its times and queries; with neither, where nobody got it. Everybody signs in anew for each: a
    screen that was handed to a patient opens nothing else.
    """
    worlds = list(stages())
    for name, names in sorted(pages()):
        clients = {name: client(name) for name in PEOPLE}
        found = _first(name, names, clients, worlds)
        if found is None:
            yield {"page": name}
            continue
        who, url = found
        browser = clients[who]
        with connection.execute_wrapper(counter := Counted()):
            file = whole(browser, url)
        times = timed(lambda url=url, browser=browser: whole(browser, url))
        yield {"page": name, "who": who, "url": url, "file": file, "queries": counter.number, **times}


def whole(browser: Client, url: str) -> bool:
    """Asks for a page to its end; whether it is a file instead."""
    answer: Any = browser.get(url)
    if answer.streaming:
        for _part in answer.streaming_content:
            pass
    return answer.has_header("Content-Disposition") or not answer["Content-Type"].startswith("text/html")


def client(name: str) -> Client:
    """A browser in which somebody of the demonstration is signed in."""
    made = Client(raise_request_exception=False, SERVER_NAME="localhost")
    made.force_login(User.objects.get(email=f"{name}@two-lindens.example"))
    return made


def pages() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The name of every address of the desk, and of one's own account, with the names of its parameters."""
    for prefix, pattern in _walk(get_resolver()):
        if prefix == "desk:" or pattern.name in ACCOUNT:
            yield f"{prefix}{pattern.name}", tuple(pattern.pattern.regex.groupindex)


def _walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _walk(each, prefix + (f"{each.namespace}:" if each.namespace else ""))
        else:
            yield prefix, each


def _first(
    name: str, names: tuple[str, ...], clients: dict[str, Client], worlds: list[dict[str, str]]
) -> tuple[str, str] | None:
    """Who gets the page, and its address: the first of people and stages that is answered with the page itself."""
    for world, (who, browser) in itertools.product(worlds, clients.items()):
        values = {each: world.get(f"{name}.{each}", world.get(each, "")) for each in names}
        if not all(values.values()):
            continue
        try:
            url = reverse(name, kwargs=values)
        except NoReverseMatch:
            continue
        if browser.get(url).status_code == 200:
            return who, url
    return None


def stages() -> Iterator[dict[str, str]]:
    """The values that an address can take, for patients at different stages; the one with the fullest record first."""
    house = _house()
    for given, family in (
        ("Olha", "Marchenko"), ("Oksana", "Shcherbak"), ("Maksym", "Oliynyk"), ("Mykola", "Havryliuk"),
        ("Ihor", "Tymoshenko"), ("Andrii", "Bondarenko"), ("Zoia", "Kyrylenko"), ("Viktor", "Smirnov"),
    ):  # fmt: skip
        yield house | _of(somebody(given, family))
    for rows in (MassageSession.objects.filter(draft__isnull=False, note=None), Contact.objects, AdverseEvent.objects):
        for row in rows.filter(patient__clinic__name=CLINIC).select_related("patient__location").order_by("pk")[:4]:
            yield house | _of(row.patient)


def somebody(given: str, family: str) -> Patient:
    """Somebody of the demonstration: of all with this name the first who was registered."""
    found = Patient.objects.select_related("location", "clinic").order_by("pk")
    return found.filter(given=given, family=family, clinic__name=CLINIC, merged_into=None)[0]


def _house() -> dict[str, str]:
    clinic = User.objects.get(email="iryna@two-lindens.example").clinic
    room = Room.objects.filter(location__clinic=clinic).first()
    service = Service.objects.filter(clinic=clinic).first()
    person = User.objects.get(email="katharina@two-lindens.example")
    place = room.location.public if room else ""
    people = ("person", "edit_person", "close", "reopen", "sessions", "invite", "competence", "drop_competence")
    return {
        **{f"desk:settings_{name}.public": person.public for name in people},
        **{f"desk:settings_{name}.public": place for name in ("place", "hours", "new_room", "room")},
        "desk:settings_service.public": service.public if service else "",
        **_proposal(clinic.pk),
        "room": room.public if room else "",
        "user": person.public,
        "desk:settings_competence.name": "basic_massage",
        "kind": "treatment",
        "desk:add_to_note.kind": "addendum",
        "instrument": "nrs_pain",
        "regimen": TreatmentPlan.objects.filter(patient__clinic=clinic).latest("pk").regimen,
        "desk:harm_regimen.step": "stop",
        "desk:summary_pdf.audience": "patient",
        "language": "en",
        "audience": "therapist",
        "notice": _public(Notice.objects.filter(clinic=clinic)),
        "desk:protocol_folder.name": "osteoporosis",
        "view": "rules",
        "file": "osteoporosis/protocol.yaml",
    }


def _proposal(clinic: int) -> dict[str, str]:
    found = Proposal.objects.select_related("version").filter(clinic=clinic).first()
    names = ("proposal", "examine", "approve", "publish", "end_proposal")
    return {
        **{f"desk:{name}.public": found.public if found else "" for name in names},
        "desk:end_proposal.step": "withdraw",
        "content_hash": found.version.hash if found else "",
    }


def _of(patient: Patient) -> dict[str, str]:
    override = Override.objects.filter(patient=patient).first()
    found = standing(patient, now=timezone.now())
    other = Patient.objects.filter(search=patient.search, clinic=patient.clinic).exclude(pk=patient.pk).first()
    sessions = MassageSession.objects.filter(patient=patient, events__isnull=False)
    return {
        "public": patient.public,
        "plan": _public(TreatmentPlan.objects.filter(patient=patient)),
        "override": override.public if override else "",
        "rule": next((rule.id for rule in found.decision.telling), ""),
        "target": next((each.target for each in found.plan.certain_referrals), ""),
        "name": "sex",
        "desk:lock_plan.step": "lock",
        "desk:aside.step": "end",
        "document": _public(Document.objects.filter(patient=patient)),
        "session": _public(sessions.filter(note__isnull=False)),
        **{f"desk:{name}.session": _public(sessions.filter(note=None)) for name in ("note", "sign_note", "note_again")},
        "event": _public(AdverseEvent.objects.filter(patient=patient)),
        "contact": _public(Contact.objects.filter(patient=patient)),
        "visit": _public(Visit.objects.filter(patient=patient)),
        "link": _public(AccessLink.objects.filter(patient=patient)),
        "other": other.public if other else "",
    }


def _public(rows: Any) -> str:
    found = rows.order_by("-pk").first()
    return found.public if found else ""


def search(timed: Timed) -> list[dict[str, Any]]:
    """The list of patients as letters are typed, as the page asks for it."""
    browser = client("olena")
    found = []
    for words in WORDS:
        address = reverse("desk:patients")

        def ask(words: str = words, address: str = address) -> object:
            return browser.get(address, {"q": words}, headers={"HX-Request": "true"})

        with connection.execute_wrapper(counter := Counted()):
            ask()
        found.append({"words": words, "queries": counter.number, **timed(ask)})
    return found
