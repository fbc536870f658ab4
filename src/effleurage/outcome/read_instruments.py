"""The instruments that we ship, each a file of content/instruments."""

from __future__ import annotations

from effleurage.lib.marked import Tree
from effleurage.lib.units import canonical
from effleurage.outcome.instrument import (
    BY,
    DIRECTIONS,
    Instrument,
    Item,
    Method,
    Range,
    Scale,
    reachable,
)
from effleurage.outcome.read_not_shipped import FOLDER, NOT_SHIPPED
from effleurage.outcome.read_parts import (
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

_REQUIRED = ("name", "title", "licence", "period", "measures", "items", "score", "bands", "codes", "sources")
_OPTIONAL = ("by", "unit", "least_important_change", "measurement_error")


def read_instruments(documents: Documents, protocols: Protocols) -> tuple[Instrument, ...]:
    """Every instrument that is shipped, by name."""
    pairs = [(path, tree) for path, tree in documents.under(FOLDER) if path != NOT_SHIPPED]
    return tuple(_instrument(tree, path, protocols) for path, tree in sorted(pairs, key=lambda pair: pair[0]))


def _instrument(tree: Tree, path: str, protocols: Protocols) -> Instrument:
    row = schema(tree, "instrument", required=_REQUIRED, optional=_OPTIONAL)
    name, items = read_name(row["name"]), _items(row["items"])
    if path != f"{FOLDER}/{name}.yaml":
        row["name"].refuse(f"'{name}' stands in {path}.", "Name the file after the instrument.")
    unit = row["unit"].words() if "unit" in row else ""
    if unit != canonical(unit):
        row["unit"].refuse(f"'{unit}' is not the code of a unit.", f"Write '{canonical(unit)}'.")
    score = row["score"].mapping(required=("method", "range", "min_answered", "missing", "higher_is"))
    method = Method(score["method"].one_of({method.value for method in Method}, "method of scoring"))
    within = _range(score["range"], method, items, row["items"])
    return Instrument(
        name=name,
        title=row["title"].words(),
        place=tree.place,
        licence=read_licence(row["licence"], protocols),
        by=row["by"].one_of(BY, "who takes it") if "by" in row else BY[0],
        period=row["period"].words(),
        unit=unit,
        measures=row["measures"].words(),
        items=items,
        method=method,
        range=within,
        min_answered=_min_answered(score["min_answered"], method, len(items)),
        missing=score["missing"].words(),
        higher_is=score["higher_is"].one_of(DIRECTIONS, "direction"),
        bands=read_bands(row["bands"], within, None if method is Method.MEAN else 1 if unit else 0),
        least_important_change=read_change_if(row, "least_important_change", protocols, within),
        measurement_error=read_change_if(row, "measurement_error", protocols, within),
        codes=read_codes(row["codes"]),
        sources=read_cited(row["sources"], protocols),
    )


def _items(tree: Tree) -> tuple[Item, ...]:
    found: dict[str, Item] = {}
    for entry in tree:
        row = entry.mapping(required=("id", "text", "scale"))
        name = read_name(row["id"])
        if name in found:
            row["id"].refuse(f"The item '{name}' stands here twice.", "Give one of them another id.")
        found[name] = Item(name, row["text"].words(), _scale(row["scale"]))
    if not found:
        tree.refuse("An instrument without items measures nothing.", "Add an item, or list it as not shipped.")
    return tuple(found.values())


def _scale(tree: Tree) -> Scale:
    row = tree.mapping(required=("min", "max", "labels"))
    low, high = row["min"].whole(), row["max"].whole()
    if low >= high:
        tree.refuse(f"A scale cannot run from {low} to {high}.", "Write the lower end as 'min'.")
    labels: dict[int, str] = {}
    for text, words in row["labels"].entries().items():
        number = Tree(text, words.place, words.error).whole()
        if not low <= number <= high or number in labels:
            words.refuse(f"The label at {text} is off the scale, or the second there.", f"Label {low} to {high} once.")
        labels[number] = words.words()
    return Scale(low, high, tuple(sorted(labels.items())))


def _range(tree: Tree, method: Method, items: tuple[Item, ...], place: Tree) -> Range:
    scales = tuple(item.scale for item in items)
    if method is Method.VALUE and len(items) != 1:
        place.refuse(f"The method 'value' takes one item, not {len(items)}.", "Take sum or mean.")
    if method is Method.MEAN and len({(scale.low, scale.high) for scale in scales}) > 1:
        place.refuse("A mean over different scales means nothing.", "Give all items the same ends.")
    within, wanted = read_range(tree), reachable(method, scales)
    if within != wanted:
        tree.refuse(f"The items give {wanted[0]} to {wanted[1]}, not this range.", "Correct the range or the items.")
    return within


def _min_answered(tree: Tree, method: Method, items: int) -> int:
    """A sum needs every item: a blank would count as its lowest answer and look like good news."""
    number = tree.whole()
    if not 1 <= number <= items or (method.adds and number < items):
        tree.refuse(f"{number} of {items} answers cannot make a {method.value}.", f"Write {items}.")
    return number
