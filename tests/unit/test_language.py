"""What code says in another language: by the table, in the right form, and never in English instead."""

from __future__ import annotations

from datetime import datetime

import pytest

from effleurage.language import ENGLISH, Language, LanguageBlocked

UKRAINIAN = Language("uk", {"day": "день|дні|днів", "and": "і", "November": "листопада", "at {x}": "о {x}"})


@pytest.mark.parametrize(
    "number, words",
    [(0, "0 днів"), (1, "1 день"), (2, "2 дні"), (5, "5 днів"), (11, "11 днів"), (14, "14 днів"), (21, "21 день"),
     (22, "22 дні"), (111, "111 днів")],
)  # fmt: skip
def test_a_noun_takes_the_form_of_its_number(number: int, words: str) -> None:
    assert UKRAINIAN.counted(number, "day") == words


def test_a_noun_with_too_few_forms_is_refused() -> None:
    with pytest.raises(LanguageBlocked, match="2 forms, not 3"):
        Language("uk", {"day": "день|дні"}).counted(1, "day")


@pytest.mark.parametrize("table", [{}, {"go": ""}])
def test_a_sentence_without_words_is_refused_and_never_said_in_english(table: dict[str, str]) -> None:
    with pytest.raises(LanguageBlocked, match="no words for 'go'"):
        Language("uk", table).say("go")


def test_values_are_filled_in_and_their_braces_are_left_alone() -> None:
    assert UKRAINIAN.say("at {x}", x="{y}") == "о {y}"


def test_a_list_and_a_moment_are_said_in_the_language() -> None:
    assert UKRAINIAN.listed(["a", "b", "c"]) == "a, b і c"
    on = datetime.fromisoformat("2026-11-02T09:05")
    assert UKRAINIAN.moment(on) == "2 листопада 2026, 09:05"
    assert ENGLISH.moment(on) == "2 November 2026, 09:05"
