"""Which languages may be offered. One that lacks a single safety sentence is not, and this says what it lacks.

Two halves must be whole: the content that is in force, and the words of the pages. A page half in another language
hides what its reader cannot read.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.records.content import built_in, in_force, library
from effleurage.errors import ForPeople
from effleurage.language import ENGLISH, NATIVE
from effleurage.library import Library
from effleurage.translation import Translation, translation


@dataclass(frozen=True, slots=True)
class Offer:
    """A language by its own name; `blocked` says why it may not be chosen, "" if it may."""

    code: str
    name: str
    blocked: str = ""


def languages(clinic_id: int | None = None) -> tuple[Offer, ...]:
    """Every language the program knows, for the content of this clinic or, where nobody is known yet, as shipped."""
    return _offers(_content(clinic_id), get_language() or ENGLISH.code)


def offered(clinic_id: int | None = None) -> tuple[Offer, ...]:
    """The languages that may be chosen; English always is one."""
    return tuple(offer for offer in languages(clinic_id) if not offer.blocked)


def spoken_here(code: str, clinic_id: int | None = None) -> bool:
    """Whether a language may be spoken now. Costs nothing for English."""
    return code == ENGLISH.code or any(offer.code == code for offer in offered(clinic_id))


def _content(clinic_id: int | None) -> str:
    if clinic_id is None:
        return built_in().protocols.hash
    try:
        return in_force(clinic_id).protocols.hash
    except ForPeople:  # without content the pages still speak, and the one that needs it says what is missing
        return built_in().protocols.hash


@lru_cache(maxsize=18)
def _offers(content_hash: str, _reader: str) -> tuple[Offer, ...]:
    """Kept by the language of the reader too, in which it is said what a language lacks."""
    found = library(content_hash)
    return tuple(Offer(code, NATIVE.get(code, name), _blocked(found, code)) for code, name in _known())


def _known() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def _blocked(found: Library, code: str) -> str:
    if code == ENGLISH.code:
        return ""
    unsaid = sorted(_pages(ENGLISH.code) - _pages(code))
    if unsaid:
        words = {"count": len(unsaid), "first": unsaid[0]}
        return _("%(count)d texts of the pages are not translated, first: %(first)s") % words
    try:
        return _missing(translated(found.protocols.hash, code))
    except ForPeople as error:
        return str(error)


@lru_cache(maxsize=12)
def translated(content_hash: str, code: str) -> Translation:
    """The content in another language, with what it lacks: compared with all of its sentences once."""
    return translation(library(content_hash), code)


def _pages(code: str) -> set[str]:
    """Every text of the pages that the catalogue of a language says; the English one lists what must be said."""
    path = gettext.find("django", str(settings.LOCALE_PATHS[0]), [code])
    if path is None:
        return set()
    with Path(path).open("rb") as file:
        said: dict[str | tuple[str, int], str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0] for key in said}


def _missing(words: Translation) -> str:
    if not words.blocking:
        return ""
    first = words.blocking[0]
    return _("%(count)d safety sentences are not translated, first: %(first)s (%(at)s).") % {
        "count": len(words.blocking),
        "first": first.en,
        "at": first.at,
    }
