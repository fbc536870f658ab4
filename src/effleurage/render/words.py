"""Limits, rules and cuts in words, for every rendering that is read line by line. No rendering decides anything."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from effleurage.decision.ask import Question
from effleurage.decision.decide import Decision
from effleurage.facts.kinds import Source
from effleurage.language import ENGLISH, Language, sentence
from effleurage.lib.text import listed
from effleurage.library import Library
from effleurage.plan.plan import Cut, Plan, PlannedRegimen
from effleurage.protocol.lattice import Limits, Verdict
from effleurage.protocol.nodes import Rule
from effleurage.protocol.vocabulary import SIDES, Vocabulary

SHAPES = {Verdict.GO: "○", Verdict.MODIFIED: "◔", Verdict.ASK: "△", Verdict.WITHHOLD: "⬡", Verdict.EMERGENCY: "⬢"}
"""Circle, circle with a notch, triangle, octagon, filled octagon; terminals have six corners at most."""

STATUS = {
    "C": sentence("read in a copy"),
    "S": sentence("second-hand"),
    "N": sentence("not confirmed"),
    "D": sentence("our own inference"),
}
GRADES = {
    "supports": sentence("Studies support it"),
    "weak": sentence("The evidence is weak"),
    "none": sentence("No evidence was found"),
    "contradicts": sentence("Studies speak against it"),
}
MOMENTS = {
    "before": sentence("Before"),
    "during": sentence("During"),
    "each_region": sentence("At each region"),
    "each_rise": sentence("At each rise"),
    "after": sentence("Afterwards"),
    "follow_up": sentence("Later"),
}


FIELDS = {
    "verdict": sentence("verdict"),
    "pressure": sentence("pressure"),
    "forbidden": sentence("techniques"),
    "positions": sentence("positions"),
    "minutes": sentence("minutes"),
    "spacing_days": sentence("spacing"),
    "props": sentence("props"),
    "checks": sentence("checks"),
    "stop": sentence("stop rules"),
    "competences": sentence("competences"),
    "consents": sentence("consents"),
    "windows": sentence("times after medicine"),
    "refer": sentence("referral"),
}
"""The fields of the limits as a person says them."""

PHONE = "112"
"""The emergency number: works across Europe and on any mobile phone. A clinic elsewhere says its own."""


def headline(plan: Plan) -> str:
    """The verdict as a sentence."""
    speak = plan.decision.protocols.language
    if plan.lock:
        return speak.say(
            "The course is locked, after: {reaction}. Whom to see stands below.", reaction=plan.lock.term.lower()
        )
    if plan.verdict is Verdict.EMERGENCY:
        return speak.say(
            "No massage. Get help now, as written under 'Whom to see'. The emergency number is {phone}.", phone=PHONE
        )
    if plan.verdict is Verdict.WITHHOLD:
        return speak.say("No massage now. What stands in the way must be looked at first; whom to see stands below.")
    if plan.verdict is Verdict.ASK:
        return _ask_headline(plan.decision)
    opened = speak.counted(len(plan.available), "regimen")
    offer = (
        speak.say("{regimens} can be chosen.", regimens=opened)
        if plan.available
        else speak.say("No regimen of ours is made for this patient.")
    )
    possible = speak.say("Massage is possible within the limits below." if plan.verdict else "Massage is possible.")
    return f"{possible} {offer}"


def _ask_headline(decision: Decision) -> str:
    speak = decision.protocols.language
    if decision.certain.verdict is Verdict.ASK:
        return speak.say("Not yet: a clinician must be asked first. The rules below say what about.")
    return speak.say(
        "Not yet: too little is known. What is not known counts as the worst that it could be, until it is answered."
    )


def merged_sides(names: Iterable[str], words: Vocabulary) -> list[str]:
    """Each region once, in the order of the body: 'calf' for both sides, 'calf, left' for one."""
    wanted = set(names)
    found: list[str] = []
    for region in words.regions:
        if region.name in wanted:
            both = wanted.issuperset(words.regions_of(region.base))
            text = _lower(region.term if both else region.words)
            if text not in found:
                found.append(text)
    return found


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


@dataclass(frozen=True, slots=True)
class BodyRow:
    """Parts of the body that share their limits: the ceiling, and what is closed there and not everywhere."""

    parts: str
    ceiling: int
    closed: tuple[str, ...]


def body_rows(limits: Limits) -> list[BodyRow]:
    """The body from head to foot, parts with the same limits together, left and right as one where they agree."""
    words = limits.vocabulary
    everywhere = set(closed_everywhere(limits))
    rows: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for region in words.regions:
        level = limits.ceiling(region.name)
        shut = [
            term.name
            for term in words.techniques
            if level and term.name not in everywhere and not limits.allows(term.name, region.name)
        ]
        rows.setdefault((level, technique_parts(shut, words)), []).append(region.name)
    return [
        BodyRow(", ".join(merged_sides(names, words)), level, shut)
        for (level, shut), names in sorted(rows.items(), key=lambda row: row[0][0])
    ]


def closed_everywhere(limits: Limits) -> list[str]:
    """Techniques that are closed in every region that may be touched at all."""
    words = limits.vocabulary
    open_regions = [region.name for region in words.regions if limits.ceiling(region.name)] or [
        region.name for region in words.regions
    ]
    return [
        term.name for term in words.techniques if not any(limits.allows(term.name, region) for region in open_regions)
    ]


def technique_parts(names: Iterable[str], words: Vocabulary) -> tuple[str, ...]:
    """Techniques in words, whole groups by the group's name."""
    left, parts = set(names), []
    if left == {term.name for term in words.techniques}:
        return (words.language.say("every technique"),)
    groups = [(name, set(words.techniques_of(name))) for name, _ in words.technique_groups]
    for name, members in sorted(groups, key=lambda group: -len(group[1])):
        if members <= left:
            singles = [term.term for term in words.techniques if term.name in members]
            several = words.language.listed(map(_short, singles))
            kind = words.language.words(name.replace("_", " "))
            group = words.language.say("anything {kind} ({several})", kind=kind, several=several)
            parts.append(group if len(singles) > 3 else several)
            left -= members
    return (*parts, *(_short(term.term) for term in words.techniques if term.name in left))


def _short(term: str) -> str:
    """'Percussion (tapotement)' -> 'percussion'."""
    return _lower(term.partition(" (")[0])


def source_words(sources: Iterable[Source]) -> str:
    """'WHO-TBL C, project D': keys with the status of what was read."""
    return ", ".join(f"{source.key} {source.status}" for source in sources)


def consequence(question: Question, decision: Decision) -> str:
    """What bad news would bring: the worst verdict of the rules behind a question, or the fields they would limit."""
    speak = decision.protocols.language
    rules = [decision.protocols.by_id[name] for name in dict.fromkeys(question.rules)]
    worst = max((rule.limit.verdict for rule in rules), default=Verdict.GO)
    if worst >= Verdict.ASK:
        return speak.say("could mean: {verdict}", verdict=speak.words(worst.words))
    open_bits = decision.possible_word & ~decision.certain_word
    word = 0
    for rule in rules:
        word |= decision.protocols.words[decision.protocols.rules.index(rule)] & open_bits
    if not word:
        return speak.say("decides what can be offered")
    kinds = dict.fromkeys(speak.words(FIELDS[bit[0]]) for bit in decision.protocols.layout.meanings(word))
    return speak.say("could change: {fields}", fields=speak.listed(kinds))


def merged_cuts(
    planned: Iterable[PlannedRegimen], *, language: Language = ENGLISH
) -> list[tuple[str, str, tuple[str, ...]]]:
    """The cuts of several regimens, each once: (where, what, rules); places with the same cut stand together."""
    rows: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    for each in planned:
        for cut in each.cuts:
            where, what = _split(cut)
            rows.setdefault((what, cut.rules), {})[where] = None
    return [(", ".join(_both(list(places), language)), what, rules) for (what, rules), places in rows.items()]


def _split(cut: Cut) -> tuple[str, str]:
    where, _, what = cut.words.partition(": ")
    return (where, what) if what else ("", where)


def _both(places: list[str], language: Language) -> list[str]:
    """'Calf, left' and 'Calf, right' as 'Calf'."""
    found: dict[str, None] = {}
    left, right = (language.words(side) for side in SIDES)
    for place in places:
        base, _, side = place.rpartition(", ")
        other = {left: right, right: left}.get(side)
        found[base if other and f"{base}, {other}" in places else place] = None
    return list(found)


def behind(plan: Plan) -> tuple[Rule, ...]:
    """The rules to show: those behind the verdict where it is no, else all that shape the limits; strictest first."""
    decision = plan.decision
    rules = sorted(decision.determining, key=lambda rule: -rule.limit.verdict)
    worst = decision.certain.verdict
    return tuple(rule for rule in rules if worst < Verdict.WITHHOLD or rule.limit.verdict == worst)


def claims_by_words(library: Library, folders: Container[str], grade: str) -> list[str]:
    """What is hoped for at one grade of evidence, with the condition that it is hoped for in; each once."""
    found: dict[str, list[str]] = {}
    for claim in library.claims:
        if claim.folder in folders and claim.grade == grade:
            found.setdefault(_lower(claim.claim), []).append(claim.folder)
    return [f"{claim} ({listed(where)})" for claim, where in found.items()]


def unreviewed(plan: Plan) -> int:
    """How many of the rules behind this plan no clinician has reviewed."""
    return sum(1 for rule in applying(plan) if rule.reviewer == "none")


def applying(plan: Plan) -> tuple[Rule, ...]:
    return (*plan.decision.holding, *plan.decision.undecided)


def versions(library: Library) -> list[tuple[str, str, str]]:
    """Each protocol with version and date, in the order of the content."""
    rows = []
    for folder, tree in library.documents.named("protocol.yaml"):
        row = tree.entries()
        rows.append((folder, row["version"].words(), row["date"].words()))
    return rows


def spoken_time(seconds: int) -> str:
    """
    >>> spoken_time(90), spoken_time(1200)
    ('1:30', '20:00')
    """
    return f"{seconds // 60}:{seconds % 60:02d}"


def runs(numbers: Sequence[int]) -> str:
    """
    >>> runs((15, 15, 15, 20, 25, 30, 30))
    '15 x 3, 20, 25, 30'
    """
    found: list[list[int]] = []
    for number in until_it_holds(numbers):
        if found and found[-1][0] == number:
            found[-1][1] += 1
        else:
            found.append([number, 1])
    return ", ".join(f"{number} x {times}" if times > 1 else str(number) for number, times in found)


def until_it_holds(numbers: Sequence[int]) -> list[int]:
    """The numbers up to the one that holds from then on.

    >>> until_it_holds((1, 2, 2, 2))
    [1, 2]
    """
    kept = list(numbers)
    while len(kept) > 1 and kept[-1] == kept[-2]:
        kept.pop()
    return kept
