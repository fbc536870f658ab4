"""An intake written so that reading it gives the same answers: what `ask --save` leaves behind."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

from effleurage.facts.answers import NEVER, Answer, Intake, Items
from effleurage.facts.kinds import Fact, FactTable

HEADER = "# Answers of one patient. Go on: effleurage ask --from FILE --save FILE. The plan: effleurage plan FILE\n"


def intake_text(intake: Intake, facts: FactTable) -> str:
    """YAML of schema `effleurage/intake/1`, answers in the order of the content."""
    lines = [
        "schema: effleurage/intake/1",
        f"patient: {json.dumps(intake.label, ensure_ascii=False)}",
        f"on: {_moment(intake.on)}",
        "facts:" if intake.answers else "facts: {}",
    ]
    for fact in facts.facts:
        if fact.name in intake.answers:
            lines.append(f"  {fact.name}: {_answer(intake.answers[fact.name], fact, intake.on)}")
    return HEADER + "\n".join(lines) + "\n"


def _answer(answer: Answer, fact: Fact, on: datetime) -> str:
    parts = _parts(answer, fact)
    if answer.on != on:
        parts.append(f"date: {_moment(answer.on)}")
    if answer.origin != fact.usual_origin:
        parts.append(f"origin: {json.dumps(answer.origin, ensure_ascii=False)}")
    alone = len(parts) == 1 and parts[0].startswith("value: ")
    return parts[0].removeprefix("value: ") if alone else f"{{{', '.join(parts)}}}"


def _parts(answer: Answer, fact: Fact) -> list[str]:
    value = answer.value
    if isinstance(value, Items):
        return [f"items: [{', '.join(value.names)}]", f"complete: {'yes' if value.complete else 'no'}"]
    if value is NEVER:
        return ["value: never"]
    if isinstance(value, bool):
        return [f"value: {'yes' if value else 'no'}"]
    if isinstance(value, datetime):
        return [f"value: {value:%Y-%m-%d %H:%M}" if fact.time else f"value: {value:%Y-%m-%d}"]
    if isinstance(value, int):
        usual = fact.plausible is None or fact.plausible[0] <= value <= fact.plausible[1]
        return [f"value: {Decimal(value).scaleb(-fact.decimals):f}", *([] if usual else ["sure: yes"])]
    return [f"value: {value}"]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"
