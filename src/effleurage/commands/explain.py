"""`effleurage explain`: anything that has a name, in words, with its sources and the cases that cover it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from effleurage.commands.common import content_option, library
from effleurage.decision.cases import Case
from effleurage.decision.decide import compiled
from effleurage.engines.python import constants
from effleurage.errors import InputError
from effleurage.facts.kinds import Fact, Source
from effleurage.lib.text import listed, nearest
from effleurage.library import Library
from effleurage.plan.regimen import Regimen
from effleurage.protocol.explain import limit_in_words
from effleurage.protocol.nodes import Guarantee, Rule, facts_in
from effleurage.protocol.vocabulary import Region, Term
from effleurage.render.facts_words import bad_words, code_words, derived_words, kind_words, range_words
from effleurage.render.terminal import bullets, console, heading
from effleurage.render.words import STATUS

Show = Callable[[Console, Library], None]


@click.command(
    name="explain",
    help="""What a rule, a fact, a guarantee, a regimen, a region, a technique, a check or a source means.

\b
Examples:
  effleurage explain OST-O2-TSCORE
  effleurage explain OST-O2-TSCORE --engine    the lines of the generated function
  effleurage explain t_score_lowest G-GEN-BONE calf percussion WHO-TBL
""",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--engine", is_flag=True, help="For a rule: the lines of the function that decides it.")
@content_option
def command(names: tuple[str, ...], engine: bool, content: Path | None) -> None:
    lib = library(content)
    known = catalogue(lib, engine)
    shows = [find(name, known) for name in names]  # all or nothing: a slip in one name prints nothing
    out = console()
    for number, show in enumerate(shows):
        if number:
            out.rule(style="dim")
        show(out, lib)


def find(name: str, known: dict[str, Show]) -> Show:
    """What shows this name. Raises InputError with the nearest name."""
    if name in known:
        return known[name]
    by_case = {key.lower(): key for key in known}
    if name.lower() in by_case:
        return known[by_case[name.lower()]]
    remedy = nearest(name, known) or "Rules: 'effleurage plan' names them; facts: 'effleurage facts'."
    raise InputError(where="explain", what=f"'{name}' is not a name in this content.", remedy=remedy)


def catalogue(lib: Library, engine: bool) -> dict[str, Show]:
    """Everything that has a name. Where two lists share one, the first below is meant."""
    words = lib.protocols.vocabulary
    found: dict[str, Show] = {}
    entries: list[tuple[str, Show]] = [
        *((rule.id, _rule(rule, engine)) for rule in lib.protocols.rules),
        *((guarantee.id, _guarantee(guarantee)) for guarantee in lib.protocols.guarantees),
        *((fact.name, _fact(fact)) for fact in lib.protocols.facts.facts),
        *((regimen.id, _regimen(regimen)) for regimen in lib.regimens),
        *((region.base, _region(region)) for region in words.regions),
        *((region.name, _region(region)) for region in words.regions),
        *((key.partition(".")[2], _term(key.partition(".")[0], term)) for key, term in words.terms.items()),
        *((key, _source(key)) for key in lib.protocols.sources),
    ]
    for name, show in entries:
        found.setdefault(name, show)
    return found


def title(out: Console, name: str, kind: str) -> None:
    line = Text(name, style="bold")
    line.append(f"  {kind}", style="not bold dim")
    out.print(line)


def sources(out: Console, lib: Library, cited: Iterable[Source]) -> None:
    """Each source with its title, addresses, and how far it was read."""
    lines = []
    for source in cited:
        name, addresses = lib.protocols.sources.get(source.key, (source.key, ()))
        note = f" ({source.note})" if source.note else ""
        lines.append(
            f"{source.key}, {STATUS[source.status]} ({source.status}): {name}{note} {' '.join(addresses)}".rstrip()
        )
    if lines:
        heading(out, "Sources")
        bullets(out, lines)


def _rule(rule: Rule, engine: bool) -> Show:
    def show(out: Console, lib: Library) -> None:
        title(out, rule.id, f"rule of {rule.folder}, {rule.place}")
        out.print(f"When: {rule.text}")
        out.print("If the condition is not known, the rule applies and asks.")
        heading(out, "Then, at least")
        bullets(out, limit_in_words(rule.limit))
        heading(out, "Why")
        bullets(out, [f"For the therapist: {rule.because}", f"For the patient: {rule.tell}"])
        if rule.loosening:
            bullets(out, [f"It mentions good news: {rule.loosening}"])
        sources(out, lib, rule.sources)
        heading(out, "Cases")
        bullets(out, _cases(rule.id, lib) or ["no case names it"])
        reviewer = "no clinician has reviewed it yet" if rule.reviewer == "none" else f"reviewed by {rule.reviewer}"
        out.print(f"\nDated {rule.date}; {reviewer}.")
        if engine:
            heading(out, "In the generated function")
            out.print(Text(engine_lines(_constant(rule, lib), compiled(lib.protocols).source)), soft_wrap=True)

    return show


def _cases(name: str, lib: Library) -> list[str]:
    marks = (("rules", "holds"), ("rules_not", "does not hold"), ("undecided", "undecided"), ("covers", "covered"))
    return [f"{mark}: {case.name}" for key, mark in marks for case in lib.cases if _names(case, key, name)]


def _names(case: Case, key: str, name: str) -> bool:
    return name in case.rules(key) and not (
        key == "covers" and any(name in case.rules(k) for k in ("rules", "rules_not"))
    )


def _constant(rule: Rule, lib: Library) -> str:
    """The rule's name in the generated function."""
    return constants([each.id for each in lib.protocols.rules])[lib.protocols.rules.index(rule)]


def engine_lines(name: str, source: str) -> str:
    """The lines of the generated function that mention a name, each below the tests that it shares with other rules."""
    constant = re.compile(rf"\b{re.escape(name)}\b")
    lines = source.splitlines()
    wanted: set[int] = set()
    for number, text in enumerate(lines):
        if constant.search(text):
            wanted |= {number, *_above(lines, number)}
    return "\n".join(lines[number] for number in sorted(wanted))


def _above(lines: list[str], number: int) -> Iterator[int]:
    """The lines that the line stands under, by depth."""
    depth = _depth(lines[number])
    for above in range(number - 1, -1, -1):
        if lines[above].strip() and _depth(lines[above]) < depth:
            depth = _depth(lines[above])
            yield above


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _guarantee(guarantee: Guarantee) -> Show:
    def show(out: Console, _: Library) -> None:
        title(out, guarantee.id, f"guarantee, {guarantee.place}")
        out.print(guarantee.says, style="bold")
        out.print(f"Wherever this holds, or might: {guarantee.text}")
        heading(out, "the limits are at least")
        bullets(out, limit_in_words(guarantee.then))
        out.print("\nProved over all patients there could be by 'effleurage prove'.")

    return show


def _fact(fact: Fact) -> Show:
    def show(out: Console, lib: Library) -> None:
        title(out, fact.name, f"fact of {fact.folder}, {fact.place}")
        if fact.ask:
            out.print(fact.ask, style="bold")
        if fact.help:
            out.print(fact.help)
        bullets(out, [f"{label}: {text}" for label, text in fact_lines(fact) if text])
        sources(out, lib, fact.sources)
        rules = [rule.id for rule in lib.protocols.rules if fact.name in facts_in(rule.when)]
        heading(out, "Read by")
        bullets(
            out,
            [
                *rules,
                *(
                    f"{other.name} (derived)"
                    for other in lib.protocols.facts.facts
                    if other.derive and fact.name in other.derive.of
                ),
            ]
            or ["no rule"],
        )

    return show


def fact_lines(fact: Fact) -> list[tuple[str, str]]:
    days = f"{fact.stale_days} days; then it is asked again" if fact.stale_days is not None else ""
    options = "; ".join(f"{name} ({words})" for name, words in fact.options)
    return [
        ("Kind", kind_words(fact) if not fact.options else fact.kind.value),
        ("Options", options),
        ("Range", range_words(fact)),
        ("Bad news", bad_words(fact)),
        ("Never measured", "is an answer" if fact.never else ""),
        ("Only if", f"{fact.gate} is yes" if fact.gate else ""),
        ("Derived", derived_words(fact)),
        ("Asked of", listed(fact.who, "or") if fact.ask else ""),
        ("Asked with", f"the batch '{fact.batch}'" if fact.batch else ""),
        ("Good for", days),
        ("Codes", code_words(fact)),
    ]


def _regimen(regimen: Regimen) -> Show:
    def show(out: Console, lib: Library) -> None:
        words = lib.protocols.vocabulary
        title(out, regimen.id, f"regimen of {regimen.folder}, {regimen.place}")
        out.print(regimen.title, style="bold")
        out.print(regimen.about)
        course = regimen.course
        heading(out, "As offered, before any limit")
        bullets(
            out,
            [
                f"minutes of session 1, 2, 3 ...: {', '.join(map(str, regimen.minutes))}",
                f"{course.sessions} sessions, {course.spacing_days} days apart, {course.pause_days} days of pause",
                f"{course.courses_per_year} courses a year",
                *(
                    f"{step.title}: {words.term('techniques', step.technique)}, {', '.join(step.regions)}"
                    for step in regimen.steps
                ),
            ],
        )
        sources(out, lib, regimen.sources)

    return show


def _region(region: Region) -> Show:
    def show(out: Console, lib: Library) -> None:
        words = lib.protocols.vocabulary
        title(out, region.base, "region of the body")
        out.print(region.term, style="bold")
        names = set(words.regions_of(region.base))
        groups = [group for group, _ in words.region_groups if names <= set(words.regions_of(group))]
        limiting = [
            rule
            for rule in lib.protocols.rules
            if any(rule.limit.ceiling(name) < 5 for name in names) and rule.limit.verdict < 3
        ]
        bullets(
            out,
            [
                f"single regions: {', '.join(sorted(names))}",
                f"drawn on the {listed(region.views)}",
                f"in the groups {', '.join(groups) or 'none'}",
            ],
        )
        heading(out, "Rules that lower the pressure here, before those that close everything")
        bullets(
            out,
            [f"{rule.id}: level {min(rule.limit.ceiling(name) for name in names)} at most" for rule in limiting]
            or ["none"],
        )

    return show


def _term(kind: str, term: Term) -> Show:
    def show(out: Console, _: Library) -> None:
        title(out, term.name, f"{kind.replace('_', ' ')} of the vocabulary")
        out.print(term.term, style="bold")
        if term.means:
            out.print(term.means)
        bullets(
            out, [f"{key}: {value}" for key, value in term.detail if value != term.means] + [f"source: {term.source}"]
        )

    return show


def _source(key: str) -> Show:
    def show(out: Console, lib: Library) -> None:
        name, addresses = lib.protocols.sources[key]
        title(out, key, "source")
        out.print(name, style="bold")
        bullets(out, addresses)
        cited = [rule.id for rule in lib.protocols.rules if any(source.key == key for source in rule.sources)]
        heading(out, "Cited by")
        bullets(out, cited or ["no rule; facts, regimens or evidence"])

    return show
