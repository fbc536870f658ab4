"""The generated JavaScript module answers like the core, under the Node.js that comes with the browser tests.

The 100,000 random patients are those of `test_python_engine.py`, seed for seed: there the Python engine is held to the
meaning for each of them, here the words of the two engines are compared, and for one in five hundred the meaning is
asked again. Golden patients are held to the meaning one by one. The way from answers to what remains of a session is
compared as one document, so that a difference anywhere on it is seen.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, reduce
from operator import or_
from pathlib import Path

import pytest

from effleurage.engines import javascript
from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer
from effleurage.facts.kinds import Kind
from effleurage.facts.read_intake import read_intake_file
from effleurage.offline.module import offline_module
from effleurage.plan.rest import Running
from effleurage.plan.script import Last
from effleurage.protocol.evaluate import truth
from effleurage.protocol.nodes import OPERATORS, All, AnyOf, Compare, Is, Not, OneOf
from tests.agreement.offline import (
    Walk,
    at,
    call,
    derived,
    module,
    plain_plan,
    sent,
    set_aside,
    shown_plan,
    shown_script,
    shown_standing,
)
from tests.agreement.patients import FULL, NOW, Intakes, Patients, content
from tests.agreement.test_any_protocol import NUMBERS, OPTIONS, TABLE, YES_NO
from tests.agreement.test_python_engine import PATIENTS, SEED, SHARDS, engine, marks, said
from tools import golden

EVERY = 500
"""Of so many random patients, one is asked of the meaning as well."""
ANSWERS = 2_000
PATHS = 60
LARGEST = 1_500_000
ROOT = Path(__file__).resolve().parents[2]
NAMES = tuple(fact.name for fact in content().protocols.facts.for_rules)


def hexed(words):
    return [f"{word:x}" for word in words]


def meant(known):
    """The four words by the meaning."""
    protocols, truths = content().protocols, said(known)
    pairs = list(zip(protocols.words, truths, strict=True))
    sure = reduce(or_, (word for word, value in pairs if value), 0)
    might = reduce(or_, (word for word, value in pairs if value is not False), 0)
    return hexed((sure, might, marks(truths, True), marks(truths, None)))


def answered(folder, patients, text=""):
    calls = [["names", engine().facts], *(["decided", engine().record(known)] for known in patients)]
    return call(folder, calls, text)[1:]


# ---- decide


@pytest.mark.hazard("H09")
def test_all_golden_patients(tmp_path):
    rows = golden.read().rows
    for row, words in zip(rows, answered(tmp_path, [row.known for row in rows]), strict=True):
        assert words == meant(row.known), row.rule


@pytest.mark.hazard("H09")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_patients(shard, tmp_path):
    patients = Patients(content().protocols, random.Random(SEED * SHARDS + shard))
    known = [patients.known() for _ in range(PATIENTS // SHARDS)]
    python = engine()
    for number, (each, words) in enumerate(zip(known, answered(tmp_path, known), strict=True)):
        assert words == hexed(python.decide(python.record(each))), each
        assert number % EVERY or words == meant(each), each


def test_the_nobody_of_whom_nothing_is_known(tmp_path):
    words = call(tmp_path, [["decide", {}], ["decide", dict.fromkeys(NAMES)]])
    assert [list(each.values()) for each in words] == [meant({})] * 2


def any_condition(rng, depth=3):
    """A condition of any shape over facts whose names a generated text could stumble over."""
    parts = [any_condition(rng, depth - 1) for _ in range(rng.randint(1, 3))] if depth else []
    made = (
        lambda: Is(rng.choice(YES_NO)),
        lambda: Compare(rng.choice(NUMBERS), rng.choice(OPERATORS), rng.randint(-3, 3)),
        lambda: OneOf("lambda", tuple(rng.sample(OPTIONS, rng.randint(1, 3)))),
        *((lambda: Not(parts[0]), lambda: All(tuple(parts[1:])), lambda: AnyOf(tuple(parts))) if depth else ()),
    )
    return rng.choice(made)()


def test_any_conditions_at_all(tmp_path):
    rng = random.Random(SEED)
    limit = content().protocols.rules[0].limit
    rules = [
        replace(content().protocols.rules[0], id=f"T-{number} */", when=any_condition(rng), limit=limit)
        for number in range(400)
    ]
    toy = replace(content().protocols, rules=tuple(rules), facts=TABLE)
    values = {**dict.fromkeys(YES_NO, (True, False)), **dict.fromkeys(NUMBERS, range(-3, 4)), "lambda": OPTIONS}
    patients = [{name: rng.choice((None, *pool)) for name, pool in values.items()} for _ in range(300)]
    text = f"{javascript.write(toy)}\nexport {{ decide }};\n"
    for known, words in zip(patients, call(tmp_path, (["decide", known] for known in patients), text), strict=True):
        truths = tuple(truth(rule.when, known) for rule in rules)
        assert words["holds"] == f"{marks(truths, True):x}"
        assert words["undecided"] == f"{marks(truths, None):x}"


def test_the_comparison_can_fail(tmp_path):
    """Some rules get their condition turned round; each time a golden patient tells."""
    rows = golden.read().rows
    rules = [rule for rule in content().protocols.rules if rule.text != "always"]
    for rule in rules[::30]:
        label = f"    // {rule.id}\n"
        start = module().index(label) + len(label)
        end = module().index("    // ", start)
        turned = f"    not({module()[start:end].strip().rstrip(',')}),\n"
        known = [row.known for row in rows if row.rule == rule.id]
        words = answered(tmp_path, known, module()[:start] + turned + module()[end:])
        assert words != [meant(each) for each in known], rule.id


# ---- derive

DERIVE_MISTAKES = (
    ("end.micros > start.micros", "end.micros >= start.micros"),
    ("end.micros < start.micros : end.day < start.day", "false : end.day < start.day"),
)
PATH_MISTAKES = (
    ("Math.max(elapsed, delivered)", "delivered"),
    ("Math.min(seconds, before.get(where))", "seconds"),
    ("Math.abs(row[1] - run[0][1]) <= 1", "true"),
)


def mistaken(right, wrong):
    """The module with one mistake in it, as somebody may make who changes the runtime by hand."""
    assert module().count(right) == 1, right
    return module().replace(right, wrong)


def bent(intake, rng):
    """The same answers with some of them at the edge of growing stale, denied, or at odds with each other."""
    facts = content().protocols.facts
    answers = dict(intake.answers)
    for name in rng.sample(sorted(answers), min(len(answers), rng.choice((0, 1, 3, 20)))):
        days = facts[name].stale_days
        edge = timedelta(days=days or 30, microseconds=rng.choice((-60_000_000, -1, 0, 1, 1_000_000)))
        answers[name] = replace(answers[name], on=NOW - edge)
    dates = [fact for fact in facts.facts if fact.kind is Kind.DATE]
    for fact in (*rng.sample(facts.facts, rng.choice((0, 0, 1, 4))), *rng.sample(dates, rng.choice((0, 0, 3)))):
        value = odd(fact, rng)
        if value is not None:
            answers[fact.name] = Answer(value, NOW, fact.who[0])
    for name in rng.sample(sorted(answers), min(len(answers), rng.choice((0, 0, 1, 4)))):
        del answers[name]
    return replace(intake, answers=dict(sorted(answers.items())))


def somebody(intakes):
    """A random intake. The generator answers a gate and what is behind it one by one, and now and then at odds."""
    while True:
        try:
            return intakes.intake()
        except InputError:
            continue


def odd(fact, rng):
    """A value of the fact that may contradict what else was said."""
    if fact.kind is Kind.YES_NO:
        return rng.random() < 0.5
    if fact.kind is Kind.DATE:
        same_day = NOW.replace(year=rng.randint(2024, 2026), month=rng.randint(1, 11))
        moment = rng.choice((same_day, NOW - timedelta(minutes=rng.randint(0, 3_000_000))))
        return moment + timedelta(microseconds=rng.choice((-1, 0, 1)), days=rng.choice((-1, 0, 0, 1)))
    if fact.never and rng.random() < 0.5:
        return NEVER
    if fact.kind is Kind.CHOICE:
        return rng.choice(fact.option_names)
    return rng.randint(*fact.possible) if fact.possible else None


def moments(rng):
    """Decisions at noon, at odd seconds, on leap days, and in the hours that a change of the clock repeats or skips."""
    fixed = ("2026-11-22T12:00:00", "2028-02-29T00:00:00", "2027-03-28T02:30:00", "2026-10-25T02:30:00")
    return datetime.fromisoformat(rng.choice(fixed)) + timedelta(seconds=rng.choice((0, 0, 1, 59)))


def test_random_answers_become_the_same_facts(tmp_path):
    rng = random.Random(SEED)
    intakes = Intakes(content().protocols, rng)
    bodies = [somebody(intakes) for _ in range(ANSWERS // 25)]
    rows = [(bent(rng.choice(bodies), rng), rng.choice((NOW, NOW, moments(rng)))) for _ in range(ANSWERS)]
    calls = [["derive", sent(intake)["answers"], on.isoformat()] for intake, on in rows]
    found = call(tmp_path, calls)
    kinds = set()
    for (intake, on), got in zip(rows, found, strict=True):
        wanted = derived(intake, on, content())
        assert ({"error": got["error"]["what"]} if "error" in got else got) == wanted, (intake, on)
        kinds.add("error" if "error" in wanted else "stale" if wanted["stale"] else "facts")
    assert kinds == {"error", "stale", "facts"}
    for right, wrong in DERIVE_MISTAKES:
        assert call(tmp_path, calls[:800], mistaken(right, wrong)) != found[:800], right


@pytest.mark.parametrize(
    "answer, on, where",
    [
        ({"weight": {"value": {"number": "70"}, "on": "2026-11-22T12:00:00"}}, "2026-11-22T12:00", "weight"),
        ({"pregnant": {"value": {"number": 1}, "on": "2026-11-22T12:00:00"}}, "2026-11-22T12:00", "pregnant"),
        ({"pregnant": {"value": None, "on": "2026-11-22T12:00:00"}}, "2026-11-22T12:00", "pregnant"),
        ({"pregnant": {"value": {"yes": True}, "on": "2026-11-22T12:00:00Z"}}, "2026-11-22T12:00", "pregnant"),
        ({"pregnant": {"value": {"yes": True}, "on": "2026-02-30T12:00:00"}}, "2026-11-22T12:00", "pregnant"),
        ({"toString": {"value": {"yes": True}, "on": "2026-11-22T12:00:00"}}, "2026-11-22T12:00", "toString"),
        ({}, "2026-11-22", "on"),
        ({}, "2026-11-22T12:00:00+01:00", "on"),
    ],
)
def test_what_is_no_answer_is_no_plan(answer, on, where, tmp_path):
    made, whole = call(tmp_path, [["derive", answer, on], ["standing", {"answers": answer, "on": on}]])
    assert made["error"]["where"] == where
    assert whole == made


# ---- the whole way


@cache
def examples():
    paths = sorted((ROOT / "examples").glob("*.yaml"))
    return [read_intake_file(path, content().protocols.facts, on=NOW) for path in paths]


def random_last(rng, session):
    reactions = [term.name for term in content().protocols.vocabulary.reactions]
    return rng.choice((None, Last(rng.randint(1, session + 1), rng.choice((*reactions[:4], rng.choice(reactions))))))


def news(intake, rng):
    """What came up: an answer changed, added or taken back, several, or so many that it might be somebody else."""
    if rng.random() < 0.4:
        return rng.choice(examples())
    facts = content().protocols.facts
    return bent(intake, rng) if rng.random() < 0.4 else changed(intake, rng.choice(facts.facts), rng)


def changed(intake, fact, rng):
    value = odd(fact, rng)
    if value is None or rng.random() < 0.2:
        return intake.with_answer(fact.name, None)
    return intake.with_answer(fact.name, Answer(value, NOW, fact.who[0]))


def delivered(began, rng):
    """How far a session came: some moments whole, one in part, some left early."""
    seen = rng.randint(0, len(began.script.moments))
    done, finished, elapsed, posture = {}, [], 0, None
    for step, moment in list(zip(began.steps, began.script.moments, strict=True))[:seen]:
        share = rng.choice((1.0, 1.0, 0.9, rng.random()))
        for touch, _ in moment.touches:
            part = share if rng.random() < 0.8 else rng.random()
            seconds = int(began.intended[step, touch.region] * part)
            done.setdefault(step, {})[touch.region] = seconds
            finished += [[step, touch.region]] if rng.random() < 0.3 else []
        elapsed += int(moment.seconds * share)
        posture = {"position": moment.position, "lying": moment.lying}
    return {"done": done, "elapsed": elapsed + rng.choice((0, 30)), "finished": finished, "posture": posture}


def whole(intake, on, rng):
    """The call for one patient, and what the core says to it."""
    free = Walk(intake, on, content())
    aside = [each for each in set_aside(free.decision) if rng.random() < 0.2]
    aside += [{**each, "footing": "age=7"} for each in set_aside(free.decision)[:1]]
    made = Walk(intake, on, content(), aside)
    tries = [tried(made, planned, rng) for planned in made.plan.regimens]
    begun = [(asked, began, last) for asked, began, last in tries if isinstance(began, Running)]
    rests = [rested(intake, on, rng.choice(begun), aside, rng)] if begun else []
    asked = [each for each, _, _ in tries]
    question = {"at": at(intake, on, aside), "scripts": asked, "rests": [each for each, _ in rests]}
    answer = {
        "standing": shown_standing(made.decision),
        "plan": shown_plan(made.plan),
        "scripts": [shown_script(each) if isinstance(each, Running) else each for _, each, _ in tries],
        "rests": [each for _, each in rests],
    }
    return ["path", question], answer


def tried(made, planned, rng):
    """A session of a regimen as it is asked for, its script or why there is none, and the session before."""
    session = rng.choice((1, 2, 5, planned.course.sessions, planned.course.sessions + 1))
    last = random_last(rng, session)
    before = last and {"dose": last.dose, "reaction": last.reaction}
    asked = {"regimen": planned.regimen.id, "session": session, "last": before}
    try:
        return asked, made.script(planned.regimen.id, session, last), last
    except InputError as fault:
        return asked, {"refused": fault.what}, last


def rested(intake, on, running, aside, rng):
    asked, began, last = running
    after, so_far = news(intake, rng), delivered(began, rng)
    question = {"wanted": asked, "news": at(after, on, aside), "so_far": so_far}
    try:
        now = Walk(after, on, content(), aside)
    except InputError as fault:
        return question, {"refused": fault.what}
    return question, now.rest(began, last, so_far)


def plain(found):
    """The module's document as the core has it: without where a refusal stands, and without what was only handed on."""
    for each in (*found["scripts"], *found["rests"]):
        each.pop("where", None)
    standing = {key: value for key, value in found["standing"].items() if key not in ("on", "contradictions")}
    return {**found, "standing": standing, "plan": plain_plan(found["plan"])}


def agree(folder, patients, rng):
    """Compares the whole way for each patient; returns what the core said, and what was asked."""
    pairs = [whole(intake, on, rng) for intake, on in patients]
    for (question, wanted), found in zip(pairs, call(folder, (question for question, _ in pairs)), strict=True):
        got = plain(found)
        for key, value in wanted.items():
            assert got[key] == value, (key, question)
    return [wanted for _, wanted in pairs], [question for question, _ in pairs]


@pytest.mark.hazard("H09")
def test_every_case_of_the_content_goes_the_same_way(tmp_path):
    cases = [(case.intake, case.on) for case in content().cases]
    agree(tmp_path, cases, random.Random(SEED))


@pytest.mark.hazard("H09")
def test_every_example_and_random_patients_go_the_same_way(tmp_path):
    rng = random.Random(SEED + 1)
    intakes = Intakes(content().protocols, rng, moods=FULL)
    patients = [(intake, NOW) for intake in examples() * 5]
    patients += [(somebody(intakes), NOW) for _ in range(PATHS)]
    documents, questions = agree(tmp_path, patients, rng)
    scripts = [each for document in documents for each in document["scripts"]]
    rests = [each for document in documents for each in document["rests"]]
    assert any(document["standing"]["aside"] for document in documents)
    assert {"locked": True}.items() <= next(each for each in scripts if each.get("locked")).items()
    assert sum(1 for each in scripts if each.get("moments")) > 50
    assert any("stop" in each for each in rests)
    assert any("refused" in each for each in rests)
    assert sum(1 for each in rests if each.get("moments")) > 20
    told = [question for question in questions if question[1]["rests"]]
    right_way = call(tmp_path, told)
    for right, wrong in PATH_MISTAKES:
        assert call(tmp_path, told, mistaken(right, wrong)) != right_way, right


# ---- the text


def test_the_module_is_plain_and_not_large():
    text = module()
    assert len(text.encode()) < LARGEST
    assert not re.search(r"\beval\b|\bFunction\s*\(|\bimport\b|\brequire\b|setTimeout|innerHTML|fetch\(", text)
    assert not re.search(
        r"\?\?=|\|\|=|&&=|\.at\(|replaceAll|hasOwn\(|structuredClone|\.findLast|\.toSorted|#\w+\s*=", text
    )


def test_the_text_is_the_same_every_time_and_names_its_content():
    assert offline_module(content()) == module()
    assert f'export const hash = "{content().protocols.hash}";' in module()


@pytest.mark.parametrize("code", ["uk", "ru"])
def test_another_language_has_other_words_and_the_same_rules(code, tmp_path):
    text = offline_module(content(), language=code)
    start, end = "// The limits of each rule", "// ---- dates.js"
    assert text[text.index(start) : text.index(end)] == module()[module().index(start) : module().index(end)]
    row = at(examples()[0], NOW)
    here, there = (call(tmp_path, [["standing", row]], each)[0] for each in (module(), text))
    assert here["words"] == there["words"]
    assert [each["rule"] for each in here["telling"]] == [each["rule"] for each in there["telling"]]
    assert not here["telling"] or here["telling"] != there["telling"]
    units = re.compile(r'"unit": ?"([^"]+)"')
    assert units.findall(text) == units.findall(module()) != []


def test_hands_written_javascript_holds_no_name_of_the_content():
    """No fact, rule, region, technique or regimen is named by hand, so no clinical rule can stand there."""
    lib = content()
    words = lib.protocols.vocabulary
    names = {fact.name for fact in lib.protocols.facts.facts} | {rule.id for rule in lib.protocols.rules}
    names |= {term.name for term in (*words.techniques, *words.props, *words.checks)} | {
        each.id for each in lib.regimens
    }
    names |= {region.name for region in words.regions}
    names -= {"holding"}  # a technique, and what a rule does
    for path in sorted((ROOT / "src/effleurage/offline").glob("*.js")):
        found = set(re.findall(r"[\w-]+", path.read_text("utf-8"))) & names
        assert not found, path.name
