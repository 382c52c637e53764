"""`soxanh run`, `migrate`, `doctor`: start it, bring its database up to date, see what ails it."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot.cli_base import PROBLEM, Problem, run, say, utc_now
from bot.secret_key import new_key, secret_keys
from bot.settings import Settings, load_settings
from storage.migrations import current, migrate

if TYPE_CHECKING:
    from bot.doctor import Finding


def add_to(root: typer.Typer) -> None:
    """Hang these commands into the program."""
    root.command("run")(run_all)
    root.command("migrate")(bring_up_to_date)
    root.command("doctor")(examine)


def run_all() -> None:
    """Chạy tất cả trong một tiến trình: trang chat, Telegram, nhắc hạn. Dừng bằng Ctrl+C."""
    settings = load_settings()
    logging.getLogger().setLevel(settings.log_level)
    where = settings.public_url or f"http://{settings.host}:{settings.port}"
    say(f"[green]Sổ Xanh đang chạy[/green] tại {escape(where)} (dừng bằng Ctrl+C)")
    run_until_stopped(settings)


def run_until_stopped(settings: Settings) -> None:
    """Run everything until Ctrl+C or SIGTERM, then stop in good order.

    Raises:
        Problem: the port cannot be had.
    """
    try:
        run(_until_stopped(settings))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("Đã dừng.")
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise Problem(
            f"Không mở được cổng {settings.port} trên {escape(settings.host)}."
            " Có thể Sổ Xanh đang chạy rồi; nếu không, đặt SOXANH_PORT sang số khác."
        ) from error


def read_with_own_words(settings: Settings) -> None:
    """Read messages with the office's own lexicon, where one is set.

    Raises:
        Problem: the file is missing or does not fit; the words say which entry.
    """
    from bot.reading.lexicon import LexiconError, install_lexicon

    if settings.lexicon is None:
        return
    try:
        install_lexicon(settings.lexicon)
    except LexiconError as error:
        raise Problem(f"Từ điển riêng chưa dùng được: {escape(str(error))}") from error


async def _until_stopped(settings: Settings) -> None:
    from bot import app  # every room at once: other commands start without it

    read_with_own_words(settings)

    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await app.run(settings)


def bring_up_to_date() -> None:
    """Tạo hoặc nâng cấp cơ sở dữ liệu, và tạo khóa bí mật nếu chưa có."""
    settings = load_settings()
    before, after = run(_migrate(settings))
    keys = secret_keys(settings)
    if before == after:
        say(f"[green]✔[/green] Cơ sở dữ liệu đã ở phiên bản mới nhất ({after}).")
    else:
        say(f"[green]✔[/green] Cơ sở dữ liệu: {before or 'mới'} → {after}.")
    say(f"[green]✔[/green] Khóa bí mật: {len(keys)} khóa. Nhớ sao lưu cùng dữ liệu.")


async def _migrate(settings: Settings) -> tuple[str | None, str | None]:
    before = await current(settings.database_url)
    await migrate(settings.database_url)
    return before, await current(settings.database_url)


def examine(
    new: Annotated[
        bool, typer.Option("--new-key", help="Chỉ in ra một khóa bí mật mới cho SOXANH_SECRET_KEY.")
    ] = False,
) -> None:
    """Khám: cài đặt, dữ liệu, khóa, đồng hồ, Telegram; mỗi dòng nói phải làm gì."""
    if new:
        say(new_key())
        return
    from bot.doctor import look_over  # with its network library, which other commands do without

    findings = run(look_over(load_settings(), utc_now()))
    for finding in findings:
        say(_line(finding))
    if not all(finding.well for finding in findings):
        raise typer.Exit(PROBLEM)


def _line(finding: Finding) -> str:
    mark = "[green]✔[/green]" if finding.well else "[red]✖[/red]"
    advice = f"\n    → {escape(finding.advice)}" if finding.advice else ""
    return f"{mark} {finding.name}: {escape(finding.found)}{advice}"
