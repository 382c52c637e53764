"""Each message once, in order, and none lost when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from storage import inbox
from storage.engine import Store
from storage.inbox import InboxRow


def _row(number: int, at: datetime, *, sender: str = "lan", state: Any = "done") -> InboxRow:
    return InboxRow(
        channel="telegram",
        account="bot",
        message_id=f"{number:03}",
        sender=sender,
        body=f'{{"n":{number}}}',
        state=state,
        received_at=at + timedelta(seconds=number),
    )


def _numbers(rows: list[InboxRow]) -> list[int]:
    return [int(row.message_id) for row in rows]


async def test_a_second_copy_is_known_and_not_kept(store: Store, now: datetime) -> None:
    one, two, three = (_row(n, now) for n in (1, 2, 3))
    async with store.begin() as tx:
        assert await inbox.known(tx, [one.key]) == set()
        assert await inbox.put(tx, [one, two]) == {one.key, two.key}
    async with store.begin() as tx:
        assert await inbox.known(tx, [one.key, three.key]) == {one.key}
        assert await inbox.put(tx, [two, three, three]) == {three.key}


async def test_a_copy_that_two_processes_get_at_once_is_new_for_one(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()
    row = _row(1, now)

    async def take(door: Store) -> int:
        async with door.begin() as tx:
            return len(await inbox.put(tx, [row]))

    taken = await asyncio.gather(*(take(door) for door in (store, other) * 4))
    await other.close()
    assert sum(taken) == 1


async def test_a_crash_before_the_commit_leaves_the_message_new(
    store: Store, now: datetime
) -> None:
    async def crash() -> None:
        async with store.begin() as tx:
            await inbox.put(tx, [_row(1, now)])
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await crash()
    async with store.begin() as tx:
        assert len(await inbox.put(tx, [_row(1, now)])) == 1


async def test_waiting_messages_come_oldest_first_until_they_are_finished(
    store: Store, now: datetime
) -> None:
    async with store.begin() as tx:
        await inbox.put(tx, [_row(n, now, state="waiting") for n in (3, 1, 2)])
        await inbox.put(tx, [_row(9, now)])
        assert await inbox.count_waiting(tx) == 3
    async with store.begin() as tx:
        rows = await inbox.waiting(tx, 2)
        assert _numbers(rows) == [1, 2]
        await inbox.finish(tx, [row.key for row in rows])
    async with store.begin() as tx:
        rows = await inbox.waiting(tx, 10)
        assert _numbers(rows) == [3]
        assert rows[0] == _row(3, now, state="waiting")


async def test_a_message_that_breaks_is_set_aside_and_can_be_tried_again(
    store: Store, now: datetime
) -> None:
    row = _row(1, now, state="waiting")
    async with store.begin() as tx:
        await inbox.put(tx, [row])
        await inbox.quarantine(tx, row.key, "KeyError: 'kind'")
        assert await inbox.waiting(tx, 5) == []
        (aside,) = await inbox.quarantined(tx)
        assert (aside.key, aside.error) == (row.key, "KeyError: 'kind'")
        await inbox.again(tx, [row.key])
        assert _numbers(await inbox.waiting(tx, 5)) == [1]
        assert await inbox.quarantined(tx) == []


async def test_old_messages_are_forgotten_but_not_those_still_open(
    store: Store, now: datetime
) -> None:
    async with store.begin() as tx:
        await inbox.put(tx, [_row(1, now), _row(2, now, state="waiting"), _row(3, now)])
        await inbox.forget_bodies(tx, now + timedelta(seconds=3))
        await inbox.forget_older_than(tx, now + timedelta(seconds=3))
        keys = [_row(n, now).key for n in (1, 2, 3)]
        assert await inbox.known(tx, keys) == set(keys[1:])


async def test_two_workers_share_no_message_and_keep_each_senders_order(
    pg_store: Store, now: datetime
) -> None:
    senders = ["lan", "lan", "minh", "lan", "minh", "hoa"]
    async with pg_store.begin() as tx:
        rows = [_row(n, now, sender=s, state="waiting") for n, s in enumerate(senders)]
        await inbox.put(tx, rows)
    async with pg_store.begin() as one, pg_store.begin() as two:
        first = await inbox.waiting(one, 2)
        second = await inbox.waiting(two, 10)
        assert _numbers(first) == [0, 1]
        # Lan's third message waits for her first two, which another worker holds
        assert _numbers(second) == [2, 4, 5]
        await inbox.finish(one, [row.key for row in first])
        await inbox.finish(two, [row.key for row in second])
    async with pg_store.begin() as tx:
        assert _numbers(await inbox.waiting(tx, 10)) == [3]
