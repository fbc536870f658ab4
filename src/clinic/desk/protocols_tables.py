"""A version of the protocols as tables for reading: rules, regimens, what is to be confirmed, and the text itself.

A version never changes, so everything here is made once for each version and language and then kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.actions.protocols_checks import files_of
from clinic.records.content import library
from clinic.records.speech import spoken
from effleurage.facts.kinds import FactTable, Source
from effleurage.library import Library
from effleurage.plan.regimen import Regimen
from effleurage.protocol.explain import limit_in_words
from effleurage.protocol.nodes import All, AnyOf, Atom, Compare, Condition, Is, Not, OneOf, Rule
from effleurage.render.facts_words import derived_words
from effleurage.render.words import STATUS

DOUBTFUL = ("D", "N")


@dataclass(frozen=True, slots=True)
class SourceRow:
    key: str
    title: str
    url: str
    status: str
    status_words: str
    note: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a line of the decision table."""

    id: str
    when: str
    text: str
    limits: tuple[str, ...]
    because: str
    tell: str
    sources: tuple[SourceRow, ...]
    date: str
    reviewer: str
    url: str


@dataclass(frozen=True, slots=True)
class StepRow:
    title: str
    where: str
    technique: str
    position: str
    share: int
    levels: str


@dataclass(frozen=True, slots=True)
class RegimenRow:
    id: str
    title: str
    about: str
    offered: str
    pairs: tuple[tuple[str, str], ...]
    steps: tuple[StepRow, ...]
    sources: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Something that a clinician still has to look at, and the doubtful sources it rests on."""

    name: str
    words: str
    sources: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class FolderRow:
    name: str
    version: str
    title: str
    rules: int
    regimens: int
    cases: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """How much there is in a version."""

    folders: tuple[FolderRow, ...]
    rules: int
    guarantees: int
    cases: int
    waiting: int


def told(content_hash: str) -> Library:
    """The content of a version in the language of the reader."""
    return spoken(library(content_hash))


def language() -> str:
    return (get_language() or "en")[:2]


@lru_cache(maxsize=12)
def summary(content_hash: str) -> Summary:
    lib = library(content_hash)
    rules = lib.protocols.rules
    return Summary(
        folders=tuple(_folder(name, lib) for name in dict.fromkeys(path.split("/")[0] for path in lib.documents.trees)),
        rules=len(rules),
        guarantees=len(lib.guarantees),
        cases=len(lib.cases),
        waiting=sum(1 for rule in rules if waits(rule)),
    )


def waits(rule: Rule) -> bool:
    """Whether a clinician still has to look at it."""
    return rule.unconfirmed or rule.reviewer == "none"


def _folder(name: str, lib: Library) -> FolderRow:
    path = f"{name}/protocol.yaml"
    head = lib.documents.trees[path].entries() if path in lib.documents.trees else {}
    return FolderRow(
        name=name,
        version=head["version"].words() if "version" in head else "",
        title=head["title"].words() if "title" in head else name.replace("_", " "),
        rules=sum(1 for rule in lib.protocols.rules if rule.folder == name),
        regimens=sum(1 for regimen in lib.regimens if regimen.folder == name),
        cases=sum(1 for case in lib.cases if case.folder == name),
        files=tuple(path for path in lib.documents.trees if path.split("/")[0] == name),
    )


def rule_rows(content_hash: str, folder: str) -> tuple[RuleRow, ...]:
    return _rule_rows(content_hash, folder, language())


@lru_cache(maxsize=48)
def _rule_rows(content_hash: str, folder: str, _code: str) -> tuple[RuleRow, ...]:
    lib = told(content_hash)
    return tuple(_rule(rule, lib) for rule in lib.protocols.rules if rule.folder == folder)


def _rule(rule: Rule, lib: Library) -> RuleRow:
    path, _colon, line = rule.place.rpartition(":")
    return RuleRow(
        id=rule.id,
        when=in_words(rule.when, lib.protocols.facts),
        text=rule.text,
        limits=tuple(words for words in limit_in_words(rule.limit) if words != "verdict: go"),
        because=rule.because,
        tell=rule.tell,
        sources=source_rows(rule.sources, lib),
        date=rule.date,
        reviewer="" if rule.reviewer == "none" else rule.reviewer,
        url=f"{path}#L{line}",
    )


def source_rows(found: Iterable[Source], lib: Library) -> tuple[SourceRow, ...]:
    titles, words = lib.protocols.sources, lib.protocols.language
    rows = []
    for each in found:
        title, urls = titles.get(each.key, (each.key, ()))
        rows.append(
            SourceRow(each.key, title, next(iter(urls), ""), each.status, words.words(STATUS[each.status]), each.note)
        )
    return tuple(rows)


def in_words(condition: Condition, table: FactTable) -> str:
    """When a rule holds, as a sentence that a clinician can check: names of facts, values with their units."""
    match condition:
        case All(parts):
            asked = [part for part in parts if not _gate(part, parts, table)]
            return _(" and ").join(_bracketed(part, table) for part in asked) or _("always")
        case AnyOf(parts):
            return _(" or ").join(in_words(part, table) for part in parts)
        case Not(part):
            return _("not (%(words)s)") % {"words": in_words(part, table)}
        case atom:
            return _atom(atom, table)


def _gate(part: Condition, parts: tuple[Condition, ...], table: FactTable) -> bool:
    """Whether a part only says that there is something to compare, which the comparison beside it says as well."""
    if not isinstance(part, Is):
        return False
    others = [each.fact for each in parts if isinstance(each, Compare | OneOf | Is) and each is not part]
    return any(part.fact in table.gates(name) for name in others)


def _bracketed(part: Condition, table: FactTable) -> str:
    words = in_words(part, table)
    return f"({words})" if isinstance(part, AnyOf) else words


def _atom(atom: Atom, table: FactTable) -> str:
    name = atom.fact.replace("_", " ")
    if isinstance(atom, Is):
        return name
    if isinstance(atom, OneOf):
        options = _(" or ").join(option.replace("_", " ") for option in atom.options)
        return _("%(name)s is %(options)s") % {"name": name, "options": options}
    signs = {
        "<": _("below"),
        "<=": _("at most"),
        ">": _("above"),
        ">=": _("at least"),
        "==": _("exactly"),
        "!=": _("other than"),
    }
    return f"{name} {signs[atom.operator]} {table[atom.fact].shown(atom.number)}"


def regimen_rows(content_hash: str, folder: str) -> tuple[RegimenRow, ...]:
    return _regimen_rows(content_hash, folder, language())


@lru_cache(maxsize=24)
def _regimen_rows(content_hash: str, folder: str, _code: str) -> tuple[RegimenRow, ...]:
    lib = told(content_hash)
    return tuple(_regimen(each, lib) for each in lib.regimens if each.folder == folder)


def _regimen(regimen: Regimen, lib: Library) -> RegimenRow:
    words, course = lib.protocols.vocabulary, regimen.course
    pairs = (
        (_("Minutes"), ", ".join(map(str, regimen.minutes))),
        (_("Sessions"), _("%(count)s, %(days)s days apart") % {"count": course.sessions, "days": course.spacing_days}),
        (
            _("Pause"),
            _("%(days)s days, %(count)s courses a year")
            % {"days": course.pause_days, "count": course.courses_per_year},
        ),
        (_("Training"), ", ".join(words.term("competences", name) for name in regimen.competences)),
        (_("Measured by"), ", ".join(name.replace("_", " ") for name in regimen.measures)),
    )
    steps = tuple(
        StepRow(
            title=step.title,
            where=", ".join(name.replace("_", " ") for name in step.regions) + f" ({step.side})",
            technique=_(" or ").join(words.term("techniques", name) for name in (step.technique, *step.instead)),
            position=_(" or ").join(words.term("positions", name) for name in (step.position, *step.otherwise)),
            share=step.share,
            levels=", ".join(map(str, step.pressure)),
        )
        for step in regimen.steps
    )
    offered = in_words(regimen.offered, lib.protocols.facts)
    return RegimenRow(
        regimen.id, regimen.title, regimen.about, offered, pairs, steps, source_rows(regimen.sources, lib)
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is to be confirmed: rules by folder, those with a doubtful source first; then everything else."""

    rules: tuple[tuple[str, tuple[OpenRow, ...]], ...]
    others: tuple[OpenRow, ...]


def waiting(content_hash: str) -> Waiting:
    return _waiting(content_hash, language())


@lru_cache(maxsize=12)
def _waiting(content_hash: str, _code: str) -> Waiting:
    lib = told(content_hash)
    rules = sorted(filter(waits, lib.protocols.rules), key=lambda rule: not rule.unconfirmed)
    names = dict.fromkeys(rule.folder for rule in lib.protocols.rules if waits(rule))
    rows = [(rule.folder, OpenRow(rule.id, rule.because, _doubtful(rule.sources, lib))) for rule in rules]
    by_folder = tuple((name, tuple(row for folder, row in rows if folder == name)) for name in names)
    return Waiting(by_folder, tuple(row for row in _marked(lib) if row.sources))


def _doubtful(found: Iterable[Source], lib: Library) -> tuple[SourceRow, ...]:
    return source_rows([each for each in found if each.status in DOUBTFUL], lib)


def _marked(lib: Library) -> Iterator[OpenRow]:
    """Facts, regimens, claims and least important changes, with what is doubtful about each."""
    for fact in lib.protocols.facts.facts:
        yield OpenRow(fact.name, fact.ask or derived_words(fact), _doubtful(fact.sources, lib))
    for regimen in lib.regimens:
        yield OpenRow(regimen.id, regimen.title, _doubtful(regimen.sources, lib))
    for claim in lib.claims:
        yield OpenRow(claim.id, claim.say, _doubtful(claim.sources, lib))
    for each in lib.instruments:
        change = each.least_important_change
        if change:
            yield OpenRow(each.name, change.text, _doubtful([Source(change.source, change.status)], lib))


@lru_cache(maxsize=64)
def numbered(content_hash: str, path: str) -> SafeString:
    """One file with the numbers of its lines, each of which can be linked to."""
    lines = files_of(content_hash)[path].splitlines()
    wide = len(str(len(lines)))
    return format_html(
        "<pre>{}</pre>",
        format_html_join(
            "\n",
            '<span id="L{}"><a href="#L{}" aria-label="{}">{}</a>  {}</span>',
            ((at, at, _("line %(n)s") % {"n": at}, str(at).rjust(wide), line) for at, line in enumerate(lines, 1)),
        ),
    )
