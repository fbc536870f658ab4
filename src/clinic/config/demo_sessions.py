"""Sessions of the demonstration and what comes after each: the note, the contact, a report of harm.

Each piece is a generator that names the moment of its next act, as the ways of `demo_paths` are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from clinic.actions.aftercare import Answer, answer_contact
from clinic.actions.harm import Report, report_harm, review_harm
from clinic.actions.notes import add_to_note, sign_note, write_note
from clinic.actions.sessions import session_of
from clinic.config.demo_paths import SOON, Way
from clinic.config.demo_person import Person
from clinic.config.demo_table import Went, carried
from clinic.records.models import AdverseEvent, Contact, MassageSession, NoteAddition
from clinic.records.notes import note_of

AS_SCRIPTED, NOTHING = Went(), Answer(("none",))


@dataclass(frozen=True, slots=True)
class Visited:
    """One session with what follows it. `draft` is a sentence that keeps the note unsigned; `addendum` one that was
    added; `borne` what the patient says on the telephone, None where nobody has asked yet.
    """

    went: Went = AS_SCRIPTED
    draft: str = ""
    addendum: str = ""
    borne: Answer | None = NOTHING


AS_PLANNED: Final = Visited()


def course(person: Person, days: Sequence[int], special: Mapping[int, Visited] | None = None, *, asked: int = 4) -> Way:
    """Sessions on these days, counted from today; what went otherwise than planned by the number of the session.
    Everything was `asked` so many days before the first.
    """
    for number, day in enumerate(days, 1):
        visited = (special or {}).get(number, AS_PLANNED)
        yield from session(person, day, visited, short=asked + day - days[0])


def session(person: Person, day: int, visited: Visited, *, short: int) -> Way:
    """A visit, the session, its note, and how it was borne. What is good for a `short` while only, so many days at
    most, is asked again before.
    """
    yield person.days(day, 8)
    visit = person.book(person.day(day))
    if visit is None:
        return
    yield visit.starts - SOON
    if short:
        person.ask_today(short, key=person.part.carer)
    yield visit.starts + timedelta(minutes=2)
    table = carried(person, visit)
    table.whole(visited.went)
    yield person.at + table.ended + timedelta(minutes=1)
    table.send()
    yield person.at + SOON
    written(person, table.session, visited)
    if visited.borne is not None:
        yield from asked(person, table.session, visited.borne)


def asked(person: Person, given: MassageSession, borne: Answer) -> Way:
    """The desk telephones when the contact is due, unless that lies ahead; after no good news once more, and by then
    all is well.
    """
    while (due := Contact.objects.filter(session=given, state=Contact.State.DUE).first()) is not None:
        if due.due_at + SOON >= person.now:
            return
        yield due.due_at + SOON
        answer_contact(person.doing(person.desk), contact=due.public, answer=borne)
        borne = NOTHING


def written(person: Person, given: MassageSession, visited: Visited) -> None:
    """The note: signed as the record tells it, or kept as a draft with a sentence more."""
    doing = person.doing(person.part.carer, fresh=True)
    found = note_of(session_of(doing, given.public))
    if visited.draft:
        texts = [each["text"] for each in found.sections]
        texts[0] = f"{texts[0]}\n{visited.draft}".strip()
        write_note(doing, session=given.public, texts=texts, seen=found.mark)
        return
    sign_note(doing, patient=found.session.patient.public, session=given.public, seen=found.mark)
    if visited.addendum:
        add_to_note(doing, session=given.public, kind=NoteAddition.Kind.ADDENDUM, text=visited.addendum)


def last_session(person: Person) -> MassageSession:
    return MassageSession.objects.filter(patient=person.patient).latest("visit__starts")


def harm(person: Person, what: str, text: str) -> AdverseEvent:
    """A mild event after the last session, as it was told to the desk."""
    report = Report(what=what, grade=AdverseEvent.Grade.MILD, text=text, session=last_session(person).public)
    return report_harm(person.doing(person.desk), public=person.public, report=report)


def reviewed(person: Person, event: AdverseEvent, text: str) -> None:
    review_harm(person.doing(person.lead), event=event.public, grade=AdverseEvent.Grade.MILD, text=text)
