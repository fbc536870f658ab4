"""Courses with the scores that belong to them, read from the rows: who was measured when, and what is due.

A course is a signed plan with the sessions that were held by it. Its scores are those after the last session of the
course before, and no older, when the plan was chosen, than the content's pause between two courses (ours, status D).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from clinic.records import content
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, PlanLock, ScoreEntry, SessionEvent, TreatmentPlan
from clinic.records.sessions import BEGUN
from effleurage.errors import ForPeople
from effleurage.library import Library
from effleurage.outcome.due import Due, State, Taken, due
from effleurage.plan.regimen import Regimen
from effleurage.session.events import read_text
from effleurage.session.sync import SKEW

OVER: Final = frozenset((MassageSession.State.STOPPED, MassageSession.State.FINISHED, MassageSession.State.CLOSED))


@dataclass(frozen=True, slots=True)
class Held:
    """One session that was begun: when, by the clock of its place, by whom, and whether it is over."""

    session: int
    at: datetime
    therapist: str
    over: bool


@dataclass(frozen=True, slots=True)
class Course:
    """A signed plan and what was held by it. `since` is the moment after which scores are its own, `until` the first
    session of the course after it; `replaced`: a later plan took its place; `locked`: a lock holds, and so says why.
    """

    plan: TreatmentPlan
    regimen: Regimen | None
    chosen: datetime
    held: tuple[Held, ...]
    since: datetime
    until: datetime | None
    replaced: bool
    locked: bool

    @property
    def times(self) -> tuple[datetime, ...]:
        return tuple(each.at for each in self.held)

    @property
    def planned(self) -> int:
        return self.regimen.course.sessions if self.regimen else 1

    @property
    def measures(self) -> tuple[str, ...]:
        return self.regimen.measures if self.regimen else ()

    @property
    def pause(self) -> timedelta:
        """How long nothing may happen before the course counts as ended: the content's pause between courses."""
        return timedelta(days=self.regimen.course.pause_days if self.regimen else 0)

    @property
    def last(self) -> datetime:
        """When something last happened."""
        return self.held[-1].at if self.held else self.chosen

    @property
    def completed(self) -> bool:
        return len(self.held) >= self.planned and all(each.over for each in self.held)

    def ended(self, on: datetime) -> bool:
        return self.completed or self.replaced or on > self.last + self.pause

    def asked_until(self) -> datetime:
        """Until when its last numbers are asked for: one pause after its end (ours, status D)."""
        return self.last + self.pause * (1 if self.completed else 2)

    def reason(self) -> str:
        """Why it ended before its last session, "" where nobody knows."""
        if self.completed:
            return ""
        return "replaced" if self.replaced else "locked" if self.locked else ""


@dataclass(frozen=True, slots=True)
class History:
    """All courses and all scores of one person; `entries` are those that count, in the order of their times."""

    person: int
    courses: tuple[Course, ...]
    entries: tuple[ScoreEntry, ...]

    @property
    def course(self) -> Course | None:
        """The course of the plan that counts now."""
        return self.courses[-1] if self.courses else None

    def of(self, course: Course) -> list[ScoreEntry]:
        """The scores of a course, of all instruments."""
        return [entry for entry in self.entries if _within(entry, course)]

    def due(self, on: datetime) -> tuple[Due, ...]:
        """What the course that counts now is to be measured by, and how each stands."""
        return self._due(on, [entry for entry in self.entries if entry.score])

    def to_answer(self, on: datetime) -> tuple[str, ...]:
        """The instruments to be answered now. Who has said that they would rather not say is not asked again."""
        course = self.course
        if course is None or on > course.asked_until():
            return ()
        return tuple(dict.fromkeys(each.instrument for each in self._due(on, self.entries) if each.state is State.DUE))

    def _due(self, on: datetime, entries: Iterable[ScoreEntry]) -> tuple[Due, ...]:
        course = self.course
        if course is None:
            return ()
        taken = [Taken(entry.instrument, at_of(entry)) for entry in entries if _within(entry, course)]
        ended = course.ended(on) and not course.completed
        return due(measures=course.measures, planned=course.planned, held=course.times, taken=taken, ended=ended)


def at_of(entry: ScoreEntry) -> datetime:
    return datetime.fromisoformat(entry.on)


def _within(entry: ScoreEntry, course: Course) -> bool:
    at = at_of(entry)
    return at > course.since and (course.until is None or at <= course.until)


# ---- read from the rows


def history(patient: Patient) -> History:
    """The courses and scores of one person, records folded into theirs included."""
    found = histories(Patient.objects.filter(Q(pk=patient.pk) | Q(merged_into=patient)))
    return found.get(patient.pk, History(patient.pk, (), ()))


def histories(patients: QuerySet[Patient], until: datetime | None = None) -> dict[int, History]:
    """The same of many, by the key of the person, in five queries; with `until`, as the records stood then."""
    keys = patients.order_by().values("pk")
    person = {pk: kept or pk for pk, kept in patients.order_by().values_list("pk", "merged_into")}
    plans = TreatmentPlan.objects.filter(patient__in=keys, signature__isnull=False)
    plans = plans.select_related("patient__location").order_by("pk")
    if until:
        plans = plans.filter(signature__at__lt=until)
    held, locked = _held(keys, until), _locked(keys, until)
    own: defaultdict[int, list[TreatmentPlan]] = defaultdict(list)
    scores: defaultdict[int, list[ScoreEntry]] = defaultdict(list)
    for plan in plans:
        own[person[plan.patient_id]].append(plan)
    for entry in counting(keys, until):
        scores[person[entry.patient_id]].append(entry)
    return {
        key: History(key, tuple(_courses(own[key], held, locked)), tuple(sorted(scores[key], key=at_of)))
        for key in dict.fromkeys((*own, *scores))
    }


def counting(patients: QuerySet[Patient, Any], until: datetime | None = None) -> QuerySet[ScoreEntry]:
    """The scores that nobody has corrected since; of a correction, the newer row."""
    rows = ScoreEntry.objects.filter(patient__in=patients)
    newer = ScoreEntry.objects.filter(supersedes=OuterRef("pk"))
    if until:
        rows, newer = rows.filter(entered_at__lt=until), newer.filter(entered_at__lt=until)
    return rows.exclude(Exists(newer)).order_by("pk")


def _held(patients: QuerySet[Patient, Any], until: datetime | None) -> dict[int, list[Held]]:
    """The sessions that were begun, by plan, each with when its first touch was."""
    events = SessionEvent.objects.filter(session__patient__in=patients, kind__in=BEGUN).order_by("seq")
    if until:
        events = events.filter(received_at__lt=until)
    row = ("plan", "state", "ended_at", "visit__therapist__public")
    columns = ("session", "body", "offset_ms", *(f"session__{each}" for each in row))
    first: dict[int, tuple[Any, ...]] = {}
    for session, *rest in events.values_list(*columns):
        first.setdefault(session, tuple(rest))
    found: defaultdict[int, list[Held]] = defaultdict(list)
    for session, (body, offset, plan, state, ended, therapist) in first.items():
        at, off = read_text(body).at, timedelta(milliseconds=offset)
        over = state in OVER and (until is None or ended is None or ended < until)
        found[plan].append(Held(session, at - off if abs(off) > SKEW else at, therapist, over))
    return {plan: sorted(each, key=lambda one: one.at) for plan, each in found.items()}


def _locked(patients: QuerySet[Patient, Any], until: datetime | None) -> set[int]:
    """The plans on which a lock holds."""
    locks = PlanLock.objects.filter(plan__patient__in=patients).order_by("pk")
    if until:
        locks = locks.filter(at__lt=until)
    return {plan for plan, released in dict(locks.values_list("plan", "released")).items() if not released}


def _courses(plans: Sequence[TreatmentPlan], held: Mapping[int, Sequence[Held]], locked: set[int]) -> Iterator[Course]:
    """Signed plans as courses, the first one first."""
    before: datetime | None = None
    for number, plan in enumerate(plans):
        later = [held.get(each.pk, ()) for each in plans[number + 1 :]]
        chosen, regimen, own = (
            local(plan.chosen_at, plan.patient.location.zone),
            regimen_of(plan),
            held.get(plan.pk, ()),
        )
        oldest = chosen - timedelta(days=regimen.course.pause_days if regimen else 0)
        yield Course(
            plan=plan,
            regimen=regimen,
            chosen=chosen,
            held=tuple(own),
            since=max(oldest, before or oldest),
            until=next((each[0].at for each in later if each), None),
            replaced=bool(later),
            locked=plan.pk in locked,
        )
        before = own[-1].at if own else before


def regimen_of(plan: TreatmentPlan, library: Library | None = None) -> Regimen | None:
    """The regimen by the plan's own content; None where that is stored here no more."""
    try:
        found = library or content.library(plan.content_hash)
    except ForPeople:
        return None
    return next((each for each in found.regimens if each.id == plan.regimen), None)


# ---- who is to be asked


def asked_now(patients: QuerySet[Patient], now: datetime, library: Library) -> dict[int, tuple[str, ...]]:
    """By the key of the person, the instruments to be answered now, for those of whom there are any."""
    far = now - 2 * timedelta(days=max((each.course.pause_days for each in library.regimens), default=0))
    lately = Q(plans__chosen_at__gte=far) | Q(sessions__visit__starts__gte=far)
    keys = patients.filter(lately, plans__signature__isnull=False).order_by().values("pk")
    zones = dict(Patient.objects.filter(pk__in=keys).values_list("pk", "location__zone"))
    found = histories(Patient.objects.filter(Q(pk__in=keys) | Q(merged_into__in=keys)))
    asked = {key: each.to_answer(local(now, zones[key])) for key, each in found.items() if key in zones}
    return {key: names for key, names in asked.items() if names}
