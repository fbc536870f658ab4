"""What the people of the demonstration say: the examples of the core, told on another day with slightly other numbers.

The text of an example is changed and then read by the core's own reader, so nobody here says what a form would refuse.
The bundles of the examples become the patient's own in the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Final

from effleurage.errors import InputError
from effleurage.facts.answers import Answer
from effleurage.facts.kinds import Fact, FactTable
from effleurage.facts.read_intake import read_intake, read_tree
from effleurage.lib.marked import Tree

EXAMPLES: Final = Path(__file__).resolve().parents[3] / "examples"
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d))?")
SPREAD: Final = {"mm[Hg]": 5, "cm": 3, "kg": 4}
"""By how much a number may differ from the example's, by its unit. Measures of one unit move together, so that what was
measured before still fits what is measured now."""


@dataclass(frozen=True, slots=True)
class Said:
    """An example as one patient says it: its name, their own birth date, the table of facts, and their own chance."""

    example: str
    born: date
    table: FactTable
    seed: int

    def at(self, on: datetime) -> dict[str, Answer]:
        """The answers as of a local moment. The birth date is left out: it came with the registration."""
        tree = _read(self.example)
        told_on = datetime.fromisoformat(tree.entries()["on"].words())
        moved = _moved(tree, _mover(told_on, on))
        top = {**moved.entries(), "on": replace(moved.entries()["on"], value=on.isoformat(timespec="minutes"))}
        top["facts"] = _varied(top["facts"], Random(self.seed))  # noqa: S311 - a drawn person, no secret
        answers = read_intake(replace(moved, value=top), self.table, on=on).answers
        return {name: answer for name, answer in answers.items() if name != "birth_date"}


def by_patient(answers: Mapping[str, Answer], table: FactTable) -> dict[str, Answer]:
    """The part that a patient can say alone."""
    return {name: answer for name, answer in answers.items() if "patient" in table[name].who}


def by_carer(answers: Mapping[str, Answer], table: FactTable) -> dict[str, Answer]:
    """The part that somebody has to look at or measure."""
    return {name: answer for name, answer in answers.items() if "patient" not in table[name].who}


def of_the_day(answers: Mapping[str, Answer], table: FactTable, days: int) -> dict[str, Answer]:
    """The part that is good for at most so many days, and so is asked again at the next visit."""

    def short(fact: Fact) -> bool:
        return fact.stale_days is not None and fact.stale_days <= days

    return {name: answer for name, answer in answers.items() if short(table[name])}


def first_half(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """What somebody has said who stopped in the middle."""
    return dict(list(answers.items())[: len(answers) // 2])


def bundle(example: str, *, given: str, family: str, born: date, on: date) -> bytes:
    """The FHIR bundle of an example, made out to this person, its days moved as if it were written on `on`."""
    text = _file(Path("fhir") / f"{example}.json").read_text()
    resource: dict[str, Any] = json.loads(text)
    last = max(date.fromisoformat(found) for found in DAY.findall(text))
    moved: dict[str, Any] = json.loads(DAY.sub(lambda found: _plus(found[0], on - last), json.dumps(resource)))
    for entry in moved["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"] |= {"birthDate": born.isoformat(), "name": [{"family": family, "given": given.split()}]}
    return json.dumps(moved, ensure_ascii=False, indent=1).encode()


def _plus(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()


def _file(name: Path) -> Path:
    path = EXAMPLES / name
    if not path.exists():
        raise InputError(
            where=str(path),
            what="The demonstration is made of the examples, and they are not here.",
            remedy="Load it from a folder with the whole source, as 'make run' does.",
        )
    return path


@lru_cache(maxsize=32)
def _read(example: str) -> Tree:
    return read_tree(_file(Path(f"{example}.yaml")))


def _mover(told_on: datetime, on: datetime) -> Callable[[str], str]:
    """How a date of the example is told on another day. What was said of that very day keeps its distance in minutes;
    anything else keeps its clock time.
    """

    def moved(text: str) -> str:
        found = MOMENT.fullmatch(text)
        if found is None:
            return text
        before = datetime.fromisoformat(text)
        same_day = bool(found[2]) and before.date() == told_on.date()
        after = before + (on - told_on if same_day else timedelta(days=(on.date() - told_on.date()).days))
        return after.isoformat(sep=" ", timespec="minutes") if found[2] else after.date().isoformat()

    return moved


def _moved(tree: Tree, move: Callable[[str], str]) -> Tree:
    if isinstance(tree.value, dict):
        return replace(tree, value={name: _moved(each, move) for name, each in tree.value.items()})
    if isinstance(tree.value, list):
        return replace(tree, value=[_moved(each, move) for each in tree.value])
    return replace(tree, value=move(tree.value)) if tree.value is not None else tree


def _varied(facts: Tree, chance: Random) -> Tree:
    """Other numbers where the example gives one with a unit that varies between people."""
    by = {unit: chance.randint(-spread, spread) for unit, spread in SPREAD.items()}
    return replace(facts, value={name: _other(each, by) for name, each in facts.entries().items()})


def _other(tree: Tree, by: Mapping[str, int]) -> Tree:
    number, _, unit = tree.value.partition(" ") if isinstance(tree.value, str) else ("", "", "")
    if unit not in by:
        return tree
    told = float(number) + by[unit]
    return replace(tree, value=f"{told:g} {unit}")
