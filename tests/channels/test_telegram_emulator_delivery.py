"""How the emulated Telegram delivers updates, keeps its limits, and fails on demand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import (
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.conftest import Clock
from tests.emulators.telegram import TelegramEmulator


@pytest.fixture(autouse=True)
def _retry_after_is_a_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns when it makes a RetryAfter, unless it may use a timedelta."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


def bot_of(telegram: TelegramEmulator) -> Bot:
    return Bot(telegram.token, telegram.base_url, telegram.base_file_url)


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
async def bot(telegram: TelegramEmulator) -> AsyncIterator[Bot]:
    async with bot_of(telegram) as connected:
        yield connected


async def test_updates_come_until_they_are_confirmed(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    for text in ("một", "hai"):
        await lan.sends(text)
    first, second = await bot.get_updates()
    assert [u.update_id for u in await bot.get_updates()] == [first.update_id, second.update_id]
    assert [u.update_id for u in await bot.get_updates(offset=second.update_id)] == [
        second.update_id
    ]
    assert not await bot.get_updates(offset=second.update_id + 1)


async def test_only_asked_for_kinds_are_queued(telegram: TelegramEmulator, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await telegram.person("Lan").sends("chào")
    assert not await bot.get_updates()


async def test_a_newer_poll_ends_the_older(telegram: TelegramEmulator, bot: Bot) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{telegram.base_url}{telegram.token}/getUpdates"
        older = session.post(url, json={"timeout": 30})
        async with bot_of(telegram) as other:
            answered = await _both_answered(older, lambda: other.get_updates(timeout=0), telegram)
    assert answered == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )


async def _both_answered(
    older: Awaitable[aiohttp.ClientResponse],
    newer: Callable[[], Awaitable[object]],
    telegram: TelegramEmulator,
) -> tuple[int, str]:
    waiting = asyncio.ensure_future(older)
    await telegram.world.changed.until(lambda: bool(telegram.polls), 5)
    await newer()
    answer = await waiting
    return answer.status, (await answer.json())["description"]


async def test_an_update_can_come_twice(telegram: TelegramEmulator, bot: Bot) -> None:
    await telegram.person("Lan").sends("chào")
    (update,) = await bot.get_updates()
    assert not await bot.get_updates(offset=update.update_id + 1)
    telegram.redeliver(update.update_id)
    assert [u.update_id for u in await bot.get_updates(offset=update.update_id + 1)] == [
        update.update_id
    ]


async def test_a_wrong_token_is_unauthorized(telegram: TelegramEmulator, bot: Bot) -> None:
    telegram.revoke_token()
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_polling_is_refused_while_a_webhook_is_set(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    await bot.set_webhook("http://127.0.0.1:1/")
    with pytest.raises(Conflict):
        await bot.get_updates()
    await bot.delete_webhook()
    assert not await bot.get_updates()


@dataclass
class Receiver:
    """A webhook of the bot's: answers as told, remembers what came."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        update: dict[str, Any] = await request.json()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.texts.append(update["message"]["text"])
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    taken = Receiver()
    app = web.Application()
    app.router.add_post("/hook", taken.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    taken.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield taken
    await runner.cleanup()


async def test_a_webhook_gets_what_was_pending_and_what_comes(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    lan = telegram.person("Lan")
    await lan.sends("một")
    await bot.set_webhook(receiver.url, secret_token="bi-mat")
    await lan.sends("hai")
    await telegram.all_taken()
    assert receiver.texts == ["một", "hai"]
    assert receiver.secrets == ["bi-mat", "bi-mat"]
    telegram.redeliver(telegram.updates[0]["update_id"])
    await telegram.all_taken()
    assert receiver.texts == ["một", "hai", "một"]


async def test_a_failing_webhook_is_tried_again_in_order(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=500), web.Response(status=503)]
    await bot.set_webhook(receiver.url)
    lan = telegram.person("Lan")
    await lan.sends("một")
    await lan.sends("hai")
    await telegram.all_taken()
    assert receiver.texts == ["một", "một", "một", "hai"]
    error = (await bot.get_webhook_info()).last_error_message
    assert error == "Wrong response from the webhook: 503 Service Unavailable"


async def test_one_chat_in_trouble_does_not_hold_up_another(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    receiver.answers = [web.Response(status=500)]
    telegram.delivery.retry_s = 0.2
    await bot.set_webhook(receiver.url)
    await telegram.person("Lan").sends("một")
    await telegram.person("Minh").sends("hai")
    await telegram.all_taken()
    assert set(receiver.texts[:2]) == {"một", "hai"}
    assert len(receiver.texts) == 3


async def test_a_webhook_may_answer_with_a_call(
    telegram: TelegramEmulator, bot: Bot, receiver: Receiver
) -> None:
    lan = telegram.person("Lan")
    call = {"method": "sendMessage", "chat_id": lan.id, "text": "nghe rồi"}
    receiver.answers = [web.json_response(call)]
    await bot.set_webhook(receiver.url)
    await lan.sends("một")
    assert [str(m) for m in await lan.hears()] == ["nghe rồi"]


async def test_a_webhook_that_is_gone_leaves_updates_for_polling(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    await bot.set_webhook("http://127.0.0.1:1/")
    await telegram.person("Lan").sends("một")
    await telegram.world.changed.until(lambda: bool(telegram.delivery.pending[0].deliveries), 5)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


@asynccontextmanager
async def strict(clock: Clock) -> AsyncIterator[tuple[TelegramEmulator, Bot]]:
    async with (
        TelegramEmulator(clock=clock, strict_limits=True) as telegram,
        bot_of(telegram) as bot,
    ):
        yield telegram, bot


async def refused_for_s(sending: Awaitable[object]) -> int:
    """How long Telegram asks to wait; 0 when it took the message."""
    try:
        await sending
    except RetryAfter as refused:
        wait = cast("timedelta", refused.retry_after)
        return int(wait.total_seconds())
    return 0


async def test_a_chat_takes_a_short_burst_then_one_a_second(clock: Clock) -> None:
    async with strict(clock) as (telegram, bot):
        lan = telegram.person("Lan")
        await lan.starts()
        waits = [await refused_for_s(bot.send_message(lan.id, str(n))) for n in range(4)]
        assert waits == [0, 0, 0, 1]
        clock.forward(seconds=1)
        assert await refused_for_s(bot.send_message(lan.id, "4")) == 0
        assert [message.text for message in await lan.hears()] == ["0", "1", "2", "4"]
        assert len(telegram.limits.breaches) == 1


async def test_a_group_takes_twenty_a_minute(clock: Clock) -> None:
    async with strict(clock) as (telegram, bot):
        group = telegram.group("Thôn Đông", [telegram.person("Lan")])
        for number in range(20):
            assert await refused_for_s(bot.send_message(group.id, str(number))) == 0
            clock.forward(seconds=2)
        assert await refused_for_s(bot.send_message(group.id, "20")) == 20
        clock.forward(seconds=20)
        assert await refused_for_s(bot.send_message(group.id, "20")) == 0


async def test_all_chats_together_take_thirty_a_second(clock: Clock) -> None:
    async with strict(clock) as (telegram, bot):
        people = [telegram.person(f"Lan {number}") for number in range(31)]
        for person in people:
            await person.starts()
        waits = [await refused_for_s(bot.send_message(person.id, "chào")) for person in people]
        assert waits == [0] * 30 + [1]


async def test_without_strictness_haste_is_only_counted(
    telegram: TelegramEmulator, bot: Bot, clock: Clock
) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    for number in range(4):
        await bot.send_message(lan.id, str(number))
    assert telegram.limits.breaches == [(clock(), lan.id, 1)]


async def test_an_answer_that_never_comes_may_have_been_delivered(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    telegram.faults.hangs("sendMessage")
    with pytest.raises(TimedOut):
        await bot.send_message(lan.id, "một", read_timeout=0.2)
    telegram.faults.hangs("sendMessage", accepted=False)
    with pytest.raises(TimedOut):
        await bot.send_message(lan.id, "hai", read_timeout=0.2)
    assert [message.text for message in await lan.hears()] == ["một"]
    assert [call.fault for call in telegram.calls[-2:]] == ["hang", "hang"]


async def test_servers_break_in_every_way_they_do(telegram: TelegramEmulator, bot: Bot) -> None:
    lan = telegram.person("Lan")
    await lan.starts()
    telegram.faults.server_error("sendMessage")
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(lan.id, "một")
    telegram.faults.bad_gateway("sendMessage")
    with pytest.raises(NetworkError, match="502"):
        await bot.send_message(lan.id, "hai")
    telegram.faults.resets("sendMessage", accepted=True)
    with pytest.raises(NetworkError):
        await bot.send_message(lan.id, "ba")
    telegram.faults.too_many_requests(7, "sendMessage")
    assert await refused_for_s(bot.send_message(lan.id, "bốn")) == 7
    telegram.faults.slow(0.01, "sendMessage")
    await bot.send_message(lan.id, "năm")
    assert [message.text for message in await lan.hears()] == ["ba", "năm"]


async def test_faults_befall_only_whom_they_are_meant_for(
    telegram: TelegramEmulator, bot: Bot
) -> None:
    lan, minh = telegram.person("Lan"), telegram.person("Minh")
    await lan.starts()
    await minh.starts()
    fault = telegram.faults.server_error(
        times=2, when=lambda method, params: params.get("chat_id") == minh.id
    )
    await bot.send_message(lan.id, "một")
    with pytest.raises(NetworkError):
        await bot.send_message(minh.id, "một")
    telegram.faults.lift(fault)
    await bot.send_message(minh.id, "hai")
    assert [message.text for message in await minh.hears()] == ["hai"]


async def test_a_download_can_break_too(telegram: TelegramEmulator, bot: Bot) -> None:
    await telegram.person("Lan").sends_document(b"bien ban")
    (update,) = await bot.get_updates()
    assert update.message
    assert update.message.document
    file = await update.message.document.get_file()
    telegram.faults.bad_gateway("download")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert await file.download_as_bytearray() == b"bien ban"
