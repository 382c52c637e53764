"""Recount: figures anew from the reports, totals anew from the figures; do they agree?

`soxanh recount` runs this. It needs no plan and no flow: a report keeps what its answers came
to, a case keeps what it counts in. One plan and period is worked at a time, so that memory
stays small over millions of figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.engine import Store
from storage.figures import ZERO, Figure, case_source, differences
from storage.report_versions import COUNTING, amounts_of
from storage.tables import cases, figures, reports, totals, units
from storage.units import ids_of

SHOWN_DIFFERENCES = 200
"""How many differences are kept to be shown; all are counted, and all are repaired."""

Progressed = Callable[[int, int], None]
"""(parts done, parts in all)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure or total that is not what the reports say. None means there is no row.

    `source` is empty for a total, whose unit is the root of the subtree. The values are
    (numerator, denominator), and for a total how many figures.
    """

    plan_id: int
    period_key: str
    indicator: str
    unit_id: int
    source: str
    kept: tuple[Any, ...] | None
    right: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Recount:
    """The outcome: how much was looked at, and what did not agree."""

    figures: int
    totals: int
    different: int
    differences: tuple[Difference, ...]
    repaired: bool

    @property
    def agrees(self) -> bool:
        """Whether every figure and total is what the reports and cases say."""
        return self.different == 0


_Key = tuple[str, int, str]
"""(indicator, unit, source); the source is empty for totals."""
_Values = tuple[Any, ...]
_Part = tuple[int, str]
"""(plan, period): what is worked at a time."""


async def recount(
    store: Store, progressed: Progressed | None = None, *, repair: bool = False
) -> Recount:
    """Compare everything on one snapshot; with `repair` set right what differs, in one transaction.

    While it repairs, filings wait.
    """
    if not repair:
        async with store.read() as tx:
            return await recount_in(tx, progressed)
    async with store.begin() as tx:
        if store.dialect == "postgresql":
            await tx.execute(
                text(
                    "LOCK TABLE units, cases, reports, figures, totals IN SHARE ROW EXCLUSIVE MODE"
                )
            )
        return await recount_in(tx, progressed, repair=True)


async def recount_in(
    tx: AsyncConnection, progressed: Progressed | None = None, *, repair: bool = False
) -> Recount:
    """`recount` within a transaction that is open already."""
    rows = await tx.execute(select(units.c.id, units.c.path))
    paths = {unit_id: ids_of(path) for unit_id, path in rows}
    of_cases = await _figures_of_cases(tx)
    parts = await _parts(tx, of_cases)
    seen_figures = seen_totals = different = 0
    shown: list[Difference] = []
    for done, part in enumerate(parts, start=1):
        right = await _right_figures(tx, part, of_cases.get(part, []))
        wrong_figures = _compare(await _kept_figures(tx, part), _keyed(right))
        right_totals = _right_totals(right, paths)
        wrong_totals = _compare(await _kept_totals(tx, part), right_totals)
        seen_figures += len(right)
        seen_totals += len(right_totals)
        different += len(wrong_figures) + len(wrong_totals)
        for key, kept, wanted in (*wrong_figures, *wrong_totals):
            if len(shown) < SHOWN_DIFFERENCES:
                plan_id, period = part
                shown.append(Difference(plan_id, period, *key, kept, wanted))
        if repair:
            await _repair_figures(tx, part, {key for key, _, _ in wrong_figures}, right)
            await _repair_totals(tx, part, wrong_totals)
        if progressed:
            progressed(done, len(parts))
    return Recount(seen_figures, seen_totals, different, tuple(shown), repair)


async def _figures_of_cases(tx: AsyncConnection) -> dict[_Part, list[Figure]]:
    rows = await tx.execute(
        select(
            cases.c.id, cases.c.plan_id, cases.c.unit_id, cases.c.commune_id, cases.c.counted
        ).where(cases.c.counted.is_not(None), cases.c.plan_id.is_not(None))
    )
    found: dict[_Part, list[Figure]] = {}
    for row in rows:
        for period, indicator in row.counted or ():
            figure = Figure(
                period, row.plan_id, indicator, row.unit_id or row.commune_id,
                case_source(row.id), Decimal(1), ZERO,
            )  # fmt: skip
            found.setdefault((row.plan_id, period), []).append(figure)
    return found


async def _parts(tx: AsyncConnection, of_cases: Mapping[_Part, Any]) -> list[_Part]:
    found = set(of_cases)
    for table in (reports, figures, totals):
        rows = await tx.execute(
            select(table.c.plan_id, table.c.period_key)
            .where(table.c.plan_id.is_not(None))
            .distinct()
        )
        found |= {(plan_id, period) for plan_id, period in rows}
    return sorted(found)


async def _right_figures(tx: AsyncConnection, part: _Part, of_cases: list[Figure]) -> list[Figure]:
    plan_id, period = part
    rows = await tx.execute(
        select(reports.c.id, reports.c.code, reports.c.unit_id, reports.c.figures).where(
            reports.c.plan_id == plan_id,
            reports.c.period_key == period,
            reports.c.state.in_(COUNTING),
        )
    )
    return of_cases + [
        Figure(period, plan_id, each.indicator, row.unit_id, row.code,
               each.numerator, each.denominator, row.id)
        for row in rows
        for each in amounts_of(row.figures)
    ]  # fmt: skip


def _keyed(some: list[Figure]) -> dict[_Key, _Values]:
    return {
        (each.indicator, each.unit_id, each.source): (
            each.numerator,
            each.denominator,
            each.report_id,
        )
        for each in some
    }


async def _kept_figures(tx: AsyncConnection, part: _Part) -> dict[_Key, _Values]:
    plan_id, period = part
    rows = await tx.execute(
        select(
            figures.c.indicator,
            figures.c.unit_id,
            figures.c.source,
            figures.c.numerator,
            figures.c.denominator,
            figures.c.report_id,
        ).where(figures.c.period_key == period, figures.c.plan_id == plan_id)
    )
    return {tuple(row[:3]): tuple(row[3:]) for row in rows}


def _right_totals(right: list[Figure], paths: Mapping[int, tuple[int, ...]]) -> dict[_Key, _Values]:
    return {
        (indicator, root, ""): sums
        for (_, root, _, indicator), sums in differences((), right, paths).items()
    }


async def _kept_totals(tx: AsyncConnection, part: _Part) -> dict[_Key, _Values]:
    plan_id, period = part
    rows = await tx.execute(
        select(
            totals.c.indicator,
            totals.c.unit_id,
            totals.c.numerator,
            totals.c.denominator,
            totals.c.figures,
        ).where(totals.c.plan_id == plan_id, totals.c.period_key == period)
    )
    # a total of nothing is as good as no row
    return {(row[0], row[1], ""): tuple(row[2:]) for row in rows if any(row[2:])}


def _compare(
    kept: Mapping[_Key, _Values], right: Mapping[_Key, _Values]
) -> list[tuple[_Key, _Values | None, _Values | None]]:
    return [
        (key, kept.get(key), right.get(key))
        for key in sorted(kept.keys() | right.keys())
        if kept.get(key) != right.get(key)
    ]


async def _repair_figures(
    tx: AsyncConnection, part: _Part, wrong: set[_Key], right: list[Figure]
) -> None:
    plan_id, period = part
    for indicator, unit_id, source in sorted(wrong):
        await tx.execute(
            delete(figures).where(
                figures.c.period_key == period,
                figures.c.plan_id == plan_id,
                figures.c.indicator == indicator,
                figures.c.unit_id == unit_id,
                figures.c.source == source,
            )
        )
    await insert_many(
        tx,
        figures,
        [
            {name: getattr(each, name) for name in Figure.__slots__}
            for each in right
            if (each.indicator, each.unit_id, each.source) in wrong
        ],
    )


async def _repair_totals(
    tx: AsyncConnection,
    part: _Part,
    wrong: list[tuple[_Key, _Values | None, _Values | None]],
) -> None:
    await insert_many(tx, totals, list(_totals_rows(part, wrong)), update=("numerator", "denominator", "figures"))  # fmt: skip


def _totals_rows(
    part: _Part, wrong: list[tuple[_Key, _Values | None, _Values | None]]
) -> Iterator[dict[str, Any]]:
    plan_id, period = part
    for (indicator, unit_id, _), _, right in wrong:
        numerator, denominator, count = right or (ZERO, ZERO, 0)
        yield {
            "plan_id": plan_id,
            "unit_id": unit_id,
            "period_key": period,
            "indicator": indicator,
            "numerator": numerator,
            "denominator": denominator,
            "figures": count,
        }
