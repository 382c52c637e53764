"""How the emulators call a webhook: signed, repeated on the ladder, switched off, out of order."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from tests.conftest import Clock
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_caller import OaCaller, button_message, query_button
from tests.emulators.zalo_listener import Listener
from tests.emulators.zalo_oa import ZaloOaEmulator, webhook_mac

MINUTE_S, HOUR_S = 60.0, 3600.0


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener() as listening:
        yield listening


@pytest.fixture
async def oa(listener: Listener, clock: Clock) -> AsyncIterator[ZaloOaEmulator]:
    async with ZaloOaEmulator(
        clock=clock, webhook_url=listener.url, answer_within_s=0.2
    ) as emulator:
        yield emulator


@pytest.fixture
async def call(oa: ZaloOaEmulator) -> AsyncIterator[OaCaller]:
    async with ClientSession() as client:
        yield OaCaller(client, oa)


def signed(listener: Listener, key: str = "oa-secret-for-tests") -> str:
    heard = listener.heard[-1]
    return webhook_mac("1234567890", heard.raw, heard.body["timestamp"], key)


async def test_every_event_is_signed_over_its_raw_utf8_bytes(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    await oa.person("Lan").sends("Ngập cống")
    assert "Ngập".encode() in listener.heard[0].raw
    assert listener.heard[0].headers["x-zevent-signature"] == f"mac={signed(listener)}"


async def test_the_other_secret_and_the_bare_form_can_be_chosen(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    oa.signs_with, oa.mac_prefix = "app_secret", False
    await oa.person("Lan").sends("Ngập")
    mac = signed(listener, "app-secret-for-tests")
    assert listener.heard[0].headers["x-zevent-signature"] == mac


async def test_a_wrong_signature_can_be_sent(oa: ZaloOaEmulator, listener: Listener) -> None:
    event = {"app_id": oa.app_id, "event_name": "user_send_text", "message": {"text": "giả"}}
    delivery = await oa.raise_event(event, mac="mac=" + "0" * 64)
    assert delivery.answered
    assert listener.heard[0].headers["x-zevent-signature"] == "mac=" + "0" * 64


async def test_ids_and_timestamps_are_strings_above_what_a_float_holds(
    oa: ZaloOaEmulator, listener: Listener, clock: Clock
) -> None:
    await oa.person("Lan").sends("Ngập")
    body = listener.heard[0].body
    assert int(body["sender"]["id"]) > 2**53
    assert body["timestamp"] == str(int(clock.at.timestamp() * 1000))


async def test_an_event_not_answered_200_is_repeated_on_the_ladder_with_num_retry(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    listener.usually = 500
    delivery = await oa.person("Lan").sends("Ngập")
    assert (delivery.answered, delivery.status) == (False, 500)
    for wait_s, heard in ((29.0, 1), (1.0, 2), (299.0, 2), (1.0, 3), (15 * MINUTE_S, 4)):
        await oa.advance(wait_s)
        assert len(listener.heard) == heard
    listener.usually = 200
    await oa.advance(30 * MINUTE_S)
    assert delivery.answered
    await oa.advance(5 * HOUR_S)
    retries = [heard.headers.get("num_retry") for heard in listener.heard]
    assert retries == [None, "1", "2", "3", "4"]
    assert len({heard.raw for heard in listener.heard}) == 1
    assert not oa.courier.switched_off


async def test_an_answer_later_than_the_limit_counts_as_none(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    oa.courier.answer_within_s = 0.05
    listener.silent = True
    delivery = await oa.person("Lan").sends("Ngập")
    assert delivery.status is None
    listener.silent = False
    await oa.advance(30)
    assert delivery.answered


async def test_a_redirect_is_not_followed_and_counts_as_failure(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    listener.answers = [302]
    listener.location = listener.url
    delivery = await oa.person("Lan").sends("Ngập")
    assert (delivery.status, len(listener.heard)) == (302, 1)


async def test_after_the_last_repetition_the_webhook_is_switched_off_until_somebody_acts(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    listener.usually = 503
    lan = oa.person("Lan")
    first = await lan.sends("một")
    await oa.advance(HOUR_S)
    second = await lan.sends("hai")
    await oa.advance(HOUR_S)
    assert (first.state, second.state) == ("lost", "lost")
    assert oa.courier.switched_off
    assert len(oa.courier.admin_notices) == 1
    listener.usually, before = 200, len(listener.heard)
    third = await lan.sends("ba")
    assert (third.state, len(listener.heard)) == ("lost", before)
    oa.courier.switch_on()
    assert (await lan.sends("bốn")).answered
    assert [delivery.event_name for delivery in oa.courier.lost] == ["user_send_text"] * 3


async def test_an_unreachable_webhook_is_repeated_too(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    right, oa.courier.url = oa.courier.url, "http://127.0.0.1:9/hook"
    delivery = await oa.person("Lan").sends("Ngập")
    assert delivery.status is None
    oa.courier.url = right
    await oa.advance(30)
    assert delivery.answered


async def test_duplicates_on_demand_and_by_rule(oa: ZaloOaEmulator, listener: Listener) -> None:
    lan = oa.person("Lan")
    delivery = await lan.sends("một")
    assert await oa.courier.repeat(delivery) == 200
    oa.courier.copies_of = lambda event_name: 3 if event_name == "user_send_text" else 1
    await lan.sends("hai")
    texts = [heard.body["message"]["text"] for heard in listener.heard]
    assert texts == ["một", "một", "hai", "hai", "hai"]


async def test_events_can_arrive_out_of_order(oa: ZaloOaEmulator, listener: Listener) -> None:
    lan = oa.person("Lan")
    oa.courier.hold()
    await lan.sends("một")
    await lan.sends("hai")
    assert listener.heard == []
    await oa.courier.release(newest_first=True)
    assert [heard.body["message"]["text"] for heard in listener.heard] == ["hai", "một"]


async def test_an_album_is_several_image_events(oa: ZaloOaEmulator, listener: Listener) -> None:
    await oa.person("Lan").sends_photos([b"\xff\xd8\xff1", b"\xff\xd8\xff2", b"\xff\xd8\xff3"])
    assert listener.events == ["user_send_image"] * 3
    assert len({heard.body["message"]["msg_id"] for heard in listener.heard}) == 3


async def test_a_send_of_the_bot_comes_back_as_an_echo_with_its_message_id(
    call: OaCaller, oa: ZaloOaEmulator, listener: Listener
) -> None:
    lan = oa.person("Lan")
    await lan.sends("Chào xã")
    sent = await call.sends(lan, {"text": "Chào chị"})
    await call.sends(lan, button_message(query_button()))
    oa.echo_keeps_message_id = False
    other = await call.sends(lan, {"text": "Chào chị"})
    await oa.settles()
    assert sorted(listener.events[1:]) == ["oa_send_template", "oa_send_text", "oa_send_text"]
    ids = {heard.body["message"]["msg_id"] for heard in listener.heard[1:]}
    assert sent["data"]["message_id"] in ids
    assert other["data"]["message_id"] not in ids
    for heard in listener.heard[1:]:
        assert "admin_id" not in heard.body["sender"]
        assert heard.body["recipient"]["id"] == lan.user_id


async def test_receipts_come_when_ticked_and_zns_receipts_name_a_phone(
    call: OaCaller, oa: ZaloOaEmulator, listener: Listener
) -> None:
    oa.echoes, oa.receipts = False, True
    lan = oa.person("Lan")
    await lan.sends("Chào xã")
    await call.sends(lan, {"text": "Chào chị"})
    oa.confirm_zns("84900000000", "m1", "nhac-1")
    await oa.settles()
    own, zns = sorted(listener.heard[1:], key=lambda heard: "x-zevent-server" in heard.headers)
    assert own.body["recipient"]["id"] == lan.user_id
    assert zns.headers["x-zevent-server"] == "ZNS"
    assert zns.body["recipient"]["id"] == "84900000000"
    assert zns.body["message"]["tracking_id"] == "nhac-1"


async def test_with_the_syntax_filter_only_texts_with_a_hash_arrive(
    oa: ZaloOaEmulator, listener: Listener
) -> None:
    oa.only_hash_texts = True
    lan = oa.person("Lan")
    assert (await lan.sends("báo cáo")).state == "filtered"
    await lan.sends("#baocao")
    assert [heard.body["message"]["text"] for heard in listener.heard] == ["#baocao"]


@pytest.mark.parametrize(("status", "kept"), [(200, True), (401, False)])
async def test_the_console_keeps_a_url_only_if_its_unsigned_ping_gets_200(
    oa: ZaloOaEmulator, listener: Listener, status: int, kept: bool
) -> None:
    oa.courier.url = None
    listener.usually = status
    assert await oa.console_check(listener.url) is kept
    assert (oa.courier.url == listener.url) is kept
    assert "x-zevent-signature" not in listener.heard[0].headers


async def test_without_a_webhook_events_are_lost(oa: ZaloOaEmulator) -> None:
    oa.courier.url = None
    assert (await oa.person("Lan").sends("Ngập")).state == "lost"


async def test_the_bot_platform_sends_its_secret_and_a_java_agent_and_never_switches_off(
    listener: Listener, clock: Clock
) -> None:
    async with ZaloBotEmulator(clock=clock, webhook_url=listener.url, secret_token="s" * 32) as bot:
        listener.usually = 500
        delivery = await bot.person("Lan").sends("Ngập")
        await bot.advance(HOUR_S)
        assert delivery is not None
        assert (delivery.state, bot.courier.switched_off) == ("lost", False)
        assert len(listener.heard) == 3
        headers = listener.heard[0].headers
        assert headers["x-bot-api-secret-token"] == "s" * 32
        assert headers["user-agent"].startswith("Java/")


async def test_forged_posts_carry_a_wrong_secret_or_none(listener: Listener) -> None:
    async with ZaloBotEmulator(webhook_url=listener.url) as bot:
        listener.usually = 403
        for secret in ("wrong-secret", None):
            status = await bot.forge("message.text.received", {"text": "x"}, secret=secret)
            assert status == 403
            assert listener.heard[-1].headers.get("x-bot-api-secret-token") == secret
