"""Fixtures of the channels' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.channels.telegram_house import alarm as alarm
from tests.channels.telegram_house import channel as channel
from tests.channels.telegram_house import desk as desk
from tests.channels.telegram_house import lan as lan
from tests.channels.telegram_house import telegram as telegram
from tests.channels.webchat_house import House, OpenHouse, open_house
from tests.channels.zalo_oa_house import oa_house as oa_house
from tests.conftest import Clock


@pytest.fixture
async def build(clock: Clock) -> AsyncIterator[OpenHouse]:
    """Builds web chats with options of the test's choice and closes them afterwards."""
    houses: list[House] = []

    async def built(**options: Any) -> House:
        houses.append(await open_house(clock, **options))
        return houses[-1]

    yield built
    for house in houses:
        await house.close()


@pytest.fixture
async def house(build: OpenHouse) -> House:
    return await build()
