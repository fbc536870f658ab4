"""What holds for every file of the project."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import ROOT, files, shown, texts

# The patterns are put together here, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(words))
        for words in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("npmjs", "com"),
            ("deb", "debian", "org"),
            ("snapshot", "debian", "org"),
            ("yarnpkg", "com"),
            ("crates", "io"),
        )
    )
)
PLACES = re.compile(r"(?<![\w.}])/(?:" + "|".join(("work", "root", "home", "opt", "Users")) + r")/[\w.]")
UNFINISHED = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME")) + r")\b")

CATALOGUES = {
    "src/effleurage/render/body_paths.py": "the drawing of the body, outline after outline",
    "src/clinic/look/static/look/effleurage.css": "the one style sheet, component after component",
}
"""Modules that may be longer than 400 lines, each with its reason."""
LONGEST = 400


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_registry() -> None:
    assert found(REGISTRIES) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert found(PLACES) == []


def test_nothing_is_left_for_later() -> None:
    assert found(UNFINISHED) == []


@pytest.mark.parametrize(
    "line",
    ["https://files.python" + "hosted.org/x", "cp /wo" + "rk/a b", "see /ho" + "me/nell/x", "# TO" + "DO: later"],
)
def test_the_patterns_find_what_they_look_for(line: str) -> None:
    assert any(pattern.search(line) for pattern in (REGISTRIES, PLACES, UNFINISHED))


@pytest.mark.parametrize("line", ["../home/page", "a and/or b", "mastodons", "src/work/x", "{root}/home/x"])
def test_the_patterns_find_nothing_else(line: str) -> None:
    assert not any(pattern.search(line) for pattern in (REGISTRIES, PLACES, UNFINISHED))


def test_source_files_are_short() -> None:
    long = {
        name: count
        for name, text in texts().items()
        if name.startswith("src/")
        and not {"content", "languages", "locale", "migrations"} & set(name.split("/"))
        and (count := len(text.splitlines())) > LONGEST
    }
    assert set(long) == set(CATALOGUES), f"longer than {LONGEST} lines: {long}; excepted: {sorted(CATALOGUES)}"


def test_no_file_is_large_by_accident() -> None:
    assert [shown(path) for path in files() if path.stat().st_size > 1_000_000] == []


def test_the_documents_that_everybody_looks_for_are_there() -> None:
    expected = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "GLOSSARY.md", "CHANGELOG.md", "LICENSE", "NOTICE")
    assert [name for name in expected if not (ROOT / name).is_file()] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name, text in texts().items()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
        if ":" not in target and not ((ROOT / name).parent / target).exists()
    ]
    assert broken == []
