"""What people hand in that cannot be read as it stands, and the sentence that each of them gets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.facts.derive import Facts, derive
from effleurage.facts.read_intake import read_intake, read_intake_file, read_now
from effleurage.lib.marked import MAX_BYTES, parse_yaml
from effleurage.protocol.load import Protocols

HERE = Path(__file__).parent


def rows(name: str) -> list[Any]:
    """The rows of a table as parameters, each named by its sentence."""
    return [pytest.param(row, id=row["says"]) for row in yaml.safe_load((HERE / name).read_text("utf-8"))]


def facts_of(text: str, protocols: Protocols, now: datetime) -> Facts:
    tree = parse_yaml(f"facts:\n  {text}\n", "ann.yaml")
    return derive(intake=read_intake(tree, protocols.facts, on=now), table=protocols.facts, on=now)


def refused(path: Path, protocols: Protocols, now: datetime) -> str:
    with pytest.raises(InputError) as fault:
        read_intake_file(path, protocols.facts, on=now)
    assert fault.value.exit_code == 2
    assert fault.value.remedy
    return str(fault.value)


@pytest.mark.hazard("H05")
@pytest.mark.parametrize("row", rows("values.yaml"))
def test_a_misread_number_is_refused_in_these_words(row: dict[str, str], protocols: Protocols, now: datetime) -> None:
    with pytest.raises(InputError) as fault:
        facts_of(row["facts"], protocols, now)
    assert str(fault.value) == row["error"]


@pytest.mark.parametrize("row", rows("answers.yaml"))
def test_an_answer_that_is_none_is_refused_in_these_words(
    row: dict[str, str], protocols: Protocols, now: datetime
) -> None:
    with pytest.raises(InputError) as fault:
        facts_of(row["facts"], protocols, now)
    assert str(fault.value) == row["error"]


@pytest.mark.parametrize("row", rows("documents.yaml"))
def test_a_file_that_is_no_intake_is_refused_in_these_words(
    row: dict[str, str], protocols: Protocols, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / f"ann{row['suffix']}"
    path.write_bytes(bytes.fromhex(row["hex"]) if "hex" in row else row["text"].encode())
    assert refused(path, protocols, now) == row["error"]


@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    "answer, name, shown",
    [
        ("t_score_spine: -2.5", "t_score_spine", "-2.5 SD"),
        ('t_score_spine: "−2.5"', "t_score_spine", "-2.5 SD"),
        ("t_score_spine: {value: 2.5, sure: yes}", "t_score_spine", "2.5 SD"),
        ("t_score_spine: -2.5 SD", "t_score_spine", "-2.5 SD"),
        ("t_score_spine: -2.51", "t_score_spine", "-2.6 SD"),  # toward the bad news
        ("height_now: 158 cm", "height_now", "158.0 cm"),
        ("height_now: 158cm", "height_now", "158.0 cm"),
        ("height_now: 1.58 m", "height_now", "158.0 cm"),
        ("height_now: {value: 1580, unit: mm}", "height_now", "158.0 cm"),
        ("body_temperature: 100.4 °F", "body_temperature", "38.0 °C"),
        ("systolic: 16 kPa", "systolic", None),
        ("platelets: 250000 /uL", "platelets", "250 × 10⁹/L"),
    ],
)
def test_the_same_value_in_its_right_form_is_taken(
    answer: str, name: str, shown: str | None, protocols: Protocols, now: datetime
) -> None:
    facts = facts_of(answer, protocols, now)
    assert facts[name] is not None
    assert shown in (None, facts.shown(name))


@pytest.mark.hazard("H26")
def test_a_birth_may_lie_125_years_back_and_no_more(protocols: Protocols, now: datetime) -> None:
    assert facts_of("birth_date: 1901-01-01", protocols, now)["age"] == 125
    with pytest.raises(InputError, match="more than 125 years ago"):
        facts_of("birth_date: 1900-12-31", protocols, now)


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".txt"])
def test_a_file_of_a_hundred_megabytes_is_refused_without_being_read(
    suffix: str, protocols: Protocols, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"ann{suffix}"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    asked: list[int] = []
    opened = Path.open

    def open_and_watch(self: Path, *args: Any, **kwargs: Any) -> Any:
        stream = opened(self, *args, **kwargs)
        read = stream.read

        class Watched:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def read(self, size: int = -1) -> Any:
                asked.append(size)
                return read(size)

        return Watched()

    monkeypatch.setattr(Path, "open", open_and_watch)
    assert refused(path, protocols, now) == f"{path}: It is larger than 2 MB. Hand in one patient at a time."
    assert asked == [MAX_BYTES + 1]


def test_a_folder_is_refused(protocols: Protocols, now: datetime, tmp_path: Path) -> None:
    assert refused(tmp_path, protocols, now) == f"{tmp_path}: This is a folder. Name a file inside it."


def test_a_file_that_is_not_there_is_refused(protocols: Protocols, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "nobody.yaml"
    assert refused(path, protocols, now) == f"{path}: There is no such file. Check the name."


def test_a_name_that_no_file_can_have_is_refused(protocols: Protocols, now: datetime, tmp_path: Path) -> None:
    assert "It cannot be read: File name too long." in refused(tmp_path / ("x" * 300), protocols, now)


def test_a_million_values_are_refused(protocols: Protocols, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "ann.yaml"
    path.write_text("facts: [" + "a," * 300_000 + "]")
    assert refused(path, protocols, now) == "ann.yaml:1: The document holds too many values. Split it."


def test_half_a_million_keys_of_which_one_stands_twice_are_refused_in_time(
    protocols: Protocols, now: datetime, tmp_path: Path
) -> None:
    path = tmp_path / "ann.json"
    path.write_text("{" + ",".join(f'"{number:x}":1' for number in range(150_000)) + ',"0":1}')
    assert refused(path, protocols, now) == "ann.json: '0' stands twice in one object. Keep one of the two."


@pytest.mark.parametrize("text", ["", "today", "2026-11", "2026-11-31", "22.11.2026", "2026-11-22T25:00"])
def test_a_day_of_the_plan_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no date"):
        read_now(text)


def test_none_of_these_gives_way_to_what_is_said_of_one_of_them(protocols: Protocols, now: datetime) -> None:
    """Somebody who says "none of these" and is unsure of one of them is unsure of that one."""
    asked = [fact.name for fact in protocols.facts.in_batch("emergency")]
    facts = f"facts: {{{asked[0]}: unknown, {asked[1]}: yes}}\nbatches: {{emergency: none}}\n"
    intake: Intake = read_intake(parse_yaml(facts, "ann.yaml"), protocols.facts, on=now)
    assert asked[0] not in intake.answers
    assert [intake.answers[name].value for name in asked[1:]] == [True] + [False] * (len(asked) - 2)


def test_an_intake_that_says_nothing_is_no_error(protocols: Protocols, now: datetime) -> None:
    assert read_intake(parse_yaml("facts: {}", "ann.yaml"), protocols.facts, on=now).answers == {}


def test_unknown_is_an_answer_to_everything(protocols: Protocols, now: datetime) -> None:
    names = [fact.name for fact in protocols.facts.facts if fact.ask]
    for word in ("unknown", "?", "", "don't know"):
        text = "facts:\n" + "".join(f'  {name}: "{word}"\n' if word else f"  {name}:\n" for name in names)
        assert read_intake(parse_yaml(text, "ann.yaml"), protocols.facts, on=now).answers == {}
