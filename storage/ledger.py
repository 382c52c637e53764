"""What people decide about obligations: excused, extended, locked, opened again. Every step leaves a row.

Who may do so is `storage/access.py`'s affair; desks ask it before they call
(docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage import direct, nudges
from storage.bulk import insert_many, key_params, key_table
from storage.columns import UtcDateTime
from storage.ids import NewId
from storage.obligations import (
    EXCUSED,
    NOT_OPEN,
    OPEN,
    OVERDUE,
    RETURNED,
    UNSETTLED,
)
from storage.tables import nudges as nudge_rows
from storage.tables import obligation_steps, obligations


class Step(StrEnum):
    """What was decided."""

    EXCUSED = "excused"
    OWED_AGAIN = "owed_again"
    EXTENDED = "extended"
    LOCKED = "locked"
    REOPENED = "reopened"
    HANDED_OVER = "handed_over"
    INHERITED = "inherited"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an obligation's history. `by` is null for the office's standing rule."""

    step: str
    by: int | None
    at: datetime
    words: str
    until: datetime | None


async def note(
    tx: AsyncConnection,
    obligation_ids: Iterable[int],
    step: Step,
    *,
    by: int | None,
    words: str = "",
    until: datetime | None = None,
    now: datetime,
    ids: NewId,
) -> None:
    """Write one step into the history of each of these."""
    rows = [
        {
            "id": ids(),
            "obligation_id": each,
            "step": step.value,
            "by_person_id": by,
            "at": now,
            "words": words,
            "until": until,
        }
        for each in obligation_ids
    ]
    await insert_many(tx, obligation_steps, rows)


async def history(tx: AsyncConnection, obligation_id: int) -> list[Entry]:
    """Everything decided about one obligation, oldest first."""
    rows = await tx.execute(
        select(
            obligation_steps.c.step,
            obligation_steps.c.by_person_id,
            obligation_steps.c.at,
            obligation_steps.c.words,
            obligation_steps.c.until,
        )
        .where(obligation_steps.c.obligation_id == obligation_id)
        .order_by(obligation_steps.c.at, obligation_steps.c.id)
    )
    return [Entry(*row) for row in rows]


async def of_duty(
    tx: AsyncConnection, plan_id: int, duty_key: str, period_key: str
) -> tuple[int, ...]:
    """The obligations of every unit for one duty and period."""
    rows = await tx.scalars(
        select(obligations.c.id)
        .where(
            obligations.c.plan_id == plan_id,
            obligations.c.duty_key == duty_key,
            obligations.c.period_key == period_key,
        )
        .order_by(obligations.c.id)
    )
    return tuple(rows)


# --- excused ---------------------------------------------------------------------------------


async def excuse(
    tx: AsyncConnection,
    chosen: Sequence[int],
    *,
    by: int | None,
    why: str,
    now: datetime,
    ids: NewId,
) -> int:
    """These units owe nothing here, for the reason given; what was filed stays filed.

    Returns how many were still owed. Raises ValueError without a reason.
    """
    if not why.strip():
        raise ValueError("an excuse takes a reason")
    done = await _changed(tx, chosen, obligations.c.state.in_(UNSETTLED), state=EXCUSED)
    await note(tx, done, Step.EXCUSED, by=by, words=why, now=now, ids=ids)
    await nudges.drop(tx, done)
    return len(done)


async def owe_again(
    tx: AsyncConnection, chosen: Sequence[int], *, by: int, why: str = "", now: datetime, ids: NewId
) -> int:
    """Take an excuse back; a report that was sent back is to be put right again.

    Returns how many are owed again.
    """
    standing = case((obligations.c.report_id.is_not(None), RETURNED), else_=_standing(now))
    done = await _changed(tx, chosen, obligations.c.state == EXCUSED, state=standing)
    await note(tx, done, Step.OWED_AGAIN, by=by, words=why, now=now, ids=ids)
    return len(done)


def _standing(now: datetime) -> ColumnElement[str]:
    """The state of what is owed, by its times alone."""
    return case(
        (obligations.c.due_at < now, OVERDUE),
        (obligations.c.opens_at > now, NOT_OPEN),
        else_=OPEN,
    )


# --- more time -------------------------------------------------------------------------------


async def extend(
    tx: AsyncConnection,
    chosen: Sequence[int],
    *,
    until: datetime,
    by: int | None,
    why: str = "",
    now: datetime,
    ids: NewId,
) -> int:
    """Give one unit, or all of a duty (`of_duty`), until `until`. Returns how many were still owed.

    The ladder begins anew before the new day; what waits to be sent about the old one is dropped.
    It is asked for anew from now on, so that rungs already past do not nag whoever was just
    given time. What was filed late before stays late.
    """
    at = literal(now, UtcDateTime)
    anew = case((obligations.c.opens_at < at, at), else_=obligations.c.opens_at)
    done = await _changed(
        tx,
        chosen,
        obligations.c.state.in_(UNSETTLED),
        due_at=until,
        opens_at=anew,
        extended_to=until,
        escalation=0,
        escalated_on=None,
    )
    returned = obligations.c.state != RETURNED
    await _changed(tx, done, returned, state=_standing(now))
    await nudges.drop(tx, done)
    # the rungs of the old day keep their place in the history, and leave their names to the new
    await tx.execute(
        update(nudge_rows)
        .where(nudge_rows.c.obligation_id.in_(done))
        .values(rung=nudge_rows.c.rung.concat(literal(f"@{now:%Y%m%dT%H%M%S}")))
    )
    await note(tx, done, Step.EXTENDED, by=by, words=why, until=until, now=now, ids=ids)
    return len(done)


# --- closed books ----------------------------------------------------------------------------


async def lock(
    tx: AsyncConnection,
    chosen: Sequence[int],
    *,
    by: int | None,
    why: str = "",
    now: datetime,
    ids: NewId,
) -> int:
    """Close the books: nothing is filed or corrected any more. Returns how many were open."""
    done = await _changed(tx, chosen, obligations.c.locked_at.is_(None), locked_at=now)
    await note(tx, done, Step.LOCKED, by=by, words=why, now=now, ids=ids)
    await nudges.drop(tx, done)
    return len(done)


async def lock_past(
    tx: AsyncConnection, plan_id: int, *, due_before: datetime, now: datetime, ids: NewId
) -> int:
    """The office's rule: whatever was due before `due_before` is closed, unless somebody opened it again."""
    reopened = select(obligation_steps.c.obligation_id).where(
        obligation_steps.c.step == Step.REOPENED.value,
        or_(obligation_steps.c.until.is_(None), obligation_steps.c.until > now),
    )
    rows = await tx.scalars(
        select(obligations.c.id).where(
            obligations.c.plan_id == plan_id,
            obligations.c.due_at < due_before,
            obligations.c.locked_at.is_(None),
            obligations.c.id.not_in(reopened),
        )
    )
    chosen = list(rows)
    return await lock(tx, chosen, by=None, why="quá hạn khóa sổ", now=now, ids=ids) if chosen else 0


async def reopen(
    tx: AsyncConnection,
    chosen: Sequence[int],
    *,
    by: int,
    why: str,
    until: datetime | None = None,
    now: datetime,
    ids: NewId,
) -> int:
    """Open closed books again, for good or until `until`. Returns how many were closed.

    Raises ValueError without a reason.
    """
    if not why.strip():
        raise ValueError("opening closed books takes a reason")
    done = await _changed(tx, chosen, obligations.c.locked_at.is_not(None), locked_at=None)
    await note(tx, done, Step.REOPENED, by=by, words=why, until=until, now=now, ids=ids)
    return len(done)


async def _changed(
    tx: AsyncConnection, chosen: Sequence[int], condition: ColumnElement[bool], **values: object
) -> list[int]:
    """Set values where the condition holds; returns the ids of the rows that were changed."""
    if not chosen:
        return []
    rows = await tx.scalars(
        select(obligations.c.id)
        .where(obligations.c.id.in_(sorted(set(chosen))), condition)
        .order_by(obligations.c.id)
        .with_for_update()
    )
    found = list(rows)
    if found:
        await tx.execute(update(obligations).where(obligations.c.id.in_(found)).values(**values))
    return found


# --- escalation ------------------------------------------------------------------------------

LAST_STEP = 3
"""The office's list."""


async def escalate(
    tx: AsyncConnection,
    plan_ids: Sequence[int],
    due_until: Sequence[datetime],
    *,
    now: datetime,
    chased_for: timedelta,
) -> int:
    """Bring what is overdue in these plans one step on: second person, leader, the office's list; one step a day.

    Args:
        due_until: for each next step the latest due time that has earned it, step 1 first.
        chased_for: what is overdue for longer is left where it is.
    """
    if not plan_ids:
        return 0
    params: dict[str, Any] = {"today": local_time(now).date(), "longest": now - chased_for}
    params |= {f"earned_{step}": due for step, due in enumerate(due_until[:LAST_STEP])}
    params |= key_params(tx, [obligations.c.plan_id], [(each,) for each in sorted(set(plan_ids))])
    return await direct.change(tx, _one_step_on(tx.dialect.name), params)


@lru_cache(maxsize=2)
def _one_step_on(dialect_name: str) -> Update:
    today = bindparam("today", type_=Date)
    keys = key_table(dialect_name, [obligations.c.plan_id])
    earned = [
        (obligations.c.escalation == step)
        & (obligations.c.due_at <= bindparam(f"earned_{step}", type_=UtcDateTime))
        for step in range(LAST_STEP)
    ]
    return (
        update(obligations)
        .where(
            obligations.c.plan_id.in_(select(keys.c.plan_id)),
            obligations.c.state.in_(direct.spelled((OVERDUE, RETURNED))),
            obligations.c.due_at > bindparam("longest", type_=UtcDateTime),
            obligations.c.locked_at.is_(None),
            or_(obligations.c.escalated_on.is_(None), obligations.c.escalated_on < today),
            or_(*earned),
        )
        .values(escalation=obligations.c.escalation + 1, escalated_on=today)
    )


# --- the whole ledger --------------------------------------------------------------------------


async def counts(tx: AsyncConnection, plan_id: int) -> dict[str, int]:
    """How many obligations of a plan are in each state."""
    rows = await tx.execute(
        select(obligations.c.state, func.count())
        .where(obligations.c.plan_id == plan_id)
        .group_by(obligations.c.state)
    )
    return {row[0]: row[1] for row in rows}
