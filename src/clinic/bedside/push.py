"""What a tablet sends: a push in clear, or what it had sealed to the server while it could not send."""

from __future__ import annotations

import json
from typing import Any, Final

from django.http import HttpResponse
from django.urls import path

from clinic.actions.sync import Unread, receive
from clinic.bedside.door import endpoint, text_of, unreadable
from clinic.look.request import Request
from clinic.records.seal import opened
from effleurage.errors import InputError
from effleurage.lib.marked import parse_json
from effleurage.session.events import Event, read_text
from effleurage.session.wire import MOST, Push, read_push

MOST_BYTES: Final = 4_000_000
SEALED: Final = "effleurage/sealed/1"
KEYS: Final = {"schema", "device", "at", "unsent", "oldest", "sealed"}


@endpoint(MOST_BYTES)
def push(request: Request) -> HttpResponse:
    text = text_of(request)
    value = parse_json(text, "push")
    is_sealed = isinstance(value, dict) and value.get("schema") == SEALED
    sent, unread = read_sealed(value) if is_sealed else read_clear(text, value)
    receipt = receive(request.doing, sent, unread)
    return HttpResponse(receipt.text, content_type="application/json")


def read_clear(text: str, value: Any) -> tuple[Push, tuple[Unread, ...]]:
    """A push, with what of it cannot be read as it came. Raises InputError."""
    sent = read_push(text)
    return sent, tuple(Unread(number, why, _plain(value["events"][number])) for number, why in sent.unread)


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def read_sealed(value: dict[str, Any]) -> tuple[Push, tuple[Unread, ...]]:
    """Sealed events as a push. What does not open, or is no event of this device, is told apart. Raises InputError."""
    entries = value.get("sealed")
    if set(value) != KEYS or not isinstance(entries, list) or len(entries) > MOST:
        raise unreadable()
    head = {**{name: value[name] for name in KEYS - {"sealed"}}, "schema": "effleurage/push/1", "events": []}
    empty = read_push(_plain(head))
    events, unread = [], []
    for number, entry in enumerate(entries):
        try:
            events.append(_event(entry, empty.device))
        except InputError as fault:
            unread.append(Unread(number, str(fault), _plain(entry)))
    told = tuple((each.number, each.why) for each in unread)
    return Push(empty.device, empty.at, empty.unsent, empty.oldest, tuple(events), told), tuple(unread)


def _event(entry: Any, device: str) -> Event:
    name, dot, sealed = entry.partition(".") if isinstance(entry, str) else ("", "", "")
    if not dot:
        raise unreadable()
    event = read_text(opened(name, sealed))
    if event.id != name or event.device != device:
        raise unreadable()
    return event


urlpatterns = [path("push/", push, name="push")]
