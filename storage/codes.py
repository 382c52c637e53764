"""Codes that people read out: "BC-7F3K" for a report, "PA-7F3K" for a case."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import Chooser, short_code

SHORT = 4
LONG = 6
TRIES_WHILE_SHORT = 3
"""Four letters are 924,000 codes; once they grow crowded (three draws all taken), six are drawn."""


async def fresh(
    tx: AsyncConnection,
    column: ColumnElement[Any],
    prefix: str,
    wanted: int,
    rng: Chooser | None = None,
) -> list[str]:
    """`wanted` codes such as "BC-7F3K" that `column` does not hold yet, all different.

    Raises:
        RuntimeError: no free code was found in 50 draws; that means `rng` repeats itself.
    """
    found: list[str] = []
    for attempt in range(50):
        length = SHORT if attempt < TRIES_WHILE_SHORT else LONG
        drawn = {f"{prefix}-{short_code(rng, length)}": None for _ in range(wanted - len(found))}
        for code in found:
            drawn.pop(code, None)
        taken = set(await tx.scalars(select(column).where(column.in_(list(drawn)))))
        found += [code for code in drawn if code not in taken]
        if len(found) >= wanted:
            return found
    raise RuntimeError(f"no free code for {prefix} in 50 draws")


def normal(words: str) -> str:
    """A code as stored, from what a person typed: " pa 7f3k" becomes "PA-7F3K"."""
    letters = "".join(each for each in words.upper() if each.isalnum())
    return f"{letters[:2]}-{letters[2:]}"
