"""Who hears about what a unit owes, in which order; and what people wished of the reminders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.columns import UtcDateTime
from storage.obligations import UNSETTLED
from storage.tables import accounts, memberships, nag_wishes, obligations, persons
from storage.upserts import insert_into

CHASED_ROLES = ("reporter", "leader")
"""Who may hear of what a unit owes: its reporters by rank, then its leader."""

_AFTER_ALL_REPORTERS = 1_000


def can_be_reached(
    held: FromClause, now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """The membership runs, its person did not ask for silence, and some chat did not block us."""
    return and_(
        held.c.role.in_(direct.spelled(CHASED_ROLES)),
        or_(held.c.until.is_(None), held.c.until > now),
        exists()
        .where(persons.c.id == held.c.person_id, persons.c.erased_at.is_(None))
        .correlate(held),
        exists()
        .where(accounts.c.person_id == held.c.person_id, accounts.c.blocked_at.is_(None))
        .correlate(held),
        ~exists()
        .where(nag_wishes.c.person_id == held.c.person_id, nag_wishes.c.muted_at.is_not(None))
        .correlate(held),
    )


def posts(
    now: datetime | BindParameter[datetime], unit_ids: Iterable[int] | None = None
) -> FromClause:
    """(unit_id, person_id, position) of everyone who can be reached: 1 is chased first.

    People of one rank share a position; the leader comes after the last reporter.
    """
    held = memberships.alias("held")
    order = func.min(case((held.c.role == "leader", _AFTER_ALL_REPORTERS), else_=0) + held.c.rank)
    query = (
        select(held.c.unit_id, held.c.person_id, order.label("order_"))
        .where(can_be_reached(held, now))
        .group_by(held.c.unit_id, held.c.person_id)
    )
    if unit_ids is not None:
        query = query.where(held.c.unit_id.in_(sorted(set(unit_ids))))
    one = query.subquery("one")
    position = func.dense_rank().over(partition_by=one.c.unit_id, order_by=one.c.order_)
    return select(one.c.unit_id, one.c.person_id, position.label("position")).subquery("posts")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may report for a unit, in the order in which they are chased."""

    unit_id: int
    person_id: int
    name: str
    position: int


async def colleagues(
    tx: AsyncConnection, unit_ids: Iterable[int], *, now: datetime
) -> list[Colleague]:
    """Everyone who may report for these units and can be reached, first position first."""
    found = posts(now, unit_ids)
    rows = await tx.execute(
        select(found.c.unit_id, found.c.person_id, persons.c.name, found.c.position)
        .join(persons, persons.c.id == found.c.person_id)
        .order_by(found.c.unit_id, found.c.position, found.c.person_id)
    )
    return [Colleague(*row) for row in rows]


async def free_assignees(tx: AsyncConnection, *, now: datetime) -> int:
    """Who took a report on and can no longer be reached gives it back to the unit's first person."""
    return await direct.change(tx, _freed(), {"now": now})


@lru_cache(maxsize=1)
def _freed() -> Update:
    held = memberships.alias("held")
    still = (
        exists()
        .where(
            held.c.unit_id == obligations.c.unit_id,
            held.c.person_id == obligations.c.assignee_id,
            can_be_reached(held, bindparam("now", type_=UtcDateTime)),
        )
        .correlate(obligations)
    )
    return (
        update(obligations)
        .where(
            obligations.c.assignee_id.is_not(None),
            obligations.c.state.in_(direct.spelled(UNSETTLED)),
            ~still,
        )
        .values(assignee_id=None)
    )


# --- wishes ------------------------------------------------------------------------------------


async def mute(tx: AsyncConnection, person_id: int, *, now: datetime) -> None:
    """ "Đừng nhắc nữa": no reminder goes to this person until they ask for them again."""
    await _wish(tx, person_id, muted_at=now, snoozed_at=None, snoozed_until=None)


async def unmute(tx: AsyncConnection, person_id: int) -> bool:
    """ "Nhắc lại": reminders go on. False when they were never stopped."""
    done = await tx.execute(
        update(nag_wishes)
        .where(nag_wishes.c.person_id == person_id, nag_wishes.c.muted_at.is_not(None))
        .values(muted_at=None)
    )
    return done.rowcount > 0


async def snooze(tx: AsyncConnection, person_id: int, *, until: datetime, now: datetime) -> None:
    """Nothing before `until`; then what was said today is said again, once, if it is still owed."""
    await _wish(tx, person_id, snoozed_at=now, snoozed_until=until)


async def wake(tx: AsyncConnection, person_ids: Sequence[int]) -> None:
    """These were reminded again as they asked."""
    await tx.execute(
        update(nag_wishes)
        .where(nag_wishes.c.person_id.in_(sorted(set(person_ids))))
        .values(snoozed_at=None, snoozed_until=None)
    )


async def muted(tx: AsyncConnection, person_ids: Iterable[int]) -> set[int]:
    """Those of these persons who asked for silence."""
    rows = await tx.scalars(
        select(nag_wishes.c.person_id).where(
            nag_wishes.c.person_id.in_(sorted(set(person_ids))), nag_wishes.c.muted_at.is_not(None)
        )
    )
    return set(rows)


async def _wish(tx: AsyncConnection, person_id: int, **values: datetime | None) -> None:
    upsert = insert_into(tx, nag_wishes).values(person_id=person_id, **values)
    await tx.execute(upsert.on_conflict_do_update(index_elements=["person_id"], set_=dict(values)))
