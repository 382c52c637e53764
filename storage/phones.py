"""The telephone number that a person gave themselves, and may take back.

It is kept beside the number of the office's sheet: whoever types a number proves nothing, so that
it ties no two persons together and no import of the sheet goes by it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import persons


class Phones(msgspec.Struct, frozen=True):
    """What we hold of one person: `told` by themselves, "" if nothing, and whether the office has one."""

    told: str = ""
    office_has: bool = False


async def of_person(tx: AsyncConnection, person_id: int) -> Phones:
    """The numbers of this person."""
    statement = select(persons.c.told_phone, persons.c.phone).where(persons.c.id == person_id)
    row = (await tx.execute(statement)).one_or_none()
    return Phones() if row is None else Phones(row.told_phone or "", row.phone is not None)


async def tell(tx: AsyncConnection, person_id: int, phone: str, *, now: datetime) -> None:
    """Keep the number (ten digits) that the person agreed to give."""
    await tx.execute(
        update(persons).where(persons.c.id == person_id).values(told_phone=phone, told_phone_at=now)
    )


async def forget(tx: AsyncConnection, person_id: int) -> bool:
    """Delete the number the person gave; False when there was none."""
    forgotten = await tx.execute(
        update(persons)
        .where(persons.c.id == person_id, persons.c.told_phone.is_not(None))
        .values(told_phone=None, told_phone_at=None)
    )
    return forgotten.rowcount > 0
