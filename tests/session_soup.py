"""Hypothesis strategies for events: any that can be built, in any order, whether or not a session goes like that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from effleurage.facts.answers import NEVER, Given, Items
from effleurage.facts.kinds import ORIGINS
from effleurage.session.events import Event
from effleurage.session.ground import script_hash
from effleurage.session.kinds import (
    COMFORT,
    IDENTIFIERS,
    SKIPPED,
    VERDICTS,
    After,
    Checked,
    Closed,
    Comfort,
    Data,
    Decided,
    Finished,
    Held,
    Identified,
    Learned,
    Measured,
    Opened,
    Reaction,
    Refused,
    Resumed,
    Started,
    StepBegan,
    StepDone,
    StepSkipped,
    Stopped,
    Turned,
    WentBack,
)
from tests.agreement.patients import NOW
from tests.session_table import PROTOCOLS, WORDS, first_script, identity, plans

SCRIPTS = [script_hash(first_script(plans()[0])), "f" * 64]
TREATING = [name for name, verdict in VERDICTS.items() if verdict <= 1]
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc"])
WORD = st.text(LETTERS, max_size=30) | st.just("a line\nand\tmore «é» 🙂")
MOMENT = st.integers(0, 12)
FACTS = st.sampled_from([fact.name for fact in PROTOCOLS.facts.facts])
NUMBER = st.integers(-(10**9), 10**9)


def names(terms: Any, *more: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*(term.name for term in terms), *more])


def answers() -> st.SearchStrategy[Given]:
    some = st.lists(st.sampled_from(["warfarin", "prednisolone"]), unique=True).map(tuple)
    return st.one_of(
        st.booleans(),
        NUMBER,
        st.sampled_from(["left", "none"]),
        st.just(NEVER),
        st.integers(0, 999).map(lambda days: NOW - timedelta(days=days)),
        st.builds(Items, some, complete=st.booleans(), excerpt=st.booleans()),
    )


def _decided(hexes: list[int], content: str, treats: bool, number: int) -> Decided:
    certain, possible, holds, undecided = (f"{each:x}" for each in hexes)
    verdict = TREATING[number % len(TREATING)] if treats else list(VERDICTS)[number % len(VERDICTS)]
    script = SCRIPTS[number % 2] if treats else ""
    return Decided(certain, possible, holds, undecided, content, verdict, script)


def _measured(kind: type[Measured]) -> st.SearchStrategy[Data]:
    checks = names(WORDS.checks, "")
    units = st.sampled_from(["mm[Hg]", "", "/min"])
    return st.builds(kind, names(WORDS.checks, "systolic"), NUMBER, st.integers(0, 6), units, checks)


CHECK = names(WORDS.checks)
TWO = st.lists(st.sampled_from(IDENTIFIERS), min_size=2, unique=True).map(tuple)
CONTENTS = st.sampled_from([PROTOCOLS.hash, "0" * 64])
SMALL = st.integers(1, 20)
HEXES = st.lists(st.integers(0, 2**70), min_size=4, max_size=4)

BY_KIND: dict[str, st.SearchStrategy[Data]] = {
    "opened": st.builds(Opened, st.sampled_from(SCRIPTS), CONTENTS, st.just("plan_one"), SMALL, SMALL),
    "identified": st.builds(Identified, TWO, st.booleans()),
    "measured": _measured(Measured),
    "checked": st.builds(Checked, CHECK, st.booleans(), WORD),
    "fact": st.builds(Learned, FACTS, st.none() | answers(), st.sampled_from(ORIGINS)),
    "decided": st.builds(_decided, HEXES, CONTENTS, st.booleans(), st.integers(0, 9)),
    "refused": st.builds(Refused, st.sampled_from(list(VERDICTS)), st.just(("general.always",))),
    "started": st.just(Started()),
    "step_began": st.builds(StepBegan, MOMENT),
    "held": st.builds(Held, WORD),
    "resumed": st.builds(Resumed, st.booleans()),
    "step_done": st.builds(StepDone, st.integers(0, 900)),
    "step_skipped": st.builds(StepSkipped, MOMENT, st.sampled_from(list(SKIPPED)), WORD.map(lambda text: text + "x")),
    "went_back": st.builds(WentBack, MOMENT),
    "turned": st.builds(Turned, st.booleans()),
    "comfort": st.builds(Comfort, CHECK, st.sampled_from(list(COMFORT)), WORD),
    "stopped": st.builds(
        Stopped, names(WORDS.stop_rules, "other", "unsaid", "nobody_knows"), WORD.map(lambda text: text + "x")
    ),
    "finished": st.just(Finished()),
    "after": _measured(After),
    "reaction": st.builds(Reaction, names(WORDS.reactions, "nobody_knows"), WORD),
    "closed": st.just(Closed()),
}
"""What each kind of event may say."""

DATA: st.SearchStrategy[Data] = st.one_of(*BY_KIND.values())


def made(data: list[tuple[Data, int]], *, device: str = "tablet_one", session: str = "visit_one") -> list[Event]:
    """Events of one device, each so many milliseconds after the one before."""
    tick, found = 0, []
    for seq, (each, passed) in enumerate(data, start=1):
        tick += passed
        found.append(Event(identity(session, device, seq), session, device, seq, NOW, tick, each))
    return found


def soups(*, device: str = "tablet_one") -> st.SearchStrategy[list[Event]]:
    """Up to forty events of one device; mostly a session that was opened and begun, so that much may follow."""
    start = [(Opened(SCRIPTS[0], PROTOCOLS.hash, "plan_one", 1, 1), 0), (Started(), 5000)]
    rest = st.lists(st.tuples(DATA, st.integers(0, 90_000)), max_size=40)
    steady = st.integers(0, 3).map(lambda number: start if number else [])
    return st.tuples(steady, rest).map(lambda pair: made([*pair[0], *pair[1]], device=device))
