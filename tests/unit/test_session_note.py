"""The note that writes itself: what it says, what it never says, and that every sentence of it can be translated."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.decision.decide import Decision
from effleurage.facts.answers import NEVER, Intake, Items
from effleurage.language import Language
from effleurage.pathway import plan_for
from effleurage.session.canonical import canonical, record_hash
from effleurage.session.fold import fold, lines
from effleurage.session.ground import Ground, script_hash
from effleurage.session.kinds import (
    After,
    Checked,
    Closed,
    Comfort,
    Data,
    Decided,
    Finished,
    Identified,
    Learned,
    Measured,
    Opened,
    Reaction,
    Refused,
    Started,
    StepBegan,
    StepSkipped,
    Stopped,
)
from effleurage.session.note import PARAGRAPHS, TEMPLATES, Note, Section, Template, note
from effleurage.session.record import SessionRecord
from effleurage.session.redecide import decided_of, differing, told
from effleurage.translation import speak
from tests.agreement.patients import NOW, content
from tests.session_soup import soups
from tests.session_table import PROTOCOLS, WORDS, Tablet, first_script, ground, plans

HERE = ground(plans()[0])
REACTIONS = {term.name: term for term in WORDS.reactions}


def written(record: SessionRecord, **more: Any) -> str:
    return "\n".join(each for section in note(record=record, **more).sections for each in section.sentences)


def section(record: SessionRecord, title: str, **more: Any) -> tuple[str, ...]:
    return next(each.sentences for each in note(record=record, **more).sections if each.title == title)


def pain(kind: type[Measured], value: int) -> Measured:
    return kind("pain", value, 0, "", "pain_score_before" if kind is Measured else "pain_score_after")


# What it says


def test_the_sections_are_those_of_the_template():
    record = Tablet().closes().record
    assert [each.title for each in note(record=record).sections] == ["Subjective", "Objective", "Assessment", "Plan"]
    short = Template("short", "Short", (Section("Delivered", ("delivered",)), Section("Next", ("next",))))
    found = note(record=record, template=short)
    assert (found.template, [each.title for each in found.sections]) == ("short", ["Delivered", "Next"])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_says_everything_once(name: str):
    names = [paragraph for each in TEMPLATES[name].sections for paragraph in each.paragraphs]
    assert sorted(names) == sorted(PARAGRAPHS)


def test_the_same_sentences_stand_in_every_template():
    record = Tablet().closes().record
    unsaid = {"Nothing was recorded."}
    found = {
        name: {said for each in note(record=record, template=template).sections for said in each.sentences} - unsaid
        for name, template in TEMPLATES.items()
    }
    assert found["dap"] == found["in_time"] == found["soap"]


def test_a_template_that_repeats_itself_or_names_nothing_is_refused():
    with pytest.raises(ValueError, match="not a paragraph"):
        Section("Odd", ("delivered", "weather"))
    with pytest.raises(ValueError, match="stands once"):
        Template("twice", "Twice", (Section("One", ("next",)), Section("Two", ("next",))))


def test_planned_stands_beside_delivered():
    tablet = Tablet().starts().begins(0).ends(0, seconds=70)
    first = tablet.script.moments[0]
    planned = f"{first.seconds // 60} min {first.seconds % 60} s"
    assert f"{first.title}: {planned} planned, 1 min 10 s delivered." in section(tablet.record, "Objective")
    assert "delivered 1 min 10 s." in written(tablet.record)


@pytest.mark.hazard("H16")
def test_a_step_left_out_stands_there_with_its_reason_and_the_words():
    tablet = Tablet().starts().does(0)
    tablet.tell(StepSkipped(1, "skin", "A graze of two days."))
    title = tablet.script.moments[1].title
    assert f"{title}: left out, as the skin there was to be left alone. A graze of two days." in written(tablet.record)


def test_the_checks_that_were_in_order_stand_there_too():
    tablet = Tablet().checks_in()
    made = [WORDS.terms[f"checks.{each.name}"].term for each in tablet.script.before]
    assert f"In order: {'; '.join(made)}." in section(tablet.record, "Objective")
    tablet.tell(Checked(tablet.script.before[0].name, ok=False, note=""))
    assert f"In order: {'; '.join(made[1:])}." in section(tablet.record, "Objective")


def test_what_was_said_about_comfort_stands_with_the_step_and_is_thought_about_before_the_next():
    tablet = Tablet().starts().begins(0)
    tablet.tell(Comfort("comfort_each_region", "lighter", ""))
    tablet.tell(Stopped("patient_asks", ""), after=30_000)
    tablet.tell(Reaction("none", ""))
    tablet.tell(Closed())
    title, text = tablet.script.moments[0].title, written(tablet.record)
    assert f", at {title}: answered, lighter pressure asked for." in text
    assert "To think about before the next session: lighter pressure asked for (1 time)." in text
    whole = f"{tablet.script.minutes} min 0 s"
    assert f"To think about before the next session: 0 min 31 s of {whole} were given." in text
    assert "were given" not in written(Tablet().closes().record)


def test_a_plan_that_was_changed_says_what_was_planned_first_and_what_then():
    here = Tablet().script
    script = replace(here, moments=here.moments[:2])
    tablet = Tablet().checks_in()
    tablet.tell(Decided("1", "1", "0", "0", PROTOCOLS.hash, "go", script_hash(script)))
    tablet.tell(Started())
    tablet.does(0, 1).tell(Finished())
    record = fold(tablet.line, tablet.ground.with_script(script))
    first, then = f"{here.minutes} min 0 s", sum(each.seconds for each in script.moments)
    now = f"{then // 60} min {then % 60} s"
    assert f"Planned {first}, by the new plan {now}, delivered {now}." in section(record, "Objective")
    assert f"{here.moments[-1].title}: taken out by the new plan." in section(record, "Objective")


def test_every_way_to_differ_has_its_sentence():
    tablet = Tablet().starts().begins(0).ends(0, seconds=300).begins(1).ends(1, seconds=1).begins(2)
    tablet.tell(Stopped("patient_asks", "Has to leave."), after=4000)
    text = written(tablet.record)
    for words in (
        "longer than planned, 5 min 0 s instead of",
        "shorter than planned, 0 min 1 s instead of",
        "broken off after 0 min 4 s.",
        ": not begun.",
        "Stopped: The patient asks to stop. Has to leave.",
    ):
        assert words in text


@pytest.mark.hazard("H01")
def test_identifiers_are_said_to_have_been_compared_only_if_they_were():
    tablet = Tablet().opens()
    assert "Nobody recorded that identifiers were compared with the plan." in written(tablet.record)
    tablet.tell(Identified(("name", "birth_date"), photo=True))
    assert "Compared with the plan: name and birth date." in written(tablet.record)
    assert "The photo was seen." in written(tablet.record)


def test_measures_and_checks_are_said_with_number_and_unit():
    tablet = Tablet().checks_in()
    tablet.tell(Measured("systolic", 131, 0, "mm[Hg]", "blood_pressure_before"))
    tablet.tell(Measured("skin_temperature", 365, 1, "Cel", "inspect_skin"))
    tablet.tell(Checked("inspect_calves", ok=False, note="Left calf warm."))
    text = written(tablet.record)
    assert re.search(r"Before: .*131 mmHg; Look at the skin: 36\.5 °C\.", text)
    assert "Look at both calves: not in order. Left calf warm." in text


def test_a_session_that_somebody_did_not_begin_though_they_might_have_says_no_verdict():
    tablet = Tablet().opens()
    tablet.tell(Checked("new_since_last", ok=False, note="A fall."))
    tablet.decides().tell(Refused(tablet.plan.decision.verdict.name.lower(), ()))
    text = written(tablet.record)
    assert "The session was not begun: a check was not in order." in text
    assert "New pain, falls, medicines: not in order. A fall." in text
    assert "not begun: go" not in text


def test_a_session_that_nobody_there_was_trained_for_says_so_and_which_rules_ask():
    tablet = Tablet().opens()
    decision = tablet.plan.decision
    rule = decision.holding[0]
    tablet.decides().tell(Refused(decision.verdict.name.lower(), (rule.id,)))
    text = written(tablet.record)
    assert "The session was not begun: it asks for training that whoever was there did not have." in text
    assert rule.because in text
    assert "a check was not in order" not in text
    tablet = Tablet().opens()
    tablet.tell(decided_of(decision, None))
    tablet.tell(Refused(decision.verdict.name.lower(), (rule.id,)))
    assert "The session was not begun: nothing of the plan remained within the limits." in written(tablet.record)


def test_checks_that_nobody_made_are_named():
    tablet = Tablet().opens()
    assert re.search(r"Not made: .*Look at the skin", written(tablet.record))
    assert "Comfort at each region" in written(Tablet().closes().record)


def test_a_check_of_each_region_that_was_made_at_some_of_them_says_at_how_many_not():
    tablet = Tablet().starts()
    due = [place for place, moment in enumerate(tablet.script.moments) if "comfort_each_region" in moment.checks]
    for place in range(len(tablet.script.moments)):
        tablet.begins(place)
        if place in due[1:]:
            tablet.tell(Comfort("comfort_each_region", "comfortable", ""))
        tablet.ends(place)
    said = f"Comfort at each region: not asked in 1 of {len(due)} steps."
    assert said in written(tablet.record)


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("cancer_now", True, "yes"),
        ("cancer_now", None, "not known"),
        ("systolic", 150, "150 mmHg"),
        ("systolic", NEVER, "never measured"),
        ("birth_date", NOW, "22 November 2026"),
        ("medicines", Items(("warfarin",), complete=False), "warfarin"),
        ("medicines", Items((), complete=True), "none"),
        ("systolic", "high", "an answer that does not fit the question"),
        ("of_tomorrow", True, "of tomorrow: not known to these protocols"),
    ],
)
def test_each_kind_of_answer_is_said(name, answer, words):
    tablet = Tablet().opens()
    tablet.tell(Learned(name, answer, "patient"))
    (said,) = (each for each in section(tablet.record, "Subjective") if each.startswith("New in this session"))
    assert words.lower() in said.lower()


def test_comfort_is_summed_up_where_all_was_well_and_told_where_not():
    tablet = Tablet().starts()
    for answer in ("comfortable", "comfortable"):
        tablet.tell(Comfort("comfort_each_region", answer, ""))
    assert "Asked about comfort 2 times: always comfortable." in written(tablet.record)
    tablet.tell(Comfort("comfort_each_rise", "lighter", "Left side."))
    said = "Comfort at each rise of pressure: answered, lighter pressure asked for. Left side."
    assert said in written(tablet.record)
    assert "always comfortable" not in written(tablet.record)


def test_what_was_decided_and_why_stands_in_the_assessment():
    tablet = Tablet().starts()
    found = section(tablet.record, "Assessment")
    assert found[0] == "Decided: go, modified."
    assert [rule.because for rule in tablet.plan.decision.telling] == list(found[1:])


def test_a_second_decision_says_only_what_is_new():
    tablet = Tablet().starts()
    other = plans()[1].decision
    tablet.tell(decided_of(other, first_script(plans()[1])))
    found = section(tablet.record, "Assessment")
    again = found.index("Decided again: go, modified.")
    before = set(found[:again])
    assert list(found[again + 1 :]) == [rule.because for rule in other.telling if rule.because not in before]


def test_a_decision_by_other_protocols_is_not_explained_by_these():
    tablet = Tablet().opens()
    tablet.tell(replace(decided_of(tablet.plan.decision, tablet.script), content="0" * 64))
    assert section(tablet.record, "Assessment")[1:] == ("It was decided under another version of the protocols.",)


def test_a_refusal_says_by_which_rules():
    rule = PROTOCOLS.rules[3]
    tablet = Tablet().checks_in()
    tablet.tell(Refused("withhold", (rule.id, "a.rule.of.tomorrow")))
    assert section(tablet.record, "Assessment") == ("The session was not begun: withhold and refer.", rule.because)
    assert "Nothing was delivered." in written(tablet.record)
    assert "its dose, 1, is that of the next" in written(tablet.record)


def test_numbers_of_two_sessions_stand_beside_each_other_and_nothing_is_claimed():
    before, now = Tablet().starts(), Tablet(session="visit_two").starts()
    for tablet, value in ((before, 6), (now, 4)):
        tablet.tell(pain(Measured, value))
    (said,) = section(now.record, "Assessment", previous=before.record)[-1:]
    assert said == "Pain now, 0 to 10: 6 last time, 4 now."
    now.tell(pain(After, 3))
    assert "3 now" not in written(now.record, previous=before.record)


# What comes next


@pytest.mark.parametrize("name", REACTIONS)
@pytest.mark.hazard("H30")
def test_the_next_dose_follows_the_content_and_so_does_the_referral(name):
    tablet = Tablet()
    tablet.tell(Opened(script_hash(tablet.script), PROTOCOLS.hash, "plan_one", dose=3, number=4))
    tablet.tell(StepBegan(0))
    tablet.tell(Finished())
    tablet.tell(Reaction(name, ""))
    found = "\n".join(section(tablet.record, "Plan"))
    step = REACTIONS[name].get("next")
    words = {"grow": "dose 4, one step more", "step_back": "dose 2, one step back", "lock": "The course is locked"}
    assert words[step] in found
    for pair in (pair for pair in REACTIONS[name].get("refer").split(",") if pair):
        target, _, urgency = pair.partition("=")
        assert f"To see: {WORDS.term('referrals', target)}, {WORDS.term('urgencies', urgency)}." in found
    assert ("Next session" in found) is (step != "lock")


@pytest.mark.parametrize("term", WORDS.stop_rules, ids=lambda term: term.name)
@pytest.mark.hazard("H30")
def test_an_alarming_stop_locks_the_course_in_the_note(term):
    tablet = Tablet().starts().begins(0)
    tablet.tell(Stopped(term.name, ""))
    found = "\n".join(section(tablet.record, "Plan"))
    alarming = term.get("alarming") == "yes"
    assert (f"The course is locked until somebody competent has cleared it: {term.term}." in found) is alarming
    assert (f"To think about before the next session: {term.term}." in found) is not alarming
    assert f"What is to be done then: {term.get('act')}" in written(tablet.record)


@pytest.mark.hazard("H30")
def test_a_stop_or_a_reaction_that_nobody_understands_gives_no_dose():
    for data in (Stopped("other", "He went quiet."), Reaction("of_tomorrow", "")):
        tablet = Tablet().finishes()
        tablet.tell(data)
        found = section(tablet.record, "Plan")[0]
        assert found == "Somebody competent has to say whether the course may go on."


@pytest.mark.hazard("H04")
def test_without_a_reaction_the_next_dose_is_that_of_the_first():
    found = section(Tablet().finishes().record, "Plan")[0]
    assert found == "Next session: dose 1, as the first, as nothing is known of the last session."


def ended(number: int, *data: Data) -> SessionRecord:
    """A session of this number that was given, and what was told of it."""
    tablet = Tablet(number=number).opens()
    for each in (StepBegan(0), *data, Finished()):
        tablet.tell(each)
    return tablet.record


def test_after_the_last_session_the_course_is_complete_and_before_it_there_is_a_next():
    for number in (9, 10, 11):
        found = section(ended(number), "Plan", sessions=10)[0]
        assert ("Next session" in found) is (number < 10)
        assert (found == f"The course is complete: this was session {number} of 10.") is (number >= 10)
    assert section(ended(10), "Plan")[0].startswith("Next session: dose 1")


def test_a_last_session_that_was_not_given_completes_nothing():
    found = section(Tablet(number=10).opens().record, "Plan", sessions=10)
    assert found == ("This session was not given; its dose, 1, is that of the next.",)


@pytest.mark.hazard("H30")
def test_a_lock_at_the_last_session_is_said_and_not_that_the_course_is_complete():
    alarming = next(term for term in WORDS.stop_rules if term.get("alarming") == "yes")
    locking = next(term for term in WORDS.reactions if term.get("next") == "lock")
    for data, term in ((Stopped(alarming.name, ""), alarming), (Reaction(locking.name, ""), locking)):
        found = section(ended(10, data), "Plan", sessions=10)
        assert found[0] == f"The course is locked until somebody competent has cleared it: {term.term}."
        assert not any("complete" in said for said in found)


@pytest.mark.hazard("H30")
def test_after_the_last_session_whom_to_see_and_what_to_think_about_is_said_all_the_same():
    calm = next(term for term in WORDS.stop_rules if term.get("alarming") == "no")
    assert f"To think about before another course: {calm.term}." in section(
        ended(10, Stopped(calm.name, "")), "Plan", sessions=10
    )
    for term in (term for term in WORDS.reactions if term.get("refer") and term.get("next") != "lock"):
        found = section(ended(10, Reaction(term.name, "")), "Plan", sessions=10)
        assert any(said.startswith("To see: ") for said in found), term.name


@pytest.mark.hazard("H20")
def test_what_was_out_of_place_or_has_not_arrived_is_said():
    tablet = Tablet().opens()
    tablet.tell(StepBegan(0))
    whole = written(tablet.record)
    assert "Entry 2 was out of place. The treatment has not begun." in whole
    tablet.tell(Finished())
    record = fold(lines([tablet.events[0], tablet.events[2]])[0], HERE)
    assert "Entries that have not arrived from the device: 2." in written(record)
    unknown = replace(tablet.events[0], data=Opened("f" * 64, PROTOCOLS.hash, "p", 1, 1))
    assert "is not known here" in written(fold(lines([unknown])[0], HERE))


# Laws


MARKED = Ground(
    replace(PROTOCOLS, vocabulary=replace(WORDS, language=Language("xx", made=lambda english: f"¤{english}"))),
    HERE.scripts,
)


@settings(max_examples=150)
@given(soups(), soups(), st.none() | st.integers(1, 3))
def test_any_record_has_a_note_and_every_sentence_of_it_goes_through_the_language(events, earlier, sessions):
    """What does not is a reason of a rule, which the content translates."""
    if not events:
        return
    record = fold(lines(events)[0], MARKED)
    previous = fold(lines(earlier)[0], MARKED) if earlier else None
    reasons = {rule.because for rule in PROTOCOLS.rules}
    made = note(record=record, previous=previous, sessions=sessions)
    assert isinstance(made, Note)
    for each in made.sections:
        assert each.title.startswith("¤")
        assert each.sentences
        assert all(said.startswith("¤") or said in reasons for said in each.sentences)
        assert not any(re.search(r"\{[a-z]{3,}\}", said) for said in each.sentences), "a place is not filled"


@pytest.mark.parametrize("code", ["uk", "ru"])
def test_any_record_has_a_note_in_the_languages_of_the_house(code):
    """With the real words: those made up for the test above have no forms of a noun, which a number needs."""
    there = Ground(speak(content(), code).protocols, HERE.scripts)

    @settings(max_examples=80)
    @given(soups())
    def law(events):
        if events:
            assert note(record=fold(lines(events)[0], there)).sections

    law()
    tablet = Tablet().starts().begins(0)
    tablet.tell(Comfort("comfort_each_region", "comfortable", ""))
    assert note(record=fold(tablet.line, there)).sections[0].sentences


@settings(max_examples=50)
@given(soups())
def test_the_signed_text_is_the_same_in_every_language(events):
    if events:
        one, other = (fold(lines(events)[0], on) for on in (HERE, MARKED))
        assert canonical(one) == canonical(other)
        assert record_hash(one) == record_hash(other)


# Deciding again


def test_the_same_decision_differs_in_nothing_and_another_is_named():
    one, other = (decided_of(plan.decision, first_script(plan)) for plan in plans()[:2])
    assert differing(one, one) == ()
    assert "script" in differing(one, other)
    assert "possible" in differing(one, other)
    for name in ("certain", "possible", "holds", "undecided", "content"):
        changed = replace(one, **{name: "1" * 64})
        assert differing(changed, one) == (name,)
    assert differing(replace(one, verdict="go", script=""), one) == ("verdict", "script")
    assert told(("verdict", "script"), WORDS.language) == (
        "The device decided differently from the clinic in the verdict and the script."
    )
    assert told((), WORDS.language) == ""


def nobody_known() -> Decision:
    """About somebody of whom nothing is known: its four words are all different."""
    return plan_for(intake=Intake("", NOW), library=content(), on=NOW).decision


def test_each_word_of_a_decision_is_told_as_what_it_is():
    decision = nobody_known()
    found = decided_of(decision, None)
    words = (decision.certain_word, decision.possible_word, decision.holds_word, decision.undecided_word)
    assert len(set(words)) == 4
    assert tuple(int(word, 16) for word in (found.certain, found.possible, found.holds, found.undecided)) == words


def test_what_is_treated_as_if_it_were_so_is_said_to_be_not_known():
    decision = nobody_known()
    tablet = Tablet().opens()
    tablet.tell(decided_of(decision, None))
    found = section(tablet.record, "Assessment")
    assert found[0] == "Decided: ask first."
    assert {f"As this is not known: {rule.because}" for rule in decision.undecided} <= set(found)


def test_a_decision_is_told_whole():
    plan = plans()[0]
    found = decided_of(plan.decision, first_script(plan))
    assert int(found.possible, 16) == plan.decision.possible_word
    assert int(found.undecided, 16) == plan.decision.undecided_word
    assert (found.treats, found.content, found.verdict) == (True, PROTOCOLS.hash, "modified")
    assert not decided_of(plan.decision, None).treats
