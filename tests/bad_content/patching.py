"""A mistake made on purpose: one patch over the small good content folder beside this file."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

BASE = Path(__file__).parent / "base"


def patched(case: dict[str, Any], root: Path) -> Path:
    """A copy of the good folder at `root`, with the one mistake that the case describes.

    `replace` and `with` name the words (`also` more such pairs, where one mistake takes two places), `repeat` stands
    for text too long to write down; `empty`, `missing` and `rename` concern the whole file.
    """
    shutil.copytree(BASE, root)
    file = root / case["file"]
    if case.get("missing"):
        file.unlink()
    elif "rename" in case:
        file.rename(root / case["rename"])
    elif case.get("empty"):
        file.write_bytes(b"")
    else:
        file.write_bytes(_text(case, file.read_text("utf-8")).encode(case.get("encoding", "utf-8")))
    return root


def _text(case: dict[str, Any], text: str) -> str:
    for old, new in [(case["replace"], case["with"]), *case.get("also", [])]:
        assert old in text, f"'{old}' does not stand in {case['file']}"
        text = text.replace(old, new, 1)
    for mark, (piece, times) in case.get("repeat", {}).items():
        text = text.replace(mark, piece * times)
    return text
