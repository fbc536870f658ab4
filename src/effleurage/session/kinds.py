"""The kinds of event and what each of them says: a closed list.

Each kind is a class that checks itself, so an event that says half of what its kind says cannot be built. Whether it
may follow on what came before is another question, and `guard.py` answers it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from effleurage.facts.answers import Given
from effleurage.facts.kinds import ORIGINS
from effleurage.language import sentence
from effleurage.protocol.lattice import Verdict
from effleurage.session.stored import MOST

IDENTIFIERS: Final = ("name", "birth_date", "phone", "number")
"""What a patient may be asked for and compared with the plan; `number` is the clinic's own."""

SKIPPED: Final = {
    "patient_wish": sentence("the patient wished it"),
    "uncomfortable": sentence("it was uncomfortable"),
    "position": sentence("the position could not be taken"),
    "skin": sentence("the skin there was to be left alone"),
    "felt": sentence("what was felt there spoke against it"),
    "not_needed": sentence("it was not needed"),
    "time": sentence("the time ran out"),
    "equipment": sentence("something needed was missing"),
    "other": sentence("another reason"),
}
"""Why a step may be left out, and how a note says it. They say what happened, and nothing about what it means."""

COMFORT: Final = {
    "comfortable": sentence("comfortable"),
    "lighter": sentence("lighter pressure asked for"),
    "uncomfortable": sentence("uncomfortable"),
}
WELL: Final = "comfortable"

OTHER, UNSAID = "other", "unsaid"
"""Two stops without a rule: for a reason that no rule names, in words; and one touch, whose reason comes after."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,79}", re.ASCII)
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
IDENTITY: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
HEX: Final = re.compile(r"0|[1-9a-f][0-9a-f]{0,1999}", re.ASCII)
RULE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]{0,119}", re.ASCII)
UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST: Final = 2000
LONGEST_STEP: Final = 86_400
"""Seconds: the most that a device says of a step. It is a day, which no hand fills; a device that lay awake for longer
says this."""
VERDICTS: Final = {verdict.name.lower(): verdict for verdict in Verdict}


def fits(pattern: re.Pattern[str], text: str, what: str) -> None:
    """Raises ValueError, in words that a person can read, for a text that is not of this form."""
    if not pattern.fullmatch(text):
        raise ValueError(f"'{text[:40]}' is not {what}.")


def within(low: int, number: int, high: int, what: str) -> None:
    if not low <= number <= high:
        raise ValueError(f"{number} is not {what}: it lies between {low} and {high}.")


def plain(text: str) -> None:
    """Free words: not endless, and nothing that a database or a page would choke on."""
    if len(text) > LONGEST:
        raise ValueError(f"A text of {len(text)} characters is too long: {LONGEST} at most.")
    if UNSAFE.search(text):
        raise ValueError("A text holds a control character or half a character.")


def known(names: Mapping[str, object] | tuple[str, ...], name: str, what: str) -> None:
    if name not in names:
        raise ValueError(f"'{name[:40]}' is not {what}: it is one of {', '.join(names)}.")


@dataclass(frozen=True, slots=True)
class Opened:
    """The session was opened on this device: by which script (its hash), content and plan, at which dose, as which
    session of the course (1, 2, 3 ...).
    """

    kind: ClassVar[str] = "opened"
    script: str
    content: str
    plan: str
    dose: int
    number: int

    def __post_init__(self) -> None:
        fits(HASH, self.script, "the hash of a script")
        fits(HASH, self.content, "the hash of a content")
        fits(TOKEN, self.plan, "the identifier of a plan")
        within(1, self.dose, 999, "a dose")
        within(1, self.number, 999, "the number of a session")


@dataclass(frozen=True, slots=True)
class Identified:
    """Two identifiers or more were compared with the plan; `photo` says whether the photo was seen."""

    kind: ClassVar[str] = "identified"
    compared: tuple[str, ...]
    photo: bool

    def __post_init__(self) -> None:
        for name in self.compared:
            known(IDENTIFIERS, name, "an identifier")
        if len(set(self.compared)) != len(self.compared) or len(self.compared) < 2:
            raise ValueError("A patient is known by two different identifiers.")


@dataclass(frozen=True, slots=True)
class Measured:
    """A number before or during the treatment: `value` is a whole number scaled by `decimals`, in a UCUM unit or none.
    `check` names the check that asked for it, or is empty.
    """

    kind: ClassVar[str] = "measured"
    what: str
    value: int
    decimals: int
    unit: str
    check: str

    def __post_init__(self) -> None:
        fits(NAME, self.what, "the name of a measure")
        within(-MOST, self.value, MOST, "a measurement")
        within(0, self.decimals, 6, "a number of decimals")
        plain(self.unit)
        if self.check:
            fits(NAME, self.check, "the name of a check")


@dataclass(frozen=True, slots=True)
class After(Measured):
    """The same, after the treatment."""

    kind: ClassVar[str] = "after"


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of the script was made: in order, or not, in which case the note says what was seen."""

    kind: ClassVar[str] = "checked"
    check: str
    ok: bool
    note: str

    def __post_init__(self) -> None:
        fits(NAME, self.check, "the name of a check")
        plain(self.note)


@dataclass(frozen=True, slots=True)
class Learned:
    """A fact as it was answered, and by whom; None where it was said not to be known."""

    kind: ClassVar[str] = "fact"
    name: str
    answer: Given | None
    origin: str

    def __post_init__(self) -> None:
        fits(NAME, self.name, "the name of a fact")
        known(ORIGINS, self.origin, "whom an answer comes from")


@dataclass(frozen=True, slots=True)
class Decided:
    """What the device decided, whole, so that whoever receives it can decide again and compare: the engine's four
    words in hexadecimal, the content, the verdict, and the script to follow from now on (empty where there is none).
    """

    kind: ClassVar[str] = "decided"
    certain: str
    possible: str
    holds: str
    undecided: str
    content: str
    verdict: str
    script: str

    def __post_init__(self) -> None:
        for word in (self.certain, self.possible, self.holds, self.undecided):
            fits(HEX, word, "a word in hexadecimal, of small letters and without a leading zero")
        fits(HASH, self.content, "the hash of a content")
        known(VERDICTS, self.verdict, "a verdict")
        if self.script:
            fits(HASH, self.script, "the hash of a script")
        if self.script and not VERDICTS[self.verdict] <= Verdict.MODIFIED:
            raise ValueError("A verdict that does not treat has no script.")

    @property
    def treats(self) -> bool:
        """Whether one may go on by it."""
        return bool(self.script)


@dataclass(frozen=True, slots=True)
class Refused:
    """The session was not begun: the verdict, and the rules behind it."""

    kind: ClassVar[str] = "refused"
    verdict: str
    rules: tuple[str, ...]

    def __post_init__(self) -> None:
        known(VERDICTS, self.verdict, "a verdict")
        for rule in self.rules:
            fits(RULE, rule, "the name of a rule")


@dataclass(frozen=True, slots=True)
class Started:
    kind: ClassVar[str] = "started"


@dataclass(frozen=True, slots=True)
class _AtMoment:
    """What is said of one moment of the script that is followed, counted from 0."""

    moment: int

    def __post_init__(self) -> None:
        within(0, self.moment, 999, "a moment of a script")


@dataclass(frozen=True, slots=True)
class StepBegan(_AtMoment):
    """A step or a turn began."""

    kind: ClassVar[str] = "step_began"


@dataclass(frozen=True, slots=True)
class WentBack(_AtMoment):
    """An earlier step is to be done again, or further."""

    kind: ClassVar[str] = "went_back"


@dataclass(frozen=True, slots=True)
class StepSkipped(_AtMoment):
    """A step or a turn was left out, or not finished: one of the reasons of `SKIPPED`, and words."""

    kind: ClassVar[str] = "step_skipped"
    reason: str
    words: str

    def __post_init__(self) -> None:
        within(0, self.moment, 999, "a moment of a script")
        known(SKIPPED, self.reason, "a reason to leave a step out")
        plain(self.words)
        if self.reason == OTHER and not self.words.strip():
            raise ValueError("Another reason needs words.")


@dataclass(frozen=True, slots=True)
class Held:
    """The clock of the step stands still."""

    kind: ClassVar[str] = "held"
    words: str

    def __post_init__(self) -> None:
        plain(self.words)


@dataclass(frozen=True, slots=True)
class Resumed:
    """After a hold; `asked` says whether the patient was asked how they are."""

    kind: ClassVar[str] = "resumed"
    asked: bool


@dataclass(frozen=True, slots=True)
class StepDone:
    """The step is done, after so many seconds in all by the device's own count. The record counts by the ticks."""

    kind: ClassVar[str] = "step_done"
    seconds: int

    def __post_init__(self) -> None:
        within(0, self.seconds, LONGEST_STEP, "the seconds of a step")


@dataclass(frozen=True, slots=True)
class Turned:
    """The turn is done; `helped` says whether it was helped."""

    kind: ClassVar[str] = "turned"
    helped: bool


@dataclass(frozen=True, slots=True)
class Comfort:
    """What the patient said when asked: one of `COMFORT`, and words. `check` is the check that was due."""

    kind: ClassVar[str] = "comfort"
    check: str
    answer: str
    words: str

    def __post_init__(self) -> None:
        fits(NAME, self.check, "the name of a check")
        known(COMFORT, self.answer, "an answer about comfort")
        plain(self.words)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Stop: by a stop rule of the content, for another reason in words, or with the reason still to be said."""

    kind: ClassVar[str] = "stopped"
    rule: str
    words: str

    def __post_init__(self) -> None:
        fits(NAME, self.rule, "the name of a stop rule")
        plain(self.words)
        if self.rule == OTHER and not self.words.strip():
            raise ValueError("Another reason to stop needs words.")


@dataclass(frozen=True, slots=True)
class Finished:
    kind: ClassVar[str] = "finished"


@dataclass(frozen=True, slots=True)
class Reaction:
    """How the patient bore it: a reaction that the content names, and words."""

    kind: ClassVar[str] = "reaction"
    name: str
    words: str

    def __post_init__(self) -> None:
        fits(NAME, self.name, "the name of a reaction")
        plain(self.words)


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing may follow but what is still learned of the patient."""

    kind: ClassVar[str] = "closed"


Data = (
    Opened | Identified | Measured | After | Checked | Learned | Decided | Refused | Started | StepBegan | WentBack
    | StepSkipped | Held | Resumed | StepDone | Turned | Comfort | Stopped | Finished | Reaction | Closed
)  # fmt: skip
KINDS: Final[Mapping[str, type[Data]]] = {
    each.kind: each
    for each in (
        Opened, Identified, Measured, Checked, Learned, Decided, Refused, Started, StepBegan, Held, Resumed, StepDone,
        StepSkipped, WentBack, Turned, Comfort, Stopped, Finished, After, Reaction, Closed,
    )
}  # fmt: skip
"""Every kind of event by its name."""
