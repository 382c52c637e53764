"""Who is writing anyway hears of a deadline while Zalo carries it for nothing, and the rest is counted."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import insert, update

from bot.handlers.nag_ahead import cost_of
from bot.handlers.remind import Reminder
from plans.nag_windows import Windows
from storage import zalo
from storage.engine import Store
from storage.ids import NumberedIds
from storage.tables import accounts, zalo_chats
from tests.conftest import Clock
from tests.handlers.test_remind import SET_UP, Scene, local, reply
from tests.storage.an_xuan import add_reporter, settle

WINDOWS = Windows(free=timedelta(hours=47.5), paid=timedelta(hours=167), margin=timedelta(0))


@pytest.fixture
async def scene(store: Store, clock: Clock, ids: NumberedIds) -> Scene:
    """Lan reports for Thôn Đông and writes to the Official Account only."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=SET_UP, ids=ids)
        on_zalo = {"channel": "zalo_oa", "account": "oa", "address": f"z{lan}"}
        await tx.execute(update(accounts).where(accounts.c.person_id == lan).values(on_zalo))
        chat = {"channel": "zalo_oa", "account": "oa", "chat": f"z{lan}"}
        await tx.execute(insert(zalo_chats).values(chat))
    reminder = Reminder(store=store, ids=ids, clock=clock, windows=WINDOWS)
    return Scene(store, clock, ids, place, lan, reminder)


async def writes(scene: Scene, at: datetime) -> None:
    """Lan says something on the Official Account."""
    async with scene.store.begin() as tx:
        known = await zalo.chat_of(tx, "zalo_oa", "oa", f"z{scene.lan}")
        await zalo.save_chats(tx, [msgspec.structs.replace(known, interacted_at=at)])


async def has_telegram_too(scene: Scene) -> None:
    async with scene.store.begin() as tx:
        row = {"id": scene.ids(), "channel": "telegram", "account": "bot", "address": "lan"}
        more = {"person_id": scene.lan, "name": "", "created_at": SET_UP}
        await tx.execute(insert(accounts).values(row | more))


async def test_nothing_is_hurried_that_comes_soon_enough_or_came_just_now(scene: Scene) -> None:
    await scene.tick(local(12, 5))
    await scene.carries()
    await writes(scene, local(12, 9, 9))
    assert await scene.tick(local(12, 9, 9, 10)) == 0  # reminded of it on the 5th
    await writes(scene, local(12, 11, 9))
    assert await scene.tick(local(12, 11, 9, 10)) == 0  # tomorrow at 8:00 his window is still open
    assert await scene.tick(local(12, 12)) == 1


async def test_who_writes_at_night_hears_in_the_morning(scene: Scene) -> None:
    await scene.tick(local(12, 5))
    await scene.carries()
    await writes(scene, local(12, 13, 23))
    assert await scene.tick(local(12, 13, 23, 30)) == 0
    assert await scene.tick(local(12, 14, 7, 30)) == 1


async def test_nobody_is_hurried_on_a_sunday(scene: Scene) -> None:
    """The 13th is one: no nag on it, free or not; on Monday morning there is still time."""
    await scene.tick(local(12, 5))
    await scene.carries()
    await writes(scene, local(12, 12, 21))
    assert await scene.tick(local(12, 13, 8, 30)) == 0
    assert await scene.tick(local(12, 14, 7, 30)) == 1


async def test_the_next_rung_is_brought_forward_into_the_open_window_and_said_once(
    scene: Scene,
) -> None:
    await scene.tick(local(12, 5))
    await scene.carries()
    await writes(scene, local(12, 10, 7, 50))
    assert await scene.tick(local(12, 10, 7, 54)) == 0
    assert await scene.tick(local(12, 10, 8, 5)) == 1
    (row,) = await scene.messages(scene.lan)
    assert row.channel == "zalo_oa"
    assert "hạn báo cáo năm 2026 của Thôn Đông" in reply(row).words
    await scene.carries()
    assert await scene.tick(local(12, 10, 8, 20)) == 0
    assert await scene.tick(local(12, 12)) == 0  # the rung of that morning is said already
    assert await scene.tick(local(12, 16)) == 1


async def test_nobody_is_hurried_who_is_reached_elsewhere_at_any_time(scene: Scene) -> None:
    await has_telegram_too(scene)
    await scene.tick(local(12, 5))
    await scene.carries()
    await writes(scene, local(12, 13, 9))
    assert await scene.tick(local(12, 13, 9, 10)) == 0


async def test_what_the_coming_mornings_would_cost_is_counted_person_by_person(
    scene: Scene, store: Store
) -> None:
    await writes(scene, local(12, 14, 9))
    async with store.begin() as tx:
        thu = await add_reporter(
            tx, scene.place.villages["Thôn Tây"], "Thu", now=SET_UP, ids=scene.ids
        )
    mornings = [(local(12, day), who) for day in (16, 18, 24) for who in (scene.lan, thu)]
    async with store.read() as tx:
        found = await cost_of(tx, mornings, windows=WINDOWS)
    ways = [(nag.person_id == scene.lan, nag.way, nag.price_vnd) for nag in found.nags]
    assert ways == [
        (True, "free", 0),
        (False, "elsewhere", 0),
        (True, "paid", 55),
        (False, "elsewhere", 0),
        (True, "waits", 0),
        (False, "elsewhere", 0),
    ]
    assert found.cost_vnd == 55
    async with store.read() as tx:
        assert (await cost_of(tx, mornings[4:5], windows=WINDOWS)).unreached == (scene.lan,)
