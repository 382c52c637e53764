"""`soxanh zalo …` from a terminal, against the emulators: consent, state, the bot's webhook, and what is missing said plainly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from bot.channels.zalo_bot import WEBHOOK
from bot.channels.zalo_oa_tokens import code_challenge
from bot.cli import status
from bot.cli_base import OK, PROBLEM
from storage import alerts, zalo, zalo_tokens
from storage.engine import Store, open_store
from storage.secrets import Seal
from storage.zalo import ChatRow
from tests.conftest import Clock
from tests.emulators.zalo_bot import ZaloBotEmulator
from tests.emulators.zalo_listener import Listener
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.stages.zalo_bot import SECRET, bot_world
from tests.world import SECRET_KEY

CALLBACK = "https://soxanh.example.vn/zalo/oa/callback"


@dataclass
class Screen:
    """Where commands print."""

    capsys: pytest.CaptureFixture[str]

    async def says(self, *args: str, expect: int = OK) -> str:
        """All that `soxanh zalo …` prints."""
        found = await asyncio.to_thread(status, ["zalo", *args])
        out, err = self.capsys.readouterr()
        assert found == expect, out + err
        assert "Traceback" not in out + err
        return out + err


@dataclass
class Terminal(Screen):
    """A folder with settings for the emulator in it."""

    oa: ZaloOaEmulator
    url: str


@pytest.fixture
async def terminal(
    sqlite_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Terminal]:
    """See `Terminal`."""
    async with ZaloOaEmulator() as oa:
        settings = {
            "DATABASE_URL": sqlite_url,
            "DATA_DIR": str(tmp_path),
            "SECRET_KEY": SECRET_KEY,
            "PUBLIC_URL": "https://soxanh.example.vn",
            "ZALO_APP_ID": oa.app_id,
            "ZALO_APP_SECRET": oa.app_secret,
            "ZALO_OA_ID": oa.oa_id,
            "ZALO_OA_SECRET_KEY": oa.oa_secret_key,
            "ZALO_API_URL": oa.base_url,
            "ZALO_OAUTH_URL": oa.base_url,
        }
        monkeypatch.chdir(tmp_path)
        oa.desk.redirect_uris = (CALLBACK,)
        for name, value in settings.items():
            monkeypatch.setenv(f"SOXANH_{name}", value)
        yield Terminal(capsys, oa, sqlite_url)


async def test_connect_prints_a_link_with_pkce_and_takes_the_code_once(terminal: Terminal) -> None:
    said = await terminal.says("connect")
    link = next(line for line in said.splitlines() if line.startswith("http"))
    asked = URL(link).query
    assert asked["redirect_uri"] == CALLBACK
    assert len(asked["code_challenge"]) == len(code_challenge("x"))
    assert "Chưa có quyền" in await terminal.says("status")
    back = await terminal.oa.desk.admin_consents(link)
    code, state = back.query["code"], back.query["state"]
    assert "Đã kết nối" in await terminal.says("connect", "--code", code, "--state", state)
    assert "Khóa cấp lúc" in await terminal.says("status")
    again = await terminal.says("connect", "--code", code, "--state", state, expect=PROBLEM)
    assert "Zalo không đưa khóa" in again
    store = open_store(terminal.url)
    async with store.read() as tx:
        pair = await zalo_tokens.current(tx, terminal.oa.oa_id, Seal(SECRET_KEY))
    await store.close()
    assert pair is not None
    assert pair.access not in said + again


async def test_status_tells_windows_signatures_and_what_waits_for_a_person(
    terminal: Terminal,
) -> None:
    now, oa_id = datetime.now(UTC), terminal.oa.oa_id
    silent = (timedelta(hours=1), timedelta(hours=2), timedelta(days=3), timedelta(days=9))
    chats = [
        ChatRow(channel="zalo_oa", account=oa_id, chat=str(n), interacted_at=now - ago)
        for n, ago in enumerate(silent)
    ]
    store = open_store(terminal.url)
    async with store.begin() as tx:
        await zalo.save_chats(tx, chats)
        await zalo.name_our_account(tx, "zalo_oa", oa_id, "UBND xã Thử")
        await zalo.note_events(
            tx, "zalo_oa", oa_id, event="user_send_text", at=now, good_signatures=7
        )
        await alerts.raise_alert(tx, "zalo_oa", oa_id, "silence", "no event", now=now)
    await store.close()
    said = await terminal.says("status")
    for words in (
        "UBND xã Thử",
        "Sự kiện gần nhất: user_send_text",
        "7 đúng, 0 sai",
        "SOXANH_ZALO_OA_VERIFY=enforce",
        "Nhắn miễn phí được ngay: 2 người; phải trả tiền: 1; phải chờ họ nhắn: 1",
        "zalo_oa (silence",
    ):
        assert words in said, said


async def test_what_is_not_set_is_said_in_words(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOXANH_ZALO_APP_ID")
    assert "SOXANH_ZALO_APP_ID" in await terminal.says("connect", expect=PROBLEM)
    assert "Zalo chưa bật" in await terminal.says("status")
    assert "SOXANH_ZALO_BOT_TOKEN" in await terminal.says("webhook", "set", expect=PROBLEM)


async def test_the_webhook_secret_is_long_enough(terminal: Terminal) -> None:
    """Point 14: random, at least 32 characters, and within the platform's 8 to 256 (A3)."""
    first, second = [(await terminal.says("webhook", "secret")).strip() for _ in range(2)]
    assert first != second
    assert 32 <= len(first) <= 256


# --- the bot's webhook -------------------------------------------------------------------------------


@pytest.fixture
def bot_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Screen:
    """A folder in which the bot's secret is set, and nothing else yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOXANH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SOXANH_ZALO_BOT_WEBHOOK_SECRET", SECRET)
    return Screen(capsys)


async def test_the_webhook_is_set_seen_and_taken_away(
    sqlite_store: Store,
    clock: Clock,
    tmp_path: Path,
    bot_screen: Screen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Zalo's trial meets our own server, messages come with the secret, and afterwards wait to be asked for."""
    async with bot_world(sqlite_store, clock, tmp_path) as (bot, _):
        address = str(bot.courier.url)
        bot.keep_webhook(None, "")
        monkeypatch.setenv("SOXANH_PUBLIC_URL", address.removesuffix(WEBHOOK) + "/")
        monkeypatch.setenv("SOXANH_ZALO_BOT_TOKEN", bot.token)
        monkeypatch.setenv("SOXANH_ZALO_BOT_API_URL", bot.base_url)
        said = await bot_screen.says("webhook", "set")
        assert f"Đã đặt webhook: {address}" in said
        assert "địa chỉ trả lời tốt (webhook.ok)" in said
        assert address in await bot_screen.says("webhook", "info")
        delivery = await bot.person("Lan").sends("giúp")
        assert delivery is not None
        assert delivery.status == 200
        assert "Đã bỏ webhook" in await bot_screen.says("webhook", "delete")
        assert "Chưa đặt webhook nào" in await bot_screen.says("webhook", "info")
        assert await bot.person("Lan").sends("giúp") is None


async def test_what_is_wrong_with_the_webhook_is_said_without_its_secrets(
    bot_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address, an address nobody answers or that is somebody else's, and a token Zalo does not know."""
    async with ZaloBotEmulator() as bot, Listener() as elsewhere:
        monkeypatch.setenv("SOXANH_ZALO_BOT_API_URL", bot.base_url)
        monkeypatch.setenv("SOXANH_ZALO_BOT_TOKEN", bot.token)
        said = [await bot_screen.says("webhook", "info")]
        assert "Chưa đặt webhook nào" in said[0]
        said.append(await bot_screen.says("webhook", "set", expect=PROBLEM))
        assert "SOXANH_PUBLIC_URL" in said[1]
        monkeypatch.setenv("SOXANH_PUBLIC_URL", "http://127.0.0.1:9")
        said.append(await bot_screen.says("webhook", "set"))
        assert "không tới được, hoặc trả lời quá chậm (webhook.err.unreachable)" in said[2]
        monkeypatch.setenv("SOXANH_PUBLIC_URL", elsewhere.url)
        said.append(await bot_screen.says("webhook", "set"))
        assert "không thấy địa chỉ (404)" in said[3]
        monkeypatch.setenv("SOXANH_ZALO_BOT_TOKEN", "1000000001:another")
        said.append(await bot_screen.says("webhook", "delete", expect=PROBLEM))
        assert "Zalo Bot trả lời" in said[4]
        assert bot.courier.url is not None
        for secret in (SECRET, bot.token, "1000000001:another"):
            assert secret not in "".join(said)
