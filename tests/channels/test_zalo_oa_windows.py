"""When the Official Account may write, what that costs, and what waits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from storage import windows
from storage.engine import Store
from tests.channels.zalo_houses import has_account, open_alerts, person_of, rows_of, tells
from tests.channels.zalo_oa_house import House, somebody
from tests.conftest import Clock
from tests.emulators.zalo_oa_templates import Template
from tests.stages.zalo_oa import oa_world


async def test_after_48_hours_a_message_waits_for_the_next_word(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = await somebody(oa_house)
    clock.forward(hours=47.9)
    person = await person_of(world, "zalo_oa", lan.user_id)
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Đã xử lý xong ạ.", person_id=person)
    await world.settle()
    assert [row.state for row in await rows_of(world, "held")] == ["held"]
    assert lan.unheard() == []
    async with world.app.store.read() as tx:
        (choice,) = await windows.choices(
            tx, "zalo_oa", oa.oa_id, since=clock() - timedelta(days=1)
        )
    assert (choice.choice, choice.why, choice.state) == ("waits", "no-budget", "held")
    await lan.sends("giúp")
    await world.settle()
    assert "Đã xử lý xong ạ." in [message.text for message in await lan.hears()]


async def _spent_vnd(house: House, clock: Clock) -> int:
    """What the last day cost."""
    oa, world = house
    since = clock() - timedelta(days=1)
    async with world.app.store.read() as tx:
        return await windows.spent_vnd(tx, "zalo_oa", oa.oa_id, since=since)


async def test_a_payer_writes_until_the_budget_is_used(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 120}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        lan = await somebody(made)
        clock.forward(hours=60)
        for _ in range(3):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
        await world.settle()
        assert len(await lan.hears(count=2)) == 2
        assert oa.billed_vnd == 110
        assert len(await rows_of(world, "held")) == 1
        assert await _spent_vnd(made, clock) == 110


async def test_a_message_of_the_package_costs_nothing_of_the_budget(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 60}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.package_messages = 5
        lan = await somebody(made)
        clock.forward(hours=60)
        for _ in range(3):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
            await world.settle()
        assert len(await lan.hears(count=3)) == 3
        assert await _spent_vnd(made, clock) == 0


async def test_an_empty_purse_stops_only_what_is_paid(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 10_000}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        lan = await somebody(made)
        clock.forward(hours=60)
        minh = await somebody(made, "Minh")
        for person in (lan, minh, lan):
            await tells(world, "zalo_oa", oa.oa_id, person.user_id)
        await world.settle()
        assert "no-money" in await open_alerts(world)
        assert len(await rows_of(world, "held")) == 2
        assert len(await minh.hears()) == 1
        refused = [call for call in oa.calls if call.answer.get("error") == -320]
        assert len(refused) == 1


async def test_after_a_week_an_approved_template_asks_once_and_the_message_follows_the_answer(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 1000, "zalo_template_id": "412"}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        oa.templates["412"] = Template("<noi_dung>. Anh/chị nhắn lại một chữ ạ.")
        lan = await somebody(made)
        person = await person_of(world, "zalo_oa", lan.user_id)
        clock.forward(days=9)
        for _ in range(2):
            await tells(world, "zalo_oa", oa.oa_id, lan.user_id, "Đã xong ạ.", person_id=person)
            await world.settle()
        assert [message.kind for message in await lan.hears()] == ["template"]
        await lan.sends("có")
        await world.settle()
        assert [message.text for message in await lan.hears()].count("Đã xong ạ.") == 2


async def test_another_open_channel_comes_before_waiting_and_before_money(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    paying = {"zalo_allow_paid": True, "zalo_budget_vnd": 1000, "zalo_bot_token": "77:secret"}
    async with oa_world(sqlite_store, clock, tmp_path, **paying) as made:
        oa, world = made
        oa.zca_balance_vnd = 10_000
        lan = await somebody(made)
        person = await person_of(world, "zalo_oa", lan.user_id)
        await has_account(world, person, "webchat", "local", "browser")
        await has_account(world, person, "zalo_bot", "77", "chat-of-lan")
        clock.forward(hours=60)
        row = await tells(world, "zalo_oa", oa.oa_id, lan.user_id, person_id=person)
        await world.app.deliverer.once()
        await asyncio.sleep(0)
        await world.app.zalo.once()
        found = [one for one in await rows_of(world, "waiting", "sending") if one.id == row]
        assert [(one.channel, one.account, one.chat) for one in found] == [
            ("zalo_bot", "77", "chat-of-lan")
        ]
        assert oa.billed_vnd == 0
