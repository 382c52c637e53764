"""Who may do what only one may do: leases with an end, ticks that fire once, cursors of pollers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import insert_many, insert_new
from storage.tables import cursors, leases, ticks


async def take(
    tx: AsyncConnection, name: str, holder: str, *, now: datetime, ttl: timedelta
) -> bool:
    """Take or renew the lease `name` until `now + ttl`; False while another holder has it.

    `holder` names one process for its life, so that a renewal is told from a take-over.
    """
    row = {"name": name, "holder": holder, "until": now + ttl}
    if await insert_new(tx, leases, [row]):
        return True
    taken = await tx.execute(
        update(leases)
        .where(
            leases.c.name == name,
            or_(leases.c.holder == holder, leases.c.until <= now),
        )
        .values(holder=holder, until=now + ttl)
    )
    return taken.rowcount == 1


async def give_back(tx: AsyncConnection, name: str, holder: str) -> None:
    """End a lease early, when stopping in good order; another's lease is left alone."""
    await tx.execute(delete(leases).where(and_(leases.c.name == name, leases.c.holder == holder)))


async def holder_of(tx: AsyncConnection, name: str, *, now: datetime) -> str | None:
    """Who holds the lease at `now`."""
    found = await tx.execute(
        select(leases.c.holder).where(leases.c.name == name, leases.c.until > now)
    )
    return found.scalar_one_or_none()


async def take_number(
    tx: AsyncConnection, name: str, holder: str, *, now: datetime, ttl: timedelta, below: int
) -> int:
    """The lowest number under `below` that no other process holds, as the lease "name:number".

    For the worker number of `Ids`. Renew it with `take(tx, f"{name}:{number}", …)`.

    Raises:
        RuntimeError: all numbers are held.
    """
    for number in range(below):
        if await take(tx, f"{name}:{number}", holder, now=now, ttl=ttl):
            return number
    raise RuntimeError(f"all {below} numbers of {name} are held")


async def fire(tx: AsyncConnection, name: str, at: datetime, *, now: datetime) -> bool:
    """Mark the firing of tick `name` due at `at` as done; False when it was done before.

    Do the tick's work in the same transaction: it then happens exactly once, in whatever
    number of processes, and not at all when the work fails (performance.md §2.1).
    """
    return bool(await insert_new(tx, ticks, [{"name": name, "at": at, "done_at": now}]))


async def last_fired(tx: AsyncConnection, name: str) -> datetime | None:
    """The newest firing of tick `name`, to catch up from."""
    for (at,) in await direct.rows(tx, _NEWEST_TICK, {"tick": name}):
        return cast("datetime", at)
    return None


_NEWEST_TICK = (
    select(ticks.c.at).where(ticks.c.name == bindparam("tick")).order_by(ticks.c.at.desc()).limit(1)
)


async def forget_ticks(tx: AsyncConnection, before: datetime) -> None:
    """Delete firings before `before`; choose it longer ago than any catching up."""
    await tx.execute(delete(ticks).where(ticks.c.at < before))


async def cursor(tx: AsyncConnection, channel: str, account: str) -> str | None:
    """Where the poller of this account stopped, in the channel's own words."""
    found = await tx.execute(
        select(cursors.c.value).where(cursors.c.channel == channel, cursors.c.account == account)
    )
    return found.scalar_one_or_none()


async def set_cursor(tx: AsyncConnection, channel: str, account: str, value: str) -> None:
    """Remember where the poller stopped, in the transaction that kept what it brought."""
    row = {"channel": channel, "account": account, "value": value}
    await insert_many(tx, cursors, [row], update=("value",))
