"""The plan as a printable page: prepared values for the templates, and nothing decided.

A page is one file: no script, no request, light and dark, and black and white on paper. The templates say at their top
which values they read; this module makes exactly those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from effleurage.decision.ask import Question
from effleurage.decision.decide import Decision
from effleurage.facts.answers import Intake
from effleurage.facts.kinds import Source
from effleurage.language import Language, sentence
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, Referral
from effleurage.plan.script import Moment, SessionScript, position_words, technique_words
from effleurage.protocol.explain import regions_in_words
from effleurage.protocol.lattice import Limits, Verdict
from effleurage.protocol.nodes import Rule, facts_in
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.render import bodymap
from effleurage.render import words as say

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
    page = plan_values(
        plan=plan, library=library, intake=intake, script=script, chosen=chosen, notices=notices, phone=phone
    )
    return template("plan.html.j2").render(page=page, say=library.protocols.language.say)


def plan_values(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    script: SessionScript | None = None,
    chosen: PlannedRegimen | None = None,
    notices: Sequence[str] = (),
    phone: str = say.PHONE,
) -> Page:
    """What every rendering of a plan shows, as plain values: the top of `plan.html.j2` lists them."""
    decision, words = plan.decision, library.protocols.vocabulary
    speak = library.protocols.language
    emergency = plan.verdict is Verdict.EMERGENCY
    treat = plan.may_treat
    return {
        **head(plan, intake, speak.say("Massage plan")),
        "phone": phone if emergency else "",
        "minutes": speak.say("at most {minutes} minutes", minutes=decision.limits.minutes) if treat else "",
        "spacing": _spacing(decision.limits, speak) if treat else "",
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
        "statuses": statuses(speak),
        "evidence": _evidence(plan, library) if treat else [],
        "notices": [*notices, *_notices(plan)],
        "versions": [
            {"folder": speak.words(folder), "version": version, "date": date}
            for folder, version, date in say.versions(library)
        ],
    }


@cache
def template(name: str) -> Template:
    folder = Path(__file__).parent / "templates"
    loader = FileSystemLoader(folder)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(name)


def head(plan: Plan, intake: Intake, title: str) -> Page:
    decision = plan.decision
    speak = decision.protocols.language
    return {
        "lang": speak.code,
        "title": title,
        "label": intake.label,
        "date": speak.moment(decision.facts.on),
        "verdict": plan.verdict.name.lower(),
        "verdict_words": speak.words(plan.verdict.words),
        "headline": say.headline(plan),
        "hash": plan.hash,
    }


def _spacing(limits: Limits, speak: Language) -> str:
    days = limits.spacing_days
    return speak.say("{days} between sessions", days=speak.counted(days, "day")) if days else ""


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
    several, speak = len(question.facts) > 1, decision.protocols.language
    who = dict.fromkeys(speak.words(who) for fact in question.facts for who in fact.who)
    return {
        "text": question.text,
        "items": [fact.ask for fact in question.facts] if several else [],
        "consequence": say.consequence(question, decision),
        "who": speak.listed(who, "or"),
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
                    title=words.language.words(_MAP_TITLES[view]),
                    terms=terms,
                    views=(view,),
                    language=words.language,
                    styled=False,
                )
            )
            for view in bodymap.VIEWS
        ],
        "body_rows": bodymap.body_table(ceilings=ceilings, terms=terms, language=words.language),
    }


_MAP_TITLES = {
    "back": sentence("Highest pressure, back of the body"),
    "front": sentence("Highest pressure, front of the body"),
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
            spoken = [words.language.say("everywhere")] if names == open_names else regions_in_words(names, words)
            where.setdefault(tuple(spoken), []).append(technique.term)
    return {
        "forbidden": [{"technique": "; ".join(terms), "where": ", ".join(spoken)} for spoken, terms in where.items()],
        "closed_positions": [term.term for term in words.positions if term.name in limits.positions],
        "needs": [row for row in _needs(limits, words) if row["items"]],
    }


def _needs(limits: Limits, words: Vocabulary) -> Iterable[Page]:
    titles = {
        "props": sentence("Props"),
        "windows": sentence("Times after medicine"),
        "competences": sentence("Who may do it"),
        "consents": sentence("Consents and letters"),
    }
    for name, title in titles.items():
        wanted = getattr(limits, name)
        items = [_term(term) for term in getattr(words, name) if term.name in wanted]
        yield {"title": words.language.words(title), "items": items}


def _term(term: Term) -> Page:
    return {"term": term.term, "means": term.means}


def _checks(limits: Limits, words: Vocabulary) -> list[Page]:
    groups = {
        moment: [term for term in words.checks if term.name in limits.checks and term.get("moment") == moment]
        for moment in say.MOMENTS
    }
    return [
        {"moment": words.language.words(say.MOMENTS[moment]), "items": [*map(_term, terms)]}
        for moment, terms in groups.items()
        if terms
    ]


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
    table, speak = decision.facts.table, library.protocols.language
    asks = [table[name].ask for name in facts_in(rule.when) if decision.facts[name] is None and table[name].ask]
    return {
        "id": rule.id,
        "because": rule.because,
        "tell": rule.tell,
        "undecided": undecided,
        "asks": " / ".join(asks) if undecided else "",
        "sources": sources(rule.sources, library),
        "date": rule.date,
        "reviewed": speak.say("not reviewed by a clinician")
        if rule.reviewer == "none"
        else speak.say("reviewed by {name}", name=rule.reviewer),
    }


def sources(sources: Iterable[Source], library: Library) -> list[Page]:
    rows = []
    for source in sources:
        title, urls = library.protocols.sources[source.key]
        url = urls[0] if urls else ""
        note = f" ({source.note})" if source.note else ""
        rows.append(
            {
                "title": f"{title}{note}",
                "url": url,
                "status": source.status,
                "status_words": library.protocols.language.words(say.STATUS[source.status]),
            }
        )
    return rows


def statuses(speak: Language) -> list[Page]:
    return [{"letter": letter, "words": speak.words(words)} for letter, words in say.STATUS.items()]


def _regimen(planned: PlannedRegimen, plan: Plan, chosen: PlannedRegimen | None) -> Page:
    course = planned.course
    speak = plan.decision.protocols.language
    available = planned in plan.available
    why = speak.say(
        "too little is known, or a limit stands in the way" if planned.remains else "the limits leave nothing of it"
    )
    return {
        "title": planned.regimen.title,
        "about": planned.regimen.about,
        "available": available,
        "chosen": planned is chosen and available,
        "minutes": say.runs(planned.minutes),
        "course": speak.say(
            "{sessions}, {days} apart at least; then a pause of {pause}; {courses} a year",
            sessions=speak.counted(course.sessions, "session"),
            days=speak.counted(course.spacing_days, "day"),
            pause=speak.counted(course.pause_days, "day"),
            courses=speak.counted(course.courses_per_year, "course"),
        ),
        "steps": [step.title for step in planned.steps],
        "cuts": [
            {"where": where, "what": what, "rules": rules}
            for where, what, rules in say.merged_cuts([planned], language=speak)
        ],
        "nothing_left": "" if available else why,
    }


def _session(script: SessionScript, chosen: PlannedRegimen, words: Vocabulary) -> Page:
    speak = words.language
    return {
        "title": speak.say(
            "Session {number} of {sessions}: {regimen}",
            number=script.session,
            sessions=chosen.course.sessions,
            regimen=chosen.regimen.title,
        ),
        "minutes": speak.say("{minutes} minutes", minutes=script.minutes),
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
    speak = words.language
    return speak.listed(
        speak.say("See: {target}, {urgency}.", target=words.term("referrals", target), urgency=urgencies[urgency])
        for target, _, urgency in pairs
    )


def _row(moment: Moment, words: Vocabulary) -> Page:
    names = [touch.region for touch, _ in moment.touches]
    sides = {words.region(name).side for name in names} - {"midline"}
    levels = sorted({level for _, level in moment.touches})
    speak = words.language
    return {
        "clock": say.spoken_time(moment.start),
        "turn": moment.kind == "turn",
        "title": moment.title,
        "region": speak.listed(dict.fromkeys(words.region(name).term for name in names)),
        "side": speak.say("both") if len(sides) == 2 else bodymap.side_words(sides.pop(), speak) if sides else "",
        "technique": technique_words(moment, words),
        "pressure": speak.say("{low} to {high}", low=levels[0], high=levels[-1])
        if len(levels) > 1
        else "".join(map(str, levels)),
        "position": position_words(moment, words),
        "rhythm": moment.rhythm if moment.kind == "step" else words.turn.means,
        "checks": [words.term("checks", name) for name in moment.checks],
    }


def _evidence(plan: Plan, library: Library) -> list[Page]:
    """The claims of the conditions that offer something here."""
    folders = {planned.regimen.folder for planned in plan.regimens}
    instruments = {instrument.name: instrument.title for instrument in library.instruments}
    speak = library.protocols.language
    return [
        {
            "claim": f"{claim.claim} ({speak.words(claim.folder)})",
            "grade": claim.grade,
            "grade_words": speak.words(say.GRADES[claim.grade]),
            "say": claim.say,
            "measured_by": [instruments[name] for name in claim.measured_by if name in instruments],
            "sources": sources(claim.sources, library),
        }
        for claim in library.claims
        if claim.folder in folders
    ]


def _notices(plan: Plan) -> list[str]:
    facts, speak = plan.decision.facts, plan.decision.protocols.language
    stale = speak.listed(facts.table[name].label for name in facts.stale)
    notices = [speak.say("Too old to count, ask again: {facts}.", facts=stale)] if stale else []
    waiting = say.unreviewed(plan)
    if waiting:
        told = speak.say("Rules behind this plan that no clinician has reviewed yet: {number}.", number=waiting)
        notices.append(told)
    return notices
