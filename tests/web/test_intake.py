"""Values as they are typed, at home and at the desk: read by the core, refused in its words, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions
from clinic.actions.intake import PATIENT, Round, round_for
from clinic.desk import account_session
from clinic.look.drawings import SPOTS
from clinic.records.content import built_in
from clinic.records.facts import chart
from clinic.records.journal import verify
from clinic.records.models import FactEntry, Patient
from clinic.records.standing import standing
from effleurage.facts.answers import Answer
from tests.web.asking import FACTS, QUESTIONS, Form, asked, enter, go_through, text, unknown
from tests.web.conftest import NOW, House


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))
    return


@pytest.fixture
def patient(house: House) -> Patient:
    """Somebody who has had a bone scan, takes a bone tablet and has a curve: nearly every kind of question is open."""
    patient = house.patient()
    on = standing(patient, now=NOW).on
    answers = {name: Answer(True, on, "patient") for name in ("bone_density_measured", "scoliosis", "takes_denosumab")}
    answer_questions(house.doing(Role.FRONT_DESK), public=patient.public, answers=answers, who=PATIENT)
    return patient


def open_round(patient: Patient, who: str = PATIENT) -> Round:
    return round_for(patient, who=who, now=NOW + timedelta(minutes=5), library=built_in())


def page_with(patient: Patient, name: str, typed: Form, who: str = PATIENT) -> Form:
    """The form of the page on which a fact is asked: this answer to it, and "I don't know" to what stands beside it."""
    question = next(one for one in open_round(patient, who).left if name in [fact.name for fact in one.facts])
    form: Form = {"asked": " ".join(fact.name for fact in question.facts)}
    for fact in question.facts:
        form |= unknown(fact) if fact.name != name else typed
    return form


def last(patient: Patient, name: str) -> FactEntry | None:
    return chart(patient).current().get(name)


def staff(house: House, role: Role) -> Client:
    """A browser of somebody of the house, signed in with both factors."""
    client = Client()
    client.force_login(house.people[role])
    session = client.session
    session[account_session.FACTOR] = True
    account_session.begin(session, NOW + timedelta(minutes=4))
    session.save()
    return client


MISREAD = [
    ("t_score_hip", "2.5", "leave out the minus"),
    ("t_score_hip", "-2,5", "with a point"),
    ("t_score_hip", "-25", "possible is"),
    ("t_score_hip", "Z -1.2", "Z-score"),
    ("t_score_hip", "-1.2 Z", "Z-score"),
    ("t_score_hip", "minus two", "takes a number"),
    ("height_now", "65", "in inches"),
    ("height_now", "1.65", "in metres"),
    ("height_now", "165,5", "with a point"),
    ("height_now", "165 lb", "cannot be converted"),
    ("height_now", "165 kg", "cannot be converted"),
    ("systolic", "125/80", "takes a number"),
    ("systolic", "12", "possible is"),
    ("body_temperature", "98.6", "in Fahrenheit"),
    ("body_temperature", "366", "leave out the point"),
    ("platelets", "250000", "per microlitre"),
    ("platelets", "250,000", "with a comma"),
    ("frax_hip", "3,2", "with a point"),
    ("frax_hip", "1e3", "possible is"),
    ("frax_hip", "NaN", "takes a number"),
]


@pytest.mark.hazard("H05")
@pytest.mark.parametrize("name, typed, words", MISREAD)
def test_a_value_that_was_likely_misread_is_asked_about_and_not_kept(
    house: House, patient: Patient, name: str, typed: str, words: str
) -> None:
    client = enter(house, patient)
    sent = client.post(QUESTIONS, page_with(patient, name, {f"q-{name}": typed}))
    assert sent.status_code == 422
    page = text(sent)
    assert words in page
    assert f"'{name}'" not in page
    assert "sure: yes" not in page
    assert "'unit:" not in page
    assert f'value="{typed}"' in page, "what was typed is still there"
    assert last(patient, name) is None


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "name, typed, number",
    [
        ("t_score_hip", "-2.5", -25),
        ("t_score_hip", "−2.5", -25),
        ("t_score_hip", "-2.56", -26),
        ("height_now", "165", 1650),
        ("height_now", "65 in", 1651),
        ("height_now", "1.65 m", 1650),
        ("height_now", " 165 cm ", 1650),
        ("body_temperature", "98.6 °F", 370),
        ("systolic", "125 mmHg", 125),
    ],
)
def test_a_value_with_its_unit_is_converted_and_kept_exactly(
    house: House, patient: Patient, name: str, typed: str, number: int
) -> None:
    client = enter(house, patient)
    sent = client.post(QUESTIONS, page_with(patient, name, {f"q-{name}": typed}))
    assert sent.status_code == 302, text(sent)
    entry = last(patient, name)
    assert entry is not None
    assert entry.value == {"number": number}


@pytest.mark.hazard("H05")
def test_an_unusual_value_is_said_in_words_and_kept_only_when_that_very_value_is_confirmed(
    house: House, patient: Patient
) -> None:
    client = enter(house, patient)
    form = page_with(patient, "t_score_hip", {"q-t_score_hip": "2.5"})
    page = text(client.post(QUESTIONS, form))
    assert "Your answer is 2.5 SD; usual is -5.0 SD to 1.0 SD." in page
    assert 'name="q-t_score_hip-sure" value="2.5"' in page
    other = client.post(QUESTIONS, {**form, "q-t_score_hip": "2.6", "q-t_score_hip-sure": "2.5"})
    assert other.status_code == 422
    assert client.post(QUESTIONS, {**form, "q-t_score_hip-sure": "2.5"}).status_code == 302
    entry = last(patient, "t_score_hip")
    assert entry is not None
    assert entry.value == {"number": 25}


@pytest.mark.hazard("H05")
def test_two_heights_that_cannot_both_be_true_are_refused(house: House, patient: Patient) -> None:
    client = enter(house, patient)
    form = page_with(patient, "height_now", {"q-height_now": "165"})
    form = {key: value for key, value in form.items() if not key.startswith("q-tallest_height")}
    sent = client.post(QUESTIONS, {**form, "q-tallest_height": "130"})
    assert sent.status_code == 422
    assert "differ by" in text(sent)
    assert last(patient, "height_now") is None


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"q-t_score_hip": "  "},
        {"q-t_score_hip": "-2.5", "q-t_score_hip-say": "unknown"},
        {"q-t_score_hip-say": ["unknown", "never"]},
    ],
)
def test_an_empty_or_a_double_answer_is_no_answer(house: House, patient: Patient, typed: Form) -> None:
    client = enter(house, patient)
    sent = client.post(QUESTIONS, page_with(patient, "t_score_hip", typed))
    assert sent.status_code == 422
    assert last(patient, "t_score_hip") is None


def test_never_measured_is_an_answer_of_its_own(house: House, patient: Patient) -> None:
    client = enter(house, patient)
    client.post(QUESTIONS, page_with(patient, "t_score_hip", {"q-t_score_hip-say": "never"}))
    entry = last(patient, "t_score_hip")
    assert entry is not None
    assert (entry.state, entry.value) == ("given", "never")


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "day, month, year, words",
    [
        ("31", "2", "2026", "is no date"),
        ("3", "", "2026", "month is missing"),
        ("3", "5", "26", "four digits"),
        ("3", "5", "2027", "future"),
        ("3", "5", "1826", "125 years"),
        ("", "", "", "Nothing stands here yet"),
    ],
)
def test_a_date_that_cannot_be_is_refused(
    house: House, patient: Patient, day: str, month: str, year: str, words: str
) -> None:
    key = "q-denosumab_given_on"
    client = enter(house, patient)
    form = page_with(patient, "denosumab_given_on", {f"{key}-d": day, f"{key}-m": month, f"{key}-y": year})
    sent = client.post(QUESTIONS, form)
    assert sent.status_code == 422
    assert words in text(sent)
    assert "2026-11-22" not in text(sent), "nobody is told to write a date as a computer does"


def test_a_month_without_a_day_counts_at_its_careful_end(house: House, patient: Patient) -> None:
    key = "q-denosumab_given_on"
    client = enter(house, patient)
    client.post(QUESTIONS, page_with(patient, "denosumab_given_on", {f"{key}-m": "5", f"{key}-y": "2026"}))
    entry = last(patient, "denosumab_given_on")
    assert entry is not None
    assert entry.value == {"date": "2026-05-01T00:00:00"}


def test_medicines_are_known_by_name_word_and_brand_and_the_rest_is_kept_for_the_therapist(
    house: House, patient: Patient
) -> None:
    key = "q-medicines"
    client = enter(house, patient)
    near = client.post(QUESTIONS, page_with(patient, "medicines", {key: ["alendronic acit"], f"{key}-all": "yes"}))
    assert near.status_code == 422
    assert "Did you mean" in text(near)
    typed = {key: ["Osteofos, denosumab", "", "grandmother's blue drops"], f"{key}-all": "yes"}
    sent = client.post(QUESTIONS, page_with(patient, "medicines", typed))
    assert sent.status_code == 302, text(sent)
    entry = last(patient, "medicines")
    assert entry is not None
    assert entry.note == "grandmother's blue drops"
    assert entry.value == {"items": ["alendronic_acid", "denosumab"], "complete": False, "excerpt": False}
    assert "grandmother's blue drops" in text(client.get(QUESTIONS))
    shown = staff(house, Role.THERAPIST).get(f"/p/{patient.public}/intake/?as=therapist")
    assert "grandmother's blue drops" in text(shown)
    desk = staff(house, Role.FRONT_DESK).get(f"/p/{patient.public}/intake/")
    assert "grandmother's blue drops" not in text(desk)


def test_a_list_without_a_word_about_being_whole_is_asked_again_and_an_open_one_ends(
    house: House, patient: Patient
) -> None:
    client = enter(house, patient)
    sent = client.post(QUESTIONS, page_with(patient, "leave_alone_areas", {"q-leave_alone_areas": "=abdomen"}))
    assert sent.status_code == 422
    form = {"q-leave_alone_areas": "=abdomen", "q-leave_alone_areas-all": "no"}
    assert client.post(QUESTIONS, page_with(patient, "leave_alone_areas", form)).status_code == 302
    assert "leave_alone_areas" not in {f.name for one in open_round(patient).left for f in one.facts}
    assert not standing(patient, now=NOW).plan.may_treat


def test_more_lines_keep_what_was_typed(house: House, patient: Patient) -> None:
    client = enter(house, patient)
    sent = client.post(
        QUESTIONS, page_with(patient, "medicines", {"q-medicines": ["a", "b", "c", "d", "e", "f"]}) | {"more": "1"}
    )
    assert sent.status_code == 200
    assert text(sent).count('name="q-medicines"') == 9
    assert last(patient, "medicines") is None


def test_who_answers_decides_what_is_asked_and_whose_word_it_is(house: House) -> None:
    patient = house.patient()
    client = staff(house, Role.THERAPIST)
    url = f"/p/{patient.public}/intake/?as=therapist"
    pages = go_through(client, url=url)
    names = {name for page in pages for name in page}
    assert "can_give_consent" in names
    assert all("therapist" in FACTS[name].who for name in names)
    origins = FactEntry.objects.exclude(name="birth_date").values_list("origin", "entered_name").distinct()
    assert list(origins) == [("therapist", "Therapist North")]
    assert not names & {f.name for one in open_round(patient).left for f in one.facts}
    assert verify() == []


def test_what_the_patient_does_not_know_the_therapist_is_asked(house: House) -> None:
    patient = house.patient()
    go_through(enter(house, patient), how=unknown)
    left = {f.name for one in open_round(patient, "therapist").left for f in one.facts}
    assert "systolic" in left
    sent = staff(house, Role.THERAPIST).post(
        f"/p/{patient.public}/intake/?as=therapist", page_with(patient, "systolic", {"q-systolic": "125"}, "therapist")
    )
    assert sent.status_code == 302
    entry = last(patient, "systolic")
    assert entry is not None
    assert (entry.origin, entry.value) == ("therapist", {"number": 125})


def test_the_desk_asks_for_the_patient_and_not_for_the_therapist(house: House) -> None:
    patient = house.patient()
    desk = staff(house, Role.FRONT_DESK)
    url = f"/p/{patient.public}/intake/"
    page = desk.get(url)
    assert desk.post(url, {"asked": " ".join(asked(page)), "batch": "none"}).status_code == 302
    assert set(FactEntry.objects.exclude(name="birth_date").values_list("origin", "entered_name")) == {
        ("patient", "Front desk North")
    }
    assert desk.get(f"{url}?as=therapist").status_code == 403


@pytest.mark.hazard("H06")
def test_an_emergency_at_the_desk_stops_there_too(house: House) -> None:
    patient = house.patient()
    desk, url = staff(house, Role.FRONT_DESK), f"/p/{patient.public}/intake/"
    page = desk.get(url)
    desk.post(url, {"asked": " ".join(asked(page)), "batch": "=saddle_numbness"})
    stopped = desk.get(url)
    assert asked(stopped) == []
    assert 'href="tel:' in text(stopped)


def test_every_area_of_a_list_of_areas_has_its_place_in_the_drawing() -> None:
    assert set(FACTS["leave_alone_areas"].option_names) == set(SPOTS)
