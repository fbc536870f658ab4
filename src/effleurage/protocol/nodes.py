"""The nodes of the language. They check themselves when built, so that whatever exists is well formed.

A condition mentions facts. Numbers are compared as scaled integers; `==` and `!=` on a choice are membership and its
negation. A fact behind a gate (a T-score behind "was bone density ever measured") is mentioned together with its gate:
`parse` builds that conjunction, so that "never measured" makes the mention false, and not unknown, in every engine
alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from effleurage.facts.kinds import Source
from effleurage.protocol.lattice import Limits

OPERATORS: Final = ("<", "<=", ">", ">=", "==", "!=")


@dataclass(frozen=True, slots=True)
class Is:
    """The yes/no fact is yes."""

    fact: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A number compared with a scaled integer."""

    fact: str
    operator: str
    number: int

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS or isinstance(self.number, bool):
            raise ValueError(f"not a comparison: {self.operator} {self.number!r}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """A choice is one of these options."""

    fact: str
    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError("a choice must be compared with something")


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts it always does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("one of nothing never holds")


Condition = Is | Compare | OneOf | Not | All | AnyOf
Atom = Is | Compare | OneOf
ALWAYS: Final = All(())


def facts_in(condition: Condition) -> tuple[str, ...]:
    """The facts a condition mentions, gates included, each once, in order of first mention."""
    match condition:
        case Is(fact) | Compare(fact, _, _) | OneOf(fact, _):
            return (fact,)
        case Not(part):
            return facts_in(part)
        case All(parts) | AnyOf(parts):
            return tuple(dict.fromkeys(name for part in parts for name in facts_in(part)))


@dataclass(frozen=True, slots=True)
class Rule:
    """When the condition holds, or might, the limit applies, because of the reason, on the authority of the sources."""

    id: str
    folder: str
    place: str
    text: str
    when: Condition
    limit: Limits
    because: str
    tell: str
    sources: tuple[Source, ...]
    date: str
    reviewer: str
    loosening: str = ""

    def __post_init__(self) -> None:
        if not (self.because and self.tell and self.sources):
            raise ValueError(f"rule {self.id} must explain itself to therapist and patient, with a source")

    @property
    def unconfirmed(self) -> bool:
        """Whether any of its sources is an inference or was not confirmed."""
        return any(source.status in ("D", "N") for source in self.sources)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A sentence that is proved over all intakes: wherever `given` holds or might, the limits are at least `then`."""

    id: str
    place: str
    says: str
    text: str
    given: Condition
    then: Limits
