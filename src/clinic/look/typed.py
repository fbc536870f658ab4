"""What people type, on its way to the core's reader, and the reader's sentences on their way back to people.

The core speaks of files: it names a fact by its short name and a unit by its code, and tells how to write a document.
In a form the same sentence speaks of "your answer", of units as people write them, and of what to type.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.actions.intake import OWN
from effleurage.errors import InputError
from effleurage.facts.kinds import FactTable
from effleurage.lib.units import WRITTEN

Typed = MultiValueDict[str, str]
_ADD_UNIT: Final = re.compile(r"Add 'unit: ([^']+)'\.")
_WRITE_AS: Final = re.compile(r"Write it as [-\d: ]+\.")
_NAMED: Final = re.compile(r"'(\w+)'")


def plainly(fault: InputError, *, table: FactTable, text: str = "") -> str:
    """A sentence of the core for somebody who fills in a form; `text` is what they typed."""
    remedy = fault.remedy.partition("If it is right, write")[0]
    remedy = _ADD_UNIT.sub(lambda unit: _("Then write: %(text)s") % {"text": f"{text.strip()} {unit[1]}."}, remedy)
    remedy = _WRITE_AS.sub(_("Check the day, the month and the year."), remedy)
    words = f"{fault.what} {remedy}".strip().replace(f"'{OWN}'", _("Your answer"))
    words = _NAMED.sub(lambda name: f"“{table[name[1]].called}”" if name[1] in table else name[0], words)
    for code, unit in WRITTEN.items():
        words = re.sub(rf"(?<=\d ){re.escape(code)}(?![\w/])", unit, words)
    return words


def told(fault: InputError, *, table: FactTable, text: str) -> str:
    """What is wrong with what was typed.

    The core's own sentences about input are English: who reads another language is told in it where to look, not
    in one that they may not read. What a form says of itself names no place and is in their language already.
    """
    if fault.where and not (get_language() or "en").startswith("en"):
        return _("This does not fit as it stands. Look at the number, its unit and the date once more.")
    return plainly(fault, table=table, text=text)


def date_text(day: str, month: str, year: str, clock: str = "") -> str:
    """Three fields, and perhaps a time, as the text of a date that the core reads. Raises InputError.

    >>> date_text("3", "11", "2024"), date_text("", "11", "2024"), date_text("3", "11", "2024", "8.30")
    ('2024-11-03', '2024-11', '2024-11-03 08:30')
    """
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise _no_date(_("The year is missing, or has not four digits."))
    if day and not (day.isascii() and day.isdecimal() and len(day) <= 2):
        raise _no_date(_("The day is a number from 1 to 31."))
    if day and not month:
        raise _no_date(_("The month is missing."))
    if month and not (month.isascii() and month.isdecimal() and len(month) <= 2):
        raise _no_date(_("The month is missing."))
    whole = "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
    return f"{whole} {_clock(clock)}" if clock and day else whole


def _clock(text: str) -> str:
    """
    >>> _clock("8.30"), _clock("8:05"), _clock("14")
    ('08:30', '08:05', '14:00')
    """
    hour, _sign, minute = text.replace(".", ":").partition(":")
    return f"{hour.zfill(2)}:{(minute or '0').zfill(2)}"


def _no_date(what: str) -> InputError:
    return InputError(where="", what=what, remedy="")
