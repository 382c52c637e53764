"""Nudges: who is reminded of what, found and recorded by whole sets.

A tick asks the ladder once per distinct due time, then one INSERT … SELECT … ON CONFLICT DO
NOTHING writes every (obligation, rung, person) that is new. Any number of processes may tick,
late or twice: the key makes a nudge happen once, and one message a person a day holds because
ticks hold a lock and skip whoever has a nudge of today (docs/decisions/0008-obligations.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Row,
    Select,
    String,
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
from storage import direct, locks, nag_people
from storage.bulk import key_params, key_table
from storage.columns import UtcDateTime
from storage.nag_people import posts
from storage.obligations import UNSETTLED
from storage.tables import habits, nag_wishes, nudges, obligations, outbox, units
from storage.upserts import insert_into, insert_on

TICK_LOCK = "nudges.tick"


class Standing(NamedTuple):
    """What decides about a rung: thousands of duties and people share one of these.

    `kind` is the period's (`plans.periods.PeriodKind`), `bend` the person's (`plans/bends.py`).
    """

    plan_id: int
    due_at: datetime
    opens_at: datetime
    kind: str
    bend: str


RungOf = Callable[[Standing], str | None]
"""The key of the newest rung that may be sent now, or None: `plans/ladder.py`."""


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


@dataclass(frozen=True, slots=True)
class Stopped:
    """What offices stopped besides whole communes: duties by (plan, key), and persons."""

    duties: frozenset[tuple[int, str]] = frozenset()
    people: frozenset[int] = frozenset()


NOTHING_STOPPED = Stopped()


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
    rungs = await _rungs(tx, now, rung_of)
    if not rungs:
        return []
    asked = _Asked(len(rungs), bool(stopped.duties), bool(stopped.people), only is not None)
    params = _params(now, rungs, stopped) | {"only": list(only or ())}
    return _by_person(list(await tx.execute(_details(_candidates(asked).subquery()), params)))


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
    rungs = await _rungs(tx, now, rung_of)
    made = 0
    if rungs:
        wanted = _Asked(len(rungs), bool(stopped.duties), bool(stopped.people))
        done = await tx.execute(_new(wanted, tx.dialect.name), _params(now, rungs, stopped))
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
            .where(said.c.person_id == person_id, said.c.day == _day(snoozed_at), _chased(now))
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
def _new(asked: _Asked, dialect_name: str) -> Any:
    return (
        insert_on(dialect_name, nudges)
        .from_select(_COLUMNS, _chosen_first(_candidates(asked), dialect_name))
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


_STANDING = (
    obligations.c.plan_id,
    obligations.c.due_at,
    obligations.c.opens_at,
    obligations.c.kind,
)


async def _rungs(tx: AsyncConnection, now: datetime, rung_of: RungOf) -> dict[str, list[Standing]]:
    """What open obligations and people have in common, by the rung it has reached."""
    shared = await direct.rows(tx, _shared(), {"now": now})
    bends = await _bends(tx)
    found: dict[str, list[Standing]] = {}
    for plan_id, due_at, opens_at, kind in shared:
        for bend in ("", *bends.get(kind, ())):
            standing = Standing(plan_id, due_at, opens_at, kind, bend)
            if (rung := rung_of(standing)) is not None:
                found.setdefault(rung, []).append(standing)
    return found


@lru_cache(maxsize=1)
def _shared() -> Select[Any]:
    return select(*_STANDING).where(_chased(bindparam("now", type_=UtcDateTime))).distinct()


async def _bends(tx: AsyncConnection) -> dict[str, list[str]]:
    """The bends that anybody has, by kind of period; the usual one left out."""
    found: dict[str, list[str]] = {}
    for kind, bend in await direct.rows(tx, _BENDS, {}):
        found.setdefault(kind, []).append(bend)
    return found


_BENDS = (
    select(habits.c.kind, habits.c.bend)
    .where(habits.c.bend != "")
    .distinct()
    .order_by(habits.c.kind, habits.c.bend)
)


def _chased(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(
        obligations.c.state.in_(direct.spelled(UNSETTLED)),
        obligations.c.due_at.is_not(None),
        obligations.c.opens_at <= now,
        obligations.c.locked_at.is_(None),
    )


class _Asked(NamedTuple):
    """What the text of the candidates' statement depends on; the values come with `_params`."""

    rungs: int
    duties: bool
    people: bool
    only: bool = False


_NOW = bindparam("now", type_=UtcDateTime)
_TODAY = bindparam("today", type_=Date)


def _params(
    now: datetime, rungs: Mapping[str, Sequence[Standing]], stopped: Stopped
) -> dict[str, Any]:
    params: dict[str, Any] = {
        "now": now,
        "today": _day(now),
        # the due times that have a rung now, told apart from the bends: with "rung is not
        # null" alone PostgreSQL expects next to no rows and joins them one by one
        "standings": sorted({s[:4] for at in rungs.values() for s in at}),
        "stopped_duties": sorted(stopped.duties),
        "stopped_people": sorted(stopped.people),
    }
    for place, (name, at) in enumerate(rungs.items()):
        params |= {f"rung_{place}": name, f"at_{place}": [tuple(each) for each in at]}
    return params


def _listed(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _candidates(asked: _Asked) -> Select[Any]:
    """(obligation, rung, person, day, made_at, position) for everyone to be reminded who was not today."""
    standing = tuple_(*_STANDING, func.coalesce(habits.c.bend, ""))
    rung = case(
        *(
            (standing.in_(_listed(f"at_{place}")), bindparam(f"rung_{place}", type_=String))
            for place in range(asked.rungs)
        )
    )
    post = posts(_NOW)
    known = exists().where(
        nudges.c.obligation_id == obligations.c.id,
        nudges.c.rung == rung,
        nudges.c.person_id == post.c.person_id,
    )
    return (
        select(
            obligations.c.id.label("obligation_id"),
            rung.label("rung"),
            post.c.person_id.label("person_id"),
            _TODAY.label("day"),
            _NOW.label("made_at"),
            post.c.position.label("position"),
        )
        .join(post, post.c.unit_id == obligations.c.unit_id)
        .outerjoin(
            habits,
            and_(habits.c.person_id == post.c.person_id, habits.c.kind == obligations.c.kind),
        )
        .where(
            _chased(_NOW),
            tuple_(*_STANDING).in_(_listed("standings")),
            rung.is_not(None),
            _whose_turn(post),
            ~known,
            *_may_hear(post, asked),
            *_not_stopped(post, asked),
        )
    )


def _may_hear(post: FromClause, asked: _Asked) -> list[ColumnElement[bool]]:
    """Nobody who heard something today or asked for peace; of `only` where it is given."""
    nudged_today = exists().where(
        nudges.c.person_id == post.c.person_id,
        nudges.c.day == _TODAY,
        nudges.c.made_at != _NOW,
    )
    sleeps = exists().where(
        nag_wishes.c.person_id == post.c.person_id, nag_wishes.c.snoozed_until > _NOW
    )
    among = [post.c.person_id.in_(_listed("only"))] if asked.only else []
    return [~nudged_today, ~sleeps, *among]


def _not_stopped(post: FromClause, asked: _Asked) -> list[ColumnElement[bool]]:
    duty = tuple_(obligations.c.plan_id, obligations.c.duty_key)
    found: list[ColumnElement[bool]] = []
    if asked.duties:
        found.append(duty.not_in(_listed("stopped_duties")))
    if asked.people:
        found.append(post.c.person_id.not_in(_listed("stopped_people")))
    return found


def _whose_turn(post: FromClause) -> ColumnElement[bool]:
    """Whoever took it on, else the first; and besides, whom it was escalated to last."""
    own = or_(
        and_(obligations.c.assignee_id.is_(None), post.c.position == 1),
        obligations.c.assignee_id == post.c.person_id,
    )
    step = and_(
        obligations.c.escalation.in_(ESCALATED_TO_PEOPLE),
        post.c.position == obligations.c.escalation + 1,
    )
    return or_(own, step)


ESCALATED_TO_PEOPLE = (1, 2)
"""Steps of `obligations.escalation` at which another person of the unit hears too; 3 is the office's list."""


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
