"""What was said and told in one chat of the web chat, read back from the inbox and the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inbox import InboxRow
from storage.outbox import OutboxRow
from storage.tables import inbox, media, outbox

SHOWN_STATES = ("sending", "sent", "unknown")
"""Rows on their way or arrived. A page that reads its lines from here cannot lose an unknown one."""


async def said_by(
    tx: AsyncConnection,
    channel: str,
    account: str,
    address: str,
    *,
    since: datetime | None,
    limit: int,
) -> list[InboxRow]:
    """The newest messages of a chat whose ids begin with its address and a slash, oldest first.

    Ids of that form are what the web chat gives; the primary key finds them without a further index.
    """
    query = (
        select(inbox)
        .where(
            inbox.c.channel == channel,
            inbox.c.account == account,
            inbox.c.message_id > f"{address}/",
            inbox.c.message_id < f"{address}0",  # the character after the slash
            inbox.c.body != "",
        )
        .order_by(inbox.c.received_at.desc(), inbox.c.message_id.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(inbox.c.received_at >= since)
    rows = [InboxRow(**row._mapping) for row in await tx.execute(query)]
    return rows[::-1]


async def told_to(
    tx: AsyncConnection,
    account: str,
    chat: str,
    *,
    since: datetime | None,
    limit: int,
) -> list[OutboxRow]:
    """The newest messages to a chat that were sent or are on their way, oldest first."""
    query = newest_told(account, chat).limit(limit)
    if since is not None:
        query = query.where(or_(outbox.c.sent_at.is_(None), outbox.c.sent_at >= since))
    rows = [OutboxRow(**row._mapping) for row in await tx.execute(query)]
    return rows[::-1]


def newest_told(account: str, chat: str) -> Select[Any]:
    """The messages to a chat that were sent or are on their way, newest first."""
    return (
        select(outbox)
        .where(
            # as a literal, so that the planner may use the index over this channel alone
            outbox.c.channel == literal_column("'webchat'"),
            outbox.c.account == account,
            outbox.c.chat == chat,
            outbox.c.state.in_(SHOWN_STATES),
        )
        .order_by(outbox.c.id.desc())
    )


async def media_by_ref(tx: AsyncConnection, channel: str, account: str, ref: str) -> int | None:
    """The picture that was kept under this handle before, None when it is new."""
    found: int | None = await tx.scalar(
        select(media.c.id).where(
            media.c.channel == channel, media.c.account == account, media.c.ref == ref
        )
    )
    return found
