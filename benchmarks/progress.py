"""How far a plan is over 5,000,000 figures, beside adding them up; and what the totals cost when filing.

`python -m benchmarks.progress --figures 5000000 --database both`
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks.databases import NAMES, fresh_store
from benchmarks.tables_of_times import Timed, show
from storage import figures, progress, reports
from storage.bulk import insert_many
from storage.engine import Store
from storage.ids import Ids
from storage.reports import Amount, Filing
from storage.tables import figures as figure_rows
from storage.tables import persons, plans, units

GOAL_S = 0.05
NOW = datetime(2026, 6, 13, 1, 30, tzinfo=UTC)
PLANS, INDICATORS = 20, 10
PERIODS = ("2026-Q1", "2026-H1", "2026-Q3", "2026", "2027-H1")
BATCH = 32
"""Filings in one transaction: what a busy moment of 64 chats gives."""


@dataclass(frozen=True)
class Country:
    """Twenty plans of twenty communes, each with the same number of villages."""

    plan_ids: list[int]
    commune_ids: list[int]
    villages: dict[int, list[int]]
    person_id: int


async def build(store: Store, figures_wanted: int, ids: Ids) -> Country:
    """Units, figures, totals and obligations; not measured."""
    villages_each = max(1, figures_wanted // (PLANS * INDICATORS * len(PERIODS)))
    person_id = ids()
    plan_ids, commune_ids, villages = [], [], {}
    async with store.begin() as tx:
        await insert_many(tx, persons, [{"id": person_id, "name": "", "created_at": NOW}])
        for number in range(PLANS):
            plan, commune = ids(), ids()
            below = [ids() for _ in range(villages_each)]
            await insert_many(tx, units, list(_units(number, commune, below)))
            await insert_many(
                tx, plans,
                [{"id": plan, "key": f"plan-{number}", "commune_id": commune, "pack": {},
                  "digest": str(number), "imported_at": NOW}],
            )  # fmt: skip
            plan_ids.append(plan)
            commune_ids.append(commune)
            villages[plan] = below
    await _fill(store)
    return Country(plan_ids, commune_ids, villages, person_id)


def _units(number: int, commune: int, below: list[int]) -> Iterator[dict[str, Any]]:
    common = {"commune_id": commune, "aliases": []}
    yield common | {"id": commune, "path": f"/{commune}/", "code": f"xa-{number}",
                    "name": f"Xã {number}", "kind": "commune"}  # fmt: skip
    for unit in below:
        yield common | {
            "id": unit, "parent_id": commune, "path": f"/{commune}/{unit}/", "kind": "village",
            "code": f"thon-{unit}", "name": f"Thôn {unit}", "pack_key": "thon",
        }  # fmt: skip


_EVERY = """
WITH periods(period_key) AS (VALUES {periods}), indicators(indicator) AS (VALUES {indicators})
SELECT {columns} FROM periods CROSS JOIN plans JOIN units u
  ON u.commune_id = plans.commune_id AND u.id <> u.commune_id {more}
"""


def _every(columns: str, *, by_indicator: bool = True) -> str:
    return _EVERY.format(
        periods=", ".join(f"('{key}')" for key in PERIODS),
        indicators=", ".join(f"('chi-so-{n}')" for n in range(INDICATORS)),
        columns=columns,
        more="CROSS JOIN indicators" if by_indicator else "",
    )


async def _fill(store: Store) -> None:
    value = "(u.id % 997) * 10000"
    statements = (
        "INSERT INTO figures (period_key, plan_id, indicator, unit_id, source, numerator,"
        " denominator)"
        + _every(
            f"period_key, plans.id, indicator, u.id, 'BC-' || u.id || period_key, {value}, 9970000"
        ),
        "INSERT INTO totals (plan_id, unit_id, period_key, indicator, numerator, denominator,"
        " figures)" + _every(f"plans.id, u.id, period_key, indicator, {value}, 9970000, 1"),
        "INSERT INTO totals (plan_id, unit_id, period_key, indicator, numerator, denominator,"
        " figures) SELECT f.plan_id, p.commune_id, period_key, indicator, SUM(numerator),"
        " SUM(denominator), COUNT(*) FROM figures f JOIN plans p ON p.id = f.plan_id"
        " GROUP BY f.plan_id, p.commune_id, period_key, indicator",
        "INSERT INTO obligations (id, plan_id, duty_key, unit_id, period_key, opens_at, state,"
        " kind, escalation)"
        + _every(
            "row_number() OVER (ORDER BY period_key, u.id), plans.id, 'dinh-ky', u.id, period_key,"
            " '2026-01-01 00:00:00', 'filed_on_time', 'quarter', 0",
            by_indicator=False,
        ),
    )
    for statement in statements:
        async with store.begin() as tx:
            typed = "TIMESTAMPTZ '2026" if tx.dialect.name == "postgresql" else "'2026"
            await tx.execute(text(statement.replace("'2026-01-01", f"{typed}-01-01")))
    async with store.begin() as tx:
        await tx.execute(text("ANALYZE"))
    if store.dialect == "postgresql":
        await _vacuumed(store)


async def _vacuumed(store: Store) -> None:
    """What autovacuum does within a minute of such an import; without it no index alone answers anything."""
    engine = create_async_engine(store.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as plain:
        await plain.execute(text("VACUUM (ANALYZE)"))
    await engine.dispose()


async def typical(work: Callable[[], Awaitable[Any]], times: int) -> float:
    """The median seconds of `work`, after one run that does not count."""
    await work()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


async def reading(store: Store, country: Country, times: int) -> None:
    """Progress from the totals, beside GROUP BY over the figures."""
    rng = random.Random(1)

    async def asked(period: str | None) -> None:
        at = rng.randrange(PLANS)
        async with store.read() as tx:
            await progress.progress(tx, country.plan_ids[at], country.commune_ids[at], period)

    async def one_village() -> None:
        plan = rng.choice(country.plan_ids)
        async with store.read() as tx:
            unit = rng.choice(country.villages[plan])
            await progress.progress(tx, plan, unit, rng.choice(PERIODS))

    async def added_up(plan: int | None, period: str | None) -> None:
        sums = (figure_rows.c.numerator, figure_rows.c.denominator)
        query = select(
            figure_rows.c.plan_id, figure_rows.c.period_key, figure_rows.c.indicator,
            *(func.sum(column) for column in sums), func.count(),
        ).group_by(figure_rows.c.plan_id, figure_rows.c.period_key, figure_rows.c.indicator)  # fmt: skip
        if plan is not None:
            query = query.where(figure_rows.c.plan_id == plan)
        if period is not None:
            query = query.where(figure_rows.c.period_key == period)
        async with store.read() as tx:
            list(await tx.execute(query))

    one = Timed(
        "progress of a plan, one period", await typical(lambda: asked(rng.choice(PERIODS)), times)
    )
    every = Timed("progress of a plan, all periods", await typical(lambda: asked(None), times))
    unit = Timed("progress of one village", await typical(one_village, times))
    few = max(3, times // 10)
    plain_one = Timed(
        "GROUP BY, one plan and period",
        await typical(lambda: added_up(rng.choice(country.plan_ids), rng.choice(PERIODS)), few),
    )
    plain_plan = Timed(
        "GROUP BY, one plan, all periods",
        await typical(lambda: added_up(rng.choice(country.plan_ids), None), few),
    )
    plain_all = Timed("GROUP BY, everything", await typical(lambda: added_up(None, None), 3))
    goal = "met" if every.seconds < GOAL_S else "MISSED"
    rows = [one, every, unit, plain_one, plain_plan, plain_all]
    note = f"progress on {store.dialect}; goal under {GOAL_S * 1000:.0f} ms: {goal}"
    show(note, rows, reference=every)


@contextmanager
def without_totals() -> Iterator[None]:
    """Filing as it would be if nobody kept totals; for the difference only."""
    kept = figures.add_to_totals

    async def nothing(*_: Any) -> None:
        return None

    figures.add_to_totals = nothing
    try:
        yield
    finally:
        figures.add_to_totals = kept


async def filing(store: Store, country: Country, rounds: int, ids: Ids) -> None:
    """What keeping the totals adds to filing, batches of 32 and single filings, in turns."""
    rng = random.Random(2)

    async def file(count: int) -> float:
        batch = [_filing(country, rng, ids()) for _ in range(count)]
        start = time.perf_counter()
        async with store.begin() as tx:
            await reports.file_all(tx, batch, now=NOW, ids=ids)
        return time.perf_counter() - start

    rows = []
    for count in (BATCH, 1):
        with_them: list[float] = []
        without: list[float] = []
        await file(count)
        for _ in range(rounds):
            with_them.append(await file(count))
            with without_totals():
                without.append(await file(count))
        name = f"filing, {count} at once"
        rows += [
            Timed(f"{name}, totals kept", statistics.median(with_them) / count, "a report"),
            Timed(f"{name}, without totals", statistics.median(without) / count, "a report"),
        ]
    note = ", ".join(
        f"{rows[at].seconds / rows[at + 1].seconds - 1:+.0%} ({rows[at].what.split(',')[1].strip()})"
        for at in (0, 2)
    )
    show(f"filing on {store.dialect}: totals cost {note}", rows, reference=rows[0])


def _filing(country: Country, rng: random.Random, number: int) -> Filing:
    plan = rng.choice(country.plan_ids)
    amounts = tuple(
        Amount(f"chi-so-{n}", Decimal(rng.randrange(1000)), Decimal(1000))
        for n in range(INDICATORS)
    )
    return Filing(
        form=reports.CAMPAIGN,  # stands alone: every filing adds, none takes another's place
        unit_id=rng.choice(country.villages[plan]),
        filed_by=country.person_id,
        answers={"n": number},
        plan_id=plan,
        subject_key="do",
        period_key=PERIODS[1],
        amounts=amounts,
    )


async def measure(name: str, count: int, times: int) -> None:
    """Measure on one database and print."""
    ids = Ids(1)
    async with fresh_store(name) as store:
        start = time.perf_counter()
        country = await build(store, count, ids)
        async with store.read() as tx:
            there = await tx.scalar(select(func.count()).select_from(figure_rows))
        print(f"\n{name}: {there:,} figures laid out in {time.perf_counter() - start:.0f} s")
        await reading(store, country, times)
        await filing(store, country, times, ids)


def main() -> None:
    """Measure on the databases asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--figures", type=int, default=5_000_000)
    arguments.add_argument("--times", type=int, default=50, help="runs behind each median")
    arguments.add_argument("--database", choices=(*NAMES, "both"), default="both")
    arguments.add_argument("--quick", action="store_true", help="small, to see that it works")
    asked = arguments.parse_args()
    count, times = (50_000, 5) if asked.quick else (asked.figures, asked.times)
    for name in NAMES if asked.database == "both" else (asked.database,):
        asyncio.run(measure(name, count, times))


if __name__ == "__main__":
    main()
