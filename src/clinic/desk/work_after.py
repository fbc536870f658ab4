"""The lists of what follows a session: who is to be asked, harm, and notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.actions.aftercare import meaning_of, overdue, why_words, words_for
from clinic.actions.harm import OTHER, words_of
from clinic.actions.harm_limits import REVIEWED_WITHIN
from clinic.actions.notes_policies import ENDED
from clinic.desk.work_scope import Line, Scope, name_of, of_patients, states
from clinic.records.content import known_hash, library
from clinic.records.models import (
    AdverseEvent,
    Contact,
    MassageSession,
    NoteAddition,
    Patient,
    PatientState,
    SessionEvent,
)
from clinic.records.outcome_courses import asked_now


def _waiting(scope: Scope) -> QuerySet[Contact]:
    found = of_patients(scope, Contact.objects.filter(state=Contact.State.DUE))
    return found.select_related("session__visit__location").order_by("due_at", "pk")


def contacts(scope: Scope) -> QuerySet[Contact]:
    """Whom to ask now. Who may be asked from a later day on stands in a list of its own: a number that counts them too
    would send the desk to the telephone a day early.
    """
    return _waiting(scope).filter(due_at__lte=scope.now)


def coming(scope: Scope) -> QuerySet[Contact]:
    return _waiting(scope).filter(due_at__gt=scope.now)


def contact_line(scope: Scope, contact: Contact) -> Line:
    patient, late = contact.patient, overdue(contact, scope.now)
    due = contact.due_at <= scope.now
    url = reverse("desk:contact", args=[patient.public, contact.public])
    text = " · ".join(filter(None, (patient.number, patient.phone, why_words(contact.why))))
    when = scope.by_clock(contact.due_at, contact.session.visit.location.zone)
    kind, chip = ("danger", _("overdue")) if late else ("warn", _("due")) if due else ("", _("from then on"))
    return Line(name_of(patient), text, when, url, kind, chip)


def harm(scope: Scope) -> QuerySet[AdverseEvent]:
    return of_patients(scope, AdverseEvent.objects.filter(review=None)).select_related("session").order_by("at", "pk")


def harm_line(scope: Scope, event: AdverseEvent) -> Line:
    left = harm_left(event, scope.now)
    url = reverse("desk:harm_event", args=[event.public])
    text = f"{event.patient.number} · {harm_words(event)}"
    when = scope.when(event.at, event.patient.location_id)
    return Line(name_of(event.patient), text, when, url, left.kind, left.words)


@dataclass(frozen=True, slots=True)
class Left:
    """How much time is left for a review, as a chip."""

    kind: str
    words: str


def harm_left(event: AdverseEvent, now: datetime) -> Left:
    hours = (event.at + REVIEWED_WITHIN - now) // timedelta(hours=1)
    if hours < 0:
        return Left("danger", _("overdue"))
    return Left("warn", ngettext("%(count)d hour to go", "%(count)d hours to go", hours) % {"count": hours})


def harm_words(event: AdverseEvent) -> str:
    """What was reported, in the words of the content."""
    if event.what == OTHER:
        return _("Something else")
    words = words_for(event.session) if event.session else words_of(event.patient, None)
    meaning = meaning_of(event.what, words) if words else None
    return meaning.term.term if meaning else event.what.replace("_", " ")


def notes(scope: Scope) -> QuerySet[MassageSession]:
    """Sessions that are over and have no signed note, and notes after which something more has arrived."""
    events = SessionEvent.objects.filter(session=OuterRef("pk")).order_by("-received_at").values("received_at")
    added = NoteAddition.objects.filter(note__session=OuterRef("pk"), kind=NoteAddition.Kind.ADDENDUM)
    found = of_patients(scope, MassageSession.objects.filter(state__in=ENDED, conflict=False)).annotate(
        last_event=Subquery(events[:1]), last_added=Subquery(added.order_by("-at").values("at")[:1])
    )
    late = Q(last_event__gt=F("note__at")) & (Q(last_added=None) | Q(last_added__lt=F("last_event")))
    wanted: QuerySet[MassageSession] = found.filter(Q(note=None) | late)
    return wanted.select_related("visit__therapist", "visit__location", "note").order_by("visit__starts", "pk")


def cosign(scope: Scope) -> QuerySet[MassageSession]:
    done = NoteAddition.objects.filter(note__session=OuterRef("pk"), kind=NoteAddition.Kind.COSIGNED)
    found: QuerySet[MassageSession] = of_patients(scope, MassageSession.objects.filter(note__student=True))
    return (
        found.exclude(Exists(done))
        .select_related("visit__therapist", "visit__location", "note")
        .order_by("visit__starts", "pk")
    )


def conflicts(scope: Scope) -> QuerySet[MassageSession]:
    found: QuerySet[MassageSession] = of_patients(scope, MassageSession.objects.filter(conflict=True))
    return found.select_related("visit__therapist", "visit__location").order_by("visit__starts", "pk")


def session_line(kind: str, words: str | Promise, scope: Scope, session: MassageSession) -> Line:
    patient = session.patient
    url = reverse("desk:session", args=[patient.public, session.public])
    text = f"{patient.number} · {session.visit.therapist.name}"
    when = scope.by_clock(session.visit.starts, session.visit.location.zone)
    return Line(name_of(patient), text, when, url, kind, str(words))


def note_line(scope: Scope, session: MassageSession) -> Line:
    late = hasattr(session, "note")
    words = _("more has arrived") if late else _("to sign")
    return session_line("danger" if late else "warn", words, scope, session)


def sheets(scope: Scope) -> QuerySet[PatientState]:
    """Who has a questionnaire to answer now. Which, follows from plan and sessions: no column of a row tells it."""
    known = known_hash(scope.actor.house)
    here = Patient.objects.filter(clinic=scope.actor.clinic_id, location__in=scope.ids, merged_into=None)
    asked = asked_now(here, scope.now, library(known)) if known and scope.ids else {}
    return states(scope, Q(patient__in=list(asked)))


def sheets_line(_scope: Scope, state: PatientState) -> Line:
    patient = state.patient
    url = reverse("desk:outcomes", args=[patient.public])
    return Line(name_of(patient), patient.number, "", url, "info", _("to be answered"))
