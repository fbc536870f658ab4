"""Ten thousand programs of trouble: nothing lost, nothing twice, and "synced" only where the server holds it all.

The programs are themselves put to the test: a device or a server with a plausible fault must be found out by them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.errors import InputError
from effleurage.session.events import Event, read_text
from effleurage.session.fold import lines
from effleurage.session.kinds import Checked, Opened
from effleurage.session.sync import Contact, Outbox, Store, Taken, flags, no_pack, received, taken
from effleurage.session.wire import MOST, Flag, Kept, Push, Receipt, read_push, read_receipt
from tests.session_soup import soups
from tests.sync_programs import (
    CONTENT,
    DEVICES,
    NOW,
    WEIGHTS,
    PureClient,
    PureServer,
    Seen,
    Step,
    program,
    run,
    something,
)

PROGRAMS = 10_000


def event(seq: int = 1, *, device: str = "tablet_one", session: str = "visit_one", number: int = 1) -> Event:
    made = f"{device[:12]}_{session[:8]}_"
    return Event(f"{made}{seq:0{22 - len(made)}d}"[:22], session, device, seq, NOW, seq, something(number, seq))


def outbox(*events: Event) -> Outbox:
    found = Outbox("tablet_one")
    for each in events:
        found = found.appended(each)
    return found


def stored(*events: Event, on: Store | None = None, device: str = "tablet_one") -> tuple[Store, Receipt]:
    return received(on or Store(), Push(device, NOW, len(events), 0, events), now=NOW)


# The programs


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Ten thousand programs, played."""
    found = Seen()
    for seed in range(PROGRAMS):
        try:
            run(program(seed), PureClient, PureServer(), seen=found)
        except AssertionError as fault:
            raise AssertionError(f"program {seed}: {fault}") from fault
    return found


@pytest.mark.hazard("H20")
@pytest.mark.hazard("H27")
def test_ten_thousand_programs_lose_nothing_and_double_nothing(seen):
    assert seen.times.total() > 20 * PROGRAMS - 10_000


def test_the_programs_make_every_kind_of_trouble(seen):
    assert set(WEIGHTS) <= set(seen.times)
    assert min(seen.times[name] for name in (*WEIGHTS, "lost after the commit")) > 1000


@settings(max_examples=150)
@given(st.lists(st.builds(Step, st.sampled_from(list(WEIGHTS)), st.integers(0, 1), st.integers(0, 7)), max_size=25))
@pytest.mark.hazard("H20")
def test_any_program_loses_nothing_and_doubles_nothing(steps):
    run(steps, PureClient, PureServer())


class DropsByIdentity(PureClient):
    """Drops what the server has under the same identity, whatever it is."""

    def receive(self, text):
        receipt = _read(text)
        held = {kept.id for kept in (*receipt.held, *receipt.beside)} if receipt else set()
        self.outbox = replace(self.outbox, waiting=tuple(each for each in self.outbox.waiting if each.id not in held))


class DropsWhatWasSent(PureClient):
    """Drops all that it has, as soon as anything answers."""

    def receive(self, text):
        if _read(text):
            self.outbox = replace(self.outbox, waiting=())


class DropsOnSending(PureClient):
    def push(self):
        text = super().push()
        self.outbox = replace(self.outbox, waiting=self.outbox.waiting[3:])
        return text


class ShowsFirst(PureClient):
    """Shows an event before it is durable."""

    def act(self, number, crash=""):
        self.shown.add((self.event(number).id, self.event(number).hash))
        super().act(number, crash)


class ForgetsInACrash(PureClient):
    def crash(self):
        self.outbox = replace(self.outbox, waiting=self.outbox.waiting[:-1])


def _read(text: str) -> Receipt | None:
    try:
        return read_receipt(text)
    except InputError:
        return None


class Overwrites(PureServer):
    """The last write wins."""

    def push(self, text):
        for each in read_push(text).events:
            self.store = replace(self.store, held={**self.store.held, each.id: each})
        return super().push(text)


class KeepsTheFirst(PureServer):
    """A second content under an identity is thrown away, and said to be held."""

    def push(self, text):
        answer = read_receipt(super().push(text))
        self.store = replace(self.store, beside={})
        return answer.text


class SaysWhatWasSent(PureServer):
    """The receipt says what arrived, and every third push is not stored."""

    count = 0

    def push(self, text):
        self.count += 1
        before = self.store
        answer = super().push(text)
        if self.count % 3 == 0:
            self.store = before
        return answer


class ForgetsOnRestart(PureServer):
    def restart(self):
        self.store = replace(self.store, held=dict(list(self.store.held.items())[:-1]))


class RefusesTheRevoked(PureServer):
    """What a revoked device had written before is turned away."""

    def push(self, text):
        push = read_push(text)
        if push.device not in self.store.revoked:
            return super().push(text)
        _, receipt = received(Store(), replace(push, events=()), now=NOW)
        return receipt.text


def caught(client=PureClient, server=PureServer) -> int:
    """The first of two hundred programs that finds a fault out, or -1."""
    for seed in range(200):
        try:
            run(program(seed), client, server())
        except AssertionError:
            return seed
    return -1


@pytest.mark.parametrize(
    "client", [DropsByIdentity, DropsWhatWasSent, DropsOnSending, ShowsFirst, ForgetsInACrash], ids=lambda c: c.__name__
)
def test_the_programs_find_a_faulty_device_out(client):
    assert caught(client=client) >= 0


@pytest.mark.parametrize(
    "server",
    [Overwrites, KeepsTheFirst, SaysWhatWasSent, ForgetsOnRestart, RefusesTheRevoked],
    ids=lambda s: s.__name__,
)
def test_the_programs_find_a_faulty_server_out(server):
    assert caught(server=server) >= 0


def test_the_same_programs_find_nothing_wrong_with_the_right_ones():
    assert caught() == -1


# The device


@pytest.mark.hazard("H20")
def test_a_device_drops_only_what_the_server_has_to_the_byte():
    one, two = event(1), event(2)
    waiting = outbox(one, two)
    for kept, left in (
        ((Kept(one.id, one.hash),), (two,)),
        ((Kept(one.id, two.hash),), (one, two)),
        ((Kept(two.id, one.hash), Kept(one.id, two.hash)), (one, two)),
        ((), (one, two)),
        ((Kept(one.id, one.hash), Kept(two.id, two.hash)), ()),
    ):
        after = waiting.received(Receipt(NOW, kept, (), (), (), pack=True), at=NOW)
        assert (after.waiting, after.unsent, after.synced) == (left, len(left), not left)


def test_the_sequence_goes_on_after_everything_was_dropped():
    after = outbox(event(1), event(2)).received(stored(event(1), event(2))[1], at=NOW)
    assert (after.synced, after.counter("visit_one")) == (True, (2, 2))
    for wrong in (event(2), event(4), event(1, session="visit_two", device="tablet_two")):
        with pytest.raises(ValueError, match="does not follow"):
            after.appended(wrong)
    assert after.appended(event(3)).unsent == 1


def test_how_long_the_oldest_waits_is_always_known():
    waiting = outbox(event(1))
    for hours, overdue in ((0, False), (24, False), (25, True)):
        now = NOW + timedelta(hours=hours)
        assert (waiting.age(now), waiting.overdue(now)) == (timedelta(hours=hours), overdue)
        assert waiting.push(at=now).oldest == hours * 3600
    assert outbox().age(NOW) == timedelta()
    assert waiting.age(NOW - timedelta(days=2)) == timedelta()


@pytest.mark.hazard("H21")
@pytest.mark.parametrize("seconds, skewed", [(0, False), (300, False), (301, True), (-301, True), (172_800, True)])
def test_more_than_five_minutes_between_the_clocks_is_flagged_on_both_sides(seconds, skewed):
    device_time = NOW + timedelta(seconds=seconds)
    store, receipt = received(Store(), outbox(event(1)).push(at=device_time), now=NOW)
    contact = store.contacts["tablet_one"]
    assert (contact.offset, contact.skewed) == (timedelta(seconds=seconds), skewed)
    assert (Flag("", "clock") in receipt.flags) is skewed
    after = outbox(event(1)).received(receipt, at=device_time)
    assert (after.offset, after.skewed) == (timedelta(seconds=seconds), skewed)


def test_a_push_is_of_the_oldest_and_says_how_much_waits_in_all():
    push = outbox(*(event(seq) for seq in range(1, 6))).push(at=NOW, most=2)
    assert ([each.seq for each in push.events], push.unsent) == ([1, 2], 5)


# The server


def test_an_event_is_new_the_same_or_a_clash():
    one = event(1)
    assert [taken(one, None), taken(one, one.hash), taken(one, "0" * 64)] == [Taken.NEW, Taken.SAME, Taken.CLASH]


@pytest.mark.hazard("H19")
def test_another_content_under_a_known_identity_is_kept_beside_and_told():
    one = event(1)
    other = replace(event(2), id=one.id)
    store, first = stored(one)
    store, answer = stored(other, on=store)
    assert store.held == {one.id: one}
    assert store.beside == {(one.id, other.hash): other}
    assert (answer.held, answer.beside) == ((Kept(one.id, one.hash),), (Kept(one.id, other.hash),))
    assert outbox(one).received(answer, at=NOW).clashes == (one.id,)
    assert stored(other, on=store) == (store, answer)
    assert first.beside == ()


@settings(max_examples=100)
@given(soups(), st.randoms(use_true_random=False))
@pytest.mark.hazard("H20")
def test_the_server_trusts_no_order(events, rng):
    store = Store()
    for _ in range(3):
        some = events.copy()
        rng.shuffle(some)
        store, _ = received(store, Push("tablet_one", NOW, 0, 0, tuple(some[:MOST])), now=NOW)
    assert lines(store.counting) == lines(events)


def test_a_revoked_device_gets_no_pack_and_what_it_wrote_waits_for_a_person():
    before, _ = stored(event(1))
    revoked = replace(before, revoked=frozenset({"tablet_one"}))
    after, receipt = stored(event(1), event(2), on=revoked)
    assert (receipt.pack, Flag("", "revoked") in receipt.flags) == (False, True)
    assert {kept.id for kept in receipt.held} == {event(1).id, event(2).id}
    assert after.quarantined == {event(2).id}
    assert after.counting == (event(1),)
    assert no_pack(after, device="tablet_one", content=CONTENT) == ("revoked",)
    emptied = outbox(event(1), event(2)).received(receipt, at=NOW)
    assert (emptied.synced, emptied.pack) == (True, False)
    assert not emptied.received(stored()[1], at=NOW).pack


def test_a_session_may_end_under_a_protocol_that_was_withdrawn_and_is_flagged():
    store = replace(Store(), withdrawn=frozenset({CONTENT}))
    store, receipt = stored(event(1), event(2), on=store)
    assert receipt.flags == flags(store, "visit_one") == (Flag("visit_one", "withdrawn"),)
    assert len(receipt.held) == 2
    assert receipt.pack
    assert no_pack(store, device="tablet_one", content=CONTENT) == ("withdrawn",)
    assert no_pack(store, device="tablet_one", content="d" * 64) == ()
    assert flags(store, "visit_two") == ()
    assert outbox(event(1)).received(receipt, at=NOW).flags == receipt.flags


def test_one_number_for_two_events_is_flagged():
    twin = replace(event(2), id="x" * 22)
    store, receipt = stored(event(1), event(2), twin)
    assert receipt.flags == (Flag("visit_one", "sequence"),)
    assert len(store.held) == 3


def test_what_a_device_still_keeps_is_known_after_each_contact():
    store, _ = received(Store(), Push("tablet_one", NOW, 7, 90_000, (event(1),)), now=NOW)
    contact = store.contacts["tablet_one"]
    assert contact == Contact("tablet_one", NOW, timedelta(), 7, timedelta(seconds=90_000))
    assert contact.overdue
    assert not replace(contact, unsent=0).overdue


# The wire


@settings(max_examples=60)
@given(soups())
def test_a_push_and_its_receipt_read_back(events):
    push = Push("tablet_one", NOW, len(events), 5, tuple(events))
    assert read_push(push.text) == push
    receipt = received(Store(), push, now=NOW)[1]
    assert read_receipt(receipt.text) == receipt


def test_one_event_that_cannot_be_read_keeps_no_other_out():
    good, bad = event(1), event(2).text.replace('"seq":2', '"seq":"2"')
    text = Push("tablet_one", NOW, 3, 0, (good,)).text.replace(
        good.text, f"{bad},{good.text},{event(3, device='x').text}"
    )
    push = read_push(text)
    assert push.events == (good,)
    assert [number for number, _ in push.unread] == [0, 2]
    assert "whole number" in push.unread[0][1]
    assert "another device" in push.unread[1][1]
    assert received(Store(), push, now=NOW)[1].unread == push.unread


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("push/1", "push/2", "This is not"),
        ('"unsent":1', '"unsent":-1', "a number of events"),
        ('"unsent":1', '"unsent":true', "a whole number"),
        ('"at":"2026-11-22T12:00:00","device":"tablet_one","events"', '"device":"tablet_one","events"', "missing"),
        ('"oldest":0', '"oldest":0,"more":1', "not known here"),
        ('"device":"tablet_one","events"', '"device":"tablet one","events"', "identifier of a device"),
    ],
)  # fmt: skip
def test_a_malformed_push_is_refused_in_words(old, new, words):
    text = Push("tablet_one", NOW, 1, 0, (event(1),)).text
    assert old in text
    with pytest.raises(InputError, match=words):
        read_push(text.replace(old, new))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema":"effleurage/receipt/1"}', "null"])
def test_a_malformed_receipt_is_refused_and_nothing_of_it_counts(text):
    with pytest.raises(InputError):
        read_receipt(text)


def test_a_push_is_limited_and_of_one_device():
    many = ",".join([event(1).text] * (MOST + 1))
    text = Push("tablet_one", NOW, 1, 0, (event(1),)).text
    with pytest.raises(InputError, match="at most 200"):
        read_push(text.replace(event(1).text, many))
    with pytest.raises(ValueError, match="its own events"):
        Push("tablet_two", NOW, 1, 0, (event(1),))
    with pytest.raises(ValueError, match="not a flag"):
        Flag("", "odd")


def test_an_event_survives_the_wire_with_its_hash():
    for each in (event(1), event(2, number=6), replace(event(1), data=Opened("a" * 64, CONTENT, "p", 1, 1))):
        assert read_text(each.text).hash == each.hash
    assert isinstance(event(2, number=5).data, Checked)
    assert DEVICES[0] == "tablet_one"
