"""How people file, learned once a day from what fell due or came in; and rates kept as figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, Subquery, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage import direct
from storage.bulk import insert_many
from storage.columns import UtcDateTime
from storage.obligations import EXCUSED, REPORTED, UNSETTLED
from storage.tables import (
    habits,
    memberships,
    obligation_steps,
    obligations,
    persons,
    punctuality,
    reports,
    units,
)
from storage.upserts import insert_on

REMEMBERS = timedelta(days=800)
"""Longer than six half-years are not looked back upon."""

GIVES_UP = timedelta(days=7)
"""What is not filed so long after its due time counts as never filed."""

BendOf = Callable[[Sequence[int | None]], str]
"""Days between filing and due date, oldest first → bend: `plans.bends.bend_of`."""


async def learn(
    tx: AsyncConnection, *, since: datetime, now: datetime, bend_of: BendOf, looks_back: int = 6
) -> int:
    """Reckon the habits of whoever reports for a unit in which something fell due or was filed since.

    Returns how many (person, kind) pairs were written.
    """
    params = {
        "since": since,
        "since_given_up": since - GIVES_UP,
        "given_up": now - GIVES_UP,
        "forgotten": now - REMEMBERS,
    }
    days: dict[tuple[int, str], list[int | None]] = defaultdict(list)
    for person, kind, due_at, filed_at in await direct.rows(tx, _past(), params):
        days[(person, kind)].append(_days_before(due_at, filed_at))
    learned = [
        {
            "person_id": person,
            "kind": kind,
            "bend": bend_of(past[-looks_back:]),
            "days": past[-looks_back:],
            "learned_at": now,
        }
        for (person, kind), past in days.items()
    ]
    await insert_many(
        tx, habits, learned, update=("bend", "days", "learned_at"), key=("person_id", "kind")
    )
    return len(learned)


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UtcDateTime)


@lru_cache(maxsize=1)
def _past() -> Select[Any]:
    """What the first reporters of units that moved filed, and what they left unfiled for good."""
    since, given_up = _moment("since"), _moment("given_up")
    moved = select(obligations.c.unit_id).where(
        obligations.c.due_at < given_up,
        or_(
            obligations.c.due_at >= _moment("since_given_up"),
            obligations.c.filed_at >= since,
        ),
    )
    filed = select(obligations.c.unit_id).where(obligations.c.filed_at >= since)
    return (
        select(
            memberships.c.person_id,
            obligations.c.kind,
            obligations.c.due_at,
            obligations.c.filed_at,
        )
        .join(obligations, obligations.c.unit_id == memberships.c.unit_id)
        .where(
            or_(memberships.c.unit_id.in_(moved), memberships.c.unit_id.in_(filed)),
            memberships.c.role == "reporter",
            memberships.c.rank == 1,
            memberships.c.until.is_(None),
            obligations.c.due_at >= _moment("forgotten"),
            obligations.c.due_at >= memberships.c.since,
            obligations.c.state != EXCUSED,
            or_(obligations.c.filed_at.is_not(None), obligations.c.due_at < given_up),
        )
        .order_by(obligations.c.due_at, obligations.c.id)
    )


def _days_before(due_at: datetime, filed_at: datetime | None) -> int | None:
    if filed_at is None:
        return None
    return (local_time(due_at).date() - local_time(filed_at).date()).days


async def bends_of(
    tx: AsyncConnection, person_ids: Iterable[int]
) -> dict[tuple[int, str], tuple[str, tuple[int | None, ...]]]:
    """(person, kind) → (bend, the days it comes from)."""
    rows = await tx.execute(
        select(habits.c.person_id, habits.c.kind, habits.c.bend, habits.c.days).where(
            habits.c.person_id.in_(sorted(set(person_ids)))
        )
    )
    return {(row.person_id, row.kind): (row.bend, tuple(row.days)) for row in rows}


@dataclass(frozen=True, slots=True)
class Bent:
    """One first reporter whose reminders differ from the common ladder."""

    name: str
    unit_name: str
    kind: str
    bend: str
    days: tuple[int | None, ...]


async def bent_in(tx: AsyncConnection, commune_id: int) -> list[Bent]:
    """Whoever in a commune is reminded otherwise than by the common ladder, by unit and name."""
    rows = await tx.execute(
        select(persons.c.name, units.c.name, habits.c.kind, habits.c.bend, habits.c.days)
        .join(memberships, memberships.c.person_id == habits.c.person_id)
        .join(units, units.c.id == memberships.c.unit_id)
        .join(persons, persons.c.id == habits.c.person_id)
        .where(
            units.c.commune_id == commune_id,
            memberships.c.role == "reporter",
            memberships.c.rank == 1,
            memberships.c.until.is_(None),
            habits.c.bend != "",
        )
        .order_by(units.c.name, persons.c.name, habits.c.kind)
    )
    return [Bent(name, unit, kind, bend, tuple(days)) for name, unit, kind, bend, days in rows]


# --- rates -------------------------------------------------------------------------------------


def _moved() -> Subquery:
    """Periods in which something fell due, came in, was reviewed or was decided since then."""
    since, now = _moment("since"), _moment("now")
    decided = select(obligation_steps.c.obligation_id).where(obligation_steps.c.at >= since)
    reviewed = select(reports.c.obligation_id).where(reports.c.reviewed_at >= since)
    return (
        select(obligations.c.plan_id, obligations.c.duty_key, obligations.c.period_key)
        .where(
            or_(
                obligations.c.due_at.between(since, now),
                obligations.c.filed_at >= since,
                obligations.c.id.in_(decided),
                obligations.c.id.in_(reviewed),
            )
        )
        .distinct()
        .subquery("moved")
    )


def _rates() -> Select[Any]:
    moved = _moved()
    root, own = units.alias("root"), units.alias("own")

    def count(*states: str) -> Any:
        return func.sum(case((obligations.c.state.in_(direct.spelled(states)), 1), else_=0))

    on_time = func.sum(
        case(
            (
                obligations.c.state.in_(direct.spelled(REPORTED))
                & (obligations.c.filed_at <= obligations.c.due_at),
                1,
            ),
            else_=0,
        )
    )
    return (
        select(
            obligations.c.period_key,
            obligations.c.plan_id,
            obligations.c.duty_key,
            root.c.id,
            count(*UNSETTLED, *REPORTED),
            count(*REPORTED),
            on_time,
            count(EXCUSED),
            _moment("now"),
        )
        .join(
            moved,
            (moved.c.plan_id == obligations.c.plan_id)
            & (moved.c.duty_key == obligations.c.duty_key)
            & (moved.c.period_key == obligations.c.period_key),
        )
        .join(own, own.c.id == obligations.c.unit_id)
        .join(root, or_(root.c.id == own.c.id, root.c.id == own.c.commune_id))
        .group_by(
            obligations.c.period_key, obligations.c.plan_id, obligations.c.duty_key, root.c.id
        )
    )


async def count_punctuality(tx: AsyncConnection, *, since: datetime, now: datetime) -> int:
    """Keep completeness and timeliness of every duty and period that fell due or moved since.

    One row a unit that has owing units below it or owes itself, so a commune's rate and a
    village's are read alike. Returns how many rows were written.
    """
    return await direct.change(tx, _counted(tx.dialect.name), {"since": since, "now": now})


@lru_cache(maxsize=2)
def _counted(dialect_name: str) -> Any:
    names = [column.name for column in punctuality.c]
    upsert = insert_on(dialect_name, punctuality).from_select(names, _rates())
    key = [column.name for column in punctuality.primary_key]
    return upsert.on_conflict_do_update(
        index_elements=key,
        set_={name: upsert.excluded[name] for name in names if name not in key},
    )


async def punctuality_of(
    tx: AsyncConnection, unit_id: int, plan_id: int
) -> list[tuple[str, str, int, int, int, int]]:
    """(period, duty, owing, filed, on time, excused) of a unit and all below it, oldest period first."""
    rows = await tx.execute(
        select(
            punctuality.c.period_key,
            punctuality.c.duty_key,
            punctuality.c.owing,
            punctuality.c.filed,
            punctuality.c.on_time,
            punctuality.c.excused,
        )
        .where(punctuality.c.unit_id == unit_id, punctuality.c.plan_id == plan_id)
        .order_by(punctuality.c.period_key, punctuality.c.duty_key)
    )
    return [tuple(row) for row in rows]
