"""Transcripts on a Zalo Official Account: phones, the emulator, the real webhook and the real channel.

async with on_zalo_oa(store, clock, folder) as play: ...
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestServer

from bot.channels.zalo_oa import WEBHOOK
from storage.engine import Store
from tests.chat import Heard
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson
from tests.emulators.zalo_phone import SeenMessage
from tests.stages.telegram import PlayedApp
from tests.stages.zalo_words import labels_of, put_together, read_screen, typed_for
from tests.world import World, build_world


class ZaloOaStage:
    """Implements `tests.chat.Stage` on the emulated Official Account. It has no groups."""

    def __init__(self, zalo: ZaloOaEmulator, app: PlayedApp) -> None:
        self.zalo = zalo
        self.app = app
        self._photos = 0
        self._shown = 0

    async def says(self, who: str, words: str, group: str) -> None:
        """Type words."""
        delivery = await self._person(who, group).sends(words)
        assert delivery.answered, delivery

    async def taps(self, who: str, label: str, group: str) -> None:
        """Tap the button, or type what is printed for it."""
        person = self._person(who, group)
        newest = next((one for one in reversed(person.sees()) if label in labels_of(one)), None)
        assert newest is not None, f"{who} sees no button [{label}]"
        if label in newest.buttons:
            await person.taps(label)
        else:
            await person.sends(typed_for(label, [newest]))

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None:
        """An album: one event each; the words come with the first."""
        person = self._person(who, group)
        for number in range(count):
            content = a_photo(f"IMG_{self._photos + number}")
            await person.sends_photo(content, caption="" if number else caption)
        self._photos += count

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None:
        """Send a pin."""
        await self._person(who, group).sends_location(lat, lon)

    async def settle(self) -> list[Heard]:
        """What people's screens show since the last call, in order.

        Raises:
            AssertionError: the bot broke a rule of the reference, or left an event unanswered.
        """
        await self.app.settle()
        await self.zalo.settles()
        assert not self.zalo.violations, self.zalo.violations
        assert not self.zalo.courier.lost
        new, self._shown = self.zalo.sent[self._shown :], len(self.zalo.sent)
        return heard_of(new)

    async def clock_to(self, at: datetime) -> None:
        """Move the clock on, and let everybody press "Quan tâm" once more.

        That opens their windows without a word, so that pages about reminders read the same on
        every channel; what happens while windows are shut is tried in `test_zalo_oa_windows.py`.
        """
        self.zalo.time.move_to(at)
        for person in self.zalo.people():
            if person.has_chatted:
                await person.follows()
        await self.app.settle()
        await self.app.clock_to(at)

    def _person(self, who: str, group: str) -> OaPerson:
        assert not group, "an Official Account is in no ordinary group (B7)"
        return self.zalo.person(who)


def heard_of(sent: list[tuple[Any, SeenMessage]]) -> list[Heard]:
    """Messages as the page has them: numbers become buttons again, pictures in a row are counted together."""
    heard: list[Heard] = []
    for who, messages in _in_rows(sent):
        for message in put_together(messages):
            pictures = sum(media.kind == "image" for media in message.media)
            before = heard[-1] if heard else None
            if pictures and before and before.who == who and before.photos and not before.words:
                heard[-1] = Heard(who, message.text, (), before.photos + pictures)
                continue
            shown = read_screen(message.text)
            heard.append(Heard(who, shown.words, labels_of(message), pictures))
    return heard


def _in_rows(sent: list[tuple[Any, SeenMessage]]) -> list[tuple[str, list[SeenMessage]]]:
    rows: list[tuple[str, list[SeenMessage]]] = []
    for person, message in sent:
        if rows and rows[-1][0] == person.name:
            rows[-1][1].append(message)
        else:
            rows.append((person.name, [message]))
    return rows


def oa_settings(zalo: ZaloOaEmulator, **more: Any) -> dict[str, Any]:
    """What the installation is told to meet the emulator, strict in everything it may be strict in."""
    return {
        "web_chat": False,
        "zalo_app_id": zalo.app_id,
        "zalo_app_secret": zalo.app_secret,
        "zalo_oa_id": zalo.oa_id,
        "zalo_oa_secret_key": zalo.oa_secret_key,
        "zalo_oa_verify": "enforce",
        "zalo_api_url": zalo.base_url,
        "zalo_oauth_url": zalo.base_url,
        "zalo_media_loopback": True,
        "zalo_oa_per_second": 66,
    } | more


async def connects(world: World, zalo: ZaloOaEmulator) -> None:
    """A pair of tokens, as after a consent."""
    pair = zalo.grants.mint()
    assert world.app.zalo.shelf is not None
    ends_at = world.clock() + timedelta(hours=25)
    await world.app.zalo.shelf.consented(pair.access_token, pair.refresh_token, ends_at)


@asynccontextmanager
async def oa_world(
    store: Store, clock: Clock, folder: Path, *, middlewares: Sequence[Any] = (), **more: Any
) -> AsyncIterator[tuple[ZaloOaEmulator, World]]:
    """The emulator, and the real app connected to it, its webhook open."""
    async with ZaloOaEmulator(clock=clock) as zalo:
        world = build_world(store, clock, folder, **oa_settings(zalo, **more))
        world.app.server.middlewares.extend(middlewares)
        server = TestServer(world.app.server)
        await server.start_server()
        zalo.courier.url = str(server.make_url(WEBHOOK))
        await connects(world, zalo)
        try:
            yield zalo, world
        finally:
            for channel in world.app.channels.values():
                await channel.close()
            await world.app.zalo.close()
            await server.close()


@asynccontextmanager
async def on_zalo_oa(
    store: Store, clock: Clock, folder: Path
) -> AsyncIterator[tuple[World, ZaloOaStage]]:
    """A world and a stage for transcripts."""
    async with oa_world(store, clock, folder) as (zalo, world):
        yield world, ZaloOaStage(zalo, world)
