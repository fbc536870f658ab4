"""The record of a session: the same events give the same record, and time is what the ticks say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.facts.answers import NEVER
from effleurage.session.balance import Differs, balances, changed_to, deviations, planned_seconds
from effleurage.session.canonical import canonical, record_hash
from effleurage.session.events import Event
from effleurage.session.fold import Line, fold, lines
from effleurage.session.ground import Ground, script_hash
from effleurage.session.kinds import (
    LONGEST_STEP,
    After,
    Closed,
    Decided,
    Finished,
    Held,
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
from effleurage.session.note_seen import deviation
from effleurage.session.record import SessionRecord, State, Status
from effleurage.session.redecide import decided_of
from effleurage.session.writer import Writer
from tests.session_soup import made, soups
from tests.session_table import PROTOCOLS, WORDS, Tablet, first_script, ground, moved, plans

GROUND = ground(plans()[0])
HERE = first_script(plans()[0])


def folded(events: list[Event], on: Ground = GROUND) -> SessionRecord:
    return fold(lines(events)[0], on)


def states(record: SessionRecord) -> list[str]:
    return [part.state.value for part in record.current]


# Laws, for any events at all


@settings(max_examples=200)
@given(soups(), st.randoms(use_true_random=False))
@pytest.mark.hazard("H20")
def test_order_of_arrival_and_repetition_change_nothing(events, rng):
    if events:
        arrived = [*events, *rng.choices(events, k=5)]
        rng.shuffle(arrived)
        assert folded(arrived) == folded(events)
        assert canonical(folded(arrived)) == canonical(folded(events))


@settings(max_examples=200)
@given(soups(), st.integers(-(10**6), 10**6))
@pytest.mark.hazard("H21")
def test_a_wrong_clock_on_the_wall_changes_no_order_and_no_second(events, seconds):
    if events:
        wrong = folded([moved(event, timedelta(seconds=seconds * (event.seq % 3))) for event in events])
        right = folded(events)
        assert (wrong.status, wrong.parts, wrong.irregular) == (right.status, right.parts, right.irregular)


@settings(max_examples=200)
@given(soups())
@pytest.mark.hazard("H16")
def test_no_more_is_delivered_than_time_has_passed(events):
    if events:
        record = folded(events)
        passed = events[-1].tick - events[0].tick
        assert sum(part.milliseconds for part in record.parts) <= passed
        assert all(part.milliseconds >= 0 for part in record.parts)
        assert record.running is None or record.parts[record.running].state is State.RUNNING
        assert sum(part.state is State.RUNNING for part in record.parts) == (record.running is not None)


@settings(max_examples=200)
@given(soups())
@pytest.mark.hazard("H30")
def test_no_stop_no_reaction_and_no_fact_is_ever_left_out(events):
    if events:
        record = folded(events)
        count = {kind: sum(event.kind == kind for event in events) for kind in ("stopped", "reaction", "fact")}
        assert (len(record.stops), len(record.reactions), len(record.facts)) == (
            count["stopped"], count["reaction"], count["fact"],
        )  # fmt: skip
        if any(stop.alarming for stop in record.stops):
            assert record.barred


@settings(max_examples=200)
@given(soups(), st.data())
@pytest.mark.hazard("H20")
def test_what_has_not_arrived_is_named(events, data):
    kept = [event for event in events if data.draw(st.booleans())]
    if kept:
        last = kept[-1].seq
        assert folded(kept).missing == tuple(sorted(set(range(1, last)) - {event.seq for event in kept}))


@settings(max_examples=100)
@given(soups())
def test_the_canonical_text_tells_records_of_different_events_apart(events):
    if len(events) > 1:
        assert record_hash(folded(events)) != record_hash(folded(events[:-1]))


@pytest.mark.hazard("H24")
def test_no_event_can_be_changed_under_a_signed_record_not_even_what_the_record_does_not_show():
    events = Tablet().closes().events
    signed = record_hash(folded(events))
    for place in (0, 12, len(events) - 1):
        other = [*events[:place], moved(events[place], timedelta(seconds=1)), *events[place + 1 :]]
        assert record_hash(folded(other)) != signed


# One session


def test_a_whole_session_is_regular_and_delivers_what_was_planned():
    record = Tablet().closes().record
    assert (record.status, record.irregular, record.missing, deviations(record)) == (Status.CLOSED, (), (), ())
    assert [part.delivered for part in record.parts] == [moment.seconds for moment in HERE.moments]
    assert record.delivered == HERE.minutes * 60
    assert not record.not_delivered
    assert record.next is None


def test_time_between_steps_belongs_to_none():
    tablet = Tablet(pause=45_000).starts().does(0, 1)
    assert [part.delivered for part in tablet.record.parts[:3]] == [HERE.moments[0].seconds, HERE.moments[1].seconds, 0]


@pytest.mark.hazard("H16")
def test_a_hold_stops_the_clock_and_nothing_else_does():
    tablet = Tablet(pause=0).starts().begins(0)
    tablet.tell(Held("telephone"), after=40_000)
    tablet.tell(Resumed(asked=True), after=600_000)
    tablet.tell(Measured("pulse", 71, 0, "/min", ""), after=5_000)
    tablet.tell(StepDone(50), after=5_000)
    part = tablet.record.parts[0]
    assert (part.state, part.milliseconds) == (State.DONE, 50_000)
    assert tablet.record.irregular == ()


@pytest.mark.hazard("H16")
def test_a_device_that_counts_otherwise_than_its_ticks_is_named():
    for claimed, wrong in ((59, False), (60, False), (61, False), (62, True), (58, True), (600, True)):
        tablet = Tablet().starts().begins(0)
        tablet.tell(StepDone(claimed), after=60_000)
        faults = [fault for each in tablet.record.irregular for fault in each.reasons]
        assert (faults == ["drifted"]) is wrong
        assert tablet.record.parts[0].delivered == 60


@pytest.mark.hazard("H16")
def test_no_step_is_said_to_be_longer_than_a_day_and_its_ticks_still_count():
    tablet = Tablet().starts().begins(0)
    tablet.tell(StepDone(LONGEST_STEP), after=(LONGEST_STEP + 7200) * 1000)
    record = tablet.record
    assert (record.irregular, record.parts[0].delivered) == ((), LONGEST_STEP + 7200)
    with pytest.raises(ValueError, match="the seconds of a step"):
        StepDone(LONGEST_STEP + 1)


def test_a_step_that_still_runs_has_what_the_last_event_saw():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Measured("pulse", 71, 0, "/min", ""), after=33_000)
    assert (states(tablet.record)[0], tablet.record.parts[0].delivered) == ("running", 33)


def test_a_count_that_runs_backwards_takes_no_time_away_and_is_named():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Measured("pulse", 71, 0, "/min", ""), after=30_000)
    tablet.tell(Measured("pulse", 72, 0, "/min", ""), after=-20_000)
    tablet.tell(Held(""), after=10_000)
    assert tablet.record.parts[0].delivered == 40
    assert [each.reasons for each in tablet.record.irregular] == [("clock_back",)]


@pytest.mark.hazard("H16")
def test_a_step_left_out_has_its_reason_and_stands_among_the_deviations():
    tablet = Tablet().starts().does(0)
    tablet.tell(StepSkipped(1, "skin", "a graze"))
    record = tablet.does(2).record
    assert (record.irregular, record.next) == ((), 3)
    (deviation,) = deviations(record)
    assert (deviation.how, deviation.part.index, deviation.part.words) == (Differs.SKIPPED, 1, "a graze")
    assert deviation.reason == "the skin there was to be left alone"
    assert record.not_delivered[0].missing == HERE.moments[1].seconds


def test_a_step_left_out_while_it_runs_keeps_what_was_delivered():
    tablet = Tablet().starts().begins(0)
    tablet.tell(StepSkipped(0, "uncomfortable", ""), after=20_000)
    part = tablet.record.parts[0]
    assert (part.state, part.delivered, part.missing) == (State.SKIPPED, 20, HERE.moments[0].seconds - 20)


def test_going_back_adds_to_the_step_and_goes_on_where_it_was():
    tablet = Tablet().starts().does(0, 1)
    tablet.tell(WentBack(0))
    assert tablet.record.next == 0
    tablet.begins(0).ends(0, seconds=30, before=HERE.moments[0].seconds)
    record = tablet.record
    assert (record.next, record.irregular) == (2, ())
    assert record.parts[0].delivered == HERE.moments[0].seconds + 30


@pytest.mark.parametrize("gap, how", [(0, None), (29, None), (30, Differs.LONGER), (-29, None), (-30, Differs.SHORTER)])
def test_half_a_minute_more_or_less_is_a_deviation(gap, how):
    tablet = Tablet().starts().begins(0).ends(0, seconds=HERE.moments[0].seconds + gap)
    assert [each.how for each in deviations(tablet.record)] == ([how] if how else [])


def test_a_turn_without_help_is_a_deviation():
    tablet = Tablet().starts()
    turn = next(number for number, moment in enumerate(HERE.moments) if moment.kind == "turn")
    tablet.does(*range(turn)).begins(turn)
    tablet.tell(Turned(helped=False), after=60_000)
    assert [each.how for each in deviations(tablet.record)] == [Differs.NOT_HELPED]


# Stops


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("term", WORDS.stop_rules, ids=lambda term: term.name)
def test_each_stop_rule_is_as_alarming_as_the_content_says(term):
    tablet = Tablet().starts().begins(0)
    tablet.tell(Stopped(term.name, ""), after=20_000)
    record = tablet.record
    assert (record.status, record.irregular, states(record)[0]) == (Status.STOPPED, (), "partial")
    assert record.barred is (term.get("alarming") == "yes")
    assert [part.index for part in record.not_delivered] == list(range(len(HERE.moments)))
    assert {each.how for each in deviations(record)} == {Differs.CUT_SHORT, Differs.NOT_BEGUN}


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("rule", ["other", "unsaid", "a_rule_of_tomorrow"])
def test_a_stop_that_nobody_understands_bars_like_an_alarming_one_and_is_not_called_so(rule):
    tablet = Tablet().starts().begins(0)
    tablet.tell(Stopped(rule, "he went quiet"))
    assert (tablet.record.barred, tablet.record.stop.alarming) == (True, None)


def test_one_touch_counts_until_its_reason_is_said():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Stopped("unsaid", ""))
    assert tablet.record.barred
    tablet.tell(Stopped("patient_asks", "wants to go home"))
    assert (tablet.record.stop.rule, tablet.record.barred) == ("patient_asks", False)
    tablet.tell(Stopped("crack", ""))
    tablet.tell(Stopped("patient_asks", ""))
    assert (tablet.record.stop.rule, tablet.record.barred) == ("crack", True)


def test_a_stop_after_the_end_and_after_the_closing_still_counts():
    tablet = Tablet().finishes()
    tablet.tell(After("systolic", 191, 0, "mm[Hg]", "blood_pressure_after"))
    tablet.tell(Stopped("pressure_after_high", ""))
    assert (tablet.record.status, tablet.record.barred, tablet.record.irregular) == (Status.STOPPED, True, ())
    tablet.tell(Closed())
    tablet.tell(Stopped("crack", ""))
    tablet.tell(Reaction("new_weakness", ""))
    assert (tablet.record.status, len(tablet.record.stops)) == (Status.CLOSED, 2)
    assert tablet.record.reaction.name == "new_weakness"
    assert [each.reasons for each in tablet.record.irregular] == [("closed",), ("closed",)]


def test_the_gravest_reaction_is_the_one_that_counts():
    for order in (["new_bone_pain", "none"], ["none", "new_bone_pain"], ["bruise", "calf_swelling", "expected"]):
        tablet = Tablet().finishes()
        for name in order:
            tablet.tell(Reaction(name, ""))
        assert tablet.record.reaction.name in ("new_bone_pain", "calf_swelling")


def test_a_refusal_before_the_start_is_the_end_of_the_session():
    tablet = Tablet().checks_in()
    tablet.tell(Refused("withhold", ("general.stop",)))
    tablet.tell(Closed())
    assert (tablet.record.status, tablet.record.irregular, tablet.record.delivered) == (Status.CLOSED, (), 0)


# A new fact, a new script


def other_script() -> tuple[Ground, Decided, int]:
    """A second plan, whose script is followed after the first two steps of the first."""
    other = plans()[1]
    script = first_script(other)
    return GROUND.with_script(script), decided_of(other.decision, script), len(script.moments)


def changed() -> tuple[Tablet, Ground, int]:
    grown, decision, count = other_script()
    tablet = Tablet().starts().does(0, 1)
    tablet.tell(Learned("osteoporosis_diagnosed", True, "patient"))
    tablet.tell(decision)
    return tablet, grown, count


def test_a_new_script_takes_the_place_of_what_was_not_done_yet():
    tablet, grown, count = changed()
    record = fold(tablet.line, grown)
    assert [part.state for part in record.parts[:2]] == [State.DONE, State.DONE]
    assert {part.state for part in record.parts[2 : record.first]} == {State.REPLACED}
    assert states(record) == ["waiting"] * count
    assert (record.next, record.irregular, record.unknown) == (0, (), ())
    tablet.tell(StepBegan(0))
    assert fold(tablet.line, grown).running == record.first


def test_a_step_is_one_line_whatever_scripts_it_stood_in_and_the_lines_add_up():
    """What goes on under the new plan is not 'taken out', and what it took out is not 'not begun'."""
    kept = [each for each in HERE.moments[1:-1] if each.kind != "turn"]
    script = replace(HERE, moments=tuple(replace(each, seconds=each.seconds - 1) for each in kept))
    tablet = Tablet().starts().does(0).begins(1)
    tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)), after=4600)
    for number in range(len(script.moments)):
        tablet.begins(number).ends(number, script=script)
    tablet.tell(Finished())
    record = fold(tablet.line, GROUND.with_script(script))
    rows = balances(record)
    assert (planned_seconds(record), sum(row.planned for row in rows)) == (HERE.minutes * 60, HERE.minutes * 60)
    assert sum(row.delivered for row in rows) == record.delivered
    assert (
        changed_to(record)
        == record.delivered
        == HERE.moments[0].seconds + 5 + sum(each.seconds for each in script.moments)
    )
    assert len({(row.is_turn, row.title) for row in rows}) == len(rows)
    last = HERE.moments[-1].title
    assert [(each.how, each.part.moment.title) for each in deviations(record)] == [(Differs.TAKEN_OUT, last)]


def test_a_step_that_a_new_plan_breaks_off_or_makes_lighter_is_named_so():
    first, second = HERE.moments[0], HERE.moments[1]
    lighter = replace(second, touches=tuple((touch, 1) for touch, _ in second.touches), seconds=second.seconds)
    other = replace(second, touches=tuple((replace(touch, technique="holding"), 1) for touch, _ in second.touches))
    for now in (lighter, other):
        script = replace(HERE, moments=(now, *HERE.moments[2:]))
        tablet = Tablet().starts().begins(0)
        tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)), after=9000)
        record = fold(tablet.line, GROUND.with_script(script))
        found = [(each.how, each.part.moment.title, each.part.delivered) for each in deviations(record)]
        assert found[0] == (Differs.BROKEN_BY_PLAN, first.title, 9)
        changed = [title for how, title, _ in found if how is Differs.CHANGED]
        assert changed == [second.title] * (now.touches != second.touches)


def test_a_step_that_had_its_time_is_not_taken_out():
    script = replace(HERE, moments=HERE.moments[1:])
    whole = HERE.moments[0].seconds
    for seconds, how in ((whole - 29, []), (whole - 30, [Differs.BROKEN_BY_PLAN])):
        tablet = Tablet().starts().begins(0)
        tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)), after=seconds * 1000)
        assert [each.how for each in deviations(fold(tablet.line, GROUND.with_script(script)))] == how


def test_of_a_plan_that_is_not_known_here_nothing_is_said():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", "f" * 64), after=9000)
    assert (changed_to(tablet.record), deviations(tablet.record)) == (None, ())


def test_what_a_new_plan_did_is_said_of_both_sides_together():
    """Half of a step is done on one side: what is taken out of the other may not stand under the wrong one."""
    sided = tuple(
        replace(HERE.moments[0], position="side_lying", lying=side, seconds=120) for side in ("left", "right")
    )
    opened, now = replace(HERE, moments=(*sided, HERE.moments[1])), replace(HERE, moments=(HERE.moments[1],))
    on = GROUND.with_script(opened).with_script(now)
    tablet = Tablet()
    tablet.tell(Opened(script_hash(opened), PROTOCOLS.hash, "plan_one", 1, 1))
    tablet.tell(Started())
    tablet.begins(0).ends(0, script=opened)
    tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(now)))
    writer = Writer(fold(tablet.line, on))
    assert [deviation(writer, each) for each in deviations(writer.record)] == [
        f"{HERE.moments[0].title}: taken out by the new plan after 2 min 0 s."
    ]


def test_a_script_that_comes_back_is_counted_as_it_is_followed_last():
    """A, then B, then C, then B again: the first B was never done, and counts for nothing."""
    shorter = replace(HERE, moments=(replace(HERE.moments[0], seconds=HERE.moments[0].seconds - 5), *HERE.moments[1:]))
    other = replace(HERE, moments=HERE.moments[:2])
    tablet = Tablet().starts()
    for script in (shorter, other, shorter):
        tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)))
    record = fold(tablet.line, GROUND.with_script(shorter).with_script(other))
    assert changed_to(record) == HERE.minutes * 60 - 5
    assert deviations(record) == ()


@pytest.mark.parametrize(
    "seconds, dropped, lighter, given, changed",
    [
        (-29, 0, 0, 0, False), (-30, 0, 0, 0, True), (30, 0, 0, 0, True), (-9, 0, 0, 9, False),
        (0, 1, 0, 0, True), (-9, 1, 0, 9, False), (-9, 0, 1, 9, True),
    ],
)  # fmt: skip
def test_a_step_is_changed_by_a_new_plan_in_its_time_or_in_what_is_touched(
    seconds: int, dropped: int, lighter: int, given: int, changed: bool
) -> None:
    """A region that is gone tells nothing where the step had begun: it may have had its time."""
    first = HERE.moments[0]
    touches = tuple((touch, level - lighter) for touch, level in first.touches[dropped:])
    now = replace(first, touches=touches, seconds=first.seconds + seconds)
    script = replace(HERE, moments=(now, *HERE.moments[1:]))
    tablet = Tablet().starts()
    if given:
        tablet.begins(0)
    tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)), after=given * 1000)
    found = deviations(fold(tablet.line, GROUND.with_script(script)))
    assert [each.part.moment.title for each in found if each.how is Differs.CHANGED] == [first.title] * changed


def test_news_in_the_middle_of_a_turn_asks_for_the_turn_once_more():
    """Nobody lies as a turn leads before it is made: else the rest would go on as if the patient lay so already."""
    turn = next(number for number, moment in enumerate(HERE.moments) if moment.kind == "turn")
    before, after = HERE.moments[turn - 1], HERE.moments[turn]
    tablet = Tablet().starts().does(*range(turn)).begins(turn)
    tablet.tell(Learned("osteoporosis_diagnosed", True, "patient"), after=5000)
    assert tablet.record.lies == (before.position, before.lying)
    tablet.tell(Turned(helped=True))
    assert tablet.record.lies == (after.position, after.lying) != (before.position, before.lying)


def test_a_script_that_is_not_known_here_is_named_and_can_be_handed_in_later():
    tablet, grown, _ = changed()
    decision = tablet.events[-1].data
    assert isinstance(decision, Decided)
    record = fold(tablet.line, GROUND)
    assert record.unknown == (decision.script,)
    assert record.current == ()
    assert fold(tablet.line, GROUND.with_script(first_script(plans()[1]))) == fold(tablet.line, grown)


def test_how_the_patient_lies_is_known_from_the_moment_begun_last_and_not_from_the_furthest():
    turn = next(number for number, moment in enumerate(HERE.moments) if moment.kind == "turn")
    tablet = Tablet().starts()
    assert tablet.record.lies is None
    tablet.does(*range(turn + 1))
    assert tablet.record.lies == (HERE.moments[turn].position, HERE.moments[turn].lying)
    tablet.tell(WentBack(0))
    tablet.begins(0)
    assert tablet.record.lies == (HERE.moments[0].position, HERE.moments[0].lying)
    assert tablet.record.lies != (HERE.moments[turn].position, HERE.moments[turn].lying)


def test_the_same_script_again_changes_nothing():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Learned("osteoporosis_diagnosed", False, "patient"), after=5000)
    tablet.decides().ends(0, before=6)
    record = tablet.record
    assert (states(record)[0], record.irregular) == ("done", ())
    assert record.parts[0].delivered == HERE.moments[0].seconds + 6


@pytest.mark.hazard("H10")
def test_a_decision_that_does_not_treat_stands_still_and_lets_nothing_go_on():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Learned("osteoporosis_diagnosed", True, "patient"), after=5000)
    refusing = replace(decided_of(tablet.plan.decision, None), verdict="ask")
    tablet.tell(refusing)
    tablet.tell(Measured("pulse", 71, 0, "/min", ""), after=60_000)
    assert (tablet.record.status, states(tablet.record)[0], tablet.record.parts[0].delivered) == (
        Status.HELD, "partial", 6,
    )  # fmt: skip
    tablet.tell(Resumed(asked=True))
    assert "no_treatment" in tablet.record.irregular[-1].reasons


def test_what_was_learned_last_is_the_answer():
    tablet = Tablet().opens()
    for answer in (131, None, NEVER):
        tablet.tell(Learned("systolic", answer, "therapist"))
    assert [each.answer for each in tablet.record.learned] == [NEVER]
    assert len(tablet.record.facts) == 3


# Lines


def test_two_events_with_one_number_are_both_kept_and_named():
    events = Tablet().starts().events
    twin = replace(events[2], id="twin_" + events[2].id[5:], tick=events[2].tick + 1)
    assert folded([*events, twin]).clashing == (3,)
    assert folded([twin, *events]) == folded([*events, twin])
    assert len(folded([*events, twin]).hashes) == len(events) + 1


def test_one_identity_with_two_contents_is_named():
    events = Tablet().starts().events
    assert folded([*events, replace(events[2], id=events[3].id)]).clashing == (3, 4)


def test_a_line_is_of_one_device_and_one_session_in_order():
    events = Tablet().starts().events
    for wrong in ((events[1], events[0]), (events[0], events[0]), (events[0], replace(events[1], device="other"))):
        with pytest.raises(ValueError, match="a line"):
            Line("visit_one", "tablet_one", wrong)


def test_events_of_several_sessions_and_devices_are_several_lines():
    one, two, three = Tablet(), Tablet(device="tablet_two"), Tablet(session="visit_two")
    events = [event for tablet in (one, two, three) for event in tablet.opens().events]
    assert [(line.session, line.device) for line in lines(reversed(events))] == [
        ("visit_one", "tablet_one"), ("visit_one", "tablet_two"), ("visit_two", "tablet_one"),
    ]  # fmt: skip


def test_a_session_that_was_never_opened_is_a_record_all_the_same():
    record = folded(made([(Learned("systolic", 131, "therapist"), 0), (Finished(), 5)]))
    assert (record.status, record.script, record.parts) == (Status.EMPTY, "", ())
    assert [each.reasons[0] for each in record.irregular] == ["not_opened", "not_opened"]


def test_a_script_has_one_hash_in_every_language_and_another_when_anything_changes():
    said = replace(HERE, why="other words", before=tuple(replace(term, term="слова") for term in HERE.before))
    assert script_hash(said) == script_hash(HERE)
    longer = replace(HERE.moments[0], seconds=HERE.moments[0].seconds + 1)
    for other in (
        replace(HERE, dose=2), replace(HERE, moments=HERE.moments[1:]), replace(HERE, before=HERE.before[1:]),
        replace(HERE, moments=(longer, *HERE.moments[1:])), replace(HERE, stop_rules=()),
    ):  # fmt: skip
        assert script_hash(other) != script_hash(HERE)


def test_a_second_opening_is_named_and_changes_nothing():
    tablet = Tablet().starts().does(0)
    before = tablet.record
    tablet.tell(Opened("f" * 64, PROTOCOLS.hash, "plan_two", 9, 9))
    after = tablet.record
    assert (after.parts, after.opened) == (before.parts, before.opened)
    assert after.irregular[-1].reasons == ("opened_twice",)
