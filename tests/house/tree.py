"""The files of the project, for the house tests: what git knows, or, outside a clone, what lies there."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "src" / "effleurage"
NOT_OURS = {".git", ".venv", "node_modules", "build", "dist", "htmlcov", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is, or with the next commit could be, part of the project."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not _aside(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in paths if path.is_file()))


def _aside(parts: tuple[str, ...]) -> bool:
    return (
        any(part in NOT_OURS or part.endswith((".egg-info", "_cache")) for part in parts) or parts[0] == ".hypothesis"
    )


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def texts() -> dict[str, str]:
    """Every file that is text, by its path inside the project."""
    found = {}
    for path in files():
        try:
            found[shown(path)] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax tree of every module of the core, by its path inside it."""
    return {path.relative_to(CORE).as_posix(): ast.parse(path.read_text("utf-8")) for path in files() if _is_core(path)}


def _is_core(path: Path) -> bool:
    return path.suffix == ".py" and path.is_relative_to(CORE)


def is_command_line(module: str) -> bool:
    return module == "cli.py" or module.startswith("commands/")


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last word of what is called: `datetime.now()` gives "now"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield (
                node,
                called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else "",
            )
