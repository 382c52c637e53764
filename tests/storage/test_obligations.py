"""The ledger: made once, opened, overdue, retimed; members of a class owe as single units do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from plans.calendar import Calendar
from plans.owed import Owed, owed
from storage import obligations, units
from storage.engine import Store
from storage.ids import Ids, NumberedIds
from storage.tables import obligations as rows
from storage.units import NewUnit
from tests.storage.an_xuan import Place, mini_pack, settle

JUNE_20 = {"duty.dinh-ky.due": {"any": {"on": "06-20"}}}


def of_2026(settings: dict[str, Any] | None = None) -> list[Owed]:
    return owed(
        mini_pack(), settings or {}, Calendar(), first=date(2026, 1, 1), last=date(2026, 12, 31)
    )


async def ensure(tx: Any, place: Place, what: list[Owed], now: datetime, ids: Any) -> int:
    return await obligations.ensure(tx, place.plan_id, place.commune.id, what, now=now, ids=ids)


async def test_every_member_of_a_class_and_every_single_unit_owes(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Four villages and the Women's Union, for the half-year and the year; again makes none."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        assert await ensure(tx, place, of_2026(), now, ids) == 10
        assert await ensure(tx, place, of_2026(), now, ids) == 0
        found = await obligations.of_period(tx, place.plan_id, "dinh-ky", "2026-H1")
        assert {each.unit_id for each in found} > {u.id for u in place.villages.values()}
        assert {each.state for each in found} == {"open"}
        year = await obligations.of_period(tx, place.plan_id, "dinh-ky", "2026")
        assert {each.state for each in year} == {"not_open"}


async def test_a_village_that_comes_later_owes_from_then_on(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """One that began after the figures closed, or ended before, owes nothing for that period."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await ensure(tx, place, of_2026(), now, ids)
        common = {"kind": "village", "parent_id": place.commune.id, "pack_key": "thon"}
        made = await units.add(
            tx,
            [
                NewUnit(code="moi", name="Thôn Mới", since=date(2026, 7, 1), **common),
                NewUnit(code="cu", name="Thôn Cũ", until=date(2026, 5, 1), **common),
            ],
            ids=ids,
        )
        assert await ensure(tx, place, of_2026(), now, ids) == 1
        (only,) = await obligations.open_for(
            tx, [unit.id for unit in made], now=datetime(2026, 12, 1, tzinfo=UTC)
        )
        assert (only.unit_id, only.period_key) == (made[0].id, "2026")


async def test_a_day_set_later_reaches_what_is_not_settled(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Without a day nothing is overdue; with one it is; with a later one it is open again."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await ensure(tx, place, of_2026(), now, ids)
        after = datetime(2026, 7, 1, tzinfo=UTC)
        await obligations.advance(tx, now=after)
        assert await states(tx, "2026-H1") == {"open"}
        await ensure(tx, place, of_2026(JUNE_20), now, ids)
        await obligations.advance(tx, now=after)
        assert await states(tx, "2026-H1") == {"overdue"}
        later = {"duty.dinh-ky.due": {"any": {"on": "07-10"}}}
        await ensure(tx, place, of_2026(later), now, ids)
        await obligations.advance(tx, now=after)
        assert await states(tx, "2026-H1") == {"open"}


async def states(tx: Any, period: str) -> set[str]:
    return set(await tx.scalars(select(rows.c.state).where(rows.c.period_key == period)))


async def test_states_move_on_with_the_clock(store: Store, now: datetime, ids: NumberedIds) -> None:
    """Not open, open on its day, drafted when begun, overdue the second after its due time."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        (half, _) = of_2026(JUNE_20)
        assert half.due_at is not None
        await ensure(tx, place, [half], half.opens_at - timedelta(seconds=1), ids)
        assert await states(tx, "2026-H1") == {"not_open"}
        await obligations.advance(tx, now=half.opens_at)
        assert await states(tx, "2026-H1") == {"open"}
        (first, *_) = await obligations.of_period(tx, place.plan_id, "dinh-ky", "2026-H1")
        await obligations.drafted(tx, [first.id])
        await obligations.advance(tx, now=half.due_at)
        assert await states(tx, "2026-H1") == {"open", "drafted"}
        await obligations.advance(tx, now=half.due_at + timedelta(seconds=1))
        assert await states(tx, "2026-H1") == {"overdue"}


async def test_what_is_due_first_is_listed_first(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """And what has no day comes last; what has not opened is not listed."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        half, year = of_2026()
        assert (half.due_at, year.due_at is None) == (None, False)
        await ensure(tx, place, [half, year], now, ids)
        village = place.villages["Thôn Đông"].id
        december = datetime(2026, 12, 1, tzinfo=UTC)
        found = await obligations.open_for(tx, [village], now=december)
        assert [each.period_key for each in found] == ["2026", "2026-H1"]
        found = await obligations.open_for(tx, [village], now=now)
        assert [each.period_key for each in found] == ["2026-H1"]


async def test_many_processes_at_once_make_each_obligation_once(
    store: Store, now: datetime, ids: NumberedIds, open_another: Callable[[], Store]
) -> None:
    """Four ticks in the same moment, two of them through another handle on the store."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
    other = open_another()

    async def one(on: Store, worker: int) -> int:
        async with on.begin() as tx:
            return await ensure(tx, place, of_2026(), now, Ids(worker))

    made = await asyncio.gather(*(one(on, at) for at, on in enumerate((store, other) * 2)))
    await other.close()
    assert sorted(made) == [0, 0, 0, 10]
    async with store.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(rows)) == 10


@pytest.mark.parametrize("maker", [NumberedIds(5), Ids(3)])
def test_reserved_numbers_are_given_to_nobody_else(maker: Any) -> None:
    """The next id lies beyond the reserved block, whatever kind of ids there are."""
    first = obligations.reserve(maker, 50)
    assert maker() > first + 49
