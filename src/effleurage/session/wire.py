"""What a device and the server say to each other: a push with events, and a receipt with what is held.

The real device and the real server write these texts, and so do the state machines of `sync.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from effleurage.errors import InputError
from effleurage.lib.marked import parse_json
from effleurage.session.events import Event, canonical_json, plain_event, read_event
from effleurage.session.kinds import HASH, IDENTITY, TOKEN, fits, within
from effleurage.session.reading import flag, items, mapping, moment, whole
from effleurage.session.reading import text as words

Made = TypeVar("Made")

PUSH, RECEIPT = "effleurage/push/1", "effleurage/receipt/1"
MOST: Final = 200
"""Events in one push: small enough to get through a bad network in one piece."""
FLAGS: Final = ("withdrawn", "clock", "revoked", "sequence")


@dataclass(frozen=True, slots=True)
class Push:
    """Events on their way to the server, with the device's clock, how many wait in all, and for how many seconds the
    oldest. `unread` holds the place and the fault of what could not be read.
    """

    device: str
    at: datetime
    unsent: int
    oldest: int
    events: tuple[Event, ...]
    unread: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        fits(TOKEN, self.device, "the identifier of a device")
        within(0, self.unsent, 10**6, "a number of events")
        within(0, self.oldest, 10**9, "an age in seconds")
        if any(event.device != self.device for event in self.events):
            raise ValueError("A device sends its own events only.")

    @property
    def text(self) -> str:
        return canonical_json(
            {
                "schema": PUSH,
                "device": self.device,
                "at": self.at.isoformat(),
                "unsent": self.unsent,
                "oldest": self.oldest,
                "events": [plain_event(event) for event in self.events],
            }
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What the server has stored under an identity."""

    id: str
    hash: str

    def __post_init__(self) -> None:
        fits(IDENTITY, self.id, "the identity of an event")
        fits(HASH, self.hash, "the hash of an event")


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a person has to look at, in one session or, with no session, on the device."""

    session: str
    flag: str

    def __post_init__(self) -> None:
        if self.flag not in FLAGS:
            raise ValueError(f"'{self.flag[:40]}' is not a flag.")


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server's answer: its clock; what it holds of the push, read back from what is stored; what it keeps beside
    because the identity belongs to something else; what it could not read; flags; whether the device may carry a pack.
    """

    at: datetime
    held: tuple[Kept, ...]
    beside: tuple[Kept, ...]
    unread: tuple[tuple[int, str], ...]
    flags: tuple[Flag, ...]
    pack: bool

    @property
    def text(self) -> str:
        return canonical_json(
            {
                "schema": RECEIPT,
                "at": self.at.isoformat(),
                "held": [{"id": kept.id, "hash": kept.hash} for kept in self.held],
                "beside": [{"id": kept.id, "hash": kept.hash} for kept in self.beside],
                "unread": [{"number": number, "why": why} for number, why in self.unread],
                "flags": [{"session": flag.session, "flag": flag.flag} for flag in self.flags],
                "pack": self.pack,
            }
        )


def read_push(text: str, place: str = "push") -> Push:
    """A push from its text. One event that cannot be read does not keep the others out. Raises InputError."""
    row = mapping(parse_json(text, place), ("schema", "device", "at", "unsent", "oldest", "events"), place)
    _check_schema(row["schema"], PUSH, place)
    device, events, unread = words(row["device"], f"{place}.device"), [], []
    for number, value in enumerate(items(row["events"], f"{place}.events", most=MOST)):
        try:
            events.append(_own(read_event(value, f"{place}.events[{number}]"), device))
        except InputError as fault:
            unread.append((number, str(fault)))
    at = moment(row["at"], f"{place}.at")
    unsent, oldest = (whole(row[name], f"{place}.{name}") for name in ("unsent", "oldest"))
    return _built(lambda: Push(device, at, unsent, oldest, tuple(events), tuple(unread)), place)


def _own(event: Event, device: str) -> Event:
    if event.device != device:
        raise InputError(where="device", what="It is of another device.", remedy="Each device sends its own events.")
    return event


def read_receipt(text: str, place: str = "receipt") -> Receipt:
    """A receipt from its text. Raises InputError; then nothing of it counts, and nothing is dropped."""
    row = mapping(parse_json(text, place), ("schema", "at", "held", "beside", "unread", "flags", "pack"), place)
    _check_schema(row["schema"], RECEIPT, place)
    at, pack = moment(row["at"], f"{place}.at"), flag(row["pack"], f"{place}.pack")
    kept, beside = (_pairs(row, name, ("id", "hash"), place) for name in ("held", "beside"))
    flags, unread = _pairs(row, "flags", ("session", "flag"), place), _unread(row, place)
    return _built(
        lambda: Receipt(
            at, tuple(Kept(*each) for each in kept), tuple(Kept(*each) for each in beside), unread,
            tuple(Flag(*each) for each in flags), pack,
        ),
        place,
    )  # fmt: skip


def _pairs(row: Mapping[str, Any], name: str, keys: tuple[str, str], place: str) -> list[tuple[str, str]]:
    found = []
    for number, value in enumerate(items(row[name], f"{place}.{name}", most=2 * MOST)):
        pair = mapping(value, keys, f"{place}.{name}[{number}]")
        one, other = (words(pair[key], f"{place}.{name}[{number}].{key}") for key in keys)
        found.append((one, other))
    return found


def _unread(row: Mapping[str, Any], place: str) -> tuple[tuple[int, str], ...]:
    rows = [
        mapping(each, ("number", "why"), f"{place}.unread")
        for each in items(row["unread"], f"{place}.unread", most=MOST)
    ]
    return tuple((whole(each["number"], f"{place}.unread"), words(each["why"], f"{place}.unread")) for each in rows)


def _check_schema(value: Any, schema: str, place: str) -> None:
    if value != schema:
        raise InputError(where=place, what=f"This is not '{schema}'.", remedy="Update the program that wrote it.")


def _built(build: Callable[[], Made], place: str) -> Made:
    try:
        return build()
    except ValueError as fault:
        raise InputError(where=place, what=str(fault), remedy="Update the program that wrote it.") from None
