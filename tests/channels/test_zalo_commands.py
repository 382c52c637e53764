"""`soxanh zalo …` from a terminal, against the emulators: consent, state, and what is missing said plainly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from yarl import URL

from bot.channels.zalo_oa_tokens import code_challenge
from bot.cli import status
from bot.cli_base import OK, PROBLEM
from storage import alerts, zalo, zalo_tokens
from storage.engine import open_store
from storage.secrets import Seal
from storage.zalo import ChatRow
from tests.emulators.zalo_oa import ZaloOaEmulator
from tests.world import SECRET_KEY

CALLBACK = "https://soxanh.example.vn/zalo/oa/callback"


@dataclass
class Terminal:
    """A folder with settings for the emulator in it."""

    oa: ZaloOaEmulator
    url: str
    capsys: pytest.CaptureFixture[str]

    async def says(self, *args: str, expect: int = OK) -> str:
        """All that `soxanh zalo …` prints."""
        found = await asyncio.to_thread(status, ["zalo", *args])
        out, err = self.capsys.readouterr()
        assert found == expect, out + err
        assert "Traceback" not in out + err
        return out + err


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
        yield Terminal(oa, sqlite_url, capsys)


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
