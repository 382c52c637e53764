"""The Telegram channel receiving: nothing people do is lost or taken twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from bot.channels.base import (
    Moved,
    Outgoing,
    Unreachable,
)
from bot.channels.telegram import TelegramChannel
from bot.events import Blocked, Incoming, Tap, Text
from tests.channels.telegram_house import Alarm, Desk, channel_of, running, to
from tests.emulators.media import a_photo
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import Person

# --- polling ----------------------------------------------------------------------------------


async def test_what_people_send_is_handed_over_and_acknowledged_in_order(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await lan.sends("báo sự cố")
    await lan.sends_album([a_photo("1"), a_photo("2")], "rác")
    async with running(channel, desk):
        await desk.has(4)
        await telegram.all_taken()
    assert desk.words() == ["/start", "báo sự cố"]
    assert [one.album != "" for one in desk.kept] == [False, False, True, True]
    assert {one.sender for one in desk.kept} == {str(lan.id)}


async def test_an_update_is_only_acknowledged_after_it_was_taken(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    """A store that is away for a while costs nothing: the same updates come again."""
    desk.failures = 3
    async with running(channel, desk):
        await desk.has(1)
        await telegram.all_taken()
    assert desk.words() == ["/start"]
    assert telegram.delivery.sent[telegram.updates[0]["update_id"]].deliveries == 4


async def test_a_process_killed_between_getting_and_taking_loses_nothing(
    telegram: TelegramEmulator, alarm: Alarm, desk: Desk, lan: Person
) -> None:
    got = asyncio.Event()

    async def dies(arrived: Sequence[Incoming]) -> None:
        got.set()
        await asyncio.Event().wait()

    first = channel_of(telegram, alarm)
    receiving = asyncio.create_task(first.run(dies))
    await got.wait()
    receiving.cancel()
    with suppress(asyncio.CancelledError):
        await receiving
    await first.close()
    second = channel_of(telegram, alarm)
    async with running(second, desk):
        assert [one.said for one in await desk.has(1)] == [Text("/start")]
        await telegram.all_taken()
    await second.close()


async def test_an_update_delivered_twice_has_the_same_key_and_does_not_turn_the_offset_back(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    async with running(channel, desk):
        await desk.has(1)
        await lan.sends("hai")
        await desk.has(2)
        telegram.redeliver(telegram.updates[0]["update_id"])
        await desk.has(3)
        await telegram.all_taken()
    assert desk.kept[0].key == desk.kept[2].key != desk.kept[1].key


async def test_trouble_on_the_way_is_waited_out_longer_each_time(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person, alarm: Alarm
) -> None:
    telegram.faults.bad_gateway("getMe", times=2)
    telegram.faults.bad_gateway("getUpdates")
    telegram.faults.resets("getUpdates")
    telegram.faults.too_many_requests(7, "getUpdates")
    async with running(channel, desk):
        await desk.has(1)
    assert alarm.waits_s == [1.0, 2.0, 1.0, 2.0, 7.0]
    assert alarm.alerts == []


async def test_a_second_bot_on_the_same_token_is_told_to_the_office_once(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person, alarm: Alarm
) -> None:
    await channel.set_up()
    await telegram.execute("setWebhook", {"url": "http://127.0.0.1:9/other"})

    async def ends_on_the_third(seconds: float) -> None:
        alarm.waits_s.append(seconds)
        if len(alarm.waits_s) == 3:
            await telegram.execute("deleteWebhook", {})

    channel._pause = ends_on_the_third
    channel._take = desk.take
    receiving = asyncio.create_task(channel._poll())
    await desk.has(1)
    receiving.cancel()
    assert alarm.waits_s[:3] == [30.0, 30.0, 30.0]
    assert len(alarm.alerts) == 1
    assert "somebody else receives with this token" in alarm.alerts[0]


async def test_a_dead_token_is_told_to_the_office_and_asked_about_rarely(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, alarm: Alarm
) -> None:
    telegram.revoke_token()

    async def ends(seconds: float) -> None:
        alarm.waits_s.append(seconds)
        raise asyncio.CancelledError

    channel._pause = ends
    with pytest.raises(asyncio.CancelledError):
        await channel.run(desk.take)
    assert alarm.waits_s == [300.0]
    assert "@BotFather" in alarm.alerts[0]


# --- what people do ---------------------------------------------------------------------------


async def test_a_tap_is_handed_over_and_its_clock_stops_before_the_turn_is_over(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Person
) -> None:
    done = asyncio.Event()
    taps: list[Incoming] = []

    async def slow(arrived: Sequence[Incoming]) -> None:
        taps.extend(one for one in arrived if isinstance(one.said, Tap))
        if taps:
            await done.wait()

    receiving = asyncio.create_task(channel.run(slow))
    await channel.send(to(lan, "Sự cố gì?", buttons=((("Cầu", "q.1"), ("Đường", "q.2")),)))
    tap = await lan.taps("Đường")
    assert await tap.answered() == ""
    done.set()
    await telegram.all_taken()
    receiving.cancel()
    assert [(one.message_id, one.said) for one in taps] == [(f"cb:{tap.id}", Tap("q.2"))]


async def test_a_tap_that_is_too_old_to_answer_is_taken_all_the_same(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await channel.send(to(lan, "?", buttons=((("Cầu", "q.1"),),)))
    tap = await lan.taps("Cầu")
    tap.expired = True
    async with running(channel, desk):
        await desk.has(2)
    assert desk.kept[1].said == Tap("q.1")


async def test_blocking_and_coming_back_are_told(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    async with running(channel, desk):
        await desk.has(1)
        await lan.blocks_bot()
        await desk.has(2)
        with pytest.raises(Unreachable):
            await channel.send(to(lan, "có ai không?"))
        await lan.starts()
        await desk.has(4)
    assert [type(one.said).__name__ for one in desk.kept[1:]] == ["Blocked", "Unblocked", "Text"]
    assert isinstance(desk.kept[1].said, Blocked)


async def test_in_a_group_only_what_is_meant_for_us_is_addressed(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    minh = telegram.person("Minh")
    group = telegram.group("Thôn Đông", [lan, minh])
    async with running(channel, desk):
        await lan.sends("mai họp nhé", group)
        await lan.sends("@soxanh_bot báo ngày xanh", group)
        await desk.has(4)
        sent = await channel.send(
            Outgoing(key="1.0", chat=str(group.id), words="Bao nhiêu người?", group=True)
        )
        asked = group.chat.messages[int(sent.message_id.partition(":")[2])]
        await lan.sends("40", group, reply_to=asked)
        await minh.sends_album([a_photo("1"), a_photo("2")], "@soxanh_bot", group)
        await desk.has(7)
    inside = [one for one in desk.kept if one.group][1:]
    assert [one.addressed for one in inside] == [False, True, True, True, True]
    assert desk.words() == ["/start", "mai họp nhé", "báo ngày xanh", "40"]
    assert {one.group_name for one in inside} == {"Thôn Đông"}


async def test_a_group_that_becomes_a_supergroup_is_followed(
    telegram: TelegramEmulator, alarm: Alarm, desk: Desk, lan: Person
) -> None:
    moves: list[tuple[str, ...]] = []

    async def moved(*told: str) -> None:
        moves.append(told)

    channel = channel_of(telegram, alarm, moved=moved)
    old = telegram.group("Thôn Đông", [lan])
    new = old.migrates()
    async with running(channel, desk):
        await telegram.all_taken()
    assert moves == [("telegram", channel.account, str(old.id), str(new.id))]
    with pytest.raises(Moved) as raised:
        await channel.send(Outgoing(key="1.0", chat=str(old.id), words="?", group=True))
    assert raised.value.chat == str(new.id)
    await channel.close()
