"""`soxanh`: everything that is done from a terminal. Officials read it, so it speaks Vietnamese."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from bot import (
    cli_deadlines,
    cli_demo,
    cli_invite,
    cli_keep,
    cli_nags,
    cli_office,
    cli_plan,
    cli_read,
    cli_run,
    cli_tick,
    cli_units,
    cli_zalo,
)
from bot.cli_base import OK, PROBLEM, USAGE, Problem, aside
from bot.secret_key import SecretKeyError
from bot.settings import SettingsError
from office.sheet_cells import SheetProblems
from plans.problems import PackProblems
from storage.engine import StoreUrlError

DEBUG = "SOXANH_DEBUG"
"""Set to 1, errors come with everything a developer needs."""

app = typer.Typer(
    name="soxanh",
    help="Sổ Xanh: báo cáo kế hoạch xanh của xã qua Zalo, Telegram và trang chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    cli_plan,
    cli_units,
    cli_zalo,
    cli_invite,
    cli_office,
    cli_tick,
    cli_nags,
    cli_deadlines,
    cli_run,
    cli_keep,
    cli_demo,
    cli_read,
):
    group.add_to(app)


def main(args: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 something to mend in the input, 2 the command itself."""
    sys.exit(status(args))


def status(args: Sequence[str] | None = None) -> int:
    """The exit status of one command; whatever went wrong has been said."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    debug = os.environ.get(DEBUG) == "1"
    try:
        found = app(args, prog_name="soxanh", standalone_mode=False)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if debug:
            raise
        return _told(error)
    return found if isinstance(found, int) else OK


def _told(error: Exception) -> int:
    """Say what went wrong so that the reader knows what to do; no traceback."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]  # the one task of many that failed
    console = aside()
    if getattr(error, "exit_code", None) == USAGE and hasattr(error, "format_message"):
        console.print(f"[red]✖[/red] {escape(_usage(error.format_message()))}", soft_wrap=True)
        console.print("Gõ thêm [bold]--help[/bold] sau lệnh để xem cách dùng.")
        return USAGE
    if isinstance(error, PackProblems | SheetProblems):
        console.print(_problems(error))
        return PROBLEM
    console.print(f"[red]✖[/red] {_sentence(error)}", soft_wrap=True)
    return PROBLEM


def _sentence(error: Exception) -> str:
    if isinstance(error, Problem):
        return str(error)
    if isinstance(error, SettingsError):
        return f"Cài đặt chưa đúng, sửa trong tệp .env hoặc biến môi trường:\n{escape(str(error))}"
    if isinstance(error, StoreUrlError):
        return f"SOXANH_DATABASE_URL chưa đúng: {escape(str(error))}"
    if isinstance(error, SecretKeyError):
        return f"Khóa bí mật chưa đúng: {escape(str(error))}"
    if isinstance(error, DBAPIError | ConnectionError):
        return (
            "Không làm việc được với cơ sở dữ liệu. Chạy [bold]soxanh doctor[/bold] để xem vướng ở đâu,"
            f" hoặc thêm {DEBUG}=1 để xem chi tiết."
        )
    if isinstance(error, PermissionError):
        return (
            f"Không có quyền ghi hoặc đọc {escape(str(error.filename))}. Xem lại quyền của thư mục."
        )
    if isinstance(error, OSError):
        return (
            f"Không đọc hoặc ghi được {escape(str(error.filename))}: {escape(str(error.strerror))}."
        )
    return (
        f"Có lỗi ngoài dự tính ({type(error).__name__}). Anh/chị chạy lại với {DEBUG}=1"
        " rồi gửi kết quả cho người phụ trách kỹ thuật giúp em."
    )


_USAGE_WORDS = (
    ("Missing argument", "Còn thiếu"),
    ("Missing option", "Còn thiếu tùy chọn"),
    ("No such option:", "Không có tùy chọn"),
    ("No such command", "Không có lệnh"),
    ("Invalid value for", "Giá trị chưa đúng ở"),
    ("Got unexpected extra argument", "Thừa chữ trong lệnh"),
    ("Did you mean", "Có phải"),
)


def _usage(message: str) -> str:
    for english, vietnamese in _USAGE_WORDS:
        message = message.replace(english, vietnamese)
    return message


def _problems(error: PackProblems | SheetProblems) -> Table:
    """All there is to mend in a file, from the top down."""
    table = Table(title=f"Có {len(error.problems)} chỗ phải sửa", title_style="red")
    if isinstance(error, SheetProblems):
        for name in ("Trang", "Ô", "Cần sửa"):
            table.add_column(name, overflow="fold")
        for cell in error.problems:
            table.add_row(escape(cell.sheet), cell.cell, escape(cell.words))
        return table
    for name in ("Tệp", "Dòng", "Mục", "Cần sửa"):
        table.add_column(name, overflow="fold", justify="right" if name == "Dòng" else "left")
    for each in error.problems:
        table.add_row(escape(each.file), str(each.line), escape(each.entry), escape(each.words))
    return table
