"""The content in the language of the reader. Where a safety sentence is missing, English with a notice, never
silently.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language

from clinic.records.content import built_in, library
from effleurage.language import LanguageBlocked
from effleurage.library import Library
from effleurage.protocol.lattice import Verdict
from effleurage.translation import speak


@lru_cache(maxsize=12)
def _spoken(content_hash: str, code: str) -> Library | LanguageBlocked:
    try:
        return speak(library(content_hash), code)
    except LanguageBlocked as blocked:
        return blocked


def spoken(found: Library, code: str = "") -> Library:
    """The same content in the language of this request (or of `code`); in English where that language is blocked."""
    wanted = (code or get_language() or "en")[:2]
    if wanted == "en":
        return found
    said = _spoken(found.protocols.hash, wanted)
    return found if isinstance(said, LanguageBlocked) else said


def verdict_words(name: str) -> str:
    """A verdict, which lists keep by its name, in the language of this request; "" where there is none."""
    return spoken(built_in()).protocols.language.words(Verdict[name.upper()].words) if name else ""


def blocked(found: Library, code: str = "") -> str:
    """Why the content is shown in English although another language was asked for; "" where it is not."""
    wanted = (code or get_language() or "en")[:2]
    said = _spoken(found.protocols.hash, wanted) if wanted != "en" else found
    return f"{said.what} {said.remedy}" if isinstance(said, LanguageBlocked) else ""
