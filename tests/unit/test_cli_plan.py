"""`effleurage plan`: what is shown, which code it ends with, and that bad input leaves one sentence and no file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from effleurage.protocol.lattice import Verdict
from effleurage.render.plan_json import KEYS, SCHEMA
from tests.agreement.patients import content
from tests.unit.cli_help import NOTHING, patient, run, run_for_real

CODES = {Verdict.GO: 0, Verdict.MODIFIED: 0, Verdict.ASK: 3, Verdict.WITHHOLD: 4, Verdict.EMERGENCY: 5}


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("verdict", CODES)
def test_the_exit_code_says_the_verdict(tmp_path, verdict) -> None:
    file, on = patient(tmp_path, verdict)
    result = run_for_real("plan", file, "--on", on)
    assert result.returncode == CODES[verdict], result.stderr
    assert verdict.words.upper() in result.stdout
    assert "\x1b[" not in result.stdout, "a pipe gets no colours"


def test_nothing_known_is_asked_and_never_treated(tmp_path) -> None:
    file = tmp_path / "nobody.yaml"
    file.write_text(NOTHING, encoding="utf-8")
    result = run("plan", str(file), "--on", "2026-11-22")
    assert result.exit_code == 3
    assert "Ask these first" in result.output
    assert "Session 1 of" not in result.output


def test_a_plan_shows_limits_cuts_rules_sources_session_and_content(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    output = run("plan", file, "--on", on).output
    for words in ("Limits", "Regimens side by side", "Session 1 of", "Stop at", "What massage can do, honestly"):
        assert words in output
    assert content().protocols.hash[:12] in output
    assert "Not reviewed by a clinician yet" in output


def test_an_emergency_says_first_whom_to_see(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.EMERGENCY)
    output = run("plan", file, "--on", on).output
    assert output.index("Get help now") < output.index("Whom to see") < output.index("What determined it")
    assert "What massage can do" not in output


def test_json_has_the_documented_keys_and_no_scaled_integers(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    plan = json.loads(run("plan", file, "--on", on, "--format", "json").output)
    assert list(plan) == list(KEYS)
    assert plan["schema"] == SCHEMA
    assert plan["verdict"] == "modified"
    assert plan["content"]["hash"] == content().protocols.hash
    assert plan["session"]["moments"]
    decimals = [
        fact for fact in content().protocols.facts.for_rules if fact.decimals and plan["facts"][fact.name]["value"]
    ]
    for fact in decimals:
        assert str(plan["facts"][fact.name]["value"]) in plan["facts"][fact.name]["words"]


def test_text_in_a_file_is_whole_and_plain(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    target = tmp_path / "plan.txt"
    assert run("plan", file, "--on", on, "--output", str(target)).exit_code == 0
    assert "Limits" in target.read_text(encoding="utf-8")
    assert "\x1b" not in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_fhir_is_a_bundle_with_a_care_plan(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    bundle = json.loads(run("plan", file, "--on", on, "--format", "fhir").output)
    assert "CarePlan" in [entry["resource"]["resourceType"] for entry in bundle["entry"]]


def test_a_bundle_is_known_by_its_content_and_never_clears_a_risk(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.EMERGENCY)
    born = re.search(r"birth_date: '?([0-9-]+)", Path(file).read_text("utf-8"))
    assert born
    bundle = tmp_path / "export.txt"
    bundle.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": {"resourceType": "Patient", "id": "p", "birthDate": born[1]}}]}), "utf-8")  # fmt: skip
    assert run("plan", str(bundle), "--on", on).exit_code == 3
    assert run("plan", file, str(bundle), "--on", on).exit_code == 5
    assert run("plan", str(bundle), file, "--on", on).exit_code == 5


def test_two_files_are_one_patient_and_the_worse_news_counts(tmp_path) -> None:
    yes, no = tmp_path / "yes.yaml", tmp_path / "no.yaml"
    fact = next(fact for fact in content().protocols.facts.facts if fact.batch).name
    for path, word in ((yes, "yes"), (no, "no")):
        path.write_text(f"schema: effleurage/intake/1\nfacts: {{{fact}: {word}}}\n", encoding="utf-8")
    for order in ((yes, no), (no, yes)):
        plan = json.loads(run("plan", *map(str, order), "--on", "2026-11-22", "--format", "json").output)
        assert plan["facts"][fact]["value"] is True


@pytest.mark.parametrize("name", ["osteoporosis-traditional", "osteoporosis-swedish"])
def test_a_regimen_and_a_session_can_be_chosen(tmp_path, name) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    plan = json.loads(run("plan", file, "--on", on, "--format", "json", "--regimen", name, "--session", "3").output)
    assert (plan["session"]["regimen"], plan["session"]["session"]) == (name, 3)


def test_a_bad_reaction_steps_back_and_an_alarming_one_locks(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    after = ("--on", on, "--last-dose", "3", "--last-reaction")
    plan = json.loads(run("plan", file, *after, "pain_worse", "--format", "json").output)
    assert (plan["session"]["session"], plan["session"]["dose"]) == (4, 2)
    locked = run("plan", file, *after, "new_bone_pain").output
    assert "No session: the course is locked" in locked


BAD = {
    "missing": (None, [], "There is no such file."),
    "empty": ("", [], "The file is empty."),
    "not yaml": ("facts: [", [], "This is not YAML"),
    "no facts": ("patient: somebody\n", [], "'facts' is missing."),
    "unknown fact": ("facts: {colour: red}\n", [], "'colour' is not a fact."),
    "own clearance": (
        "facts: {bone_clearance_given: {value: yes, origin: patient}}\n",
        [],
        "'bone_clearance_given: yes' comes from the patient; the therapist or the clinician has to answer it.",
    ),
    "no date": (NOTHING, ["--on", "22.11.2026"], "'22.11.2026' is no date."),
    "unknown regimen": (NOTHING, ["--regimen", "deep-tissue"], "'deep-tissue' is not a regimen."),
    "half a reaction": (NOTHING, ["--last-dose", "2"], "Give --last-dose and --last-reaction together."),
    "no content": (NOTHING, ["--content", "nowhere"], "There is no content here."),
    "binary": (b"\xff\xfe\x00", [], "This is not UTF-8 text."),
    "not json": ('{"facts": ', [], "not JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_sentence_and_code_2_and_leaves_no_file(tmp_path, name) -> None:
    content, args, words = BAD[name]
    file, target = tmp_path / "patient.yaml", tmp_path / "out.html"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    on = [] if "--on" in args else ["--on", "2026-11-22"]
    result = run_for_real("plan", str(file), *on, *args, "--output", str(target))
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir() if path != file] == []


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    result = run("plan", file, "--on", on, "--format", "json", "--output", str(tmp_path / "nowhere" / "plan.json"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    blocked = tmp_path / "cache"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    assert run_for_real("plan", file, "--on", on, XDG_CACHE_HOME=str(blocked)).returncode == 0


def test_a_terminal_without_our_signs_gets_question_marks(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    assert run_for_real("plan", file, "--on", on, PYTHONIOENCODING="ascii").returncode == 0


def test_the_letter_goes_to_whom_it_must_and_is_refused_where_nobody_need_be_seen(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.EMERGENCY)
    letter = run("plan", file, "--on", on, "--letter")
    assert letter.exit_code == 5
    assert "<html" in letter.output
    healthy, on = patient(tmp_path, Verdict.GO)
    refused = run("plan", healthy, "--on", on, "--letter")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "nobody needs to be seen" in refused.stderr


def test_the_page_to_print_is_one_document(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    assert run("plan", file, "--on", on, "--format", "html").output.count("<html") == 1


@pytest.mark.hazard("H30")
@pytest.mark.parametrize("form", ["text", "json", "html", "fhir"])
def test_an_alarming_reaction_locks_the_course_in_every_form(tmp_path, form) -> None:
    file, on = str(EXAMPLES / "mild-scoliosis.yaml"), "taken"
    last = ("--session", "2", "--last-dose", "1", "--last-reaction")
    free = run("plan", file, "--on", on, "--format", form, *last, "expected")
    lock = run("plan", file, "--on", on, "--format", form, *last, "chest_pain")
    assert (free.exit_code, lock.exit_code) == (0, 5)
    assert "mergency" in lock.stdout
    if form == "json":
        found = json.loads(lock.stdout)
        assert (found["verdict"], found["may_treat"]) == ("emergency", False)
    if form == "fhir":
        kinds = [entry["resource"]["resourceType"] for entry in json.loads(lock.stdout)["entry"]]
        assert "ServiceRequest" in kinds
        care = next(
            e["resource"] for e in json.loads(lock.stdout)["entry"] if e["resource"]["resourceType"] == "CarePlan"
        )
        assert not any("detail" in activity for activity in care["activity"])
    letter = run("plan", file, "--on", on, "--letter", *last, "new_bone_pain")
    assert letter.exit_code == 4
    assert "General practitioner" in letter.stdout


def test_no_letter_and_no_request_rests_on_an_open_question(tmp_path) -> None:
    file = str(EXAMPLES / "nothing-known.yaml")
    assert run("plan", file, "--on", "taken", "--letter").exit_code == 2
    bundle = json.loads(run("plan", file, "--on", "taken", "--format", "fhir").stdout)
    assert "ServiceRequest" not in [entry["resource"]["resourceType"] for entry in bundle["entry"]]
