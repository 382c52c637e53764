"""INSERT … ON CONFLICT, which both databases have under one name each."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(tx: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the database behind `tx`, with `on_conflict_do_nothing` and `…_do_update`."""
    return insert_on(tx.dialect.name, table)


def insert_on(dialect_name: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same for a statement that is made once for each database and kept."""
    if dialect_name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
