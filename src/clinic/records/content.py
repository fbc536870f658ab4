"""The clinical content as it is stored: every version that was ever in force can be loaded again by its hash."""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from clinic.records.models import ContentVersion, Proposal
from effleurage.errors import InputError
from effleurage.library import Library, load_library
from effleurage.protocol.documents import BUILT_IN

_asked: ContextVar[dict[int, str] | None] = ContextVar("asked", default=None)


class NoContent(InputError):
    """No version of the protocols is in force: nobody can be decided about."""


def packed(files: dict[str, str]) -> bytes:
    """Files by path as compressed JSON; the same files are the same bytes."""
    return zlib.compress(json.dumps(files, sort_keys=True, ensure_ascii=False).encode(), 9)


def unpacked(version: ContentVersion) -> dict[str, str]:
    files: dict[str, str] = json.loads(zlib.decompress(bytes(version.files)))
    return files


def folder_files(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.yaml"))}


def load_files(files: dict[str, str]) -> Library:
    """The library of these files. Raises ContentError with the file's own name, and InputError for a path outside."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for path, text in files.items():
            target = (root / path).resolve()
            if not target.is_relative_to(root) or target.suffix != ".yaml":
                raise InputError(where=path, what="This is no file of the content.", remedy="Name a .yaml file in it.")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        library = load_library(root)
        library.check_everything()
    return library


@lru_cache(maxsize=1)
def built_in() -> Library:
    return load_library(BUILT_IN, cache=settings.HOME.folder / "cache")


@lru_cache(maxsize=6)
def library(content_hash: str) -> Library:
    """The content of this hash: the built-in folder if it is the same, else from the store. Raises NoContent."""
    if built_in().protocols.hash == content_hash:
        return built_in()
    version = ContentVersion.objects.filter(hash=content_hash).first()
    if version is None:
        raise NoContent(
            where=content_hash[:12],
            what="This version of the protocols is not stored here.",
            remedy="Restore a backup that holds it; without it nothing that was decided by it can be shown.",
        )
    return load_files(unpacked(version))


def keep_version(found: Library, files: dict[str, str], now: datetime) -> ContentVersion:
    """Stores a version once."""
    version, _ = ContentVersion.objects.get_or_create(
        hash=found.protocols.hash, defaults={"files": packed(files), "at": now}
    )
    return version


def in_force(clinic_id: int) -> Library:
    """The content by which a clinic decides now. Raises NoContent if its lead has withdrawn it."""
    return library(hash_in_force(clinic_id))


def known_hash(clinic_id: int) -> str:
    """The hash of that content, "" where none is in force: what a row of a list is held against."""
    try:
        return hash_in_force(clinic_id)
    except NoContent:
        return ""


def hash_in_force(clinic_id: int) -> str:
    """The hash of that content. Raises NoContent."""
    known = _asked.get()
    if known is not None and clinic_id in known:
        return known[clinic_id]
    content_hash = (
        Proposal.objects.filter(clinic=clinic_id, state=Proposal.State.PUBLISHED)
        .values_list("version__hash", flat=True)
        .first()
    )
    if content_hash is None:
        raise NoContent(
            where="Protocols",
            what="No protocol is in force, so nothing can be decided.",
            remedy="The clinical lead publishes one under Protocols; until then nobody is treated by a plan.",
        )
    if known is not None:
        known[clinic_id] = content_hash
    return content_hash


@contextmanager
def asked_once() -> Iterator[None]:
    """Inside, what is in force is asked once. For pages that only show: an act always asks anew."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)
