"""`soxanh zalo …`: consent, state, missed messages, and the bot's webhook. Only these change anything at Zalo."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from bot.cli_base import Ground, Problem, ground, moment_words, run, say

if TYPE_CHECKING:
    from bot.channels.zalo_bot_calls import BotApi
    from bot.zalo import Zalo

app = typer.Typer(help="Kết nối và xem tình trạng Zalo OA, Zalo Bot.", no_args_is_help=True)
webhook = typer.Typer(help="Webhook của Zalo Bot.", no_args_is_help=True)
app.add_typer(webhook, name="webhook")

OUTCOMES = {
    "webhook.ok": "địa chỉ trả lời tốt",
    "webhook.http.403": "bị chặn (403): tắt Browser Integrity Check của Cloudflare cho đường dẫn này",
    "webhook.http.404": "không thấy địa chỉ (404): Sổ Xanh đã chạy chưa, proxy trỏ đúng chưa",
    "webhook.http.5xx": "máy chủ báo lỗi (5xx)",
    "webhook.err.tls": "chứng chỉ TLS chưa đúng hoặc thiếu chuỗi trung gian",
    "webhook.err.unreachable": "không tới được, hoặc trả lời quá chậm",
}
"""What `verification.outcome` means (Zalo reference, A5)."""

WINDOW = timedelta(days=31)


def add_to(root: typer.Typer) -> None:
    """Hang these commands into the program."""
    root.add_typer(app, name="zalo")


@app.command()
def connect(
    code: Annotated[
        str, typer.Option("--code", help="Mã (code) Zalo trả về trên thanh địa chỉ.")
    ] = "",
    state: Annotated[str, typer.Option("--state", help="Phần state đi cùng mã, nếu có.")] = "",
) -> None:
    """Xin OA cấp quyền: in đường dẫn để quản trị viên OA bấm, hoặc nhận mã sau khi bấm."""
    if code:
        run(_take_code(code, state))
        say("[green]✔[/green] Đã kết nối Zalo OA. Xem: [bold]soxanh zalo status[/bold]")
        return
    link, callback = run(_consent_link())
    say("Quản trị viên của OA mở đường dẫn này (dùng một lần, trong 15 phút) rồi bấm Cho phép:")
    say(escape(link))
    say(
        f"Khi soxanh run đang chạy, trang {escape(callback)} tự nhận mã. Nếu không: chép phần code trên thanh "
        "địa chỉ, chạy [bold]soxanh zalo connect --code MÃ[/bold]"
    )


@app.command()
def status() -> None:
    """Tên OA, tuổi của khóa, tin gần nhất, bao nhiêu người còn nhắn được miễn phí, tiền và hạn mức."""
    for line in run(_status()):
        say(line)


@app.command()
def recover(
    hours: Annotated[int, typer.Option("--hours", help="Đọc lại từ bao nhiêu giờ trước.")] = 48,
) -> None:
    """Đọc lại tin OA bị lỡ khi máy chủ ngừng; tin đã có thì bỏ qua."""
    count = run(_recover(hours))
    say(f"[green]✔[/green] Đã đọc lại {count} tin; soxanh run sẽ trả lời những tin chưa có.")


@webhook.command("set")
def webhook_set() -> None:
    """Báo cho Zalo Bot địa chỉ webhook của máy chủ này, rồi xem Zalo thử có tới không."""
    for line in run(_webhook_set()):
        say(line)


@webhook.command("delete")
def webhook_delete() -> None:
    """Bỏ webhook của Zalo Bot, để chuyển sang hỏi tin (polling)."""
    run(_webhook_delete())
    say("[green]✔[/green] Đã bỏ webhook. Bỏ cả SOXANH_ZALO_BOT_WEBHOOK_SECRET để hỏi tin.")


@webhook.command("info")
def webhook_info() -> None:
    """Zalo Bot đang gửi tin tới đâu."""
    say(run(_webhook_info()))


@webhook.command("secret")
def webhook_secret() -> None:
    """In một mật khẩu ngẫu nhiên cho SOXANH_ZALO_BOT_WEBHOOK_SECRET."""
    say(secrets.token_urlsafe(36))


# --- what they do --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Here:
    """A command's ground, with Zalo wired on it."""

    ground: Ground
    zalo: Zalo


@contextlib.asynccontextmanager
async def _wired() -> AsyncIterator[_Here]:
    from bot.secret_key import secret_key  # with the channels' libraries, needed only here
    from bot.zalo import build_zalo
    from storage.media import MediaStore
    from storage.secrets import Seal

    async with ground() as here:
        zalo = build_zalo(
            here.settings,
            store=here.store,
            files=MediaStore(here.settings.data_dir / "media"),
            ids=here.ids,
            seal=Seal(secret_key(here.settings)),
            clock=here.clock,
        )
        try:
            yield _Here(here, zalo)
        finally:
            await zalo.close()


_OA_SETTINGS = "SOXANH_ZALO_APP_ID, SOXANH_ZALO_APP_SECRET và SOXANH_ZALO_OA_ID"


async def _consent_link() -> tuple[str, str]:
    from bot.channels.zalo_oa import CALLBACK

    async with _wired() as here:
        if here.zalo.tokens is None:
            raise Problem(f"Chưa đặt {_OA_SETTINGS}. Xem docs/zalo.md.")
        public_url = here.ground.settings.public_url
        if not public_url:
            raise Problem("Cần SOXANH_PUBLIC_URL: Zalo đưa quản trị viên về địa chỉ này.")
        callback = f"{public_url.rstrip('/')}{CALLBACK}"
        return await here.zalo.tokens.consent_link(callback), callback


async def _take_code(code: str, state: str) -> None:
    from bot.channels.zalo_oa_tokens import ConsentFailed

    async with _wired() as here:
        if here.zalo.tokens is None:
            raise Problem(f"Chưa đặt {_OA_SETTINGS}. Xem docs/zalo.md.")
        try:
            await here.zalo.tokens.take_code(code, state=state)
        except ConsentFailed as failed:
            raise Problem(f"Zalo không đưa khóa: {escape(str(failed))}") from failed


async def _status() -> list[str]:
    from bot.zalo import our_accounts
    from storage import alerts

    async with _wired() as here:
        accounts = our_accounts(here.ground.settings)
        lines = []
        if here.zalo.oa is not None:
            lines += await _oa_lines(here)
        if here.zalo.bot is not None:
            lines += await _bot_lines(here)
        if not lines:
            return [f"Zalo chưa bật. Đặt {_OA_SETTINGS}, hoặc SOXANH_ZALO_BOT_TOKEN."]
        async with here.ground.store.read() as tx:
            found = [one for one in await alerts.open_alerts(tx) if one.channel in accounts]
        return lines + [
            f"[red]✖[/red] {one.channel} ({one.code}, từ {moment_words(one.since)}): {escape(one.words)}"
            for one in found
        ]


async def _oa_lines(here: _Here) -> list[str]:
    from storage import outbox, windows, zalo, zalo_tokens

    settings, now = here.ground.settings, here.ground.clock()
    account = settings.zalo_oa_id
    free_since = now - timedelta(hours=settings.zalo_free_window_h)
    paid_since = now - timedelta(hours=settings.zalo_paid_window_h)
    async with here.ground.store.read() as tx:
        facts = await zalo.account_facts(tx, "zalo_oa", account)
        pairs = await zalo_tokens.history(tx, account, limit=1)
        counts = await zalo.window_counts(
            tx, "zalo_oa", account, free_since=free_since, paid_since=paid_since
        )
        spent = await windows.spent_vnd(tx, "zalo_oa", account, since=now - WINDOW)
        states = await outbox.counts(tx, "zalo_oa", account)
    name = facts.name or "chưa biết tên"
    return [
        f"[bold]Zalo OA[/bold] {escape(name)} ({account})",
        _pair_line(pairs, now),
        _event_line(facts.last_event, facts.last_event_at),
        f"Chữ ký webhook: {facts.good_signatures} đúng, {facts.bad_signatures} sai; đang đặt: {settings.zalo_oa_verify}"
        + _enforce_hint(facts, settings.zalo_oa_verify),
        f"Nhắn miễn phí được ngay: {counts.free} người; phải trả tiền: {counts.paid}; phải chờ họ nhắn: {counts.closed}",
        f"Tin đang chờ người nhận nhắn lại: {states.get('held', 0)}; không rõ đã tới chưa: {states.get('unknown', 0)}",
        f"31 ngày qua đã chi {spent} đồng cho tin trả tiền (trần mỗi tháng {settings.zalo_budget_vnd})",
    ]


def _pair_line(pairs: list[Any], now: datetime) -> str:
    if not pairs or pairs[0].state != "current":
        return (
            "[red]✖[/red] Chưa có quyền, hoặc quyền đã mất: chạy [bold]soxanh zalo connect[/bold]"
        )
    pair = pairs[0]
    if pair.spending_at is not None and now - pair.spending_at > timedelta(minutes=5):
        return "[red]✖[/red] Lần đổi khóa gần nhất không rõ kết quả: chạy [bold]soxanh zalo connect[/bold]"
    return f"[green]✔[/green] Khóa cấp lúc {moment_words(pair.made_at)}, dùng tới {moment_words(pair.expires_at)}"


def _event_line(event: str, at: datetime | None) -> str:
    if at is None:
        return "Chưa nhận sự kiện nào từ webhook."
    return f"Sự kiện gần nhất: {escape(event)}, {moment_words(at)}"


def _enforce_hint(facts: Any, verify: str) -> str:
    if verify != "enforce" and facts.good_signatures and not facts.bad_signatures:
        return " (nên đặt SOXANH_ZALO_OA_VERIFY=enforce)"
    return ""


async def _bot_lines(here: _Here) -> list[str]:
    from bot.handlers.windows import month_of
    from storage import outbox, windows, zalo

    settings, now = here.ground.settings, here.ground.clock()
    assert here.zalo.bot is not None
    account = here.zalo.bot.account
    async with here.ground.store.read() as tx:
        facts = await zalo.account_facts(tx, "zalo_bot", account)
        use = await windows.month_use(tx, "zalo_bot", account, month_of(now))
        states = await outbox.counts(tx, "zalo_bot", account)
    way = "webhook" if settings.zalo_bot_webhook_secret is not None else "hỏi tin (polling)"
    return [
        f"[bold]Zalo Bot[/bold] ({account}), nhận tin bằng {way}",
        _event_line(facts.last_event, facts.last_event_at),
        f"Tháng này: {use.people}/{settings.zalo_bot_people} người, {use.messages}/{settings.zalo_bot_messages} tin",
        f"Tin đang chờ: {states.get('held', 0)}; không rõ đã tới chưa: {states.get('unknown', 0)}",
    ]


async def _recover(hours: int) -> int:
    from bot.channels.base import SendFailed
    from bot.channels.zalo_http import CallFailed
    from bot.channels.zalo_oa_calls import OaError

    async with _wired() as here:
        if here.zalo.oa is None:
            raise Problem(f"Chưa đặt {_OA_SETTINGS}. Xem docs/zalo.md.")
        try:
            return await here.zalo.oa.oa.recover(here.ground.clock() - timedelta(hours=hours))
        except (OaError, CallFailed, SendFailed) as failed:
            raise Problem(f"Zalo không cho đọc lại: {escape(str(failed))}") from failed


# --- the bot's webhook ---------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _bot_api() -> AsyncIterator[tuple[Any, BotApi]]:
    from bot.channels.zalo_bot_calls import BotApi, BotError
    from bot.channels.zalo_http import CallFailed, Http
    from bot.settings import load_settings

    settings = load_settings()
    if settings.zalo_bot_token is None:
        raise Problem("Chưa đặt SOXANH_ZALO_BOT_TOKEN. Xem docs/zalo.md.")
    http = Http()
    token = settings.zalo_bot_token.get_secret_value()
    try:
        yield settings, BotApi(settings.zalo_bot_api_url, token, http)
    except (BotError, CallFailed) as failed:
        raise Problem(f"Zalo Bot trả lời: {escape(str(failed))}") from failed
    finally:
        await http.close()


async def _webhook_set() -> list[str]:
    from bot.channels.zalo_bot import WEBHOOK

    async with _bot_api() as (settings, api):
        if not settings.public_url or settings.zalo_bot_webhook_secret is None:
            raise Problem(
                "Cần SOXANH_PUBLIC_URL và SOXANH_ZALO_BOT_WEBHOOK_SECRET "
                "([bold]soxanh zalo webhook secret[/bold] in một mật khẩu)."
            )
        url = f"{settings.public_url.rstrip('/')}{WEBHOOK}"
        secret = settings.zalo_bot_webhook_secret.get_secret_value()
        made = await api.call("setWebhook", {"url": url, "secret_token": secret})
        lines = [f"[green]✔[/green] Đã đặt webhook: {escape(url)}"]
        verification = made.get("verification") if isinstance(made, dict) else None
        if isinstance(verification, dict):
            outcome = str(verification.get("outcome"))
            mark = "[green]✔[/green]" if verification.get("ok") else "[red]✖[/red]"
            lines.append(f"{mark} Zalo thử: {OUTCOMES.get(outcome, outcome)} ({escape(outcome)})")
        return lines


async def _webhook_delete() -> None:
    async with _bot_api() as (_, api):
        await api.call("deleteWebhook")


async def _webhook_info() -> str:
    from bot.channels.zalo_bot_calls import NOT_FOUND, BotError

    async with _bot_api() as (_, api):
        try:
            found = await api.call("getWebhookInfo")
        except BotError as error:
            if error.code != NOT_FOUND:
                raise
            found = None
    url = str(found.get("url") or "") if isinstance(found, dict) else ""
    return f"Webhook: {escape(url)}" if url else "Chưa đặt webhook nào; Zalo Bot đang được hỏi tin."
