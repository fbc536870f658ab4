"""Patients: finding one, entering one, and the overview from which everything of theirs is two taps away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.accounts.models import Location, Role
from clinic.actions.edit_patient import edit_patient, identity, set_photo
from clinic.actions.lists import read_list
from clinic.actions.open_chart import open_chart, open_with_reason
from clinic.actions.permissions import can, check
from clinic.actions.policies import why_not_use
from clinic.actions.register_patient import Person, likely_same, register_patient, search_key
from clinic.actions.settings_change import ChangedMeanwhile
from clinic.desk.frame import banner
from clinic.desk.settings_forms import in_words, seen
from clinic.look.request import Request
from clinic.records.content import known_hash
from clinic.records.facts import local
from clinic.records.models import Patient
from clinic.records.standing import Standing, standing

PAGE = 25
SEEKERS = (Role.FRONT_DESK, Role.THERAPIST, Role.CLINICAL_LEAD)
"""Who finds the patients of the places where they work."""


@require_GET
def patients(request: Request) -> HttpResponse:
    """The list, and what one types into the search: the answer to htmx is the list alone. Where each stands tells of
    their health: the journal keeps how many were found, and not the name that was typed.
    """
    check(request.doing.actor, "patient.find")
    words = request.GET.get("q", "").strip()
    found = search(request, words)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    read_list(request.doing, about=f"patients:{page.paginator.count}")
    template = "desk/patients/rows.html" if request.htmx else "desk/patients/list.html"
    return render(request, template, {"page": page, "words": words, "rows": [row(each) for each in page]})


def search(request: Request, words: str) -> QuerySet[Patient]:
    """Patients of the locations where somebody works, by every word of name, number or telephone; newest first."""
    actor = request.doing.actor
    here = actor.locations(*SEEKERS)
    found = Patient.objects.filter(clinic=actor.clinic_id, location__in=here, merged_into=None)
    for word in search_key(words).split():
        digits = "".join(letter for letter in word if letter.isdigit())
        number = Q(number__endswith=digits) | Q(phone__contains=digits) if len(digits) >= 3 else Q(pk=None)
        found = found.filter(Q(search__contains=word) | number)
    return found.select_related("state", "location").order_by("-made_at", "-pk")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: who it is, and where they stand. Nothing of what they said."""

    url: str
    name: str
    born: str
    number: str
    location: str
    stands: str
    kind: str


def row(patient: Patient) -> Row:
    words, kind = stands(patient)
    return Row(
        url=reverse("desk:patient", args=[patient.public]),
        name=f"{patient.family}, {patient.given}",
        born=date_format(patient.birth_date, "SHORT_DATE_FORMAT"),
        number=patient.number,
        location=patient.location.name,
        stands=words,
        kind=kind,
    )


def stands(patient: Patient) -> tuple[str, str]:
    """How far a patient has come on the path, in words, and the colour of the chip."""
    state = patient.state if hasattr(patient, "state") else None
    if state is None or state.intake == "none":
        return _("not asked yet"), "open"
    if state.emergency:
        return _("emergency"), "danger"
    if state.plan != "locked" and state.content_hash != known_hash(patient.clinic_id):
        return _("protocol changed"), "warn"
    plans = {
        "locked": (_("plan locked"), "danger"),
        "outdated": (_("plan outdated"), "warn"),
        "chosen": (_("plan to sign"), "warn"),
        "signed": (_("plan signed"), "ok"),
    }
    if state.plan in plans:
        return plans[state.plan]
    if state.intake == "open":
        return _("questions open"), "warn"
    return _("to be decided"), "info"


class PersonForm(forms.Form):
    """Who somebody is. The birth date is typed, as on a card, and read by day, month and year."""

    given = forms.CharField(label=gettext_lazy("Given names"), max_length=80)
    family = forms.CharField(label=gettext_lazy("Family name"), max_length=80)
    birth_date = forms.DateField(
        label=gettext_lazy("Date of birth"),
        help_text=gettext_lazy("Day, month, year: 12.4.1951"),
        input_formats=["%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d"],
        widget=forms.DateInput(format="%d.%m.%Y", attrs={"autocomplete": "bday", "inputmode": "numeric"}),
    )
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail address"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("en", "English"), ("uk", "Українська"), ("ru", "Русский")]
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        if born > self.today:
            raise forms.ValidationError(_("This day lies in the future."))
        return born

    def person(self) -> Person:
        return Person(**{name: self.cleaned_data[name] for name in Person.__dataclass_fields__})


class NewPatientForm(PersonForm):
    location = forms.ChoiceField(label=gettext_lazy("Location"))

    def __init__(self, *args: Any, locations: list[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(each.public, each.name) for each in locations]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def new_patient(request: Request) -> HttpResponse:
    """Entering a patient. Who may be the same person is shown first; only then may a new record be made."""
    check(request.doing.actor, "patient.register")
    actor = request.doing.actor
    here = actor.locations(*SEEKERS)
    locations = list(Location.objects.filter(pk__in=here, open=True).order_by("name"))
    today = max(local(request.doing.now, zone).date() for zone in ("UTC", *(each.zone for each in locations)))
    form = NewPatientForm(request.POST or None, locations=locations, today=today)
    if request.method != "POST" or not form.is_valid():
        return render(request, "desk/patients/new.html", {"form": form}, status=422 if form.errors else 200)
    person = form.person()
    same = likely_same(actor.clinic_id or 0, person)
    if same and request.POST.get("new") != "yes":
        read_list(request.doing, about=f"likely same:{len(same)}")
        shown = [(each, row(each), each.location_id in here) for each in same]
        return render(request, "desk/patients/same.html", {"form": form, "same": shown})
    made = register_patient(request.doing, person=person, location=form.cleaned_data["location"])
    messages.success(request, _("%(name)s is entered, number %(number)s.") % {"name": made.name, "number": made.number})
    return redirect("desk:patient", made.public)


@require_GET
def patient(request: Request, public: str) -> HttpResponse:
    """The overview: who it is, what is to do first, and the way to everything else."""
    actor, now = request.doing.actor, request.doing.now
    who = open_chart(request.doing, public=public, right="patient.overview", about="overview")
    found = standing(who, now=now) if can(actor, "chart.read", who, now=now) else None
    context = {
        "patient": who,
        "banner": banner(who, local(request.doing.now, who.location.zone).date(), found),
        "person": person_pairs(who),
        "todo": todo(who, found) if found else desk_todo(who),
        "found": found,
        "guardians": list(who.guardians.all()),
        "may": {name: can(actor, name) for name in ("chart.read", "patient.merge", "care.assign")},
    }
    return render(request, "desk/patients/overview.html", context)


def person_pairs(who: Patient) -> list[tuple[str, str]]:
    return [
        (_("Date of birth"), date_format(who.birth_date, "DATE_FORMAT")),
        (_("Number"), who.number),
        (_("Telephone"), who.phone),
        (_("E-mail address"), who.email),
        (_("Location"), who.location.name),
        (_("Language"), dict(PersonForm.base_fields["language"].choices)[who.language]),  # type: ignore[attr-defined]
    ]


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do for a patient, the most pressing first."""

    kind: str
    title: str
    text: str
    url: str
    link: str


def todo(who: Patient, found: Standing) -> list[Todo]:
    """What this patient needs next, from where they stand."""
    decision_url = reverse("desk:decision", args=[who.public])
    plan_url = reverse("desk:plan", args=[who.public])
    intake_url = reverse("desk:intake", args=[who.public])
    rows: list[Todo] = []
    if found.chart.proposed:
        count = len(found.chart.proposed)
        text = _("%(count)s imported statements wait to be confirmed.") % {"count": count}
        rows.append(Todo("warn", _("Imported"), text, reverse("desk:documents", args=[who.public]), _("Look at them")))
    if found.lock:
        rows.append(Todo("danger", _("The plan is locked"), found.lock.reason, plan_url, _("To the plan")))
    if found.questions:
        text = _("%(count)s questions can still change the decision.") % {"count": len(found.questions)}
        rows.append(Todo("warn", _("Questions are open"), text, intake_url, _("Ask them")))
    if found.treatment is None and found.plan.may_treat:
        text = _("%(count)s regimens are possible.") % {"count": len(found.plan.available)}
        rows.append(Todo("info", _("No plan yet"), text, plan_url, _("Compare and choose")))
    for reason in why_not_use(found) if found.treatment and not found.lock else ():
        rows.append(Todo("warn", _("Before the plan can be used"), reason, plan_url, _("To the plan")))
    if not rows:
        rows.append(Todo("ok", _("Ready"), found.plan.verdict.words, decision_url, _("To the decision")))
    return rows


def desk_todo(who: Patient) -> list[Todo]:
    """What the desk can do for this patient: it sees who somebody is, not what is wrong."""
    state = who.state if hasattr(who, "state") else None
    if state is not None and state.patient_questions:
        text = _("%(count)s questions are open for the patient.") % {"count": state.patient_questions}
        return [Todo("warn", _("Questions"), text, reverse("desk:intake", args=[who.public]), _("Ask them"))]
    return []


class PhotoForm(forms.Form):
    photo = forms.FileField(label=gettext_lazy("Photo of the face"), required=False)


@require_http_methods(["GET", "POST"])
def edit(request: Request, public: str) -> HttpResponse:
    """Name, birth date and how to reach somebody; and the photo."""
    who = open_chart(request.doing, public=public, right="patient.identity", about="identity")
    on = local(request.doing.now, who.location.zone).date()
    now = {name: getattr(who, name) for name in Person.__dataclass_fields__}
    form = PersonForm(request.POST or None, initial=now, today=on)
    photo = PhotoForm(request.POST or None, request.FILES or None)
    opened, changes = identity(who), list[tuple[str, str, str]]()
    if request.method == "POST" and form.is_valid() and photo.is_valid():
        try:
            edit_patient(request.doing, public=public, person=form.person(), seen=seen(request))
        except ChangedMeanwhile as error:
            form.add_error(None, f"{error.what} {error.remedy}")
            changes = [in_words(form, each) for each in error.changes]
        else:
            if photo.cleaned_data["photo"]:
                set_photo(request.doing, public=public, data=photo.cleaned_data["photo"].read())
            messages.success(request, _("Kept."))
            return redirect("desk:patient", public)
    elif request.method == "POST":
        opened = seen(request)
    context = {
        "patient": who,
        "banner": banner(who, on),
        "form": form,
        "photo": photo,
        "seen": json.dumps(opened, sort_keys=True),
        "changes": changes,
    }
    return render(request, "desk/patients/edit.html", context, status=422 if form.errors else 200)


@require_GET
def photo(request: Request, public: str) -> HttpResponse:
    """The face, for the banner of the page that was just opened: the page's own row in the journal covers it."""
    who = open_chart(request.doing, public=public, right="patient.identity", about="photo")
    image = who.photo.image if hasattr(who, "photo") else b""
    answer = HttpResponse(bytes(image), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why do you need this chart now?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays open for thirty minutes. The clinical lead is told, with your words."),
    )


@require_http_methods(["GET", "POST"])
def open_page(request: Request, public: str) -> HttpResponse:
    """Opening a chart from outside the care team, with a stated reason. Shows nothing of the patient but the name."""
    form = ReasonForm(request.POST or None)
    who = open_chart(request.doing, public=public, right="chart.open_with_reason", about="name")
    if request.method == "POST" and form.is_valid():
        open_with_reason(request.doing, public=public, reason=form.cleaned_data["reason"])
        return redirect("desk:patient", public)
    return render(request, "desk/patients/open.html", {"form": form, "patient": who})


urlpatterns = [
    path("patients/", patients, name="patients"),
    path("patients/new/", new_patient, name="new_patient"),
    path("p/<str:public>/", patient, name="patient"),
    path("p/<str:public>/edit/", edit, name="edit_patient"),
    path("p/<str:public>/photo/", photo, name="photo"),
    path("p/<str:public>/open/", open_page, name="open_with_reason"),
]
