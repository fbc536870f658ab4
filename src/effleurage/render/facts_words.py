"""A fact's kind, range, bad direction, codes and derivation in words."""

from __future__ import annotations

from effleurage.facts.kinds import Bad, Fact, Kind
from effleurage.lib.text import listed

SYSTEMS = {"loinc": "LOINC", "snomed": "SNOMED CT", "icd10cm": "ICD-10-CM", "atc": "ATC", "rxnorm": "RxNorm"}


def kind_words(fact: Fact) -> str:
    """'decimal, SD', 'yes/no', 'one of none, left, right'."""
    if fact.kind is Kind.YES_NO:
        return "yes/no"
    if fact.kind is Kind.CHOICE:
        return f"one of {', '.join(fact.option_names)}"
    if fact.is_number:
        return f"{'whole number' if fact.kind is Kind.WHOLE else 'decimal'}{f', {fact.unit}' if fact.unit else ''}"
    return "date and time" if fact.time else fact.kind.value


def bad_words(fact: Fact) -> str:
    """The direction that may only ever make a plan stricter."""
    if fact.bad is Bad.LAST:
        return f"towards {fact.option_names[-1]}"
    return {Bad.YES: "yes", Bad.NO: "no", Bad.HIGHER: "higher", Bad.LOWER: "lower"}.get(fact.bad, "no direction")


def code_words(fact: Fact) -> str:
    return ", ".join(f"{SYSTEMS.get(code.system, code.system)} {code.code}" for code in fact.codes)


def range_words(fact: Fact) -> str:
    """'possible -9.0 SD to 6.0 SD, usual -5.0 SD to 3.0 SD'."""
    parts = []
    for name, ends in (("possible", fact.possible), ("usual", fact.plausible)):
        if ends and fact.is_number:
            parts.append(f"{name} {fact.shown(ends[0])} to {fact.shown(ends[1])}")
    return ", ".join(parts)


def derived_words(fact: Fact) -> str:
    if not fact.derive:
        return ""
    how = fact.derive.how.replace("_", " ")
    return f"{how} {listed(fact.derive.of)}"
