"""What officials ask of units once: the form, who owes it until when, and what came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from plans.extra_duties import REQUEST
from plans.periods import once
from storage import direct, obligations
from storage.bulk import insert_many
from storage.columns import UtcDateTime
from storage.ids import NewId
from storage.obligations import EXCUSED, REPORTED
from storage.tables import obligations as obligation_rows
from storage.tables import reports, requests, units


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `form` is the questions as the bot drafted and the official approved them."""

    id: int
    commune_id: int
    plan_id: int
    duty_key: str
    period_key: str
    title: str
    form: dict[str, Any]
    asked_by: int
    asked_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Returned:
    """What one unit sent back; `answers` is None while it has not. `code` names its report."""

    unit_id: int
    unit_name: str
    state: str
    answers: dict[str, Any] | None
    code: str | None


async def ask(
    tx: AsyncConnection,
    *,
    commune_id: int,
    plan_id: int,
    unit_ids: Sequence[int],
    title: str,
    form: Mapping[str, Any],
    by: int,
    due_at: datetime,
    now: datetime,
    ids: NewId,
) -> Request:
    """Make the call, and an obligation for each of these units. It stands in the ledger at once."""
    request_id = ids()
    period = once(local_time(due_at).date(), f"r{request_id}")
    made = Request(
        request_id, commune_id, plan_id, f"{REQUEST}{request_id}", period.key, title, dict(form),
        by, now, due_at, None,
    )  # fmt: skip
    values = {name: getattr(made, name) for name in Request.__slots__}
    await tx.execute(insert(requests).values(values))
    rows = [
        {"id": ids(), "plan_id": plan_id, "duty_key": made.duty_key, "unit_id": unit_id,
         "period_key": period.key, "opens_at": now, "due_at": due_at,
         "state": obligations.OPEN, "kind": period.kind.value}
        for unit_id in dict.fromkeys(unit_ids)
    ]  # fmt: skip
    await insert_many(tx, obligation_rows, rows)
    return made


async def by_id(tx: AsyncConnection, request_id: int) -> Request | None:
    """One call, None when there is none of this id."""
    row = (await tx.execute(select(requests).where(requests.c.id == request_id))).first()
    return None if row is None else Request(**row._mapping)


async def by_duty(tx: AsyncConnection, duty_keys: Iterable[str]) -> dict[str, Request]:
    """Calls by the duty key of their obligations; other keys are left out."""
    wanted = sorted({key for key in duty_keys if key.startswith(REQUEST)})
    if not wanted:
        return {}
    rows = await tx.execute(select(requests).where(requests.c.duty_key.in_(wanted)))
    return {row.duty_key: Request(**row._mapping) for row in rows}


async def of_person(tx: AsyncConnection, person_id: int, *, limit: int = 5) -> list[Request]:
    """The calls this official made, newest first."""
    rows = await tx.execute(
        select(requests)
        .where(requests.c.asked_by == person_id)
        .order_by(requests.c.asked_at.desc(), requests.c.id.desc())
        .limit(limit)
    )
    return [Request(**row._mapping) for row in rows]


async def of_communes(
    tx: AsyncConnection, commune_ids: Iterable[int], *, limit: int = 40
) -> list[Request]:
    """The calls made in these communes, newest first."""
    rows = await tx.execute(
        select(requests)
        .where(requests.c.commune_id.in_(sorted(set(commune_ids))))
        .order_by(requests.c.asked_at.desc(), requests.c.id.desc())
        .limit(limit)
    )
    return [Request(**row._mapping) for row in rows]


async def returned(tx: AsyncConnection, request: Request) -> list[Returned]:
    """What each unit that was asked sent back, by name."""
    rows = await tx.execute(
        select(
            obligation_rows.c.unit_id,
            units.c.name,
            obligation_rows.c.state,
            reports.c.answers,
            reports.c.code,
        )
        .join(units, units.c.id == obligation_rows.c.unit_id)
        .outerjoin(reports, reports.c.id == obligation_rows.c.report_id)
        .where(obligation_rows.c.duty_key == request.duty_key)
        .order_by(units.c.name, units.c.id)
    )
    return [
        Returned(row.unit_id, row.name, row.state, (row.answers or {}).get("answers"), row.code)
        for row in rows
    ]


async def obligation_ids(tx: AsyncConnection, request: Request) -> dict[int, int]:
    """Unit id → obligation id of a call."""
    rows = await tx.execute(
        select(obligation_rows.c.unit_id, obligation_rows.c.id).where(
            obligation_rows.c.duty_key == request.duty_key
        )
    )
    return {row.unit_id: row.id for row in rows}


async def to_give_back(tx: AsyncConnection, *, now: datetime) -> list[Request]:
    """Mark and return the calls whose table is to be given back: all filed, or the time is up."""
    found = [Request(*row) for row in await direct.rows(tx, _to_give_back(), {"now": now})]
    if found:
        await tx.execute(
            update(requests)
            .where(requests.c.id.in_([each.id for each in found]))
            .values(answered_at=now)
        )
    return found


@lru_cache(maxsize=1)
def _to_give_back() -> Select[Any]:
    still_owing = (
        select(func.count())
        .where(
            obligation_rows.c.duty_key == requests.c.duty_key,
            obligation_rows.c.state.not_in(direct.spelled((*REPORTED, EXCUSED))),
        )
        .scalar_subquery()
    )
    over = requests.c.due_at < bindparam("now", type_=UtcDateTime)
    return (
        select(*(requests.c[name] for name in Request.__slots__))
        .where(requests.c.answered_at.is_(None), or_(over, still_owing == 0))
        .order_by(requests.c.id)
    )
