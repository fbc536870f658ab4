"""An installation of its own for a test: a folder, a database, and the command that people type, as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from clinic.config.cli import main; main(prog_name='clinic')")
FOUND = (
    "new", "--name", "North", "--location", "Main", "--zone", "Europe/Kyiv", "--owner-name", "Ann Berg",
    "--owner", "ann@north.test", "--lead-name", "Lee Dahl", "--lead", "lee@north.test",
)  # fmt: skip


@dataclass
class Installation:
    folder: Path
    database: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLINIC_", "DJANGO_"))}
        own = {"CLINIC_HOME": str(self.folder), "CLINIC_DATABASE": self.database, "CLINIC_DEMO": "1"}
        own["DJANGO_SETTINGS_MODULE"] = "clinic.config.settings"
        return {**kept, **own, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", **self.more}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`clinic ...`, to its end."""
        return self.python(*COMMAND[1:], *words)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )

    def done(self, *words: str) -> str:
        """What `clinic ...` says, where it must succeed."""
        ended = self.run(*words)
        assert ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        assert "Traceback" not in ended.stderr
        return ended.stdout


@dataclass
class Server:
    """`clinic serve` on a free port, with all its processes."""

    process: subprocess.Popen[str]
    url: str

    def end(self, how: signal.Signals) -> int:
        """Ends the server and all that it started, and waits for it."""
        os.killpg(self.process.pid, how)
        code = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def serve(installation: Installation) -> Server:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=installation.env, cwd=ROOT, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "open at" in line:
            return Server(process, line.split()[-1])
    raise AssertionError(f"the server did not start: {said}")


def make_database(url: str, name: str) -> str:
    """A database beside the one that the address names; returns its address."""
    with psycopg.connect(url, autocommit=True) as direct:
        direct.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as direct:
        direct.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
