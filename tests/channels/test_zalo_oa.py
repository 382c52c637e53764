"""The Official Account's webhook: what is kept, what is answered, what is left alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage import zalo
from storage.engine import Store
from tests.channels.zalo_houses import (
    an_admin,
    arrived,
    events,
    has_account,
    open_alerts,
    person_of,
    rows_of,
    tells,
)
from tests.channels.zalo_oa_house import House
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.emulators.zalo_webhook import advance
from tests.stages.zalo_oa import oa_world
from tests.world import World


async def remembered(world: World, chat: str) -> zalo.ChatRow:
    """What is kept of a chat."""
    async with world.app.store.read() as tx:
        return await zalo.chat_of(tx, "zalo_oa", "2470000000000000001", chat)


# --- answered at once, worked on afterwards ------------------------------------------------------


async def test_a_message_is_kept_and_answered_200_before_anything_is_said(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    delivery = await lan.sends("giúp")
    assert delivery.status == 200
    assert delivery.attempts[0].took_s < 0.5
    assert [state for _, state in await arrived(world)] == ["waiting"]
    assert lan.sees() == []
    await world.settle()
    assert [state for _, state in await arrived(world)] == ["done"]
    assert "Sổ Xanh" in lan.sees()[0].text


async def test_the_first_words_say_that_it_is_a_machine_and_who_answers_for_it(
    oa_house: House,
) -> None:
    oa, world = oa_house
    await world.settles_in("ha-dong")
    await world.office_sets("responsible", "UBND xã Hà Đông")
    lan, minh = oa.person("Lan"), oa.person("Minh")
    await lan.sends("xin hỏi")
    await minh.sends("giúp")
    await world.settle()
    first = lan.sees()[0].text
    assert "trợ lý tự động của xã, do UBND xã Hà Đông phụ trách" in first
    assert "do UBND xã Hà Đông phụ trách" in "\n".join(one.text for one in minh.sees())
    seen = len(lan.sees())
    await lan.sends("giúp")
    await world.settle()
    assert all("phụ trách" not in one.text for one in lan.sees()[seen:])


async def test_a_message_delivered_again_is_answered_once(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    oa.courier.copies_of = lambda _event: 3
    delivery = await lan.sends("giúp")
    await world.settle()
    heard = len(lan.sees())
    assert await oa.courier.repeat(delivery) == 200
    await world.settle()
    assert len(lan.sees()) == heard
    assert len(await arrived(world)) == 1


async def test_messages_that_arrive_out_of_order_are_answered_in_the_order_of_their_own_time(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    oa.courier.hold()
    for words in ("một", "hai", "ba"):
        await lan.sends(words)
        clock.forward(seconds=1)
    await oa.courier.release(newest_first=True)
    ids = [line["message_id"] for line in oa.chat_log]
    assert [key for key, _ in await arrived(world)] == ids


async def test_a_bare_choice_that_comes_after_its_moment_changes_nothing(
    oa_house: House, clock: Clock
) -> None:
    """Its question is answered already: said politely, and nothing is chosen by it (point 12)."""
    oa, world = oa_house
    await world.settles_in("ha-dong")
    lan = oa.person("Lan")
    oa.courier.hold()
    await lan.sends("1")
    late = oa.courier.deliveries[-1]
    clock.forward(seconds=5)
    await oa.courier.release()
    # as if "1" had been lost on the way, and the next message had come first
    async with world.app.store.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM inbox")
    await lan.sends("phản ánh")
    await world.settle()
    before = len(lan.sees())
    assert await oa.courier.repeat(late) == 200
    await world.settle()
    said = [message.text for message in lan.sees()[before:]]
    assert len(said) == 1
    assert said[0].startswith("Nút đó của câu trước rồi ạ.")


async def test_when_the_store_is_down_zalo_is_told_so_and_brings_the_message_again(
    oa_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    oa, world = oa_house
    with monkeypatch.context() as broken:
        broken.setattr(type(world.app.store), "begin", lambda _self: 1 / 0)
        delivery = await oa.person("Lan").sends("giúp")
    assert delivery.status == 500
    await advance(oa.time, oa.courier, 40)
    assert delivery.answered
    assert len(await arrived(world)) == 1


# --- who may speak -------------------------------------------------------------------------------


async def test_a_wrong_signature_gets_200_and_is_counted_and_not_kept(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    body = {"event_name": "user_send_text", "sender": {"id": lan.user_id}}
    forged = await oa.raise_event(body | {"message": {"msg_id": "x", "text": "a"}}, mac="mac=00")
    assert forged.status == 200
    await lan.sends("thật")
    assert len(await arrived(world)) == 1
    await world.app.zalo.once()
    async with world.app.store.read() as tx:
        facts = await zalo.account_facts(tx, "zalo_oa", oa.oa_id)
    assert (facts.good_signatures, facts.bad_signatures) == (1, 1)


@pytest.mark.parametrize("verify", ["off", "log"])
async def test_where_signatures_are_only_watched_events_are_kept(
    sqlite_store: Store, clock: Clock, tmp_path: Path, verify: str
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, zalo_oa_verify=verify) as (oa, world):
        oa.signs_with = "app_secret"
        await oa.person("Lan").sends("a")
        assert len(await arrived(world)) == 1


async def test_without_a_key_of_its_own_the_apps_secret_is_tried(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path, zalo_oa_secret_key=None) as (oa, world):
        oa.signs_with = "app_secret"
        await oa.person("Lan").sends("a")
        assert len(await arrived(world)) == 1


async def test_probes_and_the_consoles_check_get_200_and_leave_nothing(oa_house: House) -> None:
    oa, world = oa_house
    assert await oa.probe() == 200
    assert oa.courier.url is not None
    assert await oa.console_check(oa.courier.url)
    assert await arrived(world) == []
    assert await events(world) == []


async def test_a_recording_of_yesterday_is_left_alone(oa_house: House, clock: Clock) -> None:
    oa, world = oa_house
    delivery = await oa.person("Lan").sends("a")
    async with world.app.store.begin() as tx:
        await tx.exec_driver_sql("DELETE FROM inbox")
    clock.forward(hours=7)
    assert await oa.courier.repeat(delivery) == 200
    assert await arrived(world) == []


async def test_an_endless_body_is_not_read(oa_house: House) -> None:
    oa, world = oa_house
    attempt = await oa.courier.post(b" " * 300_000 + b"{}", {"Content-Type": "application/json"})
    assert attempt.status == 200
    assert await events(world) == []


# --- what is no message --------------------------------------------------------------------------


async def test_echoes_of_our_own_messages_are_no_input(oa_house: House) -> None:
    oa, world = oa_house
    await oa.person("Lan").sends("giúp")
    await world.settle()
    await oa.settles()
    await world.settle()
    assert len(await arrived(world)) == 1
    assert [event for event, _ in await events(world)] == []


async def test_when_an_official_writes_the_bot_keeps_silent_for_a_while(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await oa.staff_writes(lan, "Chị đợi em xem nhé")
    before = len(lan.sees())
    await lan.sends("vâng em")
    await world.settle()
    assert len(lan.sees()) == before
    assert ("user_send_text", "paused") in await events(world)
    assert ("oa_send_text", "kept") in await events(world)
    clock.forward(minutes=31)
    await lan.sends("giúp")
    await world.settle()
    assert len(lan.sees()) == before + 1


async def test_a_button_calls_the_bot_back_before_the_pause_is_over(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await oa.staff_writes(lan, "Chị đợi em xem nhé")
    before = len(lan.sees())
    await lan.taps("Phản ánh ô nhiễm")
    await world.settle()
    assert len(lan.sees()) == before + 1
    assert (await remembered(world, lan.user_id)).paused_until is None


async def test_what_nobody_knows_is_kept_and_gets_200(oa_house: House) -> None:
    oa, world = oa_house
    delivery = await oa.raise_event({"event_name": "shop_has_order", "shop": 1})
    assert delivery.status == 200
    assert await events(world) == [("shop_has_order", "kept")]


async def test_a_follower_is_greeted_once_and_an_unfollower_is_written_to_no_more(
    oa_house: House,
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.follows()
    await world.settle()
    assert ["trợ lý tự động" in message.text for message in lan.sees()] == [True]
    await lan.sends("giúp")
    await world.settle()
    assert sum("trợ lý tự động" in message.text for message in lan.sees()) == 1
    await lan.unfollows()
    await world.settle()
    async with world.app.store.read() as tx:
        row = (await tx.exec_driver_sql("SELECT blocked_at FROM accounts")).one()
    assert row[0] is not None


async def test_a_sticker_is_answered_once_a_day(oa_house: House, clock: Clock) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    before = len(lan.sees())
    for _ in range(3):
        await lan.sends_sticker()
        await world.settle()
    assert len(lan.sees()) == before + 1
    clock.forward(hours=25)
    await lan.sends_sticker()
    await world.settle()
    assert len(lan.sees()) == before + 2


async def test_photos_of_one_moment_share_an_album_and_later_ones_do_not(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends_photos([a_photo("1"), a_photo("2")])
    first = (await remembered(world, lan.user_id)).album
    clock.forward(minutes=2)
    await lan.sends_photo(a_photo("3"))
    assert first
    assert (await remembered(world, lan.user_id)).album != first


async def test_a_photo_is_downloaded_at_once(oa_house: House) -> None:
    oa, world = oa_house
    await oa.person("Lan").sends_photo(a_photo("1"))
    await world.settle()
    async with world.app.store.read() as tx:
        states = (await tx.exec_driver_sql("SELECT state FROM media")).scalars().all()
    assert states == ["kept"]
    assert len(oa.media.fetched) == 1


# --- windows -------------------------------------------------------------------------------------


async def test_the_clock_of_a_window_is_zalos_time_of_the_persons_last_word(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    said_at = clock()
    oa.courier.hold()
    await lan.sends("a")
    clock.forward(minutes=50)
    await oa.courier.release()
    assert (await remembered(world, lan.user_id)).interacted_at == said_at
    clock.forward(minutes=5)
    await lan.unfollows()
    assert (await remembered(world, lan.user_id)).interacted_at == said_at


async def test_the_name_is_asked_once_and_a_child_is_known_as_one(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    lan.is_sensitive = True
    await lan.sends("giúp")
    await world.settle()
    for _ in range(3):
        clock.forward(minutes=2)
        await world.app.zalo.once()
    known = await remembered(world, lan.user_id)
    assert known.sensitive
    assert sum(call.path == "/v3.0/oa/user/detail" for call in oa.calls) == 1
    async with world.app.store.read() as tx:
        names = (await tx.exec_driver_sql("SELECT name FROM accounts")).scalars().all()
    assert names == ["Lan"]


# --- withdrawal, silence, recovery ---------------------------------------------------------------


async def test_who_withdraws_consent_is_forgotten(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("đốt rơm cạnh đường")
    await world.settle()
    await lan.withdraws()
    await world.settle()
    async with world.app.store.read() as tx:
        for table in ("accounts", "zalo_chats", "sessions"):
            assert (await tx.exec_driver_sql(f"SELECT * FROM {table}")).all() == []
        bodies = (await tx.exec_driver_sql("SELECT body, sender FROM inbox")).all()
        assert {tuple(row) for row in bodies} == {("", "")}
        trace = (await tx.exec_driver_sql("SELECT action FROM audits")).scalars().all()
        assert "withdraw" in trace
        erased = (await tx.exec_driver_sql("SELECT erased_at FROM persons")).scalars().all()
    assert all(erased)


async def test_who_also_writes_elsewhere_is_only_untied_from_zalo(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    person = await person_of(world, "zalo_oa", lan.user_id)
    await has_account(world, person, "telegram", "1", "42")
    await lan.withdraws()
    await world.settle()
    assert await person_of(world, "telegram", "42") == person
    async with world.app.store.read() as tx:
        erased = (await tx.exec_driver_sql("SELECT erased_at FROM persons")).scalars().all()
    assert erased == [None]


async def test_revoked_rights_are_told_and_the_queue_waits(oa_house: House) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    await an_admin(world, "webchat", "local", "admin")
    await oa.revokes()
    await world.app.zalo.once()
    assert "revoked" in await open_alerts(world)
    told = [row for row in await rows_of(world, "waiting") if row.channel == "webchat"]
    assert len(told) == 1
    assert "soxanh zalo connect" in told[0].body
    await tells(world, "zalo_oa", oa.oa_id, lan.user_id)
    await world.settle()
    assert [row.channel for row in await rows_of(world, "waiting")].count("zalo_oa") == 1


async def test_a_long_silence_in_working_hours_is_told_and_ends_with_the_next_event(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    clock.forward(hours=26)
    await world.app.zalo.once()
    assert "silence" in await open_alerts(world)
    await lan.sends("giúp")
    clock.forward(minutes=2)
    await world.app.zalo.once()
    assert "silence" not in await open_alerts(world)


async def test_messages_missed_while_we_were_away_are_read_back_once(
    oa_house: House, clock: Clock
) -> None:
    oa, world = oa_house
    lan = oa.person("Lan")
    await lan.sends("giúp")
    await world.settle()
    since = clock()
    oa.courier.switched_off = True
    for number in range(12):
        clock.forward(minutes=15)
        await lan.sends(f"tin {number}")
    assert world.app.zalo.oa is not None
    channel = world.app.zalo.oa.oa
    assert await channel.recover(since) == 12
    assert await channel.recover(since) == 12
    assert len(await arrived(world)) == 13


async def test_many_at_once_are_all_answered_in_time(oa_house: House) -> None:
    oa, world = oa_house
    deliveries = await asyncio.gather(*(oa.person(f"Người {n}").sends("giúp") for n in range(60)))
    assert all(delivery.answered and len(delivery.attempts) == 1 for delivery in deliveries)
    assert len(await arrived(world)) == 60
