"""Visits: whose time is taken the database itself says, the clock of the place counts, and each act leaves a row."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.accounts.models import Role, User
from clinic.actions.care import assign_care, end_care
from clinic.actions.frame import Doing
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.visits import Booking, SaidTwice, arrive, cancel_visit, enter_visit, instants
from clinic.records.journal import verify
from clinic.records.models import Care, Visit
from effleurage.errors import InputError
from tests.web.conftest import NOW, House
from tests.web.desk_people import booked, room_of, rows_of, service_of

TEN = datetime.fromisoformat("2026-11-23T10:00")


def second_therapist(house: House) -> User:
    user = User.objects.create(public="t2", clinic=house.clinic, email="t2@north.test", name="Second", made_at=NOW)
    user.memberships.create(location=house.location, role=Role.THERAPIST)
    return user


def test_a_visit_is_entered_by_the_clock_of_the_place_and_leaves_a_row(house: House) -> None:
    patient = house.patient()
    visit = booked(house, patient, room_of(house), service_of(house), TEN)
    assert (visit.starts, visit.ends) == (
        datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 8, 50, tzinfo=UTC),
    )
    [row] = rows_of("visit.enter")
    assert (row.patient, row.about) == (patient, f"visit:{visit.public}")
    assert verify() == []


@pytest.mark.parametrize("taken", ["therapist", "room", "patient"])
def test_an_overlap_is_refused_with_whose_time_is_taken(house: House, taken: str) -> None:
    room, service = room_of(house), service_of(house)
    booked(house, house.patient(), room, service, TEN)
    therapist, other = second_therapist(house), house.patient("Ida", "Holm", date(1949, 1, 2))
    booking = Booking(
        house.people[Role.THERAPIST].public if taken == "therapist" else therapist.public,
        room.public if taken == "room" else room_of(house, "Willow").public,
        service.public,
        TEN + timedelta(minutes=49),
    )
    who = Visit.objects.get().patient if taken == "patient" else other
    with pytest.raises(InputError) as refused:
        enter_visit(house.doing(Role.FRONT_DESK), public=who.public, booking=booking)
    named = {"therapist": "Therapist North", "room": "Linden", "patient": "Ada Berg"}[taken]
    assert named in refused.value.what
    assert "10:00 to 10:50" in refused.value.what
    assert Visit.objects.count() == 1
    after = Booking(booking.therapist, booking.room, booking.service, TEN + timedelta(minutes=50))
    enter_visit(house.doing(Role.FRONT_DESK), public=who.public, booking=after)
    assert len(rows_of("visit.enter")) == 2, "what was refused left no row"


def test_a_room_is_cleared_before_the_next_visit(house: House) -> None:
    room, service = room_of(house), service_of(house, pause=15)
    booked(house, house.patient(), room, service, TEN)
    other = house.patient("Ida", "Holm", date(1949, 1, 2))
    with pytest.raises(InputError, match="must be cleared"):
        booked(house, other, room, service, TEN + timedelta(minutes=60))
    booked(house, other, room, service, TEN + timedelta(minutes=65))


def test_what_is_called_off_frees_its_time(house: House) -> None:
    room, service, patient = room_of(house), service_of(house), house.patient()
    first = booked(house, patient, room, service, TEN)
    cancel_visit(house.doing(Role.THERAPIST), visit=first.public, why="fell ill")
    booked(house, patient, room, service, TEN)
    [row] = rows_of("visit.cancel")
    assert (row.why, row.patient) == ("fell ill", patient)
    with pytest.raises(InputError, match="cancelled"):
        arrive(house.doing(Role.FRONT_DESK), visit=first.public)


def test_somebody_arrives_once(house: House) -> None:
    visit = booked(house, house.patient(), room_of(house), service_of(house), TEN)
    arrive(house.doing(Role.FRONT_DESK), visit=visit.public)
    assert Visit.objects.get().state == "arrived"
    with pytest.raises(InputError, match="arrived"):
        arrive(house.doing(Role.FRONT_DESK), visit=visit.public)
    assert len(rows_of("visit.arrive")) == 1


@pytest.mark.parametrize("role", [Role.OWNER, Role.API_CLIENT])
def test_who_sees_nobody_enters_no_visit(house: House, role: Role) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    booking = Booking(house.people[Role.THERAPIST].public, room.public, service.public, TEN)
    with pytest.raises(NotAllowed):
        enter_visit(house.doing(role), public=patient.public, booking=booking)


def test_another_clinic_reaches_no_visit_patient_room_or_service(house: House, other_house: House) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    visit = booked(house, patient, room, service, TEN)
    theirs = other_house.doing(Role.FRONT_DESK)
    for act in (arrive, cancel_visit):
        with pytest.raises(NotFound):
            act(theirs, visit=visit.public)
    stranger = other_house.patient()
    own_room, own_service = room_of(other_house), service_of(other_house)
    therapist = other_house.people[Role.THERAPIST].public
    for booking in (
        Booking(house.people[Role.THERAPIST].public, own_room.public, own_service.public, TEN),
        Booking(therapist, room.public, own_service.public, TEN),
        Booking(therapist, own_room.public, service.public, TEN),
    ):
        with pytest.raises(NotFound):
            enter_visit(theirs, public=stranger.public, booking=booking)


def test_a_time_that_the_clock_skips_is_refused(house: House) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    with pytest.raises(InputError, match="does not exist"):
        booked(house, patient, room, service, datetime.fromisoformat("2027-03-28T03:30"))
    assert not Visit.objects.exists()


def test_a_time_that_comes_twice_is_asked_about(house: House) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    wall = datetime.fromisoformat("2027-10-31T03:30")
    with pytest.raises(SaidTwice) as asked:
        booked(house, patient, room, service, wall)
    first, second = asked.value.moments
    assert second - first == timedelta(hours=1)
    assert booked(house, patient, room, service, wall, second=True).starts == second
    assert booked(house, patient, room, service, wall, second=False).starts == first


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "Europe/London", "Australia/Lord_Howe", "America/St_Johns", "UTC"])
def test_every_quarter_of_an_hour_of_two_years_is_none_one_or_two_moments(zone: str) -> None:
    moment, end = (datetime.fromisoformat(f"{year}-01-01") for year in (2026, 2028))
    seen = []
    while moment < end:
        seen.append(len(instants(moment, zone)))
        moment += timedelta(minutes=15)
    assert set(seen) <= {0, 1, 2}
    assert abs(seen.count(0) - seen.count(2)) == 0, "in two whole years the clock skips as much as it repeats"


def insert(number: int, at: tuple[int, int], who: tuple[int, int, int], fixed: tuple[int, int], state: str) -> None:
    """A visit past every act: by SQL alone."""
    start = datetime(2026, 12, 1, tzinfo=UTC)
    therapist, room, patient = who
    starts, ends = (start + timedelta(minutes=minutes) for minutes in at)
    if connection.vendor == "sqlite":
        starts, ends = starts.replace(tzinfo=None), ends.replace(tzinfo=None)  # as the database holds them: in UTC
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO records_visit (public, clinic_id, location_id, patient_id, therapist_id, room_id, starts, "
            "ends, state) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [f"raw{number}", *fixed, patient, therapist, room, str(starts), str(ends), state],
        )


def test_ten_thousand_raw_inserts_are_refused_exactly_where_they_overlap(house: House) -> None:
    chance = random.Random(11)
    therapists = [second_therapist(house).pk, house.people[Role.THERAPIST].pk]
    rooms = [room_of(house, name).pk for name in ("Linden", "Willow", "Oak")]
    patients = [house.patient("Ada", f"Berg{number}").pk for number in range(4)]
    kept: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number in range(10_000):
        begin = chance.randrange(0, 60_000, 5)
        at = (begin, begin + chance.randrange(5, 90, 5))
        who = (chance.choice(therapists), chance.choice(rooms), chance.choice(patients))
        state = "cancelled" if chance.random() < 0.1 else "expected"
        keys = list(zip(("therapist", "room", "patient"), who, strict=True))
        clash = [key[0] for key in keys if any(b < at[1] and at[0] < e for b, e in kept.get(key, ()))]
        try:
            with transaction.atomic():
                insert(number, at, who, (house.clinic.pk, house.location.pk), state)
            refused = ""
        except IntegrityError as error:
            refused = str(error)
        if state == "cancelled":
            assert not refused
        elif clash:
            assert any(f"visit_{name}_overlaps" in refused for name in clash)
        else:
            assert not refused
            for key in keys:
                kept.setdefault(key, []).append(at)
    assert 500 < sum(map(len, kept.values())) / 3 < 9_000


def test_a_visit_that_is_moved_onto_another_by_sql_is_refused_too(house: House) -> None:
    room, service = room_of(house), service_of(house)
    first = booked(house, house.patient(), room, service, TEN)
    later = booked(house, house.patient("Ida", "Holm", date(1949, 1, 2)), room, service, TEN + timedelta(hours=2))
    with pytest.raises(IntegrityError, match="overlaps"), transaction.atomic():
        Visit.objects.filter(pk=later.pk).update(starts=first.starts, ends=first.ends)


def test_the_care_team_grows_and_shrinks_and_the_journal_keeps_both(house: House) -> None:
    patient, lead = house.patient(), house.people[Role.CLINICAL_LEAD]
    desk = house.doing(Role.FRONT_DESK)
    assign_care(desk, public=patient.public, user=lead.public)
    with pytest.raises(InputError, match="already"):
        assign_care(desk, public=patient.public, user=lead.public)
    end_care(desk, public=patient.public, user=lead.public)
    assert [care.user for care in Care.objects.all()] == [house.people[Role.THERAPIST]]
    assert [row.about for event in ("care.assign", "care.end") for row in rows_of(event)] == [f"user:{lead.public}"] * 2
    assert verify() == []


def test_the_care_team_takes_nobody_who_does_not_treat_there(house: House, other_house: House) -> None:
    patient = house.patient()
    stranger = other_house.people[Role.THERAPIST]
    for somebody in (house.people[Role.FRONT_DESK], house.people[Role.OWNER], stranger):
        with pytest.raises(NotFound):
            assign_care(house.doing(Role.CLINICAL_LEAD), public=patient.public, user=somebody.public)
    with pytest.raises(NotFound):
        assign_care(other_house.doing(Role.CLINICAL_LEAD), public=patient.public, user=stranger.public)
    therapist: Doing = house.doing(Role.THERAPIST)
    with pytest.raises(NotAllowed):
        assign_care(therapist, public=patient.public, user=house.people[Role.CLINICAL_LEAD].public)
