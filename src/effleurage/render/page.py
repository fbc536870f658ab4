"""The plan and the letter as printable pages: prepared values for the templates, and nothing decided.

A page is one file: no script, no request, light and dark, and black and white on paper. The templates say at their top
which values they read; this module makes exactly those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from effleurage.decision.ask import Question
from effleurage.decision.decide import Decision
from effleurage.facts.answers import Intake
from effleurage.facts.kinds import Source
from effleurage.lib.text import counted, listed
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, Referral
from effleurage.plan.script import Moment, SessionScript, position_words
from effleurage.protocol.explain import regions_in_words, supporting
from effleurage.protocol.lattice import Limits, Verdict
from effleurage.protocol.nodes import Rule, facts_in
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.render import bodymap
from effleurage.render import words as say

LETTER_HEADLINES = {
    Verdict.GO: "Massage goes on as planned.",
    Verdict.MODIFIED: "Massage goes on within the limits that our protocol sets.",
    Verdict.ASK: "We wait for your answer before we give any massage.",
    Verdict.WITHHOLD: "We give no massage until we hear from you.",
    Verdict.EMERGENCY: "We gave no massage and asked the patient to get help at once.",
}
ASK_TO_LOOK = "Please look at what is described above, and tell the patient and us what you find."
ASK_TO_ANSWER = "Please say whether massage may be given, and which parts of the body should be left alone."

Page = dict[str, Any]


def plan_page(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    script: SessionScript | None = None,
    chosen: PlannedRegimen | None = None,
    notices: Sequence[str] = (),
    phone: str = say.PHONE,
) -> str:
    """The plan as one HTML file."""
    decision, words = plan.decision, library.protocols.vocabulary
    emergency = plan.verdict is Verdict.EMERGENCY
    treat = plan.may_treat
    page = {
        **_head(plan, intake, "Massage plan"),
        "phone": phone if emergency else "",
        "minutes": f"at most {decision.limits.minutes} minutes" if treat else "",
        "spacing": _spacing(decision.limits) if treat else "",
        "referrals": [
            _referral(referral, words) for referral in plan.referrals if referral.certain or decision.settled
        ],
        "questions": [_question(question, decision) for question in plan.questions],
        "tell": list(dict.fromkeys(rule.tell for rule in decision.telling)),
        "levels": [{"level": term.name, "word": term.term, "means": term.means} for term in words.levels],
        **(_body(decision, words) if treat else {"body_maps": [], "body_rows": []}),
        **(_limits(decision.limits, words) if treat else {"forbidden": [], "closed_positions": [], "needs": []}),
        "open_positions": [
            term.term for term in words.positions if treat and term.name not in decision.limits.positions
        ],
        "checks": _checks(decision.limits, words) if treat else [],
        "stop_rules": _stops(decision.limits, words) if treat else [],
        "session": _session(script, chosen, words) if script and chosen else None,
        "regimens": [_regimen(each, plan, chosen) for each in plan.regimens] if treat else [],
        "reasons": [*_reasons(plan, library)],
        "statuses": _statuses(),
        "evidence": _evidence(plan, library) if treat else [],
        "notices": [*notices, *_notices(plan)],
        "versions": [dict(zip(("folder", "version", "date"), row, strict=True)) for row in say.versions(library)],
    }
    return _template("plan.html.j2").render(page=page)


def letter_page(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    referral: Referral,
    clinic: Sequence[str] = (),
) -> str:
    """The letter of one referral, for the patient to take along, as one HTML file."""
    words, decision = library.protocols.vocabulary, plan.decision
    target = next(term for term in words.referrals if term.name == referral.target)
    page = {
        **_head(plan, intake, f"Letter to: {target.term}"),
        "headline": LETTER_HEADLINES[plan.verdict],
        "to": target.term,
        "means": target.means,
        "urgency": referral.urgency,
        "now": referral.rank == len(words.urgencies),
        "reasons": [
            *([{"text": f"After the last session: {referral.happened}.", "facts": []}] if referral.happened else []),
            *({"text": rule.because, "facts": _facts_behind(rule, decision)} for rule in referral.rules),
        ],
        "requests": _requests(plan, words),
        "clinic": list(clinic),
        "sources": _sources({s: None for rule in referral.rules for s in rule.sources}, library),
        "statuses": _statuses(),
    }
    return _template("letter.html.j2").render(page=page)


@cache
def _template(name: str) -> Template:
    folder = Path(__file__).parent / "templates"
    loader = FileSystemLoader(folder)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(name)


def _head(plan: Plan, intake: Intake, title: str) -> Page:
    decision = plan.decision
    return {
        "lang": "en",
        "title": title,
        "label": intake.label,
        "date": spoken_date(decision.facts.on),
        "verdict": plan.verdict.name.lower(),
        "verdict_words": plan.verdict.words,
        "headline": say.headline(plan),
        "hash": plan.hash,
    }


def spoken_date(on: datetime) -> str:
    """
    >>> spoken_date(datetime(2026, 11, 2, 9, 5))
    '2 November 2026, 09:05'
    """
    return f"{on.day} {on:%B %Y, %H:%M}"


def _spacing(limits: Limits) -> str:
    return f"{counted(limits.spacing_days, 'day')} between sessions" if limits.spacing_days else ""


def _referral(referral: Referral, words: Vocabulary) -> Page:
    return {
        "to": words.term("referrals", referral.target),
        "urgency": referral.urgency,
        "now": referral.rank == len(words.urgencies),
        "certain": referral.certain,
        "reasons": [referral.happened]
        if referral.happened
        else list(dict.fromkeys(rule.tell for rule in referral.rules)),
    }


def _question(question: Question, decision: Decision) -> Page:
    several = len(question.facts) > 1
    return {
        "text": question.text,
        "items": [fact.ask for fact in question.facts] if several else [],
        "consequence": say.consequence(question, decision),
        "who": listed(dict.fromkeys(who for fact in question.facts for who in fact.who), "or"),
    }


def _body(decision: Decision, words: Vocabulary) -> Page:
    limits = decision.limits
    ceilings = {region.name: limits.ceiling(region.name) for region in words.regions}
    terms = {region.base: region.term for region in words.regions} | {term.name: term.term for term in words.levels}
    curve = _curve(decision)
    return {
        "body_maps": [
            Markup(  # noqa: S704 - our own drawing, whose texts it escapes
                bodymap.body_map(
                    ceilings=ceilings,
                    curve=curve,
                    title=f"Highest pressure, {view} of the body",
                    terms=terms,
                    views=(view,),
                )
            )
            for view in bodymap.VIEWS
        ],
        "body_rows": bodymap.body_table(ceilings=ceilings, terms=terms),
    }


def _curve(decision: Decision) -> bodymap.Curve | None:
    """The curves that the facts record, from the neck down."""
    facts = decision.facts
    known = {fact.curve: str(facts[fact.name]) for fact in facts.table.facts if fact.curve}
    parts = tuple((part, known[part]) for part in bodymap.APEX if known.get(part) in bodymap.SIDES)
    return bodymap.Curve(parts=parts) if parts else None


def _limits(limits: Limits, words: Vocabulary) -> Page:
    where: dict[tuple[str, ...], list[str]] = {}
    for technique in words.techniques:
        names = [
            region.name
            for region in words.regions
            if limits.ceiling(region.name) and not limits.allows(technique.name, region.name)
        ]
        if names:
            open_names = [region.name for region in words.regions if limits.ceiling(region.name)]
            spoken = ["everywhere"] if names == open_names else regions_in_words(names, words)
            where.setdefault(tuple(spoken), []).append(technique.term)
    return {
        "forbidden": [{"technique": "; ".join(terms), "where": ", ".join(spoken)} for spoken, terms in where.items()],
        "closed_positions": [term.term for term in words.positions if term.name in limits.positions],
        "needs": [row for row in _needs(limits, words) if row["items"]],
    }


def _needs(limits: Limits, words: Vocabulary) -> Iterable[Page]:
    titles = {
        "props": "Props",
        "windows": "Times after medicine",
        "competences": "Who may do it",
        "consents": "Consents and letters",
    }
    for name, title in titles.items():
        wanted = getattr(limits, name)
        yield {"title": title, "items": [_term(term) for term in getattr(words, name) if term.name in wanted]}


def _term(term: Term) -> Page:
    return {"term": term.term, "means": term.means}


def _checks(limits: Limits, words: Vocabulary) -> list[Page]:
    groups = {
        moment: [term for term in words.checks if term.name in limits.checks and term.get("moment") == moment]
        for moment in say.MOMENTS
    }
    return [{"moment": say.MOMENTS[moment], "items": [*map(_term, terms)]} for moment, terms in groups.items() if terms]


def _stops(limits: Limits, words: Vocabulary) -> list[Page]:
    return [
        {"term": term.term, "act": term.means, "alarming": term.get("alarming") == "yes"}
        for term in words.stop_rules
        if term.name in limits.stop
    ]


def _reasons(plan: Plan, library: Library) -> Iterable[Page]:
    """The rules that hold, then, where one may treat, those that apply because something is not known."""
    decision = plan.decision
    for rule in say.behind(plan):
        yield _reason(rule, decision, library, undecided=False)
    for rule in decision.undecided if plan.may_treat else ():
        yield _reason(rule, decision, library, undecided=True)


def _reason(rule: Rule, decision: Decision, library: Library, *, undecided: bool) -> Page:
    table = decision.facts.table
    asks = [table[name].ask for name in facts_in(rule.when) if decision.facts[name] is None and table[name].ask]
    return {
        "id": rule.id,
        "because": rule.because,
        "tell": rule.tell,
        "undecided": undecided,
        "asks": " / ".join(asks) if undecided else "",
        "sources": _sources(rule.sources, library),
        "date": rule.date,
        "reviewed": "not reviewed by a clinician" if rule.reviewer == "none" else f"reviewed by {rule.reviewer}",
    }


def _sources(sources: Iterable[Source], library: Library) -> list[Page]:
    rows = []
    for source in sources:
        title, urls = library.protocols.sources[source.key]
        url = urls[0] if urls else ""
        note = f" ({source.note})" if source.note else ""
        rows.append(
            {"title": f"{title}{note}", "url": url, "status": source.status, "status_words": say.STATUS[source.status]}
        )
    return rows


def _statuses() -> list[Page]:
    return [{"letter": letter, "words": words} for letter, words in say.STATUS.items()]


def _regimen(planned: PlannedRegimen, plan: Plan, chosen: PlannedRegimen | None) -> Page:
    course = planned.course
    available = planned in plan.available
    why = "too little is known, or a limit stands in the way" if planned.remains else "the limits leave nothing of it"
    return {
        "title": planned.regimen.title,
        "about": planned.regimen.about,
        "available": available,
        "chosen": planned is chosen and available,
        "minutes": say.runs(planned.minutes),
        "course": f"{course.sessions} sessions, {counted(course.spacing_days, 'day')} apart at least; then a pause of "
        f"{counted(course.pause_days, 'day')}; {counted(course.courses_per_year, 'course')} a year",
        "steps": [step.title for step in planned.steps],
        "cuts": [{"where": where, "what": what, "rules": rules} for where, what, rules in say.merged_cuts([planned])],
        "nothing_left": "" if available else why,
    }


def _session(script: SessionScript, chosen: PlannedRegimen, words: Vocabulary) -> Page:
    return {
        "title": f"Session {script.session} of {chosen.course.sessions}: {chosen.regimen.title}",
        "minutes": f"{script.minutes} minutes",
        "why": script.why,
        "locked": script.locked,
        "refer": refer_words(script.refer, words),
        "expected": [term.means.rstrip(".").lower() for term in script.expected],
        "rows": [_row(moment, words) for moment in script.moments],
    }


def refer_words(refer: str, words: Vocabulary) -> str:
    """'gp=same_day' in words; empty stays empty."""
    urgencies = {term.name: term.term for term in words.urgencies}
    pairs = [pair.partition("=") for pair in refer.split(",") if pair]
    return listed(f"See: {words.term('referrals', target)}, {urgencies[urgency]}." for target, _, urgency in pairs)


def _row(moment: Moment, words: Vocabulary) -> Page:
    names = [touch.region for touch, _ in moment.touches]
    sides = {words.region(name).side for name in names} - {"midline"}
    levels = sorted({level for _, level in moment.touches})
    return {
        "clock": say.spoken_time(moment.start),
        "turn": moment.kind == "turn",
        "title": moment.title,
        "region": listed(dict.fromkeys(words.region(name).term for name in names)),
        "side": "both" if len(sides) == 2 else f"patient's {sides.pop()}" if sides else "",
        "technique": listed(dict.fromkeys(words.term("techniques", touch.technique) for touch, _ in moment.touches)),
        "pressure": " to ".join(str(level) for level in (levels[:1] + levels[1:][-1:])),
        "position": position_words(moment, words),
        "rhythm": moment.rhythm if moment.kind == "step" else words.turn.means,
        "checks": [words.term("checks", name) for name in moment.checks],
    }


def _evidence(plan: Plan, library: Library) -> list[Page]:
    """The claims of the conditions that offer something here."""
    folders = {planned.regimen.folder for planned in plan.regimens}
    instruments = {instrument.name: instrument.title for instrument in library.instruments}
    return [
        {
            "claim": f"{claim.claim} ({claim.folder})",
            "grade": claim.grade,
            "grade_words": say.GRADES[claim.grade],
            "say": claim.say,
            "measured_by": [instruments[name] for name in claim.measured_by if name in instruments],
            "sources": _sources(claim.sources, library),
        }
        for claim in library.claims
        if claim.folder in folders
    ]


def _notices(plan: Plan) -> list[str]:
    decision = plan.decision
    notices = [f"Too old to count, ask again: {listed(decision.facts.stale)}."] if decision.facts.stale else []
    waiting = say.unreviewed(plan)
    if waiting:
        notices.append(f"Rules behind this plan that no clinician has reviewed yet: {waiting}.")
    return notices


def _facts_behind(rule: Rule, decision: Decision) -> list[str]:
    """The answers and measurements by which a rule holds, in the words of their questions."""
    facts = decision.facts
    names = supporting(rule.when, facts, facts.table)
    return [facts.table[name].told(facts[name]) for name in names]


def _requests(plan: Plan, words: Vocabulary) -> list[str]:
    """What the clinic asks of the reader: what the content asks for in each letter that the limits need."""
    wanted = (term for term in words.consents if term.name in plan.decision.certain.consents)
    return [ASK_TO_LOOK, *(term.get("asks") for term in wanted if term.get("asks")), ASK_TO_ANSWER]
