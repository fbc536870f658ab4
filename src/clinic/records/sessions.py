"""Sessions as the core reads them off their stored events, and what surrounds each: course, script, the one before.

Nothing here is kept. A record is folded anew from the events whenever somebody asks, under the content by which the
session was opened, in whatever language is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet, Value

from clinic.records import content
from clinic.records.facts import Chart, chart, local, one_person
from clinic.records.models import (
    AuditEvent,
    MassageSession,
    OddEvent,
    Override,
    Patient,
    Reaction,
    SessionEvent,
    Settlement,
    TreatmentPlan,
    Visit,
)
from clinic.records.scripts import read_script, remaining, session_script
from clinic.records.speech import spoken
from clinic.records.standing import agreed, canonical, every_override, planned
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake
from effleurage.library import Library
from effleurage.plan.plan import Plan
from effleurage.plan.rest import Running
from effleurage.plan.script import LOCK, Last, SessionScript
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.session.events import Event, read_text
from effleurage.session.fold import Line, fold, lines
from effleurage.session.ground import Ground, script_hash
from effleurage.session.kinds import Decided, Learned, Opened
from effleurage.session.merge import Merged, merged, settled
from effleurage.session.record import SessionRecord
from effleurage.session.redecide import decided_of
from effleurage.session.sync import SKEW

CARRY = "session.carry"
"""The act that hands a session out to a tablet; its rows in the journal say when."""
SEQUENCE = "sequence"
"""Why an event is kept beside whose number another one bears already. It counts all the same."""
REVOKED, NOT_THEIRS = "revoked", "not_theirs"
"""Why an event is kept beside that may count once the lead has looked: its tablet was out of use, or the session is
none of this person's.
"""
BEGUN = ("started", "step_began")
READ_WITH = ("patient__location", "patient__clinic", "plan__decision", "visit__location", "visit__therapist")
"""What an act or a page about one session needs of what it hangs on."""


class EventRow(NamedTuple):
    """A stored event: whose, and how it came. `beside` is 1 for one that was kept beside, `pk` in which order."""

    session: int
    body: str
    received_at: datetime
    received_from: int
    offset_ms: int
    beside: int
    pk: int


def place_of(session: MassageSession) -> str:
    """Where a fact stands that was told in this session."""
    return f"session:{session.public}"


@dataclass(frozen=True, eq=False)
class Told:
    """One session with its events, and what of them follows. `received` and `offsets` say by identity when each event
    came, and by how many milliseconds the clock of its device was out then; `senders` are the accounts whose events
    stand in their places.
    """

    session: MassageSession
    events: tuple[Event, ...]
    received: Mapping[str, datetime]
    offsets: Mapping[str, int]
    senders: frozenset[int]

    @cached_property
    def library(self) -> Library:
        """The content by which the session was carried or opened. Raises NoContent."""
        return content.library(self.session.content_hash)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return lines(self.events)

    @cached_property
    def scripts(self) -> dict[str, Running]:
        """Every script that the events name and the clinic comes to itself, by its hash."""
        held = self.session
        found = {held.script_hash: read_script(held.script, self.library)} if held.script else {}
        for line in self.lines:
            for place, event in enumerate(line.events):
                name = event.data.script if isinstance(event.data, Opened | Decided) else ""
                if name and name not in found:
                    found |= self.again.named(name, line, place, found)
        return found

    @cached_property
    def again(self) -> Again:
        return Again(self)

    def ground(self, language: str = "") -> Ground:
        """What the record stands on, in a language of the house or in that of the content."""
        library = spoken(self.library, language) if language else self.library
        return Ground(library.protocols, tuple(said(each, library) for each in self.scripts.values()))

    def merged(self, language: str = "") -> Merged | None:
        """All devices together, as a person settled it where one had to. None before the first event."""
        if not self.events:
            return None
        [found] = merged(self.events, self.ground(language))
        choice = self.settlement
        return settled(found, device=choice.device) if found.conflict and choice else found

    @cached_property
    def settlement(self) -> Settlement | None:
        """The choice that counts: made when every device had told of something that delivers now."""
        if len(self.lines) < 2:
            return None
        [found] = merged(self.events, self.ground())
        devices = found.conflict.devices if found.conflict else ()
        first = {line.device: min(self.received[each.id] for each in line.events) for line in self.lines}
        made = self.session.settlements.order_by("-pk").first()
        fits = made is not None and made.device in devices and all(first[each] <= made.at for each in devices)
        return made if fits else None


def said(found: Running, library: Library) -> SessionScript:
    """A script with its words in the language of a library."""
    return found.script if not found.steps else _said(found, library)


def _said(found: Running, library: Library) -> SessionScript:
    words = library.protocols.vocabulary
    steps = {each.id: each for one in library.regimens if one.id == found.script.regimen for each in one.steps}
    moments = tuple(
        replace(moment, title=steps[step].title if step in steps else words.turn.term)
        for moment, step in zip(found.script.moments, found.steps, strict=True)
    )
    return replace(found.script, moments=moments)


_read = lru_cache(maxsize=8192)(read_text)
"""A stored event never changes, so its text means the same event for ever."""


def told(session: MassageSession) -> Told:
    """A session with its events: one query."""
    [found] = told_each(session)
    return found


def told_each(*sessions: MassageSession) -> list[Told]:
    """Sessions with their events, in one query: first those in their places, then those whose number was taken."""
    own = SessionEvent.objects.filter(session__in=sessions).annotate(beside=Value(0)).order_by()
    odd = OddEvent.objects.filter(session__in=sessions, why=SEQUENCE).order_by()
    odd = odd.annotate(offset_ms=Value(0), beside=Value(1))
    both = own.values_list(*EventRow._fields).union(odd.values_list(*EventRow._fields), all=True)
    rows = sorted((EventRow(*row) for row in both), key=lambda row: (row.beside, row.pk))
    return [_told(each, [row for row in rows if row.session == each.pk]) for each in sessions]


def _told(session: MassageSession, rows: Sequence[EventRow]) -> Told:
    found = [(_read(row.body), row) for row in rows]
    return Told(
        session=session,
        events=tuple(event for event, _ in found),
        received={event.id: row.received_at for event, row in found},
        offsets={event.id: row.offset_ms for event, row in found},
        senders=frozenset(row.received_from for row in rows if not row.beside),
    )


def waiting_beside(session: MassageSession) -> QuerySet[OddEvent]:
    """What was kept beside a session and may still be taken in."""
    there = SessionEvent.objects.filter(session=OuterRef("session"), event=OuterRef("event"))
    rows = OddEvent.objects.filter(session=session, why__in=(REVOKED, NOT_THEIRS)).exclude(Exists(there))
    return rows.select_related("tablet__user").order_by("pk")


def told_beside(session: MassageSession) -> Told:
    """A session as those tell it whose events were kept beside."""
    found = [(_read(each.body), each) for each in waiting_beside(session)]
    return Told(
        session=session,
        events=tuple(event for event, _ in found),
        received={event.id: row.received_at for event, row in found},
        offsets={event.id: row.tablet.offset_ms if row.tablet else 0 for event, row in found},
        senders=frozenset(),
    )


def record_of(session: MassageSession, language: str = "") -> SessionRecord | None:
    """What happened, by the events. None before the first, and as long as two tablets tell it differently."""
    found = told(session).merged(language)
    return found.record if found else None


def script_of(session: MassageSession, language: str = "") -> SessionScript | None:
    """What was carried to the table; None where nothing could be."""
    if not session.script:
        return None
    library = content.library(session.content_hash)
    return read_script(session.script, spoken(library, language) if language else library).script


def begun(sessions: QuerySet[MassageSession]) -> QuerySet[MassageSession]:
    """Those of the sessions in which somebody was touched."""
    return sessions.filter(Exists(SessionEvent.objects.filter(session=OuterRef("pk"), kind__in=BEGUN)))


def course_of(plan: TreatmentPlan) -> QuerySet[MassageSession]:
    """The sessions of a plan, the first one first."""
    return MassageSession.objects.filter(plan=plan).select_related("visit").order_by("visit__starts", "pk")


def previous_of(session: MassageSession) -> MassageSession | None:
    """The session of the same course before this one, of those that were begun."""
    return previous_in(session.plan, session.visit)


def previous_in(plan: TreatmentPlan, visit: Visit) -> MassageSession | None:
    """The last session of a course that was begun before this visit."""
    return begun(course_of(plan).filter(visit__starts__lt=visit.starts).exclude(visit=visit)).last()


def last_of(session: MassageSession | None, words: Vocabulary, until: datetime | None = None) -> Last | None:
    """Dose and reaction of a session, as the next one's dose follows from them; None where no reaction is known.

    An alarming reaction locks the course. Once the lead has released it, the course begins anew from the first dose.
    """
    if session is None:
        return None
    rows = Reaction.objects.filter(session=session)
    names = set((rows.filter(at__lte=until) if until else rows).values_list("name", flat=True))
    known = [term for term in words.reactions if term.name in names]
    alarming = [term for term in known if term.get("next") == LOCK]
    if not known or alarming:
        return None
    return Last(session.dose, known[-1].name)


def unsettled(patient: Patient) -> MassageSession | None:
    """A session of this person about which two tablets tell different things, and nobody has chosen yet."""
    return MassageSession.objects.filter(patient__in=one_person(patient), conflict=True).order_by("pk").first()


@dataclass(frozen=True, slots=True)
class Known:
    """What the clinic knew at a moment, without what the session itself told."""

    intake: Intake
    overrides: tuple[Override, ...]
    last: Last | None


class Again:
    """The clinic's own decisions beside a device's: from what it knew at a moment, and what the device learned."""

    def __init__(self, found: Told) -> None:
        self.found, self.session = found, found.session

    @cached_property
    def _chart(self) -> Chart:
        return chart(self.session.patient)

    @cached_property
    def _overrides(self) -> tuple[Override, ...]:
        return tuple(every_override(self.session.patient))

    @cached_property
    def carried(self) -> tuple[datetime, ...]:
        """When this session was handed out, the last time first."""
        about = f"visit:{self.session.visit.public}"
        rows = AuditEvent.objects.filter(patient=self.session.patient, event=CARRY, about=about)
        return tuple(rows.order_by("-number").values_list("at", flat=True))

    def known(self, moment: datetime) -> Known:
        """What stood on record at a moment, but for what this session told."""
        own = place_of(self.session)
        entries = tuple(
            each for each in self._chart.entries if each.entered_at <= moment and not each.place.startswith(own)
        )
        zone, library = self.session.patient.location.zone, self.found.library
        intake = replace(self._chart, entries=entries).intake(facts=library.protocols.facts, on=local(moment, zone))
        overrides = agreed(each for each in self._overrides if each.at <= moment)
        last = last_of(self._before, library.protocols.vocabulary, moment)
        return Known(canonical(intake), overrides, last)

    @cached_property
    def _before(self) -> MassageSession | None:
        return previous_of(self.session)

    def named(self, name: str, line: Line, place: int, known: Mapping[str, Running]) -> dict[str, Running]:
        """The script of this hash, if from what was handed out or known later the clinic comes to it too."""
        event = line.events[place]
        for moment in (*self.carried, self.found.received[event.id]):
            if isinstance(event.data, Opened):
                found = self._opened(event.data, moment)
            else:
                found = self.decided(line, place, moment, known)[1]
            if found is not None and script_hash(found.script) == name:
                return {name: found}
        return {}

    def _opened(self, data: Opened, moment: datetime) -> Running | None:
        """The script as it was carried: made as if every answer still held at the visit."""
        known = self.known(moment)
        on = local(self.session.visit.starts, self.session.visit.location.zone)
        answers = {name: replace(answer, on=on) for name, answer in known.intake.answers.items()}
        try:
            made = planned(replace(known.intake, answers=answers), self.found.library, on, known.overrides)
            return session_script(made, self.session.plan.regimen, data.number, known.last)
        except InputError:
            return None

    def decided(
        self, line: Line, place: int, moment: datetime, scripts: Mapping[str, Running]
    ) -> tuple[Decided | None, Running | None]:
        """What the clinic decides in the place of a device, and the script that follows. None where the answers
        contradict each other: then nobody decides anything.
        """
        known, on = self.known(moment), self.wall(line.events[place])
        before = Line(line.session, line.device, line.events[:place])
        try:
            intake = self.learned(known.intake, before.events)
            made = planned(intake, self.found.library, on, known.overrides)
        except InputError:
            return None, None
        script = self._script(made, before, known.last, scripts)
        return decided_of(made.decision, script.script if script else None), script

    def wall(self, event: Event) -> datetime:
        """The moment that a device claims; where its clock was out by more than it may, by ours."""
        offset = timedelta(milliseconds=self.found.offsets[event.id])
        return event.at - offset if abs(offset) > SKEW else event.at

    def learned(self, intake: Intake, events: Iterable[Event]) -> Intake:
        """The answers with what a device learned, in its order; what is said not to be known has no answer. Raises
        InputError for what these protocols do not know.
        """
        for event in events:
            data = event.data
            if isinstance(data, Learned):
                if data.name not in self.found.library.protocols.facts:
                    raise InputError(
                        where=data.name, what="These protocols know no such fact.", remedy="See the events."
                    )
                answer = None if data.answer is None else Answer(data.answer, self.wall(event), data.origin)
                intake = intake.with_answer(data.name, answer)
        return intake

    def _script(self, made: Plan, before: Line, last: Last | None, scripts: Mapping[str, Running]) -> Running | None:
        """The script to follow: the whole one before the first touch, then what remains of it; where nothing changed
        that limits it, the one that is followed already. None where the verdict is not to treat, as on the tablet: that
        of a plan with something left to ask is to ask first, though the limits as they stand would let one begin.
        """
        if made.decision.verdict > Verdict.MODIFIED:
            return None
        opened = next((each.data for each in before.events if isinstance(each.data, Opened)), None)
        number = opened.number if opened else self.session.number
        try:
            now = session_script(made, self.session.plan.regimen, number, last)
            ground = Ground(self.found.library.protocols, tuple(each.script for each in scripts.values()))
            record = fold(before, ground)
            if _unchanged(record, made):
                return scripts.get(record.script)
            found = remaining(known=scripts, now=now, record=record) if record.begun else now
        except InputError:
            return None
        return None if found.script.locked else found


def _unchanged(record: SessionRecord, made: Plan) -> bool:
    """Whether a session has begun and the limits to obey are those of the decision before."""
    before = record.decision
    return (
        record.begun and before is not None and before.treats and before.possible == f"{made.decision.possible_word:x}"
    )
