"""`soxanh doctor`: what this installation needs, looked at one by one, each with what to do about it.

Nothing is changed by looking, and no secret is ever shown: errors of the network are told in
our own words, because their texts may carry the token inside an address.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import make_url

from bot.cli_base import store_exists
from bot.handlers.remind import TICK
from bot.secret_key import OWNER_ONLY, SecretKeyError, key_file, known_keys
from bot.settings import Settings
from storage import leases, vitals
from storage.access import Role
from storage.engine import StoreUrlError, normal_url, open_store
from storage.ids import EPOCH_MS
from storage.migrations import current, head

LEAST_FREE_MB = 500
"""About 250 photos of a phone; a database that meets a full disk stops the whole bot."""

EARLIEST = datetime.fromtimestamp(EPOCH_MS / 1000, UTC)
"""Ids count from here: a clock before it makes none that work."""

CLOCK_TOLERANCE = timedelta(minutes=2)
"""A clock this wrong puts reminders on the wrong side of a due time and signed sessions out of date."""

TELEGRAM_TIMEOUT_S = 10.0
TICK_LATE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, what was found, and what to do if not."""

    name: str
    well: bool
    found: str
    advice: str = ""


Look = Callable[[Settings, datetime], Awaitable[list[Finding]]]


async def look_over(settings: Settings, now: datetime) -> list[Finding]:
    """Everything that can be looked at, in the order it should be mended.

    Args:
        now: what this machine's clock shows, aware.
    """
    findings: list[Finding] = []
    looks: tuple[Look, ...] = (
        _settings,
        _folder,
        _disk,
        _database,
        _key,
        _clock,
        _officials,
        _url,
        _telegram,
    )
    for look in looks:
        findings += await look(settings, now)
    return findings


async def _settings(settings: Settings, now: datetime) -> list[Finding]:
    channels = ["trang chat"] if settings.web_chat else []
    if settings.telegram_token is not None:
        channels.append("Telegram")
    if settings.zalo_app_id and settings.zalo_oa_id:
        channels.append("Zalo OA")
    if settings.zalo_bot_token is not None:
        channels.append("Zalo Bot")
    if not channels:
        return [
            Finding(
                "Kênh chat",
                False,
                "chưa bật kênh nào",
                "Đặt SOXANH_WEB_CHAT=true hoặc SOXANH_TELEGRAM_TOKEN",
            )
        ]
    return [Finding("Kênh chat", True, ", ".join(channels))]


async def _folder(settings: Settings, now: datetime) -> list[Finding]:
    folder = settings.data_dir
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            return [Finding("Thư mục dữ liệu", True, str(folder))]
    except OSError as error:
        return [
            Finding(
                "Thư mục dữ liệu",
                False,
                f"{folder} không ghi được ({error.strerror})",
                "Cho người chạy soxanh quyền ghi thư mục này, hoặc đặt SOXANH_DATA_DIR sang chỗ khác",
            )
        ]


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.is_dir())


async def _disk(settings: Settings, now: datetime) -> list[Finding]:
    free_mb = shutil.disk_usage(_nearest(settings.data_dir)).free >> 20
    words = f"còn {free_mb / 1024:.1f} GB".replace(".", ",")
    if free_mb >= LEAST_FREE_MB:
        return [Finding("Ổ đĩa", True, words)]
    advice = f"Dọn bớt để còn ít nhất {LEAST_FREE_MB} MB, kẻo ảnh và báo cáo không ghi được"
    return [Finding("Ổ đĩa", False, words, advice)]


# --- the database ----------------------------------------------------------------------------


async def _database(settings: Settings, now: datetime) -> list[Finding]:
    try:
        normal_url(settings.database_url)
    except StoreUrlError as error:
        return [
            Finding("Cơ sở dữ liệu", False, "địa chỉ chưa đúng", f"SOXANH_DATABASE_URL: {error}")
        ]
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    if not store_exists(settings):
        return [Finding("Cơ sở dữ liệu", False, "chưa có", "Chạy: soxanh migrate")]
    try:
        revision = await current(settings.database_url)
    except Exception as error:
        kind = type(error).__name__
        advice = "Xem máy chủ cơ sở dữ liệu đã chạy chưa, tên và mật khẩu trong SOXANH_DATABASE_URL đã đúng chưa"
        return [Finding("Cơ sở dữ liệu", False, f"không mở được {shown} ({kind})", advice)]
    if revision != head():
        return [
            Finding("Cơ sở dữ liệu", False, "chưa ở phiên bản mới nhất", "Chạy: soxanh migrate")
        ]
    return [Finding("Cơ sở dữ liệu", True, f"{shown}, phiên bản {revision}")]


async def _ready(settings: Settings) -> bool:
    return all(finding.well for finding in await _database(settings, EARLIEST))


async def _officials(settings: Settings, now: datetime) -> list[Finding]:
    """Whether every commune has a reviewer for the whole of it: a role in an office reaches no village."""
    if not await _ready(settings):
        return []
    store = open_store(settings.database_url)
    try:
        async with store.read() as tx:
            without = await vitals.communes_without(tx, Role.REVIEWER, now)
    finally:
        await store.close()
    return [
        Finding(
            f"Cán bộ {commune}",
            False,
            "chưa có người xem, duyệt báo cáo của cả xã",
            f'Chạy: soxanh invite "{commune}" reviewer --name "Họ và tên"',
        )
        for commune in without
    ]


# --- the key -----------------------------------------------------------------------------------


async def _key(settings: Settings, now: datetime) -> list[Finding]:
    try:
        keys = known_keys(settings)
    except SecretKeyError as error:
        return [Finding("Khóa bí mật", False, "không dùng được", str(error))]
    if keys is None:
        advice = "Chép lại tệp khóa từ bản sao lưu; nếu cài lần đầu thì chạy: soxanh migrate"
        return [Finding("Khóa bí mật", False, f"chưa có {key_file(settings)}", advice)]
    if await _ready(settings) and not await _opens(settings, keys):
        advice = "Đặt lại đúng khóa cũ (SOXANH_SECRET_KEY hoặc tệp secret.key trong bản sao lưu)"
        return [Finding("Khóa bí mật", False, "không mở được các phản ánh giấu tên đã có", advice)]
    path = key_file(settings)
    if settings.secret_key is None and stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        return [
            Finding("Khóa bí mật", False, "người khác trên máy đọc được", f"Chạy: chmod 600 {path}")
        ]
    return [Finding("Khóa bí mật", True, f"{len(keys)} khóa")]


async def _opens(settings: Settings, keys: tuple[str, ...]) -> bool:
    """Whether these keys open what was sealed last; True while nothing was sealed."""
    store = open_store(settings.database_url)
    try:
        async with store.read() as tx:
            return await vitals.opens_newest_seal(tx, ",".join(keys))
    finally:
        await store.close()


# --- the clock ---------------------------------------------------------------------------------


async def _clock(settings: Settings, now: datetime) -> list[Finding]:
    advice = "Chỉnh giờ máy (timedatectl set-ntp true), rồi chạy lại soxanh"
    if now < EARLIEST:
        return [Finding("Đồng hồ", False, f"đang chỉ {now:%d/%m/%Y}", advice)]
    if not await _ready(settings):
        return [Finding("Đồng hồ", True, f"{now:%d/%m/%Y %H:%M} UTC")]
    store = open_store(settings.database_url)
    try:
        async with store.read() as tx:
            theirs = await vitals.clock_of_database(tx)
            newest = await vitals.newest_moment(tx)
            ticked_at = await leases.last_fired(tx, TICK)
    finally:
        await store.close()
    found = []
    if theirs is not None and abs(theirs - now) > CLOCK_TOLERANCE:
        off_s = int((now - theirs).total_seconds())
        found.append(Finding("Đồng hồ", False, f"lệch {off_s} giây so với cơ sở dữ liệu", advice))
    elif newest is not None and newest - now > CLOCK_TOLERANCE:
        found.append(Finding("Đồng hồ", False, "chạy chậm: dữ liệu đã ghi có giờ muộn hơn", advice))
    else:
        found.append(Finding("Đồng hồ", True, f"{now:%d/%m/%Y %H:%M} UTC"))
    return [*found, *_ticks(ticked_at, now)]


def _ticks(ticked_at: datetime | None, now: datetime) -> list[Finding]:
    """Whether reminding goes on; no word about it before the first run."""
    if ticked_at is None:
        return []
    late = now - ticked_at > TICK_LATE_AFTER
    words = f"lần cuối {ticked_at:%d/%m/%Y %H:%M} UTC"
    return [
        Finding("Nhắc hạn", not late, words, "Xem soxanh run có đang chạy không" if late else "")
    ]


# --- outside -----------------------------------------------------------------------------------


async def _url(settings: Settings, now: datetime) -> list[Finding]:
    if settings.public_url is None:
        note = "chưa đặt: Telegram được hỏi tin liên tục, tin nhắn không kèm đường dẫn"
        return [Finding("Địa chỉ công khai", True, note)]
    if not settings.public_url.startswith("https://"):
        advice = "SOXANH_PUBLIC_URL phải là https://…; đặt một cổng TLS phía trước (xem docs/official.md)"
        return [Finding("Địa chỉ công khai", False, settings.public_url, advice)]
    return [Finding("Địa chỉ công khai", True, settings.public_url)]


async def _telegram(settings: Settings, now: datetime) -> list[Finding]:
    if settings.telegram_token is None:
        return []
    findings = [await _get_me(settings)]
    if settings.public_url is not None and settings.telegram_webhook_secret is None:
        advice = "Đặt SOXANH_TELEGRAM_WEBHOOK_SECRET: một từ dài ngẫu nhiên, chỉ chữ, số, _ và -"
        findings.append(Finding("Telegram, webhook", False, "thiếu mật khẩu webhook", advice))
    return findings


async def _get_me(settings: Settings) -> Finding:
    name = "Telegram"
    try:
        bot = await telegram_bot(settings)
    except (aiohttp.ClientError, TimeoutError) as error:
        advice = "Xem máy có ra được Internet không; SOXANH_TELEGRAM_API_URL có đúng không"
        return Finding(name, False, f"không gọi được ({type(error).__name__})", advice)
    except ValueError:
        advice = "Lấy lại mã từ @BotFather, đặt vào SOXANH_TELEGRAM_TOKEN"
        return Finding(name, False, "mã bot không được nhận", advice)
    return Finding(name, True, f"@{bot.get('username', '')}", _group_advice(bot))


async def telegram_bot(settings: Settings) -> dict[str, Any]:
    """What Telegram says of our bot (getMe, core.telegram.org/bots/api#getme).

    Raises:
        ValueError: there is no token, or Telegram does not know it.
        aiohttp.ClientError, TimeoutError: it could not be asked. Their texts may hold the
            token: never show them.
    """
    if settings.telegram_token is None:
        raise ValueError("no token")
    timeout = aiohttp.ClientTimeout(total=TELEGRAM_TIMEOUT_S)
    address = f"{settings.telegram_api_url}{settings.telegram_token.get_secret_value()}/getMe"
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
        body: Any = await answer.json(content_type=None)
    if not isinstance(body, dict) or not body.get("ok"):
        raise ValueError("not a bot's token")
    found: dict[str, Any] = body["result"]
    return found


async def bot_username(settings: Settings) -> str | None:
    """The bot's name without "@"; None while Telegram cannot be asked."""
    try:
        return str((await telegram_bot(settings))["username"])
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
        return None


def _group_advice(bot: Any) -> str:
    """Not a fault, but in groups the album of a campaign post comes without the bot's name in it."""
    if not bot.get("can_join_groups", True):
        return "Muốn dùng trong nhóm: @BotFather → Bot Settings → Allow Groups → Turn on"
    if not bot.get("can_read_all_group_messages", False):
        return (
            "Muốn nhận ảnh gửi trong nhóm: cho bot làm quản trị nhóm,"
            " hoặc @BotFather → Bot Settings → Group Privacy → Turn off"
        )
    return ""
