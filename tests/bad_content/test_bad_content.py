"""A folder of broken content, one mistake each: what is refused, and in which words.

The words are the feature. An author who reads the line should know where to look and what to write instead, without
opening our code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from effleurage.decision.cases import decide_case, failures
from effleurage.errors import ContentError
from effleurage.library import load_library
from tests.bad_content.patching import BASE, patched

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return case


def test_the_folder_without_a_mistake_loads_and_its_case_passes() -> None:
    library = load_library(BASE)
    library.check_everything()
    assert [list(failures(case, decide_case(case, library.protocols))) for case in library.cases] == [[]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_one_mistake_is_refused_in_these_words(path: Path, tmp_path: Path) -> None:
    case = read(path)
    root = patched(case, tmp_path / "content")
    with pytest.raises(ContentError) as refused:
        load_library(root).check_everything()
    assert str(refused.value).replace(str(root), "CONTENT") == case["error"]


def test_a_mistake_is_refused_whether_or_not_the_trees_were_kept(tmp_path: Path) -> None:
    root = patched(read(Path(__file__).parent / "cases" / "verdict-unknown.yaml"), tmp_path / "content")
    words = []
    for _ in range(2):
        with pytest.raises(ContentError) as refused:
            load_library(root, cache=tmp_path / "cache").check_everything()
        words.append(str(refused.value))
    assert words[0] == words[1]
    assert list((tmp_path / "cache").iterdir())


def test_every_case_makes_one_mistake_of_its_own() -> None:
    patches = [{key: value for key, value in read(path).items() if key not in ("says", "error")} for path in CASES]
    assert len(CASES) >= 60
    assert all(patches.count(patch) == 1 for patch in patches)


def test_no_words_speak_of_our_code() -> None:
    speak = ("Error", "Traceback", "NoneType", "KeyError", ".py")
    assert [path.stem for path in CASES if any(word in read(path)["error"] for word in speak)] == []


def test_a_folder_without_content_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="There is no content here"):
        load_library(tmp_path)
    with pytest.raises(ContentError, match="There is no content here"):
        load_library(tmp_path / "nowhere")


def test_a_broken_cache_is_made_again(tmp_path: Path) -> None:
    load_library(BASE, cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    for junk in (b"", b"[]", b"{", b"\xff", b'{"toy/facts.yaml": 5}'):
        kept.write_bytes(junk)
        load_library(BASE, cache=tmp_path).check_everything()
