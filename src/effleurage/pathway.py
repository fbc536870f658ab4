"""The whole path, from answers to one session. It calls each stage and decides nothing: start reading here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from effleurage.decision.decide import decide
from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.facts.derive import derive
from effleurage.lib.text import listed, nearest
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, locked, plan
from effleurage.plan.script import LOCK, Last, SessionScript, reaction_named, script
from effleurage.protocol.vocabulary import Term


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the path leads to: the plan and, where one may treat, a regimen with the script of one session."""

    plan: Plan
    chosen: PlannedRegimen | None
    script: SessionScript | None


def plan_for(*, intake: Intake, library: Library, on: datetime) -> Plan:
    """Answers -> Facts -> Decision -> Plan."""
    facts = derive(intake=intake, table=library.protocols.facts, on=on)
    decision = decide(facts=facts, protocols=library.protocols)
    return plan(decision=decision, regimens=library.regimens)


def treatment(
    *, intake: Intake, library: Library, on: datetime, regimen: str = "", session: int = 1, last: Last | None = None
) -> Treatment:
    """The plan, and the script of one session of a regimen: the named one, or the first that is open.

    Raises InputError for a regimen that does not exist or is not offered, and for a session outside its course.
    """
    made = plan_for(intake=intake, library=library, on=on)
    reaction = reaction_named(last.reaction, library.protocols.vocabulary) if last else None
    chosen = named(made, regimen, library) if regimen else next(iter(made.available), None)
    if chosen is None or chosen not in made.available:
        return Treatment(_after(made, reaction), chosen, None)
    return Treatment(_after(made, reaction), chosen, script(plan=made, planned=chosen, session=session, last=last))


def _after(made: Plan, reaction: Term | None) -> Plan:
    """The plan as the last session leaves it."""
    return locked(made, reaction) if reaction and reaction.get("next") == LOCK else made


def named(made: Plan, regimen: str, library: Library) -> PlannedRegimen:
    """The regimen of this name in a plan. Raises InputError."""
    offered = [planned.regimen.id for planned in made.regimens]
    known = [each.id for each in library.regimens]
    if regimen in offered:
        return next(planned for planned in made.regimens if planned.regimen.id == regimen)
    if regimen in known:
        remedy = f"Offered: {listed(offered, 'or')}." if offered else "No regimen is offered to this patient."
        raise InputError(where="--regimen", what=f"'{regimen}' is not offered to this patient.", remedy=remedy)
    remedy = nearest(regimen, known) or f"Known: {listed(known)}."
    raise InputError(where="--regimen", what=f"'{regimen}' is not a regimen.", remedy=remedy)
