"""`soxanh units …`: the villages and people that no plan names, from a sheet and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import Ground, Problem, ground, progress_bar, run, say, screen, the_commune
from bot.cli_invite import ROLE_NAMES, link_to
from bot.cli_plan import pack_named
from bot.handlers.owe import ensure_owed
from office.invite_slips import InviteSlip, write_invite_slips
from office.sheets import UnitsSheet, read_units, write_units_template
from plans.calendar import Calendar
from storage import plans, roster, sheet, units
from storage.access import Role
from storage.plans import PlanRow, UnknownPlan
from storage.roster import Post
from storage.sheet import SheetImported
from storage.units import Unit

app = typer.Typer(help="Đơn vị và người phụ trách: lấy mẫu, nạp, xem.", no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    """Hang this group into the program."""
    root.add_typer(app, name="units")


Plan = Annotated[str | None, typer.Option("--plan", help="Kế hoạch, ví dụ ha-dong.")]


# --- the sheet -------------------------------------------------------------------------------


@app.command("template")
def template(
    file: Annotated[Path, typer.Argument(help="Tệp Excel sẽ ghi ra.")] = Path("danh-sach.xlsx"),
    plan: Plan = None,
) -> None:
    """Ghi ra tệp Excel mẫu để điền thôn, trường, người phụ trách."""
    if file.suffix.lower() != ".xlsx":
        raise Problem(f"Tên tệp phải có đuôi .xlsx, đang ghi là {escape(file.name)}")
    if file.exists():
        raise Problem(f"Đã có tệp {escape(file.name)}. Chọn tên khác để khỏi ghi đè.")
    pack = pack_named(plan) if plan else run(_the_plan(None)).pack
    write_units_template(file, pack)
    say(
        f"[green]✔[/green] Đã ghi {escape(str(file))}. Điền hai trang “Đơn vị” và “Người”, rồi nạp:"
    )
    say(f"  [bold]soxanh units import {escape(str(file))} --plan {pack.key}[/bold]")


async def _the_plan(key: str | None) -> PlanRow:
    async with ground() as here:
        return await _plan_in(here, key)


async def _plan_in(here: Ground, key: str | None) -> PlanRow:
    """The imported plan of this key, or the only one.

    Raises:
        Problem: it was not imported, or several were and none is named.
    """
    async with here.store.read() as tx:
        if key is not None:
            try:
                return await plans.load_plan(tx, key)
            except UnknownPlan:
                raise Problem(
                    f"Chưa nạp kế hoạch “{escape(key)}”. Nạp trước: [bold]soxanh plan import {escape(key)}[/bold]"
                ) from None
        found = await plans.load_plans(tx)
    if len(found) == 1:
        return found[0]
    known = ", ".join(plan.key for plan in found)
    if not found:
        raise Problem("Chưa nạp kế hoạch nào. Nạp trước: [bold]soxanh plan import ha-dong[/bold]")
    raise Problem(f"Có nhiều kế hoạch; thêm [bold]--plan[/bold] với một trong: {known}")


@app.command("import")
def import_units(
    file: Annotated[Path, typer.Argument(help="Tệp Excel đã điền.")],
    plan: Plan = None,
    invites: Annotated[
        Path | None, typer.Option("--invites", help="Ghi các mã mời ra tệp Excel này để in.")
    ] = None,
) -> None:
    """Nạp đơn vị và người phụ trách; có lỗi thì báo hết một lượt và không nạp gì."""
    if invites is not None and invites.suffix.lower() != ".xlsx":
        raise Problem(f"Tệp mã mời phải có đuôi .xlsx, đang ghi là {escape(invites.name)}")
    taken, place, slips = run(_import(file, plan))
    say(
        f"[green]✔[/green] {escape(place)}: thêm {taken.units_made} đơn vị, sửa {taken.units_changed},"
        f" thêm {taken.people_made} người."
    )
    if not slips:
        return
    if invites is not None:
        write_invite_slips(invites, slips, title=f"Sổ Xanh, {place}: mã mời")
        say(f"Mã mời để in: {escape(str(invites))}")
    table = Table("Họ tên", "Đơn vị", "Vai trò", "Mã mời", title="Mã mời (mỗi mã một người)")
    for slip in slips:
        table.add_row(escape(slip.name), escape(slip.unit), slip.role, f"[bold]{slip.code}[/bold]")
    screen().print(table)


async def _import(file: Path, key: str | None) -> tuple[SheetImported, str, list[InviteSlip]]:
    with progress_bar() as bar:
        task = bar.add_task("Đọc tệp", total=4)
        async with ground() as here:
            plan = await _plan_in(here, key)
            filled = read_units(file, plan.pack)
            bar.update(task, advance=1, description="Nạp đơn vị và người")
            taken, place = await _take_in(here, plan, filled)
            bar.update(task, advance=2, description="Viết mã mời")
            link = await link_to(here.settings)
            bar.update(task, advance=1)
    return taken, place, [_slip(each, link) for each in taken.slips]


async def _take_in(here: Ground, plan: PlanRow, filled: UnitsSheet) -> tuple[SheetImported, str]:
    now = here.clock()
    async with here.store.begin() as tx:
        taken = await sheet.import_sheet(tx, plan.commune_id, filled, now=now, ids=here.ids)
        await ensure_owed(tx, Calendar(), now=now, ids=here.ids)
        commune = await units.by_id(tx, plan.commune_id)
    return taken, commune.name


def _slip(slip: sheet.Slip, link: str | None) -> InviteSlip:
    return InviteSlip(
        name=slip.name,
        unit=slip.unit_name,
        role=ROLE_NAMES[Role(slip.role)],
        code=f"{slip.code[:4]}-{slip.code[4:]}",
        link=f"{link}{slip.code}" if link else None,
    )


# --- the list --------------------------------------------------------------------------------


@app.command("list")
def list_units(
    commune: Annotated[
        str | None, typer.Option("--commune", help="Mã xã, khi có nhiều xã.")
    ] = None,
) -> None:
    """Các đơn vị của xã và ai phụ trách."""
    found, posts = run(_list(commune))
    table = Table("Đơn vị", "Mã", "Số hộ", "Người phụ trách")
    depth0 = len(found[0].ancestor_ids) if found else 0
    for unit in found:
        indent = "  " * (len(unit.ancestor_ids) - depth0)
        table.add_row(
            f"{indent}{escape(unit.name)}",
            unit.code,
            "" if unit.households is None else str(unit.households),
            escape(_people(posts.get(unit.id, []))),
        )
    screen().print(table)


async def _list(code: str | None) -> tuple[list[Unit], dict[int, list[Post]]]:
    async with ground() as here:
        root = await the_commune(here, code)
        async with here.store.read() as tx:
            found = await units.of_commune(tx, root.id)
            posts: dict[int, list[Post]] = {}
            for post in await roster.posts_of_commune(tx, root.id, now=here.clock()):
                posts.setdefault(post.unit_id, []).append(post)
    return found, posts


def _people(posts: list[Post]) -> str:
    return ", ".join(
        f"{post.name or 'chưa có tên'} ({ROLE_NAMES[Role(post.role)]}{'' if post.reachable else ', chưa vào chat'})"
        for post in posts
    )
