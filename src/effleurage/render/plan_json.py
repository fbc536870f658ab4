"""The plan as JSON, schema `effleurage/plan/1`: everything that the other renderings show, under names that stay.

`KEYS` is the documentation of the top level and is printed into the reference; a test holds the two together. Within
the schema's number, keys may be added and are never renamed or removed. Unknown is null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from effleurage.facts.answers import NEVER, Answer, Intake, Items
from effleurage.facts.kinds import Fact, Source
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen
from effleurage.plan.script import Moment, SessionScript
from effleurage.protocol.lattice import REQUIRED, Limits
from effleurage.protocol.nodes import Rule
from effleurage.render import words as say

SCHEMA = "effleurage/plan/1"
KEYS = {
    "schema": "always `effleurage/plan/1`",
    "patient": "who it is, in a sentence of the intake; never a name",
    "on": "the moment of the plan, local time",
    "content": "`hash` of all content, `protocols` with folder, version and date",
    "verdict": "`go`, `modified`, `ask`, `withhold` or `emergency`",
    "words": "the verdict in words and the headline",
    "may_treat": "whether a regimen may be chosen now",
    "settled": "whether no answer could change the limits any more",
    "limits": "what must be obeyed: limits on what is possible",
    "certain_limits": "limits on what is certain; where they differ from `limits`, questions are open",
    "determining": "rules that hold and shape the limits, with reason, words for the patient and sources",
    "holding": "ids of all rules that hold",
    "undecided": "rules that apply only because something is not known, and that could change the limits",
    "questions": "what to ask, best first: text, facts, batch, what it could mean, rules",
    "regimens": "each regimen within the limits: steps, minutes, course, cuts with their rules",
    "referrals": "whom to see, how soon, by which rules, and whether that is certain",
    "session": "the script of one session, or null",
    "answers": "what was answered, with date and origin",
    "facts": "the facts that rules read, with value and words; null is unknown",
    "stale": "answers that were too old to count",
    "import": "what an import could not place, and its warnings",
    "evidence": "what is hoped for, with its grade and the sentence for the patient",
    "unreviewed_rules": "how many rules behind this plan no clinician has reviewed",
}


def plan_object(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    script: SessionScript | None = None,
    unplaced: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Plain values, ready for `json.dumps`. A plan that is kept is kept in English: hand over the English library and
    what was planned with it, for a cut's words are made when it is planned.
    """
    decision = plan.decision
    return {
        "schema": SCHEMA,
        "patient": intake.label,
        "on": decision.facts.on.isoformat(timespec="minutes"),
        "content": {
            "hash": plan.hash,
            "protocols": [
                {"folder": folder, "version": version, "date": date} for folder, version, date in say.versions(library)
            ],
        },
        "verdict": plan.verdict.name.lower(),
        "words": {"verdict": plan.verdict.words, "headline": say.headline(plan)},
        "may_treat": plan.may_treat,
        "settled": decision.settled,
        "limits": limits_object(decision.limits),
        "certain_limits": limits_object(decision.certain),
        "determining": [rule_object(rule) for rule in decision.determining],
        "holding": [rule.id for rule in decision.holding],
        "undecided": [rule_object(rule) for rule in decision.undecided],
        "questions": _questions(plan),
        "regimens": [_regimen(planned, planned in plan.available) for planned in plan.regimens],
        "referrals": _referrals(plan),
        "session": _script(script) if script else None,
        "answers": {name: _answer(answer, library.protocols.facts[name]) for name, answer in intake.answers.items()},
        "facts": {
            name: {"value": _plain(decision.facts.table[name], value), "words": decision.facts.shown(name)}
            for name, value in decision.facts.values.items()
        },
        "stale": list(decision.facts.stale),
        "import": {"unplaced": list(unplaced), "warnings": list(warnings)},
        "evidence": _evidence(plan, library),
        "unreviewed_rules": say.unreviewed(plan),
    }


def limits_object(limits: Limits) -> dict[str, Any]:
    """Limits by single region, technique and position, in the order of the vocabulary."""
    words = limits.vocabulary
    by_technique = {
        term.name: [region.name for region in words.regions if not limits.allows(term.name, region.name)]
        for term in words.techniques
    }
    return {
        "verdict": limits.verdict.name.lower(),
        "pressure": {region.name: limits.ceiling(region.name) for region in words.regions},
        "forbid": {technique: regions for technique, regions in by_technique.items() if regions},
        "positions": [term.name for term in words.positions if term.name in limits.positions],
        "minutes": limits.minutes,
        "spacing_days": limits.spacing_days,
        **{
            name: [term.name for term in getattr(words, kind) if term.name in getattr(limits, name)]
            for name, kind in REQUIRED.items()
        },
        "refer": {
            target.name: words.urgencies[limits.referrals[target.name] - 1].name
            for target in words.referrals
            if target.name in limits.referrals
        },
    }


def rule_object(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "folder": rule.folder,
        "when": rule.text,
        "because": rule.because,
        "tell": rule.tell,
        "sources": _sources(rule.sources),
        "date": rule.date,
        "reviewer": None if rule.reviewer == "none" else rule.reviewer,
    }


def _sources(sources: Sequence[Source]) -> list[dict[str, str]]:
    return [{"key": source.key, "status": source.status, "note": source.note} for source in sources]


def _questions(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "text": question.text,
            "batch": question.batch or None,
            "facts": [
                {"name": fact.name, "ask": fact.ask, "kind": fact.kind.value, "who": list(fact.who)}
                for fact in question.facts
            ],
            "gain": question.gain,
            "consequence": say.consequence(question, plan.decision),
            "rules": list(dict.fromkeys(question.rules)),
        }
        for question in plan.questions
    ]


def _regimen(planned: PlannedRegimen, available: bool) -> dict[str, Any]:
    regimen, course = planned.regimen, planned.course
    return {
        "id": regimen.id,
        "title": regimen.title,
        "type": regimen.type,
        "about": regimen.about,
        "available": available,
        "minutes": list(planned.minutes),
        "course": {
            "sessions": course.sessions,
            "spacing_days": course.spacing_days,
            "pause_days": course.pause_days,
            "courses_per_year": course.courses_per_year,
        },
        "measures": list(regimen.measures),
        "steps": [
            {
                "id": step.id,
                "title": step.title,
                "position": step.position,
                "share": step.share,
                "rhythm": step.rhythm,
                "props": list(step.props),
                "touches": [
                    {"region": each.region, "technique": each.technique, "pressure": list(each.pressure)}
                    for each in step.touches
                ],
            }
            for step in planned.steps
        ],
        "cuts": [
            {"kind": cut.kind, "step": cut.step, "words": cut.words, "rules": list(cut.rules)} for cut in planned.cuts
        ],
    }


def _referrals(plan: Plan) -> list[dict[str, Any]]:
    words = plan.decision.protocols.vocabulary
    return [
        {
            "target": each.target,
            "to": words.term("referrals", each.target),
            "urgency": words.urgencies[each.rank - 1].name,
            "words": each.urgency,
            "certain": each.certain,
            "rules": [rule.id for rule in each.rules],
            "happened": each.happened,
        }
        for each in plan.referrals
    ]


def _script(script: SessionScript) -> dict[str, Any]:
    terms = {
        key: [term.name for term in getattr(script, key)]
        for key in ("before", "during", "after", "follow_up", "stop_rules", "expected")
    }
    return {
        "regimen": script.regimen,
        "session": script.session,
        "dose": script.dose,
        "minutes": script.minutes,
        "locked": script.locked,
        "why": script.why,
        "refer": script.refer or None,
        "moments": [_moment(moment) for moment in script.moments],
        **terms,
    }


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "kind": moment.kind,
        "title": moment.title,
        "start_seconds": moment.start,
        "seconds": moment.seconds,
        "position": moment.position,
        "lying": moment.lying,
        "rhythm": moment.rhythm,
        "props": list(moment.props),
        "checks": list(moment.checks),
        "touches": [
            {"region": touch.region, "technique": touch.technique, "level": level} for touch, level in moment.touches
        ],
    }


def _answer(answer: Answer, fact: Fact) -> dict[str, Any]:
    return {
        "value": _plain(fact, answer.value),
        "date": answer.on.isoformat(timespec="minutes"),
        "origin": answer.origin,
    }


def _plain(fact: Fact, value: object) -> Any:
    """Numbers leave as decimals, not as the scaled integers that engines compare."""
    if value is NEVER:
        return "never"
    if isinstance(value, Items):
        return {"items": list(value.names), "complete": value.complete}
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes") if fact.time else value.date().isoformat()
    if isinstance(value, int) and not isinstance(value, bool) and fact.decimals:
        return value / 10**fact.decimals
    return value


def _evidence(plan: Plan, library: Library) -> list[dict[str, Any]]:
    folders = {planned.regimen.folder for planned in plan.regimens}
    return [
        {
            "id": claim.id,
            "folder": claim.folder,
            "claim": claim.claim,
            "grade": claim.grade,
            "say": claim.say,
            "sources": _sources(claim.sources),
        }
        for claim in library.claims
        if claim.folder in folders
    ]
