"""What may follow on what: each fault with a session that commits it, and none without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from effleurage.language import ENGLISH
from effleurage.session.fold import fold, follow, lines
from effleurage.session.guard import FAULTS, SAID, WRONG, checks_open, may, said, why_not
from effleurage.session.kinds import (
    KINDS,
    After,
    Checked,
    Closed,
    Comfort,
    Data,
    Decided,
    Finished,
    Held,
    Identified,
    Learned,
    Measured,
    Opened,
    Reaction,
    Refused,
    Resumed,
    Started,
    StepBegan,
    StepDone,
    StepSkipped,
    Stopped,
    Turned,
    WentBack,
)
from effleurage.session.record import SessionRecord
from effleurage.session.redecide import decided_of
from tests.session_soup import soups
from tests.session_table import PROTOCOLS, Tablet, ground, plans

PLAN = plans()[0]
NOT_TREATING = replace(decided_of(PLAN.decision, None), verdict="withhold")
HERE_AND_NOW = decided_of(PLAN.decision, Tablet().script)
NO_CLOT = Learned("suspected_clot", False, "therapist")
BP = Measured("systolic", 150, 0, "mm[Hg]", "blood_pressure_before")


def faults(tablet: Tablet, data: Data) -> tuple[str, ...]:
    """What is wrong with saying this next."""
    record = tablet.record if tablet.events else SessionRecord(tablet.ground)
    return why_not(record, tablet.tell(data))


def stopped(rule: str) -> Tablet:
    tablet = Tablet().starts().begins(0)
    tablet.tell(Stopped(rule, "words"))
    return tablet


def held() -> Tablet:
    tablet = Tablet().starts().begins(0)
    tablet.tell(Held(""))
    return tablet


def turning() -> Tablet:
    turn = next(number for number, moment in enumerate(Tablet().script.moments) if moment.kind == "turn")
    return Tablet().starts().does(*range(turn)).begins(turn)


def ready(*, without: str = "") -> Tablet:
    """Everything before the start but one thing."""
    tablet = Tablet().opens()
    if without != "identity":
        tablet.tell(Identified(("name", "birth_date"), photo=False))
    for term in tablet.script.before:
        if term.name != without:
            tablet.tell(Checked(term.name, ok=True, note=""))
    if without != "decision":
        tablet.decides()
    return tablet


def decided_then(*data: Data) -> Tablet:
    tablet = ready()
    for each in data:
        tablet.tell(each)
    return tablet


def other_content() -> Decided:
    return replace(decided_of(PLAN.decision, Tablet().script), content="0" * 64)


def unknown_script() -> Tablet:
    tablet = ready()
    tablet.tell(replace(decided_of(PLAN.decision, Tablet().script), script="f" * 64))
    return tablet


Case = tuple[str, Callable[[], Tablet], Data]
ILLEGAL: list[Case] = [
    ("not_opened", Tablet, Identified(("name", "birth_date"), photo=True)),
    ("opened_twice", lambda: Tablet().opens(), Opened("a" * 64, PROTOCOLS.hash, "plan", 1, 1)),
    ("closed", lambda: Tablet().closes(), Measured("pulse", 70, 0, "/min", "")),
    ("closed", lambda: Tablet().closes(), Closed()),
    ("other_content", lambda: Tablet().opens(), other_content()),
    ("not_identified", lambda: ready(without="identity"), Started()),
    ("checks_open", lambda: ready(without="inspect_skin"), Started()),
    ("checks_open", lambda: ready(without="new_since_last"), Started()),
    ("no_decision", lambda: ready(without="decision"), Started()),
    ("no_decision", lambda: decided_then(Learned("systolic", 131, "therapist")), Started()),
    ("no_decision", lambda: decided_then(Learned("systolic", None, "therapist")), Started()),
    ("no_decision", lambda: decided_then(Checked("inspect_calves", ok=False, note="warm")), Started()),
    ("no_decision", lambda: decided_then(BP), Started()),
    ("doubted", lambda: decided_then(Checked("inspect_calves", ok=False, note=""), HERE_AND_NOW), Started()),
    ("doubted", lambda: decided_then(NO_CLOT, Checked("inspect_calves", ok=False, note=""), HERE_AND_NOW), Started()),
    ("no_treatment", lambda: decided_then(NOT_TREATING), Started()),
    ("script_unknown", unknown_script, Started()),
    ("begun", lambda: Tablet().starts(), Started()),
    ("begun", lambda: Tablet().starts(), Refused("withhold", ())),
    ("over", lambda: decided_then(Refused("withhold", ())), Started()),
    ("not_begun", ready, StepBegan(0)),
    ("not_begun", ready, StepSkipped(0, "time", "")),
    ("not_begun", ready, Comfort("comfort_each_region", "comfortable", "")),
    ("not_begun", ready, Finished()),
    ("no_decision", lambda: stepped(Learned("systolic", 131, "therapist")), StepBegan(1)),
    ("no_treatment", lambda: stepped(NOT_TREATING), StepBegan(1)),
    ("out_of_order", lambda: Tablet().starts(), StepBegan(1)),
    ("out_of_order", lambda: stepped(), StepBegan(0)),
    ("out_of_order", lambda: stepped(), StepBegan(99)),
    ("out_of_order", lambda: stepped(), StepSkipped(2, "time", "")),
    ("out_of_order", lambda: Tablet().starts().begins(0), StepSkipped(1, "time", "")),
    ("step_runs", lambda: Tablet().starts().begins(0), StepBegan(1)),
    ("on_hold", held, StepBegan(0)),
    ("no_step", held, StepDone(1)),
    ("no_step", lambda: Tablet().starts(), StepDone(1)),
    ("no_step", turning, StepDone(60)),
    ("no_turn", lambda: Tablet().starts().begins(0), Turned(helped=True)),
    ("not_running", held, Held("")),
    ("not_running", ready, Held("")),
    ("not_on_hold", lambda: Tablet().starts().begins(0), Resumed(asked=True)),
    ("not_asked", held, Resumed(asked=False)),
    ("not_earlier", lambda: stepped(), WentBack(1)),
    ("not_earlier", lambda: Tablet().starts().begins(0), WentBack(0)),
    ("barred", lambda: stopped("crack"), Resumed(asked=True)),
    ("barred", lambda: stopped("crack"), StepBegan(0)),
    ("barred", lambda: stopped("other"), Resumed(asked=True)),
    ("barred", lambda: stopped("unsaid"), Resumed(asked=True)),
    ("over", lambda: stopped("patient_asks"), StepBegan(0)),
    ("over", lambda: stopped("crack"), StepSkipped(0, "time", "")),
    ("over", lambda: stopped("crack"), WentBack(0)),
    ("over", lambda: stopped("crack"), Finished()),
    ("over", lambda: Tablet().finishes(), Finished()),
    ("steps_left", lambda: stepped(), Finished()),
    ("steps_left", lambda: Tablet().starts().begins(0), Finished()),
    ("not_over", lambda: stepped(), After("pain", 3, 0, "", "pain_score_after")),
    ("not_over", ready, Reaction("none", "")),
    ("under_way", lambda: stepped(), Closed()),
    ("under_way", held, Closed()),
    ("checks_after_open", lambda: Tablet().finishes(), Closed()),
]  # fmt: skip


def stepped(*data: Data) -> Tablet:
    """The first step is done, and then this is said."""
    tablet = Tablet().starts().does(0)
    for each in data:
        tablet.tell(each)
    return tablet


@pytest.mark.hazard("H16")
@pytest.mark.parametrize("fault, before, data", ILLEGAL, ids=lambda value: getattr(value, "kind", ""))
def test_what_may_not_follow_is_named_and_kept(fault, before, data):
    tablet = before()
    assert fault in faults(tablet, data)
    record = tablet.record
    assert fault in record.irregular[-1].reasons
    assert record.irregular[-1].event == tablet.events[-1].id
    assert record.hashes[-1] == tablet.events[-1].hash


def test_every_fault_is_tried_has_words_and_belongs_to_a_kind():
    elsewhere = {"clock_back", "drifted"}  # test_session_record.py
    assert {fault for fault, _, _ in ILLEGAL} | elsewhere == set(WRONG) == set(SAID)
    assert {fault for kind in FAULTS.values() for fault in kind} == set(WRONG)
    assert set(FAULTS) <= set(KINDS)


@pytest.mark.hazard("H01")
def test_nothing_starts_without_two_identifiers():
    assert faults(ready(without="identity"), Started()) == ("not_identified",)
    assert faults(ready(), Started()) == ()


@pytest.mark.hazard("H03")
@pytest.mark.parametrize("term", Tablet().script.before, ids=lambda term: term.name)
def test_nothing_starts_while_a_check_of_the_script_is_open(term):
    tablet = ready(without=term.name)
    assert checks_open(tablet.record) == (term.name,)
    assert faults(tablet, Started()) == ("checks_open",)


def test_a_number_makes_the_check_that_asked_for_it():
    tablet = ready(without="blood_pressure_before")
    tablet.tell(BP)
    tablet.decides()
    assert faults(tablet, Started()) == ()


@pytest.mark.hazard("H10")
def test_whatever_is_learned_needs_a_decision_before_the_start_and_before_the_next_step():
    for data in (Learned("systolic", 131, "therapist"), Checked("palpate_state", ok=False, note="tense")):
        assert faults(decided_then(data), Started()) == ("no_decision",)
        assert faults(decided_then(data, HERE_AND_NOW), Started()) == ()
        assert faults(stepped(data), StepBegan(1)) == ("no_decision",)


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("answer", [False, True, None])
def test_a_check_that_is_not_in_order_has_its_fact_asked_anew_whatever_was_said_of_it_before(answer):
    tablet = decided_then(NO_CLOT, Checked("inspect_calves", ok=False, note=""), HERE_AND_NOW)
    assert tablet.record.doubted == ("suspected_clot",)
    tablet.tell(Learned("suspected_clot", answer, "therapist"))
    tablet.tell(HERE_AND_NOW)
    assert tablet.record.doubted == ()
    assert faults(tablet, Started()) == ()


def test_a_check_in_order_and_one_that_names_no_fact_put_nothing_in_question():
    calm = [Checked("inspect_calves", ok=True, note=""), Checked("new_since_last", ok=False, note="a fall")]
    for data in calm:
        assert decided_then(data).record.doubted == ()


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("rule", ["crack", "chest_pain_or_breathless", "other", "unsaid"])
def test_after_an_alarming_stop_only_after_care_is_regular(rule):
    care = [
        Measured("systolic", 150, 0, "mm[Hg]", ""), After("systolic", 150, 0, "mm[Hg]", "blood_pressure_after"),
        Checked("sit_two_minutes", ok=True, note=""), Learned("systolic", 131, "therapist"), Reaction("chest_pain", ""),
        Stopped("crack", ""), NOT_TREATING, Identified(("name", "phone"), photo=True), Closed(),
    ]  # fmt: skip
    for data in care:
        assert faults(stopped(rule), data) == (), data
    going_on = [
        Started(), StepBegan(0), Resumed(asked=True), StepDone(1), Turned(helped=True), Finished(), Held(""),
        StepSkipped(0, "time", ""), WentBack(0),
    ]  # fmt: skip
    for data in going_on:
        assert faults(stopped(rule), data), data


def test_after_a_stop_that_does_not_alarm_one_may_go_on_when_the_patient_was_asked():
    tablet = stopped("pain_rise")
    assert faults(tablet, Resumed(asked=True)) == ()
    assert faults(tablet, StepBegan(0)) == ()
    assert tablet.record.irregular == ()


def test_a_session_with_holds_skips_and_a_step_back_is_regular():
    tablet = Tablet().starts().begins(0)
    for data in (Held("telephone"), Resumed(asked=True), Comfort("comfort_each_region", "lighter", "less")):
        tablet.tell(data)
    tablet.tell(StepSkipped(0, "felt", ""))
    tablet.does(1)
    tablet.tell(WentBack(0))
    tablet.begins(0).ends(0, before=3)
    for moment in range(2, len(tablet.script.moments)):
        tablet.tell(StepSkipped(moment, "time", ""))
    tablet.tell(Finished())
    for term in tablet.script.after:
        tablet.tell(Checked(term.name, ok=True, note=""))
    tablet.tell(Closed())
    tablet.tell(Learned("systolic", 131, "patient"))
    assert tablet.record.irregular == ()


@settings(max_examples=200)
@given(soups())
def test_asking_and_folding_say_the_same(events):
    record = SessionRecord(ground(PLAN), session="visit_one", device="tablet_one")
    for event in events:
        reasons = why_not(record, event)
        assert may(record, event) is (reasons == ())
        after = follow(record, event)
        named = [each for each in after.irregular if each.event == event.id]
        assert [each.reasons for each in named] == ([reasons] if reasons else [])
        record = after
    assert not events or record == fold(lines(events)[0], ground(PLAN))


def test_a_step_that_nobody_began_has_no_count_to_differ_from():
    assert faults(Tablet().starts(), StepDone(600)) == ("no_step",)


def test_faults_are_said_in_words():
    assert said(("not_identified", "on_hold"), ENGLISH) == (
        "Two identifiers have not been compared with the plan.",
        "The treatment is on hold.",
    )
