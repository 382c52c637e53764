"""What officials hear each morning and each week: who is late, who is near, what came in. Told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import Row, insert_new
from storage.columns import UtcDateTime
from storage.obligations import EXCUSED, REPORTED
from storage.tables import accounts, digests, memberships, nag_wishes, obligations, persons, units


@dataclass(frozen=True, slots=True)
class Round:
    """One duty and period that is running: how many owe it, have filed, and were late."""

    plan_id: int
    duty_key: str
    period_key: str
    due_at: datetime
    owing: int
    filed: int
    late: int


async def filed_between(
    tx: AsyncConnection, commune_id: int, since: datetime, until: datetime
) -> list[str]:
    """Names of units whose reports came in between two moments, in the order they came."""
    params = {"commune": commune_id, "since": since, "by_now": until}
    found = await direct.rows(tx, _FILED, params)
    return list(dict.fromkeys(name for (name,) in found))


_FILED = (
    select(units.c.name)
    .join(obligations, obligations.c.unit_id == units.c.id)
    .where(
        units.c.commune_id == bindparam("commune", type_=BigInteger),
        obligations.c.filed_at > bindparam("since", type_=UtcDateTime),
        obligations.c.filed_at <= bindparam("by_now", type_=UtcDateTime),
    )
    .order_by(obligations.c.filed_at, units.c.name)
)


@dataclass(frozen=True, slots=True)
class Early:
    """A report that came well before its day."""

    plan_id: int
    duty_key: str
    period_key: str
    unit_name: str
    unit_path: str


async def filed_early(
    tx: AsyncConnection, commune_id: int, *, since: datetime, until: datetime, by: timedelta
) -> list[Early]:
    """What came in from `since` until before `until`, at least `by` before it was due, in that order."""
    rows = await tx.execute(
        select(
            obligations.c.plan_id,
            obligations.c.duty_key,
            obligations.c.period_key,
            units.c.name,
            units.c.path,
            obligations.c.filed_at,
            obligations.c.due_at,
        )
        .join(units, units.c.id == obligations.c.unit_id)
        .where(
            units.c.commune_id == commune_id,
            obligations.c.state.in_(REPORTED),
            obligations.c.filed_at >= since,
            obligations.c.filed_at < until,
            obligations.c.due_at >= since + by,
        )
        .order_by(obligations.c.filed_at, units.c.name)
    )
    return [Early(*row[:5]) for row in rows if row.due_at - row.filed_at >= by]


async def rounds(
    tx: AsyncConnection, commune_id: int, *, since: datetime, until: datetime
) -> list[Round]:
    """Every duty and period with a due time between two moments, soonest first."""
    late = func.sum(
        (obligations.c.state.in_(REPORTED) & (obligations.c.filed_at > obligations.c.due_at)).cast(
            Integer
        )
    )
    filed = func.sum(obligations.c.state.in_(REPORTED).cast(Integer))
    excused = func.sum((obligations.c.state == EXCUSED).cast(Integer))
    due = func.min(obligations.c.due_at)
    rows = await tx.execute(
        select(
            obligations.c.plan_id,
            obligations.c.duty_key,
            obligations.c.period_key,
            due,
            func.count() - excused,
            filed,
            late,
        )
        .join(units, units.c.id == obligations.c.unit_id)
        .where(units.c.commune_id == commune_id, obligations.c.due_at.between(since, until))
        .group_by(obligations.c.plan_id, obligations.c.duty_key, obligations.c.period_key)
        .order_by(due, obligations.c.duty_key)
    )
    return [Round(*row) for row in rows]


OFFICE_ROLES = ("admin", "reviewer")


async def readers(
    tx: AsyncConnection, commune_id: int, roles: Sequence[str], *, root_only: bool, now: datetime
) -> list[int]:
    """Who reads the table: holders of these roles over the whole commune, or in its office."""
    query = _readers(tuple(roles), root_only)
    found = await direct.rows(tx, query, {"commune": commune_id, "now": now})
    return sorted(person for (person,) in found)


@lru_cache(maxsize=8)
def _readers(roles: tuple[str, ...], root_only: bool) -> Select[Any]:
    commune, now = (
        bindparam("commune", type_=BigInteger),
        bindparam("now", type_=UtcDateTime),
    )
    root, office = units.c.id == commune, units.c.kind == "office"
    held = memberships
    return (
        select(held.c.person_id)
        .join(units, units.c.id == held.c.unit_id)
        .where(
            units.c.commune_id == commune,
            root if root_only else or_(root, office),
            held.c.role.in_(direct.spelled(roles)),
            or_(held.c.until.is_(None), held.c.until > now),
            exists().where(
                accounts.c.person_id == held.c.person_id, accounts.c.blocked_at.is_(None)
            ),
            exists().where(persons.c.id == held.c.person_id, persons.c.erased_at.is_(None)),
            ~exists().where(
                nag_wishes.c.person_id == held.c.person_id, nag_wishes.c.muted_at.is_not(None)
            ),
        )
        .distinct()
    )


async def claim(
    tx: AsyncConnection,
    commune_id: int,
    kind: str,
    day: date,
    person_ids: Sequence[int],
    *,
    now: datetime,
) -> list[int]:
    """Of these, those who have not had this table of this day; they have it now."""
    rows: list[Row] = [
        {"commune_id": commune_id, "kind": kind, "day": day, "person_id": person, "made_at": now}
        for person in person_ids
    ]
    new = await insert_new(tx, digests, rows, key=("commune_id", "kind", "day", "person_id"))
    return sorted(row["person_id"] for row in new)
