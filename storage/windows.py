"""What was chosen for messages that may not simply go, what it cost, and how much of a quota is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from sqlalchemy import Integer, Select, bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import insert_many
from storage.columns import UtcDateTime
from storage.locks import hold
from storage.outbox_heads import COLUMNS, OutboxRow, row_of
from storage.tables import month_counts, outbox, window_choices

Choice = Literal["paid", "waits", "elsewhere", "template"]


class ChoiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message and what was chosen for it. `price_vnd` is what it cost, or will at most."""

    outbox_id: int
    channel: str
    account: str
    choice: str
    price_vnd: int
    why: str
    decided_at: datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A choice as officials see it, with what became of the message."""

    outbox_id: int
    person_id: int | None
    purpose: str
    state: str
    choice: str
    price_vnd: int
    why: str
    decided_at: datetime


class MonthUse(msgspec.Struct, frozen=True):
    """How many people were written to this month, and with how many messages."""

    people: int
    messages: int


async def record_choice(tx: AsyncConnection, row: ChoiceRow) -> None:
    """Keep what was chosen last for a message; money once spent on it is not forgotten."""
    values = msgspec.structs.asdict(row)
    await insert_many(
        tx,
        window_choices,
        [values],
        update=("channel", "account", "choice", "why", "decided_at"),
        add=("price_vnd",),
    )


async def correct_price(tx: AsyncConnection, outbox_id: int, *, by_vnd: int) -> None:
    """The platform billed this much more (or less) than was set aside."""
    await tx.execute(
        update(window_choices)
        .where(window_choices.c.outbox_id == outbox_id)
        .values(price_vnd=window_choices.c.price_vnd + by_vnd)
    )


async def lock_budget(tx: AsyncConnection, channel: str, account: str) -> None:
    """Be the only one to spend this account's money until `tx` ends."""
    await hold(tx, f"budget:{channel}:{account}")


async def spent_vnd(tx: AsyncConnection, channel: str, account: str, *, since: datetime) -> int:
    """What messages and templates cost since then, in đồng."""
    params = {"on_channel": channel, "of_account": account, "since": since}
    ((spent,),) = await direct.rows(tx, _SPENT, params)
    return int(spent)


_SPENT = select(func.coalesce(func.sum(window_choices.c.price_vnd), 0)).where(
    window_choices.c.channel == bindparam("on_channel"),
    window_choices.c.account == bindparam("of_account"),
    window_choices.c.decided_at >= bindparam("since", type_=UtcDateTime),
)


async def choices(
    tx: AsyncConnection, channel: str, account: str, *, since: datetime, limit: int = 200
) -> list[Shown]:
    """What was chosen since then, newest first: for the dashboard."""
    own = [
        window_choices.c[name] for name in ("outbox_id", "choice", "price_vnd", "why", "decided_at")
    ]
    rows = await tx.execute(
        select(*own, outbox.c.person_id, outbox.c.purpose, outbox.c.state)
        .join(outbox, outbox.c.id == window_choices.c.outbox_id)
        .where(
            window_choices.c.channel == channel,
            window_choices.c.account == account,
            window_choices.c.decided_at >= since,
        )
        .order_by(window_choices.c.decided_at.desc())
        .limit(limit)
    )
    return [Shown(**row._mapping) for row in rows]


async def held_rows(
    tx: AsyncConnection, channels: Sequence[str], limit: int = 200
) -> list[OutboxRow]:
    """Messages that wait for their person on these channels, oldest first, locked until `tx` ends."""
    found = await direct.rows(tx, _held(tuple(channels)), {"most": limit})
    return [row_of(row) for row in found]


@lru_cache(maxsize=8)
def _held(channels: tuple[str, ...]) -> Select[Any]:
    # neither by channel nor by id as they stand: SQLite would walk over everything ever sent
    # instead of the few that the index over held rows knows
    channel = func.coalesce(outbox.c.channel, literal_column("''"))
    return (
        select(*COLUMNS)
        .where(outbox.c.state == literal_column("'held'"), channel.in_(direct.spelled(channels)))
        .order_by(outbox.c.id + literal_column("0"))
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


# --- quota of a plan ---------------------------------------------------------------------------


async def month_use(tx: AsyncConnection, channel: str, account: str, month: str) -> MonthUse:
    """What this month used of the plan's quota. `month` is "2026-11", of Việt Nam."""
    row = (
        await tx.execute(
            select(func.count(), func.coalesce(func.sum(month_counts.c.messages), 0)).where(
                month_counts.c.channel == channel,
                month_counts.c.account == account,
                month_counts.c.month == month,
            )
        )
    ).one()
    return MonthUse(int(row[0]), int(row[1]))


async def counted_this_month(
    tx: AsyncConnection, channel: str, account: str, month: str, chat: str
) -> bool:
    """Whether this chat is among the month's people already."""
    found = await tx.execute(
        select(month_counts.c.chat).where(
            month_counts.c.channel == channel,
            month_counts.c.account == account,
            month_counts.c.month == month,
            month_counts.c.chat == chat,
        )
    )
    return found.first() is not None


async def count_message(
    tx: AsyncConnection, channel: str, account: str, month: str, chat: str
) -> None:
    """One more message to this chat."""
    row = {"channel": channel, "account": account, "month": month, "chat": chat, "messages": 1}
    await insert_many(tx, month_counts, [row], add=("messages",))
