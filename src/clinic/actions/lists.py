"""Looking at many at once: a day, a list of work, the journal. Nobody's chart opens, and still each leaves a row."""

from __future__ import annotations

from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import check


@act("list.read")
def read_list(doing: Doing, *, about: str) -> None:
    """A list with names and where they stand was shown."""
    check(doing.actor, "worklists")
    note(doing, about=about, wrote=False)


@act("journal.read")
def read_journal(doing: Doing, *, about: str) -> None:
    """The journal was looked through, by these filters."""
    check(doing.actor, "journal.read")
    note(doing, about=about[:120], wrote=False)


@act("journal.export")
def export_journal(doing: Doing, *, about: str) -> None:
    """Rows of the journal were taken out as a file."""
    check(doing.actor, "journal.read")
    note(doing, about=about[:120], wrote=False)


@act("journal.check")
def checked_journal(doing: Doing, *, upto: int, faults: int) -> None:
    """The chain was checked up to an act, and so many faults were found."""
    check(doing.actor, "journal.read")
    note(doing, about=f"acts:{upto} faults:{faults}", wrote=False)
