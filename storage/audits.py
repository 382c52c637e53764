"""The trace of what was done to whom: written beside the deed, in its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import NewId
from storage.tables import audits


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `subject` is "kind:id", such as "person:7"."""

    id: int
    at: datetime
    person_id: int | None
    action: str
    subject: str
    details: dict[str, Any]


async def record(
    tx: AsyncConnection,
    action: str,
    subject: str,
    *,
    by: int | None,
    details: Mapping[str, Any] | None = None,
    now: datetime,
    ids: NewId,
) -> None:
    """Keep that `by` (None: the program itself) did `action` to `subject`.

    `details` hold ids and keys, never a person's words, name or number.
    """
    row = {"id": ids(), "at": now, "person_id": by, "action": action, "subject": subject}
    await tx.execute(insert(audits).values(**row, details=dict(details or {})))


async def about(tx: AsyncConnection, subject: str, limit: int = 100) -> list[AuditRow]:
    """What was done to `subject`, newest first."""
    rows = await tx.execute(
        select(audits)
        .where(audits.c.subject == subject)
        .order_by(audits.c.at.desc(), audits.c.id.desc())
        .limit(limit)
    )
    return [AuditRow(**row._mapping) for row in rows]
