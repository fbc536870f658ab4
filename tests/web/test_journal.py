"""The journal finds whatever is changed, deleted, moved or cut off behind the program's back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from clinic.accounts.models import Role, User
from clinic.actions.frame import Doing, act, note
from clinic.records import beside
from clinic.records.journal import COLUMNS, Stored, examine, examine_rows, head_hash, row_hash, verify
from clinic.records.models import (
    SEALED,
    AdverseEvent,
    AdverseReview,
    Approval,
    AuditEvent,
    AuditHead,
    BreakGlass,
    Consent,
    ConsentText,
    ContentVersion,
    DecisionRecord,
    Document,
    Examination,
    MassageSession,
    Merge,
    NoteAddition,
    OddEvent,
    Override,
    OverrideStep,
    Patient,
    PlanLock,
    Proposal,
    Reaction,
    RegimenStop,
    Review,
    Room,
    ScoreEntry,
    Sealed,
    SessionEvent,
    Settlement,
    Signature,
    SignedNote,
    TreatmentPlan,
    Visit,
)  # fmt: skip
from tests.web.conftest import NOW, House

SQLITE = connection.vendor == "sqlite"
TAMPERINGS = 10_000 if SQLITE else 1_000
NO_OP = (models.DateTimeField, models.JSONField, models.BooleanField)
"""Kinds of column in which two spellings mean the same: `T` for a space, other white space, `true` for 1."""


class Remembered(Stored):
    """What is stored, of which only the tables that were touched are read again."""

    known: dict[type[models.Model], list[dict[str, Any] | None]]

    def rows(self, model: type[models.Model]) -> Iterator[dict[str, Any] | None]:
        known = self.__dict__.setdefault("known", {})
        if model not in known:
            known[model] = list(super().rows(model))
        return iter(known[model])


@act("test.seal")
def seal_one_of_each(doing: Doing, *, patient: Patient, other: Patient, by: User) -> None:
    """A row in each of the tables that registering patients leaves empty."""
    at, why = {"at": doing.now}, "A reason of enough letters."
    decision = DecisionRecord(patient=patient, on=NOW.isoformat(), content_hash="c", answers="{}", verdict="go",
                              words={"certain_word": "0"}, **at)  # fmt: skip
    plan = TreatmentPlan(public=doing.token(), patient=patient, decision=decision, regimen="R", content_hash="c",
                         document="{}", document_hash="d", chosen_by=by, chosen_at=doing.now)  # fmt: skip
    text = ConsentText(clinic=patient.clinic, kind="treatment", language="en", version=1, text="Yes.", by=by, **at)
    paper = Document(patient=patient, public=doing.token(), kind="letter", title="Letter", media_type="text/plain",
                     body=b"\x00 how it came", by="Desk", **at)  # fmt: skip
    override = Override(public=doing.token(), patient=patient, rule="R", hard=True, content_hash="c", footing="f",
                        reason="examined", text=why, by=by, **at)  # fmt: skip
    proposal = Proposal.objects.get(clinic=patient.clinic)
    written: list[Sealed] = []
    rows: list[Sealed] = [
        text, paper, override, decision, plan,
        Signature(plan=plan, by=by, name=by.name, role="clinical_lead", meaning="Yes.", document_hash="d", **at),
        BreakGlass(patient=patient, user=by, reason=why, until=doing.now + timedelta(minutes=30), **at),
        Merge(kept=patient, folded=other, reason=why, by=by, **at),
        OverrideStep(override=override, kind="agreed", by=by, **at),
        PlanLock(plan=plan, kind="clinician", reason=why, by=by, **at),
        Approval(proposal=proposal, by=by, name=by.name, hash=proposal.version.hash, **at),
        Consent(public=doing.token(), patient=patient, kind="treatment", text=text, regions=["back", "neck"],
                given=True, by="Ada", how="paper", **at),
        Examination(kind="proofs", hash="c", program="0", ok=True, results=[{"id": "G", "ok": True}], **at),
        Review(document=paper, by=by, note="Read.", **at),
    ]  # fmt: skip
    for row in chain(rows, after_a_session(doing, plan, by)):
        row.save(force_insert=True)
        written.append(row)
    note(doing, patient=patient, sealed=written)


def after_a_session(doing: Doing, plan: TreatmentPlan, by: User) -> Iterator[Sealed]:
    """A row in each of the tables that sessions at the table leave behind."""
    at, patient, house = {"at": doing.now}, plan.patient, plan.patient.clinic
    came: dict[str, Any] = {"body": "{}", "hash": "e", "received_at": doing.now, "received_from": by}
    room = Room.objects.create(public=doing.token(), location=patient.location, name="Oak")
    visit = Visit.objects.create(public=doing.token(), clinic=house, location=patient.location, patient=patient,
                                 therapist=by, room=room, starts=doing.now,
                                 ends=doing.now + timedelta(minutes=30))  # fmt: skip
    session = MassageSession.objects.create(public=doing.token(), clinic=house, patient=patient, visit=visit, plan=plan,
                                            number=1, dose=1, content_hash="c", script="{}", script_hash="s",
                                            made_at=doing.now)  # fmt: skip
    yield SessionEvent(session=session, event=doing.token(), device="d", seq=1, kind="closed", **came)
    yield OddEvent(clinic=house, session=session, event="odd", why="clash", **came)
    yield Settlement(session=session, device="d", why="Hers is the longer one.", by=by, **at)
    signed = SignedNote(public=doing.token(), session=session, document="{}", document_hash="d", record_hash="r",
                        content_hash="c", by=by, name=by.name, role="therapist", meaning="Yes.", **at)  # fmt: skip
    yield signed
    yield NoteAddition(note=signed, kind="addendum", text="More.", by=by, name=by.name, role="therapist", **at)
    said: dict[str, Any] = {"patient": patient, "session": session, "by": "user:1", "by_name": by.name, **at}
    yield Reaction(public=doing.token(), name="none", **said)
    harm = AdverseEvent(public=doing.token(), what="bruise", grade="mild", **said)
    yield harm
    yield AdverseReview(event=harm, grade="mild", text="Seen.", by=by, **at)
    yield RegimenStop(clinic=house, regimen="R", reason="Too many reports.", by=by, **at)
    entered: dict[str, Any] = {"entered_at": doing.now, "entered_by": "user:1", "entered_name": by.name}
    yield ScoreEntry(public=doing.token(), patient=patient, instrument="nrs_pain", content_hash="c", score="3",
                     answers={"pain": 3}, on=NOW.isoformat(), via="paper", **entered)  # fmt: skip


@pytest.fixture
def full(house: House) -> House:
    """A house with something in every sealed table, and nothing that hinders an intruder."""
    patient = house.patient()
    lead = house.people[Role.CLINICAL_LEAD]
    other = house.patient("Bo", "Dahl", date(1970, 1, 2))
    seal_one_of_each(house.doing(Role.CLINICAL_LEAD), patient=patient, other=other, by=lead)
    assert [model for model in SEALED if not model._base_manager.exists()] == []
    with connection.cursor() as cursor:
        if not SQLITE:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked keeps a trigger in its place
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in (*(model._meta.db_table for model in SEALED), AuditEvent._meta.db_table):
            short = table.removeprefix("records_")
            if SQLITE:
                cursor.execute(f"DROP TRIGGER sealed_{short}_UPDATE")
                cursor.execute(f"DROP TRIGGER sealed_{short}_DELETE")
            else:
                cursor.execute(f"DROP TRIGGER sealed_{short} ON {table}")
    return house


class Intruder:
    """Writes raw SQL, and knows everything but the key."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.cursor = connection.cursor()
        self.model: type[models.Model] = AuditEvent
        self.column: models.Field[Any, Any] | None = None

    def tamper(self) -> set[type[models.Model]]:
        """One tampering at random; returns the tables that it touched."""
        self.model = self.dice.choice((AuditEvent, AuditEvent, AuditEvent, AuditHead, *SEALED))
        self.column = None
        ways: list[Callable[[], set[type[models.Model]]]] = [self.change] * 8
        ways += [self.delete, self.swap, self.insert_again, self.cut_tail]
        return self.dice.choice(ways)()

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return self.model._meta.pk.column  # type: ignore[union-attr, no-any-return]

    def keys(self) -> list[int]:
        return [int(key) for key in self.model._base_manager.order_by("pk").values_list("pk", flat=True)]

    def change(self) -> set[type[models.Model]]:
        """One byte of one column of one row."""
        self.column = self.dice.choice(self.model._meta.concrete_fields)
        key = self.dice.choice(self.keys())
        name = connection.ops.quote_name(self.column.column)
        read, write = (f"+{name}", "%s") if SQLITE else (f"{name}::text", f"%s::{self.column.db_type(connection)}")
        write = write.replace("bigint GENERATED BY DEFAULT AS IDENTITY", "bigint")
        self.cursor.execute(f"SELECT {read} FROM {self.table} WHERE {self.key} = %s", [key])
        value = self.cursor.fetchone()[0]
        self.cursor.execute(f"UPDATE {self.table} SET {name} = {write} WHERE {self.key} = %s", [self.byte(value), key])
        return {self.model}

    def byte(self, value: Any) -> Any:
        if value is None or value == "" or value == b"":
            return "1"
        if isinstance(value, int):
            return int(self.byte(str(value)) or 0) if self.dice.random() < 0.5 else value + self.dice.choice((-1, 1))
        at = self.dice.randrange(len(value))
        if isinstance(value, bytes):
            return value[:at] + bytes([value[at] ^ (1 << self.dice.randrange(8))]) + value[at + 1 :]
        letters = "0123456789" if value.isdecimal() else '0123456789abcdefghijXYZ -.:,T"[]{}\t\n'
        return value[:at] + self.dice.choice([each for each in letters if each != value[at]]) + value[at + 1 :]

    def delete(self) -> set[type[models.Model]]:
        self.cursor.execute(f"DELETE FROM {self.table} WHERE {self.key} = %s", [self.dice.choice(self.keys())])
        return {self.model}

    def swap(self) -> set[type[models.Model]]:
        """Two rows change their places."""
        if len(self.keys()) < 2:
            return self.change()
        one, other = self.dice.sample(self.keys(), 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            self.cursor.execute(f"UPDATE {self.table} SET {self.key} = %s WHERE {self.key} = %s", [new, old])
        return {self.model}

    def insert_again(self) -> set[type[models.Model]]:
        """A row that was there once comes a second time; an act with the head led to it."""
        if self.model is AuditHead:
            return self.change()
        columns = [connection.ops.quote_name(each.column) for each in self.model._meta.concrete_fields]
        columns.remove(connection.ops.quote_name(self.key))
        free = max(self.keys()) + 1
        self.cursor.execute(
            f"INSERT INTO {self.table} ({self.key}, {', '.join(columns)}) "
            f"SELECT {free}, {', '.join(columns)} FROM {self.table} WHERE {self.key} = %s",
            [self.dice.choice(self.keys())],
        )
        if self.model is AuditEvent and self.dice.random() < 0.5:
            self.lead_head_to(free)
        return {self.model, AuditHead}

    def cut_tail(self) -> set[type[models.Model]]:
        """The last acts are gone, and the head may name the one that is now the last."""
        self.model = AuditEvent
        keep = self.dice.randrange(1, len(self.keys()))
        self.cursor.execute(f"DELETE FROM {self.table} WHERE {self.key} > %s", [keep])
        if self.dice.random() < 0.7:
            self.lead_head_to(keep)
        return {AuditEvent, AuditHead}

    def lead_head_to(self, number: int) -> None:
        self.cursor.execute(
            f"UPDATE records_audithead SET number = %s, last = (SELECT hash FROM {self.table} WHERE {self.key} = %s)",
            [number, number],
        )


@pytest.mark.hazard("H24")
def test_every_one_of_ten_thousand_random_tamperings_is_found(full: House) -> None:
    assert verify() == []
    intruder, stored = Intruder(seed=1), Remembered()
    done = refused = same = 0
    missed: list[tuple[str, object]] = []
    assert examine_rows(stored).faults == []
    while done < TAMPERINGS:
        start, before = transaction.savepoint(), dict(stored.known)
        try:
            touched = intruder.tamper()
        except (DatabaseError, ValueError):
            refused += 1
            transaction.savepoint_rollback(start)
            continue
        for model in touched:
            stored.known.pop(model)
        found = examine_rows(stored).faults
        after = dict(stored.known)
        transaction.savepoint_rollback(start)
        if not found and after == before and isinstance(intruder.column, NO_OP):
            same += 1
        else:
            done += 1
            missed += [] if found else [(intruder.table, intruder.column)]
        stored.known.clear()
        stored.known.update(before)
    assert missed == []
    assert refused < done
    assert same < done / 20


def test_the_search_in_the_test_is_the_search_of_the_command(full: House) -> None:
    """The one above reads only the touched table again; this one takes the whole way a few times."""
    intruder = Intruder(seed=2)
    for _ in range(60):
        start = transaction.savepoint()
        try:
            intruder.tamper()
        except (DatabaseError, ValueError):
            transaction.savepoint_rollback(start)
            continue
        whole, quick = [str(each) for each in verify()], [str(each) for each in examine_rows(Remembered()).faults]
        transaction.savepoint_rollback(start)
        assert whole == quick
    assert verify() == []


def test_who_has_no_key_cannot_write_an_act_that_fits(full: House, settings: Any) -> None:
    key, settings.AUDIT_KEY = settings.AUDIT_KEY, "another key"
    last = AuditEvent.objects.order_by("-number").first()
    assert last is not None
    last.why = "Changed, and hashed anew."
    forged = row_hash({name: getattr(last, name) for name in COLUMNS})
    AuditEvent.objects.filter(pk=last.pk).update(why=last.why, hash=forged)
    AuditHead.objects.update(last=forged, hash=head_hash(last.number, forged))
    settings.AUDIT_KEY = key
    assert {fault.where for fault in verify()} == {f"act {last.number}", "head"}


def test_the_count_of_what_was_examined_is_told(full: House) -> None:
    found = examine()
    assert found.acts == AuditEvent.objects.count()
    assert found.rows == sum(model._base_manager.count() for model in SEALED)


def test_a_version_of_the_protocols_that_no_act_wrote_is_found(house: House) -> None:
    ContentVersion.objects.create(hash="f" * 64, files=b"", at=NOW)
    assert [fault.what for fault in verify()] == ["no act wrote it."]


@pytest.mark.hazard("H24")
def test_an_old_head_put_back_over_a_cut_tail_shows_in_the_file_beside() -> None:
    told = [beside.line(number=number, patient_id=1, at=NOW, event="fact.answer") for number in range(1, 9)]
    assert beside.missing_after(told, 8) == ()
    assert beside.missing_after(told, 7) == (), "act 8 may have been interrupted before it was acknowledged"
    assert [each.number for each in beside.missing_after(told, 5)] == [7, 8]
    assert beside.missing_after([*told, None], 5) == (), "the mark of a restore stands after them"


def test_the_file_beside_is_read_as_it_was_written(tmp_path: Path) -> None:
    told = beside.line(number=7, patient_id=None, at=NOW, event="clinic.found")
    path = tmp_path / "changes.log"
    path.write_text(f"{told}\nrestored 7 {NOW.isoformat()}\n8 3 2026-11-22T09:00:00+00:00 fact.answer\n9 3 2026-1")
    found = beside.lines(path)
    assert [str(each) if each else None for each in found] == [
        str(told), None, "8 3 2026-11-22T09:00:00+00:00 fact.answer", None,
    ]  # fmt: skip
    since = beside.since(found, str(told))
    assert since is not None
    assert [each.patient_id for each in since] == [3]
    assert beside.since(found, "99 1 never nothing") is None
    assert beside.lines(tmp_path / "nothing") == ()
