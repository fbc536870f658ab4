"""The solver at work, in a process of its own: `python -m clinic.desk.protocols_worker FOLDER [BASE]`: the proofs of
a content folder, or its difference from a base.

A proof may take a minute and the solver is not made for threads, so no page ever loads it. This program reads content
folders, writes one line of JSON for each step to its output, and knows neither the database nor a patient.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from effleurage.engines.smt import Undecided
from effleurage.errors import ForPeople
from effleurage.facts.kinds import Bad
from effleurage.library import Library, load_library
from effleurage.proofs.diff import Difference, compare
from effleurage.proofs.prove import Prover
from effleurage.proofs.witness import Proof

NICE = 10
Line = dict[str, Any]


def proofs(found: Library) -> Iterator[Line]:
    """How many steps there are, then each sentence with its outcome: guarantees, the laws, and that no rule is dead."""
    prover = Prover(found.protocols)
    directed = [fact for fact in prover.facts if fact.bad is not Bad.NONE]
    yield {"total": len(found.protocols.guarantees) + len(directed) + 2}
    for guarantee in found.protocols.guarantees:
        yield _proof("guarantee", prover.guarantee(guarantee))
    yield _proof("law", prover.knowing_less())
    for fact in directed:
        yield _proof("bad_news", prover.bad_news(fact))
    dead = list(prover.dead())
    yield {
        "kind": "dead",
        "name": "dead-rules",
        "says": "No rule holds for nobody.",
        "ok": not dead,
        "words": dead,
    }


def _proof(kind: str, proof: Proof) -> Line:
    against = proof.counterexample
    words = list(against.words) if against else []
    return {"kind": kind, "name": proof.name, "says": proof.says, "ok": proof.proved, "words": words}


def difference(base: Library, found: Library) -> Iterator[Line]:
    """The difference of two versions, as one step. Where they cannot be compared, why not."""
    yield {"total": 1}
    try:
        yield {"kind": "difference", "ok": True, **difference_object(compare(base, found), base, found)}
    except ForPeople as fault:
        yield {"kind": "difference", "ok": False, "why": f"{fault.where}: {fault.what} {fault.remedy}"}


def difference_object(told: Difference, base: Library, found: Library) -> Line:
    now = {each.id: each for each in found.guarantees}
    promised = [each for each in base.guarantees if each.id not in now]
    changed = [each for each in base.guarantees if each.id in now and (each.given, each.then) != _promise(now[each.id])]
    return {
        "looser": [asdict(each) | {"known": []} for each in told.looser],
        "more": told.more,
        "tighter": told.tighter,
        "only_old": told.only_old,
        "only_new": told.only_new,
        "changed": told.changed,
        "beside": told.beside,
        "promises_gone": [f"{each.id}: {each.says}" for each in promised],
        "promises_changed": [f"{each.id}: {each.says}" for each in changed],
        "cases_gone": sorted({case.name for case in base.cases} - {case.name for case in found.cases}),
    }


def _promise(guarantee: Any) -> tuple[Any, Any]:
    return guarantee.given, guarantee.then


def lines(folder: Path, base: Path | None) -> Iterator[Line]:
    """Everything that this work says, ending with the hashes it speaks of, or with why it ended early."""
    try:
        found = load_library(folder)
        before = load_library(base) if base else None
        yield from difference(before, found) if before else proofs(found)
    except Undecided:
        yield {"gave_up": True}
        return
    yield {"end": found.protocols.hash, "base": before.protocols.hash if before else ""}


def main(arguments: list[str], say: Callable[[str], object]) -> None:
    folder, *rest = arguments
    for line in lines(Path(folder), Path(rest[0]) if rest else None):
        say(json.dumps(line) + "\n")


if __name__ == "__main__":
    os.nice(NICE)
    main(sys.argv[1:], lambda text: (sys.stdout.write(text), sys.stdout.flush()))
