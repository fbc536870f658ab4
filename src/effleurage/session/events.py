"""An event: one thing that happened, written down where it happened, once and for all.

It carries an identity that was made on the device, the device's own sequence, and a count of milliseconds since the
session was opened there. The clock on the device's wall is kept as it was claimed and orders nothing, since it may be
days wrong. The canonical text is what is hashed, sealed and compared: two devices, two engines and a database that
agree on it hold the same event.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import Field, dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from effleurage.errors import InputError
from effleurage.lib.marked import parse_json
from effleurage.lib.text import listed, nearest
from effleurage.session.kinds import IDENTITY, KINDS, TOKEN, Data, fits, within
from effleurage.session.reading import flag, mapping, moment, names, text, whole
from effleurage.session.stored import given, stored

MOST_EVENTS: Final = 100_000
MOST_TICKS: Final = 30 * 86_400_000
"""A month of milliseconds: a device that carries its count over a reload can be left open for long."""
_KEYS: Final = ("id", "session", "device", "seq", "at", "tick", "kind", "data")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `at` is the device's claimed local time, to the second; `tick` whole milliseconds since the session
    was opened on that device; `seq` counts 1, 2, 3 ... for each device and session.

    Raises ValueError for what cannot be an event.
    """

    id: str
    session: str
    device: str
    seq: int
    at: datetime
    tick: int
    data: Data
    text: str = field(init=False, compare=False, repr=False)
    hash: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        fits(IDENTITY, self.id, "the identity of an event: 22 letters, digits, - or _")
        fits(TOKEN, self.session, "the identifier of a session")
        fits(TOKEN, self.device, "the identifier of a device")
        within(1, self.seq, MOST_EVENTS, "a number in a sequence")
        within(0, self.tick, MOST_TICKS, "a count of milliseconds")
        if self.at.tzinfo is not None or self.at.microsecond:
            raise ValueError("The claimed time is local, without zone, to the second.")
        text = canonical_json(plain_event(self))
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "hash", sha256(text))

    @property
    def kind(self) -> str:
        return self.data.kind


def canonical_json(value: Any) -> str:
    """Plain JSON as its one text: keys sorted, no spaces, no floats, characters as themselves.

    >>> canonical_json({"b": 1, "a": ["é", True, None]})
    '{"a":["é",true,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def plain_event(event: Event) -> dict[str, Any]:
    """The event as plain JSON values."""
    return {
        "id": event.id,
        "session": event.session,
        "device": event.device,
        "seq": event.seq,
        "at": event.at.isoformat(),
        "tick": event.tick,
        "kind": event.data.kind,
        "data": plain_data(event.data),
    }


def plain_data(data: Data) -> dict[str, Any]:
    return {each.name: _written(each, getattr(data, each.name)) for each in fields(data)}


def _written(each: Field[Any], value: Any) -> Any:
    if each.type == "Given | None":
        return None if value is None else stored(value)
    return list(value) if isinstance(value, tuple) else value


def read_text(text: str, place: str = "event") -> Event:
    """An event from its JSON text. Raises InputError."""
    return read_event(parse_json(text, place), place)


def read_event(value: Any, place: str = "event") -> Event:
    """An event from plain JSON values, as `parse_json` gives them.

    Strict: a number in quotes, a float or a key too many is refused, since what is written back must be what was read,
    to the byte; else the device would wait for ever for the hash that it knows. Raises InputError.
    """
    row = mapping(value, _KEYS, place)
    kind = text(row["kind"], f"{place}.kind")
    if kind not in KINDS:
        remedy = nearest(kind, KINDS) or f"Known: {listed(KINDS)}."
        raise InputError(where=f"{place}.kind", what=f"'{kind[:40]}' is not a kind of event.", remedy=remedy)
    data = _data(KINDS[kind], row["data"], f"{place}.data")
    words = {name: text(row[name], f"{place}.{name}") for name in ("id", "session", "device")}
    numbers = {name: whole(row[name], f"{place}.{name}") for name in ("seq", "tick")}
    at = moment(row["at"], f"{place}.at")
    try:
        return Event(**words, at=at, data=data, **numbers)  # type: ignore[arg-type]  # by name, each read as its type
    except ValueError as fault:
        raise _refusal(fault, place) from None


def _data(kind: type[Data], value: Any, place: str) -> Data:
    wanted = fields(kind)
    row = mapping(value, tuple(each.name for each in wanted), place)
    read = {each.name: _READERS[str(each.type)](row[each.name], f"{place}.{each.name}") for each in wanted}
    try:
        return kind(**read)
    except ValueError as fault:
        raise _refusal(fault, place) from None


def _refusal(fault: ValueError, place: str) -> InputError:
    return InputError(where=place, what=str(fault), remedy="Update the program on the device that wrote it.")


def _answer(value: Any, place: str) -> Any:
    return None if value is None else given(value, place)


_READERS: Final = {
    "str": text, "int": whole, "bool": flag, "tuple[str, ...]": names, "Given | None": _answer,
}  # fmt: skip
"""How a field is read, by its declared type."""
