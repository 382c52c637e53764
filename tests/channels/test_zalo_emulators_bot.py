"""The Zalo Bot emulator takes and refuses calls as the reference says, code by code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, FormData

from tests.conftest import Clock
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_bot_people import BotPerson
from tests.emulators.zalo_common import Fault
from tests.emulators.zalo_listener import Listener

JPEG = b"\xff\xd8\xff" + b"anh" * 20
SECRET = "s" * 32
Answer = dict[str, Any]


class Caller:
    """POST + JSON, the only form every method page shows."""

    def __init__(self, client: ClientSession, bot: ZaloBotEmulator) -> None:
        self.client = client
        self.bot = bot
        self.token = bot.token

    async def __call__(self, method: str, **parameters: Any) -> Answer:
        url = f"{self.bot.base_url}/bot{self.token}/{method}"
        async with self.client.post(url, json=parameters) as answer:
            read: Answer = await answer.json()
            return read


@pytest.fixture
async def bot(clock: Clock) -> AsyncIterator[ZaloBotEmulator]:
    async with ZaloBotEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def call(bot: ZaloBotEmulator) -> AsyncIterator[Caller]:
    async with ClientSession() as client:
        yield Caller(client, bot)


@pytest.fixture
async def lan(bot: ZaloBotEmulator) -> BotPerson:
    """Somebody who has written, whose chat id the bot may know."""
    person = bot.person("Lan")
    await person.sends("Chào bot")
    await bot.queue.next(0)
    return person


def is_refused(answer: Answer, code: int) -> None:
    assert answer["ok"] is False
    assert answer["error_code"] == code
    assert answer["description"]


# --- envelope ----------------------------------------------------------------------------------


async def test_get_me_describes_a_basic_bot(call: Caller) -> None:
    answer = await call("getMe")
    assert answer["ok"] is True
    assert answer["result"]["account_type"] == "BASIC"
    assert answer["result"]["can_join_groups"] is False


async def test_a_wrong_token_is_401_and_a_wrong_method_400_case_matters(call: Caller) -> None:
    is_refused(await call("getme"), 400)
    is_refused(await call("editMessageText"), 400)
    call.token = "1:other"
    is_refused(await call("getMe"), 401)


async def test_form_query_and_multipart_are_accepted_too(call: Caller, lan: BotPerson) -> None:
    url = f"{call.bot.base_url}/bot{call.token}/sendMessage"
    fields = {"chat_id": lan.chat_id, "text": "chào"}
    form = FormData()
    for key, value in fields.items():
        form.add_field(key, value)
    for sending in (
        call.client.get(url, params=fields),
        call.client.post(url, data=fields),
        call.client.post(url, data=form),
    ):
        async with sending as answer:
            assert (await answer.json())["ok"] is True
    assert len(lan.sees()) == 3


async def test_broken_json_is_400(call: Caller) -> None:
    url = f"{call.bot.base_url}/bot{call.token}/getMe"
    headers = {"Content-Type": "application/json"}
    for raw in (b"{", b"[]"):
        async with call.client.post(url, data=raw, headers=headers) as answer:
            is_refused(await answer.json(), 400)


# --- sending -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ok"), [("x" * 2000, True), ("x" * 2001, False), ("😀" * 1001, False), ("", False)]
)
async def test_a_text_has_1_to_2000_characters(
    call: Caller, lan: BotPerson, text: str, ok: bool
) -> None:
    answer = await call("sendMessage", chat_id=lan.chat_id, text=text)
    assert answer["ok"] is ok
    if ok:
        assert set(answer["result"]) == {"message_id", "date"}
        assert (await lan.hears())[0].text == text
    else:
        is_refused(answer, 400)


async def test_parse_mode_is_markdown_or_html(call: Caller, lan: BotPerson) -> None:
    for mode in ("markdown", "html"):
        assert (await call("sendMessage", chat_id=lan.chat_id, text="x", parse_mode=mode))["ok"]
    is_refused(await call("sendMessage", chat_id=lan.chat_id, text="x", parse_mode="HTML5"), 400)


async def test_a_chat_id_is_learnt_only_when_the_person_writes(call: Caller) -> None:
    stranger = call.bot.person("Minh")
    is_refused(await call("sendMessage", chat_id=stranger.chat_id, text="x"), 400)
    is_refused(await call("sendMessage", text="x"), 400)
    assert {one.rule for one in call.bot.violations} == {"A7"}
    await stranger.sends("Chào bot")
    assert (await call("sendMessage", chat_id=stranger.chat_id, text="x"))["ok"] is True


async def test_a_photo_goes_by_public_url_which_the_platform_fetches(
    call: Caller, lan: BotPerson
) -> None:
    async with Listener() as listener:
        listener.photo = JPEG
        url = listener.url.replace("/hook", "/photo.jpg")
        answer = await call("sendPhoto", chat_id=lan.chat_id, photo=url, caption="Cống")
        assert answer["ok"] is True
    [heard] = await lan.hears()
    assert (heard.text, heard.media[0].content) == ("Cống", JPEG)


@pytest.mark.parametrize(
    "change",
    [
        {"photo": None},
        {"photo": "data:image/jpeg;base64,AAAA"},
        {"photo": "http://a.vn/1.jpg"},
        {"photo": "http://127.0.0.1:9/1.jpg"},
        {"photo": "AAAA"},
        {"caption": "x" * 2001},
        {"caption": ""},
    ],
)
async def test_a_photo_that_is_no_public_image_url_is_refused(
    call: Caller, lan: BotPerson, change: dict[str, Any]
) -> None:
    parameters = {"photo": "https://a.vn/1.jpg", "caption": "Cống"} | change
    is_refused(await call("sendPhoto", chat_id=lan.chat_id, **parameters), 400)
    assert lan.sees() == []


async def test_bytes_of_a_photo_are_refused(call: Caller, lan: BotPerson) -> None:
    form = FormData()
    form.add_field("chat_id", lan.chat_id)
    form.add_field("photo", JPEG, filename="a.jpg", content_type="image/jpeg")
    url = f"{call.bot.base_url}/bot{call.token}/sendPhoto"
    async with call.client.post(url, data=form) as answer:
        is_refused(await answer.json(), 400)


async def test_a_url_that_holds_no_image_is_refused(call: Caller, lan: BotPerson) -> None:
    url = call.bot.base_url + call.bot.media.put(b"<html>", ".jpg", "text/html")
    is_refused(await call("sendPhoto", chat_id=lan.chat_id, photo=url), 400)


async def test_sticker_voice_and_typing(call: Caller, lan: BotPerson) -> None:
    voice = call.bot.base_url + call.bot.media.put(b"\xff\xf1", ".aac", "audio/aac")
    assert (await call("sendSticker", chat_id=lan.chat_id, sticker="bfe458bf"))["ok"] is True
    assert (await call("sendVoice", chat_id=lan.chat_id, voice_url=voice))["ok"] is True
    assert [seen.kind for seen in lan.sees()] == ["sticker", "voice"]
    assert await call("sendChatAction", chat_id=lan.chat_id, action="typing") == {"ok": True}
    assert call.bot.typing == ["Lan"]
    is_refused(await call("sendSticker", chat_id=lan.chat_id), 400)
    is_refused(await call("sendVoice", chat_id=lan.chat_id, voice_url="https://a.vn/1.mp3"), 400)
    is_refused(await call("sendChatAction", chat_id=lan.chat_id, action="upload_photo"), 400)


async def test_the_monthly_quota_of_messages_and_users_is_429(
    call: Caller, lan: BotPerson, clock: Clock
) -> None:
    call.bot.methods.messages_per_month, call.bot.methods.users_per_month = 2, 1
    minh = call.bot.person("Minh")
    await minh.sends("Chào")
    assert (await call("sendMessage", chat_id=lan.chat_id, text="x"))["ok"] is True
    is_refused(await call("sendMessage", chat_id=minh.chat_id, text="x"), 429)
    assert (await call("sendMessage", chat_id=lan.chat_id, text="x"))["ok"] is True
    is_refused(await call("sendMessage", chat_id=lan.chat_id, text="x"), 429)
    clock.forward(days=23)  # 1 July
    assert (await call("sendMessage", chat_id=minh.chat_id, text="x"))["ok"] is True


async def test_the_free_plan_has_50_users_and_3000_messages(bot: ZaloBotEmulator) -> None:
    assert (bot.methods.users_per_month, bot.methods.messages_per_month) == (50, 3000)


# --- groups ------------------------------------------------------------------------------------


async def test_a_group_is_heard_only_on_mention_and_its_voice_messages_vanish(call: Caller) -> None:
    group, lan = call.bot.group("Tổ môi trường"), call.bot.person("Lan")
    await lan.sends("không nhắc đến bot", group=group)
    await lan.sends_photo(JPEG, group=group)
    assert len(call.bot.queue) == 0
    await lan.sends_photo(JPEG, caption="rác", group=group, mention=True)
    update = (await call("getUpdates", timeout=1))["result"]
    assert update["message"]["caption"] == "@Bot Sổ Xanh rác"
    assert update["message"]["chat"] == {"chat_type": "GROUP", "id": group.chat_id}
    assert (await call("sendMessage", chat_id=group.chat_id, text="Đã nhận"))["ok"] is True
    voice = await call("sendVoice", chat_id=group.chat_id, voice_url="https://a.vn/1.aac")
    assert voice["ok"] is True
    assert [seen.text for seen in group.sees()] == ["Đã nhận"]
    assert [one.rule for one in call.bot.violations] == ["A3"]


# --- polling -----------------------------------------------------------------------------------


async def test_one_update_at_a_time_handed_out_once(call: Caller) -> None:
    lan = call.bot.person("Lan")
    await lan.sends("một")
    await lan.sends("hai")
    first, second = await call("getUpdates", timeout=1), await call("getUpdates", timeout="1")
    assert [one["result"]["message"]["text"] for one in (first, second)] == ["một", "hai"]
    is_refused(await call("getUpdates", timeout=0), 408)


async def test_a_waiting_poll_is_answered_by_the_next_message(call: Caller) -> None:
    polling = asyncio.create_task(call("getUpdates", timeout=30))
    await asyncio.wait([polling], timeout=0.05)
    await call.bot.person("Lan").sends("đây ạ")
    assert (await polling)["result"]["message"]["text"] == "đây ạ"


async def test_a_poll_with_nothing_new_ends_in_408_when_its_time_is_over(
    call: Caller, bot: ZaloBotEmulator
) -> None:
    polling = asyncio.create_task(call("getUpdates"))
    await asyncio.wait([polling], timeout=0.05)
    await bot.advance(29)
    assert not polling.done()
    await bot.advance(1)
    is_refused(await polling, 408)


async def test_a_poller_that_hung_up_takes_no_update_with_it(call: Caller) -> None:
    polling = asyncio.create_task(call("getUpdates", timeout=30))
    await asyncio.wait([polling], timeout=0.05)
    polling.cancel()
    await asyncio.wait([polling])
    await call.bot.person("Lan").sends("đây ạ")
    assert (await call("getUpdates", timeout=1))["result"]["message"]["text"] == "đây ạ"


async def test_parallel_pollers_split_the_stream(call: Caller) -> None:
    polls = [asyncio.create_task(call("getUpdates", timeout=30)) for _ in range(2)]
    await asyncio.wait(polls, timeout=0.05)
    lan = call.bot.person("Lan")
    await lan.sends("một")
    await lan.sends("hai")
    texts = {(await poll)["result"]["message"]["text"] for poll in polls}
    assert texts == {"một", "hai"}
    assert call.bot.queue.most_polling == 2


async def test_polling_is_refused_while_a_webhook_is_set(call: Caller) -> None:
    async with Listener() as listener:
        await call("setWebhook", url=listener.url, secret_token=SECRET)
        is_refused(await call("getUpdates", timeout=0), 400)
        await call("deleteWebhook")
        is_refused(await call("getUpdates", timeout=0), 408)
    assert [one.rule for one in call.bot.violations] == ["A4"]


async def test_a_timeout_that_is_no_number_is_400(call: Caller) -> None:
    is_refused(await call("getUpdates", timeout="lâu"), 400)


# --- webhook set-up ----------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [None, "s" * 7, "s" * 257, 12345678])
async def test_the_secret_has_8_to_256_characters(call: Caller, secret: Any) -> None:
    answer = await call("setWebhook", url="http://127.0.0.1:9/hook", secret_token=secret)
    is_refused(answer, 400)


@pytest.mark.parametrize(
    "url", [None, "ftp://a.vn", "http://a.vn/hook", "https://192.168.1.5/hook", "https://may-chu/x"]
)
async def test_only_public_https_addresses_are_taken(call: Caller, url: Any) -> None:
    is_refused(await call("setWebhook", url=url, secret_token=SECRET), 400)


async def test_this_machine_is_refused_when_it_does_not_stand_for_the_public(call: Caller) -> None:
    call.bot.loopback_is_public = False
    async with Listener() as listener:
        is_refused(await call("setWebhook", url=listener.url, secret_token=SECRET), 400)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "webhook.ok"),
        (403, "webhook.http.403"),
        (404, "webhook.http.404"),
        (502, "webhook.http.5xx"),
        (302, "webhook.http.other"),
    ],
)
async def test_the_verification_names_its_outcome_and_the_url_is_kept_anyway(
    call: Caller, status: int, outcome: str
) -> None:
    async with Listener() as listener:
        listener.usually = status
        result = (await call("setWebhook", url=listener.url, secret_token=SECRET))["result"]
        assert result["verification"]["outcome"] == outcome
        assert result["verification"]["ok"] is (status == 200)
        assert result["verification"]["status_code"] == status
        assert listener.heard[0].raw == b""
        info = (await call("getWebhookInfo"))["result"]
        assert info == {"url": listener.url, "updated_at": result["updated_at"]}


async def test_an_unreachable_webhook_has_no_status_code(call: Caller) -> None:
    url = "http://127.0.0.1:9/hook"
    result = (await call("setWebhook", url=url, secret_token=SECRET))["result"]
    assert result["verification"]["outcome"] == "webhook.err.unreachable"
    assert "status_code" not in result["verification"]


async def test_webhook_info_is_404_until_one_was_ever_set(call: Caller) -> None:
    is_refused(await call("getWebhookInfo"), 404)
    assert (await call("deleteWebhook"))["result"]["url"] == ""
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_too_many_tests_a_day_give_426_under_the_other_spelling(
    call: Caller, clock: Clock
) -> None:
    call.bot.methods.webhook_checks_per_day = 1
    async with Listener() as listener:
        await call("setWebhook", url=listener.url, secret_token=SECRET)
        assert (await call("testWebhook"))["result"]["outcome"] == "webhook.ok"
        answer = await call("testWebhook")
        assert answer["errorCode"] == 426
        assert "error_code" not in answer
        is_refused(await call("setWebhook", url=listener.url, secret_token=SECRET), 426)
        clock.forward(days=1)
        assert (await call("testWebhook"))["ok"] is True


async def test_test_webhook_may_be_gone(call: Caller) -> None:
    call.bot.methods.has_test_webhook = False
    assert (await call("testWebhook"))["ok"] is False


# --- updates and faults ------------------------------------------------------------------------


async def test_ids_are_hexadecimal_and_a_private_chat_has_the_persons_id(
    call: Caller, clock: Clock
) -> None:
    lan = call.bot.person("Lan")
    await lan.sends("Chào")
    message = (await call("getUpdates", timeout=1))["result"]["message"]
    assert len(bytes.fromhex(message["from"]["id"])) == 10
    assert message["chat"]["id"] == message["from"]["id"] == lan.chat_id
    assert message["date"] == int(clock.at.timestamp() * 1000)


async def test_the_bots_own_messages_can_come_back(call: Caller, lan: BotPerson) -> None:
    call.bot.echoes = True
    await call("sendMessage", chat_id=lan.chat_id, text="Em đây")
    await call.bot.settles()
    update = (await call("getUpdates", timeout=1))["result"]
    assert update["message"]["from"]["is_bot"] is True
    assert update["message"]["from"]["id"] == (await call("getMe"))["result"]["id"]


@pytest.mark.parametrize("code", [403, 429, 500])
async def test_codes_can_be_ordered(call: Caller, lan: BotPerson, code: int) -> None:
    call.bot.faults.order(Fault.error(code), on="sendMessage")
    is_refused(await call("sendMessage", chat_id=lan.chat_id, text="x"), code)
    assert (await call("sendMessage", chat_id=lan.chat_id, text="x"))["ok"] is True


async def test_a_dropped_answer_may_have_delivered(call: Caller, lan: BotPerson) -> None:
    call.bot.faults.order(Fault.drop(accepts=True), on="sendMessage")
    with pytest.raises(ClientError):
        await call("sendMessage", chat_id=lan.chat_id, text="x")
    assert [seen.text for seen in lan.sees()] == ["x"]


async def test_every_call_is_recorded_without_the_token(call: Caller, lan: BotPerson) -> None:
    await call("sendMessage", chat_id=lan.chat_id, text="x")
    record = call.bot.calls[-1]
    assert (record.method, record.body["text"], record.answer["ok"]) == ("sendMessage", "x", True)
    assert call.token not in repr(call.bot.calls)
