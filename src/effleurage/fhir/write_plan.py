"""A plan as FHIR R4: a CarePlan in draft until somebody signs it, its Goals, its referrals, and where it came from.

It says what the plan says and no more. A Goal is something to be watched, with the honest sentence of the evidence
beside it; the highest pressure, what is closed and why stand as notes, since FHIR has no element for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from effleurage import __version__
from effleurage.facts.kinds import Code, Fact
from effleurage.fhir.write_resources import (
    PROBLEMS,
    Identify,
    Resource,
    bundle,
    checked,
    code_of,
    concept,
    condition,
    instant,
    reference,
    status,
)
from effleurage.lib.text import counted, listed
from effleurage.library import Library
from effleurage.outcome.instrument import Instrument, NotShipped
from effleurage.plan.plan import Plan, PlannedRegimen, PlannedStep, Referral
from effleurage.plan.script import Moment, SessionScript, position_words
from effleurage.protocol.nodes import facts_in
from effleurage.protocol.vocabulary import LEVELS, Vocabulary

MASSAGE: Final = Code("snomed", "387854002", "S")
PRIORITIES: Final = ("routine", "urgent", "asap", "stat")
"""Of FHIR, from mild to urgent, as the urgencies of the vocabulary are."""


def plan_bundle(
    *,
    plan: Plan,
    planned: PlannedRegimen | None,
    script: SessionScript | None,
    library: Library,
    identifiers: Identify,
    recorded: datetime,
) -> Resource:
    """The plan as a Bundle. `identifiers` gives the id of "patient" and of each resource by a name; `recorded` is when,
    with its zone.

    Without a chosen regimen, or where the limits leave nothing to do, the CarePlan holds the referrals and the reasons.
    """
    chosen = planned if planned in plan.available else None
    return _Writer(plan, chosen, script if chosen else None, library, identifiers, recorded).bundle()


class _Writer:
    """Writes one plan; resources are made once and refer to each other."""

    def __init__(
        self,
        plan: Plan,
        planned: PlannedRegimen | None,
        script: SessionScript | None,
        library: Library,
        identifiers: Identify,
        recorded: datetime,
    ) -> None:
        self.plan, self.planned, self.script, self.library = plan, planned, script, library
        self.identify, self.recorded = identifiers, recorded
        self.vocabulary: Vocabulary = plan.decision.protocols.vocabulary
        self.subject = reference("Patient", checked(identifiers("patient")))

    def bundle(self) -> Resource:
        conditions, goals = list(self.conditions()), list(self.goals())
        requests = [self.request(number, one) for number, one in enumerate(self.plan.certain_referrals, 1)]
        care = self.care_plan(conditions, goals, requests)
        entries = [care, *conditions, *goals, *requests, self.provenance(care)]
        return bundle(entries, identity=self.identify("bundle"), timestamp=self.recorded)

    def care_plan(self, conditions: list[Resource], goals: list[Resource], requests: list[Resource]) -> Resource:
        """A proposal in draft: only a therapist's signature makes it a plan."""
        activities = [*self.activities(goals), *({"reference": _to(each)} for each in requests)]
        found: Resource = {
            "resourceType": "CarePlan",
            "id": checked(self.identify("care-plan")),
            "status": "draft",
            "intent": "proposal",
            "title": self.planned.regimen.title if self.planned else "No massage for now",
            "description": self.description(),
            "subject": self.subject,
            "created": instant(self.recorded),
            "addresses": [_to(each) for each in conditions],
            "supportingInfo": [_to(each) for each in requests],
            "goal": [_to(each) for each in goals],
            "activity": activities,
            "note": [{"text": text} for text in self.notes()],
        }
        return {key: value for key, value in found.items() if value != []}

    def description(self) -> str:
        verdict = f"Verdict: {self.plan.verdict.words}."
        if not self.planned:
            return verdict
        course = self.planned.course
        return (
            f"{verdict} {self.planned.regimen.about} {counted(course.sessions, 'session')}, at least "
            f"{counted(course.spacing_days, 'day')} apart, then a pause of {counted(course.pause_days, 'day')}."
        )

    def conditions(self) -> Iterator[Resource]:
        """The coded findings, answered yes, because of which the regimen is offered."""
        facts = self.plan.decision.facts
        names = facts_in(self.planned.regimen.offered) if self.planned else ()
        for fact in self.behind(names):
            code = code_of(fact, *PROBLEMS)
            if code and facts.values.get(fact.name) is True:
                identity = self.identify(f"fact {fact.name}")
                yield condition(fact, code, identity=identity, subject=self.subject, on=facts.on)

    def behind(self, names: tuple[str, ...]) -> tuple[Fact, ...]:
        """Facts and those that they are derived from."""
        table, found = self.plan.decision.protocols.facts, dict[str, Fact]()
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name in table and name not in found:
                found[name] = table[name]
                waiting += table[name].derive.of if table[name].derive else ()  # type: ignore[union-attr]
        return tuple(found.values())

    def goals(self) -> Iterator[Resource]:
        """What the regimen measures; a target only where the least important change is known in points."""
        known: dict[str, Instrument | NotShipped] = {each.name: each for each in self.library.not_shipped}
        known |= {each.name: each for each in self.library.instruments}
        for name in self.planned.regimen.measures if self.planned else ():
            yield self.goal(known[name])

    def goal(self, instrument: Instrument | NotShipped) -> Resource:
        said = [
            claim.say
            for claim in self.library.claims
            if instrument.name in claim.measured_by and self.is_ours(claim.folder)
        ]
        hope = " ".join(said) or "Whether massage changes it is not claimed."
        found: Resource = {
            "resourceType": "Goal",
            "id": checked(self.identify(f"goal {instrument.name}")),
            "lifecycleStatus": "proposed",
            "description": {"text": f"To be watched: {instrument.title}. {instrument.measures} {hope}"},
            "subject": self.subject,
        }
        change = instrument.least_important_change
        if change and change.kind == "points":
            code = next((code for code in instrument.codes if code.system == "loinc"), None)
            text = f"A change of at least {change.text}; less may be chance (status of this number: {change.status})."
            found["target"] = [{"measure": concept(code, instrument.title), "detailString": text}]
        return found

    def is_ours(self, folder: str) -> bool:
        return self.planned is not None and folder == self.planned.regimen.folder

    def activities(self, goals: list[Resource]) -> Iterator[Resource]:
        """The course as one activity, then each step: as the script has it, or as the plan has it."""
        if self.planned is None or self.planned not in self.plan.available:
            return
        regimen = self.planned.regimen
        course = {"goal": [_to(each) for each in goals]} if goals else {}
        yield _activity(regimen.title, regimen.about, **course, scheduledTiming=_timing(self.planned))
        for moment in self.script.moments if self.script else ():
            yield _activity(moment.title, self.of_moment(moment))
        for step in () if self.script else self.planned.steps:
            yield _activity(step.title, self.of_step(step))

    def of_moment(self, moment: Moment) -> str:
        start, length = (
            f"{moment.start // 60}:{moment.start % 60:02}",
            f"{moment.seconds // 60}:{moment.seconds % 60:02}",
        )
        touches = [self.touch(touch.technique, touch.region, level) for touch, level in moment.touches]
        position = position_words(moment, self.vocabulary)
        return _sentences(f"From {start}, for {length} minutes", position, *touches, moment.rhythm)

    def of_step(self, step: PlannedStep) -> str:
        touches = [self.touch(touch.technique, touch.region, max(touch.pressure)) for touch in step.touches]
        return _sentences(self.vocabulary.term("positions", step.position), *touches, step.rhythm)

    def touch(self, technique: str, region: str, level: int) -> str:
        where = self.vocabulary.region(region).words
        return f"{where}: {self.vocabulary.term('techniques', technique).lower()}, level {level} at most"

    def notes(self) -> Iterator[str]:
        """The limits in words, the rules behind them, what is still open, what was cut."""
        decision = self.plan.decision
        yield "Draft. It counts only once a therapist has signed it."
        yield from self.ceilings()
        for kind, title in (("checks", "Checks"), ("stop_rules", "Stop at once on"), ("consents", "Consents needed")):
            names = decision.limits.stop if kind == "stop_rules" else getattr(decision.limits, kind)
            if names:
                yield f"{title}: {listed(sorted(self.vocabulary.term(kind, name) for name in names))}."
        for rule in decision.determining:
            yield f"{rule.id}: {rule.because}"
        for rule in decision.undecided:
            yield f"Not answered yet, so counted as if it held: {rule.id}: {rule.because}"
        for cut in self.planned.cuts if self.planned else ():
            yield _sentences(cut.words, f"Because of {listed(cut.rules)}" if cut.rules else "")

    def ceilings(self) -> Iterator[str]:
        """The regions of each ceiling, from left alone upward."""
        limits = self.plan.decision.limits
        for level in range(LEVELS):
            regions = [region.words for region in self.vocabulary.regions if limits.ceiling(region.name) == level]
            if regions and len(regions) == len(self.vocabulary.regions):
                regions = ["everywhere"]
            if regions:
                title = f"Pressure at most level {level} of {LEVELS}" if level else "Left alone"
                yield f"{title}: {listed(regions)}."

    def request(self, number: int, referral: Referral) -> Resource:
        """A referral, as a proposal for somebody to send."""
        term = self.vocabulary.term("referrals", referral.target)
        happened = [{"text": f"After the last session: {referral.happened}"}] if referral.happened else []
        reasons = happened + [{"text": rule.because} for rule in referral.rules]
        sure = "" if referral.certain else " Only because a question is not answered yet; answer it first."
        found: Resource = {
            "resourceType": "ServiceRequest",
            "id": checked(self.identify(f"referral {number} {referral.target}")),
            "status": "draft",
            "intent": "proposal",
            "priority": PRIORITIES[min(referral.rank, len(PRIORITIES)) - 1],
            "code": {"text": f"Referral: {term}"},
            "subject": self.subject,
            "authoredOn": instant(self.recorded),
            "performerType": {"text": term},
            "note": [{"text": f"How soon: {referral.urgency}.{sure}"}],
        }
        return {**found, "reasonCode": reasons} if reasons else found

    def provenance(self, care: Resource) -> Resource:
        """What made the plan, and from which content: the same answers and content give the same plan again."""
        content = {
            "identifier": {"system": "urn:effleurage:content", "value": self.plan.hash},
            "display": "Clinical content",
        }
        return {
            "resourceType": "Provenance",
            "id": checked(self.identify("provenance")),
            "target": [_to(care)],
            "recorded": instant(self.recorded),
            "agent": [
                {
                    "type": status("provenance-participant-type", "assembler"),
                    "who": {"display": f"effleurage {__version__}"},
                }
            ],
            "entity": [{"role": "source", "what": content}],
        }


def _activity(title: str, text: str, **more: Any) -> Resource:
    """One activity of the plan, coded as therapeutic massage."""
    detail = {"kind": "ServiceRequest", "code": concept(MASSAGE, title), "status": "not-started", "doNotPerform": False}
    return {"detail": {**detail, **more, "description": text}}


def _timing(planned: PlannedRegimen) -> Resource:
    """So many sessions, so many days apart, of growing length."""
    minutes = [each for each in planned.minutes if each > 0]
    repeat = {
        "count": planned.course.sessions,
        "duration": min(minutes),
        "durationMax": max(minutes),
        "durationUnit": "min",
        "frequency": 1,
        "period": max(1, planned.course.spacing_days),
        "periodUnit": "d",
    }
    return {"repeat": repeat}


def _to(resource: Resource) -> Resource:
    return reference(resource["resourceType"], resource["id"])


def _sentences(*parts: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
