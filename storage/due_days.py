"""What is still to be filed by a day: for calendars, and for the office's table of the morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.columns import UtcDateTime
from storage.nag_people import CHASED_ROLES
from storage.obligations import UNSETTLED
from storage.tables import memberships, obligations, persons, units
from storage.units import within


@dataclass(frozen=True, slots=True)
class DueDay:
    """One report that one unit has still to file. `escalation` 3: the office must act itself."""

    obligation_id: int
    plan_id: int
    duty_key: str
    period_key: str
    unit_id: int
    unit_name: str
    due_at: datetime
    escalation: int


async def of_person(
    tx: AsyncConnection, person_id: int, *, since: datetime, now: datetime
) -> list[DueDay]:
    """What the units that this person reports for owe, soonest first; nothing once they were erased."""
    held = (
        select(memberships.c.unit_id)
        .join(persons, persons.c.id == memberships.c.person_id)
        .where(
            memberships.c.person_id == person_id,
            memberships.c.role.in_(CHASED_ROLES),
            or_(memberships.c.until.is_(None), memberships.c.until > now),
            persons.c.erased_at.is_(None),
        )
    )
    return await _found(tx, obligations.c.unit_id.in_(held), since)


async def of_unit(tx: AsyncConnection, path: str, *, since: datetime) -> list[DueDay]:
    """What a unit and all below it owe, soonest first."""
    return await _found(tx, within(units.c.path, path), since)


async def of_commune(
    tx: AsyncConnection, commune_id: int, *, since: datetime, until: datetime
) -> list[DueDay]:
    """What is owed in a commune with a due time between two moments, soonest first."""
    params = {"commune": commune_id, "since": since, "near": until}
    return [DueDay(*row) for row in await direct.rows(tx, _of_commune(), params)]


@lru_cache(maxsize=1)
def _of_commune() -> Select[Any]:
    near = obligations.c.due_at <= bindparam("near", type_=UtcDateTime)
    commune = units.c.commune_id == bindparam("commune", type_=BigInteger)
    return _owed(and_(commune, near), bindparam("since", type_=UtcDateTime))


async def _found(
    tx: AsyncConnection, condition: ColumnElement[bool], since: datetime
) -> list[DueDay]:
    return [DueDay(*row) for row in await tx.execute(_owed(condition, since))]


def _owed(condition: ColumnElement[bool], since: datetime | BindParameter[datetime]) -> Select[Any]:
    return (
        select(
            obligations.c.id,
            obligations.c.plan_id,
            obligations.c.duty_key,
            obligations.c.period_key,
            obligations.c.unit_id,
            units.c.name,
            obligations.c.due_at,
            obligations.c.escalation,
        )
        .join(units, units.c.id == obligations.c.unit_id)
        .where(
            condition,
            obligations.c.state.in_(direct.spelled(UNSETTLED)),
            obligations.c.due_at >= since,
            obligations.c.locked_at.is_(None),
        )
        .order_by(obligations.c.due_at, units.c.name, obligations.c.id)
    )
