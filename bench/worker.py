"""One measurement in its own process: `python -m bench.worker NAME FOLDER` writes FOLDER/answers.json.

Every engine of the comparison takes the same patient, a dict of facts with an explicit None for what is not known, and
gives four words: limits that are certain, limits that are possible, rules that hold, rules that are undecided. An
engine that only tells of each rule whether it may hold and does has its words put together here, on its time.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from bench import measure
from bench.patients import SEED, Patient, random_patients, typical_patients
from bench.subset import chosen
from effleurage.decision.ask import next_question
from effleurage.decision.decide import compiled
from effleurage.engines.python import Words, compile_protocols
from effleurage.facts.answers import Intake
from effleurage.library import Library, load_library
from effleurage.protocol.evaluate import truth
from effleurage.protocol.load import Protocols
from effleurage.protocol.nodes import Rule

PATIENTS = 2000
Engine = Callable[[Patient], Words]


def subset(library: Library) -> Protocols:
    """The protocols of the content with the rules of the comparison only."""
    whole = library.protocols
    return Protocols(whole.hash, whole.vocabulary, whole.facts, chosen(whole), tuple, whole.sources)


def patients(rules: Sequence[Rule], library: Library) -> list[Patient]:
    return [*random_patients(PATIENTS, rules, library), *typical_patients(rules, library)]


def fold(truths: Iterable[bool | None], words: Sequence[int]) -> Words:
    certain = possible = holds = undecided = 0
    for number, known in enumerate(truths):
        if known:
            certain |= words[number]
            holds |= 1 << number
        elif known is None:
            possible |= words[number]
            undecided |= 1 << number
    return certain, certain | possible, holds, undecided


def meaning(protocols: Protocols) -> Engine:
    """What every engine must agree with; not timed."""
    return lambda patient: fold((truth(rule.when, patient) for rule in protocols.rules), protocols.words)


def generated(protocols: Protocols) -> Engine:
    engine = compile_protocols(protocols)
    return lambda patient: engine.decide(engine.record(patient))


def hand(protocols: Protocols) -> Engine:
    from bench.hand import decide

    words = protocols.words
    return lambda patient: fold(decide(patient), words)


def zen(protocols: Protocols) -> Engine:
    import zen as engine

    from bench.zen_text import expression

    compiled_text = engine.compile_expression(expression(protocols.rules))
    words, truths = protocols.words, {(False, False): False, (True, False): None, (True, True): True}

    def decide(patient: Patient) -> Words:
        found = iter(compiled_text.evaluate(patient))
        return fold((truths[pair] for pair in zip(found, found, strict=True)), words)

    return decide


ENGINES: dict[str, Callable[[Protocols], Engine]] = {
    "meaning": meaning,
    "generated": generated,
    "hand": hand,
    "zen": zen,
}


def compare(name: str, library: Library) -> dict[str, Any]:
    """The answers of an engine on every patient of the comparison, and how long one takes."""
    protocols = subset(library)
    decide, asked = ENGINES[name](protocols), patients(protocols.rules, library)
    answers = [[f"{word:x}" for word in decide(patient)] for patient in asked]
    return {"answers": answers, "times": [] if name == "meaning" else measure.rounds(decide, asked).plain()}


def whole(library: Library) -> dict[str, Any]:
    """The generated function for the whole content on records, as `decide` calls it."""
    protocols = library.protocols
    engine = compiled(protocols)
    strange = [engine.record(one) for one in random_patients(PATIENTS, protocols.rules, library)]
    usual = [engine.record(one) for one in typical_patients(protocols.rules, library)]
    kinds = {"random": strange, "typical": usual, "mix": [*strange, *islice(cycle(usual), len(strange))]}
    return {
        "rules": len(protocols.rules),
        "facts": len(engine.facts),
        "typical": len(usual),
        "times": {kind: measure.rounds(engine.decide, records).plain() for kind, records in kinds.items()},
    }


def ask(library: Library) -> dict[str, Any]:
    """The next question for patients of whom nothing, a part or nearly all is answered."""
    draw = random.Random(SEED)
    cases = draw.sample(library.cases, min(100, len(library.cases)))
    asked = [(_part(case.intake, draw), case.on) for case in cases]
    protocols = library.protocols
    times = measure.rounds(lambda one: next_question(intake=one[0], protocols=protocols, on=one[1]), asked)
    slowest = max(measure.rounds(_once(protocols), [one], budget=0).best for one in asked)
    return {"patients": len(asked), "times": times.plain(), "slowest": slowest}


def _once(protocols: Protocols) -> Callable[[Any], Any]:
    return lambda one: next_question(intake=one[0], protocols=protocols, on=one[1])


def _part(intake: Intake, draw: random.Random) -> Intake:
    """The first answers of an intake: any number of them, none and all included."""
    kept = list(intake.answers.items())[: draw.randint(0, len(intake.answers))]
    return Intake(label=intake.label, on=intake.on, answers=dict(kept))


def cql_inputs(library: Library, folder: Path) -> dict[str, Any]:
    """What the engine in JavaScript reads."""
    from bench.elm import library as elm

    protocols = subset(library)
    words = {"rules": [rule.id for rule in protocols.rules], "words": [hex(word) for word in protocols.words]}
    asked = patients(protocols.rules, library)
    for name, content in (("elm", elm(protocols.rules, protocols.facts)), ("words", words), ("patients", asked)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    return {}


def main(name: str, folder: Path) -> None:
    measure.pin()
    library = load_library()
    if name == "cql-inputs":
        found = cql_inputs(library, folder)
    else:
        found = whole(library) if name == "whole" else ask(library) if name == "ask" else compare(name, library)
    (folder / "answers.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
