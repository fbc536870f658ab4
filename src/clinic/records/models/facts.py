"""What was said and measured: append-only. A correction is a new entry that names the one it takes the place of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.patients import Patient
from clinic.records.models.sealed import Sealed


class IntakeRun(models.Model):
    """One round of questions: begun, perhaps interrupted, finished when no answer could change the plan."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        FINISHED = "finished", _("finished")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="intakes")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=models.Q(state="open"), name="one_open_intake_for_a_patient"
            )
        ]


class FactEntry(Sealed):
    """One statement about one fact of one patient.

    `value` is the canonical form of `records/facts.py`, null where there is none; `on` is the local moment at which it
    was true (the core knows no zones), `entered_at` the instant at which it was written down.
    """

    class State(models.TextChoices):
        GIVEN = "given", _("answered")
        NOT_KNOWN = "not_known", _("not known")
        WITHDRAWN = "withdrawn", _("withdrawn")
        PROPOSED = "proposed", _("to be confirmed")
        REFUSED = "refused", _("refused")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="facts")
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State)
    value = models.JSONField(null=True)
    on = models.CharField(max_length=26)
    origin = models.CharField(max_length=10)
    place = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=60)
    entered_name = models.CharField(max_length=120)
    intake = models.ForeignKey(IntakeRun, models.PROTECT, null=True, related_name="entries")
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="superseded_by")

    class Meta:
        indexes = [models.Index(fields=["patient", "id"])]
