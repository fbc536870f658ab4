"""All ways by name, and the clock by which the patients of the demonstration go them.

Everybody goes by one clock, so the journal of the demonstration is in the order of time, as any other.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from clinic.config.demo_courses import (
    draft_waits,
    finished_course,
    former,
    harm_reviewed,
    harm_waits,
    in_course,
    in_course_asked_now,
    long_course,
    red_flag,
    second_signature,
    stepped_back,
    stopped_session,
)
from clinic.config.demo_paths import (
    SOON,
    Way,
    chosen,
    consent_withdrawn,
    decided,
    emergency,
    half_way,
    hard_agreed,
    hard_waits,
    imported,
    imported_confirmed,
    letter_waits,
    link_sent,
    locked_by_hand,
    minor,
    minor_waiting,
    never_asked,
    nothing_known,
    opened_with_reason,
    outdated,
    soft_aside,
    stale,
    tablet_today,
    twice,
    undecided,
    united,
    unsure,
    without_consent,
)
from clinic.config.demo_person import Person

MOMENT: Final = timedelta(seconds=1)


def follow(people: Iterable[Person]) -> None:
    """Lets everybody go their way, one act after another in the order of time, and nothing later than now."""
    ways = [(person, WAYS[person.part.way](person)) for person in people]
    ways += [(person, due_today(person)) for person, _ in ways if person.part.today]
    waiting = [(next(way), number) for number, (_, way) in enumerate(ways)]
    heapq.heapify(waiting)
    while waiting:
        at, number = heapq.heappop(waiting)
        person, way = ways[number]
        person.at = at
        following = next(way, None)
        if following is not None:
            heapq.heappush(waiting, (min(max(following, at + MOMENT), person.now), number))


def due_today(person: Person) -> Way:
    """Books today's visit, and lets them come if it is time."""
    yield person.days(-1, 12)
    visit = person.book(person.day(0))
    if visit is not None and visit.starts < person.now:
        yield visit.starts - SOON
        person.come(visit)


WAYS: Final[dict[str, Callable[[Person], Way]]] = {
    way.__name__: way
    for way in (
        never_asked, link_sent, half_way, undecided, unsure, nothing_known, decided, emergency, chosen,
        without_consent, in_course, in_course_asked_now, red_flag, finished_course, long_course, stepped_back,
        stopped_session, draft_waits, second_signature, harm_waits, harm_reviewed, former, stale, outdated,
        locked_by_hand, consent_withdrawn, tablet_today, minor, minor_waiting, soft_aside, hard_waits, hard_agreed,
        imported, imported_confirmed, letter_waits, opened_with_reason, twice, united,
    )
}  # fmt: skip
"""Each way by its name, as the cast names it."""
