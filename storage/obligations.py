"""Obligations: this unit owes this report for this period by this time.

They are made, moved on and settled by whole sets, never one at a time. What is owed, and
by when, is reckoned in `plans/owed.py`; who is reminded, in `storage/nudges.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.owed import Owed
from plans.periods import parse_key
from storage import direct, locks
from storage.bulk import key_params, key_table, update_many
from storage.columns import UtcDateTime
from storage.ids import NewId
from storage.tables import obligations, units
from storage.upserts import insert_into

NOT_OPEN, OPEN, DRAFTED, OVERDUE = "not_open", "open", "drafted", "overdue"
ON_TIME, LATE = "filed_on_time", "filed_late"
RETURNED, ACCEPTED, EXCUSED = "returned", "accepted", "excused"

UNSETTLED = (NOT_OPEN, OPEN, DRAFTED, OVERDUE, RETURNED)
"""Something is still to be filed."""
REPORTED = (ON_TIME, LATE, ACCEPTED)

ENSURE_LOCK = "obligations.ensure"
COUNT_AGAIN_FROM = 1_000
"""From so many new rows on PostgreSQL is told to look at the table again before it plans."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One row of the ledger. `due_at` is null while nobody has set a day: never nagged."""

    id: int
    plan_id: int
    duty_key: str
    unit_id: int
    period_key: str
    opens_at: datetime
    due_at: datetime | None
    state: str
    report_id: int | None
    filed_at: datetime | None
    kind: str = ""
    assignee_id: int | None = None
    extended_to: datetime | None = None
    locked_at: datetime | None = None
    escalation: int = 0
    escalated_on: date | None = None


class Locked(Exception):
    """The books of this period are closed for the unit; opening them takes a named right."""

    def __init__(self, obligation_id: int, locked_at: datetime) -> None:
        super().__init__(f"obligation {obligation_id} is locked since {locked_at:%Y-%m-%d}")
        self.locked_at = locked_at


@dataclass(frozen=True, slots=True)
class Debt:
    """What filing needs to know of an obligation."""

    id: int
    due_at: datetime | None
    filed_at: datetime | None
    locked_at: datetime | None = None


KEPT = [obligations.c[name] for name in Obligation.__slots__]
"""The columns of an `Obligation`; the table may hold more."""


def _obligation(row: Row[Any]) -> Obligation:
    return Obligation(**row._mapping)


# --- making ----------------------------------------------------------------------------------


async def ensure(
    tx: AsyncConnection,
    plan_id: int,
    commune_id: int,
    owed: Iterable[Owed],
    *,
    now: datetime,
    ids: NewId,
) -> int:
    """Make every obligation that is owed and not there yet; returns how many were made.

    A unit owes when its `pack_key` is among `owed_by` (single units and members of a class
    alike) and it exists on the day the period's figures close. Times that the office changed
    are carried into obligations that are not settled. May run any number of times, anywhere.
    """
    await locks.hold(tx, ENSURE_LOCK)
    made = 0
    for each in owed:
        made += await _make_missing(tx, plan_id, commune_id, each, now, ids)
        await _retime(tx, plan_id, each)
    if made >= COUNT_AGAIN_FROM and tx.dialect.name == "postgresql":
        # the tick that follows reads these rows at once; autovacuum would count them minutes later
        await tx.execute(text("ANALYZE obligations"))
    return made


def _same(plan_id: int, each: Owed) -> ColumnElement[bool]:
    return and_(
        obligations.c.plan_id == plan_id,
        obligations.c.duty_key == each.duty_key,
        obligations.c.period_key == each.period.key,
    )


def _owing(plan_id: int, commune_id: int, each: Owed) -> ColumnElement[bool]:
    """Units that owe it and have no row for it."""
    closes = each.period.data_to
    known = select(obligations.c.unit_id).where(_same(plan_id, each))
    return and_(
        units.c.commune_id == commune_id,
        units.c.pack_key.in_(each.owed_by),
        or_(units.c.since.is_(None), units.c.since <= closes),
        or_(units.c.until.is_(None), units.c.until >= closes),
        # hashed once; as NOT EXISTS it is a nested loop until PostgreSQL has counted the table
        units.c.id.not_in(known),
    )


async def _make_missing(
    tx: AsyncConnection, plan_id: int, commune_id: int, each: Owed, now: datetime, ids: NewId
) -> int:
    owing = _owing(plan_id, commune_id, each)
    missing = await tx.scalar(select(func.count()).select_from(units).where(owing))
    if not missing:
        return 0
    first = reserve(ids, missing)
    rows = (
        select(
            (func.row_number().over(order_by=units.c.id) + literal(first - 1)).label("id"),
            literal(plan_id),
            literal(each.duty_key),
            units.c.id,
            literal(each.period.key),
            literal(each.opens_at, UtcDateTime),
            literal(each.due_at, UtcDateTime),
            literal(_state_at(each, now)),
            literal(each.period.kind.value),
            literal(0),
        )
        .where(owing)
        .limit(missing)
    )
    names = ["id", "plan_id", "duty_key", "unit_id", "period_key", "opens_at", "due_at", "state",
             "kind", "escalation"]  # fmt: skip
    done = await tx.execute(
        insert_into(tx, obligations)
        .from_select(names, rows)
        .on_conflict_do_nothing(index_elements=["plan_id", "duty_key", "period_key", "unit_id"])
    )
    return done.rowcount


def reserve(ids: NewId, count: int) -> int:
    """The first of `count` whole numbers in a row that `ids` will not give again.

    Ids only grow, so the numbers from the first to the last of `count` draws are all passed.
    """
    first = ids()
    for _ in range(count - 1):
        ids()
    return first


def _state_at(each: Owed, now: datetime) -> str:
    if each.due_at is not None and each.due_at < now:
        return OVERDUE
    return OPEN if each.opens_at <= now else NOT_OPEN


async def _retime(tx: AsyncConnection, plan_id: int, each: Owed) -> None:
    due_at = literal(each.due_at, UtcDateTime)
    await tx.execute(
        update(obligations)
        .where(
            _same(plan_id, each),
            obligations.c.state.in_(UNSETTLED),
            obligations.c.extended_to.is_(None),
            or_(
                obligations.c.due_at.is_distinct_from(due_at),
                obligations.c.opens_at != each.opens_at,
            ),
        )
        .values(due_at=due_at, opens_at=each.opens_at)
    )


async def advance(tx: AsyncConnection, *, now: datetime) -> int:
    """Open what opens, and mark what is overdue, for `now`; returns how many rows changed.

    Rows that are being filed at this moment are passed over: filing says how they stand.
    """
    return sum([await direct.change(tx, each, {"now": now}) for each in _advances()])


@lru_cache(maxsize=1)
def _advances() -> tuple[Update, ...]:
    now = bindparam("now", type_=UtcDateTime)
    return tuple(
        update(obligations)
        .where(
            obligations.c.id.in_(
                select(obligations.c.id)
                .where(obligations.c.state.in_(direct.spelled(was)), condition)
                .with_for_update(skip_locked=True)
            )
        )
        .values(state=becomes)
        for was, condition, becomes in (
            ((NOT_OPEN,), obligations.c.opens_at <= now, OPEN),
            ((OPEN, DRAFTED), obligations.c.due_at < now, OVERDUE),
            ((OVERDUE,), or_(obligations.c.due_at.is_(None), obligations.c.due_at >= now), OPEN),
        )
    )


# --- settling --------------------------------------------------------------------------------

SubjectKey = tuple[int | None, str, int, str, int | None]
"""(plan, duty, unit, period, obligation id where it is known)."""


async def owed_by_filings(
    tx: AsyncConnection, wanted: Sequence[SubjectKey | None]
) -> list[Debt | None]:
    """For each filing the obligation it settles, held until the transaction ends."""
    asked = [each for each in wanted if each]
    if not asked:
        return [None] * len(wanted)
    rows = await tx.execute(
        select(
            obligations.c.id,
            obligations.c.plan_id,
            obligations.c.duty_key,
            obligations.c.unit_id,
            obligations.c.period_key,
            obligations.c.due_at,
            obligations.c.filed_at,
            obligations.c.locked_at,
        )
        .where(
            or_(
                obligations.c.id.in_([each[4] for each in asked if each[4]]),
                and_(
                    obligations.c.plan_id.in_(sorted({each[0] for each in asked if each[0]})),
                    obligations.c.duty_key.in_(sorted({each[1] for each in asked})),
                    obligations.c.period_key.in_(sorted({each[3] for each in asked})),
                    obligations.c.unit_id.in_(sorted({each[2] for each in asked})),
                ),
            )
        )
        .order_by(obligations.c.id)
        .with_for_update()
    )
    found: dict[tuple[Any, ...], Debt] = {}
    for row in rows:
        debt = Debt(row.id, row.due_at, row.filed_at, row.locked_at)
        found[(row.plan_id, row.duty_key, row.unit_id, row.period_key)] = debt
        found[(row.id,)] = debt
    return [each and (found.get((each[4],)) or found.get(each[:4])) for each in wanted]


def refuse_closed(debts: Iterable[Debt | None]) -> None:
    """Called before anything is written, so that whoever refuses need not take anything back.

    Raises:
        Locked: the period is closed for one of them.
    """
    for debt in debts:
        if debt is not None and debt.locked_at is not None:
            raise Locked(debt.id, debt.locked_at)


async def settle(
    tx: AsyncConnection, filed: Sequence[tuple[Debt, int]], *, now: datetime
) -> dict[int, bool | None]:
    """Mark obligations as filed by these reports.

    Returns:
        By obligation id: filed in time or not; None where no day is known. The first filing
        decides: a correction after the due time does not make a report late.
    """
    on_time: dict[int, bool | None] = {}
    rows: list[Mapping[str, Any]] = []
    for debt, report_id in filed:
        filed_at = debt.filed_at or now
        on_time[debt.id] = None if debt.due_at is None else filed_at <= debt.due_at
        state = LATE if on_time[debt.id] is False else ON_TIME
        rows.append({"id": debt.id, "state": state, "report_id": report_id, "filed_at": filed_at})
    await update_many(tx, obligations, rows)
    return on_time


async def reviewed(
    tx: AsyncConnection, obligation_id: int, report_state: str, *, now: datetime
) -> None:
    """Let an obligation follow its report: returned, accepted, or owed again once withdrawn.

    Who was excused stays so, unless the report is accepted after all.
    """
    values: dict[str, Any] = {"state": report_state}
    if report_state == "withdrawn":
        due_at = await tx.scalar(
            select(obligations.c.due_at).where(obligations.c.id == obligation_id)
        )
        state = OVERDUE if due_at is not None and due_at < now else OPEN
        values = {"state": state, "report_id": None, "filed_at": None}
    if report_state != ACCEPTED:
        values["state"] = case((obligations.c.state == EXCUSED, EXCUSED), else_=values["state"])
    await tx.execute(update(obligations).where(obligations.c.id == obligation_id).values(**values))


async def drafted(tx: AsyncConnection, obligation_ids: Sequence[int]) -> None:
    """Note that somebody has begun to fill these in; what is filed or overdue stays as it is."""
    wanted = [(each,) for each in sorted(set(obligation_ids))]
    if wanted:
        params = key_params(tx, [obligations.c.id], wanted)
        await direct.change(tx, _drafted_statement(tx.dialect.name), params)


@lru_cache(maxsize=2)
def _drafted_statement(dialect_name: str) -> Update:
    keys = key_table(dialect_name, [obligations.c.id])
    begun: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in (NOT_OPEN, OPEN)]
    return (
        update(obligations)
        .where(obligations.c.id.in_(select(keys.c.id)), obligations.c.state.in_(begun))
        .values(state=literal_column(f"'{DRAFTED}'"))
    )


# --- reading ---------------------------------------------------------------------------------


async def by_id(tx: AsyncConnection, obligation_id: int) -> Obligation:
    """The obligation with this id.

    Raises:
        KeyError: there is none.
    """
    rows = await tx.execute(select(*KEPT).where(obligations.c.id == obligation_id))
    row = rows.first()
    if row is None:
        raise KeyError(obligation_id)
    return _obligation(row)


async def of_activity(tx: AsyncConnection, unit_id: int, duty_key: str, on: date) -> int | None:
    """The obligation that something done on a day settles: the period that holds the day.

    None where there is none or its books are closed: what was done is kept all the same.
    """
    rows = await tx.execute(
        select(obligations.c.id, obligations.c.period_key).where(
            obligations.c.unit_id == unit_id,
            obligations.c.duty_key == duty_key,
            obligations.c.locked_at.is_(None),
        )
    )
    for row in rows:
        period = parse_key(row.period_key)
        if period.data_from <= on <= period.data_to:
            return int(row.id)
    return None


async def open_for(
    tx: AsyncConnection, unit_ids: Iterable[int], *, now: datetime
) -> list[Obligation]:
    """What these units may report now and have not: soonest due first, without a day last."""
    wanted = [(each,) for each in sorted(set(unit_ids))]
    if not wanted:
        return []
    params = key_params(tx, [obligations.c.unit_id], wanted) | {"now": now}
    found = await direct.rows(tx, _open_statement(tx.dialect.name), params)
    return [Obligation(*row) for row in found]


@lru_cache(maxsize=2)
def _open_statement(dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [obligations.c.unit_id])
    return (
        select(*KEPT)
        .select_from(keys)
        .join(obligations, obligations.c.unit_id == keys.c.unit_id)
        .where(
            obligations.c.state.in_([literal_column(f"'{state}'") for state in UNSETTLED]),
            obligations.c.opens_at <= bindparam("now", type_=UtcDateTime),
            obligations.c.locked_at.is_(None),
        )
        .order_by(obligations.c.due_at.asc().nulls_last(), obligations.c.id)
    )


async def of_period(
    tx: AsyncConnection, plan_id: int, duty_key: str, period_key: str
) -> list[Obligation]:
    """Everything owed for one duty and period, by unit id."""
    rows = await tx.execute(
        select(*KEPT)
        .where(
            obligations.c.plan_id == plan_id,
            obligations.c.duty_key == duty_key,
            obligations.c.period_key == period_key,
        )
        .order_by(obligations.c.unit_id)
    )
    return [_obligation(row) for row in rows]
