"""What the office set, apart from the plan: due days, routes, quiet hours. Every change leaves a trace.

Keys in use: `duty.<duty>.due`, `duty.<duty>.periods`, `periods.cutoff` (`plans/owed.py`),
`route.<violation>` (a unit's code), `responsible` (who answers for the bot, as people read it),
`quiet_hours` ({"from": "20:30", "to": "06:30"}).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct, locks
from storage.ids import NewId
from storage.tables import audits, office_settings
from storage.upserts import insert_into

ACTION = "office.set"


async def settings_of(tx: AsyncConnection, commune_id: int) -> dict[str, Any]:
    """Everything the office of a commune set, by key."""
    rows = await tx.execute(
        select(office_settings.c.key, office_settings.c.value).where(
            office_settings.c.commune_id == commune_id
        )
    )
    return {row.key: row.value for row in rows}


async def settings_of_all(tx: AsyncConnection) -> dict[int, dict[str, Any]]:
    """Everything that any office set, by commune and key; communes that set nothing are left out."""
    found: dict[int, dict[str, Any]] = {}
    for commune_id, key, value in await direct.rows(tx, _ALL, {}):
        found.setdefault(commune_id, {})[key] = value
    return found


_ALL = select(office_settings.c.commune_id, office_settings.c.key, office_settings.c.value)


async def setting(tx: AsyncConnection, commune_id: int, key: str) -> Any:
    """One setting, or None where the office has not said."""
    return await tx.scalar(
        select(office_settings.c.value).where(
            office_settings.c.commune_id == commune_id, office_settings.c.key == key
        )
    )


async def responsible(tx: AsyncConnection) -> str:
    """Who answers for the bot, as the office named them; "" where none did, or several communes differ.

    A newcomer belongs to no commune yet, so only what all offices agree on can be said.
    """
    said = await tx.scalars(
        select(office_settings.c.value).where(office_settings.c.key == RESPONSIBLE)
    )
    names = {value.strip() for value in said if isinstance(value, str) and value.strip()}
    return names.pop() if len(names) == 1 else ""


RESPONSIBLE = "responsible"


async def set_to(
    tx: AsyncConnection,
    commune_id: int,
    key: str,
    value: Any,
    *,
    by: int | None,
    now: datetime,
    ids: NewId,
) -> bool:
    """Set a value, or take the setting away with None; returns whether anything changed.

    The audit row keeps the value before and after. `by` is null for the program itself.
    """
    await locks.hold(tx, f"office.{commune_id}")
    before = await setting(tx, commune_id, key)
    if before == value:
        return False
    await _write(tx, commune_id, key, value, by, now)
    await tx.execute(
        insert(audits).values(
            id=ids(),
            at=now,
            person_id=by,
            action=ACTION,
            subject=f"commune:{commune_id}",
            details={"key": key, "before": before, "after": value},
        )
    )
    return True


async def _write(
    tx: AsyncConnection, commune_id: int, key: str, value: Any, by: int | None, now: datetime
) -> None:
    if value is None:
        await tx.execute(
            delete(office_settings).where(
                office_settings.c.commune_id == commune_id, office_settings.c.key == key
            )
        )
        return
    upsert = insert_into(tx, office_settings).values(
        commune_id=commune_id, key=key, value=value, set_by=by, set_at=now
    )
    await tx.execute(
        upsert.on_conflict_do_update(
            index_elements=["commune_id", "key"],
            set_={name: upsert.excluded[name] for name in ("value", "set_by", "set_at")},
        )
    )


async def history(
    tx: AsyncConnection, commune_id: int, *, limit: int = 100
) -> list[tuple[datetime, int | None, dict[str, Any]]]:
    """Changes of settings, newest first: (when, who, {"key", "before", "after"})."""
    rows = await tx.execute(
        select(audits.c.at, audits.c.person_id, audits.c.details)
        .where(audits.c.action == ACTION, audits.c.subject == f"commune:{commune_id}")
        .order_by(audits.c.at.desc(), audits.c.id.desc())
        .limit(limit)
    )
    return [(at, person_id, details) for at, person_id, details in rows]
