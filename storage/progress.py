"""How far a plan is: totals of a subtree, who has not reported, what was said last time.

Reads the running totals, so the answer takes the same few milliseconds over a hundred
figures as over five million (docs/decisions/0007-figures-and-totals.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.periods import PeriodError, PeriodKind, parse_key
from storage import units
from storage.obligations import ACCEPTED, EXCUSED, LATE, ON_TIME, REPORTED
from storage.report_versions import Report, newest_before
from storage.tables import figures, obligations, totals
from storage.tables import units as unit_rows
from storage.units import within


@dataclass(frozen=True, slots=True)
class Total:
    """One indicator of one period over a unit and all below it.

    What the sums mean is the measure's affair (`plans/measures.py`): `numerator` over
    `denominator` for a ratio, `numerator` alone where `denominator` is 0.
    """

    period_key: str
    indicator: str
    numerator: Decimal
    denominator: Decimal
    figures: int


@dataclass(frozen=True, slots=True)
class UnitFigure:
    """What one unit reported of one indicator in one period, all its reports together."""

    unit_id: int
    period_key: str
    indicator: str
    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, slots=True)
class Reporting:
    """How many units of a subtree owe a duty for a period, and how many have reported.

    Excused units owe nothing and are left out; returned reports count as not reported.
    """

    duty_key: str
    period_key: str
    units_owing: int
    units_reported: int
    units_late: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Totals and reporting of one plan under one unit."""

    totals: tuple[Total, ...]
    reporting: tuple[Reporting, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit that has not reported. `due_at` is null while nobody has set a day."""

    obligation_id: int
    unit_id: int
    unit_name: str
    state: str
    due_at: datetime | None


async def progress(
    tx: AsyncConnection, plan_id: int, unit_id: int, period_key: str | None = None
) -> Progress:
    """How far a plan is under a unit, for one period or for all of them.

    Returns:
        Totals by period and indicator, and reporting by period and duty. An indicator that
        nobody reported has no row.

    Raises:
        KeyError: the unit does not exist.
    """
    top = await units.by_id(tx, unit_id)
    return Progress(
        await _totals(tx, plan_id, unit_id, period_key),
        await _reporting(tx, plan_id, top, period_key),
    )


async def _totals(
    tx: AsyncConnection, plan_id: int, unit_id: int, period_key: str | None
) -> tuple[Total, ...]:
    query = (
        select(
            totals.c.period_key,
            totals.c.indicator,
            totals.c.numerator,
            totals.c.denominator,
            totals.c.figures,
        )
        .where(totals.c.plan_id == plan_id, totals.c.unit_id == unit_id, totals.c.figures > 0)
        .order_by(totals.c.period_key, totals.c.indicator)
    )
    if period_key is not None:
        query = query.where(totals.c.period_key == period_key)
    return tuple(Total(*row) for row in await tx.execute(query))


async def _reporting(
    tx: AsyncConnection, plan_id: int, top: units.Unit, period_key: str | None
) -> tuple[Reporting, ...]:
    # by state, and added up here: the index alone answers it, row by row it would be the table
    states = (obligations.c.period_key, obligations.c.duty_key, obligations.c.state)
    query = (
        select(*states, func.count())
        .where(obligations.c.plan_id == plan_id)
        .group_by(*states)
        .order_by(obligations.c.period_key, obligations.c.duty_key)
    )
    if period_key is not None:
        query = query.where(obligations.c.period_key == period_key)
    if top.id != top.commune_id:  # every unit of a plan lies under its commune
        query = query.join(unit_rows, unit_rows.c.id == obligations.c.unit_id).where(
            units.within(unit_rows.c.path, top.path)
        )
    rows = await tx.execute(query)
    return tuple(
        _reported(duty, period, {state: count for *_, state, count in of_duty})
        for (period, duty), of_duty in groupby(rows, key=lambda row: (row[0], row[1]))
    )


def _reported(duty_key: str, period_key: str, by_state: Mapping[str, int]) -> Reporting:
    return Reporting(
        duty_key,
        period_key,
        units_owing=sum(by_state.values()) - by_state.get(EXCUSED, 0),
        units_reported=sum(by_state.get(state, 0) for state in REPORTED),
        units_late=by_state.get(LATE, 0),
    )


async def not_reported(
    tx: AsyncConnection, plan_id: int, duty_key: str, period_key: str, under_unit_id: int
) -> list[Missing]:
    """Units under this one that owe a duty for a period and have no report that stands, by name.

    Raises:
        KeyError: the unit does not exist.
    """
    top = await units.by_id(tx, under_unit_id)
    rows = await tx.execute(
        select(
            obligations.c.id,
            obligations.c.unit_id,
            unit_rows.c.name,
            obligations.c.state,
            obligations.c.due_at,
        )
        .join(unit_rows, unit_rows.c.id == obligations.c.unit_id)
        .where(
            obligations.c.plan_id == plan_id,
            obligations.c.duty_key == duty_key,
            obligations.c.period_key == period_key,
            obligations.c.state.not_in([ON_TIME, LATE, ACCEPTED, EXCUSED]),
            units.within(unit_rows.c.path, top.path),
        )
        .order_by(unit_rows.c.name, obligations.c.unit_id)
    )
    return [Missing(*row) for row in rows]


async def last_figures(
    tx: AsyncConnection, unit_id: int, plan_id: int, indicators: Sequence[str], before: str
) -> dict[str, Total]:
    """What a unit itself reported last on each indicator, in a period that closed before `before`.

    Confirmed cases are left out: the question is what the unit said. Periods whose key
    names no calendar period are passed over.

    Raises:
        PeriodError: `before` is no period.
    """
    closes = parse_key(before).data_to
    rows = await tx.execute(
        select(
            figures.c.period_key,
            figures.c.indicator,
            func.sum(figures.c.numerator, type_=figures.c.numerator.type),
            func.sum(figures.c.denominator, type_=figures.c.denominator.type),
            func.count(),
        )
        .where(
            figures.c.unit_id == unit_id,
            figures.c.plan_id == plan_id,
            figures.c.indicator.in_(list(indicators)),
            figures.c.report_id.is_not(None),
        )
        .group_by(figures.c.period_key, figures.c.indicator)
    )
    newest: dict[str, tuple[Any, Total]] = {}
    for row in rows:
        try:
            period = parse_key(row.period_key)
        except PeriodError:
            continue
        rank = (period.data_to, period.data_from)  # of two that close together, the shorter
        if period.data_to < closes and rank > newest.get(row.indicator, ((),))[0]:
            newest[row.indicator] = (rank, Total(*row))
    return {indicator: total for indicator, (_, total) in newest.items()}


async def last_answers(
    tx: AsyncConnection, unit_id: int, plan_id: int, duty_key: str, before: str
) -> Report | None:
    """The unit's newest standing report on this duty for another period, filed before now.

    Its answers are "last time's values" of the form.
    """
    return await newest_before(tx, unit_id, plan_id, duty_key, before)


async def unit_figures(
    tx: AsyncConnection, plan_id: int, path: str, indicators: Sequence[str], *, limit: int
) -> list[UnitFigure]:
    """Figures unit by unit under the unit with this path, for periods of the calendar only.

    Returns:
        `[]` when there are more than `limit`: then only the totals are fit to be read.
    """
    rows = await tx.execute(
        select(
            figures.c.unit_id,
            figures.c.period_key,
            figures.c.indicator,
            func.sum(figures.c.numerator),
            func.sum(figures.c.denominator),
        )
        .join(unit_rows, unit_rows.c.id == figures.c.unit_id)
        .where(
            figures.c.plan_id == plan_id,
            figures.c.indicator.in_(sorted(set(indicators))),
            within(unit_rows.c.path, path),
            ~figures.c.source.startswith("case:"),
        )
        .group_by(figures.c.unit_id, figures.c.period_key, figures.c.indicator)
        .limit(limit + 1)
    )
    found = [UnitFigure(*row) for row in rows if _of_calendar(row.period_key)]
    return found if len(found) <= limit else []


def _of_calendar(period_key: str) -> bool:
    try:
        return parse_key(period_key).kind is not PeriodKind.ONCE
    except PeriodError:
        return False
