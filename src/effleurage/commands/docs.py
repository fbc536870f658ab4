"""`effleurage docs`: the generated reference pages, written or checked."""

from __future__ import annotations

from pathlib import Path

import click

from effleurage.commands.common import content_option, library, write_whole
from effleurage.errors import ForPeople, InputError
from effleurage.lib.text import counted, listed
from effleurage.render.reference import pages


class OutOfStep(ForPeople):
    """A generated page is not what the content would give now."""

    exit_code = 1


@click.command(
    name="docs",
    help="""Write the reference pages, or check that they are in step with the content.

\b
Examples:
  effleurage docs --write
  effleurage docs --check         names the pages that are out of step and ends with 1
""",
)
@click.option("--write", "mode", flag_value="write", help="Write all pages.")
@click.option("--check", "mode", flag_value="check", help="Change nothing; end with 1 if a page is out of step.")
@click.option(
    "--folder", type=click.Path(path_type=Path), metavar="DIR", help="Default: docs/reference of the project."
)
@content_option
def command(mode: str | None, folder: Path | None, content: Path | None) -> None:
    if mode is None:
        raise click.UsageError("Say --write or --check.")
    target = folder or _project() / "docs" / "reference"
    made = pages(library(content))
    if mode == "write":
        _write(target, made)
    else:
        _check(target, made)


def _project() -> Path:
    for base in (Path(__file__).resolve(), Path.cwd() / "x"):
        for above in base.parents:
            if (above / "pyproject.toml").is_file() and (above / "docs").is_dir():
                return above
    raise InputError(where="docs", what="This is not a clone of the project.", remedy="Name a folder with --folder.")


def _write(target: Path, made: dict[str, str]) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(
            where=str(target), what=f"It cannot be made: {fault.strerror}.", remedy="Name another folder."
        ) from None
    changed = [name for name, text in made.items() if _standing(target / name) != text]
    for name in changed:
        write_whole(target / name, made[name])
    for name in _left_over(target, made):
        (target / name).unlink()
    click.echo(f"{counted(len(made), 'page')}, {len(changed)} written anew{': ' if changed else ''}{listed(changed)}.")


def _check(target: Path, made: dict[str, str]) -> None:
    stale = [name for name, text in made.items() if _standing(target / name) != text] + _left_over(target, made)
    if stale:
        raise OutOfStep(
            where=str(target),
            what=f"Out of step with the content: {listed(stale)}.",
            remedy="Run 'make fix' and look at the difference.",
        )
    click.echo(f"{counted(len(made), 'page')} in step.")


def _standing(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _left_over(target: Path, made: dict[str, str]) -> list[str]:
    """Pages that nothing generates any more."""
    return sorted(path.name for path in target.glob("*.md") if path.name not in made)
