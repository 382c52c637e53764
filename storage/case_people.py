"""Whom a case concerns: who works on it, who answers for it, and everyone who reported it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people, reporters, staff, units
from storage.access import Role
from storage.cases import Case
from storage.reporters import Sealing
from storage.tables import cases


@dataclass(frozen=True, slots=True)
class Reporter:
    """Somebody to be told of a case, under the code of their own report of it. For the outbox only."""

    person_id: int
    case_id: int
    code: str


async def handlers_of(tx: AsyncConnection, case: Case, *, now: datetime) -> list[int]:
    """Who works on a case: the one who took it, else the handlers of its unit.

    A unit without any is stood in for by its leaders, then by the handlers, leaders and admins of
    the units above it, so that no case is nobody's.
    """
    taken_by = case.handler_person_id
    if taken_by is not None and await people.memberships_of(tx, [taken_by], now=now):
        return [taken_by]
    for unit_id in await _upwards(tx, case):
        for roles in ((Role.HANDLER,), (Role.LEADER,), (Role.ADMIN,)):
            if found := await staff.members_of(tx, [unit_id], roles=roles, now=now):
                return found
    return await staff.of_commune(tx, case.commune_id, roles=(Role.ADMIN, Role.LEADER), now=now)


async def leaders_of(tx: AsyncConnection, case: Case, *, now: datetime) -> list[int]:
    """Who answers for a case: the leaders of its unit and of the units above, up to the commune."""
    found: list[int] = []
    for unit_id in await _upwards(tx, case):
        found += await staff.members_of(tx, [unit_id], roles=(Role.LEADER,), now=now)
    return list(dict.fromkeys(found))


async def _upwards(tx: AsyncConnection, case: Case) -> Sequence[int]:
    unit = await units.by_id(tx, case.handler_unit_id or case.commune_id)
    path = units.ids_of(unit.path)
    inside = path[path.index(case.commune_id) :] if case.commune_id in path else path
    return inside[::-1]


async def office_of(tx: AsyncConnection, commune_id: int, *, now: datetime) -> list[int]:
    """Who looks at what nobody may see yet: the commune's admins, else its leaders."""
    for role in (Role.ADMIN, Role.LEADER):
        if found := await staff.of_commune(tx, commune_id, roles=(role,), now=now):
            return found
    return []


async def family(tx: AsyncConnection, case_id: int) -> list[tuple[int, str]]:
    """A case and every case that was merged into it, through any number of merges: (id, code)."""
    found: dict[int, str] = {}
    rows = (await tx.execute(select(cases.c.id, cases.c.code).where(cases.c.id == case_id))).all()
    while rows:
        found |= {row.id: row.code for row in rows}
        rows = (
            await tx.execute(
                select(cases.c.id, cases.c.code)
                .where(cases.c.merged_into.in_([row.id for row in rows]))
                .order_by(cases.c.opened_at, cases.c.id)
            )
        ).all()
        rows = [row for row in rows if row.id not in found]
    return list(found.items())


async def reporters_of(tx: AsyncConnection, case_id: int, *, sealing: Sealing) -> list[Reporter]:
    """Everyone who reported this matter, once each, under their own code. Never shown to anybody."""
    found: dict[int, Reporter] = {}
    for each_id, code in await family(tx, case_id):
        person_id = await reporters.whom_to_tell(tx, each_id, sealing=sealing)
        if person_id is not None:
            found.setdefault(person_id, Reporter(person_id, each_id, code))
    return list(found.values())


async def root_of(tx: AsyncConnection, case: Case) -> int:
    """The id of the case that this one lives on in; its own when it was not merged."""
    seen = {case.id}
    here, onward = case.id, case.merged_into
    while onward is not None and onward not in seen:
        seen.add(onward)
        here = onward
        onward = await tx.scalar(select(cases.c.merged_into).where(cases.c.id == here))
    return here
