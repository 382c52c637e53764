"""Asking others: a colleague to take a report on, a reviewer for more time. Asked, then answered once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ledger, nudges
from storage.ids import NewId
from storage.ledger import Step
from storage.obligations import UNSETTLED
from storage.tables import extension_requests, handovers, obligations, units


@dataclass(frozen=True, slots=True)
class Handover:
    """One colleague asked to take one report on. `accepted` is null until they answer."""

    id: int
    obligation_id: int
    from_person_id: int
    to_person_id: int
    asked_at: datetime
    answered_at: datetime | None
    accepted: bool | None


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """One request for more time. `granted` is null until somebody decides."""

    id: int
    obligation_id: int
    asked_by: int
    asked_at: datetime
    until: datetime
    why: str
    decided_by: int | None
    decided_at: datetime | None
    granted: bool | None


async def ask_colleague(
    tx: AsyncConnection, obligation_id: int, *, of: int, to: int, now: datetime, ids: NewId
) -> int:
    """Note that `of` asks `to` to take a report on; returns the id of the asking."""
    handover_id = ids()
    await tx.execute(
        insert(handovers).values(
            id=handover_id,
            obligation_id=obligation_id,
            from_person_id=of,
            to_person_id=to,
            asked_at=now,
        )
    )
    return handover_id


async def answer_colleague(
    tx: AsyncConnection, handover_id: int, *, by: int, accepted: bool, now: datetime, ids: NewId
) -> Handover | None:
    """The colleague's answer; None when it is not theirs to give, was given, or nothing is owed any more.

    Accepted, the report is theirs: they are reminded of it from now on, and what waits to be
    said to others about it is dropped.
    """
    rows = await tx.execute(
        select(handovers)
        .join(obligations, obligations.c.id == handovers.c.obligation_id)
        .where(
            handovers.c.id == handover_id,
            handovers.c.to_person_id == by,
            handovers.c.answered_at.is_(None),
            obligations.c.state.in_(UNSETTLED),
        )
        .with_for_update()
    )
    row = rows.first()
    if row is None:
        return None
    await tx.execute(
        update(handovers)
        .where(handovers.c.id == handover_id)
        .values(answered_at=now, accepted=accepted)
    )
    asked = Handover(**row._mapping)
    if accepted:
        await _give(tx, asked, now, ids)
    return asked


async def _give(tx: AsyncConnection, asked: Handover, now: datetime, ids: NewId) -> None:
    await tx.execute(
        update(obligations)
        .where(obligations.c.id == asked.obligation_id)
        .values(assignee_id=asked.to_person_id)
    )
    await nudges.drop(tx, [asked.obligation_id])
    await ledger.note(
        tx,
        [asked.obligation_id],
        Step.HANDED_OVER,
        by=asked.from_person_id,
        words=f"person:{asked.to_person_id}",
        now=now,
        ids=ids,
    )


async def asked_of(tx: AsyncConnection, person_id: int) -> int | None:
    """The id of the newest asking that this person has not answered; None without one."""
    found: int | None = await tx.scalar(
        select(handovers.c.id)
        .where(handovers.c.to_person_id == person_id, handovers.c.answered_at.is_(None))
        .order_by(handovers.c.asked_at.desc(), handovers.c.id.desc())
        .limit(1)
    )
    return found


# --- more time -------------------------------------------------------------------------------


async def ask_for_time(
    tx: AsyncConnection,
    obligation_id: int,
    *,
    by: int,
    until: datetime,
    why: str,
    now: datetime,
    ids: NewId,
) -> int:
    """Note that `by` asks for more time; returns the request's id. One open request takes another's place."""
    await tx.execute(
        update(extension_requests)
        .where(
            extension_requests.c.obligation_id == obligation_id,
            extension_requests.c.decided_at.is_(None),
        )
        .values(decided_at=now, granted=False)
    )
    request_id = ids()
    await tx.execute(
        insert(extension_requests).values(
            id=request_id,
            obligation_id=obligation_id,
            asked_by=by,
            asked_at=now,
            until=until,
            why=why,
        )
    )
    return request_id


async def extension_request(tx: AsyncConnection, request_id: int) -> ExtensionRequest | None:
    """One request, None when there is none of this id."""
    rows = await tx.execute(
        select(extension_requests).where(extension_requests.c.id == request_id).with_for_update()
    )
    row = rows.first()
    return None if row is None else ExtensionRequest(**row._mapping)


async def undecided(
    tx: AsyncConnection, commune_ids: Iterable[int], *, limit: int = 20
) -> list[ExtensionRequest]:
    """Requests of these communes that nobody decided yet, newest first."""
    rows = await tx.execute(
        select(extension_requests)
        .join(obligations, obligations.c.id == extension_requests.c.obligation_id)
        .join(units, units.c.id == obligations.c.unit_id)
        .where(
            extension_requests.c.decided_at.is_(None),
            units.c.commune_id.in_(sorted(set(commune_ids))),
        )
        .order_by(extension_requests.c.asked_at.desc(), extension_requests.c.id.desc())
        .limit(limit)
    )
    return [ExtensionRequest(**row._mapping) for row in rows]


async def decide_on_time(
    tx: AsyncConnection,
    request: ExtensionRequest,
    *,
    by: int,
    granted: bool,
    now: datetime,
    ids: NewId,
) -> bool:
    """Grant or refuse; False when it was decided before, or the report came in meanwhile."""
    if request.decided_at is not None:
        return False
    await tx.execute(
        update(extension_requests)
        .where(extension_requests.c.id == request.id)
        .values(decided_by=by, decided_at=now, granted=granted)
    )
    if not granted:
        return True
    extended = await ledger.extend(
        tx, [request.obligation_id], until=request.until, by=by, why=request.why, now=now, ids=ids
    )
    return extended > 0
