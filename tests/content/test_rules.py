"""What holds for the text of every rule, claim and guarantee: cited, dated, kind, and promising nothing."""

from __future__ import annotations

import re

import pytest

from tests.agreement.patients import content

LIBRARY = content()
PROTOCOLS = LIBRARY.protocols
RULES = PROTOCOLS.rules
PROMISES = re.compile(
    r"straighten|strengthen\w* (?:the |your )?(?:bone|spine)|normalis\w+ (?:the |your )?metabol|cures?\b"
    r"|heals? (?:the |your )(?:curve|bone)",
    re.IGNORECASE,
)
DENIED = re.compile(r"\b(?:not|no|never|nothing|neither|nor|cannot)\b", re.IGNORECASE)
DOSING = re.compile(
    r"\b(?:stop|skip|halve|double|reduce|increase|change|pause)\b[^.]{0,30}\b(?:medicines?|tablets?|dose|injections?)\b",
    re.IGNORECASE,
)


def shown_to_patients():
    yield from ((rule.id, rule.tell) for rule in RULES)
    yield from ((claim.id, claim.say) for claim in LIBRARY.claims)
    yield from ((regimen.id, regimen.about) for regimen in LIBRARY.regimens)
    yield from ((fact.name, f"{fact.ask} {fact.help}") for fact in PROTOCOLS.facts.facts)
    yield from ((term.name, term.get("tell")) for term in PROTOCOLS.vocabulary.expected)


SHOWN = list(shown_to_patients())


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_every_rule_is_cited_dated_and_says_who_reviewed_it(rule):
    assert {source.key for source in rule.sources} <= set(PROTOCOLS.sources)
    assert all(source.status in "CSND" for source in rule.sources)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", rule.date)
    assert rule.reviewer


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_an_inference_says_what_was_inferred(rule):
    assert all(source.note for source in rule.sources if source.key == "project")


def test_no_sentence_for_patients_says_contraindicated():
    assert [name for name, text in SHOWN if "contraindicat" in text.lower()] == []


def test_no_sentence_promises_what_nobody_has_shown():
    sentences = [(name, sentence) for name, text in SHOWN for sentence in re.split(r"(?<=[.!?;])\s", text)]
    assert [pair for pair in sentences if PROMISES.search(pair[1]) and not DENIED.search(pair[1])] == []


@pytest.mark.hazard("H11")
def test_no_sentence_tells_a_patient_to_change_a_medicine():
    sentences = [(rule.id, sentence) for rule in RULES for sentence in re.split(r"(?<=[.!?;])\s", rule.tell)]
    assert [pair for pair in sentences if DOSING.search(pair[1]) and not DENIED.search(pair[1])] == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_sentence_for_patients_is_short_and_whole(rule):
    assert len(rule.tell) <= 320
    assert rule.tell[0].isupper()
    assert rule.tell.rstrip().endswith((".", "?", "!"))


def test_at_least_forty_guarantees_each_a_sentence():
    assert len(PROTOCOLS.guarantees) >= 40
    assert [one.id for one in PROTOCOLS.guarantees if not one.says.endswith(".") or one.says[0].islower()] == []
    assert len({one.says for one in PROTOCOLS.guarantees}) == len(PROTOCOLS.guarantees)


GRADES = [
    # The claim's words, and the best grade that its evidence bears.
    ("nervous", "supports"),
    ("mood", "supports"),
    ("pain", "weak"),
    ("muscles relax", "weak"),
    ("circulation", "contradicts"),
    ("skin", "supports"),
    ("fatigue", "weak"),
    ("blood pressure", "weak"),
    ("metabolism", "none"),
    ("bone", "none"),
    ("wasting of tissue", "none"),
    ("posture", "none"),
    ("curve", "none"),
    ("most effective", "contradicts"),
    ("headache", "weak"),
    ("relapses", "none"),
    ("flare-ups", "none"),
]
WORTH = {"none": 0, "contradicts": 0, "weak": 1, "supports": 2}


@pytest.mark.parametrize("words, most", GRADES)
def test_no_claim_is_graded_above_its_evidence(words, most):
    found = [claim for claim in LIBRARY.claims if words in claim.claim.lower()]
    assert found, f"no claim about {words}"
    assert [claim.claim for claim in found if WORTH[claim.grade] > WORTH[most]] == []


def test_no_claim_stands_without_a_grade_from_the_table():
    assert [
        claim.claim for claim in LIBRARY.claims if not any(words in claim.claim.lower() for words, _ in GRADES)
    ] == []


def test_a_supported_claim_has_a_source_that_was_read():
    graded = [claim for claim in LIBRARY.claims if claim.grade in ("supports", "weak")]
    assert [claim.id for claim in graded if not any(source.status == "C" for source in claim.sources)] == []


def test_expected_and_alarming_sensations_share_no_entry():
    words = PROTOCOLS.vocabulary
    expected = {term.name for term in words.expected} | {term.term.lower() for term in words.expected}
    alarming = [term for term in words.reactions if term.get("next") == "lock"]
    assert alarming
    assert not expected & ({term.name for term in alarming} | {term.term.lower() for term in alarming})
    assert all(term.get("refer") for term in alarming)
