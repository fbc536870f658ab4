"""Line drawings that explain a question: how height is lost, to which side a curve bulges, where a part of the body is.

The figure is the core's own. Each drawing is read aloud as one sentence, and prints in black and white.
"""

from __future__ import annotations

from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from effleurage.facts.kinds import Fact
from effleurage.render.body_paths import DETAIL, OUTLINE
from effleurage.render.bodymap import APEX, NECK, REACH, TAIL

BULGE: Final = 30
"""How far a drawn curve swings: more than on the body map, where it only reminds."""
SPOTS: Final[dict[str, tuple[str, int, int]]] = {
    "head_neck": ("front", 0, 72),
    "chest": ("front", 0, 180),
    "abdomen": ("front", 0, 275),
    "upper_back": ("back", 0, 180),
    "lower_back": ("back", 0, 300),
    "pelvis": ("back", 0, 352),
    "arm_left": ("back", -112, 270),
    "arm_right": ("back", 112, 270),
    "leg_left": ("back", -40, 480),
    "leg_right": ("back", 40, 480),
}
"""Where each area of a list of areas lies: the view, and the place in it. From behind, left is on the left."""
HEIGHT_FACT: Final = "tallest_height"


def picture(fact: Fact) -> SafeString:
    """The drawing that helps with this question, or nothing."""
    if fact.curve:
        return _curve(fact)
    if fact.name == HEIGHT_FACT:
        return _height()
    if fact.options and set(fact.option_names) <= set(SPOTS):
        return _areas(fact)
    return SafeString()


def _drawing(box: str, said: str, inside: str) -> SafeString:
    return format_html(
        '<svg class="drawing" viewBox="{}" width="340" role="img" aria-label="{}" fill="none" stroke="currentColor" '
        'stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" font-size="22">{}</svg>',
        box,
        said,
        mark_safe(inside),  # noqa: S308 - our own drawing, whose words are escaped where they enter
    )


def _figure(view: str, x: int, inside: str = "", y: int = 0, scale: str = "1") -> str:
    lines = "".join(f'<path d="{path}"/>' for path in (OUTLINE[view], *DETAIL[view]))
    both = f'<g opacity=".75">{lines}<g transform="scale(-1 1)">{lines}</g></g>'
    return f'<g transform="translate({x} {y}) scale({scale})">{both}{inside}</g>'


def _words(x: int, y: int, text: str, size: int = 22) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" fill="currentColor" stroke="none" font-size="{size}">{escape(text)}</text>'


def _curve(fact: Fact) -> SafeString:
    """Two backs, one for each side."""
    words = dict(fact.options)
    apex = APEX[fact.curve]
    top, end = max(NECK, apex - REACH), min(TAIL, apex + REACH)
    figures = ""
    for x, side, swing in ((-150, "left", -BULGE), (150, "right", BULGE)):
        spine = (
            f'<path stroke-width="7" d="M0,{NECK} L0,{top} C0,{(top + apex) / 2:g} {swing},{(top + apex) / 2:g} {swing},{apex} '
            f'C{swing},{(apex + end) / 2:g} 0,{(apex + end) / 2:g} 0,{end} L0,{TAIL}"/>'
        )
        figures += _figure("back", x, spine) + _words(x, 470, words[side])
    said = _(
        "Two backs, seen from behind. On the left one the spine bulges to the left, on the right one to the right."
    )
    return _drawing("-300 20 600 465", said, f"{figures}{_words(0, 40, _('Seen from behind'), 20)}")


def _height() -> SafeString:
    """The same person twice, smaller the second time, with the difference marked."""
    lost = '<path stroke-dasharray="7 7" d="M-280,30 H240 M-90,86 H240"/><path stroke-width="4" d="M230,34 V82 M222,42 l8,-9 l8,9 M222,74 l8,9 l8,-9"/>'
    figures = _figure("front", -160) + _figure("front", 90, y=59, scale="0.92")
    words = _words(-160, 745, _("At your tallest")) + _words(90, 745, _("Now"))
    said = _("The same person twice: as a young adult, and now, a little smaller. The difference is marked.")
    return _drawing("-300 15 600 745", said, f"{figures}{lost}{words}")


def _areas(fact: Fact) -> SafeString:
    """Front and back with a number at each area; the numbers follow the order of the list."""
    at = {"front": -165, "back": 165}
    marks = ""
    for number, name in enumerate(fact.option_names, start=1):
        view, x, y = SPOTS[name]
        marks += f'<circle cx="{at[view] + x}" cy="{y - 7}" r="19" stroke-width="2"/>' + _words(
            at[view] + x, y, str(number)
        )
    names = _words(-165, 745, _("Front")) + _words(165, 745, _("Back"))
    figures = _figure("front", -165) + _figure("back", 165)
    listed = ", ".join(f"{number} {words}" for number, (_name, words) in enumerate(fact.options, start=1))
    return _drawing(
        "-330 15 660 745",
        _("The body from the front and from behind, numbered: %(areas)s.") % {"areas": listed},
        figures + marks + names,
    )
