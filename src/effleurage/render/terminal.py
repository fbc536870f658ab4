"""The plan on a terminal, for a therapist: first what may be done, then why, then what is still open.

Nothing depends on colour: verdicts have a word and a shape, ceilings a number and a word. Rich breaks the lines; no
text of the content is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from effleurage.decision.ask import Question
from effleurage.facts.answers import Intake
from effleurage.lib.text import counted, listed
from effleurage.library import Library
from effleurage.plan.plan import Plan, PlannedRegimen, Referral, Touch
from effleurage.plan.script import Moment, SessionScript, position_words
from effleurage.protocol.lattice import Limits, Verdict
from effleurage.protocol.nodes import Rule
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.render import words as say

COLOURS = {
    Verdict.GO: "bold green",
    Verdict.MODIFIED: "bold green",
    Verdict.ASK: "bold yellow",
    Verdict.WITHHOLD: "bold red",
    Verdict.EMERGENCY: "bold white on red",
}
QUESTIONS_SHOWN = 8


def console(*, width: int | None = None, stderr: bool = False) -> Console:
    """A console that treats text as text; NO_COLOR and pipes are honoured by rich itself."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False, width=width, stderr=stderr)


def show_plan(
    out: Console,
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    chosen: PlannedRegimen | None = None,
    script: SessionScript | None = None,
    unplaced: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> None:
    """The whole plan, in the order in which it is needed."""
    decision = plan.decision
    _title(out, plan, intake)
    _questions(out, plan)
    _referrals(out, plan)
    _to_the_patient(out, plan)
    _why(out, plan)
    if plan.may_treat:
        _limits(out, "Limits", decision.limits)
        _regimens(out, plan, chosen)
    elif not decision.settled and decision.certain.verdict <= Verdict.MODIFIED:
        _limits(out, "At best, if every open answer turns out well", decision.certain)
        _offered_later(out, plan)
    if script and chosen:
        show_script(out, script=script, chosen=chosen, plan=plan)
    _imported(out, unplaced, warnings)
    _stale(out, plan)
    _evidence(out, plan, library)
    _footer(out, plan, library)


def heading(out: Console, text: str) -> None:
    out.print()
    out.print(Text(text, style="bold underline"))


def paragraph(out: Console, text: str | Text, indent: int = 0) -> None:
    words = text if isinstance(text, Text) else Text(text)
    out.print(Padding(words, (0, 0, 0, indent), expand=False) if indent else words)


def bullets(out: Console, lines: Iterable[str | Text], mark: str = "-") -> None:
    """Lines with a hanging indent."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        table.add_row(Text(mark), line if isinstance(line, Text) else Text(line))
    out.print(table)


def rows(out: Console, headings: Sequence[str], lines: Iterable[Sequence[str]], *, narrow: int = 1) -> None:
    """A light table; the first `narrow` columns keep their words together, all others wrap."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1))
    for number, title in enumerate(headings):
        table.add_column(Text(title), no_wrap=number < narrow, overflow="fold", header_style="dim")
    for line in lines:
        table.add_row(*map(Text, line))
    out.print(table)


def _title(out: Console, plan: Plan, intake: Intake) -> None:
    decision = plan.decision
    paragraph(out, Text(intake.label, style="bold"))
    line = Text()
    line.append(f" {say.SHAPES[plan.verdict]} {plan.verdict.words.upper()} ", style=COLOURS[plan.verdict])
    line.append(f" on {decision.facts.on:%d %B %Y, %H:%M}")
    out.print(line)
    paragraph(out, say.headline(plan))


def _questions(out: Console, plan: Plan) -> None:
    left = plan.questions
    if not left:
        return
    heading(out, "Ask these first" if not plan.may_treat else "Still open")
    paragraph(
        out,
        f"{counted(len(left), 'question')} could still change the plan; the one that can change most stands first.",
    )
    for number, question in enumerate(left[:QUESTIONS_SHOWN], start=1):
        show_question(out, question, plan, f"{number}.")
    if len(left) > QUESTIONS_SHOWN:
        paragraph(
            out, f"and {len(left) - QUESTIONS_SHOWN} more. 'effleurage ask --from FILE' asks only what still matters."
        )


def show_question(out: Console, question: Question, plan: Plan, mark: str) -> None:
    text = Text(question.text)
    if question.batch:
        text.append(f" {counted(len(question.facts), 'item')}, answered together with 'none of these'.")
    text.append(f"  [{say.consequence(question, plan.decision)}]", style="dim")
    bullets(out, [text], mark)


def _referrals(out: Console, plan: Plan) -> None:
    words = plan.decision.protocols.vocabulary
    certain = [each for each in plan.referrals if each.certain]
    if certain:
        heading(out, "Whom to see")
        bullets(out, [_referral(each, words) for each in certain])
    possible = [each for each in plan.referrals if not each.certain]
    if possible:
        worst = possible[0]
        paragraph(
            out,
            f"Open answers could add {counted(len(possible), 'referral')}, at worst: "
            f"{words.term('referrals', worst.target)}, {worst.urgency}.",
        )


def _referral(referral: Referral, words: Vocabulary) -> Text:
    line = Text(words.term("referrals", referral.target), style="bold")
    line.append(f", {referral.urgency}", style="not bold")
    why = referral.happened or ", ".join(rule.id for rule in referral.rules)
    line.append(f"  [{why}]", style="not bold dim")
    return line


def _to_the_patient(out: Console, plan: Plan) -> None:
    """The words for the patient, where the answer is no."""
    worst = plan.decision.certain.verdict
    told = [rule.tell for rule in plan.decision.holding if rule.limit.verdict == worst]
    if worst >= Verdict.ASK and told:
        heading(out, "To say to the patient")
        bullets(out, list(dict.fromkeys(told)))


def _why(out: Console, plan: Plan) -> None:
    rules = say.behind(plan)
    if rules:
        heading(out, "What determined it")
        bullets(out, [_reason(rule) for rule in rules])
    others = [rule.id for rule in plan.decision.holding if rule not in rules]
    if others:
        paragraph(out, f"Also in force: {', '.join(others)}. 'effleurage explain ID' shows any rule.")


def _reason(rule: Rule) -> Text:
    line = Text(rule.id, style="bold")
    line.append(f"  {rule.because} ", style="not bold")
    line.append(f"[{say.source_words(rule.sources)}]", style="dim")
    return line


def _limits(out: Console, title: str, limits: Limits) -> None:
    words = limits.vocabulary
    heading(out, title)
    rows(
        out,
        ["At most", "Part of the body", "Not there, beside what is closed everywhere"],
        [
            [f"{row.ceiling} {words.levels[row.ceiling].term}", row.parts, ", ".join(row.closed)]
            for row in say.body_rows(limits)
        ],
    )
    used = sorted({limits.ceiling(region.name) for region in words.regions})
    bullets(out, [f"{level} {words.levels[level].term}: {words.levels[level].means}" for level in used])
    out.print()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for label, text in _limit_rows(limits, words):
        grid.add_row(Text(label), Text(text))
    out.print(grid)


def _limit_rows(limits: Limits, words: Vocabulary) -> list[tuple[str, str]]:
    found = [
        ("Nowhere", listed(say.technique_parts(say.closed_everywhere(limits), words))),
        ("Positions closed", listed(_terms(words, "positions", limits.positions)) or "none"),
        ("Minutes", f"{limits.minutes} at most"),
        (
            "Spacing",
            f"{limits.spacing_days} days at least between sessions"
            if limits.spacing_days > 1
            else "a day at least"
            if limits.spacing_days
            else "free",
        ),
        ("Props", "; ".join(_terms(words, "props", limits.props))),
        ("Therapist", "; ".join(_terms(words, "competences", limits.competences))),
        ("Consents", "; ".join(_terms(words, "consents", limits.consents))),
        ("Windows", "; ".join(_terms(words, "windows", limits.windows))),
    ]
    for moment, label in say.MOMENTS.items():
        terms = [term.term for term in words.checks if term.name in limits.checks and term.get("moment") == moment]
        found.append((label, "; ".join(terms)))
    found.append(("Stop at", "; ".join(_terms(words, "stop_rules", limits.stop))))
    return [(label, text) for label, text in found if text]


def _terms(words: Vocabulary, kind: str, names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [term.term for term in getattr(words, kind) if term.name in wanted]


def _regimens(out: Console, plan: Plan, chosen: PlannedRegimen | None) -> None:
    if not plan.regimens:
        return
    heading(out, "Regimens side by side")
    rows(out, ["Regimen", "Minutes", "Sessions", "Steps", "Cut"], [_regimen_row(each) for each in plan.regimens])
    cuts = say.merged_cuts(plan.regimens)
    if cuts:
        heading(out, "What was cut, and by which rule")
        bullets(out, [_cut(*cut) for cut in cuts])
    if chosen and chosen in plan.available:
        _steps(out, chosen, plan)


def _regimen_row(planned: PlannedRegimen) -> list[str]:
    regimen, course = planned.regimen, planned.course
    return [
        regimen.id,
        say.runs(planned.minutes),
        f"{course.sessions}, {course.spacing_days} days apart",
        f"{len(planned.steps)} of {len(regimen.steps)}" if planned.remains else "none",
        counted(len(planned.cuts), "cut") if planned.cuts else "nothing",
    ]


def _cut(where: str, what: str, rules: tuple[str, ...]) -> Text:
    line = Text(f"{where}: {what}" if where else what)
    line.append(f"  [{', '.join(rules) or 'not known yet'}]", style="dim")
    return line


def _steps(out: Console, chosen: PlannedRegimen, plan: Plan) -> None:
    words = plan.decision.protocols.vocabulary
    heading(out, f"{chosen.regimen.title}, step by step")
    lines = []
    for number, step in enumerate(chosen.steps, start=1):
        lines.append(
            [str(number), step.title, words.term("positions", step.position), _touched(step.touches, 0, words)]
        )
    rows(out, ["", "Step", "Position", "Technique, level in sessions 1, 2, 3 ..."], lines)


def _touched(touches: Sequence[Touch], dose: int, words: Vocabulary) -> str:
    """Touches of one step, regions with the same technique and level together. Dose 0 shows all levels."""
    found: dict[tuple[str, str], list[str]] = {}
    for touch in touches:
        levels = [touch.level(dose)] if dose else say.until_it_holds(touch.pressure)
        found.setdefault((touch.technique, ", ".join(map(str, levels))), []).append(touch.region)
    parts = []
    for (technique, level), regions in found.items():
        places = ", ".join(say.merged_sides(regions, words))
        parts.append(f"{say.technique_parts([technique], words)[0]} {level}: {places}")
    return "; ".join(parts)


def _offered_later(out: Console, plan: Plan) -> None:
    if plan.regimens:
        paragraph(out, f"On offer then, within the limits: {listed(each.regimen.title for each in plan.regimens)}.")


def show_script(out: Console, *, script: SessionScript, chosen: PlannedRegimen, plan: Plan) -> None:
    """One session, minute by minute."""
    words = plan.decision.protocols.vocabulary
    heading(out, f"Session {script.session} of {chosen.course.sessions}: {chosen.regimen.title}")
    if script.locked:
        paragraph(out, f"No session: {script.why}.")
        paragraph(
            out, f"Refer: {_refer_words(script.refer, words)}. The course opens again only after a medical check."
        )
        return
    paragraph(out, f"{script.minutes} minutes, dose {script.dose} ({script.why}).")
    for label, terms in (("Before", script.before), ("During", script.during)):
        if terms:
            paragraph(out, f"{label}: {'; '.join(term.term for term in terms)}.")
    rows(
        out,
        ["From", "What", "Where and how, pressure level"],
        [_moment(each, script, words) for each in script.moments],
    )
    for label, terms in (
        ("After", script.after),
        ("Later", script.follow_up),
        ("Stop at", script.stop_rules),
        ("To be expected", script.expected),
    ):
        if terms:
            paragraph(out, f"{label}: {'; '.join(term.term for term in terms)}.")


def _refer_words(refer: str, words: Vocabulary) -> str:
    parts = [part.partition("=") for part in refer.split(",") if part]
    urgency = {term.name: term.term for term in words.urgencies}
    return listed(f"{words.term('referrals', target)}, {urgency[when]}" for target, _, when in parts)


def _moment(moment: Moment, script: SessionScript, words: Vocabulary) -> list[str]:
    position = position_words(moment, words)
    if moment.kind == "turn":
        return [say.spoken_time(moment.start), moment.title, f"to {position}"]
    extra = f" ({moment.rhythm})" if moment.rhythm else ""
    return [
        say.spoken_time(moment.start),
        f"{moment.title}, {position}",
        f"{_touched([touch for touch, _ in moment.touches], script.dose, words)}{extra}",
    ]


def _imported(out: Console, unplaced: Sequence[str], warnings: Sequence[str]) -> None:
    if warnings:
        heading(out, "Of the import")
        bullets(out, warnings)
    if unplaced:
        heading(out, "What the import could not place")
        bullets(out, unplaced)


def _stale(out: Console, plan: Plan) -> None:
    facts = plan.decision.facts
    if facts.stale:
        heading(out, "Answers that are too old to count")
        bullets(out, [facts.table[name].ask or name for name in facts.stale])


def _evidence(out: Console, plan: Plan, library: Library) -> None:
    folders = {planned.regimen.folder for planned in plan.regimens}
    if not folders or plan.verdict > Verdict.ASK:
        return
    heading(out, "What massage can do, honestly")
    for grade, words in say.GRADES.items():
        claims = say.claims_by_words(library, folders, grade)
        if claims:
            line = Text(f"{words}: ", style="bold")
            line.append("; ".join(claims) + ".", style="not bold")
            paragraph(out, line)


def _footer(out: Console, plan: Plan, library: Library) -> None:
    out.print()
    count = say.unreviewed(plan)
    if count:
        paragraph(
            out,
            Text(
                f"Not reviewed by a clinician yet: {counted(count, 'rule')} behind this plan. Source marks: "
                f"C read in a copy, S second-hand, N not confirmed, D our own inference.",
                style="italic",
            ),
        )
    protocols = ", ".join(f"{folder} {version}" for folder, version, _ in say.versions(library))
    paragraph(out, Text(f"Content {plan.hash[:12]} ({protocols}).", style="dim"))
