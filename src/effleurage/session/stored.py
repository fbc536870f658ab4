"""An answer as JSON, of which each kind tells itself apart. What is stored is canonical: the same answer is the same
text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Given, Items
from effleurage.facts.kinds import Fact, Kind

MOST: int = 10**9
"""No measurement is as large; beyond it, an engine that counts in floats would lose digits."""


def stored(value: Given) -> Any:
    """The plain JSON value of an answer.

    >>> stored(True), stored(-25), stored(NEVER)
    ({'yes': True}, {'number': -25}, 'never')
    """
    if value is NEVER:
        return "never"
    if isinstance(value, Items):
        return {"items": list(value.names), "complete": value.complete, "excerpt": value.excerpt}
    if isinstance(value, datetime):
        return {"date": value.isoformat()}
    if isinstance(value, bool):
        return {"yes": value}
    return {"number": value} if isinstance(value, int) else {"choice": value}


def given(value: Any, place: str) -> Given:
    """The way back from `stored`. Raises InputError for anything that `stored` does not write."""
    if value == "never":
        return NEVER
    if isinstance(value, dict):
        found = _items(value) if "items" in value else _single(value)
        if found is not None:
            return found
    raise InputError(
        where=place,
        what="This is no answer.",
        remedy='Write {"yes": true}, {"number": -25}, {"choice": "left"}, {"date": "..."}, {"items": ...} or "never".',
    )


def _single(value: dict[str, Any]) -> Given | None:
    match value:
        case {"yes": bool(yes), **rest} if not rest:
            return yes
        case {"number": int(number), **rest} if not rest and not isinstance(number, bool) and abs(number) <= MOST:
            return number
        case {"choice": str(choice), **rest} if not rest and choice:
            return choice
        case {"date": str(text), **rest} if not rest:
            return _date(text)
    return None


def _date(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is None and moment.isoformat() == text else None


def _items(value: dict[str, Any]) -> Items | None:
    match value:
        case {"items": list(names), "complete": bool(complete), "excerpt": bool(excerpt), **rest} if not rest:
            known = tuple(name for name in names if isinstance(name, str) and name)
            return Items(known, complete=complete, excerpt=excerpt) if len(known) == len(names) else None
    return None


def fitting(value: Given | None, fact: Fact) -> bool:
    """Whether an answer is one that this fact can have: not known, or of its kind, in its range, of its options.

    An event is read without the facts of its content, so what comes from a device may be anything.
    """
    if value is None:
        return True
    if value is NEVER:
        return fact.never
    if fact.kind is Kind.CHOICE:
        return isinstance(value, str) and value in fact.option_names
    if fact.is_number:
        low, high = fact.possible or (-MOST, MOST)
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if fact.kind is Kind.LIST:
        return isinstance(value, Items) and set(value.names) <= set(fact.option_names)
    return isinstance(value, {Kind.YES_NO: bool, Kind.DATE: datetime}[fact.kind])
