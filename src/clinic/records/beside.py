"""The file beside the database: for each act that wrote, its number, the patient it was about, the time and the event.
An act that changed two records (uniting, separating) has a line for each.

It outlives the database: after a restore it alone knows which records are newer than the backup. It holds no health
data and no name. A line that begins with `restored` says that from there on the numbers go on from an older act.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Line:
    """One act that wrote. `patient_id` is None where it was about no patient."""

    number: int
    patient_id: int | None
    at: str
    event: str

    def __str__(self) -> str:
        return f"{self.number} {self.patient_id or 0} {self.at} {self.event}"


def line(*, number: int, patient_id: int | None, at: datetime, event: str) -> Line:
    return Line(number, patient_id, at.astimezone(UTC).isoformat(), event)


def write(text: str) -> None:
    """One line more, on the disk when this returns."""
    path: Path = settings.HOME.journal
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def lines(path: Path) -> tuple[Line | None, ...]:
    """All lines in the order in which they were written; None for the mark of a restore and for what is not whole."""
    if not path.exists():
        return ()
    return tuple(_read(text) for text in path.read_text(errors="replace").splitlines())


def _read(text: str) -> Line | None:
    words = text.split()
    if len(words) != 4 or not (words[0].isdecimal() and words[1].isdecimal()):
        return None
    return Line(int(words[0]), int(words[1]) or None, words[2], words[3])


def since(found: Sequence[Line | None], last: str) -> tuple[Line, ...] | None:
    """The acts after the one that `last` names; None if the file does not reach back to it: then nothing is known."""
    positions = [position for position, each in enumerate(found) if each is not None and str(each) == last]
    if not positions:
        return None
    return tuple(each for each in found[positions[-1] + 1 :] if each is not None)


def missing_after(found: Sequence[Line | None], number: int) -> tuple[Line, ...]:
    """Acts that the file names and a journal that ends with act `number` does not have: cut off at its end.

    The act directly after the last may be one that was interrupted before it was acknowledged, so it does not count.
    """
    marks = [position for position, each in enumerate(found) if each is None]
    recent = found[marks[-1] + 1 :] if marks else found
    return tuple(each for each in recent if each is not None and each.number > number + 1)
