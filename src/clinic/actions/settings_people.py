"""Who works here: invited by e-mail, with roles at places, trained for what, and closed when they leave."""

from __future__ import annotations

from datetime import date

from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clinic.accounts.models import PEOPLE_ROLES, Clinic, Competence, Invitation, Membership, Role, User
from clinic.accounts.sessions import end_sessions
from clinic.actions.account import about, make_invitation
from clinic.actions.frame import Doing, act, note
from clinic.actions.permissions import not_found
from clinic.actions.settings_change import Values, check_name, check_owner_left, check_seen, clinic_of, insist, told
from clinic.records.content import in_force


def person_values(user: User) -> dict[str, str]:
    """Name and roles: "place:role" with commas, in order."""
    rows = user.memberships.values_list("location__public", "role")
    return {"name": user.name, "roles": ",".join(sorted(f"{place}:{role}" for place, role in rows))}


def competence_values(held: Competence | None) -> dict[str, str]:
    if held is None:
        return {"evidence": "", "until": "", "supervisor": ""}
    return {
        "evidence": held.evidence,
        "until": held.until.isoformat() if held.until else "",
        "supervisor": held.supervisor.public if held.supervisor else "",
    }


@act("settings.person_invite")
def invite_person(doing: Doing, *, email: str, wanted: Values) -> tuple[User, str]:
    """A new account without a password, and the secret of the link by which its owner sets one."""
    clinic = clinic_of(doing)
    address = _address(email)
    user = User(public=doing.token(), clinic=clinic, email=address, name=wanted["name"].strip(), made_at=doing.now)
    check_name((), user.name)
    user.set_unusable_password()
    user.save()
    _set_roles(clinic, user, wanted["roles"])
    secret = make_invitation(doing, user)
    note(doing, about=about(user), why=told({}, wanted))
    return user, secret


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    insist(_("E-mail address"), _("This is no e-mail address."), _("Write it again."), unless=bool(address))
    free = not User.objects.filter(email=address).exists()
    insist(_("E-mail address"), _("There is an account with this address."), _("Use another one."), unless=free)
    return address


@act("settings.person")
def change_person(doing: Doing, *, user: str, seen: Values, wanted: Values) -> User:
    """The name and the roles of somebody. What they are doing in a session goes by the new roles at once."""
    clinic = clinic_of(doing)
    found = person_of(clinic, user)
    now = person_values(found)
    check_seen(seen=seen, now=now, wanted=wanted)
    check_name((), wanted["name"])
    found.name = wanted["name"].strip()
    found.save(update_fields=["name"])
    _set_roles(clinic, found, wanted["roles"])
    check_owner_left(clinic)
    note(doing, about=about(found), why=told(now, wanted))
    return found


def _set_roles(clinic: Clinic, user: User, text: str) -> None:
    """The roles at the clinic's own places; what belongs elsewhere does not exist here."""
    places = {place.public: place for place in clinic.locations.all()}
    rows = []
    for pair in filter(None, text.split(",")):
        place, _colon, role = pair.partition(":")
        if place not in places or role not in {each.value for each in PEOPLE_ROLES}:
            raise not_found()
        rows.append(Membership(user=user, location=places[place], role=Role(role)))
    user.memberships.all().delete()
    Membership.objects.bulk_create(rows)


@act("settings.person_close")
def close_account(doing: Doing, *, user: str) -> User:
    """Nobody signs in by this account any more: its sessions and its invitation end. The record keeps the name."""
    clinic = clinic_of(doing)
    found = person_of(clinic, user)
    found.is_active = False
    found.save(update_fields=["is_active"])
    check_owner_left(clinic)
    Invitation.objects.filter(user=found, ended_at=None).update(ended_at=doing.now)
    end_sessions(found)
    note(doing, about=about(found))
    return found


@act("settings.person_open")
def open_account(doing: Doing, *, user: str) -> User:
    """Somebody came back. They sign in as before."""
    found = person_of(clinic_of(doing), user)
    found.is_active = True
    found.save(update_fields=["is_active"])
    note(doing, about=about(found))
    return found


@act("settings.sessions_end")
def end_all_sessions(doing: Doing, *, user: str) -> int:
    """Ends every session of somebody, on every device; returns how many there were."""
    found = person_of(clinic_of(doing), user)
    total = UserSession.objects.filter(user=found).count()
    end_sessions(found)
    note(doing, about=about(found), why=f"{total}")
    return int(total)


@act("settings.competence")
def keep_competence(doing: Doing, *, user: str, name: str, seen: Values, wanted: Values) -> Competence:
    """What somebody is trained for, on which evidence and until when; or what they are learning, and beside whom. The
    name is the content's.
    """
    clinic = clinic_of(doing)
    found = person_of(clinic, user)
    known = name in {term.name for term in in_force(clinic.pk).protocols.vocabulary.competences}
    insist(_("Competence"), _("The protocols know no such training."), _("Choose one of the list."), unless=known)
    now = competence_values(found.competences.filter(name=name).first())
    check_seen(seen=seen, now=now, wanted=wanted)
    insist(
        _("Evidence"),
        _("Nobody can tell later what this rests on."),
        _("Name the certificate, who gave it, and when."),
        unless=bool(wanted["evidence"].strip()),
    )
    until = date.fromisoformat(wanted["until"]) if wanted["until"] else None
    supervisor = person_of(clinic, wanted["supervisor"]) if wanted["supervisor"] else None
    insist(
        _("In training beside"),
        _("This person is not trained for it either."),
        _("Choose somebody who is."),
        unless=supervisor is None or supervisor in supervisors(clinic, found, name),
    )
    defaults = {"evidence": wanted["evidence"].strip(), "until": until, "supervisor": supervisor}
    held, _new = Competence.objects.update_or_create(user=found, name=name, defaults=defaults)
    beside = f"beside {supervisor.public}" if supervisor else ""
    note(doing, about=about(found), why=" ".join(filter(None, (name, wanted["until"], beside))))
    return held


def supervisors(clinic: Clinic, student: User, name: str) -> QuerySet[User]:
    """Who of the clinic has finished the training that somebody else is still in. Whether it counts on a given day is
    looked at on that day.
    """
    trained = clinic.people.filter(is_active=True, competences__name=name, competences__supervisor=None)
    return trained.exclude(pk=student.pk).order_by("name")


@act("settings.competence_remove")
def remove_competence(doing: Doing, *, user: str, name: str) -> None:
    """Somebody is not trained for this after all. What they signed stays signed."""
    found = person_of(clinic_of(doing), user)
    if not found.competences.filter(name=name).delete()[0]:
        raise not_found()
    note(doing, about=about(found), why=name)


def person_of(clinic: Clinic, public: str) -> User:
    """Somebody of this clinic; anybody else does not exist here."""
    found = User.objects.filter(clinic=clinic, public=public).first()
    if found is None:
        raise not_found()
    return found
