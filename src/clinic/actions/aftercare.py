"""After a session: somebody asks how it was borne, when and why the content says so.

What a reaction means is the content's to say, and it says the same whoever reports it and however late. An alarming one
locks the course in the act that brings it, and calls the lead; words that nobody can judge by their name are read by a
person, and are never answered by a page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from clinic.accounts.models import Role
from clinic.actions.frame import Doing, act, note
from clinic.actions.harm_limits import keep_once, last_plan
from clinic.actions.links import MadeLink, counts, made_link
from clinic.actions.notices import tell
from clinic.actions.open_chart import patient_for_act
from clinic.actions.permissions import not_found
from clinic.actions.policies import insist, why_no_reason
from clinic.records import content
from clinic.records.facts import local, one_person
from clinic.records.models import (
    AccessLink,
    Contact,
    MassageSession,
    Notice,
    Patient,
    PlanLock,
    Reaction,
    Sealed,
)
from clinic.records.speech import spoken
from clinic.records.state import refresh_state
from effleurage.protocol.vocabulary import Term, Vocabulary
from effleurage.session.adverse import Meaning, meaning_of_reaction, meaning_of_stop
from effleurage.session.contact import BORNE_WELL, borne_well, contact_hours, contact_reasons
from effleurage.session.merge import Merged
from effleurage.session.record import OVER

DAY: Final = timedelta(days=1)
HOUR: Final = time(10)
"""When the desk begins to telephone, by the clock of the place."""
AGAIN: Final = ("harm", "answer")
"""Reasons that may come more than once of one session."""
LEAD_AND_DESK: Final = (Role.CLINICAL_LEAD, Role.FRONT_DESK)


def due_contacts(doing: Doing, session: MassageSession, merge: Merged) -> Contact | None:
    """Puts a contact on the list where the session is over and asks for one; once for each reason. Part of the act that
    brings the events.
    """
    records = [record for record in merge.records if record.begun]
    if not records or not all(record.status in OVER for record in records):
        return None
    whys = list(contact_reasons(merge, number=session.number))
    return contact_for(doing, session, whys[0], session.ended_at or doing.now) if whys else None


def why_words(why: str) -> str:
    """The reason of a contact, as anybody of the house may read it."""
    return {"first": _("first session"), "asked": _("after every session")}.get(why, _("after an event"))


def contact_for(doing: Doing, session: MassageSession, why: str, after: datetime) -> Contact | None:
    """A contact for this reason, unless one is due already or the content of the session asks nobody. What the record
    itself gives reason to is asked once; each new answer or report that is no good news, once more. Part of the act
    under way.
    """
    hours = contact_hours(words_for(session))
    made = Contact.objects.filter(session=session)
    if hours is None or made.filter(state=Contact.State.DUE).exists():
        return None
    if why not in AGAIN and (made.filter(why=why).exists() or (why in ("first", "asked") and made.exists())):
        return None
    return Contact.objects.create(
        public=doing.token(),
        session=session,
        patient=session.patient.merged_into or session.patient,
        due_at=due_at(after, session.visit.location.zone, hours.earliest),
        why=why,
    )


def due_at(after: datetime, zone: str, earliest: timedelta) -> datetime:
    """The first ten o'clock of the place that lies so long after a moment, or longer.

    >>> due_at(datetime(2026, 11, 20, 9, tzinfo=ZoneInfo("Europe/Kyiv")), "Europe/Kyiv", timedelta(days=1)).isoformat()
    '2026-11-21T10:00:00+02:00'
    >>> due_at(datetime(2026, 11, 20, 17, tzinfo=ZoneInfo("Europe/Kyiv")), "Europe/Kyiv", timedelta(days=1)).isoformat()
    '2026-11-22T10:00:00+02:00'
    """
    day = local(after + earliest, zone).date()
    that_day = datetime.combine(day, HOUR, ZoneInfo(zone))
    return that_day if that_day - after >= earliest else datetime.combine(day + DAY, HOUR, ZoneInfo(zone))


def overdue(contact: Contact, now: datetime) -> bool:
    """Whether nobody has asked within the hours of the content; a contact that fell due later has a day."""
    hours, since = contact_hours(words_for(contact.session)), contact.session.ended_at
    end = since + hours.latest if hours and since else contact.due_at
    return contact.state == Contact.State.DUE and now > (end if contact.due_at <= end else contact.due_at + DAY)


def words_for(session: MassageSession) -> Vocabulary:
    """The content's words of a session, in the language of this request."""
    return spoken(content.library(session.content_hash)).protocols.vocabulary


def choices(words: Vocabulary) -> tuple[list[Term], list[Term]]:
    """The reactions that can be reported: those after which all is well, and the others."""
    well = [term for term in words.reactions if term.get("next") == BORNE_WELL]
    return well, [term for term in words.reactions if term not in well]


def meaning_of(name: str, words: Vocabulary) -> Meaning | None:
    """What a reaction or stop means, by the content; None for one that it does not know."""
    if f"reactions.{name}" in words.terms:
        return meaning_of_reaction(name, days=0, vocabulary=words)
    return meaning_of_stop(name, vocabulary=words) if f"stop_rules.{name}" in words.terms else None


def to_do(meaning: Meaning) -> list[str]:
    """What to do after something that was reported, in the content's words: whom to see, and how soon."""
    act_ = [meaning.term.get("act")] if meaning.term.get("act") else []
    return act_ + [f"{who.term}: {when.term}. {who.means}".strip() for who, when in meaning.refer]


@dataclass(frozen=True, slots=True)
class Answer:
    """How somebody bore a session: names of the content, and words for a person to read."""

    names: tuple[str, ...]
    words: str = ""


@act("contact.answer")
def answer_contact(doing: Doing, *, contact: str, answer: Answer) -> Contact:
    """Keeps what somebody says, also when nobody waits for it any more: bad news is never too late.

    A patient or guardian says it by their link, the desk for them on the telephone.
    """
    found, patient = contact_for_act(doing, contact, _right(doing))
    words = words_for(found.session)
    insist(_("How it was borne"), why_not_answer(answer, words), _("Look at the page again."))
    rows = [
        row
        for number, name in enumerate(dict.fromkeys(answer.names))
        for row in borne(doing, found.session, patient, name, "" if number else answer.words, contact=found)
    ]
    if answer.words.strip() and not any(isinstance(row, PlanLock) for row in rows):
        for role in (Role.THERAPIST, Role.CLINICAL_LEAD):
            tell(doing, kind=Notice.Kind.WORRYING, to=role, patient=patient, about=found.public)
    found.state, found.answered_at = Contact.State.ANSWERED, doing.now
    found.save(update_fields=["state", "answered_at"])
    if not all(borne_well(name, words) for name in answer.names):
        contact_for(doing, found.session, "answer", doing.now)
    refresh_state(patient, doing.now)
    note(doing, patient=patient, about=f"contact:{found.public}", sealed=rows)
    return found


def why_not_answer(answer: Answer, words: Vocabulary) -> list[str]:
    well, others = ({term.name for term in some} for some in choices(words))
    named = set(answer.names)
    if not named:
        return [_("Choose one of the answers.")]
    if named - well - others:
        return [_("This answer is not known.")]
    if named & well and len(named) > 1:
        return [_("You have chosen that all is well, and something else too: which is right?")]
    return []


def borne(
    doing: Doing, session: MassageSession, patient: Patient, name: str, words: str, *, contact: Contact | None = None
) -> list[Sealed]:
    """Keeps one reaction; what alarms also locks the course, calls lead and desk, and is counted as harm."""
    row = Reaction.objects.create(
        public=doing.token(),
        session=session,
        patient=patient,
        contact=contact,
        name=name[:40],
        words=words.strip(),
        by=doing.actor.key,
        by_name=doing.actor.name,
        at=doing.now,
    )
    meaning = meaning_of(name, words_for(session))
    if meaning is not None and not meaning.locks:
        return [row]
    harm = keep_once(doing, patient=patient, session=session, what=name, text=words)
    about = contact.public if contact else ""
    return [row, *alarm(doing, patient, session, meaning, words, about=about), *harm]


def alarm(
    doing: Doing,
    patient: Patient,
    session: MassageSession | None,
    meaning: Meaning | None,
    words: str,
    *,
    about: str = "",
) -> list[Sealed]:
    """Locks the course after something alarming, or that nobody knows, and calls lead and desk; `about` names the
    contact in which it was said. Part of the act under way.
    """
    _call(doing, patient, Notice.Kind.WORRYING, about)
    if meaning is not None and meaning.emergency:
        _call(doing, patient, Notice.Kind.EMERGENCY)
    plan = session.plan if session else last_plan(patient)
    if plan is None:
        return []
    with translation.override(patient.clinic.language):
        reason = _name(meaning, session) or words.strip() or _("Something alarming was reported after a session")
    return [PlanLock.objects.create(plan=plan, kind=PlanLock.Kind.REACTION, reason=reason, by=None, at=doing.now)]


def _call(doing: Doing, patient: Patient, kind: Notice.Kind, about: str = "") -> None:
    """Tells lead and desk, once in an act."""
    for role in LEAD_AND_DESK:
        if not Notice.objects.filter(patient=patient, kind=kind, role=role, at=doing.now).exists():
            tell(doing, kind=kind, to=role, patient=patient, about=about)


def _name(meaning: Meaning | None, session: MassageSession | None) -> str:
    """The alarming thing in the language of the record, whoever typed it in which language."""
    if meaning is None:
        return ""
    found = meaning_of(meaning.term.name, words_for(session)) if session else meaning
    return found.term.term if found else ""


@act("contact.link")
def contact_link(doing: Doing, *, contact: str, guardian: str = "") -> MadeLink:
    """A private link for this contact; an earlier one of it is closed."""
    found, patient = contact_for_act(doing, contact, "link.make")
    if found.link is not None and counts(found.link, doing.now):
        found.link.revoked_at = doing.now
        found.link.save(update_fields=["revoked_at"])
    made = made_link(doing, patient, AccessLink.Purpose.CONTACT, guardian)
    found.link = made.link
    found.save(update_fields=["link"])
    note(doing, patient=patient, about=f"link:{made.link.public}")
    return made


@act("contact.close")
def close_contact(doing: Doing, *, contact: str, reason: str) -> Contact:
    """Takes a contact off the list without an answer."""
    found, patient = contact_for_act(doing, contact, "contact.call")
    insist(_("Reason"), why_no_reason(reason), _("Say in a sentence how often you have tried."))
    if found.state == Contact.State.DUE:
        found.state = Contact.State.CLOSED
        found.save(update_fields=["state"])
    note(doing, patient=patient, about=f"contact:{found.public}", why=reason.strip())
    return found


def _right(doing: Doing) -> str:
    return "contact.call" if doing.actor.patient_id is None else "contact.answer"


def contact_for_act(doing: Doing, public: str, right: str) -> tuple[Contact, Patient]:
    """A contact, held with its patient until the act ends."""
    found = contact_of(doing, public)
    person = found.patient.merged_into or found.patient
    patient = patient_for_act(doing, person.public, right)
    found.refresh_from_db(fields=["state", "answered_at", "link"])
    return found, patient


def contact_of(doing: Doing, public: str) -> Contact:
    """A contact of the clinic by its public name. Checks no right."""
    rows = Contact.objects.select_related("session__visit__location", "session__plan", "patient__clinic", "link")
    found = rows.filter(public=public, session__clinic=doing.actor.clinic_id).first()
    if found is None:
        raise not_found()
    return found


def open_contact(patient: Patient, link: AccessLink) -> Contact | None:
    """The contact that a link was made for; for a link to all pages, the latest."""
    rows = Contact.objects.filter(patient__in=one_person(patient)).select_related("session__visit__location")
    if link.purpose == AccessLink.Purpose.CONTACT:
        return rows.filter(link=link).first()
    return rows.order_by("-pk").first()


SAID: Final = ("name", "words", "by_name", "at")


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that was said of a session afterwards, as somebody of the house reads it; `at` by the clock there."""

    name: str
    term: str
    alarming: bool
    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedAfter:
    """A contact after a session, how far it has come, and what was said in it."""

    public: str
    state: str
    heard: list[Heard]


def heard(contact: Contact) -> list[Heard]:
    """What was said in a contact, in the order in which it came."""
    rows = Reaction.objects.filter(contact=contact).order_by("pk").values_list(*SAID)
    return [_heard(row, contact.session) for row in rows]


def asked_after(session: MassageSession) -> list[AskedAfter]:
    """The contacts after a session, each with what was said in it, in the order in which it came: one query."""
    rows = Contact.objects.filter(session=session).order_by("pk", "reactions__pk")
    found: dict[str, AskedAfter] = {}
    for public, state, *said in rows.values_list("public", "state", *(f"reactions__{each}" for each in SAID)):
        line = found.setdefault(public, AskedAfter(public, str(Contact.State(state).label), []))
        line.heard.extend([_heard(said, session)] if said[0] is not None else [])
    return list(found.values())


def _heard(said: Sequence[Any], session: MassageSession) -> Heard:
    name, words, who, at = said
    meaning = meaning_of(name, words_for(session))
    term = meaning.term.term if meaning else name.replace("_", " ")
    alarming = meaning is None or meaning.locks
    return Heard(name, term, alarming, words, who, local(at, session.visit.location.zone))


def meanings(contact: Contact, names: Collection[str]) -> list[Meaning]:
    """What the reactions of an answer mean, the gravest first."""
    words = words_for(contact.session)
    found = [meaning for name in dict.fromkeys(names) if (meaning := meaning_of(name, words)) is not None]
    return sorted(found, key=lambda each: -each.verdict)
