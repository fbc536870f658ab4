"""What a tablet sends: a push in clear, or what it had sealed to the server while it could not send.

The same sealed pushes come as a file, from a tablet that found no network: somebody hands it in at the desk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _

from clinic.actions.frame import Doing
from clinic.actions.permissions import check
from clinic.actions.sync import Unread, receive
from clinic.actions.tablets import last_clock
from clinic.bedside.door import endpoint, text_of, unreadable
from clinic.look.request import Request
from clinic.records.seal import opened, proof
from effleurage.errors import InputError
from effleurage.lib.marked import parse_json
from effleurage.session.events import Event, read_text
from effleurage.session.wire import MOST, Kept, Push, Receipt, read_push

MOST_BYTES: Final = 4_000_000
SEALED: Final = "effleurage/sealed/1"
SEALED_RECEIPT: Final = "effleurage/sealed-receipt/1"
FILE: Final = "effleurage/sealed-file/1"
KEYS: Final = {"schema", "device", "at", "unsent", "oldest", "sealed"}


@endpoint(MOST_BYTES)
def push(request: Request) -> HttpResponse:
    text = text_of(request)
    value = parse_json(text, "push")
    if isinstance(value, dict) and value.get("schema") == SEALED:
        return JsonResponse(sealed_receipt(receive(request.doing, *read_sealed(value)), value["sealed"]))
    receipt = receive(request.doing, *read_clear(text, value))
    return HttpResponse(receipt.text, content_type="application/json")


def sealed_receipt(receipt: Receipt, entries: Iterable[str]) -> dict[str, Any]:
    """The receipt of a sealed push. A tablet that cannot read its events has no hash to compare by: in its place stands
    what only the server can say of it.
    """
    shut = {number for number, _why in receipt.unread}
    sent = dict(entry.split(".", 1) for number, entry in enumerate(entries) if number not in shut)

    def said(rows: Iterable[Kept]) -> list[dict[str, str]]:
        return [{"id": each.id, "proof": proof(sent[each.id], each.hash)} for each in rows]

    value: dict[str, Any] = json.loads(receipt.text)
    return {**value, "schema": SEALED_RECEIPT, "held": said(receipt.held), "beside": said(receipt.beside)}


def hand_in(doing: Doing, text: str) -> tuple[int, int]:
    """Takes in a file of a tablet as if the tablet had sent it; how many entries are stored, and how many could not be
    read. Repeated, it changes nothing. Raises InputError or NotFound, and then nothing of it was taken.
    """
    check(doing.actor, "tablet.own")
    sent = [read_sealed(each) for each in _pushes(text)]
    # What the tablet's clock said when the file was written says nothing of how far it is out now.
    timed = [(replace(each, at=last_clock(doing, each.device)), unread) for each, unread in sent]
    receipts = [receive(doing, each, unread) for each, unread in timed]
    held = {kept.id for receipt in receipts for kept in (*receipt.held, *receipt.beside)}
    return len(held), sum(len(receipt.unread) for receipt in receipts)


def _pushes(text: str) -> list[dict[str, Any]]:
    value = parse_json(text, "file")
    pushes = value.get("pushes") if isinstance(value, dict) and value.get("schema") == FILE else None
    if not isinstance(pushes, list) or not all(isinstance(each, dict) for each in pushes):
        raise InputError(
            where=_("Tablet"),
            what=_("This is no file of a tablet."),
            remedy=_("Choose the one that was saved under “State of this tablet”."),
        )
    return pushes


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
