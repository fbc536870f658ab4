"""Clinics and the people who work in them: who somebody is, in which roles, where, and what they are trained for.

A clinic is the wall that no record crosses. A role is held at a location; the right to do something follows from the
roles in `actions/permissions.py` and nowhere else. Patients and guardians hold no account: they come by a private link.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _


class Clinic(models.Model):
    """One organisation with its own patients, people, content and records."""

    public = models.CharField(max_length=22, unique=True)
    name = models.CharField(_("name"), max_length=120)
    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    emergency_number = models.CharField(_("emergency number"), max_length=20, default="112")
    jurisdiction = models.CharField(_("jurisdiction"), max_length=40, blank=True)
    wording = models.CharField(
        _("wording"), max_length=10, default="patient", choices=[("patient", _("patient")), ("client", _("client"))]
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    note_template = models.CharField(_("template of notes"), max_length=20, default="soap")

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place where people are treated, with the time zone in which its clock times are meant."""

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="locations")
    name = models.CharField(_("name"), max_length=120)
    address = models.TextField(_("address"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    open = models.BooleanField(_("in use"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="location_name_once")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The roles of the house; `PATIENT` and `GUARDIAN` come by a private link, never by a membership.

    `API_CLIENT` is for other systems: it has no right and signs in nowhere until there are interfaces for them.
    """

    PATIENT = "patient", _("Patient")
    GUARDIAN = "guardian", _("Guardian")
    FRONT_DESK = "front_desk", _("Front desk")
    THERAPIST = "therapist", _("Therapist")
    CLINICAL_LEAD = "clinical_lead", _("Clinical lead")
    OWNER = "owner", _("Owner")
    API_CLIENT = "api_client", _("API client")


STAFF_ROLES = (Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD, Role.OWNER, Role.API_CLIENT)
PEOPLE_ROLES = STAFF_ROLES[:-1]
"""What can be chosen for somebody who works here: nobody is an API client."""


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address, which is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **rest: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **rest)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get(self, *args: Any, **kwargs: Any) -> User:
        """Somebody alone comes with their clinic, which every page of theirs names."""
        return self.select_related("clinic").get(*args, **kwargs)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """Somebody who works at one clinic. There is no superuser: no right exists beside the table of permissions."""

    public = models.CharField(max_length=22, unique=True)
    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="people")
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    made_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class Membership(models.Model):
    """A role at a location."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    location = models.ForeignKey(Location, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, role.label) for role in STAFF_ROLES])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "location", "role"], name="membership_once")]


class Competence(models.Model):
    """What somebody is trained for, by the content's name, on which evidence, and the last day on which it counts.

    With a supervisor it is a training that is not finished: a student's. It lets them treat with that person in the
    room, and nothing else: they sign no plan, and a note of theirs waits for a second signature.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="competences")
    name = models.CharField(_("competence"), max_length=60)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    until = models.DateField(_("valid until"), null=True, blank=True)
    supervisor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="competence_once")]

    def counts_on(self, day: date) -> bool:
        """Whether it counts on that day of the clinic; the last day still counts."""
        return self.until is None or day <= self.until


class Invitation(models.Model):
    """A link by which somebody chooses a password. Only a hash of its secret is kept; it ends by use, by a newer one,
    or when its time is over.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
