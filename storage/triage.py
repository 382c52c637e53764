"""Cases before an official at a desk: those of the units they hold an office in, urgent ones first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.handling import OVER, CaseState
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


async def _theirs(tx: AsyncConnection, roots: Sequence[str]) -> list[ColumnElement[bool]]:
    """Cases whose unit (the commune while nobody has it) lies at or below one of these paths.

    Told by commune first, which indexes begin with; units are asked only of who has not all of it.
    """
    below = or_(*(within(units.c.path, root) for root in roots))
    has_all = func.max(case((units.c.id == units.c.commune_id, 1), else_=0))
    rows = await tx.execute(
        select(units.c.commune_id, has_all).where(below).group_by(units.c.commune_id)
    )
    communes = {commune_id: bool(whole) for commune_id, whole in rows}
    found: list[ColumnElement[bool]] = [_one_of(sorted(communes))]
    if not all(communes.values()):
        unit_id = func.coalesce(cases.c.handler_unit_id, cases.c.commune_id)
        found.append(unit_id.in_(select(units.c.id).where(below)))
    return found


def _one_of(commune_ids: Sequence[int]) -> ColumnElement[bool]:
    if len(commune_ids) == 1:
        return cases.c.commune_id == commune_ids[0]
    return cases.c.commune_id.in_(commune_ids)


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

    Of cases that nobody works on any more, those that changed last come first.

    Args:
        roots: paths of units; none gives none.
        held: only held ones, or only others; None for both.
    """
    if not roots:
        return []
    nothing_to_do = set(states) <= _SETTLED
    wanted = cases.c.state.in_([state.value for state in states])
    order = _LATEST if nothing_to_do else _PRESSING
    page = select(cases.c.id).where(*await _theirs(tx, roots), wanted)
    if not set(states) & OVER:
        page = page.where(cases.c.closed_at.is_(None))
    if held is not None:
        page = page.where(cases.c.held.is_(held))
    # put in order by id first, so that only the rows of one page are carried along
    ids = (await tx.execute(page.order_by(*order).limit(limit).offset(offset))).scalars().all()
    rows = await tx.execute(select(*SHOWN).where(cases.c.id.in_(ids)).order_by(*order))
    return [from_row(row) for row in rows]


_SETTLED = OVER | {CaseState.PASSED_ON}
_LATEST = (cases.c.changed_at.desc(), cases.c.id.desc())
_PRESSING = (
    cases.c.urgent.desc(),
    case((cases.c.accept_due_at.is_(None), 1), else_=0),
    cases.c.accept_due_at,
    cases.c.opened_at,
    cases.c.id,
)


async def counts(
    tx: AsyncConnection, roots: Sequence[str], states: Sequence[CaseState]
) -> dict[CaseState, int]:
    """How many cases there are in each of these states below these units; held ones are left out."""
    which = [] if set(states) & OVER else [cases.c.closed_at.is_(None)]
    found = await _counts(tx, roots, *which, held=False)
    return {state: found[state] for state in states if state in found}


async def count_held(tx: AsyncConnection, roots: Sequence[str]) -> int:
    """How many cases wait for a look before anybody hears of them."""
    found = await _counts(tx, roots, cases.c.closed_at.is_(None), held=True)
    return sum(found.get(state, 0) for state in (*NEW, *AT_WORK))


async def _counts(
    tx: AsyncConnection, roots: Sequence[str], *which: ColumnElement[bool], held: bool
) -> dict[CaseState, int]:
    if not roots:
        return {}
    # grouped as the index lies and sifted here: a condition on a group would make SQLite sort them all
    grouped = (cases.c.violation_key, cases.c.state, cases.c.held)
    rows = await tx.execute(
        select(*grouped, func.count()).where(*await _theirs(tx, roots), *which).group_by(*grouped)
    )
    found: dict[CaseState, int] = {}
    for _, state, is_held, number in rows:
        if is_held is held:
            found[CaseState(state)] = found.get(CaseState(state), 0) + number
    return found


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
