"""Questions ask in the plan's units (tấn, triệu đồng); reading gives kg and đồng. Here they meet."""

from __future__ import annotations

from decimal import Decimal

PER_UNIT = {
    "tấn": Decimal(1000),
    "tạ": Decimal(100),
    "triệu đồng": Decimal(1_000_000),
    "tỷ đồng": Decimal(1_000_000_000),
    "m2": Decimal("0.0001"),
    "m²": Decimal("0.0001"),
    "m": Decimal("0.001"),
}
"""How much of the reading's own unit (kg, đồng, ha, km) one of the question's unit is; 1 for all others."""


def in_unit(value: Decimal, unit: str) -> Decimal:
    """A value of `bot/reading` in the unit that a question asks in: 1500 (kg) in "tấn" is 1.5."""
    return value / PER_UNIT.get(unit, Decimal(1))
