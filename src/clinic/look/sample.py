"""Invented people and plans for the page of styles: nobody here exists, and no number here is advice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.utils.safestring import mark_safe

from clinic.look.icons import ICONS
from effleurage.render import bodymap
from effleurage.render.body_paths import SHAPES

WORDS = {"0": "closed", "1": "feather", "2": "light", "3": "moderate", "4": "firm", "5": "deep"}
VERDICTS = {
    "go": "go",
    "modified": "go, modified",
    "ask": "ask first",
    "withhold": "withhold and refer",
    "emergency": "emergency",
}


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Full name", help_text="As it is written on the referral.")
    born = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}))
    mail = forms.EmailField(label="E-mail", required=False)
    height = forms.IntegerField(label="Height in centimetres", min_value=1)
    room = forms.ChoiceField(label="Room", choices=[("", "Choose"), ("1", "Linden room"), ("2", "Willow room")])
    side = forms.ChoiceField(
        label="Which side is it?",
        widget=forms.RadioSelect,
        choices=[("left", "Left"), ("right", "Right"), ("both", "Both"), ("unknown", "I don't know")],
    )
    worse = forms.MultipleChoiceField(
        label="What makes it worse?",
        widget=forms.CheckboxSelectMultiple,
        choices=[("sit", "Sitting"), ("stand", "Standing"), ("lift", "Lifting")],
        help_text="Choose as many as fit.",
    )
    agreed = forms.BooleanField(label="I have read how my answers are used", help_text="You can change this later.")
    note = forms.CharField(label="Anything else", widget=forms.Textarea(attrs={"rows": 4}), required=False)


class QuestionForm(forms.Form):
    broken = forms.ChoiceField(
        label="Have you broken a bone after a small fall in the last two years?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "I don't know")],
    )


def context() -> dict[str, Any]:
    return {
        "clinic_name": "Lindenhaus (invented)",
        "icons": sorted(ICONS),
        "back_url": "#back",
        "progress_words": "about 4 more",
        "rail": _rail(),
        "banner": _banner(),
        "verdicts": VERDICTS,
        "facts": [("Session", "at most 40 minutes"), ("Spacing", "3 days between sessions")],
        "words": WORDS,
        "form": SampleForm(prefix="new"),
        "wrong": SampleForm({"wrong-name": "Vera", "wrong-mail": "vera at example"}, prefix="wrong"),
        "question": QuestionForm(prefix="one")["broken"],
        "page": _page(),
        "pairs": [("Born", "3 March 1950"), ("Language", "Ukrainian"), ("Doctor", ""), ("Came through", "a referral")],
        "events": _events(),
        "bars": _bars(),
        "before": "Light pressure along the back.\nAt most 30 minutes.\nLie on the left side.",
        "after": "Light pressure along the back.\nAt most 40 minutes.\nLie on the left side.\nPillow under the knees.",
        "signature": {
            "name": "Dana Invented",
            "role": "therapist",
            "at": "2 November 2026, 09:05",
            "hash": "4f1c09ab2d77",
        },
        **_body(),
    }


def _rail() -> list[dict[str, Any]]:
    names = ("today", "search", "intake", "decision", "plan", "people", "protocols", "audit", "settings", "sign-out")
    return [
        {
            "url": f"#{name}",
            "icon": name,
            "label": name.replace("-", " ").capitalize(),
            "count": 3 if name == "intake" else 0,
        }
        | {"current": name == "today"}
        for name in names
    ]


def _banner() -> dict[str, str]:
    return {
        "name": "Vera Imagined",
        "born": "born 3 March 1950",
        "age": "76 years",
        "photo_url": "",
        "warning": "Latex allergy",
        "verdict": "modified",
        "verdict_words": VERDICTS["modified"],
        "url": "#patient",
        "identifier": "No. 0000-TEST",
    }


def _page() -> Page[int]:
    return Paginator(range(93), 20).page(2)


def _events() -> list[dict[str, str]]:
    return [
        {"when": "2 November, 09:05", "title": "Plan signed", "text": "By Dana Invented, therapist.", "icon": "sign"},
        {
            "when": "2 November, 08:50",
            "title": "Answers taken over",
            "text": "41 answers, 3 not known.",
            "icon": "intake",
        },
        {
            "when": "30 October, 17:12",
            "title": "Letter asked for",
            "text": "From the family doctor.",
            "icon": "document",
        },
    ]


def _bars() -> list[dict[str, Any]]:
    minutes = (15, 20, 20, 25, 30, 30)
    return [
        {"label": f"{at}.", "value": value, "words": f"{value} min", "now": at == 4}
        for at, value in enumerate(minutes, 1)
    ]


def _body() -> dict[str, Any]:
    ceilings = {key: at % 5 + 1 for at, key in enumerate(bodymap.region_keys())}
    ceilings |= dict.fromkeys([key for key in ceilings if key.startswith(("thoracic", "abdomen"))], 0)
    terms = {region: region.replace("_", " ").capitalize() for region in SHAPES} | WORDS
    curve = bodymap.Curve(parts=(("thoracic", "right"), ("lumbar", "left")))
    maps = [
        mark_safe(  # noqa: S308 - our own drawing, whose texts it escapes
            bodymap.body_map(
                ceilings=ceilings, curve=curve, title=f"Invented body, {view}", terms=terms, views=(view,), styled=False
            )
        )
        for view in bodymap.VIEWS
    ]
    return {
        "body_maps": maps,
        "levels": [{"level": int(digit), "word": word, "means": ""} for digit, word in WORDS.items()],
        "body_rows": bodymap.body_table(ceilings=ceilings, terms=terms),
    }
