"""What several commands need: the library with its cache, the day, patients from files, and writing whole files."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.facts.read_intake import read_intake, read_now, read_tree
from effleurage.lib.marked import decode, parse_json, parse_yaml, read_bytes, tree_of
from effleurage.library import Library, load_library
from effleurage.protocol.documents import BUILT_IN
from effleurage.protocol.lattice import Verdict

EXIT = {Verdict.GO: 0, Verdict.MODIFIED: 0, Verdict.ASK: 3, Verdict.WITHHOLD: 4, Verdict.EMERGENCY: 5}
MAX_BUNDLE = 20_000_000
Command = TypeVar("Command", bound=Callable[..., Any])


def content_option(command: Command) -> Command:
    return click.option(
        "--content",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Another content folder than the built-in one.",
    )(command)


def on_option(command: Command) -> Command:
    return click.option(
        "--on",
        metavar="DATE",
        help="The day of the plan, as 2026-11-22 or 2026-11-22T10:00, or 'taken': when the intake was. Default: now.",
    )(command)


def moment(text: str | None, now: datetime, paths: Sequence[Path] = ()) -> datetime:
    """The moment that answers and windows are reckoned from: given, taken from the first file, or now."""
    if text == "taken":
        return taken(paths[0]) if paths else now
    return read_now(text) if text else now


def taken(path: Path) -> datetime:
    """The moment at which an intake says it was taken. Raises InputError where it does not say."""
    top = read_tree(path).entries()
    if "on" not in top:
        raise InputError(
            where=path.name,
            what="It does not say when it was taken.",
            remedy="Add 'on: 2026-11-22', or give --on a date.",
        )
    return read_now(top["on"].words())


def cache_folder() -> Path | None:
    """Where what was read may be kept, after the XDG rules; None where there is no home."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if chosen and Path(chosen).is_absolute():
        return Path(chosen) / "effleurage"
    try:
        return Path.home() / ".cache" / "effleurage"
    except RuntimeError:
        return None


def library(content: Path | None) -> Library:
    return load_library(content or BUILT_IN, cache=cache_folder())


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient as handed in: the answers of all files together, and what an import could not place."""

    intake: Intake
    unplaced: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def told(self) -> tuple[str, ...]:
        """What to look at: the warnings of the import, and what two sources contradict each other in."""
        return (*self.warnings, *dict.fromkeys(self.intake.contradictions.values()))


def read_patient(paths: Sequence[Path], lib: Library, *, on: datetime) -> Patient:
    """One patient from one or several files; where two know the same thing, the worse news counts."""
    read = [_read_one(path, lib, on=on) for path in paths]
    whole = read[0]
    for other in read[1:]:
        intake = joined(whole.intake, other.intake, lib)
        whole = Patient(intake, (*whole.unplaced, *other.unplaced), (*whole.warnings, *other.warnings))
    return whole


def joined(one: Intake, other: Intake, lib: Library) -> Intake:
    """The answers of two files about one patient."""
    from effleurage.fhir.desk import merge

    return merge(one, other, facts=lib.protocols.facts)


def _read_one(path: Path, lib: Library, *, on: datetime) -> Patient:
    """What a file is, is told by its content: a FHIR resource says so, other JSON and YAML are intakes."""
    text = decode(read_bytes(path, limit=MAX_BUNDLE if path.suffix == ".json" else 2_000_000), path.name)
    starts_json = text.lstrip().startswith(("{", "["))
    if starts_json and '"resourceType"' in text:
        return _read_bundle(path, lib, on=on)
    as_json = path.suffix == ".json" or (starts_json and '"facts"' in text)
    tree = tree_of(parse_json(text, path.name), path.name) if as_json else parse_yaml(text, path.name)
    return Patient(read_intake(tree, lib.protocols.facts, on=on))


def _read_bundle(path: Path, lib: Library, *, on: datetime) -> Patient:
    from effleurage.fhir.read_bundle import read_bundle_file

    imported = read_bundle_file(path, protocols=lib.protocols, on=on)
    return Patient(imported.intake, tuple(map(str, imported.unplaced)), tuple(map(str, imported.warnings)))


def write_whole(path: Path, text: str) -> None:
    """The whole text or nothing: written beside the file and moved into its place."""
    draft = ""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(draft).chmod(0o666 & ~_umask())
        Path(draft).replace(path)
    except OSError as fault:
        if draft:
            Path(draft).unlink(missing_ok=True)
        raise InputError(
            where=str(path),
            what=f"It cannot be written: {fault.strerror}.",
            remedy="Name a file in a folder that you may write to.",
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def deliver(text: str, output: Path | None) -> None:
    """To the file, or to the screen."""
    if output:
        write_whole(output, text)
        click.echo(f"Written: {output}", err=True)
    else:
        click.echo(text, nl=not text.endswith("\n"))


def interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
