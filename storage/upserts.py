"""INSERT … ON CONFLICT, which both databases have under one name each."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(tx: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the database behind `tx`, with `on_conflict_do_nothing` and `…_do_update`."""
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
