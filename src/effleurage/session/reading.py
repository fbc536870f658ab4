"""Plain JSON values, read strictly: what is written back must be what was read, to the byte.

A number in quotes, a float, a key too many is refused with its place. Each function returns the value or raises
InputError.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from effleurage.errors import InputError
from effleurage.lib.text import listed

_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)


def _wrong(place: str, wanted: str) -> InputError:
    return InputError(where=place, what=f"Expected {wanted} here.", remedy="See the reference of events.")


def mapping(value: Any, keys: tuple[str, ...], place: str) -> dict[str, Any]:
    """The values under exactly these keys."""
    if not isinstance(value, dict):
        raise _wrong(place, "names with values")
    for key in (*(key for key in value if key not in keys), *(key for key in keys if key not in value)):
        what = f"'{key[:40]}' is {'not known here' if key in value else 'missing'}."
        raise InputError(where=place, what=what, remedy=f"Known here: {listed(keys)}." if keys else "Leave it empty.")
    return value


def items(value: Any, place: str, *, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _wrong(place, f"a list of at most {most}")
    return value


def text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong(place, "a text")
    return value


def whole(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(place, "a whole number")
    return value


def flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(place, "true or false")
    return value


def names(value: Any, place: str) -> tuple[str, ...]:
    return tuple(text(each, f"{place}[{number}]") for number, each in enumerate(items(value, place, most=1000)))


def moment(value: Any, place: str) -> datetime:
    """A local time to the second, without zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and _AT.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None:
        raise _wrong(place, "a local time such as 2026-11-22T09:05:00")
    return found
