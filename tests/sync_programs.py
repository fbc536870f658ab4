"""Programs of trouble for sync: what two devices, a server and a bad network can do to each other, as data.

A program is a list of steps. `run` plays it against clients and a server that it is handed, so the same programs test
the pure machines of the core, and the real server through an adapter. Whatever a step breaks, nothing that was shown
is lost, nothing is held twice, and nobody is told "synced" who is not.

An adapter for a server has:  push(text) -> text, kept() -> {(id, hash)}, restart(), revoke(device), withdraw().
A client has: act(number, crash), forge(number), push() -> text, receive(text), crash(), shift(days), and the properties
device, unsent, synced, made ({(id, hash)} of all it ever made durable) and shown (of all it ever showed).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from effleurage.errors import InputError
from effleurage.session.events import Event
from effleurage.session.kinds import Checked, Data, Learned, Opened
from effleurage.session.sync import Outbox, Store, received
from effleurage.session.wire import read_push, read_receipt
from tests.session_table import identity

NOW: Final = datetime.fromisoformat("2026-11-22T12:00:00")
CONTENT: Final = "c" * 64
DEVICES: Final = ("tablet_one", "tablet_two")
BATCH: Final = 3
"""Events in one push here, so that programs have many pushes."""

Known = set[tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """One thing that happens: on a device (0 or 1), with a number that says which event, message or how many days."""

    do: str
    device: int = 0
    number: int = 0


Program = tuple[Step, ...]
WEIGHTS: Final = {
    "act": 10,  # something happens at the table
    "act_crash": 1,  # the browser dies before the event is durable: it was not shown either
    "act_durable_crash": 2,  # ... or after it is durable and before it is shown
    "forge": 1,  # a faulty device gives an identity a second content
    "send": 8,  # a push leaves the device
    "arrive": 8,  # one of the pushes on their way reaches the server, which commits and replies
    "repeat": 3,  # the network delivers a push twice
    "lose": 2,  # a push is lost
    "reply": 7,  # one of the replies on their way reaches its device
    "repeat_reply": 2,
    "lose_reply": 3,  # the server has committed, and the device does not hear of it
    "garble_reply": 1,  # half a reply arrives
    "crash": 2,  # the device comes back with what is durable
    "restart": 1,  # the server comes back
    "clock": 2,  # the device's clock jumps by up to two days
    "revoke": 1,
    "withdraw": 1,
}
"""Every kind of step, and how often it comes."""


def program(seed: int) -> Program:
    """The program of this seed: ten to thirty steps."""
    rng = random.Random(seed)
    names = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=rng.randint(10, 30))
    return tuple(Step(name, rng.randrange(2), rng.randrange(8)) for name in names)


class Client(Protocol):
    device: str

    @property
    def unsent(self) -> int: ...
    @property
    def synced(self) -> bool: ...
    @property
    def made(self) -> Known: ...
    @property
    def shown(self) -> Known: ...
    def act(self, number: int, crash: str = "") -> None: ...
    def forge(self, number: int) -> None: ...
    def push(self) -> str: ...
    def receive(self, text: str) -> None: ...
    def crash(self) -> None: ...
    def shift(self, days: int) -> None: ...


class Server(Protocol):
    def push(self, text: str) -> str: ...
    def kept(self) -> Known: ...
    def restart(self) -> None: ...
    def revoke(self, device: str) -> None: ...
    def withdraw(self) -> None: ...


@dataclass
class Seen:
    """What a run saw: how often each kind of trouble came about, so that a test can ask whether it was any trouble."""

    times: Counter[str] = field(default_factory=Counter)


@dataclass
class _Run:
    clients: tuple[Client, ...]
    server: Server
    watch: bool
    seen: Seen
    pushes: list[tuple[int, str]] = field(default_factory=list)
    replies: list[tuple[int, str]] = field(default_factory=list)
    held_before: dict[str, set[str]] = field(default_factory=dict)

    def step(self, step: Step) -> None:
        getattr(self, step.do)(step)
        self.seen.times[step.do] += 1
        if self.watch:
            self.check()

    def client(self, step: Step) -> Client:
        return self.clients[step.device]

    def act(self, step: Step) -> None:
        self.client(step).act(step.number)

    def act_crash(self, step: Step) -> None:
        self.client(step).act(step.number, crash="before")

    def act_durable_crash(self, step: Step) -> None:
        self.client(step).act(step.number, crash="after")

    def forge(self, step: Step) -> None:
        self.client(step).forge(step.number)

    def send(self, step: Step) -> None:
        if self.client(step).unsent:
            self.pushes.append((step.device, self.client(step).push()))

    def arrive(self, step: Step, *, keep: bool = False) -> None:
        if self.pushes:
            place = step.number % len(self.pushes)
            device, text = self.pushes[place] if keep else self.pushes.pop(place)
            self.replies.append((device, self.server.push(text)))

    def repeat(self, step: Step) -> None:
        self.arrive(step, keep=True)

    def lose(self, step: Step) -> None:
        if self.pushes:
            self.pushes.pop(step.number % len(self.pushes))

    def reply(self, step: Step, *, keep: bool = False) -> None:
        if self.replies:
            place = step.number % len(self.replies)
            device, text = self.replies[place] if keep else self.replies.pop(place)
            self.clients[device].receive(text)

    def repeat_reply(self, step: Step) -> None:
        self.reply(step, keep=True)

    def lose_reply(self, step: Step) -> None:
        if self.replies:
            self.replies.pop(step.number % len(self.replies))
            self.seen.times["lost after the commit"] += 1

    def garble_reply(self, step: Step) -> None:
        if self.replies:
            device, text = self.replies.pop(step.number % len(self.replies))
            self.clients[device].receive(text[: len(text) * (step.number + 1) // 9])

    def crash(self, step: Step) -> None:
        self.client(step).crash()

    def restart(self, _: Step) -> None:
        self.server.restart()

    def clock(self, step: Step) -> None:
        self.client(step).shift(step.number % 5 - 2)

    def revoke(self, step: Step) -> None:
        self.server.revoke(self.client(step).device)

    def withdraw(self, _: Step) -> None:
        self.server.withdraw()

    def check(self) -> None:
        """What must hold after every step."""
        kept = self.server.kept()
        for identity_, hash_ in kept:
            self.held_before.setdefault(identity_, set()).add(hash_)
        assert sum(map(len, self.held_before.values())) == len(kept), "the server gave up something that it held"
        for client in self.clients:
            assert client.shown <= client.made, "something was shown that was not durable"
            assert client.unsent >= len(client.made - kept), "something is neither waiting nor held"
            if client.synced:
                assert client.made <= kept, "a device says 'synced' that is not"

    def drain(self) -> None:
        """The network is whole again: each device sends until nothing waits."""
        for device, client in enumerate(self.clients):
            for _ in range(100):
                if client.synced:
                    break
                self.send(Step("send", device))
                client.receive(self.server.push(self.pushes.pop()[1]))
            assert client.synced, "a device cannot get rid of what it holds"


def run(
    steps: Sequence[Step],
    client_factory: Callable[[str], Client],
    server: Server,
    *,
    seen: Seen | None = None,
    watch: bool = True,
) -> tuple[Client, ...]:
    """Plays a program and then mends the network. Raises AssertionError where something was lost, doubled or claimed.

    With `watch` off, only the end is checked: for a server that is slow to ask.
    """
    running = _Run(tuple(client_factory(name) for name in DEVICES), server, watch, seen or Seen())
    before = server.kept()
    for step in steps:
        running.step(step)
    running.drain()
    made: Known = set().union(*(client.made for client in running.clients))
    assert server.kept() - before == made - before, "the server does not hold just what the devices made"
    return running.clients


def something(number: int, seq: int) -> Data:
    """What happens at the table, by a number: enough kinds to tell one from another."""
    if seq == 1:
        return Opened("a" * 64, CONTENT, "plan_one", 1, 1)
    if number % 2:
        return Checked("inspect_skin", ok=number % 4 == 1, note="" if number < 4 else "a bruise, «left» 🙂\n")
    return Learned("systolic", (None, 150, 131, 185)[number // 2], "therapist")


@dataclass
class PureClient:
    """The device of the core: durable is the outbox, and a crash leaves nothing else."""

    device: str
    outbox: Outbox = field(init=False)
    now: datetime = NOW
    made: Known = field(default_factory=set)
    shown: Known = field(default_factory=set)
    count: int = 0
    name: str = "visit"

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.device)

    @property
    def unsent(self) -> int:
        return self.outbox.unsent

    @property
    def synced(self) -> bool:
        return self.outbox.synced

    def session(self, number: int) -> str:
        """One session is of both devices, the other each device's own."""
        return f"{self.name}_shared" if number % 3 else f"{self.name}_{self.device}"

    def event(self, number: int, *, same_as: str = "") -> Event:
        self.count += 1
        session = self.session(number)
        seq, tick = self.outbox.counter(session)
        made = same_as or identity(self.name, self.device, self.count)
        data = something(number, seq + 1)
        return Event(made, session, self.device, seq + 1, self.now, tick + 700 + number, data)

    def act(self, number: int, crash: str = "") -> None:
        event = self.event(number)
        if crash == "before":
            return self.crash()
        self.outbox = self.outbox.appended(event)
        self.made.add((event.id, event.hash))
        if crash == "after":
            return self.crash()
        self.shown.add((event.id, event.hash))
        return None

    def forge(self, number: int) -> None:
        """A second content under the identity of something that was written before."""
        if self.made:
            event = self.event(number, same_as=sorted(self.made)[number % len(self.made)][0])
            self.outbox = self.outbox.appended(event)
            self.made.add((event.id, event.hash))

    def push(self) -> str:
        return self.outbox.push(at=self.now, most=BATCH).text

    def receive(self, text: str) -> None:
        """Half a receipt counts for nothing; anything but a refusal in words is a bug and ends the run."""
        try:
            receipt = read_receipt(text)
        except InputError:
            return
        self.outbox = self.outbox.received(receipt, at=self.now)

    def crash(self) -> None:
        self.outbox = replace(self.outbox)

    def shift(self, days: int) -> None:
        self.now += timedelta(days=days)


@dataclass
class PureServer:
    """The server of the core."""

    store: Store = field(default_factory=Store)

    def push(self, text: str) -> str:
        self.store, receipt = received(self.store, read_push(text), now=NOW)
        return receipt.text

    def kept(self) -> Known:
        return {(event.id, event.hash) for event in (*self.store.held.values(), *self.store.beside.values())}

    def restart(self) -> None:
        self.store = replace(self.store)

    def revoke(self, device: str) -> None:
        self.store = replace(self.store, revoked=self.store.revoked | {device})

    def withdraw(self) -> None:
        self.store = replace(self.store, withdrawn=self.store.withdrawn | {CONTENT})
