"""The doctor: each line says what was found and what to do, and no line ever says a secret."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot import doctor
from bot.cli_run import _line
from bot.doctor import EARLIEST, Finding, bot_username, look_over
from bot.secret_key import key_file, secret_keys
from bot.settings import Settings
from storage import cases, leases, people
from storage.cases import NewCase
from storage.engine import Store
from storage.ids import NumberedIds
from storage.migrations import migrate
from storage.secrets import Seal
from tests.emulators.telegram import TelegramEmulator
from tests.storage.an_xuan import settle

NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


def settings_in(folder: Path, url: str | None = None, **more: object) -> Settings:
    """Settings of an installation in `folder`; the environment and `.env` play no part."""
    values = {
        "database_url": url or f"sqlite:///{folder / 'soxanh.db'}",
        "data_dir": folder / "data",
        "secret_key": None,
        "telegram_token": None,
        "public_url": None,
    }
    return Settings(_env_file=None, **(values | more))


async def ready(folder: Path, url: str | None = None, **more: object) -> Settings:
    """An installation that is migrated and has its key."""
    settings = settings_in(folder, url, **more)
    await migrate(settings.database_url)
    secret_keys(settings)
    return settings


async def found(settings: Settings, name: str, now: datetime = NOW) -> Finding:
    """The line about one thing."""
    return next(line for line in await look_over(settings, now) if line.name == name)


async def test_a_fresh_installation_is_well(tmp_path: Path):
    """After `soxanh migrate` every line is good."""
    findings = await look_over(await ready(tmp_path), NOW)
    assert [line.name for line in findings if not line.well] == []
    assert {"Cơ sở dữ liệu", "Khóa bí mật", "Đồng hồ", "Ổ đĩa"} <= {line.name for line in findings}


async def test_looking_makes_nothing(tmp_path: Path):
    """No database, no key, no folder appears; the lines say which command makes them."""
    findings = await look_over(settings_in(tmp_path), NOW)
    assert os.listdir(tmp_path) == []
    ailing = {line.name: line.advice for line in findings if not line.well}
    assert ailing.keys() == {"Cơ sở dữ liệu", "Khóa bí mật"}
    assert all("soxanh migrate" in advice for advice in ailing.values())


async def test_an_older_database_is_named(tmp_path: Path):
    """Emptied back to no tables."""
    settings = await ready(tmp_path)
    await migrate(settings.database_url, "base")
    line = await found(settings, "Cơ sở dữ liệu")
    assert (line.well, line.advice) == (False, "Chạy: soxanh migrate")


async def test_a_server_that_does_not_answer_is_told_without_its_password(tmp_path: Path):
    """Nobody listens on port 9 of this machine."""
    url = "postgresql://soxanh:s3cr3t@127.0.0.1:9/soxanh"
    line = await found(settings_in(tmp_path, url), "Cơ sở dữ liệu")
    assert not line.well
    assert "s3cr3t" not in _line(line)
    assert "127.0.0.1:9" in line.found


async def test_a_database_on_postgresql_is_well(tmp_path: Path, pg_url: str):
    """And its own clock is asked, so now is the real one."""
    settings = await ready(tmp_path, pg_url)
    findings = await look_over(settings, datetime.now(UTC))
    assert [line.name for line in findings if not line.well] == []


async def test_a_clock_that_differs_from_the_databases_is_found(tmp_path: Path, pg_url: str):
    """An hour off; to the second both ways."""
    settings = await ready(tmp_path, pg_url)
    for hours in (-1, 1):
        line = await found(settings, "Đồng hồ", datetime.now(UTC) + timedelta(hours=hours))
        assert not line.well
        assert "lệch" in line.found


async def test_a_clock_before_the_programs_own_time_is_found(tmp_path: Path):
    """A board without a battery wakes in 1970."""
    line = await found(settings_in(tmp_path), "Đồng hồ", EARLIEST - timedelta(days=1))
    assert not line.well
    assert "timedatectl" in line.advice


async def test_a_clock_behind_what_is_written_is_found(
    tmp_path: Path, sqlite_store: Store, sqlite_url: str, ids: NumberedIds
):
    """SQLite has no clock of its own: the newest row tells."""
    settings = await ready(tmp_path, sqlite_url)
    async with sqlite_store.begin() as tx:
        await _message_at(tx, NOW + timedelta(hours=2))
    line = await found(settings, "Đồng hồ")
    assert (line.well, "muộn hơn" in line.found) == (False, True)
    assert (await found(settings, "Đồng hồ", NOW + timedelta(hours=3))).well


async def _message_at(tx, at: datetime) -> None:
    from storage.inbox import InboxRow, put

    await put(
        tx,
        [
            InboxRow(
                channel="webchat", account="local", message_id="1", sender="a", body="",
                state="done", received_at=at,
            )
        ],
    )  # fmt: skip


async def test_ticks_that_stopped_are_found(tmp_path: Path, sqlite_store: Store, sqlite_url: str):
    """Half an hour without one; before the very first there is no word of it."""
    settings = await ready(tmp_path, sqlite_url)
    assert "Nhắc hạn" not in {line.name for line in await look_over(settings, NOW)}
    async with sqlite_store.begin() as tx:
        await leases.fire(tx, "reminders", NOW, now=NOW)
    assert (await found(settings, "Nhắc hạn", NOW + timedelta(minutes=11))).well
    assert not (await found(settings, "Nhắc hạn", NOW + timedelta(minutes=40))).well


async def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Below the least that must be free; the real disk is not filled for it."""
    free = shutil.disk_usage(tmp_path).free
    monkeypatch.setattr(doctor, "LEAST_FREE_MB", (free >> 20) * 2)
    line = await found(settings_in(tmp_path), "Ổ đĩa")
    assert not line.well
    assert "Dọn bớt" in line.advice


async def test_a_folder_that_cannot_be_written_is_found(tmp_path: Path):
    """The kernel's own folder takes no files from anybody."""
    line = await found(settings_in(tmp_path, data_dir=Path("/proc/soxanh")), "Thư mục dữ liệu")
    assert not line.well
    assert "SOXANH_DATA_DIR" in line.advice


# --- the key ---------------------------------------------------------------------------------


async def test_a_key_file_that_others_may_read_is_found(tmp_path: Path):
    """And the very command that mends it is given."""
    settings = await ready(tmp_path)
    key_file(settings).chmod(0o644)
    line = await found(settings, "Khóa bí mật")
    assert (line.well, line.advice) == (False, f"Chạy: chmod 600 {key_file(settings)}")


async def test_a_broken_key_is_found_and_not_shown(tmp_path: Path):
    """One letter is missing from it."""
    broken = Fernet.generate_key().decode()[:-1]
    settings = settings_in(tmp_path, secret_key=SecretStr(broken))
    line = await found(settings, "Khóa bí mật")
    assert not line.well
    assert broken not in _line(line)


async def test_a_key_that_opens_none_of_the_seals_is_found(
    tmp_path: Path, sqlite_store: Store, sqlite_url: str, ids: NumberedIds
):
    """Whoever restores the database without its key hears of it before the first message."""
    settings = await ready(tmp_path, sqlite_url)
    seal = Seal(",".join(secret_keys(settings)))
    async with sqlite_store.begin() as tx:
        place = await settle(tx, now=NOW, ids=ids)
        await people.describe(tx, place.person_id, name="Lan")
        new = NewCase(
            commune_id=place.commune.id,
            violation_key="dot-rom",
            words="khói",
            reporter_id=place.person_id,
            sealed=True,
        )
        await cases.open_case(tx, new, sealing=seal, now=NOW, ids=ids)
    assert (await found(settings, "Khóa bí mật")).well
    other = settings.model_copy(update={"secret_key": SecretStr(Fernet.generate_key().decode())})
    line = await found(other, "Khóa bí mật")
    assert not line.well
    assert "khóa cũ" in line.advice


# --- outside ---------------------------------------------------------------------------------


def with_telegram(folder: Path, telegram: TelegramEmulator, **more: object) -> Settings:
    """Settings that ask the emulator."""
    values: dict[str, object] = {
        "telegram_token": SecretStr(telegram.token),
        "telegram_api_url": telegram.base_url,
    }
    return settings_in(folder, **(values | more))


async def test_telegram_tells_the_bots_name(tmp_path: Path):
    """One call, getMe, by the rules."""
    async with TelegramEmulator() as telegram:
        settings = with_telegram(tmp_path, telegram)
        line = await found(settings, "Telegram")
        assert (line.well, line.found) == (True, f"@{telegram.username}")
        assert await bot_username(settings) == telegram.username
        assert telegram.violations == []
        assert {call.method for call in telegram.calls} == {"getMe"}


async def test_a_bot_that_hears_only_commands_in_groups_is_told_how_to_hear_more(tmp_path: Path):
    """Advice, not a fault: private chats need none of it."""
    async with TelegramEmulator(privacy_mode=True) as telegram:
        line = await found(with_telegram(tmp_path, telegram), "Telegram")
        assert line.well
        assert "Group Privacy" in line.advice


async def test_a_refused_token_is_said_without_the_token(tmp_path: Path):
    """A letter too many."""
    async with TelegramEmulator() as telegram:
        wrong = telegram.token + "x"
        settings = with_telegram(tmp_path, telegram, telegram_token=SecretStr(wrong))
        line = await found(settings, "Telegram")
        assert not line.well
        assert "@BotFather" in line.advice
        assert wrong not in _line(line)
        assert await bot_username(settings) is None


async def test_a_telegram_that_is_not_there_is_said_without_the_token(tmp_path: Path):
    """The emulator has gone home."""
    async with TelegramEmulator() as telegram:
        settings = with_telegram(tmp_path, telegram)
    line = await found(settings, "Telegram")
    assert not line.well
    assert telegram.token not in _line(line)


async def test_a_webhook_needs_its_secret_and_https(tmp_path: Path):
    """Both are named with the setting."""
    async with TelegramEmulator() as telegram:
        settings = with_telegram(tmp_path, telegram, public_url="http://soxanh.example.vn")
        assert (
            "SOXANH_TELEGRAM_WEBHOOK_SECRET" in (await found(settings, "Telegram, webhook")).advice
        )
        assert not (await found(settings, "Địa chỉ công khai")).well
        https = settings.model_copy(update={"public_url": "https://soxanh.example.vn"})
        assert (await found(https, "Địa chỉ công khai")).well


async def test_without_any_channel_nobody_could_write(tmp_path: Path):
    """Web chat off and no token."""
    assert not (await found(settings_in(tmp_path, web_chat=False), "Kênh chat")).well
