"""One function for each kind of resource: does its status let it count, which fact do its codes mean, what is said?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from effleurage.facts.kinds import Fact, Kind
from effleurage.fhir.codes import (
    CLINICAL,
    INTENT,
    OBSERVATION,
    PROCEDURE,
    REQUEST,
    STATEMENT,
    UCUM,
    VERIFICATION,
    Use,
    yes_or_no,
)
from effleurage.fhir.desk import Desk, named_in
from effleurage.fhir.node import Coding, Concept, Node, concept
from effleurage.lib.dates import is_partial
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed

_Z_SCORE: Final = re.compile(r"\bz[\s_-]?score", re.IGNORECASE)
_NO_CODE: Final = "No code that is known here; look at it."
_MISSING: Final = "Its medicine is not in the Bundle"
_WRONG: Final = "Its medicine was entered in error"
_WITHOUT: Final = ("", "SD")
"""The units of facts that are plain numbers."""


def read_patient(node: Node, desk: Desk) -> None:
    """Birth date and sex, for the facts that the content reads from there; nothing that names the patient."""
    for fact in desk.facts.facts:
        key = fact.fhir.removeprefix("Patient.")
        if not key or not node[key]:
            continue
        at, about = node[key], Concept((), key)
        if fact.kind is Kind.DATE and is_partial(at.text) and not fact.careful:
            desk.leave(at, about, "The whole date is needed; ask.")
        elif fact.kind is Kind.CHOICE and at.text not in fact.option_names:
            desk.leave(at, about, f"'{at.text[:20]}' is no answer here; ask.")
        else:
            coding = Coding("", f"Patient.{key}", key)
            desk.value(Tree(at.text, at.path), at, about, fact, coding, "", desk.asserted)
    if node["deceasedBoolean"].flag or node["deceasedDateTime"]:
        desk.warnings.append(f"{node.path}: The record says that this patient has died. Is it the right one?")


def read_condition(node: Node, desk: Desk) -> None:
    """A problem. What is not certain counts; what is refuted clears nothing.

    What is over counts as well, unless it is known to be over for longer than an answer to the question is good for.
    """
    about = concept(node["code"])
    clinical, how = _worst(node["clinicalStatus"], CLINICAL), _worst(node["verificationStatus"], VERIFICATION)
    ended = [desk.moment(at) for at in _ends(node, "abatement")]
    for at in (*_ends(node, "onset", end=False), node["recordedDate"]):
        if at:
            desk.moment(at)
    verification = _said(node["verificationStatus"])
    if how is Use.LEAVE:
        clears = ": it clears nothing; ask the patient" if verification == "refuted" else ", so it is not used"
        return desk.leave(node, about, f"It says {verification}{clears}.")
    over = clinical is Use.ENDED or (bool(ended) and not node["clinicalStatus"])
    doubts = [] if how is Use.COUNT or not node["verificationStatus"] else [verification or "no known verification"]
    if over or (node["clinicalStatus"] and clinical is None):
        doubts.append(_said(node["clinicalStatus"]) or ("ended" if over else "no known clinical status"))
    note = f"It says {listed(doubts)}: counted, please confirm." if doubts else ""
    _tell_yes(node, about, desk, max(ended) if over and ended else desk.asserted, note)
    return None


def read_procedure(node: Node, desk: Desk) -> None:
    """Something that was done. Undated, it counts as of now."""
    about = concept(node["code"])
    status = node["status"].text
    performed = _ends(node, "performed", end=status == "completed")
    dates = [desk.moment(at) for at in performed]
    if PROCEDURE.get(status, Use.LEAVE) is Use.LEAVE:
        return desk.leave(node, about, f"Its status is {_quoted(status)}, so it is not used.")
    note = "" if dates else "It has no date: counted as of now, please confirm."
    _tell_yes(node, about, desk, max(dates, default=desk.asserted), note, dated=performed)
    return None


def read_observation(node: Node, desk: Desk) -> None:
    """A measurement or finding, or a panel of them."""
    about, status = concept(node["code"]), node["status"].text
    when = _when(node)
    moment = desk.moment(when) if when else None
    parts = list(node["component"])
    if OBSERVATION.get(status, Use.LEAVE) is Use.LEAVE:
        return desk.leave(node, about, f"Its status is {_quoted(status)}, so it is not used.")
    if node["focus"]:
        return desk.leave(node, about, "It is about something other than the patient.")
    if not parts or _has_value(node) or desk.index.facts_of(about.codings):
        _finding(node, about, desk, moment)
    for part in parts:
        _finding(part, concept(part["code"]), desk, moment)
    return None


def _finding(node: Node, about: Concept, desk: Desk, moment: datetime | None) -> None:
    """One value: of the observation itself, or of a component."""
    said = concept(node["valueCodeableConcept"])
    hits = desk.index.facts_of(about.codings)
    if not hits:
        named = desk.index.facts_of(said.codings)
        for fact, coding in named:
            desk.yes(node, said, fact, coding, moment or desk.asserted, "A finding names it: counted, please confirm.")
        if not named:
            desk.leave(node, about, "A Z-score, which answers nothing here; not used." if _is_z(about) else _NO_CODE)
        return None
    if node["dataAbsentReason"] or not _has_value(node):
        return desk.leave(node, about, "It has no value: nothing is known from it.")
    for fact, coding in hits:
        _value(node, about, fact, coding, desk, moment)
    return None


def _value(node: Node, about: Concept, fact: Fact, coding: Coding, desk: Desk, moment: datetime | None) -> None:
    if fact.kind is Kind.YES_NO:
        said = node["valueBoolean"].flag
        answer = yes_or_no(concept(node["valueCodeableConcept"]).codings) if said is None else said
        if answer is None:
            return desk.leave(node, about, f"It says neither yes nor no to {fact.name}; ask.")
        note = "" if moment else "It has no date: counted as of now, please confirm."
        return desk.told(node, about, fact, coding, answer, moment or desk.asserted, note)
    if moment is None and fact.stale_days is not None:
        return desk.leave(node, about, f"It has no date, and {fact.name} is good for {fact.stale_days} days; ask.")
    if desk.is_old(node, about, fact, moment or desk.asserted):
        return None
    if not fact.is_number:
        return desk.leave(node, about, f"{fact.name} cannot be read from an observation; ask.")
    return _number(node, about, fact, coding, desk, moment or desk.asserted)


def _number(node: Node, about: Concept, fact: Fact, coding: Coding, desk: Desk, moment: datetime) -> None:
    quantity, whole = node["valueQuantity"], node["valueInteger"]
    if not quantity and not whole:
        return desk.leave(node, about, f"{fact.name} is a number, which this is not; ask.")
    if quantity["comparator"]:
        return desk.leave(node, about, f"It says '{quantity['comparator'].text[:2]}' and no exact value; ask.")
    unit = quantity["code"] if quantity["system"].text == UCUM and quantity["code"] else quantity.first("unit", "code")
    _refuse_z(node, about, fact)
    if quantity and not quantity["value"]:
        return desk.leave(node, about, "It has no value: nothing is known from it.")
    plain = re.sub(r"\{[^}]*\}", "", unit.text)
    if fact.unit in _WITHOUT:
        plain = "" if plain == "1" or "T-score" in plain else plain
    elif not unit:
        return desk.leave(node, about, f"It has no unit, and {fact.name} is in {fact.unit}; ask.")
    else:
        plain = plain or "1"
    at = quantity["value"] if quantity else whole
    return desk.value(at.number(), node, about, fact, coding, plain, moment)


def _refuse_z(node: Node, about: Concept, fact: Fact) -> None:
    """A Z-score under the code of a T-score, told by its words or its unit."""
    quantity = node["valueQuantity"]
    words = f"{about.all_words} {quantity['unit'].text} {quantity['code'].text}"
    if "z_score" not in fact.name and _Z_SCORE.search(words):
        node.refuse(
            f"A Z-score, which compares with people of the same age, stands in the place of '{fact.name}'.",
            "Look for the T-score in the report, and correct the code or the words.",
        )


def read_statement(node: Node, desk: Desk) -> None:
    """That somebody takes a medicine."""
    status = node["status"].text
    for at in (node["dateAsserted"], *(_ends(node, "effective", end=False) if status != "intended" else ())):
        if at:
            desk.moment(at)
    _medicine(node, desk, STATEMENT.get(status, Use.LEAVE), f"Its status is {_quoted(status)}")


def read_request(node: Node, desk: Desk) -> None:
    """That somebody ordered a medicine: counted as taken, since most orders are for medicines that are."""
    status, intent = node["status"].text, node["intent"].text
    if node["authoredOn"]:
        desk.moment(node["authoredOn"])
    use, wanted = REQUEST.get(status, Use.LEAVE), INTENT.get(intent, Use.LEAVE)
    words = f"Its status is {_quoted(status)} and its intent {_quoted(intent)}"
    if Use.LEAVE in (use, wanted) or node["doNotPerform"].flag:
        words = f"{words}, and it says not to give it" if node["doNotPerform"].flag else words
        return _medicine(node, desk, Use.LEAVE, words)
    return _medicine(node, desk, Use.CONFIRM if use is Use.COUNT and wanted is Use.CONFIRM else use, words)


def _medicine(node: Node, desk: Desk, use: Use, words: str) -> None:
    about, codings, fault = _drug(node, desk)
    if use is Use.LEAVE or fault == _WRONG:
        return desk.leave(node, about, f"{fault or words}, so it is not used.")
    names = [medicine.name for medicine in desk.index.medicines_of(codings)] if desk.index.medicine_list else []
    facts = desk.index.facts_of(codings)
    if not names and not facts:
        hint = named_in(about.all_words, desk.facts)
        why = f"{fault}, so it is not used." if fault else f"{_NO_CODE}{f' Its words name {hint}.' if hint else ''}"
        return desk.leave(node, about, why) if use is Use.ENDED else desk.unnamed_medicine(node, about, why)
    if use is Use.ENDED:
        names = [one.stopped for one in desk.index.medicines_of(codings) if one.stopped and names]
        if not names:
            return desk.leave(node, about, f"{words}: not counted as taken; ask whether it still is.")
    note = "" if use is Use.COUNT else f"{words}: counted, please confirm."
    for fact, coding in facts if use is not Use.ENDED else ():
        desk.yes(node, about, fact, coding, desk.asserted, note)
    if names:
        desk.medicine(node, about, names, note)
    return None


def _drug(node: Node, desk: Desk) -> tuple[Concept, tuple[Coding, ...], str]:
    """The medicine, its codes with those of its ingredients, and why it cannot be used, or ""."""
    if node["medicationCodeableConcept"]:
        about = concept(node["medicationCodeableConcept"])
        return about, about.codings, ""
    reference = node["medicationReference"]
    found = desk.find(reference["reference"].text, node)
    if found is None:
        return Concept((), reference["display"].text), (), _MISSING
    about = concept(found["code"])
    parts = [concept(each["itemCodeableConcept"]) for each in found["ingredient"]]
    wrong = found["status"].text == "entered-in-error"
    codings = (*about.codings, *(coding for part in parts for coding in part.codings))
    return about, codings, _WRONG if wrong else ""


def _tell_yes(node: Node, about: Concept, desk: Desk, moment: datetime, note: str, dated: Sequence[Node] = ()) -> None:
    """Every fact that the codes mean: a yes/no fact is so, a date fact has the date on which it was done."""
    hits = desk.index.facts_of(about.codings)
    if not hits:
        desk.leave(node, about, f"{_NO_CODE}{_near(about)}")
    for fact, coding in hits:
        if fact.kind is Kind.DATE and dated:
            text, why = desk.date(dated[-1], fact)
            if why:
                desk.leave(node, about, f"{fact.name}: {why}")
            else:
                desk.value(Tree(text, dated[-1].path), node, about, fact, coding, "", moment)
        else:
            desk.yes(node, about, fact, coding, moment, note)


def _near(about: Concept) -> str:
    other = any(coding.system.rstrip("/").endswith("/sid/icd-10") for coding in about.codings)
    return " ICD-10 of the WHO and ICD-10-CM differ below three characters, so it is not matched." if other else ""


def _ends(node: Node, name: str, *, end: bool = True) -> list[Node]:
    """The dates of an element that may be a moment or a period; of a period the start, then, if asked for, the end."""
    period = node[f"{name}Period"]
    nodes = [node[f"{name}DateTime"], period["start"], *([period["end"]] if end else [])]
    return [each for each in nodes if each]


def _when(node: Node) -> Node | None:
    """When an observation was true, and else when it was issued."""
    period = node["effectivePeriod"]
    nodes = [node["effectiveDateTime"], node["effectiveInstant"], period["end"], period["start"], node["issued"]]
    return next((each for each in nodes if each), None)


def _has_value(node: Node) -> bool:
    return any(key.startswith("value") and node.value[key] is not None for key in (node.value or {}))


def _is_z(about: Concept) -> bool:
    return bool(_Z_SCORE.search(about.all_words))


def _worst(node: Node, known: Mapping[str, Use]) -> Use | None:
    """What the first code that the standard has lets us do; None where there is none."""
    return next((known[name] for name in concept(node).names() if name in known), None)


def _said(node: Node) -> str:
    return next(iter(concept(node).names()), "")[:40]


def _quoted(word: str) -> str:
    return f"'{word[:40]}'" if word else "not given"
