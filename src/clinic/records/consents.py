"""Which consents count now: the last word about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from clinic.records.models import Consent, Patient

WHOLE: Final = "treatment"
"""The consent to the plan as a whole, by the content's name; with it stand the parts to be left alone."""


def given_consents(patient: Patient) -> dict[str, Consent]:
    """By kind, the consents of a patient (and of records folded into theirs) that were not taken back."""
    rows = Consent.objects.filter(patient__in=(patient.pk, *patient.parts.values_list("pk", flat=True))).order_by("pk")
    return last_word(rows.select_related("text", "guardian"))


def left_alone(given: Mapping[str, Consent]) -> set[str]:
    """The regions of the body that the patient wants left alone, by the consents that count."""
    whole = given.get(WHOLE)
    return set(whole.regions) if whole else set()


def last_word(rows: Iterable[Consent]) -> dict[str, Consent]:
    """Of consents in the order in which they were said, those that count."""
    last = {row.kind: row for row in rows}
    return {kind: row for kind, row in last.items() if row.given}
