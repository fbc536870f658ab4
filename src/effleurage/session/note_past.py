"""Paragraphs about what was said, decided and stopped."""

from __future__ import annotations

from collections.abc import Iterator

from effleurage.decision.decide import Decision
from effleurage.facts.derive import Facts
from effleurage.protocol.lattice import Verdict
from effleurage.session.kinds import COMFORT, UNSAID, VERDICTS, WELL, Decided, Measured
from effleurage.session.record import OVER
from effleurage.session.writer import Writer


def told(writer: Writer) -> Iterator[str]:
    """What was newly told, each fact once, with its last answer."""
    for learned in writer.record.learned:
        yield writer.say("New in this session: {told}.", told=writer.told(learned.name, learned.answer))


def comfort(writer: Writer) -> Iterator[str]:
    """What was said about comfort, and where hands were when it was anything but well."""
    record = writer.record
    asked = record.comfort
    unwell = [(each, at) for each, at in zip(asked, record.comfort_at, strict=True) if each.answer != WELL]
    if asked and not unwell:
        yield writer.say(
            "Asked about comfort {times}: always comfortable.", times=writer.speak.counted(len(asked), "time")
        )
    for each, at in unwell:
        names = {"check": writer.term("checks", each.check), "answer": writer.speak.words(COMFORT[each.answer])}
        said = (
            writer.say("{check}: answered, {answer}.", **names)
            if at is None
            else writer.say("{check}, at {step}: answered, {answer}.", step=record.parts[at].moment.title, **names)
        )
        yield writer.with_words(said, each.words)


def reaction(writer: Writer) -> Iterator[str]:
    record = writer.record
    for each in record.reactions:
        said = writer.say("Reaction: {reaction}.", reaction=writer.term("reactions", each.name))
        yield writer.with_words(said, each.words)
    if record.begun and record.status in OVER and not record.reactions:
        yield writer.say("No reaction has been recorded yet.")


def stopped(writer: Writer) -> Iterator[str]:
    """Every stop whose reason was said, with what the content asks for, and what it means for the course."""
    said_all = [stop for stop in writer.record.stops if stop.rule != UNSAID] or writer.record.stops
    for stop in said_all:
        rule = writer.record.ground.stop_rule(stop.rule)
        said = writer.say("Stopped: {rule}.", rule=rule.term) if rule else writer.say("Stopped.")
        yield writer.with_words(said, stop.words)
        if rule and rule.get("act"):
            yield writer.say("What is to be done then: {act}", act=rule.get("act"))


def refused(writer: Writer) -> Iterator[str]:
    """Why it was not begun. Where the verdict would have let them, the limits left nothing, or rules asked for training
    that nobody there had, or somebody saw what no rule can judge.
    """
    script = writer.record.decisions[-1].script if writer.record.decisions else ""
    for refusal in writer.record.refusals:
        verdict = VERDICTS[refusal.verdict]
        if verdict <= Verdict.MODIFIED and refusal.rules and not script:
            yield writer.say("The session was not begun: nothing of the plan remained within the limits.")
        elif verdict <= Verdict.MODIFIED and refusal.rules:
            yield writer.say("The session was not begun: it asks for training that whoever was there did not have.")
        elif verdict <= Verdict.MODIFIED:
            yield writer.say("The session was not begun: a check was not in order.")
        else:
            yield writer.say("The session was not begun: {verdict}.", verdict=writer.speak.words(verdict.words))
        known = writer.record.ground.protocols.by_id
        yield from (known[name].because for name in refusal.rules if name in known)


def decided(writer: Writer) -> Iterator[str]:
    """The first decision and each that changed something, with the rules that say what no other rule says."""
    before: Decided | None = None
    for each in writer.record.decisions:
        if before is None or each != before:
            verdict = writer.speak.words(VERDICTS[each.verdict].words)
            first = before is None
            yield writer.say("Decided: {verdict}." if first else "Decided again: {verdict}.", verdict=verdict)
            yield from _because(writer, each, before)
        before = each


def _because(writer: Writer, decided: Decided, before: Decided | None) -> Iterator[str]:
    """The reasons of a decision that those of the one before did not give already."""
    protocols = writer.record.ground.protocols
    if decided.content != protocols.hash:
        yield writer.say("It was decided under another version of the protocols.")
        return
    known = set(_reasons(writer, before)) if before and before.content == protocols.hash else set()
    yield from (reason for reason in _reasons(writer, decided) if reason not in known)


def _reasons(writer: Writer, decided: Decided) -> tuple[str, ...]:
    """The words need no facts to say by which rules they came about, so none are handed in."""
    protocols, on = writer.record.ground.protocols, writer.record.last
    if on is None:
        return ()
    hexes = (decided.certain, decided.possible, decided.holds, decided.undecided)
    certain, possible, holds, undecided = (int(word, 16) for word in hexes)
    decision = Decision(Facts(protocols.facts, on, {}), protocols, certain, possible, holds, undecided)
    open_ = (writer.say("As this is not known: {reason}", reason=rule.because) for rule in decision.undecided)
    return (*(rule.because for rule in decision.telling), *open_)


def change(writer: Writer) -> Iterator[str]:
    """What was measured in both sessions, beside each other. Two numbers of one person prove nothing, and none is said
    to.
    """
    if writer.previous is None:
        return
    for before, now in ((writer.previous.before, writer.record.before), (writer.previous.after, writer.record.after)):
        last = {_what(each): each for each in before}
        for each in now:
            if _what(each) in last:
                yield writer.say(
                    "{measure}: {before} last time, {now} now.",
                    measure=writer.measure(each),
                    before=writer.number(last[_what(each)]),
                    now=writer.number(each),
                )


def _what(measure: Measured) -> tuple[str, str, int]:
    return measure.what, measure.unit, measure.decimals
