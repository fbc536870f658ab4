"""Every route, method and role against one's own and a foreign object of two clinics.

The routes come from the resolver and the expected answers from one table: a route without its row fails. "Let in" is
anything but a refusal (sent to sign in, 403, 404, 405). A page that lets in and shows another patient's canary fails as
well; so does a GET that writes anything but the journal, and a write outside an act.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from clinic.actions.frame import running
from tests.web.conftest import House
from tests.web.matrix import ROWS, Row
from tests.web.world import World, make_world

ROLES = (
    "anonymous", "patient", "guardian", "front_desk", "therapist", "outside", "clinical_lead", "owner", "api_client",
    "elsewhere",
)  # fmt: skip
"""`outside` is a therapist of the clinic who does not look after the patient; `elsewhere` is the lead of another."""
WRITE = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(records_|accounts_)(\w+)', re.IGNORECASE)
JOURNAL = {"auditevent", "audithead"}
COUNTERS = {"attempts"}
"""What limits attempts to sign in counts outside an act, and would not count if it were undone with one."""


def routes() -> dict[str, tuple[str, ...]]:
    """Every named route with the names of its parameters."""
    return dict(_walk(get_resolver(), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _walk(pattern, inner)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"a route without a name: {pattern.pattern}"
            parameters = tuple(pattern.pattern.converters) or tuple(
                getattr(pattern.pattern, "regex", re.compile("")).groupindex
            )
            yield f"{prefix}{pattern.name}", parameters


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert sorted(routes()) == sorted(ROWS)


@pytest.fixture
def world(house: House, other_house: House) -> World:
    return make_world(house, other_house)


TWICE = ("therapist", "outside")
"""Who is let in does not depend on the database; somebody inside and somebody outside ask both of them."""
ASKERS = [role if role in TWICE else pytest.param(role, marks=pytest.mark.one_database) for role in ROLES]


@pytest.mark.parametrize("role", ASKERS)
def test_nobody_is_let_in_where_the_table_does_not_say_so(world: World, role: str) -> None:
    wrong = []
    for name, parameters in routes().items():
        row = ROWS[name]
        for method in ("GET", "POST"):
            for whose in ("own", "foreign") if parameters and role != "elsewhere" else ("own",):
                found = ask(world, role, name, parameters, method, whose)
                wrong += [f"{role} {method} {name} ({whose}): {fault}" for fault in found.faults(row, role, whose)]
    assert not wrong, "\n".join(wrong)


@dataclass
class Found:
    """What came back, and which tables were written."""

    method: str
    status: int
    location: str
    body: str
    wrote: set[str]
    outside: set[str]
    canary: str

    @property
    def refused(self) -> bool:
        doors = ("/sign-in/", "/locked/", "/me/second/", "/i/")
        return self.status in (401, 403, 404, 405, 410) or (self.status == 302 and self.location.startswith(doors))

    def faults(self, row: Row, role: str, whose: str) -> Iterator[str]:
        expected = row.lets_in(role, self.method, whose)
        if self.status >= 500 and self.status != 503:
            yield f"broke with {self.status}"
        if self.refused is expected and self.status != 405:
            yield f"{'refused' if self.refused else 'let in'} with {self.status} {self.location}"
        if not expected and not self.refused:
            yield "let in where the table does not say so"
        if self.canary in self.body:
            yield "shows another patient's canary"
        if self.method == "GET" and self.wrote - JOURNAL - COUNTERS - row.get_keeps:
            yield f"a GET wrote {sorted(self.wrote - JOURNAL)}"
        if self.outside - COUNTERS:
            yield f"wrote {sorted(self.outside)} outside an act"


def ask(world: World, role: str, name: str, parameters: tuple[str, ...], method: str, whose: str) -> Found:
    """One request, undone afterwards."""
    values = world.own if whose == "own" else world.foreign
    url = reverse(
        name, kwargs={parameter: values.get(f"{name}.{parameter}", values[parameter]) for parameter in parameters}
    )
    wrote: set[str] = set()
    outside: set[str] = set()

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        hit = WRITE.match(sql)
        if hit:
            wrote.add(hit[3])
            if running() is None:
                outside.add(hit[3])
        return execute(sql, params, many, context)

    with undone():
        client = world.client(role)
        with connection.execute_wrapper(watch):
            answer = client.get(url) if method == "GET" else client.post(url, world.form(role))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    canary = world.canary_for(role, whose)
    return Found(
        method,
        answer.status_code,
        answer.headers.get("Location", ""),
        body.decode("utf-8", "replace"),
        wrote,
        outside,
        canary,
    )


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
