"""The instruments that we do not ship, with what is known of them and why they are missing."""

from __future__ import annotations

from effleurage.lib.marked import Tree
from effleurage.lib.text import listed
from effleurage.outcome.instrument import DIRECTIONS, WHYS, Change, Method, NotShipped, Range, Scoring
from effleurage.outcome.read_parts import (
    change_of,
    read_bands,
    read_change_if,
    read_cited,
    read_codes,
    read_licence,
    read_name,
    read_range,
)
from effleurage.protocol.documents import Documents
from effleurage.protocol.load import Protocols
from effleurage.protocol.read_vocabulary import schema

FOLDER = "instruments"
NOT_SHIPPED = f"{FOLDER}/not_shipped.yaml"
_OPTIONAL = ("licence", "score", "bands", "domains", "measurement_error", "least_important_change",
             "least_important_change_by_band", "least_important_change_by_domain")  # fmt: skip


def read_not_shipped(documents: Documents, protocols: Protocols) -> tuple[NotShipped, ...]:
    """Every instrument that is named and not shipped, with the reasons; a content folder may do without such a list."""
    if NOT_SHIPPED not in documents.trees:
        return ()
    found: dict[str, NotShipped] = {}
    top = schema(documents.trees[NOT_SHIPPED], "instruments_not_shipped", required=("instruments",))
    for entry in top["instruments"]:
        each = _not_shipped(entry, protocols)
        if each.name in found or f"{FOLDER}/{each.name}.yaml" in documents.trees:
            entry.refuse(f"'{each.name}' stands here twice, or is shipped.", "Keep one of the two.")
        found[each.name] = each
    return tuple(found.values())


def _not_shipped(entry: Tree, protocols: Protocols) -> NotShipped:
    required = ("name", "title", "measures", "why", "explanation", "codes", "sources")
    row = entry.mapping(required=required, optional=_OPTIONAL)
    why = tuple(item.one_of(WHYS, "reason not to ship") for item in row["why"])
    if not why:
        row["why"].refuse("No reason is given.", f"Name at least one of {listed(WHYS)}.")
    if "licence" not in row and "no_valid_instrument" not in why:
        entry.refuse("'licence' is missing.", "Say what is known of it, with its status.")
    scoring = _scoring(row, entry) if "score" in row or "bands" in row else None
    domains = _domains(row["domains"], scoring) if "domains" in row else ()
    within = scoring.range if scoring else None
    return NotShipped(
        name=read_name(row["name"]),
        title=row["title"].words(),
        place=entry.place,
        measures=row["measures"].words(),
        why=why,
        explanation=row["explanation"].words(),
        licence=read_licence(row["licence"], protocols) if "licence" in row else None,
        scoring=scoring,
        domains=domains,
        least_important_change=read_change_if(row, "least_important_change", protocols, within),
        by_band=_by_band(row, protocols, within),
        by_domain=_by_domain(row, domains, protocols, within),
        measurement_error=read_change_if(row, "measurement_error", protocols, within),
        codes=read_codes(row["codes"]),
        sources=read_cited(row["sources"], protocols),
    )


def _scoring(row: dict[str, Tree], entry: Tree) -> Scoring:
    if "score" not in row:
        entry.refuse("Bands need a score.", "Add 'score' with its method and range.")
    optional = ("item_range", "range", "min_answered", "missing")
    score = row["score"].mapping(required=("method", "items", "higher_is"), optional=optional)
    method = score["method"].one_of((*(method.value for method in Method), "table"), "method of scoring")
    items, within = score["items"].whole(), read_range(score["range"]) if "range" in score else None
    each = read_range(score["item_range"]) if "item_range" in score else None
    if method in ("sum", "count") and each and within and within != (each[0] * items, each[1] * items):
        score["range"].refuse(f"{items} items from {each[0]} to {each[1]} give another range.", "Correct one of them.")
    if "bands" in row and within is None:
        row["bands"].refuse("Bands need the range of the score.", "Add 'range', or leave the bands out.")
    least = score["min_answered"].whole() if "min_answered" in score else None
    if items < 1 or (least is not None and not 1 <= least <= items):
        row["score"].refuse(f"{least} answers out of {items} items make no score.", "Count the items.")
    whole = 0 if method in ("sum", "count") else None
    return Scoring(
        method=method,
        items=items,
        higher_is=score["higher_is"].one_of(DIRECTIONS, "direction"),
        item_range=each,
        range=within,
        min_answered=least,
        missing=score["missing"].words() if "missing" in score else "",
        bands=read_bands(row["bands"], within, whole) if "bands" in row and within else (),
    )


def _domains(tree: Tree, scoring: Scoring | None) -> tuple[tuple[str, int], ...]:
    rows = [entry.mapping(required=("name", "items")) for entry in tree]
    found = {read_name(row["name"]): row["items"].whole() for row in rows}
    shared = scoring is None or sum(found.values()) == scoring.items
    if not shared or len(found) < len(rows) or min(found.values(), default=0) < 1:
        tree.refuse("The domains do not share out the items.", "Name each domain once; their items make up the whole.")
    return tuple(found.items())


def _by_band(row: dict[str, Tree], protocols: Protocols, within: Range | None) -> tuple[Change, ...]:
    if "least_important_change_by_band" not in row:
        return ()
    tree = row["least_important_change_by_band"]
    entry = tree.mapping(required=("values", "kind", "status", "source"), optional=("note",))
    return tuple(change_of(value, entry, protocols, within) for value in entry["values"])


def _by_domain(
    row: dict[str, Tree], domains: tuple[tuple[str, int], ...], protocols: Protocols, within: Range | None
) -> tuple[tuple[str, Change], ...]:
    if "least_important_change_by_domain" not in row:
        return ()
    names = (*(name for name, _ in domains), "total")
    tree = row["least_important_change_by_domain"]
    entry = tree.mapping(required=("kind", "status", "source"), optional=(*names, "note"))
    return tuple((name, change_of(entry[name], entry, protocols, within)) for name in names if name in entry)
