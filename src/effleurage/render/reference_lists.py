"""Reference pages of the lists: vocabulary, regimens, instruments, evidence, sources, and the keys of the JSON plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from effleurage.facts.kinds import Source
from effleurage.lib.text import counted
from effleurage.library import Library
from effleurage.outcome.instrument import Instrument
from effleurage.plan.regimen import Regimen
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.render.markdown import bullets, code, fields, page, table, text
from effleurage.render.plan_json import KEYS, SCHEMA
from effleurage.render.words import GRADES

TITLES = {
    "techniques": "Techniques",
    "positions": "Positions",
    "props": "Props",
    "checks": "Checks",
    "stop_rules": "Stop rules",
    "expected": "Expected sensations",
    "reactions": "Reactions, and what the next dose does",
    "urgencies": "Urgencies",
    "referrals": "Referrals",
    "competences": "Competences",
    "consents": "Consents",
    "windows": "Medicine windows",
    "levels": "Levels of pressure",
}


def _keys(found: Sequence[Source]) -> str:
    return ", ".join(f"{code(source.key)} ({source.status})" for source in found)


def vocabulary(library: Library) -> str:
    words = library.protocols.vocabulary
    about = "Closed lists: nothing else can stand in a rule or a regimen. Each entry has its term, its "
    "meaning and its source."
    regions = [
        [
            code(region.base),
            text(region.term),
            region.side if region.side == "midline" else "left and right",
            " and ".join(region.views),
        ]
        for region in words.regions
        if region.side != "right"
    ]
    groups = [[code(name), ", ".join(map(code, members))] for name, members in _groups(words)]
    parts = [
        "## Regions",
        table(["Name", "Term", "Side", "Seen from"], regions),
        "## Groups",
        table(["Name", "Members"], groups),
    ]
    for kind, title in TITLES.items():
        parts += [
            f"## {title}",
            table(["Name", "Term", "Meaning", "Details", "Source"], [_term(term) for term in getattr(words, kind)]),
        ]
    chains = [
        f"minutes of a session: {', '.join(map(str, words.minutes))}",
        f"days between sessions: {', '.join(map(str, words.spacing_days))}",
    ]
    return page("Vocabulary", about, [*parts, "## Chains", bullets(chains)])


def _groups(words: Vocabulary) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from words.region_groups
    yield from words.technique_groups
    yield from words.position_groups


def _term(term: Term) -> list[str]:
    details = ", ".join(f"{key}: {value}" for key, value in term.detail if value != term.means)
    return [code(term.name), text(term.term), text(term.means), text(details), code(term.source)]


def regimens(library: Library) -> str:
    about = (
        f"{counted(len(library.regimens), 'regimen')}, as offered and before any limit: a plan cuts each to "
        f"what is allowed for the patient. "
        "Levels are those of session 1, 2, 3 ..., the last one holding."
    )
    parts = []
    for folder in dict.fromkeys(regimen.folder for regimen in library.regimens):
        parts.append(f"## {folder}")
        parts += [_regimen(regimen, library) for regimen in library.regimens if regimen.folder == folder]
    return page("Regimens", about, parts)


def _regimen(regimen: Regimen, library: Library) -> str:
    words, course = library.protocols.vocabulary, regimen.course
    head = fields(
        [
            ("id", code(regimen.id)),
            ("for the patient", text(regimen.about)),
            ("minutes", ", ".join(map(str, regimen.minutes))),
            ("course", f"{course.sessions} sessions, {course.spacing_days} days apart"),
            ("pause", f"{course.pause_days} days; {course.courses_per_year} courses a year"),
            ("competences", ", ".join(map(code, regimen.competences))),
            ("measured by", ", ".join(map(code, regimen.measures))),
            ("expected", ", ".join(map(code, regimen.sensations))),
            ("sources", _keys(regimen.sources)),
        ]
    )
    rows = [
        [
            text(step.title),
            ", ".join(map(code, step.regions)),
            step.side,
            " or ".join(text(words.term("techniques", name)) for name in (step.technique, *step.instead)),
            " or ".join(text(words.term("positions", name)) for name in (step.position, *step.otherwise)),
            str(step.share),
            ", ".join(map(str, step.pressure)),
        ]
        for step in regimen.steps
    ]
    return f"### {text(regimen.title)}\n\n{head}\n\n" + table(
        ["Step", "Regions", "Side", "Technique", "Position", "Share", "Level"], rows
    )


def instruments(library: Library) -> str:
    about = "What is measured with, for those instruments whose licence allows us to ship them; the others "
    "follow, with the reason."
    rows = [
        [f"{text(each.title)}, {code(each.name)}", ", ".join(each.why).replace("_", " "), text(each.explanation)]
        for each in library.not_shipped
    ]
    return page(
        "Instruments",
        about,
        [*map(_instrument, library.instruments), "## Not shipped", table(["Instrument", "Why", "Explanation"], rows)],
    )


def _instrument(each: Instrument) -> str:
    change, error = each.least_important_change, each.measurement_error
    lines = fields(
        [
            ("name", code(each.name)),
            ("measures", text(each.measures)),
            ("period", text(each.period)),
            ("unit", text(each.unit)),
            ("score", f"{each.method.value}, {each.range[0]} to {each.range[1]}; higher is {each.higher_is}"),
            ("missing answers", text(each.missing)),
            ("bands", text("; ".join(f"from {band.low}: {band.term}" for band in each.bands))),
            (
                "least important change",
                f"{change.text} ({code(change.source)}, {change.status})" if change else "none known",
            ),
            ("measurement error", f"{error.text} ({code(error.source)}, {error.status})" if error else ""),
            ("licence", f"{text(each.licence.text)} ({code(each.licence.source)}, {each.licence.status})"),
            ("sources", _keys(each.sources)),
        ]
    )
    items = bullets(f"{text(item.text)} ({item.scale.low} to {item.scale.high})" for item in each.items)
    return f"## {text(each.title)}\n\n{lines}\n\nItems:\n\n{items}"


def evidence(library: Library) -> str:
    about = "What people hope for, with an honest grade and the sentence that a patient may read. Nothing "
    "else may be claimed."
    parts = []
    for folder in dict.fromkeys(claim.folder for claim in library.claims):
        rows = [
            [text(claim.claim), GRADES[claim.grade], text(claim.say), text(claim.basis), _keys(claim.sources)]
            for claim in library.claims
            if claim.folder == folder
        ]
        parts += [f"## {folder}", table(["Hope", "Grade", "For the patient", "Basis", "Sources"], rows)]
        corrections = [
            [text(each.seed), text(each.problem), text(each.instead), each.status]
            for each in library.corrections
            if each.folder == folder
        ]
        if corrections:
            parts += [
                f"### Corrected, {folder}",
                table(["What was written", "Why it is wrong", "What stands instead", "Status"], corrections),
            ]
    return page("Evidence", about, parts)


def sources(library: Library) -> str:
    counts: dict[str, int] = {}
    for rule in library.protocols.rules:
        for key in {source.key for source in rule.sources}:
            counts[key] = counts.get(key, 0) + 1
    rows = [
        [code(key), text(title), " ".join(f"<{address}>" for address in addresses), str(counts.get(key, 0))]
        for key, (title, addresses) in library.protocols.sources.items()
    ]
    return page(
        "Sources",
        "Every source that is cited, and how many rules cite it.",
        [table(["Key", "Title", "Address", "Rules"], rows)],
    )


def plan_json() -> str:
    about = f"The top level of `effleurage plan --format json`, schema `{SCHEMA}`. Keys may be added; none "
    "is renamed or removed within this schema."
    return page(
        "The plan as JSON",
        about,
        [table(["Key", "What it holds"], [[code(key), words] for key, words in KEYS.items()])],
    )
