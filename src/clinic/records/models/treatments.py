"""Sessions at the table: the tablets that record them, the events, the note, and what became of the patient afterwards.

Events, signed notes, reviews and scores are written once. A session's own row is only what ties them together; how far
it has come is worked out from the events by the core (`effleurage.session`).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.house import Visit
from clinic.records.models.patients import AccessLink, Patient
from clinic.records.models.plans import TreatmentPlan
from clinic.records.models.sealed import Sealed


class Tablet(models.Model):
    """A device that somebody has made ready to carry their next visits. `half` is the server's part of the key to what
    it carries: given out at a right PIN while online, gone once the tablet is revoked. The PIN itself is not known:
    `verifier` is the hash of something that only PIN and `salt` give. `offset_ms` is how far its clock was ahead of
    ours at the last contact; `unsent` and `oldest_at` what it said it still had to send then.
    """

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="tablets")
    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="tablets")
    name = models.CharField(_("name"), max_length=60)
    half = models.CharField(max_length=64)
    salt = models.CharField(max_length=64)
    verifier = models.CharField(max_length=64)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    offset_ms = models.BigIntegerField(default=0)
    unsent = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class MassageSession(models.Model):
    """One session of a course, for one visit. `script` is what was carried to the table, as canonical JSON."""

    class State(models.TextChoices):
        READY = "ready", _("ready")
        REFUSED = "refused", _("not started")
        RUNNING = "running", _("under way")
        STOPPED = "stopped", _("stopped")
        FINISHED = "finished", _("finished")
        CLOSED = "closed", _("closed")

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="sessions")
    visit = models.OneToOneField(Visit, models.PROTECT, related_name="session")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    dose = models.PositiveSmallIntegerField()
    content_hash = models.CharField(max_length=64)
    script = models.TextField()
    script_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    conflict = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)
    reaction = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["patient", "-id"]), models.Index(fields=["clinic", "state"])]


class SessionEvent(Sealed):
    """Something that happened at the table, as the tablet wrote it: canonical JSON with its hash."""

    session = models.ForeignKey(MassageSession, models.PROTECT, related_name="events")
    tablet = models.ForeignKey(Tablet, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=22, unique=True)
    device = models.CharField(max_length=22)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    body = models.TextField()
    hash = models.CharField(max_length=64)
    offset_ms = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    received_from = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "device", "seq"], name="session_event_once")]


class OddEvent(Sealed):
    """What a tablet sent and we could not take as it stood: another content under a known name or number, an unknown
    session, a revoked tablet. Kept as it came, for a person to look at; never in the place of what is stored.
    """

    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="+")
    session = models.ForeignKey(MassageSession, models.PROTECT, null=True, related_name="odd_events")
    tablet = models.ForeignKey(Tablet, models.PROTECT, null=True, related_name="+")
    event = models.CharField(max_length=40)
    why = models.CharField(max_length=20)
    body = models.TextField()
    hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    received_from = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "event", "hash"], name="odd_event_once")]


class Settlement(Sealed):
    """Whose account of a session counts where two tablets have recorded one: a person's decision, with why."""

    session = models.ForeignKey(MassageSession, models.PROTECT, related_name="settlements")
    device = models.CharField(max_length=22)
    why = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class NoteDraft(models.Model):
    """The words of a note as long as nobody has signed it: what the events say, then what the therapist made of it."""

    session = models.OneToOneField(MassageSession, models.PROTECT, related_name="draft")
    template = models.CharField(max_length=20)
    sections = models.JSONField()
    record_hash = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class SignedNote(Sealed):
    """A note that somebody stands for. `document` is words and record as canonical JSON; it never changes."""

    public = models.CharField(max_length=22, unique=True)
    session = models.OneToOneField(MassageSession, models.PROTECT, related_name="note")
    document = models.TextField()
    document_hash = models.CharField(max_length=64)
    record_hash = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    meaning = models.CharField(max_length=200)
    student = models.BooleanField(default=False)
    at = models.DateTimeField()


class NoteAddition(Sealed):
    """What was added to a signed note later: an addendum, that it was entered in error, or a second signature."""

    class Kind(models.TextChoices):
        ADDENDUM = "addendum", _("addendum")
        IN_ERROR = "in_error", _("entered in error")
        COSIGNED = "cosigned", _("co-signed")

    note = models.ForeignKey(SignedNote, models.PROTECT, related_name="additions")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True)
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    at = models.DateTimeField()


class Contact(models.Model):
    """That somebody is to be asked how they are, one to two days after a session, and what they said."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed without an answer")

    public = models.CharField(max_length=22, unique=True)
    session = models.ForeignKey(MassageSession, models.PROTECT, related_name="contacts")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="contacts")
    due_at = models.DateTimeField()
    why = models.CharField(max_length=20)
    link = models.ForeignKey(AccessLink, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"])]


class Reaction(Sealed):
    """How somebody bore a session, as they or somebody else said it: a name of the content, whoever typed it."""

    public = models.CharField(max_length=22, unique=True)
    session = models.ForeignKey(MassageSession, models.PROTECT, related_name="reactions")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="reactions")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="reactions")
    name = models.CharField(max_length=40)
    words = models.TextField(blank=True)
    by = models.CharField(max_length=60)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()


class AdverseEvent(Sealed):
    """Harm that somebody reports, with its grade. It counts against the protocol whose plan was carried out."""

    class Grade(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        MAJOR = "major", _("major")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="adverse_events")
    session = models.ForeignKey(MassageSession, models.PROTECT, null=True, related_name="adverse_events")
    regimen = models.CharField(max_length=80, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    what = models.CharField(max_length=40)
    grade = models.CharField(max_length=10, choices=Grade)
    text = models.TextField(blank=True)
    by = models.CharField(max_length=60)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["regimen", "at"])]


class AdverseReview(Sealed):
    """What the clinical lead found when they looked at reported harm; due within twenty-four hours."""

    class Found(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        MAJOR = "major", _("major")
        NONE = "none", _("no harm, or reported before")

    event = models.OneToOneField(AdverseEvent, models.PROTECT, related_name="review")
    grade = models.CharField(max_length=10, choices=Found)
    text = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class HarmLimit(models.Model):
    """From how many reports of harm of a grade on, within so many days, a regimen stops. The clinical lead sets it:
    no number would hold for every clinic.
    """

    clinic = models.ForeignKey("accounts.Clinic", models.CASCADE, related_name="harm_limits")
    grade = models.CharField(_("grade"), max_length=10, choices=AdverseEvent.Grade)
    events = models.PositiveSmallIntegerField(_("reports"))
    days = models.PositiveSmallIntegerField(_("within days"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "grade"], name="harm_limit_once")]


class RegimenStop(Sealed):
    """That a regimen may not be carried out in a clinic, or (released) that it may again: why, and who said so."""

    clinic = models.ForeignKey("accounts.Clinic", models.PROTECT, related_name="regimen_stops")
    regimen = models.CharField(max_length=80)
    released = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()


class ScoreEntry(Sealed):
    """The answers to an instrument, and their score by the content of that day as a decimal number in text; "" where
    too much was left out.
    """

    class Via(models.TextChoices):
        LINK = "link", _("by private link")
        TABLET = "tablet", _("on the tablet")
        PAPER = "paper", _("from paper")

    public = models.CharField(max_length=22, unique=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="scores")
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, null=True, related_name="scores")
    session = models.ForeignKey(MassageSession, models.PROTECT, null=True, related_name="scores")
    instrument = models.CharField(max_length=60)
    content_hash = models.CharField(max_length=64)
    answers = models.JSONField()
    score = models.CharField(max_length=12, blank=True)
    on = models.CharField(max_length=26)
    via = models.CharField(max_length=10, choices=Via)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=60)
    entered_name = models.CharField(max_length=120)
    supersedes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["patient", "instrument", "-id"])]
