"""How alike two cases are: near in place and time, of a kind, in like words. Pure.

A likeness is an offer to a person ("có phải việc này không?"), never a verdict: nothing is
merged by it. Choices and their reasons: docs/decisions/0030-cases.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from rapidfuzz import fuzz

from plans.names import plain

NEAR_M = 300
"""Farther apart than this, two pins are two matters."""

DAYS = 14
"""Longer apart than this, two reports are two matters, even in one place."""

OFFERED = 0.6
"""From this likeness on a case is offered as "the same"."""

CELL_DEG = 0.003
"""A square of the map: 334 m from south to north, and 306 m from west to east at 23.4° N, where
Vietnam ends. Never less than `NEAR_M`, so that what is near lies in the square or one beside it."""

_COLUMNS = 1_000_000
_EARTH_M = 6_371_000

_FILLER = frozenset(
    "la va o tai co cua cho cac may bon ho nguoi dan em anh chi bac co chu nha minh xa xin bao "
    "phan anh giup voi a nhe dang rat qua nhieu ngay cu lai khong duoc the nay do day kia roi".split()
)
"""Folded words that say nothing of what happens."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is compared of a case. `place` is a place in words; kinds of one `category` are near kinds."""

    kind: str
    words: str
    at: datetime
    lat: float | None = None
    lon: float | None = None
    place: str = ""
    category: str = ""


def cell_of(lat: float | None, lon: float | None) -> int | None:
    """The number of the square that a pin lies in; None without a pin. WGS 84 degrees."""
    if lat is None or lon is None:
        return None
    return math.floor(lat / CELL_DEG) * _COLUMNS + math.floor(lon / CELL_DEG)


def cells_around(lat: float, lon: float) -> tuple[int, ...]:
    """The square of a pin and the eight around it: whatever lies within `NEAR_M` is in one of them."""
    row, column = math.floor(lat / CELL_DEG), math.floor(lon / CELL_DEG)
    steps = (-1, 0, 1)
    return tuple((row + r) * _COLUMNS + column + c for r in steps for c in steps)


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two pins, on a sphere; good to half a percent at these lengths."""
    middle = math.radians((lat + other_lat) / 2)
    north = math.radians(other_lat - lat)
    east = math.radians(other_lon - lon) * math.cos(middle)
    return _EARTH_M * math.hypot(north, east)


def likeness(one: Look, other: Look) -> float:
    """From 0 (nothing in common) to 1 (the same matter told twice).

    Two pins farther apart than `NEAR_M`, two reports longer apart than `DAYS`, or kinds of
    different categories are 0, whatever the words say.
    """
    apart = abs(one.at - other.at)
    kind = _kind(one, other)
    place = _place(one, other)
    if apart > timedelta(days=DAYS) or not kind or not place:
        return 0.0
    recent = 1 - apart / timedelta(days=DAYS)
    return round(0.45 * place + 0.25 * kind + 0.1 * recent + 0.2 * alike_words(one, other), 4)


def _kind(one: Look, other: Look) -> float:
    if one.kind == other.kind:
        return 1.0
    return 0.5 if one.category and one.category == other.category else 0.0


def _place(one: Look, other: Look) -> float:
    """1 at the same spot, a fifth at `NEAR_M`; by the words where one of the two has no pin."""
    if None not in (one.lat, one.lon, other.lat, other.lon):
        metres = distance_m(one.lat, one.lon, other.lat, other.lon)  # type: ignore[arg-type]  # none of the four is None
        return 1 - 0.8 * metres / NEAR_M if metres <= NEAR_M else 0.0
    named = fuzz.token_set_ratio(_telling(one.place), _telling(other.place)) / 100
    return named if named >= _PLACE_NAMED else 0.0


_PLACE_NAMED = 0.7
"""How alike two places in words must be: "sau trạm y tế" and "cạnh trạm y tế thôn 3"."""


def alike_words(one: Look, other: Look) -> float:
    """How alike two tellings are, from 0 to 1: accents, order and filler words do not count."""
    return fuzz.token_set_ratio(_telling(one.words), _telling(other.words)) / 100


def _telling(words: str) -> str:
    return " ".join(word for word in plain(words).split() if word not in _FILLER)
