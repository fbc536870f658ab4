"""Resources that both an exported plan and an exported intake hold, and the small shapes that all resources use."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from effleurage.facts.kinds import Code, Fact
from effleurage.fhir.codes import SYSTEMS, TERMINOLOGY, UCUM
from effleurage.lib.units import canonical

Resource = dict[str, Any]
Identify = Callable[[str], str]
"""Gives the id of a resource by a name that is unique inside its Bundle."""
PROBLEMS: Final = ("snomed", "icd10cm")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")


def bundle(entries: list[Resource], *, identity: str, timestamp: datetime) -> Resource:
    """A collection of resources."""
    urls = [{"fullUrl": f"urn:uuid:{each['id']}"} if _UUID.fullmatch(each["id"]) else {} for each in entries]
    return {
        "resourceType": "Bundle",
        "id": checked(identity),
        "type": "collection",
        "timestamp": instant(timestamp),
        "entry": [url | {"resource": each} for url, each in zip(urls, entries, strict=True)],
    }


def checked(identity: str) -> str:
    if not _ID.fullmatch(identity):
        raise ValueError(f"not an id of FHIR: {identity!r}")
    return identity


def reference(kind: str, identity: str, display: str = "") -> Resource:
    """A reference that finds its resource in the Bundle: by address where the id is a UUID, and else by kind and id."""
    found = {"reference": f"urn:uuid:{identity}" if _UUID.fullmatch(identity) else f"{kind}/{identity}", "type": kind}
    return {**found, "display": display} if display else found


def instant(moment: datetime) -> str:
    """A moment as FHIR writes it, which needs its zone. A local time has none, and none is made up for it.

    Raises ValueError for a moment without zone.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"no zone: {moment}")
    return moment.isoformat(timespec="seconds")


def day(moment: datetime) -> str:
    """The day of a local time. FHIR has no clock time without a zone."""
    return moment.date().isoformat()


def concept(code: Code | None, text: str) -> Resource:
    return {"coding": [{"system": SYSTEMS[code.system], "code": code.code}], "text": text} if code else {"text": text}


def status(system: str, code: str) -> Resource:
    return {"coding": [{"system": TERMINOLOGY + system, "code": code}]}


def words(fact: Fact) -> str:
    """What a fact is called where the code alone would not be read."""
    return fact.name.replace("_", " ").capitalize()


def code_of(fact: Fact, *systems: str) -> Code | None:
    """The first code of a fact in one of these terminologies."""
    return next((code for code in fact.codes if code.system in systems), None)


def condition(fact: Fact, code: Code, *, identity: str, subject: Resource, on: datetime) -> Resource:
    """That a yes/no fact was answered yes. The answer is the patient's, so nobody has confirmed it."""
    return {
        "resourceType": "Condition",
        "id": checked(identity),
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", "unconfirmed"),
        "code": concept(code, words(fact)),
        "subject": subject,
        "recordedDate": day(on),
    }


def quantity(fact: Fact, value: int) -> Resource:
    """A scaled integer as a quantity. The decimals of facts are few enough for a JSON number to hold them exactly."""
    number = Decimal(value).scaleb(-fact.decimals)
    code = {"": "1", "SD": "{SD}"}.get(fact.unit, canonical(fact.unit))
    plain = int(number) if fact.decimals == 0 else float(number)
    return {"value": plain, "unit": fact.unit or "1", "system": UCUM, "code": code}
