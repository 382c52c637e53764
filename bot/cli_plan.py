"""`soxanh plan …`: check a plan's file, show what it says, take it in, list what was taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot import cli_plan_tables as tables
from bot.cli_base import (
    Ground,
    Problem,
    ground,
    moment_words,
    progress_bar,
    run,
    say,
    screen,
    store_exists,
)
from bot.handlers.owe import ensure_owed
from bot.settings import load_settings
from plans.calendar import Calendar
from plans.loader import load_pack, packs, shipped_pack
from plans.pack import Pack
from plans.problems import SECTIONS
from storage import office, plans, units
from storage.plans import Imported, PlanRow, UnknownPlan

app = typer.Typer(help="Kế hoạch: kiểm tra, xem, nạp vào.", no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    """Hang this group into the program."""
    root.add_typer(app, name="plan")


Which = Annotated[
    str, typer.Argument(help="Tên kế hoạch có sẵn (ví dụ ha-dong) hoặc đường dẫn tệp .yaml.")
]


def pack_named(which: str) -> Pack:
    """A shipped plan by its key, or the plan in a file.

    Raises:
        Problem: neither a shipped plan nor a file.
        PackProblems: the file has mistakes.
    """
    if which in packs():
        return shipped_pack(which)
    path = Path(which)
    if path.suffix.lower() not in (".yaml", ".yml") and not path.exists():
        known = ", ".join(packs())
        raise Problem(
            f"Không có kế hoạch “{escape(which)}”. Có sẵn: {known}; hoặc ghi đường dẫn tệp .yaml."
        )
    return load_pack(path)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Tệp kế hoạch .yaml cần kiểm tra.")],
) -> None:
    """Kiểm tra một tệp kế hoạch; liệt kê mọi chỗ phải sửa, theo dòng."""
    pack = pack_named(str(file))
    say(f"[green]✔[/green] {escape(file.name)}: không có lỗi. {_counts(pack)}.")


def _counts(pack: Pack) -> str:
    sections = ("units", "targets", "campaigns", "tasks", "duties", "violations")
    return ", ".join(f"{len(getattr(pack, name))} {SECTIONS[name]}" for name in sections)


@app.command("show")
def show(
    which: Which,
    everything: Annotated[
        bool, typer.Option("--all", help="Thêm phong trào, nơi xử lý vi phạm và chỗ cần bổ sung.")
    ] = False,
) -> None:
    """Xem kế hoạch: chỉ tiêu, cách đo, đích, ai báo, khi nào."""
    pack, settings = run(_pack_and_settings(which))
    console = screen()
    console.print(tables.heading(pack), soft_wrap=True)
    console.print(tables.targets(pack, settings))
    console.print(tables.duties(pack, settings))
    if everything:
        for table in (tables.campaigns(pack), tables.violations(pack, settings)):
            console.print(table)
        console.print(tables.gaps(pack, settings), soft_wrap=True)
        if pack.notes:
            console.print(tables.notes(pack), soft_wrap=True)


async def _pack_and_settings(which: str) -> tuple[Pack, dict[str, object]]:
    """The plan as it was imported with what the office set, else as it is shipped or in the file."""
    settings = load_settings()
    if not store_exists(settings):  # looking at a shipped plan must not make a database
        return pack_named(which), {}
    async with ground(settings) as here, here.store.read() as tx:
        try:
            plan = await plans.load_plan(tx, which)
        except UnknownPlan:
            return pack_named(which), {}
        return plan.pack, dict(await office.settings_of(tx, plan.commune_id))


@app.command("import")
def import_plan(which: Which) -> None:
    """Nạp kế hoạch, hoặc nạp lại khi đã sửa: báo cáo cũ còn nguyên, và nói rõ cái gì đổi."""
    pack = pack_named(which)
    imported, owed = run(_import(pack))
    name = escape(pack.document.title)
    if imported.first:
        say(f"[green]✔[/green] Đã nạp “{name}”. {_counts(pack)}.")
    elif not imported.changes:
        say(f"[green]✔[/green] “{name}” không có gì thay đổi.")
    else:
        say(f"[green]✔[/green] Đã nạp lại “{name}”, {len(imported.changes)} chỗ thay đổi:")
        for change in imported.changes:
            say(f"  • {escape(change.words)}")
    if owed:
        say(f"Đã lập {owed} nghĩa vụ báo cáo cho các đơn vị đang có.")
    missing = tables.without_due(pack, {})
    if imported.first and missing:
        say(
            f"[yellow]Cần bổ sung:[/yellow] {len(missing)} báo cáo chưa có hạn;"
            " xem và đặt bằng [bold]soxanh office show[/bold]."
        )
    if imported.first:
        say(f"Bước tiếp: [bold]soxanh units template danh-sach.xlsx --plan {pack.key}[/bold]")


async def _import(pack: Pack) -> tuple[Imported, int]:
    with progress_bar() as bar:
        task = bar.add_task("Chuẩn bị cơ sở dữ liệu", total=3)
        async with ground() as here:
            bar.update(task, advance=1, description="Nạp kế hoạch")
            async with here.store.begin() as tx:
                now = here.clock()
                imported = await plans.import_pack(tx, pack, now=now, ids=here.ids)
                bar.update(task, advance=1, description="Lập nghĩa vụ báo cáo")
                owed = await ensure_owed(tx, Calendar(), now=now, ids=here.ids)
            bar.update(task, advance=1)
    return imported, owed


@app.command("list")
def list_plans() -> None:
    """Các kế hoạch có sẵn và đã nạp."""
    rows, names = run(_imported())
    table = Table("Kế hoạch", "Xã, phường", "Giai đoạn", "Trạng thái")
    known = {row.key for row in rows}
    for row in rows:
        table.add_row(
            row.key,
            escape(names[row.commune_id]),
            tables.years(row.pack),
            f"đã nạp {moment_words(row.imported_at)}",
        )
    for key in packs():
        if key not in known:
            pack = shipped_pack(key)
            table.add_row(key, escape(pack.document.commune.name), tables.years(pack), "chưa nạp")
    screen().print(table)


async def _imported() -> tuple[list[PlanRow], dict[int, str]]:
    async with ground() as here:
        return await _rows(here)


async def _rows(here: Ground) -> tuple[list[PlanRow], dict[int, str]]:
    async with here.store.read() as tx:
        rows = await plans.load_plans(tx)
        communes = await units.by_ids(tx, [row.commune_id for row in rows])
    return rows, {unit.id: unit.name for unit in communes.values()}
