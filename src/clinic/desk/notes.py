"""Sessions of a patient: the list, one session as its events tell it, and its note from first words to addenda."""

from __future__ import annotations

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
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.accounts.models import Role
from clinic.actions.aftercare import asked_after
from clinic.actions.notes import LONGEST, RIGHTS, add_to_note, needed, sign_note, take_again, write_note
from clinic.actions.notes_policies import ENDED, gaps, why_not_add, why_not_sign, why_not_write
from clinic.actions.open_chart import open_chart
from clinic.actions.people import competences
from clinic.actions.permissions import can, not_found
from clinic.desk import account
from clinic.desk.frame import banner
from clinic.look.request import Request
from clinic.paper.note_paper import note_paper
from clinic.records.facts import local, one_person
from clinic.records.models import MassageSession, NoteAddition, Patient
from clinic.records.notes import NoteAt, note_of
from clinic.records.sessions import READ_WITH
from clinic.records.speech import spoken
from effleurage.errors import InputError
from effleurage.session.balance import Balance, balances
from effleurage.session.note_past import comfort, decided, reaction, stopped, told
from effleurage.session.note_seen import checks, deviation, identity, in_all, irregular, measures, step_named
from effleurage.session.record import SessionRecord
from effleurage.session.writer import Writer


@dataclass(frozen=True, slots=True)
class Row:
    """One session in the list."""

    public: str
    when: str
    number: int
    state: str
    kind: str
    note: str
    note_kind: str


@require_GET
def sessions(request: Request, public: str) -> HttpResponse:
    who = open_chart(request.doing, public=public, right="chart.read", about="sessions")
    found = MassageSession.objects.filter(patient__in=one_person(who)).select_related("visit__location", "note")
    rows = [row(each) for each in found.order_by("-visit__starts")]
    return render(request, "desk/notes/list.html", {**_page(request, who), "rows": rows})


def row(session: MassageSession) -> Row:
    kinds = {"stopped": "danger", "refused": "warn", "running": "info", "ready": "open"}
    words, kind = _note_state(session)
    return Row(
        public=session.public,
        when=when(session),
        number=session.number,
        state=_("two tablets") if session.conflict else session.get_state_display(),
        kind="danger" if session.conflict else kinds.get(session.state, "ok"),
        note=words,
        note_kind=kind,
    )


def _note_state(session: MassageSession) -> tuple[str, str]:
    if hasattr(session, "note"):
        marked = session.note.additions.filter(kind=NoteAddition.Kind.IN_ERROR).exists()
        return (_("entered in error"), "danger") if marked else (_("signed"), "ok")
    return (_("to sign"), "warn") if session.state in ENDED else ("", "")


def when(session: MassageSession) -> str:
    return date_format(local(session.visit.starts, session.visit.location.zone), "j E Y, H:i")


def _page(request: Request, who: Patient) -> dict[str, Any]:
    on = local(request.doing.now, who.location.zone).date()
    return {"patient": who, "banner": banner(who, on), "tab": "sessions"}


def _opened(request: Request, public: str, session: str, right: str, about: str) -> tuple[Patient, NoteAt]:
    """The patient and the note of one of their sessions. Raises NotFound."""
    who = open_chart(request.doing, public=public, right=right, about=f"{about} {session}")
    held = MassageSession.objects.filter(patient__in=one_person(who), public=session)
    row_ = held.select_related(*READ_WITH, "note__by", "draft__by").first()
    if row_ is None:
        raise not_found()
    return who, note_of(row_)


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of the session: what was planned beside what was delivered, and in what they differ."""

    title: str
    planned: str
    delivered: str
    differs: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as the page shows it, in the reader's language."""

    steps: tuple[Step, ...]
    in_all: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]


def seen(record: SessionRecord) -> Seen:
    writer = Writer(record)
    groups = (
        (_("Stop"), tuple(stopped(writer))),
        (_("Newly told"), tuple(told(writer))),
        (_("Measures"), tuple(measures(writer))),
        (_("Checks"), (*identity(writer), *checks(writer))),
        (_("Comfort"), tuple(comfort(writer))),
        (_("Reaction"), tuple(reaction(writer))),
        (_("Decisions"), tuple(decided(writer))),
        (_("Out of place"), tuple(irregular(writer))),
    )
    return Seen(
        steps=tuple(_step(writer, row) for row in balances(record)),
        in_all=in_all(writer),
        groups=tuple(each for each in groups if each[1]),
    )


def _step(writer: Writer, row: Balance) -> Step:
    return Step(
        title=row.title,
        planned=writer.time(row.planned),
        delivered=writer.time(row.delivered),
        differs=" ".join(
            deviation(writer, each).removeprefix(f"{step_named(writer, each)}: ") for each in row.deviations
        ),
    )


@require_GET
def session(request: Request, public: str, session: str) -> HttpResponse:
    """One session: what its events tell, and its note."""
    who, found = _opened(request, public, session, "chart.read", "session")
    actor = request.doing.actor
    asked = asked_after(found.session)
    told_here = found.found.merged(spoken(found.found.library).protocols.language.code)
    context = {
        **_page(request, who),
        "held": found.session,
        "when": when(found.session),
        "seen": seen(told_here.record) if told_here and told_here.record else None,
        "found": found,
        "ended": found.session.state in ENDED,
        "gaps": gaps(found),
        "why_not_write": why_not_write(found) if not found.signed else [],
        "why_not_sign": why_not_sign(found, actor.renewed(), found.mark) if not found.signed else [],
        "kept": _kept(found),
        "leads": can(actor, "session.settle"),
        "may": _may_add(request, found),
        "events": list(found.session.adverse_events.select_related("review").order_by("pk")),
        "contacts": asked,
        "heard": sorted((each for contact in asked for each in contact.heard), key=lambda each: each.at),
    }
    return render(request, "desk/notes/session.html", context)


def _may_add(request: Request, found: NoteAt) -> list[str]:
    """What somebody could add to a signed note beside an addendum, but for signing in again."""
    kinds = (NoteAddition.Kind.COSIGNED, NoteAddition.Kind.IN_ERROR) if found.signed else ()
    return [kind.value for kind in kinds if not _why_not(request, found, kind)]


def _why_not(request: Request, found: NoteAt, kind: str) -> list[str]:
    actor, held, trained = request.doing.actor, found.session, frozenset[str]()
    if kind == NoteAddition.Kind.COSIGNED:
        trained = competences(actor.account, held.patient.location, request.doing.now)
    return why_not_add(found, kind, actor.renewed(), trained, needed(held, found))


def _kept(found: NoteAt) -> dict[str, Any]:
    """The signed note as it is shown, with who stands for it and what was added."""
    made = found.signed
    if made is None:
        return {}
    zone = found.session.visit.location.zone
    return {
        "sections": found.document["sections"],
        "language": found.document["language"],
        "signature": {
            "name": made.name,
            "role": Role(made.role).label,
            "at": f"{date_format(local(made.at, zone), 'DATETIME_FORMAT')} ({zone})",
            "hash": made.document_hash[:12],
        },
        "meaning": _(made.meaning),
        "additions": [
            (each, Role(each.role).label, date_format(local(each.at, zone), "DATETIME_FORMAT"))
            for each in found.additions
        ],
    }


class WordsForm(forms.Form):
    """A field for each section of the note; `seen` is the mark of the words that they take the place of."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, found: NoteAt, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = found.mark
        self.count = len(found.written)
        now = found.sections
        for place, written in enumerate(found.written):
            field = forms.CharField(label=written.title, max_length=LONGEST, required=False)
            field.widget = forms.Textarea(attrs={"rows": 6, "lang": found.language})
            field.initial = now[place]["text"] if place < len(now) else ""
            self.fields[f"section_{place}"] = field

    def texts(self) -> list[str]:
        return [self.cleaned_data[f"section_{place}"] for place in range(self.count)]


@require_http_methods(["GET", "POST"])
def write(request: Request, public: str, session: str) -> HttpResponse:
    """The words of the note, and beside each section what the events say."""
    who, found = _opened(request, public, session, "note.write", "note")
    reasons = why_not_write(found)
    form = WordsForm(request.POST or None, found=found)
    if request.method == "POST" and form.is_valid():
        try:
            write_note(request.doing, session=session, texts=form.texts(), seen=form.cleaned_data["seen"])
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
            form.data = {**{name: form.data[name] for name in form.data}, "seen": found.mark}
        else:
            messages.success(request, _("Kept. The note is not signed yet."))
            return redirect("desk:session", public, session)
    context = {
        **_page(request, who), "held": found.session, "when": when(found.session), "found": found, "form": form,
        "reasons": reasons, "own": found.written, "kept": found.sections if form.errors and found.draft else [],
    }  # fmt: skip
    return render(request, "desk/notes/write.html", context, status=422 if form.errors else 200)


@require_POST
def again(request: Request, public: str, session: str) -> HttpResponse:
    """Puts the words of the record in the place of the draft."""
    _opened(request, public, session, "note.write", "note")
    take_again(request.doing, session=session, seen=request.POST.get("seen", ""))
    messages.success(request, _("The note has the words of the record again."))
    return redirect("desk:session", public, session)


@require_http_methods(["GET", "POST"])
def sign(request: Request, public: str, session: str) -> HttpResponse:
    """Signing: the words once more, and signing in again. The act itself opens the record by its address."""
    if request.method == "POST":
        sign_note(request.doing, patient=public, session=session, seen=request.POST.get("seen", ""))
        account.spend_fresh(request)
        messages.success(request, _("Signed. What is missing later goes into an addendum."))
        return redirect("desk:session", public, session)
    who, found = _opened(request, public, session, "note.sign", "sign note")
    actor = request.doing.actor
    context = {
        **_page(request, who),
        "held": found.session,
        "when": when(found.session),
        "found": found,
        "reasons": why_not_sign(found, actor.renewed(), found.mark),
        "trained": needed(found.session, found) <= competences(actor.account, who.location, found.session.visit.starts),
        "fresh": actor.fresh,
        "confirm_url": account.confirm_url(request),
    }
    return render(request, "desk/notes/sign.html", context)


class AddForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("In your words"), max_length=LONGEST, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def add(request: Request, public: str, session: str, kind: str) -> HttpResponse:
    """An addendum, the mark that a note was entered in error, or the second signature."""
    if kind not in RIGHTS:
        raise not_found()
    right = RIGHTS[NoteAddition.Kind(kind)]
    who, found = _opened(request, public, session, right, kind)
    form = AddForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            add_to_note(request.doing, session=session, kind=kind, text=form.cleaned_data["text"])
        except InputError as error:
            form.add_error(None, f"{error.what} {error.remedy}")
        else:
            account.spend_fresh(request)
            return redirect("desk:session", public, session)
    context = {
        **_page(request, who), "held": found.session, "when": when(found.session), "found": found, "kind": kind,
        "form": form, "reasons": _why_not(request, found, kind), "kept": _kept(found),
        "fresh": request.doing.actor.fresh, "confirm_url": account.confirm_url(request),
    }  # fmt: skip
    return render(request, "desk/notes/add.html", context, status=422 if form.errors else 200)


@require_GET
def printed(request: Request, public: str, session: str) -> HttpResponse:
    """The signed note as PDF, with all that was added to it."""
    who, found = _opened(request, public, session, "chart.read", "note pdf")
    return note_paper(who, found, request.doing.now)


ONE = "p/<str:public>/sessions/<str:session>/"
urlpatterns = [
    path("p/<str:public>/sessions/", sessions, name="sessions"),
    path(ONE, session, name="session"),
    path(f"{ONE}note/", write, name="note"),
    path(f"{ONE}note/again/", again, name="note_again"),
    path(f"{ONE}note/sign/", sign, name="sign_note"),
    path(f"{ONE}note/add/<str:kind>/", add, name="add_to_note"),
    path(f"{ONE}note.pdf", printed, name="note_pdf"),
]
