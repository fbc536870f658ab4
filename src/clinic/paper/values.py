"""What a paper says beside the core's page: whose it is, who signed it, and the doses; all as plain values."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from effleurage.plan.plan import PlannedRegimen

Plain = Any
"""What JSON can say: text, numbers, truth, None, lists and mappings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The person a paper is about. `latin` is the name in Latin letters, as in a passport: it is printed where the
    fonts have no picture of the name.
    """

    name: str
    born: date
    identifier: str
    latin: str = ""

    def __post_init__(self) -> None:
        if not shown(self.name):
            raise ValueError("a paper without a name belongs to nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, as what, when (with its zone), meaning what, and the hash of what was signed."""

    name: str
    role: str
    at: datetime
    meaning: str
    hash: str

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("a signature knows its time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """Sessions with the same dose: minutes, and the highest level that is meant anywhere."""

    first: int
    last: int
    minutes: int
    level: int


def doses(planned: PlannedRegimen) -> tuple[Dose, ...]:
    """The most that each session of a course may have: the dose grows by one step a session at best."""
    sessions = range(1, planned.course.sessions + 1) if planned.remains else range(0)
    rows = [(session, planned.minutes_at(session), _highest(planned, session)) for session in sessions]
    found = []
    for (minutes, level), same in groupby(rows, key=lambda row: row[1:]):
        run = [session for session, *_ in same]
        found.append(Dose(first=run[0], last=run[-1], minutes=minutes, level=level))
    return tuple(found)


def _highest(planned: PlannedRegimen, session: int) -> int:
    return max(touch.level(session) for step in planned.steps for touch in step.touches)


def shown(text: str) -> str:
    """Text as it can be printed on a line: composed, and without controls or marks that turn its direction.

    >>> shown("Ada\\u202e\\n Lovelace\\x00")
    'Ada Lovelace'
    """
    kept = (" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text if char not in _TURNING)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


_TURNING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Marks without a picture of their own: with them a name could be made to read as another."""


def plain(value: object) -> Plain:
    """Any value of a page as JSON says it, its text printable."""
    if isinstance(value, str):
        return shown(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    raise TypeError(f"a paper cannot print {type(value).__name__}")


def spoken_date(day: date, labels: Mapping[str, str]) -> str:
    """
    >>> spoken_date(date(1952, 7, 1), {"months": "Jan Feb Mar Apr May Jun July", "date": "{day} {month} {year}"})
    '1 July 1952'
    """
    month = labels["months"].split()[day.month - 1]
    return labels["date"].format(day=day.day, month=month, year=day.year)


def spoken_moment(at: datetime, labels: Mapping[str, str]) -> str:
    """Day, time and zone: a paper is read far from the clock that it was made by."""
    return labels["moment"].format(date=spoken_date(at, labels), time=f"{at:%H:%M} {_zone(at)}".strip())


def _zone(at: datetime) -> str:
    offset = at.strftime("%z")
    return "" if not offset else "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"


def body_rows(page: Mapping[str, Any]) -> list[dict[str, Plain]]:
    """The table of ceilings, each row with its part of the body in words: the side stands where the sides differ."""
    rows: list[dict[str, Plain]] = plain(page["body_rows"])
    several = Counter(row["region"] for row in rows)
    return [
        {**row, "part": f"{row['region']} ({row['side']})" if several[row["region"]] > 1 else row["region"]}
        for row in rows
    ]


def by_level(page: Mapping[str, Any]) -> list[dict[str, Plain]]:
    """The ceilings the short way: each level with its word and all parts of the body that it holds for."""
    rows = body_rows(page)
    words = {row["ceiling"]: row["word"] for row in rows}
    return [
        {"level": level, "word": words[level], "parts": [row["part"] for row in rows if row["ceiling"] == level]}
        for level in sorted(words)
    ]
