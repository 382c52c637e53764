"""`soxanh simulate`: a year of deadlines in seconds. `soxanh undated`: duties that nobody has given a day."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import PROBLEM, Problem, ground, run, say, screen, the_commune
from bot.plain_values import NotAValue, span_or_off
from plans.calendar import Calendar, QuietHours, local_time
from plans.ladder import DEFAULT_QUIET
from plans.owed import undated_of_year
from storage import office, plans

if TYPE_CHECKING:
    from bot.simulate_counts import Figures

FIRST_YEAR, LAST_YEAR = 2020, 2030


def add_to(root: typer.Typer) -> None:
    """Hang these commands into the program."""
    root.command("simulate")(simulate)
    root.command("undated")(undated)


def simulate(
    year: Annotated[int, typer.Option("--year", help="Năm, từ 2020 đến 2030.")] = 2026,
    as_json: Annotated[bool, typer.Option("--json", help="In số liệu dạng JSON.")] = False,
    days: Annotated[int, typer.Option("--days", help="Chỉ chạy bấy nhiêu ngày đầu năm.")] = 366,
    quiet: Annotated[
        str | None,
        typer.Option("--quiet", help="Đo theo giờ yên lặng này, ví dụ 07:00-09:00."),
    ] = None,
) -> None:
    """Chạy thử cả năm nhắc việc của năm xã trên đồng hồ ảo; mã thoát 1 nếu có điều không được phép."""
    from bot import simulate as simulator  # with the desks, which other commands do without

    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Problem(f"Chọn năm từ {FIRST_YEAR} đến {LAST_YEAR}.")
    with _less_noise():
        figures = run(simulator.simulate(year, days=days, quiet=_quiet(quiet)))
    if as_json:
        typer.echo(simulator.as_json(figures))
    else:
        screen().print(_figures(figures))
    if figures.broken:
        if not as_json:
            say(f"[red]Có điều không được phép: {', '.join(figures.broken)}[/red]")
        raise typer.Exit(PROBLEM)


@contextlib.contextmanager
def _less_noise() -> Iterator[None]:
    """It works on a store of its own: what the product tells its operator of it is noise here."""
    ours = logging.getLogger("bot")
    before = ours.level
    ours.setLevel(logging.ERROR)
    try:
        yield
    finally:
        ours.setLevel(before)


def _quiet(words: str | None) -> QuietHours:
    if words is None:
        return DEFAULT_QUIET
    try:
        span = span_or_off(words)
    except NotAValue as error:
        raise Problem(escape(str(error))) from None
    if span is False:
        return QuietHours(())
    edges = time.fromisoformat(span["from"]), time.fromisoformat(span["to"])
    return QuietHours((edges, *DEFAULT_QUIET.spans))


_LINES = (
    ("communes", "Xã"),
    ("units", "Đơn vị"),
    ("people", "Người"),
    ("duties", "Nghĩa vụ báo cáo đến hạn"),
    ("messages", "Tin nhắc đã đi"),
    ("wakes", "Tin mẫu mời nhắn lại (Zalo im quá 7 ngày)"),
    ("cost_vnd", "Chi phí (đồng)"),
    ("per_person_week_median", "Tin mỗi người một tuần, trung vị"),
    ("per_person_week_worst", "Tin mỗi người một tuần, nhiều nhất (văn phòng có bảng mỗi sáng)"),
    ("reporter_week_median", "… người báo cáo, trung vị"),
    ("reporter_week_worst", "… người báo cáo, nhiều nhất"),
    ("filed_on_time_percent", "Nộp đúng hạn (%)"),
    ("filed_percent", "Đã nộp (%)"),
    ("escalations", "Bước báo lên trên"),
    ("without_a_day", "Nghĩa vụ chưa có hạn"),
    ("only_asked_to_write", "Trễ hạn mà người của đơn vị chỉ nhận được tin mẫu"),
    ("in_quiet_hours_or_holidays", "Tin trong giờ yên lặng, Chủ nhật, ngày nghỉ (phải là 0)"),
    ("second_messages_on_one_day", "Tin thứ hai trong một ngày (phải là 0)"),
    ("nags_after_filing", "Nhắc sau khi đã nộp (phải là 0)"),
    ("duties_never_nagged", "Trễ hạn mà chưa từng nhắc (phải là 0)"),
    ("nags_without_a_day", "Nhắc khi chưa có hạn (phải là 0)"),
    ("stale_words", "Tin mang lời của hôm khác (phải là 0)"),
)


def _figures(figures: Figures) -> Table:
    table = Table(
        "Số liệu", "Giá trị", title=f"Một năm nhắc việc, {figures.year} ({figures.days} ngày)"
    )
    for name, words in _LINES:
        value = str(getattr(figures, name))
        table.add_row(words, f"[red]{value}[/red]" if name in figures.broken else value)
    return table


def undated(
    commune: Annotated[str | None, typer.Option("--commune", help="Mã xã, khi có nhiều xã.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Năm; mặc định năm nay.")] = None,
) -> None:  # fmt: skip
    """Những báo cáo chưa có hạn: được liệt kê ở đây và không bao giờ bị nhắc."""
    run(_undated(commune, year))


async def _undated(code: str | None, year: int | None) -> None:
    async with ground() as here:
        place = await the_commune(here, code)
        async with here.store.read() as tx:
            chosen = await office.settings_of(tx, place.id)
            found = await plans.load_plans(tx, place.id)
        when = year or local_time(here.clock()).year
    table = Table("Mã", "Báo cáo", "Vì sao", title=f"{escape(place.name)}: chưa có hạn, {when}")
    for plan in found:
        for each in undated_of_year(plan.pack, chosen, Calendar(), when):
            table.add_row(escape(each.duty_key), escape(each.name), escape(each.why))
    if not table.row_count:
        say(f"[green]✔[/green] {escape(place.name)}: báo cáo nào của năm {when} cũng có hạn.")
        return
    screen().print(table)
    say("Đặt hạn: [bold]soxanh office set duty.<mã>.due half_year=20/6 year=20/12[/bold]")
