"""Versions of the protocols: proposed as text, approved by two, published, withdrawn at once. None is ever lost.

Nobody changes what is in force alone, but one person can stop it: publishing takes an author and two other clinicians,
withdrawing takes one lead and a reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from clinic.accounts.models import Location, Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import check, not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.actions.protocols_checks import checked, current_base, examined
from clinic.actions.protocols_policies import why_not_approve, why_not_publish, why_not_withdraw
from clinic.records.content import keep_version
from clinic.records.models import (
    Approval,
    ContentVersion,
    Examination,
    Notice,
    PatientState,
    PlanLock,
    Proposal,
    TreatmentPlan,
)
from effleurage import __version__
from effleurage.errors import InputError
from effleurage.library import Library

TOLD = (Role.THERAPIST, Role.FRONT_DESK)


def propose_version(doing: Doing, *, title: str, why: str, files: dict[str, str]) -> Proposal:
    """Proposes these files as the next version. Raises ContentError with file and line if anything in them is wrong;
    nothing is kept then.
    """
    check(doing.actor, "protocols.propose")
    insist(_("Why"), why_no_reason(why), _("Say in a sentence why the protocols should change."))
    return _keep_proposal(doing, title=title.strip(), why=why.strip(), found=checked(files), files=files)


@act("protocol.propose")
def _keep_proposal(doing: Doing, *, title: str, why: str, found: Library, files: dict[str, str]) -> Proposal:
    base, content_hash = current_base(doing.actor.clinic_id or 0), found.protocols.hash
    insist(_("Proposal"), _why_not_new(doing.actor.clinic_id, title, content_hash, base), _("Change the text."))
    known = ContentVersion.objects.filter(hash=content_hash).exists()
    version = keep_version(found, files, doing.now)
    made = Proposal.objects.create(
        public=doing.token(),
        clinic_id=doing.actor.house,
        version=version,
        base_hash=base,
        title=title,
        why=why,
        by_id=doing.actor.account,
        at=doing.now,
    )
    note(doing, about=f"proposal:{made.public}", why=why, sealed=() if known else [version])
    return made


def _why_not_new(clinic_id: int | None, title: str, content_hash: str, base: str) -> list[str]:
    reasons = [] if title else [_("It has no title.")]
    in_force = Proposal.objects.filter(
        clinic=clinic_id, version__hash=content_hash, state__in=(Proposal.State.PUBLISHED, Proposal.State.PROPOSED)
    )
    if content_hash == base and in_force.exists():
        reasons.append(_("Nothing differs from the version in force."))
    elif in_force.exists():
        reasons.append(_("This very text is proposed already."))
    return reasons


@act("protocol.examine")
def keep_examination(
    doing: Doing, *, kind: str, content_hash: str, base_hash: str = "", ok: bool, results: Mapping[str, Any]
) -> Examination:
    """Keeps what was found out about a version that this clinic has; once for each release of the program."""
    check(doing.actor, "protocols.approve")
    if not Proposal.objects.filter(clinic=doing.actor.clinic_id, version__hash=content_hash).exists():
        raise not_found()
    made, new = Examination.objects.get_or_create(
        kind=kind,
        hash=content_hash,
        base_hash=base_hash,
        program=__version__,
        defaults={"ok": ok, "results": results, "at": doing.now},
    )
    note(doing, about=f"content:{content_hash[:12]}", why=kind, sealed=[made] if new else [])
    return made


@act("protocol.approve")
def approve_version(doing: Doing, *, public: str, content_hash: str) -> Approval:
    """One clinician stands for exactly this text. Raises InputError with every reason why they cannot."""
    check(doing.actor, "protocols.approve")
    proposal = proposal_of(doing.actor.clinic_id, public)
    reasons = why_not_approve(proposal, examined(proposal), doing.actor, content_hash)
    insist(_("Approval"), reasons, _("Put that right, then approve."))
    made = Approval.objects.create(
        proposal=proposal, by_id=doing.actor.account, name=doing.actor.name, hash=content_hash, at=doing.now
    )
    note(doing, about=f"proposal:{public}", why=content_hash[:12], sealed=[made])
    return made


@act("protocol.publish")
def publish_version(doing: Doing, *, public: str) -> Proposal:
    """Puts a version in force, from the next decision on. Plans signed under the former one need a new choice."""
    check(doing.actor, "protocols.publish")
    former = _in_force(doing.actor.clinic_id).first()
    proposal = proposal_of(doing.actor.clinic_id, public, lock=True)
    reasons = why_not_publish(proposal, examined(proposal), current_base(proposal.clinic_id))
    insist(_("Publishing"), reasons, _("It stays a proposal until then."))
    if former is not None:
        _end(former, Proposal.State.REPLACED, doing, "")
    _put_in_force(proposal, doing)
    note(doing, about=f"proposal:{public}", why=proposal.version.hash[:12])
    return proposal


@act("protocol.withdraw")
def withdraw_version(doing: Doing, *, public: str, reason: str, back_to: str = "") -> Proposal:
    """Takes the version in force out of it, at once: an earlier one comes back, or nothing is decided until another is
    published. Every plan that was made by it is locked.
    """
    check(doing.actor, "protocols.publish")
    list(_in_force(doing.actor.clinic_id))
    proposal = proposal_of(doing.actor.clinic_id, public, lock=True)
    back = proposal_of(doing.actor.clinic_id, back_to) if back_to else None
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence what is wrong with it."))
    insist(_("Withdrawing"), why_not_withdraw(proposal, back), _("Reload the page."))
    _end(proposal, Proposal.State.WITHDRAWN, doing, reason.strip())
    locks = _lock_plans(doing, proposal, reason.strip())
    states = PatientState.objects.filter(clinic=proposal.clinic_id)
    states.update(may_treat=False, verdict="", content_hash="", warning_rules=[], at=doing.now)
    if back is not None:
        _put_in_force(back, doing)
    else:
        _tell(doing, proposal)
    note(doing, about=f"proposal:{public}", why=reason.strip(), sealed=locks)
    return proposal


@act("protocol.refuse")
def refuse_version(doing: Doing, *, public: str, reason: str) -> Proposal:
    """Ends a proposal that will not be published. Its text stays."""
    check(doing.actor, "protocols.publish")
    proposal = proposal_of(doing.actor.clinic_id, public, lock=True)
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence why it will not be published."))
    if proposal.state != Proposal.State.PROPOSED:
        raise InputError(where=_("Proposal"), what=_("It is not open any more."), remedy=_("Reload the page."))
    _end(proposal, Proposal.State.REFUSED, doing, reason.strip())
    note(doing, about=f"proposal:{public}", why=reason.strip())
    return proposal


def proposal_of(clinic_id: int | None, public: str, *, lock: bool = False) -> Proposal:
    """A proposal of this clinic; another clinic's does not exist here."""
    rows = Proposal.objects.select_related("version", "by").prefetch_related("approvals")
    rows = rows.filter(clinic=clinic_id, public=public)
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise not_found()
    return found


def _in_force(clinic_id: int | None) -> QuerySet[Proposal]:
    """The version in force, held until the act ends: two leads who switch at once come one after the other."""
    return Proposal.objects.select_for_update().filter(clinic=clinic_id, state=Proposal.State.PUBLISHED)


def _end(proposal: Proposal, state: Proposal.State, doing: Doing, why: str) -> None:
    proposal.state, proposal.ended_at, proposal.ended_why = state, doing.now, why
    proposal.ended_by_id = doing.actor.user_id
    proposal.save(update_fields=["state", "ended_at", "ended_why", "ended_by"])


def _put_in_force(proposal: Proposal, doing: Doing) -> None:
    proposal.state, proposal.published_at = Proposal.State.PUBLISHED, doing.now
    proposal.ended_at, proposal.ended_by = None, None
    proposal.save(update_fields=["state", "published_at", "ended_at", "ended_by"])
    _tell(doing, proposal)


def _lock_plans(doing: Doing, proposal: Proposal, reason: str) -> list[PlanLock]:
    """Locks the latest plan of every patient for whom it was made by this version."""
    latest = TreatmentPlan.objects.filter(patient=OuterRef("patient")).order_by("-pk").values("pk")[:1]
    plans = TreatmentPlan.objects.filter(
        patient__clinic=proposal.clinic_id, content_hash=proposal.version.hash, pk=Subquery(latest)
    ).values_list("pk", "patient_id")
    rows = list(plans)
    _mark_locked([patient for _plan, patient in rows])
    return PlanLock.objects.bulk_create(
        [
            PlanLock(plan_id=plan, kind=PlanLock.Kind.WITHDRAWN, reason=reason, by_id=doing.actor.account, at=doing.now)
            for plan, _patient in rows
        ],
        batch_size=500,
    )


def _mark_locked(patients: Collection[int]) -> None:
    """Lists show it at once."""
    ids = list(patients)
    for start in range(0, len(ids), 500):
        PatientState.objects.filter(patient__in=ids[start : start + 500]).update(plan="locked", may_treat=False)


def _tell(doing: Doing, proposal: Proposal, to: Iterable[Role] = TOLD) -> None:
    """A notice for the therapists and the desk of every location."""
    roles = list(to)
    Notice.objects.bulk_create(
        Notice(
            public=doing.token(),
            clinic_id=proposal.clinic_id,
            location=location,
            role=role,
            kind=Notice.Kind.PROTOCOL,
            about=f"{proposal.get_state_display()}: {proposal.title}"[:120],
            at=doing.now,
        )
        for location in Location.objects.filter(clinic=proposal.clinic_id, open=True)
        for role in roles
    )
