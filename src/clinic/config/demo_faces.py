"""Drawn faces and papers for the demonstration: plainly a drawing, of nobody.

A face is a few shapes in flat colours, chosen by the person's own chance. A paper is a picture of typed lines.
"""

from __future__ import annotations

import io
from random import Random
from typing import Final

from PIL import Image, ImageDraw

SIDE: Final = 480
SKIN: Final = ("#f1c9a5", "#e0ac86", "#c98f6a", "#f5d6bd", "#a9714b")
HAIR: Final = ("#d9d6cf", "#b9b4aa", "#5b4636", "#2f2722", "#8c6239", "#c9a26a")
CLOTH: Final = ("#6d8a96", "#8b7fa3", "#7f9a78", "#b08968", "#57727f")
GROUND: Final = ("#e8eef0", "#efeae3", "#e9ece4")
INK: Final = "#4a3b32"


def face(chance: Random, *, age: int) -> bytes:
    """A drawn head and shoulders as PNG; people over sixty mostly have grey hair."""
    picture = Image.new("RGB", (SIDE, SIDE), chance.choice(GROUND))
    draw = ImageDraw.Draw(picture)
    skin, cloth = chance.choice(SKIN), chance.choice(CLOTH)
    hair = chance.choice(HAIR[:2] if age > 60 and chance.random() < 0.8 else HAIR[2:])
    long = chance.random() < 0.5
    if long:
        draw.rounded_rectangle((120, 90, 360, 370), radius=110, fill=hair)
    draw.ellipse((70, 350, 410, 700), fill=cloth)
    draw.rounded_rectangle((200, 290, 280, 400), radius=36, fill=skin)
    draw.ellipse((140, 95, 340, 340), fill=skin)
    draw.chord((132, 80, 348, 320), 180, 360, fill=hair)
    draw.ellipse((150, 150, 330, 330), fill=skin)
    _features(draw, glasses=chance.random() < 0.4)
    return _png(picture)


def _features(draw: ImageDraw.ImageDraw, *, glasses: bool) -> None:
    for x in (195, 285):
        draw.ellipse((x - 7, 213, x + 7, 227), fill=INK)
        draw.arc((x - 22, 186, x + 22, 216), 200, 340, fill=INK, width=5)
        if glasses:
            draw.ellipse((x - 32, 190, x + 32, 250), outline=INK, width=5)
    if glasses:
        draw.line((227, 218, 253, 218), fill=INK, width=5)
    draw.arc((225, 225, 255, 262), 20, 160, fill=INK, width=4)
    draw.arc((200, 245, 280, 300), 25, 155, fill=INK, width=6)


def paper(lines: tuple[str, ...]) -> bytes:
    """A letter as a picture, as if it had been photographed, in the fixed letters that every Pillow has."""
    picture = Image.new("RGB", (840, 1188), "#fdfdfb")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((84, 110 + 40 * number), line, fill="#222222", font_size=26)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
