"""What differs between two versions beside their rules, in words.

The proof of `diff` speaks of the rules for the same facts. What makes the facts (derivations, gates, the days until an
answer is old, the classes of a medicine), what the names in limits mean (windows, checks, levels, chains) and what a
plan is cut from (regimens, instruments) can loosen a plan just as well, and no rule shows it. So all of it is compared
field by field, and a person judges each difference. A field is compared unless it is named here as a text; so one that
is added later is compared from the start. Groups are left out: rules are proved with their members written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from effleurage.facts.kinds import Derivation, Fact, FactTable
from effleurage.lib.text import listed
from effleurage.library import Library
from effleurage.plan.regimen import Regimen
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import All, AnyOf, Compare, Condition, Is, Not, OneOf
from effleurage.protocol.vocabulary import Term, Vocabulary

TEXTS: Final = frozenset(
    ("place", "folder", "page", "title", "about", "ask", "asks", "help", "tell", "text", "term", "source", "sources",
     "note", "status", "labels", "licence", "explanation", "said", "language")
)  # fmt: skip
"""Fields that only say, group or prove something; no plan depends on their wording."""
MANY: Final = 8
"""Of lists with so many entries only what came and went is told."""

Words = str | tuple[str, ...]
Entries = dict[str, dict[str, Words]]
"""By place ('fact age', 'regimen x, step y'): each field in words."""


def beside(old: Library, new: Library) -> tuple[str, ...]:
    """Every difference of two libraries that is not one of their rules or of texts alone, as 'place: field old ->
    new'.
    """
    return tuple(_differences(_entries(old), _entries(new)))


def beside_rules(old: Protocols, new: Protocols) -> tuple[str, ...]:
    """The same of protocols alone: facts, medicines and vocabulary."""
    return tuple(_differences(_of_protocols(old), _of_protocols(new)))


def _differences(old: Entries, new: Entries) -> Iterator[str]:
    for place in dict.fromkeys((*old, *new)):
        whole = place.partition(", ")[0]
        if place in old and place in new:
            yield from (f"{place}: {change}" for change in _changes(old[place], new[place]))
        elif place == whole or (whole in old and whole in new):
            yield f"{place}: is {'gone' if place in old else 'new'}"


def _changes(old: Mapping[str, Words], new: Mapping[str, Words]) -> Iterator[str]:
    for field in dict.fromkeys((*old, *new)):
        before, after = old.get(field, ()), new.get(field, ())
        if before != after:
            yield f"{field} {_change(before, after)}".strip()


def _change(before: Words, after: Words) -> str:
    if isinstance(before, tuple) and isinstance(after, tuple) and _many(before) and _many(after):
        gone = [word for word in before if word not in after]
        come = [word for word in after if word not in before]
        parts = (f"no longer {listed(gone)}" if gone else "", f"now also {listed(come)}" if come else "")
        return "; ".join(filter(None, parts)) or "in another order"
    return f"{_shown(before)} -> {_shown(after)}"


def _many(words: tuple[str, ...]) -> bool:
    """Whether it is a long list in which nothing stands twice, as it may in the minutes of a course."""
    return len(words) == len(set(words)) >= MANY


def _shown(words: Words) -> str:
    return (words if isinstance(words, str) else ", ".join(words)) or "none"


def _entries(library: Library) -> Entries:
    table = library.protocols.facts
    found = _of_protocols(library.protocols)
    for regimen in library.regimens:
        found |= _of_regimen(regimen, table)
    found |= {f"instrument {each.name}": _fields(each, table) for each in library.instruments}
    return found | {f"instrument (not shipped) {each.name}": _fields(each, table) for each in library.not_shipped}


def _of_protocols(protocols: Protocols) -> Entries:
    table = protocols.facts
    found: Entries = {f"fact {fact.name}": _of_fact(fact, table) for fact in table.facts}
    found |= {f"medicine {medicine.name}": _fields(medicine, table) for medicine in table.medicines}
    for field in fields(Vocabulary):
        if field.name not in TEXTS and not field.name.endswith("_groups"):
            found |= _of_list(field.name, getattr(protocols.vocabulary, field.name), table)
    return found


def _of_fact(fact: Fact, table: FactTable) -> dict[str, Words]:
    """A fact's fields; of its texts only whether it is asked at all, of its options the names in their order."""
    words = _fields(fact, table) | {"options": fact.option_names, "asked": _words(bool(fact.ask), table)}
    for name in ("possible", "plausible"):
        ends = getattr(fact, name)
        words[name] = f"{fact.shown(ends[0])} to {fact.shown(ends[1])}" if ends else ""
    return words


def _of_list(name: str, entries: Any, table: FactTable) -> Entries:
    """One closed list: its order, where that is a rank, and each of its entries."""
    if isinstance(entries, Term):
        return {f"{name} {entries.name}": _of_term(entries)}
    if not all(is_dataclass(entry) for entry in entries):
        return {name: {"": _several(entries, table)}}
    found: Entries = {name: {"": tuple(entry.name for entry in entries)}} if name == "urgencies" else {}
    for entry in entries:
        words = _of_term(entry) if isinstance(entry, Term) else _fields(entry, table)
        found[f"{name} {entry.name}"] = words
    return found


def _of_term(term: Term) -> dict[str, Words]:
    """What a term means, and what only its list has. Where 'means' is filled from what is told, it is a text."""
    details = {key: value for key, value in term.detail if key not in TEXTS}
    meant = term.means not in ("", *(value for _, value in term.detail))
    return {**({"means": term.means} if meant else {}), **details}


def _of_regimen(regimen: Regimen, table: FactTable) -> Entries:
    place = f"regimen {regimen.id}"
    whole = _fields(regimen, table) | {"steps": tuple(step.id for step in regimen.steps)}
    return {place: whole, **{f"{place}, step {step.id}": _fields(step, table) for step in regimen.steps}}


def _fields(thing: Any, table: FactTable) -> dict[str, Words]:
    """Every field of a dataclass in words, but for its name and its texts."""
    names = [field.name for field in fields(thing) if field.name not in TEXTS and field.name not in ("name", "id")]
    values = {name: getattr(thing, name) for name in names}
    return {
        name: _several(value, table) if isinstance(value, tuple) else _words(value, table)
        for name, value in values.items()
    }


def _several(values: Any, table: FactTable) -> tuple[str, ...]:
    return tuple(_words(value, table) for value in values)


def _words(value: Any, table: FactTable) -> str:
    """Any value of the content as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case Derivation(how, of):
            return f"{how} of {', '.join(of)}"
        case Is() | Compare() | OneOf() | Not() | All() | AnyOf():
            return _condition(value, table)
        case tuple():
            return "/".join(_several(value, table))
    if is_dataclass(value):
        own = {field.name: _words(getattr(value, field.name), table) for field in fields(value)}
        return "; ".join(
            f"{name.replace('_', ' ')} {words or 'none'}" for name, words in own.items() if name not in TEXTS
        )
    return str(value)


def _condition(condition: Condition, table: FactTable) -> str:
    match condition:
        case Is(fact):
            return fact
        case Compare(fact, sign, number):
            return f"{fact} {sign} {table[fact].shown(number)}"
        case OneOf(fact, options):
            return f"{fact} is {listed(options, 'or')}"
        case Not(part):
            return f"not {_condition(part, table)}"
        case All(parts):
            return f"({' and '.join(_condition(part, table) for part in parts)})" if parts else "always"
        case AnyOf(parts):
            return f"({' or '.join(_condition(part, table) for part in parts)})"
