"""An intake document becomes answers, or one error that says where, what and how to put it right.

Each answer comes from somebody, its origin. Bad news is taken from everybody; good news only from those whom the fact
names in `who`, and from the record of another system only as a measured value. An answer that does not say comes from
the patient wherever the patient may answer; else whoever writes the file answers for it, as the first of `who`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Given, Intake, Items
from effleurage.facts.kinds import ORIGINS, Bad, Fact, FactTable, Kind
from effleurage.lib.dates import NO_ZONE, has_zone, is_partial, read_moment
from effleurage.lib.marked import NO, YES, Tree, as_number, decode, parse_json, parse_yaml, read_bytes, tree_of
from effleurage.lib.text import listed, nearest
from effleurage.lib.units import canonical, convert

_MISTAKEN = (
    ("kg", "lb", "in pounds"),
    ("cm", "in", "in inches"),
    ("cm", "m", "in metres"),
    ("cm", "mm", "in millimetres"),
    ("Cel", "degF", "in Fahrenheit"),
    ("10*9/L", "/uL", "per microlitre"),
)
"""The unit we expect, another in which the number would be usual, and its words."""
UNKNOWN = ("unknown", "not known", "don't know", "dont know", "?")
_GLUED = re.compile(r"([-+]?\d+(?:\.\d*)?)((?!e[-+]?\d)(?:[a-z%°\[]|/[a-zµ]).*)", re.ASCII | re.IGNORECASE)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+")
_NEVER = ("never", "never measured", "not measured")
_KEYS = ("value", "date", "origin")
_MORE_KEYS = {
    Kind.LIST: ("items", "complete"), Kind.WHOLE: ("unit", "sure"), Kind.DECIMAL: ("unit", "sure"),
}  # fmt: skip


def read_intake_file(path: Path, facts: FactTable, *, on: datetime) -> Intake:
    """An intake from a YAML or JSON file. Raises InputError; nothing of a faulty file is used."""
    return read_intake(read_tree(path), facts, on=on)


def read_tree(path: Path) -> Tree:
    text = decode(read_bytes(path), path.name)
    return (
        tree_of(parse_json(text, path.name), path.name)
        if path.suffix.lower() == ".json"
        else parse_yaml(text, path.name)
    )


def read_intake(tree: Tree, facts: FactTable, *, on: datetime) -> Intake:
    """An intake from a tree. `on` is now: no answer may be younger, and answers without a date are taken as of the
    intake's own.
    """
    top = tree.mapping(required=("facts",), optional=("schema", "patient", "on", "batches"))
    if "schema" in top and top["schema"].words() != "effleurage/intake/1":
        top["schema"].refuse(
            f"This is '{top['schema'].words()}', not an intake.", "Write 'schema: effleurage/intake/1'."
        )
    taken = _taken(top["on"], on) if "on" in top else on
    label = top["patient"].words() if "patient" in top else "a patient"
    answers = read_answers(top["facts"], facts, now=on, taken=taken)
    if "batches" in top:
        told = top["facts"].entries()
        none = none_of_these(top["batches"], facts, taken)
        answers = {**{name: answer for name, answer in none.items() if name not in told}, **answers}
    check_pairs(answers, facts)
    return Intake(label=label, on=taken, answers=answers)


def _taken(tree: Tree, on: datetime) -> datetime:
    moment = read_moment(tree.words())
    if moment is None:
        _refuse_date(tree, f"'{tree.shown()}' is no date.", "2026-11-22")
    if is_partial(tree.words()):
        tree.refuse(f"'{tree.words()}' is not one day.", "Write it as 2026-11-22.")
    if moment.date() > on.date():
        tree.refuse(f"The intake is dated {tree.words()}, after the day of the plan, {on.date()}.", "Correct the date.")
    return min(moment, on)


def read_answers(tree: Tree, facts: FactTable, *, now: datetime, taken: datetime) -> dict[str, Answer]:
    """Answers by fact, unknown ones left out."""
    answers: dict[str, Answer] = {}
    for name, given in tree.entries().items():
        fact = known_fact(name, given, facts)
        answer = read_answer(given, fact, now=now, taken=taken)
        if answer is not None:
            answers[name] = answer
    return answers


def known_fact(name: str, at: Tree, facts: FactTable) -> Fact:
    if name not in facts:
        for other in (other for fact in facts.facts for other in fact.not_this if other.word in name.replace("_", "")):
            at.refuse(f"'{name}' is {other.means}.", other.instead)
        at.refuse(f"'{name}' is not a fact.", nearest(name, facts.by_name) or "'effleurage facts' lists them.")
    fact = facts[name]
    if fact.derive and not fact.ask:
        asked = fact.derive.of[:1] if fact.derive.how in ("takes", "lists") else fact.derive.of
        at.refuse(f"'{name}' is worked out, not answered.", f"Answer {listed(asked)} instead.")
    return fact


def none_of_these(tree: Tree, facts: FactTable, taken: datetime) -> dict[str, Answer]:
    """`batches: {emergency: none}` answers every question of the batch with no."""
    answers: dict[str, Answer] = {}
    for batch, word in tree.entries().items():
        if batch not in dict(facts.batches):
            word.refuse(
                f"'{batch}' is not a batch of questions.",
                nearest(batch, dict(facts.batches)) or "'effleurage facts' lists them.",
            )
        if word.words() != "none":
            word.refuse(
                f"A batch is answered 'none', not '{word.shown()}'.", "Answer its facts one by one under 'facts'."
            )
        answers |= {fact.name: Answer(False, taken, fact.usual_origin, word.place) for fact in facts.in_batch(batch)}
    return answers


def read_answer(tree: Tree, fact: Fact, *, now: datetime, taken: datetime) -> Answer | None:
    """One answer; None for "unknown". Written bare (`-2.5`, `no`, `never`) or as {value, unit, date, origin, sure}."""
    answer = _read_answer(tree, fact, now=now, taken=taken)
    if answer is not None and answer.origin not in fact.who and lifts(answer, fact):
        who = listed((f"the {name}" for name in fact.who), "or")
        tree.refuse(
            f"'{fact.name}: {_said(answer, fact)}' comes from the {answer.origin}; {who} has to answer it.",
            f"Once that is done, write 'origin: {fact.who[0]}'; until then, 'unknown'.",
        )
    return answer


def lifts(answer: Answer, fact: Fact) -> bool:
    """Whether an answer is good news, which could lift a limit that stands without it. A record may measure."""
    value = answer.value
    if isinstance(value, Items):
        return value.complete
    if value is NEVER or fact.bad is Bad.NONE:
        return value is NEVER
    if isinstance(value, bool):
        return value is not (fact.bad is Bad.YES)
    return answer.origin != "import" and (fact.is_number or value != fact.option_names[-1])


def _said(answer: Answer, fact: Fact) -> str:
    if isinstance(answer.value, Items):
        return "complete"
    return "never" if answer.value is NEVER else fact.shown(answer.value)  # type: ignore[arg-type]


def _read_answer(tree: Tree, fact: Fact, *, now: datetime, taken: datetime) -> Answer | None:
    keys = (*_KEYS, *_MORE_KEYS.get(fact.kind, ()))
    row = tree.mapping(optional=keys) if isinstance(tree.value, dict) else {"value": tree}
    on = _moment(row["date"], now) if "date" in row else taken
    origin = row["origin"].one_of(ORIGINS, "origin") if "origin" in row else fact.usual_origin
    if fact.kind is Kind.LIST and not _is_unknown(tree):
        return Answer(_items(tree, row, fact), on, origin, tree.place)
    if "value" not in row:
        tree.refuse(f"'{fact.name}' has no value.", "Add 'value: ...', or answer 'unknown'.")
    value = row["value"]
    if isinstance(value.value, dict | list):
        value.refuse(f"'{fact.name}' takes one value.", "Write the value alone.")
    if _is_unknown(value):
        return None
    if str(value.value).lower().strip() in _NEVER:
        if not fact.never:
            value.refuse(f"'{fact.name}' cannot be 'never measured'.", "Answer it, or write 'unknown'.")
        return Answer(NEVER, on, origin, value.place)
    sure = "sure" in row and row["sure"].flag()
    unit = row["unit"].words() if "unit" in row else ""
    return Answer(read_value(value, fact, unit=unit, sure=sure, now=now), on, origin, value.place)


def _is_unknown(tree: Tree) -> bool:
    return tree.value is None or (isinstance(tree.value, str) and tree.value.lower().strip() in UNKNOWN)


def read_value(tree: Tree, fact: Fact, *, unit: str, sure: bool, now: datetime) -> Given:
    if fact.kind is Kind.YES_NO:
        return _yes_no(tree, fact)
    if fact.kind is Kind.CHOICE:
        return tree.one_of(fact.option_names, f"answer to '{fact.name}'")
    if fact.kind is Kind.DATE:
        return _date(tree, fact, now)
    return _number(tree, fact, unit=unit, sure=sure)


def _yes_no(tree: Tree, fact: Fact) -> bool:
    text = tree.words().lower()
    if text not in YES | NO:
        tree.refuse(f"'{fact.name}' is a yes/no question; '{tree.shown()}' is neither.", "Write yes, no or unknown.")
    return text in YES


def _moment(tree: Tree, now: datetime) -> datetime:
    moment = read_moment(tree.words(), careful="earliest")
    if moment is None:
        _refuse_date(tree, f"'{tree.shown()}' is no date.", "2026-11-22")
    if moment > now and moment.date() > now.date():
        tree.refuse(f"{tree.words()} lies in the future.", "Correct the date.")
    return min(moment, now)


def _date(tree: Tree, fact: Fact, now: datetime) -> datetime:
    moment = read_moment(tree.words(), careful=fact.careful or "latest")
    example = "2026-11-22 08:30" if fact.time else "2026-11-22"
    if moment is None:
        _refuse_date(tree, f"'{tree.shown()}' is no date for '{fact.name}'.", example)
    if is_partial(tree.words()):
        if not fact.careful:
            tree.refuse(f"'{fact.name}' needs the whole date.", f"Write it as {example}.")
        earliest = read_moment(tree.words(), careful="earliest") or moment
        moment = min(moment, now) if earliest <= now else moment
    if moment > now and (fact.time or moment.date() > now.date()):
        tree.refuse(f"'{fact.name}' is {tree.words()}, which lies in the future.", "Correct the date.")
    if now.year - moment.year > 125:
        tree.refuse(f"'{fact.name}' is {tree.words()}, more than 125 years ago.", "Correct the year.")
    if fact.time and len(tree.words()) <= 10:
        moment = min(moment.replace(hour=23, minute=59), now) if fact.careful != "earliest" else moment
    return moment


def _refuse_date(tree: Tree, what: str, example: str) -> NoReturn:
    """A clock time with a zone says when it was only to who knows the zone of the place, so it is refused as well."""
    if has_zone(tree.words()):
        tree.refuse(f"'{tree.shown()}' names a time zone, and the zone of this place is not known.", NO_ZONE)
    tree.refuse(what, f"Write it as {example}.")


def _number(tree: Tree, fact: Fact, *, unit: str, sure: bool) -> int:
    text = tree.words()
    number, attached = _split(tree, text, fact)
    if unit and attached and _unit(unit, fact) != _unit(attached, fact):
        tree.refuse(f"'{fact.name}' has two units, {attached} and {unit}.", "Leave the wrong one out.")
    unit = unit or attached
    other = bool(unit) and _unit(unit, fact) != canonical(fact.unit)
    if other:
        number = _converted(tree, number, unit, fact)
    if fact.kind is Kind.WHOLE and not other and number != number.to_integral_value():
        tree.refuse(
            f"'{fact.name}' is a whole number; '{text}' is not.", f"Round it to {fact.unit or 'whole numbers'}."
        )
    value = fact.scaled(number)
    low, high = fact.possible or (value, value)
    if not low <= value <= high:
        tree.refuse(
            f"'{fact.name}' cannot be {fact.shown(value)}; possible is {fact.shown(low)} to {fact.shown(high)}.",
            _suspect(fact, value),
        )
    if fact.plausible and not fact.plausible[0] <= value <= fact.plausible[1] and not sure:
        ends = f"{fact.shown(fact.plausible[0])} to {fact.shown(fact.plausible[1])}"
        tree.refuse(
            f"'{fact.name}' is {fact.shown(value)}; usual is {ends}.",
            f"{_suspect(fact, value)} If it is right, write {{value: {text}, sure: yes}}.",
        )
    return value


def _unit(unit: str, fact: Fact) -> str:
    return canonical(fact.unit if unit in fact.unit_words else unit)


def _split(tree: Tree, text: str, fact: Fact) -> tuple[Decimal, str]:
    """A number with its unit behind it: '158 cm', '158cm'."""
    text = text.replace("−", "-")
    glued = _GLUED.fullmatch(text)
    head, unit = glued.groups() if glued else text.partition(" ")[::2]
    if "," in head:
        without = head.replace(",", "")
        point = f"Write {head.replace(',', '.')} with a point."
        remedy = f"Write {without}, or a point where decimals begin." if _THOUSANDS.fullmatch(head) else point
        tree.refuse(f"'{fact.name}' is written with a comma: '{text}'.", remedy)
    _refuse_another(tree, fact, head)
    number = as_number(head)
    if number is None:
        ending = f", in {fact.unit}" if fact.unit else ""
        tree.refuse(f"'{fact.name}' takes a number; '{tree.shown()}' is none.", f"Write plain digits{ending}.")
    return number, unit.strip()


def _refuse_another(tree: Tree, fact: Fact, written: str) -> None:
    """Refuses what the content says is easily given in place of this fact; its word may be cut short, as 'Z'."""
    letters = "".join(filter(str.isalpha, written.lower()))
    for other in fact.not_this:
        if letters and (other.word.startswith(letters) or letters.startswith(other.word)):
            tree.refuse(f"'{fact.name}' is given as {other.means}.", other.instead)


def _converted(tree: Tree, number: Decimal, unit: str, fact: Fact) -> Decimal:
    _refuse_another(tree, fact, unit)
    converted = convert(number, unit=unit, to=fact.unit)
    if converted is None:
        tree.refuse(
            f"'{fact.name}' is in {fact.unit or 'plain numbers'}; '{unit}' cannot be converted.",
            f"Give it in {fact.unit or 'plain numbers'}.",
        )
    return converted


def _suspect(fact: Fact, value: int) -> str:
    """The mistake that most likely stands behind an unusual number."""
    low, high = fact.plausible or fact.possible or (value, value)
    if low <= -value <= high and value > 0:
        return f"Did you leave out the minus? {fact.shown(-value)} would fit."
    for expected, unit, words in _MISTAKEN:
        converted = convert(Decimal(value).scaleb(-fact.decimals), unit=unit, to=fact.unit)
        if fact.unit == expected and converted is not None and low <= converted.scaleb(fact.decimals) <= high:
            return f"Is it {words}? Add 'unit: {unit}'."
    if fact.decimals and value % 10 == 0 and low <= value // 10 <= high:
        return f"Did you leave out the point? {fact.shown(value // 10)} would fit."
    return "Check the sign, the unit and the decimal point."


def _items(tree: Tree, row: dict[str, Tree], fact: Fact) -> Items:
    """A list answer; only {items: [...], complete: yes} says that there is nothing else. `none` is the empty complete
    list.
    """
    if isinstance(tree.value, str) and tree.value == "none":
        return Items((), complete=True)
    source = row.get("items") or row["value"] if "items" in row or "value" in row else tree
    names = tuple(_item(item, fact) for item in source)
    return Items(tuple(dict.fromkeys(names)), "complete" in row and row["complete"].flag())


def _item(tree: Tree, fact: Fact) -> str:
    name = tree.words()
    if name not in fact.option_names:
        tree.refuse(
            f"'{name}' is not known as an item of '{fact.name}'.",
            nearest(name, fact.option_names)
            or "Leave it out and write 'complete: no'; 'effleurage facts' lists the known ones.",
        )
    return name


def check_pairs(answers: Mapping[str, Answer], facts: FactTable) -> None:
    """Refuses two measurements that cannot both be true."""
    for fact in facts.facts:
        if fact.derive and fact.derive.how == "difference" and fact.plausible:
            pair = [answers.get(name) for name in fact.derive.of]
            if all(pair) and all(isinstance(answer.value, int) for answer in pair if answer):
                _check_difference(fact, pair)  # type: ignore[arg-type]


def _check_difference(fact: Fact, pair: Iterable[Answer]) -> None:
    one, other = pair
    value = int(one.value) - int(other.value)  # type: ignore[arg-type]
    low, high = fact.possible or (value, value)
    if not low <= value <= high:
        names = listed(fact.derive.of) if fact.derive else ""
        raise InputError(
            where=one.place, what=f"{names} differ by {fact.shown(value)}.", remedy="Check both, and their units."
        )


def read_now(text: str) -> datetime:
    """The day (and time) of a plan, from the command line."""
    moment = read_moment(text)
    if has_zone(text):
        raise InputError(where="--on", what=f"'{text}' names a time zone.", remedy=NO_ZONE)
    if moment is None or is_partial(text):
        raise InputError(
            where="--on", what=f"'{text}' is no date.", remedy="Write it as 2026-11-22, or 2026-11-22T10:00."
        )
    return moment if len(text) > 10 else moment + timedelta(hours=12)
