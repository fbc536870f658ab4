"""When a version of the protocols may be approved, published or withdrawn: each answers with the reasons why not."""

from __future__ import annotations

from django.utils.translation import gettext as _

from clinic.actions.frame import Actor
from clinic.actions.protocols_checks import Examined
from clinic.records.models import Proposal

NEEDED = 2
"""Different clinicians who stand for a version, neither of them its author."""


def why_not_examined(known: Examined) -> list[str]:
    """Nobody stands for what was not looked at to the end, and nothing that fails comes in force."""
    reasons = []
    if known.failing:
        reasons.append(_("%(count)s cases fail.") % {"count": len(known.failing)})
    if known.proofs is None:
        reasons.append(_("The proofs were not run to their end."))
    elif not known.proofs.ok:
        reasons.append(_("Not everything that is promised is proved."))
    if known.difference is None:
        reasons.append(_("The difference was not worked out to its end."))
    elif not known.difference.ok:
        reasons.append(_("It cannot be compared with the version it would replace."))
    if not known.impact_done:
        reasons.append(_("It was not looked at yet which patients it touches."))
    if known.impact.get("unreadable"):
        reasons.append(_("It cannot read the answers of some patients."))
    return reasons


def why_not_approve(proposal: Proposal, known: Examined, actor: Actor, content_hash: str) -> list[str]:
    """Once by each, never by its author, and only what was shown: the hash is part of the approval."""
    if proposal.state != Proposal.State.PROPOSED:
        return [_("It is not waiting for an approval.")]
    reasons = why_not_examined(known)
    if content_hash != proposal.version.hash:
        reasons.append(_("What was shown is not what is proposed."))
    if proposal.by_id == actor.user_id:
        reasons.append(_("Its author cannot approve it; a colleague must."))
    if actor.user_id in {each.by_id for each in proposal.approvals.all()}:
        reasons.append(_("You have approved it already; a colleague must as well."))
    if not actor.fresh:
        reasons.append(_("An approval needs you to sign in again."))
    return reasons


def why_not_publish(proposal: Proposal, known: Examined, base: str) -> list[str]:
    """Two approvals of exactly this hash, nothing failing, and still the same version before it (`base` is now)."""
    if proposal.state != Proposal.State.PROPOSED:
        return [_("It is not waiting to be published.")]
    reasons = why_not_examined(known)
    approvals = len({each.by_id for each in proposal.approvals.all() if each.hash == proposal.version.hash})
    if approvals < NEEDED:
        told = {"count": approvals, "needed": NEEDED}
        reasons.append(_("%(count)s of %(needed)s different clinicians have approved it.") % told)
    if base != proposal.base_hash:
        reasons.append(
            _("Another version has come in force since it was proposed, so the difference that was approved is no "
              "longer the one it would make. Propose its text anew.")
        )  # fmt: skip
    return reasons


def why_not_withdraw(proposal: Proposal, back: Proposal | None) -> list[str]:
    """Only what is in force can be withdrawn; only what was in force here and never withdrawn can come back."""
    if proposal.state != Proposal.State.PUBLISHED:
        return [_("It is not in force.")]
    if back is not None and back not in fallbacks(proposal):
        return [_("The version to go back to was never in force here, or was withdrawn itself.")]
    return []


def fallbacks(proposal: Proposal) -> list[Proposal]:
    """Earlier versions of the clinic that could take its place at once, the latest first, each content once."""
    gone = Proposal.objects.filter(clinic=proposal.clinic_id, state=Proposal.State.WITHDRAWN).values("version")
    earlier = (
        Proposal.objects.filter(clinic=proposal.clinic_id, state=Proposal.State.REPLACED)
        .exclude(version__in=gone)
        .exclude(version=proposal.version_id)
        .select_related("version")
        .order_by("-ended_at", "-pk")
    )
    found: dict[int, Proposal] = {}
    for each in earlier:
        found.setdefault(each.version_id, each)
    return list(found.values())
