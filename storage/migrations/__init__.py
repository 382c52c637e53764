"""Bringing a database to the shape of `storage/tables.py`, by Alembic, called from the program.

`await migrate(url)` before the first transaction; several processes may do so at once.
Draft the next step with `python -m storage.migrations.draft "what changes"`.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, pool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.engine import BUSY_TIMEOUT_S, normal_url
from storage.tables import metadata

HERE = Path(__file__).parent

_ONE_AT_A_TIME = 7_253_900_501
"""Key of the PostgreSQL advisory lock: processes that start together migrate one after another."""


async def migrate(url: str, to: str = "head") -> None:
    """Bring the database at `url` to revision `to` ("head", "base" or a name); does nothing when there.

    All steps run in one transaction: a failing step leaves the database as it was.
    """
    await _on(url, lambda connection: _move(connection, to))


async def current(url: str) -> str | None:
    """The revision the database at `url` has, None when it has no tables yet."""
    found: list[str | None] = []
    await _on(url, lambda c: found.append(MigrationContext.configure(c).get_current_revision()))
    return found[0]


async def differences(url: str) -> list[object]:
    """What the database at `url` lacks, or has too much, against `storage/tables.py`."""
    found: list[object] = []

    def compare(connection: Connection) -> None:
        found.extend(
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), metadata
            )
        )

    await _on(url, compare)
    return found


def head() -> str | None:
    """The newest revision this program knows."""
    return ScriptDirectory.from_config(config(None)).get_current_head()


def config(connection: Connection | None) -> Config:
    """Alembic's settings, without a file."""
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _move(connection: Connection, to: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})")
    if to == "base":
        command.downgrade(config(connection), "base")
    else:
        have = MigrationContext.configure(connection).get_current_revision()
        steps = ScriptDirectory.from_config(config(None))
        older = {step.revision for step in steps.iterate_revisions(have, "base")} if have else set()
        down = to != "head" and to in older and to != have
        (command.downgrade if down else command.upgrade)(config(connection), to)


async def _on(url: str, work: object) -> None:
    engine = _plain_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)  # type: ignore[arg-type]  # lambdas here return nothing of use
    finally:
        await engine.dispose()


def _plain_engine(url: str) -> AsyncEngine:
    """An engine without the store's habits: rebuilding SQLite tables needs foreign keys off."""
    address = normal_url(url)
    if address.get_backend_name() != "sqlite":
        return create_async_engine(address, poolclass=pool.NullPool)
    Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        address,
        poolclass=pool.NullPool,
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_S},
    )
    event.listen(
        engine.sync_engine,
        "begin",
        lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"),
    )
    return engine
