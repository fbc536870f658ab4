"""An event is written once, reads back to the byte, and is refused in words where it is malformed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER
from effleurage.lib.marked import parse_json
from effleurage.session.events import Event, plain_event, read_event, read_text
from effleurage.session.kinds import KINDS, Checked, Learned, Measured, Started, Stopped
from effleurage.session.stored import given as answer_of
from effleurage.session.stored import stored
from tests.session_soup import BY_KIND, DATA, answers
from tests.session_table import Tablet
from tests.strategies import refusal

ID = "AbCdEf0123456789-_wxyz"
AT = datetime.fromisoformat("2026-11-22T09:05:00")


def event(data: Any = Started(), **changed: Any) -> Event:  # noqa: B008  # frozen
    return replace(Event(ID, "visit_one", "tablet_one", 1, AT, 0, data), **changed)


def plain(**changed: Any) -> dict[str, Any]:
    return {**plain_event(event(Learned("systolic", 131, "therapist"))), **changed}


def test_the_list_of_kinds_is_closed_and_the_strategies_reach_each():
    assert set(KINDS) == set(BY_KIND)


@settings(max_examples=400)
@given(DATA, st.integers(1, 100_000), st.integers(0, 10**9))
def test_an_event_reads_back_from_its_text_to_the_byte(data, seq, tick):
    written = event(data, seq=seq, tick=tick)
    read = read_text(written.text)
    assert read == written
    assert (read.text, read.hash) == (written.text, written.hash)


@given(DATA, DATA, st.integers(0, 5), st.integers(0, 5))
def test_two_events_share_a_hash_only_if_they_are_the_same(one, other, tick, then):
    first, second = event(one, tick=tick), event(other, tick=then)
    assert (first.hash == second.hash) == (first == second)


def test_the_text_is_that_of_other_languages():
    """A fixed point for every program that writes events: keys sorted, no spaces, characters as themselves."""
    found = event(Checked("inspect_skin", ok=False, note='bruise «left»\n🙂 "2 cm" \\'), seq=7, tick=61_000)
    assert found.text == (
        '{"at":"2026-11-22T09:05:00","data":{"check":"inspect_skin","note":"bruise «left»\\n🙂 \\"2 cm\\" \\\\",'
        '"ok":false},"device":"tablet_one","id":"AbCdEf0123456789-_wxyz","kind":"checked","seq":7,'
        '"session":"visit_one","tick":61000}'
    )
    assert found.hash == "9bd6669e46533495b83d99fb4af77e4e663664db11363b5988718ff3d0d23a20"


def test_the_text_holds_no_float():
    for made in Tablet().closes().events:
        assert all(not isinstance(each, float) for each in _leaves(json.loads(made.text)))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return [leaf for part in parts for leaf in _leaves(part)]
    return [value]


@given(answers())
def test_an_answer_reads_back(value):
    assert answer_of(json.loads(json.dumps(stored(value))), "answer") == value


@pytest.mark.parametrize(
    "value",
    [
        {}, {"yes": 1}, {"number": True}, {"number": 1.5}, {"number": "1"}, {"yes": True, "number": 1}, {"choice": ""},
        {"date": "22.11.2026"}, {"date": "2026-11-22T09:00:00+01:00"}, {"items": ["a"], "complete": True}, "no", [], 5,
        {"items": [1], "complete": True, "excerpt": False}, {"number": 10**12}, {"date": "2026-11-22"},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(value):
    with pytest.raises(InputError, match="no answer"):
        answer_of(value, "event.data.answer")


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"id": "short"}, "identity of an event"),
        ({"id": ID + "x"}, "identity of an event"),
        ({"session": "a b"}, "identifier of a session"),
        ({"device": ""}, "identifier of a device"),
        ({"seq": 0}, "a number in a sequence"),
        ({"seq": "1"}, "Expected a whole number"),
        ({"seq": 1.0}, "Expected a whole number"),
        ({"seq": True}, "Expected a whole number"),
        ({"tick": -1}, "a count of milliseconds"),
        ({"at": "2026-11-22 09:05:00"}, "a local time such as"),
        ({"at": "2026-11-22T09:05:00Z"}, "a local time such as"),
        ({"at": "2026-13-22T09:05:00"}, "a local time such as"),
        ({"kind": "facts"}, "Did you mean 'fact'"),
        ({"kind": "???"}, "is not a kind of event"),
        ({"more": 1}, "'more' is not known here"),
        ({"data": {}}, "'name' is missing"),
        ({"data": None}, "Expected names with values"),
        ({"data": {"name": "Systolic", "answer": None, "origin": "patient"}}, "the name of a fact"),
        ({"data": {"name": "systolic", "answer": None, "origin": "nobody"}}, "whom an answer comes from"),
        ({"data": {"name": "systolic", "answer": {"no": 1}, "origin": "patient"}}, "no answer"),
        ({"kind": "started", "data": {"x": 1}}, "'x' is not known here"),
        ({"kind": "identified", "data": {"compared": ["name"], "photo": True}}, "two different identifiers"),
        ({"kind": "identified", "data": {"compared": ["name", "name"], "photo": True}}, "two different identifiers"),
        ({"kind": "identified", "data": {"compared": ["name", "shoe"], "photo": True}}, "an identifier"),
        ({"kind": "identified", "data": {"compared": "name", "photo": True}}, "a list of"),
        ({"kind": "resumed", "data": {"asked": "yes"}}, "true or false"),
        ({"kind": "step_began", "data": {"moment": -1}}, "a moment of a script"),
        ({"kind": "step_skipped", "data": {"moment": 1, "reason": "bored", "words": ""}}, "a reason to leave"),
        ({"kind": "step_skipped", "data": {"moment": 1, "reason": "other", "words": " "}}, "needs words"),
        ({"kind": "stopped", "data": {"rule": "other", "words": ""}}, "needs words"),
        ({"kind": "checked", "data": {"check": "x", "ok": True, "note": "a\u0000b"}}, "control character"),
        ({"kind": "checked", "data": {"check": "x", "ok": True, "note": "n" * 2001}}, "too long"),
    ],
)  # fmt: skip
def test_a_malformed_event_is_refused_with_place_and_reason(changed, words):
    with pytest.raises(InputError, match=words) as refused:
        read_event(plain(**changed), "push.events[3]")
    assert refused.value.where.startswith("push.events[3]")
    assert refused.value.remedy


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"certain": "0x1f"}, "hexadecimal"),
        ({"holds": "0f"}, "hexadecimal"),
        ({"holds": "F"}, "hexadecimal"),
        ({"content": "c" * 63}, "hash of a content"),
        ({"verdict": "maybe"}, "a verdict"),
        ({"verdict": "withhold"}, "does not treat has no script"),
    ],
)
def test_a_malformed_decision_is_refused(changed, words):
    hexes = dict.fromkeys(("certain", "possible", "holds", "undecided"), "1f")
    whole = {**hexes, "content": "c" * 64, "verdict": "go", "script": "d" * 64}
    assert read_event(plain(kind="decided", data=whole))
    with pytest.raises(InputError, match=words):
        read_event(plain(kind="decided", data={**whole, **changed}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from([*plain()]), st.sampled_from([*KINDS]), JSON, JSON)
def test_whatever_arrives_is_read_or_refused_and_never_a_bug(key, kind, value, whole):
    refusal(lambda: read_event(whole))
    refusal(lambda: read_event(plain(**{key: value})))
    refusal(lambda: read_event(plain(kind=kind, data=value)))


@settings(max_examples=200)
@given(DATA, st.data())
def test_an_event_with_one_field_taken_away_or_changed_is_read_strictly_or_refused(data, draw):
    tree = json.loads(event(data).text)
    name = draw.draw(st.sampled_from([*tree["data"]])) if tree["data"] else None
    if name:
        tree["data"][name] = draw.draw(JSON)
    text = json.dumps(tree)
    if refusal(lambda: read_text(text)) is None:
        assert json.loads(read_text(text).text) == tree


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"id": 1, "id": 2}', "[" * 300, '"\\ud800"'])
def test_what_is_no_event_at_all_is_refused(text):
    assert isinstance(refusal(lambda: read_text(text)), InputError)


@pytest.mark.parametrize(
    "build",
    [
        lambda: event(at=AT.replace(microsecond=5)),
        lambda: event(at=datetime.fromisoformat("2026-11-22T09:05:00+00:00")),
        lambda: event(seq=100_001),
        lambda: Measured("pain", 10**10, 0, "", ""),
        lambda: Measured("pain", 1, 7, "", ""),
        lambda: Stopped("Crack!", ""),
    ],
)
def test_what_cannot_be_is_not_built(build):
    with pytest.raises(ValueError):
        build()


def test_numbers_of_json_stay_numbers():
    tree = parse_json(event(Learned("t_score_spine", -25, "clinician")).text, "event")
    assert read_event(tree).data.answer == -25
    assert stored(NEVER) == "never"
