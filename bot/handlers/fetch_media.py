"""Photos and files are downloaded right after the message is committed: their links expire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.channels.base import Channel, FetchFailed
from storage import media
from storage.engine import Store
from storage.media import Facts, MediaRefused, MediaStore, Wanted

log = logging.getLogger(__name__)

AT_ONCE = 8
MOST_ATTEMPTS = 6
FIRST_WAIT_S = 5.0
FETCH_TIMEOUT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """What downloading needs. `limit_bytes` is the largest file taken."""

    store: Store
    files: MediaStore
    channels: Mapping[tuple[str, str], Channel]
    limit_bytes: int
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def once(self) -> int:
        """Download what is wanted now. Returns how many were worked on."""
        async with self.store.read() as tx:
            due = await media.due(tx, now=self.clock(), limit=AT_ONCE)
        await asyncio.gather(*(self._one(wanted) for wanted in due))
        return len(due)

    async def _one(self, wanted: Wanted) -> None:
        """A download that fails keeps its report: the picture is marked, never the words lost."""
        try:
            facts = await self._fetch(wanted)
        except FetchFailed as failure:
            await self._again(wanted, str(failure), for_good=failure.for_good)
        except MediaRefused as refusal:
            await self._again(wanted, str(refusal), for_good=True)
        except TimeoutError:
            await self._again(wanted, f"not here after {FETCH_TIMEOUT_S:.0f} s", for_good=False)
        except Exception as error:
            # whatever it is, it must not hold up the pictures behind this one
            log.exception("fetching media %s broke", wanted.id)
            await self._again(wanted, repr(error), for_good=False)
        else:
            async with self.store.begin(quick=True) as tx:
                await media.kept(tx, wanted.id, facts)

    async def _fetch(self, wanted: Wanted) -> Facts:
        channel = self.channels.get((wanted.channel, wanted.account))
        if channel is None:
            raise FetchFailed("the channel is switched off", for_good=False)
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            content = await channel.fetch(wanted.ref, limit_bytes=self.limit_bytes)
        return await self.files.keep(content)

    async def _again(self, wanted: Wanted, why: str, *, for_good: bool) -> None:
        given_up = for_good or wanted.attempts + 1 >= MOST_ATTEMPTS
        wait_s = FIRST_WAIT_S * 4**wanted.attempts
        log.warning("a %s picture could not be fetched: %s", wanted.channel, why)
        async with self.store.begin(quick=True) as tx:
            await media.failed(
                tx,
                wanted.id,
                error=why[:500],
                given_up=given_up,
                not_before=self.clock() + timedelta(seconds=wait_s),
            )
