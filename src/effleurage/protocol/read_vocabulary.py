"""The closed lists, read from content/vocabulary and from the medicines' windows."""

from __future__ import annotations

from collections.abc import Iterable

from effleurage.language import Language
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed, nearest
from effleurage.protocol.documents import Documents
from effleurage.protocol.vocabulary import EVERYWHERE, LEVELS, SIDES, Region, Term, Vocabulary


def schema(tree: Tree, name: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Tree]:
    """The top of a document: its `schema: effleurage/<name>/1` line, and its keys."""
    top = tree.mapping(required=("schema", *required), optional=optional)
    wanted = f"effleurage/{name}/1"
    if top["schema"].words() != wanted:
        top["schema"].refuse(f"This is '{top['schema'].words()}'.", f"Write 'schema: {wanted}'.")
    return top


def read_vocabulary(documents: Documents) -> Vocabulary:
    """Every closed list; a name that stands twice in one list is refused."""
    bodies = schema(documents.get("vocabulary/regions.yaml"), "regions", required=("regions", "groups"))
    hands = schema(documents.get("vocabulary/techniques.yaml"), "techniques", required=("techniques", "groups"))
    tables = schema(
        documents.get("vocabulary/positions.yaml"), "positions", required=("positions", "groups", "props", "turns")
    )
    felt = schema(documents.get("vocabulary/sensations.yaml"), "sensations", required=("expected", "reactions"))
    people = schema(
        documents.get("vocabulary/people.yaml"),
        "people",
        required=("urgencies", "referrals", "competences", "consents"),
    )
    force = schema(
        documents.get("vocabulary/pressure.yaml"),
        "pressure",
        required=("levels", "rationale", "minutes", "spacing_days"),
    )
    checks = schema(documents.get("vocabulary/checks.yaml"), "checks", required=("checks",))["checks"]
    stops = schema(documents.get("vocabulary/stop_rules.yaml"), "stop_rules", required=("stop_rules",))["stop_rules"]
    windows = [tree for _, tree in documents.named("windows.yaml")]
    referrals, urgencies = _terms(people["referrals"]), _terms(people["urgencies"])
    for entries in (stops, felt["reactions"]):
        _check_refer(entries, people)
    regions, techniques, positions = (
        _regions(bodies["regions"], documents.language),
        _terms(hands["techniques"]),
        _terms(tables["positions"]),
    )
    return Vocabulary(
        regions=regions,
        region_groups=_groups(bodies["groups"], _names(regions), "region"),
        techniques=techniques,
        technique_groups=_groups(hands["groups"], [term.name for term in techniques], "technique"),
        positions=positions,
        position_groups=_groups(tables["groups"], [term.name for term in positions], "position"),
        props=_terms(tables["props"]),
        turn=_turn(tables["turns"], documents.language),
        checks=_checks(checks),
        stop_rules=_terms(stops),
        expected=_expected(felt["expected"], techniques),
        reactions=_terms(felt["reactions"]),
        urgencies=urgencies,
        referrals=referrals,
        competences=_terms(people["competences"]),
        consents=_consents(people["consents"], regions),
        windows=tuple(
            term for tree in windows for term in _terms(schema(tree, "windows", required=("windows",))["windows"])
        ),
        levels=_levels(force["levels"]),
        minutes=_chain(force["minutes"]),
        spacing_days=_chain(force["spacing_days"]),
        language=documents.language,
    )


def _regions(entries: Tree, language: Language) -> tuple[Region, ...]:
    found: list[Region] = []
    for entry in entries:
        row = entry.mapping(required=("name", "term", "sides", "views", "means", "source"))
        name, term = row["name"].words(), row["term"].words()
        paired = row["sides"].one_of(("midline", "paired"), "kind of side") == "paired"
        if name in {region.base for region in found}:
            row["name"].refuse(f"'{name}' stands here twice.", "Keep one of the two.")
        for side in SIDES if paired else ("midline",):
            said = language.words(side) if paired else ""
            found.append(Region(f"{name}_{side}" if paired else name, name, side, term, row["views"].names(), said))
    return tuple(found)


def _names(regions: Iterable[Region]) -> list[str]:
    return [name for region in regions for name in (region.name, region.base)]


def _groups(entries: Tree, singles: Iterable[str], what: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Named sets; a group may hold groups that stand before it."""
    known = dict.fromkeys(singles)
    found: list[tuple[str, tuple[str, ...]]] = []
    for name, members in entries.entries().items():
        if name in known or name == EVERYWHERE:
            members.refuse(f"'{name}' is the name of something else already.", "Call the group otherwise.")
        for member in members.names():
            if member not in known:
                members.refuse(
                    f"'{member}' is not a known {what}.",
                    nearest(member, known) or "Groups hold what stands before them.",
                )
        found.append((name, members.names()))
        known[name] = None
    return tuple(found)


def _chain(entries: Tree) -> tuple[int, ...]:
    numbers = tuple(item.whole() for item in entries)
    if numbers[:1] != (0,) or list(numbers) != sorted(set(numbers)):
        entries.refuse("This is no chain.", "Start at 0 and let each number be larger than the one before.")
    return numbers


def _check_refer(entries: Tree, people: dict[str, Tree]) -> None:
    """A referral of a stop rule or a reaction must name a target and an urgency that exist."""
    targets = [entry.entries()["name"].words() for entry in people["referrals"]]
    ranks = [entry.entries()["name"].words() for entry in people["urgencies"]]
    for entry in entries:
        for target, urgency in entry.entries()["refer"].entries().items() if "refer" in entry.entries() else ():
            if target not in targets:
                urgency.refuse(f"'{target}' is not a known referral.", nearest(target, targets) or "See people.yaml.")
            urgency.one_of(ranks, "urgency")


def _expected(entries: Tree, techniques: tuple[Term, ...]) -> tuple[Term, ...]:
    """What may be felt; a feeling that belongs to a technique names one that exists."""
    for entry in entries:
        if "technique" in entry.entries():
            entry.entries()["technique"].one_of([term.name for term in techniques], "technique")
    return _terms(entries)


def _terms(entries: Tree) -> tuple[Term, ...]:
    found: dict[str, Term] = {}
    for entry in entries:
        row = entry.entries()
        for key in ("name", "term", "source"):
            if key not in row:
                entry.refuse(f"'{key}' is missing.", f"Add '{key}: ...'.")
        name = row["name"].words()
        if name in found:
            row["name"].refuse(f"'{name}' stands here twice.", "Keep one of the two.")
        means = next((row[key].words() for key in ("means", "tell", "how", "act") if key in row), "")
        detail = tuple(
            (key, _flat(value)) for key, value in row.items() if key not in ("name", "term", "source", "means")
        )
        found[name] = Term(name, row["term"].words(), means, row["source"].words(), detail)
    return tuple(found.values())


def _checks(entries: Tree) -> tuple[Term, ...]:
    """Checks; the hours of a contact are two, rising, and of one check only; a fact is put in question before the
    first touch.
    """
    for row in (entry.entries() for entry in entries):
        if "fact" in row and row["moment"].words() != "before":
            remedy = "Let a check with a 'fact' have the moment 'before'."
            row["fact"].refuse("After the first touch it is too late to ask for a fact anew.", remedy)
    timed = [entry.entries() for entry in entries if {"from_hours", "within_hours"} & entry.entries().keys()]
    for row in timed:
        if not {"from_hours", "within_hours"} <= row.keys() or row["moment"].words() != "follow_up":
            row["name"].refuse("Its hours say no time.", "Give a follow_up both 'from_hours' and 'within_hours'.")
        if row["from_hours"].whole() >= row["within_hours"].whole():
            row["within_hours"].refuse("This is not later than 'from_hours'.", "Write a greater number.")
        if len(timed) > 1:
            row["name"].refuse("More than one check has hours.", "Keep those of the contact after a session.")
    return _terms(entries)


def _consents(entries: Tree, regions: tuple[Region, ...]) -> tuple[Term, ...]:
    """Consents; the regions that one is about are parts of the body that exist."""
    known = sorted({region.base for region in regions})
    for entry in entries:
        row = entry.entries()
        for name in row["regions"].names() if "regions" in row else ():
            if name not in known:
                row["regions"].refuse(f"'{name}' is not a region.", nearest(name, known) or f"Known: {listed(known)}.")
    return _terms(entries)


def _flat(tree: Tree) -> str:
    """A detail as text: `{gp: same_day}` becomes 'gp=same_day', a list its words with commas."""
    if isinstance(tree.value, dict):
        return ",".join(f"{key}={value.words()}" for key, value in tree.value.items())
    return ",".join(tree.names())


def _turn(entry: Tree, language: Language) -> Term:
    row = entry.mapping(required=("minutes", "how", "source"))
    minutes = (("minutes", str(row["minutes"].whole())),)
    return Term("turn", language.say("Turn with help"), row["how"].words(), row["source"].words(), minutes)


def _levels(entries: Tree) -> tuple[Term, ...]:
    rows = [entry.mapping(required=("level", "term", "means", "source")) for entry in entries]
    if [row["level"].whole() for row in rows] != list(range(LEVELS + 1)):
        entries.refuse("The levels must run from 0 to 5.", "Write each level once, in order.")
    return tuple(
        Term(row["level"].words(), row["term"].words(), row["means"].words(), row["source"].words()) for row in rows
    )
