"""`soxanh invite`: a code that makes its holder a reporter, handler or leader of a unit."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import segno
import typer
from rich.markup import escape

from bot.cli_base import Ground, Problem, ground, run, say, the_commune
from bot.reading.fold import fold
from bot.settings import Settings
from storage import invites, units
from storage.access import Role
from storage.invites import Invite
from storage.units import Unit

ROLE_NAMES = {
    Role.REPORTER: "người báo cáo",
    Role.REVIEWER: "người duyệt báo cáo",
    Role.HANDLER: "người xử lý phản ánh",
    Role.LEADER: "lãnh đạo",
    Role.ADMIN: "quản trị",
}
"""Roles that codes give out, as people read them."""

QR_SCALE = 8
"""Pixels a module: a code of eight letters comes out about 4 cm wide when printed."""


def add_to(root: typer.Typer) -> None:
    """Hang this command into the program."""
    root.command("invite")(invite)


def invite(
    unit: Annotated[str, typer.Argument(help="Tên hoặc mã đơn vị, ví dụ “Thôn Đông Lĩnh”.")],
    role: Annotated[
        str, typer.Argument(help="Vai trò: reporter, reviewer, handler, leader, admin.")
    ] = Role.REPORTER.value,
    name: Annotated[str, typer.Option("--name", help="Họ tên người được mời.")] = "",
    qr: Annotated[Path | None, typer.Option("--qr", help="Ghi mã QR ra tệp .png này.")] = None,
    commune: Annotated[
        str | None, typer.Option("--commune", help="Mã xã, khi có nhiều xã.")
    ] = None,
) -> None:
    """Tạo mã mời cho một người của một đơn vị; gõ mã vào chat là vào đúng vai."""
    chosen = _role(role)
    made, place, link = run(_make(unit, chosen, name, commune))
    who = f" cho {escape(name)}" if name else ""
    say(
        f"[green]✔[/green] Mã mời{who}, {ROLE_NAMES[chosen]} của {escape(place.name)}: [bold]{made.shown}[/bold]"
    )
    if link:
        say(f"Telegram: {escape(link)}")
    if qr is not None:
        write_qr(link or made.shown, qr)
        say(f"Mã QR: {escape(str(qr))}")


def write_qr(content: str, path: Path) -> None:
    """Write a QR code as PNG; a quarter of it may be dirty and it still reads.

    Raises:
        Problem: the file is not called .png.
    """
    if path.suffix.lower() != ".png":
        raise Problem(f"Tệp QR phải có đuôi .png, đang ghi là {escape(path.name)}")
    segno.make(content, error="q", micro=False).save(str(path), scale=QR_SCALE, border=4)


def _role(word: str) -> Role:
    folded = fold(word).strip()
    for role, name in ROLE_NAMES.items():
        if folded in (role.value, fold(name)):
            return role
    known = ", ".join(f"{role.value} ({name})" for role, name in ROLE_NAMES.items())
    raise Problem(f"Không có vai trò “{escape(word)}”. Chọn: {known}")


async def _make(
    unit: str, role: Role, name: str, commune: str | None
) -> tuple[Invite, Unit, str | None]:
    async with ground() as here:
        place = await find_unit(here, unit, commune)
        async with here.store.begin() as tx:
            made = await invites.make(
                tx,
                unit_id=place.id,
                role=role,
                name=name,
                by=None,
                now=here.clock(),
                ids=here.ids,
            )
        link = await link_to(here.settings)
        return made, place, link and f"{link}{made.code}"


async def find_unit(here: Ground, words: str, commune: str | None) -> Unit:
    """The unit that is meant by its code, its name or another name of it, with or without accents.

    Raises:
        Problem: none or several are meant; near names are offered.
    """
    root = await the_commune(here, commune)
    async with here.store.read() as tx:
        all_units = await units.of_commune(tx, root.id)
    wanted = fold(words).strip()
    named = {
        known: unit
        for unit in reversed(all_units)
        for known in (fold(unit.code), *(fold(alias) for alias in unit.aliases), fold(unit.name))
    }
    if wanted in named:
        return named[wanted]
    near = get_close_matches(wanted, named, n=3, cutoff=0.6)
    offered = ", ".join(dict.fromkeys(named[each].name for each in near))
    hint = f"Có phải: {escape(offered)}?" if offered else "Xem tên: [bold]soxanh units list[/bold]"
    raise Problem(f"Không tìm thấy đơn vị “{escape(words)}”. {hint}")


async def link_to(settings: Settings) -> str | None:
    """The Telegram link that opens our bot; a code behind it is typed by itself. None without a bot."""
    if settings.telegram_token is None:
        return None
    from bot.doctor import bot_username  # with its network library, needed only here

    username = await bot_username(settings)
    return f"https://t.me/{username}?start=" if username else None
