"""One question at a time with a person or a pipe: every answer is a line, and the end of input is an answer."""

from __future__ import annotations

import shutil
from datetime import datetime

import click

from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Items
from effleurage.facts.kinds import Fact, FactTable, Kind
from effleurage.facts.read_intake import read_answer
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed, nearest

HELP, BACK, DONT_KNOW = ("h", "help"), ("b", "back"), ("?", "don't know", "dont know", "unknown")
NONE = ("0", "none", "none of these")
PLACE = "Your answer"


class Ended(Exception):
    """The input ended, or the person asked to stop."""


def line(prompt: str) -> str:
    """One line, stripped. Raises Ended at the end of input and on Ctrl-C."""
    try:
        text = input(prompt)
    except (EOFError, KeyboardInterrupt):
        click.echo()
        raise Ended from None
    if text.strip().lower() in ("q", "quit"):
        raise Ended
    return text.strip()


def hint(fact: Fact) -> str:
    """What may be typed, in brackets behind the question."""
    ways = {
        Kind.YES_NO: "y / n",
        Kind.WHOLE: f"a number{f' in {fact.unit}' if fact.unit else ''}",
        Kind.DECIMAL: f"a number{f' in {fact.unit}' if fact.unit else ''}",
        Kind.CHOICE: "a number from the list",
        Kind.DATE: "2026-11-22 08:30"
        if fact.time
        else "2026-11-22, or 2026-11, or 2026"
        if fact.careful
        else "2026-11-22",
        Kind.LIST: "names with commas, or 'none'; h shows the known ones",
    }[fact.kind]
    return f"{ways}{', never' if fact.never else ''}, ? don't know"


def read_one(text: str, fact: Fact, now: datetime) -> Answer | None:
    """What was typed as an answer; None for "I don't know". Raises InputError. A '!' behind a number says: "
    "I am sure."""
    if text.lower() in DONT_KNOW or not text:
        return None
    if fact.kind is Kind.YES_NO:
        text = {"y": "yes", "n": "no"}.get(text.lower(), text)
    if fact.kind is Kind.CHOICE:
        text = picked(text, fact.option_names)
    if text.endswith("!"):
        return read_answer(_sure(text[:-1].strip()), fact, now=now, taken=now)
    return read_answer(Tree(text, PLACE), fact, now=now, taken=now)


def _sure(text: str) -> Tree:
    return Tree({"value": Tree(text, PLACE), "sure": Tree("yes", PLACE)}, PLACE)


def picked(text: str, names: tuple[str, ...]) -> str:
    """The name of an entry by its number in the list, or what was typed."""
    return names[int(text) - 1] if text.isdecimal() and 1 <= int(text) <= len(names) else text


def complaint(fault: InputError) -> str:
    """The error in a conversation: how to insist is one sign here."""
    remedy, found, _ = fault.remedy.partition("If it is right, write")
    return f"{fault.what} {remedy.strip()}{' If it is right, type it again with ! behind it.' if found else ''}".strip()


def ticked(text: str, count: int) -> tuple[set[int], set[int]]:
    """'1, 3 5?' -> ticked {0, 2}, not known {4}. Raises InputError."""
    yes: set[int] = set()
    unknown: set[int] = set()
    for word in text.replace(",", " ").split():
        number = word.rstrip("?")
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise InputError(
                where=PLACE,
                what=f"'{word}' is no number from 1 to {count}.",
                remedy="Type numbers with commas, or 0 for none of these.",
            )
        (unknown if word.endswith("?") else yes).add(int(number) - 1)
    return yes, unknown


def items(text: str, fact: Fact, table: FactTable) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a list by number, name, word or brand, and what is not known here.

    Raises InputError for a word that looks like a known one.
    """
    found: dict[str, str] = {}
    for number, (name, words) in enumerate(fact.options, start=1):
        found |= {str(number): name, name.lower(): name, words.lower(): name}
    for medicine in table.medicines:
        found |= {brand.lower(): medicine.name for brand in medicine.brands if medicine.name in fact.option_names}
    names, strange = [], []
    for part in (part.strip() for part in text.split(",")):
        if part.lower() in found:
            names.append(found[part.lower()])
        elif hint := nearest(part.lower(), found):
            raise InputError(where=PLACE, what=f"'{part}' is not known here.", remedy=hint)
        else:
            strange.append(part)
    return tuple(dict.fromkeys(names)), tuple(strange)


def list_answer(text: str, fact: Fact, table: FactTable, now: datetime) -> Answer | None:
    """A list and, asked at once, whether it is complete: only a complete list can say no to what it does not hold."""
    if text.lower() in DONT_KNOW or not text:
        return None
    if text.lower() in NONE:
        return Answer(Items((), complete=True), now, fact.usual_origin, PLACE)
    names, strange = items(text, fact, table)
    if strange:
        told(f"  Not known here: {listed(strange)}. The list counts as not complete; what it may be is asked next.")
    return Answer(Items(names, not strange and agreed("  Is that all of them?")), now, fact.usual_origin, PLACE)


def agreed(question: str) -> bool:
    """Yes or no, asked until it is one of them."""
    while True:
        text = line(f"{question} [y / n] ").lower()
        if text in ("y", "yes", "n", "no"):
            return text.startswith("y")
        click.echo("  Type y or n.")


def told(text: str, *, indent: str = "", bold: bool = False) -> None:
    """Text broken between words at the width of the terminal."""
    width = min(shutil.get_terminal_size().columns, 100)
    start = text[: len(text) - len(text.lstrip())]
    click.secho(click.wrap_text(text.strip(), width, indent or start, " " * len(indent) or start), bold=bold)
