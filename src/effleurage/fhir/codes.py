"""Terminologies and statuses of FHIR R4: which code stands for which fact, and which status lets a resource count.

What a code means clinically stands in the content (`codes` of facts and medicines). Here stand only the addresses of
the terminologies, how codes of each are compared, and the closed lists of statuses of the standard.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from effleurage.facts.kinds import Fact, FactTable, Kind, Medicine
from effleurage.fhir.node import Coding

SYSTEMS: Final = {
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "icd10cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "atc": "http://www.whocc.no/atc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
}
UCUM: Final = "http://unitsofmeasure.org"
TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
_NAMES: Final = {address: name for name, address in SYSTEMS.items()}

YES_NO: Final = {
    ("loinc", "LA33-6"): True,
    ("loinc", "LA32-8"): False,
    ("snomed", "373066001"): True,
    ("snomed", "373067005"): False,
    (TERMINOLOGY + "v2-0136", "Y"): True,
    (TERMINOLOGY + "v2-0136", "N"): False,
}
"""The usual coded answers "yes" and "no"."""


class Use(Enum):
    """What a status lets us do: count the resource, count it and ask, take it as something over, or leave it."""

    COUNT = "count"
    CONFIRM = "confirm"
    ENDED = "ended"
    LEAVE = "leave"


_C, _A, _E, _L = Use.COUNT, Use.CONFIRM, Use.ENDED, Use.LEAVE
CLINICAL: Final = {"active": _C, "recurrence": _C, "relapse": _C, "inactive": _E, "remission": _E, "resolved": _E}
VERIFICATION: Final = {
    "confirmed": _C, "unconfirmed": _A, "provisional": _A, "differential": _A, "refuted": _L, "entered-in-error": _L,
}  # fmt: skip
OBSERVATION: Final = {
    "final": _C, "amended": _C, "corrected": _C,
    "registered": _L, "preliminary": _L, "cancelled": _L, "entered-in-error": _L, "unknown": _L,
}  # fmt: skip
STATEMENT: Final = {
    "active": _C, "intended": _A, "on-hold": _A, "unknown": _A,
    "completed": _E, "stopped": _E, "not-taken": _L, "entered-in-error": _L,
}  # fmt: skip
REQUEST: Final = {
    "active": _C, "on-hold": _A, "unknown": _A, "completed": _E, "stopped": _E,
    "cancelled": _L, "draft": _L, "entered-in-error": _L,
}  # fmt: skip
INTENT: Final = {
    "order": _C, "original-order": _C, "reflex-order": _C, "filler-order": _C, "instance-order": _C,
    "plan": _A, "proposal": _L, "option": _L,
}  # fmt: skip
PROCEDURE: Final = {
    "completed": _C, "in-progress": _C,
    "preparation": _L, "not-done": _L, "on-hold": _L, "stopped": _L, "entered-in-error": _L, "unknown": _L,
}  # fmt: skip


def system_name(address: str) -> str:
    """The short name of a terminology, or the address itself where it is none of ours."""
    plain = address.strip().rstrip("/").replace("https://", "http://")
    return _NAMES.get(plain, plain)


def comparable(system: str, code: str) -> str:
    """A code as it is compared: ICD-10-CM without dots and dashes, since both are written either way."""
    plain = code.strip().upper()
    return plain.replace(".", "").rstrip("-") if system == "icd10cm" else plain


def stands_for(pattern: tuple[str, str], code: tuple[str, str]) -> bool:
    """Whether a code of the content covers a code that was received, both comparable.

    ICD-10-CM codes cover their subdivisions, and an ATC code with a star its group; all others only themselves.

    >>> stands_for(("icd10cm", "M800"), ("icd10cm", "M8008XA")), stands_for(("snomed", "648"), ("snomed", "64859006"))
    (True, False)
    """
    (system, own), (other, received) = pattern, code
    if system != other or len(own.rstrip("*")) < 1:
        return False
    if own.endswith("*"):
        return received.startswith(own[:-1])
    return received.startswith(own) if system == "icd10cm" and len(own) >= 3 else received == own


@dataclass(frozen=True, slots=True)
class CodeIndex:
    """The codes of all facts that can be answered, and of all medicines."""

    facts: tuple[tuple[tuple[str, str], Fact], ...]
    medicines: tuple[tuple[tuple[str, str], Medicine], ...]
    medicine_list: Fact | None
    """The fact that lists the medicines."""

    def facts_of(self, codings: Iterable[Coding]) -> tuple[tuple[Fact, Coding], ...]:
        """Each fact that one of the codings stands for, once, with that coding."""
        found = {fact.name: (fact, each) for each in codings for own, fact in self.facts if stands_for(own, _key(each))}
        return tuple(found.values())

    def medicines_of(self, codings: Iterable[Coding]) -> tuple[Medicine, ...]:
        hits = {one.name: one for each in codings for own, one in self.medicines if stands_for(own, _key(each))}
        return tuple(hits.values())


def _key(coding: Coding) -> tuple[str, str]:
    system = system_name(coding.system)
    return system, comparable(system, coding.code)


def code_index(facts: FactTable) -> CodeIndex:
    coded = [
        ((code.system, comparable(code.system, code.code)), fact)
        for fact in facts.facts if fact.ask or not fact.derive
        for code in fact.codes
    ]  # fmt: skip
    medicines = [
        ((system, comparable(system, code)), medicine)
        for medicine in facts.medicines
        for system, codes in (("atc", medicine.atc), ("rxnorm", medicine.rxnorm))
        for code in codes
    ]
    return CodeIndex(tuple(coded), tuple(medicines), medicine_list(facts))


def medicine_list(facts: FactTable) -> Fact | None:
    """The fact whose items are the medicines of the content."""
    names = tuple(medicine.name for medicine in facts.medicines)
    listing = (fact for fact in facts.facts if fact.kind is Kind.LIST and fact.option_names == names)
    return next(listing, None) if names else None


def trap(fact: Fact, coding: Coding) -> str:
    """A warning about a code that known senders misuse, or ""."""
    own = ((code.trap, (code.system, comparable(code.system, code.code))) for code in fact.codes if code.trap)
    return next((words for words, pattern in own if stands_for(pattern, _key(coding))), "")


def yes_or_no(codings: Iterable[Coding]) -> bool | None:
    """The answer that codings say, or None where they say none, or two."""
    said = {YES_NO.get(_key(coding)) for coding in codings} - {None}
    return said.pop() if len(said) == 1 else None
