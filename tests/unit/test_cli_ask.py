"""`effleurage ask`: batches, one question at a time, back, help, saving, and what the end of input does."""

from __future__ import annotations

from effleurage.commands.intake_file import intake_text
from effleurage.facts.answers import Intake
from effleurage.facts.read_intake import read_intake_file
from effleurage.protocol.lattice import Verdict
from tests.agreement.patients import content
from tests.unit.cli_help import case, patient, run

ON = ("--on", "2026-11-22")


def saved(path) -> Intake:
    return read_intake_file(path, content().protocols.facts, on=case(Verdict.MODIFIED).on.replace(year=2027))


def test_the_end_of_input_saves_and_says_how_to_go_on(tmp_path) -> None:
    file = tmp_path / "patient.yaml"
    result = run("ask", *ON, "--save", str(file), stdin="0\n0\n")
    assert result.exit_code == 1
    assert f"Go on with: effleurage ask --from {file} --save {file}" in result.output
    assert all(answer.value is False for answer in saved(file).answers.values())
    again = run("ask", *ON, "--from", str(file), "--save", str(file), stdin="")
    assert "none of these" in again.output
    first = content().protocols.facts.batches[0][1]
    assert first in result.output
    assert first not in again.output, "what was answered is not asked again"


def test_nothing_is_saved_without_being_asked_to(tmp_path) -> None:
    result = run("ask", *ON, stdin="0\nq\n")
    assert result.exit_code == 1
    assert "Nothing was saved" in result.output


def test_back_takes_the_last_answer_away(tmp_path) -> None:
    file = tmp_path / "patient.yaml"
    run("ask", *ON, "--save", str(file), stdin="0\n0\nb\n")
    once = tmp_path / "once.yaml"
    run("ask", *ON, "--save", str(once), stdin="0\n")
    assert saved(file).answers.keys() == saved(once).answers.keys()


def test_an_emergency_says_at_once_what_to_do_and_ends_with_the_plan() -> None:
    result = run("ask", *ON, stdin="1\n\n")
    assert result.exit_code == 5
    assert "EMERGENCY. Stop here and get help now." in result.output
    assert "Whom to see" in result.output


def test_a_slip_in_an_emergency_can_be_corrected() -> None:
    result = run("ask", *ON, stdin="1\nb\n0\n")
    assert " ".join(result.output.split()).count(content().protocols.facts.batches[0][1]) == 2
    assert result.exit_code == 1, "the questions went on, and the input ended"


def test_some_of_a_batch_may_be_unknown_and_are_not_asked_again(tmp_path) -> None:
    file = tmp_path / "patient.yaml"
    result = run("ask", *ON, "--save", str(file), stdin="2?\n0\n")
    batch = content().protocols.facts.in_batch(content().protocols.facts.batches[0][0])
    assert batch[1].name not in saved(file).answers
    assert saved(file).answers[batch[0].name].value is False
    assert " ".join(result.output.split()).count(batch[1].ask) == 1


def test_what_cannot_be_meant_is_asked_again_and_nothing_is_taken() -> None:
    result = run("ask", *ON, stdin="99\nmaybe\n\nh\n0\n")
    assert "'99' is no number from 1 to" in result.output
    assert "'maybe' is no number" in result.output
    assert "An empty line could mean anything" in result.output


def test_a_settled_patient_is_asked_nothing_and_gets_the_plan(tmp_path) -> None:
    file, on = patient(tmp_path, Verdict.MODIFIED)
    result = run("ask", "--on", on, "--from", file, stdin="")
    assert result.exit_code == 0
    assert "no other answer could change the plan" in result.output


def test_every_case_of_the_content_can_be_saved_and_read_again(tmp_path) -> None:
    facts = content().protocols.facts
    for each in content().cases:
        file = tmp_path / "case.yaml"
        file.write_text(intake_text(each.intake, facts), encoding="utf-8")
        again = read_intake_file(file, facts, on=each.on)
        assert {name: (answer.value, answer.on, answer.origin) for name, answer in again.answers.items()} == {
            name: (answer.value, answer.on, answer.origin) for name, answer in each.intake.answers.items()
        }, each.name
