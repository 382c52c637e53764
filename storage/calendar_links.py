"""Secret addresses of calendars: a keyed hash of whose it is and of a serial. Nothing secret is stored.

Another serial gives another address, and the old one opens nothing any more. Whoever has the
database alone can make no address; whoever has an address learns nothing of another
(docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import calendar_links
from storage.upserts import insert_into

Kind = Literal["person", "unit"]

_LETTERS: dict[str, Kind] = {"p": "person", "u": "unit"}
_TOKEN = re.compile(r"([pu])([0-9]{1,19})-([0-9a-f]{40})", re.ASCII)


async def link(
    tx: AsyncConnection,
    key: bytes,
    kind: Kind,
    subject_id: int,
    *,
    anew: bool = False,
    now: datetime,
) -> str:
    """The token of a calendar's address; with `anew` another one, and the old is void.

    Args:
        key: the installation's own, for this purpose only (`Seal.derive("calendar")`).
    """
    upsert = insert_into(tx, calendar_links).values(
        kind=kind, subject_id=subject_id, serial=1, made_at=now
    )
    at = ["kind", "subject_id"]
    if anew:
        changed = {"serial": calendar_links.c.serial + 1, "made_at": now}
        await tx.execute(upsert.on_conflict_do_update(index_elements=at, set_=changed))
    else:
        await tx.execute(upsert.on_conflict_do_nothing(index_elements=at))
    serial = await _serial(tx, kind, subject_id)
    assert serial is not None  # it was just written
    return f"{kind[0]}{subject_id}-{_hash(key, kind, subject_id, serial)}"


async def subject_of(tx: AsyncConnection, key: bytes, token: str) -> tuple[Kind, int] | None:
    """Whose calendar this token opens; None for what is guessed, old or no token at all."""
    found = _TOKEN.fullmatch(token)
    if found is None or int(found[2]) >= 1 << 63:
        return None
    kind, subject_id = _LETTERS[found[1]], int(found[2])
    serial = await _serial(tx, kind, subject_id)
    # hashed also where there is none, so that the time taken tells nothing
    good = _hash(key, kind, subject_id, serial or 0)
    if not hmac.compare_digest(good, found[3]) or serial is None:
        return None
    return kind, subject_id


async def _serial(tx: AsyncConnection, kind: str, subject_id: int) -> int | None:
    found: int | None = await tx.scalar(
        select(calendar_links.c.serial).where(
            calendar_links.c.kind == kind, calendar_links.c.subject_id == subject_id
        )
    )
    return found


def _hash(key: bytes, kind: str, subject_id: int, serial: int) -> str:
    message = f"{kind}:{subject_id}:{serial}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:40]
