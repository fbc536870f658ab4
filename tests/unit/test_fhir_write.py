"""What is exported is FHIR R4 by two independent opinions, is a draft, and claims nothing that the content does not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

import fhirkit
import pytest
from fhir.resources.R4B import get_fhir_model_class

from effleurage.decision.cases import Case
from effleurage.facts.read_intake import read_now
from effleurage.fhir.write_intake import intake_bundle
from effleurage.fhir.write_plan import PRIORITIES, plan_bundle
from effleurage.fhir.write_resources import checked, instant, reference
from effleurage.pathway import plan_for
from effleurage.plan.plan import Plan
from effleurage.plan.script import script
from tests.agreement.patients import content

NOW = read_now("2026-11-22T10:00")


@cache
def planned() -> tuple[tuple[Case, Plan], ...]:
    """The plans of the patients of the content."""
    cases = content().cases[::9]
    return tuple((case, plan_for(intake=case.intake, library=content(), on=case.on)) for case in cases)


def ids() -> Any:
    """Steady UUIDs, one for each name."""
    known: dict[str, str] = {}
    numbers = count(1)
    return lambda name: known.setdefault(name, str(UUID(int=next(numbers))))


def written(plan: Plan, *, session: int | None = None, chosen: int = 0, identify: Any = None) -> dict[str, Any]:
    offered = plan.available or plan.regimens
    regimen = offered[chosen % len(offered)] if offered else None
    made = script(plan=plan, planned=regimen, session=session) if session and regimen in plan.available else None
    return plan_bundle(
        plan=plan,
        planned=regimen,
        script=made,
        library=content(),
        identifiers=identify or ids(),
        recorded=NOW.replace(tzinfo=UTC),
    )


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def check(bundle: dict[str, Any]) -> None:
    text = json.dumps(bundle)
    assert [str(issue) for issue in fhirkit.validate(text)] == []
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def open_plan() -> Plan:
    return next(plan for _, plan in planned() if plan.available)


def closed_plan() -> Plan:
    return next(plan for _, plan in planned() if not plan.available and plan.referrals)


def test_plans_of_every_sort_are_valid() -> None:
    assert len(planned()) > 10
    for _, plan in planned():
        check(written(plan))
        check(written(plan, session=2, chosen=1))


def test_a_plan_is_a_draft_and_a_proposal() -> None:
    for _, plan in planned():
        made = written(plan)
        care = of_kind(made, "CarePlan")
        assert [(one["status"], one["intent"]) for one in care] == [("draft", "proposal")]
        assert {(one["status"], one["intent"]) for one in of_kind(made, "ServiceRequest")} <= {("draft", "proposal")}
        assert {one["lifecycleStatus"] for one in of_kind(made, "Goal")} <= {"proposed"}


def test_every_reference_but_the_patient_is_in_the_bundle() -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from ([value["reference"]] if isinstance(value.get("reference"), str) else [])
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    identify = ids()
    made = written(open_plan(), session=1, identify=identify)
    known = {entry["fullUrl"] for entry in made["entry"]} | {f"urn:uuid:{identify('patient')}"}
    assert set(references(made)) <= known
    assert len({entry["fullUrl"] for entry in made["entry"]}) == len(made["entry"])


@pytest.mark.parametrize("session", [None, 3])
def test_every_step_is_coded_as_massage_with_its_ceiling(session: int | None) -> None:
    care = of_kind(written(open_plan(), session=session), "CarePlan")[0]
    details = [each["detail"] for each in care["activity"] if "detail" in each]
    assert {each["code"]["coding"][0]["code"] for each in details} == {"387854002"}
    assert details[0]["scheduledTiming"]["repeat"]["count"] >= 1
    assert any("level" in each["description"] for each in details[1:])
    assert not session or any("From 0:00, for" in each["description"] for each in details)


def test_where_nothing_may_be_done_there_is_no_massage_but_a_referral() -> None:
    made = written(closed_plan(), session=1)
    care = of_kind(made, "CarePlan")[0]
    assert care["title"] == "No massage for now"
    assert "goal" not in care
    assert all("reference" in each for each in care["activity"])
    assert len(care["activity"]) == len(of_kind(made, "ServiceRequest")) > 0


def test_referrals_carry_their_urgency() -> None:
    seen = set()
    for _, plan in planned():
        requests = of_kind(written(plan), "ServiceRequest")
        expected = [PRIORITIES[one.rank - 1] for one in plan.certain_referrals]
        assert [one["priority"] for one in requests] == expected
        seen |= set(expected)
    assert {"urgent", "stat"} <= seen


def test_goals_are_watched_and_promise_nothing() -> None:
    goals = [goal for _, plan in planned() for goal in of_kind(written(plan), "Goal")]
    assert goals
    says = [claim.say for claim in content().claims]
    for goal in goals:
        text = goal["description"]["text"]
        assert text.startswith("To be watched: ")
        assert "Whether massage changes it is not claimed." in text or any(say in text for say in says)


def test_only_a_change_in_points_becomes_a_target() -> None:
    changes = {one.title: one.least_important_change for one in (*content().instruments, *content().not_shipped)}
    for _, plan in planned():
        for goal in of_kind(written(plan), "Goal"):
            title = goal["description"]["text"].removeprefix("To be watched: ")
            change = next(change for name, change in changes.items() if title.startswith(name))
            assert ("target" in goal) is bool(change and change.kind == "points")


def test_the_limits_and_their_rules_stand_as_notes() -> None:
    plan = open_plan()
    notes = " ".join(note["text"] for note in of_kind(written(plan), "CarePlan")[0]["note"])
    assert "once a therapist has signed it" in notes
    for rule in plan.decision.determining:
        assert rule.id in notes


def test_provenance_names_the_software_and_the_content() -> None:
    plan = open_plan()
    made = written(plan)
    provenance = of_kind(made, "Provenance")[0]
    assert provenance["entity"][0]["what"]["identifier"]["value"] == plan.hash
    assert provenance["agent"][0]["who"]["display"].startswith("effleurage ")
    assert provenance["target"][0]["reference"].endswith(of_kind(made, "CarePlan")[0]["id"])
    assert provenance["recorded"] == "2026-11-22T10:00:00+00:00"


@pytest.mark.hazard("H29")
def test_no_zone_is_made_up_for_a_local_time() -> None:
    plan = open_plan()
    with pytest.raises(ValueError, match="no zone"):
        plan_bundle(plan=plan, planned=None, script=None, library=content(), identifiers=ids(), recorded=NOW)
    zone = timezone(timedelta(hours=5))
    for case, _ in planned():
        made = intake_bundle(intake=case.intake, protocols=content().protocols, identifiers=ids(), zone=zone)
        assert made["timestamp"] == f"{case.intake.on:%Y-%m-%dT%H:%M:%S}+05:00"
        texts = json.dumps(made["entry"])
        assert 'Z"' not in texts
        assert not re.search(r"T\d\d:", texts)


def test_the_same_plan_gives_the_same_bundle() -> None:
    assert written(open_plan()) == written(open_plan())


def test_intakes_are_valid_and_hold_no_good_news() -> None:
    for case, _ in planned():
        made = intake_bundle(intake=case.intake, protocols=content().protocols, identifiers=ids(), zone=UTC)
        check(made)
        assert len(of_kind(made, "Patient")) == 1
        assert "name" not in of_kind(made, "Patient")[0]


def test_ids_and_moments_are_those_of_fhir() -> None:
    assert instant(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "2026-01-02T03:04:05+00:00"
    with pytest.raises(ValueError, match="no zone"):
        instant(NOW)
    assert reference("Goal", "g1", "A goal") == {"reference": "Goal/g1", "type": "Goal", "display": "A goal"}
    with pytest.raises(ValueError, match="not an id"):
        checked("a b")
