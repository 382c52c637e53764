"""Pollution points: places where confirmed cases come back, each with a name and a history.

The plans ask for a database of polluted points and sources of waste. A point begins with the
second confirmed case within 100 m and takes in every later one; it moves to their middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.likeness import cell_of, cells_around, distance_m
from storage import locks
from storage.cases import SHOWN, Case, from_row
from storage.ids import NewId
from storage.tables import cases, pollution_points

NEAR_M = 100
"""Confirmed cases within this distance are one place."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place that comes back. `cases` counts the confirmed ones; WGS 84 degrees."""

    id: int
    commune_id: int
    violation_key: str
    name: str
    lat: float
    lon: float
    cases: int
    first_at: datetime
    last_at: datetime


async def gather(tx: AsyncConnection, case: Case, *, now: datetime, ids: NewId) -> int | None:
    """Lay a confirmed case to the point it lies at, making one with its neighbours; the point's id.

    None when the case has no pin, or nothing was confirmed near it so far.
    """
    if case.lat is None or case.lon is None:
        return None
    await locks.hold(tx, f"points.{case.commune_id}")
    point_id = await _point_near(tx, case)
    if point_id is None:
        neighbours = await _confirmed_near(tx, case)
        if not neighbours:
            return None
        point_id = await _make(tx, case, neighbours, now=now, ids=ids)
    await tx.execute(update(cases).where(cases.c.id == case.id).values(point_id=point_id))
    await _centre(tx, point_id)
    return point_id


async def _point_near(tx: AsyncConnection, case: Case) -> int | None:
    assert case.lat is not None
    assert case.lon is not None
    rows = await tx.execute(
        select(pollution_points).where(
            pollution_points.c.cell.in_(cells_around(case.lat, case.lon)),
            pollution_points.c.commune_id == case.commune_id,
        )
    )
    near = [(distance_m(case.lat, case.lon, row.lat, row.lon), row.id) for row in rows]
    return min((one for one in near if one[0] <= NEAR_M), default=(0.0, None))[1]


async def _confirmed_near(tx: AsyncConnection, case: Case) -> list[Case]:
    assert case.lat is not None
    assert case.lon is not None
    rows = await tx.execute(
        select(*SHOWN).where(
            cases.c.cell.in_(cells_around(case.lat, case.lon)),
            cases.c.commune_id == case.commune_id,
            cases.c.counted.is_not(None),
            cases.c.point_id.is_(None),
            cases.c.id != case.id,
        )
    )
    found = [from_row(row) for row in rows]
    return [
        one
        for one in found
        if one.lat is not None
        and one.lon is not None
        and distance_m(case.lat, case.lon, one.lat, one.lon) <= NEAR_M
    ]


async def _make(
    tx: AsyncConnection, case: Case, neighbours: list[Case], *, now: datetime, ids: NewId
) -> int:
    first = min([case, *neighbours], key=lambda one: (one.opened_at, one.id))
    point_id: int = ids()
    await tx.execute(
        insert(pollution_points).values(
            id=point_id,
            commune_id=case.commune_id,
            violation_key=first.violation_key,
            name=first.place_words,
            lat=first.lat,
            lon=first.lon,
            cell=cell_of(first.lat, first.lon),
            made_at=now,
        )
    )
    theirs = [one.id for one in neighbours]
    await tx.execute(update(cases).where(cases.c.id.in_(theirs)).values(point_id=point_id))
    return point_id


async def _centre(tx: AsyncConnection, point_id: int) -> None:
    lat, lon = (
        await tx.execute(
            select(func.avg(cases.c.lat), func.avg(cases.c.lon)).where(
                cases.c.point_id == point_id, cases.c.counted.is_not(None)
            )
        )
    ).one()
    await tx.execute(
        update(pollution_points)
        .where(pollution_points.c.id == point_id)
        .values(lat=lat, lon=lon, cell=cell_of(lat, lon))
    )


async def of_commune(tx: AsyncConnection, commune_id: int) -> list[Point]:
    """The points of a commune, where most came back first; cases no longer confirmed do not count."""
    columns = pollution_points.c
    rows = await tx.execute(
        select(
            columns.id,
            columns.commune_id,
            columns.violation_key,
            columns.name,
            columns.lat,
            columns.lon,
            func.count().label("cases"),
            func.min(cases.c.opened_at).label("first_at"),
            func.max(cases.c.opened_at).label("last_at"),
        )
        .join(cases, cases.c.point_id == columns.id)
        .where(columns.commune_id == commune_id, cases.c.counted.is_not(None))
        .group_by(*(columns[name] for name in _NAMED))
        .having(func.count() > 1)
    )
    found = [_point(row) for row in rows]
    return sorted(found, key=lambda point: (-point.cases, point.id))


_NAMED = ("id", "commune_id", "violation_key", "name", "lat", "lon")


def _point(row: Row[tuple[object, ...]]) -> Point:
    return Point(**row._mapping)


async def history(tx: AsyncConnection, point_id: int) -> list[Case]:
    """The confirmed cases of a point, oldest first."""
    rows = await tx.execute(
        select(*SHOWN)
        .where(cases.c.point_id == point_id, cases.c.counted.is_not(None))
        .order_by(cases.c.opened_at, cases.c.id)
    )
    return [from_row(row) for row in rows]


async def rename(tx: AsyncConnection, point_id: int, name: str) -> bool:
    """Give a point a name; False when there is no such point."""
    done = await tx.execute(
        update(pollution_points).where(pollution_points.c.id == point_id).values(name=name)
    )
    return done.rowcount == 1
