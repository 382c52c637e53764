"""Messages that are not where they should be, by channel: for the office's overview."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import outbox


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one channel: messages held until somebody writes, and messages waiting their turn."""

    channel: str
    held: int
    waiting: int


async def backlog(tx: AsyncConnection) -> list[Backlog]:
    """Channels with anything held or waiting, by name."""
    rows = await tx.execute(
        select(outbox.c.channel, outbox.c.state, func.count())
        .where(outbox.c.state.in_(["waiting", "held"]))
        .group_by(outbox.c.channel, outbox.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for channel, state, number in rows:
        found.setdefault(channel, {})[state] = number
    return [
        Backlog(channel, numbers.get("held", 0), numbers.get("waiting", 0))
        for channel, numbers in sorted(found.items())
    ]
