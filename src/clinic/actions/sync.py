"""Receiving what tablets send: any event, in any order, any number of times; the receipt says what is stored.

The meaning is the core's (`effleurage.session.sync`). An event becomes a row of its session if nothing stands in its
place; else it is kept beside, with why, for a person to look at. Nothing is overwritten, and nothing is thrown away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell_place
from clinic.actions.open_chart import hold
from clinic.actions.permissions import can, check
from clinic.actions.project import project
from clinic.actions.sessions import session_of, session_of_visit
from clinic.actions.tablets import Heard, keep_contact, offset_of, place_of, unknown_tablet
from clinic.records import content
from clinic.records.facts import local
from clinic.records.models import MassageSession, Notice, OddEvent, SessionEvent, Tablet
from clinic.records.sessions import NOT_THEIRS, REVOKED, SEQUENCE
from effleurage.session.events import Event, sha256
from effleurage.session.kinds import Learned
from effleurage.session.stored import fitting
from effleurage.session.wire import Flag, Kept, Push, Receipt

CLASH, UNKNOWN, UNREAD, ANSWER = "clash", "unknown", "unread", "answer"
"""Why else an event is kept beside: another content bears its name; no such session; it cannot be read; an answer of
another kind than its question.
"""


@dataclass(frozen=True, slots=True)
class Unread:
    """What came in the place of an event and is none: where it stood, why, and what it was."""

    number: int
    why: str
    text: str


def receive(doing: Doing, push: Push, unread: Iterable[Unread] = ()) -> Receipt:
    """Stores what has come, session by session, each in its own act; then reads back what is stored. Raises NotFound
    for a tablet of another house.
    """
    check(doing.actor, "tablet.own")
    tablet = Tablet.objects.select_related("user").filter(public=push.device, clinic=doing.actor.clinic_id).first()
    if tablet is None:
        raise unknown_tablet()
    heard = Heard(offset_of(tablet, push.at, doing.now), push.unsent, None)
    for session, events in _by_session(push.events).items():
        if _missing(tablet.clinic_id, events):
            receive_session(doing, tablet=tablet, session=session, events=events, offset_ms=heard.offset_ms)
    rest = tuple(unread)
    hear(doing, tablet=tablet.public, heard=_left(doing, push, heard), unread=rest)
    return _receipt(doing, tablet, push, heard, rest)


def _by_session(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.session, []).append(event)
    return found


def _missing(clinic_id: int, events: Iterable[Event]) -> bool:
    """Whether any of these is not stored yet, as it came."""
    wanted = {(event.id, event.hash) for event in events}
    return bool(wanted - _stored(clinic_id, {name for name, _ in wanted}).keys())


def _stored(clinic_id: int, names: Iterable[str]) -> dict[tuple[str, str], str]:
    """What is stored under these identities: identity and hash, with why it is kept beside ("" where it is not). Rows
    of the sessions come first, then the others in the order in which they came.
    """
    rows = [(*row, "") for row in SessionEvent.objects.filter(event__in=names).values_list("event", "hash")]
    odd = OddEvent.objects.filter(clinic=clinic_id, event__in=names).order_by("pk")
    rows += odd.values_list("event", "hash", "why")
    found: dict[tuple[str, str], str] = {}
    for name, hash_, why in rows:
        found.setdefault((name, hash_), why)
    return found


@act("session.receive")
def receive_session(doing: Doing, *, tablet: Tablet, session: str, events: Iterable[Event], offset_ms: int) -> None:
    """The events of one session in one push, and what follows from them."""
    held = _session(doing, session)
    sent = tuple(events)
    there = set(_stored(tablet.clinic_id, {event.id for event in sent}))
    taking = _Taking(doing, tablet, held, there, offset_ms)
    for event in sent:
        taking.take(event)
    rows = taking.rows
    if held is not None:
        rows += project(doing, held, frozenset(row.event for row in taking.rows))
    elif taking.rows:
        tell_place(doing, kind=Notice.Kind.ODD, place=place_of(tablet.user))
    note(doing, patient=held.patient if held else None, about=f"session:{session}"[:120], sealed=rows)


def _session(doing: Doing, public: str) -> MassageSession | None:
    """The session, held with its patient: acts about one patient wait for each other."""
    names = MassageSession.objects.filter(public=public, clinic=doing.actor.clinic_id)
    publics = tuple(names.values_list("patient__public", flat=True))
    hold(*publics)
    return session_of(doing, public) if publics else session_of_visit(doing, public)


class _Taking:
    """Takes the events of one session one by one; `rows` are those that were written. `there` is what is stored under
    the identities of these events, and `numbers` those that events of this device in this session bear already.
    """

    def __init__(
        self, doing: Doing, tablet: Tablet, session: MassageSession | None, there: set[tuple[str, str]], offset_ms: int
    ) -> None:
        self.doing, self.tablet, self.session, self.offset_ms = doing, tablet, session, offset_ms
        self.there, self.names = there, {name for name, _ in there}
        self.rows: list[Any] = []
        self.theirs = session is not None and _is_theirs(doing, tablet, session)
        own = SessionEvent.objects.filter(session=session, device=tablet.public)
        self.numbers = set(own.values_list("seq", flat=True)) if session else set()

    def take(self, event: Event) -> None:
        if (event.id, event.hash) in self.there:
            return
        why = self._why(event)
        self.rows.append(self._odd(event, why) if why else self._kept(event))
        self.there.add((event.id, event.hash))
        self.names.add(event.id)

    def _why(self, event: Event) -> str:
        """Why it is kept beside; "" where it takes its place in the session."""
        if event.id in self.names:
            return CLASH
        if self.tablet.revoked_at is not None:
            return REVOKED
        if self.session is None:
            return UNKNOWN
        if not self.theirs:
            return NOT_THEIRS
        if not _fits(event, self.session):
            return ANSWER
        return SEQUENCE if event.seq in self.numbers else ""

    def _kept(self, event: Event) -> SessionEvent:
        self.numbers.add(event.seq)
        session: MassageSession = self.session  # type: ignore[assignment]  # or the event was kept beside
        sent_by = self.doing.actor.account
        return keep_in_place(self.doing, session, self.tablet, event, offset_ms=self.offset_ms, sent_by=sent_by)

    def _odd(self, event: Event, why: str) -> OddEvent:
        return _beside(self.doing, self.tablet, self.session, event.id, event.text, event.hash, why)


def keep_in_place(
    doing: Doing,
    session: MassageSession,
    tablet: Tablet | None,
    event: Event,
    *,
    offset_ms: int,
    sent_by: int,
) -> SessionEvent:
    """Writes an event in its place in the session. `offset_ms` is how far the tablet's clock was ahead of ours,
    `sent_by` the account that sent it.
    """
    return SessionEvent.objects.create(
        session=session,
        tablet=tablet,
        event=event.id,
        device=event.device,
        seq=event.seq,
        kind=event.kind,
        body=event.text,
        hash=event.hash,
        offset_ms=offset_ms,
        received_at=doing.now,
        received_from_id=sent_by,
    )


def _beside(
    doing: Doing, tablet: Tablet, session: MassageSession | None, name: str, text: str, hash_: str, why: str
) -> OddEvent:
    return OddEvent.objects.create(
        clinic_id=tablet.clinic_id,
        session=session,
        tablet=tablet,
        event=name,
        why=why,
        body=text,
        hash=hash_,
        received_at=doing.now,
        received_from_id=doing.actor.account,
    )


def _is_theirs(doing: Doing, tablet: Tablet, session: MassageSession) -> bool:
    """Whether what this tablet says of a session counts by itself: it is that of the visit's own therapist, or of who
    sends it and may record sessions of this patient.
    """
    own = session.visit.therapist_id == tablet.user_id
    return own or (
        tablet.user_id == doing.actor.user_id and can(doing.actor, "session.record", session.patient, now=doing.now)
    )


def _fits(event: Event, session: MassageSession) -> bool:
    """Whether an answer is of the kind of its question; of a question that this content does not know, nobody says."""
    if not isinstance(event.data, Learned):
        return True
    facts = content.library(session.content_hash).protocols.facts
    return event.data.name not in facts or fitting(event.data.answer, facts[event.data.name])


def _left(doing: Doing, push: Push, heard: Heard) -> Heard:
    """What the tablet will still have to send once it hears of this push."""
    left = max(0, push.unsent - len(push.events))
    oldest = doing.now - timedelta(seconds=push.oldest) if left else None
    return Heard(heard.offset_ms, left, oldest)


@act("tablet.contact")
def hear(doing: Doing, *, tablet: str, heard: Heard, unread: Iterable[Unread]) -> None:
    """What a tablet told of itself, and what it sent that cannot be read."""
    found = Tablet.objects.select_for_update(of=("self",)).select_related("user").get(public=tablet)
    rows = [row for each in unread if (row := _unread(doing, found, each)) is not None]
    if rows:
        tell_place(doing, kind=Notice.Kind.ODD, place=place_of(found.user))
    keep_contact(doing, found, heard)
    note(doing, about=f"tablet:{found.public}", sealed=rows)


def _unread(doing: Doing, tablet: Tablet, unread: Unread) -> OddEvent | None:
    """Kept once as it came, with every character written so that any database takes it."""
    text = json.dumps(unread.text)
    hash_ = sha256(text)
    name = f"unread:{hash_[:32]}"
    if OddEvent.objects.filter(clinic=tablet.clinic_id, event=name, hash=hash_).exists():
        return None
    return _beside(doing, tablet, None, name, text, hash_, UNREAD)


def _receipt(doing: Doing, tablet: Tablet, push: Push, heard: Heard, unread: tuple[Unread, ...]) -> Receipt:
    """Read back from what is stored, after everything was committed."""
    there = _stored(tablet.clinic_id, {event.id for event in push.events})
    first: dict[str, str] = {}
    for name, hash_ in there:
        first.setdefault(name, hash_)
    sent = dict.fromkeys((event.id, event.hash) for event in push.events)
    place = place_of(tablet.user)
    return Receipt(
        at=local(doing.now, place.zone if place else "UTC"),
        held=tuple(Kept(name, first[name]) for name in dict.fromkeys(name for name, _ in sent) if name in first),
        beside=tuple(Kept(name, hash_) for name, hash_ in sent if first.get(name) != hash_ and (name, hash_) in there),
        unread=tuple((each.number, each.why) for each in unread),
        flags=tuple(_flags(tablet, push, heard)),
        pack=tablet.revoked_at is None,
    )


def _flags(tablet: Tablet, push: Push, heard: Heard) -> Iterator[Flag]:
    if heard.skewed:
        yield Flag("", "clock")
    if tablet.revoked_at is not None:
        yield Flag("", "revoked")
    rows = MassageSession.objects.filter(clinic=tablet.clinic_id, public__in={event.session for event in push.events})
    odd = set(OddEvent.objects.filter(session__in=rows, why=SEQUENCE).values_list("session__public", flat=True))
    for public, withdrawn in rows.order_by("pk").values_list("public", "withdrawn"):
        if withdrawn:
            yield Flag(public, "withdrawn")
        if public in odd:
            yield Flag(public, "sequence")
