"""What keeps the door open for honest people: limits a day, a second look at a flood, blocks.

Persons and addresses are kept as keyed hashes only, so that a count or a block never leads back
to a reporter who asked not to be named.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from storage.bulk import insert_many
from storage.ids import NewId
from storage.tables import case_blocks, case_counts, cases, sealed_reporters


class Hashing(Protocol):
    """What makes keys of persons and addresses (`storage/secrets.py`)."""

    def blind_index(self, person_id: int) -> str:
        """A keyed hash of the person's id."""
        ...

    def derive(self, purpose: str) -> bytes:
        """A key for another purpose."""
        ...


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much may come: cases a local day, and strangers' first reports an hour in a commune.

    The numbers are ours; the office sets others (`cases.limit.person`, `.address`, `.strangers`).
    """

    person_a_day: int = 5
    address_a_day: int = 10
    strangers_an_hour: int = 8


def allowed(settings: Mapping[str, Any]) -> Allowed:
    """The limits of a commune: the office's own where they are whole numbers of at least one."""

    def number(key: str, usual: int) -> int:
        value = settings.get(f"cases.limit.{key}")
        return value if isinstance(value, int) and value >= 1 else usual

    usual = Allowed()
    return Allowed(
        number("person", usual.person_a_day),
        number("address", usual.address_a_day),
        number("strangers", usual.strangers_an_hour),
    )


def address_key(hashing: Hashing, address: str) -> str:
    """The key of where somebody writes from: a chat's address, or an IP address."""
    key = hashing.derive("case addresses")
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()


async def over_limit(
    tx: AsyncConnection, limits: Allowed, *, person_key: str, address: str, now: datetime
) -> Literal["person", "address"] | None:
    """Which limit of the day is used up, None when one more case may be opened."""
    day = _day(now)
    if await _count(tx, "person", person_key, [day]) >= limits.person_a_day:
        return "person"
    if await _count(tx, "address", address, [day]) >= limits.address_a_day:
        return "address"
    return None


async def count(tx: AsyncConnection, *, person_key: str, address: str, now: datetime) -> None:
    """One more case was opened by this person from this address (`address_key`)."""
    rows = [
        {"kind": kind, "key": key, "bucket": _day(now), "count": 1}
        for kind, key in (("person", person_key), ("address", address))
    ]
    await insert_many(tx, case_counts, rows, add=("count",))


async def a_flood_of_strangers(
    tx: AsyncConnection, commune_id: int, limits: Allowed, *, now: datetime
) -> bool:
    """Count a stranger's first report; whether more came this hour and the last than may go on unseen."""
    here, before = _hour(now), _hour(now - timedelta(hours=1))
    row = {"kind": "strangers", "key": str(commune_id), "bucket": here, "count": 1}
    await insert_many(tx, case_counts, [row], add=("count",))
    came = await _count(tx, "strangers", str(commune_id), [before, here])
    return came > limits.strangers_an_hour


async def is_stranger(tx: AsyncConnection, person_id: int, *, person_key: str) -> bool:
    """Whether this person never opened a case before, named or sealed."""
    named = await tx.scalar(select(cases.c.id).where(cases.c.reporter_id == person_id).limit(1))
    sealed = await tx.scalar(
        select(sealed_reporters.c.case_id)
        .where(sealed_reporters.c.blind_index == person_key)
        .limit(1)
    )
    return named is None and sealed is None


async def _count(tx: AsyncConnection, kind: str, key: str, buckets: list[str]) -> int:
    found: int | None = await tx.scalar(
        select(func.sum(case_counts.c.count)).where(
            case_counts.c.kind == kind, case_counts.c.key == key, case_counts.c.bucket.in_(buckets)
        )
    )
    return int(found or 0)


def _day(now: datetime) -> str:
    return local_time(now).date().isoformat()


def _hour(now: datetime) -> str:
    return local_time(now).strftime("%Y-%m-%dT%H")


async def release(tx: AsyncConnection, case_id: int) -> bool:
    """Let a held case go on; False when it was not held (or somebody was faster)."""
    done = await tx.execute(
        update(cases).where(cases.c.id == case_id, cases.c.held.is_(True)).values(held=False)
    )
    return done.rowcount == 1


# --- blocks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Block:
    """Why somebody may open no more cases, over which case, and what they said against it."""

    id: int
    case_id: int
    why: str
    blocked_by: int
    blocked_at: datetime
    appeal: str | None
    appealed_at: datetime | None
    lifted_at: datetime | None


_BLOCK = [case_blocks.c[name] for name in Block.__slots__]


async def block(
    tx: AsyncConnection,
    case_id: int,
    person_key: str,
    *,
    by: int,
    why: str,
    now: datetime,
    ids: NewId,
) -> bool:
    """Let this person open no more cases; False when they are blocked already.

    Raises:
        ValueError: no reason given.
    """
    if not why.strip():
        raise ValueError("a person is blocked for a reason")
    if await blocked(tx, person_key) is not None:
        return False
    await tx.execute(
        insert(case_blocks).values(
            id=ids(), person_key=person_key, case_id=case_id, why=why, blocked_by=by, blocked_at=now
        )
    )
    return True


async def blocked(tx: AsyncConnection, person_key: str) -> Block | None:
    """The block that stands against this person, None when there is none."""
    row = (
        await tx.execute(
            select(*_BLOCK).where(
                case_blocks.c.person_key == person_key, case_blocks.c.lifted_at.is_(None)
            )
        )
    ).first()
    return Block(**row._mapping) if row else None


async def block_over(tx: AsyncConnection, case_id: int) -> Block | None:
    """The newest block over a case that still stands, for officials."""
    row = (
        await tx.execute(
            select(*_BLOCK)
            .where(case_blocks.c.case_id == case_id, case_blocks.c.lifted_at.is_(None))
            .order_by(case_blocks.c.blocked_at.desc())
            .limit(1)
        )
    ).first()
    return Block(**row._mapping) if row else None


async def appeal(
    tx: AsyncConnection, person_key: str, *, words: str, now: datetime
) -> Block | None:
    """Keep what a blocked person says against it; None when no block stands."""
    await tx.execute(
        update(case_blocks)
        .where(case_blocks.c.person_key == person_key, case_blocks.c.lifted_at.is_(None))
        .values(appeal=words, appealed_at=now)
    )
    return await blocked(tx, person_key)


async def lift(tx: AsyncConnection, case_id: int, *, by: int, now: datetime) -> bool:
    """End the block over this case; False when none stands."""
    done = await tx.execute(
        update(case_blocks)
        .where(case_blocks.c.case_id == case_id, case_blocks.c.lifted_at.is_(None))
        .values(lifted_by=by, lifted_at=now)
    )
    return done.rowcount > 0
