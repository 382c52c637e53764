"""What the Telegram channel's tests share: a desk that takes, an alarm that listens, a channel that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from bot.channels.base import Outgoing, SendFailed
from bot.channels.telegram import TelegramChannel
from bot.events import Incoming, Text
from tests.conftest import Clock
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import Person


@dataclass
class Desk:
    """Takes what a channel hands over, or fails as often as told to."""

    kept: list[Incoming] = field(default_factory=list)
    failures: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, arrived: Sequence[Incoming]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the store is out of reach")
        self.kept += arrived
        self.changed.set()

    async def has(self, count: int) -> list[Incoming]:
        async with asyncio.timeout(5):
            while len(self.kept) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.kept

    def words(self) -> list[str]:
        return [one.said.words for one in self.kept if isinstance(one.said, Text)]


@dataclass
class Alarm:
    """Alerts, and how long the channel wanted to wait; nobody really waits."""

    alerts: list[str] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)

    def alert(self, channel: str, words: str) -> None:
        self.alerts.append(f"{channel}: {words}")

    async def pause(self, seconds: float) -> None:
        self.waits_s.append(seconds)
        await asyncio.sleep(0)


def channel_of(telegram: TelegramEmulator, alarm: Alarm, **options: object) -> TelegramChannel:
    return TelegramChannel(
        telegram.token,
        api_url=telegram.base_url,
        file_url=telegram.base_file_url,
        alert=alarm.alert,
        pause=alarm.pause,
        clock=telegram.clock,
        **options,  # type: ignore[arg-type]  # the tests below name real options
    )


@asynccontextmanager
async def running(channel: TelegramChannel, desk: Desk) -> AsyncIterator[None]:
    receiving = asyncio.create_task(channel.run(desk.take))
    yield
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving


def to(person: Person, words: str = "", **more: object) -> Outgoing:
    return Outgoing(key="1.0", chat=str(person.id), words=words, **more)  # type: ignore[arg-type]  # fields of Outgoing


async def failure(channel: TelegramChannel, message: Outgoing) -> SendFailed:
    """How sending `message` fails."""
    with pytest.raises(SendFailed) as raised:
        await channel.send(message)
    return raised.value


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    """A Telegram whose rules no test may break."""
    async with TelegramEmulator(clock=clock) as emulator:
        yield emulator
        assert emulator.violations == []


@pytest.fixture
def alarm() -> Alarm:
    return Alarm()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def channel(telegram: TelegramEmulator, alarm: Alarm) -> AsyncIterator[TelegramChannel]:
    """A polling channel that does not run yet."""
    opened = channel_of(telegram, alarm)
    yield opened
    await opened.close()


@pytest.fixture
async def lan(telegram: TelegramEmulator) -> Person:
    """Lan, who has written to the bot."""
    person = telegram.person("Lan")
    await person.starts()
    return person
