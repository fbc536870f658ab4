"""A whole content folder: the protocols, and everything that stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from effleurage.decision.cases import Case, read_cases
from effleurage.outcome.instrument import Instrument, NotShipped
from effleurage.outcome.read_instruments import read_instruments
from effleurage.outcome.read_not_shipped import read_not_shipped
from effleurage.plan.read_regimens import read_evidence, read_regimens
from effleurage.plan.regimen import Claim, Correction, Regimen
from effleurage.protocol.documents import BUILT_IN, Documents, keep, read_documents
from effleurage.protocol.load import Protocols, load_protocols
from effleurage.protocol.nodes import Guarantee


@dataclass(frozen=True, eq=False)
class Library:
    """Content as it stands under one hash, all of it checked. What a decision does not need of content that was checked
    before is read when it is first asked for.
    """

    documents: Documents
    protocols: Protocols

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        return read_instruments(self.documents, self.protocols)

    @cached_property
    def not_shipped(self) -> tuple[NotShipped, ...]:
        return read_not_shipped(self.documents, self.protocols)

    @cached_property
    def regimens(self) -> tuple[Regimen, ...]:
        return read_regimens(self.documents, self.protocols, self._measures)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        return self._evidence[0]

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        return self._evidence[1]

    @cached_property
    def guarantees(self) -> tuple[Guarantee, ...]:
        return self.protocols.guarantees

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        return read_cases(self.documents, self.protocols)

    @cached_property
    def _evidence(self) -> tuple[tuple[Claim, ...], tuple[Correction, ...]]:
        return read_evidence(self.documents, self.protocols, self._measures)

    @cached_property
    def _measures(self) -> frozenset[str]:
        """The instruments that ship, by their files: each is named after its instrument, which its reader checks."""
        paths = map(Path, self.documents.trees)
        return frozenset(path.stem for path in paths if path.parent.name == "instruments") - {"not_shipped"}

    def check_everything(self) -> None:
        """Reads all that is otherwise read late. Raises ContentError."""
        for name in ("instruments", "not_shipped", "regimens", "claims", "guarantees", "cases"):
            getattr(self, name)


def load_library(root: Path = BUILT_IN, *, cache: Path | None = None) -> Library:
    """The library of a content folder. Raises ContentError with file, line and remedy.

    Everything is checked, down to the last case, unless `cache` holds this very content as checked by this very code.
    """
    documents = read_documents(root, cache=cache)
    library = Library(documents, load_protocols(documents))
    if not documents.checked:
        library.check_everything()
        if cache:
            keep(documents, cache)
    return library
