"""Nudges: who is reminded of what, found and recorded by whole sets.

A tick asks the ladder once per distinct due time, then one INSERT … SELECT … ON CONFLICT DO
NOTHING writes every (obligation, rung, person) that is new. Any number of processes may tick,
late or twice: the key makes a nudge happen once, and one message a person a day holds because
ticks hold a lock and skip whoever has a nudge of today (docs/decisions/0008-obligations.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    FromClause,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage import direct, locks, nag_people
from storage.bulk import key_params, key_table
from storage.columns import UtcDateTime
from storage.nag_candidates import (
    NOTHING_STOPPED,
    Asked,
    candidates,
    chased,
    params_of,
    rungs_at,
)
from storage.nag_candidates import RungOf as RungOf
from storage.nag_candidates import Standing as Standing
from storage.nag_candidates import Stopped as Stopped
from storage.outbox_heads import NO_ANSWER
from storage.tables import nag_wishes, nudges, obligations, outbox, units
from storage.upserts import insert_into, insert_on

TICK_LOCK = "nudges.tick"


@dataclass(frozen=True, slots=True)
class Reminder:
    """One obligation in a person's message.

    `position` is 1 for whose report it is; 2 and on for whom it was escalated to.
    """

    obligation_id: int
    plan_id: int
    duty_key: str
    period_key: str
    unit_id: int
    unit_name: str
    state: str
    due_at: datetime
    rung: str
    position: int = 1


@dataclass(frozen=True, slots=True)
class Nag:
    """One person's one message: everything to be reminded of, most urgent first."""

    person_id: int
    reminders: tuple[Reminder, ...]


_COLUMNS = ["obligation_id", "rung", "person_id", "day", "made_at", "position"]


async def due_for_nudge(
    tx: AsyncConnection,
    *,
    now: datetime,
    rung_of: RungOf,
    stopped: Stopped = NOTHING_STOPPED,
    only: Sequence[int] | None = None,
) -> list[Nag]:
    """What a tick at `now` would send; writes nothing (`soxanh tick --at`).

    States are not looked at beyond "still to be filed", so any moment can be asked about.

    Args:
        only: ask about these persons alone.
    """
    rungs = await rungs_at(tx, now, rung_of)
    if not rungs:
        return []
    asked = Asked(len(rungs), bool(stopped.duties), bool(stopped.people), only is not None)
    params = params_of(now, rungs, stopped) | {"only": list(only or ())}
    return _by_person(list(await tx.execute(_shown(asked), params)))


async def tick(
    tx: AsyncConnection, *, now: datetime, rung_of: RungOf, stopped: Stopped = NOTHING_STOPPED
) -> list[Nag]:
    """Record every nudge that is due and new, and say what to send to whom.

    The caller puts one message a person into the outbox in this transaction and ties it with
    `sent_as`. Nobody who has a nudge of this local day gets another, it comes tomorrow, unless
    they asked to hear again today. Reports that are being filed at this moment are passed over.
    """
    await locks.hold(tx, TICK_LOCK)
    asked = await _ask_again(tx, now)
    rungs = await rungs_at(tx, now, rung_of)
    made = 0
    if rungs:
        wanted = Asked(len(rungs), bool(stopped.duties), bool(stopped.people))
        done = await tx.execute(_new(wanted, tx.dialect.name), params_of(now, rungs, stopped))
        made = done.rowcount
    if not made and not asked:
        return []
    new = select(nudges).where(nudges.c.day == _day(now), nudges.c.made_at == now).subquery()
    return _by_person(list(await tx.execute(_details(new))))


async def _ask_again(tx: AsyncConnection, now: datetime) -> int:
    """Whoever said "chiều nay" or "mai" hears again of what is still owed. Returns how many nudges."""
    made = 0
    woken = []
    for person_id, snoozed_at, until in await direct.rows(tx, _AWAKE, {"now": now}):
        woken.append(person_id)
        if now - until > STALE_WISH:
            continue
        said = nudges.alias("said")
        again = (
            select(
                said.c.obligation_id,
                literal(f"asked:{until:%m-%d %H:%M}"),
                literal(person_id),
                literal(_day(now)),
                literal(now, UtcDateTime),
                func.min(said.c.position),
            )
            .join(obligations, obligations.c.id == said.c.obligation_id)
            .where(said.c.person_id == person_id, said.c.day == _day(snoozed_at), chased(now))
            .group_by(said.c.obligation_id)
        )
        done = await tx.execute(
            insert_into(tx, nudges)
            .from_select(_COLUMNS, again)
            .on_conflict_do_nothing(index_elements=["obligation_id", "rung", "person_id"])
        )
        made += done.rowcount
    if woken:
        await nag_people.wake(tx, woken)
    return made


_AWAKE = select(nag_wishes.c.person_id, nag_wishes.c.snoozed_at, nag_wishes.c.snoozed_until).where(
    nag_wishes.c.snoozed_until <= bindparam("now", type_=UtcDateTime),
    nag_wishes.c.muted_at.is_(None),
)

STALE_WISH = timedelta(days=2)
"""A machine that slept does not keep a promise made for days ago; the ladder goes on."""


@lru_cache(maxsize=64)
def _shown(asked: Asked) -> Select[Any]:
    return _details(candidates(asked).subquery())


@lru_cache(maxsize=64)
def _new(asked: Asked, dialect_name: str) -> Any:
    return (
        insert_on(dialect_name, nudges)
        .from_select(_COLUMNS, _chosen_first(candidates(asked), dialect_name))
        .on_conflict_do_nothing(index_elements=["obligation_id", "rung", "person_id"])
    )


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
            case(
                (obligations.c.assignee_id == chosen.c.person_id, 1), else_=chosen.c.position
            ).label("position"),
        )
        .join(obligations, obligations.c.id == chosen.c.obligation_id)
        .join(units, units.c.id == obligations.c.unit_id)
        .order_by(chosen.c.person_id, obligations.c.due_at, obligations.c.id, chosen.c.rung)
    )


def _by_person(rows: Iterable[Row[Any]]) -> list[Nag]:
    nags = []
    for person_id, of_person in groupby(rows, key=lambda row: row.person_id):
        once = {row.obligation_id: Reminder(*tuple(row)[1:]) for row in of_person}
        nags.append(Nag(person_id, tuple(once.values())))
    return nags


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


async def supersede(tx: AsyncConnection, person_ids: Iterable[int]) -> int:
    """Older reminders of these people that nobody carried yet are dropped: a newer one takes their place.

    After a day without network, or a closed window, a person finds one reminder, not all of them.
    """
    wanted = sorted(set(person_ids))
    if not wanted:
        return 0
    keys = key_table(tx.dialect.name, [outbox.c.person_id])
    stopped = await tx.execute(
        update(outbox)
        .where(
            NO_ANSWER,
            outbox.c.person_id.in_(select(keys.c.person_id)),
            outbox.c.purpose == "nudge",
            outbox.c.state.in_(("waiting", "held")),
        )
        .values(state="dropped"),
        key_params(tx, [outbox.c.person_id], [(each,) for each in wanted]),
    )
    return stopped.rowcount


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
