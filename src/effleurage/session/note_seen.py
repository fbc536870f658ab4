"""Paragraphs about what was seen, measured and delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from effleurage.language import sentence
from effleurage.session.guard import checks_open, said
from effleurage.session.record import Deviation, Differs, Part, State
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
    Differs.REPLACED: sentence("{step}: taken out by the new plan after {delivered}."),
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
    """The checks that were not in order, and those that the script names and nobody made."""
    for each in writer.record.checks:
        if not each.ok:
            said_ = writer.say("{check}: not in order.", check=writer.term("checks", each.check))
            yield writer.with_words(said_, each.note)
    left = [*checks_open(writer.record)]
    left += _due(writer) if writer.record.begun else []
    if left:
        names = writer.speak.listed(writer.term("checks", name) for name in dict.fromkeys(left))
        yield writer.say("Not made: {checks}.", checks=names)


def _due(writer: Writer) -> Iterator[str]:
    """Checks that fell due and were not made: those of the moments that were begun, and those afterwards."""
    record = writer.record
    begun = (part for part in record.parts if part.milliseconds or part.state is State.DONE)
    asked = (name for part in begun for name in part.moment.checks)
    yield from (name for name in asked if name not in record.answered)
    yield from checks_open(record, afterwards=True)


def delivered(writer: Writer) -> Iterator[str]:
    """What was planned beside what was delivered: in all, then moment by moment."""
    record = writer.record
    if not record.begun:
        yield writer.say("Nothing was delivered.")
        return
    asked = sum(part.planned for part in record.parts if part.state is not State.REPLACED)
    yield writer.say(
        "Planned {planned}, delivered {delivered}.", planned=writer.time(asked), delivered=writer.time(record.delivered)
    )
    yield from (_beside(writer, part) for part in record.parts if part.milliseconds or part.state is not State.REPLACED)


def _beside(writer: Writer, part: Part) -> str:
    return writer.say(
        "{step}: {planned} planned, {delivered} delivered.",
        step=part.moment.title,
        planned=writer.time(part.planned),
        delivered=writer.time(part.delivered),
    )


def deviations(writer: Writer) -> Iterator[str]:
    yield from (_deviation(writer, each) for each in writer.record.deviations)


def _deviation(writer: Writer, deviation: Deviation) -> str:
    part = deviation.part
    said_ = writer.say(
        HOW[deviation.how],
        step=part.moment.title,
        planned=writer.time(part.planned),
        delivered=writer.time(part.delivered),
        reason=writer.speak.words(deviation.reason),
    )
    return writer.with_words(said_, part.words)


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
