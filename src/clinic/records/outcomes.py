"""Scores as series, a course as its summary, the clinic's courses as rows: what the core makes of what is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from clinic.records import content
from clinic.records.facts import local
from clinic.records.models import MassageSession, Patient, Reaction, ScoreEntry, TreatmentPlan
from clinic.records.outcome_courses import Course, Held, History, at_of, histories, regimen_of
from clinic.records.sessions import record_of
from clinic.records.speech import spoken
from effleurage.errors import ForPeople
from effleurage.language import Language
from effleurage.library import Library
from effleurage.outcome.clinic import CourseRow, Measured
from effleurage.outcome.instrument import Instrument
from effleurage.outcome.score import Answer, Score, score
from effleurage.outcome.series import Reading, Series, series
from effleurage.outcome.summary import Given, Summary, summary
from effleurage.plan.regimen import Regimen
from effleurage.session.balance import balances
from effleurage.session.note_seen import deviations
from effleurage.session.writer import Writer

DIGITS: Final = 9
"""Significant digits of a stored score. The answers beside it give the exact one."""


# ---- scores and series


def instrument_of(library: Library, name: str) -> Instrument | None:
    return next((each for each in library.instruments if each.name == name), None)


def for_patient(names: Iterable[str], library: Library) -> list[Instrument]:
    """The instruments of these names that a patient can answer alone, at home or on a tablet."""
    found = (instrument_of(library, name) for name in names)
    return [each for each in found if each is not None and each.by == "patient"]


def as_answer(text: str | None) -> Answer:
    """An answer as it was given, as the number that the core reads. Raises ArithmeticError for what is no number."""
    return None if text is None else Decimal(text)


def score_of(*, instrument: Instrument, answers: Mapping[str, str | None]) -> Score:
    """The score of stored answers. Raises InputError for answers that the instrument does not know."""
    return score(instrument=instrument, answers={name: as_answer(text) for name, text in answers.items()})


def stored_score(value: Fraction | None) -> str:
    """A score as a decimal number in text, "" where there is none.

    >>> stored_score(Fraction(7)), stored_score(Fraction(19, 3)), stored_score(Fraction(1635, 10)), stored_score(None)
    ('7', '6.33333333', '163.5', '')
    """
    if value is None:
        return ""
    with localcontext(prec=DIGITS):
        return f"{(Decimal(value.numerator) / value.denominator).normalize():f}"


def instrument_then(entry: ScoreEntry, code: str = "") -> Instrument | None:
    """The instrument as it was when the sheet was filled in, in the language of the reader."""
    try:
        return instrument_of(spoken(content.library(entry.content_hash), code), entry.instrument)
    except ForPeople:
        return None


def series_of(found: Sequence[ScoreEntry], library: Library, sessions: Iterable[datetime]) -> list[Series]:
    """A series for each instrument, in the words of the library, in the order in which they were first measured.

    Of two records of one moment, which only a union of two records can bring, the later one counts.
    """
    by_name: defaultdict[str, dict[datetime, ScoreEntry]] = defaultdict(dict)
    for entry in sorted(found, key=lambda each: each.pk):
        by_name[entry.instrument][at_of(entry)] = entry
    held, code = tuple(sessions), library.protocols.language.code
    made = []
    for name, entries in by_name.items():
        pairs = [(at, instrument_then(entry, code), entry) for at, entry in entries.items()]
        instrument = instrument_of(library, name) or next((each for _, each, _ in pairs if each), None)
        readings = [Reading(at, score_of(instrument=then, answers=entry.answers)) for at, then, entry in pairs if then]
        if instrument and readings:
            made.append(series(instrument=instrument, readings=readings, sessions=held))
    return made


# ---- the summary of one course


def summary_of(found: History, course: Course, library: Library, given: Iterable[Given] = ()) -> Summary:
    """A course in words, in the language of the library. `given` are its sessions, where somebody asks for them."""
    regimen = regimen_of(course.plan, spoken_for(course.plan, library))
    return summary(
        title=regimen.title if regimen else course.plan.regimen,
        planned=course.planned,
        given=given,
        measures=series_of(found.of(course), library, course.times),
        claims=[claim for claim in library.claims if regimen is None or claim.folder == regimen.folder],
        language=library.protocols.language,
    )


def spoken_for(plan: TreatmentPlan, library: Library) -> Library | None:
    """The plan's own content in the language of another; None where it is not stored here."""
    try:
        return spoken(content.library(plan.content_hash), library.protocols.language.code)
    except ForPeople:
        return None


def given_sessions(course: Course, language: Language) -> Iterator[Given]:
    """What was given in each session of a course, as its record says, in a language of the house."""
    sessions = MassageSession.objects.filter(pk__in=[each.session for each in course.held])
    found = {each.pk: each for each in sessions.select_related("visit__location", "patient__location", "plan")}
    for held in course.held:
        made = given(held, found[held.session], language)
        if made is not None:
            yield made


def given(held: Held, session: MassageSession, language: Language) -> Given | None:
    """One session, from its record to what a summary says; None as long as two tablets tell it differently."""
    record = record_of(session, language.code)
    if record is None:
        return None
    rows = [row for row in balances(record) if not row.is_turn]
    writer = Writer(record)
    named = [each.name for each in record.reactions]
    named += Reaction.objects.filter(session=session).order_by("pk").values_list("name", flat=True)
    return Given(
        at=held.at,
        planned_minutes=_minutes(sum(row.planned for row in rows)),
        minutes=_minutes(sum(row.delivered for row in rows)),
        deviations=tuple(deviations(writer)),
        reactions=tuple(dict.fromkeys(_borne(writer, name) for name in named)),
    )


def _borne(writer: Writer, name: str) -> str:
    """A reaction by its term; a stop, which is kept like one, said as such; one without a rule has no name to tell."""
    if f"reactions.{name}" in writer.words.terms:
        return writer.term("reactions", name)
    rule = writer.words.terms.get(f"stop_rules.{name}")
    return writer.say("Stopped: {rule}.", rule=rule.term) if rule else writer.say("Stopped.")


def _minutes(seconds: int) -> int:
    return (seconds + 30) // 60


# ---- the whole clinic


def quarter_began(now: datetime, zone: str) -> datetime:
    """The first moment of this quarter of a year. What is shown of a clinic is what was known then: tables of any two
    days could be subtracted from each other.

    >>> quarter_began(datetime(2026, 11, 22, 9, tzinfo=ZoneInfo("UTC")), "Europe/Kyiv").isoformat()
    '2026-10-01T00:00:00+03:00'
    """
    here = local(now, zone)
    return datetime(here.year, (here.month - 1) // 3 * 3 + 1, 1, tzinfo=ZoneInfo(zone))


def next_quarter(began: datetime) -> datetime:
    month = began.month + 3
    return began.replace(year=began.year + (month > 12), month=(month - 1) % 12 + 1)


def course_rows(clinic_id: int, until: datetime) -> list[CourseRow]:
    """The courses of a clinic that had begun and ended by a moment, as they were known at it."""
    on = until.replace(tzinfo=None)
    entered = _entered(clinic_id, until)
    found = histories(Patient.objects.filter(clinic=clinic_id), until)
    return [
        _row(each, course, course.regimen, entered)
        for each in found.values()
        for course in each.courses
        if course.held and course.regimen and _counted(course) < on
    ]


def _counted(course: Course) -> datetime:
    """Since when a course counts as ended: with its last session, or once the pause after it is over. One that another
    took the place of waits for its pause too, so that the day never depends on what came later.
    """
    return course.last if course.completed else course.last + course.pause


def _entered(clinic_id: int, until: datetime) -> dict[int, date]:
    """When each score first came to the clinic. A corrected one keeps the day of the slip, for it was counted then."""
    rows = ScoreEntry.objects.filter(patient__clinic=clinic_id, entered_at__lt=until).order_by("pk")
    found: dict[int, date] = {}
    for pk, older, at in rows.values_list("pk", "supersedes", "entered_at"):
        slip = found.get(older) if older else None
        found[pk] = slip or at.astimezone(until.tzinfo).date()
    return found


def _row(found: History, course: Course, regimen: Regimen, entered: Mapping[int, date]) -> CourseRow:
    therapists = Counter(each.therapist for each in course.held)
    return CourseRow(
        patient=str(found.person),
        therapist=max(therapists, key=lambda name: (therapists[name], name)),
        condition=regimen.folder,
        regimen=regimen.id,
        began=course.held[0].at.date(),
        ended=course.held[-1].at.date(),
        known=_counted(course).date(),
        completed=course.completed,
        reason=course.reason(),
        measures=tuple(_measured(name, found.of(course), course, entered) for name in course.measures),
    )


def _measured(instrument: str, entries: Iterable[ScoreEntry], course: Course, entered: Mapping[int, date]) -> Measured:
    """The last score before the first session, and the first one after the last."""
    began, ended = course.held[0].at, course.held[-1].at
    own = [(at_of(each), each) for each in entries if each.instrument == instrument and each.score]
    first = next((each for at, each in reversed(own) if at <= began), None)
    last = next((each for at, each in own if at > ended), None)
    return Measured(
        instrument,
        Fraction(first.score) if first else None,
        Fraction(last.score) if last else None,
        max(entered[first.pk], entered[last.pk]) if first and last else None,
    )
