"""Who is who in a commune: names of persons, and who holds which role where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import key_params, key_table
from storage.tables import accounts, memberships, persons, units


@dataclass(frozen=True, slots=True)
class Post:
    """One person's role in one unit. `reachable`: some chat of theirs is open to us."""

    unit_id: int
    person_id: int
    name: str
    role: str
    rank: int
    reachable: bool


async def names_of(tx: AsyncConnection, person_ids: Iterable[int]) -> dict[int, str]:
    """What these persons are called, by id, however many; those who never said are left out."""
    wanted = [(each,) for each in sorted(set(person_ids))]
    if not wanted:
        return {}
    keys = key_table(tx.dialect.name, [persons.c.id])
    rows = await tx.execute(
        select(persons.c.id, persons.c.name)
        .select_from(keys)
        .join(persons, persons.c.id == keys.c.id)
        .where(persons.c.name != ""),
        key_params(tx, [persons.c.id], wanted),
    )
    return {row.id: row.name for row in rows}


async def posts_of_commune(tx: AsyncConnection, commune_id: int, *, now: datetime) -> list[Post]:
    """Every role held in the commune at `now`, by unit, first rank first."""
    open_chat = exists().where(
        accounts.c.person_id == memberships.c.person_id, accounts.c.blocked_at.is_(None)
    )
    rows = await tx.execute(
        select(
            memberships.c.unit_id,
            memberships.c.person_id,
            persons.c.name,
            memberships.c.role,
            memberships.c.rank,
            open_chat.label("reachable"),
        )
        .join(units, units.c.id == memberships.c.unit_id)
        .join(persons, persons.c.id == memberships.c.person_id)
        .where(
            units.c.commune_id == commune_id,
            or_(memberships.c.until.is_(None), memberships.c.until > now),
        )
        .order_by(memberships.c.unit_id, memberships.c.rank, memberships.c.id)
    )
    return [
        Post(row.unit_id, row.person_id, row.name, row.role, row.rank, bool(row.reachable))
        for row in rows
    ]
