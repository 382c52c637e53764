"""Congratulating a unit once on having reported everything of a period."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_new
from storage.obligations import UNSETTLED
from storage.tables import cheers, obligations


async def complete(tx: AsyncConnection, unit_id: int, period_key: str, *, now: datetime) -> bool:
    """Whether the unit has just reported the last of several duties of a period; true once."""
    rows = await tx.execute(
        select(func.count(), func.sum(obligations.c.state.in_(UNSETTLED).cast(Integer))).where(
            obligations.c.unit_id == unit_id, obligations.c.period_key == period_key
        )
    )
    owed, left = rows.one()
    if owed < 2 or left:
        return False
    row = {"unit_id": unit_id, "period_key": period_key, "at": now}
    return bool(await insert_new(tx, cheers, [row], key=("unit_id", "period_key")))
