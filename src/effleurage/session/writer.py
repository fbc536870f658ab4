"""How the note says the small things: a duration, a measure, an answer, a name of the content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from effleurage.facts.answers import NEVER, Given, Items
from effleurage.facts.kinds import Fact, FactTable
from effleurage.language import Language
from effleurage.lib.units import quantity, written
from effleurage.protocol.vocabulary import Vocabulary
from effleurage.session.kinds import Measured
from effleurage.session.record import SessionRecord
from effleurage.session.stored import fitting


@dataclass(frozen=True, slots=True)
class Writer:
    """A record, the one before it, and the words for both."""

    record: SessionRecord
    previous: SessionRecord | None = None

    @property
    def words(self) -> Vocabulary:
        return self.record.ground.vocabulary

    @property
    def facts(self) -> FactTable:
        return self.record.ground.protocols.facts

    @property
    def speak(self) -> Language:
        return self.words.language

    def say(self, english: str, /, **values: object) -> str:
        return self.speak.say(english, **values)

    def term(self, kind: str, name: str) -> str:
        """The standard term of an entry; its name where the content does not know it."""
        found = self.words.terms.get(f"{kind}.{name}")
        return found.term if found else name.replace("_", " ")

    def time(self, seconds: int) -> str:
        """A duration in minutes and seconds."""
        minutes, rest = divmod(seconds, 60)
        return self.say("{minutes} min {seconds} s", minutes=minutes, seconds=rest)

    def told(self, name: str, answer: Given | None) -> str:
        """A fact and its answer as a line."""
        if name not in self.facts:
            return self.say("{name}: not known to these protocols", name=name.replace("_", " "))
        fact = self.facts[name]
        if answer is not None and not fitting(answer, fact):
            return self.say("{fact}: an answer that does not fit the question", fact=fact.called.rstrip("?"))
        if isinstance(answer, bool | int | str) or answer is None:
            return fact.told(answer)
        return f"{fact.called}{'' if fact.called.endswith('?') else ':'} {self._shown(fact, answer)}"

    def _shown(self, fact: Fact, answer: Given) -> str:
        if answer is NEVER:
            return self.say("never measured")
        if isinstance(answer, datetime):
            return self.speak.moment(answer) if fact.time else self.speak.month_day(answer)
        names = answer.names if isinstance(answer, Items) else ()
        options = dict(fact.options)
        return self.speak.listed(options.get(name, name) for name in names) or self.say("none")

    def measured(self, measure: Measured) -> str:
        """A measure with its number and unit."""
        return f"{self.measure(measure)}: {self.number(measure)}"

    def number(self, measure: Measured) -> str:
        """With the unit as people write it; one that the content does not know stands as it came."""
        known = measure.what in self.facts and self.facts[measure.what].unit == measure.unit
        unit = self.facts[measure.what].unit_said if known else written(measure.unit)
        return quantity(f"{Decimal(measure.value).scaleb(-measure.decimals):f}", unit)

    def measure(self, measure: Measured) -> str:
        """What a measure is called: as the fact, or the check, of its name."""
        if measure.what in self.facts:
            return self.facts[measure.what].called.rstrip("?")
        return self.term("checks", measure.check or measure.what)

    def with_words(self, said: str, words: str) -> str:
        """A sentence, and behind it what somebody wrote, as it was written."""
        return f"{said} {words.strip()}".strip() if words.strip() else said
