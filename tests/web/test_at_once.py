"""Two people act on the same records at the same moment: one waits, and then sees what the other has done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.installation import FOUND, Installation


@pytest.mark.hazard("H02")
def test_two_desks_at_once_get_two_numbers_and_never_make_a_chain_of_records(installation: Installation) -> None:
    installation.done(*FOUND)
    ended = installation.python(str(Path(__file__).with_name("at_once.py")))
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["numbers"] == ["P-00010", "P-00011"]
    assert found["chain"] == ["united", "Folded"]
    assert found["chain backwards"] == ["united", "InputError"]
    assert found["ring"] == ["united", "Folded"]
    assert found["twice"] == ["united", "InputError"]
    assert found["read meanwhile"] == ["united", "read"]
    assert found["folded, then kept"], "who holds a folded record holds the one that it counts in"
    assert found["chains"] == []
    assert "nothing was changed" in installation.done("verify")
