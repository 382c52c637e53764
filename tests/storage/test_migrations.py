"""The migrations make exactly what tables.py says, on both databases, and go both ways."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import normal_url
from storage.migrations import config, current, differences, head, migrate
from storage.tables import metadata

STEPS = [
    step.revision
    for step in reversed(list(ScriptDirectory.from_config(config(None)).walk_revisions()))
]


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if dialect == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
    return str(request.getfixturevalue("empty_pg_url"))


async def _tables(url: str) -> set[str]:
    engine = create_async_engine(normal_url(url))
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda c: inspect(c).get_table_names())
    await engine.dispose()
    return set(names) - {"alembic_version"}


async def test_the_migrations_make_what_tables_says(empty_url: str) -> None:
    await migrate(empty_url)
    assert await differences(empty_url) == []
    assert await _tables(empty_url) == set(metadata.tables)
    assert await current(empty_url) == head()


async def test_every_step_goes_up_down_and_up_again(empty_url: str) -> None:
    for step in STEPS:
        before = await current(empty_url)
        await migrate(empty_url, step)
        assert await current(empty_url) == step
        await migrate(empty_url, before or "base")
        assert await current(empty_url) == before
        await migrate(empty_url, step)
    assert await differences(empty_url) == []
    await migrate(empty_url, "base")
    assert await _tables(empty_url) == set()


async def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    await asyncio.gather(*(migrate(empty_url) for _ in range(3)))
    assert await current(empty_url) == head()


def test_steps_are_numbered_one_after_another() -> None:
    assert [f"{n:04d}" for n in range(1, len(STEPS) + 1)] == STEPS
