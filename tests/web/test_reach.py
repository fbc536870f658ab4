"""How far a role reaches: at the place where it is held, to what it needs, and with a row for what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.accounts.models import Location, Membership, Role, User
from clinic.actions.answer_questions import answer_questions, correct_fact
from clinic.actions.care import assign_care
from clinic.actions.frame import Doing
from clinic.actions.intake import PATIENT, round_for
from clinic.actions.notices import notice_seen, tell, waiting_for
from clinic.actions.open_chart import open_with_reason
from clinic.actions.people import staff
from clinic.actions.permissions import NotAllowed, NotFound, OutsideCare, can, check
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.actions.set_aside import agree, set_aside
from clinic.actions.settings_people import change_person, invite_person, person_values
from clinic.desk.journal import line
from clinic.records.content import built_in
from clinic.records.facts import local
from clinic.records.models import AuditEvent, Notice, Override, Patient, PatientState, Proposal
from clinic.records.standing import standing
from effleurage.decision.aside import Hold, hold
from effleurage.facts.answers import Answer
from tests.web.asking import QUESTIONS, asked, enter, filled
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, booked, room_of, rows_of, service_of, signed_in, text
from tests.web.test_plans import answered
from tests.web.test_today import WALL

WHY = "The family doctor agreed in a letter."


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    return


# ---- one person, two roles, two places


@dataclass
class Both:
    """Somebody with one role at the place of the house (`house.location`) and another at the second (`second`)."""

    house: House
    user: User
    second: Location

    @property
    def doing(self) -> Doing:
        return Doing(staff(self.user, fresh=True), NOW, self.house.token, "test")


def both(house: House, here: Role, there: Role) -> Both:
    second = Location.objects.create(public=house.token(), clinic=house.clinic, name="Second", zone="Europe/Kyiv")
    user = User.objects.create(
        public=house.token(), clinic=house.clinic, email="both@north.test", name="Bo", made_at=NOW
    )
    for place, role in ((house.location, here), (second, there)):
        Membership.objects.create(user=user, location=place, role=role)
    return Both(house, user, second)


def set_aside_hard(house: House) -> tuple[Patient, Override]:
    """A patient whose therapist wants to set a hard stop aside."""
    patient, _found = answered(house, "both-conditions.yaml")
    doing = house.doing(Role.THERAPIST, fresh=True)
    told = Answer(True, local(NOW, house.location.zone), "patient")
    correct_fact(doing, public=patient.public, name="feverish", answer=told, why="Told today.")
    holding = standing(patient, now=NOW).decision.holding
    rule = next(rule.id for rule in holding if hold(rule) is Hold.HARD)
    return patient, set_aside(doing, public=patient.public, rule=rule, reason="doctor_agreed", text=WHY)


def at_the_second(somebody: Both) -> Patient:
    """A patient of the second place with a hard rule set aside, opened once with a reason, and notices."""
    house = somebody.house
    patient, _made = set_aside_hard(house)
    outside = User.objects.create(public="out", clinic=house.clinic, email="o@north.test", name="Out", made_at=NOW)
    Membership.objects.create(user=outside, location=house.location, role=Role.THERAPIST)
    open_with_reason(Doing(staff(outside), NOW, house.token, "test"), public=patient.public, reason=WHY)
    PatientState.objects.filter(patient=patient).update(location=somebody.second)
    Notice.objects.filter(patient=patient).update(location=somebody.second)
    patient.location = somebody.second
    patient.save()
    return patient


def test_the_desk_sees_that_a_rule_was_set_aside_and_not_which(house: House) -> None:
    patient, made = set_aside_hard(house)
    page = text(at_desk(house, Role.FRONT_DESK).get("/work/?list=overrides"))
    for words in ("Rules set aside", "Berg, Ada", patient.number, "Therapist North", "waits for a second person"):
        assert words in page
    for words in (made.rule, made.text, made.get_reason_display(), "/rule/", "/aside/"):
        assert words not in page
    assert made.rule in text(at_desk(house, Role.THERAPIST).get("/work/?list=overrides"))
    agree(house.doing(Role.CLINICAL_LEAD), public=patient.public, override=made.public, text=WHY)
    assert ">set aside<" in text(at_desk(house, Role.FRONT_DESK).get("/work/?list=overrides"))


def test_a_lead_who_is_the_desk_elsewhere_is_the_desk_there(house: House) -> None:
    somebody = both(house, Role.CLINICAL_LEAD, Role.FRONT_DESK)
    patient = at_the_second(somebody)
    browser = signed_in(somebody.user)
    for place in ("", somebody.second.public):
        assert WHY not in text(browser.get("/work/", {"list": "opened", "place": place}))
        aside = text(browser.get("/work/", {"list": "overrides", "place": place}))
        assert patient.number in aside
        assert "/rule/" not in aside
        assert "/aside/" not in aside
        notices = text(browser.get("/work/", {"list": "notices", "place": place}))
        assert "A hard stop waits" not in notices
    assert "Charts opened with a reason" in text(browser.get("/work/"))
    assert "Charts opened with a reason" not in text(browser.get("/work/", {"place": somebody.second.public}))


def test_a_notice_is_for_a_role_at_its_place(house: House) -> None:
    somebody = both(house, Role.CLINICAL_LEAD, Role.FRONT_DESK)
    patient = house.patient()
    therapist = house.doing(Role.THERAPIST)
    for role in (Role.CLINICAL_LEAD, Role.FRONT_DESK):
        tell(therapist, kind=Notice.Kind.EMERGENCY, to=role, patient=patient)
    Notice.objects.create(
        public="there", clinic=house.clinic, location=somebody.second, role=Role.CLINICAL_LEAD,
        kind=Notice.Kind.EMERGENCY, patient=patient, at=NOW,
    )  # fmt: skip
    mine = Notice.objects.get(role=Role.CLINICAL_LEAD, location=house.location)
    assert list(waiting_for(somebody.doing.actor)) == [mine]
    for other in Notice.objects.exclude(pk=mine.pk):
        with pytest.raises(NotFound):
            notice_seen(somebody.doing, public=other.public)
    notice_seen(somebody.doing, public=mine.public)
    assert not waiting_for(somebody.doing.actor).exists()


def test_who_treats_here_and_sits_at_the_desk_there_opens_both_kinds_of_patients(house: House) -> None:
    somebody = both(house, Role.THERAPIST, Role.FRONT_DESK)
    here, _found = answered(house, "mild-scoliosis.yaml")
    there = at_the_second(somebody)
    browser = signed_in(somebody.user)
    url = reverse("desk:patient", args=[there.public])
    assert browser.get(url).status_code == 200
    assert "regimens are possible" not in text(browser.get(url))
    for name in ("facts", "decision", "plan"):
        assert browser.get(reverse(f"desk:{name}", args=[there.public])).status_code in (403, 404)
    outside = browser.get(reverse("desk:patient", args=[here.public]))
    assert outside.status_code == 403, "a therapist outside the care team gives a reason first"
    assert "Open with a reason" in text(outside)
    assign_care(house.doing(Role.CLINICAL_LEAD), public=here.public, user=somebody.user.public)
    assert "regimens are possible" in text(browser.get(reverse("desk:patient", args=[here.public])))


def test_the_day_says_to_the_desk_of_a_place_no_more_because_of_a_role_elsewhere(house: House) -> None:
    somebody = both(house, Role.THERAPIST, Role.FRONT_DESK)
    patient, _found = answered(house, "mild-scoliosis.yaml")
    visit = booked(house, patient, room_of(house), service_of(house), WALL)
    PatientState.objects.update(verdict="withhold", may_treat=False, plan="none")
    browser = signed_in(somebody.user)
    assert "a therapist looks first" not in text(browser.get("/?day=2026-11-23"))
    visit.location = patient.location = somebody.second
    visit.save()
    patient.save()
    page = text(browser.get("/?day=2026-11-23"))
    assert "a therapist looks first" in page
    assert reverse("desk:decision", args=[patient.public]) not in page


def test_a_signature_bears_the_role_that_is_held_at_the_place_of_the_patient(house: House) -> None:
    somebody = both(house, Role.CLINICAL_LEAD, Role.THERAPIST)
    patient, found = answered(house, "mild-scoliosis.yaml")
    made = choose_plan(somebody.doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    for held in house.people[Role.THERAPIST].competences.all():
        somebody.user.competences.create(name=held.name, until=held.until)
    assert sign_plan(somebody.doing, public=patient.public, plan=made.public).role == Role.CLINICAL_LEAD


def test_nobody_speaks_as_a_carer_because_of_a_role_elsewhere(house: House) -> None:
    somebody = both(house, Role.THERAPIST, Role.FRONT_DESK)
    patient = at_the_second(somebody)
    measured = {"systolic": Answer(125, standing(patient, now=NOW).on, "therapist")}
    with pytest.raises(NotAllowed):
        answer_questions(somebody.doing, public=patient.public, answers=measured)


def test_the_journal_hides_what_was_said_of_patients_of_a_place_where_one_does_not_lead(house: House) -> None:
    somebody = both(house, Role.CLINICAL_LEAD, Role.OWNER)
    patient = at_the_second(somebody)
    row = AuditEvent.objects.get(event="record.open_with_reason", patient=patient)
    shown = line(row, somebody.doing.actor, "UTC")
    assert (shown.why, shown.url) == ("", "")
    row.patient.location = house.location  # type: ignore[union-attr]
    assert line(row, somebody.doing.actor, "UTC").why == WHY


def test_rights_about_a_patient_follow_from_the_roles_at_their_place(house: House) -> None:
    patient = house.patient()
    doing = {role: house.doing(role).actor for role in house.people}
    may = {role for role, actor in doing.items() if can(actor, "patient.overview", patient, now=NOW)}
    assert may == {Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD}
    assert {role for role, actor in doing.items() if can(actor, "journal.read", patient, now=NOW)} == {
        Role.CLINICAL_LEAD
    }
    patient.care.all().delete()
    with pytest.raises(OutsideCare):
        check(doing[Role.THERAPIST], "patient.overview", patient, now=NOW)
    two = replace(doing[Role.THERAPIST], roles=doing[Role.THERAPIST].roles | doing[Role.FRONT_DESK].roles)
    check(two, "patient.overview", patient, now=NOW)
    with pytest.raises(OutsideCare):
        check(two, "chart.read", patient, now=NOW)


# ---- asking without reading


@pytest.fixture
def told_at_home(house: House) -> Patient:
    """Somebody who has answered three pages on their own telephone."""
    patient = house.patient()
    phone = enter(house, patient)
    for _page in range(3):
        phone.post(QUESTIONS, filled(phone.get(QUESTIONS)))
    return patient


def intake_url(patient: Patient, back: int) -> str:
    return f"{reverse('desk:intake', args=[patient.public])}?back={back}"


def test_who_may_ask_and_not_read_sees_no_answer_of_others(house: House, told_at_home: Patient) -> None:
    outside = User.objects.create(public="out", clinic=house.clinic, email="o@north.test", name="Out", made_at=NOW)
    Membership.objects.create(user=outside, location=house.location, role=Role.THERAPIST)
    for browser in (at_desk(house, Role.FRONT_DESK), signed_in(outside)):
        for back in range(1, 6):
            page = browser.get(intake_url(told_at_home, back))
            assert asked(page) == []
            assert "Back to" not in text(page), "there is no way back to what others entered"
        assert " checked" not in text(browser.get(intake_url(told_at_home, 0)))
    assert asked(at_desk(house, Role.THERAPIST).get(intake_url(told_at_home, 2)))
    doing = Doing(staff(outside), NOW, house.token, "test")
    open_with_reason(doing, public=told_at_home.public, reason=WHY)
    assert asked(signed_in(outside).get(intake_url(told_at_home, 2))), "a stated reason opens the chart"


def test_the_desk_goes_back_to_its_own_slip_until_somebody_else_answers_anew(
    house: House, told_at_home: Patient
) -> None:
    desk = at_desk(house, Role.FRONT_DESK)
    url = intake_url(told_at_home, 0)
    names = asked(desk.get(url))
    assert desk.post(url, filled(desk.get(url))).status_code == 302
    back = desk.get(intake_url(told_at_home, 1))
    assert asked(back) == names
    assert " checked" in text(back)
    assert asked(desk.get(intake_url(told_at_home, 2))) == []
    found = standing(told_at_home, now=NOW)
    said = {name: Answer(False, found.on, "patient") for name in names}
    therapist = replace(house.doing(Role.THERAPIST), now=NOW + timedelta(minutes=6))
    answer_questions(therapist, public=told_at_home.public, answers=said, who=PATIENT)
    assert asked(desk.get(intake_url(told_at_home, 1))) == []


def test_what_stands_in_a_half_known_page_is_of_the_one_who_asks(house: House, told_at_home: Patient) -> None:
    desk = house.doing(Role.FRONT_DESK).actor.key
    every = round_for(told_at_home, who=PATIENT, now=NOW, library=built_in())
    own = round_for(told_at_home, who=PATIENT, now=NOW, library=built_in(), by=desk)
    assert (every.left, bool(every.past), bool(every.shown())) == (own.left, True, True)
    assert (own.past, {entry.entered_by for entry in own.shown().values()} - {desk}) == ((), set())
    assert own.entries() == every.entries(), "what is decided on is the same"


# ---- lists leave a row


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD])
def test_the_list_and_the_search_of_patients_leave_a_row_with_the_number_of_hits(house: House, role: Role) -> None:
    for family in ("Berg", "Bergson", "Holm"):
        house.patient("Ada", family)
    browser = at_desk(house, role)
    for url, hits in (("/patients/", 3), ("/patients/?q=bergs", 1), ("/visits/new/?q=berg", 2), ("/patients/?q=x", 0)):
        before = len(rows_of("list.read"))
        assert browser.get(url).status_code == 200
        [row] = rows_of("list.read")[before:]
        assert row.about == f"patients:{hits}"
        assert "berg" not in f"{row.about}{row.why}".lower()
    before = len(rows_of("list.read"))
    browser.get("/visits/new/")
    assert len(rows_of("list.read")) == before, "nobody was shown"


def test_who_may_be_the_same_person_leaves_a_row(house: House) -> None:
    house.patient()
    form = {"given": "Ada", "family": "Berg", "birth_date": "12.4.1951", "language": "en"}
    form |= {"location": house.location.public}
    page = text(at_desk(house, Role.FRONT_DESK).post("/patients/new/", form))
    assert "Is this person already here?" in page
    assert [row.about for row in rows_of("list.read")] == ["likely same:1"]


def test_patients_whom_a_proposal_touches_are_named_with_a_row(house: House) -> None:
    patient = house.patient()
    made = Proposal.objects.get(clinic=house.clinic)
    named = [[patient.public, house.location.pk, ["stricter"], "go", "ask"]]
    Proposal.objects.filter(pk=made.pk).update(impact={"seen": 1, "done": True, "stricter": 1, "named": named})
    url = reverse("desk:proposal", args=[made.public])
    assert "Berg, Ada" in text(at_desk(house, Role.CLINICAL_LEAD).get(url))
    assert [row.about for row in rows_of("list.read")] == ["impact:1"]
    assert "Berg, Ada" not in text(at_desk(house, Role.THERAPIST).get(url))
    assert len(rows_of("list.read")) == 1


# ---- roles that can be given


def test_nobody_is_made_an_api_client(house: House) -> None:
    browser = at_desk(house, Role.OWNER)
    person = house.people[Role.THERAPIST]
    for url in (reverse("desk:settings_new_person"), reverse("desk:settings_edit_person", args=[person.public])):
        page = text(browser.get(url))
        assert "Clinical lead" in page
        assert "api_client" not in page
    wanted = {"name": "Else", "roles": f"{house.location.public}:{Role.API_CLIENT}"}
    with pytest.raises(NotFound):
        invite_person(house.doing(Role.OWNER), email="else@north.test", wanted=wanted)
    with pytest.raises(NotFound):
        change_person(house.doing(Role.OWNER), user=person.public, seen=person_values(person), wanted=wanted)
