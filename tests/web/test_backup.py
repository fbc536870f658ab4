"""Backups are checked before they count, and a restore never makes an old plan look valid."""

from __future__ import annotations

import json
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.accounts.models import Role
from clinic.actions.frame import Doing
from clinic.actions.links import make_link
from clinic.actions.merge import merge_patients, unmerge_patients
from clinic.actions.people import HOUSE
from clinic.actions.plan_treatment import release_plan
from clinic.actions.record_restored import record_restored
from clinic.actions.tablets import TRIES, is_revoked, revoke_tablet, unlock_tablet
from clinic.config import lockbox
from clinic.config.backup import Manifest, last_told, latest
from clinic.config.home import Home
from clinic.config.restore import newer_than
from clinic.records import beside
from clinic.records.journal import verify
from clinic.records.models import AccessLink, PatientState, PlanLock
from clinic.records.models import Tablet as TabletRow
from clinic.records.standing import PlanState, standing
from effleurage.errors import InputError
from tests.web.conftest import NOW, House
from tests.web.installation import FOUND, Installation
from tests.web.table import Tablet
from tests.web.test_plans import signed

PLANS = Path(__file__).with_name("make_plans.py")


def by_house(house: House) -> Doing:
    return Doing(actor=HOUSE, now=NOW + timedelta(hours=1), token=house.token, via="test")


def manifest(told: str) -> Manifest:
    return Manifest(1, NOW.isoformat(), "sqlite", {}, {}, 8, told, [])


def telling(path: Path, *rows: tuple[int, int | None, str]) -> list[str]:
    """A file beside the database with these acts: number, patient, event."""
    lines = [
        str(beside.line(number=number, patient_id=patient, at=NOW + timedelta(minutes=number), event=event))
        for number, patient, event in rows
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    return lines


# ---- who is locked


@pytest.mark.hazard("H28")
def test_after_a_restore_the_plan_of_a_changed_patient_is_locked_and_an_unchanged_one_is_not(house: House) -> None:
    changed, plan = signed(house)
    same, other = signed(house)
    locks = record_restored(by_house(house), changed={changed.pk}, tablets=False, acts=8, why="Test.")
    assert [(lock.plan_id, lock.kind) for lock in locks] == [(plan.pk, PlanLock.Kind.RESTORED)]
    assert standing(changed, now=NOW).plan_state is PlanState.LOCKED
    assert standing(same, now=NOW).plan_state is PlanState.SIGNED
    assert not PatientState.objects.get(patient=changed).may_treat
    assert PatientState.objects.get(patient=same).may_treat
    assert other.locks.count() == 0
    assert verify() == []


@pytest.mark.hazard("H28")
def test_where_nobody_knows_what_is_newer_every_plan_is_locked(house: House) -> None:
    first, _ = signed(house)
    second, _ = signed(house)
    record_restored(by_house(house), changed=None, tablets=False, acts=8, why="Test.")
    assert {standing(each, now=NOW).plan_state for each in (first, second)} == {PlanState.LOCKED}


@pytest.mark.hazard("H28")
def test_a_record_that_was_folded_into_another_locks_the_plan_of_the_one_it_is_now(house: House) -> None:
    kept, _ = signed(house)
    folded = house.patient("Ada", "Berg-Holm")
    type(folded).objects.filter(pk=folded.pk).update(merged_into=kept)
    record_restored(by_house(house), changed={folded.pk}, tablets=False, acts=8, why="Test.")
    assert standing(kept, now=NOW).plan_state is PlanState.LOCKED


@pytest.mark.hazard("H28")
@pytest.mark.parametrize("separated", [False, True])
def test_uniting_and_separating_after_a_backup_lock_the_plans_of_both_records(
    house: House, settings: Any, tmp_path: Path, separated: bool
) -> None:
    """Going back to before it revives the folded record, whose links are open and whose plan looks signed."""
    settings.HOME = Home(tmp_path, {})
    (kept, _), (folded, _) = signed(house), signed(house)
    why = "Same face, same birth date, same telephone number."
    lead = house.doing(Role.CLINICAL_LEAD)
    if separated:
        merge_patients(lead, public=kept.public, folded=folded.public, reason=why)
    told = last_told("default")
    act = unmerge_patients if separated else merge_patients
    act(lead, public=kept.public, folded=folded.public, reason=why)
    newer = newer_than(manifest(told), settings.HOME.journal)
    assert newer.patients == {kept.pk, folded.pk}
    assert newer_than(manifest(last_told("default")), settings.HOME.journal).patients == set()


def test_who_has_no_plan_in_the_backup_has_none_to_lock(house: House) -> None:
    changed = house.patient()
    assert record_restored(by_house(house), changed={changed.pk}, tablets=False, acts=8, why="Test.") == []
    assert not PatientState.objects.get(patient=changed).may_treat


def test_the_lead_releases_a_plan_that_a_restore_locked(house: House) -> None:
    patient, plan = signed(house)
    record_restored(by_house(house), changed=None, tablets=False, acts=8, why="Test.")
    release_plan(
        house.doing(Role.CLINICAL_LEAD, fresh=True), public=patient.public, plan=plan.public,
        reason="Asked on the telephone: nothing is new.",
    )  # fmt: skip
    assert standing(patient, now=NOW).plan_state is PlanState.SIGNED


def test_a_private_link_that_was_perhaps_closed_does_not_come_back_to_life(house: House) -> None:
    changed, same = house.patient(), house.patient("Bo", "Dahl")
    for patient in (changed, same):
        make_link(house.doing(Role.FRONT_DESK), public=patient.public, purpose=AccessLink.Purpose.INTAKE)
    record_restored(by_house(house), changed={changed.pk}, tablets=False, acts=8, why="Test.")
    assert list(AccessLink.objects.filter(revoked_at=None).values_list("patient", flat=True)) == [same.pk]


@pytest.mark.parametrize("revoked_since", [False, True])
def test_a_tablet_that_was_perhaps_taken_out_of_use_does_not_come_back_to_life(
    house: House, revoked_since: bool
) -> None:
    tablet = Tablet(house)
    record_restored(by_house(house), changed=set(), tablets=revoked_since, acts=8, why="Test.")
    found = TabletRow.objects.get(public=tablet.public)
    assert (found.revoked_at is not None, found.half == "") == (revoked_since, revoked_since)
    assert is_revoked(tablet.public) is revoked_since, "and hears of it"


# ---- who is newer than the backup


@pytest.mark.parametrize("how", ["revoked", "wrong PINs"])
def test_the_file_beside_tells_that_a_tablet_was_taken_out_of_use(
    house: House, settings: Any, tmp_path: Path, how: str
) -> None:
    settings.HOME = Home(tmp_path, {})
    tablet = Tablet(house)
    told = last_told("default")
    assert not newer_than(manifest(told), settings.HOME.journal).tablets
    if how == "revoked":
        revoke_tablet(house.doing(Role.THERAPIST), tablet=tablet.public)
    for wrong in range(TRIES if how == "wrong PINs" else 0):
        assert not newer_than(manifest(told), settings.HOME.journal).tablets, f"{wrong} wrong PINs take out none"
        unlock_tablet(house.doing(Role.THERAPIST), tablet=tablet.public, verifier="cd" * 32)
    assert newer_than(manifest(told), settings.HOME.journal).tablets


def test_a_tablet_taken_out_of_use_after_the_backup_or_perhaps_takes_out_all(tmp_path: Path) -> None:
    path = tmp_path / "changes.log"
    lines = telling(path, (8, 2, "plan.sign"), (9, None, "tablet.unlock"), (10, None, "tablet.revoke"))
    assert newer_than(manifest(lines[0]), path).tablets
    assert not newer_than(manifest(lines[2]), path).tablets, "it was before"
    assert newer_than(manifest(""), path).tablets, "nobody knows"
    lines = telling(path, (8, 2, "plan.sign"), (9, None, "protocol.withdraw"))
    assert not newer_than(manifest(lines[0]), path).tablets, "every plan, but no tablet"


@pytest.mark.hazard("H28")
def test_the_file_beside_tells_whose_record_is_newer(tmp_path: Path) -> None:
    path = tmp_path / "changes.log"
    lines = telling(path, (7, 1, "facts.answer"), (8, 2, "plan.sign"), (9, 1, "facts.correct"), (11, 3, "link.make"))
    assert newer_than(manifest(lines[1]), path).patients == {1, 3}
    assert newer_than(manifest(lines[3]), path).patients == set()


@pytest.mark.hazard("H28")
@pytest.mark.parametrize("told", ["", "8 2 2020-01-01T00:00:00+00:00 plan.sign"])
def test_a_file_that_does_not_reach_the_backup_locks_all(tmp_path: Path, told: str) -> None:
    path = tmp_path / "changes.log"
    assert newer_than(manifest(told), path).patients is None
    telling(path, (9, 1, "facts.correct"))
    assert newer_than(manifest(told), path).patients is None


@pytest.mark.hazard("H28")
def test_protocols_changed_after_the_backup_lock_all(tmp_path: Path) -> None:
    path = tmp_path / "changes.log"
    lines = telling(path, (8, 2, "plan.sign"), (9, None, "protocol.withdraw"))
    assert newer_than(manifest(lines[0]), path).patients is None
    lines = telling(path, (8, 2, "plan.sign"), (9, None, "settings.room"))
    assert newer_than(manifest(lines[0]), path).patients == set()


@pytest.mark.hazard("H28")
def test_acts_before_an_earlier_restore_count_too(tmp_path: Path) -> None:
    """Two histories follow the same act; a patient of either may have lost something."""
    path = tmp_path / "changes.log"
    lines = telling(path, (8, 2, "plan.sign"), (9, 1, "facts.correct"))
    with path.open("a") as file:
        file.write(f"restored 8 {NOW.isoformat()}\n9 3 {NOW.isoformat()} facts.correct\n")
    assert newer_than(manifest(lines[0]), path).patients == {1, 3}


# ---- the whole way, by the commands


def plans(installation: Installation, *words: str) -> dict[str, str]:
    """Runs `make_plans.py`; the state of each patient's plan by family name."""
    ended = installation.python(str(PLANS), *words)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, str] = json.loads(ended.stdout)
    return found


@pytest.mark.hazard("H28")
def test_a_clinic_comes_back_from_an_old_backup_with_the_changed_patient_locked(installation: Installation) -> None:
    installation.done(*FOUND)
    assert plans(installation, "sign", "Changed", "Same") == {"Changed": "signed", "Same": "signed"}
    copy = installation.folder / "old.backup"
    installation.done("backup", str(copy))
    plans(installation, "write", "Changed")
    assert "Lost" in plans(installation, "sign", "Lost")

    refused = installation.run("restore", str(copy))
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    said = installation.done("restore", str(copy), "--replace")
    assert plans(installation, "show") == {"Changed": "locked", "Same": "signed"}
    assert "1 plan locked" in said
    assert "Set each up anew" not in said
    assert "patient.register" in said, "a patient registered after the backup is named by the act"
    assert "is kept as" in said
    assert "nothing was changed" in installation.done("verify")


@pytest.mark.hazard("H28")
def test_a_bare_machine_takes_a_backup_by_one_command_and_locks_all(installation: Installation, tmp_path: Path) -> None:
    installation.done(*FOUND)
    plans(installation, "sign", "One", "Two")
    installation.done("backup", str(tmp_path / "copy"))
    bare = Installation(tmp_path / "bare", installation.database)
    said = bare.done("restore", str(tmp_path / "copy"), *(["--replace"] if bare.database else []))
    assert plans(bare, "show") == {"One": "locked", "Two": "locked"}
    assert "does not reach back" in said
    assert "Set each up anew" in said
    assert (bare.folder / "audit.key").read_text() == (installation.folder / "audit.key").read_text()
    assert (bare.folder / "audit.key").stat().st_mode & 0o777 == 0o600
    assert "nothing was changed" in bare.done("verify")


def test_a_backup_is_readable_by_its_owner_only_and_locked_with_a_passphrase(
    installation: Installation, tmp_path: Path
) -> None:
    installation.done(*FOUND)
    assert "keep it as safe" in installation.done("backup", str(tmp_path / "open"))
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o600
    with tarfile.open(tmp_path / "open") as archive:
        assert set(archive.getnames()) == {"manifest.json", "database", "secret.key", "audit.key"}
    words = {name: tmp_path / name for name in ("right", "wrong")}
    for name, path in words.items():
        path.write_text(f"{name} horse\n")
    installation.done("backup", str(tmp_path / "locked"), "--passphrase-file", str(words["right"]))
    assert b"manifest" not in (tmp_path / "locked").read_bytes()
    for more, said in (((), "is locked"), (("--passphrase-file", str(words["wrong"])), "not the passphrase")):
        refused = installation.run("restore", str(tmp_path / "locked"), "--replace", *more)
        assert refused.returncode == 2
        assert said in refused.stderr
    installation.done("restore", str(tmp_path / "locked"), "--replace", "--passphrase-file", str(words["right"]))


def test_what_is_damaged_is_not_restored_and_nothing_is_changed(installation: Installation, tmp_path: Path) -> None:
    installation.done(*FOUND)
    copy = tmp_path / "copy"
    installation.done("backup", str(copy))
    good = copy.read_bytes()
    middle = len(good) // 2
    one_bit = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    for damaged in (good[:middle], one_bit, b"nothing"):
        copy.write_bytes(damaged)
        refused = installation.run("restore", str(copy), "--replace")
        assert refused.returncode == 2, refused.stdout + refused.stderr
        assert "no whole backup" in refused.stderr
    assert "2 acts" not in installation.done("verify")
    assert "3 acts" in installation.done("verify")


def test_a_database_with_a_fault_makes_no_backup(installation: Installation) -> None:
    installation.done(*FOUND)
    forged = "from django.db import connection as c; c.cursor().execute(\"UPDATE records_audithead SET last = 'x'\")"
    installation.done("manage", "shell", "--no-imports", "-c", forged)
    refused = installation.run("backup")
    assert refused.returncode == 2
    assert "cut off" in refused.stderr
    assert latest(installation.folder / "backups") is None
    faults = installation.run("verify")
    assert faults.returncode == 1
    assert "head: it does not name the last act" in faults.stdout


# ---- the passphrase


@pytest.mark.parametrize("size", [0, 1, lockbox.PIECE - 1, lockbox.PIECE, lockbox.PIECE + 1, 2 * lockbox.PIECE])
def test_a_locked_file_opens_as_it_was(tmp_path: Path, size: int) -> None:
    clear, box, again = (tmp_path / name for name in ("clear", "box", "again"))
    clear.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    lockbox.lock(clear, box, "horse")
    assert lockbox.is_locked(box)
    lockbox.unlock(box, again, "horse")
    assert again.read_bytes() == clear.read_bytes()


def test_no_piece_of_a_locked_file_can_be_left_out_moved_or_changed(tmp_path: Path) -> None:
    clear, box = tmp_path / "clear", tmp_path / "box"
    clear.write_bytes(b"a" * (3 * lockbox.PIECE))
    lockbox.lock(clear, box, "horse")
    whole = box.read_bytes()
    head, piece = len(lockbox.MAGIC) + 48, lockbox.PIECE + lockbox.TAG
    first, second = whole[head : head + piece], whole[head + piece : head + 2 * piece]
    wrong = {
        "cut": whole[:-piece],
        "left out": whole[:head] + second + whole[head + 2 * piece :],
        "moved": whole[:head] + second + first + whole[head + 2 * piece :],
        "changed": whole[:-1] + bytes([whole[-1] ^ 1]),
    }
    for name, damaged in wrong.items():
        box.write_bytes(damaged)
        with pytest.raises(InputError, match="damaged"):
            lockbox.unlock(box, tmp_path / name, "horse")


def test_the_last_backup_is_told_by_its_name(tmp_path: Path) -> None:
    for day in ("22", "23", "24"):
        (tmp_path / f"clinic-202611{day}-090000.backup{'.part' if day == '24' else ''}").touch()
    assert latest(tmp_path) == tmp_path / "clinic-20261123-090000.backup"
    assert latest(tmp_path / "none") is None
