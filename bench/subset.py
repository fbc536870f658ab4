"""The rules that every peer is given: a fixed list over facts that all of them can express (yes/no, integers, choices).

It holds what a peer might get wrong: facts behind gates, thresholds from both sides, clearances that are denied, a
choice of several options, and alternatives of conjunctions. `hand.py` writes the same rules by hand.
"""

from __future__ import annotations

from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Rule

RULES = (
    "GEN-MINOR", "GEN-GUARDIAN", "GEN-CAPACITY", "SCR-CAUDA-EQUINA", "SCR-CLOT-SUSPECTED", "SCR-CHEST-OR-NECK",
    "SCR-PRESSURE-CRISIS", "SCR-PRESSURE-REFUSE", "SCR-PRESSURE-HOLD", "SCR-PRESSURE-AGREED", "SCR-PRESSURE-LOW",
    "SCR-RED-FLAG-AGE", "SCR-RED-FLAG-HISTORY", "SCR-FEVER", "SCR-CLOT-PAST", "SCR-PLATELETS-50",
    "SCR-PLATELETS-NONE", "SCR-HEART", "SCR-CONSENT-FIRST", "SCR-CANCER-CONSENT", "SCR-PREGNANT-CONSENT",
    "SCR-SURGERY", "SCR-ABDOMEN", "MED-BONE-TABLET-60", "MED-HORMONE-CLOT", "MED-ANTICOAGULANT", "MED-OPIOID",
    "MED-CHEMO-72", "OST-O1-TSCORE", "OST-O2-TSCORE", "OST-O2-FRAX", "OST-O3-TSCORE", "OST-O3-CLEARANCE",
    "OST-O4-RECENT", "OST-O4-HIP", "OST-O5-HEIGHT", "OST-OU-WOMAN", "OST-OU-SEVENTY", "SCO-S0-CURVE", "SCO-S2-COBB",
    "SCO-APEX-THORACIC-left", "SCO-S3-CLEARANCE", "SCO-S4-LETTER", "SCO-S5-LEFT-THORACIC", "SCO-S5-NERVE",
    "SCO-BONE-NOT-MEASURED",
)  # fmt: skip


def chosen(protocols: Protocols) -> tuple[Rule, ...]:
    """These rules, in this order; SystemExit names the ones that the content no longer has."""
    missing = [name for name in RULES if name not in protocols.by_id]
    if missing:
        raise SystemExit(f"bench/subset.py names rules that the content does not have: {', '.join(missing)}")
    return tuple(protocols.by_id[name] for name in RULES)
