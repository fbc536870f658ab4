"""A JSON value that knows its path: a refusal names the element it means (`Bundle.entry[3].resource.status`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from effleurage.errors import InputError
from effleurage.lib.marked import Tree


@dataclass(frozen=True, slots=True)
class Node:
    """What is absent is a node without value; what has another shape than the one asked for is refused."""

    value: Any
    path: str

    def refuse(self, what: str, remedy: str) -> NoReturn:
        raise InputError(where=self.path, what=what, remedy=remedy)

    def __getitem__(self, key: str) -> Node:
        if self.value is not None and not isinstance(self.value, dict):
            self.refuse("Expected an object here.", "Check the export against FHIR R4.")
        return Node(None if self.value is None else self.value.get(key), f"{self.path}.{key}")

    def __iter__(self) -> Iterator[Node]:
        if self.value is not None and not isinstance(self.value, list):
            self.refuse("Expected a list here.", "Check the export against FHIR R4.")
        return (Node(item, f"{self.path}[{number}]") for number, item in enumerate(self.value or ()))

    def __bool__(self) -> bool:
        return self.value is not None and self.value != ""

    @property
    def text(self) -> str:
        """The text, or "" where there is none."""
        if self.value is not None and not isinstance(self.value, str):
            self.refuse("Expected text here.", "Check the export against FHIR R4.")
        return " ".join((self.value or "").split())

    @property
    def flag(self) -> bool | None:
        if self.value is not None and not isinstance(self.value, bool):
            self.refuse("Expected true or false here.", "Check the export against FHIR R4.")
        return self.value

    def first(self, *keys: str) -> Node:
        """The first of several elements that is there; the last one asked for where none is."""
        found = self[keys[0]]
        for key in keys[1:]:
            found = found or self[key]
        return found

    def number(self) -> Tree:
        """A JSON number, as a tree for the readers of intakes. A number in quotes is refused: it may hold anything."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | Decimal):
            self.refuse("Expected a number here.", "Write digits without quotes, with a point.")
        return Tree(str(self.value), self.path)


@dataclass(frozen=True, slots=True)
class Coding:
    """One code with its system (an address) and the words that came with it."""

    system: str
    code: str
    display: str

    @property
    def words(self) -> str:
        return f"{self.system}|{self.code}" if self.code else ""


@dataclass(frozen=True, slots=True)
class Concept:
    """A CodeableConcept: several codings of one thing, and text."""

    codings: tuple[Coding, ...]
    text: str

    @property
    def code(self) -> str:
        return next((coding.words for coding in self.codings if coding.code), "")

    @property
    def display(self) -> str:
        return self.text or next((coding.display for coding in self.codings if coding.display), "")

    @property
    def all_words(self) -> str:
        return " ".join((self.text, *(coding.display for coding in self.codings)))

    def names(self) -> tuple[str, ...]:
        """Its codes alone, or its text where it has none: for status elements, whose system is fixed."""
        return tuple(coding.code for coding in self.codings if coding.code) or (
            (self.text.lower(),) if self.text else ()
        )


def concept(node: Node) -> Concept:
    codings = tuple(Coding(each["system"].text, each["code"].text, each["display"].text) for each in node["coding"])
    return Concept(codings, node["text"].text)
