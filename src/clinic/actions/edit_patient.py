"""Who somebody is, put right; and their photo, of which nothing but the picture is kept."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from clinic.actions.answer_questions import after_facts, enter, locks_of
from clinic.actions.frame import Doing, act, note
from clinic.actions.open_chart import patient_for_act
from clinic.actions.register_patient import Person, check_born, search_key
from clinic.actions.settings_change import Values, check_seen
from clinic.records.facts import chart, local
from clinic.records.models import FactEntry, Patient, Photo
from effleurage.errors import InputError
from effleurage.facts.answers import Answer

SIDE: Final = 320
"""A photo is kept as a square of so many pixels: enough to know a face by."""
LARGEST: Final = 12_000_000
"""Bytes of a file that is looked at at all."""


def identity(who: Patient | Person) -> dict[str, str]:
    """Who somebody is as plain texts, which a form carries along as what was seen."""
    return {name: str(getattr(who, name)) for name in Person.__dataclass_fields__}


@act("patient.edit")
def edit_patient(doing: Doing, *, public: str, person: Person, seen: Values) -> Patient:
    """Changes name, birth date or contact. A new birth date is a new fact, since the rules read the age from it.

    Raises ChangedMeanwhile if somebody else has changed what the form was opened with (`seen`).
    """
    patient = patient_for_act(doing, public, "patient.identity")
    check_born(person, local(doing.now, patient.location.zone).date())
    check_seen(seen=seen, now=identity(patient), wanted=identity(person))
    sealed: list[FactEntry] = []
    changed = [name for name in Person.__dataclass_fields__ if getattr(patient, name) != getattr(person, name)]
    for name in changed:
        setattr(patient, name, getattr(person, name))
    patient.search = search_key(person.given, person.family)
    patient.save()
    found = None
    if "birth_date" in changed:
        born = datetime.combine(person.birth_date, datetime.min.time())
        answer = Answer(born, local(doing.now, patient.location.zone), "patient", "registration")
        sealed.append(enter(doing, patient, "birth_date", answer, chart(patient)))
        found = after_facts(doing, patient)
    note(doing, patient=patient, about=",".join(changed), sealed=[*sealed, *locks_of(found, doing.now)])
    return patient


@act("patient.photo")
def set_photo(doing: Doing, *, public: str, data: bytes) -> Photo:
    """Keeps the face: decoded, turned upright, cut square, and written anew. Raises InputError for what is no
    picture.
    """
    patient = patient_for_act(doing, public, "patient.identity")
    photo, _made = Photo.objects.update_or_create(patient=patient, defaults={"image": square(data), "at": doing.now})
    note(doing, patient=patient, about="photo")
    return photo


def square(data: bytes) -> bytes:
    """A JPEG of 320 by 320 pixels without anything else that the file may have carried."""
    if len(data) > LARGEST:
        raise _no_picture(_("The file is too large."))
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            small = ImageOps.fit(upright, (SIDE, SIDE))
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as fault:
        raise _no_picture(_("This file is no photo that can be read.")) from fault
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82)
    return out.getvalue()


def _no_picture(what: str) -> InputError:
    return InputError(where=_("Photo"), what=what, remedy=_("Choose a JPEG, PNG or WebP file of at most 12 MB."))
