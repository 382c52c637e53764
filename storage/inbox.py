"""What has arrived: each message once, however often a channel delivers it.

The key is (channel, account, message id). A message that is worked on at once is put as
`done` in the transaction that answers it; one that is accepted first and worked on later
is put as `waiting`; one that breaks is kept as `quarantined` with the error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import existing, insert_new, key_params, key_table, update_many
from storage.tables import inbox

Key = tuple[str, str, str]
"""Channel, account, message id."""

State = Literal["done", "waiting", "quarantined"]

_KEY = ("channel", "account", "message_id")
_SENDER = ("channel", "account", "sender")


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it arrived. `body` is the neutral message as JSON."""

    channel: str
    account: str
    message_id: str
    sender: str
    body: str
    state: State
    received_at: datetime
    error: str | None = None

    @property
    def key(self) -> Key:
        """What makes it the same message when it is delivered twice."""
        return (self.channel, self.account, self.message_id)


async def known(tx: AsyncConnection, keys: Iterable[Key]) -> set[Key]:
    """Those of `keys` that arrived before.

    Two processes that are given the same message at the same time both see it as new here;
    `put` is what decides between them.
    """
    found = await existing(tx, inbox, _KEY, list(keys))
    return {(channel, account, message_id) for channel, account, message_id in found}


async def put(tx: AsyncConnection, rows: Sequence[InboxRow]) -> set[Key]:
    """Keep `rows`; returns the keys that are new. The others must change nothing.

    Call it first in the transaction that works on the messages: on PostgreSQL it waits for
    another process that is at the same message, so that a key is new for exactly one.
    """
    return {row.key for row in await insert_new(tx, inbox, rows)}


async def waiting(tx: AsyncConnection, limit: int) -> list[InboxRow]:
    """At most `limit` messages to work on, oldest first, locked until `tx` ends.

    Other processes pass over locked messages, and over later ones of the same senders, so
    one person's messages stay in order. Finish them in the same transaction: a process that
    dies gives them back by rolling back, without any lease.
    """
    oldest = (
        select(inbox)
        .where(inbox.c.state == literal_column("'waiting'"))
        .order_by(inbox.c.received_at, inbox.c.message_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [InboxRow(**row._mapping) for row in await tx.execute(oldest)]
    if not rows or tx.dialect.name == "sqlite":
        return rows
    return await _unless_overtaking(tx, rows)


async def _unless_overtaking(tx: AsyncConnection, rows: list[InboxRow]) -> list[InboxRow]:
    senders = sorted({(row.channel, row.account, row.sender) for row in rows})
    columns = [inbox.c[name] for name in _SENDER]
    keys = key_table(tx.dialect.name, columns)
    same = [keys.c[column.name] == column for column in columns]
    all_waiting = (
        select(*(inbox.c[name] for name in (*_KEY, "sender", "received_at")))
        .select_from(inbox)
        .join(keys, same[0] & same[1] & same[2])
        .where(inbox.c.state == literal_column("'waiting'"))
        .order_by(inbox.c.received_at, inbox.c.message_id)
    )
    ours = {row.key for row in rows}
    blocked: set[tuple[str, str, str]] = set()
    free: set[Key] = set()
    for row in await tx.execute(all_waiting, key_params(tx, columns, senders)):
        sender = (row.channel, row.account, row.sender)
        key = (row.channel, row.account, row.message_id)
        if key not in ours:
            blocked.add(sender)  # somebody else holds an earlier one
        elif sender not in blocked:
            free.add(key)
    return [row for row in rows if row.key in free]


async def finish(tx: AsyncConnection, keys: Iterable[Key]) -> None:
    """These messages were worked on."""
    await _change(tx, keys, state="done", error=None)


async def quarantine(tx: AsyncConnection, key: Key, error: str) -> None:
    """Set the message aside with what it broke on; `error` must hold no words of the person."""
    await _change(tx, [key], state="quarantined", error=error)


async def again(tx: AsyncConnection, keys: Iterable[Key]) -> None:
    """Have set-aside messages worked on once more, after the cause was mended."""
    await _change(tx, keys, state="waiting", error=None)


async def quarantined(tx: AsyncConnection, limit: int = 100) -> list[InboxRow]:
    """Messages set aside, oldest first."""
    rows = await tx.execute(
        select(inbox)
        .where(inbox.c.state == "quarantined")
        .order_by(inbox.c.received_at)
        .limit(limit)
    )
    return [InboxRow(**row._mapping) for row in rows]


async def count_waiting(tx: AsyncConnection) -> int:
    """How many messages wait to be worked on."""
    found = await tx.execute(
        select(func.count()).where(inbox.c.state == literal_column("'waiting'"))
    )
    return found.scalar_one()


async def forget_bodies(tx: AsyncConnection, before: datetime) -> None:
    """Blank the words of finished messages older than `before`; their keys still stop copies."""
    await tx.execute(
        update(inbox)
        .where(inbox.c.received_at < before, inbox.c.state == "done", inbox.c.body != "")
        .values(body="")
    )


async def forget_older_than(tx: AsyncConnection, before: datetime) -> None:
    """Delete finished messages older than `before`; channels stop redelivering after a day or so."""
    await tx.execute(delete(inbox).where(inbox.c.received_at < before, inbox.c.state == "done"))


async def _change(
    tx: AsyncConnection, keys: Iterable[Key], *, state: State, error: str | None
) -> None:
    change = {"state": state, "error": error}
    rows = [{**dict(zip(_KEY, key, strict=True)), **change} for key in set(keys)]
    await update_many(tx, inbox, rows)
