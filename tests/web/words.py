"""What stands on a page in the eyes of a reader: every text, and every attribute that is read out or shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

SILENT = {"script", "style", "code", "svg", "datalist", "pre"}
SAID = {"aria-label", "title", "placeholder", "alt", "data-label", "aria-description"}
PLACE = re.compile(r"\{\w+\}")
"""Where a page puts something into a sentence later; its name is no word."""
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(HTMLParser):
    """Collects what is said, except inside what is no prose and what is marked as of another language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.lang = ""
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "html":
            self.lang = given.get("lang", "")
        foreign = "lang" in given and tag != "html" and not given["lang"].startswith(self.lang)
        if not self.silent and not foreign:
            self.found += [given[name] for name in given if name in SAID]
        if tag not in EMPTY:
            self.open.append((tag, self.silent or foreign or tag in SILENT or given.get("translate") == "no"))

    @property
    def silent(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.found.append(re.sub(r"\s+", " ", data.strip()))


def texts(page: str) -> Iterator[str]:
    reader = Reader()
    reader.feed(page)
    yield from reader.found


def language(page: str) -> str:
    reader = Reader()
    reader.feed(page)
    return reader.lang


def english(page: str, known: re.Pattern[str]) -> list[str]:
    """The texts in which a word of Latin letters stands that nobody knows as a name or a code."""
    return sorted({text for text in texts(page) if re.search(r"[A-Za-z]{2,}", PLACE.sub(" ", known.sub(" ", text)))})
