"""`soxanh units …`: the villages and people that no plan names, from a sheet and back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli_base import ground, run, screen, the_commune
from bot.cli_invite import ROLE_NAMES
from storage import roster, units
from storage.access import Role
from storage.roster import Post
from storage.units import Unit

app = typer.Typer(help="Đơn vị và người phụ trách: lấy mẫu, nạp, xem.", no_args_is_help=True)


def add_to(root: typer.Typer) -> None:
    """Hang this group into the program."""
    root.add_typer(app, name="units")


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
