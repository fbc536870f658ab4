"""The few pieces of Markdown that the reference pages need, with the signs of the content escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

NOTE = "*Generated from the content by `make fix`; do not edit. `make check` tells when it is out of step.*"


def page(title: str, about: str, parts: Iterable[str]) -> str:
    return "\n\n".join([f"# {title}", NOTE, about, *(part for part in parts if part)]) + "\n"


def text(words: str) -> str:
    """Words of the content as they stand, with what Markdown would read as its own signs escaped."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(words.split()))


def code(words: str) -> str:
    return f"`{words}`" if words else ""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) if len(lines) > 2 else ""


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """'- *label*: words' for every pair that says something."""
    return bullets(f"*{label}*: {words}" for label, words in pairs if words)
