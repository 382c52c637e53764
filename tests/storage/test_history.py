"""What a page of the web chat reads back."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from storage import history
from storage.engine import Store


async def test_a_page_reads_its_lines_by_an_index_of_its_own(sqlite_store: Store) -> None:
    """Among a million messages of other channels it finds those of one chat, newest first, without sorting."""
    query = history.newest_told("us", "page").limit(5)
    words = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with sqlite_store.read() as tx:
        steps = [row[3] for row in await tx.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    assert steps == ["SEARCH outbox USING INDEX ix_outbox_told (account=? AND chat=?)"]
