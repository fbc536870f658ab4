"""A questionnaire as a form: the same on the patient's telephone, on the tablet and at the desk.

Nothing is taken from an empty field: beside every question stands a way not to answer it.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.records.models import ScoreEntry
from effleurage.outcome.instrument import Instrument, Item

DECLINED: Final = "none"
FEW: Final = 11
"""A scale with more numbers than this is typed."""


class InstrumentForm(forms.Form):
    """The items of one instrument. `declined` is what stands beside each for "no answer"."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, instrument: Instrument, declined: str, old: ScoreEntry | None = None):
        super().__init__(data)
        self.instrument = instrument
        given = old.answers if old else {}
        for item in instrument.items:
            self._add(item, declined, given.get(item.id, ""))

    def _add(self, item: Item, declined: str, given: str | None) -> None:
        if typed(self.instrument, item):
            self.fields[item.id] = Number(label=item.text, help_text=ends(item), initial=given or "")
            self.fields[f"{item.id}-none"] = forms.BooleanField(label=declined, required=False, initial=given is None)
            return
        named, plain = dict(item.scale.labels), not _all_named(item)
        numbers = range(item.scale.low, item.scale.high + 1)
        rows = [(str(each), str(each) if plain else named[each]) for each in numbers]
        self.fields[item.id] = Scale(
            label=item.text,
            help_text=ends(item) if plain else "",
            choices=[*rows, (DECLINED, declined)],
            initial=DECLINED if given is None else given,
            plain=plain,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for item in self.instrument.items:
            if typed(self.instrument, item):
                fault = self._fault(item, data)
                if fault:
                    self.add_error(item.id, fault)
        return data

    def _fault(self, item: Item, data: dict[str, Any]) -> str:
        text, declined = _number(data.get(item.id, "")), data.get(f"{item.id}-none")
        if not text:
            return "" if declined else _("Write a number, or tick the box below.")
        if declined:
            return _("There is a number, and the box is ticked: which is right?")
        return "" if fits(text, self.instrument, item) else wanted(self.instrument, item)

    def answers(self) -> dict[str, str | None]:
        """By item, the answer as it was given; None where somebody would rather not say."""
        data = self.cleaned_data
        return {item.id: _said(data.get(item.id, "")) for item in self.instrument.items}


class Number(forms.CharField):
    """A number that is written. Whether one is needed follows from the box beside it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
        super().__init__(widget=widget, max_length=12, **kwargs)

    def validate(self, value: Any) -> None:
        """Nothing here: an empty field is looked at together with its box."""


class Scale(forms.ChoiceField):
    """A row of numbers, or of words. The template lays both out by the name of the field's kind."""

    def __init__(self, *, plain: bool, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.RadioSelect,
            error_messages={"required": gettext_lazy("Choose one of the answers.")},
            **kwargs,
        )
        self.kind = "scale" if plain else "short"

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        return _Laid(form, self, field_name)


class _Laid(forms.BoundField):
    def css_classes(self, extra_classes: Any = None) -> str:
        return " ".join(filter(None, (super().css_classes(extra_classes), self.field.kind)))  # type: ignore[attr-defined]


def typed(instrument: Instrument, item: Item) -> bool:
    """Whether the answer is written and not chosen: a measurement, or a number out of many."""
    return bool(instrument.unit) or item.scale.high - item.scale.low >= FEW


def _all_named(item: Item) -> bool:
    return len(item.scale.labels) == item.scale.high - item.scale.low + 1


def ends(item: Item) -> str:
    """What the named numbers of a scale mean."""
    return " ".join(_("%(number)s: %(words)s.") % {"number": at, "words": words} for at, words in item.scale.labels)


def fits(text: str, instrument: Instrument, item: Item) -> bool:
    """Whether the core will know this number."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    exponent = number.as_tuple().exponent
    return (
        isinstance(exponent, int) and -exponent <= instrument.decimals and item.scale.low <= number <= item.scale.high
    )


def wanted(instrument: Instrument, item: Item) -> str:
    values = {"low": item.scale.low, "high": item.scale.high}
    if instrument.decimals:
        return _("Write a number from %(low)s to %(high)s, with one decimal at most.") % values
    return _("Write a whole number from %(low)s to %(high)s.") % values


def _number(text: str) -> str:
    return text.strip().replace(",", ".")


def _said(text: str) -> str | None:
    found = _number(text)
    return None if found in ("", DECLINED) else found
