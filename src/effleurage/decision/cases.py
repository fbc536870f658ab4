"""Cases: patients a clinician can read, with what the protocols must say of them. Each name is a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from effleurage.decision.decide import Decision, decide
from effleurage.errors import InputError
from effleurage.facts.answers import Answer, Intake
from effleurage.facts.derive import derive
from effleurage.facts.read_intake import none_of_these, read_answers, read_now
from effleurage.lib.marked import Tree
from effleurage.lib.text import listed, nearest
from effleurage.protocol.documents import Documents
from effleurage.protocol.lattice import SETS, Limits, Verdict, at_least_as_strict, differing, meet
from effleurage.protocol.load import Protocols
from effleurage.protocol.read_rules import read_limit
from effleurage.protocol.read_vocabulary import schema

_EXPECT = ("rules", "rules_not", "undecided", "verdict", "at_least", "at_most", "covers")


@dataclass(frozen=True, slots=True)
class Case:
    """One patient and what is expected of the decision. `place` is where it is written."""

    name: str
    folder: str
    place: str
    on: datetime
    intake: Intake
    expect: dict[str, Tree]

    def rules(self, key: str) -> tuple[str, ...]:
        return self.expect[key].names() if key in self.expect and self.expect[key].value else ()


def read_cases(documents: Documents, protocols: Protocols) -> tuple[Case, ...]:
    """All cases of all folders. The base patients are put together from every folder's normal answers."""
    bases = _bases(documents)
    found: list[Case] = []
    for folder, tree in documents.named("cases.yaml"):
        top = schema(tree, "cases", required=("cases",), optional=("base",))
        default = top["base"].words() if "base" in top else "healthy_adult"
        for entry in top["cases"]:
            found.append(_case(entry, folder, default, bases, protocols))
            if found[-1].name in {case.name for case in found[:-1]}:
                entry.refuse(f"Two cases are called '{found[-1].name}'.", "Give one of them another sentence.")
    return tuple(found)


def _bases(documents: Documents) -> dict[str, tuple[list[Tree], list[Tree]]]:
    """Each base patient: trees of facts and trees of batches, later ones winning. An empty base stays empty."""
    extra = [
        tree.mapping(optional=("facts", "batches", "schema")) for _, tree in documents.named("cases_base_answers.yaml")
    ]
    bases: dict[str, tuple[list[Tree], list[Tree]]] = {}
    for _, tree in documents.named("cases_base.yaml"):
        for name, entry in schema(tree, "cases_base", required=("bases",))["bases"].entries().items():
            row = entry.mapping(required=("about", "facts"), optional=("batches",))
            more = extra if row["facts"].entries() else []
            facts = [*(each["facts"] for each in more if "facts" in each), row["facts"]]
            bases[name] = (facts, [each["batches"] for each in (*more, row) if "batches" in each])
    return bases


def _case(
    entry: Tree, folder: str, default: str, bases: dict[str, tuple[list[Tree], list[Tree]]], protocols: Protocols
) -> Case:
    row = entry.mapping(required=("name", "on", "facts", "expect"), optional=("base", "batches"))
    base = row["base"].words() if "base" in row else default
    if base not in bases:
        row.get("base", entry).refuse(
            f"'{base}' is not a base patient.", nearest(base, bases) or f"Known: {listed(bases)}."
        )
    on = _day(row["on"])
    facts, batches = bases[base]
    answers: dict[str, Answer] = {}
    for tree in [*batches, *([row["batches"]] if "batches" in row else [])]:
        answers |= none_of_these(tree, protocols.facts, on)
    for tree in facts:
        answers |= read_answers(tree, protocols.facts, now=on, taken=on)
    own = read_answers(row["facts"], protocols.facts, now=on, taken=on)
    answers = {
        name: answer for name, answer in (answers | own).items() if name in own or name not in row["facts"].entries()
    }
    expect = row["expect"].mapping(optional=_EXPECT)
    _check_expected(expect, protocols)
    return Case(row["name"].words(), folder, entry.place, on, Intake(row["name"].words(), on, answers), expect)


def _day(tree: Tree) -> datetime:
    try:
        return read_now(tree.words())
    except InputError as fault:
        tree.refuse(fault.what, fault.remedy)


def _check_expected(expect: dict[str, Tree], protocols: Protocols) -> None:
    """A word that nobody knows would be an expectation that can never be met, or always."""
    for key in ("rules", "rules_not", "undecided", "covers"):
        for item in expect[key] if key in expect and expect[key].value else ():
            item.one_of(protocols.by_id, "rule")
    if "verdict" in expect:
        expect["verdict"].one_of({verdict.name.lower() for verdict in Verdict}, "verdict")
    for key in ("at_least", "at_most"):
        if key in expect:
            read_limit(expect[key], protocols.vocabulary)


def decide_case(case: Case, protocols: Protocols) -> Decision:
    return decide(facts=derive(intake=case.intake, table=protocols.facts, on=case.on), protocols=protocols)


def failures(case: Case, decision: Decision) -> Iterator[str]:
    """What the decision says otherwise than the case expects, in sentences; nothing when the case passes."""
    yield from _wrong_rules(case, decision)
    if "verdict" in case.expect and decision.verdict.name.lower() != case.expect["verdict"].words():
        yield f"The verdict should be {case.expect['verdict'].words()}, but is {decision.verdict.name.lower()}."
    if "at_least" in case.expect:
        least = read_limit(case.expect["at_least"], decision.protocols.vocabulary)
        if not at_least_as_strict(decision.limits, least):
            looser = listed(differing(decision.limits, meet(decision.limits, least)))
            yield f"The limits should be stricter in {looser}."
    if "at_most" in case.expect:
        tree = case.expect["at_most"]
        most = read_limit(tree, decision.protocols.vocabulary)
        yield from _too_strict(tree.entries(), decision.limits, most)
        yield from _too_much(tree.entries(), decision.limits, most)


def _wrong_rules(case: Case, decision: Decision) -> Iterator[str]:
    holds, open_ = {rule.id for rule in decision.holding}, {rule.id for rule in decision.open}
    for name in case.rules("rules"):
        if name not in holds:
            yield f"{name} should hold, but {'is undecided' if name in open_ else 'does not'}."
    for name in case.rules("rules_not"):
        if name in holds | open_:
            yield f"{name} should not hold, but {'is undecided' if name in open_ else 'does'}."
    for name in case.rules("undecided"):
        if name not in open_:
            yield f"{name} should be undecided, but {'holds' if name in holds else 'does not hold'}."


def _too_strict(row: dict[str, Tree], actual: Limits, most: Limits) -> Iterator[str]:
    """Refusing too much is a fault as well: only the fields that the case names are looked at. Here the chains."""
    if "verdict" in row and actual.verdict > most.verdict:
        yield f"The verdict {actual.verdict.words} is stricter than {row['verdict'].words()}."
    for group in row["pressure"].entries() if "pressure" in row else ():
        for region in actual.vocabulary.regions_of(group):
            if actual.ceiling(region) < most.ceiling(region):
                yield f"{region} is limited to {actual.ceiling(region)}, below {most.ceiling(region)}."
    if "minutes" in row and actual.minutes < most.minutes:
        yield f"{actual.minutes} minutes are fewer than {most.minutes}."
    if "spacing_days" in row and actual.spacing_days > most.spacing_days:
        yield f"{actual.spacing_days} days apart are more than {most.spacing_days}."


def _too_much(row: dict[str, Tree], actual: Limits, most: Limits) -> Iterator[str]:
    """The same for the sets."""
    for name in row["forbid"].entries() if "forbid" in row else ():
        for technique in actual.vocabulary.techniques_of(name):
            extra = {region for each, region in actual.forbidden - most.forbidden if each == technique}
            if extra:
                yield f"{technique} is forbidden beyond what was expected: {listed(sorted(extra))}."
    for name in (key for key in SETS if key in row and key != "refer"):
        more = set(getattr(actual, name)) - set(getattr(most, name))
        if more:
            yield f"More {name} than expected: {listed(sorted(more))}."
