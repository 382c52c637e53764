"""Whom the ladder reaches at a moment, asked by statements that are made once and kept.

Building the candidates' statement costs more than SQLite needs to answer it, so its text depends
on few things (`Asked`) and everything else comes as parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage import direct
from storage.columns import UtcDateTime
from storage.nag_people import posts
from storage.obligations import UNSETTLED
from storage.tables import habits, nag_wishes, nudges, obligations


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
class Stopped:
    """What offices stopped besides whole communes: duties by (plan, key), and persons."""

    duties: frozenset[tuple[int, str]] = frozenset()
    people: frozenset[int] = frozenset()


NOTHING_STOPPED = Stopped()


_NOW = bindparam("now", type_=UtcDateTime)
_STANDING = (
    obligations.c.plan_id,
    obligations.c.due_at,
    obligations.c.opens_at,
    obligations.c.kind,
)


async def rungs_at(
    tx: AsyncConnection, now: datetime, rung_of: RungOf
) -> dict[str, list[Standing]]:
    """What open obligations and people have in common, by the rung it has reached."""
    shared = await direct.rows(tx, _shared(), {"now": now, "history": now - HISTORY_AFTER})
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
    recent = obligations.c.due_at > bindparam("history", type_=UtcDateTime)
    return select(*_STANDING).where(chased(_NOW), recent).distinct()


HISTORY_AFTER = timedelta(days=60)
"""What is overdue for longer no ladder reaches: it is not asked about again and again for years."""


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


def chased(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """What is still to be filed, has a day and has opened; closed books are left alone."""
    return and_(
        obligations.c.state.in_(direct.spelled(UNSETTLED)),
        obligations.c.due_at.is_not(None),
        obligations.c.opens_at <= now,
        obligations.c.locked_at.is_(None),
    )


class Asked(NamedTuple):
    """What the text of the candidates' statement depends on; the values come with `params_of`."""

    rungs: int
    duties: bool
    people: bool
    only: bool = False


_TODAY = bindparam("today", type_=Date)


def params_of(
    now: datetime, rungs: Mapping[str, Sequence[Standing]], stopped: Stopped
) -> dict[str, Any]:
    """The values of `candidates`, but for `only`."""
    params: dict[str, Any] = {
        "now": now,
        "today": local_time(now).date(),
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


def candidates(asked: Asked) -> Select[Any]:
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
            chased(_NOW),
            tuple_(*_STANDING).in_(_listed("standings")),
            rung.is_not(None),
            _whose_turn(post),
            ~known,
            *_may_hear(post, asked),
            *_not_stopped(post, asked),
        )
    )


def _may_hear(post: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
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


def _not_stopped(post: FromClause, asked: Asked) -> list[ColumnElement[bool]]:
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
