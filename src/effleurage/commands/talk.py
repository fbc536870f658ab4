"""One question at a time with a person or a pipe: every answer is a line, and the end of input is an answer."""

from __future__ import annotations

from datetime import datetime

import click

from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Items
from effleurage.facts.kinds import Fact, FactTable, Kind
from effleurage.facts.read_intake import read_answer
from effleurage.lib.marked import Tree
from effleurage.lib.text import nearest

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
        Kind.LIST: "numbers or names with commas, or 'none'",
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


def items(text: str, fact: Fact, table: FactTable) -> tuple[str, ...]:
    """Names of a list by number, name, word or brand. Raises InputError for one that is not known."""
    found: dict[str, str] = {}
    for number, (name, words) in enumerate(fact.options, start=1):
        found |= {str(number): name, name.lower(): name, words.lower(): name}
    for medicine in table.medicines:
        found |= {brand.lower(): medicine.name for brand in medicine.brands if medicine.name in fact.option_names}
    names = []
    for part in (part.strip() for part in text.split(",")):
        if part.lower() not in found:
            near = (
                nearest(part.lower(), found)
                or "Leave out what is not listed, and say afterwards that the list is not complete."
            )
            raise InputError(where=PLACE, what=f"'{part}' is not known here.", remedy=near)
        names.append(found[part.lower()])
    return tuple(dict.fromkeys(names))


def list_answer(text: str, fact: Fact, table: FactTable, now: datetime) -> Answer | None:
    """A list and, asked at once, whether it is complete: only a complete list can say no to what it does not hold."""
    if text.lower() in DONT_KNOW or not text:
        return None
    if text.lower() in NONE:
        return Answer(Items((), complete=True), now, fact.usual_origin, PLACE)
    names = items(text, fact, table)
    complete = line("  Is that all of them? [y / n] ").lower() in ("y", "yes")
    return Answer(Items(names, complete), now, fact.usual_origin, PLACE)
