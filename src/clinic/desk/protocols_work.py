"""Long work on a version, seen from the pages: begun once, watched by whoever looks, kept when it is done.

Each piece of work has a folder of its own in the installation: the content it reads, and the lines that the worker has
written so far. So every process of the server sees the same progress, and a server that restarts forgets nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import clinic
from clinic.actions.frame import Doing
from clinic.actions.protocols import keep_examination
from clinic.actions.protocols_checks import examination, files_of
from clinic.records.models import Examination

SILENT: Final = 240
"""Seconds without a line after which work counts as stopped: the solver gives up a single question after sixty."""
_begun: list[subprocess.Popen[bytes]] = []
"""Workers of this process, so that those that ended can be taken leave of."""


@dataclass(frozen=True, slots=True)
class Work:
    """Where a piece of work stands: not begun, under way, stopped, or done (`kept`)."""

    kind: str
    hash: str
    base_hash: str = ""
    state: str = "none"
    count: int = 0
    total: int = 0
    seconds: int = 0
    kept: Examination | None = None

    @property
    def left(self) -> str:
        """How long it will take, by how long it took so far."""
        if self.count == 0 or self.total <= 1:
            return _("%(seconds)s s so far; it may take two minutes") % {"seconds": self.seconds}
        return left_words(self.seconds, self.count, self.total)


def left_words(seconds: float, count: int, total: int) -> str:
    """'about 2 minutes left', by how long so many of so many took."""
    rest = seconds / count * (total - count) if count else 0
    if rest < 60:
        return _("less than a minute left")
    minutes = round(rest / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes) % {"n": minutes}


def look(doing: Doing, kind: str, content_hash: str, base_hash: str = "", *, kept: Examination | None = None) -> Work:
    """Where the work stands now. What has ended counts as under way until `begin` keeps it: looking writes nothing."""
    kept = kept or examination(kind, content_hash, base_hash)
    if kept is not None:
        return Work(kind, content_hash, base_hash, "done", kept=kept)
    folder = _folder(Work(kind, content_hash, base_hash))
    if not folder.is_dir():
        return Work(kind, content_hash, base_hash)
    lines, now = _lines(folder), doing.now.timestamp()
    steps = [line for line in lines if "kind" in line]
    return Work(
        kind,
        content_hash,
        base_hash,
        "stopped" if _stopped(folder, lines, now) else "running",
        count=len(steps),
        total=int(lines[0]["total"]) if lines and "total" in lines[0] else 1,
        seconds=max(0, round(now - _began(folder, now))),
    )


def _stopped(folder: Path, lines: list[dict[str, Any]], now: float) -> bool:
    """Whether the solver gave up, or its process fell silent."""
    if lines and ("end" in lines[-1] or "gave_up" in lines[-1]):
        return "gave_up" in lines[-1]
    written = folder / "lines"
    return now - (written if written.exists() else folder).stat().st_mtime > SILENT


def begin(doing: Doing, kind: str, content_hash: str, base_hash: str = "", *, again: bool) -> Work:
    """Begins the work, unless it is under way or done; keeps what has ended. What stopped begins anew only if somebody
    asks (`again`).
    """
    found = look(doing, kind, content_hash, base_hash)
    if found.state == "running":
        return _settled(doing, found)
    if found.state == "done" or (found.state == "stopped" and not again):
        return found
    folder = _folder(found)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return look(doing, kind, content_hash, base_hash)
    (folder / "began").write_text(str(doing.now.timestamp()))
    names = ["new", "base"] if base_hash else ["new"]
    for name, wanted in zip(names, (content_hash, base_hash), strict=False):
        _write(folder / name, files_of(wanted))
    _run([str(folder / name) for name in names], folder / "lines")
    return look(doing, kind, content_hash, base_hash)


def _folder(work: Work) -> Path:
    root: Path = settings.HOME.folder / "examinations"
    return root / "-".join(filter(None, (work.kind, work.hash[:24], work.base_hash[:24])))


def _began(folder: Path, otherwise: float) -> float:
    try:
        return float((folder / "began").read_text())
    except (OSError, ValueError):
        return otherwise


def _lines(folder: Path) -> list[dict[str, Any]]:
    """The whole lines so far."""
    try:
        text = (folder / "lines").read_text("utf-8")
    except OSError:
        return []
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def _run(arguments: list[str], out: Path) -> None:
    """Starts the worker, with nothing of the server's environment but the way to its own code."""
    _begun[:] = [worker for worker in _begun if worker.poll() is None]
    source = str(Path(clinic.__file__ or "").parents[1])
    environment = {"PYTHONPATH": os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])}
    environment |= {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    with out.open("wb") as stream:
        _begun.append(
            subprocess.Popen(  # noqa: S603 - our own module, with folders that we made
                [sys.executable, "-m", "clinic.desk.protocols_worker", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        )


def _settled(doing: Doing, work: Work) -> Work:
    """Keeps what a worker found, if it has ended and speaks of the very content that was asked about."""
    lines = _lines(_folder(work))
    end = lines[-1] if lines else {}
    if (end.get("end"), end.get("base")) != (work.hash, work.base_hash):
        return work
    steps = [line for line in lines if "kind" in line]
    kept = keep_examination(
        doing,
        kind=work.kind,
        content_hash=work.hash,
        base_hash=work.base_hash,
        ok=all(step["ok"] for step in steps),
        results={"steps": steps},
    )
    shutil.rmtree(_folder(work), ignore_errors=True)
    return Work(work.kind, work.hash, work.base_hash, "done", kept=kept)
