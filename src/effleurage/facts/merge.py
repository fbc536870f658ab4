"""Two sets of answers about one patient become one, so that no plan is looser than either of the two would allow.

Where both know, the worse news counts. Where neither is worse, nothing counts: the answer is left out, since what is
not known applies every rule that it could, and is told as a contradiction to be asked again. Which of the two comes
first makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from effleurage.facts.answers import NEVER, Answer, Intake, Items
from effleurage.facts.derive import is_stale
from effleurage.facts.kinds import Bad, Fact, FactTable


def merged(one: Intake, other: Intake, *, facts: FactTable) -> Intake:
    """The answers of both. One that is too old to count beside a younger one of the other gives way to it."""
    on = max(one.on, other.on)
    open_ = dict(_contradicted(one, other, facts, on)) | dict(_torn(one, other, facts))
    open_ |= {**one.contradictions, **other.contradictions}
    answers = {
        fact.name: found
        for fact in facts.facts
        if fact.name not in open_ and (found := counting(_given(fact, one, other, on), fact)) is not None
    }
    return Intake(label=one.label, on=on, answers=answers, contradictions=dict(sorted(open_.items())))


def counting(answers: list[Answer], fact: Fact) -> Answer | None:
    """The answer that counts of several; None where there is none, or where two contradict each other."""

    found = answers[0] if answers else None
    for answer in answers[1:]:
        found = found and worse(found, answer, fact)
    return found


def worse(one: Answer, other: Answer, fact: Fact) -> Answer | None:
    """The answer that is worse news; the younger of two equal ones; None where neither is worse.

    "Never measured" is neither better nor worse than a measurement: either may lift what the other one calls for.
    """
    if isinstance(one.value, Items) and isinstance(other.value, Items):
        return _united(one, other, fact)
    if one.value == other.value:
        return _younger(one, other)
    if NEVER in (one.value, other.value):
        return None
    if isinstance(one.value, datetime):
        pick = {"latest": max, "earliest": min}.get(fact.careful)
        return pick(one, other, key=_value) if pick else None
    if fact.bad is Bad.NONE:
        return None
    return one if fact.worse(one.value, other.value) == one.value else other  # type: ignore[arg-type]


def told(answers: list[Answer], fact: Fact) -> str:
    """A contradiction as a sentence: what was said, by whom and when."""
    speak = fact.language
    origins = {answer.origin: speak.words(answer.origin) for answer in answers}
    said = sorted({f"{_shown(answer, fact)} ({answer.on:%Y-%m-%d}, {origins[answer.origin]})" for answer in answers})
    return speak.say(
        "{fact} is given as {said}. Neither counts until it is asked again.",
        fact=fact.label,
        said=speak.listed(said),
    )


def _value(answer: Answer) -> str:
    return f"{answer.value}"


def _shown(answer: Answer, fact: Fact) -> str:
    if answer.value is NEVER:
        return fact.language.say("never measured")
    return f"{answer.value:%Y-%m-%d}" if isinstance(answer.value, datetime) else fact.shown(answer.value)  # type: ignore[arg-type]


def _younger(*answers: Answer) -> Answer:
    """The younger one; of one age always the same one, whichever came first."""
    return max(answers, key=lambda answer: (answer.on, answer.origin, answer.place))


def _united(one: Answer, other: Answer, fact: Fact) -> Answer:
    """All items of both; complete only if each that speaks of the whole says so, and lacks nothing of the other."""
    held = {name for each in (one, other) for name in each.value.names}  # type: ignore[union-attr]
    names = tuple(sorted(held, key=lambda name: ((*fact.option_names, name).index(name), name)))
    claims = [each for each in (one, other) if not each.value.excerpt]  # type: ignore[union-attr]
    complete = bool(claims) and all(
        each.value.complete and set(each.value.names) == held  # type: ignore[union-attr]
        for each in claims
    )
    base = _younger(*(claims or (one, other)))
    on = base.on if complete else max(one.on, other.on)
    return replace(base, value=Items(names, complete=complete, excerpt=not claims), on=on)


def _given(fact: Fact, one: Intake, other: Intake, on: datetime) -> list[Answer]:
    """What both say to one question, without what is too old to count beside the other."""
    given = [side.answers[fact.name] for side in (one, other) if fact.name in side.answers]
    return [answer for answer in given if not is_stale(answer, fact, on)] or given


def _contradicted(one: Intake, other: Intake, facts: FactTable, on: datetime) -> Iterator[tuple[str, str]]:
    for fact in facts.facts:
        given = _given(fact, one, other, on)
        if given and counting(given, fact) is None:
            yield fact.name, told(given, fact)


def _torn(one: Intake, other: Intake, facts: FactTable) -> Iterator[tuple[str, str]]:
    """Parts of one calculation that would come from two sources, such as one X-ray's angle with the other's date.

    Parts that have a direction of their own, the same as the result's, may mix: the worse of each is worse in all.
    """
    for fact in facts.facts:
        if fact.derive and fact.derive.how in ("each_month", "difference"):
            parts = fact.derive.of
            own, new = (
                {name: side.answers[name].value for name in parts if name in side.answers} for side in (one, other)
            )
            loose = [name for name in _loose(fact, facts) if name in own or name in new]
            if loose and not (own.items() <= new.items() or new.items() <= own.items()):
                words = fact.language.say(
                    "{facts}: two sources measured differently. None counts until they are asked again.",
                    facts=fact.language.listed(facts[name].label for name in loose),
                )
                yield from ((name, words) for name in loose)


def _loose(fact: Fact, facts: FactTable) -> list[str]:
    """The parts of a calculation that have no direction, or not the one that makes the result worse."""
    against = {Bad.HIGHER: Bad.LOWER, Bad.LOWER: Bad.HIGHER}
    wanted = (fact.bad, against.get(fact.bad))
    parts = fact.derive.of if fact.derive else ()
    return [
        name
        for number, name in enumerate(parts)
        if number > 1 or facts[name].bad is Bad.NONE or facts[name].bad is not wanted[number]
    ]
