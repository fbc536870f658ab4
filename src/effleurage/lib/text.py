"""Small things about words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like `word`, as a hint: "Did you mean 'calf'?", or "" when none is near.

    >>> nearest("clf", ["calf", "shin"])
    "Did you mean 'calf'?"
    >>> nearest("xyzzy", ["calf"])
    ''
    """
    close = difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'?" if close else ""


def listed(words: Iterable[object], last: str = "and") -> str:
    """Words as a person lists them.

    >>> listed(["legs", "hips", "back"])
    'legs, hips and back'
    """
    items = [str(word) for word in words]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def counted(number: int, noun: str, plural: str = "") -> str:
    """
    >>> counted(1, "rule"), counted(3, "rule")
    ('1 rule', '3 rules')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
