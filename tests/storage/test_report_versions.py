"""How SQLite finds what a unit filed before."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from storage import report_versions
from storage.engine import Store


async def test_last_periods_report_is_looked_for_among_what_the_unit_filed(
    sqlite_store: Store,
) -> None:
    """Not among all that the plan ever collected: opening a report would grow slower with every filing."""
    query = report_versions.newest_before_statement("sqlite").params(keys_0="[]")
    words = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with sqlite_store.read() as tx:
        steps = [row[3] for row in await tx.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
    found = [step for step in steps if step.startswith("SEARCH reports USING INDEX")]
    assert found == [
        "SEARCH reports USING INDEX ix_reports_unit"
        " (unit_id=? AND form=? AND subject_key=? AND plan_id=?)"
    ]
