"""The reference pages, generated from the content: the same content gives the same bytes.

They are for reading and for review: a clinician finds on one page, with boxes to tick, whatever rests on an inference,
was not confirmed, or has no reviewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from effleurage.facts.kinds import Fact, Source
from effleurage.lib.text import counted
from effleurage.library import Library
from effleurage.protocol.explain import limit_in_words
from effleurage.protocol.nodes import Rule
from effleurage.render.facts_words import bad_words, code_words, derived_words, kind_words, range_words
from effleurage.render.markdown import bullets, code, fields, page, table, text
from effleurage.render.reference_lists import evidence, instruments, plan_json, regimens, sources, vocabulary
from effleurage.render.words import STATUS


def pages(library: Library) -> dict[str, str]:
    """Every page by its file name."""
    return {
        "evidence.md": evidence(library),
        "facts.md": facts(library),
        "guarantees.md": guarantees(library),
        "instruments.md": instruments(library),
        "plan-json.md": plan_json(),
        "regimens.md": regimens(library),
        "rules.md": rules(library),
        "sources.md": sources(library),
        "to-be-confirmed.md": to_be_confirmed(library),
        "vocabulary.md": vocabulary(library),
    }


def cited(found: Iterable[Source]) -> str:
    """'WHO-TBL (C), project (D: tier table)'."""
    return ", ".join(
        f"{code(source.key)} ({source.status}{f': {text(source.note)}' if source.note else ''})" for source in found
    )


def folders(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def facts(library: Library) -> str:
    found = library.protocols.facts
    about = (
        f"What can be known of a patient: {counted(len(found.facts), 'fact')}. An intake gives them by name "
        f"under `facts:`; those without a question are worked "
        "out. Unknown is a state of its own and counts as the worst that it could be; *never measured* is an answer."
    )
    parts = []
    for folder in folders(fact.folder for fact in found.facts):
        parts.append(f"## {folder}")
        parts += [_fact(fact) for fact in found.facts if fact.folder == folder]
    batches = [
        f"{code(name)}: {text(words)} {', '.join(code(fact.name) for fact in found.in_batch(name))}"
        for name, words in found.batches
    ]
    return page("Facts", about, ["## Questions asked together", bullets(batches), *parts])


def _fact(fact: Fact) -> str:
    options = (
        ", ".join(f"{code(name)} ({text(words)})" for name, words in fact.options)
        if fact.kind.value == "choice"
        else ""
    )
    items = f"one or more of {len(fact.options)} known items" if fact.kind.value == "list" else ""
    lines = fields(
        [
            ("question", text(fact.ask)),
            ("help", text(fact.help)),
            ("kind", text(fact.kind.value if fact.options else kind_words(fact))),
            ("options", options or items),
            ("range", text(range_words(fact))),
            ("bad news", text(bad_words(fact))),
            ("never measured", "is an answer" if fact.never else ""),
            ("only if", f"{code(fact.gate)} is yes" if fact.gate else ""),
            ("derived", text(derived_words(fact))),
            ("asked of", " or ".join(fact.who) if fact.ask else ""),
            ("good for", counted(fact.stale_days, "day") if fact.stale_days is not None else ""),
            ("codes", text(code_words(fact))),
            ("sources", cited(fact.sources)),
        ]
    )
    return f"### {code(fact.name)}\n\n{lines}"


def rules(library: Library) -> str:
    found = library.protocols.rules
    about = (
        f"{counted(len(found), 'rule')}. A rule applies when its condition holds, and also while the "
        f"condition is not known; limits of several rules combine to the "
        "stricter, field by field. Status of a source: "
        + "; ".join(f"{mark}: {words}" for mark, words in STATUS.items())
        + "."
    )
    parts = []
    covering = _covering(library)
    for folder in folders(rule.folder for rule in found):
        mine = [rule for rule in found if rule.folder == folder]
        parts.append(f"## {folder}\n\n{counted(len(mine), 'rule')}.")
        parts += [_rule(rule, covering.get(rule.id, ())) for rule in mine]
    return page("Rules", about, parts)


def _covering(library: Library) -> dict[str, list[str]]:
    """The names of the cases that cover each rule."""
    found: dict[str, list[str]] = {}
    for case in library.cases:
        for name in dict.fromkeys((*case.rules("rules"), *case.rules("covers"))):
            found.setdefault(name, []).append(case.name)
    return found


def _rule(rule: Rule, covering: Sequence[str]) -> str:
    lines = fields(
        [
            ("when", code(rule.text)),
            ("limits", "; ".join(text(line) for line in limit_in_words(rule.limit) if line != "verdict: go")),
            ("because", text(rule.because)),
            ("to the patient", text(rule.tell)),
            ("sources", cited(rule.sources)),
            ("mentions good news", text(rule.loosening)),
            ("date, reviewer", f"{rule.date}, {text(rule.reviewer)}"),
            ("cases", text("; ".join(covering))),
        ]
    )
    return f"### {rule.id}\n\n{lines}"


def guarantees(library: Library) -> str:
    found = library.protocols.guarantees
    about = (
        f"{counted(len(found), 'sentence')} proved by `effleurage prove` over all patients there could be, "
        f"unanswered questions included: wherever the condition holds, "
        "or might, the limits are at least these."
    )
    rows = [
        [
            code(each.id),
            text(each.says),
            f"`{each.text}`".replace("|", "\\|"),
            "; ".join(text(line) for line in limit_in_words(each.then) if line != "verdict: go"),
        ]
        for each in found
    ]
    return page("Guarantees", about, [table(["Id", "Sentence", "Wherever", "Limits at least"], rows)])


def to_be_confirmed(library: Library) -> str:
    """Whatever a clinician still has to look at, by folder, with boxes to tick."""
    found = library.protocols.rules
    waiting = [rule for rule in found if rule.unconfirmed or rule.reviewer == "none"]
    about = (
        f"For a clinician. {counted(len(waiting), 'rule')} of {len(found)} wait: each has no reviewer yet, "
        f"or rests in part on the project's own inference (D) or on "
        "something that was not confirmed (N). Where sources conflict, the careful reading is encoded. To "
        "confirm a rule, put your name into `reviewer` of "
        "the rule; to change it, change the rule and its cases. The rules with D or N come first."
    )
    parts = []
    for folder in folders(rule.folder for rule in waiting):
        mine = [rule for rule in waiting if rule.folder == folder]
        parts.append(f"## {folder}")
        parts += _waiting("Rests on D or N", [rule for rule in mine if rule.unconfirmed])
        parts += _waiting("Only waits for a reviewer", [rule for rule in mine if not rule.unconfirmed])
    return page("To be confirmed by a clinician", about, [*parts, *_marked(library)])


def _waiting(title: str, found: Sequence[Rule]) -> list[str]:
    return [f"### {title}\n\n" + "\n".join(map(_box, found))] if found else []


def _box(rule: Rule) -> str:
    doubtful = [source for source in rule.sources if source.status in ("D", "N")]
    why = f" Open: {cited(doubtful)}." if doubtful else ""
    return f"- [ ] **{rule.id}** `{rule.text}`: {text(rule.because)}{why}"


def _marked(library: Library) -> list[str]:
    """Facts, regimens and claims whose sources are marked D or N."""
    rows = [
        *(
            (f"fact {code(fact.name)}", text(fact.ask or derived_words(fact)), fact.sources)
            for fact in library.protocols.facts.facts
        ),
        *((f"regimen {code(regimen.id)}", text(regimen.title), regimen.sources) for regimen in library.regimens),
        *((f"claim {code(claim.id)}", text(claim.say), claim.sources) for claim in library.claims),
    ]
    lines = []
    for name, words, found in rows:
        doubtful = [source for source in found if source.status in ("D", "N")]
        if doubtful:
            lines.append(f"- [ ] {name}: {words} Open: {cited(doubtful)}.")
    changes = [
        f"- [ ] instrument {code(each.name)}: least important change of {each.least_important_change.text} "
        f"({each.least_important_change.status})."
        for each in library.instruments
        if each.least_important_change and each.least_important_change.status in ("D", "N")
    ]
    return ["## Facts, regimens, claims and instruments with D or N", "\n".join([*lines, *changes])]
