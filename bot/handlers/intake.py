"""Everything that arrives waits here for one moment, and is then received together.

One flusher per process takes whatever is waiting and receives it in one transaction;
whoever handed it over waits until it is durable. There is no timer: an idle bot
answers a single message at once, a busy one gets larger batches (performance.md §1).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

MOST_AT_ONCE = 512
"""Larger batches no longer gain anything and keep the first of them waiting."""

_TURNS_OF_THE_LOOP = 3
"""Between two batches: whoever was waited for is answered, and what they say next is read, so that
they are in the next batch and not always in the one after it."""

T = TypeVar("T")


class Intake(Generic[T]):
    """The queue before `receive`, or before any other work that is done for many at once.

    Args:
        receive: takes a batch and returns when it is committed.
    """

    def __init__(self, receive: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._receive = receive
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def take(self, arrived: Sequence[T]) -> None:
        """Hand over messages; returns once they are committed. Raises what receiving raised."""
        if not arrived:
            return
        loop = asyncio.get_running_loop()
        futures = []
        for incoming in arrived:
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.append((incoming, future))
            futures.append(future)
        # No await between this check and the task's first look at the queue, or a wake-up is lost.
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush(), name="intake")
        if len(futures) == 1:
            await futures[0]
            return
        await asyncio.wait(futures)
        errors = [error for future in futures if (error := future.exception())]
        if errors:
            raise errors[0]

    async def close(self) -> None:
        """Wait until everything handed over is received."""
        while self._flusher is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(self._flusher)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._receive_batch(batch)
                for _ in range(_TURNS_OF_THE_LOOP):
                    await asyncio.sleep(0)
        finally:
            self._flusher = None

    async def _receive_batch(self, batch: list[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            await self._receive([incoming for incoming, _ in batch])
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(_told(error))
            if not isinstance(error, Exception):
                raise
            return
        for _, future in batch:
            if not future.done():
                future.set_result(None)


def _told(error: BaseException) -> BaseException:
    """What a waiter is told; a cancelled flusher is an ordinary failure to those who wait."""
    return error if isinstance(error, Exception) else ConnectionError("receiving was stopped")
