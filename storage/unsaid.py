"""Reminders that were written and not carried: what becomes of them at night and in quiet hours.

"Ngày mai là hạn" is true on one day only (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import and_, bindparam, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time, moment_on
from storage import direct
from storage.columns import UtcDateTime
from storage.tables import nudges, outbox

_UNSAID = tuple(
    and_(outbox.c.purpose == "nudge", outbox.c.state == literal_column(f"'{state}'"))
    for state in ("waiting", "held")
)
"""Each state by itself and spelled out, so that its index serves: one over both there is none."""


async def lapse(tx: AsyncConnection, *, now: datetime) -> int:
    """Reminders that nobody carried on their own day are dropped and forgotten. Returns how many.

    "Ngày mai là hạn" is not true the day after; the next tick says what stands then.
    """
    today = moment_on(local_time(now).date(), time(0))
    params = {"today": today}
    found = [await direct.rows(tx, of_state, params) for of_state in _OF_BEFORE]
    stale = sorted(row[0] for rows in found for row in rows)
    if stale:
        await tx.execute(update(outbox).where(outbox.c.id.in_(stale)).values(state="dropped"))
        await forget(tx, stale)
    return len(stale)


_OF_BEFORE = tuple(
    select(outbox.c.id).where(unsaid, outbox.c.made_at < bindparam("today", type_=UtcDateTime))
    for unsaid in _UNSAID
)


async def forget(tx: AsyncConnection, outbox_ids: Sequence[int]) -> None:
    """What these messages would have said counts as unsaid."""
    await tx.execute(delete(nudges).where(nudges.c.outbox_id.in_(outbox_ids)))


async def hush(tx: AsyncConnection, *, until: datetime) -> int:
    """Quiet hours have begun: reminders not carried yet wait for their end, held ones too."""
    return sum([await direct.change(tx, each, {"silent_until": until}) for each in _HUSHED])


_SILENT_UNTIL = bindparam("silent_until", type_=UtcDateTime)
_HUSHED = tuple(
    update(outbox)
    .where(unsaid, outbox.c.not_before < _SILENT_UNTIL)
    .values(not_before=_SILENT_UNTIL)
    for unsaid in _UNSAID
)
