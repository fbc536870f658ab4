"""What became of a patient after a session, as far as it locks the course."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.records.facts import one_person
from clinic.records.models import Patient, PlanLock, Reaction
from effleurage.plan.script import LOCK
from effleurage.protocol.vocabulary import Term, Vocabulary


def locking_term(name: str, words: Vocabulary) -> Term | None:
    """The reaction or stop rule of this name, where the content locks the course after it."""
    reaction, rule = words.terms.get(f"reactions.{name}"), words.terms.get(f"stop_rules.{name}")
    if reaction is not None and reaction.get("next") == LOCK:
        return reaction
    return rule if rule is not None and rule.get("alarming") == "yes" else None


def locking(patient: Patient, locks: Sequence[PlanLock], words: Vocabulary) -> Term | None:
    """What was told in the act that laid the lock that holds now, if that was a reaction. One query where it was."""
    last = locks[-1] if locks else None
    if last is None or last.released or last.kind != PlanLock.Kind.REACTION:
        return None
    told = Reaction.objects.filter(session__patient__in=one_person(patient), at=last.at).order_by("pk")
    terms = (locking_term(each.name, words) for each in told)
    return next((term for term in terms if term is not None), None)
