"""The Telegram channel introducing itself, being posted to, and keeping its token to itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, unused_port

from bot.channels.base import (
    FetchFailed,
)
from bot.channels.telegram import BODY_LIMIT_BYTES, SECRET_HEADER, TelegramChannel
from bot.settings import Settings
from tests.channels.telegram_house import Alarm, Desk, channel_of, failure, running, to
from tests.emulators.telegram import TelegramEmulator
from tests.emulators.telegram_people import Person

SECRET = "a-long-random-word"
MENU = (("baocao", "Báo cáo của đơn vị"), ("phananh", "Phản ánh của người dân"))


# --- introducing ourselves --------------------------------------------------------------------


async def test_the_menu_and_the_profile_are_set_once(
    telegram: TelegramEmulator, alarm: Alarm
) -> None:
    channel = channel_of(telegram, alarm, commands=MENU, about="Trợ lý môi trường của xã")
    await channel.set_up()
    await channel.set_up()
    made = [call.method for call in telegram.calls if call.method.startswith(("set", "delete"))]
    assert made == ["setMyCommands", "setMyShortDescription"]
    assert telegram.calls[3].params["commands"][0] == {
        "command": "baocao",
        "description": "Báo cáo của đơn vị",
    }
    await channel.close()


async def test_a_start_link_opens_the_chat_with_its_code(
    telegram: TelegramEmulator, channel: TelegramChannel
) -> None:
    with pytest.raises(RuntimeError):
        channel.start_link("HD7K3F9Q")
    await channel.set_up()
    assert channel.start_link("HD7K3F9Q") == "https://t.me/soxanh_bot?start=HD7K3F9Q"
    with pytest.raises(ValueError, match="letters"):
        channel.start_link("mã lạ")


async def test_polling_takes_a_forgotten_webhook_away(
    telegram: TelegramEmulator, channel: TelegramChannel, desk: Desk, lan: Person
) -> None:
    await telegram.execute("setWebhook", {"url": "http://127.0.0.1:9/old"})
    async with running(channel, desk):
        await desk.has(1)
    assert telegram.delivery.hook is None


@pytest.mark.parametrize("token", ["", "abc", "123", "x:AAE"])
def test_what_is_no_token_is_said_at_once(token: str) -> None:
    with pytest.raises(ValueError, match="@BotFather"):
        TelegramChannel(token)


def test_a_webhook_without_a_good_secret_is_refused() -> None:
    for secret in ("", "có dấu", "x" * 257):
        with pytest.raises(ValueError, match="secret"):
            TelegramChannel("1:AAE", public_url="https://soxanh.example.vn", secret=secret)


# --- webhook ----------------------------------------------------------------------------------


@dataclass
class Hooked:
    """A channel behind a server on loopback, with Telegram posting to it."""

    channel: TelegramChannel
    server: TestServer

    @property
    def url(self) -> str:
        return str(self.server.make_url(self.channel.webhook_path))

    async def post(self, body: bytes, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with (
            ClientSession() as session,
            session.post(self.url, data=BytesIO(body), headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def hooked(telegram: TelegramEmulator, alarm: Alarm, desk: Desk) -> AsyncIterator[Hooked]:
    app = web.Application()
    server = TestServer(app, port=unused_port())
    channel = channel_of(
        telegram, alarm, public_url=f"http://127.0.0.1:{server.port}", secret=SECRET
    )
    app.add_routes(channel.routes())
    await server.start_server()
    await channel.run(desk.take)
    yield Hooked(channel, server)
    await telegram.delivery.drop_hook()
    await channel.close()
    await server.close()


async def test_the_webhook_takes_what_telegram_posts(
    telegram: TelegramEmulator, hooked: Hooked, desk: Desk, lan: Person
) -> None:
    await telegram.all_taken()
    assert desk.words() == ["/start"]
    assert telegram.delivery.hook is not None
    assert telegram.delivery.hook.secret == SECRET


async def test_what_could_not_be_kept_is_brought_again(
    telegram: TelegramEmulator, hooked: Hooked, desk: Desk, lan: Person
) -> None:
    await telegram.all_taken()
    desk.failures = 2
    await lan.sends("nhớ nhé")
    await telegram.all_taken()
    assert desk.words() == ["/start", "nhớ nhé"]
    assert list(telegram.delivery.sent.values())[-1].deliveries == 3


@pytest.mark.parametrize("secret", [None, "", "wrong", "mật khẩu"])
async def test_a_stranger_without_the_secret_is_turned_away(
    hooked: Hooked, desk: Desk, secret: str | None
) -> None:
    update = b'{"update_id":1,"message":{"message_id":1,"date":1,"chat":{"id":5},"text":"x"}}'
    assert await hooked.post(update, secret) == 403
    assert desk.kept == []


async def test_bodies_that_are_no_update(hooked: Hooked, desk: Desk) -> None:
    """No JSON and far too long are refused; an odd shape from Telegram itself is passed over."""
    assert await hooked.post(b"{") == 400
    assert await hooked.post(b" " * (BODY_LIMIT_BYTES + 1)) == 413
    assert await hooked.post(b'{"update_id":1,"message":{"message_id":"x"}}') == 200
    assert desk.kept == []


async def test_before_we_know_our_name_nothing_is_acknowledged(
    telegram: TelegramEmulator, alarm: Alarm
) -> None:
    """Whom a group message addresses cannot be told yet; Telegram brings it again."""
    channel = channel_of(telegram, alarm, public_url="http://127.0.0.1:9", secret=SECRET)
    app = web.Application()
    app.add_routes(channel.routes())
    server = TestServer(app)
    await server.start_server()
    assert await Hooked(channel, server).post(b'{"update_id":1}') == 500
    await server.close()
    await channel.close()


async def test_the_webhook_is_set_again_only_when_it_differs(
    telegram: TelegramEmulator, hooked: Hooked, alarm: Alarm
) -> None:
    await hooked.channel.set_up()
    assert [call.method for call in telegram.calls].count("setWebhook") == 1
    url = str(hooked.server.make_url("")).rstrip("/")
    renewed = channel_of(telegram, alarm, public_url=url, secret="another-word")
    await renewed.set_up()
    assert [call.method for call in telegram.calls].count("setWebhook") == 2
    await renewed.close()


def test_settings_describe_a_channel() -> None:
    described = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its plugin does not know it
        telegram_token="4200000:AAE",
        telegram_webhook_secret=SECRET,
        public_url="https://soxanh.example.vn/",
    )
    channel = TelegramChannel.from_settings(described)
    assert channel.account == "4200000"
    assert [route.path for route in channel.routes()] == [channel.webhook_path]
    with pytest.raises(ValueError, match="@BotFather"):
        TelegramChannel.from_settings(Settings(_env_file=None))  # type: ignore[call-arg]  # as above


async def test_an_address_telegram_does_not_take_is_told_to_the_office(
    telegram: TelegramEmulator, alarm: Alarm, desk: Desk
) -> None:
    async def ends(seconds: float) -> None:
        raise asyncio.CancelledError

    channel = channel_of(telegram, alarm, public_url="ftp://soxanh.example.vn", secret=SECRET)
    channel._pause = ends
    with pytest.raises(asyncio.CancelledError):
        await channel.run(desk.take)
    assert "refuses our settings" in alarm.alerts[0]
    await channel.close()


def test_a_polling_channel_has_no_routes() -> None:
    assert TelegramChannel("1:AAE").routes() == []


# --- the token --------------------------------------------------------------------------------


async def test_the_token_is_in_no_log_and_no_error(
    telegram: TelegramEmulator,
    alarm: Alarm,
    desk: Desk,
    lan: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At the chattiest level, through success, refusal, lost connection and a dead token."""
    caplog.set_level(logging.DEBUG)
    channel = channel_of(telegram, alarm)
    await lan.sends_photo()
    async with running(channel, desk):
        await desk.has(2)
    ref = getattr(desk.kept[1].said, "ref", "")
    await channel.send(to(lan, "chào"))
    await channel.fetch(ref, limit_bytes=1_000_000)
    errors: list[BaseException] = []
    telegram.faults.resets("sendMessage")
    errors.append(await failure(channel, to(lan, "?")))
    token = telegram.token
    telegram.revoke_token()
    errors.append(await failure(channel, to(lan, "?")))
    with pytest.raises(FetchFailed) as raised:
        await channel.fetch(ref, limit_bytes=1_000_000)
    errors.append(raised.value)

    async def ends(seconds: float) -> None:
        raise asyncio.CancelledError

    channel._pause = ends
    with pytest.raises(asyncio.CancelledError):
        await channel.run(desk.take)
    await channel.close()
    told = [caplog.text, *alarm.alerts, *(repr(error) for error in errors)]
    told += [repr(error.__cause__) for error in errors]
    assert "attempt 1 failed" in caplog.text
    assert not [words for words in told if token.partition(":")[2] in words]
