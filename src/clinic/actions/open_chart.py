"""Opening a patient's record: the one way to a patient for every page. It checks the right and leaves a row."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note, note_reads
from clinic.actions.notices import tell
from clinic.actions.permissions import NotFound, check, near, not_found
from clinic.records.models import BreakGlass, Notice, Patient, Photo
from effleurage.errors import InputError

OPEN_FOR: Final = timedelta(minutes=30)
LEAST_REASON: Final = 15
"""Letters that a reason has at least."""


class Folded(NotFound):
    """The record was folded into another one; `kept` is the public name of that one."""

    kept = ""


@act("record.read")
def open_chart(doing: Doing, *, public: str, right: str, about: str) -> Patient:
    """The patient of this public name, for a page that shows `about`. Raises NotFound, OutsideCare or NotAllowed."""
    patient = _allowed(doing, find_patient(doing, public), right)
    note(doing, patient=patient, about=about, wrote=False)
    return patient


@act("record.read")
def open_both(doing: Doing, *, public: str, other: str, right: str, about: str) -> tuple[Patient, Patient]:
    """Two patients for a page that shows them side by side. Each record that is read gets its own row."""
    found = {each.public: each for each in _patients(doing).filter(public__in=(public, other))}
    if not {public, other} <= found.keys():
        raise not_found()
    one, two = (_allowed(doing, found[name], right) for name in (public, other))
    note_reads(doing, [(one, f"{about}:{other}"), (two, f"{about}:{public}")])
    return one, two


def find_patient(doing: Doing, public: str, *, held: bool = False) -> Patient:
    """The patient of a public name, with what the banner needs; `held` until the act ends. Checks no right."""
    patients = _patients(doing)
    if held:
        patients = patients.select_for_update(of=("self",), no_key=True)
    patient = patients.filter(public=public).first()
    if patient is None:
        raise not_found()
    return patient


def _patients(doing: Doing) -> QuerySet[Patient]:
    return Patient.objects.select_related("location", "clinic", "state").annotate(
        with_photo=Exists(Photo.objects.filter(patient=OuterRef("pk"))),
        with_parts=Exists(Patient.objects.filter(merged_into=OuterRef("pk"))),
        near=near(doing.actor, doing.now),
    )


def patient_for_act(doing: Doing, public: str, right: str) -> Patient:
    """The same inside an act, which leaves its own row. Acts about one patient wait for each other: what the second one
    decides on includes what the first one wrote.
    """
    return _allowed(doing, find_patient(doing, public, held=True), right)


def hold(*publics: str) -> None:
    """Holds several patients until the act ends, in the order of their keys, so that no two acts wait for each other;
    of a record that was folded into another, the other too, since what is written of the one counts there. Whoever
    fetches them after this sees what an act before has written.

    As above with `no_key`: a journal row that merely names a patient must not wait, since it holds the journal's head.
    """
    kept = Patient.objects.filter(public__in=publics, merged_into__isnull=False).values("merged_into")
    rows = Patient.objects.select_for_update(no_key=True).filter(Q(public__in=publics) | Q(pk__in=kept))
    list(rows.order_by("pk").values_list("pk"))


def _allowed(doing: Doing, patient: Patient, right: str) -> Patient:
    check(doing.actor, right, patient, now=doing.now)
    if patient.merged_into is not None:
        raise _folded(patient.merged_into)
    return patient


def _folded(kept: Patient) -> Folded:
    error = Folded(
        where=_("This record"),
        what=_("It was united with another record of the same person."),
        remedy=_("Open the record that was kept: %(number)s.") % {"number": kept.number},
    )
    error.kept = kept.public
    return error


@act("record.open_with_reason")
def open_with_reason(doing: Doing, *, public: str, reason: str) -> BreakGlass:
    """Opens a chart from outside the care team for thirty minutes, and tells the clinical lead."""
    patient = patient_for_act(doing, public, "chart.open_with_reason")
    if len(reason.strip()) < LEAST_REASON:
        raise InputError(
            where=_("Reason"),
            what=_("The reason is too short to be understood later."),
            remedy=_("Say in a sentence why you need this chart now."),
        )
    opened = BreakGlass.objects.create(
        patient=patient, user_id=doing.actor.account, reason=reason.strip(), at=doing.now, until=doing.now + OPEN_FOR
    )
    tell(doing, kind=Notice.Kind.BREAK_GLASS, to=Role.CLINICAL_LEAD, patient=patient, about=doing.actor.name)
    note(doing, patient=patient, why=reason.strip(), sealed=[opened])
    return opened
