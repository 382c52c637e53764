"""Leases, ticks and cursors: what only one may do, and what happens once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from storage import leases
from storage.engine import Store

TTL = timedelta(seconds=10)


async def test_a_lease_is_held_renewed_and_taken_over_after_its_end(
    store: Store, now: datetime
) -> None:
    async with store.begin() as tx:
        assert await leases.take(tx, "send", "a", now=now, ttl=TTL)
        assert not await leases.take(tx, "send", "b", now=now + TTL / 2, ttl=TTL)
        assert await leases.take(tx, "send", "a", now=now + TTL / 2, ttl=TTL)
        assert not await leases.take(tx, "send", "b", now=now + TTL, ttl=TTL)
        assert await leases.take(tx, "send", "b", now=now + TTL * 2, ttl=TTL)
        assert not await leases.take(tx, "send", "a", now=now + TTL * 2, ttl=TTL)
        assert await leases.holder_of(tx, "send", now=now + TTL * 2) == "b"
        assert await leases.holder_of(tx, "send", now=now + TTL * 4) is None


async def test_only_the_holder_gives_a_lease_back(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        await leases.take(tx, "send", "a", now=now, ttl=TTL)
        await leases.give_back(tx, "send", "b")
        assert await leases.holder_of(tx, "send", now=now) == "a"
        await leases.give_back(tx, "send", "a")
        assert await leases.take(tx, "send", "b", now=now, ttl=TTL)


async def test_of_processes_that_ask_at_once_one_gets_the_lease(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()

    async def ask(door: Store, holder: str) -> bool:
        async with door.begin() as tx:
            return await leases.take(tx, "send", holder, now=now, ttl=TTL)

    got = await asyncio.gather(*(ask(d, str(n)) for n, d in enumerate((store, other) * 4)))
    await other.close()
    assert got.count(True) == 1


async def test_each_process_gets_a_number_of_its_own(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        numbers = [
            await leases.take_number(tx, "worker", holder, now=now, ttl=TTL, below=3)
            for holder in "abc"
        ]
        assert numbers == [0, 1, 2]
        with pytest.raises(RuntimeError, match="worker"):
            await leases.take_number(tx, "worker", "d", now=now, ttl=TTL, below=3)
        assert await leases.take_number(tx, "worker", "d", now=now + TTL, ttl=TTL, below=3) == 0


async def test_a_tick_fires_once_in_however_many_processes(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()

    async def tick(door: Store) -> bool:
        async with door.begin() as tx:
            return await leases.fire(tx, "nudges", now, now=now)

    fired = await asyncio.gather(*(tick(door) for door in (store, other) * 4))
    await other.close()
    assert fired.count(True) == 1
    async with store.begin() as tx:
        assert await leases.fire(tx, "nudges", now + TTL, now=now)
        assert await leases.last_fired(tx, "nudges") == now + TTL
        await leases.forget_ticks(tx, now + TTL * 2)
        assert await leases.last_fired(tx, "nudges") is None


async def test_a_tick_whose_work_fails_fires_again(store: Store, now: datetime) -> None:
    async def fail() -> None:
        async with store.begin() as tx:
            await leases.fire(tx, "nudges", now, now=now)
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError):
        await fail()
    async with store.begin() as tx:
        assert await leases.fire(tx, "nudges", now, now=now)


async def test_a_poller_goes_on_where_it_stopped(store: Store) -> None:
    async with store.begin() as tx:
        assert await leases.cursor(tx, "telegram", "bot") is None
        await leases.set_cursor(tx, "telegram", "bot", "41")
        await leases.set_cursor(tx, "telegram", "bot", "42")
        await leases.set_cursor(tx, "telegram", "other", "7")
    async with store.read() as tx:
        assert await leases.cursor(tx, "telegram", "bot") == "42"
