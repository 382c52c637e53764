"""What a doctor asks the database: its clock, the newest moment it holds, and whether a key opens its seals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.access import Role
from storage.secrets import Seal
from storage.tables import inbox, invites, memberships, outbox, reports, sealed_reporters, units


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


async def communes_without(tx: AsyncConnection, role: Role, now: datetime) -> list[str]:
    """Names of communes where nobody has `role` for the whole commune, nor a code to take it up with."""
    holds = exists().where(
        memberships.c.unit_id == units.c.id,
        memberships.c.role == role,
        or_(memberships.c.until.is_(None), memberships.c.until > now),
    )
    invited = exists().where(
        invites.c.unit_id == units.c.id,
        invites.c.role == role,
        invites.c.uses_left > 0,
        or_(invites.c.expires_at.is_(None), invites.c.expires_at > now),
    )
    rows = await tx.scalars(
        select(units.c.name)
        .where(units.c.parent_id.is_(None), ~holds, ~invited)
        .order_by(units.c.name)
    )
    return list(rows)


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
