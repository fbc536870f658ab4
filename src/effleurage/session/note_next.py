"""Paragraphs about what comes next: the dose by the content's rule, whom to see, what to ask afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from effleurage.plan.script import Last, next_dose
from effleurage.protocol.vocabulary import Term
from effleurage.session.balance import planned_seconds
from effleurage.session.kinds import COMFORT, WELL, Opened
from effleurage.session.record import OVER, TOLERANCE, SessionRecord
from effleurage.session.writer import Writer


def next_session(writer: Writer, sessions: int | None = None) -> Iterator[str]:
    """The next dose with its reason, or why there is no next session for now. `sessions` is how many the course has,
    None where nobody knows: then no session is taken for the last.
    """
    record = writer.record
    locking = locks(record)
    if locking:
        yield from _locked(writer, locking)
    elif record.barred or _unknown_reaction(record):
        yield writer.say("Somebody competent has to say whether the course may go on.")
    elif record.opened is not None and not record.begun:
        yield writer.say("This session was not given; its dose, {dose}, is that of the next.", dose=record.opened.dose)
    elif record.opened is not None:
        yield from _given(writer, record.opened, sessions)


def locks(record: SessionRecord) -> tuple[Term, ...]:
    """The stop rules and reactions of this record that lock the course, by the content."""
    rules = (record.ground.stop_rule(stop.rule) for stop in record.stops if stop.alarming)
    alarming = (each for each in record.reactions if record.ground.alarming_reaction(each.name))
    reactions = (record.ground.reaction(each.name) for each in alarming)
    return tuple(dict.fromkeys(term for term in (*rules, *reactions) if term is not None))


def _unknown_reaction(record: SessionRecord) -> bool:
    return any(record.ground.reaction(each.name) is None for each in record.reactions)


def _locked(writer: Writer, terms: tuple[Term, ...]) -> Iterator[str]:
    for term in terms:
        yield writer.say("The course is locked until somebody competent has cleared it: {why}.", why=term.term)
        yield from _refer(writer, term)


def _refer(writer: Writer, term: Term) -> Iterator[str]:
    """Whom to see and how soon, as the content has it: 'gp=same_day,...'."""
    for pair in (pair for pair in term.get("refer").split(",") if pair):
        target, _, urgency = pair.partition("=")
        who, when = writer.term("referrals", target), writer.term("urgencies", urgency)
        yield writer.say("To see: {who}, {when}.", who=who, when=when)


def _given(writer: Writer, opened: Opened, sessions: int | None) -> Iterator[str]:
    """After a session that was given. Whom to see and what to think about is said after the last of a course too."""
    record = writer.record
    last = Last(opened.dose, record.reaction.name) if record.reaction else None
    dose, why, reaction = next_dose(session=opened.number + 1, last=last, vocabulary=writer.words)
    complete = sessions is not None and opened.number >= sessions
    if complete:
        number = opened.number
        yield writer.say(
            "The course is complete: this was session {number} of {sessions}.", number=number, sessions=sessions
        )
    else:
        yield writer.say("Next session: dose {dose}, {why}.", dose=dose, why=why)
    yield from _refer(writer, reaction) if reaction else ()
    for thought in _thoughts(writer):
        yield writer.say(
            "To think about before another course: {rule}."
            if complete
            else "To think about before the next session: {rule}.",
            rule=thought,
        )


def _thoughts(writer: Writer) -> Iterator[str]:
    """What the content's rule for the dose does not look at, and somebody should: stops without alarm, what was asked
    for about comfort, and a session of which a part was not given.
    """
    record = writer.record
    yield from (writer.term("stop_rules", stop.rule) for stop in record.stops if stop.alarming is False)
    for answer, times in Counter(each.answer for each in record.comfort if each.answer != WELL).items():
        told = writer.speak.words(COMFORT[answer])
        yield f"{told} ({writer.speak.counted(times, 'time')})"
    planned, given = planned_seconds(record), record.delivered
    if planned - given >= TOLERANCE:
        yield writer.say("{given} of {planned} were given", given=writer.time(given), planned=writer.time(planned))


def afterwards(writer: Writer) -> Iterator[str]:
    """What is asked or measured later, as the script has it."""
    script = writer.record.planned
    if script and writer.record.begun and writer.record.status in OVER:
        yield from (
            writer.say("Later: {check}. {how}", check=term.term, how=term.get("how")).strip()
            for term in script.follow_up
        )
