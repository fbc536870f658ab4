"""Settings of the people who work here: inviting, roles, closing an account, and what somebody is trained for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.accounts.models import Clinic, Competence, User
from clinic.actions.account import INVITED_FOR, invite
from clinic.actions.permissions import not_found
from clinic.actions.settings_change import Values
from clinic.actions.settings_people import (
    change_person,
    close_account,
    competence_values,
    end_all_sessions,
    invite_person,
    keep_competence,
    open_account,
    person_values,
    remove_competence,
    supervisors,
)
from clinic.desk import post
from clinic.desk.settings_forms import CompetenceForm, InviteForm, PersonForm, Sheet, sheet
from clinic.desk.settings_house import owned
from clinic.desk.work_lists import AHEAD
from clinic.look.request import Request
from clinic.records.content import built_in, in_force
from clinic.records.facts import local
from clinic.records.speech import spoken
from effleurage.errors import ForPeople


@require_GET
def people(request: Request) -> HttpResponse:
    clinic = owned(request)
    rows = clinic.people.prefetch_related("memberships__location").order_by("-is_active", "name")
    context = {"rows": [(each, roles_words(each)) for each in rows], "ending": ending(clinic, request.doing.now)}
    return render(request, "desk/settings/people.html", context)


def roles_words(user: User) -> str:
    rows = sorted((row.location.name, str(row.get_role_display())) for row in user.memberships.all())
    return ", ".join(f"{role} ({place})" for place, role in rows)


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody is trained for, in the content's words, and whether it still counts."""

    name: str
    words: str
    means: str
    competence: Competence | None
    over: bool
    soon: bool


def ending(clinic: Clinic, now: datetime) -> list[tuple[str, Held]]:
    """Which competences have ended or end within sixty days, of whom."""
    today, until = today_at(clinic, now), (now + AHEAD).date()
    rows = Competence.objects.filter(user__clinic=clinic, user__is_active=True, until__lte=until)
    terms = terms_of(clinic)
    return [
        (row.user.name, _held(row.name, terms.get(row.name, (row.name, "")), row, today, now))
        for row in rows.select_related("user").order_by("until", "user__name")
    ]


def _held(name: str, words: tuple[str, str], row: Competence | None, today: Any, now: datetime) -> Held:
    over = row is not None and not row.counts_on(today)
    soon = row is not None and row.until is not None and not over and row.until <= (now + AHEAD).date()
    return Held(name, words[0], words[1], row, over, soon)


def today_at(clinic: Clinic, now: datetime) -> Any:
    zone = clinic.locations.order_by("pk").values_list("zone", flat=True).first() or "UTC"
    return local(now, zone).date()


def terms_of(clinic: Clinic) -> dict[str, tuple[str, str]]:
    """The competences of the content in force: their words, and what each means."""
    try:
        found = in_force(clinic.pk)
    except ForPeople:
        found = built_in()
    terms = spoken(found).protocols.vocabulary.competences
    return {term.name: (term.term, str(term.get("means") or "")) for term in terms}


@require_http_methods(["GET", "POST"])
def new_person(request: Request) -> HttpResponse:
    clinic = owned(request)
    form = InviteForm.opened(request, {}, places=clinic.locations.filter(open=True).order_by("name"))

    def save(_seen: Values, wanted: Values) -> None:
        user, secret = invite_person(request.doing, email=wanted["email"], wanted=wanted)
        send_invitation(request, user, secret)

    return sheet(
        request,
        Sheet(title=_("Invite somebody"), form=form, now={}, save=save, back=reverse("desk:settings_people")),
    )


def send_invitation(request: Request, user: User, secret: str) -> None:
    """The link goes to the person alone; the owner never sees it."""
    link = request.build_absolute_uri(reverse("welcome", args=[secret]))
    context = {
        "name": user.name,
        "clinic": user.clinic.name,
        "link": link,
        "hours": int(INVITED_FOR.total_seconds() // 3600),
    }
    text = render_to_string("desk/settings/invitation.txt", context)
    subject = _("Your account at %(clinic)s") % {"clinic": user.clinic.name}
    post.send(EmailMessage(subject=subject.replace("\n", " "), body=text, to=[user.email]))


def person_here(request: Request, public: str) -> User:
    found = owned(request).people.filter(public=public).first()
    if found is None:
        raise not_found()
    return found


@require_GET
def person(request: Request, public: str) -> HttpResponse:
    user, now = person_here(request, public), request.doing.now
    held = {row.name: row for row in user.competences.select_related("supervisor")}
    today = today_at(user.clinic, now)
    context = {
        "person": user,
        "roles": roles_words(user),
        "sessions": UserSession.objects.filter(user=user).count(),
        "factors": Authenticator.objects.filter(user=user).exclude(type="recovery_codes").count(),
        "invited": user.invitations.filter(ended_at=None, expires_at__gt=now).exists(),
        "held": [_held(name, words, held.get(name), today, now) for name, words in terms_of(user.clinic).items()],
        "self": user.pk == request.doing.actor.user_id,
    }
    return render(request, "desk/settings/person.html", context)


@require_http_methods(["GET", "POST"])
def edit_person(request: Request, public: str) -> HttpResponse:
    user = person_here(request, public)
    now = person_values(user)
    form = PersonForm.opened(request, now, places=user.clinic.locations.order_by("name"))
    return sheet(
        request,
        Sheet(
            title=_("Name and roles"),
            form=form,
            now=now,
            save=lambda seen, wanted: change_person(request.doing, user=public, seen=seen, wanted=wanted),
            back=reverse("desk:settings_person", args=[public]),
        ),
    )


@require_http_methods(["GET", "POST"])
def competence(request: Request, public: str, name: str) -> HttpResponse:
    user = person_here(request, public)
    words = terms_of(user.clinic).get(name)
    if words is None:
        raise not_found()
    held = user.competences.filter(name=name).select_related("supervisor").first()
    now = competence_values(held)
    beside = list(supervisors(user.clinic, user, name))
    if held and held.supervisor and held.supervisor not in beside:
        beside.append(held.supervisor)
    return sheet(
        request,
        Sheet(
            title=f"{user.name}: {words[0]}",
            form=CompetenceForm.opened(request, now, beside=beside),
            now=now,
            save=lambda seen, wanted: keep_competence(request.doing, user=public, name=name, seen=seen, wanted=wanted),
            back=reverse("desk:settings_person", args=[public]),
        ),
    )


@require_POST
def drop_competence(request: Request, public: str, name: str) -> HttpResponse:
    remove_competence(request.doing, user=public, name=name)
    messages.success(request, _("Taken off. It no longer counts."))
    return redirect("desk:settings_person", public)


@require_POST
def close(request: Request, public: str) -> HttpResponse:
    found = close_account(request.doing, user=public)
    messages.success(request, _("The account of %(name)s is closed; every session ended.") % {"name": found.name})
    return redirect("desk:settings_person", public)


@require_POST
def reopen(request: Request, public: str) -> HttpResponse:
    found = open_account(request.doing, user=public)
    messages.success(request, _("%(name)s can sign in again.") % {"name": found.name})
    return redirect("desk:settings_person", public)


@require_POST
def sessions(request: Request, public: str) -> HttpResponse:
    total = end_all_sessions(request.doing, user=public)
    messages.success(request, _("Sessions ended: %(total)s.") % {"total": total})
    return redirect("desk:settings_person", public)


@require_POST
def invite_again(request: Request, public: str) -> HttpResponse:
    user = person_here(request, public)
    send_invitation(request, user, invite(request.doing, user=public))
    messages.success(request, _("A new invitation is on its way to %(email)s.") % {"email": user.email})
    return redirect("desk:settings_person", public)


urlpatterns = [
    path("settings/people/", people, name="settings_people"),
    path("settings/people/new/", new_person, name="settings_new_person"),
    path("settings/people/<str:public>/", person, name="settings_person"),
    path("settings/people/<str:public>/edit/", edit_person, name="settings_edit_person"),
    path("settings/people/<str:public>/close/", close, name="settings_close"),
    path("settings/people/<str:public>/reopen/", reopen, name="settings_reopen"),
    path("settings/people/<str:public>/sessions/", sessions, name="settings_sessions"),
    path("settings/people/<str:public>/invite/", invite_again, name="settings_invite"),
    path("settings/people/<str:public>/trained/<str:name>/", competence, name="settings_competence"),
    path("settings/people/<str:public>/trained/<str:name>/drop/", drop_competence, name="settings_drop_competence"),
]
