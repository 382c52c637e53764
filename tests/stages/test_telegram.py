"""The Telegram stage itself, with a parrot in place of the bot's conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.channels.base import Outgoing
from bot.channels.telegram import TelegramChannel
from bot.events import Incoming, Photo, Place, Said, Tap, Text
from tests.chat import Chat
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.stages.telegram import TelegramStage


@dataclass
class Parrot:
    """Repeats what it is told, at `settle`; with photos it sends as many back."""

    channel: TelegramChannel
    clock: Clock
    heard: list[Incoming] = field(default_factory=list)

    async def take(self, arrived: Sequence[Incoming]) -> None:
        self.heard += [one for one in arrived if one.addressed]

    async def settle(self) -> None:
        heard, self.heard = self.heard, []
        for one in heard:
            words = _words(one.said)
            if words:
                await self.channel.send(self._answer(one, words))

    def _answer(self, one: Incoming, words: str) -> Outgoing:
        asked_for_photos = words == "hai ảnh"
        photos = tuple(("anh.jpg", "image/jpeg", a_photo(str(n))) for n in range(2))
        return Outgoing(
            key=one.message_id,
            chat=one.chat,
            words=f"Nghe: {words}",
            photos=photos if asked_for_photos else (),
            buttons=() if asked_for_photos else ((("Có", "y"), ("Không", "n")),),
            group=one.group,
        )

    async def clock_to(self, at: datetime) -> None:
        self.clock.at = at


def _words(said: Said) -> str:
    match said:
        case Text(words):
            return words
        case Tap(token):
            return f"nút {token}"
        case Photo(caption=caption):
            return f"ảnh {caption}".strip()
        case Place(lat, lon):
            return f"{lat}, {lon}"
    return ""


@pytest.fixture
async def chat(clock: Clock) -> AsyncIterator[Chat]:
    async with TelegramEmulator(clock=clock) as telegram:
        channel = TelegramChannel(
            telegram.token, api_url=telegram.base_url, file_url=telegram.base_file_url, clock=clock
        )
        parrot = Parrot(channel, clock)
        receiving = asyncio.create_task(channel.run(parrot.take))
        yield Chat(TelegramStage(telegram, parrot))
        receiving.cancel()
        with suppress(asyncio.CancelledError):
            await receiving
        await channel.close()


async def test_a_page_is_played_and_compared(chat: Chat) -> None:
    """Words, taps, pins, albums, groups; what each hears comes in order."""
    await chat.plays("""
        Lan: xin chào
          hai dòng
        Bot: Nghe: xin chào
          hai dòng [Có] [Không]
        Lan: [Không]
        Bot: Nghe: nút n [Có] [Không]
        Lan: (vị trí 20.94, 106.31)
        Bot: Nghe: 20.94, 106.31 [Có] [Không]
        Minh: (2 ảnh: rác)
        Bot: Nghe: ảnh rác [Có] [Không]
        Bot: Nghe: ảnh [Có] [Không]
        Minh: hai ảnh
        Bot: Nghe: hai ảnh (ảnh: 2)
        Lan @Thôn Đông: mai họp nhé
        Minh @Thôn Đông: @soxanh_bot báo
        Bot @Thôn Đông: Nghe: báo [Có] [Không]
        Minh @Thôn Đông: [Có]
        Bot @Thôn Đông: Nghe: nút y [Có] [Không]
        (8:00 ngày 18/12/2026)
        Lan: chào buổi sáng
        Bot: Nghe: chào buổi sáng [Có] [Không]
    """)


async def test_a_page_that_differs_fails(chat: Chat) -> None:
    with pytest.raises(pytest.fail.Exception, match="Nghe: chào"):
        await chat.plays("""
            Lan: chào
            Bot: Nghe: tạm biệt [Có] [Không]
        """)


async def test_a_call_telegram_would_refuse_fails_the_page(chat: Chat) -> None:
    """Even where the channel takes the refusal in its stride."""
    assert isinstance(chat.stage, TelegramStage)
    await chat.stage.telegram.execute("sendMessage", {"chat_id": 5, "text": " "})
    with pytest.raises(AssertionError, match="message text is empty"):
        await chat.plays("Lan: chào")


async def test_a_button_that_is_not_in_sight_cannot_be_pressed(chat: Chat) -> None:
    with pytest.raises(AssertionError, match=r"sees no button \[Xong\]"):
        await chat.plays("""
            Lan: chào
            Bot: Nghe: chào [Có] [Không]
            Lan: [Xong]
        """)
