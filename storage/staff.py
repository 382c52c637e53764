"""Who works for a unit: the people behind a role, as routing and word to the office ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import memberships, units


async def members_of(
    tx: AsyncConnection, unit_ids: Sequence[int], *, roles: Sequence[str] = (), now: datetime
) -> list[int]:
    """Persons with a role in any of these units (any role when `roles` is empty), first rank first."""
    query = (
        select(memberships.c.person_id)
        .where(
            memberships.c.unit_id.in_(sorted(set(unit_ids))),
            or_(memberships.c.until.is_(None), memberships.c.until > now),
        )
        .order_by(memberships.c.rank, memberships.c.since, memberships.c.person_id)
    )
    if roles:
        query = query.where(memberships.c.role.in_(sorted(set(roles))))
    return list(dict.fromkeys(await tx.scalars(query)))


async def of_commune(
    tx: AsyncConnection, commune_id: int, *, roles: Sequence[str], now: datetime
) -> list[int]:
    """Persons with one of these roles anywhere in the commune, first rank first."""
    query = select(units.c.id).where(units.c.commune_id == commune_id)
    return await members_of(tx, list(await tx.scalars(query)), roles=roles, now=now)
