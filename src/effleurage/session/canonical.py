"""The record as the one text that is signed: codes and numbers, no word of any language, and the hash of each event."""

from __future__ import annotations

from typing import Any, Final

from effleurage.session.events import canonical_json, plain_data, sha256
from effleurage.session.kinds import Data
from effleurage.session.record import Part, SessionRecord

SCHEMA: Final = "effleurage/record/1"


def canonical(record: SessionRecord) -> str:
    """The record as canonical JSON. The hashes of the events stand in it, so that no event can be changed under it."""
    return canonical_json(
        {
            "schema": SCHEMA,
            "session": record.session,
            "device": record.device,
            "status": record.status.value,
            "opened": _one(record.opened),
            "identified": _one(record.identified),
            "script": record.script,
            "parts": [_part(part) for part in record.parts],
            "measures": [{"kind": each.kind, **plain_data(each)} for each in record.measures],
            **{name: [plain_data(each) for each in getattr(record, name)] for name in _LISTS},
            "stops": [[stop.rule, stop.words, stop.alarming, stop.seq] for stop in record.stops],
            "irregular": [[each.event, list(each.reasons)] for each in record.irregular],
            "missing": list(record.missing),
            "clashing": list(record.clashing),
            "unknown": list(record.unknown),
            "events": list(record.hashes),
        }
    )


_LISTS: Final = ("checks", "comfort", "facts", "decisions", "refusals", "reactions")


def record_hash(record: SessionRecord) -> str:
    """SHA-256 of the canonical text."""
    return sha256(canonical(record))


def _one(data: Data | None) -> dict[str, Any] | None:
    return plain_data(data) if data else None


def _part(part: Part) -> dict[str, Any]:
    return {
        "script": part.script,
        "index": part.index,
        "state": part.state.value,
        "planned": part.planned,
        "milliseconds": part.milliseconds,
        "helped": part.helped,
        "reason": part.reason,
        "words": part.words,
    }
