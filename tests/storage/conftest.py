"""What the storage tests share: rows that others hang on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Select, insert, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Store
from storage.sessions import OpenedRow, SessionRow
from storage.tables import persons, units


async def plan_of(store: Store, query: Select[Any]) -> list[str]:
    """The steps by which SQLite would answer a query, in its own words."""
    words = query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with store.read() as tx:
        return [row[3] for row in await tx.execute(text(f"EXPLAIN QUERY PLAN {words}"))]


def without_brief(form: OpenedRow) -> SessionRow:
    """The form as it is loaded at every turn."""
    return SessionRow(**{name: getattr(form, name) for name in SessionRow.__struct_fields__})


@pytest.fixture
def add_unit() -> Any:
    """`await add_unit(tx, 2, parent="/1/")` adds a unit and returns its path, "/1/2/"."""

    async def add(
        tx: AsyncConnection, unit_id: int, *, parent: str = "/", name: str = "", **more: Any
    ) -> str:
        path = f"{parent}{unit_id}/"
        above = [int(part) for part in parent.strip("/").split("/") if part]
        row = {
            "id": unit_id,
            "parent_id": above[-1] if above else None,
            "path": path,
            "commune_id": (above or [unit_id])[0],
            "code": f"unit-{unit_id}",
            "name": name or f"Unit {unit_id}",
            "aliases": [],
            "kind": "village" if above else "commune",
        }
        await tx.execute(insert(units).values(row | more))
        return path

    return add


@pytest.fixture
def add_person(now: datetime) -> Any:
    """`await add_person(tx, 7, name="Lan")` adds a person without any chat."""

    async def add(tx: AsyncConnection, person_id: int, **more: Any) -> int:
        await tx.execute(insert(persons).values({"id": person_id, "created_at": now} | more))
        return person_id

    return add
