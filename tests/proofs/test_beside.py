"""What stands beside the rules can loosen a plan as well, and no proof speaks of it: every such change is named."""

from __future__ import annotations

import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from effleurage.facts.kinds import Code, Fact
from effleurage.lib.marked import parse_yaml
from effleurage.library import Library, load_library
from effleurage.proofs.beside import TEXTS, beside, beside_rules
from effleurage.proofs.diff import compare, diff
from effleurage.protocol.documents import Documents
from effleurage.protocol.load import load_protocols
from tests.agreement.patients import content

TOY = Path(__file__).parent.parent / "bad_content" / "base"
ROOT = content().documents.root


@pytest.fixture
def toy(tmp_path):
    """The small content, with some texts replaced by others in one file."""

    def build(path, *pairs):
        copy = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(TOY, copy)
        text = (copy / path).read_text("utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new, 1)
        (copy / path).write_text(text, "utf-8")
        return load_library(copy)

    return build


def with_text(path, old, new):
    """The built-in content with one text of one file replaced."""
    text = (ROOT / path).read_text("utf-8")
    assert old in text
    tree = parse_yaml(text.replace(old, new), path)
    documents = Documents(ROOT, "changed", {**content().documents.trees, path: tree})
    return Library(documents, load_protocols(documents))


FACTS, RULES, STEPS = "toy/facts.yaml", "toy/protocol.yaml", "toy/regimens.yaml"
PAIN, WORDS = "instruments/pain.yaml", "vocabulary/{}.yaml"

CHANGES = [
    (
        FACTS,
        "lowest: [score_spine",
        "highest: [score_spine",
        "fact score_lowest: derive lowest of score_spine, score_hip -> highest of score_spine",
    ),
    (FACTS, 'ask: "Have you', 'stale_days: 90\n    ask: "Have you', "fact osteoporosis: stale_days none -> 90"),
    (FACTS, 'ask: "When', 'careful: latest\n    ask: "When', "fact birth_date: careful none -> latest"),
    (FACTS, 'ask: "Have you', 'who: [therapist]\n    ask: "Have you', "fact osteoporosis: who patient -> therapist"),
    (FACTS, "kind: date", "kind: date\n    never: yes", "fact birth_date: never no -> yes"),
    (
        FACTS,
        "bad: lower\n    gate: scanned\n    derive",
        "bad: lower\n    derive",
        "fact score_lowest: gate scanned -> none",
    ),
    (FACTS, "bad: last", "bad: none", "fact pain: bad last -> none"),
    (
        FACTS,
        "some: Some, much: Much",
        "much: Much, some: Some",
        "fact pain: options none, some, much -> none, much, some",
    ),
    (FACTS, "possible: [0, 130]", "possible: [0, 140]", "fact age: possible 0 a to 130 a -> 0 a to 140 a"),
    (
        FACTS,
        "plausible: [-5.0, 1.0]",
        "plausible: [-6.0, 1.0]",
        "fact score_spine: plausible -5.0 SD to 1.0 SD -> -6.0 SD to 1.0 SD",
    ),
    (FACTS, "    curve: thoracic\n", "    curve: lumbar\n", "fact curve_side: curve thoracic -> lumbar"),
    (FACTS, "    kind: date\n", "    kind: date\n    time: yes\n", "fact birth_date: time no -> yes"),
    (
        FACTS,
        "  - name: birth_date",
        '  - {name: added, kind: yes_no, ask: "More?"}\n  - name: birth_date',
        "fact added: is new",
    ),
    ("medicines/medicines.yaml", "[anticoagulant], atc", "[], atc", "medicine warfarin: classes anticoagulant -> none"),
    ("medicines/medicines.yaml", "[B01AA03]", "[B01AA04]", "medicine warfarin: atc B01AA03 -> B01AA04"),
    (
        "medicines/medicines.yaml",
        "  - {name: paracetamol, term: Paracetamol, classes: []}\n",
        "",
        "medicine paracetamol: is gone",
    ),
    ("medicines/windows.yaml", "minutes: 30", "minutes: 5", "windows upright_30_minutes: minutes 30 -> 5"),
    ("medicines/windows.yaml", "closes: [lying]", "closes: []", "windows upright_30_minutes: closes lying -> none"),
    (WORDS.format("sensations"), "next: grow", "next: lock", "reactions none: next grow -> lock"),
    (WORDS.format("checks"), "moment: after", "moment: before", "checks sit_two_minutes: moment after -> before"),
    (WORDS.format("stop_rules"), "alarming: yes", "alarming: no", "stop_rules crack: alarming yes -> no"),
    (
        WORDS.format("stop_rules"),
        "refer: {gp: same_day}",
        "refer: {gp: soon}",
        "stop_rules crack: refer gp=same_day -> gp=soon",
    ),
    (
        WORDS.format("pressure"),
        "minutes: [0, 10, 20, 30]",
        "minutes: [0, 10, 20, 30, 90]",
        "minutes: 0, 10, 20, 30 -> 0, 10, 20, 30, 90",
    ),
    (WORDS.format("pressure"), 'means: "Two."', 'means: "Elbows."', "levels 2: means Two. -> Elbows."),
    (WORDS.format("positions"), "minutes: 1", "minutes: 0", "turn turn: minutes 1 -> 0"),
    (STEPS, "pressure: [1, 2]", "pressure: [5]", "regimen toy-regimen, step back: pressure 1, 2 -> 5"),
    (STEPS, "minutes: [10, 20]", "minutes: [30]", "regimen toy-regimen: minutes 10, 20 -> 30"),
    (STEPS, "offered: always", "offered: osteoporosis", "regimen toy-regimen: offered always -> osteoporosis"),
    (
        STEPS,
        "share: 10",
        "share: 10\n        when: age >= 20",
        "regimen toy-regimen, step back: when none -> age >= 20 a",
    ),
    (STEPS, "spacing_days: 2", "spacing_days: 1", "regimen toy-regimen: course sessions 10; spacing days 2;"),
    (
        STEPS,
        "competences: [basic_massage]",
        "competences: []",
        "regimen toy-regimen: competences basic_massage -> none",
    ),
    (STEPS, "otherwise: [seated]", "otherwise: []", "regimen toy-regimen, step back: otherwise seated -> none"),
    (
        PAIN,
        "value: 2, kind",
        "value: 1, kind",
        "instrument pain: least_important_change value 2; kind points -> value 1; kind points",
    ),
    (PAIN, "higher_is: worse", "higher_is: better", "instrument pain: higher_is worse -> better"),
]


@pytest.mark.hazard("H08")
@pytest.mark.parametrize("path, old, new, told", CHANGES, ids=lambda value: str(value)[:50])
def test_each_change_beside_the_rules_is_told_with_its_place(toy, path, old, new, told):
    before, after = toy(path), toy(path, (old, new))
    lines = beside(before, after)
    assert any(line.startswith(told) for line in lines), lines
    assert beside(after, before)


BUILT_IN = [
    (
        "medicines/medicines.yaml",
        "Warfarin, classes: [anticoagulant]",
        "Warfarin, classes: []",
        "medicine warfarin: classes anticoagulant -> none",
    ),
    ("screening/facts.yaml", "stale_days: 1\n", "stale_days: 3650\n", "stale_days 1 -> 3650"),
    ("vocabulary/sensations.yaml", "next: lock", "next: grow", "reactions chest_pain: next lock -> grow"),
    ("vocabulary/pressure.yaml", "50, 60]", "50, 60, 90, 120]", "minutes: now also 90 and 120"),
    (
        "osteoporosis/facts.yaml",
        "derive: {lowest: [t_score_spine",
        "derive: {highest: [t_score_spine",
        "fact t_score_lowest: derive lowest of",
    ),
    ("osteoporosis/regimens.yaml", "pressure: [1, 1, 2]", "pressure: [5]", "pressure 1, 1, 2 -> 5"),
    ("medicines/facts.yaml", "careful: latest", "careful: earliest", "careful latest -> earliest"),
    (
        "vocabulary/checks.yaml",
        "Name and birth date, moment: before",
        "Name and birth date, moment: after",
        "checks two_identifiers: moment before -> after",
    ),
    (
        "instruments/nrs_pain.yaml",
        "higher_is: worse",
        "higher_is: better",
        "instrument nrs_pain: higher_is worse -> better",
    ),
]


@pytest.mark.hazard("H08")
@pytest.mark.parametrize("path, old, new, told", BUILT_IN, ids=[row[0] for row in BUILT_IN])
def test_each_kind_of_file_of_the_content_is_compared(path, old, new, told):
    lines = beside(content(), with_text(path, old, new))
    assert any(told in line for line in lines), lines


@pytest.mark.parametrize(
    "path, old, new",
    [
        (FACTS, "Have you osteoporosis?", "Do you have osteoporosis?"),
        (FACTS, "{none: None, some", "{none: No, some"),
        (RULES, "Nobody gets more than half an hour.", "Half an hour for everybody."),
        (RULES, "We take half an hour.", "It takes half an hour."),
        (RULES, "minutes: 30", "minutes: 20"),
        ("sources.yaml", "title: ", "title: New "),
        (STEPS, "title: Back", "title: The back"),
        (PAIN, "How strong is your pain?", "How bad is your pain?"),
        (WORDS.format("sensations"), "It feels warm.", "It is warm."),
        (WORDS.format("positions"), "lying: [prone]", "lying: [prone, seated]"),
    ],
)
def test_texts_and_what_the_proof_covers_are_no_change_beside_the_rules(toy, path, old, new):
    assert beside(toy(path), toy(path, (old, new))) == ()


def test_a_question_that_is_asked_no_more_is_a_change(toy):
    derived = ("    derive: {takes", '    ask: "Do you take one?"\n    derive: {takes')
    assert beside(toy(FACTS, derived), toy(FACTS)) == ("fact takes_blood_thinner: asked yes -> no",)


def test_the_order_of_steps_is_told_and_a_new_regimen_once(toy):
    step = (TOY / STEPS).read_text("utf-8").partition("    steps:\n")[2]
    second = step.replace("id: back", "id: more").replace("title: Back", "title: More")
    two, turned = toy(STEPS, (step, step + second)), toy(STEPS, (step, second + step))
    assert beside(two, turned) == ("regimen toy-regimen: steps back, more -> more, back",)
    other = toy(STEPS, ("id: toy-regimen", "id: new-regimen"))
    assert beside(toy(STEPS), other) == ("regimen toy-regimen: is gone", "regimen new-regimen: is new")


def test_the_same_content_differs_nowhere():
    assert beside(content(), Library(content().documents, content().protocols)) == ()
    assert beside_rules(content().protocols, load_protocols(content().documents)) == ()


@pytest.mark.hazard("H08")
def test_the_rules_alone_may_be_nowhere_looser_and_still_somebody_must_look(toy):
    before, after = toy(FACTS), toy(FACTS, ("lowest: [score_spine", "highest: [score_spine"))
    found = diff(before.protocols, after.protocols)
    assert found.proved_nowhere_looser
    assert not found.proved_same
    assert not found.settled
    assert found.beside == beside_rules(before.protocols, after.protocols) != ()


def test_libraries_are_compared_with_their_regimens(toy):
    found = compare(toy(STEPS), toy(STEPS, ("pressure: [1, 2]", "pressure: [5]")))
    assert found.proved_nowhere_looser
    assert found.beside == ("regimen toy-regimen, step back: pressure 1, 2 -> 5",)


def test_every_field_of_a_fact_is_compared_or_named_as_a_text():
    """A field that is added later is compared unless somebody writes it down as a text."""
    names = {entry.name for entry in fields(Fact)}
    assert {"ask", "help", "sources", "place", "folder", "page", "language"} == names & TEXTS
    fact = content().protocols.facts.facts[0]
    table = content().protocols.facts
    for name in names - TEXTS - {"name", "kind", "unit", "decimals"}:
        changed = replace(fact, **{name: _other(getattr(fact, name), name)})
        new = replace(content().protocols, facts=replace(table, facts=(changed, *table.facts[1:])))
        assert beside_rules(content().protocols, new), name


def _other(value, name):
    if isinstance(value, bool):
        return not value
    return {"options": (("x", "X"),), "codes": (Code("atc", "X", "C"),), "possible": (0, 7), "plausible": (0, 7)}.get(
        name, ("x",)
    )
