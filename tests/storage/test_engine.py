"""The two doors of the store: what is kept, what is not, and who waits for whom."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.engine import Store, StoreUrlError, normal_url, notify, open_store
from storage.quick_sqlite import QuickConnection
from storage.tables import audits, persons


async def _count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(persons))).scalar_one()


async def _people(store: Store) -> int:
    async with store.read() as tx:
        return await _count(tx)


async def test_what_was_written_is_there_after_the_commit(store: Store, now: datetime) -> None:
    async with store.begin() as tx:
        await tx.execute(insert(persons).values(id=1, name="Lan", created_at=now))
    async with store.read() as tx:
        row = (await tx.execute(select(persons))).one()
    assert (row.id, row.name, row.created_at) == (1, "Lan", now)


async def test_an_error_takes_everything_back(store: Store, now: datetime) -> None:
    async def fail() -> None:
        async with store.begin() as tx:
            await tx.execute(insert(persons).values(id=1, created_at=now))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _people(store) == 0
    async with store.begin() as tx:
        await tx.execute(insert(persons).values(id=1, created_at=now))
    assert await _people(store) == 1


async def test_a_quick_transaction_is_a_transaction_like_any_other(
    store: Store, now: datetime
) -> None:
    async def fail() -> None:
        async with store.begin(quick=True) as tx:
            await tx.execute(insert(persons).values(id=1, created_at=now))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async def write(number: int, quick: bool) -> None:
        async with store.begin(quick=quick) as tx:
            await tx.execute(insert(persons).values(id=number, created_at=now))
            assert number in set(await tx.scalars(select(persons.c.id)))

    await asyncio.gather(*(write(number, number % 2 == 0) for number in range(20)))
    assert await _people(store) == 20


async def test_a_quick_transaction_waits_for_another_process_without_stopping_the_loop(
    sqlite_store: Store, sqlite_url: str
) -> None:
    other = open_store(sqlite_url)
    order: list[str] = []

    async def quick() -> None:
        async with sqlite_store.begin(quick=True):
            order.append("quick")

    async with other.begin():
        waiting = asyncio.create_task(quick())
        async with sqlite_store.read():
            order.append("loop turns")
        order.append("first")
    await waiting
    await other.close()
    assert order == ["loop turns", "first", "quick"]


async def test_who_waits_too_long_for_another_process_is_told_and_may_come_again(
    sqlite_store: Store, sqlite_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.BUSY_TIMEOUT_S", 0.05)
    other = open_store(sqlite_url)
    async with other.begin():
        for quick in (True, False):
            with pytest.raises(DBAPIError, match="locked"):
                async with sqlite_store.begin(quick=quick):
                    raise AssertionError("two wrote at once")
    async with sqlite_store.begin(quick=True) as tx:
        await tx.execute(insert(persons).values(id=1, created_at=now))
    assert await _people(sqlite_store) == 1
    await other.close()


async def test_a_commit_that_the_disk_refuses_is_an_error_of_the_database(
    sqlite_store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's message is blamed for it, whichever way the statements went (`receive._store_is_down`)."""

    async def refuse(self: QuickConnection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async def write(*, straight: bool) -> None:
        row = {"id": 1, "name": "Lan", "created_at": now}
        async with sqlite_store.begin(quick=True) as tx:
            if straight:
                await insert_many(tx, persons, [row])
            else:
                await tx.execute(insert(persons).values(**row))

    for straight in (True, False):
        with monkeypatch.context() as patch:
            patch.setattr(QuickConnection, "commit", refuse)
            with pytest.raises(DBAPIError, match="disk I/O error"):
                await write(straight=straight)
        assert await _people(sqlite_store) == 0
    await write(straight=True)
    assert await _people(sqlite_store) == 1


async def test_a_cancelled_writer_leaves_the_door_open(store: Store, now: datetime) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with store.begin() as tx:
            await tx.execute(insert(persons).values(id=1, created_at=now))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.begin() as tx:
        await tx.execute(insert(persons).values(id=2, created_at=now))
    assert await _people(store) == 1


async def test_a_reader_cannot_write(store: Store, now: datetime) -> None:
    with pytest.raises(DBAPIError):
        async with store.read() as tx:
            await tx.execute(insert(persons).values(id=1, created_at=now))
    assert await _people(store) == 0


async def test_a_reader_keeps_its_snapshot(store: Store, now: datetime) -> None:
    async with store.read() as reader:
        assert await _count(reader) == 0
        async with store.begin() as tx:
            await tx.execute(insert(persons).values(id=1, created_at=now))
        assert await _count(reader) == 0
    assert await _people(store) == 1


async def test_writers_queue_and_none_is_turned_away(store: Store, now: datetime) -> None:
    async def write(number: int) -> None:
        async with store.begin() as tx:
            await tx.execute(insert(persons).values(id=number, created_at=now))

    await asyncio.gather(*(write(number) for number in range(40)))
    assert await _people(store) == 40


async def test_sqlite_writers_go_in_the_order_they_came(sqlite_store: Store) -> None:
    order: list[int] = []

    async def write(number: int) -> None:
        async with sqlite_store.begin():
            order.append(number)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert order == list(range(20))


async def test_two_handles_write_to_one_database(
    store: Store, open_another: Callable[[], Store], now: datetime
) -> None:
    other = open_another()

    async def write(door: Store, number: int) -> None:
        async with door.begin() as tx:
            await tx.execute(insert(persons).values(id=number, created_at=now))

    await asyncio.gather(*(write(store if number % 2 else other, number) for number in range(30)))
    await other.close()
    assert await _people(store) == 30


async def test_many_processes_open_a_new_database_at_once(tmp_path: Path) -> None:
    """SQLite lets one of them change the file's mode and tells the others "locked" without waiting."""
    for number in range(40):
        path = tmp_path / f"{number}.db"
        with contextlib.closing(sqlite3.connect(path)) as new:
            new.execute("CREATE TABLE said (words TEXT)")
        doors = [open_store(f"sqlite:///{path}") for _ in range(4)]
        await asyncio.gather(*(_says(door) for door in doors))
        async with doors[0].read() as tx:
            assert await tx.scalar(text("SELECT count(*) FROM said")) == len(doors)
        for door in doors:
            await door.close()


async def _says(door: Store) -> None:
    async with door.begin() as tx:
        await tx.execute(text("INSERT INTO said VALUES ('có')"))


async def test_a_ring_is_heard_after_the_commit_and_never_after_a_rollback(store: Store) -> None:
    heard = asyncio.Event()
    stop = await store.listen("outbox", heard.set)

    async def fail() -> None:
        async with store.begin() as tx:
            notify(tx, "outbox")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.begin() as tx:
        notify(tx, "other")
    assert not heard.is_set()
    async with store.begin() as tx:
        notify(tx, "outbox")
        notify(tx, "outbox")
        assert not heard.is_set()
    await asyncio.wait_for(heard.wait(), 5)
    stop()


async def test_postgres_rings_reach_another_process_and_survive_a_lost_connection(
    pg_store: Store, pg_url: str
) -> None:
    other = open_store(pg_url)
    heard = asyncio.Event()
    await other.listen("outbox", heard.set)
    async with pg_store.begin() as tx:
        notify(tx, "outbox")
    await asyncio.wait_for(heard.wait(), 5)
    heard.clear()
    async with pg_store.begin() as tx:
        await tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        )
    await asyncio.wait_for(heard.wait(), 5)  # what was missed is unknown, so it rings
    heard.clear()
    async with pg_store.begin() as tx:
        notify(tx, "outbox")
    await asyncio.wait_for(heard.wait(), 5)
    await other.close()


async def test_json_keeps_vietnamese_and_nesting(store: Store, now: datetime) -> None:
    details = {"từ": "Thôn Đông Lĩnh", "list": [1, {"a": None}]}
    async with store.begin() as tx:
        await tx.execute(
            insert(audits).values(id=1, at=now, action="a", subject="s", details=details)
        )
    async with store.read() as tx:
        assert (await tx.execute(select(audits.c.details))).scalar_one() == details


async def test_the_log_is_folded_in_when_the_store_closes(tmp_path: Path, sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    async with store.begin() as tx:
        await tx.execute(insert(persons).values(id=1, created_at=datetime.now().astimezone()))
    await store.close()
    assert not (tmp_path / "soxanh.db-wal").exists()


async def test_sqlite_is_durable_and_keeps_references(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as tx:
        for name, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            assert (await tx.exec_driver_sql(f"PRAGMA {name}")).scalar_one() == value


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "nonsense"])
def test_a_url_that_cannot_work_says_what_to_write(url: str) -> None:
    with pytest.raises(StoreUrlError, match="sqlite:///"):
        open_store(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_spelling_of_postgres_means_asyncpg(scheme: str) -> None:
    url = normal_url(f"{scheme}://u:p@h/d?sslmode=require")
    assert url.drivername == "postgresql+asyncpg"
    assert dict(url.query) == {"ssl": "require"}
