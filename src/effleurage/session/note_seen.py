"""Paragraphs about what was seen, measured and delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from effleurage.language import sentence
from effleurage.plan.script import position_words
from effleurage.session.balance import Balance, Deviation, Differs, balances, changed_to, planned_seconds
from effleurage.session.guard import checks_open, said
from effleurage.session.record import SessionRecord, State
from effleurage.session.writer import Writer

COMPARED: Final = {
    "name": sentence("name"),
    "birth_date": sentence("birth date"),
    "phone": sentence("telephone number"),
    "number": sentence("patient number"),
}
HOW: Final = {
    Differs.SKIPPED: sentence("{step}: left out, as {reason}."),
    Differs.CUT_SHORT: sentence("{step}: broken off after {delivered}."),
    Differs.SHORTER: sentence("{step}: shorter than planned, {delivered} instead of {planned}."),
    Differs.LONGER: sentence("{step}: longer than planned, {delivered} instead of {planned}."),
    Differs.NOT_BEGUN: sentence("{step}: not begun."),
    Differs.TAKEN_OUT: sentence("{step}: taken out by the new plan."),
    Differs.BROKEN_BY_PLAN: sentence("{step}: taken out by the new plan after {delivered}."),
    Differs.CHANGED: sentence("{step}: changed by the new plan."),
    Differs.NOT_HELPED: sentence("{step}: without help."),
}


def identity(writer: Writer) -> Iterator[str]:
    found = writer.record.identified
    if found is None:
        yield writer.say("Nobody recorded that identifiers were compared with the plan.")
        return
    compared = writer.speak.listed(writer.speak.words(COMPARED[name]) for name in found.compared)
    yield writer.say("Compared with the plan: {identifiers}.", identifiers=compared)
    if found.photo:
        yield writer.say("The photo was seen.")


def measures(writer: Writer) -> Iterator[str]:
    for english, found in (
        (sentence("Before: {measures}."), writer.record.before),
        (sentence("Afterwards: {measures}."), writer.record.after),
    ):
        if found:
            yield writer.say(english, measures="; ".join(writer.measured(each) for each in found))


def checks(writer: Writer) -> Iterator[str]:
    """The checks that were in order, those that were not, and those that the script names and nobody made, or not in
    every step that names them.
    """
    last = {each.check: each.ok for each in writer.record.checks}
    fine = [writer.term("checks", name) for name, ok in last.items() if ok]
    if fine:
        yield writer.say("In order: {checks}.", checks="; ".join(fine))
    for each in writer.record.checks:
        if not each.ok:
            said_ = writer.say("{check}: not in order.", check=writer.term("checks", each.check))
            yield writer.with_words(said_, each.note)
    left = [*checks_open(writer.record)]
    left += _due(writer) if writer.record.begun else []
    if left:
        names = writer.speak.listed(writer.term("checks", name) for name in dict.fromkeys(left))
        yield writer.say("Not made: {checks}.", checks=names)
    for name, (missing, due) in _partly(writer).items():
        check = writer.term("checks", name)
        yield writer.say("{check}: not asked in {missing} of {due} steps.", check=check, missing=missing, due=due)


def _due(writer: Writer) -> Iterator[str]:
    """Checks that fell due and were not made: those of the moments that were begun, and those afterwards."""
    record = writer.record
    yield from (name for name in _moments_of(record) if name not in record.answered)
    yield from checks_open(record, afterwards=True)


def _partly(writer: Writer) -> dict[str, tuple[int, int]]:
    """Of checks that were made, but not in every moment that names them: in how many not, and of how many."""
    record = writer.record
    made = {(each.check, at) for each, at in zip(record.comfort, record.comfort_at, strict=True)}
    missing = {
        name: (sum((name, at) not in made for at in places), len(places))
        for name, places in _moments_of(record).items()
        if name in record.answered
    }
    return {name: found for name, found in missing.items() if found[0]}


def _moments_of(record: SessionRecord) -> dict[str, list[int]]:
    """The checks of the moments that were begun, each with the places of those moments."""
    found: dict[str, list[int]] = {}
    for place, part in enumerate(record.parts):
        if part.milliseconds or part.state is State.DONE:
            for name in part.moment.checks:
                found.setdefault(name, []).append(place)
    return found


def delivered(writer: Writer) -> Iterator[str]:
    """What was planned beside what was delivered: in all, then step by step."""
    if not writer.record.begun:
        yield writer.say("Nothing was delivered.")
        return
    yield in_all(writer)
    yield from (_beside(writer, row) for row in balances(writer.record) if row.planned or row.delivered)


def in_all(writer: Writer) -> str:
    """The seconds in all: as planned, as changed by a new plan where there was one, as delivered."""
    record = writer.record
    now = changed_to(record)
    times = {"planned": writer.time(planned_seconds(record)), "delivered": writer.time(record.delivered)}
    if now is None:
        return writer.say("Planned {planned}, delivered {delivered}.", **times)
    return writer.say("Planned {planned}, by the new plan {now}, delivered {delivered}.", now=writer.time(now), **times)


def _beside(writer: Writer, row: Balance) -> str:
    return writer.say(
        "{step}: {planned} planned, {delivered} delivered.",
        step=row.title,
        planned=writer.time(row.planned),
        delivered=writer.time(row.delivered),
    )


def deviations(writer: Writer) -> Iterator[str]:
    yield from (deviation(writer, each) for row in balances(writer.record) for each in row.deviations)


def deviation(writer: Writer, found: Deviation) -> str:
    part = found.part
    said_ = writer.say(
        HOW[found.how],
        step=step_named(writer, found),
        planned=writer.time(part.planned),
        delivered=writer.time(part.delivered),
        reason=writer.speak.words(found.reason),
    )
    return writer.with_words(said_, part.words)


def step_named(writer: Writer, found: Deviation) -> str:
    """The step of a deviation: one that is done side by side with the side on which the patient lies, but for what a
    new plan did, which is told of both sides together.
    """
    moment = found.part.moment
    if not moment.lying or found.how in (Differs.TAKEN_OUT, Differs.BROKEN_BY_PLAN, Differs.CHANGED):
        return moment.title
    return f"{moment.title} ({position_words(moment, writer.words)})"


def irregular(writer: Writer) -> Iterator[str]:
    """What was written out of its place, and what has not arrived."""
    record = writer.record
    for each in record.irregular:
        for fault in said(each.reasons, writer.speak):
            yield writer.say("Entry {number} was out of place. {fault}", number=each.seq, fault=fault)
    if record.missing:
        numbers = writer.speak.listed(record.missing)
        yield writer.say("Entries that have not arrived from the device: {numbers}.", numbers=numbers)
    if record.clashing:
        numbers = writer.speak.listed(record.clashing)
        yield writer.say("Entries of which there are two: {numbers}.", numbers=numbers)
    if record.unknown:
        yield writer.say("A script that was followed is not known here, so its steps are not counted.")
