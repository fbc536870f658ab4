"""What a fact is: its kind, unit, ranges, the direction that is bad news, its question, and how it is derived.

Two levels. A person answers *answers* (a birth date, a T-score of one site, "never measured", a list of medicines).
Rules read *facts*: yes/no, whole numbers (a decimal is held as a scaled integer) and choices, any of them unknown.
`derive.py` leads from the first to the second. Dates and lists never reach a rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Final

from effleurage.language import ENGLISH, Language, sentence
from effleurage.lib.units import quantity

Value = bool | int | str
"""A known fact at the level of rules: yes/no, a scaled integer, or an option. Unknown is None."""


class Kind(Enum):
    YES_NO = "yes_no"
    WHOLE = "whole"
    DECIMAL = "decimal"
    CHOICE = "choice"
    DATE = "date"
    LIST = "list"

    @property
    def words(self) -> str:
        """The kind as a person says it: 'yes/no fact', 'whole number'."""
        return {"yes_no": "yes/no fact", "whole": "whole number"}.get(self.value, self.value)


class Bad(Enum):
    """The direction that is bad news: what should only ever make a plan stricter."""

    YES = "yes"
    NO = "no"
    HIGHER = "higher"
    LOWER = "lower"
    LAST = "last"
    NONE = "none"


NUMBERS: Final = (Kind.WHOLE, Kind.DECIMAL)
BAD_BY_KIND: Final = {
    Kind.YES_NO: (Bad.YES, Bad.NO, Bad.NONE),
    Kind.WHOLE: (Bad.HIGHER, Bad.LOWER, Bad.NONE),
    Kind.DECIMAL: (Bad.HIGHER, Bad.LOWER, Bad.NONE),
    Kind.CHOICE: (Bad.LAST, Bad.NONE),
    Kind.DATE: (Bad.NONE,),
    Kind.LIST: (Bad.NONE,),
}
ANSWERERS: Final = (sentence("patient"), sentence("therapist"), sentence("clinician"))
ORIGINS: Final = (*ANSWERERS, sentence("import"))
"""Whom an answer may come from: a person, or the record of another system. A guardian speaks as the patient."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source key with the status of what was read there: C read in a copy, S second-hand, N not confirmed, D ours."""

    key: str
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a terminology (loinc, snomed, icd10cm, atc, rxnorm) for a fact; `trap` warns of its misuse."""

    system: str
    code: str
    status: str
    trap: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """One of the closed list of derivations, with the names of the answers or facts it reads (or the class, or the
    item).
    """

    how: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotThis:
    """Something that is easily given in place of a fact, told by a word of small letters: what it is, what to give."""

    word: str
    means: str
    instead: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. Ranges are in scaled integers for numbers: a T-score of -2.5 with one decimal is -25.

    `unit_words` are other names of the unit. `curve` names the part of the spine whose convex side (left, right or
    none) a choice records; the body map and regimens read it.
    """

    name: str
    kind: Kind
    bad: Bad
    folder: str
    place: str
    ask: str = ""
    help: str = ""
    who: tuple[str, ...] = ("patient",)
    stale_days: int | None = None
    unit: str = ""
    unit_words: tuple[str, ...] = ()
    not_this: tuple[NotThis, ...] = ()
    decimals: int = 0
    plausible: tuple[int, int] | None = None
    possible: tuple[int, int] | None = None
    never: bool = False
    gate: str = ""
    batch: str = ""
    page: str = ""
    careful: str = ""
    time: bool = False
    curve: str = ""
    options: tuple[tuple[str, str], ...] = ()
    codes: tuple[Code, ...] = ()
    fhir: str = ""
    sources: tuple[Source, ...] = ()
    derive: Derivation | None = None
    language: Language = field(default=ENGLISH, compare=False, repr=False)

    @property
    def usual_origin(self) -> str:
        """Whom an answer comes from that does not say: the patient, or who must answer where the patient may not."""
        return "patient" if "patient" in self.who else self.who[0]

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def for_rules(self) -> bool:
        """Whether a condition may name it; dates and lists are for derivations."""
        return self.kind not in (Kind.DATE, Kind.LIST)

    @property
    def option_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.options)

    def scaled(self, number: Decimal) -> int:
        """The integer that stands for `number`, rounded toward the bad news where it has more decimals than the fact.

        A height loss of 3.96 cm with one decimal becomes 4.0 and not 3.9, since more loss is worse.
        """
        exact = number.scaleb(self.decimals)
        mode = {Bad.HIGHER: "ROUND_CEILING", Bad.LOWER: "ROUND_FLOOR"}.get(self.bad, "ROUND_HALF_EVEN")
        return int(exact.quantize(Decimal(1), rounding=mode))

    @property
    def unit_said(self) -> str:
        """The unit as people of its language write it: 'mmHg'; nothing where there is none."""
        return self.language.unit(self.unit)

    def shown(self, value: Value | None) -> str:
        """A value as a person reads it: '-2.5 SD', 'yes', 'not known'."""
        if value is None:
            return self.language.say("not known")
        if self.kind is Kind.YES_NO:
            return self.language.say("yes" if value else "no")
        if self.kind is Kind.CHOICE:
            return dict(self.options)[str(value)]
        return quantity(f"{Decimal(int(value)).scaleb(-self.decimals):f}", self.unit_said)

    def told(self, value: Value | None) -> str:
        """The fact and its value as a line: 'Has a doctor ...? yes', 'Cobb angle: 15.0°'."""
        words = self.called
        return f"{words}{'' if words.endswith('?') else ':'} {self.shown(value)}"

    @property
    def called(self) -> str:
        """What a person calls it: the words of its question, or its name where it is never asked."""
        return self.ask or self.language.words(self.name.replace("_", " ").capitalize())

    @property
    def label(self) -> str:
        """What a notice calls it: in English its name, by which an intake and the rules speak of it."""
        return self.name if self.language.is_english else self.called

    def worse(self, one: Value, other: Value) -> Value:
        """The one of two values that is worse news; the first where the fact has no bad direction."""
        if self.bad in (Bad.YES, Bad.HIGHER):
            return max(one, other)
        if self.bad in (Bad.NO, Bad.LOWER):
            return min(one, other)
        if self.bad is Bad.LAST:
            return max(one, other, key=lambda value: self.option_names.index(str(value)))
        return one


@dataclass(frozen=True, slots=True)
class FactTable:
    """All facts by name, in the order of the content, with the batches ("none of these") and pages of questions."""

    facts: tuple[Fact, ...]
    batches: tuple[tuple[str, str], ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    medicines: tuple[Medicine, ...] = ()
    by_name: dict[str, Fact] = field(init=False, compare=False, repr=False)
    _behind: dict[str, tuple[str, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {fact.name: fact for fact in self.facts})
        object.__setattr__(self, "_behind", {})

    def __getitem__(self, name: str) -> Fact:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def gates(self, name: str) -> tuple[str, ...]:
        """The yes/no facts that must be yes for `name` to have a value, outermost first."""
        gate = self.by_name[name].gate
        return (*self.gates(gate), gate) if gate else ()

    def behind(self, gate: str) -> tuple[str, ...]:
        """The facts for which `gate` must be yes, itself or through another gate; found once and kept."""
        if gate not in self._behind:
            self._behind[gate] = tuple(fact.name for fact in self.facts if gate in self.gates(fact.name))
        return self._behind[gate]

    @property
    def for_rules(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.for_rules)

    def in_batch(self, batch: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.batch == batch)


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine with its classes and codes; the list of classes is what rules see of it.

    `stopped` names the entry that counts for who took it and no longer does, where that matters.
    """

    name: str
    term: str
    classes: tuple[str, ...]
    atc: tuple[str, ...] = ()
    rxnorm: tuple[str, ...] = ()
    stopped: str = ""
    brands: tuple[str, ...] = ()
