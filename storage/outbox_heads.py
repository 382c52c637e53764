"""The rows of the outbox, and which of them may be sent now: the head of each free chat.

Used by `storage/outbox.py`, which gives these names on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.columns import UtcDateTime
from storage.tables import lanes, outbox

State = Literal["waiting", "sending", "sent", "failed", "unknown", "held", "dropped"]
Purpose = Literal["reply", "nudge", "case", "broadcast"]

PRIORITY: dict[Purpose, int] = {"reply": 0, "case": 10, "nudge": 20, "broadcast": 30}
"""Who goes first when the channel is busy: lower numbers. Rows carry one of these."""

PRIORITIES = frozenset(PRIORITY.values())

WAITING: ColumnElement[bool] = outbox.c.state == literal_column("'waiting'")
"""As a literal, so that the planner may use the indexes over open rows only."""

NO_ANSWER: ColumnElement[bool] = outbox.c.purpose != literal_column("'reply'")
"""As a literal, so that the planner may use the index that knows a person's messages but for answers."""

SENDING: ColumnElement[bool] = outbox.c.state == literal_column("'sending'")


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one chat. `body` is the neutral reply as JSON."""

    id: int
    channel: str
    account: str
    chat: str
    person_id: int | None
    body: str
    purpose: str
    priority: int
    slot: str = ""
    reply_to: str = ""
    group: bool = False
    state: str = "waiting"
    part: int = 0
    attempts: int = 0
    not_before: datetime
    claimed_until: datetime | None = None
    made_at: datetime
    sent_at: datetime | None = None
    message_id: str = ""
    error: str | None = None


def row_of(found: Sequence[Any]) -> OutboxRow:
    """A row of the table, its columns in the order of `COLUMNS`."""
    return OutboxRow(**dict(zip(OutboxRow.__struct_fields__, found, strict=True)))


COLUMNS = tuple(outbox.c[name] for name in OutboxRow.__struct_fields__)


async def heads(
    tx: AsyncConnection, channel: str, account: str, *, now: datetime, limit: int
) -> list[OutboxRow]:
    """The head of each free chat, in the order of sending."""
    found: dict[str, OutboxRow] = {}
    size = limit * 2 + 16
    params = {"on_channel": channel, "of_account": account, "now": now, "most": size}
    first = True
    for priority in await priorities_due(tx, channel, account, now=now):
        params["level"] = priority
        # a send may end between two statements, and its chat come into sight with a later row
        statement, first = in_order(behind_nobody=not first), False
        page = [row_of(each) for each in await direct.rows(tx, statement, params)]
        while page and len(found) < limit:
            for row in page:
                found.setdefault(row.chat, row)
            if len(page) < size:
                break
            # a chat with a long tail must not hide the chats behind it
            params |= {"last_at": page[-1].not_before, "last_id": page[-1].id}
            page = [row_of(each) for each in await direct.rows(tx, _next_page(), params)]
    return list(found.values())[:limit]


async def priorities_due(
    tx: AsyncConnection, channel: str, account: str, *, now: datetime
) -> list[int]:
    """The priorities with anything due: rows for later must not be walked over to find none."""
    params = {"on_channel": channel, "of_account": account, "now": now}
    found = await direct.rows(tx, _whether_due(), params)
    return [priority for priority, due in zip(sorted(PRIORITIES), found[0], strict=True) if due]


_NOW = bindparam("now", type_=UtcDateTime)


@lru_cache(maxsize=1)
def _whether_due() -> Select[Any]:
    """One row: for each priority, whether anything is due."""
    due: list[ColumnElement[Any]] = [
        ours()
        .where(outbox.c.priority == literal_column(str(priority)), outbox.c.not_before <= _NOW)
        .exists()
        .label(f"due_{priority}")
        for priority in sorted(PRIORITIES)
    ]
    return select(*due)


def ours() -> Select[Any]:
    """What waits on the account that the parameters `on_channel` and `of_account` name."""
    return select(*COLUMNS).where(
        WAITING,
        outbox.c.channel == bindparam("on_channel"),
        outbox.c.account == bindparam("of_account"),
    )


@lru_cache(maxsize=2)
def in_order(*, behind_nobody: bool) -> Select[Any]:
    """At most `most` rows of priority `level` whose chats are free `now`, oldest first.

    With `behind_nobody` those before which nothing else of the chat is due.
    """
    other = outbox.alias("in_flight")
    in_flight = (
        select(other.c.id)
        .where(
            other.c.state == literal_column("'sending'"),
            other.c.channel == bindparam("on_channel"),
            other.c.account == bindparam("of_account"),
            other.c.chat == outbox.c.chat,
        )
        .exists()
    )
    closed = (
        select(lanes.c.chat)
        .where(
            lanes.c.channel == bindparam("on_channel"),
            lanes.c.account == bindparam("of_account"),
            lanes.c.chat == outbox.c.chat,
            lanes.c.next_at > _NOW,
        )
        .exists()
    )
    query = (
        ours()
        .where(
            outbox.c.priority == bindparam("level"),
            outbox.c.not_before <= _NOW,
            ~in_flight,
            ~closed,
        )
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(bindparam("most", type_=Integer))
    )
    return query.where(~_earlier_waits()) if behind_nobody else query


@lru_cache(maxsize=1)
def _next_page() -> Select[Any]:
    last = tuple_(bindparam("last_at", type_=UtcDateTime), bindparam("last_id", type_=BigInteger))
    return in_order(behind_nobody=True).where(tuple_(outbox.c.not_before, outbox.c.id) > last)


def _earlier_waits() -> ColumnElement[bool]:
    """Whether the chat of this row has a due one that goes before it."""
    before = outbox.alias("before")
    sooner = tuple_(before.c.not_before, before.c.id) < tuple_(outbox.c.not_before, outbox.c.id)
    return (
        select(before.c.id)
        .where(
            before.c.state == literal_column("'waiting'"),
            *(before.c[name] == outbox.c[name] for name in ("channel", "account", "chat")),
            before.c.not_before <= _NOW,
            or_(
                before.c.priority < outbox.c.priority,
                and_(before.c.priority == outbox.c.priority, sooner),
            ),
        )
        .exists()
    )
