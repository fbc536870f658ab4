"""Which event may follow on a record: a table of what can be wrong with each kind.

Nothing is thrown away for being out of place, since what happened has happened: the record counts the event and names
it as irregular, with these reasons. A device asks first, and so never offers what would be irregular.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from effleurage.language import Language, sentence
from effleurage.session.events import Event
from effleurage.session.kinds import (
    LONGEST_STEP,
    Closed,
    Comfort,
    Decided,
    Finished,
    Held,
    Learned,
    Opened,
    Reaction,
    Refused,
    Resumed,
    Started,
    StepBegan,
    StepDone,
    StepSkipped,
    Turned,
    WentBack,
)
from effleurage.session.record import OVER, UNDER_WAY, SessionRecord, Status

Wrong = Callable[[SessionRecord, Event], bool]
DRIFT: Final = 1
"""Seconds by which a device's own count of a step may differ from its ticks."""


def _moment(event: Event) -> int:
    return event.data.moment if isinstance(event.data, StepBegan | StepSkipped | WentBack) else -1


def _other_content(record: SessionRecord, event: Event) -> bool:
    opened = record.opened
    return isinstance(event.data, Decided) and opened is not None and event.data.content != opened.content


def _checks_open(record: SessionRecord, _: Event) -> bool:
    return bool(checks_open(record))


def _after_open(record: SessionRecord, _: Event) -> bool:
    """After a stop or a refusal the checks afterwards may have to wait for the ambulance."""
    return record.status is Status.FINISHED and bool(checks_open(record, afterwards=True))


def checks_open(record: SessionRecord, *, afterwards: bool = False) -> tuple[str, ...]:
    """The checks that the script names before the first touch, or after the last, and that nobody has made yet."""
    script = record.planned
    named = () if script is None else script.after if afterwards else script.before
    return tuple(term.name for term in named if term.name not in record.answered)


def _out_of_order(record: SessionRecord, event: Event) -> bool:
    running = record.running_part
    if isinstance(event.data, StepSkipped) and running is not None:
        return _moment(event) != running.index
    return _moment(event) != record.next


def _not_earlier(record: SessionRecord, event: Event) -> bool:
    running = record.running_part
    here = running.index if running is not None else record.next
    return _moment(event) >= (len(record.current) if here is None else here)


def _drifted(record: SessionRecord, event: Event) -> bool:
    """The record has not been moved to this event's tick yet."""
    part = record.running_part
    if part is None or not isinstance(event.data, StepDone):
        return False
    ran = part.milliseconds + (max(0, event.tick - record.tick) if record.status is Status.RUNNING else 0)
    return abs(event.data.seconds * 1000 - min(ran, LONGEST_STEP * 1000)) > DRIFT * 1000


def _step_running(record: SessionRecord, *, turn: bool) -> bool:
    part = record.running_part
    return part is not None and part.is_turn is turn and record.status is Status.RUNNING


WRONG: Final[dict[str, Wrong]] = {
    "not_opened": lambda record, _: record.opened is None,
    "opened_twice": lambda record, _: record.opened is not None,
    "closed": lambda record, _: record.status is Status.CLOSED,
    "clock_back": lambda record, event: event.tick < record.tick,
    "other_content": _other_content,
    "not_identified": lambda record, _: record.identified is None,
    "checks_open": _checks_open,
    "doubted": lambda record, _: bool(record.doubted),
    "no_decision": lambda record, _: record.decision is None or record.undecided,
    "no_treatment": lambda record, _: record.decision is not None and not record.decision.treats,
    "script_unknown": lambda record, _: record.planned is None,
    "begun": lambda record, _: record.begun,
    "not_begun": lambda record, _: not record.begun,
    "over": lambda record, _: record.status in OVER,
    "not_over": lambda record, _: record.status not in OVER,
    "barred": lambda record, _: record.barred,
    "on_hold": lambda record, _: record.status is Status.HELD,
    "not_running": lambda record, _: record.status is not Status.RUNNING,
    "not_on_hold": lambda record, _: record.status not in (Status.HELD, Status.STOPPED),
    "not_asked": lambda _, event: isinstance(event.data, Resumed) and not event.data.asked,
    "step_runs": lambda record, _: record.running is not None,
    "no_step": lambda record, _: not _step_running(record, turn=False),
    "no_turn": lambda record, _: not _step_running(record, turn=True),
    "out_of_order": _out_of_order,
    "not_earlier": _not_earlier,
    "drifted": _drifted,
    "steps_left": lambda record, _: record.next is not None or record.running is not None,
    "under_way": lambda record, _: record.status in UNDER_WAY,
    "checks_after_open": _after_open,
}
"""Each fault with the question whether it is there."""

ALWAYS: Final = ("not_opened", "closed", "clock_back")
FAULTS: Final[dict[str, tuple[str, ...]]] = {
    Opened.kind: ("opened_twice",),
    Learned.kind: ("not_opened", "clock_back"),
    Decided.kind: (*ALWAYS, "other_content"),
    Refused.kind: (*ALWAYS, "begun"),
    Started.kind: (
        *ALWAYS, "begun", "over", "barred", "not_identified", "checks_open", "doubted", "no_decision", "no_treatment",
        "script_unknown",
    ),
    StepBegan.kind: (
        *ALWAYS, "not_begun", "over", "barred", "on_hold", "step_runs", "no_decision", "no_treatment", "out_of_order",
    ),
    Held.kind: (*ALWAYS, "not_running"),
    Resumed.kind: (*ALWAYS, "not_begun", "not_on_hold", "barred", "not_asked", "no_decision", "no_treatment"),
    StepDone.kind: (*ALWAYS, "no_step", "drifted"),
    Turned.kind: (*ALWAYS, "no_turn"),
    StepSkipped.kind: (*ALWAYS, "not_begun", "over", "out_of_order"),
    WentBack.kind: (*ALWAYS, "not_begun", "over", "not_earlier"),
    Comfort.kind: (*ALWAYS, "not_begun"),
    Finished.kind: (*ALWAYS, "not_begun", "over", "steps_left"),
    "after": (*ALWAYS, "not_over"),
    Reaction.kind: (*ALWAYS, "not_over"),
    Closed.kind: (*ALWAYS, "under_way", "checks_after_open"),
}  # fmt: skip
"""What can be wrong with each kind of event; for a kind that is not named, what can be wrong with every event."""

SAID: Final = {
    "not_opened": sentence("The session was not opened on this device."),
    "opened_twice": sentence("The session was opened already."),
    "closed": sentence("The session is closed."),
    "clock_back": sentence("The count of milliseconds ran backwards."),
    "other_content": sentence("It was decided by other protocols than those with which the session was opened."),
    "not_identified": sentence("Two identifiers have not been compared with the plan."),
    "checks_open": sentence("Checks before the first touch have not been made."),
    "doubted": sentence("What a check has put in question was not asked again."),
    "no_decision": sentence("Nothing was decided since something was last learned."),
    "no_treatment": sentence("The last decision allows no treatment."),
    "script_unknown": sentence("The script is not known here."),
    "begun": sentence("The treatment has begun already."),
    "not_begun": sentence("The treatment has not begun."),
    "over": sentence("The treatment is over."),
    "not_over": sentence("The treatment is not over."),
    "barred": sentence("After this stop nothing but after-care may follow."),
    "on_hold": sentence("The treatment is on hold."),
    "not_running": sentence("The treatment is not running."),
    "not_on_hold": sentence("The treatment is not on hold."),
    "not_asked": sentence("Nobody asked how the patient is."),
    "step_runs": sentence("Another step is still running."),
    "no_step": sentence("No step is running."),
    "no_turn": sentence("No turn is under way."),
    "out_of_order": sentence("Another step comes first."),
    "not_earlier": sentence("This step does not lie behind."),
    "drifted": sentence("The device's own count of the step differs from its ticks by more than a second."),
    "steps_left": sentence("Some steps were neither done nor skipped with a reason."),
    "under_way": sentence("The treatment is still under way."),
    "checks_after_open": sentence("Checks after the treatment have not been made."),
}
"""Each fault in words."""


def why_not(record: SessionRecord, event: Event) -> tuple[str, ...]:
    """The faults of an event on this record, by their names in `SAID`; none where it may follow."""
    faults = FAULTS.get(event.kind, ALWAYS)
    return tuple(name for name in faults if WRONG[name](record, event))


def may(record: SessionRecord, event: Event) -> bool:
    """Whether an event may follow on this record."""
    return not why_not(record, event)


def said(faults: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """The faults in words."""
    return tuple(language.words(SAID[name]) for name in faults)
