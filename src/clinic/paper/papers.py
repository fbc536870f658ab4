"""The papers of a plan: which values each of them prints. How they look stands in `templates/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from clinic.paper import picture
from clinic.paper.labels import labelled
from clinic.paper.press import Undrawn, language, pressed, undrawn_error
from clinic.paper.values import (
    Dose,
    Holder,
    Plain,
    Signature,
    body_rows,
    by_level,
    plain,
    shown,
    spoken_date,
    spoken_moment,
)
from effleurage.errors import InputError
from effleurage.facts.answers import Intake
from effleurage.library import Library
from effleurage.plan.plan import Plan, Referral
from effleurage.render.letter import letter_values
from effleurage.render.words import PHONE

Audience = Literal["therapist", "patient"]


def plan_pdf(
    *,
    page: Mapping[str, Any],
    signature: Signature | None,
    patient: Holder,
    clinic: Sequence[str],
    lang: str,
    audience: Audience = "therapist",
    doses: Sequence[Dose] = (),
    labels: Mapping[str, str] | None = None,
    printed: datetime | None = None,
    barred: Sequence[str] = (),
    phone: str = PHONE,
    fonts: Sequence[Path] = (),
) -> bytes:
    """A plan: everything for the therapist, or for the patient what is done, what not, and what to watch for.

    `page` comes from `plan_values`. Without a signature each page says that it is a draft; with reasons in `barred`,
    that it may not be used, and why. Raises InputError for letters that no font can draw.
    """
    said = labelled(labels)
    values = {
        "title": said["patient_title" if audience == "patient" else "plan_title"],
        "doses": plain(doses),
        "phone": shown(phone),
        "barred": plain(barred),
        **_bodies(page),
        **common(page, signature=signature, clinic=clinic, lang=lang, labels=said, printed=printed),
    }
    template = "patient" if audience == "patient" else "plan"
    return made(template, values, patient, stamp=_stamp(signature, printed), fonts=fonts)


def letter_pdf(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    referral: Referral,
    signature: Signature | None,
    patient: Holder,
    clinic: Sequence[str],
    lang: str,
    labels: Mapping[str, str] | None = None,
    printed: datetime | None = None,
    fonts: Sequence[Path] = (),
) -> bytes:
    """The letter of one certain referral of this plan. Raises InputError for one that hangs on an open question."""
    if referral not in plan.certain_referrals:
        to = library.protocols.vocabulary.term("referrals", referral.target)
        raise InputError(
            where=f"letter to: {to}",
            what="Only an open question would send the patient there, or another plan does.",
            remedy="Ask the open questions first; a letter is written for what is certain in this plan.",
        )
    said = labelled(labels)
    page = letter_values(plan=plan, library=library, intake=intake, referral=referral, clinic=clinic)
    values = {
        "title": said["letter_title"].replace("{to}", shown(page["to"])),
        **common(page, signature=signature, clinic=clinic, lang=lang, labels=said, printed=printed),
    }
    return made("letter", values, patient, stamp=_stamp(signature, printed), fonts=fonts)


def safety_sheet_pdf(
    *,
    page: Mapping[str, Any],
    signature: Signature | None,
    patient: Holder,
    clinic: Sequence[str],
    lang: str,
    labels: Mapping[str, str] | None = None,
    printed: datetime | None = None,
    barred: Sequence[str] = (),
    phone: str = PHONE,
    fonts: Sequence[Path] = (),
) -> bytes:
    """One page for the day when the system is down: what is forbidden, the ceilings, when to stop, whom to call.

    The text shrinks until it fits; what does not fit at the smallest size goes on to a second page and is never cut.
    """
    said = labelled(labels)
    values = {
        "title": said["safety_title"],
        "phone": shown(phone),
        "barred": plain(barred),
        **_bodies(page),
        **common(page, signature=signature, clinic=clinic, lang=lang, labels=said, printed=printed),
    }
    return made("safety", values, patient, stamp=_stamp(signature, printed), fonts=fonts)


def common(
    page: Mapping[str, Any],
    *,
    signature: Signature | None,
    clinic: Sequence[str],
    lang: str,
    labels: Mapping[str, str],
    printed: datetime | None,
) -> dict[str, Plain]:
    """What every paper shows on each page and at its end."""
    tongue, region = language(lang)
    return {
        "lang": tongue,
        "region": region,
        "labels": plain(labels),
        "clinic": [line for line in plain(clinic) if line],
        "page": plain({key: value for key, value in page.items() if key != "body_maps"}),
        "printed": spoken_moment(printed, labels) if printed else "",
        "signature": _signature(signature, labels) if signature else None,
    }


def _signature(signature: Signature, labels: Mapping[str, str]) -> Plain:
    row = {name: getattr(signature, name) for name in ("name", "role", "meaning", "hash")}
    return plain({**row, "at": spoken_moment(signature.at, labels)})


def _bodies(page: Mapping[str, Any]) -> dict[str, Plain]:
    return {
        "maps": [picture.for_paper(str(drawing)) for drawing in page["body_maps"]],
        "body_rows": body_rows(page),
        "by_level": by_level(page),
    }


def _stamp(signature: Signature | None, printed: datetime | None) -> datetime | None:
    """When the paper was made, from what the caller says: a clock here would make every copy another file."""
    return printed or (signature.at if signature else None)


def made(
    template: str, values: Mapping[str, Plain], patient: Holder, *, stamp: datetime | None, fonts: Sequence[Path]
) -> bytes:
    """The paper with the name as the person writes it or, where the fonts cannot, in its Latin letters."""
    undrawn: tuple[str, ...] = ()
    whole: dict[str, Plain] = {}
    for name in filter(None, dict.fromkeys((shown(patient.name), shown(patient.latin)))):
        whole = {**values, "patient": _holder(patient, name, values["labels"])}
        try:
            return pressed(template=template, values=whole, stamp=stamp, fonts=fonts)
        except Undrawn as error:
            undrawn = error.letters
    raise undrawn_error(undrawn, {"patient": {"name": shown(patient.name)}, **values})


def _holder(patient: Holder, name: str, labels: Mapping[str, str]) -> Plain:
    return {
        "name": name,
        "born": spoken_date(patient.born, labels),
        "identifier": shown(patient.identifier),
    }
