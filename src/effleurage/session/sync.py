"""Sync, as two machines without a network: what a device keeps until it is sure, and what the server does with it.

The device appends an event to its outbox before anything is shown, and drops it only when the server has read back the
same identity and hash from what it stored. The server takes any event in any order any number of times. It never
overwrites: under an identity that holds something else already, the new content is kept beside and told. So nothing is
lost and nothing counted twice, wherever either of the two, or the network between them, breaks off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from effleurage.session.events import Event
from effleurage.session.kinds import TOKEN, Opened, fits
from effleurage.session.wire import MOST, Flag, Kept, Push, Receipt

SKEW: Final = timedelta(minutes=5)
"""By more than this a device's clock may not differ from the server's."""
OVERDUE: Final = timedelta(hours=24)
"""Nothing may wait longer than this without somebody being told."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """All that a device keeps durably: the events that wait, in order, and the last number and tick of each session.

    `clashes` are identities under which the server holds something else beside ours; `offset` is the device's clock
    minus the server's at the last contact; without `pack` the device carries no visits any more.
    """

    device: str
    waiting: tuple[Event, ...] = ()
    counters: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    clashes: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    offset: timedelta | None = None
    pack: bool = True

    def __post_init__(self) -> None:
        fits(TOKEN, self.device, "the identifier of a device")

    def counter(self, session: str) -> tuple[int, int]:
        """The last number and tick of a session: (0, 0) before its first event."""
        return self.counters.get(session, (0, 0))

    def appended(self, event: Event) -> Outbox:
        """With one more event, which must be the next of its session on this device. Only then may it be shown."""
        last, _ = self.counter(event.session)
        if event.device != self.device or event.seq != last + 1:
            raise ValueError(f"event {event.seq} of {event.device} does not follow on {last} of {self.device}")
        counters = {**self.counters, event.session: (event.seq, event.tick)}
        return replace(self, waiting=(*self.waiting, event), counters=counters)

    def push(self, *, at: datetime, most: int = MOST) -> Push:
        """The oldest events that wait, at most so many."""
        oldest = int(self.age(at).total_seconds())
        return Push(self.device, at, len(self.waiting), oldest, self.waiting[:most])

    def received(self, receipt: Receipt, *, at: datetime) -> Outbox:
        """After a receipt: without the events of which the server holds the very same content, and no other."""
        stored = {(kept.id, kept.hash) for kept in (*receipt.held, *receipt.beside)}
        waiting = tuple(event for event in self.waiting if (event.id, event.hash) not in stored)
        clashes = tuple(dict.fromkeys((*self.clashes, *(kept.id for kept in receipt.beside))))
        flags = tuple(dict.fromkeys((*self.flags, *receipt.flags)))
        pack = self.pack and receipt.pack
        return replace(self, waiting=waiting, clashes=clashes, flags=flags, offset=at - receipt.at, pack=pack)

    @property
    def unsent(self) -> int:
        return len(self.waiting)

    @property
    def synced(self) -> bool:
        """Whether the server holds everything that this device ever wrote."""
        return not self.waiting

    def age(self, now: datetime) -> timedelta:
        """How long the oldest waits, by the device's own clock; nothing where that was set back."""
        return max((now - event.at for event in self.waiting), default=timedelta()) if self._past(now) else timedelta()

    def _past(self, now: datetime) -> bool:
        return any(event.at <= now for event in self.waiting)

    def overdue(self, now: datetime) -> bool:
        return self.age(now) > OVERDUE

    @property
    def skewed(self) -> bool:
        """Whether the device's clock was wrong at the last contact: then no session is begun while there is one."""
        return self.offset is not None and abs(self.offset) > SKEW


class Taken(Enum):
    """What the server does with an event that arrives."""

    NEW = "new"
    SAME = "same"
    CLASH = "clash"


def taken(event: Event, stored: str | None) -> Taken:
    """By the hash of what is stored under the event's identity, None where nothing is."""
    return Taken.NEW if stored is None else Taken.SAME if stored == event.hash else Taken.CLASH


@dataclass(frozen=True, slots=True)
class Contact:
    """A device was heard of: its clock minus the server's, how much it still keeps, and how long the oldest waits."""

    device: str
    at: datetime
    offset: timedelta
    unsent: int
    oldest: timedelta

    @property
    def skewed(self) -> bool:
        return abs(self.offset) > SKEW

    @property
    def overdue(self) -> bool:
        return self.unsent > 0 and self.oldest > OVERDUE


@dataclass(frozen=True, slots=True)
class Store:
    """What the server holds: events by identity, what was kept beside by identity and hash, and what it knows of
    devices and protocols. `quarantined` are identities that came from a revoked device: held, and counted only when a
    person has looked at them. `contacts` has the last one of each device.
    """

    held: Mapping[str, Event] = field(default_factory=dict)
    beside: Mapping[tuple[str, str], Event] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()
    revoked: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    contacts: Mapping[str, Contact] = field(default_factory=dict)

    @property
    def counting(self) -> tuple[Event, ...]:
        """The events from which records are read."""
        return tuple(event for event in self.held.values() if event.id not in self.quarantined)

    def hash_of(self, identity: str) -> str | None:
        stored = self.held.get(identity)
        return stored.hash if stored else None


def received(store: Store, push: Push, *, now: datetime) -> tuple[Store, Receipt]:
    """The store after a push, and the receipt for it, which says what is stored and not what was sent."""
    for event in push.events:
        store = _stored(store, event)
    oldest, offset = timedelta(seconds=push.oldest), push.at - now
    contact = Contact(push.device, now, offset, push.unsent, oldest)
    store = replace(store, contacts={**store.contacts, push.device: contact})
    return store, _receipt(store, push, now)


def _stored(store: Store, event: Event) -> Store:
    match taken(event, store.hash_of(event.id)):
        case Taken.NEW:
            revoked = event.device in store.revoked
            quarantined = store.quarantined | {event.id} if revoked else store.quarantined
            return replace(store, held={**store.held, event.id: event}, quarantined=quarantined)
        case Taken.CLASH:
            return replace(store, beside={**store.beside, (event.id, event.hash): event})
        case _:
            return store


def _receipt(store: Store, push: Push, now: datetime) -> Receipt:
    ids = dict.fromkeys(event.id for event in push.events)
    sent = {(event.id, event.hash) for event in push.events}
    sessions = dict.fromkeys(event.session for event in push.events)
    return Receipt(
        at=now,
        held=tuple(Kept(each, store.held[each].hash) for each in ids),
        beside=tuple(Kept(*key) for key in store.beside if key in sent),
        unread=push.unread,
        flags=(*_device_flags(store, push.device), *(flag for each in sessions for flag in flags(store, each))),
        pack=push.device not in store.revoked,
    )


def _device_flags(store: Store, device: str) -> tuple[Flag, ...]:
    contact = store.contacts.get(device)
    clock = (Flag("", "clock"),) if contact and contact.skewed else ()
    return (*clock, Flag("", "revoked")) if device in store.revoked else clock


def flags(store: Store, session: str) -> tuple[Flag, ...]:
    """What a person has to look at in a session: it may have ended under protocols that were withdrawn meanwhile, and
    a device may have given one number to two events.
    """
    events = [event for event in store.held.values() if event.session == session]
    contents = {event.data.content for event in events if isinstance(event.data, Opened)}
    numbers = [(event.device, event.seq) for event in events]
    withdrawn = (Flag(session, "withdrawn"),) if contents & store.withdrawn else ()
    return (*withdrawn, Flag(session, "sequence")) if len(set(numbers)) < len(numbers) else withdrawn


def no_pack(store: Store, *, device: str, content: str) -> tuple[str, ...]:
    """Why a device gets no visit that was decided by this content: the flags that stand against it."""
    revoked = ("revoked",) if device in store.revoked else ()
    return (*revoked, "withdrawn") if content in store.withdrawn else revoked
