"""Reminders brought forward out of their time: who heard of what lately, and what counts as said now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage.bulk import insert_new
from storage.nudges import Nag
from storage.tables import nudges


async def said_since(
    tx: AsyncConnection, person_ids: Sequence[int], since: datetime
) -> set[tuple[int, int]]:
    """(person, obligation) of every nudge these persons were given after `since`."""
    rows = await tx.execute(
        select(nudges.c.person_id, nudges.c.obligation_id).where(
            nudges.c.person_id.in_(person_ids), nudges.c.made_at > since
        )
    )
    return {(row.person_id, row.obligation_id) for row in rows}


async def record(tx: AsyncConnection, nags: Sequence[Nag], *, now: datetime) -> None:
    """Count these as said, as `nudges.tick` does with what it finds itself; tie them with `nudges.sent_as`."""
    rows = [
        {
            "obligation_id": each.obligation_id,
            "rung": each.rung,
            "person_id": nag.person_id,
            "day": local_time(now).date(),
            "made_at": now,
            "position": each.position,
        }
        for nag in nags
        for each in nag.reminders
    ]
    if rows:
        await insert_new(tx, nudges, rows)
