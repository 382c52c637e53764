"""`soxanh recount` and `soxanh quarantine`: whether totals are what the reports say, and messages that broke."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import PROBLEM, ground, moment_words, progress_bar, run, say, screen
from bot.events import Incoming
from storage import inbox, plans, units
from storage.inbox import InboxRow
from storage.recount import Recount, recount

SHOWN = 20
"""How many differences are listed; the rest is counted."""

quarantine_app = typer.Typer(help="Tin nhắn bị lỗi khi xử lý, được giữ lại.", no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    """Hang these commands into the program."""
    root.command("recount")(count_again)
    root.add_typer(quarantine_app, name="quarantine")


# --- recount ---------------------------------------------------------------------------------


def count_again(
    repair: Annotated[
        bool, typer.Option("--repair", help="Sửa luôn những chỗ lệch theo báo cáo gốc.")
    ] = False,
) -> None:
    """Tính lại mọi số liệu và số cộng từ báo cáo gốc, xem có khớp không."""
    outcome, names = run(_recount(repair))
    say(f"Đã xem {outcome.figures} số liệu, {outcome.totals} số cộng.")
    if outcome.agrees:
        say("[green]✔[/green] Tất cả khớp với báo cáo gốc.")
        return
    screen().print(_differences(outcome, names))
    if outcome.repaired:
        say(f"[green]✔[/green] Đã sửa {outcome.different} chỗ lệch.")
        return
    say(
        f"[red]✖[/red] {outcome.different} chỗ lệch. Sửa bằng: [bold]soxanh recount --repair[/bold]"
    )
    raise typer.Exit(PROBLEM)


async def _recount(repair: bool) -> tuple[Recount, dict[int, str]]:
    async with ground() as here:
        with progress_bar() as bar:
            task = bar.add_task("Tính lại", total=None)
            outcome = await recount(
                here.store,
                lambda done, total: bar.update(task, completed=done, total=total),
                repair=repair,
            )
        async with here.store.read() as tx:
            named = await units.by_ids(tx, [each.unit_id for each in outcome.differences])
            rows = await plans.load_plans(tx)
    names = {unit.id: unit.name for unit in named.values()}
    return outcome, names | {row.id: row.key for row in rows}


def _differences(outcome: Recount, names: dict[int, str]) -> Table:
    table = Table(title=f"{outcome.different} chỗ lệch", caption=_more(outcome))
    for name in ("Kế hoạch", "Kỳ", "Chỉ số", "Đơn vị", "Nguồn", "Đang ghi", "Đúng ra"):
        table.add_column(name, overflow="fold")
    for each in outcome.differences[:SHOWN]:
        table.add_row(
            names.get(each.plan_id, str(each.plan_id)),
            each.period_key,
            each.indicator,
            escape(names.get(each.unit_id, str(each.unit_id))),
            each.source or "số cộng",
            _values(each.kept),
            _values(each.right),
        )
    return table


def _more(outcome: Recount) -> str | None:
    left = outcome.different - SHOWN
    return f"… và {left} chỗ nữa" if left > 0 else None


def _values(values: tuple[object, ...] | None) -> str:
    return "không có" if values is None else " / ".join(str(value) for value in values)


# --- quarantine ------------------------------------------------------------------------------


@quarantine_app.command("list")
def list_set_aside() -> None:
    """Những tin đang bị giữ lại và lỗi của chúng (không in lời của người dân)."""
    rows = run(_set_aside())
    if not rows:
        say("[green]✔[/green] Không có tin nào bị giữ lại.")
        return
    table = Table("Số", "Kênh", "Nhận lúc", "Loại tin", "Lỗi")
    for number, row in enumerate(rows, start=1):
        table.add_row(
            str(number),
            row.channel,
            moment_words(row.received_at),
            _kind(row),
            escape(row.error or ""),
        )
    screen().print(table)
    say("Khi đã sửa nguyên nhân: [bold]soxanh quarantine retry[/bold]")


async def _set_aside() -> list[InboxRow]:
    async with ground() as here, here.store.read() as tx:
        return await inbox.quarantined(tx)


def _kind(row: InboxRow) -> str:
    """What sort of message it was; never its words."""
    try:
        said = msgspec.json.decode(row.body, type=Incoming).said
    except msgspec.MsgspecError:
        return "?"
    return type(said).__name__.lower()


@quarantine_app.command("retry")
def retry() -> None:
    """Cho xử lý lại mọi tin bị giữ; soxanh run sẽ trả lời người gửi."""
    count = run(_again())
    say(f"[green]✔[/green] {count} tin sẽ được xử lý lại khi soxanh run chạy.")


async def _again() -> int:
    async with ground() as here, here.store.begin() as tx:
        rows = await inbox.quarantined(tx)
        await inbox.again(tx, [row.key for row in rows])
    return len(rows)
