"""A folder of broken content, one mistake each: what is refused, and in which words.

The words are the feature. An author who reads the line should know where to look and what to write instead, without
opening our code.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from effleurage.decision.cases import decide_case, failures
from effleurage.errors import ContentError
from effleurage.lib.marked import Tree
from effleurage.library import Library, load_library
from effleurage.protocol import documents
from tests.bad_content.patching import BASE, patched

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return case


def test_the_folder_without_a_mistake_loads_and_its_case_passes() -> None:
    library = load_library(BASE)
    assert [list(failures(case, decide_case(case, library.protocols))) for case in library.cases] == [[]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_one_mistake_is_refused_in_these_words(path: Path, tmp_path: Path) -> None:
    case = read(path)
    root = patched(case, tmp_path / "content")
    with pytest.raises(ContentError) as refused:
        load_library(root)
    assert str(refused.value).replace(str(root), "CONTENT") == case["error"]


@pytest.mark.parametrize("name", ["verdict-unknown", "case-unknown-rule", "regimen-minutes"])
def test_content_with_a_mistake_is_refused_each_time_and_never_kept(name: str, tmp_path: Path) -> None:
    root = patched(read(Path(__file__).parent / "cases" / f"{name}.yaml"), tmp_path / "content")
    words = []
    for _ in range(2):
        with pytest.raises(ContentError) as refused:
            load_library(root, cache=tmp_path / "cache")
        words.append(str(refused.value))
    assert words[0] == words[1]
    assert not (tmp_path / "cache").exists()


def test_what_was_checked_once_is_not_checked_again_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    check = Library.check_everything
    monkeypatch.setattr(Library, "check_everything", lambda self: (checked.append(self.documents.hash), check(self)))
    root = shutil.copytree(BASE, tmp_path / "content")
    for _ in range(3):
        load_library(root, cache=tmp_path / "cache")
    assert len(checked) == 1
    with (root / "sources.yaml").open("a") as stream:
        stream.write("# another byte\n")
    load_library(root, cache=tmp_path / "cache")
    assert len(set(checked)) == 2
    load_library(root)
    assert len(checked) == 3, "without a folder to keep it in, every time"


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
    kept, good = filled(BASE, tmp_path)
    cut = good[: len(good) // 2]
    for junk in (b"", b"[]", b"{", b"\xff", b'{"toy/facts.yaml": 5}', cut, good.replace(b"yes", b"no ", 1)):
        assert junk != good
        kept.write_bytes(junk)
        assert trees(load_library(BASE, cache=tmp_path)) == trees(load_library(BASE))
        assert kept.read_bytes() == good


def test_a_cache_of_other_content_is_made_again(tmp_path: Path) -> None:
    """Whole and well formed, with the same files in it, but of a folder in which a word is another."""
    other = shutil.copytree(BASE, tmp_path / "other")
    (other / "sources.yaml").write_text((other / "sources.yaml").read_text().replace("title: ", "title: Not ", 1))
    wrong, _ = filled(other, tmp_path / "wrong")
    kept, good = filled(BASE, tmp_path / "kept")
    kept.write_bytes(wrong.read_bytes())
    assert trees(load_library(BASE, cache=tmp_path / "kept")) == trees(load_library(BASE))
    assert kept.read_bytes() == good


def test_a_cache_made_by_other_code_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, good = filled(BASE, tmp_path)
    monkeypatch.setattr(documents, "READERS", ("lib",))
    assert trees(load_library(BASE, cache=tmp_path)) == trees(load_library(BASE))
    assert kept.read_bytes() != good


def test_a_cache_belongs_to_its_user_alone(tmp_path: Path) -> None:
    kept, _ = filled(BASE, tmp_path / "cache")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def filled(root: Path, cache: Path) -> tuple[Path, bytes]:
    """The one file that a load keeps, and what is in it."""
    load_library(root, cache=cache)
    (kept,) = cache.iterdir()
    return kept, kept.read_bytes()


def trees(library: Library) -> list[tuple[str, Tree]]:
    return list(library.documents.trees.items())
