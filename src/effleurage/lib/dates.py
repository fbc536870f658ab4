"""Calendar arithmetic on dates passed in; nothing here knows what day it is.

A moment is a `datetime` without zone: an intake and its session happen at one place, in that place's time. A text that
names a zone is therefore no moment: it says one only to who knows the zone of the place (`local_span`).
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?)?)?",
    re.ASCII,
)
_ZONE: Final = re.compile(r"(.*T\d{2}:\d{2}.*?)\s?(?:(Z)|([+-])(\d{2}):(\d{2}))", re.ASCII)
NO_ZONE: Final = "Write the local time without zone, as 2026-11-22 08:30."
WEST, EAST = timedelta(hours=-12), timedelta(hours=14)
"""How far the clocks of the world lie from UTC."""


def read_moment(text: str, *, careful: str = "latest") -> datetime | None:
    """A full or partial ISO date as a moment; the missing part is filled at its careful end. None if it is no date.

    >>> read_moment("2024-02", careful="latest"), read_moment("2024", careful="earliest")
    (datetime.datetime(2024, 2, 29, 0, 0), datetime.datetime(2024, 1, 1, 0, 0))
    >>> read_moment("29.02.2024") is None
    True

    A clock time with a zone is none either: read here as local, it would be hours wrong.

    >>> read_moment("2026-11-22T08:30:00Z") is None
    True
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    late = careful == "latest"
    try:
        month = month if month is not None else (12 if late else 1)
        day = day if day is not None else (calendar.monthrange(year or 0, month)[1] if late else 1)
        return datetime.combine(date(year or 0, month, day), time(hour or 0, minute or 0))
    except (ValueError, calendar.IllegalMonthError):
        return None


def has_zone(text: str) -> bool:
    """Whether a text is a clock time with a zone.

    >>> has_zone("2026-11-22T08:30:00Z"), has_zone("2026-11-22 08:30+01:00"), has_zone("2026-11-22T08:30")
    (True, True, False)
    """
    return _split_zone(text) is not None


def _split_zone(text: str) -> tuple[datetime, timedelta] | None:
    """A clock time and how far its zone lies from UTC."""
    match = _ZONE.fullmatch(text.strip().replace(" ", "T", 1))
    moment = read_moment(match[1]) if match else None
    if match is None or moment is None:
        return None
    size = timedelta(hours=int(match[4] or 0), minutes=int(match[5] or 0))
    return (moment, -size if match[3] == "-" else size) if size <= EAST else None


def local_span(text: str, *, zone: tzinfo | None = None) -> tuple[datetime, datetime] | None:
    """The earliest and the latest local moment that a text may mean. None if it is no date.

    A partial date means any of its days. A time with a zone means one moment where the zone of the place is known, and
    else any that some place on earth has then.

    >>> [f"{end:%d %H:%M}" for end in local_span("2026-11-22T09:00:00+01:00")]
    ['21 20:00', '22 22:00']
    >>> [f"{end:%d %H:%M}" for end in local_span("2026-11-22T09:00:00+01:00", zone=UTC)]
    ['22 08:00', '22 08:00']
    """
    zoned = _split_zone(text)
    if zoned is None:
        early, late = read_moment(text, careful="earliest"), read_moment(text)
        return (early, late) if early is not None and late is not None else None
    try:
        moment = zoned[0] - zoned[1]
        if zone is None:
            return moment + WEST, moment + EAST
        there = moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        return None
    return there, there


def is_partial(text: str) -> bool:
    return len(text.strip()) < 10


def whole_months(start: datetime, end: datetime) -> int:
    """Completed months from start to end; negative when end lies before start.

    >>> whole_months(datetime(2026, 1, 31), datetime(2026, 2, 28))
    0
    >>> whole_months(datetime(2026, 1, 15), datetime(2026, 4, 15))
    3
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if (end.day, end.time()) < (start.day, start.time()) else 0)


def whole_years(start: datetime, end: datetime) -> int:
    """Completed years; somebody born on 29 February has the birthday on 1 March in other years.

    >>> born = datetime(2008, 2, 29)
    >>> whole_years(born, datetime(2026, 2, 28)), whole_years(born, datetime(2026, 3, 1))
    (17, 18)
    """
    return whole_months(start, end) // 12


def whole_days(start: datetime, end: datetime) -> int:
    return (end.date() - start.date()).days


def whole_minutes(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)
