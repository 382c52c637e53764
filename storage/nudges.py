"""Nudges: who is reminded of what, found and recorded by whole sets.

A tick asks the ladder once per distinct due time, then one INSERT … SELECT … ON CONFLICT DO
NOTHING writes every (obligation, rung, person) that is new. Any number of processes may tick,
late or twice: the key makes a nudge happen once, and one message a person a day holds because
ticks hold a lock and skip whoever has a nudge of today (docs/decisions/0008-obligations.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage import locks
from storage.columns import UtcDateTime
from storage.obligations import UNSETTLED
from storage.tables import accounts, memberships, nudges, obligations, outbox, units
from storage.upserts import insert_into

TICK_LOCK = "nudges.tick"
CHASED_ROLES = ("reporter",)
"""Who is reminded of what a unit owes."""

RungOf = Callable[[datetime, datetime], str | None]
"""(due_at, opens_at) → key of the newest rung that may be sent now, or None: `plans/ladder.py`."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One obligation in a person's message."""

    obligation_id: int
    plan_id: int
    duty_key: str
    period_key: str
    unit_id: int
    unit_name: str
    state: str
    due_at: datetime
    rung: str


@dataclass(frozen=True, slots=True)
class Nag:
    """One person's one message: everything to be reminded of, most urgent first."""

    person_id: int
    reminders: tuple[Reminder, ...]


async def due_for_nudge(tx: AsyncConnection, *, now: datetime, rung_of: RungOf) -> list[Nag]:
    """What a tick at `now` would send; writes nothing (`soxanh tick --at`).

    States are not looked at beyond "still to be filed", so any moment can be asked about.
    """
    rungs = await _rungs(tx, now, rung_of)
    if not rungs:
        return []
    chosen = _candidates(now, rungs).subquery()
    return _by_person(list(await tx.execute(_details(chosen))))


async def tick(tx: AsyncConnection, *, now: datetime, rung_of: RungOf) -> list[Nag]:
    """Record every nudge that is due and new, and say what to send to whom.

    The caller puts one message a person into the outbox in this transaction and ties it with
    `sent_as`. Nobody who has a nudge of this local day gets another; it comes tomorrow.
    Reports that are being filed at this moment are passed over.
    """
    await locks.hold(tx, TICK_LOCK)
    rungs = await _rungs(tx, now, rung_of)
    if not rungs:
        return []
    made = await tx.execute(
        insert_into(tx, nudges)
        .from_select(
            ["obligation_id", "rung", "person_id", "day", "made_at"],
            _chosen_first(_candidates(now, rungs), tx.dialect.name),
        )
        .on_conflict_do_nothing(index_elements=["obligation_id", "rung", "person_id"])
    )
    if not made.rowcount:
        return []
    new = select(nudges).where(nudges.c.day == _day(now), nudges.c.made_at == now).subquery()
    return _by_person(list(await tx.execute(_details(new))))


def _chosen_first(candidates: Select[Any], dialect_name: str) -> Select[Any]:
    """The candidates, worked out in full before the first of them is written.

    Otherwise PostgreSQL, row by row, looks for earlier nudges among those it is just writing:
    minutes instead of seconds over 100,000. Sorting is what makes it wait for the last row.
    """
    if dialect_name != "postgresql":
        return candidates
    held = candidates.with_for_update(read=True, of=obligations, skip_locked=True)
    chosen = held.cte("chosen")
    return select(chosen).order_by(chosen.c.obligation_id, chosen.c.person_id)


def _day(now: datetime) -> date:
    return local_time(now).date()


async def _rungs(
    tx: AsyncConnection, now: datetime, rung_of: RungOf
) -> dict[str, list[tuple[datetime, datetime]]]:
    """The times of open obligations, by the rung they have reached."""
    times = await tx.execute(
        select(obligations.c.due_at, obligations.c.opens_at).where(_chased(now)).distinct()
    )
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for due_at, opens_at in times:
        if (rung := rung_of(due_at, opens_at)) is not None:
            found.setdefault(rung, []).append((due_at, opens_at))
    return found


def _chased(now: datetime) -> ColumnElement[bool]:
    return and_(
        obligations.c.state.in_(UNSETTLED),
        obligations.c.due_at.is_not(None),
        obligations.c.opens_at <= now,
    )


def _candidates(
    now: datetime, rungs: Mapping[str, Sequence[tuple[datetime, datetime]]]
) -> Select[Any]:
    """(obligation, rung, person, day, made_at) for everyone to be reminded who was not today."""
    times = tuple_(obligations.c.due_at, obligations.c.opens_at)
    rung = case(*((times.in_(at), literal(name)) for name, at in rungs.items()))
    chased = _first_reachable(now)
    nudged_today = exists().where(
        nudges.c.person_id == chased.c.person_id, nudges.c.day == _day(now)
    )
    known = exists().where(
        nudges.c.obligation_id == obligations.c.id,
        nudges.c.rung == rung,
        nudges.c.person_id == chased.c.person_id,
    )
    return (
        select(
            obligations.c.id.label("obligation_id"),
            rung.label("rung"),
            chased.c.person_id.label("person_id"),
            literal(_day(now)).label("day"),
            literal(now, UtcDateTime).label("made_at"),
        )
        .join(chased, chased.c.unit_id == obligations.c.unit_id)
        .where(
            _chased(now),
            # says the same as "rung is not null", in a form whose share of rows can be guessed
            times.in_([pair for at in rungs.values() for pair in at]),
            chased.c.place == 1,
            ~nudged_today,
            ~known,
        )
    )


def _first_reachable(now: datetime) -> FromClause:
    """Who is reminded, by unit: `place` 1 is the lowest rank among those who can be reached.

    The membership runs, and the person has an account that did not block us (who was erased has
    none): the second person stands in when the first cannot be reached.
    """
    return (
        select(
            memberships.c.unit_id,
            memberships.c.person_id,
            func.rank()
            .over(partition_by=memberships.c.unit_id, order_by=memberships.c.rank)
            .label("place"),
        )
        .where(
            memberships.c.role.in_(CHASED_ROLES),
            or_(memberships.c.until.is_(None), memberships.c.until > now),
            exists().where(
                accounts.c.person_id == memberships.c.person_id, accounts.c.blocked_at.is_(None)
            ),
        )
        .subquery("chased")
    )


def _details(chosen: FromClause) -> Select[Any]:
    return (
        select(
            chosen.c.person_id,
            obligations.c.id.label("obligation_id"),
            obligations.c.plan_id,
            obligations.c.duty_key,
            obligations.c.period_key,
            obligations.c.unit_id,
            units.c.name.label("unit_name"),
            obligations.c.state,
            obligations.c.due_at,
            chosen.c.rung,
        )
        .join(obligations, obligations.c.id == chosen.c.obligation_id)
        .join(units, units.c.id == obligations.c.unit_id)
        .order_by(chosen.c.person_id, obligations.c.due_at, obligations.c.id)
    )


def _by_person(rows: Iterable[Row[Any]]) -> list[Nag]:
    return [
        Nag(person_id, tuple(Reminder(*tuple(row)[1:]) for row in of_person))
        for person_id, of_person in groupby(rows, key=lambda row: row.person_id)
    ]


async def sent_as(tx: AsyncConnection, messages: Mapping[int, int], *, now: datetime) -> None:
    """Tie a tick's nudges to their messages: person id → outbox id."""
    if messages:
        await tx.execute(
            update(nudges)
            .where(
                nudges.c.person_id == bindparam("person"),
                nudges.c.day == bindparam("of_day"),
                nudges.c.outbox_id.is_(None),
            )
            .values(outbox_id=bindparam("message")),
            [
                {"person": person, "of_day": _day(now), "message": message}
                for person, message in messages.items()
            ],
        )


async def drop(tx: AsyncConnection, obligation_ids: Sequence[int]) -> int:
    """Silence what waits to be sent about these obligations; returns how many messages.

    A message may speak of others that are still owed. Their nudges of that message are
    forgotten with it, so that the next tick makes a message of what is left.
    """
    if not obligation_ids:
        return 0
    rows = await tx.scalars(
        select(outbox.c.id)
        .where(
            outbox.c.id.in_(
                select(nudges.c.outbox_id).where(nudges.c.obligation_id.in_(obligation_ids))
            ),
            outbox.c.state.in_(("waiting", "held")),
        )
        .order_by(outbox.c.id)
        .with_for_update()
    )
    waiting = list(rows)
    if waiting:
        await tx.execute(update(outbox).where(outbox.c.id.in_(waiting)).values(state="dropped"))
        await tx.execute(delete(nudges).where(nudges.c.outbox_id.in_(waiting)))
    return len(waiting)


async def of_obligation(tx: AsyncConnection, obligation_id: int) -> list[tuple[date, str, int]]:
    """Who was reminded of this: (local day, rung, person id), oldest first."""
    rows = await tx.execute(
        select(nudges.c.day, nudges.c.rung, nudges.c.person_id)
        .where(nudges.c.obligation_id == obligation_id)
        .order_by(nudges.c.made_at, nudges.c.person_id)
    )
    return [(day, rung, person) for day, rung, person in rows]
