"""The demonstration clinic: loaded once for all tests of this module, by the real acts, and taken back afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random

import pytest
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from django.contrib.auth import authenticate
from django.db import transaction
from PIL import Image
from pytest_django import DjangoDbBlocker

from clinic.accounts.models import Clinic, Competence, User
from clinic.actions.aftercare import overdue
from clinic.actions.harm_limits import REVIEWED_WITHIN
from clinic.actions.policies import missing_consents, why_not_use
from clinic.actions.project import differences
from clinic.config.demo import SignIn, code, load
from clinic.config.demo_cast import main_cast, small_cast
from clinic.config.demo_faces import face
from clinic.config.demo_house import LINDENS, secret_of
from clinic.config.demo_ways import WAYS
from clinic.records.facts import local
from clinic.records.journal import verify
from clinic.records.models import (
    AccessLink,
    AdverseEvent,
    AuditEvent,
    BreakGlass,
    Contact,
    Document,
    FactEntry,
    Guardian,
    MassageSession,
    Merge,
    NoteAddition,
    NoteDraft,
    Notice,
    OddEvent,
    Override,
    Patient,
    PatientState,
    Photo,
    PlanLock,
    ScoreEntry,
    Signature,
    SignedNote,
    Tablet,
    Visit,
)
from clinic.records.outcome_courses import history
from clinic.records.outcomes import course_rows, given_sessions, quarter_began, summary_of
from clinic.records.replay import replay
from clinic.records.sessions import record_of, told
from clinic.records.standing import PlanState, Standing, standing
from effleurage.errors import InputError
from effleurage.outcome.clinic import clinic_view
from effleurage.outcome.due import State

NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[SignIn]]:
    """Who can sign in. Each test rolls back to here, and the last of them to before."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(NOW)
        transaction.set_rollback(True)


def by_name(given: str, family: str) -> Patient:
    found = Patient.objects.select_related("location", "clinic")
    return found.get(given=given, family=family, clinic__name=LINDENS.name)


def now_of(given: str, family: str) -> Standing:
    return standing(by_name(given, family), now=NOW)


@pytest.mark.usefixtures("people")
def test_nothing_in_it_was_written_round_the_acts() -> None:
    assert verify() == []
    assert list(replay()) == []
    assert set(AuditEvent.objects.values_list("via", flat=True)) == {"demonstration"}


@pytest.mark.usefixtures("people")
def test_the_journal_is_in_the_order_of_time_and_nothing_lies_ahead() -> None:
    moments = list(AuditEvent.objects.order_by("number").values_list("at", flat=True))
    patients = [event.at for event in AuditEvent.objects.exclude(patient=None).order_by("number")]
    assert patients == sorted(patients)
    assert max(moments) <= NOW
    assert not FactEntry.objects.filter(entered_at__gt=NOW).exists()


@pytest.mark.usefixtures("people")
def test_loading_it_again_does_nothing() -> None:
    before = AuditEvent.objects.count()
    assert load(NOW) == []
    assert AuditEvent.objects.count() == before


def test_every_way_is_gone_by_somebody() -> None:
    assert {part.way for part in main_cast()} == set(WAYS)


@pytest.mark.usefixtures("people")
def test_there_are_patients_at_every_stage_of_the_path() -> None:
    states = PatientState.objects.filter(clinic__name=LINDENS.name)
    assert states.count() == len(main_cast()) + 1
    assert Counter(states.values_list("plan", flat=True)) == {
        "none": 30, "signed": 30, "chosen": 4, "locked": 3, "outdated": 1,
    }  # fmt: skip
    assert Counter(states.values_list("intake", flat=True)) == {"finished": 53, "none": 10, "open": 5}
    verdicts = Counter(states.values_list("verdict", flat=True))
    assert min(verdicts[each] for each in ("go", "modified", "ask", "withhold", "emergency")) >= 1
    assert states.filter(emergency=True).count() == 1
    assert states.filter(to_confirm__gt=0).count() == 1
    assert states.filter(fresh_until__lt=NOW).count() >= 2


@pytest.mark.usefixtures("people")
def test_what_people_wait_for_is_there() -> None:
    kinds = set(Notice.objects.values_list("kind", flat=True))
    assert kinds >= {"emergency", "red_flag", "break_glass", "override", "second_person", "locked", "import"}
    assert Document.objects.exclude(kind="bundle").filter(review=None).count() == 2
    assert BreakGlass.objects.filter(until__gt=NOW).count() == 1
    assert Merge.objects.filter(undone=False).count() == 1
    assert Guardian.objects.count() == 2
    assert AccessLink.objects.filter(purpose="intake", used_at=None, expires_at__gt=NOW).count() >= 3
    assert {lock.kind for lock in PlanLock.objects.all()} == {"new_fact", "clinician", "consent"}
    hard = Override.objects.filter(hard=True)
    assert Counter(each.steps.count() for each in hard) == {0: 1, 1: 1}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "given, family, verdict",
    [("Ihor", "Tymoshenko", "EMERGENCY"), ("Vasyl", "Kuzmenko", "WITHHOLD"), ("Zinaida", "Fedorova", "WITHHOLD"),
     ("Larysa", "Klymenko", "ASK"), ("Daria", "Panchenko", "GO"), ("Svitlana", "Tkachenko", "MODIFIED")],
)  # fmt: skip
def test_each_example_comes_out_as_it_should(given: str, family: str, verdict: str) -> None:
    assert now_of(given, family).plan.verdict.name == verdict


@pytest.mark.usefixtures("people")
def test_one_plan_may_be_used_today_and_the_others_say_why_not() -> None:
    assert why_not_use(now_of("Svitlana", "Tkachenko")) == []
    assert any("Not agreed" in each for each in why_not_use(now_of("Renate", "Schäfer")))
    assert now_of("Jürgen", "Krause").plan_state is PlanState.OUTDATED
    assert now_of("Valentyna", "Kravchuk").plan_state is PlanState.LOCKED
    assert any("questions are open" in each for each in why_not_use(now_of("Yuliia", "Polishchuk")))


@pytest.mark.usefixtures("people")
def test_the_minor_is_signed_for_with_the_mothers_consent() -> None:
    found = now_of("Maksym", "Oliynyk")
    assert found.signed
    assert missing_consents(found) == []
    assert found.patient.guardians.get().relation == "mother"


@pytest.mark.usefixtures("people")
def test_today_has_visits_at_both_places_that_have_come_where_their_time_has() -> None:
    visits = Visit.objects.select_related("location").filter(clinic__name=LINDENS.name)
    today = [visit for visit in visits if local(visit.starts, visit.location.zone).date() == NOW.date()]
    assert Counter(visit.location.name for visit in today) == {"Podil, Kyiv": 8, "Neukölln, Berlin": 6}
    for visit in today:
        assert (visit.state == Visit.State.ARRIVED) == (visit.starts < NOW)


@pytest.mark.usefixtures("people")
def test_competences_are_there_missing_and_run_out() -> None:
    count = {user.name: user.competences.count() for user in User.objects.filter(memberships__role="therapist")}
    assert count["Iryna Bondar"] > count["Katharina Vogel"] > count["Taras Melnyk"]
    learnt = Competence.objects.filter(user__name="Taras Melnyk").values_list("supervisor__name", flat=True)
    assert set(learnt) == {"Iryna Bondar"}
    assert not any(each.counts_on(NOW.date()) for each in Competence.objects.filter(user__name="Marta Weiss"))
    assert not Signature.objects.filter(name__in=("Marta Weiss", "Taras Melnyk")).exists()


@pytest.mark.usefixtures("people")
def test_the_clinics_share_nobody_although_they_share_a_name() -> None:
    assert Clinic.objects.count() == 2
    same = Patient.objects.filter(given="Olha", family="Marchenko")
    assert len({patient.clinic_id for patient in same}) == 2
    assert Patient.objects.filter(clinic__name="Harbour Practice").count() == len(small_cast()) == 3
    assert Patient.objects.filter(given="Viktor", family="Smirnov", merged_into=None).count() == 2


def sessions_of(given: str, family: str) -> list[MassageSession]:
    return list(MassageSession.objects.filter(patient=by_name(given, family)).order_by("visit__starts"))


@pytest.mark.usefixtures("people")
def test_a_dozen_patients_have_had_sessions_in_the_past_weeks() -> None:
    begun = MassageSession.objects.exclude(state="ready")
    lately = begun.filter(clinic__name=LINDENS.name, visit__starts__gt=NOW - timedelta(days=40))
    count = Counter(lately.values_list("patient", flat=True))
    assert len(count) >= 12
    assert min(count.values()) == 1
    assert max(count.values()) == 8
    assert set(begun.values_list("state", "visit__state")) == {("closed", "done")}


@pytest.mark.usefixtures("people")
def test_the_clinic_comes_to_all_that_the_tablets_tell() -> None:
    assert not OddEvent.objects.exists()
    assert not Notice.objects.filter(kind__in=("odd", "conflict", "unsent")).exists()
    for session in MassageSession.objects.exclude(state="ready"):
        record = record_of(session)
        assert record is not None
        assert not record.irregular
        assert not record.missing
        assert not record.unknown
        assert list(differences(told(session))) == []


@pytest.mark.usefixtures("people")
def test_the_dose_grows_and_steps_back_after_a_bad_reaction() -> None:
    assert [each.dose for each in sessions_of("Viktoriia", "Honchar")] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [each.dose for each in sessions_of("Monika", "Lange")] == [1, 2, 1]
    lighter = record_of(sessions_of("Monika", "Lange")[-1])
    assert lighter is not None
    assert "lighter" in {each.answer for each in lighter.comfort}


@pytest.mark.usefixtures("people")
def test_one_session_was_stopped_with_its_reason() -> None:
    records = {each: record_of(each) for each in MassageSession.objects.exclude(state="ready")}
    stopped = {each: record for each, record in records.items() if record and record.stops}
    assert [stop.rule for record in stopped.values() for stop in record.stops] == ["patient_asks"]
    [session] = stopped
    assert session.contacts.get().why == "stop"
    assert SignedNote.objects.get(session=session).additions.get().kind == "addendum"


@pytest.mark.usefixtures("people")
def test_all_notes_are_signed_but_one_that_waits() -> None:
    [draft] = NoteDraft.objects.all()
    unsigned = MassageSession.objects.exclude(state="ready").filter(note=None)
    assert list(unsigned) == [draft.session]
    assert draft.at > NOW - timedelta(days=2)
    assert NoteAddition.objects.count() == 1


@pytest.mark.usefixtures("people")
def test_one_signed_note_waits_for_a_second_signature() -> None:
    note = SignedNote.objects.get(student=True)
    assert note.name == "Taras Melnyk"
    assert not note.additions.exists()
    assert Notice.objects.filter(kind="cosign", patient=note.session.patient).exists()


@pytest.mark.usefixtures("people")
def test_contacts_were_answered_and_the_others_wait_in_time() -> None:
    due = Contact.objects.filter(state="due").select_related("session__visit__location")
    assert 1 <= due.count() <= 3
    assert not any(overdue(each, NOW) for each in due)
    assert Contact.objects.filter(state="answered").count() >= 30


@pytest.mark.usefixtures("people")
def test_harm_was_reviewed_within_a_day_or_waits_no_longer() -> None:
    events = AdverseEvent.objects.select_related("review")
    reviewed = [each for each in events if hasattr(each, "review")]
    waiting = [each for each in events if not hasattr(each, "review")]
    assert len(reviewed) == len(waiting) == 1
    assert reviewed[0].review.at - reviewed[0].at < REVIEWED_WITHIN
    assert NOW - waiting[0].at < REVIEWED_WITHIN


@pytest.mark.usefixtures("people")
def test_a_therapist_has_a_tablet() -> None:
    assert Tablet.objects.get(user__name="Iryna Bondar").revoked_at is None


@pytest.mark.usefixtures("people")
def test_a_finished_course_has_its_summary() -> None:
    found = history(by_name("Halyna", "Lysenko"))
    assert found.course is not None
    assert found.course.completed
    here = local(NOW, "Europe/Kyiv")
    assert {each.state for each in found.due(here)} == {State.DONE}
    library = now_of("Halyna", "Lysenko").library
    given = list(given_sessions(found.course, library.protocols.language))
    assert len(given) == 6
    made = summary_of(found, found.course, library, given)
    assert [each.change is None for each in made.measures] == [False, False]


@pytest.mark.usefixtures("people")
def test_some_scores_are_missing() -> None:
    taken = Counter(ScoreEntry.objects.values_list("instrument", flat=True))
    assert taken["nrs_pain"] > taken["peg"] > taken["trunk_rotation"] > 0
    assert not ScoreEntry.objects.filter(score="").exists()


@pytest.mark.usefixtures("people")
def test_the_results_show_enough_people_and_nobody_of_few() -> None:
    clinic = Clinic.objects.get(name=LINDENS.name)
    for until in (quarter_began(NOW, "Europe/Kyiv"), NOW - timedelta(days=92)):
        rows = course_rows(clinic.pk, until)
        assert len({row.patient for row in rows}) == 10
        [condition] = clinic_view(courses=rows).conditions
        [line] = condition.regimens
        assert (condition.condition, line.regimen, line.courses) == ("osteoporosis", "osteoporosis-traditional", 10)
        changes = {each.instrument: each.change for each in line.measures}
        assert changes["nrs_pain"] is not None
        assert changes["peg"] is None


def test_everybody_of_the_staff_can_sign_in_with_what_is_printed(people: list[SignIn]) -> None:
    staff = [each for each in people if each.email]
    assert len(staff) == User.objects.count() == 11
    for each in staff[:2]:
        user = User.objects.get(email=each.email)
        assert authenticate(username=each.email, password=each.password) in (user, None)
        assert user.check_password(each.password)
        assert TOTP(user.authenticator_set.get()).validate_code(code(each.email))
        assert validate_totp_code(each.totp, code(each.email))
    assert secret_of(LINDENS.members[0]) == staff[0].totp


def test_a_private_link_that_nobody_has_opened_is_told(people: list[SignIn]) -> None:
    links = [each for each in people if not each.email]
    assert [each.role for each in links] == ["Patient", "Guardian"]
    assert all(each.note.startswith("/i/") for each in links)


def test_no_code_is_told_for_any_other_account() -> None:
    with pytest.raises(InputError, match="no account of the demonstration"):
        code("somebody@else.example")


@pytest.mark.usefixtures("people")
def test_a_face_is_a_drawing_that_was_kept_small() -> None:
    assert Photo.objects.count() >= 15
    with Image.open(BytesIO(bytes(Photo.objects.all()[0].image))) as picture:
        assert picture.size == (320, 320)


def test_the_same_chance_draws_the_same_face_and_another_another() -> None:
    assert face(Random(1), age=70) == face(Random(1), age=70) != face(Random(2), age=70)
