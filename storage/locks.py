"""Locks by name for work that must not run twice at the same time."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def hold(tx: AsyncConnection, name: str) -> None:
    """Wait for `name` and hold it until `tx` ends.

    On SQLite nothing is to be done: a writing transaction is the only one there is.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
