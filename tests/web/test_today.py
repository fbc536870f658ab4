"""Today and the lists of work: what a visit needs first, whose rows are shown, and how many queries it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.models import Role
from clinic.actions.care import end_care
from clinic.actions.frame import Doing
from clinic.actions.notices import tell
from clinic.desk.needs import Due, needs
from clinic.desk.work import Rate, rule_rates
from clinic.records.content import built_in
from clinic.records.models import AuditEvent, Notice, Patient, PatientState, Visit
from effleurage.decision.aside import Hold, hold
from effleurage.protocol.lattice import Verdict
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, booked, room_of, rows_of, service_of, signed_in, text
from tests.web.test_plans import answered

MOST = 15
"""Queries that a page of the staff may take."""
STARTS = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DAY = STARTS.date()
WALL = datetime.fromisoformat("2026-11-23T10:00")
READY: dict[str, Any] = {
    "verdict": "modified",
    "may_treat": True,
    "emergency": False,
    "questions": 0,
    "patient_questions": 0,
    "to_confirm": 0,
    "consents": ["treatment"],
    "intake": "finished",
    "plan": "signed",
    "fresh_until": STARTS + timedelta(days=9),
    "content_hash": "0" * 64,
    "at": STARTS - timedelta(hours=1),
}

FIRST: list[tuple[str, dict[str, Any]]] = [
    ("ready", {}),
    ("never_asked", {"intake": "none"}),
    ("emergency", {"emergency": True, "verdict": "emergency", "may_treat": False, "plan": "locked"}),
    ("locked", {"plan": "locked", "may_treat": False, "verdict": "withhold"}),
    ("withhold", {"verdict": "withhold", "may_treat": False, "plan": "none"}),
    ("protocol", {"verdict": "", "content_hash": "", "may_treat": False}),
    ("protocol", {"content_hash": "1" * 64}),
    ("questions", {"intake": "open", "patient_questions": 4, "questions": 6, "plan": "none", "may_treat": False}),
    ("questions", {"patient_questions": 1, "questions": 1}),
    ("therapist_questions", {"questions": 2, "plan": "none", "may_treat": False, "verdict": "ask"}),
    ("stale", {"fresh_until": STARTS - timedelta(seconds=1)}),
    ("day", {"at": STARTS - timedelta(days=1)}),
    ("imported", {"to_confirm": 1, "plan": "none"}),
    ("no_plan", {"plan": "none"}),
    ("unsigned", {"plan": "chosen"}),
    ("outdated", {"plan": "outdated"}),
    ("ask", {"verdict": "ask", "may_treat": False}),
    ("consents", {"consents": ["treatment", "chest_touch"]}),
]


@pytest.mark.parametrize("first,changed", FIRST, ids=[f"{name}-{number}" for number, (name, _) in enumerate(FIRST)])
def test_each_state_has_what_it_needs_first(first: str, changed: dict[str, Any]) -> None:
    due = Due(
        content="0" * 64,
        state=PatientState(**{**READY, **changed}),
        starts=STARTS,
        zone="UTC",
        today=DAY,
        given={"treatment"},
    )
    assert needs(due)[0].name == first


def test_nobody_is_ready_where_no_protocol_is_in_force() -> None:
    due = Due(content="", state=PatientState(**READY), starts=STARTS, zone="UTC", today=DAY, given={"treatment"})
    assert needs(due)[0].name == "no_protocol"


def test_a_new_red_flag_comes_before_all_but_an_emergency_and_a_lock() -> None:
    state = PatientState(**READY | {"plan": "chosen"})
    due = Due(content="0" * 64, state=state, starts=STARTS, zone="UTC", today=DAY, red_flag=True, given={"treatment"})
    assert [need.name for need in needs(due)] == ["red_flag", "unsigned"]
    worst = replace(due, state=PatientState(**READY | {"emergency": True, "plan": "locked", "may_treat": False}))
    assert [need.name for need in needs(worst)][:3] == ["emergency", "locked", "red_flag"]


def test_the_questions_of_the_day_are_asked_on_the_day_and_not_before() -> None:
    state = PatientState(**READY | {"at": STARTS - timedelta(days=3)})
    due = Due(content="0" * 64, state=state, starts=STARTS, zone="UTC", today=DAY, given={"treatment"})
    assert needs(due)[0].name == "day"
    assert needs(replace(due, today=DAY - timedelta(days=1)))[0].name == "ready"


def test_nobody_is_ready_without_permission_to_treat_and_a_signed_plan() -> None:
    for plan in ("none", "chosen", "outdated", "locked"):
        state = PatientState(**READY | {"plan": plan})
        assert (
            needs(Due(content="0" * 64, state=state, starts=STARTS, zone="UTC", today=DAY, given={"treatment"}))[0].name
            != "ready"
        )
    assert needs(Due(content="0" * 64, state=None, starts=STARTS, zone="UTC", today=DAY))[0].name == "never_asked"


def test_the_desk_is_told_who_must_look_and_not_what_is_wrong() -> None:
    due = Due(
        content="0" * 64,
        state=PatientState(**READY),
        starts=STARTS,
        zone="UTC",
        today=DAY,
        red_flag=True,
        given={"treatment"},
    )
    [need] = needs(due, carer=False)
    assert (need.words, need.page) == ("a therapist looks first", "desk:patient")


def test_today_shows_the_visits_of_the_day_and_leaves_a_row(house: House, other_house: House) -> None:
    ada, _found = answered(house, "mild-scoliosis.yaml")
    booked(house, ada, room_of(house), service_of(house), WALL)
    stranger = other_house.patient("Otto", "Foreign")
    booked(other_house, stranger, room_of(other_house), service_of(other_house), WALL)
    page = text(at_desk(house, Role.THERAPIST).get("/?day=2026-11-23"))
    assert "Berg, Ada" in page
    assert "10:00" in page
    assert "choose a plan" in page
    assert "Your visits" in page
    assert "Foreign" not in page
    assert rows_of("list.read")[-1].about == "day:2026-11-23"
    assert "No visits on this day" in text(at_desk(house, Role.FRONT_DESK).get("/?day=2026-11-24"))


def test_who_owns_the_clinic_and_sees_nobody_begins_with_the_settings(house: House) -> None:
    assert at_desk(house, Role.OWNER).get("/").headers["Location"] == "/settings/"


def test_a_day_that_is_none_is_today(house: House) -> None:
    client = at_desk(house, Role.FRONT_DESK)
    for day in ("2026-02-30", "x", "0001-01-01", "9999-12-31"):
        assert "<h1>Today</h1>" in text(client.get("/", {"day": day}))


def test_a_visit_is_entered_from_the_patient_and_arrives(house: House) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    client = at_desk(house, Role.FRONT_DESK)
    assert patient.number in text(client.get("/visits/new/", {"q": "berg"}))
    sent = {
        "service": service.public, "room": room.public, "therapist": house.people[Role.THERAPIST].public,
        "day": "2026-11-23", "time": "10:00",
    }  # fmt: skip
    url = reverse("desk:new_visit", args=[patient.public])
    made = client.post(url, sent)
    assert made.headers["Location"] == "/?day=2026-11-23"
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "10:00 to 10:50" in text(refused)
    visit = Visit.objects.get()
    assert client.post(reverse("desk:visit_arrive", args=[visit.public])).status_code == 302
    assert "arrived" in text(client.get("/?day=2026-11-23"))
    assert "Call off this visit?" in text(client.get(reverse("desk:visit_cancel", args=[visit.public])))
    client.post(reverse("desk:visit_cancel", args=[visit.public]), {"why": "ill"})
    assert "No visits on this day" in text(client.get("/?day=2026-11-23"))


def test_the_page_asks_which_of_two_equal_times_is_meant(house: House) -> None:
    patient, room, service = house.patient(), room_of(house), service_of(house)
    client, url = at_desk(house, Role.FRONT_DESK), reverse("desk:new_visit", args=[patient.public])
    sent = {
        "service": service.public, "room": room.public, "therapist": house.people[Role.THERAPIST].public,
        "day": "2027-10-31", "time": "03:30",
    }  # fmt: skip
    asked = client.post(url, sent)
    assert "comes twice" in text(asked)
    client.post(url, {**sent, "second": "1"})
    assert Visit.objects.get().starts == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert "does not exist" in text(client.post(url, {**sent, "day": "2027-03-28"}))


def test_sixty_visits_take_no_more_queries_than_one(house: House) -> None:
    room, service, client = room_of(house), service_of(house, minutes=10), at_desk(house, Role.CLINICAL_LEAD)
    for number in range(60):
        wall = WALL + timedelta(minutes=10 * number)
        booked(house, house.patient("Ada", f"Berg{number}"), room, service, wall)
    client.get("/?day=2026-11-23")
    with CaptureQueriesContext(connection) as found:
        page = text(client.get("/?day=2026-11-23"))
    assert page.count("not asked yet") == 60
    assert len(found) <= MOST, "\n".join(query["sql"][:160] for query in found)


def many(house: House, total: int) -> None:
    """Patients with a state each, past every act: only their number matters."""
    place = house.location
    Patient.objects.bulk_create(
        Patient(
            public=f"m{number}", clinic=house.clinic, location=place, number=f"M{number:06d}", given="Ada",
            family=f"Many{number}", birth_date=date(1950, 1, 1), search=f"ada many{number}", made_at=NOW,
        )
        for number in range(total)
    )  # fmt: skip
    states = ("none", "chosen", "signed", "outdated", "locked")
    PatientState.objects.bulk_create(
        PatientState(
            patient=patient, clinic=house.clinic, location=place, verdict="go", plan=states[at % 5], at=NOW,
            intake="open" if at % 3 else "finished", patient_questions=at % 2, questions=at % 4,
            fresh_until=NOW + timedelta(days=at % 100 - 50), to_confirm=int(at % 50 == 0), content_hash="0" * 64,
        )
        for at, patient in enumerate(Patient.objects.filter(public__startswith="m").order_by("pk"))
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["notices", "locked", "questions", "stale", "overrides", "documents", "opened", "ending"]
)
def test_no_list_of_twenty_thousand_patients_takes_more_queries(house: House, name: str) -> None:
    many(house, 20_000 if name == "locked" else 200)
    client = at_desk(house, Role.CLINICAL_LEAD)
    client.get("/work/")
    with CaptureQueriesContext(connection) as found:
        page = text(client.get("/work/", {"list": name, "page": "2", "whose": "all"}))
    assert len(found) <= MOST, "\n".join(query["sql"][:160] for query in found)
    if name == "locked":
        assert "4000 in all" in page
        plain = [
            query["sql"] for query in found if "\"plan\" = 'locked'" in query["sql"] and "LIMIT 25" in query["sql"]
        ]
        assert plain
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {plain[0]}")
                told = str(cursor.fetchall())
            assert "SCAN records_patientstate" not in told, told


def test_an_emergency_stands_first_and_is_ticked_off_once(house: House) -> None:
    patient = house.patient()
    now = house.doing(Role.THERAPIST)
    tell(now, kind=Notice.Kind.RED_FLAG, to=Role.CLINICAL_LEAD, patient=patient)
    tell(replace(now, now=NOW - timedelta(days=1)), kind=Notice.Kind.EMERGENCY, to=Role.CLINICAL_LEAD, patient=patient)
    client = at_desk(house, Role.CLINICAL_LEAD)
    page = text(client.get("/work/"))
    assert page.index("An emergency answer") < page.index("A new red flag")
    notice = Notice.objects.get(kind="emergency")
    assert client.post(reverse("desk:notice_seen", args=[notice.public])).status_code == 302
    assert "An emergency answer" not in text(client.get("/work/?list=notices"))
    assert client.post(reverse("desk:notice_seen", args=[notice.public])).status_code == 404
    assert len(rows_of("notice.seen")) == 1


def test_a_therapist_sees_the_patients_in_their_care_first(house: House) -> None:
    answered(house, "mild-scoliosis.yaml")
    other = house.patient("Ida", "Holm", date(1949, 1, 2))
    PatientState.objects.update(plan="locked")
    end_care(house.doing(Role.CLINICAL_LEAD), public=other.public, user=house.people[Role.THERAPIST].public)
    client = at_desk(house, Role.THERAPIST)
    own, everybody = (text(client.get("/work/", {"list": "locked", "whose": whose})) for whose in ("mine", "all"))
    assert "Berg, Ada" in own
    assert "Holm" not in own
    assert "Holm, Ida" in everybody


def test_no_list_shows_another_clinic(house: House, other_house: House) -> None:
    stranger = other_house.patient("Otto", "Foreign")
    tell(other_house.doing(Role.THERAPIST), kind=Notice.Kind.EMERGENCY, to=Role.CLINICAL_LEAD, patient=stranger)
    PatientState.objects.update(plan="locked", intake="open", patient_questions=2, to_confirm=1)
    client = at_desk(house, Role.CLINICAL_LEAD)
    for name in ("notices", "overrides", "locked", "questions", "stale", "documents", "imports", "opened", "ending"):
        page = text(client.get("/work/", {"list": name, "place": other_house.location.public}))
        assert "Foreign" not in page
        assert "South" not in page


def test_the_lists_have_their_empty_states(house: House) -> None:
    client = at_desk(house, Role.CLINICAL_LEAD)
    for name, words in (
        ("notices", "Nothing new"),
        ("locked", "No plan is locked"),
        ("documents", "Every document was read"),
    ):
        assert words in text(client.get("/work/", {"list": name}))


def test_the_desk_gets_no_rates_of_rules_set_aside(house: House) -> None:
    client = at_desk(house, Role.FRONT_DESK)
    assert "How often rules are set aside" not in text(client.get("/work/?list=overrides"))
    assert client.get(reverse("desk:work_rules")).status_code == 403


def test_a_soft_rule_set_aside_in_most_of_fifty_decisions_is_listed() -> None:
    content = built_in()
    rules = content.protocols.rules
    soft = next(rule for rule in rules if hold(rule) is Hold.SOFT)
    hard = next(rule for rule in rules if hold(rule) is Hold.HARD)
    word = {"holds_word": f"{1 << rules.index(soft) | 1 << rules.index(hard):x}"}
    gone = {"holds_word": "0"}
    hash_ = content.protocols.hash
    kept = [(hash_, gone, [soft.id, hard.id])] * 26 + [(hash_, word, [])] * 24
    [listed, other] = rule_rates(kept)
    assert (listed.rule, listed.held, listed.aside, listed.percent, listed.listed) == (soft.id, 50, 26, 52, True)
    assert (other.rule, other.listed) == (hard.id, False), "two people stand behind each of these"
    assert not rule_rates(kept[1:])[0].listed, "forty-nine are too few"
    assert not Rate(soft.id, "", 50, 25, True).listed, "half is not more than half"


def test_the_page_of_rates_says_when_there_is_too_little(house: House) -> None:
    page = text(at_desk(house, Role.CLINICAL_LEAD).get(reverse("desk:work_rules")))
    assert "Too few decisions to tell" in page


def test_the_desk_and_the_lead_see_the_care_team(house: House) -> None:
    patient = house.patient()
    url = reverse("desk:care", args=[patient.public])
    client, lead = at_desk(house, Role.FRONT_DESK), house.people[Role.CLINICAL_LEAD]
    assert "Therapist North" in text(client.get(url))
    client.post(url, {"user": lead.public})
    assert lead.name in text(client.get(url)).split("card split")[1]
    client.post(reverse("desk:end_care", args=[patient.public, lead.public]))
    assert AuditEvent.objects.filter(event__startswith="care.").count() == 2
    assert at_desk(house, Role.THERAPIST).get(url).status_code == 403


def test_a_closed_visit_of_a_folded_record_shows_the_record_that_was_kept(house: House) -> None:
    kept, folded = house.patient("Ada", "Kept"), house.patient("Ada", "Folded", date(1951, 4, 13))
    booked(house, folded, room_of(house), service_of(house), WALL)
    folded.merged_into = kept
    folded.save()
    assert "Kept, Ada" in text(at_desk(house, Role.FRONT_DESK).get("/?day=2026-11-23"))


def test_the_clinics_word_for_those_who_come_is_in_the_rail(house: House) -> None:
    house.clinic.wording = "client"
    house.clinic.save()
    client: Client = signed_in(house.people[Role.FRONT_DESK])
    page = text(client.get("/patients/"))
    assert "<h1>Clients</h1>" in page
    assert "<span>Clients</span>" in page


def test_every_verdict_has_a_first_need() -> None:
    for verdict in Verdict:
        state = PatientState(**READY | {"verdict": verdict.name.lower(), "may_treat": False, "plan": "none"})
        first = needs(Due(content="0" * 64, state=state, starts=STARTS, zone="UTC", today=DAY, given={"treatment"}))[0]
        assert first.name != "ready"


def test_a_doing_is_needed_to_read_a_list(house: House) -> None:
    doing: Doing = house.doing(Role.OWNER)
    assert not doing.actor.has(Role.FRONT_DESK)
    assert at_desk(house, Role.OWNER).get("/work/").status_code == 403
