"""The questions after a session: how it was borne. The same form on the patient's telephone and at the desk."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.actions.aftercare import Answer, choices
from effleurage.protocol.vocabulary import Vocabulary

SOME: Final = "some"


class BorneForm(forms.Form):
    """First whether there was anything at all; then what, of the content's own names."""

    how = forms.ChoiceField(label=gettext_lazy("How was it since the session?"), widget=forms.RadioSelect)
    which = forms.MultipleChoiceField(
        label=gettext_lazy("Which of these?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    words = forms.CharField(
        label=gettext_lazy("Anything else?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Somebody of the clinic reads this on the next working day."),
    )

    def __init__(self, *args: Any, vocabulary: Vocabulary, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        well, others = choices(vocabulary)
        rows = [(term.name, term.term) for term in well]
        self.fields["how"].choices = [*rows, (SOME, _("One or more of the things below"))]  # type: ignore[attr-defined]
        self.fields["which"].choices = [(term.name, term.term) for term in others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        how, which = data.get("how"), data.get("which")
        if how == SOME and not which:
            self.add_error("which", _("Tick what it was, or choose another answer above."))
        if how and how != SOME and which:
            self.add_error("how", _("You have ticked something below: which is right?"))
        return data

    def answer(self) -> Answer:
        how, which = self.cleaned_data["how"], self.cleaned_data["which"]
        return Answer(tuple(which) if how == SOME else (how,), self.cleaned_data["words"])
