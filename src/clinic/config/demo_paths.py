"""The ways of patients who have no session yet: each a generator that names the moment of its next act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from clinic.actions.consents import Said as Agreed
from clinic.actions.consents import withdraw_consent
from clinic.actions.import_bundle import confirm_import, import_bundle
from clinic.actions.merge import merge_patients
from clinic.actions.open_chart import open_with_reason
from clinic.actions.plan_treatment import lock_plan
from clinic.actions.set_aside import agree, set_aside
from clinic.config.demo_answers import bundle, by_patient, first_half
from clinic.config.demo_person import Person
from clinic.records.models import Override
from clinic.records.standing import standing
from effleurage.decision.aside import Hold, hold
from effleurage.protocol.lattice import Verdict

Way = Iterator[datetime]
SOON: Final = timedelta(minutes=6)


def registered(person: Person, day: int) -> Way:
    yield person.days(day, 9)
    person.register()


def never_asked(person: Person) -> Way:
    yield from registered(person, -3)


def link_sent(person: Person, day: int = -4) -> Way:
    yield from registered(person, day)
    yield person.at + SOON
    person.send_link()


def half_way(person: Person) -> Way:
    yield from registered(person, -5)
    yield person.at + SOON
    person.send_link()
    yield person.days(-1, 19)
    person.open_link()
    yield person.at + SOON
    person.say(first_half(by_patient(person.words(), person.table)))


def undecided(person: Person, day: int = -6) -> Way:
    """All that a patient can say is said; somebody has to look at the rest."""
    yield from registered(person, day)
    yield person.at + SOON
    person.send_link()
    yield person.days(min(day + 1, -1), 20)
    person.open_link()
    yield person.at + SOON
    person.say_own_part()


def unsure(person: Person) -> Way:
    """Much was answered with "I don't know"."""
    yield from registered(person, -2)
    yield person.at + SOON
    person.send_link()
    yield person.ago(600)
    person.open_link()
    yield person.at + SOON
    answers = by_patient(person.words(), person.table)
    person.say({name: None if at % 7 == 3 else answer for at, (name, answer) in enumerate(answers.items())})


def nothing_known(person: Person) -> Way:
    """Everything that was asked was answered with "I don't know"."""
    yield from registered(person, -2)
    yield person.ago(90)
    person.found = standing(person.patient, now=person.at)
    for _ in range(3):
        asked = [fact.name for question in person.found.patient_questions for fact in question.facts]
        person.say(dict.fromkeys(asked), key=person.part.carer)
        yield person.at + SOON


def decided(person: Person, day: int = -1) -> Way:
    """Everything is said and measured; no plan was chosen."""
    yield from undecided(person, day)
    yield person.at + timedelta(minutes=50)
    person.measure()


def emergency(person: Person) -> Way:
    yield from registered(person, -1)
    yield person.at + SOON
    person.send_link()
    yield person.ago(35)
    person.open_link()
    yield person.at + timedelta(minutes=2)
    person.say_own_part()


def chosen(person: Person, day: int = -1) -> Way:
    yield from decided(person, day)
    yield person.at + SOON
    person.choose()


def signed(person: Person, day: int) -> Way:
    yield from chosen(person, day)
    yield person.at + timedelta(minutes=3)
    person.sign()


def without_consent(person: Person) -> Way:
    yield from signed(person, -3)


def agreed(person: Person, day: int, regimen: str = "") -> Way:
    """Everybody agreed who must, the plan is signed, and the doctor knows of it by letter."""
    yield from decided(person, day)
    yield person.at + SOON
    person.agree_on_paper()
    yield person.at + SOON
    person.choose(regimen)
    yield person.at + timedelta(minutes=3)
    person.sign()
    yield person.at + SOON
    document = person.letter("Letter of the family doctor", "I know of the planned massage and have", "no objection.")
    yield person.at + timedelta(hours=3)
    person.read_letter(document)


def stale(person: Person) -> Way:
    """Asked so long ago that the answers no longer count."""
    yield from agreed(person, -130)


def outdated(person: Person) -> Way:
    """Signed, and then something was told on which the plan does not rest."""
    yield from agreed(person, -20)
    yield person.days(-3, 11)
    person.correct("high_fall_risk", True, "Has fallen twice since the last visit, as the daughter told.")


def locked_by_hand(person: Person) -> Way:
    yield from signed(person, -16)
    yield person.days(-2, 15)
    assert person.plan is not None  # noqa: S101 - signed before
    reason = "Bruises on both forearms after the last visit; wait for the doctor."
    lock_plan(person.doing(person.part.carer), public=person.public, plan=person.plan.public, reason=reason)


def consent_withdrawn(person: Person) -> Way:
    yield from agreed(person, -12)
    yield person.days(-1, 16)
    withdraw_consent(person.doing(person.desk), public=person.public, kind="treatment", said=Agreed(how="spoken"))


def tablet_today(person: Person) -> Way:
    """Took the bone tablet a short while ago, and has a visit today."""
    yield from registered(person, -1)
    yield person.at + SOON
    person.send_link()
    yield person.ago(80)
    person.open_link()
    yield person.at + SOON
    person.say_own_part()
    yield person.at + timedelta(minutes=10)
    person.measure()
    yield person.at + SOON
    person.choose()
    yield person.at + SOON
    person.sign()


def minor(person: Person) -> Way:
    """Fourteen; the mother answers by her own link and agrees in writing."""
    yield from registered(person, -9)
    person.speaks_for(f"Olena {person.part.family}", "mother")
    yield person.at + SOON
    person.send_link()
    yield person.days(-2, 19)
    person.open_link()
    yield person.at + SOON
    person.say_own_part()
    yield person.days(-1, 14)
    person.ask_today(key=person.signer)
    yield person.at + SOON
    person.measure()
    yield person.at + SOON
    person.agree_on_paper()
    yield person.at + SOON
    person.choose()
    yield person.at + SOON
    person.sign()


def minor_waiting(person: Person) -> Way:
    """The father has the link and has not opened it yet."""
    yield from registered(person, -2)
    person.speaks_for(f"Serhii {person.part.family}", "father")
    yield person.at + SOON
    person.send_link()


def rule_of(person: Person, wanted: Hold, *, withhold: bool = False) -> str:
    """The first rule that holds for them now and can be set aside in this way."""
    found = standing(person.patient, now=person.at)
    return next(
        rule.id
        for rule in found.decision.holding
        if hold(rule) is wanted and (not withhold or rule.limit.verdict is Verdict.WITHHOLD)
    )


def soft_aside(person: Person) -> Way:
    yield from decided(person, -2)
    yield person.at + SOON
    set_aside(
        person.doing(person.part.carer), public=person.public, rule=rule_of(person, Hold.SOFT),
        reason=Override.Reason.DOCTOR_AGREED, text="Letter of the rheumatologist from last Tuesday, in the documents.",
    )  # fmt: skip


def hard_waits(person: Person) -> Way:
    yield from decided(person, -1)
    yield person.at + SOON
    set_aside(
        person.doing(person.part.carer), public=person.public, rule=rule_of(person, Hold.HARD, withhold=True),
        reason=Override.Reason.EXAMINED, text="Seen by the bone clinic this week; the next injection is booked.",
    )  # fmt: skip


def hard_agreed(person: Person) -> Way:
    yield from hard_waits(person)
    made = Override.objects.get(patient=person.patient)
    yield person.at + timedelta(hours=2)
    text = "I have telephoned with the bone clinic and agree."
    agree(person.doing(person.lead), public=person.public, override=made.public, text=text)


def imported(person: Person) -> Way:
    """Another system sent what it knows; nobody has confirmed it."""
    yield from registered(person, -2)
    yield person.at + SOON
    part = person.part
    data = bundle(part.like, given=part.given, family=part.family, born=person.born, on=person.local.date())
    import_bundle(person.doing(person.desk), public=person.public, title="Export of the family practice", data=data)


def imported_confirmed(person: Person) -> Way:
    yield from imported(person)
    yield person.at + timedelta(hours=4)
    proposed = standing(person.patient, now=person.at).chart.proposed
    confirm_import(person.doing(person.signer), public=person.public, entries=[each.public for each in proposed])


def letter_waits(person: Person) -> Way:
    """A report came, and nobody has read it."""
    yield from chosen(person, -3)
    yield person.days(-1, 12)
    lines = ("T-score of the lumbar spine: -2.9", "Measured two weeks ago.")
    person.letter("Report of the bone density measurement", *lines)


def opened_with_reason(person: Person) -> Way:
    """A therapist from outside the care team has opened the chart."""
    yield from signed(person, -10)
    yield person.ago(25)
    reason = "She fainted in the corridor and I was the only therapist in the house."
    open_with_reason(person.doing("taras"), public=person.public, reason=reason)


def twice(person: Person) -> Way:
    """Registered a second time by mistake; the two records have not been united."""
    yield from signed(person, -15)
    yield person.days(-1, 17)
    second = person.aside()
    second.register()


def united(person: Person) -> Way:
    """Registered a second time, and the two records were united."""
    yield from signed(person, -25)
    yield person.days(-6, 17)
    second = person.aside()
    second.register()
    yield person.days(-5, 9)
    reason = "The same passport and the same address; registered twice."
    merge_patients(person.doing(person.lead), public=person.public, folded=second.public, reason=reason)
