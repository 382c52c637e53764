"""Reminders that were written and not carried: what becomes of them at night and in quiet hours.

"Ngày mai là hạn" is true on one day only (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import and_, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time, moment_on
from storage.tables import nudges, outbox

_UNSAID = and_(
    outbox.c.purpose == "nudge",
    # spelled out, so that the index over open rows serves
    outbox.c.state.in_([literal_column("'waiting'"), literal_column("'held'")]),
)


async def lapse(tx: AsyncConnection, *, now: datetime) -> int:
    """Reminders that nobody carried on their own day are dropped and forgotten. Returns how many.

    "Ngày mai là hạn" is not true the day after; the next tick says what stands then.
    """
    today = moment_on(local_time(now).date(), time(0))
    rows = await tx.scalars(
        select(outbox.c.id).where(_UNSAID, outbox.c.made_at < today).order_by(outbox.c.id)
    )
    stale = list(rows)
    if stale:
        await tx.execute(update(outbox).where(outbox.c.id.in_(stale)).values(state="dropped"))
        await forget(tx, stale)
    return len(stale)


async def forget(tx: AsyncConnection, outbox_ids: Sequence[int]) -> None:
    """What these messages would have said counts as unsaid."""
    await tx.execute(delete(nudges).where(nudges.c.outbox_id.in_(outbox_ids)))


async def hush(tx: AsyncConnection, *, until: datetime) -> int:
    """Quiet hours have begun: reminders not carried yet wait for their end, held ones too."""
    done = await tx.execute(
        update(outbox).where(_UNSAID, outbox.c.not_before < until).values(not_before=until)
    )
    return done.rowcount
