"""Calendar arithmetic on dates passed in; nothing here knows what day it is.

A moment is a `datetime` without zone: an intake and its session happen at one place, in that place's time.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta

_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?",
    re.ASCII,
)


def read_moment(text: str, *, careful: str = "latest") -> datetime | None:
    """A full or partial ISO date as a moment; the missing part is filled at its careful end. None if it is no date.

    >>> read_moment("2024-02", careful="latest"), read_moment("2024", careful="earliest")
    (datetime.datetime(2024, 2, 29, 0, 0), datetime.datetime(2024, 1, 1, 0, 0))
    >>> read_moment("29.02.2024") is None
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
