"""The forms of the settings, and the one way a setting is kept: with what was seen, and what it is to become."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.models import PEOPLE_ROLES, Clinic, Location, User
from clinic.actions.settings_change import Change, ChangedMeanwhile, Values
from clinic.actions.settings_house import KINDS
from clinic.look.request import Request
from clinic.records.content import built_in
from clinic.records.languages import languages
from clinic.records.speech import spoken
from effleurage.errors import InputError
from effleurage.session.note import TEMPLATES

DAYS = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip


class SettingForm(forms.Form):
    """A form whose values are plain texts, so that what was seen can travel with it."""

    def values(self) -> dict[str, str]:
        return {name: plain(value) for name, value in self.cleaned_data.items()}

    @classmethod
    def opened(cls, request: Request, values: Values, **rest: Any) -> SettingForm:
        """As it was sent, or filled with how things are."""
        form = cls(request.POST if request.method == "POST" else None, **rest)
        form.initial = {name: _initial(form.fields[name], text) for name, text in values.items() if name in form.fields}
        return form


def plain(value: Any) -> str:
    """
    >>> plain(True), plain(None), plain(["b", "a"]), plain(date(2027, 1, 2))
    ('yes', '', 'a,b', '2027-01-02')
    """
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ",".join(sorted(value))
    return value.isoformat() if isinstance(value, date) else str("" if value is None else value).strip()


def _initial(asked: forms.Field, text: str) -> Any:
    return text.split(",") if isinstance(asked, forms.MultipleChoiceField) else text


class ClinicForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name of the clinic"), max_length=120)
    address = forms.CharField(label=gettext_lazy("Address"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    emergency_number = forms.CharField(
        label=gettext_lazy("Emergency number"),
        max_length=20,
        help_text=gettext_lazy("The one that is called where you work. It is shown where seconds count."),
    )
    jurisdiction = forms.CharField(
        label=gettext_lazy("Jurisdiction"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The country, or part of one, whose law you keep records by."),
    )
    wording = forms.ChoiceField(
        label=gettext_lazy("What you call those who come"),
        choices=[("patient", gettext_lazy("Patients")), ("client", gettext_lazy("Clients"))],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the house"))
    note_template = forms.ChoiceField(
        label=gettext_lazy("How notes are laid out"),
        help_text=gettext_lazy("Notes that were begun or signed stay as they are."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, clinic: Clinic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers = [(each.code, each.name) for each in languages(clinic.pk) if not each.blocked]
        self.fields["language"].choices = offers  # type: ignore[attr-defined]
        words = spoken(built_in()).protocols.language.words
        layouts = [(each.name, words(each.title)) for each in TEMPLATES.values()]
        self.fields["note_template"].choices = layouts  # type: ignore[attr-defined]


class LocationForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    address = forms.CharField(label=gettext_lazy("Address"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), max_length=60, help_text=gettext_lazy("Continent and large city: Europe/Kyiv")
    )
    open = forms.BooleanField(label=gettext_lazy("In use"), required=False)


class RoomForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)
    open = forms.BooleanField(label=gettext_lazy("In use"), required=False)


class ServiceForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    minutes = forms.CharField(
        label=gettext_lazy("Minutes"), max_length=3, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    pause = forms.CharField(
        label=gettext_lazy("Minutes to clear the room afterwards"),
        max_length=3,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    open = forms.BooleanField(label=gettext_lazy("Offered"), required=False)


class HoursForm(SettingForm):
    """A line a day; a comma between two ranges; an empty line is a closed day."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in enumerate(DAYS):
            self.fields[str(day)] = forms.CharField(label=label, max_length=120, required=False)
        self.fields["0"].help_text = _("9:00-12:00, 13:00-18:00. Leave the line empty where you are closed.")


class RetentionForm(SettingForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in KINDS.items():
            years = forms.CharField(label=_("%(kind)s: years") % {"kind": label}, max_length=3, required=False)
            years.widget.attrs["inputmode"] = "numeric"
            self.fields[f"{kind}_years"] = years
            self.fields[f"{kind}_ground"] = forms.CharField(
                label=_("%(kind)s: legal ground") % {"kind": label}, max_length=300, required=False
            )


class PersonForm(SettingForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    roles = forms.MultipleChoiceField(label=gettext_lazy("Roles"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, places: Iterable[Location], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (f"{place.public}:{role.value}", f"{place.name}: {role.label}") for place in places for role in PEOPLE_ROLES
        ]


class InviteForm(PersonForm):
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    field_order = ("name", "email", "roles")


class CompetenceForm(SettingForm):
    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=200,
        help_text=gettext_lazy("The certificate, who gave it, and when."),
    )
    until = forms.DateField(
        label=gettext_lazy("Last day on which it counts"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Empty if it does not end."),
    )
    supervisor = forms.ChoiceField(
        label=gettext_lazy("In training beside"),
        required=False,
        help_text=gettext_lazy(
            "For a student: this person is in the room at each session, and a colleague signs each note as well."
        ),
    )

    def __init__(self, *args: Any, beside: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nobody = ("", _("nobody: the training is finished"))
        self.fields["supervisor"].choices = [nobody, *((each.public, each.name) for each in beside)]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page with one form of a setting: its title, how things are, and how they are kept."""

    title: str
    form: SettingForm
    now: Values
    save: Callable[[Values, Values], object]
    back: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def sheet(request: Request, page: Sheet) -> HttpResponse:
    """Shows the form, or keeps what it sent. What somebody else has changed meanwhile is shown beside it."""
    form, changes, opened = page.form, [], dict(page.now)
    if request.method == "POST" and form.is_valid():
        try:
            page.save(seen(request), form.values())
        except ChangedMeanwhile as error:
            form.add_error(None, f"{error.what} {error.remedy}")
            changes = [in_words(form, each) for each in error.changes]
        except InputError as error:
            form.add_error(None, str(error))
            opened = dict(seen(request))
        else:
            messages.success(request, _("Kept."))
            return redirect(page.back)
    elif request.method == "POST":
        opened = dict(seen(request))
    context = {
        "title": page.title,
        "form": form,
        "seen": json.dumps(opened, sort_keys=True),
        "changes": changes,
        "back": page.back,
        **page.extra,
    }
    return render(request, "desk/settings/form.html", context, status=422 if form.errors else 200)


def seen(request: Request) -> dict[str, str]:
    """The values that the form was opened with. What cannot be read was never seen."""
    try:
        found = json.loads(request.POST.get("seen", "{}"))
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def in_words(form: forms.Form, change: Change) -> tuple[str, str, str]:
    """A value in the words of the form: the label, theirs, yours."""
    asked = form.fields[change.name]
    return str(asked.label), _words(asked, change.now), _words(asked, change.yours)


def _words(asked: forms.Field, text: str) -> str:
    if isinstance(asked, forms.BooleanField):
        return _("yes") if text else _("no")
    if isinstance(asked, forms.ChoiceField):
        labels = {str(value): str(label) for value, label in list(asked.choices)}  # type: ignore[arg-type]
        return ", ".join(labels.get(each, each) for each in text.split(",") if each)
    return text
