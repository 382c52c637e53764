"""Reminders that were written and not carried: what becomes of them at night and in quiet hours.

"Ngày mai là hạn" is true on one day only (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time, moment_on
from storage import direct
from storage.columns import UtcDateTime
from storage.tables import nudges, outbox

_UNSAID = and_(
    outbox.c.purpose == "nudge",
    # spelled out, so that the index over open rows serves
    outbox.c.state.in_(direct.spelled(("waiting", "held"))),
)


async def lapse(tx: AsyncConnection, *, now: datetime) -> int:
    """Reminders that nobody carried on their own day are dropped and forgotten. Returns how many.

    "Ngày mai là hạn" is not true the day after; the next tick says what stands then.
    """
    today = moment_on(local_time(now).date(), time(0))
    stale = [row[0] for row in await direct.rows(tx, _OF_BEFORE, {"today": today})]
    if stale:
        await tx.execute(update(outbox).where(outbox.c.id.in_(stale)).values(state="dropped"))
        await forget(tx, stale)
    return len(stale)


_OF_BEFORE = (
    select(outbox.c.id)
    .where(_UNSAID, outbox.c.made_at < bindparam("today", type_=UtcDateTime))
    .order_by(outbox.c.id)
)


async def forget(tx: AsyncConnection, outbox_ids: Sequence[int]) -> None:
    """What these messages would have said counts as unsaid."""
    await tx.execute(delete(nudges).where(nudges.c.outbox_id.in_(outbox_ids)))


async def hush(tx: AsyncConnection, *, until: datetime) -> int:
    """Quiet hours have begun: reminders not carried yet wait for their end, held ones too."""
    return await direct.change(tx, _HUSHED, {"silent_until": until})


_SILENT_UNTIL = bindparam("silent_until", type_=UtcDateTime)
_HUSHED = (
    update(outbox)
    .where(_UNSAID, outbox.c.not_before < _SILENT_UNTIL)
    .values(not_before=_SILENT_UNTIL)
)
