"""From answers to the facts that rules read, on a moment that is passed in.

The derivations are a closed list. Arithmetic is unknown as soon as something it needs is unknown. The others are exact
on partial knowledge: `any` and `all` are three-valued, one value is enough for `measured`, one item for `takes` and
`lists`. Answers that have grown stale count as unknown, so that they are asked again, and are told. Gates close here: a
fact whose gate is "no" has no value, and an answer that says something opens a gate that nobody answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Given, Intake, Items
from effleurage.facts.kinds import Bad, Derivation, Fact, FactTable, Kind, Value
from effleurage.lib.dates import whole_days, whole_minutes, whole_months, whole_years
from effleurage.lib.text import listed

MONTH_DAYS: Final = 30.4375


@dataclass(frozen=True, slots=True)
class Facts(Mapping[str, Value | None]):
    """The facts of one patient at one moment, by name; None is unknown. `stale` names answers that were too old to
    count.
    """

    table: FactTable
    on: datetime
    values: dict[str, Value | None]  # type: ignore[assignment]  # a field, where Mapping has a method
    stale: tuple[str, ...] = ()
    origins: dict[str, Answer] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Value | None:
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def shown(self, name: str) -> str:
        return self.table[name].shown(self.values[name])

    def replaced(self, **known: Value | None) -> Facts:
        """The same patient with other values at the level of rules; for questions of the kind "and what if"."""
        return Facts(
            table=self.table, on=self.on, values={**self.values, **known}, stale=self.stale, origins=self.origins
        )


def derive(*, intake: Intake, table: FactTable, on: datetime) -> Facts:
    """The facts at the level of rules. Raises InputError where answers contradict each other."""
    current = {name: answer for name, answer in intake.answers.items() if not is_stale(answer, table[name], on)}
    work = _Work(table=table, on=on, answers={name: answer.value for name, answer in current.items()})
    values = {fact.name: work.value(fact) for fact in table.for_rules}
    _check_gates(table, intake, current, values)
    _check_order(table, current)
    stale = tuple(name for name in intake.answers if name not in current)
    return Facts(table=table, on=on, values=values, stale=stale, origins=current)


def is_stale(answer: Answer, fact: Fact, on: datetime) -> bool:
    """Whether more days have passed since the answer than it is good for."""
    return fact.stale_days is not None and on - answer.on > timedelta(days=fact.stale_days)


@dataclass(slots=True)
class _Work:
    """One run of the derivations, each fact computed once."""

    table: FactTable
    on: datetime
    answers: dict[str, Given]
    done: dict[str, Value | None] = field(default_factory=dict)

    def value(self, fact: Fact) -> Value | None:
        if fact.name not in self.done:
            self.done[fact.name] = None
            self.done[fact.name] = self.compute(fact)
        return self.done[fact.name]

    def compute(self, fact: Fact) -> Value | None:
        given = self.answers.get(fact.name)
        told = None if given is None or given is NEVER else given
        if any(self.value(self.table[gate]) is False for gate in self.table.gates(fact.name)):
            return None
        derived = DERIVATIONS[fact.derive.how](self, fact, fact.derive) if fact.derive else None
        if told is not None and derived is not None:
            return fact.worse(told, derived)  # type: ignore[arg-type]  # no date or list reaches a fact for rules
        known = derived if told is None else told
        return self.opened(fact) if known is None and fact.kind is Kind.YES_NO else known  # type: ignore[return-value]

    def opened(self, fact: Fact) -> bool | None:
        """A gate that nobody answered is open once an answer behind it says something."""
        behind = [name for name in self.table.behind(fact.name) if name in self.answers]
        return True if any(not _says_nothing(self.table[name], self.answers[name]) for name in behind) else None

    def of(self, name: str) -> Given | None:
        """An answer, or a fact derived from answers, by name; NEVER passes through."""
        fact = self.table[name]
        if self.answers.get(name) is NEVER:
            return NEVER
        return self.value(fact) if fact.for_rules else self.answers.get(name)

    def moment(self, name: str) -> datetime | None:
        value = self.of(name)
        return value if isinstance(value, datetime) else None


def _since(count: Callable[[datetime, datetime], int]) -> Callable[[_Work, Fact, Derivation], Value | None]:
    def derivation(work: _Work, fact: Fact, derivation: Derivation) -> Value | None:
        moment = work.moment(derivation.of[0])
        return None if moment is None else _within(fact, count(moment, work.on))

    return derivation


def _within(fact: Fact, number: int) -> int:
    """A derived number kept inside the fact's possible range, which only ever happens far beyond every threshold."""
    low, high = fact.possible or (number, number)
    return max(low, min(high, number))


def _extreme(pick: Callable[[list[int]], int]) -> Callable[[_Work, Fact, Derivation], Value | None]:
    def derivation(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
        given = [work.of(name) for name in derivation.of]
        numbers = [int(value) for value in given if value is not None and value is not NEVER]  # type: ignore[arg-type]
        return pick(numbers) if numbers and None not in given else None

    return derivation


def _lowest_known(work: _Work, fact: Fact, derivation: Derivation) -> Value | None:  # noqa: ARG001
    """The lowest of what is known already. Beside `lowest` in an `or`, it decides as soon as one value does."""
    given = [work.of(name) for name in derivation.of]
    return min((int(value) for value in given if value is not None and value is not NEVER), default=None)  # type: ignore[arg-type]


def _difference(work: _Work, fact: Fact, derivation: Derivation) -> Value | None:
    one, other = (work.of(name) for name in derivation.of)
    if one in (None, NEVER) or other in (None, NEVER):
        return None
    return _within(fact, int(one) - int(other))  # type: ignore[arg-type]


def _measured(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
    given = [work.answers.get(name) for name in derivation.of]
    if any(value is not None and value is not NEVER for value in given):
        return True
    return False if all(value is NEVER for value in given) else None


def _any(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
    values = [work.of(name) for name in derivation.of]
    return True if True in values else None if None in values else False


def _all(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
    values = [work.of(name) for name in derivation.of]
    return False if False in values else None if None in values else True


def _takes(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
    source, wanted = derivation.of
    return _holds(
        work.answers.get(source), {medicine.name for medicine in work.table.medicines if wanted in medicine.classes}
    )


def _lists(work: _Work, _: Fact, derivation: Derivation) -> Value | None:
    source, wanted = derivation.of
    return _holds(work.answers.get(source), {wanted})


def _holds(given: Given | None, wanted: set[str]) -> bool | None:
    if not isinstance(given, Items):
        return None
    return True if wanted & set(given.names) else False if given.complete else None


def _each_month(work: _Work, fact: Fact, derivation: Derivation) -> Value | None:
    """Change per month of 30.44 days between two dated measurements, rounded up: more change is the bad news."""
    now, before = (work.of(name) for name in derivation.of[:2])
    last, first = (work.moment(name) for name in derivation.of[2:])
    if None in (now, before, last, first) or NEVER in (now, before):
        return None
    days = whole_days(first, last)  # type: ignore[arg-type]
    if days <= 0:
        return None
    scale = work.table[derivation.of[0]].decimals
    change = (int(now) - int(before)) * MONTH_DAYS / days  # type: ignore[arg-type]
    exact = change * 10 ** (fact.decimals - scale)
    return _within(fact, int(-(-exact // 1)))


DERIVATIONS: Final[dict[str, Callable[[_Work, Fact, Derivation], Value | None]]] = {
    "age_years": _since(whole_years),
    "years_since": _since(whole_years),
    "months_since": _since(whole_months),
    "days_since": _since(whole_days),
    "hours_since": _since(lambda start, end: whole_minutes(start, end) // 60),
    "minutes_since": _since(whole_minutes),
    "difference": _difference,
    "lowest": _extreme(min),
    "highest": _extreme(max),
    "lowest_known": _lowest_known,
    "measured": _measured,
    "any": _any,
    "all": _all,
    "takes": _takes,
    "lists": _lists,
    "each_month": _each_month,
}
INPUTS: Final = {
    "difference": 2,
    "takes": 2,
    "lists": 2,
    "each_month": 4,
    "age_years": 1,
    "years_since": 1,
    "months_since": 1,
    "days_since": 1,
    "hours_since": 1,
    "minutes_since": 1,
}


def _check_gates(
    table: FactTable, intake: Intake, current: Mapping[str, Answer], values: Mapping[str, Value | None]
) -> None:
    """Refuses an answer that says something behind a gate that is no. "No", "none" and "never" say nothing there."""
    for name, answer in current.items():
        fact = table[name]
        for gate in table.gates(name):
            if values[gate] is False and not _says_nothing(fact, answer.value) and not _idle(fact, table[gate]):
                told = gate in current
                raise InputError(
                    where=answer.place or intake.label,
                    what=f"'{name}' has a value, but '{gate}' is {'answered' if told else 'worked out to be'} no.",
                    remedy="Correct one of the two." if told else f"Correct it, or {_behind(table[gate])}.",
                )


def _idle(fact: Fact, gate: Fact) -> bool:
    """The date of a measurement that was never made says nothing about anybody."""
    return fact.kind is Kind.DATE and gate.derive is not None and gate.derive.how == "measured"


def _behind(fact: Fact) -> str:
    """The answers from which a fact is worked out, as a person is told them."""
    inputs = fact.derive.of if fact.derive else ()
    return listed(
        repr(name) for name in (inputs[:1] if fact.derive and fact.derive.how in ("takes", "lists") else inputs)
    )


def _check_order(table: FactTable, current: Mapping[str, Answer]) -> None:
    """Refuses two dated measurements whose earlier one is dated after the later one, or on the same day."""
    for fact in table.facts:
        if fact.derive and fact.derive.how == "each_month":
            last, first = (current.get(name) for name in fact.derive.of[2:])
            moments = [answer.value for answer in (first, last) if answer and isinstance(answer.value, datetime)]
            if last and len(moments) == 2 and whole_days(*moments) <= 0:
                raise InputError(
                    where=last.place or fact.derive.of[2],
                    what=f"'{fact.derive.of[3]}' does not lie before '{fact.derive.of[2]}'.",
                    remedy="Check both dates; leave the earlier measurement out if it is not known.",
                )


def _says_nothing(fact: Fact, value: Given) -> bool:
    if isinstance(value, Items):
        return not value.names
    if fact.kind is Kind.YES_NO:
        return value is (fact.bad is Bad.NO)
    return value is NEVER or (fact.kind is Kind.CHOICE and value == fact.option_names[0])
