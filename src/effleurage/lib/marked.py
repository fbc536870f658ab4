"""YAML and JSON read into a tree that remembers its lines, with limits against documents made to hurt.

YAML's own typing is left out on purpose: it turns `no` into a truth value in one place and a country into one in
another, and a decimal into a binary float. A scalar here keeps its text; whoever knows what is expected asks
the tree for it (`words`, `flag`, `whole`) and gets it or an error that names file, line and remedy.
Anchors and aliases are refused: content is read by people, and aliases are how small files become huge ones.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

import yaml

from effleurage.errors import ForPeople, InputError
from effleurage.lib.text import listed, nearest

MAX_BYTES = 2_000_000
MAX_DEPTH = 24
MAX_NODES = 200_000
YES, NO = {"yes", "true"}, {"no", "false"}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
NOTHING = {"", "null", "~", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Tree:
    """One value of a document: a mapping of trees, a list of trees, or the text of a scalar (None where empty)."""

    value: dict[str, Tree] | list[Tree] | str | None
    place: str
    error: type[ForPeople] = field(default=InputError, compare=False)

    def refuse(self, what: str, remedy: str) -> NoReturn:
        raise self.error(where=self.place, what=what, remedy=remedy)

    def mapping(self, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> dict[str, Tree]:
        """The mapping, holding every required key and none beside the optional ones."""
        if not isinstance(self.value, dict):
            self.refuse("Expected names with values here.", "Write 'name: value' lines.")
        for key, tree in self.value.items():
            if key not in required and key not in optional:
                hint = nearest(key, (*required, *optional))
                tree.refuse(f"'{key}' is not known here.", hint or f"Known here: {listed([*required, *optional])}.")
        for key in required:
            if key not in self.value:
                self.refuse(f"'{key}' is missing.", f"Add a line '{key}: ...'.")
        return self.value

    def entries(self) -> dict[str, Tree]:
        """A mapping whose keys are free."""
        if not isinstance(self.value, dict):
            self.refuse("Expected names with values here.", "Write 'name: value' lines.")
        return self.value

    def items(self) -> list[Tree]:
        if not isinstance(self.value, list):
            self.refuse("Expected a list here.", "Write '- item' lines, or [one, two].")
        return self.value

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.items())

    def words(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse("Expected text here.", "Write a word or a sentence.")
        return " ".join(self.value.split())

    def names(self) -> tuple[str, ...]:
        """A list of words; one word alone counts as a list of one."""
        return (self.words(),) if isinstance(self.value, str) else tuple(item.words() for item in self.items())

    def flag(self) -> bool:
        text = self.value.lower() if isinstance(self.value, str) else ""
        if text not in YES | NO:
            self.refuse(f"Expected yes or no, found '{self.shown()}'.", "Write yes or no.")
        return text in YES

    def whole(self) -> int:
        number = self.decimal()
        if number != number.to_integral_value():
            self.refuse(f"Expected a whole number, found '{self.shown()}'.", "Leave the decimals out.")
        return int(number)

    def decimal(self) -> Decimal:
        number = as_number(self.value) if isinstance(self.value, str) else None
        if number is None:
            comma = isinstance(self.value, str) and "," in self.value
            self.refuse(
                f"Expected a number, found '{self.shown()}'.",
                "Write a point, not a comma." if comma else "Write digits.",
            )
        return number

    def shown(self) -> str:
        return (
            self.value[:60]
            if isinstance(self.value, str)
            else "nothing"
            if self.value is None
            else "a list or a mapping"
        )

    def one_of(self, known: Any, what: str) -> str:
        """The text, which must be one of `known`; `what` names the kind of thing in the error."""
        text = self.words()
        if text not in known:
            self.refuse(
                f"'{text}' is not a known {what}.", nearest(text, known) or f"Known: {listed(sorted(known)[:12])}."
            )
        return text


def as_number(text: str) -> Decimal | None:
    """The number that a text writes with plain digits, or None; NaN, infinity and the astronomical are none.

    >>> as_number("-2.5"), as_number("1e400"), as_number("1_000")
    (Decimal('-2.5'), None, None)
    """
    number = Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None
    return None if number is None or abs(number.adjusted()) > 12 else number


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file of at most `limit` bytes; directories, missing files and giants are refused in words."""
    try:
        if path.is_dir():
            raise InputError(where=str(path), what="This is a folder.", remedy="Name a file inside it.")
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise InputError(where=str(path), what="There is no such file.", remedy="Check the name.") from None
    except OSError as fault:
        raise InputError(
            where=str(path), what=f"It cannot be read: {fault.strerror}.", remedy="Check its permissions."
        ) from None
    if len(data) > limit:
        raise InputError(
            where=str(path), what=f"It is larger than {limit // 1_000_000} MB.", remedy="Hand in one patient at a time."
        )
    return data


def decode(data: bytes, place: str, error: type[ForPeople] = InputError) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(
            where=f"{place}, byte {fault.start}", what="This is not UTF-8 text.", remedy="Save the file as UTF-8."
        ) from None


def parse_yaml(text: str, place: str, *, error: type[ForPeople] = InputError) -> Tree:
    """A YAML document as a tree; every node knows '<place>:<line>'."""
    builder = _Builder(place, error)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except yaml.YAMLError as fault:
        line, problem = _fault(fault, text)
        raise error(
            where=f"{place}{line}",
            what=f"This is not YAML: {problem}.",
            remedy="Check indentation, quotes and brackets.",
        ) from None
    return builder.finish()


def _fault(fault: yaml.YAMLError, text: str) -> tuple[str, str]:
    """':<line>' as far as it is known, and what is wrong."""
    if isinstance(fault, yaml.reader.ReaderError):
        line = text.encode()[: fault.position].count(b"\n") + 1
        return f":{line}", fault.reason
    mark = getattr(fault, "problem_mark", None)
    problem = getattr(fault, "problem", None) or "it cannot be parsed"
    return f":{mark.line + 1}" if mark else "", problem


class _Builder:
    """Turns YAML events into a tree without recursion, so that depth is a number we check and not a stack we lose."""

    def __init__(self, place: str, error: type[ForPeople]) -> None:
        self.place, self.error = place, error
        self.root: Tree | None = None
        self.stack: list[tuple[Tree, list[Tree]]] = []
        self.count = 0

    def take(self, event: Any) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            self.fail(event, "The document holds too many values.", "Split it.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.fail(
                event, "Anchors and aliases ('&', '*') are not used here.", "Write the value out, or quote the text."
            )
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self.fail(event, "A second document starts here.", "Keep one document in a file.")
        if isinstance(event, yaml.ScalarEvent):
            plain_nothing = not event.style and event.value in NOTHING
            self.put(Tree(None if plain_nothing else event.value, self.at(event), self.error))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.close()

    def open(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self.fail(event, f"Nested deeper than {MAX_DEPTH} levels.", "Flatten it.")
        empty: dict[str, Tree] | list[Tree] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append((Tree(empty, self.at(event), self.error), []))

    def close(self) -> None:
        tree, pending = self.stack.pop()
        if isinstance(tree.value, dict):
            for key, value in zip(pending[::2], pending[1::2], strict=True):
                self.enter(tree.value, key, value)
        elif isinstance(tree.value, list):
            tree.value.extend(pending)
        self.put(tree)

    def enter(self, mapping: dict[str, Tree], key: Tree, value: Tree) -> None:
        name = key.words()
        if name in mapping:
            key.refuse(f"'{name}' stands here twice.", "Keep one of the two.")
        mapping[name] = value if isinstance(value.value, dict | list) else Tree(value.value, key.place, self.error)

    def put(self, tree: Tree) -> None:
        if self.stack:
            self.stack[-1][1].append(tree)
        else:
            self.root = tree

    def at(self, event: Any) -> str:
        return f"{self.place}:{event.start_mark.line + 1}"

    def fail(self, event: Any, what: str, remedy: str) -> NoReturn:
        raise self.error(where=self.at(event), what=what, remedy=remedy)

    def finish(self) -> Tree:
        if self.root is None or self.root.value is None:
            raise self.error(where=self.place, what="The file is empty.", remedy="Start from one of the examples.")
        return self.root


def parse_json(text: str, place: str, *, error: type[ForPeople] = InputError) -> Any:
    """Plain JSON values; duplicate keys, NaN and deep nesting are refused. Numbers come as `Decimal`."""

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        seen = dict(entries)
        if len(seen) < len(entries):
            keys = [key for key, _ in entries]
            twice = next(key for key, times in Counter(keys).items() if times > 1)
            raise error(where=place, what=f"'{twice}' stands twice in one object.", remedy="Keep one of the two.")
        return seen

    def constant(word: str) -> NoReturn:
        raise error(
            where=place, what=f"'{word}' is not a JSON number.", remedy="Leave the value out if it is not known."
        )

    def decimal(digits: str) -> Decimal:
        try:
            return Decimal(digits)
        except InvalidOperation:
            raise error(where=place, what=f"The number {digits[:40]} is too large.", remedy="Check it.") from None

    if _depth(text) > 200:
        raise error(where=place, what="Nested deeper than 200 levels.", remedy="Flatten it.")
    whole = _whole(place, error)
    try:
        value = json.loads(text, parse_float=decimal, parse_int=whole, object_pairs_hook=pairs, parse_constant=constant)
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as fault:
        where, what = f"{place}:{fault.lineno}", f"This is not JSON: {fault.msg}."
        raise error(where=where, what=what, remedy="Check commas, quotes and brackets.") from None
    except UnicodeEncodeError:
        raise error(
            where=place, what="Half a character stands here as '\\u...'.", remedy="Write the character."
        ) from None
    return value


def _whole(place: str, error: type[ForPeople]) -> Callable[[str], int]:
    def read(digits: str) -> int:
        if len(digits) > 30:
            raise error(where=place, what=f"A number of {len(digits)} digits stands here.", remedy="Check it.")
        return int(digits)

    return read


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings; cheap, and before the recursive parser sees the text."""
    deepest = depth = 0
    quoted = escaped = False
    for char in text:
        if quoted:
            quoted, escaped = (char != '"' or escaped), (char == "\\" and not escaped)
        elif char == '"':
            quoted, escaped = True, False
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def tree_of(value: Any, place: str, error: type[ForPeople] = InputError) -> Tree:
    """A tree from plain JSON values, whose places are paths inside the document ('intake.json: facts.age')."""
    if isinstance(value, dict):
        return Tree({key: tree_of(item, _path(place, key), error) for key, item in value.items()}, place, error)
    if isinstance(value, list):
        return Tree([tree_of(item, f"{place}[{i}]", error) for i, item in enumerate(value)], place, error)
    if isinstance(value, bool):
        return Tree("yes" if value else "no", place, error)
    return Tree(None if value is None else str(value), place, error)


def _path(place: str, key: str) -> str:
    return f"{place}.{key}" if ": " in place else f"{place}: {key}"
