"""What is other than when a plan was made: every change has a row, and no row says the same twice."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from clinic.accounts.models import Role
from clinic.desk.differences import Naming, Row, differences, every_difference, limit_rows, regimen_rows
from clinic.records.speech import spoken
from clinic.records.standing import Standing, regimen_object, standing
from effleurage.library import Library, load_library
from effleurage.protocol.lattice import free
from tests.web.asking import text
from tests.web.conftest import NOW, House
from tests.web.protocol_texts import reworded, with_rule
from tests.web.test_consents import staff_client
from tests.web.test_merge import told
from tests.web.test_plans import answered, signed

pytestmark = pytest.mark.one_database

EXAMPLES = ("mild-scoliosis.yaml", "both-conditions.yaml")


def sound(rows: list[Row]) -> None:
    for what, then, now in rows:
        assert what
        assert then
        assert now
        assert then != now, what


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("seed", range(16))
def test_whatever_makes_a_plan_outdated_has_a_row_and_no_row_says_the_same_twice(house: House, seed: int) -> None:
    chance = random.Random(seed)
    patient, _made = signed(house, EXAMPLES[seed % 2])
    told(house, patient, chance)
    found = standing(patient, now=NOW)
    rows = list(every_difference(found))
    sound(rows)
    assert len(set(rows)) == len(rows)
    if found.outdated:
        assert differences(found), found.outdated


@pytest.mark.hazard("H10")
@pytest.mark.parametrize("rule", range(0, 200, 5))
def test_every_limit_that_a_rule_sets_is_said_both_ways(library: Library, rule: int) -> None:
    protocols, naming = library.protocols, Naming(library, library)
    limit, none = protocols.layout.unpack(protocols.words[rule % len(protocols.words)]), free(protocols.vocabulary)
    tighter, looser = (list(limit_rows(*pair, naming)) for pair in ((none, limit), (limit, none)))
    sound(tighter)
    sound(looser)
    assert sorted((what, now, then) for what, then, now in tighter) == sorted(looser)
    assert bool(tighter) == (replace(limit, verdict=none.verdict) != none if not limit.verdict > 2 else True)


def changed(how: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def make(before: dict[str, Any]) -> dict[str, Any]:
        after = copy.deepcopy(before)
        how(after)
        return after

    return make


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "sessions": lambda it: it["course"].__setitem__(0, it["course"][0] + 1),
    "spacing": lambda it: it["course"].__setitem__(1, it["course"][1] + 1),
    "pause": lambda it: it["course"].__setitem__(2, it["course"][2] + 1),
    "courses": lambda it: it["course"].__setitem__(3, it["course"][3] + 1),
    "minutes": lambda it: it["minutes"].__setitem__(0, it["minutes"][0] - 1),
    "a dose that holds, said once more": lambda it: it["minutes"].append(it["minutes"][-1]),
    "position": lambda it: it["steps"][0].__setitem__("position", "seated"),
    "share": lambda it: it["steps"][0].__setitem__("share", it["steps"][0]["share"] + 1),
    "props": lambda it: it["steps"][0].__setitem__("props", ["extra_pillow"]),
    "technique": lambda it: it["steps"][0]["touches"][0].__setitem__(1, "holding"),
    "region": lambda it: it["steps"][0]["touches"][0].__setitem__(0, "sternum"),
    "pressure": lambda it: it["steps"][0]["touches"][0].__setitem__(2, [0]),
    "order of touches": lambda it: it["steps"][-1]["touches"].reverse(),
    "a step less": lambda it: it["steps"].pop(),
    "order of steps": lambda it: it["steps"].reverse(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_part_of_a_regimen_is_compared(house: House, library: Library, name: str) -> None:
    _patient, found = answered(house, "both-conditions.yaml")
    before = regimen_object(max(found.plan.available, key=lambda each: len(each.steps)))
    after = changed(CHANGES[name])(before)
    assert after != before
    rows = list(regimen_rows(before, after, Naming(library, library)))
    assert len(rows) == 1, rows
    sound(rows)


def test_a_regimen_that_is_no_longer_offered_is_said_by_its_title(house: House, library: Library) -> None:
    _patient, found = answered(house, "mild-scoliosis.yaml")
    one = found.plan.available[0]
    [(_what, then, _now)] = regimen_rows(regimen_object(one), None, Naming(library, library))
    assert then == one.regimen.title


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Library]:
    changed = {"only words": reworded(), "a check": with_rule(when="age >= 7")}
    return {name: load_library(written(tmp_path_factory.mktemp("content"), files)) for name, files in changed.items()}


def written(root: Path, files: dict[str, str]) -> Path:
    for name, words in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(words)
    return root


def under(made: Standing, library: Library) -> Standing:
    return standing(made.patient, now=NOW, library=library)


def test_a_newer_content_shows_what_it_changes_and_no_more(house: House, newer: dict[str, Library]) -> None:
    patient, _plan = signed(house)
    found = standing(patient, now=NOW)
    rows = {name: differences(under(found, library)) for name, library in newer.items()}
    for each in rows.values():
        sound(each)
    assert [what for what, *_ in rows["only words"]] == ["Protocol"]
    assert [row[1:] for row in rows["a check"] if row[0].startswith("Checks: ")] == [("not asked for", "asked for")]


def test_the_difference_is_told_in_the_readers_language(house: House, newer: dict[str, Library]) -> None:
    patient, _plan = signed(house, "both-conditions.yaml")
    told(house, patient, random.Random(3))
    found = standing(patient, now=NOW)
    with translation.override("uk"):
        rows = differences(found)
        assert rows
        assert not [row for row in rows if re.search("[A-Za-z]{3}", " ".join(row))]
        assert spoken(found.library) is not found.library


def test_the_page_says_to_choose_anew_whenever_the_plan_is_outdated(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    patient, _made = signed(house)
    monkeypatch.setattr("clinic.desk.plan.differences", lambda _found: [])
    told(house, patient, random.Random(3))
    assert standing(patient, now=NOW).outdated
    answer = staff_client(house, Role.THERAPIST).get(f"/p/{patient.public}/plan/")
    assert "Choose anew below" in text(answer)


def test_the_best_case_says_what_it_would_open_and_by_which_answers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=3))
    patient, _found = answered(house, "mild-scoliosis.yaml")
    answer = staff_client(house, Role.THERAPIST).get(f"/p/{patient.public}/decision/")
    best = answer.context["if_known"]
    sound(best["ceilings"])
    assert best["ceilings"]
    assert best["steps"]
    assert 0 < len(best["answers"]) <= 5
    page = text(answer)
    for words in (*best["ceilings"][0], best["steps"][0][1][0], best["answers"][0][0]):
        assert words in page
