"""Column types: UTC times, exact decimals, JSON. The same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import msgspec
from sqlalchemy import BigInteger, DateTime, Dialect, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, TypeDecorator

FIXED_SCALE = 10_000
"""Figures keep four decimals: 1 m² of a hectare, 0.1 kg of a tonne. Sums are exact on both databases."""

_FIXED_LIMIT = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out. A naive datetime is refused: it has no meaning here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        at = value.astimezone(UTC)
        return at if dialect.name == "postgresql" else at.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Fixed(TypeDecorator[Decimal]):
    """A decimal with four places, stored as a whole number of ten-thousandths, so that sums never drift."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        return None if value is None else to_fixed(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else from_fixed(int(value))


def to_fixed(value: Decimal | int) -> int:
    """`value` in ten-thousandths, rounded half to even. Raises ValueError beyond 9.2e14."""
    scaled = int((Decimal(value) * FIXED_SCALE).to_integral_value(ROUND_HALF_EVEN))
    if abs(scaled) > _FIXED_LIMIT:
        raise ValueError(f"too large a figure: {value}")
    return scaled


def from_fixed(stored: int) -> Decimal:
    """The decimal that `stored` ten-thousandths stand for, without trailing zeros beyond the point."""
    return Decimal(stored) / FIXED_SCALE


Id = BigInteger().with_variant(Integer(), "sqlite")
"""An id that is the primary key. Only under the name INTEGER is it SQLite's own row number; any other
name costs every row a second tree."""


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Plain JSON values; None is NULL; dictionaries come back with the order of their keys unspecified."""


def to_json(value: Any) -> str:
    """How `Json` columns are written: letters as themselves, decimals and times as strings."""
    return msgspec.json.encode(value).decode()
