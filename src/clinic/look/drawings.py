"""Line drawings that explain a question: how height is lost, to which side a curve bulges, where a part of the body is.

The figure is the core's own. Each drawing is read aloud as one sentence, and prints in black and white.
"""

from __future__ import annotations

from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from effleurage.facts.kinds import Fact
from effleurage.render.body_paths import DETAIL, OUTLINE, SHAPES
from effleurage.render.bodymap import APEX, NECK, REACH, TAIL

BULGE: Final = 30
"""How far a drawn curve swings: more than on the body map, where it only reminds."""
SPOTS: Final[dict[str, tuple[str, str, int]]] = {
    "head_neck": ("front", "head", 0),
    "chest": ("front", "sternum", 0),
    "abdomen": ("front", "abdomen", 0),
    "upper_back": ("back", "thoracic_spine", 0),
    "lower_back": ("back", "lumbar_spine", 0),
    "pelvis": ("back", "sacrum", 0),
    "arm_left": ("back", "upper_arm", -1),
    "arm_right": ("back", "upper_arm", 1),
    "leg_left": ("back", "thigh_back", -1),
    "leg_right": ("back", "thigh_back", 1),
}
"""Where the number of an area stands: view, part of the body, side. From behind, left is on the left."""
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
    how = f'text-anchor="middle" fill="currentColor" stroke="none" font-size="{size}"'
    return f'<text x="{x}" y="{y}" {how}>{escape(text)}</text>'


def _curve(fact: Fact) -> SafeString:
    """Two backs, one for each side."""
    words = dict(fact.options)
    apex = APEX[fact.curve]
    top, end = max(NECK, apex - REACH), min(TAIL, apex + REACH)
    above, below = (top + apex) / 2, (apex + end) / 2
    figures = ""
    for x, side, swing in ((-165, "left", -BULGE), (165, "right", BULGE)):
        spine = (
            f'<path stroke-width="7" d="M0,{NECK} L0,{top} C0,{above:g} {swing},{above:g} {swing},{apex} '
            f'C{swing},{below:g} 0,{below:g} 0,{end} L0,{TAIL}"/>'
        )
        figures += _figure("back", x, spine) + _words(x, 16, words[side])
    said = _(
        "Two backs, seen from behind. On the left one the spine bulges to the left, on the right one to the right."
    )
    return _drawing("-335 -10 670 405", said, f"{figures}{_words(0, 105, _('Seen from behind'), 20)}")


def _height() -> SafeString:
    """The same person twice, smaller the second time, with the difference marked."""
    lost = (
        '<path stroke-dasharray="7 7" d="M-165,30 H60 M-50,86 H165"/>'
        '<path stroke-width="4" d="M0,34 V82 M-8,42 l8,-9 l8,9 M-8,74 l8,9 l8,-9"/>'
    )
    figures = _figure("front", -165) + _figure("front", 165, y=59, scale="0.92")
    words = _words(-165, 745, _("At your tallest")) + _words(165, 745, _("Now"))
    said = _("The same person twice: as a young adult, and now, a little smaller. The difference is marked.")
    return _drawing("-335 15 670 745", said, f"{figures}{lost}{words}")


def _areas(fact: Fact) -> SafeString:
    """Front and back with a number at each area; the numbers follow the order of the list."""
    at = {"front": -165, "back": 165}
    marks = ""
    for number, name in enumerate(fact.option_names, start=1):
        view, region, side = SPOTS[name]
        x, y = SHAPES[region][view].label
        place = at[view] + round(x) * side
        marks += f'<circle cx="{place}" cy="{y:g}" r="18" stroke-width="2"/>{_words(place, round(y) + 7, str(number))}'
    names = _words(-165, 745, _("Front")) + _words(165, 745, _("Back"))
    figures = _figure("front", -165) + _figure("back", 165)
    listed = ", ".join(f"{number} {words}" for number, (_name, words) in enumerate(fact.options, start=1))
    said = _("The body from the front and from behind, numbered: %(areas)s.") % {"areas": listed}
    return _drawing("-335 15 670 745", said, figures + marks + names)
