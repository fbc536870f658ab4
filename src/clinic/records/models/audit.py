"""The journal of who read and wrote what of whom: one row for one act, each bound to the one before it.

`hash` covers the whole row and the hash before it, keyed, so that nobody who can only write the database can forge a
row. The head keeps number and hash of the last row: without it, a tail could be cut off unseen.
"""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One act. `sealed` lists the rows that it wrote: [table, key, digest] each.

    No value of a fact stands here, but `why` is what somebody wrote as their reason and `about` may name a fact or a
    rule: health data, to be kept and shown as the record itself is (`desk/journal.py` says to whom).
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=60)
    actor_name = models.CharField(max_length=120)
    roles = models.CharField(max_length=120)
    event = models.CharField(max_length=60, db_index=True)
    patient = models.ForeignKey("records.Patient", models.PROTECT, null=True, related_name="+")
    about = models.CharField(max_length=120, blank=True)
    why = models.TextField(blank=True)
    via = models.CharField(max_length=80)
    sealed = models.JSONField(default=list)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-number"]),
            models.Index(fields=["clinic", "-number"]),
            models.Index(fields=["clinic", "at"]),
            models.Index(fields=["actor", "-number"]),
        ]


class AuditHead(models.Model):
    """The one row that names the last act: its number and hash, and the keyed hash of both."""

    number = models.BigIntegerField()
    last = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
