"""Where a case lies, as everybody may know it: the middle of a square of about 100 m. Pure.

The squares lie still, so that the same pin gives the same answer for ever: however often and
from wherever somebody asks, nothing but the square comes out (docs/decisions/0031-public-page.md).
"""

from __future__ import annotations

import math

SQUARE_M = 100
"""Side of a square, from the product's specification ("the place blurred to 100 m")."""

_METRES_A_DEGREE = 111_320
_STEP_DEG = SQUARE_M / _METRES_A_DEGREE


def area_of(lat: float, lon: float) -> tuple[float, float]:
    """The middle of the square that a pin lies in; WGS 84 degrees, rounded to about a metre.

    Rows have one height everywhere; within a row all squares have one width, reckoned at the
    row's own middle, so that a square is 100 m wide at any latitude of Vietnam.
    """
    middle_lat = (math.floor(lat / _STEP_DEG) + 0.5) * _STEP_DEG
    width_deg = _STEP_DEG / math.cos(math.radians(middle_lat))
    middle_lon = (math.floor(lon / width_deg) + 0.5) * width_deg
    return round(middle_lat, 5), round(middle_lon, 5)
