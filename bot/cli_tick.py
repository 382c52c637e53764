"""`soxanh tick`: who would be reminded of what at any moment, or one real tick now."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import Ground, Problem, ground, moment_words, run, say, screen
from plans.calendar import LOCAL

if TYPE_CHECKING:
    from bot.handlers.remind import Planned, Reminder

_CHANNELS = {"telegram": "Telegram", "webchat": "Trang chat"}


def add_to(root: typer.Typer) -> None:
    """Hang this command into the program."""
    root.command("tick")(tick)


def tick(
    at: Annotated[
        str | None,
        typer.Option("--at", help="Xem thử tại giờ này (giờ Việt Nam), ví dụ 2026-12-18T08:00."),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Nhắc thật ngay bây giờ, không chỉ xem thử.")
    ] = False,
) -> None:
    """Xem ai sẽ được nhắc gì, qua kênh nào. Không gửi gì, trừ khi có --now."""
    if now and at is not None:
        raise Problem(
            "Chọn một trong hai: [bold]--at[/bold] để xem thử, [bold]--now[/bold] để nhắc thật."
        )
    if now:
        count = run(_really())
        say(f"[green]✔[/green] Đã viết {count} tin nhắc; soxanh run sẽ gửi đi.")
        return
    moment, planned = run(_preview(_moment(at)))
    if not planned:
        say(f"{moment_words(moment)}: không ai cần nhắc.")
        return
    say(f"{moment_words(moment)}: sẽ nhắc {len(planned)} người (xem thử, chưa gửi gì).")
    screen().print(_table(planned))


def _moment(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Problem(
            f"“{escape(at)}” chưa đọc được. Ghi như: [bold]--at 2026-12-18T08:00[/bold]"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


async def _preview(at: datetime | None) -> tuple[datetime, list[Planned]]:
    async with ground() as here:
        moment = at or here.clock()
        return moment, await _reminder(here).preview(moment)


async def _really() -> int:
    async with ground() as here:
        return await _reminder(here).once()


def _reminder(here: Ground) -> Reminder:
    from bot.handlers.remind import Reminder  # with the desks, which other commands do without

    return Reminder(store=here.store, ids=here.ids, clock=here.clock, hour=here.settings.nudge_hour)


def _table(planned: list[Planned]) -> Table:
    table = Table(show_lines=True)
    for name in ("Người", "Kênh", "Bậc", "Tin nhắc"):
        table.add_column(name, overflow="fold")
    for each in planned:
        table.add_row(
            escape(each.name or "chưa có tên"),
            _CHANNELS.get(each.channel, each.channel),
            ", ".join(dict.fromkeys(map(_rung, each.rungs))),
            escape(each.reply.words),
        )
    return table


def _rung(key: str) -> str:
    """A rung of the ladder in words: "-3" is the nag of three days before."""
    if found := re.fullmatch(r"([+-]?)(\d+)(wd)?", key):
        days = f"{found[2]} ngày làm việc" if found[3] else f"{found[2]} ngày"
        return {"-": f"trước {days}", "+": f"sau {days}"}.get(found[1], "đúng hạn")
    return "theo lời hẹn" if key.startswith("asked:") else key
