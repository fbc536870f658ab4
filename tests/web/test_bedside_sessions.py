"""What becomes of a session's events: its state, facts, locks, notices, conflicts, and who settles them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.accounts.models import Role
from clinic.actions.answer_questions import answer_questions
from clinic.actions.plan_treatment import choose_plan, release_plan
from clinic.actions.policies import why_not_start
from clinic.actions.sessions import settle
from clinic.records.facts import chart, local
from clinic.records.journal import verify
from clinic.records.models import (
    FactEntry,
    MassageSession,
    Notice,
    OddEvent,
    Patient,
    PlanLock,
    Proposal,
    Reaction,
    SessionEvent,
    Visit,
)
from clinic.records.sessions import last_of, previous_of, record_of, told
from clinic.records.standing import PlanState, planned, standing
from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.protocol.lattice import Verdict
from effleurage.session.kinds import Closed, Decided, Held, Refused, Started, StepBegan, Stopped
from effleurage.session.record import Status
from effleurage.session.redecide import decided_of
from tests.web.at_table import at_table
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, rows_of, text
from tests.web.table import HERE, Tablet, moment, ready, visit_for

SOFT = "leave_alone_lower_back"
"""A fact that changes what is done and forbids nothing else."""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def opened(house: House) -> tuple[Tablet, MassageSession]:
    ready(house)
    tablet = Tablet(house)
    tablet.pack()
    return tablet, MassageSession.objects.get()


def again(session: MassageSession) -> MassageSession:
    return MassageSession.objects.select_related("patient__location", "plan", "visit__location").get(pk=session.pk)


def notices(kind: Notice.Kind) -> list[Notice]:
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def red_flag(session: MassageSession) -> str:
    """A fact that withholds treatment if it is so."""
    protocols = standing(session.patient, now=NOW).library.protocols
    return next(
        rule.text
        for rule in protocols.rules
        if rule.limit.verdict is Verdict.WITHHOLD and protocols.facts.by_name.get(rule.text)
    )


def test_a_whole_session_is_closed_its_visit_done_and_its_reaction_the_next_ones_dose(house: House) -> None:
    tablet, session = opened(house)
    receipt = tablet.whole(session.public).send()
    assert tablet.waiting == []
    assert receipt.flags == ()
    session = again(session)
    assert (session.state, session.conflict, session.reaction) == ("closed", False, "none")
    assert session.ended_at is not None
    assert session.ended_at <= NOW
    assert session.visit.state == Visit.State.DONE
    record = record_of(session)
    assert record is not None
    assert record.status is Status.CLOSED
    assert record.irregular == ()
    assert record.unknown == ()
    assert not notices(Notice.Kind.ODD)
    visit_for(house, session.patient, minutes=24 * 60)
    [_first, row] = tablet.pack()["sessions"]
    assert (row["number"], row["dose"], row["last"]) == (2, 2, {"dose": 1, "reaction": "none"})
    assert previous_of(MassageSession.objects.get(number=2)) == session
    assert verify() == []


@pytest.mark.hazard("H07")
def test_a_session_is_of_the_plan_that_was_opened_whatever_was_handed_out_since(house: House) -> None:
    table = at_table(house).starts()
    opened, patient = table.session.plan, table.session.patient
    others = [
        each.regimen.id for each in standing(patient, now=NOW).plan.available if each.regimen.id != opened.regimen
    ]
    later = choose_plan(house.doing(Role.THERAPIST), public=patient.public, regimen=others[0])
    MassageSession.objects.filter(pk=table.session.pk).update(plan=later)
    table.rest().closes("bruise").send()
    session = MassageSession.objects.get(pk=table.session.pk)
    assert session.plan == opened
    record = record_of(session)
    assert record is not None
    assert record.delivered > 0, "the script is known, so its time counts"


def test_the_state_follows_the_session_step_by_step(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).send()
    assert (again(session).state, again(session).visit.state) == ("running", "arrived")
    tablet.tell(session.public, StepBegan(0))
    tablet.tell(session.public, Held(""))
    tablet.send()
    assert again(session).state == "running"
    tablet.tell(session.public, Stopped("patient_asks", ""))
    tablet.send()
    assert (again(session).state, again(session).visit.state) == ("stopped", "arrived")
    assert standing(session.patient, now=NOW).lock is None


@pytest.mark.hazard("H10")
def test_a_new_fact_at_the_table_enters_the_chart_and_locks_the_plan_in_the_same_act(house: House) -> None:
    tablet, session = opened(house)
    name = red_flag(session)
    tablet.starts(session.public).tell(session.public, StepBegan(0))
    tablet.learns(session.public, name, True)
    decided = tablet.decides(session.public)
    assert not decided.treats
    tablet.send()
    entry = chart(session.patient).current()[name]
    assert (entry.value, entry.origin, entry.entered_name) == (
        {"yes": True}, "patient", house.people[Role.THERAPIST].name,
    )  # fmt: skip
    found = standing(session.patient, now=NOW)
    assert found.plan_state is PlanState.LOCKED
    assert PlanLock.objects.get().kind == PlanLock.Kind.NEW_FACT
    assert [notice.role for notice in notices(Notice.Kind.RED_FLAG)] == [Role.CLINICAL_LEAD]
    assert not notices(Notice.Kind.ODD), "the tablet decided as the clinic does"
    assert rows_of("session.receive")[-1].sealed, "the rows are sealed by the act that brought them"
    assert verify() == []


def test_the_rest_of_a_session_after_a_new_fact_is_the_clinics_own(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).does(session.public, 0)
    tablet.learns(session.public, SOFT, True)
    decided = tablet.decides(session.public)
    assert decided.treats
    tablet.tell(session.public, StepBegan(0))
    tablet.send()
    record = record_of(again(session))
    assert record is not None
    assert record.unknown == ()
    assert record.script == decided.script
    assert not notices(Notice.Kind.ODD)


@pytest.mark.parametrize("name,emergency", [("new_bone_pain", False), ("chest_pain", True)])
def test_an_alarming_reaction_locks_the_course_and_tells_who_must_know(
    house: House, name: str, emergency: bool
) -> None:
    tablet, session = opened(house)
    tablet.whole(session.public, reaction=name).send()
    assert Reaction.objects.get().name == name
    lock = PlanLock.objects.get()
    assert lock.kind == PlanLock.Kind.REACTION
    assert lock.reason
    assert standing(session.patient, now=NOW).plan_state is PlanState.LOCKED
    assert len(notices(Notice.Kind.LOCKED)) == 1
    roles = {notice.role for notice in notices(Notice.Kind.EMERGENCY)}
    assert roles == ({Role.FRONT_DESK, Role.CLINICAL_LEAD} if emergency else set())
    visit_for(house, session.patient, minutes=24 * 60)
    row = tablet.pack()["sessions"][1]
    assert any("locked" in words for words in row["reasons"])
    assert verify() == []


def test_after_the_lead_has_released_it_the_course_begins_anew_from_the_first_dose(house: House) -> None:
    tablet, session = opened(house)
    tablet.whole(session.public, reaction="new_bone_pain").send()
    lead = house.doing(Role.CLINICAL_LEAD, fresh=True)
    release_plan(lead, public=session.patient.public, plan=session.plan.public, reason="X-ray seen, nothing is broken.")
    visit_for(house, session.patient, minutes=24 * 60)
    row = tablet.pack()["sessions"][1]
    assert row["reasons"] == []
    assert (row["number"], row["dose"], row["last"]) == (2, 1, None)


@pytest.mark.parametrize(
    "rule,words,locks",
    [
        ("crack", "", True),
        ("patient_asks", "", False),
        ("other", "The patient looked grey.", True),
        ("unsaid", "", True),
    ],
)
def test_a_stop_after_which_nobody_may_simply_go_on_locks_the_course(
    house: House, rule: str, words: str, locks: bool
) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).tell(session.public, StepBegan(0))
    tablet.tell(session.public, Stopped(rule, words))
    tablet.send()
    assert PlanLock.objects.exists() is (locks and rule != "unsaid"), "a touch without a reason waits for the reason"
    tablet.tell(session.public, Closed())
    tablet.send()
    assert PlanLock.objects.exists() is locks
    assert Reaction.objects.filter(name=rule).exists() is locks
    assert PlanLock.objects.count() <= 1


def test_one_touch_whose_reason_is_said_later_locks_by_the_reason_alone(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).tell(session.public, Stopped("unsaid", ""))
    tablet.send()
    tablet.tell(session.public, Stopped("patient_asks", ""))
    tablet.tell(session.public, Closed())
    tablet.send()
    assert not PlanLock.objects.exists()


def test_a_session_that_is_refused_is_not_one_of_the_course(house: House) -> None:
    tablet, session = opened(house)
    tablet.opens(session.public).tell(session.public, Refused("withhold", ("general/fever",)))
    tablet.send()
    assert again(session).state == "refused"
    tablet.tell(session.public, Closed())
    tablet.send()
    assert (again(session).state, again(session).visit.state) == ("closed", "done")
    visit_for(house, session.patient, minutes=24 * 60)
    assert tablet.pack()["sessions"][1]["number"] == 1


# ---- what cannot be taken as it stands


@pytest.mark.hazard("H10")
def test_what_contradicts_the_chart_is_kept_to_be_confirmed_and_the_plan_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet, session = opened(house)
    facts = standing(session.patient, now=NOW).library.protocols.facts
    current = chart(session.patient).current()
    name = next(
        fact.name
        for fact in facts.facts
        for gate in facts.gates(fact.name)
        if gate in current and current[gate].value == {"yes": False} and fact.is_number and fact.possible
    )
    value = facts[name].possible[0]  # type: ignore[index]
    tablet.opens(session.public).learns(session.public, name, value, origin="therapist")
    tablet.send()
    [entry] = FactEntry.objects.filter(name=name, state=FactEntry.State.PROPOSED)
    assert entry.value == {"number": value}
    assert PlanLock.objects.get().kind == PlanLock.Kind.NEW_FACT
    assert [notice.about for notice in notices(Notice.Kind.ODD)] == [session.public]
    tablet.tell(session.public, Refused("ask", ()))
    tablet.send()
    assert FactEntry.objects.filter(name=name).count() == 1
    assert PlanLock.objects.count() == 1


@pytest.mark.parametrize("name,answer", [("systolic", True), ("sex", "nonsense"), ("sex", 3)])
def test_an_answer_of_another_kind_than_its_question_is_kept_beside(house: House, name: str, answer: object) -> None:
    tablet, session = opened(house)
    tablet.opens(session.public).learns(session.public, name, answer)
    tablet.send()
    assert tablet.waiting == []
    assert OddEvent.objects.get().why == "answer"
    assert not FactEntry.objects.filter(place=f"session:{session.public}").exists()
    assert len(notices(Notice.Kind.ODD)) == 1


def test_a_fact_that_these_protocols_do_not_know_is_kept_and_told(house: House) -> None:
    tablet, session = opened(house)
    tablet.opens(session.public).learns(session.public, "not_invented_yet", True)
    tablet.send()
    assert SessionEvent.objects.filter(kind="fact").count() == 1
    assert len(notices(Notice.Kind.ODD)) == 1


def test_good_news_that_only_others_may_give_does_not_count_from_the_patient(house: House) -> None:
    tablet, session = opened(house)
    facts = standing(session.patient, now=NOW).library.protocols.facts
    fact = next(each for each in facts.facts if "patient" not in each.who and each.kind.value == "yes_no")
    good = fact.bad.value != "yes"
    before = chart(session.patient).current().get(fact.name)
    tablet.opens(session.public).learns(session.public, fact.name, good, origin="patient")
    tablet.send()
    after = chart(session.patient).current().get(fact.name)
    assert (after and after.pk) == (before and before.pk)
    assert FactEntry.objects.filter(name=fact.name, state=FactEntry.State.PROPOSED).exists()


def test_a_decision_that_the_clinic_does_not_share_is_told_to_the_lead_and_kept(house: House) -> None:
    tablet, session = opened(house)
    tablet.opens(session.public)
    right = tablet.decides(session.public)
    tablet.waiting.pop()
    tablet.counts[session.public] = (len(tablet.waiting), 10_000)
    tablet.tell(session.public, replace(right, possible="1", certain="0"))
    tablet.send()
    assert [notice.about for notice in notices(Notice.Kind.ODD)] == [session.public]
    page = text(at_desk(house, Role.CLINICAL_LEAD).get(f"/table/sessions/{session.public}/"))
    assert "decided differently" in page
    tablet.send([])
    assert len(notices(Notice.Kind.ODD)) == 1


@pytest.mark.hazard("H10")
def test_what_the_clinic_learned_after_the_pack_shows_as_a_difference(house: House) -> None:
    tablet, session = opened(house)
    tablet.opens(session.public)
    decided = tablet.decides(session.public)
    tablet.tell(session.public, Started())
    tablet.tell(session.public, StepBegan(0))
    doing = house.doing(Role.FRONT_DESK, now=NOW - timedelta(seconds=0))
    answer = Answer(True, local(NOW, house.location.zone), "patient")
    answer_questions(doing, public=session.patient.public, answers={red_flag(session): answer})
    assert decided.treats
    tablet.send()
    assert [notice.about for notice in notices(Notice.Kind.ODD)] == [session.public]
    record = record_of(again(session))
    assert record is not None
    assert record.unknown == (), "what was carried is known all the same"
    assert again(session).state == "running"


# ---- two tablets


def two(house: House) -> tuple[Tablet, Tablet, MassageSession]:
    tablet, session = opened(house)
    other = Tablet(house, name="Old one")
    other.pack()
    return tablet, other, session


@pytest.mark.hazard("H19")
def test_two_tablets_that_both_deliver_are_a_conflict_that_the_lead_settles(house: House) -> None:
    one, other, session = two(house)
    one.whole(session.public).send()
    assert not again(session).conflict
    other.starts(session.public).does(session.public, 0)
    other.send()
    assert again(session).conflict
    assert record_of(again(session)) is None
    assert [notice.about for notice in notices(Notice.Kind.CONFLICT)] == [session.public]
    later = visit_for(house, session.patient, minutes=24 * 60)
    found = standing(session.patient, now=later.starts)
    trained = dict.fromkeys(house.people[Role.THERAPIST].competences.values_list("name", flat=True))
    assert any("Two tablets" in words for words in why_not_start(found, house.doing(Role.THERAPIST).actor, trained))
    browser = at_desk(house, Role.CLINICAL_LEAD)
    url = f"/table/sessions/{session.public}/"
    page = text(browser.get(url))
    assert "Two tablets have recorded this session" in page
    assert browser.post(url, {"device": one.public, "why": "ok"}).status_code == 422
    done = browser.post(url, {"device": one.public, "why": "The old one was picked up by mistake."})
    assert done.status_code == 302
    record = record_of(again(session))
    assert record is not None
    assert record.device == one.public
    assert (again(session).conflict, again(session).state) == (False, "closed")
    assert "The account of Blue room" in text(browser.get(url))
    assert why_not_start(found, house.doing(Role.THERAPIST).actor, trained) == []
    assert verify() == []


@pytest.mark.hazard("H19")
def test_until_it_is_settled_the_worse_news_of_both_tablets_counts(house: House) -> None:
    one, other, session = two(house)
    name = red_flag(session)
    one.starts(session.public).does(session.public, 0).learns(session.public, name, True)
    one.send()
    other.starts(session.public).does(session.public, 0).learns(session.public, name, False)
    other.send()
    assert chart(session.patient).current()[name].value == {"yes": True}
    assert standing(session.patient, now=NOW).plan_state is PlanState.LOCKED
    doing = house.doing(Role.CLINICAL_LEAD)
    settle(doing, session=session.public, device=other.public, why="One was pressed by a child in the room.")
    assert chart(session.patient).current()[name].value == {"yes": False}
    assert standing(session.patient, now=NOW).lock is not None, "a lock is opened by the lead and by nothing else"
    with pytest.raises(InputError, match="nothing to choose"):
        settle(doing, session=session.public, device=one.public, why="One was pressed by a child in the room.")


def test_a_third_tablet_that_delivers_after_the_choice_makes_it_a_conflict_again(house: House) -> None:
    one, other, session = two(house)
    third = Tablet(house, name="Third")
    for tablet in (one, other):
        tablet.starts(session.public).does(session.public, 0)
        tablet.send()
    doing = house.doing(Role.CLINICAL_LEAD, now=NOW)
    settle(doing, session=session.public, device=one.public, why="The old one was picked up by mistake.")
    assert not again(session).conflict
    third.starts(session.public).does(session.public, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=2))
        third.send()
    assert again(session).conflict
    assert len(notices(Notice.Kind.CONFLICT)) == 2


def test_a_tablet_that_only_looked_is_no_conflict_and_what_it_heard_still_counts(house: House) -> None:
    one, other, session = two(house)
    one.whole(session.public).send()
    other.opens(session.public).learns(session.public, SOFT, True)
    other.send()
    assert not again(session).conflict
    assert chart(session.patient).current()[SOFT].value == {"yes": True}


def test_only_the_lead_of_the_place_settles(house: House, other_house: House) -> None:
    one, other, session = two(house)
    for tablet in (one, other):
        tablet.starts(session.public).does(session.public, 0)
        tablet.send()
    url, form = f"/table/sessions/{session.public}/", {"device": one.public, "why": "The old one was a mistake."}
    assert at_desk(house, Role.THERAPIST).post(url, form).status_code == 403
    assert at_desk(other_house, Role.CLINICAL_LEAD).post(url, form).status_code == 404
    assert again(session).conflict


# ---- protocols and clocks


def test_a_session_ends_under_the_protocols_it_was_opened_with_and_the_next_is_blocked(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).send()
    assert not again(session).withdrawn
    Proposal.objects.filter(clinic=house.clinic).update(state=Proposal.State.WITHDRAWN)
    tablet.does(session.public, *range(len(tablet.script(session.public).moments)))
    tablet.learns(session.public, SOFT, True)
    receipt = tablet.closes(session.public).send()
    assert [(flag.session, flag.flag) for flag in receipt.flags] == [(session.public, "withdrawn")]
    assert (again(session).withdrawn, again(session).state) == (True, "closed")
    assert chart(session.patient).current()[SOFT].value == {"yes": True}
    visit_for(house, session.patient, minutes=24 * 60)
    for row in tablet.pack()["sessions"]:
        assert any("No protocol is in force" in words for words in row["reasons"])


@pytest.mark.hazard("H21")
@pytest.mark.parametrize("days", [-2, 2])
def test_a_tablet_whose_clock_is_two_days_wrong_changes_no_order_and_no_date(house: House, days: int) -> None:
    tablet, session = opened(house)
    tablet.ahead = timedelta(days=days)
    tablet.opens(session.public).learns(session.public, SOFT, True)
    first = tablet.send()
    assert [(flag.session, flag.flag) for flag in first.flags] == [("", "clock")]
    tablet.ahead = timedelta()
    tablet.learns(session.public, SOFT, False)
    tablet.send()
    entry = chart(session.patient).current()[SOFT]
    assert entry.value == {"yes": False}, "the tablet's own order counts, whatever its clock says"
    said = [each.on for each in FactEntry.objects.filter(place=f"session:{session.public}").order_by("pk")]
    assert all(abs((HERE - moment(on)).total_seconds()) < 3600 for on in said)
    offsets = set(SessionEvent.objects.values_list("offset_ms", flat=True))
    assert offsets == {days * 86_400_000, 0}


def test_what_was_said_later_elsewhere_gives_way_only_to_worse_news(house: House) -> None:
    tablet, session = opened(house)
    answers = {SOFT: Answer(True, HERE + timedelta(minutes=8), "patient")}
    later = house.doing(Role.FRONT_DESK, now=NOW + timedelta(minutes=8))
    answer_questions(later, public=session.patient.public, answers=answers)
    tablet.opens(session.public).learns(session.public, SOFT, False)
    tablet.ahead = timedelta(minutes=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=10))
        tablet.send()
    assert chart(session.patient).current()[SOFT].value == {"yes": True}


def test_a_visit_that_has_no_session_yet_gets_one_from_what_is_sent(house: House) -> None:
    tablet, session = opened(house)
    tablet.whole(session.public)
    MassageSession.objects.all().delete()
    tablet.send()
    made = MassageSession.objects.get()
    assert (made.public, made.state, made.number) == (made.visit.public, "closed", 1)
    record = record_of(again(made))
    assert record is not None
    assert record.unknown == ()
    assert record.delivered > 0


def test_the_last_reaction_is_the_gravest_that_is_known(house: House) -> None:
    tablet, session = opened(house)
    tablet.whole(session.public, reaction="expected").send()
    words = standing(session.patient, now=NOW).library.protocols.vocabulary
    assert last_of(session, words).reaction == "expected"  # type: ignore[union-attr]
    Reaction.objects.create(
        public="later", session=session, patient=session.patient, name="sore_long", by="patient", at=NOW
    )
    assert last_of(session, words).reaction == "sore_long"  # type: ignore[union-attr]


def test_a_second_push_of_the_same_changes_nothing(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).does(session.public, 0).learns(session.public, red_flag(session), True)
    tablet.tell(session.public, Stopped("crack", ""))
    push = list(tablet.waiting)
    tablet.send()
    tables = (FactEntry, PlanLock, Reaction, Notice, SessionEvent, OddEvent, MassageSession, Visit, Patient)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    acts = len(rows_of("session.receive"))
    for events in (push, push[::-1], push[3:]):
        tablet.send(events)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    assert len(rows_of("session.receive")) == acts


def test_the_decisions_of_a_record_are_those_of_the_tablet(house: House) -> None:
    tablet, session = opened(house)
    tablet.starts(session.public).send()
    [event] = [each for each in told(again(session)).events if isinstance(each.data, Decided)]
    record = record_of(again(session))
    assert record is not None
    assert record.decisions == (event.data,)


@pytest.mark.hazard("H04")
def test_no_script_follows_where_the_verdict_is_to_ask_first(house: House) -> None:
    """What was certain is only possible any more: the limits are the same, and the script that is followed ends."""
    tablet, session = opened(house)
    tablet.starts(session.public).does(session.public, 0)
    tablet.send()
    found = told(again(session))
    [decided] = [each.data for each in found.events if isinstance(each.data, Decided)]
    made = planned(found.again.known(NOW).intake, found.library, HERE)
    asks = replace(made, decision=replace(made.decision, certain_word=0))
    assert asks.decision.verdict is Verdict.ASK
    assert f"{asks.decision.possible_word:x}" == decided.possible
    script = found.again._script(asks, found.lines[0], None, found.scripts)
    assert decided_of(asks.decision, script.script if script else None).script == ""


# ---- the way there


def test_an_arrived_visit_of_ones_own_leads_to_the_table_and_a_notice_to_the_record(house: House) -> None:
    one, other, session = two(house)
    assert "To the table" not in text(one.browser.get("/"))
    for tablet in (one, other):
        tablet.starts(session.public).does(session.public, 0)
        tablet.send()
    assert "To the table" in text(one.browser.get("/"))
    lead = at_desk(house, Role.CLINICAL_LEAD)
    assert "To the table" not in text(lead.get("/")), "it is not the lead's own visit"
    assert f"/table/sessions/{session.public}/" in text(lead.get("/work/?list=notices"))
