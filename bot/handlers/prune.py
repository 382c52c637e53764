"""The broom: old messages go each night, answers to sealed complaints soon after they were carried."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time, moment_on
from storage import leases, retention
from storage.engine import Store

log = logging.getLogger(__name__)

NIGHTLY = "retention"
"""The name under which the night is remembered on which old messages were last thrown away."""

AT_NIGHT = time(2)
"""Local; nobody is written to then, and few write."""

FADES_AFTER = timedelta(minutes=10)
"""A web page that was asleep for a moment must still find the answer it waits for."""


@dataclass(frozen=True, kw_only=True)
class Broom:
    """What sweeping needs. `keeps` is how long messages that were worked on or carried are kept."""

    store: Store
    keeps: timedelta
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def once(self) -> int:
        """Sweep what is due. Returns how many rows went; comes with every tick and in any number of processes."""
        now = self.clock()

        async def fade(tx: AsyncConnection) -> int:
            return await retention.fade(tx, before=now - FADES_AFTER)

        gone = await self._all(fade)
        if await self._is_tonight(now):
            gone += await self._old(now - max(self.keeps, retention.LEAST_KEPT))
        return gone

    async def _old(self, before: datetime) -> int:
        async def heard(tx: AsyncConnection) -> int:
            return await retention.prune_inbox(tx, before)

        async def told(tx: AsyncConnection) -> int:
            return await retention.prune_outbox(tx, before)

        gone = await self._all(heard) + await self._all(told)
        if gone:
            log.info("old messages thrown away: %d", gone)
        return gone

    async def _all(self, batch: Callable[[AsyncConnection], Awaitable[int]]) -> int:
        gone = 0
        while True:
            async with self.store.begin() as tx:
                some = await batch(tx)
            gone += some
            if some < retention.AT_ONCE:
                return gone

    async def _is_tonight(self, now: datetime) -> bool:
        """Once a night, for whichever process comes first; a night without a running program is made up for."""
        night = moment_on(local_time(now).date(), AT_NIGHT)
        if now < night:
            night -= timedelta(days=1)
        async with self.store.begin() as tx:
            return await leases.fire(tx, NIGHTLY, night, now=now)
