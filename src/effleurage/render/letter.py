"""The letter of one referral as a printable page, made like the plan's: prepared values, and nothing decided."""

from __future__ import annotations

from collections.abc import Sequence

from effleurage.decision.decide import Decision
from effleurage.facts.answers import Intake
from effleurage.language import Language, sentence
from effleurage.library import Library
from effleurage.plan.plan import Plan, Referral
from effleurage.protocol.explain import supporting
from effleurage.protocol.lattice import Verdict
from effleurage.protocol.nodes import Rule
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.render.page import Page, head, sources, statuses, template

LETTER_HEADLINES = {
    Verdict.GO: sentence("Massage goes on as planned."),
    Verdict.MODIFIED: sentence("Massage goes on within the limits that our protocol sets."),
    Verdict.ASK: sentence("We wait for your answer before we give any massage."),
    Verdict.WITHHOLD: sentence("We give no massage until we hear from you."),
    Verdict.EMERGENCY: sentence("We gave no massage and asked the patient to get help at once."),
}
ASK_TO_LOOK = sentence("Please look at what is described above, and tell the patient and us what you find.")
ASK_TO_ANSWER = sentence("Please say whether massage may be given, and which parts of the body should be left alone.")


def letter_page(
    *,
    plan: Plan,
    library: Library,
    intake: Intake,
    referral: Referral,
    clinic: Sequence[str] = (),
) -> str:
    """The letter of one referral, for the patient to take along, as one HTML file."""
    page = letter_values(plan=plan, library=library, intake=intake, referral=referral, clinic=clinic)
    return template("letter.html.j2").render(page=page, say=library.protocols.language.say)


def letter_values(
    *, plan: Plan, library: Library, intake: Intake, referral: Referral, clinic: Sequence[str] = ()
) -> Page:
    """What every rendering of a letter shows, as plain values: the top of `letter.html.j2` lists them."""
    words, decision = library.protocols.vocabulary, plan.decision
    speak = library.protocols.language
    target = next(term for term in words.referrals if term.name == referral.target)
    return {
        **head(plan, intake, speak.say("Letter to: {target}", target=target.term)),
        "headline": speak.words(LETTER_HEADLINES[plan.verdict]),
        "to": target.term,
        "means": target.means,
        "urgency": referral.urgency,
        "now": referral.rank == len(words.urgencies),
        "reasons": [
            *_happened(referral, speak),
            *({"text": rule.because, "facts": _facts_behind(rule, decision)} for rule in referral.rules),
        ],
        "requests": _requests(plan, words),
        "clinic": list(clinic),
        "sources": sources({s: None for rule in referral.rules for s in rule.sources}, library),
        "statuses": statuses(speak),
    }


def _happened(referral: Referral, speak: Language) -> list[Page]:
    if not referral.happened:
        return []
    return [{"text": speak.say("After the last session: {reaction}.", reaction=referral.happened), "facts": []}]


def _facts_behind(rule: Rule, decision: Decision) -> list[str]:
    """The answers and measurements by which a rule holds, in the words of their questions."""
    facts = decision.facts
    names = supporting(rule.when, facts, facts.table)
    return [facts.table[name].told(facts[name]) for name in names]


def _requests(plan: Plan, words: Vocabulary) -> list[str]:
    """What the clinic asks of the reader: what the content asks for in each letter that the limits need."""
    wanted = (term for term in words.consents if term.name in plan.decision.certain.consents)
    asks = (term.get("asks") for term in wanted if term.get("asks"))
    return [words.language.words(ASK_TO_LOOK), *asks, words.language.words(ASK_TO_ANSWER)]
