"""For the tests of the command line: patients from the cases of the content, and the command as people call it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from click.testing import CliRunner, Result

from effleurage.cli import main
from effleurage.commands.intake_file import intake_text
from effleurage.decision.cases import Case, decide_case
from effleurage.plan.plan import plan
from effleurage.protocol.lattice import Verdict
from tests.agreement.patients import content

NOTHING = 'schema: effleurage/intake/1\npatient: "Somebody about whom nothing is known"\nfacts: {}\n'


@cache
def case(verdict: Verdict) -> Case:
    """A case whose decision has this verdict; for "go, modified" the one with most regimens to choose from."""
    found = [each for each in content().cases if decide_case(each, content().protocols).verdict is verdict]
    if verdict is not Verdict.MODIFIED:
        return found[0]
    return max(found, key=regimens_open)


def regimens_open(each: Case) -> int:
    return len(plan(decision=decide_case(each, content().protocols), regimens=content().regimens).available)


def patient(folder: Path, verdict: Verdict) -> tuple[str, str]:
    """A file with a patient of this verdict, and its day."""
    found = case(verdict)
    path = folder / f"{verdict.name.lower()}.yaml"
    path.write_text(intake_text(found.intake, content().protocols.facts), encoding="utf-8")
    return str(path), f"{found.on:%Y-%m-%dT%H:%M}"


def run(*args: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(args), input=stdin, catch_exceptions=False)


def run_for_real(*args: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a shell would start it."""
    return subprocess.run(
        [sys.executable, "-m", "effleurage.cli", *args],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **env},
    )
