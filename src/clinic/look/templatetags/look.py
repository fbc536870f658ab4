"""The components, and what each takes. A page uses these and has no style sheet of its own; `/style/` shows them all.

Pages extend one of the layouts; every layout has the blocks title, main and foot, and shows `messages`
and, at the foot, `languages` (.code .name: those that may be offered; the address is named `set_language`).
  look/staff.html     blocks banner, heading, main, why, rail_last (a <form class="last"> with a button, to sign out);
                      context `rail`: objects of .url .icon .label .count .current
  look/patient.html   blocks heading, main; context `clinic_name`
  look/question.html  blocks question (the form), after; context `back_url`, `progress_words` ("about 4 more")
  look/plain.html     blocks heading, main: sign-in, errors, confirmations
Tags, after `{% load look %}`
  {% icon "name" %}                          decoration beside a word: never the only name of a button (see ICONS)
  {% verdict name words %}                   chip; name: go modified ask withhold emergency
  {% level digit word %}                     swatch of one level of pressure, 0 to 5
  {% progress count total left="" %}         bar with "34 of 120, about 2 minutes left"
  {% dose bars top %}                        bars: .label .value .words .now; one bar a session, `top` the highest value
  {% text_diff before after %}               two texts, line by line
Includes, `{% include "look/NAME.html" with ... only %}`: `only` keeps out a `title` or `text` of the page itself
  banner      banner: .name .born .age .photo_url .warning .verdict .verdict_words .url .identifier ("" if none)
  decision    name words headline phone facts: [(term, words)]     the large verdict at the head of a page
  notice      kind (info ok warn danger) title text url link
  empty       title text url action icon
  pagination  page (a Page of Django's Paginator); without `only`, since it keeps the query of the request
  pairs       pairs: [(term, words)]                               a definition list
  body_map    body_maps levels body_rows, as `effleurage.render.page.plan_values` has them
  signature   signature: .name .role .at .hash, or nothing: then lines to sign by hand
  timeline    events: .when .title .text .icon
  question_card  field (a bound field of radios or one input), asked (else its label is the question), help
Forms (the settings name the renderer `clinic.look.forms.Fields`): `{{ form }}`, or `{{ form.name.as_field_group }}` one
  by one after `{% include "look/forms/summary.html" %}`. Radios and checkboxes come as large cards. `<form data-guard>`
  asks before it is left half-filled. A field whose widget has `data-search` is focused by "/".
Markup with classes
  card (and .card.quiet, a.card)   grid, columns, stack (vertical rhythm), row (things in a line), split (two ends)
  button (and .primary .quiet .danger .small, on a or button), actions (a line of buttons)
  table, in <div class="scroll" tabindex="0" role="region" aria-label="..."> if it may be wide; td.number; tr.now
  chip (and .ok .warn .danger .info .open)   count   tabs (nav of links, aria-current)   steps (ol; li.done, li.now)
  lead, soft, small, strong, unseen (for readers aloud only), measure (70 characters), skeleton (with <i>s inside)
  <a class="button" href="/page/" data-dialog="id">: opens <dialog class="dialog" id="id">, without scripts the page
  no-print, print-only
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from clinic.look.icons import ICONS, SHAPES

register = template.Library()


class Bar(Protocol):
    """One session in a row of bars: `value` is its height, `words` what is written over it."""

    label: str
    value: float
    words: str
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    kind: str
    text: str


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of a name that does not exist is a mistake of the page, and stops it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(ICONS[name]),  # noqa: S308 - our own drawing
    )


@register.simple_tag
def shape(name: str) -> SafeString:
    return format_html(
        '<svg class="shape" viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false" '
        'fill="none" stroke="currentColor" stroke-width="5" stroke-linejoin="round">{}</svg>',
        mark_safe(SHAPES[name]),  # noqa: S308 - our own drawing
    )


@register.simple_tag
def verdict(name: str, words: str) -> SafeString:
    return format_html(
        '<span class="verdict verdict-{}">{}<span class="word">{}</span></span>', name, shape(name), words
    )


@register.simple_tag
def level(digit: int, word: str) -> SafeString:
    return format_html(
        '<span class="level"><span class="swatch swatch-{}"><b>{}</b></span>{}</span>', digit, digit, word
    )


@register.inclusion_tag("look/progress.html")
def progress(count: int, total: int, left: str = "") -> dict[str, object]:
    return {"count": count, "total": total, "left": left}


@register.inclusion_tag("look/dose.html")
def dose(bars: Iterable[Bar | Mapping[str, object]], top: float) -> dict[str, object]:
    """Heights are attributes of the drawing, since a page may carry no style of its own."""
    return {"bars": [_bar(bar, top) for bar in bars]}


@register.inclusion_tag("look/text_diff.html")
def text_diff(before: str, after: str) -> dict[str, object]:
    return {"lines": list(_lines(before.splitlines(), after.splitlines()))}


@register.filter
def initials(name: str) -> str:
    """
    >>> initials("Vera Imagined Example"), initials("Vera"), initials("")
    ('VE', 'V', '')
    """
    words = name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def _bar(bar: Bar | Mapping[str, object], top: float) -> dict[str, object]:
    label, value, words, now = (
        (bar.get(name) if isinstance(bar, Mapping) else getattr(bar, name))
        for name in ("label", "value", "words", "now")
    )
    height = round(100 * min(float(str(value)), top) / top) if top else 0
    return {"label": label, "words": words, "now": now, "height": height, "y": 100 - height}


def _lines(before: list[str], after: list[str]) -> Iterator[Line]:
    for kind, start, end, new_start, new_end in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Line(kind="same", text=text) for text in before[start:end])
        else:
            yield from (Line(kind="removed", text=text) for text in before[start:end])
            yield from (Line(kind="added", text=text) for text in after[new_start:new_end])
