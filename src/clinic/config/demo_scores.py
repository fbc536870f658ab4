"""What the patients of the demonstration answer to the questionnaires of their plan: drawn numbers, of nobody.

A number is drawn about the patient's own first one and drifts a little either way; some are never given. They show what
the pages do with numbers, and say nothing of what massage does.
"""

from __future__ import annotations

from random import Random
from typing import Final

from clinic.actions.outcomes import Sheet, answer_instrument
from clinic.config.demo_person import Person
from clinic.records.models import ScoreEntry
from clinic.records.outcomes import instrument_of
from effleurage.outcome.instrument import Instrument

LEFT_OUT: Final = 7
"""One of so many patients gives no answer to all but the first questionnaire."""
DRIFT: Final = (-3, -2, -2, -1, -1, 0, 1)
"""By how much a number of the end may differ from that of the beginning."""
STEADY: Final = "trunk_rotation"
"""What the content itself does not expect to change."""


def answer_sheets(person: Person, *, late: bool = False, only: tuple[str, ...] = ()) -> None:
    """Each questionnaire of the plan, entered from paper: at the beginning, or `late` in the course."""
    assert person.plan is not None  # noqa: S101 - chosen before
    library = person.scene.library
    regimen = next(each for each in library.regimens if each.id == person.plan.regimen)
    for place, name in enumerate(regimen.measures):
        instrument = instrument_of(library, name)
        if instrument is None or (only and name not in only) or (place and person.number % LEFT_OUT == 0):
            continue
        sheet = Sheet(name, drawn(person, instrument, late=late), ScoreEntry.Via.PAPER)
        answer_instrument(person.doing(person.desk), public=person.public, sheet=sheet)


def drawn(person: Person, instrument: Instrument, *, late: bool) -> dict[str, str | None]:
    """Answers to every item. The same patient's first ones are always the same."""
    first = Random(f"{person.number} {instrument.name}")  # noqa: S311 - a drawn person, no secret
    later = Random(f"{person.number} {instrument.name} {person.at.date()}")  # noqa: S311 - a drawn person, no secret
    drift = 0 if instrument.name == STEADY or not late else later.choice(DRIFT)
    return {item.id: str(min(9, max(0, first.randint(4, 7) + drift))) for item in instrument.items}
