"""When an account and each of its chats may speak again. Used by `outbox` only.

The lane with an empty chat is the account itself. Its `next_at` is the theoretical arrival
time of a generic cell rate algorithm: the moment at which the messages sent so far would have
gone out at an even pace. It may run `EARLY_S` ahead of the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import insert_many
from storage.tables import lanes

EARLY_S = 0.02
"""How far the account may run ahead of an even pace, so that a sleeper waking late loses nothing.

At 30/s that is at most 31 messages in any second.
"""

_EVER = 1_000_000


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel allows: messages a second over the account, seconds between two in one chat."""

    per_second: float
    chat_gap_s: float
    group_gap_s: float


async def lock_account(
    tx: AsyncConnection, channel: str, account: str, *, now: datetime
) -> datetime | None:
    """Be the only claimer of this account until `tx` ends; its `next_at`, None when another is.

    An account that never spoke is free from `now`.
    """
    if tx.dialect.name == "postgresql":
        name = f"claim:{channel}:{account}"
        mine = await tx.scalar(
            select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))
        )
        if not mine:
            return None
    # a statement of its own: it must see what the claimer before us committed
    params = {"on_channel": channel, "of_account": account}
    for (next_at,) in await direct.rows(tx, _FREE_AT, params):
        return cast("datetime | None", next_at) or now
    return now


_FREE_AT = select(lanes.c.next_at).where(
    lanes.c.channel == bindparam("on_channel"),
    lanes.c.account == bindparam("of_account"),
    lanes.c.chat == "",
)


def allowed(free_at: datetime, *, now: datetime, pace: Pace | None) -> int:
    """How many messages the account may send at `now`."""
    ahead_s = (now - free_at).total_seconds() + EARLY_S
    if ahead_s < 0:
        return 0
    if pace is None:
        return _EVER
    return int(min(ahead_s, EARLY_S) * pace.per_second + 1e-9) + 1


async def spend(
    tx: AsyncConnection,
    channel: str,
    account: str,
    *,
    free_at: datetime,
    now: datetime,
    pace: Pace,
    sent: int,
) -> None:
    """Count `sent` messages against the account's pace."""
    next_at = max(free_at, now) + timedelta(seconds=sent / pace.per_second)
    row = {"channel": channel, "account": account, "chat": "", "next_at": next_at}
    await insert_many(tx, lanes, [row], update=("next_at",))


async def close_chats(
    tx: AsyncConnection,
    channel: str,
    account: str,
    chats: Sequence[tuple[str, float]],
    *,
    now: datetime,
) -> None:
    """Each of these chats (with its gap in seconds) was just spoken to."""
    rows = [
        {
            "channel": channel,
            "account": account,
            "chat": chat,
            "next_at": now + timedelta(seconds=gap_s),
        }
        for chat, gap_s in chats
        if gap_s > 0
    ]
    await insert_many(tx, lanes, rows, update=("next_at",))


async def hold(
    tx: AsyncConnection, channel: str, account: str, chat: str, *, until: datetime
) -> None:
    """Nothing goes to this chat ("" for the whole account) before `until`."""
    # the account may run ahead of its lane by the burst, which a hold must not allow
    at = until if chat else until + timedelta(seconds=EARLY_S)
    row = {"channel": channel, "account": account, "chat": chat, "next_at": at}
    await insert_many(tx, lanes, [row], update=("next_at",))


async def account_free_at(tx: AsyncConnection, channel: str, account: str) -> datetime | None:
    """From when on `allowed` lets the account speak, None when it never spoke."""
    found = await tx.execute(
        select(lanes.c.next_at).where(
            lanes.c.channel == channel, lanes.c.account == account, lanes.c.chat == ""
        )
    )
    at = found.scalar_one_or_none()
    return None if at is None else at - timedelta(seconds=EARLY_S)


async def first_opening(
    tx: AsyncConnection, channel: str, account: str, *, after: datetime, wanted: ColumnElement[bool]
) -> datetime | None:
    """When the first closed chat opens for which `wanted` (a condition on lanes) holds."""
    found = await tx.execute(
        select(lanes.c.next_at)
        .where(
            lanes.c.channel == channel,
            lanes.c.account == account,
            lanes.c.next_at > after,
            lanes.c.chat != "",
            wanted,
        )
        .order_by(lanes.c.next_at)
        .limit(1)
    )
    at: datetime | None = found.scalar_one_or_none()
    return at
