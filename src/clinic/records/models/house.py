"""What a clinic is made of beside its people: rooms, services, hours, visits, notices, and how long records
are kept.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.patients import Patient


class Room(models.Model):
    public = models.CharField(max_length=22, unique=True)
    location = models.ForeignKey("accounts.Location", models.PROTECT, related_name="rooms")
    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("note"), max_length=200, blank=True)
    open = models.BooleanField(_("in use"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["location", "name"], name="room_name_once")]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something that can be booked: its name, how long it takes, and the pause that the room needs afterwards."""

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="services")
    name = models.CharField(_("name"), max_length=120)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    pause = models.PositiveSmallIntegerField(_("minutes to clear the room"), default=0)
    open = models.BooleanField(_("offered"), default=True)

    def __str__(self) -> str:
        return self.name


class Hours(models.Model):
    """When a location is open, as clock times of its own zone. Monday is 0."""

    location = models.ForeignKey("accounts.Location", models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("day"))
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_of_seven"),
            models.CheckConstraint(condition=models.Q(opens__lt=models.F("closes")), name="opens_before_it_closes"),
        ]


class Retention(models.Model):
    """How long a kind of record is kept where the clinic works, on which ground; entered by the owner, never
    assumed.
    """

    clinic = models.ForeignKey("accounts.Clinic", models.CASCADE, related_name="retention")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=40)
    kind = models.CharField(_("kind of record"), max_length=40)
    years = models.PositiveSmallIntegerField(_("years"), null=True, blank=True)
    ground = models.CharField(_("legal ground"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "jurisdiction", "kind"], name="retention_once")]


class Visit(models.Model):
    """An appointment. No two of a therapist, a room or a patient overlap: the database refuses (migration 0002)."""

    class State(models.TextChoices):
        EXPECTED = "expected", _("expected")
        ARRIVED = "arrived", _("arrived")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="+")
    location = models.ForeignKey("accounts.Location", models.PROTECT, related_name="visits")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="visits")
    therapist = models.ForeignKey("accounts.User", models.PROTECT, related_name="visits")
    room = models.ForeignKey(Room, models.PROTECT, related_name="visits")
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="visits")
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    state = models.CharField(max_length=10, choices=State, default=State.EXPECTED)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(starts__lt=models.F("ends")), name="visit_has_length")]
        indexes = [models.Index(fields=["location", "starts"]), models.Index(fields=["patient", "starts"])]


class Notice(models.Model):
    """Something that somebody of a role must look at. `kind` names it; the words are made where it is shown."""

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", _("An emergency answer")
        RED_FLAG = "red_flag", _("A new red flag")
        BREAK_GLASS = "break_glass", _("A chart opened from outside the care team")
        OVERRIDE = "override", _("A rule was set aside")
        SECOND_PERSON = "second_person", _("A hard stop waits for a second person")
        LOCKED = "locked", _("A plan was locked")
        LINK_CLOSED = "link_closed", _("A private link was closed after wrong birth dates")
        PROTOCOL = "protocol", _("A protocol was published or withdrawn")
        IMPORT = "import", _("Imported facts wait to be confirmed")
        HARM = "harm", _("Harm was reported")
        WORRYING = "worrying", _("A worrying answer after a session")
        CONFLICT = "conflict", _("Two tablets recorded one session")
        ODD = "odd", _("Something in the record of a session needs a look")
        UNSENT = "unsent", _("A tablet has not sent its sessions for a day")
        COSIGN = "cosign", _("A student's note waits for a second signature")

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="notices")
    location = models.ForeignKey("accounts.Location", models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, choices=Kind)
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="notices")
    about = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["clinic", "role", "seen_at"])]
