"""The other commands: help, explain, facts, cases, prove, diff, docs, start."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from effleurage.cli import COMMANDS
from tests.agreement.patients import content
from tests.unit.cli_help import run, run_for_real

TOY = Path(__file__).resolve().parents[1] / "bad_content" / "base"
"""A small content without faults."""


def changed_content(folder, path: str, old: str, new: str):
    """A copy of the small content with one change."""
    copy = folder / "content"
    shutil.copytree(TOY, copy)
    text = (copy / path).read_text(encoding="utf-8")
    assert old in text
    (copy / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches(name) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5
    assert name in run("--help").output


def test_help_imports_no_command() -> None:
    code = "import sys; from effleurage.cli import main; main(['--help'], standalone_mode=False); print(sorted(m for m in sys.modules if m.startswith(('effleurage.', 'rich', 'jinja2', 'z3', 'yaml'))))"  # noqa: E501
    import subprocess
    import sys

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "['effleurage.cli', 'effleurage.errors']"


def test_a_plan_imports_neither_solver_nor_templates(tmp_path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("facts: {}\n", encoding="utf-8")
    result = run_for_real("plan", str(file), "--format", "json", PYTHONPROFILEIMPORTTIME="1")
    loaded = set(re.findall(r"\|\s+(\S+)$", result.stderr, re.MULTILINE))
    assert "effleurage.pathway" in loaded
    assert (
        not {"z3", "jinja2", "rich", "rich.console", "effleurage.engines.smt", "effleurage.fhir.read_bundle"} & loaded
    )


def test_a_misspelt_command_gets_a_hint() -> None:
    result = run("paln")
    assert result.exit_code == 2
    assert "Did you mean 'plan'?" in result.output


def test_explain_knows_every_rule_fact_guarantee_regimen_and_region() -> None:
    words = content().protocols.vocabulary
    names = [
        *(rule.id for rule in content().protocols.rules),
        *(fact.name for fact in content().protocols.facts.facts),
        *(each.id for each in content().protocols.guarantees),
        *(regimen.id for regimen in content().regimens),
        *(region.name for region in words.regions),
        *(term.name for term in words.techniques),
        *content().protocols.sources,
    ]
    result = run("explain", *names)
    assert result.exit_code == 0
    assert len(result.output) > 50 * len(names)


def test_explain_shows_condition_limits_reasons_sources_cases_and_engine() -> None:
    rule = next(rule for rule in content().protocols.rules if rule.id == "OST-O2-TSCORE")
    output = run("explain", rule.id, "--engine").output
    for words in (
        rule.text,
        "Then, at least",
        "For the patient",
        "Sources",
        "Cases",
        "OST_O2_TSCORE",
        "t_score_lowest <= -25",
    ):
        assert words in output


def test_explain_refuses_what_it_does_not_know_and_prints_nothing() -> None:
    result = run("explain", "OST-O2-TSCORE", "OST-O2-TSKORE")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Did you mean 'OST-O2-TSCORE'?" in result.stderr


def test_facts_are_found_by_name_and_by_code() -> None:
    fact = next(fact for fact in content().protocols.facts.facts if fact.codes)
    assert fact.name in run("facts", fact.name).output
    assert fact.name in run("facts", fact.codes[0].code).output
    assert run("facts", "no such fact").exit_code == 2


def test_cases_run_and_a_failing_one_is_named(tmp_path) -> None:
    assert run("cases", "--folder", content().cases[0].folder).exit_code == 0
    changed = changed_content(tmp_path, "toy/protocol.yaml", "score_lowest <= -2.5", "score_lowest <= -2.6")
    result = run("cases", "--content", str(changed))
    assert result.exit_code == 1
    assert "TOY-BONE should hold, but does not." in " ".join(result.output.split())
    assert run("cases", "no case is called so").exit_code == 2


def test_diff_finds_who_would_get_more_and_whom_to_blame(tmp_path) -> None:
    changed = changed_content(tmp_path, "toy/protocol.yaml", "score_lowest <= -2.5", "score_lowest <= -2.4")
    looser = run("diff", str(changed), str(TOY))
    assert looser.exit_code == 1
    assert "The old rules that limited it: TOY-BONE." in looser.output
    tighter = run("diff", str(TOY), str(changed))
    assert tighter.exit_code == 0
    assert "Nobody would get more" in tighter.output
    assert run("diff", str(tmp_path / "nowhere")).exit_code == 2


def test_diff_does_not_pass_what_changed_beside_the_rules(tmp_path) -> None:
    changed = changed_content(tmp_path, "toy/regimens.yaml", "pressure: [1, 2]", "pressure: [5]")
    result = run("diff", str(TOY), str(changed))
    output = " ".join(result.output.split())
    assert result.exit_code == 1
    assert "Changed beside the rules; not covered by the proof" in output
    assert "regimen toy-regimen, step back: pressure 1, 2 -> 5" in output
    assert "The rules are proved nowhere looser for the same facts; 1 other change needs your eyes" in output
    assert "Nobody would get more" not in output


def test_diff_refuses_a_fact_in_another_unit(tmp_path) -> None:
    changed = changed_content(tmp_path, "toy/facts.yaml", 'unit: "a"', 'unit: "mo"')
    result = run("diff", str(TOY), str(changed))
    assert result.exit_code == 2
    assert "'age' has another unit in the new version: a -> mo." in " ".join(result.stderr.split())


def test_prove_says_what_it_does_not_cover() -> None:
    short, whole = run("prove", "--content", str(TOY)), run("prove", "--content", str(TOY), "--all")
    for result in (short, whole):
        output = " ".join(result.output.split())
        assert "Not covered by these proofs" in output
        assert "The law of bad news says nothing of 1 fact" in output
        assert "How facts are derived from answers is tested, not proved" in output
        assert "Which regimens are offered, and how they are cut, is tested, not proved" in output
    assert "Without a bad direction: scanned" in whole.output
    assert "Without a bad direction" not in short.output


def test_prove_ends_with_1_and_a_patient_where_a_guarantee_fails(tmp_path) -> None:
    assert run("prove", "--content", str(TOY), "--all").exit_code == 0
    changed = changed_content(tmp_path, "toy/guarantees.yaml", "given: score_lowest <= -2.5", "given: always")
    result = run("prove", "--content", str(changed))
    assert result.exit_code == 1
    assert "It fails for this patient" in result.output
    assert "Replayed in the evaluator" in result.output


def test_docs_are_written_the_same_twice_and_a_stale_page_is_named(tmp_path) -> None:
    where = ("--folder", str(tmp_path / "reference"), "--content", str(TOY))
    assert run("docs", "--check", *where).exit_code == 1
    assert run("docs", "--write", *where).exit_code == 0
    assert run("docs", "--check", *where).exit_code == 0
    assert "0 written anew" in run("docs", "--write", *where).output
    (tmp_path / "reference" / "rules.md").write_text("changed by hand", encoding="utf-8")
    (tmp_path / "reference" / "old.md").write_text("nothing makes it any more", encoding="utf-8")
    stale = run("docs", "--check", *where)
    assert stale.exit_code == 1
    assert "rules.md and old.md" in stale.stderr
    assert run("docs").exit_code == 2


def test_the_page_for_the_clinician_has_a_box_for_every_open_rule(tmp_path) -> None:
    run("docs", "--write", "--folder", str(tmp_path))
    page = (tmp_path / "to-be-confirmed.md").read_text(encoding="utf-8")
    waiting = [rule for rule in content().protocols.rules if rule.unconfirmed or rule.reviewer == "none"]
    assert [rule.id for rule in waiting if f"- [ ] **{rule.id}**" not in page] == []


def test_start_without_a_terminal_shows_an_example_and_how_to_go_on() -> None:
    result = run_for_real("start", "--on", "2026-11-22")
    assert result.returncode == 0
    assert "effleurage ask --save patient.yaml" in result.stdout
