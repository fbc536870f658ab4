"""Questions of the core as pages: one thing on a page, and everything typed there read by the core's own reader.

A sheet is one question with what stands in its fields: nothing yet, what was said before (on the way back), or what has
just been sent. "I don't know" stands beside every answer, and nothing is taken from an empty field: a page left without
a choice is refused, since silence is no answer. What is asked, in which unit and what is possible is the content's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.actions.intake import Round, closed_fact, said
from clinic.look.drawings import picture
from clinic.look.typed import Typed, date_text, plainly, told
from effleurage.decision.ask import Question
from effleurage.errors import InputError
from effleurage.facts.answers import NEVER, Answer, Items
from effleurage.facts.kinds import Fact, Kind
from effleurage.lib.marked import Tree
from effleurage.lib.text import nearest

LISTED: Final = 12
"""A list with more entries is typed by names; a shorter one is ticked."""
ROWS: Final = 6
SPARE: Final = 3
PLACE: Final = "questions"
NOTHING, UNKNOWN, NEVER_SAID = "none", "unknown", "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One thing that can be chosen."""

    value: str
    label: str
    checked: bool
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The place of one fact on a page, or of a whole batch: what the template shows."""

    key: str
    kind: str
    asked: str
    help: str = ""
    picture: str = ""
    ticks: tuple[Tick, ...] = ()
    says: tuple[Tick, ...] = ()
    alls: tuple[Tick, ...] = ()
    label: str = ""
    text: str = ""
    minus: bool = False
    day: str = ""
    month: str = ""
    year: str = ""
    clock: str = ""
    timed: bool = False
    partial: bool = False
    rows: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    error: str = ""
    sure: tuple[str, ...] = ()


@dataclass
class Sheet:
    """One question, what stands in its fields, and what was read from them."""

    asked: Round
    question: Question
    typed: Typed = field(default_factory=MultiValueDict)
    each: bool = False
    answers: dict[str, Answer | None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    insist: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def sent(cls, asked: Round, question: Question, typed: Typed) -> Sheet:
        return cls(asked, question, typed, each=bool(typed.get("each")))

    @classmethod
    def before(cls, asked: Round, question: Question) -> Sheet:
        """With what counts now in the fields, as far as who asks may see it: empty for a new question, the earlier
        answer on the way back.
        """
        entries = asked.shown()
        known = {f.name: said(entries[f.name]) for f in question.facts if f.name in entries}
        each = bool(question.batch) and None in known.values()
        typed = _as_typed(question, known, each=each, notes={name: entries[name].note for name in known})
        return cls(asked, question, typed, each=each)

    @property
    def names(self) -> str:
        return " ".join(fact.name for fact in self.question.facts)

    @property
    def title(self) -> str:
        """The heading of a page with several things; a single one has its question as heading."""
        return self.question.text if len(self.question.facts) > 1 and (self.each or not self.question.batch) else ""

    @property
    def batched(self) -> bool:
        return bool(self.question.batch) and len(self.question.facts) > 1 and not self.each

    # ---- reading

    def read(self) -> bool:
        """Reads what was sent; False if something has to be put right, or asked one by one first."""
        if self.batched:
            self._read_batch()
            return not self.problems and not self.each
        for fact in self.question.facts:
            self._read_fact(fact)
        return not self.problems

    def refuse(self, fault: InputError) -> None:
        """Enters what the record itself objects to."""
        self.problems["page"] = plainly(fault, table=self.asked.table)

    def _read_batch(self) -> None:
        chosen = self.typed.getlist("batch")
        ticked = {value[1:] for value in chosen if value.startswith("=")}
        if not chosen:
            self.problems["batch"] = _(
                "Nothing is ticked yet. Tick what is true, or “None of these”, or “I don't know”."
            )
        elif NOTHING in chosen and len(chosen) > 1:
            self.problems["batch"] = _("You ticked “None of these” and something else. Please keep what is right.")
        elif UNKNOWN in chosen:
            self.each = True
            self.typed = MultiValueDict({f"q-{name}": ["=yes"] for name in ticked})
        else:
            self.answers = {f.name: self._answer(f.name in ticked) for f in self.question.facts}

    def _answer(self, value: bool) -> Answer:
        return Answer(value, self.asked.found.on, self.asked.who, PLACE)

    def _read_fact(self, fact: Fact) -> None:
        try:
            if self._untouched(fact) and closed_fact(self.asked, self.answers, fact):
                return
            self.answers[fact.name] = _READ[fact.kind](self, fact)
        except InputError as fault:
            self.problems[fact.name] = told(fault, table=self.asked.table, text=self.typed.get(f"q-{fact.name}", ""))
            if fault.where == PLACE and "If it is right, write" in fault.remedy:
                self.insist[fact.name] = (self.typed.get(f"q-{fact.name}", "").strip(),)

    def _untouched(self, fact: Fact) -> bool:
        keys = [f"q-{fact.name}{part}" for part in ("", "-say", "-d", "-m", "-y", "-t")]
        return not any(value.strip() for key in keys for value in self.typed.getlist(key))

    def _take(self, fact: Fact, value: Tree, **more: str) -> Answer | None:
        """One value through the core's reader. Raises InputError."""
        parts = {"value": value, **{name: Tree(text, PLACE) for name, text in more.items()}}
        return self.asked.read_answer(fact, Tree({**parts, "origin": Tree(self.asked.who, PLACE)}, PLACE))

    def _say(self, fact: Fact, written: str) -> str:
        """What was ticked in the place of a value, and "" where there is one. Raises InputError for both or none."""
        says = self.typed.getlist(f"q-{fact.name}-say")
        if bool(written) + len(says) > 1:
            raise _fault(_("You wrote something and ticked a box as well. Please keep one of the two."))
        if not written and not says:
            raise _fault(_("Nothing stands here yet. Write it, or tick “I don't know”."))
        return says[0] if says else ""

    def _choice(self, fact: Fact) -> Answer | None:
        value = self.typed.get(f"q-{fact.name}", "")
        if not value:
            raise _fault(_("Nothing is chosen yet. “I don't know” is an answer too."))
        return None if value == UNKNOWN else self._take(fact, Tree(value.removeprefix("="), PLACE))

    def _number(self, fact: Fact) -> Answer | None:
        text = self.typed.get(f"q-{fact.name}", "").strip()
        say = self._say(fact, text)
        if say:
            return None if say == UNKNOWN else self._take(fact, Tree("never", PLACE))
        sure = "yes" if text in self.typed.getlist(f"q-{fact.name}-sure") else "no"
        return self._take(fact, Tree(text, PLACE), sure=sure)

    def _date(self, fact: Fact) -> Answer | None:
        day, month, year, clock = (
            self.typed.get(f"q-{fact.name}{part}", "").strip() for part in ("-d", "-m", "-y", "-t")
        )
        if self._say(fact, f"{day}{month}{year}{clock}"):
            return None
        return self._take(fact, Tree(date_text(day, month, year, clock), PLACE))

    def _list(self, fact: Fact) -> Answer | None:
        names, strange, written = self._ticked(fact) if len(fact.options) <= LISTED else self._written(fact)
        say = self._say(fact, written)
        if say == UNKNOWN:
            return None
        every = self.typed.get(f"q-{fact.name}-all", "")
        if say != NOTHING and not every:
            raise _fault(_("Please say as well whether that is all of them."))
        if strange:
            self.notes[fact.name] = ", ".join(strange)
        items = Items(names, complete=say == NOTHING or (every == "yes" and not strange))
        return Answer(items, self.asked.found.on, self.asked.who, PLACE)

    def _ticked(self, fact: Fact) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        chosen = [value.removeprefix("=") for value in self.typed.getlist(f"q-{fact.name}")]
        return tuple(name for name in fact.option_names if name in chosen), (), " ".join(chosen)

    def _written(self, fact: Fact) -> tuple[tuple[str, ...], tuple[str, ...], str]:
        """Names by name, word or brand; what looks like a known one is asked about, the rest is kept as it stands."""
        known = self._known(fact)
        kept = self.typed.getlist(f"q-{fact.name}-sure")
        words = [
            word.strip() for row in self.typed.getlist(f"q-{fact.name}") for word in row.split(",") if word.strip()
        ]
        strange = [word for word in words if word.lower() not in known]
        alike = {word: hint for word in strange if word not in kept and (hint := nearest(word.lower(), known))}
        if alike:
            self.insist[fact.name] = tuple(alike)
            raise _fault(
                " ".join(
                    _("“%(word)s” is not known here.") % {"word": word} + f" {hint}" for word, hint in alike.items()
                )
            )
        names = dict.fromkeys(known[word.lower()] for word in words if word.lower() in known)
        return tuple(names), tuple(dict.fromkeys(strange)), " ".join(words)

    def _known(self, fact: Fact) -> dict[str, str]:
        """Every word by which an entry of a list may be called, in small letters."""
        found = {word.lower(): name for name, words in fact.options for word in (name, words)}
        medicines = [each for each in self.asked.table.medicines if each.name in fact.option_names]
        return found | {brand.lower(): each.name for each in medicines for brand in each.brands}

    # ---- showing

    @property
    def slots(self) -> list[Slot]:
        if self.batched:
            return [self._batch_slot()]
        return [self._slot(fact) for fact in self.question.facts]

    def _batch_slot(self) -> Slot:
        chosen = self.typed.getlist("batch")
        ticks = [_tick(f"={f.name}", f.ask, chosen, f.help) for f in self.question.facts]
        last = [_tick(NOTHING, _("None of these"), chosen), _tick(UNKNOWN, _("I don't know about one or more"), chosen)]
        return Slot(
            key="batch", kind="ticks", asked=self.question.text, ticks=tuple(ticks), says=tuple(last),
            error=self.problems.get("batch", ""),
        )  # fmt: skip

    def _slot(self, fact: Fact) -> Slot:
        key = f"q-{fact.name}"
        get = self.typed.get
        kind = {Kind.YES_NO: "choice", Kind.CHOICE: "choice", Kind.DATE: "date", Kind.LIST: "list"}.get(
            fact.kind, "number"
        )
        kind = "ticks" if kind == "list" and len(fact.options) <= LISTED else kind
        return Slot(
            key=key,
            kind=kind,
            asked=fact.ask,
            help=fact.help,
            picture=picture(fact),
            ticks=self._ticks(fact),
            says=self._says(fact) if kind != "choice" else (),
            alls=self._alls(fact) if fact.kind is Kind.LIST else (),
            label=_label(fact),
            text=get(key, "") if kind == "number" else "",
            minus=bool(fact.possible and fact.possible[0] < 0),
            day=get(f"{key}-d", ""), month=get(f"{key}-m", "").lstrip("0"), year=get(f"{key}-y", ""),
            clock=get(f"{key}-t", ""),
            timed=fact.time,
            partial=bool(fact.careful),
            rows=self._rows(key) if kind == "list" else (),
            suggestions=self._suggestions(fact) if kind == "list" else (),
            error=self.problems.get(fact.name, ""),
            sure=self.insist.get(fact.name, ()),
        )  # fmt: skip

    def _ticks(self, fact: Fact) -> tuple[Tick, ...]:
        chosen = self.typed.getlist(f"q-{fact.name}")
        options = (("yes", _("Yes")), ("no", _("No"))) if fact.kind is Kind.YES_NO else fact.options
        if len(options) > LISTED or fact.kind not in (Kind.YES_NO, Kind.CHOICE, Kind.LIST):
            return ()
        last = () if fact.kind is Kind.LIST else (_tick(UNKNOWN, _("I don't know"), chosen),)
        return (*(_tick(f"={name}", words, chosen) for name, words in options), *last)

    def _says(self, fact: Fact) -> tuple[Tick, ...]:
        """What stands beside a written answer, each with equal right."""
        chosen = self.typed.getlist(f"q-{fact.name}-say")
        nothing = _("None of these") if len(fact.options) <= LISTED else _("None at all")
        rows = [(NOTHING, nothing)] if fact.kind is Kind.LIST else []
        rows += [(NEVER_SAID, _("Never measured"))] if fact.never else []
        return tuple(_tick(value, words, chosen) for value, words in (*rows, (UNKNOWN, _("I don't know"))))

    def _alls(self, fact: Fact) -> tuple[Tick, ...]:
        chosen = self.typed.getlist(f"q-{fact.name}-all")
        return (_tick("yes", _("Yes, that is all"), chosen), _tick("no", _("There may be more"), chosen))

    def _rows(self, key: str) -> tuple[str, ...]:
        written = tuple(row for row in self.typed.getlist(key) if row.strip())
        return written + ("",) * max(SPARE, ROWS - len(written))

    def _suggestions(self, fact: Fact) -> tuple[str, ...]:
        brands = {
            brand for each in self.asked.table.medicines if each.name in fact.option_names for brand in each.brands
        }
        return tuple(sorted({words for _name, words in fact.options} | brands, key=str.lower))


_READ: Final = {
    Kind.YES_NO: Sheet._choice,
    Kind.CHOICE: Sheet._choice,
    Kind.WHOLE: Sheet._number,
    Kind.DECIMAL: Sheet._number,
    Kind.DATE: Sheet._date,
    Kind.LIST: Sheet._list,
}


def progress_words(left: Sequence[Question]) -> str:
    """How far it still is, in words."""
    count = len(left) - 1
    if count <= 0:
        return _("This may be the last one")
    return ngettext("About %(count)s more after this", "About %(count)s more after this", count) % {"count": count}


def _tick(value: str, label: str, chosen: Iterable[str], help: str = "") -> Tick:  # noqa: A002
    return Tick(value=value, label=label, checked=value in chosen, help=help)


def _label(fact: Fact) -> str:
    return _("Your answer, in %(unit)s") % {"unit": fact.unit_said} if fact.unit else _("Your answer")


def _fault(what: str) -> InputError:
    return InputError(where="", what=what, remedy="")


def _as_typed(question: Question, known: Mapping[str, Answer | None], *, each: bool, notes: Mapping[str, str]) -> Typed:
    """Answers as they would stand in the fields."""
    typed: Typed = MultiValueDict()
    if question.batch and len(question.facts) > 1 and not each:
        ticked = [f"={name}" for name, answer in known.items() if answer and answer.value is True]
        typed.setlist("batch", ticked or ([NOTHING] if known else []))
        return typed
    facts = {fact.name: fact for fact in question.facts}
    for name, answer in known.items():
        for part, values in _fields(facts[name], answer, notes[name]).items():
            typed.setlist(f"q-{name}{part}", values)
    return typed


def _fields(fact: Fact, answer: Answer | None, note: str) -> dict[str, list[str]]:
    if answer is None:
        return {"" if fact.kind in (Kind.YES_NO, Kind.CHOICE) else "-say": [UNKNOWN]}
    value = answer.value
    if value is NEVER:
        return {"-say": [NEVER_SAID]}
    if isinstance(value, Items):
        return _items_fields(fact, value, note)
    if isinstance(value, bool):
        return {"": ["=yes" if value else "=no"]}
    if isinstance(value, int):
        return {"": [f"{Decimal(value).scaleb(-fact.decimals):f}"]}
    if isinstance(value, str):
        return {"": [f"={value}"]}
    clock = {"-t": [f"{value:%H:%M}"]} if fact.time else {}
    return {"-d": [str(value.day)], "-m": [str(value.month)], "-y": [str(value.year)], **clock}


def _items_fields(fact: Fact, value: Items, note: str) -> dict[str, list[str]]:
    if not value.names and value.complete:
        return {"-say": [NOTHING]}
    named = [f"={name}" for name in value.names]
    words = [dict(fact.options)[name] for name in value.names] + ([note] if note else [])
    return {"": named if len(fact.options) <= LISTED else words, "-all": ["yes" if value.complete or note else "no"]}
