"""The clock that wakes the reminders. It decides nothing: what a tick does happens once, however often it comes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

EVERY_MINUTES = 10


def scheduler(tick: Callable[[], Awaitable[int]]) -> AsyncIOScheduler:
    """A scheduler that calls `tick` at once and then every ten minutes; `start` and `shutdown` it.

    Ticks of one process never overlap, and those missed while the machine slept come as one.
    """
    made = AsyncIOScheduler(timezone=UTC)
    made.add_job(
        _guarded(tick),
        "interval",
        minutes=EVERY_MINUTES,
        id="reminders",
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    return made


def _guarded(tick: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[None]]:
    async def once() -> None:
        try:
            sent = await tick()
        except Exception:
            log.exception("a tick broke; the next one does its work")
        else:
            if sent:
                log.info("reminders written: %d", sent)

    return once
