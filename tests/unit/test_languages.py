"""The languages as wholes: the same decisions in other words, nothing left in English, and no language with a hole."""

from __future__ import annotations

import random
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings

from effleurage.commands.common import read_patient, taken
from effleurage.decision.decide import decide
from effleurage.facts.derive import Facts
from effleurage.language import LanguageBlocked
from effleurage.library import Library
from effleurage.pathway import plan_for, treatment
from effleurage.plan.script import Last
from effleurage.render import bodymap
from effleurage.render.letter import letter_page
from effleurage.render.page import plan_page
from effleurage.translation import (
    NAMES,
    WORDS,
    available,
    languages,
    pseudo,
    read_entries,
    speak,
    texts,
    translation,
)
from tests.agreement.patients import FULL, NOW, Intakes, content
from tests.strategies import patients
from tools import golden
from tools import languages as tool
from tools.examples import EXAMPLES

LIBRARY = content()
OTHER = pseudo(LIBRARY)
SPOKEN = [OTHER, *(speak(LIBRARY, each.code) for each in available(LIBRARY) if not each.blocking)]
PATHS = sorted(EXAMPLES.glob("*.yaml"))
PLAIN = re.compile(r"[A-Za-z]{3,}")


def words_of(library: Library, known: dict) -> tuple[int, ...]:
    table = library.protocols.facts
    nobody = dict.fromkeys(fact.name for fact in table.for_rules)
    facts = Facts(table=table, on=NOW, values={**nobody, **known})
    found = decide(facts=facts, protocols=library.protocols)
    return found.certain_word, found.possible_word, found.holds_word, found.undecided_word


@pytest.mark.parametrize("other", SPOKEN, ids=lambda library: library.protocols.language.code)
def test_a_language_changes_no_name_no_bit_no_order_and_no_hash(other: Library) -> None:
    one, two = LIBRARY.protocols, other.protocols
    assert (one.hash, one.words, list(one.by_id), one.layout.bits) == (
        two.hash,
        two.words,
        list(two.by_id),
        two.layout.bits,
    )
    assert [rule.when for rule in one.rules] == [rule.when for rule in two.rules]
    assert list(one.facts.by_name) == list(two.facts.by_name)
    assert [each.id for each in LIBRARY.regimens] == [each.id for each in other.regimens]
    assert [each.steps[0].regions for each in LIBRARY.regimens] == [each.steps[0].regions for each in other.regimens]
    assert [each.name for each in LIBRARY.instruments] == [each.name for each in other.instruments]


@pytest.mark.parametrize("other", SPOKEN, ids=lambda library: library.protocols.language.code)
def test_golden_patients_are_decided_alike_in_every_language(other: Library) -> None:
    for row in golden.read().rows[::9]:
        assert words_of(other, dict(row.known)) == words_of(LIBRARY, dict(row.known)), row.rule


@settings(max_examples=40)
@given(known=patients(LIBRARY.protocols.facts, LIBRARY.protocols.rules))
def test_any_patient_is_decided_alike_in_every_language(known: dict) -> None:
    for other in SPOKEN:
        assert words_of(other, known) == words_of(LIBRARY, known)


def test_cuts_questions_and_referrals_are_the_same_in_other_words() -> None:
    intakes = Intakes(LIBRARY.protocols, random.Random(5), moods=FULL)
    for intake in [intakes.intake() for _ in range(12)]:
        one, two = (plan_for(intake=intake, library=each, on=NOW) for each in (LIBRARY, OTHER))
        assert [q.rules for q in one.questions] == [q.rules for q in two.questions]
        assert [(r.target, r.rank, r.certain) for r in one.referrals] == [
            (r.target, r.rank, r.certain) for r in two.referrals
        ]
        for mine, theirs in zip(one.regimens, two.regimens, strict=True):
            assert [(cut.kind, cut.rules) for cut in mine.cuts] == [(cut.kind, cut.rules) for cut in theirs.cuts]
            assert (mine.minutes, mine.course) == (theirs.minutes, theirs.course)


# ---- nothing is left in English


def visible(page: str) -> str:
    """The text of a page that is meant for people, without what stays as it is in every language."""
    body = re.sub(r"<(style|code)\b.*?</\1>", " ", page, flags=re.DOTALL)
    body = re.sub(r'<ul class="cites.*?</ul>', " ", body, flags=re.DOTALL)
    said = " ".join(re.findall(r'(?:aria-label|title|data-label)="([^"]*)"', body))
    return unescape(re.sub(r"<[^>]+>", " ", body) + " " + said)


def left_in_english(page: str, label: str = "") -> list[str]:
    """Plain words on a page, but for the ids of rules and for who it is about."""
    rules = re.compile(r"\b[A-Z][A-Z0-9]{1,}(?:-[\w]+)+\b")
    text = visible(page)
    return PLAIN.findall(rules.sub(" ", text.replace(label, " ") if label else text))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_plan_page_of_the_made_up_language_holds_no_english(path: Path) -> None:
    on = taken(path)
    intake = read_patient([path], OTHER, on=on).intake
    found = treatment(intake=intake, library=OTHER, on=on, session=2, last=Last(1, "none"))
    page = plan_page(plan=found.plan, library=OTHER, intake=intake, script=found.script, chosen=found.chosen)
    assert left_in_english(page, intake.label) == []
    assert '<html lang="xx">' in page


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_letter_of_the_made_up_language_holds_no_english(path: Path) -> None:
    on = taken(path)
    intake = read_patient([path], OTHER, on=on).intake
    plan = plan_for(intake=intake, library=OTHER, on=on)
    for referral in plan.certain_referrals:
        page = letter_page(plan=plan, library=OTHER, intake=intake, referral=referral)
        assert left_in_english(page, intake.label) == []


def test_the_search_for_english_finds_a_plain_sentence() -> None:
    assert left_in_english("<p>Ţéxţ</p><p aria-label='x'>left here</p>") == ["left", "here"]


# ---- a language with a hole is blocked


def copied(tmp_path: Path, code: str = "uk") -> Path:
    """A language folder in which every text has words, namely itself."""
    (tmp_path / code).mkdir()
    for file, rows in tool.wanted(LIBRARY).items():
        before = {en: tool.Entry(en, f"ж {en}" if file != WORDS else f"{en}|{en}|{en}") for en in rows}
        (tmp_path / code / f"{file}.yaml").write_text(tool.contents(code, file, rows, before), "utf-8")
    return tmp_path


def test_a_whole_language_is_spoken(tmp_path: Path) -> None:
    home = copied(tmp_path)
    other = speak(LIBRARY, "uk", home)
    assert other.protocols.rules[0].tell == f"ж {LIBRARY.protocols.rules[0].tell}"
    assert other.protocols.language.code == "uk"
    assert translation(LIBRARY, "uk", home).drafts > 1000


@pytest.mark.parametrize("file", ["screening", "vocabulary", NAMES, WORDS])
def test_one_missing_safety_sentence_blocks_the_language_and_is_named(tmp_path: Path, file: str) -> None:
    home = copied(tmp_path)
    path = home / "uk" / f"{file}.yaml"
    first = next(entry for entry in read_entries("uk", file, home).values() if entry.safety)
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"uk: {tool.quoted(first.words)}", 'uk: ""', 1), "utf-8")
    with pytest.raises(
        LanguageBlocked, match=f"1 safety sentence of it not translated, first: '{re.escape(first.en)}'"
    ):
        speak(LIBRARY, "uk", home)
    assert [text.en for text in translation(LIBRARY, "uk", home).blocking] == [first.en]


def test_a_changed_english_sentence_blocks_the_language(tmp_path: Path) -> None:
    home = copied(tmp_path)
    path = home / "uk" / "screening.yaml"
    en = next(iter(texts(LIBRARY)["screening"]))
    path.write_text(path.read_text("utf-8").replace(f"en: {tool.quoted(en)}", 'en: "Something else?"', 1), "utf-8")
    with pytest.raises(LanguageBlocked):
        speak(LIBRARY, "uk", home)


def test_a_missing_file_blocks_the_language(tmp_path: Path) -> None:
    for file in (WORDS, "general"):
        (tmp_path / file).mkdir()
        home = copied(tmp_path / file)
        (home / "uk" / f"{file}.yaml").unlink()
        with pytest.raises(LanguageBlocked):
            speak(LIBRARY, "uk", home)


def test_a_language_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(LanguageBlocked, match="no words in this language"):
        speak(LIBRARY, "xx")


def test_a_missing_note_on_a_source_does_not_block(tmp_path: Path) -> None:
    home = copied(tmp_path)
    path = home / "uk" / "screening.yaml"
    note = next(entry for entry in read_entries("uk", "screening", home).values() if not entry.safety)
    path.write_text(path.read_text("utf-8").replace(f"uk: {tool.quoted(note.words)}", 'uk: ""', 1), "utf-8")
    assert speak(LIBRARY, "uk", home).protocols.language.code == "uk"


# ---- the tool


def test_the_tool_keeps_what_was_written_and_what_fits_no_more(tmp_path: Path) -> None:
    home = copied(tmp_path)
    before = {path.name: path.read_text("utf-8") for path in (home / "uk").iterdir()}
    path = home / "uk" / "general.yaml"
    en = next(iter(texts(LIBRARY)["general"]))
    path.write_text(before["general.yaml"].replace(f"en: {tool.quoted(en)}", 'en: "Gone?"', 1), "utf-8")
    tool.write(LIBRARY, "uk", home)
    assert read_entries("uk", "general", home)[en].words == ""
    assert path.read_text("utf-8").partition("gone:\n")[2].startswith('  - en: "Gone?"')
    path.write_text(path.read_text("utf-8").replace('en: "Gone?"', f"en: {tool.quoted(en)}", 1), "utf-8")
    tool.write(LIBRARY, "uk", home)
    assert {path.name: path.read_text("utf-8") for path in (home / "uk").iterdir()} == before


def test_words_of_the_code_are_whole_and_no_file_is_out_of_step() -> None:
    lacking = [line for line in tool.missing(LIBRARY) if f"/{WORDS}.yaml" in line or "said nowhere" in line]
    assert lacking == []
    for code in languages():
        for file, rows in tool.wanted(LIBRARY).items():
            assert list(read_entries(code, file)) == list(rows), f"run tools/languages.py --write {code}"


def test_every_translation_keeps_numbers_places_negations_sides_and_letters() -> None:
    assert list(tool.faulty()) == []


@pytest.mark.parametrize("code", languages())
def test_the_labels_of_the_body_map_have_room(code: str) -> None:
    """Beside the head there is room for twenty letters, beside a leg for thirteen in a line: more would be cut off."""
    said = {en: entry.words for en, entry in read_entries(code, WORDS).items()}
    bows = [line for side in ("left", "right") for line in said[f"curve to the/patient's {side}"].split("/")]
    parts = [line for part in bodymap.APEX for line in said[part].split("\u00ad")]
    assert [line for line in (*bows, *parts) if len(line) > 13] == []
    assert [line for line in (said["patient's left"], said["patient's right"]) if len(line) > 20] == []


@pytest.mark.parametrize(
    "code, en, words, fault",
    [
        ("uk", "Level 2 at most.", "Щонайбільше рівень 3.", "number 2"),
        ("uk", "At 160/100 or more.", "При 160 або більше.", "number 100"),
        ("ru", "above 4.5 %", "выше 45 %", "number 4.5"),
        ("ru", "at most {minutes} minutes", "не больше {minute} мин", "placeholders"),
        ("uk", "Do not press.", "Натискати.", "no negation"),
        ("ru", "without a letter", "с письмом", "no negation"),
        ("uk", "Don't press.", "Натискати негайно.", "no negation"),
        ("uk", "Left arm", "Права рука", "left became right"),
        ("ru", "Left and right", "Правая и левая", "left right became right left"),
        ("ru", "convex right", "выпуклый", "right became neither side"),
        ("uk", "Calf", "Calf", "nothing but the English"),
        ("uk", "Calf", "Литкa", "mixed in 'Литкa'"),
        ("uk", "Calf", "Литка leg", "Latin letters in 'leg'"),
        ("uk", "Calf", "Икры", "another language"),
    ],
)
def test_a_wrong_translation_is_seen(code: str, en: str, words: str, fault: str) -> None:
    assert any(fault in found for found in tool.faults(code, en, words)), [*tool.faults(code, en, words)]


@pytest.mark.parametrize(
    "code, en, words",
    [
        ("uk", "Level 2 at most, no friction.", "Щонайбільше рівень 2, без розтирання."),
        ("ru", "above 4.5 %", "выше 4,5 %"),
        ("ru", "1,000 patients", "1 000 пациентов"),
        ("uk", "The back is left alone.", "Спину не чіпати."),
        ("uk", "Lying on the right", "На правому боці"),
        ("ru", "T-score below -2.5 SD", "T-критерий ниже -2,5 SD"),
        ("uk", "unknown to nobody", "нікому не невідомо"),
    ],
)
def test_a_right_translation_passes(code: str, en: str, words: str) -> None:
    assert [*tool.faults(code, en, words)] == []
