"""What every command shares: the screen, the settings, the open store, and how a problem is said."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.settings import Settings, load_settings
from plans.calendar import local_time
from storage import units
from storage.engine import Store, normal_url, open_store
from storage.ids import Ids, NewId
from storage.migrations import migrate
from storage.units import Unit

OK, PROBLEM, USAGE = 0, 1, 2
"""Exit codes: done; something in the input is to be mended; the command was not written right."""

PAPER_WIDTH = 160
"""Columns when the output goes into a file or another program: no terminal says how wide it is."""

T = TypeVar("T")


class Problem(Exception):
    """Something the official can mend: what is wrong, and what to do, in one kind sentence or a few lines."""


def screen() -> Console:
    """Where results go. Made anew each time, so that it writes to the standard output of the moment."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PAPER_WIDTH)


def aside() -> Console:
    """Where progress and problems go: the standard error, so that results can be piped on."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PAPER_WIDTH)


def say(words: str) -> None:
    """One line of result; never broken inside, markup of rich is understood."""
    screen().print(words, soft_wrap=True)


@contextlib.contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar for long work, gone when done and absent where nobody watches."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = aside()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield bar


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a command stands on: the settings, the migrated store, ids and the clock."""

    settings: Settings
    store: Store
    ids: NewId
    clock: Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of all commands."""
    return datetime.now(UTC)


def store_exists(settings: Settings) -> bool:
    """Whether there is a database to look into; one on a server is taken to be there."""
    url = normal_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


@contextlib.asynccontextmanager
async def ground(settings: Settings | None = None) -> AsyncIterator[Ground]:
    """The store of this installation, brought to the newest shape, closed when done."""
    settings = settings or load_settings()
    await migrate(settings.database_url)
    store = open_store(settings.database_url, media_dir=settings.data_dir / "media")
    try:
        yield Ground(settings=settings, store=store, ids=Ids(), clock=utc_now)
    finally:
        await store.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Do asynchronous work from a command."""
    return asyncio.run(work)


async def the_commune(ground: Ground, code: str | None) -> Unit:
    """The commune that a command is about: the one named, or the only one there is.

    Raises:
        Problem: none was imported, several were and none is named, or no such commune.
    """
    async with ground.store.read() as tx:
        found = await units.communes(tx)
    if not found:
        raise Problem("Chưa có xã nào. Nạp kế hoạch trước: [bold]soxanh plan import ha-dong[/bold]")
    if code is None and len(found) == 1:
        return found[0]
    by_code = {unit.code: unit for unit in found}
    if code is not None and code in by_code:
        return by_code[code]
    known = ", ".join(sorted(by_code))
    if code is None:
        raise Problem(f"Có nhiều xã; thêm [bold]--commune[/bold] với một trong: {known}")
    raise Problem(f"Không có xã “{code}”. Có: {known}")


def moment_words(at: datetime) -> str:
    """A moment as people here read it: "8:00 ngày 18/12/2026"."""
    local = local_time(at)
    return f"{local.hour}:{local.minute:02} ngày {local.day}/{local.month}/{local.year}"
