"""Letters and reports in, papers out, and what another system's bundle proposes, to be confirmed line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.actions.consents import from_whom
from clinic.actions.documents import add_document, document_of, review_document
from clinic.actions.import_bundle import (
    Fit,
    NotSure,
    confirm_import,
    fit,
    import_bundle,
    read_again,
    refuse_import,
    stricter,
)
from clinic.actions.open_chart import open_chart
from clinic.actions.permissions import can
from clinic.desk.consents import when
from clinic.desk.decision import LetterRow, letters, origin_words, page
from clinic.desk.facts import value_words
from clinic.look.request import Request
from clinic.records.facts import answer_of
from clinic.records.models import Document, FactEntry, Patient
from clinic.records.speech import spoken
from clinic.records.standing import Standing, standing
from effleurage.errors import InputError

FITS = {
    Fit.NEW: (gettext_lazy("not known until now"), "info"),
    Fit.SAME: (gettext_lazy("says the same"), "ok"),
    Fit.WORSE: (gettext_lazy("worse news than what is known: it would count"), "danger"),
    Fit.BETTER: (gettext_lazy("better news than what is known: it clears nothing"), "warn"),
    Fit.CLASH: (gettext_lazy("does not fit what is known"), "warn"),
}


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=[each for each in Document.Kind.choices if each[0] != Document.Kind.BUNDLE],
        widget=forms.RadioSelect,
        initial=Document.Kind.LETTER,
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=200, help_text=gettext_lazy("From whom, of which day")
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 10 MB"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )


class BundleForm(forms.Form):
    bundle = forms.FileField(
        label=gettext_lazy("FHIR bundle (R4, JSON)"),
        help_text=gettext_lazy("At most 20 MB, of one patient"),
        widget=forms.FileInput(attrs={"accept": "application/json,application/fhir+json,.json"}),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I have checked that it is of this patient, though the name differs or is missing"),
        required=False,
    )


@require_http_methods(["GET", "POST"])
def documents(request: Request, public: str) -> HttpResponse:
    """What came in and what can be printed. Who may not read the chart sees what waits, not what it says."""
    who = open_chart(request.doing, public=public, right="document.add", about="documents")
    form, bundle = UploadForm(), BundleForm()
    if request.method == "POST":
        adds_bundle = request.POST.get("do") == "bundle"
        form = UploadForm(None if adds_bundle else request.POST, None if adds_bundle else request.FILES)
        bundle = BundleForm(request.POST if adds_bundle else None, request.FILES if adds_bundle else None)
        done = _imported(request, public, bundle) if adds_bundle else _added(request, public, form)
        if done is not None:
            return done
    found = standing(who, now=request.doing.now)
    carer = can(request.doing.actor, "chart.read", who, now=request.doing.now)
    context = {
        **page(who, found, "documents"),
        "form": form,
        "bundle": bundle,
        "carer": carer,
        "rows": list(document_rows(found)),
        "waiting": len(found.chart.proposed),
        "alarm": carer and stricter_waiting(found),
        "papers": papers(who, found) if carer else [],
    }
    return render(request, "desk/documents/page.html", context, status=422 if form.errors or bundle.errors else 200)


def _added(request: Request, public: str, form: UploadForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        made = add_document(
            request.doing,
            public=public,
            kind=data["kind"],
            title=data["title"],
            data=_bytes(data["file"]),
        )
    except InputError as error:
        form.add_error("file", f"{error.what} {error.remedy}")
        return None
    messages.success(request, _("%(title)s is kept; a carer must review it.") % {"title": made.title})
    return redirect("desk:documents", public)


def _imported(request: Request, public: str, form: BundleForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    file: UploadedFile[Any] = form.cleaned_data["bundle"]
    name = re.sub(r"[^\w. -]", "_", file.name or "bundle.json")[:120]
    try:
        import_bundle(
            request.doing,
            public=public,
            title=name,
            data=_bytes(file),
            sure=form.cleaned_data["sure"],
        )
    except NotSure as error:
        form.add_error("sure", f"{error.what} {error.remedy}")
        form.add_error("bundle", _("Choose the file once more."))
    except InputError as error:
        form.add_error("bundle", f"{error.where}: {error.what} {error.remedy}")
    else:
        messages.success(request, _("Imported, not confirmed: it does not count yet."))
        return redirect("desk:imported", public)
    return None


def _bytes(file: UploadedFile[Any]) -> bytes:
    data: bytes = file.read()
    return data


@dataclass(frozen=True, slots=True)
class DocumentRow:
    public: str
    title: str
    kind: str
    came: str
    reviewed: str


def document_rows(found: Standing) -> Iterator[DocumentRow]:
    """Every document, the last first, without reading the files themselves."""
    who, parts = found.patient, (found.patient.pk, *found.chart.parts)
    rows = Document.objects.filter(patient__in=parts).defer("body").select_related("review__by").order_by("-pk")
    for each in rows:
        reviewed = ""
        if hasattr(each, "review"):
            values = {"who": each.review.by.name, "at": when(each.review.at, who.location.zone)}
            reviewed = _("%(who)s, %(at)s") % values
        came = _("%(who)s, %(at)s") % {"who": each.by, "at": when(each.at, who.location.zone)}
        yield DocumentRow(each.public, each.title, each.get_kind_display(), came, reviewed)


def papers(who: Patient, found: Standing) -> list[tuple[str, str]]:
    """What can be printed: the plan in each form, and the letters that the decision calls for."""
    rows = []
    if found.treatment is not None:
        names = {
            "therapist": _("Plan for the therapist"),
            "patient": _("Plan for the patient"),
            "safety": _("Safety sheet"),
        }
        public = found.treatment.public
        rows = [(words, reverse("desk:plan_pdf", args=[who.public, public, name])) for name, words in names.items()]
    wanted: Iterator[LetterRow] = letters(found)
    return rows + [(_("Letter to: %(to)s") % {"to": each.to}, each.url) for each in wanted]


class ReviewForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("What does it say?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("In a line or two, for the colleague who looks for it later."),
    )
    author = forms.CharField(label=gettext_lazy("Signed by"), max_length=120, required=False)
    consents = forms.MultipleChoiceField(
        label=gettext_lazy("It gives or states"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consents"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def document(request: Request, public: str, document: str) -> HttpResponse:
    """One document: its file, its review, and for a bundle what it said that could not be placed."""
    who = open_chart(request.doing, public=public, right="document.review", about=f"document:{document}")
    one = document_of(who, document)
    found = standing(who, now=request.doing.now)
    origins = from_whom(found.library)
    terms = spoken(found.library).protocols.vocabulary.consents
    form = ReviewForm(request.POST or None, choices=[(t.name, t.term) for t in terms if origins[t.name] == "clinician"])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        given = {"text": data["note"], "author": data["author"], "consents": data["consents"]}
        try:
            review_document(request.doing, public=public, document=document, **given)
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
        else:
            messages.success(request, _("Reviewed."))
            return redirect("desk:document", public, document)
    lists, facts = read_again(one) if one.kind == Document.Kind.BUNDLE else None, spoken(found.library).protocols.facts
    context = {
        **page(who, found, "documents"),
        "one": one,
        "came": when(one.at, who.location.zone),
        "size": len(one.body) // 1000 + 1,
        "review": one.review if hasattr(one, "review") else None,
        "reviewed": when(one.review.at, who.location.zone) if hasattr(one, "review") else "",
        "form": form,
        "read": lists,
        "placed": [(facts[row.fact].called, row) for row in lists.placed] if lists else [],
    }
    return render(request, "desk/documents/one.html", context, status=422 if form.errors else 200)


@require_GET
def file(request: Request, public: str, document: str) -> HttpResponse:
    """The file as it came: to be kept by the browser as a file, never shown as a page of ours."""
    who = open_chart(request.doing, public=public, right="chart.read", about=f"document:{document}")
    one = document_of(who, document)
    ending = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}.get(one.media_type, "json")
    answer = HttpResponse(bytes(one.body), content_type=one.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{who.number}-{one.pk}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


@dataclass(frozen=True, slots=True)
class ProposedRow:
    """One imported statement beside what is known."""

    public: str
    name: str
    ask: str
    value: str
    on: str
    place: str
    known: str
    known_by: str
    fit: str
    kind: str
    asks: bool
    alarm: bool


@require_GET
def imported(request: Request, public: str) -> HttpResponse:
    """What bundles have proposed and nobody has decided about."""
    who = open_chart(request.doing, public=public, right="fact.confirm", about="import")
    found = standing(who, now=request.doing.now)
    rows = list(proposed_rows(found))
    context = {**page(who, found, "documents"), "rows": rows, "alarm": any(row.alarm for row in rows)}
    return render(request, "desk/documents/imported.html", context)


def proposed_rows(found: Standing) -> Iterator[ProposedRow]:
    """Bad news first; then in the order of the content."""
    table = spoken(found.library).protocols.facts
    order = {fact.name: number for number, fact in enumerate(table.facts)}
    rows = [_proposed_row(found, entry) for entry in found.chart.proposed if entry.name in table]
    yield from sorted(rows, key=lambda row: (not row.alarm, order[row.name]))


def _proposed_row(found: Standing, entry: FactEntry) -> ProposedRow:
    fact = spoken(found.library).protocols.facts[entry.name]
    answer = answer_of(entry)
    how, _counts = fit(found, entry.name, answer)
    words, kind = FITS[how]
    known = found.chart.current().get(entry.name)
    return ProposedRow(
        public=entry.public,
        name=entry.name,
        ask=fact.called,
        value=value_words(fact, entry),
        on=entry.on[:10],
        place=entry.place,
        known=value_words(fact, known) if known else _("not known"),
        known_by=f"{origin_words(known.origin)}, {known.on[:10]}" if known and known.origin else "",
        fit=str(words),
        kind=kind,
        asks=how.asks,
        alarm=stricter(found, {entry.name: answer}),
    )


def stricter_waiting(found: Standing) -> bool:
    """Whether something imported and not confirmed would make the plan stricter."""
    return any(row.alarm for row in proposed_rows(found))


@require_POST
def settle(request: Request, public: str) -> HttpResponse:
    """Confirms and refuses what was chosen in the table; what was left open stays."""
    chosen = [(name.removeprefix("do-"), said) for name, said in request.POST.items() if name.startswith("do-")]
    yes = [name for name, said in chosen if said == "yes"]
    no = [name for name, said in chosen if said == "no"]
    if yes or not no:
        confirm_import(request.doing, public=public, entries=yes)
    if no:
        refuse_import(request.doing, public=public, entries=no)
    counts = {"yes": len(yes), "no": len(no)}
    messages.success(request, _("Confirmed: %(yes)s. Refused: %(no)s.") % counts)
    return redirect("desk:imported" if standing_waits(request, public) else "desk:documents", public)


def standing_waits(request: Request, public: str) -> bool:
    """Whether proposals are left, by the projection that the acts have just written."""
    return Patient.objects.filter(public=public, clinic=request.doing.actor.clinic_id, state__to_confirm__gt=0).exists()


urlpatterns = [
    path("p/<str:public>/documents/", documents, name="documents"),
    path("p/<str:public>/documents/import/", imported, name="imported"),
    path("p/<str:public>/documents/import/settle/", settle, name="settle"),
    path("p/<str:public>/documents/<str:document>/", document, name="document"),
    path("p/<str:public>/documents/<str:document>/file/", file, name="document_file"),
]
