"""Scripts of sessions: as the text that is carried to the table and back, and worked out again where an event names
one.

A tablet sends the hash of the script that it follows, never the script. The clinic works it out from what it knew when
it handed out the pack, or when it heard of the decision; only what it comes to itself does it take for known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from effleurage.errors import InputError
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, Touch, manners_of
from effleurage.plan.regimen import Step
from effleurage.plan.rest import Place, Running, rest, running
from effleurage.plan.script import Last, Moment, SessionScript, next_dose, script, shared
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.session.events import canonical_json
from effleurage.session.ground import TURN
from effleurage.session.record import Part, SessionRecord, State

LISTS = ("before", "during", "after", "follow_up", "stop_rules", "expected")
KINDS = {**dict.fromkeys(LISTS, "checks"), "stop_rules": "stop_rules", "expected": "expected"}
"""Each list of terms in a script with the kind of terms that it holds."""
SINGLE = ("regimen", "session", "dose", "minutes", "locked", "why", "refer")


def session_script(made: Plan, regimen: str, number: int, last: Last | None) -> Running:
    """The script of session 1, 2, 3 ... of a regimen. Raises InputError where the plan leaves none."""
    planned = planned_regimen(made, regimen)
    words = made.decision.protocols.vocabulary
    found = script(plan=made, planned=planned, session=number, last=last)
    return Running(found, ()) if found.locked else running(script=found, planned=planned, words=words)


def planned_regimen(made: Plan, regimen: str) -> PlannedRegimen:
    """Raises InputError where it is not offered."""
    found = next((each for each in made.regimens if each.regimen.id == regimen), None)
    if found is None:
        raise InputError(
            where=regimen, what="This regimen is not offered to this patient.", remedy="Choose a plan anew."
        )
    return found


def script_object(found: Running) -> dict[str, Any]:
    """The script as the generated module writes it: names for terms, titles in the language of the content."""
    made = found.script
    return {
        **{name: getattr(made, name) for name in SINGLE},
        **{name: [term.name for term in getattr(made, name)] for name in LISTS},
        "moments": [_moment_object(*pair) for pair in zip(made.moments, found.steps, strict=True)],
    }


def _moment_object(moment: Moment, step: str) -> dict[str, Any]:
    return {
        "kind": moment.kind,
        "step": step,
        "title": moment.title,
        "start": moment.start,
        "seconds": moment.seconds,
        "position": moment.position,
        "lying": moment.lying,
        "manners": dict(moment.manners),
        "props": list(moment.props),
        "touches": [[touch.region, touch.technique, level] for touch, level in moment.touches],
        "checks": list(moment.checks),
    }


def script_text(found: Running) -> str:
    return canonical_json(script_object(found))


def read_script(text: str, library: Library) -> Running:
    """A stored script, said in the language of this library."""
    row = json.loads(text)
    words = library.protocols.vocabulary
    steps = {step.id: step for regimen in library.regimens if regimen.id == row["regimen"] for step in regimen.steps}
    moments = tuple(_moment(each, steps.get(each["step"]), words) for each in row["moments"])
    lists: dict[str, Any] = {name: tuple(_terms(row[name], KINDS[name], words)) for name in LISTS}
    single: dict[str, Any] = {name: row[name] for name in SINGLE}
    found = SessionScript(**single, **lists, moments=moments)
    return Running(found, tuple(each["step"] for each in row["moments"]))


def _terms(names: Iterable[str], kind: str, words: Vocabulary) -> Iterable[Term]:
    return (words.terms[f"{kind}.{name}"] for name in names)


def _moment(row: Mapping[str, Any], step: Step | None, words: Vocabulary) -> Moment:
    """A moment in the language of the library; of a step that content has no more, the words are the stored ones."""
    title = words.turn.term if row["kind"] == TURN else row["title"]
    return Moment(
        kind=row["kind"],
        title=step.title if step else title,
        start=row["start"],
        seconds=row["seconds"],
        position=row["position"],
        lying=row["lying"],
        touches=tuple((Touch(region, technique, (level,)), level) for region, technique, level in row["touches"]),
        manners=manners_of(step, words) if step else tuple(row.get("manners", {}).items()),
        props=tuple(row["props"]),
        checks=tuple(row["checks"]),
    )


def said_in(text: str, library: Library, last: Last | None) -> dict[str, Any]:
    """A stored script as plain values, with its words in the language of this library."""
    found = read_script(text, library)
    why = next_dose(session=found.script.session, last=last, vocabulary=library.protocols.vocabulary)[1]
    return {**script_object(found), "why": why}


def remaining(*, known: Mapping[str, Running], now: Running, record: SessionRecord) -> Running:
    """What is left of a session that has begun, by the script after the news; `known` has the scripts followed so far.

    Raises InputError where one of them is not known.
    """
    unknown = {part.script for part in record.parts} - known.keys()
    if unknown or not record.parts:
        raise InputError(where="script", what="The script of this session is not known here.", remedy="See the events.")
    done: dict[Place, int] = {}
    for part in record.parts:
        for place, seconds in _given(part, known[part.script]):
            done[place] = done.get(place, 0) + seconds
    over = [part for part in record.parts if part.state in (State.DONE, State.SKIPPED)]
    return rest(
        began=known[record.parts[0].script],
        now=now,
        words=record.ground.vocabulary,
        done=done,
        elapsed=record.delivered,
        finished=[place for part in over for place in _places(part, known[part.script])],
        posture=record.lies,
    )


def _places(part: Part, followed: Running) -> list[Place]:
    return [(followed.steps[part.index], touch.region) for touch, _ in part.moment.touches]


def _given(part: Part, followed: Running) -> Iterable[tuple[Place, int]]:
    """The seconds that each region of a moment got: its own shared evenly."""
    places = _places(part, followed)
    return zip(places, shared(part.delivered, [1] * len(places)), strict=True) if places else ()
