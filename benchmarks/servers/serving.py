"""How every measured server runs: aiohttp on a free port of this machine, uvloop where it is installed.

The server prints one line of JSON when it can be talked to, and ends when its standard
input closes: a benchmark that dies leaves nobody behind.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from benchmarks.servers.script import SECRET, SECRET_HEADER

Counts = Mapping[int, int]
"""By chat."""


@dataclass(frozen=True)
class Place:
    """Where a server keeps things: its own folder on a real disk, and a database URL for those who use one."""

    folder: Path
    database_url: str = ""


@dataclass(frozen=True)
class Kept:
    """What a server holds after a round, by chat: turns must equal what was acknowledged, each of them."""

    turns: Mapping[str, Counts]
    answers: Counts
    filed: Counts = field(default_factory=dict)


Make = Callable[[Place], Awaitable[tuple[web.Application, str]]]
"""Builds the application and says at which path its webhook is."""


def verified(request: web.Request) -> bool:
    """Whether the secret of the references' webhook came with the request."""
    told = request.headers.get(SECRET_HEADER, "")
    return hmac.compare_digest(told.encode(), SECRET.encode())


def main(make: Make) -> None:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database-url", default="")
    told = parser.parse_args()
    place = Place(told.folder, told.database_url)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(make, place))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, for all servers alike; asyncio's own where it is not installed."""
    if find_spec("uvloop") is None:
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(make: Make, place: Place) -> None:
    application, path = await make(place)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1], "path": path}), flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
