"""Each transcript is played through every channel, on both databases, against the real app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.channels.telegram import TelegramChannel
from bot.handlers.case_clock import CaseClock
from storage.access import Role
from storage.engine import Store
from tests.chat import ApartChat, Chat, Stage
from tests.conftest import Clock
from tests.emulators.telegram import TelegramEmulator
from tests.stages.telegram import TelegramStage
from tests.stages.webchat import WebChatStage
from tests.stages.zalo_bot import CombinedChat, on_zalo_bot
from tests.stages.zalo_oa import on_zalo_oa
from tests.world import World, build_world


@dataclass
class Play:
    """A commune, and a chat in it."""

    world: World
    chat: Chat
    stage: Stage

    async def registers(self, who: str, unit: str, role: Role, rank: int = 1) -> None:
        """Let somebody join with a code before the transcript begins."""
        await self.world.registers(self.stage, who, unit, role, rank)

    async def plays(self, script: str) -> None:
        """Play a script."""
        await self.chat.plays(script)


@asynccontextmanager
async def on_webchat(store: Store, clock: Clock, folder: Path) -> AsyncIterator[Play]:
    """Each person a browser."""
    world = build_world(store, clock, folder)
    stage = WebChatStage(world.app.server, world)
    await stage.open()
    yield Play(world, Chat(stage), stage)
    await stage.close()


@asynccontextmanager
async def on_telegram(store: Store, clock: Clock, folder: Path) -> AsyncIterator[Play]:
    """Each person a phone with Telegram; the channel polls."""
    async with TelegramEmulator(clock=clock) as telegram:
        channel = TelegramChannel(
            telegram.token, api_url=telegram.base_url, file_url=telegram.base_file_url, clock=clock
        )
        world = build_world(store, clock, folder, channels=[channel], web_chat=False)
        receiving = asyncio.create_task(channel.run(world.app.intake.take))
        stage = TelegramStage(telegram, world)
        yield Play(world, Chat(stage), stage)
        assert not telegram.violations
        receiving.cancel()
        with suppress(asyncio.CancelledError):
            await receiving
        await channel.close()


@asynccontextmanager
async def on_oa(store: Store, clock: Clock, folder: Path) -> AsyncIterator[Play]:
    """Each person a phone with Zalo, in front of an Official Account with a webhook."""
    async with on_zalo_oa(store, clock, folder) as (world, stage):
        yield Play(world, ApartChat(stage), stage)


@asynccontextmanager
async def on_bot(store: Store, clock: Clock, folder: Path) -> AsyncIterator[Play]:
    """Each person a phone with Zalo, in front of a bot of the Bot Platform with a webhook."""
    async with on_zalo_bot(store, clock, folder) as (world, stage):
        yield Play(world, CombinedChat(stage), stage)


ON = {"webchat": on_webchat, "telegram": on_telegram, "zalo_oa": on_oa, "zalo_bot": on_bot}


@pytest.fixture
async def play(
    request: pytest.FixtureRequest, store: Store, clock: Clock, tmp_path: Path
) -> AsyncIterator[Play]:
    """An empty app on the channel and database of a mark below; `play.world.settles_in(…)` gives it a plan."""
    async with ON[request.param](store, clock, tmp_path) as made:
        yield made


CROSSED = pytest.mark.parametrize(
    ("play", "dialect"),
    [
        ("webchat", "sqlite"),
        ("telegram", "postgresql"),
        ("zalo_oa", "sqlite"),
        ("zalo_bot", "postgresql"),
    ],
    indirect=True,
)
"""Every channel and both databases, each once: where the databases differ is proven in `tests/storage`."""


EVERYWHERE = pytest.mark.parametrize(
    ("play", "dialect"),
    [
        ("telegram", "sqlite"),
        ("telegram", "postgresql"),
        ("webchat", "sqlite"),
        ("webchat", "postgresql"),
        ("zalo_bot", "sqlite"),
        ("zalo_oa", "sqlite"),
    ],
    indirect=True,
)
"""Both databases on two channels, on Zalo's two one alone: what a channel shows does not hang on the database."""


WITH_BUTTONS = pytest.mark.parametrize(
    ("play", "dialect"), [("webchat", "sqlite"), ("telegram", "postgresql")], indirect=True
)
"""Where every choice has its button, and those of before are still on the screen."""


@pytest.fixture
async def cast(play: Play) -> Play:
    """Cases in Hà Đông: Hạnh handles them in the office, Minh leads; ticks wake the clock of cases."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hạnh", "Văn phòng HĐND và UBND", Role.HANDLER)
    await play.registers("Minh", "Xã Hà Đông", Role.LEADER)
    app, world = play.world.app, play.world
    clock = CaseClock(store=app.store, ids=world.ids, seal=app.receiver.seal, clock=app.clock)
    earlier = world.clock_to

    async def clock_to(at: datetime) -> None:
        await earlier(at)
        await clock.once()

    world.clock_to = clock_to  # type: ignore[method-assign]  # ticks of reports and of cases in one
    return play


@pytest.fixture
async def telegram_play(store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Play]:
    """For what only Telegram has: groups."""
    async with on_telegram(store, clock, tmp_path) as made:
        yield made
