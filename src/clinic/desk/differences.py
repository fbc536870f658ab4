"""What is other than it was, in the reader's words: two limits, or a plan and what would come out of it today.

Every field of the limits and every part of a regimen is compared, so that whatever makes a plan outdated has a row,
and the two cells of a row are never the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clinic.records.models import TreatmentPlan
from clinic.records.replay import plan_again
from clinic.records.speech import spoken
from clinic.records.standing import Standing, regimen_object
from effleurage.decision.decide import Decision
from effleurage.library import Library
from effleurage.plan.plan import Plan
from effleurage.protocol.lattice import REQUIRED, Limits, Verdict
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.render import words as say

Row = tuple[str, str, str]
"""What, then, now."""
NOTHING = "—"


@dataclass(frozen=True)
class Naming:
    """The reader's names for the things of the content in force; what only the earlier content has is named by that."""

    now: Library
    then: Library

    @property
    def words(self) -> tuple[Vocabulary, Vocabulary]:
        return self.now.protocols.vocabulary, self.then.protocols.vocabulary

    def term(self, kind: str, name: str) -> str:
        """The term for an entry of a closed list."""
        return next((each.terms[f"{kind}.{name}"].term for each in self.words if f"{kind}.{name}" in each.terms), name)

    def terms(self, kind: str, names: Iterable[str]) -> str:
        return ", ".join(self.term(kind, name) for name in names) or NOTHING

    def regions(self, names: Iterable[str]) -> str:
        """Regions in the order of the body, left and right as one where both are meant."""
        wanted = list(names)
        now, then = self.words
        gone = [name for name in wanted if name not in now.region_index]
        return ", ".join([*say.merged_sides(wanted, now), *say.merged_sides(gone, then)])

    def level(self, number: int) -> str:
        found = {term.name: term.term for term in self.words[0].levels}
        return f"{number} {found.get(str(number), '')}".strip()

    def field(self, name: str) -> str:
        text = self.now.protocols.language.words(say.FIELDS[name])
        return text[:1].upper() + text[1:]

    def verdict(self, verdict: Verdict) -> str:
        return self.now.protocols.language.words(verdict.words)

    def step(self, regimen: str, step: str) -> str:
        """The title of a step of a regimen."""
        for library in (self.now, self.then):
            for each in library.regimens:
                for one in each.steps if each.id == regimen else ():
                    if one.id == step:
                        return one.title
        return step.replace("_", " ")

    def regimen(self, name: str) -> str:
        return next((each.title for lib in (self.now, self.then) for each in lib.regimens if each.id == name), name)


def differences(found: Standing) -> list[Row]:
    """What is other than when the plan was made, each once. Empty where no plan was chosen.

    A thing that only has another name in the newer content reads the same in both cells, and is left out.
    """
    rows = every_difference(found) if found.treatment else ()
    return [(what, then, now) for what, then, now in dict.fromkeys(rows) if then != now]


def every_difference(found: Standing) -> Iterator[Row]:
    """Between the plan as it was made and what would come out today, if all that was ever said still held."""
    made = found.treatment
    assert made is not None  # noqa: S101 - for the type checker; asked above
    then, _intake, earlier = plan_again(made.decision)
    now, naming = found.refreshed, Naming(spoken(found.library), spoken(earlier))
    if made.content_hash != found.library.protocols.hash:
        yield _("Protocol"), made.content_hash[:12], found.library.protocols.hash[:12]
    yield from _verdicts(then.decision, now.decision, naming)
    obeyed = list(limit_rows(then.decision.limits, now.decision.limits, naming))
    yield from obeyed
    for what, before, after in limit_rows(then.decision.certain, now.decision.certain, naming):
        if (what, before, after) not in obeyed:
            yield _("%(what)s, by what is certain") % {"what": what}, before, after
    yield from regimen_rows(json.loads(made.document)["chosen"], chosen_now(made, now), naming)


def _verdicts(then: Decision, now: Decision, naming: Naming) -> Iterator[Row]:
    """The verdict, and the two that it is made of where it hides their change."""
    pairs = [
        (_("Verdict"), then.verdict, now.verdict),
        (_("Verdict by what is certain"), then.certain.verdict, now.certain.verdict),
        (_("Verdict at worst"), then.limits.verdict, now.limits.verdict),
    ]
    told: set[tuple[Verdict, Verdict]] = set()
    for what, one, other in pairs:
        if one is not other and (one, other) not in told:
            told.add((one, other))
            yield what, naming.verdict(one), naming.verdict(other)


def limit_rows(then: Limits, now: Limits, naming: Naming) -> Iterator[Row]:
    """Every field of two limits in which they are not the same, but for the verdict; places with the same change stand
    together.
    """
    yield from ceiling_rows(then, now, naming)
    for field in ("minutes", "spacing_days"):
        one, other = getattr(then, field), getattr(now, field)
        if one != other:
            yield naming.field(field), str(one), str(other)
    yield from _techniques(then, now, naming)
    yield from _closed_or_asked(then, now, naming)
    yield from _referrals(then, now, naming)


def ceiling_rows(then: Limits, now: Limits, naming: Naming) -> Iterator[Row]:
    """The highest level of each region where the two differ, regions with the same change together."""
    one, other = (dict(zip(each.vocabulary.region_index, each.pressure, strict=True)) for each in (then, now))
    rows: dict[tuple[str, str], list[str]] = {}
    for region in one | other:
        cells = tuple(naming.level(each[region]) if region in each else NOTHING for each in (one, other))
        if cells[0] != cells[1]:
            rows.setdefault((cells[0], cells[1]), []).append(region)
    for (before, after), names in rows.items():
        yield naming.regions(names), before, after


def _techniques(then: Limits, now: Limits, naming: Naming) -> Iterator[Row]:
    """Techniques that were opened or closed, where the region itself was not: of that the ceilings tell."""
    shut = {region for each in (then, now) for region, top in _tops(each) if top == 0}
    for before, after, cells in (then, now, (_("open"), _("closed"))), (now, then, (_("closed"), _("open"))):
        places: dict[str, list[str]] = {}
        for technique, region in sorted(after.forbidden - before.forbidden):
            if region not in shut:
                places.setdefault(technique, []).append(region)
        rows: dict[tuple[str, ...], list[str]] = {}
        for technique, names in places.items():
            rows.setdefault(tuple(names), []).append(technique)
        for names_of, techniques in rows.items():
            yield f"{naming.terms('techniques', techniques)}: {naming.regions(names_of)}", *cells


def _tops(limits: Limits) -> Iterator[tuple[str, int]]:
    return zip(limits.vocabulary.region_index, limits.pressure, strict=True)


def _closed_or_asked(then: Limits, now: Limits, naming: Naming) -> Iterator[Row]:
    """Positions that are closed, and what else is asked for: one row for what came and one for what went."""
    for field, kind in {"positions": "positions", **REQUIRED}.items():
        free, bound = (_("open"), _("closed")) if field == "positions" else (_("not asked for"), _("asked for"))
        one, other = getattr(then, field), getattr(now, field)
        for names, cells in ((other - one, (free, bound)), (one - other, (bound, free))):
            if names:
                yield f"{naming.field(field)}: {naming.terms(kind, sorted(names))}", *cells


def _referrals(then: Limits, now: Limits, naming: Naming) -> Iterator[Row]:
    one, other = then.referrals, now.referrals
    for target in sorted(one | other):
        cells = (_urgency(then, target), _urgency(now, target))
        if cells[0] != cells[1]:
            before, after = (naming.term("urgencies", name) if name else NOTHING for name in cells)
            yield f"{naming.field('refer')}: {naming.term('referrals', target)}", before, after


def _urgency(limits: Limits, target: str) -> str:
    rank = limits.referrals.get(target, 0)
    return limits.vocabulary.urgencies[rank - 1].name if rank else ""


def chosen_now(made: TreatmentPlan, now: Plan) -> dict[str, Any] | None:
    found = next((each for each in now.regimens if each.regimen.id == made.regimen), None)
    return regimen_object(found) if found else None


def regimen_rows(then: Mapping[str, Any], now: Mapping[str, Any] | None, naming: Naming) -> Iterator[Row]:
    """A regimen as it was chosen and as it would be today: minutes, course, and step by step."""
    if now is None:
        yield _("The chosen regimen"), naming.regimen(then["regimen"]), _("is no longer offered")
        return
    if then["minutes"] != now["minutes"]:
        yield _("Minutes"), *apart(then["minutes"], now["minutes"], say.runs, listed)
    names = (_("Sessions of the course"), _("Days between sessions"), _("Days of pause"), _("Courses a year"))
    for name, one, other in zip(names, then["course"], now["course"], strict=True):
        if one != other:
            yield name, str(one), str(other)
    before, after = ({step["id"]: step for step in each["steps"]} for each in (then, now))
    for step in before | after:
        title = naming.step(then["regimen"], step)
        if step in before and step in after:
            yield from _step_rows(title, before[step], after[step], naming)
        else:
            yield title, *((_("planned"), _("left out")) if step in before else (_("left out"), _("planned")))
    orders = [[step for step in each if step in before and step in after] for each in (before, after)]
    if orders[0] != orders[1]:
        one, other = (", ".join(naming.step(then["regimen"], step) for step in each) for each in orders)
        yield _("Order of the steps"), one, other


def _step_rows(title: str, then: Mapping[str, Any], now: Mapping[str, Any], naming: Naming) -> Iterator[Row]:
    if then["position"] != now["position"]:
        one, other = (naming.term("positions", each["position"]) for each in (then, now))
        yield _("%(step)s: position") % {"step": title}, one, other
    if then["share"] != now["share"]:
        yield _("%(step)s: share of the time") % {"step": title}, str(then["share"]), str(now["share"])
    if then["props"] != now["props"]:
        one, other = (naming.terms("props", each["props"]) for each in (then, now))
        yield _("%(step)s: supports") % {"step": title}, one, other
    if then["touches"] != now["touches"]:
        short, whole = (lambda rows: touches(rows, naming)), (lambda rows: one_by_one(rows, naming))
        yield title, *apart(then["touches"], now["touches"], short, whole)


def apart(
    then: list[Any], now: list[Any], short: Callable[[list[Any]], str], whole: Callable[[list[Any]], str]
) -> tuple[str, str]:
    """Two values in short words, or in whole ones where the short ones say the same of both."""
    one, other = short(then), short(now)
    return (one, other) if one != other else (whole(then), whole(now))


def listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def touches(rows: list[Any], naming: Naming) -> str:
    """'Effleurage, 1 light lotioning, then 2 heavy lotioning: calf, thigh'; regions touched alike stand together."""
    alike: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for region, technique, levels in rows:
        alike.setdefault((technique, tuple(say.until_it_holds(levels))), []).append(region)
    return "; ".join(
        f"{naming.term('techniques', technique)}, {_levels(levels, naming)}: {naming.regions(names)}"
        for (technique, levels), names in alike.items()
    )


def one_by_one(rows: list[Any], naming: Naming) -> str:
    """Each touch by itself, in the order in which they come."""
    return "; ".join(
        f"{naming.regions([region])}: {naming.term('techniques', technique)}, {_levels(levels, naming)}"
        for region, technique, levels in rows
    )


def _levels(levels: Iterable[int], naming: Naming) -> str:
    return f" {_('then')} ".join(naming.level(level) for level in levels)
