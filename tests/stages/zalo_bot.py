"""Transcripts on the Zalo Bot Platform: no buttons, no pins, no files; answers of one turn come as one message.

async with on_zalo_bot(store, clock, folder) as play: ...
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from bot.channels.zalo_bot import PLACE_HINT, WEBHOOK
from storage.engine import Store
from tests.chat import Chat, Heard
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_bot_people import BotPerson, Group
from tests.stages.telegram import PlayedApp
from tests.stages.zalo_oa import heard_of
from tests.stages.zalo_words import typed_for
from tests.world import World, build_world

SECRET = "a-secret-of-at-least-32-characters"

_BOT_LINE = re.compile(r"^(Bot[^:]*): ")
_ENDS_OPEN = re.compile(r"[^\])]$")


class ZaloBotStage:
    """Implements `tests.chat.Stage` on the emulated bot."""

    def __init__(self, zalo: ZaloBotEmulator, app: PlayedApp) -> None:
        self.zalo = zalo
        self.app = app
        self.hints = 0
        self._photos = 0
        self._shown = 0

    async def says(self, who: str, words: str, group: str) -> None:
        """Type words; in a group the bot hears only what mentions it."""
        person, there = self._place(who, group)
        mention = there is not None
        await person.sends(words.replace("@soxanh_bot ", ""), group=there, mention=mention)

    async def taps(self, who: str, label: str, group: str) -> None:
        """Type the number or the word printed for the label."""
        person, there = self._place(who, group)
        await self.says(who, typed_for(label, (there or person).sees()), group)

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None:
        """An album: one update each; the words come with the first."""
        person, there = self._place(who, group)
        for number in range(count):
            content = a_photo(f"IMG_{self._photos + number}")
            words = "" if number else caption
            await person.sends_photo(content, caption=words, group=there, mention=there is not None)
        self._photos += count

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None:
        """There are no pins: the coordinates are typed (point 5)."""
        await self.says(who, f"{lat:.5f}, {lon:.5f}", group)

    async def settle(self) -> list[Heard]:
        """What screens show since the last call, in order; the one hint about places is counted apart.

        Raises:
            AssertionError: the bot broke a rule of the reference, or left an update unanswered.
        """
        await self.app.settle()
        await self.zalo.settles()
        assert not self.zalo.violations, self.zalo.violations
        assert not self.zalo.courier.lost
        new, self._shown = self.zalo.sent[self._shown :], len(self.zalo.sent)
        return [self._without_hint(heard) for heard in heard_of(new)]

    async def clock_to(self, at: datetime) -> None:
        """Move the clock on."""
        await self.app.clock_to(at)

    def _without_hint(self, heard: Heard) -> Heard:
        if PLACE_HINT not in heard.words:
            return heard
        self.hints += 1
        words = heard.words.replace(PLACE_HINT, "").rstrip()
        return Heard(heard.who, words, heard.buttons, heard.photos, heard.group)

    def _place(self, who: str, group: str) -> tuple[BotPerson, Group | None]:
        return self.zalo.person(who), self.zalo.group(group) if group else None


@dataclass
class CombinedChat(Chat):
    """A chat whose pages are compared with the answers of one turn put together, as this channel sends them."""

    def compares(self, lines: list[str]) -> list[str]:
        """Neighbouring lines of the bot to the same person as one, unless the first asks or shows something."""
        joined: list[str] = []
        for line in lines:
            found = _BOT_LINE.match(line)
            before = _BOT_LINE.match(joined[-1]) if joined else None
            together = found and before and found[1] == before[1] and _ENDS_OPEN.search(joined[-1])
            if found and together:
                joined[-1] += f"\n  {line[found.end() :]}"
            else:
                joined.append(line)
        return joined


def bot_settings(zalo: ZaloBotEmulator, **more: Any) -> dict[str, Any]:
    """What the installation is told to meet the emulator."""
    return {
        "web_chat": False,
        "zalo_bot_token": zalo.token,
        "zalo_bot_webhook_secret": SECRET,
        "zalo_bot_api_url": zalo.base_url,
        "zalo_media_loopback": True,
        "zalo_bot_per_second": 30,
    } | more


@asynccontextmanager
async def bot_world(
    store: Store, clock: Clock, folder: Path, *, middlewares: Sequence[Any] = (), **more: Any
) -> AsyncIterator[tuple[ZaloBotEmulator, World]]:
    """The emulator, and the real app behind its webhook; with `zalo_bot_webhook_secret=None` it is polled."""
    async with ZaloBotEmulator(clock=clock) as zalo:
        server_url, runner = await _free_address()
        settings = bot_settings(zalo, **({"public_url": server_url} | more))
        world = build_world(store, clock, folder, **settings)
        world.app.server.middlewares.extend(middlewares)
        server = TestServer(world.app.server, port=runner)
        await server.start_server()
        assert world.app.zalo.bot is not None
        await world.app.zalo.bot.meet()
        if settings["zalo_bot_webhook_secret"] is not None:
            zalo.keep_webhook(str(server.make_url(WEBHOOK)), SECRET)
        try:
            yield zalo, world
        finally:
            for channel in world.app.channels.values():
                await channel.close()
            await world.app.zalo.close()
            await server.close()


async def _free_address() -> tuple[str, int]:
    """An address of this machine that is known before the server starts: pictures are fetched from it."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}", port


@asynccontextmanager
async def on_zalo_bot(
    store: Store, clock: Clock, folder: Path
) -> AsyncIterator[tuple[World, ZaloBotStage]]:
    """A world and a stage for transcripts."""
    async with bot_world(store, clock, folder) as (zalo, world):
        yield world, ZaloBotStage(zalo, world)
