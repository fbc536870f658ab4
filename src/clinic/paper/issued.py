"""Papers of what is stored: a plan from its own facts and its own content, whatever is in force today."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic.accounts.models import Role
from clinic.actions.permissions import not_found
from clinic.actions.policies import why_not_lock, why_not_use
from clinic.paper.labels import ENGLISH
from clinic.paper.papers import letter_pdf, plan_pdf, safety_sheet_pdf
from clinic.paper.values import Holder, Signature, doses
from clinic.records.content import library
from clinic.records.models import Patient, TreatmentPlan
from clinic.records.replay import plan_again
from clinic.records.speech import spoken
from clinic.records.standing import Standing, planned
from effleurage.library import Library
from effleurage.plan.plan import Plan
from effleurage.render.page import plan_values

AUDIENCES = ("therapist", "patient", "safety")


def plan_paper(found: Standing, made: TreatmentPlan, audience: str, now: datetime) -> HttpResponse:
    """A plan for the therapist or for the patient, as it was signed; or, as the one page for the day when the system is
    down, by all that is known now. What may not be used today says so on the paper.
    """
    if audience not in AUDIENCES:
        raise not_found()
    who, phone = found.patient, found.patient.clinic.emergency_number
    if audience == "safety":
        content, intake = spoken(found.library), found.intake
        again = _in_words(found, content)
    else:
        content = spoken(library(made.content_hash))
        again, intake, _library = plan_again(made.decision, content)
    chosen = next((each for each in again.regimens if each.regimen.id == made.regimen), None)
    values = plan_values(plan=again, library=content, intake=intake, chosen=chosen, phone=phone)
    common: dict[str, Any] = {
        "page": values,
        "signature": signed_by(made, who),
        "patient": holder(who),
        "clinic": sender(who),
        "lang": values["lang"],
        "labels": headings(values["lang"]),
        "phone": phone,
        "printed": now.astimezone(ZoneInfo(who.location.zone)),
        "barred": why_not_lock(found, made) or why_not_use(found),
    }
    if audience == "safety":
        return pdf(safety_sheet_pdf(**common), f"safety-{who.number}")
    rows = doses(chosen) if chosen else ()
    return pdf(plan_pdf(**common, audience=audience, doses=rows), f"plan-{who.number}")  # type: ignore[arg-type]


def _in_words(found: Standing, content: Library) -> Plan:
    """The plan of this moment in the language of the reader."""
    return found.plan if content is found.library else planned(found.intake, content, found.on, found.overrides)


def letter_paper(found: Standing, target: str, now: datetime) -> HttpResponse:
    """The letter of a referral. Only one that is certain is written to anybody. Raises NotFound."""
    who, content = found.patient, spoken(found.library)
    made = _in_words(found, content)
    referral = next((each for each in made.certain_referrals if each.target == target), None)
    if referral is None:
        raise not_found()
    body = letter_pdf(
        plan=made,
        library=content,
        intake=found.intake,
        referral=referral,
        signature=None,
        patient=holder(who),
        clinic=sender(who),
        lang=content.protocols.language.code,
        labels=headings(content.protocols.language.code),
        printed=now,
    )
    return pdf(body, f"letter-{who.number}")


def headings(code: str) -> dict[str, str]:
    """The headings in the language of the content: that of the reader, or English where that one is blocked."""
    with translation.override(code):
        return {key: pgettext("paper", text) for key, text in ENGLISH.items()}


def holder(who: Patient) -> Holder:
    return Holder(name=who.name, born=who.birth_date, identifier=who.number)


def sender(who: Patient) -> list[str]:
    """The lines of the sender's address."""
    place = who.location
    lines = [who.clinic.name, place.name, *place.address.splitlines(), place.phone or who.clinic.phone]
    return [line for line in lines if line]


def signed_by(made: TreatmentPlan, who: Patient) -> Signature | None:
    """The signature with its moment in the zone of the place, or None."""
    if not hasattr(made, "signature"):
        return None
    signed = made.signature
    return Signature(
        name=signed.name,
        role=str(Role(signed.role).label),
        at=signed.at.astimezone(ZoneInfo(who.location.zone)),
        meaning=_(signed.meaning),
        hash=signed.document_hash,
    )


def pdf(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer
