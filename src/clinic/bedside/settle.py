"""The lead's page of one session: what two tablets tell differently, what else is odd in its record, and the choice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.actions.beside import take_in
from clinic.actions.open_chart import open_chart
from clinic.actions.project import differences
from clinic.actions.sessions import session_of, settle
from clinic.look.request import Request
from clinic.records.facts import local
from clinic.records.models import MassageSession, OddEvent, Tablet
from clinic.records.sessions import Told, told, told_beside
from clinic.records.speech import spoken
from effleurage.session import redecide
from effleurage.session.guard import said
from effleurage.session.merge import Merged
from effleurage.session.record import SessionRecord
from effleurage.session.writer import Writer

ODD = {
    "clash": gettext_lazy("Another content under a name that is taken"),
    "sequence": gettext_lazy("Two events under one number; both count"),
    "revoked": gettext_lazy("Sent by a tablet that was taken out of use"),
    "not_theirs": gettext_lazy("Sent by somebody who does not record this patient's sessions"),
    "answer": gettext_lazy("An answer of another kind than its question"),
}


class ChoiceForm(forms.Form):
    device = forms.ChoiceField(label=gettext_lazy("Whose account counts"), widget=forms.RadioSelect)
    why = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["device"].choices = choices  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    because = forms.CharField(label=gettext_lazy("Why it belongs here"), widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True, slots=True)
class Account:
    """What one tablet tells, in short."""

    device: str
    name: str
    minutes: str
    steps: tuple[tuple[str, str], ...]
    stops: tuple[str, ...]
    facts: tuple[str, ...]
    odd: tuple[str, ...]


@require_http_methods(["GET", "POST"])
def page(request: Request, session: str) -> HttpResponse:
    held = session_of(request.doing, session)
    who = open_chart(request.doing, public=_person(held), right="session.settle", about=f"session:{session}")
    found = told(held)
    merge = found.merged()
    names = tablet_names(held, found)
    choices = [(each, names.get(each, each)) for each in merge.conflict.devices] if merge and merge.conflict else []
    beside = told_beside(held)
    form = ChoiceForm(request.POST if "device" in request.POST else None, choices=choices)
    taking = TakeForm(request.POST if "take_in" in request.POST else None)
    if request.method == "POST" and taking.is_bound and taking.is_valid():
        take_in(request.doing, session=session, why=taking.cleaned_data["because"])
        messages.success(request, _("Taken in. It counts from now on."))
        return redirect("bedside:session", session)
    if request.method == "POST" and choices and form.is_valid():
        sent = form.cleaned_data
        settle(request.doing, session=session, device=sent["device"], why=sent["why"])
        messages.success(request, _("Settled. The note can be signed now."))
        return redirect("bedside:session", session)
    context = {
        "patient": who,
        "held": held,
        "when": date_format(local(held.visit.starts, held.visit.location.zone), "j E Y, H:i"),
        "accounts": accounts(found, names),
        "form": form if choices else None,
        "settled": names.get(found.settlement.device, "") if found.settlement else "",
        "settlement": found.settlement,
        "odd": list(odd_rows(held, names)),
        "beside": accounts(beside, tablet_names(held, beside)),
        "taking": taking,
        "decided": list(decided_rows(found, names)),
    }
    return render(request, "bedside/desk_session.html", context, status=422 if form.errors or taking.errors else 200)


def _person(session: MassageSession) -> str:
    return (session.patient.merged_into or session.patient).public


def tablet_names(session: MassageSession, found: Told) -> dict[str, str]:
    devices = {line.device for line in found.lines}
    rows = Tablet.objects.filter(clinic=session.clinic_id, public__in=devices).select_related("user")
    return {each.public: f"{each.name}, {each.user.name}" for each in rows}


def accounts(found: Told, names: dict[str, str]) -> list[Account]:
    """What each tablet tells, as it tells it; the first that wrote first."""
    merge: Merged | None = found.merged(_language(found))
    return [account(record, names) for record in merge.records] if merge else []


def _language(found: Told) -> str:
    return spoken(found.library).protocols.language.code


def account(record: SessionRecord, names: dict[str, str]) -> Account:
    writer = Writer(record)
    faults = (sentence for each in record.irregular for sentence in said(each.reasons, writer.speak))
    return Account(
        device=record.device,
        name=names.get(record.device, record.device),
        minutes=writer.time(record.delivered),
        steps=tuple((part.moment.title, writer.time(part.delivered)) for part in record.parts if part.milliseconds),
        stops=tuple(writer.term("stop_rules", stop.rule) for stop in record.stops),
        facts=tuple(writer.told(each.name, each.answer) for each in record.learned),
        odd=tuple(dict.fromkeys(faults)),
    )


def odd_rows(session: MassageSession, names: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """What was kept beside: why, when it came, and from which tablet."""
    rows = OddEvent.objects.filter(session=session).select_related("tablet__user").order_by("pk")
    for row in rows:
        when = date_format(local(row.received_at, session.visit.location.zone), "j E Y, H:i")
        tablet = f"{row.tablet.name}, {row.tablet.user.name}" if row.tablet else ""
        yield str(ODD.get(row.why, row.why)), when, names.get(row.tablet.public, tablet) if row.tablet else ""


def decided_rows(found: Told, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Where a tablet decided differently from the clinic: which, and in what."""
    language = spoken(found.library).protocols.language
    for device, _number, fields in differences(found):
        yield names.get(device, device), redecide.told(fields, language)


urlpatterns = [path("sessions/<str:session>/", page, name="session")]
