"""What an administrator must see to: one row a matter, for the dashboard and for word by another channel."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.tables import channel_alerts

TELL_AGAIN = timedelta(hours=12)
"""How often people are told of a matter that goes on."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A matter that is open. `words` name no person and no token."""

    channel: str
    account: str
    code: str
    words: str
    since: datetime
    last_at: datetime
    told_at: datetime | None


async def raise_alert(
    tx: AsyncConnection, channel: str, account: str, code: str, words: str, *, now: datetime
) -> bool:
    """Keep that this is so; True when people should be told (it is new, or goes on since long)."""
    mine = _mine(channel, account, code)
    row = (await tx.execute(select(channel_alerts).where(*mine))).one_or_none()
    new = row is None or row.ended_at is not None
    told_at = None if new or row is None else row.told_at
    tell = told_at is None or now - told_at >= TELL_AGAIN
    kept = {
        "channel": channel,
        "account": account,
        "code": code,
        "words": words,
        "since": now if row is None or new else row.since,
        "last_at": now,
        "told_at": now if tell else told_at,
        "ended_at": None,
    }
    changed = ("words", "since", "last_at", "told_at", "ended_at")
    await insert_many(tx, channel_alerts, [kept], update=changed)
    return tell


async def end_alert(
    tx: AsyncConnection, channel: str, account: str, code: str, *, now: datetime
) -> bool:
    """It is so no more; True when it was."""
    ended = await tx.execute(
        update(channel_alerts)
        .where(*_mine(channel, account, code), channel_alerts.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    return ended.rowcount > 0


async def open_alerts(tx: AsyncConnection) -> list[Alert]:
    """Everything that waits for an administrator, oldest first."""
    names = Alert.__struct_fields__
    rows = await tx.execute(
        select(*(channel_alerts.c[name] for name in names))
        .where(channel_alerts.c.ended_at.is_(None))
        .order_by(channel_alerts.c.since)
    )
    return [Alert(**row._mapping) for row in rows]


def _mine(channel: str, account: str, code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        channel_alerts.c.channel == channel,
        channel_alerts.c.account == account,
        channel_alerts.c.code == code,
    )
