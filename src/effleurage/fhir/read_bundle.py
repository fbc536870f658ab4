"""A FHIR R4 Bundle of one patient becomes answers with their places, and a list of what could not be placed.

Whose data it is comes first: a Bundle holds one patient, and every resource that is used must be about that one. A
resource that does not say whose it is, is listed. A kind of resource that is not read is listed once, with its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from effleurage.fhir.desk import Desk, Find, Imported, Unplaced
from effleurage.fhir.node import Node, concept
from effleurage.fhir.read_resources import (
    read_condition,
    read_observation,
    read_patient,
    read_procedure,
    read_request,
    read_statement,
)
from effleurage.lib.marked import decode, parse_json, read_bytes
from effleurage.lib.text import counted, listed
from effleurage.protocol.load import Protocols

MAX_BYTES: Final = 20_000_000
TYPES: Final = (
    "collection",
    "searchset",
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
)
READERS: Final[Mapping[str, Callable[[Node, Desk], None]]] = {
    "Condition": read_condition,
    "Observation": read_observation,
    "MedicationStatement": read_statement,
    "MedicationRequest": read_request,
    "Procedure": read_procedure,
}
ASIDE: Final = ("Patient", "Medication", "OperationOutcome")


def read_bundle_file(path: Path, *, protocols: Protocols, on: datetime, zone: tzinfo | None = None) -> Imported:
    """A Bundle from a JSON file of at most 20 MB. Raises InputError; nothing of a faulty Bundle is used."""
    text = decode(read_bytes(path, limit=MAX_BYTES), path.name)
    return read_bundle(parse_json(text, path.name), protocols=protocols, on=on, place=path.name, zone=zone)


def read_bundle(
    resource: Any, *, protocols: Protocols, on: datetime, place: str = "", zone: tzinfo | None = None
) -> Imported:
    """A Bundle from JSON values, as of `on`, a local time. `place` names the document in what is refused.

    `zone` is that of the place where the plan is made. Without it, clock times of other zones are not converted.
    """
    bundle = Node(resource, f"{place}: Bundle" if place else "Bundle")
    _check_kind(bundle)
    entries = _entries(bundle)
    desk = Desk(protocols.facts, on, on, _finder(entries), zone)
    if bundle["timestamp"]:
        desk.asserted = desk.moment(bundle["timestamp"])
    whose = _Subject(entries)
    if whose.patient:
        read_patient(whose.patient, desk)
    for entry in entries:
        _read(entry, desk, whose)
    _list_unread(entries, desk)
    _warn(bundle, desk, whose)
    return desk.imported(f"a patient from {place or 'a FHIR Bundle'}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A resource with its kind and the address that its entry gives it."""

    node: Node
    kind: str
    url: str

    @property
    def id(self) -> str:
        return self.node["id"].text


def _check_kind(bundle: Node) -> None:
    if not isinstance(bundle.value, dict) or bundle["resourceType"].value != "Bundle":
        kind = bundle.value.get("resourceType") if isinstance(bundle.value, dict) else None
        found = f"a {kind[:40]}" if isinstance(kind, str) else "no FHIR resource"
        bundle.refuse(f"This is {found}, not a Bundle.", "Export the patient as a FHIR R4 Bundle, or write an intake.")
    kind = bundle["type"].text
    if kind == "history":
        bundle["type"].refuse(
            "A history holds old versions as well.", "Export the current state, as a collection or a search."
        )
    if kind not in TYPES:
        bundle["type"].refuse(f"'{kind[:40]}' is no type of Bundle.", f"Known: {listed(TYPES)}.")


def _entries(bundle: Node) -> tuple[_Entry, ...]:
    """The resources of all entries; entries without one (links, deletions) are passed over."""
    found = []
    for entry in bundle["entry"]:
        node = entry["resource"]
        if node:
            kind = node["resourceType"].text
            if not kind:
                node.refuse("A resource without 'resourceType' stands here.", "Add it, or remove the entry.")
            found.append(_Entry(node, kind, entry["fullUrl"].text))
    return tuple(found)


def _read(entry: _Entry, desk: Desk, whose: _Subject) -> None:
    if entry.kind not in READERS:
        return
    why = whose.doubt(entry.node["subject"])
    if entry.node["modifierExtension"]:
        why = "It carries an extension that changes its meaning (modifierExtension)."
    if why:
        key = "code" if entry.node["code"] else "medicationCodeableConcept"
        desk.leave(entry.node, concept(entry.node[key]), f"{why} It is not used.")
    else:
        READERS[entry.kind](entry.node, desk)


class _Subject:
    """The one patient of a Bundle; without a Patient in it, the one whom the first resource names."""

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        patients = [entry for entry in entries if entry.kind == "Patient"]
        if len(patients) > 1:
            patients[1].node.refuse("A second Patient stands in the Bundle.", "Hand in one patient at a time.")
        self.patient = patients[0].node if patients else None
        self.url = patients[0].url if patients else ""
        self.id = patients[0].id if patients else ""

    def doubt(self, subject: Node) -> str:
        """Why it is not sure that a resource is about the patient, or "". Another patient is refused."""
        reference = subject["reference"].text.partition("/_history/")[0]
        if not reference or reference.startswith("#"):
            return "It does not say whose it is."
        before, _, own = reference.rpartition("/")
        kind = before.rpartition("/")[2]
        if kind not in ("", "Patient"):
            return f"It is about a {kind[:40]}."
        if not (self.id or self.url) and self.patient is None:
            self.url, self.id = reference, own.rpartition(":")[2]
        if not self._same(reference, own.rpartition(":")[2]):
            subject["reference"].refuse(
                f"This is a Bundle of another patient: '{reference[:80]}' is not its Patient.",
                "Hand in one patient at a time; nothing of this one is used.",
            )
        return ""

    def _same(self, reference: str, own: str) -> bool:
        """By address where both have a full one, and else by id."""
        if reference == self.url:
            return True
        both = reference.startswith("http") and self.url.startswith("http")
        return bool(own) and own in (self.id, self.url.rpartition("/")[2].rpartition(":")[2]) and not both


def _finder(entries: tuple[_Entry, ...]) -> Find:
    """Resources by address and by kind with id; '#...' means one that the resource itself contains."""
    places = {f"{entry.kind}/{entry.id}": entry.node for entry in entries if entry.id}
    places |= {entry.url: entry.node for entry in entries if entry.url}

    def find(reference: str, inside: Node) -> Node | None:
        if reference.startswith("#"):
            return next((each for each in inside["contained"] if each["id"].text == reference[1:]), None)
        plain = reference.partition("/_history/")[0]
        return places.get(plain) or places.get("/".join(plain.split("/")[-2:]))

    return find


def _list_unread(entries: tuple[_Entry, ...], desk: Desk) -> None:
    """Kinds of resources that are not read, each once."""
    others = Counter(entry.kind for entry in entries if entry.kind not in READERS and entry.kind not in ASIDE)
    for kind, number in others.items():
        path = next(entry.node.path for entry in entries if entry.kind == kind)
        why = f"{counted(number, 'resource')} of this kind: it is not read; look whether it matters."
        desk.unplaced.append(Unplaced(path, "", kind[:80], why))


def _warn(bundle: Node, desk: Desk, whose: _Subject) -> None:
    if whose.patient is None:
        desk.warnings.append(f"{bundle.path}: No Patient stands in it; make sure that it is of the right person.")
    if any(link["relation"].text == "next" for link in bundle["link"]):
        desk.warnings.append(f"{bundle.path}: This is one page of several; the others are missing.")
