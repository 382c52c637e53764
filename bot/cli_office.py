"""`soxanh office …`: what the office settles where the plan leaves something open."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from bot import cli_plan_tables as tables
from bot.cli_base import Ground, Problem, ground, run, say, screen, the_commune
from bot.handlers.owe import ensure_owed
from bot.office_values import EXAMPLES, Known, NotAValue, check_key, value_of
from plans.calendar import Calendar
from storage import obligations, office, plans, units
from storage.units import Unit

app = typer.Typer(
    help="Những điều xã tự đặt: hạn nộp, nơi xử lý, giờ nhắn tin.", no_args_is_help=True
)


def add_to(root: typer.Typer) -> None:
    """Hang this group into the program."""
    root.add_typer(app, name="office")


Commune = Annotated[str | None, typer.Option("--commune", help="Mã xã, khi có nhiều xã.")]
Key = Annotated[str, typer.Argument(help="Mục cần đặt, ví dụ duty.bao-cao-dinh-ky.due")]


@app.command("show")
def show(commune: Commune = None) -> None:
    """Xem những gì xã đã đặt, và những chỗ kế hoạch còn để ngỏ."""
    run(_show(commune))


async def _show(code: str | None) -> None:
    async with ground() as here:
        place = await the_commune(here, code)
        async with here.store.read() as tx:
            chosen = await office.settings_of(tx, place.id)
            found = await plans.load_plans(tx, place.id)
    console = screen()
    table = Table(title=f"{escape(place.name)}: xã đã đặt")
    for name in ("Mục", "Giá trị"):
        table.add_column(name, overflow="fold")
    for key, value in sorted(chosen.items()):
        table.add_row(escape(key), escape(_shown(key, value)))
    console.print(table if chosen else f"{escape(place.name)} chưa đặt gì thêm.")
    for plan in found:
        console.print(f"\n[bold]{escape(plan.pack.document.title)}[/bold]", soft_wrap=True)
        console.print(tables.gaps(plan.pack, chosen), soft_wrap=True)
    console.print(_examples())


def _shown(key: str, value: Any) -> str:
    if key.endswith(".due") and isinstance(value, dict):
        return "; ".join(f"{kind}: {tables.rule_words(rule)}" for kind, rule in value.items())
    if key.endswith(".periods") and isinstance(value, list):
        return ", ".join(value)
    if key == "quiet_hours" and isinstance(value, dict):
        return f"{value.get('from')}-{value.get('to')}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _examples() -> Table:
    table = Table("Mục", "Ví dụ", "Nghĩa", title="Đặt bằng: soxanh office set MỤC GIÁ-TRỊ")
    for key, value, meaning in EXAMPLES:
        table.add_row(escape(key), escape(value), escape(meaning))
    return table


@app.command("set")
def set_value(
    key: Key,
    value: Annotated[list[str], typer.Argument(help="Giá trị, ví dụ half_year=20/6 year=20/12")],
    commune: Commune = None,
) -> None:
    """Đặt một mục; hạn mới có hiệu lực ngay với báo cáo chưa nộp."""
    run(_set(key, value, commune))


@app.command("unset")
def unset(key: Key, commune: Commune = None) -> None:
    """Bỏ một mục đã đặt, trở về như kế hoạch nêu."""
    run(_set(key, None, commune))


async def _set(key: str, words: list[str] | None, code: str | None) -> None:
    async with ground() as here:
        place = await the_commune(here, code)
        known = await _known(here, place)
        value = _checked(key, words, known)
        async with here.store.begin() as tx:
            now = here.clock()
            changed = await office.set_to(tx, place.id, key, value, by=None, now=now, ids=here.ids)
            await ensure_owed(tx, Calendar(), now=now, ids=here.ids)
            await obligations.advance(tx, now=now)
    if not changed:
        say(f"[green]✔[/green] {escape(key)} đã đúng như vậy từ trước.")
    elif value is None:
        say(f"[green]✔[/green] Đã bỏ {escape(key)}.")
    else:
        say(f"[green]✔[/green] {escape(key)}: {escape(_shown(key, value))}")


async def _known(here: Ground, place: Unit) -> Known:
    async with here.store.read() as tx:
        found = await plans.load_plans(tx, place.id)
        all_units = await units.of_commune(tx, place.id)
    return Known([plan.pack for plan in found], {unit.code: unit.name for unit in all_units})


def _checked(key: str, words: list[str] | None, known: Known) -> Any:
    try:
        if words is None:
            check_key(key, known)
            return None
        return value_of(key, words, known)
    except NotAValue as error:
        raise Problem(
            f"{escape(str(error))}.\nVí dụ: [bold]soxanh office set {_example(key)}[/bold]"
        ) from None


def _example(key: str) -> str:
    """The example nearest to what was typed."""
    kind = key.rsplit(".", 1)[-1] if key.startswith("duty.") else key.split(".", 1)[0]
    for pattern, value, _ in EXAMPLES:
        if kind in pattern.split(".") or pattern.startswith(kind):
            shown = key if key.startswith("duty.") and pattern.startswith("duty.") else pattern
            return f"{escape(shown)} {value}"
    return f"{EXAMPLES[0][0]} {EXAMPLES[0][1]}"
