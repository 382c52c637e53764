"""Units that merge or split in the middle of a period: what they owed and filed stays theirs.

Periods that had closed by that day are still owed by the old unit, and the people of its heir
answer for them. Periods still running are owed by the heir alone (it exists on the day their
figures close); the old unit is excused from what it has not filed. What was filed stays filed,
and its figures stay where they were counted (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.periods import PeriodError, parse_key
from storage import ledger, people, units
from storage.ids import NewId
from storage.ledger import Step
from storage.obligations import UNSETTLED
from storage.tables import memberships, obligations


async def succeed(
    tx: AsyncConnection,
    old_ids: Sequence[int],
    heir_ids: Sequence[int],
    *,
    on: date,
    by: int | None,
    now: datetime,
    ids: NewId,
) -> tuple[int, int]:
    """From `on` the heirs stand for the old units: many to one is a merger, one to many a split.

    The heirs are units already; each begins on `on`. Of a split, the first heir answers for
    what was owed before. Returns how many reports were inherited, and how many excused.

    Raises:
        ValueError: nobody inherits, or a unit inherits from itself.
    """
    if not heir_ids or set(old_ids) & set(heir_ids):
        raise ValueError("a unit that ends needs another one as its heir")
    heirs = await units.by_ids(tx, heir_ids)
    name = " và ".join(heirs[each].name for each in heir_ids)
    for heir in heir_ids:
        if heirs[heir].since is None:
            await units.change(tx, heir, since=on)
    for old in old_ids:
        await units.change(tx, old, until=on - timedelta(days=1))
    inherited, excused = await _sorted_out(tx, old_ids, on)
    await ledger.note(tx, inherited, Step.INHERITED, by=by, words=name, now=now, ids=ids)
    if excused:
        became = "đã nhập vào" if len(heir_ids) == 1 else "đã tách thành"
        await ledger.excuse(tx, excused, by=by, why=f"{became} {name}", now=now, ids=ids)
    if inherited:
        await _hand_people(tx, old_ids, heir_ids[0], now, ids)
    return len(inherited), len(excused)


async def _sorted_out(
    tx: AsyncConnection, old_ids: Sequence[int], on: date
) -> tuple[list[int], list[int]]:
    """What the old units still owe: of periods closed before the day, and of those still running."""
    rows = await tx.execute(
        select(obligations.c.id, obligations.c.period_key)
        .where(obligations.c.unit_id.in_(list(old_ids)), obligations.c.state.in_(UNSETTLED))
        .order_by(obligations.c.id)
    )
    inherited: list[int] = []
    excused: list[int] = []
    for row in rows:
        (inherited if _closed_before(row.period_key, on) else excused).append(row.id)
    return inherited, excused


def _closed_before(period_key: str, on: date) -> bool:
    try:
        return parse_key(period_key).data_to < on
    except PeriodError:
        return True  # a single call concerns those who were asked


async def _hand_people(
    tx: AsyncConnection, old_ids: Sequence[int], heir: int, now: datetime, ids: NewId
) -> None:
    """The heir's reporters and leader may report for the old units, after their own people."""
    rows = await tx.execute(
        select(memberships.c.person_id, memberships.c.role, memberships.c.rank).where(
            memberships.c.unit_id == heir,
            memberships.c.role.in_(("reporter", "leader")),
            memberships.c.until.is_(None),
        )
    )
    held = list(rows)
    for old in old_ids:
        known = set(
            await tx.scalars(
                select(memberships.c.person_id).where(
                    memberships.c.unit_id == old, memberships.c.until.is_(None)
                )
            )
        )
        for row in held:
            if row.person_id not in known:
                await people.give_role(
                    tx, row.person_id, old, row.role, rank=row.rank + HEIRS_RANK, now=now, ids=ids
                )


HEIRS_RANK = 10
"""Heirs come after the old unit's own people, as long as those are still there."""
