"""Which consents count now: the last word about each, of every record that is this person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Final

from django.db.models import OuterRef, QuerySet, Subquery

from clinic.records.facts import one_person
from clinic.records.models import Consent, Merge, Patient

WHOLE: Final = "treatment"
"""The consent to the plan as a whole, by the content's name; with it stand the parts to be left alone."""


def told_consents(patient: Patient) -> QuerySet[Consent]:
    """All that was agreed to and taken back, in the order in which it was said; each tells since when its record is one
    with the patient's (`united`; None for the patient's own).
    """
    merges = Merge.objects.filter(kept=patient, folded=OuterRef("patient"), undone=False).order_by("-pk")
    rows = Consent.objects.filter(patient__in=one_person(patient)).order_by("pk")
    return rows.annotate(united=Subquery(merges.values("at")[:1]))


def given_consents(patient: Patient) -> dict[str, Consent]:
    """By kind, the consents of a patient (and of records folded into theirs) that count."""
    return last_word(told_consents(patient).select_related("text", "guardian"))


def left_alone(given: Mapping[str, Consent]) -> set[str]:
    """The regions of the body that the patient wants left alone, by the consents that count."""
    whole = given.get(WHOLE)
    return set(whole.regions) if whole else set()


def last_word(rows: Iterable[Consent]) -> dict[str, Consent]:
    """Of consents as `told_consents` gives them, those that count.

    Of two records that are one person the last word of either counts, until that one person is asked again: one no is
    enough, and what either wants left alone is left alone.
    """
    said: dict[str, dict[int, Consent]] = {}
    for row in rows:
        said.setdefault(row.kind, {})[row.patient_id] = row
    counting = {kind: _counting(list(last.values())) for kind, last in said.items()}
    return {kind: _as_one(last) for kind, last in counting.items() if all(row.given for row in last)}


def _counting(last: list[Consent]) -> list[Consent]:
    """Without what a folded record said, where the person was asked again since."""
    asked = [row.at for row in last if _united(row) is None]
    return [row for row in last if (since := _united(row)) is None or all(at <= since for at in asked)]


def _united(row: Consent) -> datetime | None:
    since: datetime | None = row.united  # type: ignore[attr-defined]
    return since


def _as_one(last: list[Consent]) -> Consent:
    """The latest of them, with the parts of the body that any of them wants left alone."""
    found = copy(max(last, key=lambda row: row.pk))
    found.regions = sorted({region for row in last for region in row.regions})
    return found
