"""Settings: only the owner, one row each, nothing invented, and nobody's change lost to somebody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.urls import reverse

from clinic.accounts.models import Clinic, Competence, Invitation, Location, Membership, Role, User
from clinic.actions.frame import Doing
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.settings_change import ChangedMeanwhile
from clinic.actions.settings_house import (
    KINDS,
    change_clinic,
    clinic_values,
    hours_values,
    keep_hours,
    keep_location,
    keep_retention,
    keep_room,
    keep_service,
    location_values,
    ranges,
    retention_values,
    room_values,
    service_values,
)
from clinic.actions.settings_people import (
    change_person,
    close_account,
    competence_values,
    end_all_sessions,
    invite_person,
    keep_competence,
    open_account,
    person_values,
    remove_competence,
)
from clinic.desk import post
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Hours, Retention, Room, Service
from effleurage.errors import InputError
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, room_of, rows_of, service_of, signed_in, text

CLOSED = {str(day): "" for day in range(7)}
Act = Callable[[Doing, House], object]


def place_wanted(house: House, **changed: str) -> dict[str, str]:
    return {**location_values(house.location), **changed}


def roles(house: House, *names: Role) -> str:
    return ",".join(f"{house.location.public}:{role.value}" for role in names)


def certain(evidence: str, until: str = "") -> dict[str, str]:
    """A training that is finished."""
    return {"evidence": evidence, "until": until, "supervisor": ""}


ACTS: dict[str, Act] = {
    "settings.clinic": lambda doing, house: change_clinic(
        doing, seen=clinic_values(house.clinic), wanted={**clinic_values(house.clinic), "name": "Newer"}
    ),
    "settings.location": lambda doing, house: keep_location(
        doing, seen={}, wanted={"name": "Second", "address": "", "phone": "", "zone": "Europe/London", "open": "yes"}
    ),
    "settings.room": lambda doing, house: keep_room(
        doing, location=house.location.public, seen={}, wanted={"name": "Oak", "note": "", "open": "yes"}
    ),
    "settings.service": lambda doing, house: keep_service(
        doing, seen={}, wanted={"name": "Massage", "minutes": "50", "pause": "", "open": "yes"}
    ),
    "settings.hours": lambda doing, house: keep_hours(
        doing, location=house.location.public, seen=CLOSED, wanted={**CLOSED, "0": "9:00-12:00, 13:00-18:00"}
    ),
    "settings.retention": lambda doing, house: keep_retention(
        doing, seen={}, wanted={"record_years": "10", "record_ground": "The law of the place"}
    ),
    "settings.person_invite": lambda doing, house: invite_person(
        doing, email="New@north.test", wanted={"name": "New", "roles": roles(house, Role.THERAPIST)}
    ),
    "settings.person": lambda doing, house: change_person(
        doing,
        user=house.people[Role.THERAPIST].public,
        seen=person_values(house.people[Role.THERAPIST]),
        wanted={"name": "Renamed", "roles": roles(house, Role.THERAPIST, Role.CLINICAL_LEAD)},
    ),
    "settings.person_close": lambda doing, house: close_account(doing, user=house.people[Role.THERAPIST].public),
    "settings.person_open": lambda doing, house: open_account(doing, user=house.people[Role.THERAPIST].public),
    "settings.sessions_end": lambda doing, house: end_all_sessions(doing, user=house.people[Role.THERAPIST].public),
    "settings.competence": lambda doing, house: keep_competence(
        doing,
        user=house.people[Role.FRONT_DESK].public,
        name="minors_care",
        seen=competence_values(None),
        wanted=certain("Certificate of 2025", "2027-01-31"),
    ),
    "settings.competence_remove": lambda doing, house: remove_competence(
        doing, user=house.people[Role.THERAPIST].public, name="minors_care"
    ),
}


@pytest.mark.parametrize("event", ACTS)
def test_the_owner_does_it_and_one_row_tells(house: House, event: str) -> None:
    Clinic.objects.update(jurisdiction="Testland")
    house.clinic.refresh_from_db()
    before = AuditEvent.objects.count()
    ACTS[event](house.doing(Role.OWNER), house)
    assert AuditEvent.objects.count() == before + 1
    [row] = rows_of(event)
    assert row.actor == f"user:{house.people[Role.OWNER].public}"
    assert verify() == []


@pytest.mark.parametrize("event", ACTS)
def test_nobody_else_does(house: House, event: str) -> None:
    Clinic.objects.update(jurisdiction="Testland")
    for role in (Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD, Role.API_CLIENT):
        with pytest.raises(NotAllowed):
            ACTS[event](house.doing(role), house)
    assert not rows_of(event)


OWN_CLINIC = ("settings.clinic", "settings.retention", "settings.service", "settings.location")
"""What names nothing but the clinic of whoever does it."""


@pytest.mark.parametrize("event", [name for name in ACTS if name not in OWN_CLINIC])
def test_what_belongs_to_another_clinic_does_not_exist(house: House, other_house: House, event: str) -> None:
    with pytest.raises(NotFound):
        ACTS[event](other_house.doing(Role.OWNER), house)


def test_who_was_slower_sees_both_values_and_writes_nothing(house: House) -> None:
    owner, seen = house.doing(Role.OWNER), clinic_values(house.clinic)
    change_clinic(owner, seen=seen, wanted={**seen, "phone": "111"})
    with pytest.raises(ChangedMeanwhile) as refused:
        change_clinic(owner, seen=seen, wanted={**seen, "phone": "222", "name": "Other"})
    [change] = refused.value.changes
    assert (change.name, change.now, change.yours) == ("phone", "111", "222")
    assert Clinic.objects.get(pk=house.clinic.pk).name == "North"
    change_clinic(owner, seen=seen, wanted={**seen, "phone": "111", "name": "Other"})
    assert Clinic.objects.get(pk=house.clinic.pk).name == "Other", "what both changed alike is no quarrel"


@pytest.mark.parametrize("kind", ["location", "room", "service", "hours", "retention", "person", "competence"])
def test_every_form_is_refused_after_somebody_elses_change(house: House, kind: str) -> None:
    Clinic.objects.update(jurisdiction="Testland")
    owner = house.doing(Role.OWNER)
    room, service, person = room_of(house), service_of(house), house.people[Role.THERAPIST]
    kept: dict[str, tuple[dict[str, str], str, Callable[[dict[str, str], dict[str, str]], Any]]] = {
        "location": (location_values(house.location), "phone", lambda seen, wanted: keep_location(
            owner, public=house.location.public, seen=seen, wanted=wanted)),
        "room": (room_values(room), "note", lambda seen, wanted: keep_room(
            owner, location=house.location.public, public=room.public, seen=seen, wanted=wanted)),
        "service": (service_values(service), "minutes", lambda seen, wanted: keep_service(
            owner, public=service.public, seen=seen, wanted=wanted)),
        "hours": (hours_values(house.location), "0", lambda seen, wanted: keep_hours(
            owner, location=house.location.public, seen=seen, wanted=wanted)),
        "retention": (retention_values(house.clinic), "record_ground", lambda seen, wanted: keep_retention(
            owner, seen=seen, wanted=wanted)),
        "person": (person_values(person), "name", lambda seen, wanted: change_person(
            owner, user=person.public, seen=seen, wanted=wanted)),
        "competence": (competence_values(None), "evidence", lambda seen, wanted: keep_competence(
            owner, user=house.people[Role.FRONT_DESK].public, name="minors_care", seen=seen, wanted=wanted)),
    }  # fmt: skip
    seen, name, save = kept[kind]
    first, second = {"minutes": ("30", "40"), "0": ("09:00-12:00", "10:00-12:00")}.get(name, ("first", "second"))
    save(seen, {**seen, name: first})
    with pytest.raises(ChangedMeanwhile) as refused:
        save(seen, {**seen, name: second})
    assert [(change.now, change.yours) for change in refused.value.changes] == [(first, second)]
    assert len(AuditEvent.objects.filter(event=f"settings.{kind}")) == (2 if kind in ("room", "service") else 1)


def test_a_page_opened_before_somebody_elses_change_shows_both_values(house: House) -> None:
    client = at_desk(house, Role.OWNER)
    seen = clinic_values(house.clinic)
    change_clinic(house.doing(Role.OWNER), seen=seen, wanted={**seen, "phone": "111 theirs"})
    sent = {**seen, "phone": "222 mine", "seen": json.dumps(seen)}
    refused = client.post("/settings/clinic/", sent)
    assert refused.status_code == 422
    assert "111 theirs" in text(refused)
    assert 'value="222 mine"' in text(refused)
    again = client.post("/settings/clinic/", {**sent, "seen": refused.context["seen"]})
    assert again.status_code == 302
    assert Clinic.objects.get(pk=house.clinic.pk).phone == "222 mine"


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../etc/passwd", "Europe/Kyiv "])
def test_a_time_zone_that_does_not_exist_is_refused(house: House, zone: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        keep_location(
            house.doing(Role.OWNER),
            public=house.location.public,
            seen=location_values(house.location),
            wanted=place_wanted(house, zone=zone),
        )


def test_the_last_owner_cannot_lock_everybody_out(house: House) -> None:
    owner = house.people[Role.OWNER]
    doing = house.doing(Role.OWNER)
    with pytest.raises(InputError, match="nobody could change"):
        close_account(doing, user=owner.public)
    with pytest.raises(InputError, match="nobody could change"):
        change_person(doing, user=owner.public, seen=person_values(owner), wanted={"name": owner.name, "roles": ""})
    with pytest.raises(InputError, match="nobody could change"):
        keep_location(doing, public=house.location.public, seen=location_values(house.location),
                      wanted=place_wanted(house, open=""))  # fmt: skip
    assert User.objects.get(pk=owner.pk).is_active
    assert Membership.objects.filter(user=owner, role=Role.OWNER).exists()
    assert Location.objects.get(pk=house.location.pk).open


def test_hours_are_read_as_people_write_them() -> None:
    assert ranges("13.00-18:00, 9:00 – 12:00") == [(time(9), time(12)), (time(13), time(18))]
    for wrong in ("9-12", "12:00-9:00", "9:00-25:00", "9:00-12:00, 11:00-13:00", "open"):
        with pytest.raises(InputError):
            ranges(wrong)


def test_several_ranges_a_day_are_kept(house: House) -> None:
    ACTS["settings.hours"](house.doing(Role.OWNER), house)
    assert Hours.objects.filter(location=house.location, weekday=0).count() == 2
    assert hours_values(house.location)["0"] == "09:00-12:00, 13:00-18:00"
    assert "09:00–12:00, 13:00–18:00" in text(at_desk(house, Role.OWNER).get("/settings/places/"))


def test_what_nobody_entered_about_retention_is_not_set(house: House) -> None:
    client = at_desk(house, Role.OWNER)
    assert "has no jurisdiction yet" in text(client.get("/settings/retention/"))
    Clinic.objects.update(jurisdiction="Testland")
    page = text(client.get("/settings/retention/"))
    assert page.count("not set</span>") == len(KINDS)
    assert not Retention.objects.exists(), "looking writes nothing"
    with pytest.raises(InputError, match="without a legal ground"):
        keep_retention(house.doing(Role.OWNER), seen={}, wanted={"record_years": "10"})
    ACTS["settings.retention"](house.doing(Role.OWNER), house)
    page = text(client.get("/settings/retention/"))
    assert page.count("not set</span>") == len(KINDS) - 1
    assert "The law of the place" in page


def test_somebody_is_invited_by_mail_and_the_link_is_nowhere_else(house: House) -> None:
    client = at_desk(house, Role.OWNER)
    sent = {"name": "New Person", "email": "New@North.test", "roles": [roles(house, Role.FRONT_DESK)], "seen": "{}"}
    made = client.post("/settings/people/new/", sent, follow=True)
    post.settle()
    user = User.objects.get(email="new@north.test")
    [message] = mail.outbox
    assert message.to == ["new@north.test"]
    link = next(word for word in message.body.split() if "/welcome/" in word)
    secret = link.rstrip("/").rpartition("/")[2]
    assert secret not in text(made)
    assert secret not in "".join(f"{row.about}{row.why}" for row in AuditEvent.objects.all())
    assert not Invitation.objects.filter(secret_hash=secret).exists(), "only a hash is kept"
    assert (user.has_usable_password(), user.memberships.get().role) == (False, "front_desk")
    assert client.get(link).status_code == 200
    taken = client.post("/settings/people/new/", sent)
    assert "There is an account with this address" in text(taken)


def test_an_account_that_is_closed_has_no_session_and_no_invitation(house: House) -> None:
    person = house.people[Role.THERAPIST]
    theirs, owner = signed_in(person), at_desk(house, Role.OWNER)
    assert theirs.get("/patients/").status_code == 200
    owner.post(reverse("desk:settings_invite", args=[person.public]))
    post.settle()
    owner.post(reverse("desk:settings_close", args=[person.public]))
    assert theirs.get("/patients/").status_code == 302
    assert not UserSession.objects.filter(user=person).exists()
    assert not Invitation.objects.filter(user=person, ended_at=None).exists()
    owner.post(reverse("desk:settings_reopen", args=[person.public]))
    assert User.objects.get(pk=person.pk).is_active


def test_a_competence_needs_evidence_and_a_name_of_the_content(house: House) -> None:
    owner, person = house.doing(Role.OWNER), house.people[Role.FRONT_DESK]
    with pytest.raises(InputError, match="know no such training"):
        keep_competence(owner, user=person.public, name="juggling", seen={}, wanted=certain("yes"))
    with pytest.raises(InputError, match="what this rests on"):
        keep_competence(owner, user=person.public, name="minors_care", seen={}, wanted=certain(" "))


def test_a_competence_that_ends_is_told_to_owner_and_lead(house: House) -> None:
    held = Competence.objects.filter(user=house.people[Role.THERAPIST], name="minors_care")
    held.update(until=(NOW + timedelta(days=30)).date())
    assert "Care of minors" in text(at_desk(house, Role.OWNER).get("/settings/"))
    assert "Care of minors" in text(at_desk(house, Role.CLINICAL_LEAD).get("/work/?list=ending"))
    held.update(until=(NOW + timedelta(days=200)).date())
    assert "Care of minors" not in text(at_desk(house, Role.OWNER).get("/settings/"))


def test_the_languages_say_what_they_lack(house: House) -> None:
    page = text(at_desk(house, Role.OWNER).get("/settings/languages/"))
    assert "Українська" in page
    assert "not yet confirmed by a clinician" in page


def test_every_page_of_the_settings_opens_for_the_owner_alone(house: House) -> None:
    room, service, person = room_of(house), service_of(house), house.people[Role.THERAPIST]
    place = house.location.public
    pages = [
        reverse("desk:settings"), reverse("desk:settings_clinic"), reverse("desk:settings_places"),
        reverse("desk:settings_new_place"), reverse("desk:settings_place", args=[place]),
        reverse("desk:settings_hours", args=[place]), reverse("desk:settings_new_room", args=[place]),
        reverse("desk:settings_room", args=[place, room.public]), reverse("desk:settings_services"),
        reverse("desk:settings_new_service"), reverse("desk:settings_service", args=[service.public]),
        reverse("desk:settings_people"), reverse("desk:settings_new_person"),
        reverse("desk:settings_person", args=[person.public]),
        reverse("desk:settings_edit_person", args=[person.public]),
        reverse("desk:settings_competence", args=[person.public, "minors_care"]),
        reverse("desk:settings_retention"), reverse("desk:settings_languages"),
    ]  # fmt: skip
    owner, lead = at_desk(house, Role.OWNER), at_desk(house, Role.CLINICAL_LEAD)
    assert [url for url in pages if owner.get(url).status_code != 200] == []
    assert [url for url in pages if lead.get(url).status_code != 403] == []


def test_pages_of_another_clinics_things_are_not_found(house: House, other_house: House) -> None:
    room, service, person = room_of(house), service_of(house), house.people[Role.THERAPIST]
    owner = at_desk(other_house, Role.OWNER)
    for name, args in (
        ("place", [house.location.public]),
        ("hours", [house.location.public]),
        ("room", [house.location.public, room.public]),
        ("service", [service.public]),
        ("person", [person.public]),
        ("competence", [person.public, "minors_care"]),
    ):
        assert owner.get(reverse(f"desk:settings_{name}", args=args)).status_code == 404
    assert "North" not in text(owner.get("/settings/people/"))


def test_rooms_and_services_change_by_their_forms(house: House) -> None:
    client, room = at_desk(house, Role.OWNER), room_of(house)
    url = reverse("desk:settings_room", args=[house.location.public, room.public])
    opened = client.get(url)
    client.post(url, {"name": "Willow", "note": "upstairs", "seen": opened.context["seen"]})
    assert Room.objects.values_list("name", "note", "open").get() == ("Willow", "upstairs", False)
    refused = client.post("/settings/services/new/", {"name": "Massage", "minutes": "abc", "open": "on", "seen": "{}"})
    assert "no number from 5 to 480" in text(refused)
    client.post("/settings/services/new/", {"name": "Massage", "minutes": "50", "open": "on", "seen": "{}"})
    assert Service.objects.values_list("name", "minutes", "pause", "open").get() == ("Massage", 50, 0, True)
