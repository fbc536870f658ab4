"""The ways of patients who have had sessions: courses that run, that are finished, and that lie behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from clinic.actions.aftercare import Answer
from clinic.config.demo_paths import SOON, Way, agreed, registered
from clinic.config.demo_person import Person
from clinic.config.demo_scores import answer_sheets
from clinic.config.demo_sessions import NOTHING, Visited, asked, course, harm, last_session, reviewed
from clinic.config.demo_table import Went
from clinic.records.models import AccessLink

TWICE: Final = 4
"""One of so many of those who are in a course has had a second session."""
HALF: Final = 4
"""From so many sessions on, the questionnaires were answered once more on the way."""
TRADITIONAL, SEGMENTAL = "osteoporosis-traditional", "osteoporosis-segmental"


def begun(
    person: Person, days: Sequence[int], special: Mapping[int, Visited] | None = None, *, regimen: str = ""
) -> Way:
    """A signed plan, the first questionnaires, and the sessions of these days."""
    yield from agreed(person, days[0] - 4, regimen)
    yield person.at + SOON
    answer_sheets(person)
    yield from course(person, days[:HALF], special)
    if days[HALF:]:
        yield person.at + timedelta(hours=1)
        answer_sheets(person, late=True)
        later = {number - HALF: each for number, each in (special or {}).items()}
        yield from course(person, days[HALF:], later, asked=4 + days[HALF] - days[0])


def in_course(person: Person) -> Way:
    """A session or two, one a week, and the next visit booked."""
    weeks = 1 + (person.number % TWICE == 0)
    weekday = 0 if person.part.today else person.number % 5
    yield from begun(person, [weekday - 7 * week for week in range(weeks, 0, -1)])
    yield person.at + SOON
    person.send_link(AccessLink.Purpose.PORTAL)
    if not person.part.today:
        yield person.days(-2, 12)
        person.book(person.day(weekday or 7))


def in_course_asked_now(person: Person) -> Way:
    """In a course, and today's questions are answered: the plan can be used."""
    yield from in_course(person)
    yield person.ago(55)
    person.ask_today(30, key=person.part.carer)


def red_flag(person: Person) -> Way:
    """In a course, and a new red flag has locked the plan."""
    yield from in_course(person)
    yield person.ago(70)
    person.correct("back_pain_at_night", True, "Told on the telephone this morning, since Friday.")


def finished_course(person: Person) -> Way:
    """Six sessions of six, and the last questionnaires: the summary can be written."""
    yield from begun(person, range(-23, -7, 3), regimen=SEGMENTAL)
    yield person.days(-5, 15)
    answer_sheets(person, late=True)


def long_course(person: Person) -> Way:
    """Eight sessions, each a step more than the one before."""
    words = "The cushion under the shins was needed elsewhere."
    yield from begun(person, range(-25, -3, 3), {5: Visited(Went(skipped="equipment", words=words))})
    yield person.days(-1, 12)
    person.book(person.day(2))


def stepped_back(person: Person) -> Way:
    """Sore for long after the second session: the third was a step back, and lighter."""
    sore = Visited(borne=Answer(("sore_long",), "Sore between the shoulders until this morning."))
    lighter = Visited(Went(lighter="A little less, please.", reaction="expected"))
    yield from begun(person, range(-14, -7, 3), {2: sore, 3: lighter})


def stopped_session(person: Person) -> Way:
    """The second session was stopped because the patient asked for it."""
    words = "Wanted to stop: the room was too cold."
    addition = "The heating was repaired the same afternoon; told the patient on the telephone."
    yield from begun(person, (-13, -6), {2: Visited(Went(stop="patient_asks", words=words), addendum=addition)})


def draft_waits(person: Person) -> Way:
    """The note of yesterday's session is written and not signed; nobody has asked yet how it was borne."""
    draft = "To be added: what the daughter told about the exercises at home."
    yield from begun(person, [-1], {1: Visited(draft=draft, borne=None)})


def second_signature(person: Person) -> Way:
    """A student gave the session four days ago, beside the supervisor, and signed: a colleague signs as well."""
    yield from begun(person, [-4])
    yield person.at + SOON
    person.book(person.day(1))


def harm_waits(person: Person) -> Way:
    """A bruise was reported some hours ago, and the lead has not looked at it yet."""
    yield from begun(person, [-3])
    yield person.ago(210)
    harm(person, "bruise", "A bruise on the left forearm, seen this morning. The daughter has telephoned.")


def harm_reviewed(person: Person) -> Way:
    """Dizziness was reported after a session, and the lead looked at it the same day."""
    yield from begun(person, [-9])
    yield person.days(-7, 15)
    event = harm(person, "dizzy", "Dizzy for some minutes on getting up at home, the evening after.")
    yield person.at + timedelta(hours=2)
    reviewed(person, event, "Telephoned: gone since. Sit for two minutes after the next session; the doctor was told.")
    yield from asked(person, last_session(person), NOTHING)


def former(person: Person) -> Way:
    """Had a session half a year ago and has not come again; measured before and after."""
    day = -182 + person.number % 20
    yield from registered(person, day - 1)
    yield person.days(day, 8)
    person.say(person.words(), key=person.signer)
    yield person.at + SOON
    person.agree_on_paper()
    yield person.at + SOON
    person.choose(TRADITIONAL)
    yield person.at + SOON
    person.sign()
    only = () if person.number % 3 == 0 else ("nrs_pain",)
    answer_sheets(person, only=only)
    yield from course(person, [day], asked=0)
    yield person.at + SOON
    answer_sheets(person, late=True, only=only)
