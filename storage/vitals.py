"""What a doctor asks the database: its clock, the newest moment it holds, and whether a key opens its seals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.secrets import Seal
from storage.tables import inbox, outbox, reports, sealed_reporters


async def clock_of_database(tx: AsyncConnection) -> datetime | None:
    """The time on the database's own machine; None on SQLite, which has no clock but ours."""
    if tx.dialect.name != "postgresql":
        return None
    found: datetime | None = await tx.scalar(select(func.clock_timestamp()))
    return found


async def newest_moment(tx: AsyncConnection) -> datetime | None:
    """The latest time that anything came in, was said or was filed; None in an empty store."""
    newest = [
        await tx.scalar(select(func.max(column)))
        for column in (inbox.c.received_at, outbox.c.made_at, reports.c.filed_at)
    ]
    return max((each for each in newest if each is not None), default=None)


async def opens_newest_seal(tx: AsyncConnection, key: str) -> bool:
    """Whether `key` opens the newest sealed reporter; True while nothing is sealed.

    Only that it opens is looked at: the id goes nowhere, so this leaves no trace.
    """
    sealed: bytes | None = await tx.scalar(
        select(sealed_reporters.c.sealed).order_by(sealed_reporters.c.case_id.desc()).limit(1)
    )
    if sealed is None:
        return True
    try:
        Seal(key).open_person(sealed)
    except ValueError:
        return False
    return True
