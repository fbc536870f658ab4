"""What an installation reads from its environment, and the secrets it makes for itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clinic.config.home import Home
from effleurage.errors import InputError


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {})
    made = home.key("audit")
    assert len(made) >= 60
    assert home.key("audit") == made
    assert home.key("secret") != made
    assert home.key_file("audit").stat().st_mode & 0o777 == 0o600
    assert home.folder.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in home.folder.iterdir()) == ["audit.key", "secret.key"]


def test_many_that_make_a_key_at_once_get_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {})
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: home.key("secret"), range(64)))) == 1


def test_sqlite_in_the_folder_is_what_nobody_has_to_choose(tmp_path: Path) -> None:
    made = Home(tmp_path, {}).database()
    assert made["ENGINE"] == "django.db.backends.sqlite3"
    assert made["NAME"] == str(tmp_path / "clinic.sqlite3")
    options = made["OPTIONS"]
    assert isinstance(options, dict)
    assert options["transaction_mode"] == "IMMEDIATE"
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "mmap_size=0"):
        assert f"PRAGMA {setting}" in options["init_command"]


def test_another_file_can_be_named(tmp_path: Path) -> None:
    home = Home(tmp_path, {"CLINIC_DATABASE": str(tmp_path / "other.sqlite3")})
    assert home.database()["NAME"] == str(home.database_file) == str(tmp_path / "other.sqlite3")


@pytest.mark.parametrize(
    "url, host, port, user, password, name",
    [
        ("postgresql://ann:p%40ss@db.test:5433/clinic", "db.test", "5433", "ann", "p@ss", "clinic"),
        ("postgres://ann@/clinic?host=/run/postgresql", "/run/postgresql", "", "ann", "", "clinic"),
    ],
)
def test_an_address_of_postgresql_is_read(
    url: str, host: str, port: str, user: str, password: str, name: str, tmp_path: Path
) -> None:
    made = Home(tmp_path, {"CLINIC_DATABASE": url}).database()
    assert made["ENGINE"] == "django.db.backends.postgresql"
    found = (made["HOST"], made["PORT"], made["USER"], made["PASSWORD"], made["NAME"])
    assert found == (host, port, user, password, name)


def test_backups_and_the_file_beside_may_be_on_another_disk(tmp_path: Path) -> None:
    home = Home(tmp_path, {"CLINIC_BACKUPS": "/mnt/b", "CLINIC_JOURNAL": "/mnt/j/changes.log"})
    assert (home.backups, home.journal) == (Path("/mnt/b"), Path("/mnt/j/changes.log"))
    assert Home(tmp_path, {}).backups == tmp_path / "backups"


@pytest.mark.parametrize("text, port", [("", 8000), ("8123", 8123), ("0", 0)])
def test_the_port_comes_from_the_environment(text: str, port: int, tmp_path: Path) -> None:
    assert Home(tmp_path, {"PORT": text}).port() == port


@pytest.mark.parametrize("text", ["eighty", "-1", "70000", "80.0"])
def test_a_port_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="port"):
        Home(tmp_path, {"PORT": text}).port()
