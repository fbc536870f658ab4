"""Versions of the clinical content: proposed as text, approved by two, published, withdrawn; kept for ever."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.sealed import Sealed


class ContentVersion(Sealed):
    """All files of a content folder under their hash; `files` is {path: text}, zlib-compressed JSON."""

    hash = models.CharField(max_length=64, unique=True)
    files = models.BinaryField()
    at = models.DateTimeField()


class Proposal(models.Model):
    """A version that somebody proposes for a clinic, and where it stands."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLISHED = "published", _("in force")
        REPLACED = "replaced", _("replaced")
        WITHDRAWN = "withdrawn", _("withdrawn")
        REFUSED = "refused", _("refused")

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="proposals")
    version = models.ForeignKey(ContentVersion, models.PROTECT, related_name="+")
    base_hash = models.CharField(max_length=64, blank=True)
    title = models.CharField(_("title"), max_length=200)
    why = models.TextField(_("why"))
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)
    ended_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    impact = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"], condition=models.Q(state="published"), name="one_version_in_force"
            )
        ]


class Approval(Sealed):
    """That a clinician stands for a proposed version; two different ones are needed, neither of them its author."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="approvals")
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "by"], name="approved_once_by_each")]


class Examination(Sealed):
    """What was found out about a version, by which release of the program: the proofs over all intakes, or (with a
    `base_hash`) the difference from the version in force. The same content gives the same results for every clinic.
    """

    class Kind(models.TextChoices):
        PROOFS = "proofs", _("proofs")
        DIFFERENCE = "difference", _("difference")

    kind = models.CharField(max_length=12, choices=Kind)
    hash = models.CharField(max_length=64)
    base_hash = models.CharField(max_length=64, blank=True)
    program = models.CharField(max_length=20)
    ok = models.BooleanField()
    results = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "hash", "base_hash", "program"], name="examined_once_by_a_release")
        ]
