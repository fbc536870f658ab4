"""What may be shown of a table of counts: nothing of fewer than eight patients, and every count rounded to five.

This is the one place that decides it, for a whole table at once, since a cell that is left out comes back as the total
less the other cells. So a total is shown only where what is left out of it is of eight patients at least, in several
cells; otherwise the total gives way, for the rows are what is read. A count that is split in parts (completed
and not) shows its parts only where every part is large enough, none included: "all but none" would tell of everyone.

The rule of eight and the rounding are those by which the OpenSAFELY platform releases tables. Two tables of different
days may still be subtracted from each other: whoever releases them keeps to fixed days, such as the ends of quarters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 8
"""Patients behind anything that is shown."""
ROUNDED: Final = 5
"""Counts are shown as multiples of it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A count before release: `patients` has one key for each thing counted, so a patient may stand there twice.

    `rows` divide it into lines of a table, of which it is the total; each of `splits` divides it into parts.
    """

    name: str
    patients: tuple[str, ...]
    rows: tuple[Tally, ...] = ()
    splits: tuple[tuple[Tally, ...], ...] = ()

    def __post_init__(self) -> None:
        for parts in (self.rows, *self.splits):
            if parts and sorted(key for part in parts for key in part.patients) != sorted(self.patients):
                raise ValueError(f"the parts of {self.name or 'the whole'} do not make it up")


@dataclass(frozen=True, slots=True)
class Released:
    """The same count as it may be shown: rounded, or None where it is withheld, whether small itself or as a cover."""

    name: str
    count: int | None
    rows: tuple[Released, ...] = ()
    splits: tuple[tuple[Released, ...], ...] = ()


def enough(patients: Sequence[str]) -> bool:
    """Whether these are patients enough for a number about them to be shown."""
    return len(set(patients)) >= FEWEST


def rounded(count: int) -> int:
    """
    >>> [rounded(count) for count in (8, 12, 13)]
    [10, 10, 15]
    """
    return (count + ROUNDED // 2) // ROUNDED * ROUNDED


def release(tally: Tally) -> Released:
    """The table as it may be shown."""
    return _release(tally)[0]


def _release(tally: Tally) -> tuple[Released, tuple[Tally, ...]]:
    """What may be shown, and the lines that are then still hidden in whatever total this one goes into."""
    results = [_release(row) for row in tally.rows]
    rows = tuple(released for released, _ in results)
    hidden = tuple(row for _, rest in results for row in rest)
    if enough(tally.patients) and _covered(hidden):
        splits = tuple(_split(parts) for parts in tally.splits)
        return Released(tally.name, rounded(len(tally.patients)), rows, splits), ()
    withheld = tuple(tuple(_withheld(part) for part in parts) for parts in tally.splits)
    return Released(tally.name, None, rows, withheld), hidden or (tally,)


def _covered(hidden: Sequence[Tally]) -> bool:
    """Whether a total may stand over these hidden lines: what subtracting from it gives is then of patients enough.

    They are then several, since one that is hidden for itself has too few.
    """
    return not hidden or enough([key for row in hidden for key in row.patients])


def _split(parts: Sequence[Tally]) -> tuple[Released, ...]:
    """The parts of a count that is shown, all of them or none."""
    shown = all(enough(part.patients) for part in parts)
    return tuple(_release(part)[0] if shown else _withheld(part) for part in parts)


def _withheld(tally: Tally) -> Released:
    rows = tuple(_withheld(row) for row in tally.rows)
    return Released(tally.name, None, rows, tuple(tuple(_withheld(part) for part in parts) for parts in tally.splits))


def covered(tallies: Sequence[Tally]) -> tuple[Tally, ...]:
    """Of lines whose total is known elsewhere, those that may be shown: the smallest of the large ones give way until
    the hidden ones cover each other.
    """
    shown = sorted(
        (each for each in tallies if enough(each.patients)), key=lambda each: (-len(each.patients), each.name)
    )
    hidden = [each for each in tallies if not enough(each.patients)]
    while shown and not _covered(hidden):
        hidden.append(shown.pop())
    return tuple(each for each in tallies if each in shown)
