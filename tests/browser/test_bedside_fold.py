"""The tablet's own fold and guard beside the core's: the same record, to the letter, for any events in any order."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from playwright._impl._driver import compute_driver_executable

from effleurage.plan.rest import Running
from effleurage.session.canonical import canonical
from effleurage.session.events import Event, plain_event
from effleurage.session.fold import fold, lines
from effleurage.session.ground import Ground, script_hash
from effleurage.session.kinds import LONGEST_STEP, Learned, StepDone
from tests.agreement.offline import shown_script
from tests.session_soup import DATA, made, soups
from tests.session_table import PROTOCOLS, WORDS, Tablet, first_script, plans

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "src" / "clinic" / "bedside" / "static" / "bedside"
PROGRAMS = 600
VOCABULARY = {
    "stop_rules": {term.name: {"alarming": term.get("alarming")} for term in WORDS.stop_rules},
    "checks": {term.name: {"fact": term.get("fact")} for term in WORDS.checks},
}
GROUND = Ground(PROTOCOLS, tuple(first_script(plan) for plan in plans()))
SCRIPTS = {script_hash(each): shown_script(Running(each, ("",) * len(each.moments))) for each in GROUND.scripts}


def folded(folder: Path, programs: list[list[Event]]) -> list[Any]:
    """What the tablet makes of each program: the record, the hashes of the scripts, the events as their one text, the
    posture.
    """
    home = folder / "bedside"
    shutil.copytree(STATIC, home)
    (home / "package.json").write_text('{"type": "module"}', "utf-8")
    sent = "".join(
        json.dumps(
            {
                "vocabulary": VOCABULARY,
                "scripts": SCRIPTS,
                "session": program[0].session,
                "device": program[0].device,
                "events": [{**plain_event(event), "hash": event.hash} for event in program],
            },
            ensure_ascii=False,
        )
        + "\n"
        for program in programs
    )
    node = compute_driver_executable()[0]
    done = subprocess.run(
        [node, str(HERE / "bedside_fold.mjs"), str(home)], input=sent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def programs(count: int) -> list[list[Event]]:
    """Soups of any events, and whole sessions with something thrown in."""
    found: list[list[Event]] = []

    @seed(20261122)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(soups(), st.lists(st.tuples(st.integers(0, 60), DATA), max_size=4))
    def collect(soup: list[Event], thrown: list[tuple[int, Any]]) -> None:
        if soup:
            found.append(soup)
        whole = [(event.data, 1500) for event in Tablet().closes().events]
        for place, data in thrown:
            whole.insert(min(place, len(whole)), (data, 700))
        found.append(made(whole))

    collect()
    return found


def days_awake() -> list[Event]:
    """A step that nobody ended for two days, on a device that lay awake: it says the most that may be said of one."""
    tablet = Tablet().starts().begins(0)
    tablet.tell(StepDone(LONGEST_STEP), after=2 * LONGEST_STEP * 1000)
    tablet.begins(1)
    tablet.tell(StepDone(LONGEST_STEP), after=(LONGEST_STEP - 2) * 1000)
    return tablet.events


def in_a_turn() -> list[Event]:
    """News in the middle of a turn: the patient does not lie yet as it leads."""
    tablet = Tablet().starts()
    turn = next(at for at, moment in enumerate(tablet.script.moments) if moment.kind == "turn")
    tablet.does(*range(turn)).begins(turn).tell(Learned("osteoporosis_diagnosed", True, "patient"))
    return tablet.events


def test_the_tablet_reads_the_same_record_off_any_events(tmp_path: Path) -> None:
    """And the same posture, which is no part of the record, and from which the rest of a session is worked out."""
    made_up = [*programs(PROGRAMS // 2), days_awake(), in_a_turn()]
    for program, (record, hashes, texts, lies) in zip(made_up, folded(tmp_path, made_up), strict=True):
        here = fold(lines(program)[0], GROUND)
        assert record == canonical(here)
        assert lies == (list(here.lies) if here.lies else None)
        assert hashes == list(SCRIPTS)
        assert texts == [event.text for event in program]
