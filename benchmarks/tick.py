"""One tick over 100,000 units: obligations made, states moved on, nudges found; beside a per-row loop.

`python -m benchmarks.tick --units 100000 --loop 1000 --database both`
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, select, text

from benchmarks.databases import NAMES, fresh_store
from benchmarks.tables_of_times import Timed, show
from plans.calendar import Calendar, local_time
from plans.ladder import DEFAULT, rung_due
from plans.loader import shipped_pack
from plans.owed import Owed, owed
from storage import nudges, obligations, plans
from storage.bulk import insert_many
from storage.engine import Store
from storage.ids import Ids
from storage.tables import accounts, memberships, persons, units
from storage.tables import nudges as nudge_rows
from storage.tables import obligations as obligation_rows

GOAL_S = 10.0
NOW = datetime(2026, 6, 13, 1, 30, tzinfo=UTC)
"""Saturday 13 June 2026, 08:30 in Vietnam: seven days before a due day of 20 June."""
CALENDAR = Calendar()


@dataclass(frozen=True)
class Country:
    """Many villages of one commune, each with one person to remind."""

    plan_id: int
    commune_id: int
    unit_ids: list[int]
    owed: Owed


async def build(store: Store, count: int, ids: Ids) -> Country:
    """Hà Đông's plan with `count` villages; not measured."""
    pack = shipped_pack("ha-dong")
    village = next(unit.key for unit in pack.units if unit.many and unit.kind == "village")
    duty = next(each for each in pack.duties if village in each.owed_by and each.rhythms)
    settings = {f"duty.{duty.key}.due": {"any": {"on": "06-20"}}}
    wanted = owed(pack, settings, CALENDAR, first=date(2026, 6, 1), last=date(2026, 6, 30))
    async with store.begin() as tx:
        made = await plans.import_pack(tx, pack, now=NOW, ids=ids)
        await _villages(tx, made.commune_id, village, count, ids)
        rows = await tx.scalars(select(units.c.id).where(units.c.pack_key == village))
        unit_ids = sorted(rows)
    async with store.begin() as tx:
        await tx.execute(text("ANALYZE"))  # as autovacuum has done by the time a tick comes
    only = next(each for each in wanted if each.duty_key == duty.key)
    return Country(made.plan_id, made.commune_id, unit_ids, only)


async def _villages(tx: Any, commune: int, key: str, count: int, ids: Ids) -> None:
    for start in range(0, count, 10_000):
        some = [(ids(), ids()) for _ in range(min(10_000, count - start))]
        await insert_many(
            tx, units,
            [{"id": u, "parent_id": commune, "path": f"/{commune}/{u}/", "commune_id": commune,
              "pack_key": key, "code": f"thon-{u}", "name": f"Thôn {u}", "aliases": [],
              "kind": "village"} for u, _ in some],
        )  # fmt: skip
        await insert_many(
            tx, persons, [{"id": p, "name": f"Người {p}", "created_at": NOW} for _, p in some]
        )
        await insert_many(
            tx, memberships,
            [{"id": ids(), "person_id": p, "unit_id": u, "role": "reporter", "since": NOW}
             for u, p in some],
        )  # fmt: skip
        await insert_many(
            tx, accounts,
            [{"id": ids(), "channel": "telegram", "account": "1", "address": str(p),
              "person_id": p, "created_at": NOW} for _, p in some],
        )  # fmt: skip


def rung_of(standing: nudges.Standing) -> str | None:
    """The default ladder, at `NOW`."""
    due = rung_due(
        standing.due_at, NOW, calendar=CALENDAR, ladder=DEFAULT, opened_at=standing.opens_at
    )
    return due.rung.key if due else None


async def timed(what: str, work: Awaitable[Any], note: str = "") -> tuple[Timed, Any]:
    """How long `work` took, and what came out."""
    start = time.perf_counter()
    result = await work
    return Timed(what, time.perf_counter() - start, note), result


async def ensure(store: Store, country: Country, ids: Ids) -> int:
    """Make what is owed, and move states on; committed."""
    async with store.begin() as tx:
        made = await obligations.ensure(
            tx, country.plan_id, country.commune_id, [country.owed], now=NOW, ids=ids
        )
        await obligations.advance(tx, now=NOW)
    return made


async def nudge(store: Store) -> int:
    """Find and keep every nudge, and read back what each person's message says; committed."""
    async with store.begin() as tx:
        return len(await nudges.tick(tx, now=NOW, rung_of=rung_of))


async def loop(store: Store, country: Country, unit_ids: Sequence[int], ids: Ids) -> None:
    """The same work unit by unit, each in a transaction of its own: how it is usually written."""
    for unit_id in unit_ids:
        async with store.begin() as tx:
            await _one_unit(tx, country, unit_id, ids)


async def _one_unit(tx: Any, country: Country, unit_id: int, ids: Ids) -> None:
    due_at = country.owed.due_at
    known = await tx.scalar(
        select(obligation_rows.c.id).where(
            obligation_rows.c.plan_id == country.plan_id,
            obligation_rows.c.duty_key == country.owed.duty_key,
            obligation_rows.c.period_key == "loop",
            obligation_rows.c.unit_id == unit_id,
        )
    )
    if known is not None or due_at is None:
        return
    row = {
        "id": ids(), "plan_id": country.plan_id, "duty_key": country.owed.duty_key,
        "unit_id": unit_id, "period_key": "loop", "opens_at": country.owed.opens_at,
        "due_at": due_at, "state": "open", "kind": "half_year",
    }  # fmt: skip
    await tx.execute(insert(obligation_rows).values(row))
    person = await tx.scalar(
        select(memberships.c.person_id)
        .join(accounts, accounts.c.person_id == memberships.c.person_id)
        .where(memberships.c.unit_id == unit_id, accounts.c.blocked_at.is_(None))
    )
    nudged = await tx.scalar(
        select(nudge_rows.c.person_id).where(
            nudge_rows.c.person_id == person, nudge_rows.c.day == local_time(NOW).date()
        )
    )
    rung = rung_of(nudges.Standing(country.plan_id, due_at, country.owed.opens_at, "half_year", ""))
    if person is not None and nudged is None and rung is not None:
        nudge_row = {
            "obligation_id": row["id"], "rung": rung, "person_id": person,
            "day": local_time(NOW).date(), "made_at": NOW,
        }  # fmt: skip
        await tx.execute(insert(nudge_rows).values(nudge_row))


async def measure(name: str, count: int, looped: int) -> None:
    """Measure on one database and print."""
    ids = Ids(1)
    async with fresh_store(name) as store:
        country = await build(store, count + looped, ids)
        # the loop has villages of its own: whoever was nudged by it would be skipped by the tick
        in_loop, in_tick = country.unit_ids[:looped], country.unit_ids[looped:]
        looping, _ = await timed("loop", loop(store, country, in_loop, ids))
        making, made = await timed("obligations made, states moved on", ensure(store, country, ids))
        finding, found = await timed("nudges found and kept, messages read", nudge(store))
        again, _ = await timed("the same tick again (nothing to do)", _again(store, country, ids))
    if found < len(in_tick) or made < len(in_tick):
        raise SystemExit(f"{name}: {made} obligations and {found} nudges for {len(in_tick)} units")
    whole = Timed(
        f"one tick, {count:,} units", making.seconds + finding.seconds, _verdict(making, finding)
    )
    scaled = Timed("per-row loop", looping.seconds / looped * count, f"{looped:,} units, scaled")
    show(f"tick on {name}", [whole, making, finding, again, scaled], reference=whole)


async def _again(store: Store, country: Country, ids: Ids) -> None:
    await ensure(store, country, ids)
    await nudge(store)


def _verdict(*parts: Timed) -> str:
    total = sum(part.seconds for part in parts)
    return f"goal under {GOAL_S:.0f} s: {'met' if total < GOAL_S else 'MISSED'}"


def main() -> None:
    """Measure on the databases asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--units", type=int, default=100_000)
    arguments.add_argument("--loop", type=int, default=1_000, help="units the loop is measured on")
    arguments.add_argument("--database", choices=(*NAMES, "both"), default="both")
    arguments.add_argument("--quick", action="store_true", help="small, to see that it works")
    asked = arguments.parse_args()
    count, looped = (2_000, 50) if asked.quick else (asked.units, asked.loop)
    for name in NAMES if asked.database == "both" else (asked.database,):
        asyncio.run(measure(name, count, looped))


if __name__ == "__main__":
    main()
