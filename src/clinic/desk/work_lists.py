"""The lists of work: which there are, for whom, and what stands in each. Counted all together in one query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.models import Clinic, Competence
from clinic.actions.notices import waiting_for
from clinic.desk import work_after as after
from clinic.desk.work_scope import ALL, CARERS, LEADS, Line, Scope, WorkList, name_of, of_patients, states
from clinic.records.content import built_in
from clinic.records.facts import local
from clinic.records.models import (
    BreakGlass,
    Document,
    Notice,
    Override,
    OverrideStep,
    Patient,
    PatientState,
    Proposal,
)  # fmt: skip

BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=60)
"""How far back overrides and opened charts are shown, and how early a competence that ends is told."""


def lists_of(scope: Scope) -> list[WorkList]:
    return [each for each in LISTS if not scope.roles.isdisjoint(each.roles)]


def counts(scope: Scope, lists: Iterable[WorkList]) -> dict[str, int]:
    """How long each list is, in one query."""
    columns = {f"long_{each.name}": _count(each.rows(scope)) for each in lists}
    found = Clinic.objects.filter(pk=scope.actor.house).values(**columns).get()
    return {name.removeprefix("long_"): int(str(total)) for name, total in found.items()}


def _count(found: QuerySet[Any]) -> Coalesce:
    total = found.order_by().annotate(one=Value(1)).values("one").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(total), 0)


def _state_line(page: str, kind: str, words: str | Promise, scope: Scope, state: PatientState) -> Line:
    patient = state.patient
    name = page if scope.carer(state.location_id) or page == "desk:intake" else "desk:patient"
    return Line(name_of(patient), patient.number, "", reverse(name, args=[patient.public]), kind, str(words))


def _plans(state: str, scope: Scope) -> QuerySet[PatientState]:
    return states(scope, Q(plan=state))


def _questions(scope: Scope) -> QuerySet[PatientState]:
    return states(scope, Q(intake="open", patient_questions__gt=0))


def _left_open(scope: Scope) -> QuerySet[PatientState]:
    return states(scope, Q(questions__gt=0, patient_questions=0) & ~Q(intake="none"))


def _stale(scope: Scope) -> QuerySet[PatientState]:
    return states(scope, Q(fresh_until__lt=scope.now), "fresh_until")


def _imports(scope: Scope) -> QuerySet[PatientState]:
    return states(scope, Q(to_confirm__gt=0))


def _imports_line(_scope: Scope, state: PatientState) -> Line:
    words = _("%(count)s to confirm") % {"count": state.to_confirm}
    url = reverse("desk:documents", args=[state.patient.public])
    return Line(name_of(state.patient), state.patient.number, "", url, "warn", words)


def _notices(scope: Scope) -> QuerySet[Notice]:
    pressing = Case(When(kind=Notice.Kind.EMERGENCY, then=0), When(kind=Notice.Kind.RED_FLAG, then=1), default=2)
    found = waiting_for(scope.actor).filter(location__in=scope.ids)
    return found.select_related("patient").order_by(pressing, "-at")


NOTICE_PAGES: Final = {
    "emergency": "desk:decision",
    "red_flag": "desk:decision",
    "override": "desk:decision",
    "second_person": "desk:decision",
    "locked": "desk:plan",
    "break_glass": "desk:patient_journal",
    "link_closed": "desk:links",
    "import": "desk:documents",
    "worrying": "desk:sessions",
    "cosign": "desk:sessions",
}


HOUSE_PAGES: Final = {"harm": "desk:harm", "unsent": "bedside:tablets", "odd": "bedside:tablets"}
"""Where a notice leads that is about no patient."""
OF_A_SESSION: Final = ("conflict", "odd")
"""Notices whose `about` names a session: they lead to its record."""
NAMELESS: Final = ("cosign",)
"""Notices whose `about` is for the program alone."""


def _notice_line(scope: Scope, notice: Notice) -> Line:
    patient, pressing = notice.patient, notice.kind in ("emergency", "red_flag", "worrying", "harm")
    kind = "danger" if pressing else "info"
    if patient is None:
        url = reverse(HOUSE_PAGES.get(notice.kind, "desk:protocols"))
        about = notice.about if notice.kind in HOUSE_PAGES else ""
        when = scope.when(notice.at, notice.location_id)
        return Line(notice.get_kind_display(), about, when, url, kind, "", notice.public)
    page = NOTICE_PAGES.get(notice.kind, "desk:patient")
    carer = scope.carer(notice.location_id)
    if not carer and page not in ("desk:links", "desk:documents"):
        page = "desk:patient"
    if notice.kind in OF_A_SESSION:
        return _record_line(scope, notice, patient)
    if notice.kind == "worrying" and notice.about:
        url, said = reverse("desk:contact", args=[patient.public, notice.about]), ""
    else:
        url = reverse("desk:harm") if notice.kind == "harm" else reverse(page, args=[patient.public])
        said = notice.about if carer and notice.kind not in NAMELESS else ""
    return Line(
        title=name_of(patient),
        text=" ".join(filter(None, (patient.number, said))),
        when=scope.when(notice.at, notice.location_id),
        url=url,
        kind=kind,
        chip=notice.get_kind_display(),
        seen=notice.public,
    )


def _record_line(scope: Scope, notice: Notice, patient: Patient) -> Line:
    url = reverse("bedside:session", args=[notice.about])
    when, kind = scope.when(notice.at, notice.location_id), notice.get_kind_display()
    return Line(name_of(patient), patient.number, when, url, "danger", kind, notice.public)


def _overrides(scope: Scope) -> QuerySet[Override]:
    """Of the last thirty days and not taken back, those that wait for a second person first, however old.

    The desk has this list too, since it is who tells people that something waits; see `_override_line`.
    """
    steps = OverrideStep.objects.filter(override=OuterRef("pk"))
    found = of_patients(scope, Override.objects.annotate(decided=Exists(steps)))
    found = found.exclude(Exists(steps.filter(kind=OverrideStep.Kind.WITHDRAWN)))
    found = found.annotate(waits=Case(When(hard=True, decided=False, then=Value(1)), default=Value(0)))
    lately: QuerySet[Override] = found.filter(Q(waits=1) | Q(at__gte=scope.now - BACK))
    return lately.select_related("by").order_by("-waits", "-pk")  # type: ignore[misc]


def _override_line(scope: Scope, made: Override) -> Line:
    """For who treats at the place: which rule, why, and the way there. The desk sees that a rule was set aside, for
    whom, by whom, when, and whether it waits for a second person: which rule and why would tell what somebody has.
    """
    waits = bool(made.waits)  # type: ignore[attr-defined]
    patient = made.patient
    if not scope.carer(patient.location_id):
        return _override_at_the_desk(scope, made, waits)
    if waits:
        url = reverse("desk:aside", args=[patient.public, made.public, "agree"])
    else:
        url = reverse("desk:rule", args=[patient.public, made.rule])
    words = _("waits for a second person") if waits else made.get_reason_display()
    text = f"{patient.number} · {made.rule} · {made.by.name}"
    when, kind = scope.when(made.at, patient.location_id), "danger" if waits else "info"
    return Line(name_of(patient), text, when, url, kind, str(words))


def _override_at_the_desk(scope: Scope, made: Override, waits: bool) -> Line:
    patient, kind = made.patient, "danger" if waits else "info"
    text, when = f"{patient.number} · {made.by.name}", scope.when(made.at, patient.location_id)
    words = _("waits for a second person") if waits else _("set aside")
    return Line(name_of(patient), text, when, reverse("desk:patient", args=[patient.public]), kind, words)


def _documents(scope: Scope) -> QuerySet[Document]:
    return of_patients(scope, Document.objects.filter(review=None).defer("body")).order_by("pk")


def _document_line(scope: Scope, paper: Document) -> Line:
    url = reverse("desk:documents", args=[paper.patient.public])
    text = f"{paper.patient.number} · {paper.get_kind_display()}"
    when = scope.when(paper.at, paper.patient.location_id)
    return Line(name_of(paper.patient), text, when, url, "warn", _("to read"))


def _proposals(scope: Scope) -> QuerySet[Proposal]:
    found = Proposal.objects.filter(clinic=scope.actor.clinic_id, state=Proposal.State.PROPOSED)
    return found.select_related("by").order_by("pk")


def _proposal_line(scope: Scope, made: Proposal) -> Line:
    by = made.by.name if made.by else ""
    url = reverse("desk:protocols")
    return Line(made.title, by, scope.when(made.at, None), url, "info", _("to approve"))


def _opened(scope: Scope) -> QuerySet[BreakGlass]:
    found = of_patients(scope, BreakGlass.objects.filter(at__gte=scope.now - BACK))
    return found.select_related("user").order_by("-pk")


def _opened_line(scope: Scope, opened: BreakGlass) -> Line:
    url = reverse("desk:patient_journal", args=[opened.patient.public])
    text = f"{opened.patient.number} · {opened.user.name}: {opened.reason}"
    return Line(name_of(opened.patient), text, scope.when(opened.at, opened.patient.location_id), url)


def _ending(scope: Scope) -> QuerySet[Competence]:
    until = (scope.now + AHEAD).date()
    found = Competence.objects.filter(user__clinic=scope.actor.clinic_id, user__is_active=True, until__lte=until)
    here = found.filter(user__memberships__location__in=scope.ids).distinct()
    return Competence.objects.filter(pk__in=here.values("pk")).select_related("user").order_by(F("until"), "pk")


def _ending_line(scope: Scope, held: Competence) -> Line:
    over = not held.counts_on(local(scope.now, scope.places[0].zone).date()) if scope.places else False
    when = date_format(held.until, "j M Y") if held.until else ""
    words = _("has ended") if over else _("ends soon")
    return Line(held.user.name, competence_words(held.name), when, reverse("me"), "danger" if over else "warn", words)


def competence_words(name: str) -> str:
    terms = {term.name: term.term for term in built_in().protocols.vocabulary.competences}
    return str(terms.get(name, name))


LISTS: Final[tuple[WorkList, ...]] = (
    WorkList("notices", gettext_lazy("Notices"), gettext_lazy("Nothing new"), ALL, _notices, _notice_line),
    WorkList(
        "contacts",
        gettext_lazy("Contacts due"),
        gettext_lazy("Nobody waits to be asked"),
        ALL,
        after.contacts,
        after.contact_line,
    ),
    WorkList(
        "sheets",
        gettext_lazy("Questionnaires due"),
        gettext_lazy("No questionnaire is due"),
        ALL,
        after.sheets,
        after.sheets_line,
        slow=True,
    ),
    WorkList(
        "harm",
        gettext_lazy("Harm to review"),
        gettext_lazy("Every report was reviewed"),
        LEADS,
        after.harm,
        after.harm_line,
    ),
    WorkList(
        "conflicts",
        gettext_lazy("Sessions told twice"),
        gettext_lazy("No two tablets tell different things"),
        CARERS,
        after.conflicts,
        partial(after.session_line, "danger", gettext_lazy("two tablets")),
    ),
    WorkList(
        "notes",
        gettext_lazy("Notes to sign"),
        gettext_lazy("Every note is signed"),
        CARERS,
        after.notes,
        after.note_line,
    ),
    WorkList(
        "cosign",
        gettext_lazy("Notes to co-sign"),
        gettext_lazy("No student's note waits"),
        CARERS,
        after.cosign,
        partial(after.session_line, "warn", gettext_lazy("to co-sign")),
    ),
    WorkList(
        "overrides",
        gettext_lazy("Rules set aside"),
        gettext_lazy("No rule was set aside in thirty days"),
        ALL,
        _overrides,
        _override_line,
    ),
    WorkList(
        "locked",
        gettext_lazy("Locked plans"),
        gettext_lazy("No plan is locked"),
        ALL,
        partial(_plans, "locked"),
        partial(_state_line, "desk:plan", "danger", gettext_lazy("locked")),
    ),
    WorkList(
        "outdated",
        gettext_lazy("Outdated plans"),
        gettext_lazy("Every plan fits what is known"),
        ALL,
        partial(_plans, "outdated"),
        partial(_state_line, "desk:plan", "warn", gettext_lazy("outdated")),
    ),
    WorkList(
        "unsigned",
        gettext_lazy("Plans to sign"),
        gettext_lazy("Every plan is signed"),
        ALL,
        partial(_plans, "chosen"),
        partial(_state_line, "desk:plan", "warn", gettext_lazy("to sign")),
    ),
    WorkList(
        "questions",
        gettext_lazy("Questions open"),
        gettext_lazy("Nobody waits for questions"),
        ALL,
        _questions,
        partial(_state_line, "desk:intake", "warn", gettext_lazy("questions open")),
    ),
    WorkList(
        "left_open",
        gettext_lazy("For the therapist to look at"),
        gettext_lazy("Nothing was left open"),
        CARERS,
        _left_open,
        partial(_state_line, "desk:intake", "warn", gettext_lazy("not known to the patient")),
    ),
    WorkList(
        "stale",
        gettext_lazy("Answers too old"),
        gettext_lazy("All answers are fresh"),
        ALL,
        _stale,
        partial(_state_line, "desk:intake", "warn", gettext_lazy("to be asked again")),
    ),
    WorkList(
        "documents",
        gettext_lazy("Documents to read"),
        gettext_lazy("Every document was read"),
        ALL,
        _documents,
        _document_line,
    ),
    WorkList(
        "imports",
        gettext_lazy("Imports to confirm"),
        gettext_lazy("Nothing imported waits"),
        CARERS,
        _imports,
        _imports_line,
    ),
    WorkList(
        "proposals",
        gettext_lazy("Proposed protocols"),
        gettext_lazy("No proposal waits"),
        CARERS,
        _proposals,
        _proposal_line,
    ),
    WorkList(
        "coming",
        gettext_lazy("Contacts to come"),
        gettext_lazy("Nobody is to be asked later"),
        ALL,
        after.coming,
        after.contact_line,
    ),
    WorkList(
        "opened",
        gettext_lazy("Charts opened with a reason"),
        gettext_lazy("None in thirty days"),
        LEADS,
        _opened,
        _opened_line,
    ),
    WorkList(
        "ending",
        gettext_lazy("Competences that end"),
        gettext_lazy("None ends within sixty days"),
        LEADS,
        _ending,
        _ending_line,
    ),
)
