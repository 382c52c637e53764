"""What reviewers and reporters do with a filed report: accept, send back, withdraw."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import figures, obligations
from storage.report_versions import (
    ACCEPTED,
    COUNTING,
    FILED,
    RETURNED,
    WITHDRAWN,
    Report,
    WrongState,
    by_code,
    figures_of,
)
from storage.tables import reports


async def send_back(
    tx: AsyncConnection, code: str, *, by: int, words: str, now: datetime
) -> Report:
    """Return a report with the reviewer's reason; it counts nowhere until filed anew or accepted.

    Raises:
        KeyError: no report has this code.
        WrongState: it is returned already, or withdrawn.
    """
    return await _review(tx, code, RETURNED, {FILED, ACCEPTED}, by, words, now)


async def accept(
    tx: AsyncConnection, code: str, *, by: int, now: datetime, words: str | None = None
) -> Report:
    """Accept a report as it stands; one that was returned counts again.

    Raises:
        KeyError: no report has this code.
        WrongState: it is accepted already, or withdrawn.
    """
    return await _review(tx, code, ACCEPTED, {FILED, RETURNED}, by, words, now)


async def withdraw(
    tx: AsyncConnection, code: str, *, by: int, now: datetime, words: str | None = None
) -> Report:
    """Take a report back: it counts nowhere for good, and what it settled is owed again.

    Raises:
        KeyError: no report has this code.
        WrongState: it is withdrawn already.
    """
    return await _review(tx, code, WITHDRAWN, {FILED, RETURNED, ACCEPTED}, by, words, now)


async def _review(
    tx: AsyncConnection,
    code: str,
    state: str,
    allowed: set[str],
    by: int,
    words: str | None,
    now: datetime,
) -> Report:
    await figures.lock_units(tx, [(await by_code(tx, code)).unit_id])
    old = await by_code(tx, code)  # as it stands now that nobody else can change it
    if old.state not in allowed:
        raise WrongState(code, old.state)
    new = replace(old, state=state, reviewed_by=by, reviewed_at=now, review_words=words)
    changed = {"state": state, "reviewed_by": by, "reviewed_at": now, "review_words": words}
    await tx.execute(update(reports).where(reports.c.id == old.id).values(**changed))
    if (old.state in COUNTING) != (state in COUNTING):
        await figures.replace(tx, [code], figures_of(new) if state in COUNTING else [])
    if old.obligation_id is not None:
        await obligations.reviewed(tx, old.obligation_id, state, now=now)
    return new
