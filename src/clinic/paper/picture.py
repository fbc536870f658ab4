"""The body map for paper: the core's own drawing in the colours of light paper, with its words as alternative text.

A drawing on a page may leave its style to the page. The press reads the same style rules but knows no custom
properties, so each is set to the value that stands beside it as its fallback, which is that of light paper.
"""

from __future__ import annotations

import re
from html import unescape

from effleurage.render.bodymap import STYLE

FONT = "Libertinus Serif"
_PROPERTY = re.compile(r"var\(--[\w-]+,((?:[^()]|\([^()]*\))*)\)")
_FAMILY = re.compile(r"font-family:[^;}]*")
_OWN_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>([^<]*)</title>")
_DESCRIPTION = re.compile(r"<desc[^>]*>([^<]*)</desc>")
#: On paper the numbers are small and the hatch carries what colour cannot.
_LARGER = (
    ".body-map .number{font-size:16px;font-weight:700}.body-map .curve-label{font-size:12.5px}"
    ".body-map .hatch-line{stroke-width:1.9}"
)


def for_paper(drawing: str) -> dict[str, str]:
    """One view of the body as the press takes it: the drawing with its colours, and its words."""
    opened = _OWN_STYLE.sub("", drawing).replace("</desc>", f"</desc><style>{for_print(STYLE)}{_LARGER}</style>", 1)
    return {"svg": opened, "alt": words_of(drawing)}


def for_print(style: str) -> str:
    """A style of the pages as the press reads it: in the values of light paper, and in the font of the press."""
    return _FAMILY.sub(f'font-family:"{FONT}"', _PROPERTY.sub(r"\1", style))


def words_of(drawing: str) -> str:
    """What the picture says, read aloud: its title, its summary, and every part of the body with its ceiling."""
    title, *parts = (unescape(text) for text in _TITLE.findall(drawing))
    summary = [unescape(text) for text in _DESCRIPTION.findall(drawing)]
    return " ".join([f"{title}.", *summary, *(f"{part}." for part in parts)])
