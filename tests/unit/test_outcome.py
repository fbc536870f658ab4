"""Scores and changes: worked by hand for every instrument that is shipped, then for all instruments at once."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effleurage.errors import ContentError, InputError
from effleurage.lib.marked import parse_yaml
from effleurage.outcome.instrument import Change, Instrument, Method, Scale
from effleurage.outcome.read_instruments import read_instruments
from effleurage.outcome.read_not_shipped import NOT_SHIPPED, read_not_shipped
from effleurage.outcome.score import Comparison, Result, Score, change, score
from effleurage.protocol.documents import BUILT_IN, Documents, read_documents
from effleurage.protocol.load import load_protocols

DOCUMENTS = read_documents(BUILT_IN)
PROTOCOLS = load_protocols(DOCUMENTS)
SHIPPED = {instrument.name: instrument for instrument in read_instruments(DOCUMENTS, PROTOCOLS)}
MISSING = {each.name: each for each in read_not_shipped(DOCUMENTS, PROTOCOLS)}

D = Decimal


def scored(name, *answers) -> Score:
    """The score of answers given in the order of the sheet."""
    items = [item.id for item in SHIPPED[name].items]
    return score(instrument=SHIPPED[name], answers=dict(zip(items, answers, strict=True)))


def changed(name, before, after) -> Comparison:
    return change(instrument=SHIPPED[name], before=scored(name, *before), after=scored(name, *after))


WORKED = [
    ("gad7", (0, 0, 0, 0, 0, 0, 0), 0, "below the first cut-point"),
    ("gad7", (1, 1, 1, 1, 0, 0, 0), 4, "below the first cut-point"),
    ("gad7", (1, 1, 1, 1, 1, 0, 0), 5, "first cut-point"),
    ("gad7", (3, 3, 3, 0, 0, 0, 0), 9, "first cut-point"),
    ("gad7", (3, 3, 3, 1, 0, 0, 0), 10, "screen positive"),
    ("gad7", (2, 2, 2, 2, 2, 2, 2), 14, "screen positive"),
    ("gad7", (3, 2, 2, 2, 2, 2, 2), 15, "highest band"),
    ("gad7", (3, 3, 3, 3, 3, 3, 3), 21, "highest band"),
    ("gad2", (1, 1), 2, "screen negative"),
    ("gad2", (3, 0), 3, "screen positive"),
    ("peg", (6, 7, 6), Fraction(19, 3), ""),
    ("peg", (10, 10, 10), 10, ""),
    ("nrs_pain", (7,), 7, ""),
    ("nrs_fatigue", (0,), 0, ""),
    ("nrs_headache", (10,), 10, ""),
    ("nrs_tension", (4,), 4, ""),
    ("palpated_tension", (2,), 2, ""),
    ("headache_days", (28,), 28, ""),
    ("pgic", (2,), 2, "much better or beyond"),
    ("pgic", (3,), 3, "less than much better"),
    ("pgic", (5,), 5, "worse"),
    ("occiput_wall", (5,), 5, "up to 5 cm"),
    ("occiput_wall", (D("5.1"),), Fraction(51, 10), "sign of a possible vertebral fracture"),
    ("standing_height", (D("163.5"),), Fraction(327, 2), ""),
    ("trunk_rotation", (D("4.9"),), Fraction(49, 10), "below referral"),
    ("trunk_rotation", (5,), 5, "referral level"),
    ("blood_pressure_systolic", (141, 136), Fraction(277, 2), ""),
    ("blood_pressure_diastolic", (90, 85), Fraction(175, 2), ""),
]


@pytest.mark.parametrize("name, answers, value, band", WORKED)
def test_a_score_worked_by_hand(name, answers, value, band) -> None:
    assert scored(name, *answers) == Score(name, Fraction(value), len(answers), len(answers), band)


def test_every_shipped_instrument_has_an_example() -> None:
    assert set(SHIPPED) == {name for name, *_ in WORKED}


@pytest.mark.parametrize("instrument", SHIPPED.values(), ids=list(SHIPPED))
def test_a_missing_answer_gives_no_score_and_says_why(instrument) -> None:
    full = {item.id: item.scale.low for item in instrument.items}
    for name in full:
        for answers in ({**full, name: None}, {item: low for item, low in full.items() if item != name}):
            found = score(instrument=instrument, answers=answers)
            assert (found.value, found.band, found.answered) == (None, "", len(full) - 1)
            assert found.why == f"{len(full) - 1} of {len(full)} answered. {instrument.missing}"


def test_a_mean_that_may_miss_answers_is_taken_over_those_given() -> None:
    lenient = replace(SHIPPED["peg"], min_answered=2)
    assert score(instrument=lenient, answers={"pain": 6, "activity": 3}) == Score("peg", Fraction(9, 2), 2, 3)
    assert score(instrument=lenient, answers={"pain": 6}).value is None


@pytest.mark.parametrize(
    "name, item, answer, words",
    [
        ("nrs_pain", "pain", 11, "Write a whole number from 0 to 10."),
        ("nrs_pain", "pain", -1, "Write a whole number from 0 to 10."),
        ("nrs_pain", "pain", D("2.5"), "Write a whole number from 0 to 10."),
        ("nrs_pain", "pain", D("2.0000000000000000000000000000000000001"), "Write a whole number"),
        ("nrs_pain", "pain", D("1E-999999"), "Write a whole number"),
        ("nrs_pain", "pain", D("NaN"), "NaN is not an answer"),
        ("nrs_pain", "pain", D("sNaN"), "is not an answer"),
        ("nrs_pain", "pain", D("Infinity"), "is not an answer"),
        ("nrs_pain", "pain", True, "True is not an answer"),
        ("nrs_pain", "pain", 2.0, "is not an answer"),
        ("nrs_pain", "pain", "2", "is not an answer"),
        ("gad7", "relax", 4, "4 is not an answer to 'Trouble relaxing'."),
        ("gad7", "relaxed", 1, "Did you mean 'relax'?"),
        ("gad2", "zzz", 1, "The items are nervous and no_control."),
        ("pgic", "change", 0, "Write a whole number from 1 to 7."),
        ("standing_height", "height", D("163.55"), "Write a number of cm from 50 to 250, with at most one decimal."),
        ("standing_height", "height", D("1.63"), "from 50 to 250"),
        ("occiput_wall", "distance", D("5.05"), "with at most one decimal"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_a_remedy(name, item, answer, words) -> None:
    with pytest.raises(InputError) as caught:
        score(instrument=SHIPPED[name], answers={item: answer})
    assert words in str(caught.value)
    assert str(caught.value).startswith(name)


def test_a_number_of_many_digits_is_refused_in_few() -> None:
    with pytest.raises(InputError) as caught:
        scored("nrs_pain", 10**6000)
    assert len(str(caught.value)) < 200


def test_a_decimal_that_is_whole_is_a_whole_number() -> None:
    assert scored("nrs_pain", D("7.0")) == scored("nrs_pain", 7)


@pytest.mark.parametrize(
    "name, before, after, result",
    [
        # Four points of the GAD-7.
        ("gad7", (3, 3, 3, 1, 0, 0, 0), (3, 3, 0, 0, 0, 0, 0), Result.BETTER),
        ("gad7", (3, 3, 3, 1, 0, 0, 0), (3, 3, 1, 0, 0, 0, 0), Result.UNIMPORTANT),
        ("gad7", (3, 3, 0, 0, 0, 0, 0), (3, 3, 3, 1, 0, 0, 0), Result.WORSE),
        # Thirty percent of a PEG of 20/3 is exactly 2; of 19/3 it is 1.9, between five and six thirds.
        ("peg", (7, 7, 6), (5, 5, 4), Result.BETTER),
        ("peg", (7, 7, 6), (5, 5, 5), Result.UNIMPORTANT),
        ("peg", (7, 7, 6), (9, 9, 8), Result.WORSE),
        ("peg", (6, 7, 6), (4, 5, 4), Result.BETTER),
        ("peg", (6, 7, 6), (5, 5, 4), Result.UNIMPORTANT),
        # One third on a baseline of one third is already a doubling.
        ("peg", (1, 0, 0), (1, 1, 0), Result.WORSE),
        ("peg", (0, 0, 0), (0, 0, 5), Result.UNSAID),
        ("peg", (0, 0, 0), (0, 0, 0), Result.UNSAID),
        ("nrs_pain", (7,), (5,), Result.BETTER),
        ("nrs_pain", (7,), (6,), Result.UNIMPORTANT),
        ("nrs_pain", (7,), (7,), Result.UNIMPORTANT),
        ("nrs_pain", (7,), (9,), Result.WORSE),
        ("nrs_pain", (0,), (2,), Result.WORSE),
        # Height: higher is better, and a loss of 2 cm is what is looked for.
        ("standing_height", (D("163.5"),), (D("161.5"),), Result.WORSE),
        ("standing_height", (D("163.5"),), (D("161.6"),), Result.UNIMPORTANT),
        # No least important change is known: never an improvement.
        ("nrs_fatigue", (10,), (0,), Result.UNSAID),
        ("headache_days", (28,), (0,), Result.UNSAID),
        ("pgic", (7,), (1,), Result.UNSAID),
        ("blood_pressure_systolic", (180, 180), (120, 120), Result.UNSAID),
    ],
)
def test_a_change_worked_by_hand(name, before, after, result) -> None:
    assert changed(name, before, after).result is result


def test_a_change_carries_its_numbers_and_the_status_of_what_it_was_judged_by() -> None:
    found = changed("peg", (6, 7, 6), (4, 5, 4))
    assert (found.points, found.percent) == (Fraction(-2), Fraction(-600, 19))
    assert found.by == Change(D(30), "percent", "N", "KREBS")
    assert found.why == "At least the least important change, 30 %."
    assert changed("gad7", (3,) * 7, (0,) * 7).by == Change(D(4), "points", "N", "TOUSS")
    assert changed("nrs_tension", (3,), (1,)).by is None


def test_a_change_without_one_of_its_scores_cannot_be_judged() -> None:
    found = changed("nrs_pain", (7,), (None,))
    assert (found.result, found.points, found.percent) == (Result.UNSAID, None, None)
    assert found.why == "One of the two scores is missing."


def test_scores_of_different_instruments_are_not_compared() -> None:
    with pytest.raises(ValueError, match="compared as"):
        change(instrument=SHIPPED["nrs_pain"], before=scored("nrs_pain", 7), after=scored("nrs_fatigue", 2))


@pytest.mark.parametrize(
    "after, result", [(6, Result.UNIMPORTANT), (5, Result.UNSAID), (4, Result.BETTER), (10, Result.BETTER)]
)
def test_a_change_within_the_error_of_measurement_is_not_believed(after, result) -> None:
    noisy = replace(SHIPPED["nrs_pain"], measurement_error=Change(D(3), "points", "C", "FARRAR"))
    found = change(instrument=noisy, before=scored("nrs_pain", 7), after=scored("nrs_pain", after))
    assert found.result is (Result.WORSE if after > 7 else result)


def test_a_percentage_for_the_error_needs_a_baseline_too() -> None:
    noisy = replace(SHIPPED["nrs_pain"], measurement_error=Change(D(50), "percent", "C", "FARRAR"))
    found = change(instrument=noisy, before=scored("nrs_pain", 0), after=scored("nrs_pain", 9))
    assert found.result is Result.UNSAID


# For every instrument at once.


@st.composite
def sheets(draw, count=1):
    """An instrument, and as many complete sheets of answers as are asked for."""
    instrument = draw(st.sampled_from(list(SHIPPED.values())))
    step = 10**instrument.decimals
    filled = []
    for _ in range(count):
        whole = {i.id: draw(st.integers(i.scale.low * step, i.scale.high * step)) for i in instrument.items}
        filled.append({name: Decimal(number) / step for name, number in whole.items()})
    return instrument, *filled


@given(sheets())
def test_a_score_lies_within_its_range_and_band(sheet) -> None:
    instrument, answers = sheet
    found = score(instrument=instrument, answers=answers)
    assert found.value is not None
    assert instrument.range[0] <= found.value <= instrument.range[1]
    assert found.band in {band.term for band in instrument.bands} | ({""} if not instrument.bands else set())


@given(sheets(), st.randoms(use_true_random=False))
def test_the_order_of_items_does_not_matter(sheet, chance: random.Random) -> None:
    instrument, answers = sheet
    items, pairs = list(instrument.items), list(answers.items())
    chance.shuffle(items)
    chance.shuffle(pairs)
    shuffled = replace(instrument, items=tuple(items))
    assert score(instrument=shuffled, answers=dict(pairs)) == score(instrument=instrument, answers=answers)


@given(sheets(count=2))
def test_a_change_turned_round_is_its_opposite_when_counted_in_points(sheet) -> None:
    instrument, first, second = sheet
    before, after = (score(instrument=instrument, answers=answers) for answers in (first, second))
    there, back = (change(instrument=instrument, before=a, after=b) for a, b in ((before, after), (after, before)))
    assert there.points is not None
    assert back.points == -there.points
    if there.by is None or there.by.kind == "points":
        opposite = {Result.BETTER: Result.WORSE, Result.WORSE: Result.BETTER}
        assert back.result is opposite.get(there.result, there.result)


@given(sheets(count=2))
def test_a_judgement_agrees_with_its_threshold(sheet) -> None:
    instrument, first, second = sheet
    before, after = (score(instrument=instrument, answers=answers) for answers in (first, second))
    found = change(instrument=instrument, before=before, after=after)
    if found.result in (Result.BETTER, Result.WORSE):
        moved = found.percent if found.by.kind == "percent" else found.points
        assert abs(moved) >= Fraction(found.by.value)
        assert (found.result is Result.BETTER) == ((found.points > 0) == (instrument.higher_is == "better"))
    assert (found.result is Result.UNSAID) or found.by is not None


# The content.


def test_every_shipped_instrument_has_a_licence_and_a_source() -> None:
    for instrument in SHIPPED.values():
        assert instrument.licence.text
        assert instrument.licence.source in PROTOCOLS.sources
        assert instrument.sources


def test_every_instrument_that_is_not_shipped_says_why() -> None:
    assert MISSING
    for each in MISSING.values():
        assert each.why
        assert each.explanation
        assert each.name not in SHIPPED
        assert each.licence or each.why == ("no_valid_instrument",)


def test_what_is_known_of_an_instrument_that_is_not_shipped_is_kept() -> None:
    rmdq, srs = MISSING["rmdq"], MISSING["srs22r"]
    assert [each.value for each in rmdq.by_band] == [2, 4, 5, 8, 8]
    assert rmdq.measurement_error is not None
    assert rmdq.measurement_error.value == 5
    assert dict(srs.domains) == {"function": 5, "pain": 5, "self_image": 5, "mental_health": 5, "satisfaction": 2}
    assert {name: each.value for name, each in srs.by_domain} == {
        "pain": D("0.6"),
        "function": D("0.3"),
        "self_image": D("1.3"),
        "mental_health": D("0.3"),
        "total": D("0.6"),
    }
    assert MISSING["qualeffo41"].scoring.higher_is == "worse"


GOOD = """\
schema: effleurage/instrument/1
name: ache
title: Ache
licence: {text: Free, status: D, source: project}
period: now
measures: Ache.
items:
  - {id: one, text: "How much?", scale: {min: 0, max: 4, labels: {0: "none", 4: "most"}}}
  - {id: two, text: "How often?", scale: {min: 0, max: 4, labels: {}}}
score: {method: sum, range: [0, 8], min_answered: 2, missing: "Both.", higher_is: worse}
bands: [{from: 0, term: low}, {from: 4, term: high}]
least_important_change: {value: 2, kind: points, status: N, source: project}
codes: [{system: loinc, code: "72514-3", status: C}]
sources: [{key: project, status: D}]
"""


def shipped_from(text, path="instruments/ache.yaml") -> tuple[Instrument, ...]:
    documents = Documents(BUILT_IN, "", {path: parse_yaml(text, path, error=ContentError)})
    return read_instruments(documents, PROTOCOLS)


def test_the_good_example_is_read() -> None:
    (ache,) = shipped_from(GOOD)
    assert (ache.method, ache.range, ache.decimals) == (Method.SUM, (0, 8), 0)
    assert ache.items[0].scale == Scale(0, 4, ((0, "none"), (4, "most")))


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        ("instrument/1", "instruments/1", 1, "Write 'schema: effleurage/instrument/1'"),
        ("name: ache", "name: pain", 2, "Name the file after the instrument"),
        ("name: ache", "name: Ache 1", 2, "cannot be a name"),
        ("licence: {text: Free, status: D, source: project}\n", "", 1, "'licence' is missing"),
        ("text: Free, status: D, source: project", "text: Free, status: D, source: projekt", 4, "not in sources.yaml"),
        ("text: Free, status: D", "text: Free, status: X", 4, "not a known status"),
        ("period: now", "periode: now", 5, "Did you mean 'period'?"),
        ("period: now", "period: now\nunit: mmHg", 6, "Write 'mm[Hg]'"),
        ("id: two", "id: one", 9, "stands here twice"),
        ("max: 4, labels: {}", "max: 0, labels: {}", 9, "cannot run from 0 to 0"),
        ('4: "most"', '5: "most"', 8, "off the scale"),
        ('4: "most"', '00: "most"', 8, "the second there"),
        ('4: "most"', 'x: "most"', 8, "Expected a number"),
        ("range: [0, 8]", "range: [0, 6]", 10, "The items give 0 to 8"),
        ("range: [0, 8]", "range: [8, 0]", 10, "This is no range"),
        ("method: sum", "method: total", 10, "not a known method of scoring"),
        ("method: sum", "method: mean", 10, "The items give 0 to 4"),
        ("method: sum", "method: value", 8, "takes one item, not 2"),
        ("min_answered: 2", "min_answered: 1", 10, "Write 2"),
        ("min_answered: 2", "min_answered: 3", 10, "Write 2"),
        ("higher_is: worse", "higher_is: good", 10, "not a known direction"),
        ("from: 0, term: low", "from: 1, term: low", 11, "must start at the lowest score, 0"),
        ("from: 4, term: high", "from: 0, term: high", 11, "cannot follow one from 0"),
        ("from: 4, term: high", "from: 9, term: high", 11, "cannot follow"),
        ("from: 4, term: high", "from: 4.5, term: high", 11, "No score is exactly 4.5"),
        ("value: 2, kind", "value: 0, kind", 12, "No score can change by 0 points"),
        ("value: 2, kind", "value: 9, kind", 12, "at most 8"),
        ("value: 2, kind: points", "value: 130, kind: percent", 12, "at most 100"),
        ("kind: points", "kind: point", 12, "Did you mean 'points'?"),
        ("system: loinc", "system: lionc", 13, "Did you mean 'loinc'?"),
        ("[{key: project, status: D}]", "[]", 14, "No source is named"),
        ("{key: project,", "{key: nobody,", 14, "'nobody' is not in sources.yaml"),
    ],
)
def test_broken_content_is_refused_by_file_and_line(old, new, line, words) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ContentError) as caught:
        shipped_from(GOOD.replace(old, new))
    assert caught.value.where == f"instruments/ache.yaml:{line}"
    assert words in str(caught.value)


def test_a_percentage_is_refused_where_the_scale_has_no_zero() -> None:
    text = GOOD.replace("min: 0", "min: 1").replace("{0:", "{1:").replace("[0, 8]", "[2, 8]")
    text = text.replace("from: 0", "from: 2").replace("kind: points", "kind: percent")
    with pytest.raises(ContentError, match="starts at 2"):
        shipped_from(text)


def test_a_mean_over_different_scales_is_refused() -> None:
    text = GOOD.replace("method: sum", "method: mean").replace("max: 4, labels: {}", "max: 5, labels: {}")
    with pytest.raises(ContentError, match="different scales"):
        shipped_from(text)


def test_an_instrument_needs_items() -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith("  - ")]
    with pytest.raises(ContentError, match="without items"):
        shipped_from("\n".join(lines).replace("items:", "items: []"))


ABSENT = """\
schema: effleurage/instruments_not_shipped/1
instruments:
  - name: ache_long
    title: Ache, long
    measures: Ache.
    why: [restricted]
    explanation: "It needs a licence."
    licence: {text: Restricted, status: C, source: project}
    score: {method: sum, items: 4, item_range: [0, 3], range: [0, 12], min_answered: 4, higher_is: worse}
    bands: [{from: 0, term: low}]
    domains: [{name: sharp, items: 2}, {name: dull, items: 2}]
    least_important_change_by_domain: {sharp: 1, total: 2, kind: points, status: C, source: project}
    least_important_change_by_band: {values: [1, 2], kind: points, status: C, source: project}
    codes: []
    sources: [{key: project, status: D}]
"""


@pytest.mark.parametrize(
    "old, new, line, words",
    [
        ("[restricted]", "[]", 6, "No reason is given"),
        ("[restricted]", "[dear]", 6, "not a known reason not to ship"),
        ("    licence: {text: Restricted, status: C, source: project}\n", "", 3, "'licence' is missing"),
        ("range: [0, 12]", "range: [0, 11]", 9, "4 items from 0 to 3 give another range"),
        ("min_answered: 4", "min_answered: 5", 9, "Count the items"),
        ("range: [0, 12], ", "", 10, "Bands need the range"),
        ("name: dull, items: 2", "name: dull, items: 3", 11, "do not share out the items"),
        ("name: dull", "name: sharp", 11, "do not share out the items"),
        ("sharp: 1", "shrap: 1", 12, "Did you mean 'sharp'?"),
        ("sharp: 1", "sharp: 13", 12, "at most 12"),
        ("values: [1, 2]", "values: [1, 0]", 13, "No score can change by 0"),
        ("name: ache_long", "name: gad7", 3, "or is shipped"),
    ],
)
def test_a_broken_list_of_what_is_not_shipped_is_refused(old, new, line, words) -> None:
    def read(text):
        tree = parse_yaml(text, NOT_SHIPPED, error=ContentError)
        return read_not_shipped(Documents(BUILT_IN, "", {**DOCUMENTS.trees, NOT_SHIPPED: tree}), PROTOCOLS)

    assert [each.name for each in read(ABSENT)] == ["ache_long"]
    assert ABSENT.count(old) == 1
    with pytest.raises(ContentError) as caught:
        read(ABSENT.replace(old, new))
    assert caught.value.where == f"{NOT_SHIPPED}:{line}"
    assert words in str(caught.value)


def test_bands_without_a_score_are_refused() -> None:
    text = "\n".join(line for line in ABSENT.splitlines() if not line.startswith("    score:"))
    tree = parse_yaml(text, NOT_SHIPPED, error=ContentError)
    with pytest.raises(ContentError, match="Bands need a score"):
        read_not_shipped(Documents(BUILT_IN, "", {NOT_SHIPPED: tree}), PROTOCOLS)


def test_a_content_folder_may_do_without_instruments() -> None:
    empty = Documents(BUILT_IN, "", {})
    assert read_instruments(empty, PROTOCOLS) == read_not_shipped(empty, PROTOCOLS) == ()


@pytest.mark.parametrize(
    "build",
    [
        lambda: Scale(4, 0),
        lambda: Scale(0, 4, ((5, "off"),)),
        lambda: Change(D(0), "points", "N", "project"),
        lambda: Change(D(1), "share", "N", "project"),
        lambda: Score("ache", None, 0, 1),
        lambda: Score("ache", Fraction(1), 2, 1),
        lambda: replace(SHIPPED["gad7"], range=(D(0), D(20))),
        lambda: replace(SHIPPED["gad7"], min_answered=6),
        lambda: replace(SHIPPED["gad7"], higher_is="up"),
        lambda: replace(MISSING["eq5d"], why=()),
    ],
)
def test_what_cannot_be_is_not_built(build) -> None:
    with pytest.raises(ValueError, match=r"."):
        build()
