"""A store for one process that keeps nothing: a whole year is lived on it and thrown away.

The same tables and statements as everywhere. One connection serves reading and writing, whatever
it does is done on the event loop, and nothing is synced to the disk: when nobody else
waits for the loop, a change of thread at each begin and commit costs more than the work.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from storage.columns import to_json
from storage.direct import QUICK
from storage.engine import Dialect, Store, normal_url
from storage.quick_sqlite import QuickConnection, connect, quick_connection

PRAGMAS = ("journal_mode=MEMORY", "synchronous=OFF", "foreign_keys=ON", "temp_store=MEMORY")


class _OnTheLoop(QuickConnection):
    """Never in its thread: nothing here waits for a disk or for another process."""

    _quick = True

    def _may_wait(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> bool:
        return False


class ScratchStore(Store):
    """Transactions on one SQLite file that ends with the process. Rings of `notify` reach nobody."""

    dialect: Dialect = "sqlite"

    def __init__(self, url: str) -> None:
        address = normal_url(url)
        super().__init__(address, None)
        path = Path(address.database or "")

        async def opened() -> QuickConnection:
            return await connect(path, timeout_s=0, kind=_OnTheLoop)

        self._engine = create_async_engine(
            address,
            json_serializer=to_json,
            json_deserializer=msgspec.json.decode,
            async_creator=opened,
            pool_reset_on_return=None,
        )
        self._turn = asyncio.Lock()
        self._held: AsyncConnection | None = None

        @event.listens_for(self._engine.sync_engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            for pragma in PRAGMAS:
                connection.cursor().execute(f"PRAGMA {pragma}")

    @contextlib.asynccontextmanager
    async def begin(self, *, quick: bool = True) -> AsyncIterator[AsyncConnection]:
        """A transaction; they come one after the other."""
        async with self._turn:
            tx = self._held or await self._opened()
            below = tx.info[QUICK]
            below.execute("BEGIN")
            try:
                yield tx
            except BaseException:
                below.execute("ROLLBACK")
                raise
            below.execute("COMMIT")

    async def _opened(self) -> AsyncConnection:
        self._held = await self._engine.connect()
        # SQLAlchemy's own begin sends SQLite nothing: the transactions are those of `begin`
        await self._held.begin()
        self._held.info[QUICK] = (await quick_connection(self._held)).sqlite
        return self._held

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """The same: one connection is enough here."""
        async with self.begin() as tx:
            yield tx

    async def close(self) -> None:
        """Let go of the connection."""
        if self._held is not None:
            await self._held.close()
        await self._engine.dispose()
