"""How SQLite finds what a unit filed before."""

from __future__ import annotations

from storage import report_versions
from storage.engine import Store
from tests.storage.conftest import plan_of


async def test_last_periods_report_is_looked_for_among_what_the_unit_filed(
    sqlite_store: Store,
) -> None:
    """Not among all that the plan ever collected: opening a report would grow slower with every filing."""
    query = report_versions.newest_before_statement("sqlite").params(keys_0="[]")
    steps = await plan_of(sqlite_store, query)
    found = [step for step in steps if step.startswith("SEARCH reports USING INDEX")]
    assert found == [
        "SEARCH reports USING INDEX ix_reports_unit"
        " (unit_id=? AND form=? AND subject_key=? AND plan_id=?)"
    ]
