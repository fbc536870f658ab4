"""The doctor finds what is wrong with an installation, and the server refuses a database that could lose records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

from clinic.accounts.models import Location
from clinic.config import doctor, fit, sqlite_versions
from clinic.config.fit import Finding, Level
from clinic.config.home import Home
from clinic.config.sqlite_versions import keeps_its_log
from clinic.records.models import AuditHead, Proposal
from effleurage.errors import InputError
from tests.web.conftest import NOW, House
from tests.web.installation import COMMAND, Installation

SQLITE = connection.vendor == "sqlite"
only_sqlite = pytest.mark.skipif(not SQLITE, reason="it is about SQLite's own settings")
only_postgresql = pytest.mark.skipif(SQLITE, reason="it is about PostgreSQL's own settings")


@pytest.mark.hazard("H28")
@pytest.mark.parametrize(
    "version, sound",
    [
        ((3, 7, 0), False), ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 44, 9), True),
        ((3, 45, 0), False), ((3, 49, 9), False), ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 0), False),
        ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((3, 53, 4), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_the_versions_with_the_fault_in_the_log_are_known(version: tuple[int, int, int], sound: bool) -> None:
    assert keeps_its_log(version) is sound


def levels(findings: Iterator[Finding]) -> dict[str, Level]:
    return {each.about: each.level for each in findings}


@contextmanager
def changed(owner: Any, **values: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(owner, name, value)
        yield


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Home:
    """A folder of its own, in which everything is well."""
    folder = tmp_path / "home"
    settings.HOME = Home(folder, {})
    settings.AUDIT_KEY = settings.HOME.key("audit")
    settings.HOME.key("secret")
    return settings.HOME  # type: ignore[no-any-return]


def test_an_installation_that_is_well_has_no_failure(home: Home, house: House) -> None:
    found = list(doctor.examine(NOW))
    failed = [each for each in found if each.level is Level.FAIL and each.about not in ("settings", "libraries")]
    assert failed == [], "the test's own database is neither on disk nor synced"
    assert {each.about for each in found} >= {
        "folder", "settings", "schema", "space", "secret key", "audit key", "debug", "https", "mail", "language",
        "backup", "clock", "time zones", "protocols", "rules", "journal",
    }  # fmt: skip
    assert [each for each in found if each.level is not Level.OK and not each.remedy] == []


@only_sqlite
@pytest.mark.hazard("H28")
@pytest.mark.parametrize(
    "setting",
    ["journal_mode=DELETE", "synchronous=NORMAL", "foreign_keys=OFF", "mmap_size=1048576", "trusted_schema=ON"],
)
def test_each_setting_of_sqlite_is_read_back_from_the_connection(setting: str, tmp_path: Path, db: None) -> None:
    made = Home(tmp_path, {}).database()
    own = DatabaseWrapper({**connection.settings_dict, **made}, "own")
    try:
        with changed(fit, connection=own):
            assert levels(fit._sqlite())["settings"] is Level.OK
            with own.cursor() as cursor:
                cursor.execute(f"PRAGMA {setting}")
            assert levels(fit._sqlite())["settings"] is Level.FAIL
            with pytest.raises(InputError, match=setting.partition("=")[0]):
                fit.refuse_unfit()
    finally:
        own.close()


@only_sqlite
@pytest.mark.hazard("H28")
def test_the_server_does_not_start_on_the_library_of_the_system_if_that_has_the_fault(
    installation: Installation,
) -> None:
    """Without the package that brings a mended library, Python's own is used: it must be sound, or refused."""
    version = installation.python("-c", "import sqlite3; print(sqlite3.sqlite_version)").stdout.strip()
    without = "import sys; sys.modules['pysqlite3'] = None; " + COMMAND[2]
    if keeps_its_log(sqlite_versions.read(version)):
        pytest.skip(f"the system's SQLite {version} is sound")
    ended = installation.python("-c", without, "serve", "--port", "0")
    assert ended.returncode == 2
    assert f"Version {version} can lose what was written" in ended.stderr
    assert "Traceback" not in ended.stderr


@only_sqlite
def test_two_libraries_in_one_process_are_seen() -> None:
    line = "7f00-7f01 r-xp 00000000 08:01 12  "
    own, systems = "/v/site-packages/pysqlite3/_sqlite3.abi3.so", "/usr/lib/libsqlite3.so.0.8.6"
    assert fit.libraries(f"{line}{own}\n{line}{own}\n") == {own}
    assert fit.libraries(f"{line}{own}\n{line}{systems}\n") == {own, systems}


def test_a_folder_across_a_network_is_seen() -> None:
    mounts = (
        "22 1 8:1 / / rw - ext4 /dev/a rw\n"
        "31 22 0:40 / /srv rw shared:2 - nfs4 host:/srv rw\n"
        "32 31 8:2 / /srv/local\\040disk rw - xfs /dev/b rw\n"
    )
    assert fit.file_system(mounts, Path("/var/lib/clinic")) == "ext4"
    assert fit.file_system(mounts, Path("/srv/clinic")) in fit.FAR_AWAY
    assert fit.file_system(mounts, Path("/srv/local disk/clinic")) == "xfs"


@only_postgresql
@pytest.mark.hazard("H28")
def test_postgresql_without_fsync_is_refused_for_real_records(house: House, settings: Any) -> None:
    found = levels(fit._postgresql())
    assert (found["PostgreSQL"], found["zone"], found["btree_gist"]) == (Level.OK, Level.OK, Level.OK)
    assert found["settings"] is Level.FAIL, "the server of the tests does not sync"
    with pytest.raises(InputError, match="fsync"):
        fit.refuse_unfit()
    settings.DEMO = True
    fit.refuse_unfit()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o400])
def test_a_key_that_others_can_read_is_told(home: Home, mode: int) -> None:
    home.key_file("audit").chmod(mode)
    assert levels(doctor._keys()) == {"secret key": Level.OK, "audit key": Level.FAIL}


def test_a_key_that_is_missing_or_short_is_told(home: Home) -> None:
    home.key_file("secret").unlink()
    home.key_file("audit").write_text("short")
    assert set(levels(doctor._keys()).values()) == {Level.FAIL}


def test_a_folder_that_others_can_read_is_told(home: Home) -> None:
    assert levels(doctor._folder()) == {"folder": Level.OK}
    home.folder.chmod(0o755)
    assert levels(doctor._folder()) == {"folder": Level.WARN}


@pytest.mark.parametrize(
    "free, level", [(3_000_000_000, Level.OK), (1_000_000_000, Level.WARN), (100_000_000, Level.FAIL)]
)
def test_little_space_is_told(home: Home, free: int, level: Level) -> None:
    with changed(doctor.shutil, disk_usage=lambda _: SimpleNamespace(free=free)):
        assert levels(doctor._space()) == {"space": level}


def test_debug_open_hosts_and_a_site_without_https_are_told(settings: Any) -> None:
    assert levels(doctor._site()) == {"debug": Level.OK, "https": Level.WARN}
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["*"]
    assert levels(doctor._site()) == {"debug": Level.FAIL, "hosts": Level.FAIL}


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, tzinfo=UTC), NOW - timedelta(minutes=1)])
def test_a_clock_that_is_behind_the_last_act_is_told(house: House, now: datetime) -> None:
    assert levels(doctor._clock(NOW)) == {"clock": Level.OK}
    assert levels(doctor._clock(now)) == {"clock": Level.FAIL}


def test_an_unknown_time_zone_is_told(house: House) -> None:
    assert levels(doctor._zones()) == {"time zones": Level.OK}
    Location.objects.update(zone="Europe/Kiew")
    assert levels(doctor._zones()) == {"time zones": Level.FAIL}


def test_a_clinic_without_protocols_is_told(house: House) -> None:
    Proposal.objects.update(state=Proposal.State.WITHDRAWN)
    assert levels(doctor._content()) == {"protocols": Level.FAIL}


def test_the_doctor_knows_every_rule_that_the_migrations_lay_down(db: None) -> None:
    assert doctor.expected_rules(connection.vendor) == doctor.rules_there()


def test_a_rule_of_the_database_that_somebody_took_away_is_told(house: House) -> None:
    assert levels(doctor._triggers()) == {"rules": Level.OK}
    with connection.cursor() as cursor:
        more = "_UPDATE" if SQLITE else " ON records_factentry"
        cursor.execute(f"DROP TRIGGER sealed_factentry{more}")
    assert levels(doctor._triggers()) == {"rules": Level.FAIL}


def test_a_journal_whose_end_was_cut_off_is_told(home: Home, house: House) -> None:
    assert levels(doctor._journal()) == {"journal": Level.OK}
    AuditHead.objects.update(number=0)
    assert levels(doctor._journal()) == {"journal": Level.FAIL}


def test_the_age_of_the_last_backup_and_one_that_does_not_open_are_told(home: Home) -> None:
    assert levels(doctor._backups(NOW)) == {"backup": Level.WARN}
    home.backups.mkdir()
    (home.backups / "clinic-20261122-080000.backup").write_bytes(b"not a backup")
    assert levels(doctor._backups(NOW)) == {"backup": Level.FAIL}


def test_a_check_that_cannot_be_made_is_a_failure_and_hides_no_other() -> None:
    def _broken() -> Iterator[Finding]:
        yield Finding(Level.OK, "first", "well")
        raise RuntimeError("no such thing")

    assert levels(doctor._made(_broken())) == {"first": Level.OK, "broken": Level.FAIL}


def test_the_command_says_what_to_do_and_ends_with_one(installation: Installation) -> None:
    ended = installation.run("doctor")
    assert ended.returncode == 1
    assert "'clinic serve' does it when it starts." in ended.stdout
    assert "Traceback" not in ended.stderr


@pytest.mark.one_database
def test_bad_input_gets_a_sentence_and_no_traceback(installation: Installation, tmp_path: Path) -> None:
    for words, said in (
        (("dctor",), "Did you mean 'doctor'?"),
        (("serve", "--port", "70000"), "70000"),
        (("new", "--zone", "Europe/Kiew"), "Europe/Kiew"),
        (("verify",), "older version"),
        (("restore", str(tmp_path / "none")), "no such file"),
    ):
        ended = installation.run(*words)
        assert ended.returncode == 2, words
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr
