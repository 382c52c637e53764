"""Who is told when something was committed: within the process, and through PostgreSQL's LISTEN."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import asyncpg

RECONNECT_AFTER_S = 1.0
"""How long to wait before listening again when PostgreSQL went away."""


class Wakeups:
    """Callbacks by channel name."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        """Keep `callback` for `channel`; returns the function that forgets it again."""
        self._listeners.setdefault(channel, []).append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._listeners[channel].remove(callback)

        return stop

    def ring(self, channel: str) -> None:
        """Call everybody who listens on `channel`."""
        for callback in tuple(self._listeners.get(channel, ())):
            callback()

    def ring_all(self) -> None:
        """Call everybody: what was missed is not known."""
        for channel in tuple(self._listeners):
            self.ring(channel)

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel anybody ever listened on."""
        return tuple(self._listeners)


class PostgresWakeups:
    """One connection of its own that hears NOTIFY, and comes back by itself when it is lost."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        # what is SQLAlchemy's own means nothing to asyncpg
        self._arguments = {
            name: value
            for name, value in arguments.items()
            if not name.startswith("prepared_statement_")
        }
        self._local = Wakeups()
        self._connection: Any = None
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def listen(self, channel: str, callback: Callable[[], None]) -> Callable[[], None]:
        """As `Store.listen`; returns once PostgreSQL has confirmed, so that no later ring is missed."""
        async with self._opening:
            new = channel not in self._local.channels
            stop = self._local.listen(channel, callback)
            if self._connection is None:
                await self._connect()
                self._task = asyncio.create_task(self._stay_connected(), name="postgres wakeups")
            elif new and not self._connection.is_closed():
                await self._connection.add_listener(channel, self._heard)
        return stop

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._connection is not None and not self._connection.is_closed():
            self._connection.remove_termination_listener(self._ended)
            await self._connection.close()

    async def _connect(self) -> None:
        connection = await asyncpg.connect(**self._arguments)
        connection.add_termination_listener(self._ended)
        for channel in self._local.channels:
            await connection.add_listener(channel, self._heard)
        self._connection = connection

    async def _stay_connected(self) -> None:
        while True:
            await self._lost.wait()
            self._lost.clear()
            try:
                async with self._opening:
                    await self._connect()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(RECONNECT_AFTER_S)
                self._lost.set()
            else:
                self._local.ring_all()

    def _heard(self, _connection: Any, _pid: int, channel: str, _payload: str) -> None:
        self._local.ring(channel)

    def _ended(self, _connection: Any) -> None:
        self._lost.set()
