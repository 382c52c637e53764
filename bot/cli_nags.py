"""`soxanh nags`: the reminders of the coming week with their cost; and stopping them, and letting them go on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import Ground, Problem, ground, moment_words, run, say, screen, the_commune
from bot.plain_values import NotAValue, day
from plans.extra_duties import all_duties
from storage import nag_stops, office, plans, roster
from storage.nag_stops import Stop
from storage.units import Unit

if TYPE_CHECKING:
    from bot.handlers.nag_week import Week


def add_to(root: typer.Typer) -> None:
    """Hang this command into the program."""
    root.command("nags")(nags)


def nags(
    week: Annotated[bool, typer.Option("--week", help="Xem bảy ngày tới (xem thử).")] = False,
    commune: Annotated[str | None, typer.Option("--commune", help="Mã xã.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Dừng nhắc.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Nhắc tiếp.")] = False,
    duty: Annotated[str | None, typer.Option("--duty", help="Chỉ báo cáo này (mã).")] = None,
    person: Annotated[int | None, typer.Option("--person", help="Chỉ người này (số).")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Dừng đến hết ngày 20/2/2027.")] = None,
) -> None:  # fmt: skip
    """Xem kế hoạch nhắc tuần tới và chi phí; dừng hoặc cho nhắc tiếp cả xã, một báo cáo, một người."""
    if stop and resume:
        raise Problem("Chọn một trong hai: [bold]--stop[/bold] hoặc [bold]--resume[/bold].")
    if stop or resume:
        run(_switch(commune, _what(duty, person), stop=stop, until=_until(until)))
        return
    if not week:
        raise Problem("Thêm [bold]--week[/bold] để xem, [bold]--stop[/bold] để dừng nhắc.")
    run(_show(commune))


def _what(duty: str | None, person: int | None) -> Stop:
    if duty is not None and person is not None:
        raise Problem("Chọn một trong hai: [bold]--duty[/bold] hoặc [bold]--person[/bold].")
    if duty is not None:
        return Stop("duty", duty_key=duty)
    return Stop("person", person_id=person) if person is not None else Stop()


def _until(words: str | None) -> date | None:
    try:
        return None if words is None else date.fromisoformat(day(words))
    except NotAValue as error:
        raise Problem(escape(str(error))) from None


async def _switch(commune: str | None, what: Stop, *, stop: bool, until: date | None) -> None:
    async with ground() as here:
        place = await the_commune(here, commune)
        await _insist(here, place, what)
        async with here.store.begin() as tx:
            now, ids = here.clock(), here.ids
            if stop:
                done = await nag_stops.stop(
                    tx, place.id, what, until=until, by=None, now=now, ids=ids
                )
            else:
                done = await nag_stops.resume(tx, place.id, what, by=None, now=now, ids=ids)
    shown = {"all": place.name, "duty": what.duty_key, "person": f"người số {what.person_id}"}
    verb = "Đã dừng nhắc" if stop else "Nhắc tiếp"
    more = "" if until is None else f" đến hết ngày {until.day}/{until.month}/{until.year}"
    mark = "[green]✔[/green]"
    say(f"{mark} {verb}: {escape(shown[what.sort])}{more}{'' if done else ' (vốn đã như vậy)'}.")


async def _insist(here: Ground, place: Unit, what: Stop) -> None:
    """Raise Problem for a duty or person that is not there."""
    async with here.store.read() as tx:
        found = await plans.load_plans(tx, place.id)
        known = {each.key for plan in found for each in all_duties(plan.pack)}
        names = await roster.names_of(tx, [what.person_id]) if what.sort == "person" else {}
    if what.sort == "duty" and what.duty_key not in known:
        raise Problem(
            f"Không có báo cáo “{escape(what.duty_key)}”. Có: {escape(', '.join(sorted(known)))}"
        )
    if what.sort == "person" and what.person_id not in names:
        raise Problem(
            f"Không có người số {what.person_id}. Xem số ở [bold]soxanh nags --week[/bold]."
        )


async def _show(commune: str | None) -> None:
    from bot.handlers.nag_week import week_ahead  # with the desks, which other commands do without
    from bot.handlers.remind import Reminder
    from bot.zalo import nag_windows
    from plans.nag_windows import Windows

    async with ground() as here:
        place = await the_commune(here, commune)
        reminder = Reminder(
            store=here.store, ids=here.ids, clock=here.clock, hour=here.settings.nudge_hour
        )
        windows = nag_windows(here.settings) or Windows()
        week = await week_ahead(reminder, now=here.clock(), windows=windows, commune_id=place.id)
        async with here.store.read() as tx:
            stopped = nag_stops.stopped_by(await office.settings_of(tx, place.id))
    if stopped.everything:
        say(f"[yellow]{escape(place.name)} đang dừng mọi lời nhắc.[/yellow]")
    if not week.lines:
        say(f"{escape(place.name)}: bảy ngày tới không có lời nhắc nào.")
        return
    screen().print(_table(week))
    say(f"{len(week.lines)} lời nhắc, {week.people} người, chi phí nhiều nhất {week.cost_vnd} đ.")


def _table(week: Week) -> Table:
    from bot.handlers.nag_week import WAY_WORDS

    table = Table(title="Kế hoạch nhắc bảy ngày tới (nếu không ai gửi báo cáo trước)")
    for name in ("Lúc", "Người", "Số", "Kênh", "Việc", "Cách đi", "Đồng"):
        table.add_column(name, overflow="fold", justify="right" if name == "Đồng" else "left")
    for line in week.lines:
        table.add_row(
            moment_words(line.at),
            escape(line.what.name or "chưa có tên"),
            str(line.what.person_id),
            escape(line.what.channel),
            escape("; ".join(line.what.about)),
            WAY_WORDS[line.way],
            str(line.price_vnd),
        )
    return table
