"""What holds for the frame: pins, locks, commands."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.tree import ROOT

KINDS = ("install", "run", "dev", "bench")
PIN = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w,]+\])?==(?P<version>[\w.]+)(?P<rest>.*)$", re.MULTILINE)


def plain(name: str) -> str:
    """A package's name as registries compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    return {
        plain(pin["name"]): pin["version"] for pin in PIN.finditer((ROOT / "requirements" / file).read_text("utf-8"))
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_pin_is_exact_and_has_its_reason(kind: str) -> None:
    lines = (ROOT / "requirements" / f"{kind}.in").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert [
        line for line in wanted if not re.fullmatch(r"[\w.-]+(?:\[[\w,]+\])?==[\w.]+  # (?:\S+ ){2,}\S+", line)
    ] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_pin_is_locked_with_hashes_and_without_addresses(kind: str) -> None:
    lock = (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8")
    assert pins(f"{kind}.in").items() <= pins(f"{kind}.txt").items(), (
        "the lock is older than its pins: see CONTRIBUTING.md"
    )
    assert len(PIN.findall(lock)) == len(re.findall(r"^[\w.-]+==[^\\\n]+ \\\n    --hash=sha256:", lock, re.MULTILINE))
    assert not re.search(r"://|--(?:extra-)?index|--find-links", lock)


@pytest.mark.parametrize("kind", ["dev", "bench"])
def test_tests_and_benchmarks_run_on_what_runs(kind: str) -> None:
    assert pins("run.txt").items() <= pins(f"{kind}.txt").items()


def test_the_library_asks_for_what_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + [need for extra in project["optional-dependencies"].values() for need in extra]
    assert {plain(re.split(r"[<>=!~\[; ]", need)[0]) for need in asked} == set(pins("run.in"))


def commands(text: str) -> list[str]:
    return re.findall(r"^\s*(?:\$ )?(make \w+)", text, re.MULTILINE)


def test_ci_runs_the_checks_and_the_tests_as_the_readme_has_them() -> None:
    ci = commands((ROOT / ".ci" / "run").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert ci == ["make check", "make test"]
    assert [command for command in ci if command not in readme] == []
    assert {"make run", "make test"} <= set(commands(readme)), "the two commands stand on lines of their own"


def test_the_makefile_is_the_whole_list_and_explains_each_command() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    explained = re.findall(r"^(\w+): ## \S.*$", makefile, re.MULTILINE)
    assert sorted(explained) == sorted(["help", "setup", "run", "test", "check", "fix", "bench"])
    assert set(re.findall(r"^(\w+):(?!=)", makefile, re.MULTILINE)) == set(explained)


def test_the_ci_script_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
