"""When something may be done: each question answers with the reasons why not, in words; an empty answer is yes.

*Who* may do it stands in `permissions.py`. Pages ask to know what to offer; acts insist with `insist`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.actions.frame import Actor
from clinic.records.consents import given_consents, left_alone
from clinic.records.models import Override, TreatmentPlan
from clinic.records.speech import spoken
from clinic.records.standing import PlanState, Standing
from effleurage.decision.aside import Hold, hold
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
    reasons += _fits(found)
    missing = missing_consents(found)
    if missing:
        reasons.append(_("Not agreed to yet: %(names)s.") % {"names": ", ".join(missing)})
    return reasons


def _fits(found: Standing) -> list[str]:
    reasons = wishes(found, found.touched)
    if found.lock is not None:
        reasons.append(_("The plan is locked: %(why)s.") % {"why": found.lock.get_kind_display()})
    if found.plan_state is PlanState.OUTDATED or found.outdated:
        reasons.append(_("The protocol or the facts have changed since; look at the difference and choose anew."))
    if not found.plan.may_treat:
        reasons.append(_("By what is known today, no massage may be given; questions are open, or a limit forbids it."))
    return reasons


def missing_consents(found: Standing) -> list[str]:
    """The consents that the plan needs and nobody has given, in words."""
    given, words = given_consents(found.patient), spoken(found.library).protocols.vocabulary
    return [words.term("consents", term.name) for term in found.consents_needed if term.name not in given]


def wishes(found: Standing, touched: Iterable[str]) -> list[str]:
    """The patient's wish that parts of the body be left alone, where a regimen works on them."""
    alone = left_alone(given_consents(found.patient)) & set(touched)
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


def why_not_agree(override: Override, actor: Actor, now: datetime) -> list[str]:
    """A hard stop needs a second person, who is somebody else."""
    reasons = [] if override.hard else [_("This one needs no second person.")]
    if override.by_id == actor.user_id:
        reasons.append(_("The second person must be somebody else."))
    if override.steps.exists():
        reasons.append(_("Somebody has decided about it already."))
    if override.at > now:
        reasons.append(_("It lies in the future; check the clock."))
    return reasons


def why_not_release(found: Standing) -> list[str]:
    """A locked plan is opened again only if by all that is known it fits."""
    if found.lock is None:
        return [_("This plan is not locked.")]
    if found.outdated:
        return [_("The plan no longer fits what is known: choose and sign a new one.")]
    if found.refreshed.decision.certain.verdict >= Verdict.WITHHOLD:
        return [_("What is known forbids massage: the lock stays.")]
    return []
