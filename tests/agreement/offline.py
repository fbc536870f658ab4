"""The offline module under Node.js, and what the Python core says of the same patients in the same shape."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from playwright._impl._driver import compute_driver_executable

from clinic.records.standing import answers_text
from effleurage.decision.aside import footing, hold, without
from effleurage.decision.decide import Decision, compiled, decide
from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.facts.derive import Facts, derive
from effleurage.library import Library
from effleurage.offline.module import offline_module
from effleurage.pathway import named
from effleurage.plan.plan import Plan, PlannedRegimen, plan
from effleurage.plan.rest import Running, rest, running
from effleurage.plan.script import Last, Moment, SessionScript, script
from effleurage.protocol.lattice import Limits
from effleurage.protocol.nodes import facts_in
from tests.agreement.patients import content

DRIVER = Path(__file__).parent / "javascript.mjs"
Json = Any


@cache
def module() -> str:
    """The module of the built-in content, written once by each process."""
    return offline_module(content())


def call(folder: Path, calls: Iterable[list[Json]], text: str = "") -> list[Json]:
    """What the module (this one, or `text`) answers to each call, all in one process."""
    path = folder / "offline.mjs"
    path.write_text(text or module(), "utf-8")
    lines = "".join(f"{json.dumps(each, separators=(',', ':'))}\n" for each in calls)
    done = subprocess.run(
        [compute_driver_executable()[0], str(DRIVER), str(path)],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def sent(intake: Intake) -> Json:
    """Answers as the server stores and hands them out."""
    return json.loads(answers_text(intake))


def at(intake: Intake, on: datetime, aside: Iterable[dict[str, str]] = ()) -> Json:
    return {**sent(intake), "on": on.isoformat(), "aside": list(aside)}


def derived(intake: Intake, on: datetime, library: Library) -> Json:
    try:
        facts = derive(intake=intake, table=library.protocols.facts, on=on)
    except InputError as fault:
        return {"error": fault.what}
    return {"values": facts.values, "stale": list(facts.stale)}


def set_aside(decision: Decision) -> list[dict[str, str]]:
    """Every rule of a decision that people could set aside, as the server would hand it to a tablet."""
    rules = [rule for rule in decision.holding if hold(rule).value != "never"]
    return [{"rule": rule.id, "footing": footing(rule, decision.facts)} for rule in rules]


def decided(facts: Facts, library: Library, aside: Iterable[dict[str, str]] = ()) -> Decision:
    found = decide(facts=facts, protocols=library.protocols, engine=compiled(library.protocols))
    held = {rule.id: footing(rule, facts) for rule in found.holding}
    fitting = {each["rule"] for each in aside if held.get(each["rule"]) == each["footing"]}
    return without(found, sorted(fitting))


def shown_limits(limits: Limits) -> Json:
    words = limits.vocabulary
    listed = {
        name: [term.name for term in getattr(words, source) if term.name in getattr(limits, name)]
        for name, source in (
            ("positions", "positions"), ("props", "props"), ("checks", "checks"), ("stop", "stop_rules"),
            ("competences", "competences"), ("consents", "consents"), ("windows", "windows"),
        )
    }  # fmt: skip
    closed = {
        region.name: [term.name for term in words.techniques if not limits.allows(term.name, region.name)]
        for region in words.regions
    }
    return {
        "verdict": limits.verdict.name.lower(),
        "minutes": limits.minutes,
        "spacing_days": limits.spacing_days,
        "pressure": {region.name: limits.ceiling(region.name) for region in words.regions},
        "forbidden": closed,
        "refer": limits.referrals,
        **listed,
    }


def shown_standing(decision: Decision) -> Json:
    facts = decision.facts
    asked = {name for rule in decision.undecided for name in facts_in(rule.when)}
    return {
        "values": facts.values,
        "stale": list(facts.stale),
        "words": {
            name: f"{getattr(decision, f'{name}_word'):x}" for name in ("certain", "possible", "holds", "undecided")
        },
        "verdict": decision.verdict.name.lower(),
        "mayTreat": decision.may_treat,
        "settled": decision.settled,
        "limits": shown_limits(decision.limits),
        "open": [name for name, value in facts.values.items() if value is None and name in asked],
        "holding": [rule.id for rule in decision.holding],
        "undecided": [rule.id for rule in decision.undecided],
        "telling": [{"rule": rule.id, "because": rule.because, "tell": rule.tell} for rule in decision.telling],
        "aside": list(decision.aside),
    }


def shown_plan(made: Plan) -> Json:
    return [
        {
            "regimen": each.regimen.id,
            "steps": [
                {
                    "id": step.id, "title": step.title, "position": step.position, "share": step.share,
                    "manners": dict(step.manners), "props": list(step.props),
                    "touches": [
                        {"region": touch.region, "technique": touch.technique, "pressure": list(touch.pressure)}
                        for touch in step.touches
                    ],
                }
                for step in each.steps
            ],
            "minutes": list(each.minutes),
            "course": {
                "sessions": each.course.sessions, "spacing_days": each.course.spacing_days,
                "pause_days": each.course.pause_days, "courses_per_year": each.course.courses_per_year,
            },
            "cuts": [[cut.kind, cut.step, list(cut.rules)] for cut in each.cuts],
            "available": each in made.available,
        }
        for each in made.regimens
    ]  # fmt: skip


def plain_plan(rows: Json) -> Json:
    """The module's plan with its cuts as the core has them: the core says in words what changed."""
    return [{**row, "cuts": [[cut["kind"], cut["step"], cut["rules"]] for cut in row["cuts"]]} for row in rows]


def shown_moment(moment: Moment, step: str) -> Json:
    return {
        "kind": moment.kind, "step": step, "title": moment.title, "start": moment.start, "seconds": moment.seconds,
        "position": moment.position, "lying": moment.lying,
        "manners": dict(moment.manners), "props": list(moment.props),
        "touches": [[touch.region, touch.technique, level] for touch, level in moment.touches],
        "checks": list(moment.checks),
    }  # fmt: skip


def shown_script(found: Running) -> Json:
    made = found.script
    lists = ("before", "during", "after", "follow_up", "stop_rules", "expected")
    single = ("regimen", "session", "dose", "minutes", "locked", "why", "refer")
    return {
        **{name: getattr(made, name) for name in single},
        **{name: [term.name for term in getattr(made, name)] for name in lists},
        "moments": [shown_moment(*pair) for pair in zip(made.moments, found.steps, strict=True)],
    }


class Walk:
    """One patient on the whole way in Python."""

    def __init__(self, intake: Intake, on: datetime, library: Library, aside: Iterable[dict[str, str]] = ()) -> None:
        self.library = library
        facts = derive(intake=intake, table=library.protocols.facts, on=on)
        self.decision = decided(facts, library, aside)
        self.plan = plan(decision=self.decision, regimens=library.regimens)

    def planned(self, regimen: str) -> PlannedRegimen:
        return named(self.plan, regimen, self.library)

    def script(self, regimen: str, session: int, last: Last | None) -> Running:
        """Raises InputError where there is none."""
        planned = self.planned(regimen)
        made: SessionScript = script(plan=self.plan, planned=planned, session=session, last=last)
        return running(script=made, planned=planned, words=self.library.protocols.vocabulary)

    def rest(self, began: Running, last: Last | None, so_far: Json) -> Json:
        """What remains of `began` under this patient's plan, as the module says it."""
        if not self.plan.may_treat:
            return {"stop": self.decision.verdict.name.lower()}
        try:
            now = self.script(began.script.regimen, began.script.session, last)
        except InputError as fault:
            return {"refused": fault.what}
        posture = so_far["posture"] and (so_far["posture"]["position"], so_far["posture"]["lying"])
        left = rest(
            began=began,
            now=now,
            words=self.library.protocols.vocabulary,
            done={(step, region): n for step, rows in so_far["done"].items() for region, n in rows.items()},
            elapsed=so_far["elapsed"],
            finished=[tuple(each) for each in so_far["finished"]],
            posture=posture,
        )
        return {**shown_script(left), "seconds": left.seconds}
