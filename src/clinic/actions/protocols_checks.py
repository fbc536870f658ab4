"""What must be known about a version before anybody may stand for it: its cases, its proofs, how it differs from the
one it would replace, and which patients of the clinic it touches.

Loading and the cases take two seconds, so they come before the transaction of an act and are remembered. Proofs and
the difference take up to minutes; whoever works them out hands over the results, which are kept as `Examination`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext as _

from clinic.records.content import library, load_files, packed, unpacked
from clinic.records.models import ContentVersion, Examination, Proposal
from effleurage import __version__
from effleurage.decision.cases import decide_case, failures
from effleurage.errors import ContentError, ForPeople
from effleurage.library import Library


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case with what the protocols say otherwise than it expects; nothing where it passes."""

    name: str
    folder: str
    place: str
    fails: tuple[str, ...]


def run_cases(found: Library, folder: str = "") -> Iterator[CaseResult]:
    """Every case of a content, or of one folder, decided by that content."""
    for case in found.cases:
        if folder in ("", case.folder):
            told = tuple(failures(case, decide_case(case, found.protocols)))
            yield CaseResult(case.name, case.folder, case.place, told)


@lru_cache(maxsize=64)
def case_results(content_hash: str, folder: str) -> tuple[CaseResult, ...]:
    return tuple(run_cases(library(content_hash), folder))


def failing_cases(content_hash: str) -> tuple[CaseResult, ...]:
    """Asked at every look at a proposal; worked out once, and not at all for what this process has just checked."""
    if any(found.protocols.hash == content_hash for found in list(_passed.values())):
        return ()
    return _failing_cases(content_hash)


@lru_cache(maxsize=8)
def _failing_cases(content_hash: str) -> tuple[CaseResult, ...]:
    return tuple(result for result in run_cases(library(content_hash)) if result.fails)


_passed: dict[str, Library] = {}
"""The last contents that loaded and whose cases passed, by the hash of their files."""
KEPT = 4


def checked(files: dict[str, str]) -> Library:
    """The library of these files. Raises ContentError with file and line if they do not load or a case fails."""
    key = hashlib.sha256(packed(files)).hexdigest()
    if key not in _passed:
        found = _loaded(files)
        _insist_on_cases(found)
        while len(_passed) >= KEPT:
            _passed.pop(next(iter(_passed)))
        _passed[key] = found
    return _passed[key]


def _loaded(files: dict[str, str]) -> Library:
    """What is missing as a whole is missing in the content, not in the folder that it was unpacked to."""
    try:
        return load_files(files)
    except ForPeople as fault:
        if not Path(fault.where).is_absolute():
            raise
        raise ContentError(where=_("The content"), what=fault.what, remedy=fault.remedy) from None


def _insist_on_cases(found: Library) -> None:
    wrong = [result for result in run_cases(found) if result.fails]
    if not wrong:
        return
    told = [f"{result.place}: {result.name}. {' '.join(result.fails)}" for result in wrong[:5]]
    more = [_("And %(count)s more.") % {"count": len(wrong) - 5}] if len(wrong) > 5 else []
    raise ContentError(
        where=wrong[0].place,
        what=_("%(count)s cases fail.") % {"count": len(wrong)} + " " + " ".join([*told, *more]),
        remedy=_("Change the rules, or the cases where something else is meant now."),
    )


def current_base(clinic_id: int) -> str:
    """The hash that a new version is measured by: of the version in force, or where none is, of the last one."""
    shown = Proposal.objects.filter(clinic=clinic_id).exclude(published_at=None)
    now = shown.filter(state=Proposal.State.PUBLISHED).values_list("version__hash", flat=True).first()
    return now or shown.order_by("-ended_at").values_list("version__hash", flat=True).first() or ""


def files_of(content_hash: str) -> dict[str, str]:
    """The files of a stored version, by path."""
    return unpacked(ContentVersion.objects.get(hash=content_hash))


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known about a proposed version so far; None is what was not worked out to its end."""

    failing: tuple[CaseResult, ...]
    proofs: Examination | None
    difference: Examination | None
    impact: dict[str, object]

    @property
    def impact_done(self) -> bool:
        return bool(self.impact.get("done"))


def examination(kind: str, content_hash: str, base_hash: str = "") -> Examination | None:
    """What this release of the program found out before."""
    return Examination.objects.filter(kind=kind, hash=content_hash, base_hash=base_hash, program=__version__).first()


def examined(proposal: Proposal) -> Examined:
    content_hash, base_hash = proposal.version.hash, proposal.base_hash
    rows = Examination.objects.filter(hash=content_hash, base_hash__in=("", base_hash), program=__version__)
    known = {(row.kind, row.base_hash): row for row in rows}
    return Examined(
        failing=failing_cases(content_hash),
        proofs=known.get((Examination.Kind.PROOFS, "")),
        difference=known.get((Examination.Kind.DIFFERENCE, base_hash)),
        impact=proposal.impact,
    )
