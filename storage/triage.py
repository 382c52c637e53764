"""Cases before an official at a desk: those of the units they hold an office in, urgent ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.handling import CaseState
from storage.cases import SHOWN, Case, from_row
from storage.tables import cases, evidence, media, units
from storage.units import within

NEW = (CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.REOPENED)
"""Somebody must take these up."""

AT_WORK = (CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.NEEDS_INFORMATION)


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a case as officials see it: shown copies only. `is_here`: it has been fetched."""

    evidence_id: int
    case_id: int
    media_id: int
    role: str
    shown_sha256: str | None
    thumb_sha256: str | None
    public_sha256: str | None
    released: bool

    @property
    def is_here(self) -> bool:
        """Whether there is anything to show."""
        return self.shown_sha256 is not None


def _theirs(roots: Sequence[str]) -> ColumnElement[bool]:
    """Cases whose unit (the commune while nobody has it) lies at or below one of these paths."""
    return or_(*(within(units.c.path, root) for root in roots))


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join(
        units, units.c.id == func.coalesce(cases.c.handler_unit_id, cases.c.commune_id)
    )


async def before(
    tx: AsyncConnection,
    roots: Sequence[str],
    *,
    states: Sequence[CaseState],
    held: bool | None = None,
    limit: int = 20,
    offset: int = 0,
) -> list[Case]:
    """Cases in these states below these units: urgent ones, then those whose limit is nearest.

    Args:
        roots: paths of units; none gives none.
        held: only held ones, or only others; None for both.
    """
    if not roots:
        return []
    query = (
        _joined(select(*SHOWN))
        .where(_theirs(roots), cases.c.state.in_([state.value for state in states]))
        .order_by(
            cases.c.urgent.desc(),
            case((cases.c.accept_due_at.is_(None), 1), else_=0),
            cases.c.accept_due_at,
            cases.c.opened_at,
            cases.c.id,
        )
    )
    if held is not None:
        query = query.where(cases.c.held.is_(held))
    rows = await tx.execute(query.limit(limit).offset(offset))
    return [from_row(row) for row in rows]


async def counts(tx: AsyncConnection, roots: Sequence[str]) -> dict[CaseState, int]:
    """How many cases there are in each state below these units; held ones are left out."""
    if not roots:
        return {}
    rows = await tx.execute(
        _joined(select(cases.c.state, func.count()))
        .where(_theirs(roots), cases.c.held.is_(False))
        .group_by(cases.c.state)
    )
    return {CaseState(state): number for state, number in rows}


async def count_held(tx: AsyncConnection, roots: Sequence[str]) -> int:
    """How many cases wait for a look before anybody hears of them."""
    if not roots:
        return 0
    query = _joined(select(func.count()).select_from(cases))
    open_ones = cases.c.state.in_([state.value for state in (*NEW, *AT_WORK)])
    return int(await tx.scalar(query.where(_theirs(roots), cases.c.held.is_(True), open_ones)) or 0)


_SHOT = (
    evidence.c.id.label("evidence_id"),
    evidence.c.case_id,
    evidence.c.media_id,
    evidence.c.role,
    media.c.shown_sha256,
    media.c.thumb_sha256,
    evidence.c.public_sha256,
    evidence.c.released_at.is_not(None).label("released"),
)


async def shots_of(tx: AsyncConnection, case_ids: Sequence[int]) -> dict[int, list[Shot]]:
    """The pictures of these cases, in the order they came."""
    rows = await tx.execute(
        select(*_SHOT)
        .join(media, media.c.id == evidence.c.media_id)
        .where(evidence.c.case_id.in_(list(case_ids)))
        .order_by(evidence.c.id)
    )
    found: dict[int, list[Shot]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(Shot(**row._mapping))
    return found


async def shot(tx: AsyncConnection, evidence_id: int) -> Shot | None:
    """One picture of a case, None when there is none."""
    row = (
        await tx.execute(
            select(*_SHOT)
            .join(media, media.c.id == evidence.c.media_id)
            .where(evidence.c.id == evidence_id, evidence.c.case_id.is_not(None))
        )
    ).first()
    return Shot(**row._mapping) if row else None
