"""What is sent, in which order, and what is left behind when a sender dies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox
from storage.engine import Store
from storage.lanes import Pace
from storage.outbox import PRIORITY, OutboxRow

LEASE_S = 30.0
FAST = Pace(per_second=1000, chat_gap_s=0, group_gap_s=0)


def _row(number: int, now: datetime, chat: str = "lan", **more: Any) -> OutboxRow:
    purpose = more.pop("purpose", "reply")
    values = {
        "id": number,
        "channel": "telegram",
        "account": "bot",
        "chat": chat,
        "person_id": 7,
        "body": f'{{"words":"{number}"}}',
        "purpose": purpose,
        "priority": PRIORITY[purpose],
        "not_before": now,
        "made_at": now,
    }
    return OutboxRow(**(values | more))


async def _put(store: Store, *rows: OutboxRow) -> None:
    async with store.begin() as tx:
        await outbox.put(tx, rows)


async def _claim(
    store: Store, now: datetime, limit: int = 100, pace: Pace | None = None
) -> list[OutboxRow]:
    async with store.begin() as tx:
        return await outbox.claim(
            tx, "telegram", "bot", now=now, limit=limit, lease_s=LEASE_S, pace=pace
        )


async def _claimed(store: Store, now: datetime, limit: int = 100) -> list[int]:
    return [row.id for row in await _claim(store, now, limit)]


async def _sent(store: Store, now: datetime, *ids: int) -> None:
    async with store.begin() as tx:
        await outbox.sent(tx, [(each, f"m{each}") for each in ids], now=now)


async def _state(store: Store, row_id: int) -> str:
    async with store.read() as tx:
        row = await outbox.get(tx, row_id)
    assert row is not None
    return row.state


async def _due(store: Store, now: datetime) -> datetime | None:
    async with store.read() as tx:
        return await outbox.next_due(tx, "telegram", "bot", now=now)


async def test_a_claimed_row_comes_back_as_it_was_put(store: Store, now: datetime) -> None:
    row = _row(1, now, "nhóm", group=True, reply_to="m0", slot="s", person_id=None)
    await _put(store, row)
    (claimed,) = await _claim(store, now)
    assert claimed.state == "sending"
    assert claimed.attempts == 1
    assert claimed.claimed_until == now + timedelta(seconds=LEASE_S)
    async with store.read() as tx:
        assert await outbox.get(tx, 1) == claimed
        assert await outbox.get(tx, 2) is None


async def test_one_in_flight_per_chat_and_in_order(store: Store, now: datetime) -> None:
    await _put(store, _row(3, now), _row(1, now), _row(2, now, "minh"), _row(4, now, "minh"))
    assert await _claimed(store, now) == [1, 2]
    assert await _claimed(store, now) == []
    await _sent(store, now, 1)
    assert await _claimed(store, now) == [3]
    await _sent(store, now, 2, 3)
    assert await _claimed(store, now) == [4]
    assert [await _state(store, n) for n in (1, 2, 3, 4)] == ["sent", "sent", "sent", "sending"]


async def test_replies_go_before_nudges(store: Store, now: datetime) -> None:
    nudges = [_row(n, now, f"c{n}", purpose="nudge") for n in range(1, 6)]
    await _put(store, *nudges, _row(8, now, "c1"), _row(9, now, "c9", purpose="case"))
    assert await _claimed(store, now, limit=3) == [8, 9, 2]


async def test_a_long_tail_of_one_chat_does_not_hide_the_others(
    store: Store, now: datetime
) -> None:
    await _put(store, *(_row(n, now) for n in range(1, 200)), _row(300, now, "minh"))
    assert await _claimed(store, now, limit=5) == [1, 300]


async def test_nothing_goes_before_its_time(store: Store, now: datetime) -> None:
    later = now + timedelta(hours=8)
    await _put(store, _row(1, now, not_before=later, purpose="nudge"), _row(2, now))
    assert await _claimed(store, now) == [2]
    await _sent(store, now, 2)
    assert await _claimed(store, later - timedelta(seconds=1)) == []
    assert await _due(store, now) == later
    assert await _claimed(store, later) == [1]


async def test_accounts_do_not_see_each_others_rows(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now, account="other"), _row(2, now, channel="zalo"))
    assert await _claimed(store, now) == []
    async with store.read() as tx:
        assert await outbox.counts(tx, "telegram", "other") == {"waiting": 1}


async def test_a_newer_reply_takes_the_place_of_one_that_waits_in_its_slot(
    store: Store, now: datetime
) -> None:
    soon = now + timedelta(seconds=2)
    await _put(
        store, _row(1, now, slot="album", not_before=soon), _row(2, now, "minh", slot="album")
    )
    await _put(
        store,
        _row(3, now, slot="album", not_before=soon),
        _row(4, now, slot="album", not_before=soon),
        _row(5, now, slot="other", not_before=soon),
    )
    assert await _claimed(store, soon) == [2, 4]
    await _sent(store, soon, 2, 4)
    assert await _claimed(store, soon) == [5]
    # 4 is sent and stays so
    await _put(store, _row(6, now, slot="album"))
    assert [await _state(store, n) for n in (1, 4)] == ["dropped", "sent"]
    async with store.begin() as tx:
        await outbox.drop_slot(tx, "telegram", "bot", "lan", "album")
    assert await _state(store, 6) == "dropped"


async def test_a_sender_that_dies_leaves_unknown_and_no_copy(store: Store, now: datetime) -> None:
    """Killed between the mark and the result: the channel may have carried it or not."""
    await _put(store, _row(1, now), _row(2, now))
    assert await _claimed(store, now) == [1]
    just_before = now + timedelta(seconds=LEASE_S - 1)
    assert await _claimed(store, just_before) == []
    assert await _due(store, just_before) == now + timedelta(seconds=LEASE_S)
    assert await _claimed(store, now + timedelta(seconds=LEASE_S)) == [2]
    assert await _state(store, 1) == "unknown"


async def test_a_crash_before_the_mark_is_kept_loses_nothing(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now))

    async def crash() -> None:
        async with store.begin() as tx:
            await outbox.claim(tx, "telegram", "bot", now=now, limit=5, lease_s=LEASE_S)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await crash()
    assert await _claimed(store, now) == [1]


async def test_an_answer_after_the_lease_still_counts(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now))
    await _claim(store, now)
    async with store.begin() as tx:
        at = now + timedelta(seconds=LEASE_S)
        assert await outbox.recover(tx, "telegram", "bot", now=at) == 1
    await _sent(store, now, 1)
    assert await _state(store, 1) == "sent"


async def test_what_must_wait_keeps_its_chat_in_order(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now), _row(2, now), _row(3, now, "minh"))
    one, _ = await _claim(store, now)
    until = now + timedelta(seconds=7)
    async with store.begin() as tx:
        await outbox.later(tx, one, until=until, error="429")
    await _sent(store, now, 3)
    assert await _claimed(store, until - timedelta(seconds=0.1)) == []
    assert await _due(store, now) == until
    assert await _claimed(store, until) == [1]


async def test_a_whole_account_can_be_told_to_wait(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now), _row(2, now, "minh"))
    (one,) = await _claim(store, now, limit=1)
    until = now + timedelta(seconds=20)
    async with store.begin() as tx:
        await outbox.later(tx, one, until=until, whole_account=True)
    assert await _claimed(store, until - timedelta(milliseconds=1)) == []
    assert await _due(store, now) == until
    assert await _claimed(store, until) == [1, 2]


async def test_every_outcome_is_kept(store: Store, now: datetime) -> None:
    await _put(store, *(_row(n, now, str(n)) for n in range(1, 5)))
    await _claim(store, now)
    async with store.begin() as tx:
        await outbox.part_sent(tx, 1, 2)
        await outbox.failed(tx, 1, "chat not found")
        await outbox.unknown(tx, 2, "timeout")
        await outbox.held(tx, 3)
        assert await outbox.counts(tx, "telegram", "bot") == {
            "failed": 1,
            "unknown": 1,
            "held": 1,
            "sending": 1,
        }
        failed = await outbox.get(tx, 1)
    assert failed is not None
    assert (failed.part, failed.error, failed.claimed_until) == (2, "chat not found", None)
    assert await _claimed(store, now) == []


async def test_held_rows_go_when_the_person_writes(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now), _row(2, now, "minh", person_id=8))
    await _claim(store, now)
    at = now + timedelta(days=3)
    async with store.begin() as tx:
        await outbox.held(tx, 1)
        await outbox.held(tx, 2)
        assert await outbox.release_held(tx, [], now=at) == 0
        assert await outbox.release_held(tx, [7, 9], now=at) == 1
    assert await _claimed(store, at) == [1]


async def test_what_is_no_longer_true_is_not_sent(store: Store, now: datetime) -> None:
    await _put(
        store,
        _row(1, now, "a"),
        _row(2, now, "b", purpose="nudge"),
        _row(3, now, "c", purpose="nudge", person_id=8),
        _row(4, now, "d", purpose="nudge"),
    )
    assert await _claimed(store, now, limit=1) == [1]
    async with store.begin() as tx:
        assert await outbox.drop(tx, [1, 2, 99]) == 1
        assert [row.id for row in await outbox.waiting_for(tx, 7)] == [4]
        assert await outbox.drop_for_person(tx, 7, ["nudge"]) == 1
    assert await _claimed(store, now) == [3]
    assert await _state(store, 1) == "sending"


async def test_a_group_that_moves_takes_its_messages_along(store: Store, now: datetime) -> None:
    await _put(store, _row(1, now, "-5"), _row(2, now, "-5"))
    (one,) = await _claim(store, now)
    async with store.begin() as tx:
        await outbox.move_chat(tx, "telegram", "bot", "-5", to="-1005")
        await outbox.later(tx, one, until=now)
    assert [row.chat for row in await _claim(store, now)] == ["-1005"]


async def test_a_priority_that_would_never_be_sent_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(ValueError, match="priority 5"):
        await _put(store, _row(1, now, priority=5))


# --- pace --------------------------------------------------------------------------------------


async def test_the_account_keeps_its_pace_over_any_second(store: Store, now: datetime) -> None:
    pace = Pace(per_second=30, chat_gap_s=0, group_gap_s=0)
    await _put(store, *(_row(n, now, str(n)) for n in range(1, 100)))
    times: list[datetime] = []
    at = now
    while at < now + timedelta(seconds=2):
        claimed = await _claim(store, at, pace=pace)
        times += [at] * len(claimed)
        await _sent(store, at, *(row.id for row in claimed))
        due = await _due(store, at)
        assert due is not None
        assert due > at
        at = due
    windows = [
        sum(start <= each < start + timedelta(seconds=1) for each in times) for start in times
    ]
    assert max(windows) <= 31
    assert 58 <= len(times) <= 62


async def test_a_chat_keeps_its_gap_and_a_group_its_longer_one(store: Store, now: datetime) -> None:
    pace = Pace(per_second=1000, chat_gap_s=1, group_gap_s=3)
    rows = [
        _row(1, now),
        _row(2, now),
        _row(3, now, "-5", group=True),
        _row(4, now, "-5", group=True),
    ]
    await _put(store, *rows)

    async def at(seconds: float) -> list[int]:
        moment = now + timedelta(seconds=seconds)
        ids = [row.id for row in await _claim(store, moment, pace=pace)]
        await _sent(store, moment, *ids)
        return ids

    assert await at(0) == [1, 3]
    assert await at(0.9) == []
    assert await _due(store, now + timedelta(seconds=0.9)) == now + timedelta(seconds=1)
    assert await at(1) == [2]
    assert await at(2.9) == []
    assert await at(3) == [4]
    assert await _due(store, now + timedelta(seconds=3)) is None


async def test_two_claimers_never_share_a_row(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()
    await _put(store, *(_row(n, now, str(n)) for n in range(1, 61)))
    got: list[int] = []

    async def work(door: Store) -> None:
        for _ in range(15):
            got.extend(row.id for row in await _claim(door, now, limit=5, pace=FAST))
            await asyncio.sleep(0)

    await asyncio.gather(work(store), work(other), work(store))
    await other.close()
    got += [row.id for row in await _claim(store, now + timedelta(seconds=1))]
    assert sorted(got) == list(range(1, 61))


async def test_a_send_that_ends_while_others_are_chosen_lets_no_later_message_overtake(
    pg_store: Store, now: datetime
) -> None:
    """On PostgreSQL each page of a choice sees what was committed meanwhile."""
    tail = [_row(n, now, "minh") for n in range(10, 40)]
    await _put(pg_store, _row(1, now), _row(2, now), *tail, _row(100, now))
    assert await _claimed(pg_store, now, limit=1) == [1]

    async with pg_store.begin() as tx:
        between = _Between(tx, lambda: _sent(pg_store, now, 1))
        rows = await outbox.claim(
            cast("AsyncConnection", between), "telegram", "bot", now=now, limit=2, lease_s=LEASE_S
        )
    assert between.pages > 1
    assert [row.id for row in rows] == [10]
    assert await _claimed(pg_store, now) == [2]


class _Between:
    """A transaction during which something else is committed, right after the first page was read."""

    def __init__(self, tx: AsyncConnection, happens: Callable[[], Awaitable[None]]) -> None:
        self._tx = tx
        self._happens = happens
        self.pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    async def execute(self, statement: Any, *args: Any) -> Any:
        found = await self._tx.execute(statement, *args)
        if getattr(statement, "_limit_clause", None) is not None:
            self.pages += 1
            if self.pages == 1:
                await self._happens()
        return found


async def test_a_claimer_does_not_wait_for_another(pg_store: Store, now: datetime) -> None:
    await _put(pg_store, _row(1, now), _row(2, now, "minh"))
    async with pg_store.begin() as tx:
        first = await outbox.claim(tx, "telegram", "bot", now=now, limit=1, lease_s=LEASE_S)
        assert [row.id for row in first] == [1]
        assert await _claimed(pg_store, now) == []
    assert await _claimed(pg_store, now) == [2]
