"""The golden patients: for every single mistake in every condition, a patient who tells it apart from the rule.

    python tools/golden.py --write     makes tests/golden/patients.json anew, with the solver (about half a minute)
    python tools/golden.py --check     says what is missing or out of date; exit code 1 if anything is

The file has one row a line: {rule, mutants, known, truth}: the mistakes for which the solver made this patient, the
facts that are known of the patient, and what the rule says of them (true, false, or null for not known). Mistakes
that change nothing, because the mutant means the same, are listed apart; a mutant is named by its number among the
rule's, which is stable as long as the condition is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from effleurage.facts.kinds import Value
from effleurage.proofs.mutants import Mutant, mutants, telling_patient
from effleurage.protocol.evaluate import Truth, truth
from effleurage.protocol.load import Protocols, load
from effleurage.protocol.nodes import Rule

PLACE = Path(__file__).resolve().parent.parent / "tests" / "golden" / "patients.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One patient: made for one rule, and of use to every engine."""

    rule: str
    mutants: tuple[str, ...]
    known: Mapping[str, Value]
    truth: Truth


@dataclass(frozen=True, slots=True)
class Golden:
    rows: tuple[Row, ...]
    same: tuple[tuple[str, int, str], ...]
    """Mutants that mean the same: rule, number, kind."""


def make(protocols: Protocols) -> Golden:
    """All rows, by the solver. The order is that of the rules and their mutants, so that a change shows as a small
    difference.
    """
    rows: list[Row] = []
    same: list[tuple[str, int, str]] = []
    for rule in protocols.rules:
        found: dict[str, tuple[dict[str, Value], list[str]]] = {}
        for number, mutant in enumerate(mutants(rule, protocols.facts)):
            known = telling_patient(rule, mutant, protocols.facts)
            if known is None:
                same.append((rule.id, number, mutant.kind))
            else:
                known = dict(sorted(known.items()))
                found.setdefault(json.dumps(known), (known, []))[1].append(mutant.kind)
        rows += [
            Row(rule.id, tuple(dict.fromkeys(kinds)), known, truth(rule.when, known)) for known, kinds in found.values()
        ]
    return Golden(tuple(rows), tuple(same))


def text(golden: Golden) -> str:
    """The file: JSON with one row a line."""
    rows = [
        json.dumps({"rule": row.rule, "mutants": row.mutants, "known": row.known, "truth": row.truth})
        for row in golden.rows
    ]
    same = [json.dumps(entry) for entry in golden.same]
    return "\n".join(
        [
            "{",
            '"rows": [',
            ",\n".join(rows),
            "],",
            f'"same_count": {len(same)},',
            '"same": [',
            ",\n".join(same),
            "]",
            "}",
            "",
        ]
    )


def read(place: Path = PLACE) -> Golden:
    whole = json.loads(place.read_text("utf-8"))
    rows = (Row(row["rule"], tuple(row["mutants"]), row["known"], row["truth"]) for row in whole["rows"])
    return Golden(tuple(rows), tuple((rule, number, kind) for rule, number, kind in whole["same"]))


def stale(golden: Golden, protocols: Protocols) -> Iterator[str]:
    """What the content no longer agrees with, in sentences; nothing when the file is in step. Needs no solver."""
    patients: dict[str, list[Mapping[str, Value]]] = {rule.id: [] for rule in protocols.rules}
    for row in golden.rows:
        if row.rule not in patients:
            yield f"{row.rule} is no rule any more."
        elif truth(protocols.by_id[row.rule].when, row.known) is not row.truth:
            yield f"{row.rule} now says otherwise of {dict(row.known)}."
        else:
            patients[row.rule].append(row.known)
    unknown = {rule for rule, _, _ in golden.same} - set(patients)
    yield from (f"{rule} is no rule any more." for rule in sorted(unknown))
    for rule in protocols.rules:
        yield from _untold(rule, protocols, patients[rule.id], set(golden.same))


def _untold(
    rule: Rule, protocols: Protocols, patients: list[Mapping[str, Value]], same: set[tuple[str, int, str]]
) -> Iterator[str]:
    for number, mutant in enumerate(mutants(rule, protocols.facts)):
        told = any(apart(rule, mutant, known) for known in patients)
        if told is ((rule.id, number, mutant.kind) in same):
            yield f"{rule.id}, mutant {number} ({mutant.kind}): " + (
                "told apart, yet listed as the same." if told else "no patient tells it apart."
            )


def apart(rule: Rule, mutant: Mutant, known: Mapping[str, Value]) -> bool:
    """Whether this patient tells the mutant from the rule."""
    return mutant.truth(known) is not truth(rule.when, known)


def wrongly_same(golden: Golden, protocols: Protocols) -> Iterator[str]:
    """Mutants listed as meaning the same for which the solver finds a patient all the same."""
    for rule in protocols.rules:
        numbered = {
            (rule.id, number, mutant.kind): mutant for number, mutant in enumerate(mutants(rule, protocols.facts))
        }
        for key in (key for key in golden.same if key in numbered):
            if telling_patient(rule, numbered[key], protocols.facts) is not None:
                yield f"{rule.id}, mutant {key[1]} ({key[2]}): differs, yet is listed as the same."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    protocols = load()
    if parser.parse_args().write:
        golden = make(protocols)
        PLACE.write_text(text(golden), "utf-8")
        print(f"{len(golden.rows)} patients; {len(golden.same)} mutants mean the same.")
        return 0
    golden = read()
    problems = [*stale(golden, protocols), *wrongly_same(golden, protocols)]
    print("\n".join(problems) or "The golden patients are in step with the content.")
    if problems:
        print("Run: python tools/golden.py --write")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
