"""A process of its own that ticks each minute of an hour; started twice by `test_deadlines.py`."""

from __future__ import annotations

import asyncio
from datetime import datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bot.handlers.remind import Reminder
from storage.engine import open_store
from storage.ids import NumberedIds
from tests.conftest import Clock

MINUTES = 60


def tick_for_an_hour(
    url: str, folder: Path, first_id: int, begins: datetime, gate: Barrier
) -> None:
    """Tick at each minute, in step with whoever else waits at the gate."""
    asyncio.run(_tick(url, folder, first_id, begins, gate))


async def _tick(url: str, folder: Path, first_id: int, begins: datetime, gate: Barrier) -> None:
    clock = Clock(begins)
    store = open_store(url, media_dir=folder)
    reminder = Reminder(store=store, ids=NumberedIds(first_id), clock=clock)
    for _ in range(MINUTES):
        gate.wait(timeout=60)
        await reminder.once()
        clock.forward(minutes=1)
    await store.close()
