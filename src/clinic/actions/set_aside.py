"""Setting a rule aside for one patient: a coded reason, a text, a name; for a hard stop a second person as well."""

from __future__ import annotations

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist, why_no_reason, why_not_agree, why_not_override
from clinic.records.models import Notice, Override, OverrideStep, Patient
from clinic.records.standing import footing_hash, standing
from clinic.records.state import refresh_state
from effleurage.decision.aside import Hold, hold
from effleurage.decision.decide import decide
from effleurage.errors import InputError


@act("override.make")
def set_aside(doing: Doing, *, public: str, rule: str, reason: str, text: str) -> Override:
    """Sets a rule aside. A hard stop then waits for a second person. Raises InputError with what is missing."""
    patient = patient_for_act(doing, public, "override.make")
    found = standing(patient, now=doing.now)
    known = found.library.protocols.by_id.get(rule)
    insist(_("Rule %(rule)s") % {"rule": rule}, why_not_override(found, known), _("Look at the decision again."))
    insist(_("Reason"), why_no_reason(text), _("Say in a sentence what makes this patient different."))
    if reason not in Override.Reason.values:
        raise InputError(where=_("Reason"), what=_("No reason was chosen."), remedy=_("Choose the one that fits best."))
    hard = known is not None and hold(known) is Hold.HARD
    # What the rule stands on is read without earlier overrides: those are no facts.
    plain = decide(facts=found.decision.facts, protocols=found.library.protocols)
    made = Override.objects.create(
        public=doing.token(),
        patient=patient,
        rule=rule,
        hard=hard,
        content_hash=found.library.protocols.hash,
        footing=footing_hash(plain, rule),
        reason=reason,
        text=text.strip(),
        by_id=doing.actor.account,
        at=doing.now,
    )
    kind = Notice.Kind.SECOND_PERSON if hard else Notice.Kind.OVERRIDE
    tell(doing, kind=kind, to=Role.CLINICAL_LEAD, patient=patient, about=rule)
    if hard:
        tell(doing, kind=kind, to=Role.THERAPIST, patient=patient, about=rule)
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"override:{made.public}", why=text.strip(), sealed=[made])
    return made


@act("override.agree")
def agree(doing: Doing, *, public: str, override: str, text: str) -> OverrideStep:
    """The second person agrees to set a hard stop aside."""
    patient = patient_for_act(doing, public, "override.agree")
    made = override_of(patient, override)
    found = standing(patient, now=doing.now)
    insist(_("Second person"), why_not_agree(found.decision, made, doing.actor, doing.now), _("Ask a colleague."))
    insist(_("Reason"), why_no_reason(text), _("Say in a sentence what you have checked."))
    return _step(doing, patient, made, OverrideStep.Kind.AGREED, text)


@act("override.withdraw")
def take_back(doing: Doing, *, public: str, override: str, text: str) -> OverrideStep:
    """Takes an override back: the rule holds again at once."""
    patient = patient_for_act(doing, public, "override.make")
    made = override_of(patient, override)
    if made.steps.filter(kind=OverrideStep.Kind.WITHDRAWN).exists():
        raise InputError(
            where=_("Rule %(rule)s") % {"rule": made.rule}, what=_("It was taken back already."), remedy=_("Reload.")
        )
    return _step(doing, patient, made, OverrideStep.Kind.WITHDRAWN, text)


def override_of(patient: Patient, public: str) -> Override:
    """An override of this patient; somebody else's does not exist here."""
    made = Override.objects.filter(patient=patient, public=public).first()
    if made is None:
        raise not_found()
    return made


def _step(doing: Doing, patient: Patient, made: Override, kind: OverrideStep.Kind, text: str) -> OverrideStep:
    step = OverrideStep.objects.create(
        override=made, kind=kind, text=text.strip(), by_id=doing.actor.account, at=doing.now
    )
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"override:{made.public}", why=text.strip(), sealed=[step])
    return step
