"""Making faces and number plates unreadable in the copy of a picture that everybody may see. Pure.

Squares of one colour, not a soft blur: what a soft blur hides can be reckoned back.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from PIL import Image

MOST_BOXES = 40
_TILES = 6
"""Squares along the longer side of a box: a face of six by five squares is nobody's."""

_QUALITY = 85


class BadBoxes(ValueError):
    """The boxes cannot be read, or there are too many."""


@dataclass(frozen=True)
class Box:
    """A part of a picture, in shares of its width and height from its upper left corner, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


def boxes_of(words: str) -> list[Box]:
    """Boxes as the page sends them: `[[left, top, right, bottom], …]` in shares of the picture.

    Raises:
        BadBoxes: something else, a box without area, or more than `MOST_BOXES`.
    """
    try:
        found = msgspec.json.decode(words or "[]", type=list[tuple[float, float, float, float]])
    except msgspec.DecodeError as wrong:
        raise BadBoxes(str(wrong)) from None
    if len(found) > MOST_BOXES:
        raise BadBoxes(f"more than {MOST_BOXES} boxes")
    kept = [Box(*(min(1.0, max(0.0, side)) for side in each)) for each in found]
    if any(box.left >= box.right or box.top >= box.bottom for box in kept):
        raise BadBoxes("a box without area")
    return kept


def covered(shown: bytes, boxes: Sequence[Box]) -> bytes:
    """The picture with these parts in coarse squares, drawn anew as JPEG without any metadata.

    Raises:
        OSError: the bytes are no picture.
    """
    with Image.open(io.BytesIO(shown)) as opened:
        image = opened.convert("RGB")
    for box in boxes:
        _cover(image, box)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _cover(image: Image.Image, box: Box) -> None:
    left, top = int(box.left * image.width), int(box.top * image.height)
    right = max(left + 1, round(box.right * image.width))
    bottom = max(top + 1, round(box.bottom * image.height))
    part = image.crop((left, top, right, bottom))
    side = max(part.width, part.height) / _TILES
    few = (max(1, round(part.width / side)), max(1, round(part.height / side)))
    coarse = part.resize(few, Image.Resampling.BOX)
    image.paste(coarse.resize(part.size, Image.Resampling.NEAREST), (left, top))
