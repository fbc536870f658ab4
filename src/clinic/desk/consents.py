"""What a patient and those who speak for them have agreed to, in which words, and what the limits still need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from clinic.actions.consents import (
    IN_WRITING,
    Said,
    Wording,
    from_whom,
    give_consent,
    name_of,
    needs_guardian,
    publish_consent_text,
    withdraw_consent,
    wordings,
)
from clinic.actions.links import guardians_of
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import can, check, not_found
from clinic.desk.decision import page
from clinic.look.request import Request
from clinic.records.consents import WHOLE, last_word, left_alone, told_consents
from clinic.records.content import in_force
from clinic.records.facts import local
from clinic.records.languages import offered
from clinic.records.models import Consent
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from effleurage.errors import InputError
from effleurage.language import NATIVE
from effleurage.library import Library
from effleurage.protocol.vocabulary import Region
from effleurage.render import bodymap

ORIGINS = {
    "patient": gettext_lazy("from the patient"),
    "guardian": gettext_lazy("from who speaks for the patient"),
    "clinician": gettext_lazy("by a doctor's letter"),
}
WAYS = {
    "link": gettext_lazy("on their own telephone"),
    "paper": gettext_lazy("on paper"),
    "spoken": gettext_lazy("spoken"),
    "letter": gettext_lazy("by letter"),
}

PATIENT = "patient"
"""Who says it, if it is nobody else; the others go by their public names."""


@dataclass(frozen=True, slots=True)
class Row:
    """One consent as the page shows it."""

    kind: str
    name: str
    text: str
    origin: str
    needed: bool
    given: str
    version: str
    document: str
    by_letter: bool


@require_GET
def consents(request: Request, public: str) -> HttpResponse:
    who = open_chart(request.doing, public=public, right="consent.record", about="consents")
    found = standing(who, now=request.doing.now)
    carer = can(request.doing.actor, "chart.read", who, now=request.doing.now)
    told = list(consents_of(found))
    given = last_word(told)
    alone = left_alone(given)
    rows = [row for row in consent_rows(found, given) if carer or not row.by_letter]
    context = {
        **page(who, found, "consents"),
        "needed": [row for row in rows if row.needed],
        "others": [row for row in rows if not row.needed and (row.given or not row.by_letter)],
        "left_alone": region_words(found.library, alone),
        "maps": maps(found, alone) if carer and alone else [],
        "guardians": list(guardians_of(who)),
        "minor": needs_guardian(found),
        "history": list(history(found, told, carer)),
        "texts": can(request.doing.actor, "consent.publish"),
    }
    return render(request, "desk/consents/page.html", context)


def consent_rows(found: Standing, given: Mapping[str, Consent]) -> Iterator[Row]:
    """Every consent of the content that this patient may need, in its order."""
    library = spoken(found.library)
    words = wordings(found.patient.clinic_id, library)
    needed = found.decision.limits.consents
    zone = found.patient.location.zone
    for term in library.protocols.vocabulary.consents:
        row, origin = given.get(term.name), term.get("from")
        if row is None and term.name not in needed and origin != "patient":
            continue
        yield Row(
            kind=term.name,
            name=term.term,
            text=after_name(row.text.text if row and row.text else words[term.name].text, term.term),
            origin=str(ORIGINS[origin]),
            needed=term.name in needed,
            given=given_words(row, zone) if row else "",
            version=version_words(row) if row else "",
            document=row.document.public if row and row.document else "",
            by_letter=origin == "clinician",
        )


def after_name(text: str, name: str) -> str:
    """The words without the name, where a list shows that above them."""
    return text.removeprefix(f"{name}. ")


def given_words(row: Consent, zone: str) -> str:
    values = {"who": row.by, "how": WAYS.get(row.how, row.how), "at": when(row.at, zone)}
    return _("%(who)s, %(how)s, %(at)s") % values


def version_words(row: Consent) -> str:
    if row.text is None:
        return ""
    values = {"number": row.text.version, "language": NATIVE.get(row.text.language, row.text.language)}
    return _("version %(number)s, %(language)s") % values


def when(at: datetime, zone: str) -> str:
    """A moment by the clock of the place."""
    return date_format(local(at, zone), "DATETIME_FORMAT")


def consents_of(found: Standing) -> QuerySet[Consent]:
    """All that was agreed to and taken back, in the order in which it was said."""
    return told_consents(found.patient).select_related("text", "document").defer("document__body")


def history(found: Standing, told: Sequence[Consent], carer: bool) -> Iterator[dict[str, Any]]:
    """Everything that was agreed to or taken back, the last first."""
    library, who = found.library, found.patient
    origins = from_whom(library)
    for row in reversed(told):
        if carer or origins.get(row.kind) != "clinician":
            given = _("agreed") if row.given else _("said no")
            text = ", ".join(filter(None, (row.by, str(WAYS.get(row.how, row.how)), version_words(row))))
            title = f"{name_of(library, row.kind)}: {given}"
            icon = "check" if row.given else "cross"
            yield {"when": when(row.at, who.location.zone), "title": title, "text": text, "icon": icon}


def region_words(library: Library, names: set[str]) -> list[str]:
    """The regions in words, in the order of the body."""
    return [region.words for region in regions(library) if region.name in names]


def regions(library: Library) -> tuple[Region, ...]:
    return spoken(library).protocols.vocabulary.regions


def maps(found: Standing, closed: set[str]) -> list[dict[str, Any]]:
    """The drawn body with today's limits, and closed where the patient wants to be left alone."""
    words = spoken(found.library).protocols.vocabulary
    limits = found.decision.limits
    ceilings = {each.name: 0 if each.name in closed else limits.ceiling(each.name) for each in words.regions}
    terms = {each.base: each.term for each in words.regions} | {term.name: term.term for term in words.levels}
    notes = dict.fromkeys(closed, _("left alone, as the patient wishes"))
    drawn = {"terms": terms, "notes": notes, "language": words.language}
    pictures = [
        mark_safe(  # noqa: S308 - our own drawing, whose texts it escapes
            bodymap.body_map(
                ceilings=ceilings,
                views=(view,),
                title=_("What may be touched"),
                prefix="consent",
                styled=False,
                **drawn,  # type: ignore[arg-type]
            )
        )
        for view in bodymap.VIEWS
    ]
    levels = [{"level": term.name, "word": term.term, "means": term.means} for term in words.levels]
    return [{"maps": pictures, "levels": levels, "rows": bodymap.body_table(ceilings=ceilings, **drawn)}]  # type: ignore[arg-type]


class RecordForm(forms.Form):
    """Who says it and how. Which parts of the body are to be left alone, for the consent to the whole."""

    who = forms.ChoiceField(label=gettext_lazy("Who says so?"), widget=forms.RadioSelect)
    how = forms.ChoiceField(label=gettext_lazy("How?"), widget=forms.RadioSelect)
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("Parts of the body to be left alone"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, found: Standing, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [] if from_whom(found.library)[kind] == "guardian" else [(PATIENT, found.patient.name)]
        self.fields["who"].choices = own + speakers(found)  # type: ignore[attr-defined]
        ways = ["paper"] if kind == IN_WRITING else ["paper", "spoken"]
        self.fields["how"].choices = [(way, WAYS[way]) for way in ways]  # type: ignore[attr-defined]
        if kind == WHOLE:
            choices = [(each.name, each.words) for each in regions(found.library)]
            self.fields["regions"].choices = choices  # type: ignore[attr-defined]
            self.fields["regions"].initial = sorted(left_alone(found.given))
        else:
            del self.fields["regions"]


class WithdrawForm(forms.Form):
    """Who takes a consent back and how they said so: anybody who may speak, in any way at all."""

    who = forms.ChoiceField(label=gettext_lazy("Who says so?"), widget=forms.RadioSelect)
    how = forms.ChoiceField(label=gettext_lazy("How?"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, found: Standing) -> None:
        super().__init__(data, prefix="back")
        own = [(PATIENT, found.patient.name)]
        self.fields["who"].choices = own + speakers(found)  # type: ignore[attr-defined]
        ways = ("spoken", "paper", "letter")
        self.fields["how"].choices = [(way, WAYS[way]) for way in ways]  # type: ignore[attr-defined]


def speakers(found: Standing) -> list[tuple[str, str]]:
    """Who speaks for a patient, as long as somebody must."""
    others = guardians_of(found.patient) if needs_guardian(found) else ()
    return [(each.public, f"{each.name} ({each.relation})") for each in others]


@require_http_methods(["GET", "POST"])
def record(request: Request, public: str, kind: str) -> HttpResponse:
    """Recording at the desk that somebody agrees, to the words on this page, or that they take it back."""
    who = open_chart(request.doing, public=public, right="consent.record", about=f"consent {kind}")
    found = standing(who, now=request.doing.now)
    words = wordings(who.clinic_id, spoken(found.library)).get(kind)
    carer = can(request.doing.actor, "chart.read", who, now=request.doing.now)
    if words is None or (from_whom(found.library)[kind] == "clinician" and not carer):
        raise not_found()
    sent, back = request.POST or None, request.POST.get("do") == "withdraw"
    form = RecordForm(None if back else sent, found=found, kind=kind)
    gone = WithdrawForm(sent if back else None, found=found)
    done = sent and (_withdrawn(request, public, kind, gone) if back else _recorded(request, public, kind, form))
    if done:
        return redirect("desk:consents", public)
    context = {
        **page(who, found, "consents"),
        "form": form,
        "gone": gone,
        "words": words,
        "name": name_of(found.library, kind),
        "given": found.given.get(kind),
        "by_letter": from_whom(found.library)[kind] == "clinician",
        "no_guardian": not form.fields["who"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "desk/consents/record.html", context, status=422 if form.errors or gone.errors else 200)


def _withdrawn(request: Request, public: str, kind: str, form: WithdrawForm) -> bool:
    """Takes a consent back as the form says; False with the errors in the form where it cannot."""
    if not form.is_valid():
        return False
    said = Said(how=form.cleaned_data["how"], guardian=form.cleaned_data["who"].removeprefix(PATIENT))
    try:
        withdraw_consent(request.doing, public=public, kind=kind, said=said)
    except InputError as error:
        form.add_error(None, f"{error.what} {error.remedy}")
        return False
    messages.success(request, _("Taken back. It holds from now on."))
    return True


def _recorded(request: Request, public: str, kind: str, form: RecordForm) -> bool:
    """Does what the form asks for; False with the errors in the form where it cannot."""
    if not form.is_valid():
        return False
    said = Said(
        how=form.cleaned_data["how"],
        guardian=form.cleaned_data["who"].removeprefix(PATIENT),
        mark=request.POST.get("mark", ""),
        language=request.POST.get("language", ""),
        regions=tuple(form.cleaned_data.get("regions", ())),
    )
    try:
        give_consent(request.doing, public=public, kind=kind, said=said)
    except InputError as error:
        form.add_error(None, f"{error.what} {error.remedy}")
        return False
    messages.success(request, _("Recorded."))
    return True


@dataclass(frozen=True, slots=True)
class TextRow:
    kind: str
    name: str
    language: str
    tongue: str
    version: str


@require_GET
def texts(request: Request) -> HttpResponse:
    """The words of every consent in every language, and which version holds."""
    check(request.doing.actor, "consent.publish")
    clinic_id = request.doing.actor.clinic_id or 0
    rows = []
    for offer in offered(clinic_id):
        library = spoken(in_force(clinic_id), offer.code)
        names = {term.name: term.term for term in library.protocols.vocabulary.consents}
        rows += [_text_row(words, names, offer.name) for words in wordings(clinic_id, library).values()]
    return render(request, "desk/consents/texts.html", {"rows": rows})


def _text_row(words: Wording, names: dict[str, str], tongue: str) -> TextRow:
    own = words.row if words.row is not None and words.row.by_id is not None else None
    version = _("version %(number)s, our own") % {"number": own.version} if own else _("as supplied")
    return TextRow(words.kind, names[words.kind], words.language, tongue, version)


class TextForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Words"), widget=forms.Textarea(attrs={"rows": 8}))


@require_http_methods(["GET", "POST"])
def text(request: Request, kind: str, language: str) -> HttpResponse:
    """Writing a new version of the words of one consent."""
    check(request.doing.actor, "consent.publish")
    clinic_id = request.doing.actor.clinic_id or 0
    library = spoken(in_force(clinic_id), language)
    words = wordings(clinic_id, library).get(kind)
    if words is None or library.protocols.language.code != language:
        raise not_found()
    form = TextForm(request.POST or None, initial={"text": words.text})
    if request.method == "POST" and form.is_valid():
        try:
            made = publish_consent_text(request.doing, kind=kind, language=language, text=form.cleaned_data["text"])
        except InputError as error:
            form.add_error("text", f"{error.what} {error.remedy}")
        else:
            messages.success(request, _("Version %(number)s holds from now on.") % {"number": made.version})
            return redirect("desk:consent_texts")
    names = {term.name: term.term for term in library.protocols.vocabulary.consents}
    context = {"form": form, "name": names[kind], "tongue": NATIVE.get(language, language)}
    return render(request, "desk/consents/text.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("p/<str:public>/consents/", consents, name="consents"),
    path("p/<str:public>/consents/<str:kind>/", record, name="consent"),
    path("consents/texts/", texts, name="consent_texts"),
    path("consents/texts/<str:kind>/<str:language>/", text, name="consent_text"),
]
