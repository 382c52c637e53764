"""`python -m tests.soak zalo-oa|zalo-bot --messages 10000 --people 500`: the full soak; prints the counts."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from storage.engine import open_store
from storage.migrations import migrate
from tests.conftest import Clock
from tests.soak.zalo import Counts, Platform, soak


async def run(platform: Platform, messages: int, people: int, seed: int, url: str) -> Counts:
    """One soak on a fresh database."""
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/soak.db"
        await migrate(url)
        store = open_store(url, media_dir=Path(folder) / "media")
        clock = Clock(datetime(2026, 6, 8, 2, 0, tzinfo=UTC))
        try:
            async with soak(platform, store, Path(folder), clock, seed=seed) as made:
                await made.run(messages, people)
                return made.counts
        finally:
            await store.close()


def main() -> None:
    """Read the command line, run, print, and fail when something was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("platform", choices=["zalo-oa", "zalo-bot"])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--database", default="", help="an empty PostgreSQL database; SQLite without"
    )
    asked = parser.parse_args()
    counts = asyncio.run(
        run(asked.platform, asked.messages, asked.people, asked.seed, asked.database)
    )
    sys.stdout.write(f"{asked.platform}, {asked.people} people: {counts}\n")
    sys.exit(1 if counts.problems else 0)


if __name__ == "__main__":
    main()
