"""The core's programs of trouble, replayed against the real addresses; and what the server does with what it cannot
take as it stands.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from bench.clinic_pages import Counted
from clinic.accounts.models import Role
from clinic.records.journal import verify
from clinic.records.models import (
    AdverseEvent,
    MassageSession,
    Notice,
    OddEvent,
    PlanLock,
    Proposal,
    SessionEvent,
    Visit,
)
from clinic.records.models import Tablet as TabletRow
from clinic.records.seal import proof, sealed
from clinic.records.sessions import record_of
from clinic.records.standing import PlanState, standing
from effleurage.session.events import read_text
from effleurage.session.kinds import Checked, Identified, Opened, Reaction, StepBegan, Stopped
from effleurage.session.wire import MOST, read_receipt
from tests.sync_programs import DEVICES, Known, PureClient, Seen, program, run
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, rows_of, signed_in, text
from tests.web.table import HERE, Tablet, post, ready

PROGRAMS, PARTS = int(os.environ.get("SYNC_PROGRAMS", "48")), 4
PLAYED = range(1 if os.environ.get("CLINIC_DATABASE") else PARTS)
"""All of them on SQLite, a quarter on PostgreSQL. The core's own test plays ten thousand without a server."""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


class Gone(Exception):
    """The server was stopped at this moment."""


@dataclass
class RealServer:
    """The clinic, asked as a tablet asks it. Now and then it is stopped in the middle of a push, which is sent anew."""

    house: House
    browser: Client
    stopped: int = 0
    pushes: int = 0
    tablets: dict[str, TabletRow] = field(default_factory=dict)

    def push(self, text_: str) -> str:
        self.pushes += 1
        if self.pushes % 7 == 0:
            self._stop_in(text_)
        answer = post(self.browser, "push", text_)
        assert answer.status_code == 200, answer.content
        return str(answer.content.decode())

    def _stop_in(self, text_: str) -> None:
        """The server dies after it has stored the first session of a push, before it commits."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("clinic.actions.sync.project", _dies)
            with suppress(Gone), transaction.atomic():
                post(self.browser, "push", text_)
                return  # nothing was new in it: no session was touched
        self.stopped += 1

    def kept(self) -> Known:
        rows = {*SessionEvent.objects.values_list("event", "hash")}
        return rows | set(OddEvent.objects.values_list("event", "hash"))

    def restart(self) -> None:
        self.browser = signed_in(self.house.people[Role.THERAPIST])

    def revoke(self, device: str) -> None:
        assert post(self.browser, "revoke", {"tablet": device}).status_code == 200

    def withdraw(self) -> None:
        Proposal.objects.filter(clinic=self.house.clinic).update(state=Proposal.State.WITHDRAWN)


def _dies(*_rest: object) -> None:
    raise Gone


def set_up(house: House, seed: int, session: MassageSession) -> None:
    """Two tablets and three sessions under the names that the programs use; a program starts with nothing revoked."""
    TabletRow.objects.update(revoked_at=None)
    Proposal.objects.filter(clinic=house.clinic).update(state=Proposal.State.PUBLISHED)
    day = NOW + timedelta(days=10 + seed)
    for number, name in enumerate(("shared", *DEVICES)):
        visit = Visit.objects.create(
            public=f"v{seed}_{name}", clinic=house.clinic, location=house.location, patient=session.patient,
            room=session.visit.room, therapist=house.people[Role.THERAPIST],
            starts=day + timedelta(hours=number), ends=day + timedelta(hours=number + 1),
        )  # fmt: skip
        fresh = replace_row(session, public=f"v{seed}_{name}", visit=visit)
        fresh.save(force_insert=True)


def replace_row(session: MassageSession, **changed: object) -> MassageSession:
    values = {each.name: getattr(session, each.name) for each in session._meta.concrete_fields if each.name != "id"}
    return MassageSession(**{**values, **changed})


@pytest.fixture
def scene(house: House) -> MassageSession:
    ready(house)
    tablet = Tablet(house)
    tablet.pack()
    row = TabletRow.objects.get()
    for name in DEVICES:
        row.pk = None
        row.public = name
        row.save(force_insert=True)
    return MassageSession.objects.get()


@pytest.mark.hazard("H20")
@pytest.mark.parametrize("part", PLAYED)
def test_no_program_of_trouble_loses_or_doubles_anything_at_the_real_server(
    house: House, scene: MassageSession, part: int
) -> None:
    """Replies lost after the commit, duplicates, another order, crashes of both sides, two devices, wrong clocks."""
    seen, server = Seen(), RealServer(house, signed_in(house.people[Role.THERAPIST]))
    for seed in range(part, PROGRAMS, PARTS):
        set_up(house, seed, scene)
        steps = program(seed)
        run(
            steps, lambda device, seed=seed: PureClient(device, name=f"v{seed}"), server, seen=seen, watch=seed % 5 == 0
        )
    for name in ("lost after the commit", "repeat", "crash", "restart", "clock", "revoke", "withdraw", "forge"):
        assert seen.times[name], name
    assert server.stopped
    assert verify() == []
    assert SessionEvent.objects.exists()
    for row in SessionEvent.objects.all():
        assert read_text(row.body).hash == row.hash


def test_a_repeated_push_is_answered_with_the_same_receipt(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    tablet.opens(scene.public)
    sent = tablet.push_text()
    first, second = (post(tablet.browser, "push", sent).content for _ in range(2))
    assert first == second
    assert len(rows_of("session.receive")) == 1


# ---- what is kept beside


def only(why: str) -> OddEvent:
    return OddEvent.objects.get(why=why)


@pytest.mark.hazard("H20")
def test_another_content_under_a_known_identity_is_kept_beside_and_told(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    first = tablet.opens(scene.public).waiting[1]
    tablet.send()
    forged = replace(first, data=Identified(("name", "phone"), photo=False))
    receipt = tablet.send([forged])
    assert [(kept.id, kept.hash) for kept in receipt.held] == [(first.id, first.hash)]
    assert [(kept.id, kept.hash) for kept in receipt.beside] == [(forged.id, forged.hash)]
    assert only("clash").body == forged.text
    assert SessionEvent.objects.get(event=first.id).body == first.text


def test_two_events_under_one_number_both_count_and_the_number_is_flagged(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    tablet.opens(scene.public).send()
    other = replace(tablet.tell(scene.public, Stopped("crack", "")), seq=1)
    receipt = tablet.send([other])
    assert [(kept.id, kept.hash) for kept in receipt.held] == [(other.id, other.hash)]
    assert [(flag.session, flag.flag) for flag in receipt.flags] == [(scene.public, "sequence")]
    assert only("sequence").session == scene
    assert PlanLock.objects.exists(), "bad news counts whatever number it bears"


def test_events_of_an_unknown_session_are_kept_and_told(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    event = tablet.tell("never_heard_of", Opened("a" * 64, "b" * 64, "plan", 1, 1))
    assert [kept.id for kept in tablet.send().held] == [event.id]
    assert only("unknown").session is None
    assert Notice.objects.get(kind=Notice.Kind.ODD).patient is None
    assert text(at_desk(house, Role.CLINICAL_LEAD).get("/work/")), "and the list of work shows it"


@pytest.mark.hazard("H20")
def test_a_revoked_tablet_may_still_hand_in_what_it_has_and_nothing_of_it_counts(
    house: House, scene: MassageSession
) -> None:
    tablet = Tablet(house)
    tablet.starts(scene.public).tell(scene.public, StepBegan(0))
    assert post(tablet.browser, "revoke", {"tablet": tablet.public}).status_code == 200
    receipt = tablet.send()
    assert tablet.waiting == []
    assert receipt.pack is False
    assert [flag.flag for flag in receipt.flags] == ["revoked"]
    assert set(OddEvent.objects.values_list("why", flat=True)) == {"revoked"}
    assert MassageSession.objects.get(pk=scene.pk).state == "ready"
    assert not SessionEvent.objects.exists()
    assert Notice.objects.get(kind=Notice.Kind.ODD).about == scene.public


@pytest.mark.hazard("H20")
@pytest.mark.hazard("H30")
def test_bad_news_of_a_revoked_tablet_holds_the_course_until_the_lead_has_taken_it_in(
    house: House, scene: MassageSession
) -> None:
    tablet = Tablet(house)
    tablet.starts(scene.public).tell(scene.public, StepBegan(0))
    tablet.tell(scene.public, Stopped("chest_pain_or_breathless", "in the middle of the chest"))
    post(tablet.browser, "revoke", {"tablet": tablet.public})
    tablet.send()
    assert standing(scene.patient, now=NOW).plan_state is PlanState.LOCKED
    lead, url = at_desk(house, Role.CLINICAL_LEAD), reverse("bedside:session", args=[scene.public])
    page = text(lead.get(url))
    assert "Waits to be taken in" in page
    assert "Chest pain" in page
    TabletRow.objects.filter(public=tablet.public).update(offset_ms=5000)
    assert lead.post(url, {"take_in": "yes", "because": ""}).status_code == 422
    sent = {"take_in": "yes", "because": "The tablet lay in the basement; the session took place."}
    assert lead.post(url, sent).status_code == 302
    scene.refresh_from_db()
    assert scene.state == "stopped"
    taken = SessionEvent.objects.filter(session=scene)
    assert taken.count() == OddEvent.objects.count()
    therapist = house.people[Role.THERAPIST].pk
    assert set(taken.values_list("received_from", "offset_ms")) == {(therapist, 5000)}, "who sent it, by their clock"
    assert AdverseEvent.objects.filter(session=scene, what="chest_pain_or_breathless").exists()
    assert "Waits to be taken in" not in text(lead.get(url))
    assert verify() == []


def test_what_somebody_outside_the_care_sends_of_a_session_does_not_count(house: House, scene: MassageSession) -> None:
    lead_elsewhere = Tablet(house, role=Role.THERAPIST)
    TabletRow.objects.filter(public=lead_elsewhere.public).update(user=house.people[Role.CLINICAL_LEAD])
    Visit.objects.filter(pk=scene.visit_id).update(therapist=house.people[Role.THERAPIST])
    lead_elsewhere.opens(scene.public).tell(scene.public, Stopped("crack", ""))
    lead_elsewhere.send()
    assert set(OddEvent.objects.values_list("why", flat=True)) == {"not_theirs"}
    assert MassageSession.objects.get(pk=scene.pk).state == "ready"
    [lock] = PlanLock.objects.all()
    assert "look at the record first" in lock.reason, "it does not count, and it is not left out"


def test_a_tablet_of_another_house_is_not_known_here(house: House, other_house: House, scene: MassageSession) -> None:
    tablet, stranger = Tablet(house), Tablet(other_house)
    tablet.opens(scene.public)
    answer = post(stranger.browser, "push", tablet.push_text())
    assert answer.status_code == 404
    moved = [replace(event, device=stranger.public) for event in tablet.waiting]
    stranger.send(moved)
    assert set(OddEvent.objects.values_list("why", "session")) == {("unknown", None)}


def test_one_event_that_cannot_be_read_keeps_no_other_out_and_is_kept_itself_once(
    house: House, scene: MassageSession
) -> None:
    tablet = Tablet(house)
    tablet.opens(scene.public)
    value = json.loads(tablet.push_text())
    value["events"][1]["kind"] = "beamed"
    value["events"][2:2] = [{"id": "\x00", "nonsense": 1}]
    for _ in range(2):
        answer = post(tablet.browser, "push", value)
        receipt = read_receipt(answer.content.decode())
        assert [number for number, _why in receipt.unread] == [1, 2]
    assert len(receipt.held) == len(tablet.waiting) - 1
    assert OddEvent.objects.filter(why="unread").count() == 2
    assert verify() == []


@pytest.mark.parametrize(
    "sent,status",
    [
        ("", 422),
        ("{", 422),
        ("[]", 422),
        ('{"schema": "effleurage/push/9"}', 422),
        (json.dumps({"schema": "effleurage/sealed/1", "sealed": "x"}), 422),
        ("x" * 4_000_001, 413),
        ("\udcff", 422),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_push_is_refused_in_json(house: House, sent: str, status: int) -> None:
    tablet = Tablet(house)
    answer = tablet.browser.post("/table/push/", sent.encode(errors="surrogateescape"), content_type="application/json")
    assert answer.status_code == status
    assert set(answer.json()) == {"where", "what", "remedy"}


# ---- sealed


@pytest.mark.hazard("H20")
def test_sealed_events_are_opened_by_the_server_alone_and_answered_alike(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    tablet.whole(scene.public, reaction="expected")
    entries = [f"{event.id}.{sealed(event.id, event.text)}" for event in tablet.waiting]
    swapped = f"{tablet.waiting[0].id}.{sealed(tablet.waiting[1].id, tablet.waiting[1].text)}"
    sent = {
        "schema": "effleurage/sealed/1", "device": tablet.public, "at": HERE.isoformat(), "unsent": len(entries),
        "oldest": 60, "sealed": [swapped, "nonsense", *entries],
    }  # fmt: skip
    answer = post(tablet.browser, "push", sent)
    assert answer.status_code == 200, answer.content
    receipt = answer.json()
    assert [each["number"] for each in receipt["unread"]] == [0, 1]
    proofs = {
        event.id: proof(entry.partition(".")[2], event.hash)
        for event, entry in zip(tablet.waiting, entries, strict=True)
    }
    assert {each["id"]: each["proof"] for each in receipt["held"]} == proofs
    assert not [event for event in tablet.waiting if event.hash in answer.content.decode()]
    record = record_of(MassageSession.objects.get(pk=scene.pk))
    assert record is not None
    assert record.reaction is not None
    assert isinstance(record.reaction, Reaction)


def test_what_was_sealed_hides_every_word(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    event = tablet.opens(scene.public).tell(scene.public, Checked("inspect_skin", ok=False, note="Canaryword"))
    assert "Canaryword" not in sealed(event.id, event.text)
    assert sealed(event.id, event.text) != sealed(event.id, event.text)


# ---- unsent, and how often the database is asked


def test_a_tablet_that_has_kept_something_for_a_day_is_told_of_once(
    house: House, scene: MassageSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet, other = Tablet(house), Tablet(house, name="Other")
    tablet.opens(scene.public)
    post(tablet.browser, "push", tablet.push_text([], unsent=3, oldest=23 * 3600))
    assert not Notice.objects.filter(kind=Notice.Kind.UNSENT).exists()
    row = TabletRow.objects.get(public=tablet.public)
    assert (row.unsent, row.oldest_at) == (3, NOW - timedelta(hours=23))
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(hours=2))
    for tablet_ in (tablet, other):
        tablet_.browser = signed_in(house.people[Role.THERAPIST])
    for _ in range(3):
        post(other.browser, "push", other.push_text([]))
    told = Notice.objects.get(kind=Notice.Kind.UNSENT)
    assert told.role == Role.CLINICAL_LEAD
    assert "Blue room" in told.about
    post(tablet.browser, "push", tablet.push_text([], unsent=3, oldest=25 * 3600))
    assert Notice.objects.filter(kind=Notice.Kind.UNSENT).count() == 1
    tablet.send()
    assert TabletRow.objects.get(public=tablet.public).unsent == 0


def test_how_often_a_push_asks_does_not_grow_with_what_was_recorded_before(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    tablet.starts(scene.public).send()
    counts = []
    for number in range(12):
        tablet.tell(scene.public, Checked("inspect_skin", ok=True, note=str(number)))
        with connection.execute_wrapper(counter := Counted()):
            tablet.send()
        counts.append(counter.number)
    assert len(set(counts[2:])) == 1, counts
    assert counts[-1] <= 55, counts


def test_a_full_push_asks_a_bounded_number_of_times(house: House, scene: MassageSession) -> None:
    tablet = Tablet(house)
    tablet.opens(scene.public)
    while len(tablet.waiting) < MOST:
        tablet.tell(scene.public, Checked("inspect_skin", ok=True, note=""))
    with connection.execute_wrapper(counter := Counted()):
        tablet.send()
    assert tablet.waiting == []
    assert counter.number <= 60 + MOST
