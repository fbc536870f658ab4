"""Students: they treat beside somebody who is trained, sign no plan, and their notes wait for a second signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic.accounts.models import Competence, Location, Role, User
from clinic.actions.notes import add_to_note, needed
from clinic.actions.plan_treatment import choose_plan, sign_plan
from clinic.actions.policies import needed_competences
from clinic.actions.settings_people import competence_values, keep_competence
from clinic.records.journal import verify
from clinic.records.models import Care, MassageSession, Notice
from clinic.records.notes import note_of
from clinic.records.standing import standing
from effleurage.errors import InputError
from effleurage.session.kinds import Started, Stopped
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, text
from tests.web.table import Tablet, plan_of, ready
from tests.web.test_bedside_sessions import opened
from tests.web.test_notes import fresh, sign
from tests.web.test_plans import answered

LACKING = "training that you do not have"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def student(house: House) -> User:
    """The therapist, as a student beside the lead from now on."""
    found = house.people[Role.THERAPIST]
    found.competences.update(supervisor=house.people[Role.CLINICAL_LEAD])
    return found


def carried(house: House) -> dict[str, Any]:
    [visit] = Tablet(house).pack()["sessions"]
    return dict(visit)


def learning(house: House, supervisor: User | None) -> dict[str, str]:
    """What the owner enters: the desk begins to learn a competence beside somebody."""
    return {"evidence": "Enrolled in 2026", "until": "", "supervisor": supervisor.public if supervisor else ""}


def test_a_student_treats_beside_the_supervisor_and_the_tablet_names_them(house: House) -> None:
    ready(house)
    found = carried(house)
    assert (found["reasons"], found["supervisors"]) == ([], [])
    student(house)
    found = carried(house)
    assert (found["reasons"], found["supervisors"]) == ([], [house.people[Role.CLINICAL_LEAD].name])


@pytest.mark.parametrize("how", ["student", "over", "untrained", "closed", "desk", "elsewhere"])
def test_a_student_does_not_treat_without_anybody_who_is_trained(house: House, how: str) -> None:
    ready(house)
    student(house)
    lead = house.people[Role.CLINICAL_LEAD]
    if how == "student":
        lead.competences.update(supervisor=house.people[Role.OWNER])
    elif how == "over":
        lead.competences.update(until=(NOW - timedelta(days=1)).date())
    elif how == "untrained":
        lead.competences.all().delete()
    elif how == "closed":
        User.objects.filter(pk=lead.pk).update(is_active=False)
    elif how == "desk":
        lead.memberships.update(role=Role.OWNER)
    else:
        there = Location.objects.create(public=house.token(), clinic=house.clinic, name="Other", zone="Europe/Kyiv")
        lead.memberships.update(location=there)
    found = carried(house)
    assert LACKING in found["reasons"][0]
    assert found["supervisors"] == []


def test_the_supervisor_must_be_trained_on_the_day_of_the_visit(house: House) -> None:
    ready(house, minutes=48 * 60)
    student(house)
    supervisor = house.people[Role.CLINICAL_LEAD].competences
    supervisor.update(until=(NOW + timedelta(days=2)).date())
    found = carried(house)
    assert (found["reasons"], found["competent_until"]) == ([], (NOW + timedelta(days=2)).date().isoformat())
    supervisor.update(until=(NOW + timedelta(days=1)).date())
    assert LACKING in carried(house)["reasons"][0]


def test_what_a_student_learns_beyond_the_plan_counts_for_nothing_at_the_table(house: House) -> None:
    """Nobody was told to stand there for it."""
    visit = ready(house)
    asked = needed_competences(standing(visit.patient, now=NOW), plan_of(visit).regimen)
    own = house.people[Role.THERAPIST].competences
    own.exclude(name__in=asked).update(supervisor=house.people[Role.CLINICAL_LEAD])
    found = carried(house)
    assert (found["reasons"], found["supervisors"]) == ([], [])
    assert found["trained"] == sorted(asked)


def test_a_training_that_is_over_lets_nobody_treat_even_beside_the_supervisor(house: House) -> None:
    ready(house)
    student(house).competences.update(until=(NOW - timedelta(days=1)).date())
    assert LACKING in carried(house)["reasons"][0]


def test_the_note_of_a_student_waits_for_somebody_who_is_trained(house: House) -> None:
    ready(house)
    student(house)
    tablet = Tablet(house)
    tablet.pack()
    session = MassageSession.objects.get()
    tablet.whole(session.public).send()
    assert sign(house, session).student
    assert Notice.objects.filter(kind=Notice.Kind.COSIGN, about=session.public).exists()
    other = User.objects.create(
        public=house.token(), clinic=house.clinic, email="other@north.test", name="Other", made_at=NOW
    )
    other.memberships.create(location=house.location, role=Role.THERAPIST)
    Competence.objects.bulk_create(
        Competence(user=other, name=each.name, supervisor=house.people[Role.CLINICAL_LEAD])
        for each in house.people[Role.THERAPIST].competences.all()
    )
    house.people[Role.FRONT_DESK] = other
    Care.objects.create(patient=session.patient, user=other, since=NOW)
    with pytest.raises(InputError, match="somebody who is trained"):
        add_to_note(fresh(house, Role.FRONT_DESK), session=session.public, kind="cosigned", text="")
    add_to_note(fresh(house, Role.CLINICAL_LEAD), session=session.public, kind="cosigned", text="")
    assert verify() == []


def test_a_student_signs_no_plan(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    student(house)
    doing = house.doing(Role.THERAPIST, fresh=True)
    made = choose_plan(doing, public=patient.public, regimen=found.plan.available[0].regimen.id)
    with pytest.raises(InputError, match=LACKING):
        sign_plan(doing, public=patient.public, plan=made.public)


def test_the_owner_enters_a_training_and_beside_whom(house: House) -> None:
    owner, desk, lead = house.doing(Role.OWNER), house.people[Role.FRONT_DESK], house.people[Role.CLINICAL_LEAD]
    url = reverse("desk:settings_competence", args=[desk.public, "minors_care"])
    page = text(at_desk(house, Role.OWNER).get(url))
    assert "In training beside" in page
    assert lead.name in page
    kept = keep_competence(
        owner, user=desk.public, name="minors_care", seen=competence_values(None), wanted=learning(house, lead)
    )
    assert kept.supervisor == lead
    assert f"in training beside {lead.name}" in text(
        at_desk(house, Role.OWNER).get(reverse("desk:settings_person", args=[desk.public]))
    )
    assert f"in training beside {lead.name}" in text(at_desk(house, Role.FRONT_DESK).get(reverse("me")))
    assert verify() == []


@pytest.mark.parametrize("who", [Role.OWNER, Role.FRONT_DESK, "student"])
def test_nobody_learns_beside_somebody_who_is_not_trained(house: House, who: Role | str) -> None:
    """Not beside who never learned it, not beside oneself before, not beside another student."""
    desk, therapist = house.people[Role.FRONT_DESK], student(house)
    beside = therapist if who == "student" else house.people[Role(who)]
    with pytest.raises(InputError, match="not trained for it either"):
        keep_competence(
            house.doing(Role.OWNER), user=desk.public, name="minors_care",
            seen=competence_values(None), wanted=learning(house, beside),
        )  # fmt: skip
    assert not desk.competences.exists()


# ---- what the limits ask of anybody who treats


def test_an_answer_that_is_asked_anew_at_the_table_asks_for_no_training_before(house: House) -> None:
    """Too old by the day of the visit, it could be anything; but it is asked there before anybody is touched."""
    visit = ready(house, minutes=48 * 60)
    now, then = (standing(visit.patient, now=at) for at in (NOW, visit.starts))
    asked = needed_competences(now, plan_of(visit).regimen)
    assert set(asked) < set(needed_competences(then, plan_of(visit).regimen)), "in two days some answers are too old"
    house.people[Role.THERAPIST].competences.exclude(name__in=asked).delete()
    found = carried(house)
    assert found["reasons"] == []
    assert found["trained"] == sorted(asked)


def test_the_note_counts_what_the_limits_of_the_session_asked_for(house: House) -> None:
    tablet, session = opened(house)
    before = needed(session, note_of(session))
    tablet.starts(session.public).does(session.public, 0)
    tablet.learns(session.public, "high_fall_risk", True)
    tablet.decides(session.public)
    tablet.tell(session.public, Stopped("patient_asks", ""))
    tablet.closes(session.public).send()
    found = note_of(session)
    assert before < needed(session, found)
    house.people[Role.THERAPIST].competences.exclude(name__in=before).delete()
    assert sign(house, found.session).student


def test_nobody_learns_anew_beside_oneself(house: House) -> None:
    """What somebody has finished would else make them their own supervisor."""
    lead = house.people[Role.CLINICAL_LEAD]
    held = lead.competences.get(name="minors_care")
    with pytest.raises(InputError, match="not trained for it either"):
        keep_competence(
            house.doing(Role.OWNER), user=lead.public, name="minors_care",
            seen=competence_values(held), wanted=learning(house, lead),
        )  # fmt: skip


def test_an_answer_that_was_put_right_before_anybody_was_touched_makes_nobody_a_student(house: House) -> None:
    tablet, session = opened(house)
    before = needed(session, note_of(session))
    tablet.opens(session.public).learns(session.public, "high_fall_risk", True)
    tablet.decides(session.public)
    tablet.learns(session.public, "high_fall_risk", False)
    tablet.decides(session.public)
    tablet.tell(session.public, Started())
    tablet.does(session.public, 0)
    tablet.tell(session.public, Stopped("patient_asks", ""))
    tablet.closes(session.public).send()
    assert needed(session, note_of(session)) == before
