"""A device's decision, beside the one that whoever receives it comes to."""

from __future__ import annotations

from dataclasses import fields

from effleurage.decision.decide import Decision
from effleurage.language import Language, sentence
from effleurage.plan.script import SessionScript
from effleurage.session.ground import script_hash
from effleurage.session.kinds import Decided

DIFFERS = {
    "certain": sentence("what is certain"),
    "possible": sentence("what is possible"),
    "holds": sentence("the rules that hold"),
    "undecided": sentence("the rules that are undecided"),
    "content": sentence("the version of the protocols"),
    "verdict": sentence("the verdict"),
    "script": sentence("the script"),
}


def decided_of(decision: Decision, script: SessionScript | None) -> Decided:
    """What a device says that comes to this decision and follows this script (none where nothing may be done)."""
    return Decided(
        certain=f"{decision.certain_word:x}",
        possible=f"{decision.possible_word:x}",
        holds=f"{decision.holds_word:x}",
        undecided=f"{decision.undecided_word:x}",
        content=decision.protocols.hash,
        verdict=decision.verdict.name.lower(),
        script=script_hash(script) if script else "",
    )


def differing(device: Decided, here: Decided) -> tuple[str, ...]:
    """The fields in which two decisions about the same facts differ: none, if both programs are right."""
    return tuple(each.name for each in fields(Decided) if getattr(device, each.name) != getattr(here, each.name))


def told(names: tuple[str, ...], language: Language) -> str:
    """A difference as a sentence."""
    what = language.listed(language.words(DIFFERS[name]) for name in names)
    return language.say("The device decided differently from the clinic in {what}.", what=what) if names else ""
