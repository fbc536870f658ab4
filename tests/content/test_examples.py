"""The example patients: each gives the plan that its sentence promises, as an intake and as a FHIR bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from effleurage.commands.common import read_patient, taken
from effleurage.lib.marked import parse_yaml
from effleurage.library import Library
from effleurage.pathway import plan_for
from effleurage.protocol.lattice import Verdict, at_least_as_strict
from tools.examples import EXAMPLES, bundle_text

VERDICTS = {
    "anticoagulant": Verdict.MODIFIED,
    "both-conditions": Verdict.MODIFIED,
    "double-curve": Verdict.MODIFIED,
    "healed-fusion": Verdict.MODIFIED,
    "healthy-adult": Verdict.GO,
    "late-denosumab": Verdict.WITHHOLD,
    "low-bone-mass": Verdict.MODIFIED,
    "mild-scoliosis": Verdict.GO,
    "never-measured": Verdict.MODIFIED,
    "new-back-pain": Verdict.WITHHOLD,
    "nothing-known": Verdict.ASK,
    "numb-saddle": Verdict.EMERGENCY,
    "old-vertebral-fracture": Verdict.MODIFIED,
    "osteoporosis": Verdict.MODIFIED,
    "tablet-this-morning": Verdict.MODIFIED,
    "teenager-with-brace": Verdict.MODIFIED,
}
PATHS = sorted(EXAMPLES.glob("*.yaml"))


def test_every_example_is_named_here() -> None:
    assert [path.stem for path in PATHS] == sorted(VERDICTS)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_an_example_gives_its_verdict_and_leaves_nothing_open(path: Path, library: Library) -> None:
    on = taken(path)
    plan = plan_for(intake=read_patient([path], library, on=on).intake, library=library, on=on)
    assert plan.decision.verdict is VERDICTS[path.stem]
    assert (plan.questions == ()) is (path.stem != "nothing-known")
    assert parse_yaml(path.read_text("utf-8"), path.name).entries()["patient"].words().endswith(".")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_bundle_is_in_step_and_never_looser_than_its_intake(path: Path, library: Library) -> None:
    bundle = EXAMPLES / "fhir" / f"{path.stem}.json"
    assert bundle.read_text("utf-8") == bundle_text(path, library)
    on = taken(path)
    intake, imported = (read_patient([each], library, on=on).intake for each in (path, bundle))
    whole, part = (plan_for(intake=each, library=library, on=on).decision.limits for each in (intake, imported))
    assert at_least_as_strict(part, whole)


def test_upright_time_leaves_only_the_chair(library: Library) -> None:
    path = EXAMPLES / "tablet-this-morning.yaml"
    on = taken(path)
    plan = plan_for(intake=read_patient([path], library, on=on).intake, library=library, on=on)
    assert {step.position for planned in plan.available for step in planned.steps} <= {"seated"}
