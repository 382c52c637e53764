"""A small table drawn as a picture, for phones: title, rows of words, a coloured light each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH_PX = 1080
_PAD_PX = 36
_ROW_PX = 64
_HEAD_PX = 96
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf")
"""Fonts with Vietnamese letters, the first that the machine has; Pillow's own is the last resort."""

_LIGHTS = {"green": "#2e7d32", "yellow": "#f9a825", "red": "#c62828", "grey": "#9e9e9e"}


@dataclass(frozen=True)
class Row:
    """One row: words on the left, words on the right, and a light (green, yellow, red, grey)."""

    left: str
    right: str
    light: str


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    return ImageFont.load_default(size_px)


def draw(title: str, rows: Sequence[Row]) -> bytes:
    """The table as PNG bytes, 1080 px wide."""
    height = _HEAD_PX + _ROW_PX * max(len(rows), 1) + _PAD_PX
    picture = Image.new("RGB", (WIDTH_PX, height), "white")
    pen = ImageDraw.Draw(picture)
    big, small = _font(38), _font(30)
    pen.text((_PAD_PX, 26), _fitting(pen, title, big, WIDTH_PX - 2 * _PAD_PX), "#1b5e20", big)
    for index, row in enumerate(rows):
        _draw_row(pen, row, _HEAD_PX + index * _ROW_PX, small)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_row(
    pen: ImageDraw.ImageDraw,
    row: Row,
    top: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    pen.line((_PAD_PX, top, WIDTH_PX - _PAD_PX, top), "#e0e0e0", 2)
    light = _LIGHTS.get(row.light, _LIGHTS["grey"])
    pen.ellipse((_PAD_PX, top + 18, _PAD_PX + 28, top + 46), light)
    right_width = pen.textlength(row.right, font)
    room = WIDTH_PX - 3 * _PAD_PX - 44 - right_width
    pen.text((_PAD_PX + 44, top + 14), _fitting(pen, row.left, font, room), "black", font)
    pen.text((WIDTH_PX - _PAD_PX - right_width, top + 14), row.right, "black", font)


def _fitting(
    pen: ImageDraw.ImageDraw,
    words: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    room_px: float,
) -> str:
    if pen.textlength(words, font) <= room_px:
        return words
    while words and pen.textlength(f"{words}…", font) > room_px:
        words = words[:-1]
    return f"{words}…"
