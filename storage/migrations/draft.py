"""`python -m storage.migrations.draft "what changes"`: write the next migration from tables.py.

Compares with a scratch database brought to the newest step. While 0001 has never been
released, `python -m storage.migrations.draft --first` writes it anew instead.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from storage.migrations import HERE, _on, config, migrate

VERSIONS = HERE / "versions"


def next_number() -> str:
    """The number after the highest migration: "0002"."""
    numbers = [int(path.name[:4]) for path in VERSIONS.glob("[0-9]*.py")]
    return f"{max(numbers, default=0) + 1:04d}"


async def draft(message: str) -> None:
    """Write the step from the newest migration to tables.py into `versions/`."""
    number = next_number()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        await migrate(url)

        def write(connection: Connection) -> None:
            command.revision(config(connection), message, autogenerate=True, rev_id=number)

        await _on(url, write)
    for path in VERSIONS.glob(f"{number}_*.py"):
        _tidy(path)


def _tidy(path: Path) -> None:
    text = path.read_text()
    text = re.sub(r"^ *# ### .*\n", "", text, flags=re.MULTILINE)
    path.write_text(text)
    sys.stdout.write(f"{path.name}: read it before it is committed\n")


def main(arguments: list[str]) -> None:
    """The command line."""
    if arguments == ["--first"]:
        for path in VERSIONS.glob("*.py"):
            path.unlink()
        arguments = ["everything at first"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    asyncio.run(draft(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
