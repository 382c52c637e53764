"""`soxanh demo`: a throw-away commune to look at, filled in seconds and served as a web chat."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import TaskID
from rich.table import Table

from bot.cli_base import Ground, Problem, ground, progress_bar, run, say, screen
from bot.cli_run import run_until_stopped
from bot.secret_key import secret_key
from bot.settings import Settings, load_settings
from plans.calendar import local_time
from storage import units
from storage.secrets import Seal

if TYPE_CHECKING:
    from bot.demo import Made

DATABASE = "demo.db"


def add_to(root: typer.Typer) -> None:
    """Hang this command into the program."""
    root.command("demo")(demo)


def demo(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Thư mục để dữ liệu thử; không ghi thì dùng thư mục tạm."),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Mở trang chat sau khi tạo xong.")
    ] = True,
) -> None:
    """Dựng một xã thử: kế hoạch Hà Đông, mười hai thôn không có thật, vài tháng báo cáo."""
    where = folder or Path(tempfile.mkdtemp(prefix="soxanh-demo-"))
    settings = settings_in(where)
    made = run(_make(settings))
    _tell(made, settings, where)
    if serve:
        say(
            f"Mở [bold]http://{settings.host}:{settings.port}[/bold], bấm “Tôi có mã mời” hoặc gõ mã trên."
        )
        run_until_stopped(settings)


def settings_in(folder: Path) -> Settings:
    """This machine's settings with everything of the demonstration in `folder`, and no channel to strangers."""
    return load_settings(
        database_url=f"sqlite:///{folder.absolute() / DATABASE}",
        data_dir=folder.absolute(),
        secret_key=None,
        telegram_token=None,
        zalo_app_id="",
        zalo_bot_token=None,
        public_url=None,
        web_chat=True,
    )


async def _make(settings: Settings) -> Made:
    from bot.demo import fill  # with the desks and flows, which other commands do without

    async with ground(settings) as here:
        await _must_be_empty(here)
        with progress_bar() as bar:
            tasks: dict[str, TaskID] = {}

            def progressed(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bar.add_task(what, total=total)
                bar.update(tasks[what], completed=done)

            return await fill(
                here.store,
                now=here.clock(),
                ids=here.ids,
                sealing=Seal(secret_key(settings)),
                progressed=progressed,
            )


async def _must_be_empty(here: Ground) -> None:
    async with here.store.read() as tx:
        if await units.communes(tx):
            raise Problem(
                f"{escape(str(here.settings.data_dir))} đã có dữ liệu."
                " Chọn thư mục khác cho [bold]--dir[/bold], hoặc xóa thư mục đó trước."
            )


def _tell(made: Made, settings: Settings, where: Path) -> None:
    say(
        f"[green]✔[/green] Xã thử đã sẵn sàng: {made.reports} báo cáo, {made.cases} phản ánh. Tên người, tên thôn đều không có thật."
    )
    table = Table("Vào vai", "Đơn vị", "Mã mời")
    for each in made.codes:
        table.add_row(escape(each.who), escape(each.unit), f"[bold]{each.code}[/bold]")
    screen().print(table)
    if made.next_due_at is not None:
        day = local_time(made.next_due_at).date()
        say(
            "Xem ai sẽ được nhắc trước hạn: [bold]"
            f"SOXANH_DATABASE_URL={escape(settings.database_url)} soxanh tick --at {day}T08:00[/bold]"
        )
    say(f"Dữ liệu nằm ở {escape(str(where))}; xem xong thì xóa thư mục này.")
