"""Figures out of reports and cases, and their totals over every subtree.

A figure counts for its unit and all units above it. Whoever changes figures goes through
this module, which changes the totals by the difference, in the same transaction and in
the order of their keys, so that two batches never wait for each other in a circle
(docs/decisions/0007-figures-and-totals.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.tables import figures, plans, totals, units

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """What one report says of one indicator. `denominator` is 0 where the measure has none."""

    indicator: str
    numerator: Decimal
    denominator: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Figure:
    """One number out of `source`: a report's code, or "case:<id>"."""

    period_key: str
    plan_id: int
    indicator: str
    unit_id: int
    source: str
    numerator: Decimal
    denominator: Decimal
    report_id: int | None = None


TotalKey = tuple[int, int, str, str]
"""(plan, root of the subtree, period, indicator): the key of `totals`, and the order of its writes."""

Sums = tuple[Decimal, Decimal, int]
"""(numerator, denominator, how many figures)."""


async def lock_units(tx: AsyncConnection, unit_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Hold these units until the transaction ends, and say which ancestors each counts for.

    Two filings for one unit then come one after the other, and no unit moves to other
    ancestors while its totals are being written.
    """
    rows = await tx.execute(
        select(units.c.id, units.c.path)
        .where(units.c.id.in_(sorted(set(unit_ids))))
        .order_by(units.c.id)
        .with_for_update(key_share=True)
    )
    return {unit_id: tuple(map(int, path.strip("/").split("/"))) for unit_id, path in rows}


async def of_sources(tx: AsyncConnection, sources: Sequence[str]) -> list[Figure]:
    """The figures that now count out of these sources."""
    rows = await tx.execute(
        select(
            figures.c.period_key,
            figures.c.plan_id,
            figures.c.indicator,
            figures.c.unit_id,
            figures.c.source,
            figures.c.numerator,
            figures.c.denominator,
            figures.c.report_id,
        ).where(figures.c.source.in_(sources))
    )
    return [Figure(*row) for row in rows]


async def replace(tx: AsyncConnection, sources: Sequence[str], new: Sequence[Figure]) -> None:
    """Let `new` stand for all that `sources` said before; totals follow.

    Args:
        sources: whose figures go; a source without figures is fine.
        new: what counts from now on, one figure per source, period and indicator.

    Raises:
        KeyError: a figure's unit does not exist.
    """
    old = await of_sources(tx, sources) if sources else []
    if not old and not new:
        return
    paths = await lock_units(tx, [each.unit_id for each in (*old, *new)])
    if old:
        await tx.execute(delete(figures).where(figures.c.source.in_(sources)))
    await insert_many(tx, figures, [_row(each) for each in new])
    await add_to_totals(tx, differences(old, new, paths))


def _row(figure: Figure) -> dict[str, object]:
    return {name: getattr(figure, name) for name in Figure.__slots__}


def differences(
    old: Iterable[Figure], new: Iterable[Figure], paths: Mapping[int, tuple[int, ...]]
) -> dict[TotalKey, Sums]:
    """By how much each total changes when `new` takes the place of `old`; nothing for no change.

    `paths` gives the ancestors of every unit, itself included.
    """
    found: dict[TotalKey, Sums] = defaultdict(lambda: (ZERO, ZERO, 0))
    for sign, some in ((-1, old), (1, new)):
        for each in some:
            for root in paths[each.unit_id]:
                key = (each.plan_id, root, each.period_key, each.indicator)
                numerator, denominator, count = found[key]
                found[key] = (
                    numerator + sign * each.numerator,
                    denominator + sign * each.denominator,
                    count + sign,
                )
    return {key: sums for key, sums in found.items() if any(sums)}


async def add_to_totals(tx: AsyncConnection, by: Mapping[TotalKey, Sums]) -> None:
    """Change totals by these differences; `insert_many` writes in the order of their keys."""
    names = [column.name for column in totals.c]
    rows = [dict(zip(names, (*key, *by[key]), strict=True)) for key in by]
    await insert_many(tx, totals, rows, add=("numerator", "denominator", "figures"))


async def shift_totals(
    tx: AsyncConnection, unit_id: int, *, out_of: Sequence[int], into: Sequence[int]
) -> None:
    """Take what a unit's subtree adds up to out of some ancestors, and put it into others."""
    rows = await tx.execute(
        # naming the plans lets the key (plan, unit, …) serve: without them it is a full scan
        select(totals).where(totals.c.plan_id.in_(select(plans.c.id)), totals.c.unit_id == unit_id)
    )
    by: dict[TotalKey, Sums] = {}
    for row in rows:
        for sign, roots in ((-1, out_of), (1, into)):
            for root in roots:
                by[(row.plan_id, root, row.period_key, row.indicator)] = (
                    sign * row.numerator,
                    sign * row.denominator,
                    sign * row.figures,
                )
    await add_to_totals(tx, by)


def case_source(case_id: int) -> str:
    """The source under which a confirmed case counts."""
    return f"case:{case_id}"


async def count_case(
    tx: AsyncConnection,
    case_id: int,
    *,
    plan_id: int,
    unit_id: int,
    counts_in: Sequence[tuple[str, str]],
) -> None:
    """Let a confirmed case count one for `unit_id` in each (period, indicator) of `counts_in`."""
    source = case_source(case_id)
    counted = [
        Figure(period, plan_id, indicator, unit_id, source, Decimal(1), ZERO)
        for period, indicator in dict.fromkeys(counts_in)
    ]
    await replace(tx, [source], counted)


async def uncount_case(tx: AsyncConnection, case_id: int) -> None:
    """Let a case count nowhere any more: it was rejected, merged, or its confirmation taken back."""
    await replace(tx, [case_source(case_id)], [])
