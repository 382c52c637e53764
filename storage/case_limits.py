"""The limits of cases as they are kept, and what a tick said about them: written once a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import Calendar
from plans.case_clock import TICKING, Rung, days_set, limits, resumed
from plans.handling import CaseStep
from storage.bulk import Row, insert_new
from storage.cases import SHOWN, Case, case_by_id, from_row
from storage.office import settings_of
from storage.tables import case_nudges, case_steps, cases

STARTS = (
    CaseStep.OPEN,
    CaseStep.ASSIGN,
    CaseStep.NOT_FIXED,
    CaseStep.APPEAL,
    CaseStep.REOPEN,
    CaseStep.SPLIT,
)
"""Steps from which a limit runs: somebody (anew) has the case before them."""


@dataclass(frozen=True, slots=True)
class Ticking:
    """An open case, and when the clock of its limits began."""

    case: Case
    start: datetime


async def reckon(
    tx: AsyncConnection, case: Case, *, category: str, calendar: Calendar, start: datetime
) -> Case:
    """Fill in the limits that a case lacks, counted from `start`; returns it with them.

    Args:
        category: of the case's kind, which proposes the days where the office set none.
    """
    if case.accept_due_at is not None and case.resolve_due_at is not None:
        return case
    settings = await settings_of(tx, case.commune_id)
    days = days_set(settings, case.violation_key)
    made = limits(calendar, start, urgent=case.urgent, category=category, days=days)
    await tx.execute(
        update(cases)
        .where(cases.c.id == case.id)
        .values(
            accept_due_at=case.accept_due_at or made.accept_at,
            resolve_due_at=case.resolve_due_at or made.resolve_at,
        )
    )
    return await case_by_id(tx, case.id)


async def resume(
    tx: AsyncConnection, case: Case, *, asked_at: datetime, now: datetime, calendar: Calendar
) -> None:
    """Add the office time that the citizen took to answer to the limit of a case."""
    if case.resolve_due_at is not None:
        due_at = resumed(calendar, case.resolve_due_at, asked_at, now)
        await tx.execute(update(cases).where(cases.c.id == case.id).values(resolve_due_at=due_at))


async def set_urgent(tx: AsyncConnection, case_id: int, *, urgent: bool) -> bool:
    """Call a case urgent or not; its limit to be accepted is reckoned anew. False when it was so already."""
    done = await tx.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.urgent.is_(not urgent))
        .values(urgent=urgent, accept_due_at=None)
    )
    return done.rowcount == 1


async def rate(tx: AsyncConnection, case_id: int, rating: int) -> None:
    """Keep the citizen's 1 to 5; a later one takes its place."""
    if not 1 <= rating <= 5:
        raise ValueError(f"a rating is 1 to 5, not {rating}")
    await tx.execute(update(cases).where(cases.c.id == case_id).values(rating=rating))


async def ticking(tx: AsyncConnection, commune_id: int) -> list[Ticking]:
    """The commune's cases that a clock runs for, oldest first; held ones wait for an official instead."""
    found = await tx.execute(
        select(*SHOWN)
        .where(
            cases.c.commune_id == commune_id,
            cases.c.state.in_(sorted(state.value for state in TICKING)),
            cases.c.closed_at.is_(None),
            cases.c.held.is_(False),
        )
        .order_by(cases.c.opened_at, cases.c.id)
    )
    open_ones = [from_row(row) for row in found]
    starts = await starts_of(tx, [case.id for case in open_ones])
    return [Ticking(case, starts.get(case.id, case.opened_at)) for case in open_ones]


async def starts_of(tx: AsyncConnection, case_ids: Sequence[int]) -> dict[int, datetime]:
    """When the clock of each case's limits began."""
    found: dict[int, datetime] = {}
    for first in range(0, len(case_ids), _AT_ONCE):
        rows = await tx.execute(
            select(case_steps.c.case_id, func.max(case_steps.c.at))
            .where(
                case_steps.c.case_id.in_(case_ids[first : first + _AT_ONCE]),
                case_steps.c.step.in_([step.value for step in STARTS]),
            )
            .group_by(case_steps.c.case_id)
        )
        found.update((row[0], row[1]) for row in rows)
    return found


_AT_ONCE = 500
"""SQLite takes a limited number of values in one statement."""


async def say_once(
    tx: AsyncConnection, said: Sequence[tuple[int, Rung, datetime]], *, now: datetime
) -> set[tuple[int, Rung, datetime]]:
    """Of (case id, rung, limit) those that nobody said before; they are now kept as said."""
    rows: list[Row] = [
        {"case_id": case_id, "rung": rung.value, "limit_at": limit_at, "made_at": now}
        for case_id, rung, limit_at in said
    ]
    new = await insert_new(tx, case_nudges, rows)
    return {(row["case_id"], Rung(row["rung"]), row["limit_at"]) for row in new}


async def said_of(tx: AsyncConnection, case_id: int) -> list[tuple[Rung, datetime]]:
    """What ticks said about a case: (rung, when), oldest first."""
    rows = await tx.execute(
        select(case_nudges.c.rung, case_nudges.c.made_at)
        .where(case_nudges.c.case_id == case_id)
        .order_by(case_nudges.c.made_at, case_nudges.c.rung)
    )
    return [(Rung(rung), at) for rung, at in rows]
