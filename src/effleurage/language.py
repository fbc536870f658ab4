"""How the core speaks: a sentence that code builds is said in the language that travels with the protocols.

English is what stands in the code, and every other language a table from English to its own words, as gettext has it:
change the English, and the entry no longer fits. What a language lacks it refuses to say. It never says a sentence in
English instead, since a page half in another language hides what its reader cannot read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from effleurage.errors import ForPeople
from effleurage.lib import text
from effleurage.lib.units import written

NATIVE: Final = {"en": "English", "uk": "Українська", "ru": "Русский"}
"""The languages by their own names, in the order in which they are offered."""


class LanguageBlocked(ForPeople):
    """A language lacks a sentence, so nothing is said in it."""


def sentence(english: str) -> str:
    """Marks a text of the code that is said later, for `tools/languages.py` to find."""
    return english


MONTHS: Final = (
    sentence("January"),
    sentence("February"),
    sentence("March"),
    sentence("April"),
    sentence("May"),
    sentence("June"),
    sentence("July"),
    sentence("August"),
    sentence("September"),
    sentence("October"),
    sentence("November"),
    sentence("December"),
)
LISTING: Final = (sentence("and"), sentence("or"), sentence("nor"))


def _one_or_many(number: int) -> int:
    """
    >>> [_one_or_many(number) for number in (0, 1, 2)]
    [1, 0, 1]
    """
    return 0 if number == 1 else 1


def _slavic(number: int) -> int:
    """One (1, 21), few (2 to 4, 22), many (0, 5 to 20).

    >>> [_slavic(number) for number in (1, 3, 5, 11, 12, 21, 22, 112)]
    [0, 1, 2, 2, 2, 0, 1, 2]
    """
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2


PLURALS: Final[Mapping[str, tuple[int, Callable[[int], int]]]] = {"uk": (3, _slavic), "ru": (3, _slavic)}
"""How many forms a counted noun has, and which one a number takes; in the table they stand with bars between."""


@dataclass(frozen=True, eq=False)
class Language:
    """A language with its words for what code says. `made` makes them from the English where nobody wrote any."""

    code: str = "en"
    table: Mapping[str, str] = field(default_factory=dict)
    made: Callable[[str], str] | None = None

    @property
    def name(self) -> str:
        return NATIVE.get(self.code, self.code)

    @property
    def is_english(self) -> bool:
        return self.code == "en"

    def say(self, english: str, /, **values: object) -> str:
        """A sentence of the code with its values filled in.

        >>> ENGLISH.say("at most {minutes} minutes", minutes=20)
        'at most 20 minutes'
        """
        return self.words(english).format(**values) if values else self.words(english)

    def unit(self, code: str) -> str:
        """A unit as people of the language write it; nothing for none.

        >>> Language("en").unit("mm[Hg]")
        'mmHg'
        """
        return written(self.words(code))

    def words(self, english: str) -> str:
        """A text as it stands in the table. Raises LanguageBlocked where it does not."""
        if self.is_english or not english:
            return english
        if self.made:
            return self.made(english)
        found = self.table.get(english, "")
        if not found:
            raise LanguageBlocked(
                where=f"language {self.code}",
                what=f"There are no words for '{english}'.",
                remedy="Run 'python tools/languages.py --check' and have what it lists translated.",
            )
        return found

    def counted(self, number: int, noun: str, plural: str = "") -> str:
        """A number with its noun in the form that the number takes.

        >>> ENGLISH.counted(1, "day"), ENGLISH.counted(3, "day")
        ('1 day', '3 days')
        """
        if self.is_english or self.made:
            return self.words(text.counted(number, noun, plural))
        count, form = PLURALS.get(self.code, (2, _one_or_many))
        forms = self.words(noun).split("|")
        if len(forms) != count:
            raise LanguageBlocked(
                where=f"language {self.code}",
                what=f"'{noun}' has {len(forms)} forms, not {count}.",
                remedy="Write the forms for 1, 2 and 5 with bars between.",
            )
        return f"{number} {forms[form(number)]}"

    def listed(self, words: Iterable[object], last: str = "and") -> str:
        """Words as a person lists them: 'legs, hips and back'."""
        return text.listed(words, self.words(last))

    def month_day(self, on: date) -> str:
        """'2 November 2026'."""
        return f"{on.day} {self.words(MONTHS[on.month - 1])} {on.year}"

    def moment(self, on: datetime) -> str:
        """'2 November 2026, 09:05'."""
        return f"{self.month_day(on)}, {on:%H:%M}"


ENGLISH: Final = Language()
