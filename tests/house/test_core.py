"""What holds for the core: it decides from what it is handed, and from nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import calls, is_command_line, modules

EVALUATING = {"eval", "exec", "compile", "__import__"}
MAY_EVALUATE = {"engines/python.py"}
# The clock by any of its names, and whatever gives a different answer on a second call.
CLOCK = {
    "now",
    "today",
    "utcnow",
    "monotonic",
    "perf_counter",
    "process_time",
    "localtime",
    "gmtime",
    "urandom",
    "getrandbits",
}
UNSTEADY = {"random", "secrets", "time", "uuid"}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module that is imported, with its line; what only a type checker sees is left out."""
    if isinstance(tree, ast.If) and "TYPE_CHECKING" in ast.unparse(tree.test):
        return
    if isinstance(tree, ast.Import):
        yield from ((tree.lineno, alias.name) for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom):
        yield tree.lineno, tree.module or ""
    for child in ast.iter_child_nodes(tree):
        yield from imports(child)


def local_imports(tree: ast.AST) -> list[int]:
    inside = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    return sorted({line for function in inside for line, _ in imports(function)})


def evaluations(tree: ast.AST) -> list[int]:
    return [call.lineno for call, _ in calls(tree) if isinstance(call.func, ast.Name) and call.func.id in EVALUATING]


def unsteady(tree: ast.AST) -> list[int]:
    called = [call.lineno for call, name in calls(tree) if name in CLOCK]
    return sorted(called + [line for line, name in imports(tree) if name.split(".")[0] in UNSTEADY])


def test_there_is_a_core_to_look_at() -> None:
    assert "errors.py" in modules()


def test_imports_stand_at_the_top_except_on_the_command_line() -> None:
    assert {
        name: lines for name, tree in modules().items() if not is_command_line(name) and (lines := local_imports(tree))
    } == {}


def test_nothing_is_evaluated_but_the_function_that_the_engine_wrote() -> None:
    assert {
        name: lines for name, tree in modules().items() if name not in MAY_EVALUATE and (lines := evaluations(tree))
    } == {}


def test_time_chance_and_identity_come_in_as_arguments() -> None:
    assert {
        name: lines for name, tree in modules().items() if not is_command_line(name) and (lines := unsteady(tree))
    } == {}


@pytest.mark.parametrize(
    "find, text",
    [
        (local_imports, "def f():\n    import json"),
        (local_imports, "class A:\n    def f(self):\n        if 1:\n            from json import loads"),
        (evaluations, "eval('1')"),
        (evaluations, "x = [exec(y) for y in z]"),
        (unsteady, "import random"),
        (unsteady, "from uuid import uuid4"),
        (unsteady, "d = datetime.datetime.now(UTC)"),
        (unsteady, "d = date.today()"),
        (unsteady, "import time"),
    ],
)
def test_the_search_finds_what_it_looks_for(find, text) -> None:
    assert find(ast.parse(text))


@pytest.mark.parametrize(
    "find, text",
    [
        (local_imports, "import json\ndef f():\n    return json"),
        (evaluations, "re.compile('x'); ast.literal_eval('1'); evaluate(2)"),
        (unsteady, "from datetime import date, time\nif TYPE_CHECKING:\n    from random import Random"),
        (unsteady, "nowhere(); self.random; randomly(1)"),
    ],
)
def test_the_search_finds_nothing_else(find, text) -> None:
    assert not find(ast.parse(text))
