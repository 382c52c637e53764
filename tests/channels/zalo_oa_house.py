"""What tests of the Official Account share: the emulator with the real app in front of it, and people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.zalo_oa import ZaloOa
from storage.engine import Store
from tests.conftest import Clock
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.emulators.zalo_oa_people import OaPerson
from tests.stages.zalo_oa import oa_world
from tests.world import World

House = tuple[ZaloOaEmulator, World]


@pytest.fixture
async def oa_house(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[House]:
    """The emulator with the real app behind its webhook."""
    async with oa_world(sqlite_store, clock, tmp_path) as made:
        yield made


def channel_of(world: World) -> ZaloOa:
    """The channel under test."""
    assert world.app.zalo.oa is not None
    return world.app.zalo.oa.oa


async def somebody(house: House, name: str = "Lan") -> OaPerson:
    """A person in the free window, whose first words were answered."""
    oa, world = house
    person = oa.person(name)
    await person.sends("giúp")
    await world.settle()
    await person.hears()
    return person
