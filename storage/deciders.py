"""Who decides over a unit's reports: its reviewers above it, and where there are none the admins, then the leader."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import accounts, memberships, units
from storage.units import Unit

IN_ORDER = ("reviewer", "admin", "leader")


async def of_unit(tx: AsyncConnection, unit: Unit, *, now: datetime) -> list[int]:
    """Persons to ask, of the first role that anybody reachable holds above the unit (or in the office)."""
    above = [each for each in unit.ancestor_ids if each != unit.id] or [unit.id]
    rows = await tx.execute(
        select(memberships.c.role, memberships.c.person_id)
        .where(
            or_(memberships.c.unit_id.in_(above), _in_office(unit)),
            memberships.c.role.in_(IN_ORDER),
            or_(memberships.c.until.is_(None), memberships.c.until > now),
            exists().where(
                accounts.c.person_id == memberships.c.person_id, accounts.c.blocked_at.is_(None)
            ),
        )
        .order_by(memberships.c.rank, memberships.c.id)
    )
    held = [(row.role, row.person_id) for row in rows]
    for role in IN_ORDER:
        found = list(dict.fromkeys(person for its, person in held if its == role))
        if found:
            return found
    return []


def _in_office(unit: Unit) -> ColumnElement[bool]:
    office = select(units.c.id).where(
        units.c.commune_id == unit.commune_id, units.c.kind == "office"
    )
    return memberships.c.unit_id.in_(office)
