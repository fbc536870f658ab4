"""Every heading and small word that the papers add to the core's own, in English: the defaults of `labels`.

A caller who speaks another language passes a mapping with the same keys; a key that is left out stays English, a key
that no paper knows is an error, since it would be a translation that nobody ever sees. Sentences are those of the
core's printed pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from effleurage.errors import InputError
from effleurage.lib.text import listed, nearest

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # dates and the running lines of every page
        "months": "January February March April May June July August September October November December",
        "date": "{day} {month} {year}",
        "moment": "{date}, {time}",
        "born": "born {date}",
        "record": "record {identifier}",
        "page_of": "Page {page} of {pages}",
        "content": "Content",
        "printed": "Printed",
        "signed_line": "Signed {at} by {name}",
        "unsigned_line": "Not signed",
        # titles
        "plan_title": "Massage plan",
        "patient_title": "Your massage plan",
        "letter_title": "Letter to: {to}",
        "safety_title": "Safety sheet",
        "written": "Date",
        # the verdict
        "verdict": "Verdict",
        "session_length": "Session",
        "spacing": "Spacing",
        "call": "Call {phone}",
        "not_signed": "Not signed: this is a draft, and nobody works by it.",
        "not_to_be_used": "Not to be used on the day it was printed.",
        # parts of the plan
        "whom_to_see": "Whom to see",
        "open_referral": "only if an open question is answered badly",
        "ask_these": "Ask these",
        "ask_lead": "What is not known counts as the worst that it could be. The first question can change most.",
        "to_answer": "to answer: {who}",
        "not_done": "Not to be done",
        "technique": "Technique",
        "where": "Where",
        "positions_closed": "Positions not to be used",
        "positions_open": "Positions open",
        "when_to_stop": "When to stop",
        "sign": "Sign",
        "act": "What to do",
        "locks": "The course locks until this has been cleared.",
        "how_firmly": "How firmly, and where",
        "map_lead": "The number is the highest pressure of that part of the body. Both pictures are drawn as you see "
        "the patient.",
        "part": "Part of the body",
        "level": "Level",
        "levels": "Levels of pressure",
        "means": "What it means",
        "chosen": "Chosen: {title}",
        "minutes": "Minutes",
        "course": "Course",
        "order": "Order",
        "doses": "The dose from session to session, at most",
        "sessions": "Sessions",
        "highest": "Highest level",
        "cuts": "What was cut, and by which rule",
        "no_cuts": "Nothing was cut.",
        "locked": "Locked: {why}.",
        "clock": "Clock",
        "step": "Step",
        "region": "Region",
        "pressure": "Pressure",
        "position": "Position",
        "check": "Check: {checks}",
        "expected": "Tell beforehand what may be felt: {signs}.",
        "needs": "What is needed",
        "checks": "What to check, and when",
        "tell": "In words for the patient",
        "others": "What else is on offer",
        "offer": "Treatment",
        "unavailable": "cannot be chosen now",
        "why": "Why",
        "rule": "Rule",
        "reason": "Reason and sources",
        "undecided": "not known, so it applies",
        "asks": "Would be settled by: {asks}",
        "statuses": "The letter behind a source",
        "evidence": "What is hoped for, and what is known",
        "hoped": "Hoped for",
        "grade": "Evidence",
        "honest": "What may honestly be said",
        "measured": "Measured with: {instruments}",
        "notices": "To know about this plan",
        "made_from": "Made {date} from content {hash}",
        # the patient's copy
        "what_it_means": "What this means for you",
        "what_we_do": "What we do",
        "what_we_leave": "What we leave out",
        "parts_left": "Parts of the body that we leave alone",
        "stop_patient": "When we stop: tell us at once",
        "checks_patient": "What we ask and measure, and when",
        "expected_patient": "What you may feel",
        "ask_patient": "What we still need to know from you",
        "call_patient": "Whom to call",
        "emergency_number": "Emergency number",
        # the letter
        "please_see": "Please see this person",
        "why_writing": "Why I am writing",
        "came": "This person came to us for massage. Our decision: {verdict}. {headline}",
        "told": "What we were told or measured",
        "no_diagnosis": "We are massage therapists. These are answers and measurements, not a diagnosis.",
        "requests": "What we ask of you",
        "sources": "Sources",
        "answer_phone": "Telephone for your answer",
        "received": "Received by",
        # the safety sheet
        "ceilings": "Ceilings of pressure",
        "parts": "Parts of the body",
        "ask_first": "Still to be answered",
        # the note of a session
        "note_title": "Note of session {number}",
        "in_error_lead": "Entered in error. The text stays readable; the reason stands at the end.",
        "arrived_later": "More entries arrived after this note was signed.",
        "not_cosigned": "Signed by a student; the second signature is missing.",
        "added": "Added later",
        "addendum": "Addendum",
        "in_error": "Entered in error",
        "cosigned": "Second signature",
        "record_hash": "Hash of the record",
        # the summary of a course
        "summary_title": "Course summary",
        "what_was_done": "What was done",
        "not_as_planned": "Not as planned",
        "borne": "How it was borne",
        "measured_title": "What was measured",
        "day": "Day",
        "number": "Number",
        "before_it": "Sessions before",
        "note": "Note",
        "at_start": "At the start",
        "at_end": "Last",
        "change": "Change",
        "cannot_say": "What this cannot say",
        "not_measured": "Also hoped for, and not measured",
        "nothing_measured": "Nothing was measured in this course.",
        # the signature
        "signed": "Signed",
        "hand_name": "Name and signature",
        "hand_place": "Place and date",
        "hash": "Hash of what was signed",
    }
)


def labelled(given: Mapping[str, str] | None) -> dict[str, str]:
    """The labels of a paper: the caller's, English where they are silent. Raises InputError for a key unknown here."""
    strange = [key for key in given or {} if key not in ENGLISH]
    if strange:
        hint = nearest(strange[0], ENGLISH) or "The known keys stand in clinic/paper/labels.py."
        raise InputError(where="labels of a paper", what=f"Nobody prints {listed(strange)}.", remedy=hint)
    return {**ENGLISH, **(given or {})}
