"""Transcripts of people who are on Telegram and on Zalo: one app, both emulators, both real channels.

Whoever is called "… Zalo" writes to the Official Account, everybody else on Telegram; that they
are one person is for the app to find out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from storage.engine import Store
from tests.chat import Heard, Stage
from tests.conftest import Clock
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.stages.telegram import TelegramStage
from tests.stages.zalo_oa import ZaloOaStage, oa_world
from tests.world import World


@dataclass
class TwoPhones:
    """Implements `tests.chat.Stage` on both at once."""

    telegram: TelegramStage
    zalo: ZaloOaStage
    world: World
    oa: ZaloOaEmulator

    def _of(self, who: str) -> Stage:
        return self.zalo if who.endswith("Zalo") else self.telegram

    async def says(self, who: str, words: str, group: str) -> None:
        """Type words."""
        await self._of(who).says(who, words, group)

    async def taps(self, who: str, label: str, group: str) -> None:
        """Press a button."""
        await self._of(who).taps(who, label, group)

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None:
        """Send photos."""
        await self._of(who).sends_photos(who, count, caption, group)

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None:
        """Send a place."""
        await self._of(who).pins(who, lat, lon, group)

    async def settle(self) -> list[Heard]:
        """What either phone shows since the last call."""
        return [*await self.telegram.settle(), *await self.zalo.settle()]

    async def clock_to(self, at: datetime) -> None:
        """Move the clock; nobody's window is opened by it."""
        self.oa.time.move_to(at)
        await self.world.clock_to(at)


@asynccontextmanager
async def on_two_phones(
    store: Store, clock: Clock, folder: Path, **settings: Any
) -> AsyncIterator[TwoPhones]:
    """A world behind both emulators."""
    async with TelegramEmulator(clock=clock) as telegram:
        settings |= {
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.base_url,
            "telegram_file_url": telegram.base_file_url,
        }
        async with oa_world(store, clock, folder, **settings) as (oa, world):
            channel = next(c for (name, _), c in world.app.channels.items() if name == "telegram")
            receiving = asyncio.create_task(channel.run(world.app.intake.take))
            stage = TwoPhones(TelegramStage(telegram, world), ZaloOaStage(oa, world), world, oa)
            yield stage
            assert not telegram.violations
            receiving.cancel()
            with suppress(asyncio.CancelledError):
                await receiving
