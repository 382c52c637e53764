"""What a page of the web chat reads back."""

from __future__ import annotations

from storage import history
from storage.engine import Store
from tests.storage.conftest import plan_of


async def test_a_page_reads_its_lines_by_an_index_of_its_own(sqlite_store: Store) -> None:
    """Among a million messages of other channels it finds those of one chat, newest first, without sorting."""
    query = history.newest_told("us", "page").limit(5)
    assert await plan_of(sqlite_store, query) == [
        "SEARCH outbox USING INDEX ix_outbox_told (account=? AND chat=?)"
    ]
