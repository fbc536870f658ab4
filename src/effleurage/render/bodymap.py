"""The body map: every region with its pressure ceiling, as one picture and as the table that says the same.

A ceiling is shown three times, so that neither colour vision nor a colour printer is needed: the number in the
region, the lightness of its fill (0 is hatched), and the word in its title. Both views are drawn as the therapist
sees them: from behind, the patient's left is on the picture's left; from the front it is on the picture's right.
A region without a ceiling is an error and never an open region.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from effleurage.language import ENGLISH, Language, sentence

from .body_paths import DETAIL, MIDLINE, OUTLINE, SHAPES, Shape

VIEWS = ("back", "front")
SIDES = ("left", "right")
LEVELS = range(6)
#: Width and height of one view, in the units of the paths.
WIDTH, HEIGHT = 344, 730

#: Where a curve is widest, from head to foot, and how far it swings.
APEX = {"cervical": 120.0, "thoracic": 192.0, "thoracolumbar": 262.0, "lumbar": 304.0, "sacral": 342.0}
_PARTS = (
    sentence("cervical"),
    sentence("thoracic"),
    sentence("thoracolumbar"),
    sentence("lumbar"),
    sentence("sacral"),
)
_SIDE_WORDS = {
    "left": sentence("patient's left"),
    "right": sentence("patient's right"),
    "": sentence("middle"),
}
_BOWS = {
    "left": sentence("curve to the/patient's left"),
    "right": sentence("curve to the/patient's right"),
}
"""What the label of a curve says, a line break at the stroke: there is room for thirteen letters a line."""
_ON_SIDE = {"left": sentence("Left {region}"), "right": sentence("Right {region}")}
_VIEW_NAMES = {"back": sentence("Back"), "front": sentence("Front")}
_SHOWN = {
    ("back",): sentence("Back of the body."),
    ("front",): sentence("Front of the body."),
    ("back", "front"): sentence("Back and front of the body."),
    ("front", "back"): sentence("Front and back of the body."),
}
SWING = {"cervical": 6.5, "thoracic": 15.0, "thoracolumbar": 15.0, "lumbar": 15.0, "sacral": 9.0}
REACH = 78.0
NECK, SHOULDERS, PELVIS, TAIL = 109.0, 138.0, 341.0, 363.0

#: The look of the picture: what a styled picture carries inside, and what a page of several brings once.
STYLE = (Path(__file__).parent / "templates" / "shared" / "bodymap.css").read_text("utf-8")

_PAIR = re.compile(r"(-?[\d.]+),(-?[\d.]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The curves of a spine, from the neck down: (region, side to which it bows), sides being the patient's."""

    parts: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for region, side in self.parts:
            if region not in APEX or side not in SIDES:
                raise ValueError(f"no curve is called {region} {side}")
        if len({region for region, _ in self.parts}) != len(self.parts):
            raise ValueError("a curve names each part of the spine once")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRow:
    """One line of the table beside the picture."""

    region: str
    side: str
    ceiling: int
    word: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What one picture shows."""

    ceilings: Mapping[str, int]
    curve: Curve | None
    notes: Mapping[str, str]
    terms: Mapping[str, str]
    views: tuple[str, ...]
    prefix: str
    language: Language

    @property
    def key(self) -> str:
        return f"{self.prefix}-{'-'.join(self.views)}"


def body_map(
    *,
    ceilings: Mapping[str, int],
    curve: Curve | None = None,
    notes: Mapping[str, str] | None = None,
    title: str,
    terms: Mapping[str, str],
    views: Sequence[str] = VIEWS,
    prefix: str = "body",
    styled: bool = True,
    language: Language = ENGLISH,
) -> str:
    """One accessible SVG that stands alone; without its own style (`styled=False`), the page brings `STYLE`.

    `ceilings` and `notes` are by region, paired ones as `calf_left`, `calf_right`. `terms` holds the words of the
    regions by name ("calf") and of the levels by digit ("2"). `views` may be one view, so that a page can let two
    pictures stand side by side or one below the other; `prefix` keeps the ids of several pictures apart.
    """
    _check(ceilings)
    sheet = _Sheet(
        ceilings=ceilings,
        curve=curve,
        notes=notes or {},
        terms=terms,
        views=tuple(views),
        prefix=prefix,
        language=language,
    )
    key = sheet.key
    figures = "".join(
        f'<g transform="translate({WIDTH * at + WIDTH // 2} 0)">{_figure(sheet, view)}</g>'
        for at, view in enumerate(views)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="body-map" id="{key}" '
        f'viewBox="0 0 {WIDTH * len(views)} {HEIGHT}" role="img" aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(_summary(sheet))}</desc>'
        f"{f'<style>{STYLE}</style>' if styled else ''}{_hatch(key)}{figures}</svg>"
    )


def body_table(
    *,
    ceilings: Mapping[str, int],
    terms: Mapping[str, str],
    notes: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> list[MapRow]:
    """The same ceilings in words, from head to foot; left and right share a row where they are equal."""
    _check(ceilings)
    said = notes or {}
    return [row for region in SHAPES for row in _rows(region, ceilings, terms, said, language)]


def side_words(side: str, language: Language = ENGLISH) -> str:
    return language.words(_SIDE_WORDS[side])


def region_keys() -> tuple[str, ...]:
    """Every region and side that needs a ceiling, from head to foot."""
    return tuple(_key(region, side) for region in SHAPES for side in _sides(region))


def _check(ceilings: Mapping[str, int]) -> None:
    missing = [key for key in region_keys() if ceilings.get(key) not in LEVELS]
    if missing:
        raise ValueError(f"no ceiling from 0 to 5 for {', '.join(missing)}")


def _sides(region: str) -> tuple[str, ...]:
    return ("",) if region in MIDLINE else SIDES


def _key(region: str, side: str) -> str:
    return f"{region}_{side}" if side else region


def _rows(
    region: str, ceilings: Mapping[str, int], terms: Mapping[str, str], notes: Mapping[str, str], language: Language
) -> Iterator[MapRow]:
    keys = {_key(region, side): side_words(side, language) for side in _sides(region)}
    same = len({(ceilings[key], notes.get(key, "")) for key in keys}) == 1
    if same and len(keys) == 2:
        keys = {_key(region, "left"): language.say("both sides")}
    for key, side in keys.items():
        level = ceilings[key]
        yield MapRow(region=terms[region], side=side, ceiling=level, word=terms[str(level)], note=notes.get(key, ""))


# ---- one figure


def _figure(sheet: _Sheet, view: str) -> str:
    seen = [(region, shapes[view]) for region, shapes in SHAPES.items() if view in shapes]
    drawn = [(region, side, shape) for region, shape in seen for side in _sides(region)]
    silhouette = _whole(OUTLINE[view])
    details = "".join(f'<path class="detail" d="{half}"/>' for line in DETAIL[view] for half in (line, _mirror(line)))
    return (
        f'<path class="under" d="{silhouette}"/>{"".join(_region(sheet, view, *one) for one in drawn)}{details}'
        f'<path class="outline" d="{silhouette}"/>{_curve(sheet.curve, sheet.language) if view == "back" else ""}'
        f"{''.join(_number(sheet, view, *one) for one in drawn)}{_words(view, sheet.language)}"
    )


def _region(sheet: _Sheet, view: str, region: str, side: str, shape: Shape) -> str:
    key = _key(region, side)
    level = sheet.ceilings[key]
    path = _half(shape.path, _flip(view, side)) + " Z" if side else _whole(shape.path)
    said = sheet.language.say(
        "{region}: level {level}, {word}",
        region=_named(sheet.terms[region], side, sheet.language),
        level=level,
        word=sheet.terms[str(level)],
    )
    said += f". {sheet.notes[key]}" if key in sheet.notes else ""
    hatch = f'fill="url(#{sheet.key}-hatch)" ' if level == 0 else ""
    return (
        f'<path id="{sheet.prefix}-{view}-{key}" class="region level-{level}" data-region="{key}" '
        f'data-level="{level}" {hatch}d="{path}"><title>{escape(said)}</title></path>'
    )


def _number(sheet: _Sheet, view: str, region: str, side: str, shape: Shape) -> str:
    level = sheet.ceilings[_key(region, side)]
    x, y = shape.label
    x = -x if side and _flip(view, side) else x
    return f'<text class="number number-{level}" x="{x:g}" y="{y + 4:g}">{level}</text>'


def _words(view: str, language: Language) -> str:
    """The name of the view, and whose left is where."""
    near, far = SIDES if view == "back" else reversed(SIDES)
    return (
        f'<text class="view-name" x="0" y="722">{escape(language.words(_VIEW_NAMES[view]))}</text>'
        f'<text class="side" x="-100" y="58">{escape(side_words(near, language), quote=False)}</text>'
        f'<text class="side" x="100" y="58">{escape(side_words(far, language), quote=False)}</text>'
    )


def _named(term: str, side: str, language: Language) -> str:
    return language.say(_ON_SIDE[side], region=f"{term[:1].lower()}{term[1:]}") if side else term


def _flip(view: str, side: str) -> bool:
    """The paths lie right of the midline: the patient's right seen from behind, the patient's left from the front."""
    return side == ("left" if view == "back" else "right")


# ---- paths


def _mirror(path: str) -> str:
    return _PAIR.sub(lambda pair: f"{-float(pair[1]) + 0:g},{pair[2]}", path)


def _half(path: str, flip: bool) -> str:
    return _mirror(path) if flip else path


def _whole(path: str) -> str:
    """A half from midline to midline, closed by its mirror image walked backwards."""
    back = list(reversed(_PAIR.findall(_mirror(path))))[1:]
    triples = (back[at : at + 3] for at in range(0, len(back), 3))
    return path + "".join(" C" + " ".join(f"{x},{y}" for x, y in triple) for triple in triples) + " Z"


def _hatch(key: str) -> str:
    return (
        f'<defs><pattern id="{key}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="hatch-paper" width="5" height="5"/>'
        '<path class="hatch-line" d="M0,0 V5"/></pattern></defs>'
    )


# ---- the curve of the spine, seen from behind


def _curve(curve: Curve | None, language: Language) -> str:
    if curve is None or not curve.parts:
        return ""
    parts = sorted(curve.parts, key=lambda part: APEX[part[0]])
    line = _spline(_points(parts))
    labels = "".join(_apex(region, side, _slot(parts, at), language) for at, (region, side) in enumerate(parts))
    return f'<g aria-hidden="true"><path class="curve-case" d="{line}"/><path class="curve" d="{line}"/>{labels}</g>'


def _points(parts: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
    """The middle of the spine, bowed at each apex and straight beyond them; two bows to one side meet in the middle."""
    bows = [(_swing(region, side), APEX[region]) for region, side in parts]
    top = NECK if parts[0][0] == "cervical" else SHOULDERS
    end = TAIL if parts[-1][0] == "sacral" else PELVIS
    points = [(0.0, top), (0.0, max(top, bows[0][1] - REACH)), bows[0]]
    for x, y in bows[1:]:
        above = points[-1]
        if above[0] * x > 0:
            points.append((0.0, (above[1] + y) / 2))
        points.append((x, y))
    points += [(0.0, min(end, bows[-1][1] + REACH)), (0.0, end)]
    return sorted(set(points), key=lambda point: point[1])


def _swing(region: str, side: str) -> float:
    return SWING[region] if side == "right" else -SWING[region]


def _spline(points: Sequence[tuple[float, float]]) -> str:
    """Upright at every point: smooth, and widest exactly at the apex."""
    steps = [f"M{points[0][0]:g},{points[0][1]:g}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        bend = (y1 - y0) * 0.45
        steps.append(f"C{x0:g},{y0 + bend:g} {x1:g},{y1 - bend:g} {x1:g},{y1:g}")
    return " ".join(steps)


def _slot(parts: Sequence[tuple[str, str]], at: int) -> int:
    """How many labels already stand on this side below the hand."""
    side = parts[at][1]
    return sum(1 for region, other in parts[:at] if other == side and region != "cervical")


def _apex(region: str, side: str, slot: int, language: Language) -> str:
    """A ring at the apex, and a line out between arm and trunk to words in the free space beside the leg."""
    sign, x, y = (1 if side == "right" else -1), _swing(region, side), APEX[region]
    if region == "cervical":
        way, text_x, text_y = f"M{x:g},{y:g} L{sign * 44},{y - 22:g} H{sign * 50}", sign * 54, y - 34
    else:
        edge, lane, down = {"thoracic": 236.0, "sacral": 354.0}.get(region, y), 80 + slot * 3, 482 + slot * 50
        way = f"M{x:g},{y:g} L{sign * 70},{edge:g} L{sign * lane},{edge + 26:g} V{down} H{sign * 89}"
        text_x, text_y = sign * 92, down - 9
    anchor = "start" if sign > 0 else "end"
    words = "".join(
        f'<tspan x="{text_x}" dy="{13 if row else 0}">{escape(word)}</tspan>'
        for row, word in enumerate(_lines(region, side, language))
    )
    return (
        f'<path class="leader-case" d="{way}"/><path class="leader" d="{way}"/>'
        f'<circle class="apex" cx="{x:g}" cy="{y}" r="4.2"/>'
        f'<text class="curve-label" x="{text_x}" y="{text_y:g}" text-anchor="{anchor}">{words}</text>'
    )


def _lines(region: str, side: str, language: Language) -> list[str]:
    """The lines of a curve's label. A long word may be broken where its language puts a soft hyphen."""
    word = language.words(region).replace("\u00ad", "-\n").split("\n")
    return [*word, *language.words(_BOWS[side]).split("/")]


def _summary(sheet: _Sheet) -> str:
    """What the picture shows, in a sentence or two; the table beside it has every region."""
    speak = sheet.language
    closed = [_named(sheet.terms[r], s, speak) for r in SHAPES for s in _sides(r) if sheet.ceilings[_key(r, s)] == 0]
    said = [speak.words(_SHOWN[sheet.views]), speak.say("The highest pressure of each region, from 0 to 5.")]
    none = speak.say("No region is closed.")
    said += [speak.say("Closed: {regions}.", regions="; ".join(closed)) if closed else none]
    for region, side in sheet.curve.parts if sheet.curve and "back" in sheet.views else ():
        part, bow = speak.words(region), side_words(side, speak)
        said.append(speak.say("The spine has a {part} curve to the {side}.", part=part, side=bow))
    return " ".join([*said, speak.say("The table says the same in words.")])
