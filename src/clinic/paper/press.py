"""The press: values and a template become the bytes of one tagged PDF.

PDF/UA-1 always, for then a letter that the fonts cannot draw is an error and never a silent box in somebody's name.
Only the fonts that come with the press and folders named by the caller are used: the fonts of a machine would make the
same plan another paper elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typst

from clinic.paper.values import Plain
from effleurage.errors import InputError
from effleurage.lib.text import listed

TEMPLATES = Path(__file__).parent / "templates"
_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_LANG = re.compile(r"([a-z]{2,3})(?:[-_]([A-Za-z]{2}))?")


@dataclass(frozen=True, slots=True)
class Undrawn(Exception):
    """Letters for which no font has a picture."""

    letters: tuple[str, ...]


def pressed(*, template: str, values: Mapping[str, Plain], stamp: datetime | None, fonts: Sequence[Path]) -> bytes:
    """The PDF of `templates/<template>.typ`; `stamp` is its date of making. Raises Undrawn."""
    said = json.dumps({**values, "stamped": stamp is not None}, ensure_ascii=False, sort_keys=True)
    try:
        return typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            sys_inputs={"values": said},
            pdf_standards="ua-1",
            timestamp=int(stamp.timestamp()) if stamp else 0,
            ignore_system_fonts=True,
            font_paths=[*fonts],
            format="pdf",
        )
    except typst.TypstError as error:
        letters = tuple(dict.fromkeys(_UNDRAWN.findall(error.diagnostic or "")))
        if not letters:
            raise
        raise Undrawn(letters) from error


def language(tag: str) -> tuple[str, str]:
    """'uk' or 'pt-BR' as language and region. Raises InputError."""
    found = _LANG.fullmatch(tag)
    if found is None:
        raise InputError(
            where="language of a paper", what=f"'{tag}' is no language tag.", remedy="Write 'en', 'uk' or 'pt-BR'."
        )
    return found[1], (found[2] or "").upper()


def undrawn_error(letters: Sequence[str], values: Mapping[str, Plain]) -> InputError:
    """What a person can do about letters without a picture, and where they stand."""
    places = listed(dict.fromkeys(path for path, text in _texts(values) if any(each in text for each in letters)))
    named = listed(f"{letter} ({' '.join(f'U+{ord(char):04X}' for char in letter)})" for letter in letters)
    return InputError(
        where=f"paper, {places}" if places else "paper",
        what=f"The fonts here have no picture of {named}. No paper was made, so that none shows a gap.",
        remedy="A name: add it in Latin letters, as in the passport. Other text: write it in Latin, Greek or Cyrillic "
        "letters. Or name a folder with a font for that script in the settings of papers.",
    )


def _texts(value: Plain, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from _texts(each, f"{path}.{key}".lstrip("."))
