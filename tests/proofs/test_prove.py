"""What the solver proves of the content, and that it finds what is wrong: false sentences, and rules planted to be at
fault.

Every counterexample is replayed in `evaluate.py`; one that does not replay would be a fault in the formulas.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from effleurage.proofs.prove import Prover, prove
from effleurage.protocol.conditions import parse
from effleurage.protocol.evaluate import evaluate, truth
from effleurage.protocol.lattice import Verdict, at_least_as_strict, limits
from effleurage.protocol.load import load
from effleurage.protocol.nodes import ALWAYS, Guarantee
from tests.agreement.patients import content
from tools import golden

PROTOCOLS = content().protocols
WORDS = PROTOCOLS.vocabulary
TOY = Path(__file__).parent.parent / "bad_content" / "base"


@pytest.mark.hazard("H09")
def test_everything_is_proved_of_the_content():
    """One question after the other over all intakes: half a minute."""
    heard: list[str] = []
    report = prove(PROTOCOLS, progress=heard.append)
    assert [(proof.name, proof.counterexample) for proof in report.proofs if not proof.proved] == []
    assert report.dead == ()
    assert report.ok
    assert len(report.guarantees) == len(PROTOCOLS.guarantees) >= 40
    assert set(report.not_covered) & {proof.name.removeprefix("bad-news:") for proof in report.bad_news} == set()
    assert heard


def everywhere(technique):
    return {technique: [region.name for region in WORDS.regions]}


def group(name, level):
    return dict.fromkeys(WORDS.regions_of(name), level)


FALSE = [
    ("nobody is ever treated", "always", limits(WORDS, verdict=Verdict.WITHHOLD)),
    ("nobody lies face down", "always", limits(WORDS, positions=["prone"])),
    ("level 1 everywhere for everybody", "always", limits(WORDS, pressure=group("everywhere", 1))),
    ("no percussion for anybody", "always", limits(WORDS, forbid=everywhere("percussion"))),
    ("no effleurage with osteoporosis", "t_score_lowest <= -2.5", limits(WORDS, forbid=everywhere("effleurage"))),
    ("level 1 on the trunk with osteoporosis", "t_score_lowest <= -2.5", limits(WORDS, pressure=group("trunk", 1))),
    (
        "no percussion anywhere one step above osteoporosis",
        "t_score_lowest <= -2.4",
        limits(WORDS, forbid=everywhere("percussion")),
    ),
    ("15 minutes at most with low bone mass", "t_score_lowest < -1.0", limits(WORDS, minutes=15)),
    ("an ambulance for a fever", "body_temperature >= 38.0", limits(WORDS, verdict=Verdict.EMERGENCY)),
    ("level 3 closed for adults of 18", "age <= 18", limits(WORDS, consents=["guardian_present"])),
    ("no table for anybody who takes a bone tablet", "takes_oral_bisphosphonate", limits(WORDS, positions=["prone"])),
    ("two weeks between sessions with a curve", "scoliosis", limits(WORDS, spacing_days=14)),
    ("a neurologist for a curve", "scoliosis", limits(WORDS, refer={WORDS.referrals[0].name: len(WORDS.urgencies)})),
]


@pytest.fixture(scope="module")
def prover():
    return Prover(PROTOCOLS)


@pytest.mark.parametrize("says, given, then", FALSE, ids=[says for says, _, _ in FALSE])
def test_a_false_sentence_is_refuted_by_a_patient_who_replays(prover, says, given, then):
    condition = ALWAYS if given == "always" else parsed(given)
    proof = prover.guarantee(Guarantee("FALSE", "here", says, given, condition, then))
    assert not proof.proved
    assert proof.counterexample.replayed
    known = dict(proof.counterexample.known)
    assert truth(condition, known) is not False
    actual = evaluate(rules=PROTOCOLS.rules, known=known, vocabulary=WORDS).possible
    assert not at_least_as_strict(actual, then)
    assert proof.counterexample.words


def parsed(text, facts=PROTOCOLS.facts):
    return parse(text, facts=facts, place="a test")


def test_a_counterexample_holds_no_fact_that_it_could_do_without(prover):
    condition = parsed("t_score_lowest <= -2.4")
    then = limits(WORDS, forbid=everywhere("percussion"))
    proof = prover.guarantee(Guarantee("FALSE", "here", "false", "", condition, then))
    known = dict(proof.counterexample.known)
    for name in known:
        fewer = {key: value for key, value in known.items() if key != name}
        looser = not at_least_as_strict(evaluate(rules=PROTOCOLS.rules, known=fewer, vocabulary=WORDS).possible, then)
        assert truth(condition, fewer) is False or not looser, name


# Planted faults, in a small content of its own.

PLANTED = """
  - id: {id}
    when: {when}
    limit: {limit}
    because: "It was planted."
    tell: "It was planted."
    sources: [{{key: TOY, status: C}}]
    date: 2026-11-22
    reviewer: none
"""


@pytest.fixture
def planted(tmp_path):
    """Builds the small content with more rules."""

    def build(*rules, loosening=""):
        folder = tmp_path / "content"
        shutil.copytree(TOY, folder, dirs_exist_ok=True)
        rows = "".join(PLANTED.format(id=name, when=when, limit=limit) for name, when, limit in rules)
        if loosening:
            rows += f'    loosening: "{loosening}"\n'
        place = folder / "toy" / "protocol.yaml"
        place.write_text((TOY / "toy" / "protocol.yaml").read_text("utf-8") + rows.replace("\n\n", "\n"), "utf-8")
        return load(folder)

    return build


def test_the_small_content_is_proved_as_it_stands(planted):
    report = prove(planted())
    assert report.ok
    assert report.adding_nothing == ()
    assert report.not_covered == ("scanned",)


def test_a_planted_rule_that_loosens_on_bad_news_is_found(planted):
    report = prove(planted(("TOY-LOOSENS", "not osteoporosis", "{minutes: 20}"), loosening="it does not"))
    failed = [proof for proof in report.bad_news if not proof.proved]
    assert [proof.name for proof in failed] == ["bad-news:osteoporosis"]
    assert failed[0].counterexample.replayed
    before, after = failed[0].counterexample.words[:-2], failed[0].counterexample.words[-2:]
    assert after == ("then, as 'osteoporosis' grows worse:", "osteoporosis: yes")
    assert "osteoporosis: no" in before
    assert not report.ok


def test_a_rule_that_loosens_alone_but_is_made_up_for_is_named_and_passes(planted):
    report = prove(
        planted(
            ("TOY-STRICTER", "osteoporosis", "{minutes: 20}"),
            ("TOY-LOOSENS", "not osteoporosis", "{minutes: 20}"),
            loosening="TOY-STRICTER sets the same for the others",
        )
    )
    assert all(proof.proved for proof in report.bad_news)
    assert report.loosening == ("TOY-LOOSENS",)


def test_a_planted_dead_rule_is_found(planted):
    report = prove(planted(("TOY-DEAD", "age > 60 and age < 50", "{minutes: 20}")))
    assert report.dead == ("TOY-DEAD",)
    assert not report.ok


def test_a_planted_rule_that_adds_nothing_is_told_and_may_stand(planted):
    report = prove(planted(("TOY-TWICE", "score_lowest <= -3.0", "{forbid: {percussion: everywhere}}")))
    assert report.adding_nothing == ("TOY-TWICE",)
    assert report.ok


# The golden patients.


@pytest.mark.hazard("H04")
def test_the_golden_patients_tell_every_mistake_in_every_condition():
    assert list(golden.stale(golden.read(), PROTOCOLS)) == []


def test_mutants_listed_as_the_same_are_the_same():
    assert list(golden.wrongly_same(golden.read(), PROTOCOLS)) == []


def test_the_file_of_golden_patients_is_as_the_tool_writes_it():
    assert golden.text(golden.read()) == golden.PLACE.read_text("utf-8")


def test_a_golden_file_that_lacks_a_patient_or_a_rule_is_stale():
    whole = golden.read()
    first = whole.rows[0].rule
    fewer = replace(whole, rows=tuple(row for row in whole.rows if row.rule != first))
    assert any(
        first in problem and "no patient tells it apart" in problem for problem in golden.stale(fewer, PROTOCOLS)
    )
    gone = replace(whole, rows=(*whole.rows, replace(whole.rows[0], rule="GONE")))
    assert "GONE is no rule any more." in list(golden.stale(gone, PROTOCOLS))
    wrong = replace(whole, rows=(replace(whole.rows[0], truth="wrong"), *whole.rows[1:]))
    assert any("now says otherwise" in problem for problem in golden.stale(wrong, PROTOCOLS))


def test_a_golden_file_made_for_a_condition_that_has_changed_is_stale():
    rules = tuple(
        replace(rule, when=parsed("t_score_lowest <= -2.6")) if rule.id == "OST-O2-TSCORE" else rule
        for rule in PROTOCOLS.rules
    )
    assert list(golden.stale(golden.read(), replace(PROTOCOLS, rules=rules)))
