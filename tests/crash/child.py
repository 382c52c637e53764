"""The program under test in a process of its own, to be killed without warning."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from pathlib import Path

from bot.app import build
from bot.settings import Settings
from tests.world import SECRET_KEY

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["bot.app", "tests.world"])
"""Children are forked from a process that has imported everything: a restart takes a blink."""


def serve(database_url: str, folder: str, port: int) -> None:
    """Run the whole app with its web chat until killed."""
    logging.disable(logging.CRITICAL)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
        database_url=database_url,
        data_dir=Path(folder),
        secret_key=SECRET_KEY,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        port=port,
    )
    asyncio.run(build(settings).run())


def start(database_url: str, folder: Path, port: int) -> multiprocessing.process.BaseProcess:
    """Start the program; `kill` it when you like."""
    child = forks.Process(target=serve, args=(database_url, str(folder), port), daemon=True)
    child.start()
    return child
