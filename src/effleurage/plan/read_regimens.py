"""Regimens, evidence and corrections, read from the folders of the conditions."""

from __future__ import annotations

from collections.abc import Sequence

from effleurage.facts.kinds import Source
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed, nearest
from effleurage.plan.regimen import GRADES, SIDES, Claim, Correction, Course, Regimen, Step
from effleurage.protocol.conditions import parse
from effleurage.protocol.documents import Documents, spread
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Condition
from effleurage.protocol.read_facts import STATUSES, read_sources
from effleurage.protocol.read_vocabulary import schema
from effleurage.protocol.vocabulary import LEVELS, Vocabulary

_TYPES = ("traditional", "swedish", "reflex_connective_tissue", "reflex_segmental")


def read_regimens(documents: Documents, protocols: Protocols, instruments: frozenset[str]) -> tuple[Regimen, ...]:
    """All regimens; names of regions, techniques, positions, props and instruments must exist."""
    found: dict[str, Regimen] = {}
    for folder, tree in documents.named("regimens.yaml"):
        for entry in spread(schema(tree, "regimens", required=("regimens",))["regimens"]):
            regimen = _regimen(entry, folder, protocols, instruments)
            if regimen.id in found:
                entry.refuse(f"The regimen '{regimen.id}' exists already.", "Give it another id.")
            found[regimen.id] = regimen
    return tuple(found.values())


def _regimen(entry: Tree, folder: str, protocols: Protocols, instruments: frozenset[str]) -> Regimen:
    required = (
        "id",
        "title",
        "type",
        "about",
        "offered",
        "competences",
        "minutes",
        "course",
        "measures",
        "sensations",
        "sources",
        "steps",
    )
    row = entry.mapping(required=required, optional=("note",))
    words = protocols.vocabulary
    course = row["course"].mapping(required=("sessions", "spacing_days", "pause_days", "courses_per_year"))
    if course["sessions"].whole() < 1 or any(value.whole() < 0 for value in course.values()):
        row["course"].refuse("A course has one session or more, and no negative numbers.", "Correct the numbers.")
    minutes = tuple(item.whole() for item in row["minutes"])
    if not minutes:
        row["minutes"].refuse("No minutes.", "Write those of session 1, 2, 3 and so on.")
    if 0 in minutes or any(number not in words.minutes for number in minutes):
        row["minutes"].refuse(
            "Minutes must be on the chain of the vocabulary, above 0.", f"Use {listed(words.minutes, 'or')}."
        )
    return Regimen(
        id=row["id"].words(),
        folder=folder,
        place=entry.place,
        title=row["title"].words(),
        type=row["type"].one_of(_TYPES, "type of massage"),
        about=row["about"].words(),
        offered=parse(row["offered"].words(), facts=protocols.facts, place=row["offered"].place),
        competences=_known(row["competences"], {term.name for term in words.competences}, "competence"),
        minutes=minutes,
        course=Course(**{key: value.whole() for key, value in course.items()}),
        measures=_known(row["measures"], instruments, "instrument"),
        sensations=_known(row["sensations"], {term.name for term in words.expected}, "expected sensation"),
        sources=_sources(row["sources"], protocols),
        steps=_steps(row["steps"], protocols),
    )


def _steps(tree: Tree, protocols: Protocols) -> tuple[Step, ...]:
    found: dict[str, Step] = {}
    for entry in tree:
        step = _step(entry, protocols)
        if step.id in found:
            entry.refuse(f"The step '{step.id}' exists already.", "Give it another id.")
        if step.title in {each.title for each in found.values()}:
            entry.refuse(
                f"A step called '{step.title}' exists already.", "A note tells steps by title: call it otherwise."
            )
        found[step.id] = step
    if not found:
        tree.refuse("A regimen without steps.", "Add a step.")
    return tuple(found.values())


def _step(entry: Tree, protocols: Protocols) -> Step:
    required = ("id", "title", "regions", "technique", "position", "share", "pressure")
    row = entry.mapping(
        required=required, optional=("side", "instead", "otherwise", "rhythm", "props", "curve", "when", "unless")
    )
    words = protocols.vocabulary
    side = row["side"].one_of(SIDES, "side") if "side" in row else "both"
    curve = row["curve"].words() if "curve" in row else ""
    if side in ("concave", "convex") and curve not in {fact.curve for fact in protocols.facts.facts if fact.curve}:
        entry.refuse(
            f"'{side}' of which curve?", "Add 'curve: ...', naming a part of the spine that a fact has as its 'curve'."
        )
    regions = _bases(row["regions"], words)
    _check_side(entry, side, regions, words)
    levels = tuple(item.whole() for item in row["pressure"])
    if not levels or any(not 1 <= level <= LEVELS for level in levels):
        row["pressure"].refuse("Intended levels of pressure run from 1 to 5.", "Write [1, 2, 3] for dose 1, 2, 3.")
    share = row["share"].whole()
    if share < 1:
        row["share"].refuse("A step needs a share of the minutes.", "Write 1 or more.")
    techniques, positions = {term.name for term in words.techniques}, {term.name for term in words.positions}
    return Step(
        id=row["id"].words(),
        title=row["title"].words(),
        regions=regions,
        side=side,
        curve=curve,
        technique=row["technique"].one_of(techniques, "technique"),
        instead=_known(row["instead"], techniques, "technique") if "instead" in row else (),
        position=row["position"].one_of(positions, "position"),
        otherwise=_known(row["otherwise"], positions, "position") if "otherwise" in row else (),
        share=share,
        pressure=levels,
        rhythm=row["rhythm"].words() if "rhythm" in row else "",
        props=_known(row["props"], {term.name for term in words.props}, "prop") if "props" in row else (),
        when=_condition(row, "when", protocols),
        unless=_condition(row, "unless", protocols),
    )


def _check_side(entry: Tree, side: str, regions: Sequence[str], words: Vocabulary) -> None:
    """A midline step names midline regions only, a one-sided step paired ones: no other reading would be safe."""
    midline = {region.base for region in words.regions if region.side == "midline"}
    wrong = {name for name in regions if (name in midline) != (side == "midline")}
    if side != "both" and wrong:
        what = "has two sides" if side == "midline" else "lies in the midline"
        entry.refuse(
            f"The step's side is '{side}', but '{min(wrong)}' {what}.", "Make two steps of it, or change the side."
        )


def _condition(row: dict[str, Tree], key: str, protocols: Protocols) -> Condition | None:
    return parse(row[key].words(), facts=protocols.facts, place=row[key].place) if key in row else None


def _bases(tree: Tree, words: Vocabulary) -> tuple[str, ...]:
    bases = {region.base for region in words.regions}
    return tuple(item.one_of(bases, "region") for item in tree)


def _known(tree: Tree, known: set[str] | frozenset[str], what: str) -> tuple[str, ...]:
    return tuple(item.one_of(known, what) for item in tree)


def _sources(tree: Tree, protocols: Protocols) -> tuple[Source, ...]:
    found = read_sources(tree)
    for source in found:
        if source.key not in protocols.sources:
            tree.refuse(
                f"The source '{source.key}' is not in sources.yaml.",
                nearest(source.key, protocols.sources) or "Add it there.",
            )
    return found


def read_evidence(
    documents: Documents, protocols: Protocols, instruments: frozenset[str]
) -> tuple[tuple[Claim, ...], tuple[Correction, ...]]:
    """The graded claims and the corrections of the seed articles."""
    claims: list[Claim] = []
    corrections: list[Correction] = []
    for folder, tree in documents.named("evidence.yaml"):
        top = schema(tree, "evidence", required=("claims",), optional=("corrections",))
        for entry in top["claims"]:
            claims.append(_claim(entry, folder, protocols, instruments))
            if claims[-1].id in {claim.id for claim in claims[:-1]}:
                entry.refuse(f"The claim '{claims[-1].id}' exists already.", "Give it another id.")
        corrections += (
            [_correction(entry, folder, protocols) for entry in top["corrections"]] if "corrections" in top else []
        )
    return tuple(claims), tuple(corrections)


def _claim(entry: Tree, folder: str, protocols: Protocols, instruments: frozenset[str]) -> Claim:
    row = entry.mapping(required=("id", "claim", "grade", "say", "basis", "sources"), optional=("measured_by",))
    return Claim(
        row["id"].words(),
        folder,
        row["claim"].words(),
        row["grade"].one_of(GRADES, "grade of evidence"),
        row["say"].words(),
        row["basis"].words(),
        _sources(row["sources"], protocols),
        _known(row["measured_by"], instruments, "instrument") if "measured_by" in row else (),
    )


def _correction(entry: Tree, folder: str, protocols: Protocols) -> Correction:
    row = entry.mapping(required=("seed", "problem", "instead", "status", "sources"))
    _sources(row["sources"], protocols)
    return Correction(
        folder,
        row["seed"].words(),
        row["problem"].words(),
        row["instead"].words(),
        row["status"].one_of(STATUSES, "status"),
    )
