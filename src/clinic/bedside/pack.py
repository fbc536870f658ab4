"""The pack: the next visits with all that deciding and recording them takes, and not a word of anybody else."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.translation import get_language

from clinic.accounts.models import User
from clinic.actions.sessions import Carried, Pack, carry
from clinic.actions.tablets import place_of
from clinic.bedside.door import answer, body, endpoint
from clinic.bedside.shell import build
from clinic.look.request import Request
from clinic.records.consents import left_alone
from clinic.records.content import library
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, Visit
from clinic.records.scripts import said_in
from clinic.records.seal import public_point
from clinic.records.speech import spoken
from clinic.records.standing import Standing, answers_object, stands_on
from clinic.records.state import warning_rules
from effleurage.decision.aside import footing

SCHEMA = "effleurage/pack/1"
Json = dict[str, Any]


@endpoint()
def pack(request: Request) -> HttpResponse:
    sent = body(request, "tablet", "at")
    found = carry(request.doing, tablet=sent["tablet"])
    user: User = request.user  # type: ignore[assignment]
    return answer(request, pack_object(found, user))


def pack_object(found: Pack, user: User) -> Json:
    place = place_of(user)
    return {
        "schema": SCHEMA,
        "at": found.at.isoformat(),
        "until": found.until.isoformat(),
        "language": get_language() or "en",
        "build": build(),
        "tablet": found.tablet.public,
        "user": {"public": user.public, "name": user.name},
        "clinic": {
            "name": user.clinic.name,
            "phone": user.clinic.phone,
            "emergency_number": user.clinic.emergency_number,
            "zone": place.zone if place else "UTC",
        },
        "seal": public_point(),
        "sessions": [session_object(row) for row in found.visits],
    }


def session_object(row: Carried) -> Json:
    values: Json = {"visit": visit_object(row.visit), "reasons": list(row.reasons)}
    if row.found is None:
        return {**values, **NOTHING, "patient": _who(row.patient)}
    return {
        **values,
        **_carried(row.session, row),
        **_known(row.found),
        "patient": patient_object(row.patient, row.found),
        "competent_until": row.competent_until.isoformat() if row.competent_until else "",
        "trained": list(row.trained),
        "supervisors": list(row.supervisors),
        "language": row.patient.language,
    }


def visit_object(visit: Visit) -> Json:
    zone = visit.location.zone
    return {
        "public": visit.public,
        "starts": local(visit.starts, zone).isoformat(),
        "ends": local(visit.ends, zone).isoformat(),
        "room": visit.room.name,
        "location": visit.location.name,
        "state": visit.state,
    }


def _who(patient: Patient) -> Json:
    return {
        "public": patient.public,
        "name": patient.name,
        "born": patient.birth_date.isoformat(),
        "number": patient.number,
        "photo": "",
        "warning": "",
        "guardian": "",
    }


def patient_object(patient: Patient, found: Standing) -> Json:
    image = bytes(patient.photo.image) if hasattr(patient, "photo") else b""
    photo = f"data:image/jpeg;base64,{base64.b64encode(image).decode()}" if image else ""
    guardian = next((each.name for each in patient.guardians.all()), "")
    return {**_who(patient), "photo": photo, "warning": _warning(found), "guardian": guardian}


def _warning(found: Standing) -> str:
    """What most limits this patient, in the words of the rule."""
    rules = spoken(found.library).protocols.by_id
    return next((rules[name].because for name in warning_rules(found)), "")


NOTHING: Json = {
    "session": "", "number": 0, "dose": 0, "regimen": "", "title": "", "content": "", "plan": "", "signed": None,
    "last": None, "answers": {}, "contradictions": {}, "aside": [], "script": None, "script_hash": "",
    "competent_until": "", "trained": [], "supervisors": [], "wishes": [], "language": "", "follow_up": [], "state": "",
}  # fmt: skip
"""What stands where a visit is shown and nothing of it can be opened."""


def _carried(session: MassageSession | None, row: Carried) -> Json:
    """The session with its script, in the language of who carries it."""
    found = row.found
    assert found is not None  # noqa: S101 - the caller asked; for the type checker
    made = session.plan if session else found.treatment
    if made is None:
        return NOTHING
    content_hash = session.content_hash if session else found.library.protocols.hash
    words = spoken(library(content_hash))
    signature = getattr(made, "signature", None)
    last = row.last
    script = said_in(session.script, words, last) if session and session.script else None
    return {
        **NOTHING,
        "session": session.public if session else "",
        "state": session.state if session else "",
        "number": session.number if session else 0,
        "dose": session.dose if session else 0,
        "regimen": made.regimen,
        "title": next((each.title for each in words.regimens if each.id == made.regimen), made.regimen),
        "content": content_hash,
        "plan": made.public,
        "signed": {"name": signature.name, "at": _at(signature.at, row)} if signature else None,
        "last": {"dose": last.dose, "reaction": last.reaction} if last else None,
        "script": script,
        "script_hash": session.script_hash if session else "",
        "follow_up": script["follow_up"] if script else [],
    }


def _at(moment: datetime, row: Carried) -> str:
    return local(moment, row.visit.location.zone).isoformat()


def _known(found: Standing) -> Json:
    """What deciding reads: the answers with their dates, and the rules set aside with what they stand on."""
    decision = found.refreshed.decision
    aside = [
        {"rule": each.rule, "footing": footing(decision.protocols.by_id[each.rule], decision.facts)}
        for each in found.overrides
        if each.rule in decision.protocols.by_id and stands_on(each, decision)
    ]
    return {**answers_object(found.intake), "aside": aside, "wishes": sorted(left_alone(found.given))}


urlpatterns = [path("pack/", pack, name="pack")]
