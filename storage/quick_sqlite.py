"""An aiosqlite connection that can, for a while, run small statements on the event loop itself.

aiosqlite sends each call to a thread: opening a cursor, executing, fetching and closing are four
changes of thread, each dearer than a small statement. performance.md §1.1 measured statements
on the loop with only the COMMIT in a thread as the fastest durable shape.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.direct import refused

STATEMENTS_KEPT = 500
"""Prepared statements each connection remembers."""

_FETCHED_AT_ONCE = 64
_ASK_AGAIN_S = 0.01


class QuickConnection(aiosqlite.Connection):
    """As aiosqlite's, except within a quick transaction."""

    _quick = False

    @contextlib.asynccontextmanager
    async def writing(self, *, quick: bool, patience_s: float) -> AsyncIterator[None]:
        """A transaction that may write; who began something else in it ends that first.

        It begins on the loop: the thread would first wait for the loop to let go of the
        interpreter, which a busy loop does every 5 ms. While another process writes, it is asked
        again and again. With `quick`, statements run on the loop as well.

        Raises:
            sqlalchemy.exc.DBAPIError: another process went on writing for longer than `patience_s`.
        """
        await self._begin(patience_s)
        self._quick = quick
        try:
            yield
        finally:
            self._quick = False
            if self._conn.in_transaction:
                await self.rollback()

    async def keep(self) -> None:
        """Commit what went straight to SQLite. Raises what SQLAlchemy would have raised."""
        try:
            await self.commit()
        except sqlite3.Error as error:
            refused("COMMIT", error)

    async def _begin(self, patience_s: float) -> None:
        async def ask() -> None:
            self._conn.execute("BEGIN IMMEDIATE")

        try:
            await ask_while_locked(ask, patience_s=patience_s)
        except sqlite3.OperationalError as error:
            refused("BEGIN IMMEDIATE", error)

    @property
    def sqlite(self) -> sqlite3.Connection:
        """SQLite's own connection, for whoever runs statements within a quick transaction."""
        return self._conn

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._quick and not self._waits(fn):
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite's own

    def _waits(self, fn: Callable[..., Any]) -> bool:
        """Whether the call waits for the disk."""
        return fn in (self._conn.commit, self._conn.rollback, self._conn.close)


async def ask_while_locked(ask: Callable[[], Awaitable[None]], *, patience_s: float) -> None:
    """Ask SQLite until no other process is in the way. Raises its last answer after `patience_s`, others at once."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while True:
        try:
            await ask()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or loop.time() > until:
                raise
        await asyncio.sleep(_ASK_AGAIN_S)


async def connect(
    path: Path, *, timeout_s: float, kind: type[QuickConnection] = QuickConnection
) -> QuickConnection:
    """Open the database file without implicit transactions: sqlite3's own begin late and upgrade."""
    connection = kind(
        partial(
            sqlite3.connect,
            path,
            timeout=timeout_s,
            isolation_level=None,
            cached_statements=STATEMENTS_KEPT,
            check_same_thread=False,  # the loop and the thread take turns, never at once
        ),
        _FETCHED_AT_ONCE,
    )
    # a process that ends without closing its store must not hang on the thread
    connection._thread.daemon = True
    await connection
    return connection


async def quick_connection(tx: AsyncConnection) -> QuickConnection:
    """The connection beneath SQLAlchemy's, on SQLite."""
    raw = await tx.get_raw_connection()
    found = raw.driver_connection
    assert isinstance(found, QuickConnection)
    return found
