"""Places that people type because a pin cannot be sent: coordinates, a full plus code, a pasted map link.

Plus codes: the Open Location Code specification, section "Encoding" (github.com/google/open-location-code).
Only full codes are read: a short one needs to know which town is meant.
"""

from __future__ import annotations

import re

from bot.events import Place, Text

_ALPHABET = "23456789CFGHJMPQRVWX"
_PLUS_CODE = re.compile(
    rf"^\s*([{_ALPHABET}]{{8}}\+[{_ALPHABET}]{{2,7}})(?:[\s,]+(.*))?$", re.I | re.S
)
_COORDINATES = re.compile(
    r"^\s*\(?\s*(-?\d{1,2}[.,]\d{3,})\s*[°]?\s*[,; ]\s*(-?\d{1,3}[.,]\d{3,})\s*[°]?\s*\)?\s*$"
)
_MAP_LINK = re.compile(
    r"https?://\S*?(?:maps|map|google|goo\.gl|openstreetmap|osm)\S*?"
    r"(?:[@=/](-?\d{1,2}\.\d{3,})(?:,|%2C)\s*(-?\d{1,3}\.\d{3,}))",
    re.I,
)

_PAIR_DEGREES = (20.0, 1.0, 0.05, 0.0025, 0.000125)
"""The size of a cell after each pair of letters."""


def typed_place(words: str) -> Place | None:
    """The place that `words` are nothing but, None when they say anything else.

    The words stay with the place only where they add a name ("7PH8RM3W+2X gần đình").
    """
    for reads in (_coordinates, _plus_code, _map_link):
        place = reads(words)
        if place is not None and abs(place.lat) <= 90 and abs(place.lon) <= 180:
            return place
    return None


def said_words(words: str) -> Text | Place:
    """What typed words say: a place when they are one, themselves otherwise."""
    return typed_place(words) or Text(words)


def _coordinates(words: str) -> Place | None:
    found = _COORDINATES.match(words)
    if found is None:
        return None
    lat, lon = (float(part.replace(",", ".")) for part in found.groups())
    return Place(lat, lon)


def _map_link(words: str) -> Place | None:
    found = _MAP_LINK.search(words)
    if found is None:
        return None
    rest = re.sub(r"https?://\S+", "", words).strip()
    return Place(float(found[1]), float(found[2]), rest)


def _plus_code(words: str) -> Place | None:
    found = _PLUS_CODE.match(words)
    if found is None:
        return None
    lat, lon = decode_plus_code(found[1])
    return Place(lat, lon, (found[2] or "").strip())


def decode_plus_code(code: str) -> tuple[float, float]:
    """The middle of the cell a full plus code names, WGS 84 degrees.

    Raises:
        ValueError: no full code.
    """
    letters = code.upper().replace("+", "")
    if len(letters) < 10 or any(letter not in _ALPHABET for letter in letters):
        raise ValueError(f"not a full plus code: {code!r}")
    lat, lon = -90.0, -180.0
    for pair, size in enumerate(_PAIR_DEGREES):
        lat += _ALPHABET.index(letters[2 * pair]) * size
        lon += _ALPHABET.index(letters[2 * pair + 1]) * size
    height = width = _PAIR_DEGREES[-1]
    for letter in letters[10:]:
        # from the eleventh letter on, a cell is cut into five rows of four
        height, width = height / 5, width / 4
        row, column = divmod(_ALPHABET.index(letter), 4)
        lat, lon = lat + row * height, lon + column * width
    return round(lat + height / 2, 7), round(lon + width / 2, 7)
