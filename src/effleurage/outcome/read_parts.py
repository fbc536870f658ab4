"""The parts that shipped and not shipped instruments share: licences, changes, bands, ranges, codes and sources."""

from __future__ import annotations

import re
from decimal import Decimal

from effleurage.facts.kinds import Code, Source
from effleurage.lib.marked import Tree
from effleurage.lib.text import nearest
from effleurage.outcome.instrument import KINDS, Band, Change, Licence, Range
from effleurage.protocol.load import Protocols
from effleurage.protocol.read_facts import STATUSES, read_sources

_CODE_SYSTEMS = ("loinc", "snomed")


def read_name(tree: Tree) -> str:
    name = tree.words()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        tree.refuse(f"'{name}' cannot be a name.", "Use small letters, digits and underscores.")
    return name


def read_range(tree: Tree) -> Range:
    ends = [item.decimal() for item in tree]
    if len(ends) != 2 or ends[0] >= ends[1]:
        tree.refuse("This is no range.", "Write [lowest, highest].")
    return ends[0], ends[1]


def read_licence(tree: Tree, protocols: Protocols) -> Licence:
    row = tree.mapping(required=("text", "status", "source"))
    return Licence(row["text"].words(), row["status"].one_of(STATUSES, "status"), _source_key(row["source"], protocols))


def read_change_if(row: dict[str, Tree], key: str, protocols: Protocols, within: Range | None) -> Change | None:
    """The change that stands under `key`, if it stands there."""
    if key not in row:
        return None
    entry = row[key].mapping(required=("value", "kind", "status", "source"), optional=("note",))
    return change_of(entry["value"], entry, protocols, within)


def change_of(value: Tree, row: dict[str, Tree], protocols: Protocols, within: Range | None) -> Change:
    """A change of `value`, whose kind, status and source stand in `row`.

    A percentage asks for a scale that starts at 0: on one from 1 to 5 the same step is another share of every number.
    """
    amount, kind = value.decimal(), row["kind"].one_of(KINDS, "kind of change")
    most = Decimal(100) if kind == "percent" else within[1] - within[0] if within else None
    if amount <= 0 or (most is not None and amount > most):
        value.refuse(
            f"No score can change by {amount} {kind}.", f"Write more than 0{f', and at most {most}' if most else ''}."
        )
    if kind == "percent" and within and within[0] != 0:
        row["kind"].refuse(
            f"A percentage means nothing on a scale that starts at {within[0]}.", "Give the change in points."
        )
    status, note = row["status"].one_of(STATUSES, "status"), row["note"].words() if "note" in row else ""
    return Change(amount, kind, status, _source_key(row["source"], protocols), note)


def read_bands(tree: Tree, within: Range, decimals: int | None) -> tuple[Band, ...]:
    """Bands from the lowest score upwards. `decimals` is how many a score has, None where it may fall anywhere."""
    rows = [entry.mapping(required=("from", "term")) for entry in tree]
    bands = tuple(Band(row["from"].decimal(), row["term"].words()) for row in rows)
    if bands and bands[0].low != within[0]:
        tree.refuse(f"The first band must start at the lowest score, {within[0]}.", f"Write 'from: {within[0]}'.")
    for row, band, before in zip(rows[1:], bands[1:], bands, strict=False):
        if not before.low < band.low <= within[1]:
            row["from"].refuse(
                f"A band from {band.low} cannot follow one from {before.low}.", "List bands upwards, within the range."
            )
        if decimals is not None and band.low != round(band.low, decimals):
            row["from"].refuse(f"No score is exactly {band.low}.", "Start the band at a score that can be reached.")
    return bands


def read_codes(tree: Tree) -> tuple[Code, ...]:
    rows = [entry.mapping(required=("system", "code", "status")) for entry in tree]
    return tuple(
        Code(
            row["system"].one_of(_CODE_SYSTEMS, "code system"),
            row["code"].words(),
            row["status"].one_of(STATUSES, "status"),
        )
        for row in rows
    )


def read_cited(tree: Tree, protocols: Protocols) -> tuple[Source, ...]:
    """Sources, at least one, all of them in sources.yaml."""
    found = read_sources(tree)
    if not found:
        tree.refuse("No source is named.", "Add one; for our own reasoning, 'project' with a note.")
    for entry in tree:
        _source_key(entry.entries()["key"], protocols)
    return found


def _source_key(tree: Tree, protocols: Protocols) -> str:
    key = tree.words()
    if key not in protocols.sources:
        tree.refuse(f"The source '{key}' is not in sources.yaml.", nearest(key, protocols.sources) or "Add it there.")
    return key
