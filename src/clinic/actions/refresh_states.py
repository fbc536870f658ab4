"""What the lists show, worked out anew: after an upgrade, or when a list is doubted. It changes nothing of a record."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.actions.frame import Doing, act, note
from clinic.records.models import Patient
from clinic.records.state import refresh_state


@act("lists.refresh")
def refresh_states(doing: Doing, *, patients: Sequence[Patient]) -> None:
    """The rows of these patients; a few at a time, so that nobody waits for the database meanwhile."""
    for patient in patients:
        refresh_state(patient, doing.now)
    note(doing, about=f"{len(patients)} patients", wrote=False)
