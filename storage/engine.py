"""The store: one URL decides between SQLite and PostgreSQL, and everything above sees the same two doors.

`Store.begin()` opens a transaction that writes, `Store.read()` one that only reads.
On SQLite writers queue for one connection, first come first served, so that nobody ever
meets "database is locked"; readers have connections of their own and see the last commit.
Figures behind each choice: performance.md §1.4 and §5.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.columns import to_json
from storage.direct import QUICK
from storage.quick_sqlite import QuickConnection, ask_while_locked, connect, quick_connection
from storage.wakeups import PostgresWakeups, Wakeups

Dialect = Literal["sqlite", "postgresql"]

BUSY_TIMEOUT_S = 30.0
"""How long SQLite waits for another process that is writing (an import beside a running bot)."""

CHECKPOINT_EVERY_S = 0.25
"""How often the write-ahead log is folded into the database, off the hot path (performance.md §1.4)."""

SQLITE_READERS = 4
POSTGRES_POOL = 8
POSTGRES_OVERFLOW = 8
STATEMENT_CACHE = 500

_RINGS = "soxanh.rings"
_CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class StoreUrlError(ValueError):
    """The database URL cannot be used; the text says what to write instead."""


def open_store(url: str, *, media_dir: Path | None = None) -> Store:
    """The store behind `url`; nothing is opened until the first transaction.

    Args:
        url: `sqlite:///path/to/file.db` or `postgresql://user@host/name` (`postgres://` too).
        media_dir: where photos and files are kept; made when missing.

    Raises:
        StoreUrlError: another database, or SQLite without a file.
    """
    address = normal_url(url)
    if media_dir is not None:
        media_dir.mkdir(parents=True, exist_ok=True)
    if address.get_backend_name() == "sqlite":
        return _SqliteStore(address, media_dir)
    return _PostgresStore(address, media_dir)


def normal_url(url: str) -> URL:
    """`url` with the driver this product uses. Raises StoreUrlError with advice."""
    try:
        address = make_url(re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url.strip()))
    except ArgumentError:
        raise StoreUrlError(
            "the database URL cannot be read; write sqlite:///data/soxanh.db"
            " or postgresql://user:password@host/name"
        ) from None
    backend = address.get_backend_name()
    if backend == "sqlite":
        return _sqlite_url(address)
    if backend == "postgresql":
        return _postgres_url(address)
    raise StoreUrlError(f"{backend} is not supported; use sqlite:///file.db or postgresql://…")


def _sqlite_url(address: URL) -> URL:
    name = address.database or ""
    if name in ("", ":memory:") or "mode=memory" in str(address):
        raise StoreUrlError(
            "SQLite in memory is not supported: several connections must see the same data,"
            " also after a restart; write sqlite:///data/soxanh.db"
        )
    return address.set(drivername="sqlite+aiosqlite")


def _postgres_url(address: URL) -> URL:
    address = address.set(drivername="postgresql+asyncpg")
    mode = address.query.get("sslmode")
    if mode is None:
        return address
    # asyncpg calls libpq's `sslmode` `ssl`
    return address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


class Store:
    """Transactions on one database. Made by `open_store`; close it when done."""

    dialect: Dialect

    def __init__(self, url: URL, media_dir: Path | None) -> None:
        self.url = url
        self.media_dir = media_dir

    def begin(
        self, *, quick: bool = False
    ) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that writes: committed when the block ends well, rolled back when it raises.

        `quick` promises that every statement is small (milliseconds): on SQLite they then run
        on the event loop itself instead of changing threads four times each. The commit never does.
        """
        raise NotImplementedError

    def read(self) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that only reads, on one snapshot; writing in it is an error of the database."""
        raise NotImplementedError

    async def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every commit that rang `channel`, in any process on PostgreSQL.

        Returns a function that ends the listening. A ring may come twice or for nothing, and
        on SQLite rings of other processes are not heard: listeners also look by the clock.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Let go of every connection. The store cannot be used afterwards."""
        raise NotImplementedError


def notify(tx: AsyncConnection, channel: str) -> None:
    """Ring `channel` once when `tx` commits; nothing happens when it rolls back."""
    if not _CHANNEL_NAME.fullmatch(channel):
        raise ValueError(f"not a channel name: {channel!r}")
    tx.info.setdefault(_RINGS, set()).add(channel)


def _engine(url: URL, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url,
        json_serializer=to_json,
        json_deserializer=msgspec.json.decode,
        **options,
    )


class _SqliteStore(Store):
    dialect: Dialect = "sqlite"

    def __init__(self, url: URL, media_dir: Path | None) -> None:
        super().__init__(url, media_dir)
        self._path = Path(url.database or "")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _sqlite_engine(url, connections=1)
        self._reader = _sqlite_engine(url, connections=SQLITE_READERS, readonly=True)
        self._door = _Door(self._writer)
        self._turn = asyncio.Lock()  # hands on in the order of asking
        self._wakeups = Wakeups()
        self._checkpoints = _Checkpoints(self._path)

    @contextlib.asynccontextmanager
    async def begin(self, *, quick: bool = False) -> AsyncIterator[AsyncConnection]:
        async with self._turn:
            async with self._door.opened() as tx:
                below = await quick_connection(tx)
                tx.info.pop(_RINGS, None)
                tx.info[QUICK] = below.sqlite if quick else None
                async with below.writing(quick=quick, patience_s=BUSY_TIMEOUT_S):
                    yield tx
                    # statements that all went straight to SQLite have begun nothing in SQLAlchemy
                    await (tx.commit() if tx.in_transaction() else below.keep())
                rings = tx.info.pop(_RINGS, ())
            self._checkpoints.wanted()
        for channel in rings:
            self._wakeups.ring(channel)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._reader.connect() as tx:
            await tx.begin()
            yield tx
            await tx.rollback()

    async def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        return self._wakeups.listen(channel, callback)

    async def close(self) -> None:
        await self._checkpoints.close()
        await self._door.close()
        await self._writer.dispose()
        await self._reader.dispose()


class _Door:
    """The one connection that writes, kept open from one transaction to the next."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: AsyncConnection | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncConnection]:
        """The connection, for one transaction; after an error the next gets it anew."""
        tx = self._kept or await self._engine.connect()
        self._kept = None
        try:
            yield tx
        except BaseException:
            await asyncio.shield(asyncio.create_task(tx.close()))
            raise
        self._kept = tx

    async def close(self) -> None:
        """Let go of it."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None


async def _opened(path: Path) -> QuickConnection:
    """A connection in WAL mode. Of several that open a new database at once SQLite lets one change
    its mode and tells the others "locked" without waiting: they ask again.
    """
    connection = await connect(path, timeout_s=BUSY_TIMEOUT_S)

    async def ask() -> None:
        await (await connection.execute("PRAGMA journal_mode=WAL")).close()

    try:
        await ask_while_locked(ask, patience_s=BUSY_TIMEOUT_S)
    except BaseException:
        await connection.close()
        raise
    return connection


def _sqlite_engine(url: URL, *, connections: int, readonly: bool = False) -> AsyncEngine:
    engine = _engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,  # every transaction is ended by `begin` and `read` themselves
        async_creator=partial(_opened, Path(url.database or "")),
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "wal_autocheckpoint=0",
            "temp_store=MEMORY",
            "cache_size=-65536",
            # who writes asks again by itself (`QuickConnection.writing`), without stopping the loop
            f"busy_timeout={int(BUSY_TIMEOUT_S * 1000) if readonly else 0}",
            f"query_only={'ON' if readonly else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if readonly:

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine


class _Checkpoints:
    """Folds the write-ahead log into the database from a second connection, while nobody waits for it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._task: asyncio.Task[None] | None = None
        self._written = asyncio.Event()

    def wanted(self) -> None:
        """Something was committed; fold it in soon."""
        self._written.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="sqlite checkpoints")

    async def _run(self) -> None:
        connection: sqlite3.Connection = await asyncio.to_thread(self._connect)
        try:
            while True:
                await self._written.wait()
                await asyncio.sleep(CHECKPOINT_EVERY_S)
                self._written.clear()
                await self._fold(connection)
        finally:
            _checkpoint(connection, "PASSIVE")
            connection.close()

    @staticmethod
    async def _fold(connection: sqlite3.Connection) -> None:
        folding = asyncio.create_task(asyncio.to_thread(_checkpoint, connection, "PASSIVE"))
        try:
            await asyncio.shield(folding)
        except asyncio.CancelledError:
            # the thread goes on: closing the connection under its hands crashes the process
            await folding
            raise

    def _connect(self) -> sqlite3.Connection:
        # one call at a time, but each from whatever thread is free
        return sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)

    async def close(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None


def _checkpoint(connection: sqlite3.Connection, mode: str) -> None:
    # busy or locked only means that the next round does it
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute(f"PRAGMA wal_checkpoint({mode})")


class _PostgresStore(Store):
    dialect: Dialect = "postgresql"

    def __init__(self, url: URL, media_dir: Path | None) -> None:
        super().__init__(url, media_dir)
        self._writer = _engine(
            url,
            pool_size=POSTGRES_POOL,
            max_overflow=POSTGRES_OVERFLOW,
            pool_pre_ping=False,
            pool_recycle=1800,
            connect_args={
                "prepared_statement_cache_size": STATEMENT_CACHE,
                "statement_cache_size": 0,  # SQLAlchemy keeps the prepared statements; one cache is enough
                "server_settings": {"application_name": "soxanh", "jit": "off"},
            },
        )
        self._reader = self._writer.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        arguments = self._writer.dialect.create_connect_args(url)[1]
        self._wakeups = PostgresWakeups(dict(arguments))

    @contextlib.asynccontextmanager
    async def begin(self, *, quick: bool = False) -> AsyncIterator[AsyncConnection]:
        async with self._writer.begin() as tx:
            tx.info.pop(_RINGS, None)
            yield tx
            rings = tx.info.pop(_RINGS, None)
            if rings:
                await tx.exec_driver_sql(
                    "SELECT pg_notify(c, '') FROM unnest($1::text[]) AS c", (sorted(rings),)
                )

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._reader.connect() as tx:
            yield tx

    async def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        return await self._wakeups.listen(channel, callback)

    async def close(self) -> None:
        await self._wakeups.close()
        await self._writer.dispose()
