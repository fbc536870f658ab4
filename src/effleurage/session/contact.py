"""Asking how a session was borne: why somebody is asked, and within which hours after its end.

The hours are the content's, on the check that asks for the contact. A content without them asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.session.balance import Differs, deviations
from effleurage.session.merge import Merged

HARMED: Final = ("uncomfortable", "skin", "felt")
"""Reasons to leave a step out (`kinds.SKIPPED`) that tell of the patient's body, so somebody asks how it is."""
BORNE_WELL: Final = "grow"
"""What the content says of the next dose after a reaction that is none, or was to be expected."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A contact lies between the two, counted from the end of the session, and is overdue after the second."""

    check: Term
    earliest: timedelta
    latest: timedelta


def contact_hours(vocabulary: Vocabulary) -> Hours | None:
    check = next((check for check in vocabulary.checks if check.get("within_hours")), None)
    if check is None:
        return None
    earliest, latest = (timedelta(hours=int(check.get(key))) for key in ("from_hours", "within_hours"))
    return Hours(check, earliest, latest)


def contact_reasons(merge: Merged, *, number: int) -> Iterator[str]:
    """Why somebody is asked after the session of this number, the gravest first: `stop`, `reaction`, `deviation`,
    `first` or `asked`, where the script asks for it.
    """
    words = merge.records[0].ground.vocabulary
    hours = contact_hours(words)
    if any(record.stops for record in merge.records):
        yield "stop"
    if any(not borne_well(each.name, words) for each in merge.reactions):
        yield "reaction"
    skipped = [each for record in merge.records for each in deviations(record) if each.how is Differs.SKIPPED]
    if any(each.part.reason in HARMED for each in skipped):
        yield "deviation"
    if number == 1:
        yield "first"
    scripts = (record.planned for record in merge.records if record.planned)
    if hours and any(hours.check in script.follow_up for script in scripts):
        yield "asked"


def borne_well(name: str, vocabulary: Vocabulary) -> bool:
    found = vocabulary.terms.get(f"reactions.{name}")
    return found is not None and found.get("next") == BORNE_WELL
