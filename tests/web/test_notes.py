"""The note of a session: its words, the signature, and that nothing changes it afterwards."""

from __future__ import annotations

import io
import json
import re
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from clinic.accounts.models import Clinic, Role
from clinic.actions.frame import Doing
from clinic.actions.notes import add_to_note, needed, sign_note, take_again, write_note
from clinic.actions.notes_policies import gave
from clinic.actions.register_patient import Person, register_patient
from clinic.actions.settings_house import change_clinic, clinic_values
from clinic.desk.account_session import FRESH
from clinic.records.journal import verify
from clinic.records.models import MassageSession, NoteAddition, NoteDraft, Notice, Patient, SignedNote
from clinic.records.notes import note_of
from effleurage.errors import InputError
from effleurage.session.events import Event, canonical_json, sha256
from effleurage.session.kinds import Checked
from tests.web.asking import text
from tests.web.at_table import AtTable, at_table, given, tablet_of
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_merge import separate, unite

LATER = NOW + timedelta(hours=2)
ON = datetime(2026, 11, 22, 11, 0)  # noqa: DTZ001 - a tablet's clock has no zone


def fresh(house: House, role: Role = Role.THERAPIST) -> Doing:
    return house.doing(role, now=LATER, fresh=True)


def sign(house: House, session: MassageSession, role: Role = Role.THERAPIST) -> SignedNote:
    return sign_note(
        fresh(house, role), patient=session.patient.public, session=session.public, seen=note_of(session).mark
    )


def test_the_note_is_written_from_the_events_and_signed_with_its_record(house: House) -> None:
    table = at_table(house).starts().skips(0).rest(1).closes("expected").send()
    made = sign(house, table.session)
    kept = json.loads(made.document)
    words = "\n".join(section["text"] for section in kept["sections"])
    assert [section["title"] for section in kept["sections"]] == ["Subjective", "Objective", "Assessment", "Plan"]
    assert "left out, as the patient wished it" in words
    assert "Only expected sensations" in words
    assert made.document_hash == sha256(made.document)
    record = {name: kept[name] for name in ("record", "events", "settled")}
    assert made.record_hash == sha256(canonical_json(record))
    assert len(kept["events"]) == len(table.events)
    assert (made.name, made.role, made.student) == ("Therapist North", "therapist", False)
    assert made.content_hash == table.session.content_hash
    assert verify() == []


def test_a_signature_needs_signing_in_again_and_the_words_that_were_read(house: House) -> None:
    session = given(house).session
    mark = note_of(session).mark
    with pytest.raises(InputError, match="sign in again"):
        sign_note(house.doing(Role.THERAPIST), patient=session.patient.public, session=session.public, seen=mark)
    found = note_of(session)
    texts = ["Felt well.", *(each["text"] for each in found.own_words[1:])]
    write_note(house.doing(Role.THERAPIST), session=session.public, texts=texts, seen=found.mark)
    with pytest.raises(InputError, match="changed since this page"):
        sign_note(fresh(house), patient=session.patient.public, session=session.public, seen=mark)
    made = sign(house, session)
    assert json.loads(made.document)["sections"][0]["text"] == "Felt well."
    assert json.loads(made.document)["said"], "what the events say stays beside it"


def test_the_words_of_the_record_can_be_taken_again(house: House) -> None:
    session = given(house).session
    found = note_of(session)
    texts = ["Other words." for _ in found.written]
    write_note(house.doing(Role.THERAPIST), session=session.public, texts=texts, seen=found.mark)
    assert note_of(session).sections[0]["text"] == "Other words."
    with pytest.raises(InputError, match="kept other words"):
        take_again(house.doing(Role.THERAPIST), session=session.public, seen=found.mark)
    take_again(house.doing(Role.THERAPIST), session=session.public, seen=note_of(session).mark)
    assert not NoteDraft.objects.exists()
    assert note_of(session).sections == found.own_words


def test_a_note_follows_the_template_of_the_clinic_and_one_that_was_begun_keeps_its_own(house: House) -> None:
    session = given(house).session
    titles = ["Before", "During", "After", "Next time"]
    owner, seen = house.doing(Role.OWNER), clinic_values(house.clinic)
    change_clinic(owner, seen=seen, wanted={**seen, "note_template": "in_time"})
    session = MassageSession.objects.get(pk=session.pk)
    assert [each["title"] for each in note_of(session).sections] == titles
    found = note_of(session)
    texts = [each["text"] for each in found.own_words]
    write_note(house.doing(Role.THERAPIST), session=session.public, texts=texts, seen=found.mark)
    seen = clinic_values(Clinic.objects.get(pk=house.clinic.pk))
    with pytest.raises(InputError, match="no such template"):
        change_clinic(owner, seen=seen, wanted={**seen, "note_template": "haiku"})
    change_clinic(owner, seen=seen, wanted={**seen, "note_template": "soap"})
    session = MassageSession.objects.get(pk=session.pk)
    assert [each["title"] for each in note_of(session).sections] == titles
    kept = json.loads(sign(house, session).document)
    assert (kept["template"], [each["title"] for each in kept["sections"]]) == ("in_time", titles)
    session = MassageSession.objects.get(pk=session.pk)
    assert [each["title"] for each in note_of(session).sections] == titles


def test_words_on_an_older_record_are_not_signed_unseen(house: House) -> None:
    table = at_table(house).starts().rest().send()
    found = note_of(table.session)
    texts = [each["text"] for each in found.own_words]
    write_note(house.doing(Role.THERAPIST), session=table.session.public, texts=texts, seen=found.mark)
    table.closes("bruise").send()
    with pytest.raises(InputError, match="More was recorded"):
        sign(house, table.session)
    with pytest.raises(InputError, match="More was recorded, or"):
        write_note(house.doing(Role.THERAPIST), session=table.session.public, texts=texts, seen=found.mark)
    now = note_of(table.session).mark
    write_note(house.doing(Role.THERAPIST), session=table.session.public, texts=texts, seen=now)
    sign(house, table.session)


def test_words_that_somebody_else_kept_meanwhile_are_not_lost(house: House) -> None:
    session = given(house).session
    found = note_of(session)
    texts = [each["text"] for each in found.own_words]
    lead = house.doing(Role.CLINICAL_LEAD)
    write_note(lead, session=session.public, texts=["Two paragraphs of the lead.", *texts[1:]], seen=found.mark)
    with pytest.raises(InputError, match="somebody has kept other words"):
        write_note(house.doing(Role.THERAPIST), session=session.public, texts=texts, seen=found.mark)
    url = f"/p/{session.patient.public}/sessions/{session.public}/note/"
    form = {"seen": found.mark, **{f"section_{place}": words for place, words in enumerate(texts)}}
    answer = at_desk(house, Role.THERAPIST).post(url, form)
    assert answer.status_code == 422
    assert "Two paragraphs of the lead." in text(answer)
    assert note_of(session).sections[0]["text"] == "Two paragraphs of the lead."


def test_a_note_is_not_signed_while_entries_are_missing(house: House) -> None:
    table = at_table(house).starts().rest().closes().send(but=(4,))
    with pytest.raises(InputError, match="have not arrived"):
        sign(house, table.session)
    table.push([table.events[3]])
    sign(house, table.session)


def test_a_note_is_not_signed_before_the_session_is_over(house: House) -> None:
    table = at_table(house).starts().send()
    with pytest.raises(InputError, match="not over"):
        sign(house, table.session)


@pytest.mark.hazard("H16")
def test_a_note_is_not_signed_while_two_tablets_tell_different_things(house: House) -> None:
    table = at_table(house).starts().rest().closes().send()
    AtTable(house, table.session, tablet_of(house, "Tablet two")).starts().does(0).send()
    table.session.refresh_from_db()
    with pytest.raises(InputError, match="Two tablets"):
        sign(house, table.session)


def test_only_who_gave_the_session_or_the_lead_signs(house: House) -> None:
    """Given has it who was booked, and who has recorded it; not who sent what has no place in it."""
    therapist, lead = (fresh(house, role).actor for role in (Role.THERAPIST, Role.CLINICAL_LEAD))
    table = at_table(house).starts().rest().closes().send(role=Role.CLINICAL_LEAD)
    session = table.session
    assert gave(note_of(session), therapist), "it is booked for them"
    assert gave(note_of(session), lead), "they have recorded it"
    session.visit.therapist = house.people[Role.CLINICAL_LEAD]
    session.visit.save()
    clash = Event("a" * 22, session.public, table.tablet.public, 1, ON, 0, Checked("skin_seen", ok=True, note=""))
    table.push([clash], role=Role.THERAPIST)
    assert clash.id in {each.id for each in note_of(session).found.events}
    assert not gave(note_of(session), therapist)
    with pytest.raises(InputError, match="Only who gave the session"):
        sign(house, session)
    sign(house, session, Role.CLINICAL_LEAD)
    assert SignedNote.objects.get().role == "clinical_lead"
    with pytest.raises(InputError, match="signed"):
        sign(house, session)


def test_a_note_is_signed_on_the_record_that_it_stands_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page may have stood open while two records became one."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    session, stranger = given(house).session, house.patient("Eve", "Stone")
    kept = register_patient(
        house.doing(Role.FRONT_DESK),
        person=Person(given="Ada", family="Bergh", birth_date=date(1951, 4, 12)),
        location=house.location.public,
    )

    def sent(patient: Patient) -> int:
        browser = at_desk(house, Role.THERAPIST)
        browser.get("/")
        held = browser.session
        held[FRESH] = LATER.timestamp()
        held.save()
        url = f"/p/{patient.public}/sessions/{session.public}/note/sign/"
        return int(browser.post(url, {"seen": note_of(session).mark}).status_code)

    assert sent(stranger) == 404
    unite(house, kept, session.patient)
    assert sent(session.patient) in {302, 404}, "that record is closed"
    assert sent(kept) == 403, "they are not in their care"
    assert not SignedNote.objects.exists()
    separate(house, kept, session.patient)
    assert sent(session.patient) == 302
    assert SignedNote.objects.get().session == session
    assert verify() == []


def test_a_note_is_compared_with_the_session_before(house: House) -> None:
    first = given(house)
    sign(house, first.session)
    second = at_table(house, number=2, starts=NOW + timedelta(days=3), patient=first.session.patient)
    second.starts().rest().closes().send()
    for found in (note_of(second.session), note_of(sign(house, second.session).session)):
        assert found.before is not None
        assert found.before.session == first.session
        assert found.before.events
    assert note_of(first.session).before is None


@pytest.mark.hazard("H24")
def test_the_database_refuses_to_change_or_delete_a_signed_note(house: House) -> None:
    session = given(house).session
    note = sign(house, session)
    add_to_note(fresh(house), session=session.public, kind="addendum", text="The patient called and felt well.")
    for table in ("records_signednote", "records_noteaddition"):
        changed = f"UPDATE {table} SET name = 'Somebody else'"
        for statement in (changed, f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="sealed"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    note.document = "{}"
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        note.save()
    assert verify() == []


@pytest.mark.hazard("H24")
def test_a_signed_note_that_was_altered_around_the_database_is_found(house: House) -> None:
    note = sign(house, given(house).session)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER sealed_signednote_UPDATE")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE records_signednote DISABLE TRIGGER sealed_signednote")
        cursor.execute("UPDATE records_signednote SET name = 'Somebody else' WHERE id = %s", [note.pk])
    assert verify()


@pytest.mark.hazard("H24")
def test_what_arrives_after_the_signature_changes_no_word_and_asks_for_an_addendum(house: House) -> None:
    table = at_table(house).starts().rest().send()
    before = sign(house, table.session)
    table.closes("dizzy", "when she stood up").send(now=LATER + timedelta(hours=1))
    found = note_of(table.session)
    assert found.signed is not None
    assert found.signed.document == before.document
    assert found.wants_addendum
    assert any("Dizziness" in each for each in found.later_words)
    doing = house.doing(Role.THERAPIST, now=LATER + timedelta(hours=2), fresh=True)
    text = "Afterwards she was dizzy on standing; she sat down again."
    add_to_note(doing, session=table.session.public, kind="addendum", text=text)
    assert not note_of(table.session).wants_addendum
    assert note_of(table.session).arrived_later


def test_an_error_is_marked_once_and_the_text_stays(house: House) -> None:
    session = given(house).session
    made = sign(house, session)
    with pytest.raises(InputError, match="too short"):
        add_to_note(fresh(house), session=session.public, kind="in_error", text="wrong")
    why = "This note belongs to the patient before."
    add_to_note(fresh(house), session=session.public, kind="in_error", text=why)
    assert SignedNote.objects.get().document == made.document
    assert note_of(session).in_error is not None
    with pytest.raises(InputError, match="marked already"):
        add_to_note(fresh(house), session=session.public, kind="in_error", text=why)


def test_an_addition_needs_signing_in_again_too(house: House) -> None:
    session = given(house).session
    sign(house, session)
    with pytest.raises(InputError, match="sign in again"):
        add_to_note(
            house.doing(Role.THERAPIST), session=session.public, kind="addendum", text="The patient called later."
        )


def test_a_note_of_somebody_untrained_waits_for_a_second_signature(house: House) -> None:
    session = given(house).session
    house.people[Role.THERAPIST].competences.all().delete()
    made = sign(house, session)
    assert made.student
    assert set(Notice.objects.filter(kind=Notice.Kind.COSIGN).values_list("role", flat=True)) == {
        Role.THERAPIST, Role.CLINICAL_LEAD,
    }  # fmt: skip
    with pytest.raises(InputError, match="somebody else"):
        add_to_note(fresh(house), session=session.public, kind="cosigned", text="")
    add_to_note(fresh(house, Role.CLINICAL_LEAD), session=session.public, kind="cosigned", text="")
    assert NoteAddition.objects.get().kind == NoteAddition.Kind.COSIGNED
    with pytest.raises(InputError, match="no second signature"):
        add_to_note(fresh(house, Role.CLINICAL_LEAD), session=session.public, kind="cosigned", text="")


def test_a_session_that_was_stopped_says_so_in_its_note(house: House) -> None:
    table = at_table(house).starts().does(0).stops("crack", "under the left shoulder blade").send()
    words = json.loads(sign(house, table.session).document)["sections"]
    assert "Stopped" in words[1]["text"]


def test_the_pages_lead_from_the_list_to_a_signed_note_and_its_paper(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = at_table(house).starts().skips(0).rest(1).closes("expected").send()
    session, patient = table.session, table.session.patient
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    therapist = at_desk(house, Role.THERAPIST)
    url = f"/p/{patient.public}/sessions/{session.public}/"
    assert session.public in text(therapist.get(f"/p/{patient.public}/sessions/"))
    assert "Berg, Ada" in text(therapist.get("/work/?list=notes"))
    page = text(therapist.get(url))
    for words in ("Planned and delivered", "left out, as the patient wished it", "Only expected sensations"):
        assert words in page
    page = text(therapist.get(f"{url}note/"))
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    form = {"seen": seen, **{f"section_{place}": f"Words {place}" for place in range(4)}}
    assert therapist.post(f"{url}note/", {**form, "seen": "0" * 64}).status_code == 422
    assert therapist.post(f"{url}note/", form).status_code == 302
    assert "Words 3" in text(therapist.get(url))
    assert "Sign in again" in text(therapist.get(f"{url}note/sign/"))
    assert therapist.post(f"{url}note/sign/", {"seen": note_of(session).mark}).status_code == 422
    again = {"seen": note_of(session).mark}
    assert therapist.post(f"{url}note/again/", again).status_code == 302
    sign(house, session)
    assert "Every note is signed" in text(therapist.get("/work/?list=notes"))
    assert "I have read this note" in text(therapist.get(url))
    add_to_note(fresh(house), session=session.public, kind="addendum", text="The patient called and felt well.")
    why = "This note belongs to the patient before."
    add_to_note(fresh(house), session=session.public, kind="in_error", text=why)
    page = text(therapist.get(url))
    assert "<s>" in page
    assert why in page
    paper = PdfReader(io.BytesIO(therapist.get(f"{url}note.pdf").content))
    words = "".join(each.extract_text() for each in paper.pages)
    for said in ("Entered in error", "felt well", why[:20], "Berg", "Hash of the record"):
        assert said in words
    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_who_is_trained_for_the_regimen_and_not_for_the_limits_signs_as_a_student(house: House) -> None:
    session = given(house).session
    found = note_of(session)
    asked = needed(session, found)
    regimen = next(each for each in found.found.library.regimens if each.id == session.plan.regimen)
    assert set(regimen.competences) < asked, "the limits ask for more in this example"
    house.people[Role.THERAPIST].competences.exclude(name__in=regimen.competences).delete()
    assert sign(house, session).student


def test_a_student_sees_that_they_sign_as_one_and_the_list_waits_for_a_colleague(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = given(house).session
    house.people[Role.THERAPIST].competences.all().delete()
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER)
    url = f"/p/{session.patient.public}/sessions/{session.public}/"
    assert "You sign as a student" in text(at_desk(house, Role.THERAPIST).get(f"{url}note/sign/"))
    sign(house, session)
    lead = at_desk(house, Role.CLINICAL_LEAD)
    assert "Berg, Ada" in text(lead.get("/work/?list=cosign"))
    assert "note/add/cosigned/" in text(lead.get(url))
    add_to_note(fresh(house, Role.CLINICAL_LEAD), session=session.public, kind="cosigned", text="")
    assert "No student" in text(lead.get("/work/?list=cosign"))


def test_a_late_event_brings_the_note_back_to_the_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    table = at_table(house).starts().rest().send()
    sign(house, table.session)
    table.closes("dizzy").send(now=LATER + timedelta(hours=1))
    monkeypatch.setattr("django.utils.timezone.now", lambda: LATER + timedelta(hours=2))
    therapist = at_desk(house, Role.THERAPIST)
    assert "more has arrived" in text(therapist.get("/work/?list=notes"))
    page = text(therapist.get(f"/p/{table.session.patient.public}/sessions/{table.session.public}/"))
    assert "More has arrived since the note was signed" in page
    assert "Write an addendum" in page
