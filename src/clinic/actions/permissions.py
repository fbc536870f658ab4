"""Who may do what: one table, read by every page and every act. When it may be done stands in `policies.py`.

A right belongs to roles, and for a patient's record to those who are near enough to it: in the clinic, at the patient's
location, and (for a therapist) in the care team or inside a stated reason that has not run out. What belongs to
another clinic does not exist for anybody: it is "not found", never "not allowed".
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Case, Exists, OuterRef, TextField, Value, When
from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Actor
from clinic.records.models import AccessLink, BreakGlass, Care, Patient
from effleurage.errors import ForPeople

DESK, THERAPIST, LEAD, OWNER = Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD, Role.OWNER
CARERS: Final = frozenset({THERAPIST, LEAD})
STAFF: Final = frozenset({DESK, THERAPIST, LEAD})
OWN: Final = frozenset({Role.PATIENT, Role.GUARDIAN})

RIGHTS: Final[dict[str, frozenset[Role]]] = {
    "worklists": STAFF,
    "patient.find": STAFF,
    "patient.register": STAFF,
    "patient.identity": STAFF,
    "patient.overview": STAFF,
    "patient.merge": frozenset({LEAD}),
    "care.assign": frozenset({DESK, LEAD}),
    "chart.open_with_reason": frozenset({THERAPIST}),
    "chart.read": CARERS,
    "intake.ask": STAFF,
    "intake.answer": OWN,
    "link.make": STAFF,
    "fact.correct": CARERS,
    "fact.import": STAFF,
    "fact.confirm": CARERS,
    "consent.record": STAFF,
    "consent.give": OWN,
    "consent.publish": frozenset({LEAD, OWNER}),
    "document.add": STAFF,
    "document.review": CARERS,
    "override.make": CARERS,
    "override.agree": CARERS,
    "letter.print": CARERS,
    "plan.choose": CARERS,
    "plan.sign": CARERS,
    "plan.lock": CARERS,
    "plan.release": frozenset({LEAD}),
    "plan.see": OWN,
    "contact.answer": OWN,
    "contact.call": STAFF,
    "outcome.answer": OWN,
    "outcome.see": OWN,
    "outcome.enter": STAFF,
    "outcome.read": CARERS,
    "results.read": frozenset({LEAD, OWNER}),
    "results.funnel": frozenset({LEAD}),
    "visit.enter": STAFF,
    "session.record": CARERS,
    "session.settle": frozenset({LEAD}),
    "note.write": CARERS,
    "note.sign": CARERS,
    "note.cosign": CARERS,
    "harm.report": STAFF,
    "harm.review": frozenset({LEAD}),
    "harm.limit": frozenset({LEAD}),
    "tablet.own": CARERS,
    "protocols.read": CARERS,
    "protocols.propose": frozenset({LEAD}),
    "protocols.approve": CARERS,
    "protocols.publish": frozenset({LEAD}),
    "journal.read": frozenset({LEAD, OWNER}),
    "settings": frozenset({OWNER}),
    "own.account": frozenset({DESK, THERAPIST, LEAD, OWNER}),
}
"""Each right with the roles that have it."""

NEAR: Final = frozenset({"patient.identity", "intake.ask", "link.make", "consent.record", "document.add", "visit.enter",
                         "care.assign", "fact.import", "chart.open_with_reason", "contact.call", "outcome.enter",
                         "harm.report"})  # fmt: skip
"""Rights about a patient that need no place in the care team: they show who somebody is, not what is wrong."""

OPENS: Final[dict[str, frozenset[str]]] = {
    AccessLink.Purpose.INTAKE: frozenset({"intake.answer", "consent.give", "plan.see"}),
    AccessLink.Purpose.PORTAL: frozenset(right for right, roles in RIGHTS.items() if roles <= OWN),
    AccessLink.Purpose.CONTACT: frozenset({"contact.answer"}),
    AccessLink.Purpose.OUTCOME: frozenset({"outcome.answer"}),
}
"""What a private link opens, by its purpose: no link more than the page on which it is made says.

Who answers the questions agrees to what they lead to, and reads the signed plan by the same link, since the clinic
sends one and not three. A link that is sent after a session or for a questionnaire goes out often and lies in messages
for long: it opens its own page, so that whoever finds one learns nothing of the body.
"""


class NotAllowed(ForPeople):
    """Somebody may not do this. The remedy says who may."""


class NotFound(ForPeople):
    """There is no such thing here, or it belongs to somebody else: which of the two is not told."""


class OutsideCare(NotAllowed):
    """A therapist who does not look after this patient: a stated reason opens the chart for a while."""


def can(actor: Actor, right: str, patient: Patient | None = None, *, now: datetime | None = None) -> bool:
    """Whether somebody has a right, about this patient if one is given (then `now` tells which reasons still count)."""
    return _refusal(actor, right, patient, now) is None


def check(actor: Actor, right: str, patient: Patient | None = None, *, now: datetime | None = None) -> None:
    """Raises NotFound, OutsideCare or NotAllowed if somebody does not have a right."""
    refusal = _refusal(actor, right, patient, now)
    if refusal is not None:
        raise refusal


def _refusal(actor: Actor, right: str, patient: Patient | None, now: datetime | None) -> ForPeople | None:
    roles = RIGHTS[right]
    if patient is not None and actor.patient_id is None and patient.clinic_id != actor.clinic_id:
        return not_found()
    if patient is not None and actor.patient_id is not None and actor.patient_id != patient.pk:
        return not_found()
    if not actor.has(*roles):
        return _not_allowed(roles)
    if actor.purpose and right not in OPENS[actor.purpose]:
        return _other_link()
    if patient is None or actor.patient_id is not None:
        return None
    if patient.location_id not in actor.locations(*roles):
        return not_found()
    return _outside(actor, right, patient, now)


def _outside(actor: Actor, right: str, patient: Patient, now: datetime | None) -> ForPeople | None:
    """A right about the body itself needs the care team, except for the lead of the location; of the desk, which has
    none such, it asks nothing.
    """
    everybodys = actor.at(patient.location_id) & RIGHTS[right] & {DESK, LEAD}
    if right in NEAR or everybodys or in_care(actor, patient, now):
        return None
    return OutsideCare(
        where=_("This chart"),
        what=_("You do not look after this patient."),
        remedy=_("Open it with a reason; it then stays open for thirty minutes and the clinical lead is told."),
    )


def near(actor: Actor, now: datetime) -> Case:
    """The same question as `in_care`, asked together with the patient: whose nearness it found, and at which moment."""
    care = Exists(Care.objects.filter(patient=OuterRef("pk"), user=actor.user_id))
    opened = Exists(BreakGlass.objects.filter(patient=OuterRef("pk"), user=actor.user_id, until__gt=now))
    return Case(When(care | opened, then=Value(_whose(actor, now))), default=Value(""), output_field=TextField())


def _whose(actor: Actor, now: datetime) -> str:
    return f"{actor.key} {now.isoformat()}"


def in_care(actor: Actor, patient: Patient, now: datetime | None) -> bool:
    """Whether somebody looks after a patient, or has opened the chart with a reason that still counts at `now`.

    What was fetched with the patient counts for this person at this very moment only; anything else is asked anew.
    """
    if now is not None and getattr(patient, "near", "") == _whose(actor, now):
        return True
    if Care.objects.filter(patient=patient, user=actor.user_id).exists():
        return True
    return now is not None and BreakGlass.objects.filter(patient=patient, user=actor.user_id, until__gt=now).exists()


def not_found() -> NotFound:
    return NotFound(
        where=_("This page"),
        what=_("There is nothing here for you."),
        remedy=_("Go back, or search for the patient."),
    )


def _other_link() -> NotAllowed:
    return NotAllowed(
        where=_("This page"),
        what=_("Your private link does not open this page."),
        remedy=_("Ask the clinic for another link."),
    )


def _not_allowed(roles: frozenset[Role]) -> NotAllowed:
    names = ", ".join(str(role.label) for role in Role if role in roles)
    return NotAllowed(
        where=_("This page"),
        what=_("Your role does not allow this."),
        remedy=_("Ask somebody with one of these roles: %(names)s.") % {"names": names},
    )
