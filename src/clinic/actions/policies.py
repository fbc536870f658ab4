"""When something may be done: each question answers with the reasons why not, in words; an empty answer is yes.

*Who* may do it stands in `permissions.py`. Pages ask to know what to offer; acts insist with `insist`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Actor
from clinic.records.consents import left_alone
from clinic.records.models import Override, TreatmentPlan
from clinic.records.sessions import unsettled
from clinic.records.speech import spoken
from clinic.records.standing import PlanState, Standing, stands_on
from clinic.records.stops import stopped_regimen
from effleurage.decision.aside import Hold, hold
from effleurage.decision.decide import Decision
from effleurage.errors import InputError
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import Rule

LEAST_TEXT = 15
DIFFERENT_LETTERS = 6
"""A reason has so many letters, and so many different ones: "ok", dots and repeats are none."""


def insist(where: str, reasons: Iterable[str], remedy: str) -> None:
    """Raises InputError with all the reasons, if there are any."""
    told = " ".join(reasons)
    if told:
        raise InputError(where=where, what=told, remedy=remedy)


def why_no_reason(text: str) -> list[str]:
    """Whether a text can be understood by somebody who reads it in a year."""
    told = text.strip()
    if len(told) >= LEAST_TEXT and len(set(told.casefold()) - {" ", "."}) >= DIFFERENT_LETTERS:
        return []
    return [_("The reason is too short, or says nothing.")]


def why_not_choose(found: Standing, regimen: str) -> list[str]:
    """A regimen can be chosen if the limits allow treatment now and leave something of it."""
    if not found.plan.may_treat:
        return [_("As things stand, no massage may be planned for this patient.")]
    if regimen not in {each.regimen.id for each in found.plan.available}:
        return [_("Nothing of this regimen remains within the limits.")]
    chosen = next(each for each in found.plan.available if each.regimen.id == regimen)
    return wishes(found, {touch.region for step in chosen.steps for touch in step.touches})


def why_not_sign(found: Standing, plan: TreatmentPlan, actor: Actor, trained: Container[str]) -> list[str]:
    """A plan can be signed once, while it is the latest and still fits, by somebody trained for what it asks."""
    if found.treatment is None or found.treatment.pk != plan.pk:
        return [_("A later plan has taken the place of this one.")]
    if found.signed:
        return [_("This plan is signed already.")]
    reasons = _fits(found)
    missing = [name for name in needed_competences(found, plan.regimen) if name not in trained]
    if missing:
        reasons.append(
            _("This plan needs training that you do not have: %(names)s.") % {"names": _terms(found, missing)}
        )
    if not actor.fresh:
        reasons.append(_("A signature needs you to sign in again."))
    return reasons


def needed_competences(found: Standing, regimen: str) -> list[str]:
    """What the limits and the regimen ask somebody to be trained for, in the order of the content."""
    chosen = next((each.regimen for each in found.plan.regimens if each.regimen.id == regimen), None)
    needed = found.decision.limits.competences | set(chosen.competences if chosen else ())
    return [term.name for term in found.library.protocols.vocabulary.competences if term.name in needed]


def _terms(found: Standing, names: Iterable[str]) -> str:
    words = spoken(found.library).protocols.vocabulary
    return ", ".join(words.term("competences", name) for name in names)


def why_not_use(found: Standing) -> list[str]:
    """A plan may be used for a session if it is signed, fits, is not locked, and everybody has agreed who must."""
    if found.treatment is None:
        return [_("No regimen was chosen yet.")]
    reasons = [] if found.signed else [_("The plan is not signed.")]
    stopped = stopped_regimen(found.patient.clinic_id, found.treatment.regimen)
    if stopped is not None:
        reasons.append(_("This regimen is stopped in this clinic: %(why)s") % {"why": stopped.reason})
    reasons += _fits(found)
    missing = missing_consents(found)
    if missing:
        reasons.append(_("Not agreed to yet: %(names)s.") % {"names": ", ".join(missing)})
    return reasons


def why_not_start(found: Standing, actor: Actor, trained: Container[str]) -> list[str]:
    """A session may be begun if the plan may be used, by somebody who is trained for it (or learns it, beside their
    supervisor), and nothing of the course waits for a person. What has to be asked anew on the day is asked at the
    table, which then decides again: here every answer counts as if it had just been given.
    """
    found = found.anew
    reasons = why_not_use(found)
    if actor.at(found.patient.location_id).isdisjoint((Role.THERAPIST, Role.CLINICAL_LEAD)):
        reasons.append(_("Only a therapist or the clinical lead of the place begins a session."))
    if found.treatment is None:
        return reasons
    missing = [name for name in needed_competences(found, found.treatment.regimen) if name not in trained]
    if missing:
        reasons.append(
            _("This plan needs training that you do not have: %(names)s.") % {"names": _terms(found, missing)}
        )
    if unsettled(found.patient):
        reasons.append(_("Two tablets have recorded an earlier session; the clinical lead has to choose first."))
    return reasons


def _fits(found: Standing) -> list[str]:
    reasons = wishes(found, found.touched)
    if found.lock is not None:
        reasons.append(_("The plan is locked: %(why)s.") % {"why": found.lock.get_kind_display()})
    if found.plan_state is PlanState.OUTDATED or found.outdated:
        reasons.append(_("The protocol or the facts have changed since; look at the difference and choose anew."))
    if found.leaning:
        reasons.append(_("Answers that this plan rests on are too old to count: ask them again."))
    if not found.plan.may_treat:
        reasons.append(_("By what is known today, no massage may be given; questions are open, or a limit forbids it."))
    return reasons


def missing_consents(found: Standing) -> list[str]:
    """The consents that the plan needs and nobody has given, in words."""
    words = spoken(found.library).protocols.vocabulary
    return [words.term("consents", term.name) for term in found.consents_needed if term.name not in found.given]


def wishes(found: Standing, touched: Iterable[str]) -> list[str]:
    """The patient's wish that parts of the body be left alone, where a regimen works on them."""
    alone = left_alone(found.given) & set(touched)
    if not alone:
        return []
    words = spoken(found.library).protocols.vocabulary
    names = ", ".join(words.region(name).words for name in sorted(alone))
    return [_("The patient wants these parts left alone: %(names)s.") % {"names": names}]


def why_not_override(found: Standing, rule: Rule | None) -> list[str]:
    """A rule can be set aside if it holds and is neither an emergency nor one that holds for everybody."""
    if found.decision.certain.verdict is Verdict.EMERGENCY:
        return [_("In an emergency nothing is set aside.")]
    if rule is None or rule not in found.decision.holding:
        return [_("This rule does not hold for this patient now.")]
    if hold(rule) is Hold.NEVER:
        return [_("Nobody can set this rule aside.")]
    return []


def why_not_agree(decision: Decision, override: Override, actor: Actor, now: datetime) -> list[str]:
    """A hard stop needs a second person, who is somebody else, while what it was set aside for is still so."""
    reasons = [] if override.hard else [_("This one needs no second person.")]
    if override.by_id == actor.user_id:
        reasons.append(_("The second person must be somebody else."))
    if override.steps.exists():
        reasons.append(_("Somebody has decided about it already."))
    if override.at > now:
        reasons.append(_("It lies in the future; check the clock."))
    if not stands_on(override, decision):
        reasons.append(_("The facts or the protocol have changed since: it would have to be set aside anew."))
    return reasons


def why_not_lock(found: Standing, plan: TreatmentPlan) -> list[str]:
    """What is locked or released is the latest plan: an earlier one can do nothing any more."""
    if found.treatment is None or found.treatment.pk != plan.pk:
        return [_("A later plan has taken the place of this one.")]
    return []


def why_not_release(found: Standing, plan: TreatmentPlan) -> list[str]:
    """A lock is taken off only if nothing that is known forbids massage; whether the plan still fits is asked apart."""
    if reasons := why_not_lock(found, plan):
        return reasons
    if found.lock is None:
        return [_("This plan is not locked.")]
    if found.refreshed.decision.certain.verdict >= Verdict.WITHHOLD:
        return [_("What is known forbids massage: the lock stays.")]
    return []
