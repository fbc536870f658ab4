"""What a visit needs first: read from the row of the list alone, since nothing is decided by a list.

The order is the order of harm: an emergency before a lock, a lock before a new red flag, what is not known before what
is too old, and what forbids before what is merely not done yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.records.facts import local
from clinic.records.models import Patient, PatientState
from clinic.records.speech import verdict_words
from effleurage.protocol.lattice import Verdict

FOR_ALL: Final = frozenset({"desk:intake", "desk:consents", "desk:documents", "desk:patient"})
"""The pages that everybody of the staff may open; what lies behind another is for those who treat."""
FORBIDS: Final = tuple(verdict.name.lower() for verdict in Verdict if verdict >= Verdict.WITHHOLD)


@dataclass(frozen=True, slots=True)
class Need:
    """One thing, the colour of its chip, and the page where it is done."""

    name: str
    kind: str
    words: str
    page: str

    def url(self, patient: Patient) -> str:
        return reverse(self.page, args=[patient.public])


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What a visit is judged by: the row of its patient, when it is, the hash of the content in force ("" for none),
    and what else is known of the patient.
    """

    state: PatientState | None
    content: str
    starts: datetime
    zone: str
    today: date
    red_flag: bool = False
    given: Collection[str] = ()


def needs(due: Due, *, carer: bool = True) -> list[Need]:
    """All that is needed before the visit, the most pressing first; "ready" if nothing is."""
    found = list(_needs(due)) or [Need("ready", "ok", _("ready"), "desk:plan")]
    return found if carer else [for_the_desk(need) for need in found]


def for_the_desk(need: Need) -> Need:
    """The desk sees that somebody who treats must look first, not at what."""
    if need.name in ("red_flag", "withhold", "ask"):
        need = replace(need, words=_("a therapist looks first"))
    return need if need.page in FOR_ALL else replace(need, page="desk:patient")


def _needs(due: Due) -> Iterator[Need]:
    state = due.state
    if state is None or state.intake == "none":
        yield Need("never_asked", "open", _("not asked yet"), "desk:intake")
        return
    yield from _stops(due, state)
    yield from _unknown(due, state)
    yield from _undone(due, state)


def _stops(due: Due, state: PatientState) -> Iterator[Need]:
    if state.emergency:
        yield Need("emergency", "danger", _("emergency"), "desk:decision")
    if state.plan == "locked":
        yield Need("locked", "danger", _("plan locked"), "desk:plan")
    if due.red_flag:
        yield Need("red_flag", "danger", _("new red flag"), "desk:decision")
    elif state.verdict in FORBIDS and not state.emergency:
        yield Need("withhold", "danger", verdict_words(state.verdict), "desk:decision")
    if not due.content:
        yield Need("no_protocol", "danger", _("no protocol in force"), "desk:patient")
    elif state.content_hash != due.content:
        yield Need("protocol", "warn", _("protocol changed"), "desk:patient")


def _unknown(due: Due, state: PatientState) -> Iterator[Need]:
    if state.intake == "open" or state.patient_questions:
        yield Need("questions", "warn", _("questions open"), "desk:intake")
    elif state.questions:
        yield Need("therapist_questions", "warn", _("the therapist looks"), "desk:intake")
    if state.fresh_until is not None and state.fresh_until < due.starts:
        yield Need("stale", "warn", _("answers too old"), "desk:intake")
    elif _asked_on_the_day(due, state):
        yield Need("day", "warn", _("questions of the day"), "desk:intake")
    if state.to_confirm:
        yield Need("imported", "warn", _("imported, to confirm"), "desk:documents")


def _asked_on_the_day(due: Due, state: PatientState) -> bool:
    """Whether what is asked on each day of a visit is still to be asked: today, and nothing was worked out today."""
    return local(due.starts, due.zone).date() == due.today and local(state.at, due.zone).date() < due.today


def _undone(due: Due, state: PatientState) -> Iterator[Need]:
    if state.plan == "none" and state.may_treat:
        yield Need("no_plan", "info", _("choose a plan"), "desk:plan")
    elif state.plan == "chosen":
        yield Need("unsigned", "warn", _("plan to sign"), "desk:plan")
    elif state.plan == "outdated":
        yield Need("outdated", "warn", _("plan outdated"), "desk:plan")
    if not state.may_treat and state.plan != "locked" and state.verdict not in (*FORBIDS, ""):
        yield Need("ask", "warn", _("not to be treated yet"), "desk:decision")
    missing = set(state.consents) - set(due.given)
    if missing:
        yield Need("consents", "warn", _("consent missing"), "desk:consents")
