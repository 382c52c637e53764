"""An aiosqlite connection that can, for a while, run small statements on the event loop itself.

aiosqlite sends each call to a thread: opening a cursor, executing, fetching and closing are four
changes of thread, each dearer than a small statement. performance.md §1.1 measured statements
on the loop with only the COMMIT in a thread as the fastest durable shape.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

STATEMENTS_KEPT = 500
"""Prepared statements each connection remembers."""

_FETCHED_AT_ONCE = 64
_BEGIN = "BEGIN IMMEDIATE"


class QuickConnection(aiosqlite.Connection):
    """As aiosqlite's, except within `on_the_loop`."""

    _quick = False

    @contextlib.contextmanager
    def on_the_loop(self) -> Iterator[None]:
        """Run statements at once instead of in the thread. One user at a time, as for any transaction."""
        self._quick = True
        try:
            yield
        finally:
            self._quick = False

    @property
    def sqlite(self) -> sqlite3.Connection:
        """SQLite's own connection, for whoever runs statements within `on_the_loop`."""
        return self._conn

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._quick and not self._may_wait(fn, args):
            return fn(*args, **kwargs)
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite's own

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        """Whether the call waits for the disk (commit) or for another process (begin)."""
        if args:
            return bool(args[0] == _BEGIN)
        return fn in (self._conn.commit, self._conn.rollback, self._conn.close)


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
