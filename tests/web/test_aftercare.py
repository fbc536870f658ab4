"""After a session: who is asked how it was borne, and what a worrying answer does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from clinic.accounts.models import Location, Membership, Role
from clinic.actions.aftercare import (
    Answer,
    answer_contact,
    choices,
    close_contact,
    contact_link,
    due_at,
    overdue,
    words_for,
)
from clinic.actions.merge import merge_patients
from clinic.actions.plan_treatment import release_plan
from clinic.actions.policies import why_not_use
from clinic.portal.door import LINK
from clinic.records.journal import verify
from clinic.records.models import AccessLink, AdverseEvent, Contact, Notice, Patient, PlanLock, Reaction
from clinic.records.standing import PlanState, standing
from effleurage.errors import InputError
from tests.web.asking import Phone, born, text
from tests.web.at_table import at_table, given
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk
from tests.web.test_plans import signed

THREE_DAYS = NOW + timedelta(days=3)
CONTACT = "/my/contact/"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: THREE_DAYS)


def whys() -> list[str]:
    return list(Contact.objects.order_by("pk").values_list("why", flat=True))


def told() -> set[tuple[str, str]]:
    return set(Notice.objects.filter(kind__in=("worrying", "emergency")).values_list("kind", "role"))


def by_link(house: House, contact: Contact) -> Client:
    """A telephone that came in by the link of a contact."""
    doing = house.doing(Role.FRONT_DESK, now=THREE_DAYS)
    secret = contact_link(doing, contact=contact.public).secret
    phone = Phone()
    at = contact.patient.birth_date
    answer = phone.post(f"/i/{secret}/", born(at.day, at.month, at.year))
    assert answer.headers["Location"] == CONTACT
    return phone


def of(patient: Patient) -> PlanState:
    return standing(patient, now=THREE_DAYS).plan_state


def test_after_the_first_session_somebody_is_asked_between_one_and_two_days_later(house: House) -> None:
    session = given(house).session
    [contact] = Contact.objects.all()
    assert contact.why == "first"
    assert session.ended_at is not None
    assert timedelta(hours=24) <= contact.due_at - session.ended_at <= timedelta(hours=48)
    assert contact.due_at.astimezone(ZoneInfo(house.location.zone)).hour == 10
    assert not overdue(contact, session.ended_at + timedelta(hours=47))
    assert overdue(contact, session.ended_at + timedelta(hours=49))


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24), (2026, 11, 20)])
def test_a_contact_is_due_at_ten_one_to_two_days_after_also_when_the_clock_is_changed(
    day: tuple[int, int, int], hour: int
) -> None:
    zone = ZoneInfo("Europe/Kyiv")
    after = datetime(*day, hour, 30, tzinfo=zone)
    due = due_at(after, "Europe/Kyiv", timedelta(hours=24))
    assert due.hour == 10
    assert (
        timedelta(hours=23)
        < due.astimezone(ZoneInfo("UTC")) - after.astimezone(ZoneInfo("UTC"))
        < timedelta(days=2, hours=2)
    )


def test_a_later_session_that_went_well_asks_only_where_the_content_does(house: House) -> None:
    table = at_table(house, number=3).starts().rest().closes("expected").send()
    asked = any(term.name == "contact_next_day" for term in table.script.follow_up)
    assert whys() == (["asked"] if asked else [])


@pytest.mark.parametrize("what, why", [("stop", "stop"), ("bruise", "reaction"), ("skip", "deviation"), ("wish", "")])
def test_after_anything_unusual_somebody_is_asked_once(house: House, what: str, why: str) -> None:
    table = at_table(house, number=3).starts()
    if what == "stop":
        table.does(0).stops("patient_asks").closes()
    elif what == "bruise":
        table.rest().closes("bruise")
    else:
        table.skips(0, "felt" if what == "skip" else "patient_wish").rest(1).closes()
    table.send()
    table.push(table.events)
    asked = any(term.name == "contact_next_day" for term in table.script.follow_up)
    assert whys() == ([why] if why else ["asked"] if asked else [])


def test_what_arrives_late_asks_again_although_somebody_was_asked(house: House) -> None:
    table = at_table(house).starts().rest().send()
    contact = Contact.objects.get()
    answer_contact(house.doing(Role.FRONT_DESK), contact=contact.public, answer=Answer(("none",)))
    table.closes("dizzy").send(now=NOW + timedelta(hours=4))
    assert whys() == ["first", "reaction"]


def test_a_good_answer_is_kept_and_locks_nothing(house: House) -> None:
    session = given(house).session
    contact = Contact.objects.get()
    doing = house.doing(Role.FRONT_DESK, now=THREE_DAYS)
    answer_contact(doing, contact=contact.public, answer=Answer(("expected",)))
    contact.refresh_from_db()
    assert contact.state == Contact.State.ANSWERED
    row = Reaction.objects.get(contact=contact)
    assert (row.name, row.by_name) == ("expected", "Front desk North")
    assert of(session.patient) is PlanState.SIGNED
    assert told() == set()
    assert verify() == []


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("who", [Role.FRONT_DESK, Role.THERAPIST, None])
def test_weakness_three_days_after_is_an_emergency_whoever_types_it(
    house: House, who: Role | None, clock: None
) -> None:
    session = given(house).session
    contact = Contact.objects.get()
    if who is None:
        phone = by_link(house, contact)
        sent = phone.post(CONTACT, {"how": "some", "which": ["new_weakness"], "words": "since this morning"})
        assert sent.status_code == 302
        page = text(phone.get(CONTACT))
        assert "get help now" in page
        assert f"tel:{house.clinic.emergency_number}" in page
        assert "Emergency department" in page
    else:
        doing = house.doing(who, now=THREE_DAYS)
        answer_contact(doing, contact=contact.public, answer=Answer(("new_weakness",), "since this morning"))
    assert told() == {(kind, role) for kind in ("worrying", "emergency") for role in ("front_desk", "clinical_lead")}
    assert PlanLock.objects.get().kind == PlanLock.Kind.REACTION
    assert of(session.patient) is PlanState.LOCKED
    assert any("locked" in reason for reason in why_not_use(standing(session.patient, now=THREE_DAYS)))
    event = AdverseEvent.objects.get()
    assert (event.what, event.grade, event.session_id) == ("new_weakness", "", session.pk)
    assert verify() == []


def test_every_reaction_that_locks_does_so_and_no_other(house: House) -> None:
    session = given(house).session
    contact = Contact.objects.get()
    for term in choices(words_for(session))[1]:
        before = PlanLock.objects.count()
        doing = house.doing(Role.FRONT_DESK, now=THREE_DAYS)
        answer_contact(doing, contact=contact.public, answer=Answer((term.name,)))
        assert PlanLock.objects.count() - before == (term.get("next") == "lock"), term.name


def test_an_answer_says_something_and_does_not_contradict_itself(house: House) -> None:
    given(house)
    contact = Contact.objects.get()
    for names in ((), ("none", "rash"), ("tired",)):
        with pytest.raises(InputError):
            answer_contact(house.doing(Role.FRONT_DESK), contact=contact.public, answer=Answer(names))
    assert not Reaction.objects.filter(contact=contact).exists()


def test_words_beside_an_answer_are_read_by_somebody(house: House) -> None:
    given(house)
    contact = Contact.objects.get()
    answer_contact(house.doing(Role.FRONT_DESK), contact=contact.public, answer=Answer(("none",), "My hip feels odd."))
    assert told() == {("worrying", "therapist"), ("worrying", "clinical_lead")}
    url = f"/p/{contact.patient.public}/contact/{contact.public}/"
    lead = at_desk(house, Role.CLINICAL_LEAD)
    assert url in lead.get("/work/").content.decode(), "the notice leads to the words"
    for page in (url, f"/p/{contact.patient.public}/sessions/{contact.session.public}/"):
        assert "My hip feels odd." in text(lead.get(page)), page


def test_after_each_answer_that_is_no_good_news_somebody_asks_once_more(house: House) -> None:
    given(house)
    for days, name in ((3, "rash"), (5, "sore_long"), (7, "none")):
        contact = Contact.objects.get(state=Contact.State.DUE)
        doing = house.doing(Role.FRONT_DESK, now=NOW + timedelta(days=days))
        answer_contact(doing, contact=contact.public, answer=Answer((name,)))
    assert whys() == ["first", "answer", "answer"]
    assert not Contact.objects.filter(state=Contact.State.DUE).exists()


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("late", [False, True], ids=["told before", "told after they were united"])
def test_bad_news_of_a_folded_record_locks_the_course_of_the_person(house: House, late: bool) -> None:
    table = at_table(house).starts().rest().closes().send()
    other, _ = signed(house)
    assert of(other) is PlanState.SIGNED
    lead = house.doing(Role.CLINICAL_LEAD, now=THREE_DAYS)

    def alarm() -> None:
        contact = Contact.objects.filter(state=Contact.State.DUE).get()
        answer_contact(
            house.doing(Role.FRONT_DESK, now=THREE_DAYS),
            contact=contact.public, answer=Answer(("new_weakness",)),
        )  # fmt: skip

    if not late:
        alarm()
    merge_patients(
        lead, public=other.public, folded=table.session.patient.public, reason="The same face and telephone."
    )
    if late:
        assert of(Patient.objects.get(pk=other.pk)) is not PlanState.LOCKED
        alarm()
    kept = Patient.objects.get(pk=other.pk)
    assert of(kept) is PlanState.LOCKED
    reason, plan = "Examined today by the neurologist, who found nothing.", kept.plans.order_by("-pk")[0].public
    later = house.doing(Role.CLINICAL_LEAD, now=THREE_DAYS + timedelta(hours=1))
    release_plan(later, public=kept.public, plan=plan, reason=reason)
    assert of(kept) is not PlanState.LOCKED


def test_a_contact_is_closed_with_a_reason_and_still_takes_bad_news(house: House) -> None:
    given(house)
    contact = Contact.objects.get()
    doing = house.doing(Role.FRONT_DESK, now=THREE_DAYS)
    with pytest.raises(InputError, match="too short"):
        close_contact(doing, contact=contact.public, reason="no")
    close_contact(doing, contact=contact.public, reason="Called three times, nobody answered.")
    contact.refresh_from_db()
    assert contact.state == Contact.State.CLOSED
    answer_contact(doing, contact=contact.public, answer=Answer(("chest_pain",)))
    assert ("emergency", "front_desk") in told()


def test_the_link_of_a_contact_opens_its_own_page_only(house: House, clock: None) -> None:
    given(house)
    contact = Contact.objects.get()
    phone = by_link(house, contact)
    page = text(phone.get(CONTACT))
    assert "How are you since your session" in page
    assert "New weakness" in page
    for closed in ("/my/", "/my/plan/", "/my/questions/"):
        assert phone.get(closed).status_code == 403
    assert AccessLink.objects.get().purpose == "contact"
    sent = phone.post(CONTACT, {"how": "none"})
    assert sent.headers["Location"] == CONTACT
    assert "Thank you" in text(phone.get(CONTACT))
    again = text(phone.get(f"{CONTACT}?again=yes"))
    assert "How are you since your session" in again


def test_a_form_that_says_nothing_is_shown_again(house: House, clock: None) -> None:
    given(house)
    phone = by_link(house, Contact.objects.get())
    for form in ({}, {"how": "some"}, {"how": "none", "which": ["rash"]}):
        assert phone.post(CONTACT, form).status_code == 422
    assert not Reaction.objects.exclude(contact=None).exists()


def test_a_new_link_closes_the_one_before(house: House, clock: None) -> None:
    given(house)
    contact = Contact.objects.get()
    first = by_link(house, contact)
    by_link(house, contact)
    assert LINK in first.session
    assert first.get(CONTACT).status_code == 403


def test_the_desk_finds_the_contact_asks_by_telephone_and_is_told_what_to_do(house: House, clock: None) -> None:
    given(house)
    contact = Contact.objects.get()
    desk = at_desk(house, Role.FRONT_DESK)
    page = text(desk.get("/work/?list=contacts"))
    assert "Berg, Ada" in page
    assert "overdue" in page
    url = f"/p/{contact.patient.public}/contact/{contact.public}/"
    assert "New weakness" in text(desk.get(url))
    sent = desk.post(url, {"how": "some", "which": ["new_weakness"], "words": ""})
    assert sent.status_code == 302
    assert "Emergency department" in text(desk.get(url))
    assert "New weakness" in text(desk.get(url)).split("What was said")[1]
    assert "from then on" in text(desk.get("/work/?list=coming")), "after bad news somebody asks once more"
    assert "Nobody waits to be asked" in text(desk.get("/work/?list=contacts")), "and nobody is due before then"


def test_the_desk_makes_the_link_and_sees_it_once(house: House, clock: None) -> None:
    given(house)
    contact = Contact.objects.get()
    desk = at_desk(house, Role.FRONT_DESK)
    made = text(desk.post(f"/p/{contact.patient.public}/contact/{contact.public}/link/"))
    assert "/i/" in made
    contact.refresh_from_db()
    assert contact.link is not None


def counted(page: str, name: str) -> str:
    """The number beside the name of a list."""
    return re.sub(r"<[^>]+>", "", page.split(f"{name} <", 1)[1].split("</a>", 1)[0].partition(">")[2]).strip()


@pytest.mark.parametrize("hours, due, coming", [(23, "0", "1"), (25, "1", "0")])
def test_only_who_is_to_be_asked_now_is_counted_as_due(
    house: House, monkeypatch: pytest.MonkeyPatch, hours: int, due: str, coming: str
) -> None:
    given(house)
    contact = Contact.objects.get()
    at = contact.due_at - timedelta(hours=24) + timedelta(hours=hours)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at)
    desk = at_desk(house, Role.FRONT_DESK)
    page = text(desk.get("/work/"))
    assert (counted(page, "Contacts due"), counted(page, "Contacts to come")) == (due, coming)
    one = text(desk.get(f"/p/{contact.patient.public}/contact/{contact.public}/"))
    assert ("not due yet" in one) == (due == "0")


@pytest.mark.parametrize("second, named", [("", False), ("Europe/Kyiv", False), ("Asia/Tokyo", True)])
def test_a_contact_has_one_time_everywhere_and_its_zone_where_the_reader_knows_another(
    house: House, clock: None, second: str, named: bool
) -> None:
    given(house)
    contact = Contact.objects.get()
    desk = at_desk(house, Role.FRONT_DESK)
    if second:
        other = Location.objects.create(public="second", clinic=house.clinic, name="A first", zone=second)
        Membership.objects.create(user=house.people[Role.FRONT_DESK], location=other, role=Role.FRONT_DESK)
    listed = text(desk.get("/work/?list=contacts"))
    page = text(desk.get(f"/p/{contact.patient.public}/contact/{contact.public}/"))
    here = contact.due_at.astimezone(ZoneInfo(house.location.zone))
    assert f"{here:%H:%M}" == "10:00"
    assert f"{here.day} {here:%b %Y}, 10:00" in listed
    assert f"{here.day} {here:%B %Y}, 10:00" in page
    assert ("10:00 (Europe/Kyiv)" in listed) == named
    assert ("Times by the clock of Europe/Kyiv." in page) == named


def test_a_contact_asks_what_has_hours_and_no_measurement_of_the_clinic(house: House, clock: None) -> None:
    table = at_table(house).starts().rest().closes("expected").send()
    contact = Contact.objects.get()
    page = text(at_desk(house, Role.FRONT_DESK).get(f"/p/{contact.patient.public}/contact/{contact.public}/"))
    asked, beside = page.split("Not part of this contact")
    others = [term for term in table.script.follow_up if not term.get("within_hours")]
    assert others, "this patient's protocol wants something else later"
    assert "Ask about soreness" in asked.split("By telephone")[1]
    for term in others:
        assert term.get("how") not in asked
        assert term.get("how") in beside
